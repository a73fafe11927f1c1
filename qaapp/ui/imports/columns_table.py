"""What each column of a sheet means: heading, first values, and the field it goes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel, QWheelEvent
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from qaapp.i18n import _
from qaapp.ui import theme
from qaapp.ui.widgets import Label

SAMPLES = 3
SHOWN_ROWS = 8


class FieldBox(QComboBox):
    """A choice inside a scrolling list: the wheel scrolls the list and never changes the choice."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(20)
        self.setMaxVisibleItems(18)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class Short(Label):
    """One line that gives way: cut with an ellipsis, whole in the tooltip."""

    def __init__(self, text: str, role: str = "body", tone: str = "") -> None:
        super().__init__("", role, tone)
        self._whole = text
        self.setToolTip(text)
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self.setText(self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width()))


class ColumnsTable(QWidget):
    """Rows of columns with a choice each; a field is taken by one column only. ``changed`` after a person chose."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.boxes: list[FieldBox] = []
        self._taken: tuple[int, int, int] | None = None  # column, the one that lost its field, its row before
        self._model = QStandardItemModel(self)
        self._area = QScrollArea()
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._area)

    def show_columns(
        self, headings: Sequence[str], rows: Sequence[Sequence[str]], fields: Sequence[tuple[str, str]],
        chosen: Mapping[int, str],
    ) -> None:  # fmt: skip
        """``fields`` are (id, words); ``chosen`` gives the field of a column counted from 0."""
        self._model.clear()
        for key, words in (("", _("Leave out")), *fields):
            item = QStandardItem(words)
            item.setData(key, Qt.ItemDataRole.UserRole)
            self._model.appendRow(item)
        self.boxes, self._taken = [], None
        inner = QWidget()
        grid = QGridLayout(inner)
        grid.setContentsMargins(0, 0, 8, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        for place, (words, stretch) in enumerate(((_("Column"), 3), (_("First values"), 4), (_("Means"), 4))):
            grid.addWidget(Label(words, "micro", "ink_2"), 0, place)
            grid.setColumnStretch(place, stretch)
        count = max([len(headings), *(len(row) for row in rows)], default=0)
        for column in range(count):
            heading = headings[column] if column < len(headings) else ""
            title = heading or _("Column {n}").format(n=column + 1)
            values = list(dict.fromkeys(row[column] for row in rows if column < len(row) and row[column]))[
                :SAMPLES
            ]
            box = FieldBox()
            box.setModel(self._model)
            box.setAccessibleName(title)
            box.setCurrentIndex(max(0, box.findData(chosen.get(column, ""))))
            box.activated.connect(lambda _row, column=column: self._chose(column))
            self.boxes.append(box)
            grid.addWidget(Short(title, "strong"), column + 1, 0)
            grid.addWidget(Short("; ".join(values) or "—", "small", "ink_2"), column + 1, 1)
            grid.addWidget(box, column + 1, 2)
        grid.setRowStretch(count + 1, 1)
        self._area.setWidget(inner)
        self.setMinimumHeight(theme.px(34) * min(count, SHOWN_ROWS) + theme.px(28))

    def _chose(self, column: int) -> None:
        """Take the field from whoever had it, and give it back when the arrow keys go on to another."""
        if self._taken is not None and self._taken[0] == column and not self.field_of(self._taken[1]):
            self.boxes[self._taken[1]].setCurrentIndex(self._taken[2])
        self._taken = None
        field = self.field_of(column)
        for other, box in enumerate(self.boxes):
            if field and other != column and box.currentData() == field:
                self._taken = column, other, box.currentIndex()
                box.setCurrentIndex(0)
        self.changed.emit()

    def field_of(self, column: int) -> str:
        """The field chosen for a column, "" when it is left out."""
        return str(self.boxes[column].currentData() or "")

    def chosen(self) -> dict[int, str]:
        """Column counted from 0 → field, without those left out."""
        return {column: field for column in range(len(self.boxes)) if (field := self.field_of(column))}
