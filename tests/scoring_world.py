"""A small world to score in: a source, people, calls, a card, evaluations, all by plain functions."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from qaapp.scorecards import cards, evaluations
from qaapp.scorecards.model import Card, CheckpointSpec, SectionSpec
from qaapp.store.schema import Call, Evaluation, Group, Manager, Recording, RecordingRoot, Source, User
from qaapp.words import CallType, Origin

START = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)  # Monday, 12:00 in Moscow
_count = itertools.count(1)


def point(
    text: str, weight: int = 1, critical: bool = False, code: str = "", hint: str = ""
) -> CheckpointSpec:
    return CheckpointSpec(None, code, text, hint, weight, critical)


def sections(*points: CheckpointSpec) -> tuple[SectionSpec, ...]:
    return (SectionSpec("Talk", "Good morning", tuple(points)),)


def plain_sections(count: int) -> tuple[SectionSpec, ...]:
    return sections(*(point(f"Checkpoint {number}", code=f"c{number}") for number in range(1, count + 1)))


def user(session: Session, name: str = "Irina") -> int:
    found = session.scalar(select(User.id).where(User.name == name))
    if found is None:
        row = User(name=name, role="reviewer", created_at=START)
        session.add(row)
        session.flush()
        found = row.id
    return found


def manager(session: Session, name: str, group: str | None = None) -> int:
    found = session.scalar(select(Manager.id).where(Manager.name == name))
    if found is not None:
        return found
    group_id = None
    if group is not None:
        row = session.scalar(select(Group).where(Group.name == group)) or Group(name=group)
        session.add(row)
        session.flush()
        group_id = row.id
    person = Manager(name=name, name_key=name.casefold(), group_id=group_id, created_at=START)
    session.add(person)
    session.flush()
    return person.id


def source(session: Session) -> int:
    found = session.scalar(select(Source.id))
    if found is None:
        row = Source(kind="folder", name="Calls", settings={}, created_at=START)
        session.add(row)
        session.flush()
        found = row.id
    return found


def call(session: Session, manager_id: int | None = None, started_at: datetime = START, **values: Any) -> int:
    number = next(_count)
    row = Call(
        source_id=source(session),
        external_id=values.pop("external_id", f"call-{number}"),
        started_at=started_at,
        manager_id=manager_id,
        first_seen_at=START,
        last_seen_at=START,
        **({"talk_s": 120} | values),
    )
    session.add(row)
    session.flush()
    return row.id


def recorded_call(
    session: Session, manager_id: int | None = None, started_at: datetime = START, state: str = "available",
    **values: Any,
) -> int:  # fmt: skip
    call_id = call(session, manager_id, started_at, recording_count=1, **values)
    root = session.scalar(select(RecordingRoot)) or RecordingRoot(name="calls", path="/nowhere")
    session.add(root)
    session.flush()
    session.add(Recording(call_id=call_id, root_id=root.id, path=f"{call_id}.wav", state=state))
    session.flush()
    return call_id


def card(session: Session, count: int = 10, name: str = "Sale", user_id: int | None = None) -> Card:
    made = cards.create_card(
        session, name, CallType.INBOUND_SALE, plain_sections(count), user_id or user(session)
    )
    return cards.publish(session, made.scorecard_id, user_id or user(session))


def card_with_codes(session: Session, *codes: str, name: str = "Coded") -> Card:
    """A card in force whose checkpoints are named by their codes."""
    specs = sections(*(point(code, code=code) for code in codes))
    made = cards.create_card(session, name, CallType.INBOUND_SALE, specs, user(session))
    return cards.publish(session, made.scorecard_id, user(session))


def evaluate(
    session: Session,
    call_id: int,
    of_card: Card,
    values: Sequence[int | None],
    *,
    reviewer: str = "Irina",
    origin: Origin = Origin.PICKED,
    outcome_id: int | None = None,
) -> int:
    """Fill and submit; the origin is written afterwards, because only the draw makes an evaluation random."""
    reviewer_id = user(session, reviewer)
    draft = evaluations.open_draft(session, call_id, of_card.revision_id, reviewer_id)
    for spec, value in zip(of_card.checkpoints, values, strict=True):
        evaluations.set_mark(session, draft.id, spec.id, value, 1000, reviewer_id)
    evaluations.set_outcome(session, draft.id, outcome_id)
    evaluations.submit(session, draft.id, reviewer_id)
    session.get(Evaluation, draft.id).origin = origin.value
    session.flush()
    return draft.id


def bare_evaluation(session: Session, call_id: int, reviewer_id: int, passed: int, applicable: int) -> None:
    """A submitted evaluation as a row, without its marks: for laws that need many."""
    session.add(
        Evaluation(
            call_id=call_id, reviewer_id=reviewer_id, state="submitted", started_at=START, submitted_at=START,
            updated_at=START, passed=passed, applicable=applicable,
        )
    )  # fmt: skip
    session.flush()


def marks(passed: int, failed: int, na: int = 0) -> list[int | None]:
    return [1] * passed + [0] * failed + [None] * na


def days(number: float) -> timedelta:
    return timedelta(days=number)
