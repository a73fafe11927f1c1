"""Two cards of one conversation become one: whatever hangs on either of them is on the one that stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from call_makers import START, make_call, make_recording, make_source
from scoring_world import user
from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session

from qaapp.intake import merging
from qaapp.intake.managers import People
from qaapp.store.database import Database
from qaapp.store.schema import (
    Annotation,
    AnnotationKind,
    ArchiveItem,
    Base,
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
    Tag,
    Transcript,
)


def _source(session: Session, kind: str) -> int:
    found = session.scalar(select(Source.id).where(Source.kind == kind))
    if found is None:
        row = Source(kind=kind, name=kind, created_at=START)
        session.add(row)
        session.flush()
        found = row.id
    return found


def _tag(session: Session, name: str) -> int:
    row = Tag(name=name, name_key=name)
    session.add(row)
    session.flush()
    return row.id


def _kind(session: Session) -> int:
    return session.scalars(select(AnnotationKind.id)).first() or 0


# What hangs on a call: table → (who made it, how a row of it is made). A new table that refers to calls fails
# `test_every_table_that_hangs_on_a_call_is_considered` until it is here, and with it the tests below.
PEOPLE, TOLD, BOTH = "people", "the source", "either"
Maker = Callable[[Session, int, str], Any]
HANGS: dict[type[Base], tuple[str, Maker]] = {
    Evaluation: (PEOPLE, lambda s, c, _n: Evaluation(
        call_id=c, reviewer_id=user(s), started_at=START, updated_at=START)),
    Annotation: (PEOPLE, lambda s, c, n: Annotation(
        call_id=c, kind_id=_kind(s), start_ms=1, text=n, created_at=START, updated_at=START)),
    ArchiveItem: (PEOPLE, lambda _s, c, n: ArchiveItem(
        call_id=c, verdict="best", title=n, created_at=START, refreshed_at=START)),
    QueueItem: (PEOPLE, lambda _s, c, _n: QueueItem(call_id=c, call_day=START.date(), drawn_at=START)),
    ListenPosition: (PEOPLE, lambda s, c, _n: ListenPosition(
        user_id=user(s), call_id=c, position_ms=5, updated_at=START)),
    Coverage: (BOTH, lambda s, c, n: Coverage(
        call_id=c, user_id=user(s, n), stretches=[[0, 500, 1.0]], heard_ms=500, sound_ms=900, updated_at=START)),
    CallTag: (BOTH, lambda s, c, n: CallTag(call_id=c, tag_id=_tag(s, n), created_at=START)),
    CallKey: (BOTH, lambda _s, c, n: CallKey(key=f"{n}.wav", call_id=c)),
    Recording: (BOTH, lambda s, c, n: s.get_one(Recording, make_recording(s, c, "/calls", f"{n}.wav"))),
    RemoteRecording: (BOTH, lambda s, c, n: RemoteRecording(
        source_id=_source(s, "mango"), call_id=c, external_id=n, updated_at=START)),
    Transcript: (BOTH, lambda _s, c, n: Transcript(call_id=c, name=n, format="vtt", added_at=START)),
    SpeechFigure: (BOTH, lambda _s, c, _n: SpeechFigure(
        call_id=c, detector="energy", sound_key="k", analysed_at=START)),
    Leg: (TOLD, lambda _s, c, n: Leg(call_id=c, position=0, party=n)),
    Participant: (TOLD, lambda _s, c, n: Participant(call_id=c, position=0, name=n)),
    Deal: (TOLD, lambda _s, c, n: Deal(call_id=c, stage=n)),
}  # fmt: skip


def _pair(session: Session) -> tuple[int, int]:
    own = make_call(session, "own", source_id=make_source(session))
    reported = make_call(session, "reported", source_id=_source(session, "mango"))
    return own, reported


def _hang(session: Session, call_id: int, name: str, who: set[str]) -> None:
    for maker in (maker for made_by, maker in HANGS.values() if made_by in who):
        row = maker(session, call_id, name)
        if row not in session:
            session.add(row)
        session.flush()


def _counts(session: Session, call_id: int) -> dict[str, int]:
    found = {}
    for table in HANGS:
        query = select(func.count()).select_from(table).where(inspect(table).columns["call_id"] == call_id)
        found[table.__name__] = session.scalar(query) or 0
    return found


def test_every_table_that_hangs_on_a_call_is_considered() -> None:
    told = {
        mapper.class_
        for mapper in Base.registry.mappers
        if any(key.column.table is Call.__table__ for key in mapper.local_table.foreign_keys)
    }
    assert told == set(HANGS)


def test_a_folders_call_gives_all_it_has_to_the_reported_one(database: Database) -> None:
    with database.write() as session:
        own, reported = _pair(session)
        _hang(session, own, "own", {BOTH, TOLD})
        assert merging.absorb(session, own, reported, People()) == reported
    with database.read() as session:
        assert session.get(Call, own) is None
        wanted = {table.__name__: int(who != PEOPLE) for table, (who, _make) in HANGS.items()}
        assert _counts(session, reported) == wanted
        assert session.get_one(Call, reported).recording_count == 1


def test_a_call_that_was_worked_on_stays_and_takes_all_that_the_provider_said(database: Database) -> None:
    with database.write() as session:
        own, reported = _pair(session)
        _hang(session, own, "own", {BOTH, TOLD, PEOPLE})
        _hang(session, reported, "reported", {BOTH, TOLD})
        assert merging.absorb(session, own, reported, People()) == own
    with database.read() as session:
        assert session.get(Call, reported) is None
        one = {"Leg", "Participant", "Deal", "SpeechFigure"}
        wanted = {
            table.__name__: 2 if who == BOTH and table.__name__ not in one else 1
            for table, (who, _make) in HANGS.items()
        }
        assert _counts(session, own) == wanted
        assert session.scalars(select(Deal.stage)).all() == ["reported"]  # the source knows better
        assert session.scalars(select(Participant.name)).all() == ["reported"]
        assert session.scalars(select(Leg.party)).all() == ["reported"]
        assert session.get_one(Call, own).external_id == "reported"  # the next pull finds it


@pytest.mark.parametrize("is_worked_on", [False, True])
def test_the_same_twice_is_kept_once(database: Database, is_worked_on: bool) -> None:
    with database.write() as session:
        own, reported = _pair(session)
        if is_worked_on:
            _hang(session, own, "own", {PEOPLE})
        tag = _tag(session, "price")
        for call_id, stretch in ((own, [0, 500, 1.0]), (reported, [400, 900, 1.5])):
            session.add_all(
                [
                    CallTag(call_id=call_id, tag_id=tag, created_at=START),
                    CallKey(key="a.wav", call_id=call_id),
                    Transcript(call_id=call_id, name="a.vtt", format="vtt", added_at=START),
                    Coverage(
                        call_id=call_id, user_id=user(session), stretches=[stretch], heard_ms=500, sound_ms=1000,
                        updated_at=START,
                    ),
                ]
            )  # fmt: skip
        kept = merging.absorb(session, own, reported, People())
        assert kept == (own if is_worked_on else reported)
    with database.read() as session:
        for table in (CallTag, CallKey, Transcript):
            assert session.scalar(select(func.count()).select_from(table)) == 1
        heard = session.scalars(select(Coverage)).one()
        assert (heard.call_id, heard.heard_ms) == (kept, 900)


def test_where_people_worked_on_both_both_stay(database: Database) -> None:
    with database.write() as session:
        own, reported = _pair(session)
        for call_id, name in ((own, "own"), (reported, "reported")):
            _hang(session, call_id, name, {BOTH, TOLD, PEOPLE})
        before = _counts(session, own), _counts(session, reported)
        assert merging.absorb(session, own, reported, People()) is None
        assert (_counts(session, own), _counts(session, reported)) == before
