"""The application with a window: builds its parts, wires them, shuts them down.

``run_window`` opens one workspace after another until the window is closed; ``build_window`` makes the window for
tests and pictures too.
"""

from __future__ import annotations

import importlib
import inspect
import logging
import logging.handlers
import os
import re
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from qaapp import __version__, i18n
from qaapp.errors import QaappError, StoreError
from qaapp.i18n import N_, _
from qaapp.settings import Personal, default_workspace, load_personal
from qaapp.store.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from qaapp.ui.window import MainWindow

log = logging.getLogger(__name__)
SCREENS = (  # module, class, name, icon, title, in the order of the rail
    ("qaapp.ui.review", "ReviewScreen", "review", "headphones", N_("Review")),
    ("qaapp.ui.journal", "JournalScreen", "journal", "list", N_("Journal")),
    ("qaapp.ui.ratings", "RatingsScreen", "ratings", "chart-bar-decreasing", N_("Ratings")),
    ("qaapp.ui.archive", "ArchiveScreen", "archive", "archive", N_("Archive")),
    ("qaapp.ui.scorecards", "ScorecardsScreen", "scorecards", "clipboard-check", N_("Scorecards")),
    ("qaapp.ui.sources", "SourcesScreen", "sources", "cable", N_("Sources")),
    ("qaapp.ui.settings", "SettingsScreen", "settings", "settings", N_("Settings")),
)
LOG_BYTES, LOG_FILES = 2_000_000, 3


def main() -> int:
    """``qaapp-gui``: the window of the workspace used last."""
    personal = load_personal()
    i18n.set_language(personal.language or i18n.system_language())
    recent = [folder for folder in personal.recent_workspaces if Path(folder).is_dir()]
    folder = os.environ.get("QAAPP_WORKSPACE") or (recent[0] if recent else default_workspace())
    return run_window(Path(folder), os.environ.get("QAAPP_DATABASE"))


# --- the display and the log -------------------------------------------------------------------------------------


def has_display() -> bool:
    """Whether a window can be shown; Qt would end the process where it cannot."""
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    if os.environ.get("WAYLAND_DISPLAY"):
        return True
    return _x_answers(os.environ.get("DISPLAY", ""))


def _x_answers(display: str) -> bool:
    found = re.fullmatch(r"([^:]*):(\d+)(?:\.\d+)?", display)
    if not found:
        return False
    host, number = found[1], int(found[2])
    try:
        if host in ("", "unix"):
            with socket.socket(socket.AF_UNIX) as line:
                try:
                    line.connect(f"/tmp/.X11-unix/X{number}")
                except OSError:
                    line.connect(f"\0/tmp/.X11-unix/X{number}")
        else:
            socket.create_connection((host, 6000 + number), timeout=3).close()
    except OSError:
        return False
    return True


class _NoSecrets(logging.Filter):
    """Passwords in addresses and values that are named like secrets never reach the log."""

    ADDRESS = re.compile(r"(\w+://[^:/@\s]+:)[^@\s]+@")
    NAMED = re.compile(
        r"(?i)\b((?:password|secret|token|api_?key|salt)\w*[\"']?\s*[=:]\s*[\"']?)[^\s\"',;&]+"
    )

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        record.msg, record.args = self.NAMED.sub(r"\1***", self.ADDRESS.sub(r"\1***@", text)), ()
        return True


@contextmanager
def log_file(folder: Path) -> Iterator[Path]:
    """Write the log into ``folder`` while the ``with`` lasts; it rotates at 2 MB, three old ones are kept."""
    path = folder / "qaapp.log"
    try:
        handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8"
        )
    except OSError:
        yield path
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.addFilter(_NoSecrets())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield path
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
        handler.close()


# --- the window --------------------------------------------------------------------------------------------------


def build_window(workspace: Workspace, personal: Personal, *, lazy: bool = False) -> MainWindow:
    """The main window of an open workspace, wired but not shown.

    The ``QApplication`` must exist and is dressed here. ``window.shell.start()`` shows the first page; ``close_window``
    ends its jobs. ``lazy`` leaves the screens to be made when they are looked at (``shell.make_the_rest``).
    """
    from PySide6.QtWidgets import QApplication

    from qaapp.jobs import JobRunner
    from qaapp.ui import finding, theme
    from qaapp.ui.desk import Desk
    from qaapp.ui.keys import Keyboard
    from qaapp.ui.shell import Shell, today
    from qaapp.ui.window import Later, MainWindow

    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.apply(app, personal.theme, personal.text_scale, personal.high_contrast)
    name = _user_name(workspace, personal)
    if personal.user_id and not name:  # a person this workspace does not know
        personal = replace(personal, user_id=0)
    desk = Desk(workspace, personal, JobRunner(), Keyboard(personal.keys), name)
    players: list[Any] = []
    screens = [
        Later(name, icon, partial(_, title), partial(_make_screen, module, kind, desk, players))
        for module, kind, name, icon, title in SCREENS
    ]
    shells: list[Shell] = []
    searches = [
        finding.search_calls(desk, lambda call_id: shells[0].open_call(call_id)),
        finding.search_texts(desk, lambda call_id, at_ms: shells[0].open_call(call_id, at_ms)),
        finding.search_managers(desk, lambda manager_id: shells[0].show_manager(manager_id)),
    ]
    window = MainWindow(desk, screens, today=today(desk), searches=searches)
    shells.append(Shell(desk, window))
    window.shell, window.players = shells[0], players  # type: ignore[attr-defined]
    while not lazy and window.make_next():
        pass
    return window


def _make_screen(module: str, kind: str, desk: Any, players: list[Any]) -> Any:
    """A screen with the parts its constructor names; all share one player."""
    made = getattr(importlib.import_module(module), kind)
    if "player" in inspect.signature(made.__init__).parameters:
        return made(desk, _player(players))
    screen = made(desk)
    if hasattr(screen, "set_outputs"):
        screen.set_outputs(lambda: _player(players).outputs())
    return screen


def _player(players: list[Any]) -> Any:
    """The one player of the window, made when it is first needed; with no sound device it runs silently."""
    if not players:
        from qaapp.player.player import Player

        players.append(Player())
    return players[0]


def _user_name(workspace: Workspace, personal: Personal) -> str:
    from qaapp.calls import people

    with workspace.database.read() as session:
        names = {user.id: user.name for user in people.list_users(session)}
    return names.get(personal.user_id, "")


def close_window(window: MainWindow) -> None:
    """Close the window and wait for its jobs; the workspace stays open."""
    window.hides_instead = lambda: False
    window.close()
    window.desk.jobs.shutdown()
    for player in window.players:  # type: ignore[attr-defined]
        player.close()
    window.deleteLater()


# --- running -----------------------------------------------------------------------------------------------------


def run_window(folder: Path, database_url: str | None = None) -> int:
    """Show the window until it is closed. Exit status 0, or 1 after a sentence on stderr."""
    if not has_display():
        print(
            _("There is no display to show the window on.")
            + " "
            + _("Commands work without one: see qaapp --help, or try qaapp demo."),
            file=sys.stderr,
        )
        return 1
    from PySide6.QtWidgets import QApplication

    from qaapp.ui.garbage import GarbageCollector

    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("qaapp")
    app.setApplicationVersion(__version__)
    _set_window_icon(app)
    garbage = GarbageCollector(app)
    following: Path | None = folder
    status = 0
    while following is not None:
        here = following
        try:
            following = _run_workspace(app, here, database_url)
            status, database_url = 0, None
        except QaappError as error:
            log.warning("workspace %s was not opened: %s", here, error)
            _tell(error)
            status, following = 1, None
    garbage.stop()
    return status


def _run_workspace(app: QApplication, folder: Path, database_url: str | None) -> Path | None:
    """One workspace from opening to closing; the folder of the next one when another was chosen."""
    from PySide6.QtCore import QTimer

    workspace = open_workspace(folder, database_url)
    following: list[Path] = []
    try:
        with only_window(workspace.folder), log_file(workspace.logs) as path:
            log.info("qaapp %s opens %s", __version__, workspace.folder)
            window = build_window(workspace, load_personal(), lazy=True)
            with caught(window, path):
                shell = window.shell  # type: ignore[attr-defined]

                def switch(target: Path) -> None:
                    following.append(target)
                    shell.arrivals.quit_now()  # also when closing would only go to the tray

                shell.switch_wanted.connect(switch)
                window.show()
                shell.start()
                QTimer.singleShot(300, shell, shell.make_the_rest)
                app.exec()
                close_window(window)
            log.info("closed")
    finally:
        workspace.close()
    return following[0] if following else None


@contextmanager
def only_window(folder: Path) -> Iterator[None]:
    """One window per workspace. Raises ``StoreError`` with the process that has it."""
    from PySide6.QtCore import QLockFile

    lock = QLockFile(str(folder / "qaapp.lock"))
    lock.setStaleLockTime(0)  # only a dead process makes it stale
    if not lock.tryLock(100) and lock.error() == QLockFile.LockError.LockFailedError:
        raise StoreError(
            N_("The workspace {path} is already open in another window (process {process})."),
            hint=N_("Go to that window, or close it first."),
            kind="locked",
            path=folder,
            process=lock.getLockInfo()[0] if isinstance(lock.getLockInfo(), tuple) else "?",
        )
    try:
        yield
    finally:
        lock.unlock()


@contextmanager
def caught(window: MainWindow, log_path: Path) -> Iterator[None]:
    """Bugs in slots and threads: into the log, and one dialog with *Copy details*; the window stays open."""
    from qaapp.jobs import UnexpectedError

    before, before_thread = sys.excepthook, threading.excepthook
    shown: list[object] = []

    def tell(error: BaseException) -> None:
        log.error("unexpected error", exc_info=error)
        if shown:
            return
        dialog = bug_dialog(window, UnexpectedError("qaapp " + __version__, error), log_path)
        shown.append(dialog)
        dialog.finished.connect(lambda _result: shown.clear())
        dialog.open()

    def hook(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        # A slot may fail in the sound thread: no widget is touched before the GUI thread's turn.
        window.desk.jobs.later(lambda: handle(error))

    def handle(error: BaseException) -> None:
        if isinstance(error, KeyboardInterrupt):
            window.close()
        elif isinstance(error, QaappError):
            window.show_error(error)
        else:
            tell(error)

    def thread_hook(told: threading.ExceptHookArgs) -> None:
        if told.exc_value is not None:
            error = told.exc_value
            window.desk.jobs.later(lambda: tell(error))

    sys.excepthook, threading.excepthook = hook, thread_hook
    try:
        yield
    finally:
        sys.excepthook, threading.excepthook = before, before_thread


def bug_dialog(window: MainWindow, error: Any, log_path: Path) -> Any:
    """“Something went wrong in qaapp”, the sentence, the log's place and *Copy details*."""
    from qaapp.ui.dialogs import Dialog
    from qaapp.ui.widgets import ErrorStrip, Label

    dialog = Dialog(window, _("Something went wrong in qaapp"), _("Continue"), lambda: None)
    strip = ErrorStrip()
    strip.show_error(error)
    dialog.content.addWidget(strip)
    dialog.content.addWidget(Label(_("What was saved is kept. Log: {path}").format(path=log_path), wrap=True))
    return dialog


def _tell(error: QaappError) -> None:
    """An error before there is a window: on stderr and, for a person who clicked an icon, in a box."""
    from PySide6.QtWidgets import QMessageBox

    print(error.sentence(), file=sys.stderr)
    if os.environ.get("QT_QPA_PLATFORM") in ("offscreen", "minimal") or sys.stderr.isatty():
        return
    QMessageBox.critical(None, "qaapp", error.sentence())


def _set_window_icon(app: QApplication) -> None:
    from PySide6.QtGui import QIcon

    from qaapp.ui import icons, theme

    made = QIcon()
    theme.load_fonts()
    for size in (16, 32, 64):
        made.addPixmap(icons.pixmap("audio-lines", size, "accent"))
    app.setWindowIcon(made)


if __name__ == "__main__":
    sys.exit(main())
