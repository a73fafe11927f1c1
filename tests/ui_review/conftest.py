"""A Review screen in its own window, silent, with a clock moved by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget
from review_house import NOW, Step, make_calls, make_card, make_reviewer

from qaapp import clock
from qaapp.jobs import JobRunner
from qaapp.player.null_sink import NullSink
from qaapp.player.player import Player
from qaapp.scorecards.model import Card
from qaapp.settings import Personal
from qaapp.store.workspace import Workspace
from qaapp.ui import theme
from qaapp.ui.desk import Desk
from qaapp.ui.keys import Keyboard
from qaapp.ui.review import ReviewScreen


@dataclass
class House:
    """What a test works with."""

    desk: Desk
    screen: ReviewScreen
    window: QMainWindow
    player: Player
    time: Step
    calls: list[int]
    card: Card | None
    user_id: int
    wait: Callable[..., None]
    folder: Path
    messages: list[tuple[str, Any]]

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key where the focus is."""
        focus = QApplication.focusWidget()
        inside = focus is not None and focus.window() in (self.window, QApplication.activeModalWidget())
        QTest.keyClick(focus if inside and focus is not None else self.target(), key, modifiers)

    def target(self) -> QWidget:
        return self.screen.card.list

    def open(self, number: int = 0) -> None:
        self.screen.open_call(self.calls[number])
        self.wait(lambda: self.screen.playback.has_sound())
        self.screen.card.list.setFocus()

    def read(self, call_id: int | None = None) -> Any:
        """The reviewer's evaluations of a call as they are on disk."""
        from qaapp.scorecards import evaluations

        with self.desk.database.read() as session:
            return evaluations.list_for_call(session, call_id or self.calls[0])

    def hear(self, seconds: float) -> None:
        """Let the sound go on for so long."""
        for _part in range(max(int(seconds * 20), 1)):
            self.time.at += seconds / max(int(seconds * 20), 1)
            self.player.tick()
            self.screen.playback.frame()


@pytest.fixture
def build(qtbot, qapp, workspace: Workspace, tmp_path: Path) -> Iterator[Callable[..., House]]:  # type: ignore[no-untyped-def]
    made: list[House] = []
    if not qapp.styleSheet() or theme.tokens().is_dark:
        theme.apply(qapp, "light")
    stopped = clock.fixed(NOW)
    stopped.__enter__()

    def _build(
        count: int = 3, *, with_card: bool = True, seconds: float = 20, files: dict[int, Path] | None = None,
        personal: Personal | None = None, size: tuple[int, int] = (1440, 900),
    ) -> House:  # fmt: skip
        database = workspace.database
        user = make_reviewer(database)
        card = make_card(database, user) if with_card else None
        folder = tmp_path / "calls"
        calls = make_calls(database, folder, count, seconds=seconds, files=files)
        own = replace(personal or Personal(), user_id=user, back_step_ms=0)
        desk = Desk(workspace, own, JobRunner(), Keyboard(), "Irina Kotova")
        time = Step()
        player = Player(NullSink(time))
        screen = ReviewScreen(desk, player)
        window = QMainWindow()
        window.setCentralWidget(screen)
        qtbot.addWidget(window)
        window.resize(*size)
        desk.keyboard.attach(window)
        messages: list[tuple[str, Any]] = []
        screen.show_message.connect(lambda text, undo: messages.append((text, undo)))
        with qtbot.waitActive(window):
            window.show()
            window.activateWindow()

        def wait(condition: Callable[[], bool]) -> None:
            qtbot.waitUntil(condition)

        house = House(desk, screen, window, player, time, calls, card, user, wait, folder, messages)
        made.append(house)
        return house

    yield _build
    for house in made:
        QTest.keyRelease(
            house.window, Qt.Key.Key_Control
        )  # Qt remembers the last event's Ctrl and Shift for selections
        house.screen.release()
        house.player.close()
        house.desk.jobs.shutdown()
    stopped.__exit__(None, None, None)


@pytest.fixture
def house(build: Callable[..., House]) -> House:
    """Three calls of 20 s, the first one open."""
    made = build()
    made.open(0)
    return made
