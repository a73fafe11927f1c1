"""A table model that grows by pages while one scrolls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from qaapp.i18n import _
from qaapp.ui.widgets.tables import AnyIndex

HIT_ROLE = Qt.ItemDataRole.UserRole + 2


class PagedModel(QAbstractTableModel):
    """Rows of pages with ``rows`` and ``next``; ``more(next)`` is asked for the one behind and gives it to ``add``.

    Subclasses name ``heads`` (marked texts) and answer ``data``. GUI thread only.
    """

    heads: ClassVar[tuple[str, ...]] = ()
    right: ClassVar[int] = -1  # the column with figures

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[Any] = []
        self.zone = ZoneInfo("UTC")
        self.mask = False
        self._next: Any = None
        self._waits = False
        self._more: Callable[[Any], None] = lambda _cursor: None

    def show(self, page: Any, more: Callable[[Any], None]) -> None:
        """The first page of another search."""
        self.beginResetModel()
        self.rows, self._next, self._more, self._waits = list(page.rows), page.next, more, False
        self.endResetModel()

    def add(self, page: Any) -> None:
        """The page that was asked for."""
        self._waits = False
        if page.rows:
            self.beginInsertRows(QModelIndex(), len(self.rows), len(self.rows) + len(page.rows) - 1)
            self.rows += page.rows
            self.endInsertRows()
        self._next = page.next

    def hits_at(self, numbers: Sequence[int]) -> list[Any]:
        """The rows with these numbers that are there."""
        return [self.rows[number] for number in numbers if number < len(self.rows)]

    def canFetchMore(self, parent: AnyIndex = QModelIndex()) -> bool:
        return not parent.isValid() and self._next is not None and not self._waits

    def fetchMore(self, parent: AnyIndex = QModelIndex()) -> None:
        if self._next is not None and not self._waits:
            self._waits = True
            self._more(self._next)

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.heads)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return _(self.heads[section])
        return self.side(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def side(self, column: int) -> int:
        """How a column is aligned."""
        side = Qt.AlignmentFlag.AlignRight if column == self.right else Qt.AlignmentFlag.AlignLeft
        return int(side | Qt.AlignmentFlag.AlignVCenter)
