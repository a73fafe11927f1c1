"""What a provider says of a call beyond the call itself: participants, deal, remote recordings, tags, the directory.

Everything here belongs to the source and is written anew when it changes; what people made is never touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from qaapp.calls import people as staff
from qaapp.intake.managers import People
from qaapp.sources.records import CallRecord, PersonRecord
from qaapp.store.chunks import chunks
from qaapp.store.schema import (
    CallTag,
    Deal,
    DirectoryEntry,
    Manager,
    Participant,
    RemoteRecording,
    Tag,
)
from qaapp.words import RecordingState

GIVE_UP = timedelta(days=3)
SEEN_TAGS = "_tags"  # in ``Call.raw``: the source's tags when it was last seen


def prepared(record: CallRecord) -> CallRecord:
    """With the source's tags in ``raw`` and a fingerprint of everything it said."""
    raw: dict[str, Any] = dict(record.raw)
    if record.tags:
        raw[SEEN_TAGS] = sorted(record.tags)
    record = replace(record, raw=raw)
    if record.fingerprint:
        return record
    told = [
        (name, getattr(record, name))
        for name in CallRecord.__dataclass_fields__
        if name not in ("fingerprint", "former_ids", "raw")
    ]
    text = repr(told) + repr(sorted(raw.items(), key=lambda item: item[0]))
    return replace(record, fingerprint=blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest())


def store_details(
    session: Session, source_id: int, ids: Mapping[str, int], records: Mapping[str, CallRecord],
    before: Mapping[int, Any], managers: Mapping[str, int], now: datetime,
) -> None:  # fmt: skip
    """Tags, participants, deal and remote recordings of calls that were just written (``logs.Details``). A batch costs a
    few statements, however many calls it has."""
    told = {ids[text]: record for text, record in records.items()}
    for call_id, record in told.items():
        if call_id in before:
            follow_tags(session, call_id, before[call_id], record, now)
    _participants(session, told, managers)
    store_deals(session, told)
    _remotes(session, source_id, told, now)
    session.flush()


def _participants(session: Session, told: Mapping[int, CallRecord], managers: Mapping[str, int]) -> None:
    for part in chunks(list(told)):
        session.execute(
            delete(Participant)
            .where(Participant.call_id.in_(part))
            .execution_options(synchronize_session=False)
        )
    rows = [
        {
            "call_id": call_id, "position": position, "external_id": _cut(each.external_id, 200),
            "name": _cut(each.name, 300), "extension": _cut(each.extension, 40),
            "group_name": _cut(each.group_name, 200), "role": each.role[:12], "answered": each.answered,
            "talk_s": each.talk_s, "manager_id": managers.get(each.external_id or ""),
        }
        for call_id, record in told.items()
        for position, each in enumerate(record.participants)
    ]  # fmt: skip
    if rows:
        session.execute(insert(Participant), rows)


def store_deals(session: Session, told: Mapping[int, CallRecord]) -> None:
    """A call without a deal keeps what was said before: absent stays absent."""
    with_deal = {call_id: record.deal for call_id, record in told.items() if record.deal is not None}
    stored = {
        row.call_id: row
        for part in chunks(list(with_deal))
        for row in session.scalars(select(Deal).where(Deal.call_id.in_(part)))
    }
    for call_id, deal in with_deal.items():
        values = {
            "external_id": _cut(deal.external_id, 100), "stage": _cut(deal.stage, 200),
            "outcome": deal.outcome if deal.outcome in ("open", "won", "lost") else None,
            "amount": _cut(deal.amount, 40), "currency": _cut(deal.currency, 3),
            "responsible": _cut(deal.responsible, 300),
        }  # fmt: skip
        row = stored.get(call_id)
        if row is None:
            session.add(Deal(call_id=call_id, **values))
            continue
        for name, value in values.items():
            setattr(row, name, value)


def _remotes(session: Session, source_id: int, told: Mapping[int, CallRecord], now: datetime) -> None:
    """New recordings begin to wait; changed facts are taken over; a replaced one (new facts) is fetched again."""
    recorded = {call_id: record.remote for call_id, record in told.items() if record.remote}
    stored = {
        (row.call_id, row.external_id): row
        for part in chunks(list(recorded))
        for row in session.scalars(
            select(RemoteRecording).where(
                RemoteRecording.source_id == source_id, RemoteRecording.call_id.in_(part)
            )
        )
    }
    for call_id, refs in recorded.items():
        for ref in refs:
            key = ref.external_id[:400]
            row = stored.get((call_id, key))
            facts = dict(ref.facts)
            if row is None:
                row = RemoteRecording(
                    source_id=source_id, call_id=call_id, external_id=key, kind=ref.kind[:12],
                    lane=ref.lane.value if ref.lane else None, manager_channel=ref.manager_channel,
                    position=ref.position, state=RecordingState.WAITING.value, tries=0, next_try_at=None,
                    give_up_at=now + GIVE_UP, facts=facts | {"expected": ref.expected}, updated_at=now,
                )  # fmt: skip
                session.add(row)
                stored[call_id, key] = row
                continue
            said = facts | {"expected": ref.expected}
            if row.facts != said:
                replaced = row.facts.get("revision") != facts.get("revision")
                row.facts = said
                if row.state in (RecordingState.ABSENT.value, RecordingState.FAILED.value) or replaced:
                    row.state, row.tries, row.next_try_at = RecordingState.WAITING.value, 0, None
                    row.give_up_at = now + GIVE_UP
                row.updated_at = now


# --- tags ----------------------------------------------------------------------------------------------------------


def follow_tags(
    session: Session, call_id: int, before: Mapping[str, Any] | None, record: CallRecord, now: datetime
) -> None:
    """Tags the source added or took off since it was last seen; what people tagged or untagged stays."""
    was = {_key(tag) for tag in (before or {}).get(SEEN_TAGS, ())}
    wanted = {_key(tag): " ".join(tag.split())[:100] for tag in record.tags if tag.strip()}
    gone, come = was - wanted.keys(), wanted.keys() - was
    if gone:
        ids = select(Tag.id).where(Tag.name_key.in_(gone))
        session.execute(
            delete(CallTag).where(
                CallTag.call_id == call_id, CallTag.author_id.is_(None), CallTag.tag_id.in_(ids)
            )
        )
    for key in sorted(come):
        tag_id = session.scalar(select(Tag.id).where(Tag.name_key == key))
        if tag_id is None:
            tag = Tag(name=wanted[key], name_key=key, color="")
            session.add(tag)
            session.flush()
            tag_id = tag.id
        if session.get(CallTag, (call_id, tag_id)) is None:
            session.add(CallTag(call_id=call_id, tag_id=tag_id, author_id=None, created_at=now))
    session.flush()


def _key(tag: str) -> str:
    return " ".join(tag.split())[:100].casefold()


# --- the directory -------------------------------------------------------------------------------------------------


def store_directory(
    session: Session, source_id: int, found: Sequence[PersonRecord], people: People, now: datetime
) -> int:
    """Write who is there now; entries that changed are closed and followed by new ones, deleted ones are closed.

    A person keeps his manager when he is renamed at the provider. Returns how many entries changed.
    """
    current = {
        (row.kind, row.external_id): row
        for row in session.scalars(
            select(DirectoryEntry).where(
                DirectoryEntry.source_id == source_id, DirectoryEntry.valid_to.is_(None)
            )
        )
    }
    changed = 0
    seen = set()
    for person in found:
        key = (person.kind[:10], person.external_id[:200])
        if key in seen:
            continue
        seen.add(key)
        told = (person.name[:300], _cut(person.extension, 40), _cut(person.group_name, 200))
        row = current.get(key)
        if row is not None and (row.name, row.extension, row.group_name) == told:
            continue
        manager_id = row.manager_id if row is not None else None
        if manager_id is None and person.kind == "person" and (person.name or person.extension):
            manager_id = staff.find_or_create(session, name=person.name or None, extension=person.extension)
        if row is not None:
            row.valid_to = now
        session.add(
            DirectoryEntry(
                source_id=source_id, kind=key[0], external_id=key[1], name=told[0], extension=told[1],
                group_name=told[2], manager_id=manager_id, valid_from=now, valid_to=None,
            )
        )  # fmt: skip
        changed += 1
    for key, row in current.items():
        if key not in seen:
            row.valid_to = now
            changed += 1
    session.flush()
    people.refresh(session)
    return changed


def known_people(session: Session, source_id: int) -> tuple[dict[str, str], dict[str, int]]:
    """External id → name here, and → manager id, of everybody the directory ever named (the newest entry counts)."""
    rows = session.execute(
        select(DirectoryEntry.external_id, Manager.name, Manager.id)
        .join(Manager, Manager.id == DirectoryEntry.manager_id)
        .where(DirectoryEntry.source_id == source_id, DirectoryEntry.kind == "person")
        .order_by(DirectoryEntry.valid_from, DirectoryEntry.id)
    ).all()
    return {row[0]: row[1] for row in rows}, {row[0]: row[2] for row in rows}


def _cut(text: str | None, length: int) -> str | None:
    return text if text is None or len(text) <= length else text[:length]
