"""Wires pulling to the window: the clock, the tray, what is said when calls came, and the commands of Ctrl+K."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from qaapp.i18n import _
from qaapp.intake import schedule
from qaapp.ui.folder_watch import FolderWatch
from qaapp.ui.palette import Found
from qaapp.ui.pulls import Pulls, Trouble, summary_text
from qaapp.ui.tray import Tray

if TYPE_CHECKING:
    from qaapp.ui.shell import Shell


class Arrivals(QObject):
    """One per window, made by its shell."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.shell, self.desk, self.window = shell, shell.desk, shell.window
        self.pulls = Pulls(self.desk, parent=self)
        self.pulls.pulled.connect(self._pulled)
        self.pulls.failed.connect(self._failed)
        self.folders = FolderWatch(self.desk, self.pulls, self)
        self.tray: Tray = Tray(self.desk, self.pulls, self.open_window, self.quit_now, self)
        self.pulls.changed.connect(lambda _id: self.tray.appear())
        self._quitting = False
        self.window.hides_instead = self._hides
        self.window.closing.connect(self._closing)
        self.desk.on_change(self._tell_application)

    def start(self) -> None:
        """The window is in use: look what is due, show the tray icon."""
        self.pulls.start_clock()
        self.folders.refresh()
        self.tray.appear()
        self._tell_application()

    def has_any(self) -> bool:
        """Whether anything is connected."""
        with self.desk.database.read() as session:
            return bool(schedule.turns(session))

    def commands(self) -> list[Found]:
        """“Pull now” and the way to each connection."""
        with self.desk.database.read() as session:
            turns = schedule.turns(session)
        found = [
            Found(
                _("New connection") + "…",
                self.new_connection,
                _("Sources"),
                "cable",
                "",
                "provider telephony",
            )
        ]
        for turn in turns:
            found.append(Found(turn.name, partial(self.show_connection, turn.id), _("Connection"), "cable"))
            found.append(
                Found(
                    _("Pull now") + f": {turn.name}", partial(self.pulls.pull_now, turn.id, turn.name), _("Sources"),
                    "refresh-cw",
                )
            )  # fmt: skip
        return found

    def new_connection(self, kind_code: str = "") -> None:
        """Leave whatever is in front for the wizard."""
        screen: Any = self.window.screen_named("sources")
        if screen is not None:
            self.window.show_screen("sources")
            screen.new_connection(kind_code)

    def show_connection(self, connection_id: int) -> None:
        screen: Any = self.window.screen_named("sources")
        if screen is not None:
            self.window.show_screen("sources")
            screen.show_connection(connection_id)

    # --- window and tray ---------------------------------------------------------------------------------------

    def open_window(self) -> None:
        """Bring the window to the front, from the tray too."""
        self.window.show()
        if self.window.isMinimized():
            self.window.showNormal()
        self.window.raise_()
        self.window.activateWindow()

    def quit_now(self) -> None:
        """Really close, also when closing goes to the tray."""
        self._quitting = True
        was_hidden = self.window.isHidden()
        self.window.close()
        app = QApplication.instance()
        # Closing a hidden window tells the application nothing, nor does the last one while closing goes to the tray.
        if isinstance(app, QApplication) and (was_hidden or not app.quitOnLastWindowClosed()):
            app.quit()

    def _hides(self) -> bool:
        return not self._quitting and self.tray.hides_window()

    def _closing(self) -> None:
        self.pulls.stop_clock()
        self.folders.stop()
        self.tray.go()

    def _tell_application(self) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.setQuitOnLastWindowClosed(not self.tray.hides_window())

    # --- what came ---------------------------------------------------------------------------------------------

    def _pulled(self, connection_id: int, summary: Any, trigger: str) -> None:
        came = summary.added or summary.changed or summary.recordings
        if trigger == "first" and summary.added:
            self.shell.show_all_days()
        elif came:
            screen: Any = self.window.current_screen()
            if screen is not None and screen.name == "journal" and screen.isVisible():
                screen.reload()
        if trigger != "schedule" or summary.added:
            self.window.show_message(summary_text(summary))

    def _failed(self, trouble: Trouble) -> None:
        if trouble.is_permanent or trouble.by_hand:
            screen = self.window.current_screen()
            if screen is None or screen.name != "sources" or not screen.isVisible():
                self.window.show_error(
                    _("{name}: {error}").format(name=trouble.name, error=trouble.error.sentence())
                )
