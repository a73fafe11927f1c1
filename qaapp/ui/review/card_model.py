"""The card as a list: heads of sections and checkpoints, with the marks of the open evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from qaapp import i18n
from qaapp.i18n import _
from qaapp.scorecards.evaluations import MarkRow
from qaapp.scorecards.model import Card, CheckpointSpec, SectionSpec
from qaapp.ui.widgets.tristate import spoken_mark

AnyIndex = QModelIndex | QPersistentModelIndex
ROW_ROLE = Qt.ItemDataRole.UserRole
MARK_ROLE = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True)
class CardRow:
    """A section's head (``point`` None) or one of its checkpoints."""

    section: SectionSpec
    point: CheckpointSpec | None = None


class CardModel(QAbstractListModel):
    """GUI thread only."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[CardRow, ...] = ()
        self.marks: dict[int, MarkRow] = {}
        self.unsaved: frozenset[int] = frozenset()
        self.open_scripts: set[int] = set()  # rows of sections whose script is shown
        self.tells_missing = False  # say "not marked" beside what is missing

    def set_card(self, card: Card | None) -> None:
        self.beginResetModel()
        rows: list[CardRow] = []
        for section in card.sections if card is not None else ():
            rows.append(CardRow(section))
            rows.extend(CardRow(section, point) for point in section.checkpoints)
        self.rows = tuple(rows)
        self.open_scripts = set()
        self.endResetModel()

    def set_marks(self, marks: dict[int, MarkRow], unsaved: frozenset[int], tells_missing: bool) -> None:
        self.marks, self.unsaved, self.tells_missing = marks, unsaved, tells_missing
        if self.rows:
            self.dataChanged.emit(self.index(0), self.index(len(self.rows) - 1))

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        if not index.isValid() or self.rows[index.row()].point is None:
            return Qt.ItemFlag.ItemIsEnabled
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role == ROW_ROLE:
            return row
        if role == MARK_ROLE:
            return self.mark_of(row)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.spoken(row) if role != Qt.ItemDataRole.DisplayRole else self._title(row)
        return None

    def mark_of(self, row: CardRow) -> MarkRow | None:
        return self.marks.get(row.point.id) if row.point is not None and row.point.id is not None else None

    def is_marked(self, row: CardRow) -> bool:
        mark = self.mark_of(row)
        return mark is not None and mark.is_marked

    @staticmethod
    def _title(row: CardRow) -> str:
        return row.section.name if row.point is None else row.point.text

    def spoken(self, row: CardRow) -> str:
        """A row for a screen reader: checkpoint, mark, time."""
        if row.point is None:
            passed, applicable = self.section_score(row.section)
            return f"{row.section.name}, " + _("{passed} of {all}").format(passed=passed, all=applicable)
        mark = self.mark_of(row)
        parts = [row.point.text, spoken_mark(mark.value if mark and mark.is_marked else -1)]
        if mark is not None and mark.is_marked and mark.at_ms is not None:
            parts.append(i18n.duration(mark.at_ms / 1000))
        return ", ".join(parts)

    def section_score(self, section: SectionSpec) -> tuple[int, int]:
        """(ones, ones and zeros) of a section's checkpoints, unweighted: how far the stage was followed."""
        values = [
            mark.value
            for point in section.checkpoints
            if (mark := self.marks.get(point.id or 0)) is not None
            and mark.is_marked
            and mark.value is not None
        ]
        return sum(values), len(values)

    def row_of(self, checkpoint_id: int) -> int:
        """Its row, or -1."""
        for number, row in enumerate(self.rows):
            if row.point is not None and row.point.id == checkpoint_id:
                return number
        return -1

    def step(self, row: int, by: int) -> int:
        """The next checkpoint's row in a direction; the same row at the ends."""
        at = row + by
        while 0 <= at < len(self.rows):
            if self.rows[at].point is not None:
                return at
            at += by
        return row

    def first(self) -> int:
        """The first checkpoint without a mark, else the first one; -1 for an empty card."""
        points = [number for number, row in enumerate(self.rows) if row.point is not None]
        open_ones = [number for number in points if not self.is_marked(self.rows[number])]
        return (open_ones or points or [-1])[0]
