"""A dressed application and a desk on an empty workspace."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from qaapp.jobs import JobRunner
from qaapp.settings import Personal
from qaapp.store.workspace import Workspace
from qaapp.ui import theme
from qaapp.ui.desk import Desk
from qaapp.ui.keys import Keyboard


@pytest.fixture
def desk(qapp: QApplication, workspace: Workspace) -> Iterator[Desk]:
    theme.apply(qapp, "light")
    runner = JobRunner()
    yield Desk(workspace, Personal(), runner, Keyboard(), "Irina")
    runner.shutdown()
