"""The sources screen: connections to telephony, CRM and folders, and the wizard that makes them."""

from __future__ import annotations

from qaapp.ui.sources.screen import SourcesScreen

__all__ = ["SourcesScreen"]
