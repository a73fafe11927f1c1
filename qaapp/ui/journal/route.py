"""The way of a call: line, menu, queue, people, end, as nodes on one spine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from qaapp import i18n
from qaapp.i18n import _
from qaapp.journal.details import CallDetails, LegRow
from qaapp.ui import theme

LINE, NOTE = 22, 16  # height of a node and of its second line, px


@dataclass(frozen=True)
class Stop:
    """One node. ``kind``: ring (passed through), talk (somebody spoke), end."""

    kind: str
    title: str
    note: str = ""
    length: str = ""
    clock: str = ""
    waits: bool = False


def stops_of(details: CallDetails, zone: ZoneInfo) -> list[Stop]:
    """The nodes of a call; a call without legs has its line, its manager and its end."""

    def clock(moment: datetime | None) -> str:
        return i18n.clock_time(moment.astimezone(zone).time(), seconds=True) if moment else ""

    row, stops = details.row, []
    if row.line_number:
        stops.append(
            Stop("ring", _("Line {number}").format(number=row.line_number), clock=clock(row.started_at))
        )
    before: LegRow | None = None
    for leg in details.legs:
        gap = _transfer_s(before, leg)
        if before is not None and gap is not None:
            note = _("the customer waits") if gap else ""
            stops.append(Stop("ring", _("Transfer"), note, _length(gap), clock(before.ended_at), bool(gap)))
        stops.append(_stop(leg, clock(leg.started_at)))
        if not leg.is_supervisor:
            before = leg
    if not details.legs:
        who = row.manager or _("Not assigned")
        if row.extension:
            who += ", " + _("ext. {number}").format(number=row.extension)
        kind = "talk" if row.talk_s else "ring"
        begun = details.answered_at or row.started_at
        length = "" if row.talk_s is None else i18n.duration(row.talk_s)
        stops.append(Stop(kind, who, _("talk") if row.talk_s else "", length, clock(begun)))
    stops.append(Stop("end", _("End"), end_words(details), "", clock(details.ended_at)))
    return stops


def _stop(leg: LegRow, at: str) -> Stop:
    """One leg: a menu and a queue by their kind, a person by what he did."""
    name = leg.manager or leg.party or _("unknown")
    talked = leg.talk_s is not None and leg.talk_s > 0 and leg.kind not in ("ivr", "group")
    waited = _seconds(leg.started_at, leg.answered_at or leg.ended_at)
    why = reason_words(leg.end_kind, leg.end_reason)
    if leg.is_supervisor:
        return Stop("ring", name, _("listens in, not part of the talk"), "", at)
    if leg.kind == "ivr":
        return Stop(
            "ring",
            _("Menu “{name}”").format(name=name),
            why,
            _length(_seconds(leg.started_at, leg.ended_at)),
            at,
        )
    if leg.kind == "group":
        return Stop("ring", _("Queue “{name}”").format(name=name), why, _length(waited), at, True)
    if talked:
        rang = (
            _("talk") if not waited else _("talk, answered after {time}").format(time=i18n.duration(waited))
        )
        return Stop("talk", name, rang, i18n.duration(leg.talk_s), at)
    return Stop("ring", name, why or _("no answer"), _length(waited), at, True)


def _transfer_s(before: LegRow | None, leg: LegRow) -> int | None:
    """Seconds between a talk and the next person, None where the call was not handed on."""
    if before is None or not before.talk_s or before.kind in ("ivr", "group") or leg.is_supervisor:
        return None
    if before.ended_at is None or leg.started_at is None or leg.started_at < before.started_at:  # type: ignore[operator]
        return None
    return max(0, round((leg.started_at - before.ended_at).total_seconds()))


def _seconds(first: datetime | None, last: datetime | None) -> int | None:
    return None if first is None or last is None else max(0, round((last - first).total_seconds()))


def _length(seconds: int | None) -> str:
    return i18n.duration(seconds) if seconds else ""


def reason_words(end_kind: str | None, end_reason: str | None) -> str:
    """Why it ended, in our words first; the source's own behind them where they say more."""
    known = i18n.word(end_kind) if end_kind and end_kind != "unknown" else ""
    raw = (end_reason or "").strip()
    if known and raw and raw.casefold() != known.casefold():
        return f"{known} ({raw})"
    return known or raw


def end_words(details: CallDetails) -> str:
    """Who or what ended the call."""
    side = i18n.word(details.end_side) if details.end_side else ""
    if details.end_kind and details.end_kind != "unknown":
        return reason_words(details.end_kind, details.row.end_reason)
    return ", ".join(part for part in (side, details.row.end_reason) if part and part != i18n.word("unknown"))


class Route(QWidget):
    """Painted; its text is told to screen readers as the description."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stops: Sequence[Stop] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.signals.changed.connect(self.updateGeometry)

    def show_stops(self, stops: Sequence[Stop]) -> None:
        self._stops = stops
        lines = [
            " ".join(part for part in (stop.title, stop.note, stop.length, stop.clock) if part)
            for stop in stops
        ]
        self.setAccessibleName(_("Route"))
        self.setAccessibleDescription("\n".join(lines))
        self.setToolTip("")
        self.updateGeometry()
        self.update()

    def _height(self, stop: Stop) -> int:
        return theme.px(LINE + (NOTE if stop.note else 0))

    def sizeHint(self) -> QSize:
        return QSize(theme.px(300), sum(self._height(stop) for stop in self._stops) + 4)

    minimumSizeHint = sizeHint

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x, y = theme.px(7), 0
        centres = []
        for stop in self._stops:
            centres.append(y + theme.px(LINE) // 2)
            y += self._height(stop)
        for number, stop in enumerate(self._stops[:-1]):
            if stop.kind == "talk":
                painter.setPen(QPen(theme.color("manager"), 4))
            elif stop.waits:
                painter.setPen(QPen(theme.color("control"), 2, Qt.PenStyle.DashLine))
            else:
                painter.setPen(QPen(theme.color("hairline_2"), 2))
            painter.drawLine(QPointF(x, centres[number]), QPointF(x, centres[number + 1]))
        y = 0
        for stop, centre in zip(self._stops, centres, strict=True):
            self._node(painter, stop, QPointF(x, centre))
            self._texts(painter, stop, y)
            y += self._height(stop)
        painter.end()

    def _node(self, painter: QPainter, stop: Stop, at: QPointF) -> None:
        if stop.kind == "end":
            painter.fillRect(QRectF(at.x() - 4, at.y() - 4, 8, 8), theme.color("ink_2"))
            return
        talk = stop.kind == "talk"
        painter.setPen(QPen(theme.color("manager" if talk else "control"), 1.6))
        painter.setBrush(theme.color("manager" if talk else "panel"))
        painter.drawEllipse(at, 5.0 if talk else 4.0, 5.0 if talk else 4.0)

    def _texts(self, painter: QPainter, stop: Stop, top: int) -> None:
        left = theme.px(26)
        line = QRect(left, top, self.width() - left, theme.px(LINE))
        middle, right = int(Qt.AlignmentFlag.AlignVCenter), int(Qt.AlignmentFlag.AlignRight)
        painter.setFont(theme.font("small", tabular=True))
        painter.setPen(theme.color("ink_2"))
        painter.drawText(line, middle | right, stop.clock)
        clock = theme.px(64)
        painter.setPen(theme.color("ink"))
        painter.drawText(line.adjusted(0, 0, -clock, 0), middle | right, stop.length)
        painter.setFont(theme.font("body", weight=600 if stop.kind == "talk" else 400))
        room = line.width() - clock - theme.px(48)
        painter.drawText(
            line, middle, painter.fontMetrics().elidedText(stop.title, Qt.TextElideMode.ElideRight, room)
        )
        if stop.note:
            painter.setFont(theme.font("small"))
            painter.setPen(theme.color("ink_2"))
            note = QRect(left, top + theme.px(LINE) - 3, line.width() - clock, theme.px(NOTE))
            painter.drawText(
                note,
                middle,
                painter.fontMetrics().elidedText(stop.note, Qt.TextElideMode.ElideRight, note.width()),
            )
