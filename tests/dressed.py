"""A dressed application, a desk on a test's workspace, and a window around one screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QWidget

from qaapp.jobs import JobRunner
from qaapp.settings import Personal
from qaapp.store.workspace import Workspace
from qaapp.ui import theme
from qaapp.ui.desk import Desk
from qaapp.ui.keys import Keyboard
from qaapp.ui.screen import Screen


@pytest.fixture
def desk(qapp: QApplication, workspace: Workspace) -> Iterator[Desk]:
    theme.apply(qapp, "light")
    runner = JobRunner()
    made = Desk(workspace, Personal(), runner, Keyboard(), "Irina")
    yield made
    runner.shutdown()


def mount(qtbot: Any, screen: Screen, *, width: int = 1440, height: int = 900) -> Any:
    """Show ``screen`` with its keys, let it read, and wait until it did."""
    qtbot.addWidget(screen)
    screen.resize(width, height)
    screen.desk.keyboard.attach(screen)
    screen.show()
    with qtbot.waitActive(screen):
        screen.activateWindow()
    screen.activate()
    settle(qtbot, screen.desk)
    return screen


def settle(qtbot: Any, desk: Desk) -> None:
    """Wait until nothing runs in the background any more and everything was told."""
    qtbot.waitUntil(lambda: not desk.jobs.live)
    QApplication.processEvents()


def click_row(view: QAbstractItemView, row: int, column: int = 0) -> None:
    QTest.mouseClick(
        view.viewport(),
        Qt.MouseButton.LeftButton,
        pos=view.visualRect(view.model().index(row, column)).center(),
    )


def click(widget: QWidget, where: QPoint | None = None) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=where or widget.rect().center())


def column_texts(view: QAbstractItemView, column: int) -> list[str]:
    model = view.model()
    return [str(model.index(row, column).data()) for row in range(model.rowCount())]


class Heard:
    """Collects what a signal told."""

    def __init__(self, signal: Any) -> None:
        self.calls: list[tuple[Any, ...]] = []
        signal.connect(lambda *values: self.calls.append(values))

    @property
    def last(self) -> tuple[Any, ...]:
        return self.calls[-1]


def undo_of(heard: Heard) -> Callable[[], None]:
    """The way back that came with the last message."""
    back: Callable[[], None] = heard.last[1]
    return back
