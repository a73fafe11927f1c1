"""One choice of a few, written as “Name value ▾” in a filter row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from qaapp.ui.widgets.buttons import MenuButton


class ChoiceButton(MenuButton):
    """Emits ``changed(value)`` when a person chose another value; setting the options is silent."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._value: Any = None

    def set_options(self, name: str, options: Sequence[tuple[Any, str]], value: Any) -> None:
        """``options`` are (value, words); ``value`` is the one in force."""
        self._value = value
        self.set_label(name)
        menu = QMenu(self)
        group = QActionGroup(menu)
        for own, words in options:
            action = QAction(words, menu, checkable=True)
            action.setChecked(own == value)
            action.triggered.connect(lambda _on, own=own, words=words: self._choose(own, words))
            group.addAction(action)
            menu.addAction(action)
            if own == value:
                self.set_value(words)
        self.set_menu(menu)

    def choice(self) -> Any:
        """The value in force."""
        return self._value

    def _choose(self, value: Any, words: str) -> None:
        if value != self._value:
            self._value = value
            self.set_value(words)
            self.changed.emit(value)
