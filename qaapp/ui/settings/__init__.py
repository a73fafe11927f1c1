"""Settings: everything is kept at once, most of it can be taken back."""

from qaapp.ui.settings.screen import SettingsScreen

__all__ = ["SettingsScreen"]
