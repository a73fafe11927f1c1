"""Calls as a table model that grows by pages: the next page is read when the view comes near the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from qaapp import i18n
from qaapp.i18n import _
from qaapp.journal.pages import CallRow, Page
from qaapp.scorecards.scoring import Limits, percent_text
from qaapp.ui import lights
from qaapp.ui.widgets.tables import INK_ROLE, Column
from qaapp.words import Direction, Disposition, Target

AnyIndex = QModelIndex | QPersistentModelIndex
ROW = Qt.ItemDataRole.UserRole
SPEECH = {"talk_share", "silence_ms", "interruptions", "longest_manager_ms"}
RIGHT = {"wait_s", "talk_s", "duration_s", "score", "customer_rating"} | SPEECH

COLUMNS = (
    Column("started_at", 136, fixed=True),
    Column("customer_number", 172, fixed=True),
    Column("manager", 140),
    Column("group", 120, visible=False),
    Column("wait_s", 58),
    Column("talk_s", 80),
    Column("disposition", 112),
    Column("tags", 0),
    Column("recording_count", 62),
    Column("score", 96),
    Column("customer_name", 150, visible=False),
    Column("line_number", 130, visible=False),
    Column("extension", 84, visible=False),
    Column("duration_s", 84, visible=False),
    Column("direction", 110, visible=False),
    Column("target", 100, visible=False),
    Column("campaign", 130, visible=False),
    Column("source", 130, visible=False),
    Column("end_reason", 150, visible=False),
    Column("customer_rating", 90, visible=False),
    Column("comment", 180, visible=False),
    Column("talk_share", 110, visible=False),
    Column("silence_ms", 84, visible=False),
    Column("interruptions", 96, visible=False),
    Column("longest_manager_ms", 96, visible=False),
)
KEYS = [column.key for column in COLUMNS]


def titles() -> dict[str, str]:
    """Headings in the current language, by column key."""
    return {
        "started_at": _("Time"), "customer_number": _("Customer"), "manager": _("Manager"), "group": _("Group"),
        "wait_s": _("Wait"), "talk_s": _("Talk"), "disposition": _("Status"), "tags": _("Tags"),
        "recording_count": _("Rec."), "score": _("Score"), "customer_name": _("Customer's name"),
        "line_number": _("Line"), "extension": _("Extension"), "duration_s": _("Whole"), "direction": _("Direction"),
        "target": _("Target"), "campaign": _("Campaign"), "source": _("Source"), "end_reason": _("End reason"),
        "customer_rating": _("Rating"), "comment": _("Comment"), "talk_share": _("Manager speaks"),
        "silence_ms": _("Silence"), "interruptions": _("Interrupts"), "longest_manager_ms": _("Monologue"),
    }  # fmt: skip


def status_words(row: CallRow) -> tuple[str, str]:
    """Status and the token of its colour: the rule is quiet, the exception speaks."""
    if row.disposition == Disposition.UNKNOWN:
        return "–", "ink_3"
    text = i18n.word(row.disposition)
    text = text[:1].upper() + text[1:]
    if row.disposition == Disposition.MISSED:
        return text, "red_text"
    return text, "ink_2" if row.disposition == Disposition.ANSWERED else "ink"


class JournalModel(QAbstractTableModel):
    """Rows in the order of the sort. ``more`` reads the page after a cursor; it is quick by its contract."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[CallRow] = []
        self._next: Any = None
        self._more: Callable[[Any], Page] | None = None
        self.zone = ZoneInfo("UTC")
        self.limits = Limits()
        self.mask_numbers = False
        self.one_day = False

    def show(self, page: Page, more: Callable[[Any], Page]) -> None:
        """Replace everything by the first page of another question."""
        self.beginResetModel()
        self._rows, self._next, self._more = list(page.rows), page.next, more
        self.endResetModel()

    def refresh(self, rows: Sequence[CallRow]) -> None:
        """Put changed calls into their places."""
        new = {row.id: row for row in rows}
        for place, row in enumerate(self._rows):
            if row.id in new:
                self._rows[place] = new[row.id]
                self.dataChanged.emit(self.index(place, 0), self.index(place, len(COLUMNS) - 1))

    def call(self, row: int) -> CallRow:
        return self._rows[row]

    def place_of(self, call_id: int) -> int:
        return next((place for place, row in enumerate(self._rows) if row.id == call_id), -1)

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def canFetchMore(self, parent: AnyIndex) -> bool:
        return not parent.isValid() and self._next is not None and self._more is not None

    def fetchMore(self, parent: AnyIndex) -> None:
        if not self.canFetchMore(parent) or self._more is None:
            return
        page = self._more(self._next)
        self._next = page.next
        if page.rows:
            first = len(self._rows)
            self.beginInsertRows(QModelIndex(), first, first + len(page.rows) - 1)
            self._rows += page.rows
            self.endInsertRows()

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        key = KEYS[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return titles()[key]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if key in RIGHT else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row, key = self._rows[index.row()], KEYS[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.text(row, key)
            case Qt.ItemDataRole.UserRole:
                return row
            case Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignRight if key in RIGHT else Qt.AlignmentFlag.AlignLeft
                return side | Qt.AlignmentFlag.AlignVCenter
            case Qt.ItemDataRole.ToolTipRole:
                return self._hint(row, key)
            case Qt.ItemDataRole.AccessibleTextRole if key == "score":
                return lights.spoken(row.band, None if row.score is None else row.score * 100)
        if role == INK_ROLE:
            return _ink(row, key)
        return None

    def text(self, row: CallRow, key: str) -> str:
        """What a cell says."""
        match key:
            case "started_at":
                local = row.started_at.astimezone(self.zone)
                clock = i18n.clock_time(local.time())
                return clock if self.one_day else f"{i18n.day(local.date(), 'day_short')}, {clock}"
            case "customer_number":
                return self._number(row.customer_number)
            case "manager":
                return row.manager or _("Not assigned")
            case "wait_s":
                return "" if row.wait_s is None else i18n.duration(row.wait_s)
            case "talk_s":
                if row.talk_s is None:
                    return ""
                return ("≈ " if row.talk_is_estimate else "") + i18n.duration(row.talk_s)
            case "duration_s":
                return "" if row.duration_s is None else i18n.duration(row.duration_s)
            case "disposition":
                return status_words(row)[0]
            case "direction":
                return "–" if row.direction == Direction.UNKNOWN else i18n.word(row.direction)
            case "tags":
                return " ".join(f"#{tag.name}" for tag in row.tags)
            case "recording_count":
                return ""
            case "score":
                if row.score is not None:
                    return percent_text(row.score, self.limits)
                return _("in the queue") if row.queued else ""
            case "target":
                return i18n.word(row.target) if isinstance(row.target, Target) else ""
            case "customer_rating":
                if row.customer_rating is None:
                    return ""
                return (
                    f"{row.customer_rating} / {row.rating_scale}"
                    if row.rating_scale
                    else str(row.customer_rating)
                )
            case "talk_share":
                return "" if row.talk_share is None else i18n.percent(row.talk_share * 100)
            case "silence_ms" | "longest_manager_ms":
                value = getattr(row, key)
                return "" if value is None else i18n.duration(value / 1000)
            case "interruptions":
                return "" if row.interruptions is None else str(row.interruptions)
            case _:
                return str(getattr(row, key) or "")

    def _number(self, number: str | None) -> str:
        return i18n.mask_phone(number) if self.mask_numbers else i18n.phone(number)

    def _hint(self, row: CallRow, key: str) -> str | None:
        if key == "started_at":
            return i18n.moment(row.started_at, self.zone, year=True)
        if key == "talk_s" and row.talk_is_estimate:
            return _("The length of the recording: the folder does not tell the talk time")
        if key in SPEECH:
            return (
                None
                if row.talk_share is not None
                else _("Not analysed yet, or both sides are in one channel")
            )
        if key in ("tags", "comment", "campaign", "end_reason", "customer_name"):
            return self.text(row, key) or None
        if key == "recording_count":
            return _("Has a recording") if row.recording_count else _("No recording")
        return None


def _ink(row: CallRow, key: str) -> str:
    if key == "manager":
        return "ink" if row.manager else "ink_3"
    if key == "disposition":
        return status_words(row)[1]
    if key in ("wait_s", "tags", "group", "line_number", "campaign", "source", "extension", "end_reason"):
        return "ink_2"
    return "ink"


class StopFlag:
    """A flag a reading looks at, so that a newer question ends it."""

    def __init__(self) -> None:
        self._asked = False

    def ask(self) -> None:
        self._asked = True

    def asked(self) -> bool:
        return self._asked
