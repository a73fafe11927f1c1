"""The icon in the system's tray: what the last pull brought, pull now, pause, open, quit. GUI thread only.

Only where the desktop has a tray. Closing the window leaves qaapp there when a person chose so in the settings.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QMenu, QSystemTrayIcon

from qaapp.i18n import _
from qaapp.intake import schedule
from qaapp.ui import icons
from qaapp.ui.desk import Desk
from qaapp.ui.pulls import Pulls, Trouble

NOTICE_MS = 10_000


class Tray(QObject):
    """``open_window`` brings the window to the front, ``quit_now`` really closes it."""

    def __init__(
        self,
        desk: Desk,
        pulls: Pulls,
        open_window: Callable[[], None],
        quit_now: Callable[[], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._desk, self._pulls = desk, pulls
        self._open, self._quit = open_window, quit_now
        self.icon: QSystemTrayIcon | None = None
        self.menu = QMenu()
        self.menu.aboutToShow.connect(self.fill)
        pulls.changed.connect(lambda _id: self.tell())
        pulls.paused_changed.connect(self.tell)
        pulls.failed.connect(self._failed)
        desk.on_change(self.appear)

    @property
    def is_there(self) -> bool:
        return self.icon is not None and self.icon.isVisible()

    def hides_window(self) -> bool:
        """Whether closing the window only hides it."""
        return self._desk.personal.close_to_tray and self.is_there

    def appear(self) -> None:
        """Show the icon once there is something to pull, or when closing goes to the tray."""
        if self.icon is not None or not QSystemTrayIcon.isSystemTrayAvailable():
            return
        with self._desk.database.read() as session:
            has_any = bool(schedule.turns(session))
        if not has_any and not self._desk.personal.close_to_tray:
            return
        made = QIcon()
        for size in (16, 22, 32):
            made.addPixmap(icons.pixmap("audio-lines", size, "accent"))
        self.icon = QSystemTrayIcon(made, self)
        self.icon.setContextMenu(self.menu)
        self.icon.activated.connect(self._activated)
        self.icon.messageClicked.connect(self._open)
        self.tell()
        self.icon.show()

    def go(self) -> None:
        """The window closes."""
        if self.icon is not None:
            self.icon.hide()
        self.menu.deleteLater()

    def state_text(self) -> str:
        """One line: paused, what runs, or what came last."""
        if self._pulls.is_paused:
            return _("Pulling by the clock is paused")
        return self._pulls.last_text or _("Waiting for the next pull")

    def tell(self) -> None:
        if self.icon is not None:
            self.icon.setToolTip(f"qaapp: {self._desk.workspace.folder.name}\n{self.state_text()}")

    def fill(self) -> None:
        """The menu, made anew whenever it opens."""
        self.menu.clear()
        state = self.menu.addAction(self.state_text())
        state.setEnabled(False)
        self.menu.addSeparator()
        self.menu.addAction(_("Open qaapp"), self._open)
        with self._desk.database.read() as session:
            turns = sorted(schedule.turns(session), key=lambda turn: turn.name.casefold())
        if len(turns) == 1:
            self.menu.addAction(_("Pull now"), partial(self._pulls.pull_now, turns[0].id, turns[0].name))
        elif turns:
            pull = self.menu.addMenu(_("Pull now"))
            for turn in turns:
                pull.addAction(turn.name, partial(self._pulls.pull_now, turn.id, turn.name))
        paused = self._pulls.is_paused
        words = _("Resume pulling by the clock") if paused else _("Pause pulling by the clock")
        self.menu.addAction(words, lambda: self._pulls.set_paused(not paused))
        self.menu.addSeparator()
        self.menu.addAction(_("Quit"), self._quit)

    def _activated(self, reason: Any) -> None:
        if reason in (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick):
            self._open()

    def _failed(self, trouble: Trouble) -> None:
        if trouble.is_permanent and self.icon is not None and QApplication.activeWindow() is None:
            self.icon.showMessage(
                _("“{name}” was stopped").format(name=trouble.name), trouble.error.sentence(),
                QSystemTrayIcon.MessageIcon.Warning, NOTICE_MS,
            )  # fmt: skip
