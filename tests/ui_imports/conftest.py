"""A dressed application, a desk on an empty workspace and a window that only remembers what it was told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication, QWidget

from qaapp.jobs import JobRunner
from qaapp.settings import Personal
from qaapp.store.workspace import Workspace
from qaapp.ui import theme
from qaapp.ui.desk import Desk
from qaapp.ui.keys import Keyboard


class Window(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.errors: list[str] = []
        self.messages: list[str] = []

    def show_error(self, error: object) -> None:
        self.errors.append(str(error))

    def show_message(self, text: str, on_undo: object = None) -> None:
        self.messages.append(text)


@pytest.fixture
def desk(qapp: QApplication, workspace: Workspace) -> Iterator[Desk]:
    theme.apply(qapp, "light")
    runner = JobRunner()
    yield Desk(workspace, Personal(), runner, Keyboard(), "Irina")
    runner.shutdown()


@pytest.fixture
def window(qapp: QApplication) -> Iterator[Window]:
    made = Window()
    made.resize(1280, 800)
    made.show()
    yield made
    made.close()
    made.deleteLater()
