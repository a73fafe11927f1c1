"""The list of all calls: find, filter, sort, tag, assign, open."""

from qaapp.ui.journal.screen import JournalScreen

__all__ = ["JournalScreen"]
