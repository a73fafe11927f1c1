"""The real main window on the sample workspace, with a hand that presses keys and clicks, and a silent player."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QListView, QWidget

from qaapp import app as application
from qaapp import clock, i18n
from qaapp.calls import people
from qaapp.player.null_sink import NullSink
from qaapp.player.player import Player
from qaapp.progress import run
from qaapp.samples import install_samples
from qaapp.settings import Personal
from qaapp.shots import NOW
from qaapp.store.workspace import Workspace, open_workspace
from qaapp.ui import theme
from qaapp.words import Role

WAIT_MS = 60_000  # only a broken window waits so long


@pytest.fixture(scope="session")
def _samples_once(_migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample workspace as of ``NOW``, made once (some seconds) and copied for each test."""
    i18n.set_language("en")
    folder = tmp_path_factory.mktemp("samples") / "workspace"
    shutil.copytree(_migrated, folder)
    with clock.fixed(NOW):
        workspace = open_workspace(folder)
        run(install_samples(workspace, NOW.date()))
        workspace.close()
    return folder


@pytest.fixture
def samples_folder(_samples_once: Path, tmp_path: Path) -> Path:
    """A workspace folder of its own with the sample calls, closed."""
    folder = tmp_path / "workspace"
    shutil.copytree(_samples_once, folder)
    with closing(sqlite3.connect(folder / "qaapp.sqlite")) as line, line:  # the recordings moved along
        line.execute("UPDATE recording_roots SET path = ?", (str(folder / "recordings" / "samples"),))
    return folder


@pytest.fixture
def samples(samples_folder: Path) -> Iterator[Workspace]:
    workspace = open_workspace(samples_folder)
    yield workspace
    workspace.close()


class Hand:
    """What a person does at the window: keys go to whatever has the focus."""

    def __init__(self, window: Any, qtbot: Any) -> None:
        self.window, self.qtbot = window, qtbot
        self.player: Player = window.players[0]

    def screen(self, name: str) -> Any:
        return self.window.screen_named(name)

    def focus(self) -> QWidget:
        dialog = self.dialog()
        top = dialog if dialog is not None else self.window
        return top.focusWidget() or top

    def dialog(self) -> QDialog | None:
        """The question that is open."""
        found = [box for box in self.window.findChildren(QDialog) if box.isVisible()]
        return found[-1] if found else None

    def press(self, *keys: str) -> None:
        """Keys as they are written in the table of keys: ``Ctrl+Enter``."""
        for key in keys:
            QTest.keySequence(self.focus(), QKeySequence(key.replace("Enter", "Return")))
        QApplication.processEvents()

    def type(self, text: str) -> None:
        for letter in text:  # QTest.keyClicks knows ASCII only
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                QApplication.sendEvent(
                    self.focus(), QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, letter)
                )
        QApplication.processEvents()

    def tab_to(self, widget: QWidget) -> None:
        """Tab until ``widget`` has the focus."""
        for _step in range(40):
            if self.focus() is widget:
                return
            QTest.keyClick(self.focus(), Qt.Key.Key_Tab)
        raise AssertionError(f"Tab does not lead to {widget}")

    def click(self, widget: QWidget) -> None:
        assert widget.isVisible(), widget
        QTest.mouseClick(
            widget, Qt.MouseButton.LeftButton, pos=QPoint(widget.width() // 2, widget.height() // 2)
        )
        QApplication.processEvents()

    def click_row(self, view: QListView | Any, row: int, column: int = 0) -> None:
        box = view.visualRect(view.model().index(row, column))
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=box.center())
        QApplication.processEvents()

    def settle(self) -> None:
        """Wait for the jobs and what they tell."""
        self.qtbot.waitUntil(lambda: not self.window.desk.jobs.live, timeout=WAIT_MS)
        QApplication.processEvents()

    def until(self, true: Callable[[], Any]) -> None:
        self.qtbot.waitUntil(lambda: bool(true()), timeout=WAIT_MS)

    def sounds(self) -> None:
        """Wait until the open call can be heard."""
        self.until(self.screen("review").playback.has_sound)
        self.settle()


@pytest.fixture
def sit_down(qapp: QApplication, qtbot: Any) -> Iterator[Callable[..., Hand]]:
    """``sit_down(workspace, "Name", Role.HEAD)`` opens the window for that person on 18 March 2026."""
    opened: list[Any] = []

    def sit(
        workspace: Workspace,
        name: str,
        role: Role = Role.REVIEWER,
        player: Player | None = None,
        **personal: Any,
    ) -> Hand:
        with workspace.database.write() as session:
            user_id = people.ensure_user(session, name, role)
        mine = replace(Personal(language="en", theme="light", user_id=user_id), **personal)
        window = application.build_window(workspace, mine, lazy=True)
        opened.append(window)
        window.players.append(player or Player(NullSink(lambda: 0.0)))  # type: ignore[attr-defined]
        window.resize(1440, 900)
        window.show()
        with qtbot.waitActive(window, timeout=WAIT_MS):
            window.activateWindow()
        window.shell.start()  # type: ignore[attr-defined]
        hand = Hand(window, qtbot)
        hand.settle()
        return hand

    with clock.fixed(NOW):
        yield sit
        for window in opened:
            application.close_window(window)
    theme.apply(qapp, "light", 100)
