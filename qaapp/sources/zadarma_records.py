"""Zadarma's legs → conversations: which way, whose talk, how long. The statistics tell neither direction nor waiting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from qaapp.sources import loose, numbers
from qaapp.sources.moments import parse_text, to_utc
from qaapp.sources.records import CallRecord, LegRecord, ParticipantRecord, RemoteRef
from qaapp.words import Direction, Disposition, EndKind

_FAILED = (Disposition.FAILED, EndKind.FAILED)
_RESULTS = {
    "answered": (Disposition.ANSWERED, EndKind.HUNG_UP), "busy": (Disposition.BUSY, EndKind.BUSY),
    "cancel": (Disposition.NO_ANSWER, EndKind.NOT_ANSWERED), "no answer": (Disposition.NO_ANSWER, EndKind.NOT_ANSWERED),
    "unallocated number": (Disposition.FAILED, EndKind.WRONG_NUMBER), "failed": _FAILED, "no money": _FAILED,
    "no limit": _FAILED, "no day limit": _FAILED, "line limit": _FAILED, "no money, no limit": _FAILED,
}  # fmt: skip


class Leg(NamedTuple):
    """One row, read. ``seconds`` is None where it is not told; ``inner``: our extension in it."""

    row: dict[str, Any]
    at: datetime
    caller: str
    called: str
    sip: str | None
    seconds: int | None
    state: Disposition
    end: EndKind
    inner: str | None

    @property
    def ended_at(self) -> datetime:
        return self.at + timedelta(seconds=self.seconds or 0)


def moment(row: dict[str, Any], zone: ZoneInfo) -> datetime | None:
    """When a leg began, aware UTC; None for what is no moment."""
    try:
        told = parse_text(loose.text(row.get("callstart")) or "")
    except ValueError:
        return None
    return told if told.tzinfo is not None else to_utc(told, zone)


def way_of(key: str, rows: Sequence[dict[str, Any]], country: str) -> Direction | None:
    """Which way a conversation went as far as its own words tell: numbers of a few digits are ours, and ids of the PBX
    begin with ``in_`` or ``out_`` at some accounts. None: it has to be asked for."""
    inner = [[numbers.is_inner(each) for each in _sides(row, country)] for row in rows]
    if all(caller and called for caller, called in inner):
        return Direction.INTERNAL
    for begin, way in (("in_", Direction.INBOUND), ("out_", Direction.OUTBOUND)):
        if key.startswith(begin):
            return way
    for caller, called in inner:
        if caller != called:
            return Direction.OUTBOUND if caller else Direction.INBOUND
    return None


def record(
    key: str, rows: Sequence[dict[str, Any]], way: Direction, zone: ZoneInfo, country: str
) -> CallRecord:
    """One conversation. A leg's own start says when its phone began to ring, so that waiting is known of later legs only."""
    legs = sorted(
        (_leg(row, way, at, country) for row in rows if (at := moment(row, zone)) is not None),
        key=lambda leg: (leg.at, str(leg.row.get("call_id"))),
    )
    first, talks = legs[0], _talks(legs)
    ended_at = max(leg.ended_at for leg in legs)
    state, end = (talks[0] if talks else legs[-1])[6:8]
    if not talks and state in (Disposition.ANSWERED, Disposition.NO_ANSWER):
        state = Disposition.MISSED if way is Direction.INBOUND else Disposition.NO_ANSWER
        end = EndKind.NOT_ANSWERED
    wait_s = round((talks[0].at - first.at).total_seconds()) if talks else 0
    people = _people(legs, talks)
    outside = first.caller if way in (Direction.INBOUND, Direction.UNKNOWN) else first.called
    recorded = [leg.row for leg in legs if loose.flag(leg.row.get("is_recorded"))]
    return CallRecord(
        key, first.at,
        conversation_id=key, answered_at=talks[0].at if wait_s else None, ended_at=ended_at, direction=way,
        disposition=state, duration_s=round((ended_at - first.at).total_seconds()), wait_s=wait_s or None,
        talk_s=_together(talks), customer_number=numbers.parse(outside, country).digits, customer_number_raw=outside or None,
        line_number=_line(legs, way, country), end_reason=loose.text((talks or legs)[-1].row.get("disposition")),
        end_kind=str(end), transferred=sum(1 for each in people if each.talk_s) > 1 if len(legs) > 1 else None,
        participants=people,
        legs=tuple(_shown(leg, leg in talks) for leg in legs) if len(legs) > 1 else (),
        remote=tuple(
            RemoteRef(str(row["call_id"]), "full" if len(recorded) == 1 else "leg", position=n,
                      facts={"call_id": str(row["call_id"])})
            for n, row in enumerate(recorded)
        ),
        raw={"legs": [leg.row for leg in legs]},
    )  # fmt: skip


def _sides(row: dict[str, Any], country: str) -> tuple[str | None, str | None]:
    caller, called = (
        numbers.parse(loose.text(row.get(name)) or "", country).digits for name in ("clid", "destination")
    )
    return caller, called


def _leg(row: dict[str, Any], way: Direction, at: datetime, country: str) -> Leg:
    caller, called = _sides(row, country)
    sip = numbers.parse((loose.text(row.get("sip")) or "").rpartition("-")[2], country).digits
    own = (called, sip) if way is Direction.INBOUND else (sip, caller)
    state, end = _result(row)
    return Leg(
        row, at, loose.text(row.get("clid")) or "", loose.text(row.get("destination")) or "", sip,
        loose.seconds(row.get("seconds")), state, end,
        next((each for each in own if numbers.is_inner(each)), None),
    )  # fmt: skip


def _result(row: dict[str, Any]) -> tuple[Disposition, EndKind]:
    word = (loose.text(row.get("disposition")) or "").casefold()
    return _RESULTS.get(word, (Disposition.UNKNOWN, EndKind.UNKNOWN))


def _talks(legs: list[Leg]) -> list[Leg]:
    """The legs in which somebody talked: those of extensions, else those led to another number. What answers at the called
    number itself while extensions ring in other legs is a menu or a queue."""
    answered = [leg for leg in legs if leg.state is Disposition.ANSWERED]
    ours = [leg for leg in answered if leg.inner]
    if ours or len(legs) == 1:
        return ours or answered
    return [leg for leg in answered if leg.called != legs[0].called]


def _together(talks: list[Leg]) -> int | None:
    """Seconds in which at least one of them talked; legs that overlap (a transfer with a question before) count once."""
    if not talks:
        return 0
    if all(leg.seconds is None for leg in talks):
        return None
    total, until = 0.0, talks[0].at
    for leg in talks:
        total += max(0.0, (leg.ended_at - max(until, leg.at)).total_seconds())
        until = max(until, leg.ended_at)
    return round(total)


def _people(legs: list[Leg], talks: list[Leg]) -> tuple[ParticipantRecord, ...]:
    """Extensions in the order in which they came in last."""
    found: dict[str, ParticipantRecord] = {}
    for leg in legs:
        if leg.inner:
            before = found.pop(leg.inner, None)
            talked = leg in talks
            talk_s = (leg.seconds or 0 if talked else 0) + (before.talk_s or 0 if before else 0)
            answered = talked or bool(before and before.answered)
            found[leg.inner] = ParticipantRecord(extension=leg.inner, answered=answered, talk_s=talk_s)
    return tuple(found.values())


def _line(legs: list[Leg], way: Direction, country: str) -> str | None:
    """The company's number: called from outside, or shown to who is called."""
    if way is Direction.INTERNAL or way is Direction.UNKNOWN:
        return None
    for leg in legs:
        digits = numbers.parse(leg.called if way is Direction.INBOUND else leg.caller, country).digits
        if digits and not numbers.is_inner(digits):
            return digits
    return None


def _shown(leg: Leg, talked: bool) -> LegRecord:
    return LegRecord(
        "user" if leg.inner else "number", leg.inner or leg.called or None, leg.at, leg.at if talked else None,
        leg.ended_at, leg.seconds or 0 if talked else 0, loose.text(leg.row.get("disposition")), str(leg.end),
    )  # fmt: skip
