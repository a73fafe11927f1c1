"""What every screen offers the window."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from qaapp.ui.desk import Desk


class Screen(QWidget):
    """Base of a screen. ``activate`` runs whenever it comes to the front, ``retranslate`` on a change of language."""

    name = ""
    icon = ""
    uses_period = True

    status_changed = Signal()
    open_call = Signal(int, int)  # call id, moment in ms (-1: none)
    show_message = Signal(str, object)  # sentence, what undoes it (a callable) or None
    failed = Signal(object)  # QaappError

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.setProperty("ground", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)  # else no ground is painted

    def title(self) -> str:
        """The name in the rail and the top bar, in the current language."""
        return ""

    def activate(self) -> None:
        """The screen is in front now: load what may have changed."""

    def deactivate(self) -> None:
        """Another screen comes to the front."""

    def retranslate(self) -> None:
        """Write every text again in the current language."""

    def set_period(self, first: date, last: date) -> None:
        """Days of the workspace's zone, both ends inclusive; only called when ``uses_period``."""

    def status_text(self) -> str:
        """The right side of the status bar (“Saved at 14:42:07”, “23 of 313 shown”)."""
        return ""

    def undo(self) -> None:
        """Take back the last edit made on this screen."""

    def redo(self) -> None:
        """Make the edit again that was taken back."""

    def takes(self, paths: Sequence[Path]) -> bool:
        """Whether files dropped onto the window are meant for this screen; else they are imported."""
        return False

    def take(self, paths: Sequence[Path]) -> None:
        """Files were dropped that ``takes`` said yes to."""

    def release(self) -> None:
        """The window closes: stop timers and sound."""
