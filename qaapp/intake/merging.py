"""Two cards of one conversation become one: everything that hangs on either of them is on the one that stays.

What people made decides which row stays; where they worked on both, both stay. What a source said is the report's, and
what that leaves empty comes from the recording's name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from qaapp.calls import coverage
from qaapp.calls.coverage import Heard
from qaapp.calls.search_text import search_text
from qaapp.intake.managers import Choice, People
from qaapp.store.chunks import chunks
from qaapp.store.schema import (
    Annotation,
    ArchiveItem,
    Call,
    CallKey,
    CallTag,
    Coverage,
    Deal,
    Evaluation,
    Leg,
    ListenPosition,
    Participant,
    QueueItem,
    Recording,
    RemoteRecording,
    Source,
    SpeechFigure,
    Transcript,
)
from qaapp.words import Direction, ManagerOrigin


def has_work(session: Session, call_id: int) -> bool:
    """Whether people made something on the call."""
    for table in (Evaluation, Annotation, ArchiveItem, QueueItem, ListenPosition):
        if session.scalar(select(table.call_id).where(table.call_id == call_id).limit(1)) is not None:
            return True
    tagged = select(CallTag.call_id).where(CallTag.call_id == call_id, CallTag.author_id.is_not(None))
    if session.scalar(tagged.limit(1)) is not None:
        return True
    by_hand = select(Call.id).join(Source, Source.id == Call.source_id).where(
        Call.id == call_id,
        or_(
            Call.manager_origin == ManagerOrigin.HAND.value,
            and_(Source.kind == "folder", or_(Call.comment.is_not(None), Call.target.is_not(None))),
        ),
    )  # fmt: skip
    return session.scalar(by_hand) is not None


def absorb(session: Session, own: int, reported: int, people: People) -> int | None:
    """Make one call of a folder's (``own``) and a log's (``reported``); its id, None where people worked on both.

    ``own`` may also be what the same source told before it knew better.
    """
    keep = reported
    if has_work(session, own):
        if has_work(session, reported):
            return None
        keep = own
    drop = own if keep == reported else reported
    ours = session.execute(select(Call).where(Call.id == own)).scalar_one()
    theirs = session.execute(select(Call).where(Call.id == reported)).scalar_one()
    choice = _choice(session, ours, theirs, people)
    values = {column.key: getattr(theirs, column.key) for column in Call.__mapper__.column_attrs}
    mine = {column.key: getattr(ours, column.key) for column in Call.__mapper__.column_attrs}
    session.expunge(ours)
    session.expunge(theirs)
    merged = _merged(values, mine, keep == own)
    merged["manager_id"], merged["manager_origin"] = choice
    _move(session, drop, keep, reported)
    session.execute(delete(Call).where(Call.id == drop))
    session.execute(update(Call).where(Call.id == keep).values(**merged))
    count_recordings(session, [keep])
    return keep


def rename(session: Session, source_id: int, former: Mapping[str, str], people: People) -> None:
    """Give calls of a source the external ids they go by now (former → now). Where there is a call of that id already,
    both are made one."""
    for part in chunks(sorted(former)):
        rows = session.execute(
            select(Call.id, Call.external_id)
            .where(Call.source_id == source_id, Call.external_id.in_(part))
            .order_by(Call.id)
        ).all()
        for call_id, text in rows:
            now = former[text]
            there = session.scalar(
                select(Call.id).where(Call.source_id == source_id, Call.external_id == now)
            )
            if there is None:
                session.execute(update(Call).where(Call.id == call_id).values(external_id=now))
            elif there != call_id:
                absorb(session, call_id, there, people)


def _choice(session: Session, ours: Call, theirs: Call, people: People) -> Choice:
    if ours.manager_origin == ManagerOrigin.HAND.value:
        return Choice(ours.manager_id, ours.manager_origin)
    claims = []
    if ours.manager_id is not None and ours.manager_origin is not None:
        claims.append(Choice(ours.manager_id, ours.manager_origin))
    current = Choice(theirs.manager_id, theirs.manager_origin)
    return people.better(current, claims[0]) if claims else current


_FILLED = (
    "customer_number", "customer_number_raw", "customer_name", "line_number", "extension", "group_name", "talk_s",
    "duration_s",
)  # fmt: skip


def _merged(theirs: dict[str, Any], ours: dict[str, Any], ours_is_kept: bool) -> dict[str, Any]:
    """The report's values; what it leaves empty from the recording's name; what people made from the kept one."""
    merged = {key: value for key, value in theirs.items() if key != "id"}
    for key in _FILLED:
        if merged[key] is None:
            merged[key] = ours[key]
            if key == "talk_s" and ours[key] is not None:
                merged["talk_is_estimate"] = ours["talk_is_estimate"]
    if merged["direction"] == Direction.UNKNOWN.value:
        merged["direction"] = ours["direction"]
    if ours_is_kept:
        for key in (
            "evaluation_count",
            "score_num",
            "score_den",
            "score_sort",
            "critical_failed",
            "band",
            "first_seen_at",
        ):
            merged[key] = ours[key]
        for key in ("comment", "target"):
            if ours[key] is not None:
                merged[key] = ours[key]
    merged["search_text"] = search_text(
        merged["customer_number"], merged["customer_number_raw"], merged["customer_name"], merged["comment"]
    )
    return merged


def _move(session: Session, drop: int, keep: int, reported: int) -> None:
    """Everything of ``drop`` to ``keep``. What only a source can say is taken from the reported one of the two."""
    session.execute(update(Recording).where(Recording.call_id == drop).values(call_id=keep))
    _move_heard(session, drop, keep)
    for told in (Leg, Participant, Deal):
        if _has(session, told, reported):
            session.execute(delete(told).where(told.call_id == (keep if drop == reported else drop)))
        session.execute(update(told).where(told.call_id == drop).values(call_id=keep))
    if _has(session, SpeechFigure, keep):
        session.execute(delete(SpeechFigure).where(SpeechFigure.call_id == drop))
    session.execute(update(SpeechFigure).where(SpeechFigure.call_id == drop).values(call_id=keep))
    _move_new(session, drop, keep, Transcript, Transcript.name)
    _move_new(session, drop, keep, RemoteRecording, RemoteRecording.source_id, RemoteRecording.external_id)
    _move_new(session, drop, keep, CallTag, CallTag.tag_id)
    _move_new(session, drop, keep, CallKey, CallKey.key)
    session.flush()
    session.expunge_all()


def _move_heard(session: Session, drop: int, keep: int) -> None:
    """What somebody heard of either is heard of both. No evaluation belongs to it: that call would have stayed."""
    for row in session.scalars(select(Coverage).where(Coverage.call_id == drop)).all():
        stretches = [Heard(start_ms, end_ms, speed) for start_ms, end_ms, speed in row.stretches]
        coverage.add(session, keep, row.user_id, stretches, row.sound_ms)
        session.delete(row)
    session.flush()


def _has(session: Session, table: Any, call_id: int) -> bool:
    return session.scalar(select(table.call_id).where(table.call_id == call_id).limit(1)) is not None


def _move_new(session: Session, drop: int, keep: int, table: Any, *names: Any) -> None:
    """Rows that ``keep`` has not by these columns change over, the others go."""
    have = {tuple(row) for row in session.execute(select(*names).where(table.call_id == keep))}
    for row in session.execute(select(*names).where(table.call_id == drop)).all():
        one = [table.call_id == drop, *(name == value for name, value in zip(names, row, strict=True))]
        if tuple(row) in have:
            session.execute(delete(table).where(*one))
        else:
            session.execute(update(table).where(*one).values(call_id=keep))


def count_recordings(session: Session, call_ids: Sequence[int]) -> None:
    """Write ``recording_count`` of these calls anew."""
    for part in chunks(sorted(set(call_ids))):
        counted = (
            select(Recording.call_id, func.count())
            .where(Recording.call_id.in_(part))
            .group_by(Recording.call_id)
        )
        counts = {call_id: count for call_id, count in session.execute(counted)}  # noqa: C416 - typed so
        stored = session.execute(select(Call.id, Call.recording_count).where(Call.id.in_(part))).all()
        for call_id, count in stored:
            if count != counts.get(call_id, 0):
                session.execute(
                    update(Call).where(Call.id == call_id).values(recording_count=counts.get(call_id, 0))
                )
