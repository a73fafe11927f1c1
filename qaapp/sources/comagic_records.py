"""Call sessions and legs of the Data API as call records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from qaapp.sources import loose, numbers
from qaapp.sources.moments import parse_text, to_utc
from qaapp.sources.records import CallRecord, LegRecord, ParticipantRecord, RemoteRef
from qaapp.words import Direction, Disposition, EndKind, EndSide, Lane

CALL_FIELDS = (
    "id", "start_time", "finish_time", "finish_reason", "direction", "source", "is_lost", "contact_phone_number",
    "contact_full_name", "virtual_phone_number", "operator_phone_number", "communication_id", "wait_duration",
    "total_wait_duration", "talk_duration", "clean_talk_duration", "total_duration", "is_transfer", "call_records",
    "wav_call_records", "full_record_file_link", "voice_mail_records", "tags", "employees",
    "last_answered_employee_rating", "last_talked_employee_id", "last_talked_employee_full_name",
    "last_answered_employee_id", "last_answered_employee_full_name", "campaign_name", "scenario_name",
    "utm_source", "utm_campaign",
)  # fmt: skip
LEG_FIELDS = (
    "id", "call_session_id", "start_time", "connect_time", "duration", "total_duration", "finish_reason", "direction",
    "calling_phone_number", "called_phone_number", "is_transfered", "is_operator", "employee_id", "employee_full_name",
    "employee_phone_number", "is_coach", "is_talked", "action_name", "group_id", "group_name",
)  # fmt: skip
_CALLBACKS = {"sitephone", "lead", "auto_back_call_by_lost_call", "auto_back_call_by_offline_message"}
_ENDS = {
    "operator_disconnects": EndKind.MANAGER_HUNG_UP, "subscriber_disconnects": EndKind.CUSTOMER_HUNG_UP,
    "operator_busy": EndKind.BUSY, "subscriber_busy": EndKind.BUSY, "operator_not_responsible": EndKind.NOT_ANSWERED,
    "subscriber_not_responsible": EndKind.NOT_ANSWERED, "no_success_operator_call": EndKind.NOT_ANSWERED,
    "no_success_subscriber_call": EndKind.NOT_ANSWERED, "timeout": EndKind.NOT_ANSWERED,
    "action_interval_exceeded": EndKind.NOT_ANSWERED, "disconnect_before_call_processing": EndKind.LEFT_MENU,
    "transfer_disconnects": EndKind.TRANSFERRED, "scenario_disconnects": EndKind.HUNG_UP,
    "numa_in_black_list": EndKind.BLOCKED, "numa_in_spam_list": EndKind.BLOCKED, "max_in_call_reached": EndKind.BUSY,
    "sip_offline": EndKind.CONNECTION_LOST, "no_money": EndKind.FAILED, "not_enough_money": EndKind.FAILED,
    "no_operation": EndKind.FAILED, "no_active_scenario": EndKind.OUT_OF_HOURS,
    "group_inactive_by_schedule": EndKind.OUT_OF_HOURS, "call_enqueued": EndKind.LEFT_QUEUE,
    "success_finish": EndKind.HUNG_UP, "internal_error": EndKind.FAILED, "add_cdr_timeout": EndKind.FAILED,
}  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """Which recordings are wanted: ``full``, ``mp3`` or ``sides``; ``lanes`` of the first and second side, where known."""

    how: str = "full"
    lanes: tuple[Lane | None, Lane | None] = (None, None)


def moment(value: Any, zone: ZoneInfo) -> datetime | None:
    """A time without an offset in the account's zone."""
    word = loose.text(value)
    if word is None:
        return None
    try:
        found = parse_text(word)
    except ValueError:
        return None
    return found if found.tzinfo else to_utc(found.replace(microsecond=0), zone)


def end_kind(reason: str | None) -> EndKind:
    """A ``finish_reason`` in the common list; there are about ninety, new ones are unknown."""
    if reason is None:
        return EndKind.UNKNOWN
    if reason in _ENDS:
        return _ENDS[reason]
    if reason.startswith(("employee_inactive", "employee_status", "group_inactive")):
        return EndKind.OUT_OF_HOURS
    return EndKind.UNKNOWN


def end_side(reason: str | None) -> EndSide:
    """Who hung up."""
    if reason == "operator_disconnects":
        return EndSide.MANAGER
    if reason in ("subscriber_disconnects", "disconnect_before_call_processing"):
        return EndSide.CUSTOMER
    return EndSide.UNKNOWN if reason is None or reason not in _ENDS else EndSide.SYSTEM


def disposition(call: dict[str, Any], talked: bool, way: Direction) -> Disposition:
    """Answered, or why not."""
    reason = loose.text(call.get("finish_reason")) or ""
    lost = loose.flag(call.get("is_lost"))
    if reason in ("numa_in_black_list", "numa_in_spam_list"):
        return Disposition.BLOCKED
    if talked and not lost:
        return Disposition.ANSWERED
    if loose.items(call.get("voice_mail_records")):
        return Disposition.VOICEMAIL
    if way is Direction.INBOUND:
        return Disposition.MISSED
    if reason in ("subscriber_busy", "operator_busy"):
        return Disposition.BUSY
    if end_kind(reason or None) in (EndKind.FAILED, EndKind.CONNECTION_LOST):
        return Disposition.FAILED
    return Disposition.NO_ANSWER if way is not Direction.UNKNOWN else Disposition.UNKNOWN


def leg_record(leg: dict[str, Any], zone: ZoneInfo) -> LegRecord:
    """One leg; ``duration`` counts from the moment it was picked up."""
    started, answered = moment(leg.get("start_time"), zone), moment(leg.get("connect_time"), zone)
    total, talk_s = loose.seconds(leg.get("total_duration")), loose.seconds(leg.get("duration"))
    person, group, action = (
        loose.text(leg.get(name)) for name in ("employee_full_name", "group_name", "action_name")
    )
    if leg.get("employee_id") is not None or loose.flag(leg.get("is_operator")):
        kind, party = "user", person or loose.text(leg.get("employee_phone_number"))
    elif group:
        kind, party = "group", group
    elif action:
        kind, party = "ivr", action
    else:
        kind, party = "number", loose.text(leg.get("called_phone_number"))
    reason = loose.text(leg.get("finish_reason"))
    moved = loose.flag(leg.get("is_transfered"))
    ended = started + timedelta(seconds=total) if started is not None and total is not None else None
    return LegRecord(
        kind, party, started, answered, ended, talk_s if answered else 0, reason,
        str(EndKind.TRANSFERRED if moved else end_kind(reason)), bool(loose.flag(leg.get("is_coach"))),
    )  # fmt: skip


def participants(call: dict[str, Any], legs: Iterable[dict[str, Any]]) -> list[ParticipantRecord]:
    """Everybody of the company once; talks of one person add up. Without legs: as the session names them."""
    found: dict[str, ParticipantRecord] = {}
    for leg in legs:
        key = loose.text(leg.get("employee_id"))
        if key is None:
            continue
        coach, talked = loose.flag(leg.get("is_coach")), loose.flag(leg.get("is_talked"))
        length = loose.seconds(leg.get("duration"))
        if talked is None:
            talked = bool(length)
        place = f"{key}/{bool(coach)}"
        made = ParticipantRecord(
            key, loose.text(leg.get("employee_full_name")), loose.text(leg.get("employee_phone_number")),
            loose.text(leg.get("group_name")), "supervisor" if coach else "manager", talked,
            length if talked else 0,
        )  # fmt: skip
        before = found.get(place)
        if before is not None:
            made = replace(
                before, answered=before.answered or made.answered, talk_s=(before.talk_s or 0) + (made.talk_s or 0),
                group_name=before.group_name or made.group_name, extension=before.extension or made.extension,
            )  # fmt: skip
        found[place] = made
    last = loose.text(call.get("last_talked_employee_id"))
    for each in loose.objects(call.get("employees")):
        key = loose.text(each.get("employee_id"))
        if key is not None and not {f"{key}/False", f"{key}/True"} & found.keys():
            talked = bool(loose.flag(each.get("is_talked")))
            talk_s = loose.seconds(call.get("clean_talk_duration")) if key == last and talked else None
            found[f"{key}/False"] = ParticipantRecord(
                key, loose.text(each.get("employee_full_name")), None, None, "manager",
                talked or bool(loose.flag(each.get("is_answered"))), talk_s,
            )  # fmt: skip
    for name in ("last_talked_employee", "last_answered_employee"):
        key = loose.text(call.get(f"{name}_id"))
        if key is not None and not found:
            found[f"{key}/False"] = ParticipantRecord(
                key, loose.text(call.get(f"{name}_full_name")), None, None, "manager", True,
                loose.seconds(call.get("clean_talk_duration")),
            )  # fmt: skip
    return list(found.values())


def remote(call: dict[str, Any], choice: Choice, started_at: datetime) -> tuple[RemoteRef, ...]:
    """The recordings of a session: the whole one, else each part; two wav files of a plain call are its sides."""
    session = loose.text(call.get("id")) or ""
    communication = loose.text(call.get("communication_id")) or session
    facts = {"session": session, "communication": communication, "started": int(started_at.timestamp())}
    mp3 = loose.unique(loose.text(each) for each in loose.items(call.get("call_records")))
    wav = loose.unique(loose.text(each) for each in loose.items(call.get("wav_call_records")))
    link = loose.text(call.get("full_record_file_link"))
    mail = loose.unique(loose.text(each) for each in loose.items(call.get("voice_mail_records")))
    found: list[RemoteRef] = []
    if choice.how == "sides" and len(wav) == 2 and not loose.flag(call.get("is_transfer")):
        found = [
            RemoteRef(each, "side", choice.lanes[place], None, place, {**facts, "id": each, "kind": "wav"})
            for place, each in enumerate(wav)
        ]
    elif link and choice.how != "mp3":
        # what follows the host and the communication is the id of the whole recording
        name = link.partition("?")[0].rstrip("/").rpartition("/")[2]
        found = [RemoteRef(f"full-{session}", "full", facts={**facts, "id": name, "kind": "full"})]
    elif mp3 or (wav and len(wav) != 2):
        kind, ids = ("talk", mp3) if mp3 else ("wav", wav)
        found = [
            RemoteRef(each, "full" if len(ids) == 1 else "leg", position=place,
                      facts={**facts, "id": each, "kind": kind})
            for place, each in enumerate(ids)
        ]  # fmt: skip
    elif wav:
        found = [
            RemoteRef(each, "side", choice.lanes[place], None, place, {**facts, "id": each, "kind": "wav"})
            for place, each in enumerate(wav)
        ]
    found += [
        RemoteRef(
            each, "voicemail", position=len(found) + place, facts={**facts, "id": each, "kind": "voice_mail"}
        )
        for place, each in enumerate(mail)
    ]
    return tuple(found)


def call_record(
    call: dict[str, Any], legs: Sequence[dict[str, Any]], zone: ZoneInfo, country_code: str, choice: Choice
) -> CallRecord | str:
    """One session, or a word for what it lacks."""
    session, started_at = loose.text(call.get("id")), moment(call.get("start_time"), zone)
    if session is None or started_at is None:
        return "id" if session is None else "start_time"
    way = {"in": Direction.INBOUND, "out": Direction.OUTBOUND}.get(
        str(call.get("direction")), Direction.UNKNOWN
    )
    employed = participants(call, legs)
    clean = loose.seconds(call.get("clean_talk_duration"))
    talk_s = clean if clean is not None else loose.seconds(call.get("talk_duration"))
    talked = bool(talk_s) or any(each.answered and each.role != "supervisor" for each in employed)
    wait_s = loose.seconds(call.get("wait_duration"))
    if wait_s is None and not talked:
        wait_s = loose.seconds(call.get("total_wait_duration"))
    total_wait = loose.seconds(call.get("total_wait_duration"))
    duration_s = loose.seconds(call.get("total_duration"))
    ended_at = moment(call.get("finish_time"), zone)
    if ended_at is None and duration_s is not None:
        ended_at = started_at + timedelta(seconds=duration_s)
    reason = loose.text(call.get("finish_reason"))
    rating = loose.whole(call.get("last_answered_employee_rating"))
    raw_number = loose.text(call.get("contact_phone_number"))
    parsed = numbers.parse(raw_number or "", country_code)
    told = loose.text(call.get("contact_full_name"))
    talkers = [each for each in employed if each.role == "manager" and each.talk_s]
    main = max(talkers, key=lambda each: each.talk_s or 0, default=None)
    moved = loose.flag(call.get("is_transfer"))
    return CallRecord(
        session, started_at,
        conversation_id=session,
        answered_at=started_at + timedelta(seconds=wait_s) if talked and wait_s is not None else None,
        ended_at=ended_at,
        direction=Direction.CALLBACK if call.get("source") in _CALLBACKS else way,
        disposition=disposition(call, talked, way),
        duration_s=duration_s, wait_s=wait_s, talk_s=talk_s,
        hold_s=total_wait - wait_s if talked and total_wait is not None and wait_s is not None and total_wait >= wait_s
        else None,
        customer_number=parsed.digits, customer_number_raw=raw_number, customer_name=told or parsed.name,
        line_number=numbers.parse(loose.text(call.get("virtual_phone_number")) or "", country_code).digits,
        extension=loose.text(call.get("operator_phone_number")) if employed and len(employed) == 1 else None,
        group_name=main.group_name if main else None,
        campaign=loose.text(call.get("campaign_name")) or loose.text(call.get("utm_campaign")),
        end_side=str(end_side(reason)), end_reason=reason, end_kind=str(end_kind(reason)),
        transferred=moved,
        customer_rating=rating if rating is not None and rating > 0 else None,
        rating_scale=5 if rating is not None and rating > 0 else None,
        tags=loose.unique(loose.text(each.get("tag_name")) for each in loose.objects(call.get("tags"))),
        legs=tuple(leg_record(each, zone) for each in legs),
        participants=tuple(employed),
        remote=remote(call, choice, started_at),
        raw={"call": {**call, "full_record_file_link": bool(call.get("full_record_file_link"))}, "legs": list(legs)},
    )  # fmt: skip
