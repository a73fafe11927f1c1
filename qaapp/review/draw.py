"""The daily draw: which calls are heard, chosen by chance that can be repeated.

Of every manager and call day, ``rules.calls_per_day`` fitting calls are drawn. A call fits when it has a recording that
is there, belongs to an active manager, lasts long enough (an unknown length passes), is not marked non-target or junk,
and nobody has begun to evaluate it. Only complete days are drawn: today's calls tomorrow.

Chance is the order of SHA-256 over the seed, the day, the manager and the call's own id, so it is the same on every
computer and does not change when more calls arrive. The draws of a day are spread over its parts (morning before 12,
afternoon to 16, evening), each part's turn being drawn the same way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from qaapp import clock
from qaapp.ratings.query import start_of
from qaapp.settings import Rules
from qaapp.store import events
from qaapp.store.schema import Call, Evaluation, Manager, QueueItem, Recording
from qaapp.words import Origin, QueueState, RecordingState, Target

REACH_DAYS = 14
STRATA = ("morning", "afternoon", "evening")


@dataclass(frozen=True)
class Candidate:
    """A fitting call; ``key`` is its place in the order of chance, ``conversation`` what must not be drawn twice."""

    call_id: int
    stratum: str
    key: str
    conversation: str


def stratum_of(local: datetime) -> str:
    """The part of the day of a local time."""
    return STRATA[0] if local.hour < 12 else STRATA[1] if local.hour < 16 else STRATA[2]


def chance(seed: int, day: date, manager_id: int, what: str) -> str:
    """A number that looks random and is the same everywhere, as hexadecimal text."""
    return hashlib.sha256(f"{seed}|{day.isoformat()}|{manager_id}|{what}".encode()).hexdigest()


def choose(
    pool: Sequence[Candidate], wanted: int, strata_order: Sequence[str], drawn: Sequence[str] = ()
) -> list[Candidate]:
    """Up to ``wanted`` of ``pool``: always from the part of the day drawn least so far, in the order of chance.

    ``drawn`` are the strata of earlier draws of the same day.
    """
    taken = {stratum: list(drawn).count(stratum) for stratum in strata_order}
    rest = sorted(pool, key=lambda candidate: candidate.key)
    chosen: list[Candidate] = []
    while rest and len(chosen) < wanted:
        there = {candidate.stratum for candidate in rest}
        stratum = min((s for s in strata_order if s in there), key=lambda s: taken[s])
        candidate = next(c for c in rest if c.stratum == stratum)
        rest.remove(candidate)
        taken[stratum] += 1
        chosen.append(candidate)
    return chosen


def draw_today(session: Session, rules: Rules, day: date | None = None) -> int:
    """Draw for every complete day that was not drawn yet; returns how many calls were drawn. Repeating adds none.

    ``day`` is today (in the workspace's zone). The reach is 14 days, ending yesterday or, when the newest fitting call
    is older (an archive was opened), with that call's day.
    """
    today = day or clock.now().astimezone(rules.zone).date()
    newest = session.scalar(
        select(Call.started_at)
        .where(*fitting(rules), Call.started_at < start_of(today, rules))
        .order_by(Call.started_at.desc())
        .limit(1)
    )
    if newest is None:
        return 0
    last = newest.astimezone(rules.zone).date()
    pools = _pools(session, rules, last - timedelta(days=REACH_DAYS - 1), last)
    known = _known(session, last - timedelta(days=REACH_DAYS - 1), last)
    now, count = clock.now(), 0
    for (manager_id, call_day), pool in sorted(pools.items()):
        earlier = known.get((manager_id, call_day), [])
        wanted = rules.calls_per_day - len(earlier)
        if wanted <= 0:
            continue
        size = len(pool) + len(earlier)
        for candidate in choose(pool, wanted, strata_order(rules.seed, call_day, manager_id), earlier):
            session.add(_item(candidate, manager_id, call_day, size, rules.seed, now))
            count += 1
    if count:
        session.flush()
        events.record(
            session, "queue.drawn", subject="queue", day=today.isoformat(), calls=count, seed=rules.seed
        )
    return count


def draw_instead(session: Session, rules: Rules, item: QueueItem) -> QueueItem | None:
    """Another call of the same manager and day: the next by chance, of the same part of the day where there is one."""
    if item.manager_id is None:
        return None
    pool = _pools(session, rules, item.call_day, item.call_day).get((item.manager_id, item.call_day), [])
    if not pool:
        return None
    candidate = min(pool, key=lambda found: (found.stratum != item.stratum, found.key))
    drawn = _item(candidate, item.manager_id, item.call_day, item.pool, item.seed, clock.now())
    session.add(drawn)
    session.flush()
    return drawn


def strata_order(seed: int, day: date, manager_id: int) -> list[str]:
    """The parts of the day in this manager's drawn order for this day."""
    return sorted(STRATA, key=lambda stratum: chance(seed, day, manager_id, stratum))


def fitting(rules: Rules) -> list[ColumnElement[bool]]:
    """Conditions on ``Call`` for the draw, apart from the day and what is in the queue already."""
    recorded = select(Recording.id).where(
        Recording.call_id == Call.id, Recording.state == RecordingState.AVAILABLE.value
    )
    begun = select(Evaluation.id).where(Evaluation.call_id == Call.id)
    active = select(Manager.id).where(Manager.active)
    return [
        Call.manager_id.in_(active),
        or_(Call.talk_s.is_(None), Call.talk_s >= rules.draw_min_talk_s),
        or_(Call.target.is_(None), Call.target == Target.TARGET.value),
        recorded.exists(),
        ~begun.exists(),
    ]


def _pools(
    session: Session, rules: Rules, first: date, last: date
) -> dict[tuple[int, date], list[Candidate]]:
    """Fitting calls that were not drawn yet, by manager and call day; of one conversation only one."""
    queued = select(QueueItem.id).where(QueueItem.call_id == Call.id)
    rows = session.execute(
        select(
            Call.id, Call.manager_id, Call.started_at, Call.source_id, Call.external_id, Call.conversation_id
        ).where(
            *fitting(rules),
            ~queued.exists(),
            Call.started_at >= start_of(first, rules),
            Call.started_at < start_of(last + timedelta(days=1), rules),
        )
    )
    drawn_conversations = {
        (source_id, conversation)
        for source_id, conversation in session.execute(
            select(Call.source_id, Call.conversation_id)
            .join(QueueItem, QueueItem.call_id == Call.id)
            .where(Call.conversation_id.is_not(None), QueueItem.call_day >= first, QueueItem.call_day <= last)
        )
    }
    found: dict[tuple[int, date], dict[str, Candidate]] = {}
    for call_id, manager_id, started_at, source_id, external_id, conversation_id in rows:
        if manager_id is None or (source_id, conversation_id) in drawn_conversations:
            continue
        local = started_at.astimezone(rules.zone)
        key = chance(rules.seed, local.date(), manager_id, f"{source_id}|{external_id}")
        conversation = f"{source_id}|{conversation_id}" if conversation_id is not None else f"#{call_id}"
        pool = found.setdefault((manager_id, local.date()), {})
        candidate = Candidate(call_id, stratum_of(local), key, conversation)
        if conversation not in pool or key < pool[conversation].key:
            pool[conversation] = candidate
    return {place: list(pool.values()) for place, pool in found.items()}


def _known(session: Session, first: date, last: date) -> dict[tuple[int, date], list[str]]:
    """Strata that were drawn already, by manager and day; skipped ones too: skipping does not draw again."""
    rows = session.execute(
        select(QueueItem.manager_id, QueueItem.call_day, QueueItem.stratum).where(
            QueueItem.call_day >= first, QueueItem.call_day <= last, QueueItem.origin == Origin.RANDOM.value
        )
    )
    known: dict[tuple[int, date], list[str]] = {}
    for manager_id, call_day, stratum in rows:
        if manager_id is not None:
            known.setdefault((manager_id, call_day), []).append(stratum)
    return known


def _item(
    candidate: Candidate, manager_id: int, call_day: date, pool: int, seed: int, drawn_at: datetime
) -> QueueItem:
    return QueueItem(
        call_id=candidate.call_id, manager_id=manager_id, call_day=call_day, origin=Origin.RANDOM.value,
        stratum=candidate.stratum, pool=pool, seed=seed, drawn_at=drawn_at, state=QueueState.OPEN.value,
    )  # fmt: skip
