"""Annotations of all calls as a table model that grows by pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from qaapp import i18n
from qaapp.calls.annotation_labels import sign_text, sign_word
from qaapp.calls.annotation_search import Cursor, FoundAnnotation, FoundPage
from qaapp.i18n import N_, _
from qaapp.ui import theme
from qaapp.ui.review.annotation_model import full_text
from qaapp.ui.widgets.tables import INK_ROLE, AnyIndex, Column

COLUMNS = (
    Column("call", 136, fixed=True), Column("manager", 120), Column("at", 64), Column("sign", 34), Column("kind", 116),
    Column("text", 0, fixed=True), Column("checkpoint", 150), Column("author", 110), Column("made", 120, visible=False),
    Column("customer", 150, visible=False),
)  # fmt: skip
HEADS = (
    N_("Call"), N_("Manager"), N_("At"), "±", N_("Kind"), N_("Annotation"), N_("Checkpoint"), N_("Author"), N_("Made"),
    N_("Number"),
)  # fmt: skip
CALL, MANAGER, AT, SIGN, KIND, TEXT, POINT, AUTHOR, MADE, CUSTOMER = range(10)
HIT_ROLE = Qt.ItemDataRole.UserRole + 2


class FoundModel(QAbstractTableModel):
    """``more(cursor)`` is asked for the next page; it comes through ``add``. GUI thread only."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[FoundAnnotation] = []
        self.zone = ZoneInfo("UTC")
        self.mask = False
        self._next: Cursor | None = None
        self._waits = False
        self._more: Callable[[Cursor], None] = lambda _cursor: None

    def show(self, page: FoundPage, more: Callable[[Cursor], None]) -> None:
        """The first page of another search."""
        self.beginResetModel()
        self.rows, self._next, self._more, self._waits = list(page.rows), page.next, more, False
        self.endResetModel()

    def add(self, page: FoundPage) -> None:
        """The page that was asked for."""
        self._waits = False
        if page.rows:
            self.beginInsertRows(QModelIndex(), len(self.rows), len(self.rows) + len(page.rows) - 1)
            self.rows += page.rows
            self.endInsertRows()
        self._next = page.next

    def canFetchMore(self, parent: AnyIndex = QModelIndex()) -> bool:
        return not parent.isValid() and self._next is not None and not self._waits

    def fetchMore(self, parent: AnyIndex = QModelIndex()) -> None:
        if self._next is not None and not self._waits:
            self._waits = True
            self._more(self._next)

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return _(HEADS[section]) if section != SIGN else HEADS[SIGN]
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole) and section == SIGN:
            return _("Plus or minus")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(section)
        return None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        hit, column = self.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(hit, column)
        if role == Qt.ItemDataRole.ToolTipRole and column in (TEXT, POINT, MANAGER):
            return self._text(hit, column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(hit) if column == CALL else self._text(hit, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(column)
        if role == Qt.ItemDataRole.FontRole and column in (CALL, AT):
            return theme.font("body", tabular=True)
        if role == INK_ROLE:
            return "ink_2" if column in (POINT, AUTHOR, MADE, CUSTOMER) else None
        return hit if role == HIT_ROLE else None

    def _text(self, hit: FoundAnnotation, column: int) -> str:
        note = hit.annotation
        if column == CALL:
            return i18n.moment(hit.started_at, self.zone)
        if column == MADE:
            return i18n.moment(note.created_at, self.zone)
        if column == CUSTOMER:
            return i18n.mask_phone(hit.customer_number) if self.mask else i18n.phone(hit.customer_number)
        return {
            MANAGER: hit.manager or _("Not assigned"), AT: i18n.duration(note.start_ms / 1000),
            SIGN: sign_text(note.sign), KIND: hit.kind.name, TEXT: full_text(note), POINT: note.checkpoint or "–",
            AUTHOR: note.author,
        }[column]  # fmt: skip

    def _spoken(self, hit: FoundAnnotation) -> str:
        """A whole hit for a screen reader."""
        note = hit.annotation
        parts = (
            i18n.moment(hit.started_at, self.zone), hit.manager or _("Not assigned"),
            i18n.duration(note.start_ms / 1000), hit.kind.name, sign_word(note.sign), full_text(note), note.checkpoint,
        )  # fmt: skip
        return ", ".join(part for part in parts if part)


def cursor_of(hit: FoundAnnotation) -> Cursor:
    note = hit.annotation
    return Cursor(hit.started_at, note.call_id, note.start_ms, note.id)


def _side(column: int) -> int:
    side = Qt.AlignmentFlag.AlignRight if column == AT else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)


def hits_at(rows: Sequence[FoundAnnotation], numbers: Sequence[int]) -> list[FoundAnnotation]:
    """The hits of these rows that are there."""
    return [rows[number] for number in numbers if number < len(rows)]
