"""Which parts of a call somebody really heard, and how fast.

A stretch is heard when the playhead ran through it. Silence that was skipped counts as heard: nobody speaks there, so who
skips it misses nothing. What is heard twice counts once; of two speeds the slower one stays. While a call is open its row
belongs to the listener; submitting gives it to the evaluation and never changes it again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from qaapp import clock
from qaapp.store.chunks import chunks
from qaapp.store.schema import Coverage as Row
from qaapp.store.schema import Evaluation

JOIN_MS = 60  # stretches so near to each other are one
LOW_PERCENT = 50  # an evaluation after less is worth a second look
MOST = 2000  # stretches of one call


@dataclass(frozen=True)
class Heard:
    """``[start_ms, end_ms)`` at ``speed``."""

    start_ms: int
    end_ms: int
    speed: float = 1.0


@dataclass(frozen=True)
class Coverage:
    """Stretches in order and apart; ``sound_ms`` is the length of the call's sound."""

    stretches: tuple[Heard, ...] = ()
    sound_ms: int = 0

    @property
    def heard_ms(self) -> int:
        return sum(each.end_ms - each.start_ms for each in self.stretches)

    @property
    def percent(self) -> int | None:
        """How much of the sound was heard, whole percent rounded down (so that 100 is everything); None without sound."""
        return min(100, self.heard_ms * 100 // self.sound_ms) if self.sound_ms > 0 else None

    @property
    def is_low(self) -> bool:
        return self.percent is not None and self.percent < LOW_PERCENT


def united(stretches: Iterable[Heard]) -> tuple[Heard, ...]:
    """In order and without overlaps: where several lie over each other the slowest counts; neighbours of one speed join."""
    found = [each for each in stretches if each.end_ms > each.start_ms]
    out: list[Heard] = []
    # The slowest lie on top: each faster one only fills what is still free.
    for each in sorted(found, key=lambda one: (one.speed, one.start_ms)):
        free = [(each.start_ms, each.end_ms)]
        for taken in out:
            free = [
                part
                for start, end in free
                for part in ((start, min(end, taken.start_ms)), (max(start, taken.end_ms), end))
                if part[1] > part[0]
            ]
        out += [Heard(start, end, each.speed) for start, end in free]
    joined: list[Heard] = []
    for each in sorted(out, key=lambda one: one.start_ms):
        last = joined[-1] if joined else None
        if last is not None and last.speed == each.speed and each.start_ms - last.end_ms <= JOIN_MS:
            joined[-1] = Heard(last.start_ms, max(last.end_ms, each.end_ms), last.speed)
        else:
            joined.append(each)
    return tuple(joined[:MOST])


def open_coverage(session: Session, call_id: int, user_id: int) -> Coverage:
    """What this person has heard of the call by now; after a submit, what he had heard with it."""
    row = _open(session, call_id, user_id)
    if row is None:
        row = session.scalar(
            select(Row)
            .join(Evaluation, Evaluation.id == Row.evaluation_id)
            .where(Row.call_id == call_id, Row.user_id == user_id)
            .order_by(Evaluation.submitted_at.desc(), Row.id.desc())
            .limit(1)
        )
    return Coverage() if row is None else _read(row)


def add(session: Session, call_id: int, user_id: int, stretches: Sequence[Heard], sound_ms: int) -> Coverage:
    """Note that more was heard. A later evaluation begins with what the one before had."""
    before = open_coverage(session, call_id, user_id)
    kept = Coverage(united((*before.stretches, *stretches)), sound_ms or before.sound_ms)
    row = _open(session, call_id, user_id)
    if row is None:
        row = Row(call_id=call_id, user_id=user_id, evaluation_id=None, updated_at=clock.now())
        session.add(row)
    row.stretches = [[each.start_ms, each.end_ms, each.speed] for each in kept.stretches]
    row.heard_ms, row.sound_ms, row.updated_at = kept.heard_ms, kept.sound_ms, clock.now()
    session.flush()
    return kept


def freeze(session: Session, evaluation_id: int, call_id: int, user_id: int) -> None:
    """The evaluation is submitted: what its reviewer had heard until now belongs to it. Nothing where he heard nothing."""
    row = _open(session, call_id, user_id)
    if row is None:
        before = open_coverage(session, call_id, user_id)
        if not before.stretches:
            return
        row = Row(
            call_id=call_id, user_id=user_id, heard_ms=before.heard_ms, sound_ms=before.sound_ms,
            stretches=[[each.start_ms, each.end_ms, each.speed] for each in before.stretches], updated_at=clock.now(),
        )  # fmt: skip
        session.add(row)
    row.evaluation_id = evaluation_id
    session.flush()


def of_evaluations(session: Session, evaluation_ids: Collection[int]) -> dict[int, Coverage]:
    """What was heard for each of these evaluations; those nobody listened for (imported ones) have no entry."""
    found: dict[int, Coverage] = {}
    for part in chunks(evaluation_ids):
        for row in session.scalars(select(Row).where(Row.evaluation_id.in_(part))):
            if row.evaluation_id is not None:
                found[row.evaluation_id] = _read(row)
    return found


def _open(session: Session, call_id: int, user_id: int) -> Row | None:
    return session.scalar(
        select(Row)
        .where(Row.call_id == call_id, Row.user_id == user_id, Row.evaluation_id.is_(None))
        .limit(1)
    )


def _read(row: Row) -> Coverage:
    stretches = tuple(Heard(int(start), int(end), float(speed)) for start, end, speed in row.stretches)
    return Coverage(stretches, row.sound_ms)
