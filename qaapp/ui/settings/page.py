"""What the pages of the settings have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from qaapp.errors import QaappError
from qaapp.ui import theme
from qaapp.ui.desk import Desk
from qaapp.ui.widgets import Hairline, Label

Result = TypeVar("Result")


class Page(QWidget):
    """One topic. ``build`` makes it in the current language; it is made anew when the language changes."""

    message = Signal(str, object)
    failed = Signal(object)

    def __init__(self, desk: Desk, shell: Any = None) -> None:
        super().__init__()
        self.desk = desk
        self.shell = shell
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 14, 0, 16)
        self.column.setSpacing(10)
        self.build()

    @staticmethod
    def title() -> str:
        return ""

    def build(self) -> None:
        """Make the widgets."""

    def refresh(self) -> None:
        """The page comes to the front: read again."""

    def heading(self, text: str, hint: str = "") -> None:
        """Title and one sentence of what this is for."""
        self.inset(Label(text, "title"))
        if hint:
            self.inset(Label(hint, "body", "ink_2", wrap=True))

    def inset(self, widget: QWidget) -> None:
        """Add a widget on the pane's left edge of 16 px; tables reach the edge itself."""
        widget.setContentsMargins(16, 0, 16, 0)
        self.column.addWidget(widget)

    def form(self) -> QGridLayout:
        """Two columns: quiet words, then the field."""
        grid = QGridLayout()
        grid.setContentsMargins(16, 0, 16, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnMinimumWidth(0, theme.px(220))
        grid.setColumnStretch(2, 1)
        self.column.addLayout(grid)
        return grid

    @staticmethod
    def add_row(grid: QGridLayout, words: str, field: QWidget, hint: str = "") -> None:
        row = grid.rowCount()
        label = Label(words, "body", "ink_2", wrap=True)
        label.setBuddy(field)
        if not field.accessibleName():
            field.setAccessibleName(words)
        grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(field, row, 1, Qt.AlignmentFlag.AlignLeft)
        if hint:
            grid.addWidget(Label(hint, "small", "ink_2", wrap=True), row, 2)

    def section(self, text: str) -> None:
        self.column.addSpacing(6)
        self.column.addWidget(Hairline())
        self.inset(Label(text, "head", "ink_2"))

    def read(self, work: Callable[[Any], Result]) -> Result:
        """``work(session)`` on one snapshot."""
        with self.desk.database.read() as session:
            return work(session)

    def write(
        self, work: Callable[[Any], Result], said: str = "", undo: Callable[[Result], Any] | None = None
    ) -> bool:
        """``work(session)`` in one write; then ``said`` with an undo that gets its result. False when it failed."""
        try:
            with self.desk.database.write() as session:
                result = work(session)
        except QaappError as error:
            self.failed.emit(error)
            self.refresh()
            return False
        self.refresh()
        if said:
            take_back = None if undo is None else lambda: self.write(lambda _session: undo(result))
            self.message.emit(said, take_back)
        return True

    def keep(self, said: str = "", **changes: Any) -> None:
        """Change personal choices, with undo."""
        before = {name: getattr(self.desk.personal, name) for name in changes}
        self._update(**changes)
        if said:

            def undo() -> None:
                self._update(**before)
                self.refresh()

            self.message.emit(said, undo)

    def _update(self, **changes: Any) -> None:
        try:
            self.desk.update_personal(**changes)
        except QaappError as error:
            self.failed.emit(error)
