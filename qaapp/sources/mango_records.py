"""Calls of MANGO OFFICE as call records: the extended statistics with their legs, the basic ones row by row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from qaapp.sources import loose, numbers
from qaapp.sources.records import (
    CallRecord,
    DealRecord,
    LegRecord,
    ParticipantRecord,
    PersonRecord,
    RemoteRef,
)
from qaapp.words import Direction, Disposition, EndKind, EndSide

_TYPES = {1: Direction.INBOUND, 2: Direction.OUTBOUND, 3: Direction.INTERNAL}
_CALLBACKS = (4, 5)  # ordered by a request or a widget
_LEGS = {"user": "user", "group": "group", "number": "number", "conference": "conference", "ivr": "ivr"}
_ENDS: dict[int, EndKind] = {
    1100: EndKind.HUNG_UP, 1111: EndKind.NOT_ANSWERED, 1121: EndKind.BUSY, 1122: EndKind.REJECTED,
    1123: EndKind.REJECTED, 1124: EndKind.REJECTED, 1182: EndKind.TRANSFERRED,
}  # fmt: skip
_END_CLASSES: dict[int, EndKind] = {
    112: EndKind.REJECTED, 113: EndKind.FAILED, 115: EndKind.BLOCKED, 116: EndKind.NOT_ANSWERED, 118: EndKind.HUNG_UP,
    119: EndKind.OUT_OF_HOURS, 131: EndKind.VOICEMAIL,
}  # fmt: skip


@dataclass(frozen=True)
class Employee:
    """What the directory says of an employee."""

    id: str
    name: str
    extension: str | None
    group: str | None
    line: str | None


@dataclass(frozen=True)
class Directory:
    """Employees by id and by extension, groups by id, names of tags by id, names of lines by their digits."""

    people: Mapping[str, Employee] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, str] = field(default_factory=dict)

    def by_extension(self, extension: str | None) -> Employee | None:
        """Who has it now."""
        return next(
            (each for each in self.people.values() if extension and each.extension == extension), None
        )

    def records(self) -> Iterable[PersonRecord]:
        """For the pull."""
        for each in self.people.values():
            yield PersonRecord(each.id, each.name, each.extension, each.group)
        for group_id, name in self.groups.items():
            yield PersonRecord(group_id, name, kind="group")


def employees(users: Iterable[dict[str, Any]], groups: Mapping[str, str]) -> dict[str, Employee]:
    """Users of ``config/users/request`` by id; one without an id is known by his extension."""
    found = {}
    for user in users:
        general, telephony = loose.part(user, "general"), loose.part(user, "telephony")
        extension = loose.text(telephony.get("extension"))
        key = loose.text(general.get("user_id")) or (f"ext-{extension}" if extension else None)
        if key is None:
            continue
        names = [groups.get(str(each)) for each in loose.items(user.get("groups"))]
        found[key] = Employee(
            key, loose.text(general.get("name")) or extension or key, extension,
            next((each for each in names if each), None), loose.text(telephony.get("outgoingline")),
        )  # fmt: skip
    return found


def end_kind(
    code: int | None, way: Direction, *, answered: bool, in_group: bool, had_people: bool
) -> EndKind:
    """A code of MANGO in the common list. 1110 is the calling side, 1120 the called one."""
    if code is None:
        return EndKind.UNKNOWN
    if code in (1110, 1120):
        side = end_side(code, way)
        if not answered and way is Direction.INBOUND and side is EndSide.CUSTOMER:
            return (
                EndKind.LEFT_QUEUE if in_group else EndKind.NOT_ANSWERED if had_people else EndKind.LEFT_MENU
            )
        if not answered:
            return EndKind.NOT_ANSWERED if code == 1110 else EndKind.REJECTED
        if side is EndSide.CUSTOMER:
            return EndKind.CUSTOMER_HUNG_UP
        return EndKind.MANAGER_HUNG_UP if side is EndSide.MANAGER else EndKind.HUNG_UP
    if code in _ENDS:
        return _ENDS[code]
    if code // 10 == 117:
        return EndKind.HUNG_UP if answered else EndKind.LEFT_MENU
    if code // 10 in _END_CLASSES:
        return _END_CLASSES[code // 10]
    if code // 100 in (21, 22) or code // 1000 == 5 or code == 4290:
        return EndKind.FAILED
    return EndKind.HUNG_UP if code // 10 == 110 else EndKind.UNKNOWN


def end_side(code: int | None, way: Direction) -> EndSide:
    """Who hung up; a call inside the company has no customer."""
    outbound = way is Direction.OUTBOUND
    if code == 1110 and way is not Direction.INTERNAL:
        return EndSide.MANAGER if outbound else EndSide.CUSTOMER
    if code == 1120 and way is not Direction.INTERNAL:
        return EndSide.CUSTOMER if outbound else EndSide.MANAGER
    if code is not None and (code // 10 in (116, 117, 118, 119) or code // 100 in (21, 22, 50)):
        return EndSide.SYSTEM
    return EndSide.UNKNOWN


def disposition(good: bool, code: int | None, way: Direction) -> Disposition:
    """Answered, or why not."""
    if good:
        return Disposition.ANSWERED
    unit = code // 10 if code is not None else 0
    if unit == 115:
        return Disposition.BLOCKED
    if unit == 131:
        return Disposition.VOICEMAIL
    if way is Direction.INBOUND:
        return Disposition.MISSED
    if code == 1121:
        return Disposition.BUSY
    if code in (1122, 1123, 1124):
        return Disposition.REJECTED
    failed = unit == 113 or (code is not None and (code // 100 in (21, 22) or code // 1000 == 5))
    return Disposition.FAILED if failed else Disposition.NO_ANSWER


# --- extended ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Leg:
    """A leg with what the call needs of it."""

    raw: dict[str, Any]
    record: LegRecord
    code: int | None
    group: str | None
    recordings: tuple[str, ...]

    @property
    def is_person(self) -> bool:
        return self.record.kind == "user" or bool(loose.whole(self.raw.get("call_abonent_id")))


def _flat(legs: Any, way: Direction, group: str | None = None) -> list[_Leg]:
    """Legs and members of groups in one list, a group before its members."""
    found: list[_Leg] = []
    for raw in loose.objects(legs):
        kind = _LEGS.get(str(raw.get("call_type") or "").lower(), "unknown")
        party = loose.text(raw.get("call_abonent_info")) or loose.text(raw.get("call_abonent_number"))
        members = _flat(raw.get("members"), way, party if kind == "group" else group)
        code = loose.whole(raw.get("call_end_reason"))
        answered = loose.epoch(raw.get("call_answer_time"))
        moved = bool(loose.flag(raw.get("BlindTransfer")) or loose.flag(raw.get("ConsultTransfer")))
        kind_of_end = end_kind(
            code, way, answered=answered is not None, in_group=kind == "group" or group is not None,
            had_people=True,
        )  # fmt: skip
        ids = loose.unique(loose.text(each) for each in loose.items(raw.get("recording_id")))
        if isinstance(raw.get("recording_id"), str):
            ids = loose.unique([loose.text(raw["recording_id"])])
        if any(member.recordings for member in members):
            ids = ()  # the same talk once more, under the name of the group
        supervisor = bool(loose.flag(raw.get("ModeListen")) or loose.flag(raw.get("ModePrompt")))
        record = LegRecord(
            kind, party, loose.epoch(raw.get("call_start_time")), answered, loose.epoch(raw.get("call_end_time")),
            loose.seconds(raw.get("talk_duration")), None if code is None else str(code),
            str(EndKind.TRANSFERRED if moved else kind_of_end), supervisor,
        )  # fmt: skip
        found.append(_Leg(raw, record, code, group, () if supervisor else ids))
        found += members
    return found


def _people(
    call: dict[str, Any], legs: Sequence[_Leg], way: Direction, known: Directory
) -> list[ParticipantRecord]:
    """Everybody of the company once, in the order of the legs; talks of one person add up."""
    found: dict[str, ParticipantRecord] = {}

    def add(key: str | None, name: str | None, number: str | None, group: str | None, role: str,
            answered: bool, talk_s: int | None) -> None:  # fmt: skip
        employee = known.people.get(key or "")
        digits = numbers.parse(number or "").digits
        extension = employee.extension if employee else digits if numbers.is_inner(digits) else None
        name = name or (employee.name if employee else None)
        place = f"{key or name or extension or number}/{role == 'supervisor'}"
        before = found.get(place)
        if before is not None:
            talk_s = (
                None if talk_s is None and before.talk_s is None else (talk_s or 0) + (before.talk_s or 0)
            )
            answered = answered or bool(before.answered)
            group = before.group_name or group
        group = group or (employee.group if employee else None)
        found[place] = ParticipantRecord(key, name, extension, group, role, answered, talk_s)

    for leg in legs:
        if leg.record.kind in ("group", "conference", "ivr") or not leg.is_person:
            continue
        role = "supervisor" if leg.record.is_supervisor else "manager"
        add(
            loose.text(leg.raw.get("call_abonent_id")), loose.text(leg.raw.get("call_abonent_info")),
            loose.text(leg.raw.get("call_abonent_number")), leg.group, role, leg.record.answered_at is not None,
            leg.record.talk_s,
        )  # fmt: skip
    caller = loose.text(call.get("caller_id"))
    if caller and caller != "0" and f"{caller}/False" not in found and way is not Direction.INBOUND:
        talk_s = loose.seconds(call.get("talk_duration"))
        number = loose.text(call.get("caller_number"))
        add(caller, loose.text(call.get("caller_name")), number, None, "manager", bool(talk_s), talk_s)
    return list(found.values())


def extended_record(
    call: dict[str, Any], context_calls: Any, known: Directory, country_code: str
) -> CallRecord | str:
    """One call of the extended statistics, or a word for what it lacks."""
    entry, started_at = loose.text(call.get("entry_id")), loose.epoch(call.get("context_start_time"))
    if entry is None or started_at is None:
        return "entry_id" if entry is None else "context_start_time"
    kind_of_call = _TYPES.get(loose.whole(call.get("context_type")) or 0, Direction.UNKNOWN)
    legs = _flat(context_calls, kind_of_call)
    talked = [leg for leg in legs if leg.record.answered_at and not leg.record.is_supervisor]
    persons = [leg for leg in legs if leg.is_person and leg.record.kind not in ("group", "conference", "ivr")]
    own = [leg for leg in talked if leg in persons]
    ends = own or talked or [leg for leg in legs if leg.code is not None and not leg.record.is_supervisor]
    last = max(ends, key=lambda leg: leg.record.ended_at or started_at, default=None)
    code = last.code if last is not None else None
    status, talk_s = loose.whole(call.get("context_status")), loose.seconds(call.get("talk_duration"))
    good = status == 1 if status is not None else bool(talk_s)
    outbound = kind_of_call is Direction.OUTBOUND
    caller, called = loose.text(call.get("caller_number")), loose.text(call.get("called_number"))
    customer, line = (called, None) if outbound else (caller, called)
    people = _people(call, legs, kind_of_call, known)
    if outbound:
        employee = known.people.get(loose.text(call.get("caller_id")) or "")
        line = employee.line if employee else None
    first_answer = min(
        (leg.record.answered_at for leg in (own or talked) if leg.record.answered_at), default=None
    )
    duration_s = loose.seconds(call.get("duration"))
    holds = [held for leg in persons if (held := loose.seconds(leg.raw.get("hold_duration"))) is not None]
    moved = any(
        loose.flag(leg.raw.get(name)) for leg in legs for name in ("BlindTransfer", "ConsultTransfer")
    )
    talkers = [each for each in people if each.role == "manager" and each.talk_s]
    mark = loose.whole(call.get("mark_client"))
    name = loose.text(call.get("caller_name")) if not outbound else None
    group = next((leg for leg in legs if leg.record.kind == "group"), None)
    ids = loose.unique(each for leg in legs for each in leg.recordings)
    ended_at = started_at + timedelta(seconds=duration_s) if duration_s is not None else None
    task, deal = loose.part(call, "task"), loose.text(loose.part(call, "conversion").get("deal_id"))
    parsed = numbers.parse(customer or "", country_code)
    line_digits = numbers.parse(line or "", country_code).digits
    campaign = (
        loose.text(task.get("campaign_name"))
        or loose.text(task.get("name"))
        or known.lines.get(line_digits or "")
    )
    return CallRecord(
        entry, started_at,
        conversation_id=entry,
        answered_at=first_answer if good else None,
        ended_at=ended_at,
        direction=Direction.CALLBACK if loose.whole(call.get("context_init_type")) in _CALLBACKS else kind_of_call,
        disposition=disposition(good, code, kind_of_call),
        duration_s=duration_s,
        wait_s=max(0, round((first_answer - started_at).total_seconds())) if good and first_answer else
        None if good else duration_s,
        talk_s=talk_s if good or not talk_s else 0,
        hold_s=sum(holds) if holds else None,
        customer_number=parsed.digits, customer_number_raw=customer,
        customer_name=parsed.name or (name if name and name != caller else None),
        line_number=line_digits,
        group_name=group.record.party if group else None,
        campaign=campaign,
        end_side=str(end_side(code, kind_of_call)),
        end_reason=None if code is None else str(code),
        end_kind=str(end_kind(code, kind_of_call, answered=good, in_group=group is not None, had_people=bool(persons))),
        transferred=moved or len({each.external_id or each.name for each in talkers}) > 1,
        customer_rating=mark if mark is not None and mark > 0 else None,
        rating_scale=10 if mark is not None and mark > 0 else None,
        comment=loose.text(call.get("call_comment")),
        tags=loose.unique(known.tags.get(str(each)) for each in loose.items(call.get("tag_id"))),
        legs=tuple(leg.record for leg in legs),
        participants=tuple(people),
        remote=remote(ids, ended_at or started_at),
        deal=DealRecord(external_id=deal) if deal else None,
        raw=call,
    )  # fmt: skip


def remote(ids: Sequence[str], ended_at: datetime) -> tuple[RemoteRef, ...]:
    """Recordings of a call; ``ended`` lets a too young one rest for a moment."""
    return tuple(
        RemoteRef(
            each, "full" if len(ids) == 1 else "leg", position=position,
            facts={"id": each, "ended": int(ended_at.timestamp())},
        )
        for position, each in enumerate(ids)
    )  # fmt: skip
