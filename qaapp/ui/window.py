"""The main window: rail, top bar, screens, status bar, messages. It arranges; it knows nothing about calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QMimeData, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMainWindow, QMenu, QStackedWidget, QVBoxLayout, QWidget

from qaapp.errors import QaappError
from qaapp.i18n import _
from qaapp.ui import theme
from qaapp.ui.actions import ACTIONS, title_of
from qaapp.ui.desk import Desk
from qaapp.ui.palette import Found, Palette, Search
from qaapp.ui.rail import Rail
from qaapp.ui.screen import Screen
from qaapp.ui.shortcuts import KeysDialog
from qaapp.ui.status_bar import StatusBar
from qaapp.ui.top_bar import TopBar
from qaapp.ui.widgets.strips import ErrorStrip, UndoStrip

NARROW_BELOW = 1400
MINIMUM = (1120, 620)


@dataclass(frozen=True)
class Later:
    """A screen that is made when it is first looked at, or when there is nothing else to do."""

    name: str
    icon: str
    title: Callable[[], str]
    make: Callable[[], Screen]


class MainWindow(QMainWindow):
    """``screens`` in the order of the rail; the one named ``settings`` stands at its bottom."""

    paths_dropped = Signal(list)  # of Path
    period_changed = Signal(object, object)
    screen_changed = Signal(str)
    open_call = Signal(int, int)
    screen_built = Signal(object)
    closing = Signal()  # it really closes now

    def __init__(
        self, desk: Desk, screens: Sequence[Screen | Later], *, today: date, searches: Sequence[Search] = ()
    ) -> None:
        super().__init__()
        self.desk = desk
        self.screens: dict[str, Screen] = {}
        self._later: dict[str, Later] = {}
        self._titles: dict[str, Callable[[], str]] = {}
        self._icons: dict[str, str] = {}
        self.make_user_menu: Callable[[], QMenu] = QMenu
        self.more_commands: Callable[[], Sequence[Found]] = tuple
        self.hides_instead: Callable[[], bool] = lambda: False  # closing leaves it in the tray
        self._searches = searches
        self._keys_dialog: KeysDialog | None = None
        self._build(today)
        for screen in screens:
            self._titles[screen.name], self._icons[screen.name] = screen.title, screen.icon
            self.rail.add(screen.name, screen.icon, at_bottom=screen.name == "settings")
            if isinstance(screen, Later):
                self._later[screen.name] = screen
            else:
                self._add(screen)
        self._bind_keys()
        self.setAcceptDrops(True)
        self.setMinimumSize(*MINIMUM)
        self.resize(1440, 900)
        self._restore_geometry()
        self.retranslate()
        theme.signals.changed.connect(self._narrow)

    # --- parts -------------------------------------------------------------------------------------------------

    def _build(self, today: date) -> None:
        self.rail = Rail()
        self.rail.chosen.connect(self.show_screen)
        self.top_bar = TopBar(today)
        self.top_bar.period.period_chosen.connect(self._period_chosen)
        self.top_bar.search_wanted.connect(self.open_palette)
        self.error = ErrorStrip(closable=True)
        self.stack = QStackedWidget()
        self.status = StatusBar(self.desk.jobs)
        self.status.keys_wanted.connect(self.show_keys)
        margin = QWidget()
        strip = QVBoxLayout(margin)
        strip.setContentsMargins(16, 0, 16, 0)
        strip.addWidget(self.error)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self.top_bar)
        right.addWidget(margin)
        right.addWidget(self.stack, 1)
        upper = QHBoxLayout()
        upper.setContentsMargins(0, 0, 0, 0)
        upper.setSpacing(0)
        upper.addWidget(self.rail)
        upper.addLayout(right, 1)
        self._work = QWidget()
        whole = QVBoxLayout(self._work)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(upper, 1)
        whole.addWidget(self.status)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._work)
        self.setCentralWidget(self._pages)
        self.undo_strip = UndoStrip(self._work)
        self._drop_sign = QLabel(self)
        self._drop_sign.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._drop_sign.setProperty("role", "title")
        self._drop_sign.setProperty("ground", "message")
        self._drop_sign.hide()
        self.palette_popup = Palette(self, self.commands, self._searches)
        self.desk.jobs.failed.connect(self.show_error)

    def _add(self, screen: Screen) -> None:
        self.screens[screen.name] = screen
        self.stack.addWidget(screen)
        screen.status_changed.connect(lambda: self._status_of(screen))
        screen.open_call.connect(self.open_call)
        screen.show_message.connect(self.show_message)
        screen.failed.connect(self.show_error)

    def _bind_keys(self) -> None:
        keyboard = self.desk.keyboard
        keyboard.attach(self)
        keyboard.changed.connect(self.retranslate_keys)
        keyboard.bind("undo", self.undo)
        keyboard.bind("redo", self.redo)
        keyboard.bind("palette", self.open_palette)
        keyboard.bind("show_keys", self.show_keys)
        keyboard.bind("settings", lambda: self.show_screen("settings"))
        for number, name in enumerate(self._rail_names(), 1):
            if number <= 6:
                keyboard.bind(f"screen_{number}", partial(self.show_screen, name))

    def _rail_names(self) -> list[str]:
        return [name for name in self._titles if name != "settings"]

    # --- screens -----------------------------------------------------------------------------------------------

    def current_screen(self) -> Screen | None:
        widget = self.stack.currentWidget()
        return widget if isinstance(widget, Screen) else None

    def names(self) -> list[str]:
        """Every screen in the order of the rail, made or not."""
        return list(self._titles)

    def screen_named(self, name: str) -> Screen | None:
        """A screen by name, made now if it was not yet."""
        waiting = self._later.pop(name, None)
        if waiting is not None:
            made = waiting.make()
            self._add(made)
            self.screen_built.emit(made)
        return self.screens.get(name)

    def make_next(self) -> bool:
        """Make one more screen; False when all are there."""
        if self._later:
            self.screen_named(next(iter(self._later)))
        return bool(self._later)

    def show_screen(self, name: str) -> None:
        """Bring a screen to the front (and leave the first start)."""
        screen = self.screen_named(name)
        if screen is None:
            return
        before = self.current_screen()
        if before is not None and before is not screen:
            before.deactivate()
        self._pages.setCurrentWidget(self._work)
        self.stack.setCurrentWidget(screen)
        self.rail.set_current(name)
        self.top_bar.set_title(screen.title(), screen.uses_period)
        if screen.uses_period:
            screen.set_period(self.top_bar.period.first, self.top_bar.period.last)
        focus = self.focusWidget()
        if focus is None or not screen.isAncestorOf(focus):
            screen.setFocus(Qt.FocusReason.OtherFocusReason)
        screen.activate()
        self._status_of(screen)
        self.desk.remember("screen", name)
        self.screen_changed.emit(name)

    def show_page(self, page: QWidget) -> None:
        """A page instead of everything else (first start, an import with its questions)."""
        if self._pages.indexOf(page) < 0:
            self._pages.addWidget(page)
        self._pages.setCurrentWidget(page)

    def leave_page(self) -> None:
        """Back to the screens."""
        self._pages.setCurrentWidget(self._work)

    def set_period(self, first: date, last: date) -> None:
        """Show this period on every screen."""
        self.top_bar.period.set_period(first, last)
        self._period_chosen(first, last)

    def _period_chosen(self, first: date, last: date) -> None:
        screen = self.current_screen()
        if screen is not None and screen.uses_period:
            screen.set_period(first, last)
            self._status_of(screen)
        self.period_changed.emit(first, last)

    def _status_of(self, screen: Screen) -> None:
        if screen is self.current_screen():
            right, _tab, left = screen.status_text().partition("\t")
            self.status.set_texts(right, left)

    # --- messages ----------------------------------------------------------------------------------------------

    def show_message(self, text: str, on_undo: Any = None) -> None:
        """Bottom centre for 8 s, with Undo when ``on_undo`` is a callable."""
        self.undo_strip.set_key(self.desk.keyboard.key_of("undo"))
        self.undo_strip.show_message(text, on_undo if callable(on_undo) else None)

    def show_error(self, error: QaappError | str) -> None:
        """Under the top bar until it is closed."""
        self.error.show_error(error)

    def undo(self) -> bool:
        """The screen's last edit; on screens without their own undo, what the message offers."""
        screen = self.current_screen()
        if screen is not None and type(screen).undo is not Screen.undo:
            self.undo_strip.hide()
            screen.undo()
            return True
        return self.undo_strip.take_back()

    def redo(self) -> None:
        screen = self.current_screen()
        if screen is not None:
            screen.redo()

    # --- search, keys, words -----------------------------------------------------------------------------------

    def open_palette(self, text: str = "") -> None:
        self.palette_popup.open(text)

    def commands(self) -> list[Found]:
        """Screens, everything a key would do now, and what the application adds."""
        keyboard = self.desk.keyboard
        found = [
            Found(
                title(),
                partial(self.show_screen, name),
                _("Screen"),
                self._icons[name],
                self._key_to(name),
            )
            for name, title in self._titles.items()
        ]
        for action in ACTIONS:
            if action.name.startswith("screen_") or action.name in ("palette", "settings"):
                continue
            if keyboard.is_bound(action.name):
                run = partial(keyboard.trigger, action.name)
                key = keyboard.key_of(action.name)
                found.append(Found(title_of(action), run, _(action.group), "keyboard", key))
        return [*found, *self.more_commands()]

    def _key_to(self, name: str) -> str:
        if name == "settings":
            return self.desk.keyboard.key_of("settings")
        number = self._rail_names().index(name) + 1
        return self.desk.keyboard.key_of(f"screen_{number}") if number <= 6 else ""

    def show_keys(self) -> None:
        """Every key, searchable and printable."""
        self._keys_dialog = KeysDialog(self.desk.keyboard, self)
        self._keys_dialog.open()

    def retranslate_keys(self) -> None:
        self.top_bar.retranslate(self.desk.keyboard.key_of("palette"))
        for name, title in self._titles.items():
            key = self._key_to(name)
            self.rail.set_text(name, title(), f"{title()} — {key}" if key else title())

    def retranslate(self) -> None:
        """Every word again, in the language in force."""
        for screen in self.screens.values():
            screen.retranslate()
        self.setWindowTitle(f"qaapp: {self.desk.workspace.folder.name}")
        self.retranslate_keys()
        self.status.retranslate()
        self.refresh_user()
        current = self.current_screen()
        if current is not None:
            self.top_bar.set_title(current.title(), current.uses_period)
            self._status_of(current)

    def refresh_user(self) -> None:
        """The name and the menu behind it."""
        self.top_bar.set_user(self.desk.user_name, self.make_user_menu())

    # --- the window itself -------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._narrow()

    def _narrow(self) -> None:
        self.rail.set_narrow(self.width() < theme.px(NARROW_BELOW))

    def _restore_geometry(self) -> None:
        kept = self.desk.remembered("geometry", "")
        if isinstance(kept, str) and kept:
            self.restoreGeometry(QByteArray.fromHex(QByteArray(kept.encode("ascii", "ignore"))))

    def closeEvent(self, event: QCloseEvent) -> None:
        self.desk.remember("geometry", self.saveGeometry().toHex().toStdString())
        if self.hides_instead():
            event.ignore()
            self.hide()
            return
        self.closing.emit()
        for screen in self.screens.values():
            screen.release()
        super().closeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        paths = _local_paths(event.mimeData())
        if paths:
            event.acceptProposedAction()
            screen = self.current_screen()
            labels = screen is not None and screen.isVisible() and screen.takes(paths)
            self._drop_sign.setText(_("Drop it to bring in the labels") if labels else _("Drop it to import"))
            self._drop_sign.setGeometry(self.rect().adjusted(12, 12, -12, -12))
            self._drop_sign.show()
            self._drop_sign.raise_()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._drop_sign.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self._drop_sign.hide()
        paths = _local_paths(event.mimeData())
        if paths:
            event.acceptProposedAction()
            screen = self.current_screen()
            if screen is not None and screen.isVisible() and screen.takes(paths):
                screen.take(paths)
            else:
                self.paths_dropped.emit(paths)


def _local_paths(data: QMimeData) -> list[Path]:
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
