"""The training archive: which calls show it done well and badly, heard one after another, handed over as a folder."""

from qaapp.ui.archive.screen import ArchiveScreen

__all__ = ["ArchiveScreen"]
