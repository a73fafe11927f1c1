"""The queue as a list: a head per manager with how much of the plan is done, then his calls."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt

from qaapp import clock, i18n
from qaapp.i18n import _, ngettext, pgettext
from qaapp.review.queue import QueueRow
from qaapp.ui.review.card_model import AnyIndex
from qaapp.words import Direction, QueueState

ROW_ROLE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class QueueLine:
    """A manager's head (``item`` None) with done and planned calls, or one call."""

    manager: str
    item: QueueRow | None = None
    done: int = 0
    planned: int = 0


def lines_of(rows: Iterable[QueueRow]) -> list[QueueLine]:
    """Heads and calls in the order of the queue; managers in the order of their first call."""
    groups: dict[str, list[QueueRow]] = {}
    for row in rows:
        groups.setdefault(row.manager or _("Not assigned"), []).append(row)
    lines: list[QueueLine] = []
    for manager, items in groups.items():
        done = sum(item.state == QueueState.DONE for item in items)
        lines.append(QueueLine(manager, None, done, len(items)))
        lines.extend(QueueLine(manager, item) for item in items)
    return lines


def direction_short(direction: str) -> str:
    """Three letters for a narrow list."""
    return {
        Direction.INBOUND: pgettext("short direction", "in"),
        Direction.OUTBOUND: pgettext("short direction", "out"),
        Direction.INTERNAL: pgettext("short direction", "int"),
        Direction.CALLBACK: pgettext("short direction", "back"),
    }.get(Direction(direction), "–")


def when_short(row: QueueRow, zone: ZoneInfo) -> str:
    """The time of a call of today or yesterday's draw; the day where it is older."""
    local = row.started_at.astimezone(zone)
    today = clock.now().astimezone(zone).date()
    if (today - local.date()).days <= 1:
        return i18n.clock_time(local.time())
    return i18n.day(local.date(), "day_short")


class QueueModel(QAbstractListModel):
    """GUI thread only."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lines: list[QueueLine] = []
        self.zone = ZoneInfo("UTC")

    def set_rows(self, rows: Iterable[QueueRow], zone: ZoneInfo) -> None:
        self.beginResetModel()
        self.lines, self.zone = lines_of(rows), zone
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.lines)

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        if not index.isValid() or self.lines[index.row()].item is None:
            return Qt.ItemFlag.ItemIsEnabled
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        line = self.lines[index.row()]
        if role == ROW_ROLE:
            return line
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.spoken(line)
        if role == Qt.ItemDataRole.ToolTipRole and line.item is not None:
            return i18n.moment(line.item.started_at, self.zone)
        return None

    def spoken(self, line: QueueLine) -> str:
        item = line.item
        if item is None:
            return f"{line.manager}, {line.done}/{line.planned}"
        parts = [
            i18n.moment(item.started_at, self.zone),
            i18n.word(item.direction),
            i18n.duration(item.talk_s),
        ]
        if item.state == QueueState.DONE:
            parts.append(_("done"))
        elif item.is_stale:
            parts.append(ngettext("{n} day old", "{n} days old", item.age_days).format(n=item.age_days))
        return ", ".join(parts)

    def row_of(self, item_id: int) -> int:
        return next(
            (n for n, line in enumerate(self.lines) if line.item is not None and line.item.id == item_id), -1
        )
