"""The annotations of the open call as a table: the same data as the timeline, to read and to edit."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from qaapp import i18n
from qaapp.calls.annotations import AnnotationRow, KindRow
from qaapp.i18n import N_, _
from qaapp.ui import theme
from qaapp.ui.review.card_model import AnyIndex
from qaapp.ui.widgets.tables import INK_ROLE

TIME, LENGTH, KIND, TEXT, POINT = range(5)
HEADS = (N_("Time"), N_("Length"), N_("Kind"), N_("Annotation"), N_("Checkpoint"))
ROW_ROLE = Qt.ItemDataRole.UserRole + 2
SORT_ROLE = Qt.ItemDataRole.UserRole + 3
KIND_ROLE = Qt.ItemDataRole.UserRole + 4
Change = Callable[[AnnotationRow, str], bool]


def full_text(row: AnnotationRow) -> str:
    """What an annotation says: its text, else said → should have said."""
    phrases = " → ".join(f"«{part}»" for part in (row.said, row.should_have_said) if part)
    return " · ".join(part for part in (row.text, phrases) if part)


def parse_time(text: str) -> int | None:
    """``2:07,4``, ``127.4``, ``1:02:07`` → ms; None when it is no time."""
    cleaned = text.strip().replace(",", ".")
    if not re.fullmatch(r"(\d+:){0,2}\d+(\.\d{1,3})?", cleaned):
        return None
    seconds = 0.0
    for part in cleaned.split(":"):
        seconds = seconds * 60 + float(part)
    return round(seconds * 1000)


class AnnotationModel(QAbstractTableModel):
    """``change`` saves an edited row; it returns False when that failed. GUI thread only."""

    def __init__(self, change: Change, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._change = change
        self.rows: tuple[AnnotationRow, ...] = ()
        self.kinds: dict[int, KindRow] = {}
        self.points: dict[int, str] = {}  # checkpoint id → text, of the card on show
        self.sorting = (TIME, True)

    def set_rows(
        self, rows: tuple[AnnotationRow, ...], kinds: tuple[KindRow, ...], points: dict[int, str]
    ) -> None:
        self.beginResetModel()
        self.kinds = {kind.id: kind for kind in kinds}
        self.points = points
        self.rows = tuple(rows)
        self._sort()
        self.endResetModel()

    def _sort(self) -> None:
        column, ascending = self.sorting
        keys: dict[int, Callable[[AnnotationRow], Any]] = {
            TIME: lambda row: row.start_ms,
            LENGTH: lambda row: (row.end_ms or row.start_ms) - row.start_ms,
            KIND: lambda row: self.kinds[row.kind_id].position if row.kind_id in self.kinds else 99,
            TEXT: lambda row: full_text(row).casefold(),
            POINT: lambda row: self.points.get(row.checkpoint_id or 0, "").casefold(),
        }
        in_time = sorted(self.rows, key=lambda row: (row.start_ms, row.id))
        self.rows = tuple(sorted(in_time, key=keys[column], reverse=not ascending))

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        if column < 0:
            return
        self.beginResetModel()
        self.sorting = (column, order == Qt.SortOrder.AscendingOrder)
        self._sort()
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(HEADS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            column, ascending = self.sorting
            is_told = column == section and self.sorting != (TIME, True)  # the usual order needs no arrow
            return _(HEADS[section]) + ((" ↑" if ascending else " ↓") if is_told else "")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section in (TIME, LENGTH) else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() in (TIME, KIND, TEXT) else flags

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], index.column()
        kind = self.kinds.get(row.kind_id)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, column, kind)
        if role == Qt.ItemDataRole.EditRole:
            return {
                TIME: i18n.duration(row.start_ms / 1000, tenths=True), KIND: row.kind_id, TEXT: row.text
            }.get(column)  # fmt: skip
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column in (TIME, LENGTH) else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.FontRole and column in (TIME, LENGTH):
            return theme.font("body", tabular=True)
        if role == Qt.ItemDataRole.ToolTipRole and column in (TEXT, POINT):
            return self._text(row, column, kind)
        if role == INK_ROLE:
            return "ink_2" if column in (LENGTH, POINT) else None
        if role == ROW_ROLE:
            return row
        if role == KIND_ROLE:
            return kind
        return None

    def _text(self, row: AnnotationRow, column: int, kind: KindRow | None) -> str:
        if column == TIME:
            return i18n.duration(row.start_ms / 1000)
        if column == LENGTH:
            return i18n.duration((row.end_ms - row.start_ms) / 1000) if row.end_ms is not None else ""
        if column == KIND:
            return kind.name if kind is not None else "–"
        if column == TEXT:
            return full_text(row)
        return self.points.get(row.checkpoint_id or 0, "–")

    def setData(self, index: AnyIndex, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or not index.isValid():
            return False
        row = self.rows[index.row()]
        if index.column() == TEXT:
            return self._change(replace(row, text=str(value).strip()), "text")
        if index.column() == KIND and value in self.kinds:
            return self._change(replace(row, kind_id=int(value)), "")
        if index.column() == TIME:
            start = parse_time(str(value))
            if start is None:
                return False
            end = None if row.end_ms is None else row.end_ms + start - row.start_ms
            return self._change(replace(row, start_ms=start, end_ms=end), "")
        return False

    def row_of(self, annotation_id: int) -> int:
        return next((n for n, row in enumerate(self.rows) if row.id == annotation_id), -1)
