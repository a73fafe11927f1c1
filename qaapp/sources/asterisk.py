"""Call detail records of Asterisk, FreePBX and their kin: which rows are one conversation, and who talked in it.

A queue that rings three phones writes a row for each, all with one ``linkedid``. The conversation's manager is the one
who talked longest; waiting is what lies between the first ring and that answer.
"""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from qaapp.sources import call_words
from qaapp.sources.keys import id_key, name_key, unique_epoch
from qaapp.sources.moments import parse_length, parse_moment, to_utc
from qaapp.sources.numbers import is_inner
from qaapp.sources.numbers import parse as parse_number
from qaapp.sources.records import CallRecord, LegRecord, ParticipantRecord
from qaapp.words import Direction, Disposition, ManagerOrigin

if TYPE_CHECKING:
    from qaapp.sources.call_log import RowProblem

Row = dict[str, str]
_ENDPOINT = re.compile(
    r"^(?:PJSIP|SIP|IAX2|SCCP|DAHDI|Zap|Local|Agent|H323|Console)/(?P<name>[^@;/]+?)(?:-[0-9a-f]{6,}(?:;\d)?|@.*|-\d+)?$",
    re.I,
)
_MACHINE = {
    "playback",
    "background",
    "ivr",
    "waitexten",
    "read",
    "hangup",
    "congestion",
    "busy",
    "answer",
    "wait",
}
_INBOUND_CONTEXT = re.compile(
    r"^(?:from-(?:trunk|pstn|did|external)|ext-(?:queues|group|did|local)|ivr|incoming|inbound)", re.I
)


def conversations(
    rows: Iterable[Row | RowProblem], zone: ZoneInfo, country_code: str, window: int
) -> Iterator[CallRecord | RowProblem]:
    """Rows with one conversation id together; others each for itself. Problems pass through in their place."""
    open_groups: OrderedDict[str, dict[str, Row]] = OrderedDict()
    repeats: OrderedDict[str, int] = OrderedDict()
    for row in rows:
        if not isinstance(row, dict):
            yield row
            continue
        linked = row.get("conversation_id", "")
        if linked:
            open_groups.setdefault(linked, {})[_row_key(row)] = row
            open_groups.move_to_end(linked)
            if len(open_groups) > window:
                yield combine(open_groups.popitem(last=False)[1], zone, country_code)
            continue
        unique = row.get("external_id") or _made_id(row)
        if row.get("sequence"):
            unique = f"{unique}/{row['sequence']}"
        count = repeats.pop(unique, 0) + 1
        repeats[unique] = count
        if len(repeats) > 10 * window:
            repeats.popitem(last=False)
        yield combine({_row_key(row): row}, zone, country_code, unique if count == 1 else f"{unique}#{count}")
    for group in open_groups.values():
        yield combine(group, zone, country_code)


def _made_id(row: Row) -> str:
    text = "|".join(row.get(name, "") for name in ("started_at", "channel", "source_number", "target_number"))
    return "row-" + blake2b(text.encode(), digest_size=8).hexdigest()


def _row_key(row: Row) -> str:
    """A row that has a number of its own replaces what it said before; others are known by what they say."""
    unique = row.get("external_id", "")
    if row.get("row_id"):
        return f"{unique}#{row['row_id']}"
    if row.get("sequence"):
        return f"{unique}/{row['sequence']}"
    return "/".join(
        (unique, *(row.get(name, "") for name in ("started_at", "target_channel", "disposition", "talk_s")))
    )


def endpoint(channel: str) -> str | None:
    """``PJSIP/201-0000abcd`` → 201; a trunk has its name."""
    found = _ENDPOINT.match(channel)
    return found["name"] if found else None


class _Leg:
    """A row with what follows from it."""

    def __init__(self, row: Row, zone: ZoneInfo, country_code: str) -> None:
        self.row = row
        self.started_at = _utc(row["started_at"], zone, row)
        self.duration = parse_length(row.get("duration_s", "")) or 0
        self.talk = parse_length(row.get("talk_s", "")) or 0
        self.answered = row.get("disposition", "").upper() == "ANSWERED"
        self.source = parse_number(
            row.get("source_number", "") or row.get("caller_number", ""), country_code
        ).digits
        self.target = parse_number(row.get("target_number", ""), country_code).digits
        self.from_end, self.to_end = endpoint(row.get("channel", "")), endpoint(row.get("target_channel", ""))
        self.application = row.get("application", "").casefold()
        source_text = row.get("source_number", "")
        self.source_is_inner = is_inner(self.source) or bool(source_text and self.from_end == source_text)
        self.direction = self._direction()
        self.ended_at = (
            _utc(row["ended_at"], zone, row)
            if row.get("ended_at")
            else self.started_at + timedelta(seconds=self.duration)
        )
        self.answered_at = None
        if self.answered:
            told = _utc(row["answered_at"], zone, row) if row.get("answered_at") else None
            self.answered_at = told or self.started_at + timedelta(seconds=max(0, self.duration - self.talk))

    def _direction(self) -> Direction:
        told = call_words.direction(self.row["direction"]) if self.row.get("direction") else Direction.UNKNOWN
        if told != Direction.UNKNOWN:
            return told
        if self.source_is_inner:
            if self.target is None or is_inner(self.target):
                return Direction.INTERNAL
            return Direction.OUTBOUND
        if (
            self.source is not None
            or _INBOUND_CONTEXT.match(self.row.get("context", ""))
            or self.row.get("line_number")
        ):
            return Direction.INBOUND
        return Direction.UNKNOWN

    @property
    def is_talk(self) -> bool:
        """Somebody, not a recorded voice, was on the line."""
        if not self.answered or self.talk <= 0:
            return False
        return self.application not in _MACHINE - {"hangup"} and self.application != "voicemail"

    @property
    def agent(self) -> str | None:
        """The extension of our side in this row."""
        if self.direction in (Direction.OUTBOUND, Direction.INTERNAL):
            for name in (self.row.get("caller_number"), self.row.get("source_number"), self.from_end):
                if name and (is_inner(parse_number(name).digits) or name == self.from_end):
                    return parse_number(name).digits or name
            return None
        if self.to_end is not None and is_inner(parse_number(self.to_end).digits):
            return self.to_end
        if self.application == "queue" or (self.to_end is None and self.application not in ("dial", "")):
            return None
        return self.target if is_inner(self.target) else None


def _utc(text: str, zone: ZoneInfo, row: Row) -> datetime:
    moment = parse_moment(text)
    return (
        moment
        if moment.tzinfo is not None
        else to_utc(moment, zone, unique_epoch(row.get("external_id", "")))
    )


def combine(
    rows: Mapping[str, Row], zone: ZoneInfo, country_code: str = "7", external_id: str = ""
) -> CallRecord:
    """One conversation of its rows (key → cells by field). Doing it again with the same rows gives the same record."""
    ordered = sorted(rows.items(), key=lambda item: (item[1]["started_at"], item[0]))
    legs = [_Leg(row, zone, country_code) for _key, row in ordered]
    first = min(legs, key=lambda leg: leg.started_at)
    talks = [leg for leg in legs if leg.is_talk]
    with_agent = [leg for leg in talks if leg.agent]
    own = {leg.agent for leg in with_agent if leg.application != "queue"}
    # A queue's row counts its music too: it tells the talk only where the phone has no row of its own.
    phones = [leg for leg in with_agent if leg.application != "queue" or leg.agent not in own]
    main = max(phones or talks or [first], key=lambda leg: leg.talk)
    direction = first.direction
    row = first.row
    linked = row.get("conversation_id") or None
    started_at = first.started_at
    ended_at = max(leg.ended_at for leg in legs)
    duration = first.duration if len(legs) == 1 else max(0, round((ended_at - started_at).total_seconds()))
    is_talk = main.is_talk
    talk = main.talk if is_talk or len(legs) == 1 else 0
    if len(legs) == 1:
        wait = max(0, duration - talk)
    else:
        answered = main.answered_at if is_talk else None
        wait = max(0, round((answered - started_at).total_seconds())) if answered else duration
    caller = parse_number(row.get("caller_id", ""), country_code)
    outward = direction in (Direction.OUTBOUND, Direction.INTERNAL)
    customer_raw = (
        row.get("target_number", "") if outward else row.get("source_number") or caller.digits or ""
    )
    line = next((leg.row["line_number"] for leg in legs if leg.row.get("line_number")), "")
    if not line and direction == Direction.OUTBOUND:
        line = next((leg.row["outbound_number"] for leg in legs if leg.row.get("outbound_number")), "")
    elif not line and direction == Direction.INBOUND and first.target and not is_inner(first.target):
        line = first.target
    agent = main.agent or next((leg.agent for leg in legs if leg.agent), None)
    if not is_talk and direction == Direction.INBOUND and len({leg.agent for leg in legs if leg.agent}) > 1:
        agent = None  # several phones rang and nobody took it: it is nobody's call
    queue = next((leg.row.get("target_number", "") for leg in legs if leg.application == "queue"), "")
    names = tuple(dict.fromkeys(leg.row["recording"] for leg in legs if leg.row.get("recording")))
    uniques = [linked or "", *(leg.row.get("external_id", "") for leg in legs)]
    stored = dict(ordered)
    text = json.dumps(stored, ensure_ascii=False, sort_keys=True)
    return CallRecord(
        external_id=external_id or linked or row.get("external_id") or _made_id(row),
        started_at=started_at,
        conversation_id=linked,
        answered_at=main.answered_at if is_talk else None,
        ended_at=ended_at,
        direction=direction,
        disposition=_state(legs, main, is_talk, direction),
        duration_s=duration,
        wait_s=wait,
        talk_s=talk,
        customer_number=parse_number(customer_raw, country_code).digits,
        customer_number_raw=customer_raw[:200] or None,
        customer_name=(None if outward else caller.name) or row.get("customer_name"),
        line_number=parse_number(line, country_code).digits if line else None,
        extension=agent[:40] if agent else None,
        manager_name=next(
            (leg.row["manager_name"] for leg in (main, *legs) if leg.row.get("manager_name")), None
        ),
        manager_origin=ManagerOrigin.LOG if agent or row.get("manager_name") else None,
        group_name=queue or row.get("group_name"),
        end_reason=main.row.get("end_reason") or main.row.get("disposition"),
        comment=row.get("comment"),
        recording_names=names,
        legs=tuple(_leg(leg) for leg in legs) if len(legs) > 1 else (),
        participants=_participants(legs, phones),
        transferred=len({leg.agent for leg in phones}) > 1 if len(legs) > 1 else None,
        raw={"rows": stored},
        keys=tuple(
            dict.fromkeys(
                [*(name_key(name) for name in names), *(id_key(unique) for unique in uniques if unique)]
            )
        ),
        fingerprint=blake2b(f"{zone.key}|{country_code}|{text}".encode(), digest_size=16).hexdigest(),
    )


def _participants(legs: list[_Leg], talked: list[_Leg]) -> tuple[ParticipantRecord, ...]:
    """Our people in the order in which they answered; before them those at whom it only rang."""
    talk_s: dict[str, int] = {}
    for leg in sorted(talked, key=lambda leg: leg.answered_at or leg.started_at):
        assert leg.agent is not None
        talk_s[leg.agent] = talk_s.get(leg.agent, 0) + leg.talk
    rang = dict.fromkeys(leg.agent for leg in legs if leg.agent and leg.agent not in talk_s)
    return (
        *(ParticipantRecord(extension=each[:40], answered=False, talk_s=0) for each in rang),
        *(
            ParticipantRecord(extension=each[:40], answered=True, talk_s=talk)
            for each, talk in talk_s.items()
        ),
    )


def rows_of(raw: Any) -> dict[str, Row]:
    """The rows that a stored record was made of; empty for other records."""
    rows = raw.get("rows") if isinstance(raw, Mapping) else None
    return dict(rows) if isinstance(rows, Mapping) else {}


def _state(legs: list[_Leg], main: _Leg, is_talk: bool, direction: Direction) -> Disposition:
    if is_talk:
        return Disposition.ANSWERED
    if any(leg.application == "voicemail" and leg.answered for leg in legs):
        return Disposition.VOICEMAIL
    if len(legs) == 1 and main.answered:
        if main.application not in _MACHINE - {"hangup"} and main.talk > 0:
            return Disposition.ANSWERED
        return Disposition.MISSED if direction == Direction.INBOUND else Disposition.NO_ANSWER
    words = [leg.row.get("disposition", "") for leg in legs if not leg.answered] or ["NO ANSWER"]
    states = [call_words.disposition(word, direction) for word in words]
    for state in (Disposition.MISSED, Disposition.NO_ANSWER, Disposition.BUSY, Disposition.FAILED):
        if state in states:
            return state
    return states[0]


def _leg(leg: _Leg) -> LegRecord:
    kind = "user" if leg.agent else "group" if leg.application == "queue" else "unknown"
    if leg.application in ("playback", "background", "ivr", "waitexten", "read"):
        kind = "ivr"
    elif kind == "unknown" and leg.target and not is_inner(leg.target):
        kind = "number"
    party = leg.agent or leg.row.get("target_number") or leg.to_end
    return LegRecord(
        kind, party[:300] if party else None, leg.started_at, leg.answered_at, leg.ended_at,
        leg.talk if leg.answered else 0, leg.row.get("disposition"),
    )  # fmt: skip
