"""While the screens are made nothing but the window itself is shown: a part shown too early takes the focus away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget

from qaapp.store.workspace import Workspace

pytestmark = pytest.mark.scenario


class _Windows(QObject):
    """Kinds of the windows that were shown."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.shown.append(type(watched).__name__)
        return False


def test_the_window_opens_every_screen_without_a_flash(
    qapp: QApplication, sit_down: Callable[..., Any], samples: Workspace
) -> None:
    windows = _Windows()
    qapp.installEventFilter(windows)
    try:
        hand = sit_down(samples, "Irina Kotova")
        for name in hand.window.names():
            hand.window.show_screen(name)
            QApplication.processEvents()
    finally:
        qapp.removeEventFilter(windows)
    assert windows.shown == ["MainWindow"]
    assert QApplication.activeWindow() is hand.window
