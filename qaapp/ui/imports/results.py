"""What an import left out and why: a list that can be copied."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from qaapp.i18n import _
from qaapp.ui.dialogs import open_at
from qaapp.ui.widgets import Button, Column, Label, TableView
from qaapp.ui.widgets.tables import INK_ROLE

AnyIndex = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class LeftOut:
    """``row`` of a table counted as in the file, None for a whole file."""

    path: str
    row: int | None
    reason: str


class RowsModel(QAbstractTableModel):
    """Rows of plain texts under headings; ``tips`` are shown on hover, ``inks`` name a token per row and column."""

    def __init__(self, headings: Sequence[str], parent: Any = None, right: Container[int] = ()) -> None:
        super().__init__(parent)
        self._right = right  # columns of figures
        self._headings = tuple(headings)
        self._rows: list[tuple[str, ...]] = []
        self._tips: list[str] = []
        self._inks: dict[tuple[int, int], str] = {}

    def set_headings(self, headings: Sequence[str]) -> None:
        """The same columns in another language."""
        self._headings = tuple(headings)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self._headings) - 1)

    def set_rows(
        self, rows: Sequence[tuple[str, ...]], tips: Sequence[str] = (), inks: dict[tuple[int, int], str] | None = None
    ) -> None:  # fmt: skip
        self.beginResetModel()
        self._rows, self._tips, self._inks = list(rows), list(tips), inks or {}
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._headings)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._headings[section]
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(section)
        return None

    def _alignment(self, column: int) -> Qt.AlignmentFlag:
        side = Qt.AlignmentFlag.AlignRight if column in self._right else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter

    def data(self, index: AnyIndex, role: int = 0) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            own = self._rows[index.row()][index.column()]
            return self._tips[index.row()] if self._tips and index.column() == 0 else own
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(index.column())
        if role == INK_ROLE:
            return self._inks.get((index.row(), index.column()))
        return None


class ResultsDialog(QDialog):
    """A heading, the rows, *Copy all* and *Close*."""

    def __init__(self, parent: QWidget | None, title: str, left_out: Sequence[LeftOut]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        open_at(self, 760, 420)
        self._left_out = tuple(left_out)
        self.table = TableView(edge=True)
        self.table.setAccessibleName(title)
        model = RowsModel((_("File"), _("Row"), _("Reason")), self.table)
        model.set_rows(
            [
                (Path(item.path).name or item.path, "" if item.row is None else str(item.row), item.reason)
                for item in self._left_out
            ],
            [item.path for item in self._left_out],
        )
        self.table.setModel(model)
        self.table.set_columns((Column("file", 240), Column("row", 70), Column("reason", 0)))
        copy = Button(_("Copy all"), icon="copy")
        copy.clicked.connect(self.copy_all)
        close = Button(_("Close"), "primary", key="Esc")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.addWidget(copy)
        buttons.addStretch()
        buttons.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(Label(title, "title", wrap=True))
        layout.addWidget(
            Label(_("Everything else came in. Put these right and import again."), tone="ink_2", wrap=True)
        )
        layout.addWidget(self.table, 1)
        layout.addLayout(buttons)

    def copy_all(self) -> None:
        """The whole list as tab-separated text with full paths."""
        lines = ["\t".join((_("File"), _("Row"), _("Reason")))]
        lines += [
            "\t".join((item.path, "" if item.row is None else str(item.row), item.reason))
            for item in self._left_out
        ]
        QGuiApplication.clipboard().setText("\n".join(lines))
