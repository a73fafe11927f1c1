"""The annotations of the open call as a table: the same data as the timeline, to read and to edit."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from qaapp import i18n
from qaapp.calls.annotation_labels import sign_text, sign_word
from qaapp.calls.annotations import AnnotationRow, KindRow
from qaapp.i18n import N_, _
from qaapp.ui import theme
from qaapp.ui.review.card_model import AnyIndex
from qaapp.ui.widgets.tables import INK_ROLE

TIME, LENGTH, SIGN, KIND, TEXT, POINT, SAID, SHOULD, AUTHOR, MADE = range(10)
HEADS = (
    N_("Time"), N_("Length"), "±", N_("Kind"), N_("Annotation"), N_("Checkpoint"), N_("Said"), N_("Should have said"),
    N_("Author"), N_("Made"),
)  # fmt: skip
EDITABLE = (TIME, LENGTH, SIGN, KIND, TEXT, POINT, SAID, SHOULD)
RIGHT = (TIME, LENGTH)
QUIET = (LENGTH, POINT, AUTHOR, MADE)
ROW_ROLE = Qt.ItemDataRole.UserRole + 2
SORT_ROLE = Qt.ItemDataRole.UserRole + 3
KIND_ROLE = Qt.ItemDataRole.UserRole + 4
Change = Callable[[AnnotationRow, str], bool]


def full_text(row: AnnotationRow) -> str:
    """What an annotation says: its text, else said → should have said."""
    phrases = " → ".join(f"«{part}»" for part in (row.said, row.should_have_said) if part)
    return " · ".join(part for part in (row.text, phrases) if part)


def told(row: AnnotationRow, kind: KindRow, zone: ZoneInfo | None) -> str:
    """Everything an annotation says, for a tooltip: kind, text, checkpoint, who and when."""
    text = full_text(row)
    head = f"{sign_text(row.sign)} {kind.name}".strip()
    lines = [f"{head}: {text}" if text else head]
    if row.checkpoint:
        lines.append(_("Checkpoint: {name}").format(name=row.checkpoint))
    if zone is not None:
        when = i18n.moment(row.created_at, zone)
        lines.append(f"{row.author}, {when}" if row.author else when)
    return "\n".join(lines)


@dataclass(frozen=True)
class ListFilter:
    """What of the call's annotations is listed; an empty field asks nothing. ``signs``: 1, -1, 0 (neither)."""

    kind_ids: frozenset[int] = frozenset()
    signs: frozenset[int] = frozenset()
    authors: frozenset[str] = frozenset()
    text: str = ""

    def takes(self, row: AnnotationRow) -> bool:
        words = f"{row.text}\n{row.said}\n{row.should_have_said}\n{row.checkpoint}".casefold()
        return (
            (not self.kind_ids or row.kind_id in self.kind_ids)
            and (not self.signs or (row.sign or 0) in self.signs)
            and (not self.authors or row.author in self.authors)
            and all(word in words for word in self.text.casefold().split())
        )


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
        self.filter = ListFilter()
        self.zone = ZoneInfo("UTC")
        self.kinds: dict[int, KindRow] = {}
        self.points: dict[int, str] = {}  # checkpoint id → text, of the card on show
        self.sorting = (TIME, True)

    def set_rows(
        self, rows: tuple[AnnotationRow, ...], kinds: tuple[KindRow, ...], points: dict[int, str]
    ) -> None:
        self.beginResetModel()
        self.kinds = {kind.id: kind for kind in kinds}
        self.points = points
        self.rows = tuple(row for row in rows if self.filter.takes(row))
        self._sort()
        self.endResetModel()

    def _sort(self) -> None:
        column, ascending = self.sorting
        keys: dict[int, Callable[[AnnotationRow], Any]] = {
            TIME: lambda row: row.start_ms,
            LENGTH: lambda row: (row.end_ms or row.start_ms) - row.start_ms,
            SIGN: lambda row: -(row.sign or 0),
            KIND: lambda row: self.kinds[row.kind_id].position if row.kind_id in self.kinds else 99,
            TEXT: lambda row: full_text(row).casefold(),
            POINT: lambda row: row.checkpoint.casefold(),
            SAID: lambda row: row.said.casefold(),
            SHOULD: lambda row: row.should_have_said.casefold(),
            AUTHOR: lambda row: row.author.casefold(),
            MADE: lambda row: row.created_at,
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
            return (_(HEADS[section]) if section != SIGN else HEADS[SIGN]) + (
                (" ↑" if ascending else " ↓") if is_told else ""
            )
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole) and section == SIGN:
            return _("Plus or minus")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section in RIGHT else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() in EDITABLE else flags

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], index.column()
        kind = self.kinds.get(row.kind_id)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, column, kind)
        if role == Qt.ItemDataRole.EditRole:
            return self._edited(row, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column in RIGHT else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.FontRole and column in RIGHT:
            return theme.font("body", tabular=True)
        if role == Qt.ItemDataRole.ToolTipRole and kind is not None:
            return told(row, kind, self.zone)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(row, column, kind)
        if role == INK_ROLE:
            return "ink_2" if column in QUIET else None
        if role == ROW_ROLE:
            return row
        if role == KIND_ROLE:
            return kind
        return None

    def _edited(self, row: AnnotationRow, column: int) -> Any:
        """What an editor of the cell begins with."""
        length = row.end_ms - row.start_ms if row.end_ms is not None else 0
        return {
            TIME: i18n.duration(row.start_ms / 1000, tenths=True),
            LENGTH: i18n.duration(length / 1000, tenths=True) if length else "",
            SIGN: row.sign or 0, KIND: row.kind_id, TEXT: row.text, POINT: row.checkpoint_id or 0,
            SAID: row.said, SHOULD: row.should_have_said,
        }.get(column)  # fmt: skip

    def _text(self, row: AnnotationRow, column: int, kind: KindRow | None) -> str:
        if column == TIME:
            return i18n.duration(row.start_ms / 1000)
        if column == LENGTH:
            return i18n.duration((row.end_ms - row.start_ms) / 1000) if row.end_ms is not None else ""
        if column == KIND:
            return kind.name if kind is not None else "–"
        if column == MADE:
            return i18n.moment(row.created_at, self.zone)
        return {
            SIGN: sign_text(row.sign), TEXT: full_text(row), POINT: row.checkpoint or "–", SAID: row.said,
            SHOULD: row.should_have_said, AUTHOR: row.author,
        }[column]  # fmt: skip

    def _spoken(self, row: AnnotationRow, column: int, kind: KindRow | None) -> str:
        """A cell for a screen reader; the first one says the whole annotation, as the timeline shows it."""
        if column == SIGN:
            return sign_word(row.sign)
        if column != TIME:
            return self._text(row, column, kind)
        end = f" – {i18n.duration(row.end_ms / 1000)}" if row.end_ms is not None else ""
        parts = (
            i18n.duration(row.start_ms / 1000) + end, kind.name if kind is not None else "", sign_word(row.sign),
            full_text(row), row.checkpoint, row.author,
        )  # fmt: skip
        return ", ".join(part for part in parts if part)

    def setData(self, index: AnyIndex, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or not index.isValid():
            return False
        row, column = self.rows[index.row()], index.column()
        after = self._changed(row, column, value)
        texts = {TEXT: "text", SAID: "said", SHOULD: "should", TIME: "place", LENGTH: "place"}
        return after is not None and self._change(after, texts.get(column, ""))

    def _changed(self, row: AnnotationRow, column: int, value: Any) -> AnnotationRow | None:
        """The row with one cell edited; None when the value makes no sense there."""
        text = str(value).strip()
        if column == TEXT:
            return replace(row, text=text)
        if column == SAID:
            return replace(row, said=text)
        if column == SHOULD:
            return replace(row, should_have_said=text)
        if column == KIND:
            return replace(row, kind_id=int(value)) if value in self.kinds else None
        if column == SIGN:
            return replace(row, sign=value or None) if value in (0, 1, -1) else None
        if column == POINT:
            return replace(row, checkpoint_id=int(value) or None)
        if column == LENGTH and not text:
            return replace(row, end_ms=None)
        time = parse_time(text)
        if time is None:
            return None
        if column == LENGTH:
            return replace(row, end_ms=row.start_ms + time if time else None)
        end = None if row.end_ms is None else row.end_ms + time - row.start_ms
        return replace(row, start_ms=time, end_ms=end)

    def row_of(self, annotation_id: int) -> int:
        return next((n for n, row in enumerate(self.rows) if row.id == annotation_id), -1)

    def as_text(self, rows: Sequence[AnnotationRow]) -> str:
        """Lines for a messenger: ``2:07 + Price: text («said» → «better») — checkpoint``."""
        lines = []
        for row in sorted(rows, key=lambda row: (row.start_ms, row.id)):
            kind = self.kinds.get(row.kind_id)
            end = f"–{i18n.duration(row.end_ms / 1000)}" if row.end_ms is not None else ""
            head = f"{sign_text(row.sign)} {kind.name if kind is not None else ''}".strip()
            words = full_text(row)
            line = f"{i18n.duration(row.start_ms / 1000)}{end} {head}" + (f": {words}" if words else "")
            lines.append(line + (f" — {row.checkpoint}" if row.checkpoint else ""))
        return "\n".join(lines)
