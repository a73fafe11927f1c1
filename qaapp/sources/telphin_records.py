"""Telphin's calls with their legs → conversations. Of a leg little more is sure than its type, sides, moments and result."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from qaapp.i18n import _
from qaapp.sources import loose, numbers
from qaapp.sources.moments import parse_text
from qaapp.sources.provider import Refused
from qaapp.sources.records import CallRecord, LegRecord, ParticipantRecord, RemoteRef
from qaapp.words import Direction, Disposition, EndKind, EndSide

_MACHINES = ("ivr", "menu", "queue", "fax", "voicemail", "background")
_LEFT = {
    "ivr": EndKind.LEFT_MENU,
    "menu": EndKind.LEFT_MENU,
    "queue": EndKind.LEFT_QUEUE,
    "voicemail": EndKind.VOICEMAIL,
}
_ENDS = (
    ("busy", Disposition.BUSY, EndKind.BUSY), ("reject", Disposition.REJECTED, EndKind.REJECTED),
    ("unallocated", Disposition.FAILED, EndKind.WRONG_NUMBER), ("invalid_number", Disposition.FAILED, EndKind.WRONG_NUMBER),
    ("out_of_order", Disposition.FAILED, EndKind.FAILED), ("failure", Disposition.FAILED, EndKind.FAILED),
    ("congestion", Disposition.FAILED, EndKind.FAILED), ("failed", Disposition.FAILED, EndKind.FAILED),
    *((word, Disposition.NO_ANSWER, EndKind.NOT_ANSWERED)
      for word in ("answer", "cancel", "normal_clearing", "missed", "no_user_response", "timeout")),
)  # fmt: skip


def telphin_record(row: dict[str, Any], country: str) -> CallRecord | Refused:
    """One conversation of the history."""
    key = loose.text(row.get("call_uuid"))
    started_at = _gmt(row.get("init_time_gmt")) or _gmt(row.get("start_time_gmt"))
    if key is None or started_at is None:
        name = "call_uuid" if key is None else "init_time_gmt"
        return Refused(key or "?", _("The call has no {name}.").format(name=name))
    caller, called = (_digits(row.get(name), country) for name in ("from_username", "to_username"))
    way = {"in": Direction.INBOUND, "out": Direction.OUTBOUND, "internal": Direction.INTERNAL}.get(
        (loose.text(row.get("flow")) or "").casefold(), Direction.UNKNOWN
    )
    if numbers.is_inner(caller) and numbers.is_inner(called):
        way = Direction.INTERNAL
    legs = loose.objects(row.get("cdr"))
    bridged_at, answered = _gmt(row.get("bridged_time_gmt")), bool(loose.flag(row.get("bridged")))
    talk_s = loose.seconds(row.get("bridged_duration")) if answered else 0
    state, end, side = _result(row, legs, answered, way)
    people = _people(legs, talk_s, country)
    inward = way in (Direction.INBOUND, Direction.UNKNOWN)
    wait = (bridged_at - started_at).total_seconds() if answered and bridged_at else None
    recorded = loose.unique(loose.text(leg.get("record_uuid")) for leg in legs)
    return CallRecord(
        key, started_at,
        conversation_id=key, answered_at=bridged_at if answered else None, ended_at=_gmt(row.get("hangup_time_gmt")),
        direction=way, disposition=state, duration_s=loose.seconds(row.get("duration")),
        wait_s=round(wait) if wait is not None and wait >= 0 else None, talk_s=talk_s,
        customer_number=caller if inward else called,
        customer_number_raw=loose.text(row.get("from_username" if inward else "to_username")),
        line_number=called if way is Direction.INBOUND and not numbers.is_inner(called) else None,
        end_reason=loose.text(row.get("hangup_cause")) or loose.text(row.get("result")), end_kind=str(end),
        end_side=str(side) if side else None,
        transferred=sum(1 for each in people if each.talk_s) > 1 if legs else None, participants=people,
        legs=tuple(_leg(leg, country) for leg in legs) if len(legs) > 1 else (),
        remote=tuple(
            RemoteRef(name, "full" if len(recorded) == 1 else "leg", position=n, facts={"uuid": name})
            for n, name in enumerate(recorded)
        ),
        raw=row,
    )  # fmt: skip


def _people(
    legs: Sequence[dict[str, Any]], call_talk_s: int | None, country: str
) -> tuple[ParticipantRecord, ...]:
    """Extensions that are no machines. Where one alone may have talked, the talk of the call is his."""
    humans = [(leg, inner) for leg in legs if not _is_machine(leg) and (inner := _inner(leg, country))]
    talks = [_talk(leg) for leg, _number in humans]
    if call_talk_s and len(humans) == 1 and not talks[0]:
        talks = [call_talk_s]
    found: dict[str, ParticipantRecord] = {}
    for (leg, inner), talk_s in zip(humans, talks, strict=True):
        before = found.pop(inner, None)
        total = (talk_s or 0) + (before.talk_s or 0 if before else 0)
        found[inner] = ParticipantRecord(
            loose.text(leg.get("extension_id")), None, inner, None, "manager", total > 0, total
        )
    return tuple(found.values())


def _talk(leg: dict[str, Any]) -> int | None:
    """How long a leg was talked on: as it is told, else from its moments, else its length if it was answered."""
    told, bridged = loose.seconds(leg.get("bridged_duration")), loose.flag(leg.get("bridged"))
    begin, end = _gmt(leg.get("bridged_time_gmt")), _gmt(leg.get("hangup_time_gmt"))
    if told or (told is not None and not bridged):
        return told
    if begin is not None and end is not None:
        return max(0, round((end - begin).total_seconds()))
    word = (loose.text(leg.get("result")) or "").casefold()
    if bridged or (bridged is None and word.startswith(("answer", "bridge"))):
        return loose.seconds(leg.get("duration"))
    return 0


def _kind(leg: dict[str, Any]) -> str:
    return (loose.text(leg.get("extension_type")) or "").casefold()


def _is_machine(leg: dict[str, Any]) -> bool:
    return any(word in _kind(leg) for word in _MACHINES)


def _digits(value: Any, country: str) -> str | None:
    """A side's number; ``12345*101`` is the client's number and the extension."""
    return numbers.parse((loose.text(value) or "").rpartition("*")[2], country).digits


def _inner(leg: dict[str, Any], country: str) -> str | None:
    """Our extension of a leg: who calls out, or who is called."""
    names = ("from_username", "to_username")
    order = names if (loose.text(leg.get("flow")) or "").casefold() == "out" else names[::-1]
    return next(
        (digits for name in order if numbers.is_inner(digits := _digits(leg.get(name), country))), None
    )


def _leg(leg: dict[str, Any], country: str) -> LegRecord:
    inner, kind = _inner(leg, country), _kind(leg)
    made = "group" if "queue" in kind else "ivr" if _is_machine(leg) else "user" if inner else "number"
    return LegRecord(
        made, inner or loose.text(leg.get("to_username")),
        _gmt(leg.get("init_time_gmt")) or _gmt(leg.get("start_time_gmt")), _gmt(leg.get("bridged_time_gmt")),
        _gmt(leg.get("hangup_time_gmt")), _talk(leg), loose.text(leg.get("hangup_cause")) or loose.text(leg.get("result")),
    )  # fmt: skip


def _gmt(value: Any) -> datetime | None:
    try:
        told = parse_text(loose.text(value) or "")
    except ValueError:
        return None
    return told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC)


def _result(
    row: dict[str, Any], legs: Sequence[dict[str, Any]], answered: bool, way: Direction
) -> tuple[Disposition, EndKind, EndSide | None]:
    """How it ended and by whom: answered is what was bridged; a word nobody knows stays an unknown reason."""
    by = (loose.text(row.get("hangup_disposition")) or "").casefold()
    side: EndSide | None = None
    if way in (Direction.INBOUND, Direction.OUTBOUND) and ("caller" in by) != ("callee" in by):
        side = EndSide.CUSTOMER if ("caller" in by) == (way is Direction.INBOUND) else EndSide.MANAGER
    if answered:
        ends = {EndSide.CUSTOMER: EndKind.CUSTOMER_HUNG_UP, EndSide.MANAGER: EndKind.MANAGER_HUNG_UP}
        return Disposition.ANSWERED, ends[side] if side else EndKind.HUNG_UP, side
    words = " ".join((loose.text(row.get(name)) or "").casefold() for name in ("result", "hangup_cause"))
    known = [(state, end) for word, state, end in _ENDS if word in words]
    state, end = known[0] if known else (Disposition.NO_ANSWER, EndKind.UNKNOWN)
    if (
        way is Direction.INBOUND
        and legs
        and all(map(_is_machine, legs))
        and end in (EndKind.NOT_ANSWERED, EndKind.UNKNOWN)
    ):
        end = next((left for word, left in _LEFT.items() if word in _kind(legs[-1])), end)
    if way is Direction.INBOUND and state is Disposition.NO_ANSWER:
        state = Disposition.MISSED
    return state, end, side
