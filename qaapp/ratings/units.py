"""Evaluations read as units: one conversation of one manager (or group), with the one score it counts with.

A conversation is the source's ``conversation_id``, else the call itself. Several evaluations of it make one score as
``scorecards.call_scores`` says. A unit belongs to the time slot of its earliest call.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, case, literal, select
from sqlalchemy.orm import Session

from qaapp.ratings.query import Period, Query, conditions
from qaapp.scorecards.call_scores import Judged, deciding, mean_share
from qaapp.settings import Rules
from qaapp.store.schema import Call, Evaluation, Manager, Outcome
from qaapp.words import EvaluationState, Origin

Key = int | None  # manager_id or group_id; None: not assigned


@dataclass
class Tally:
    """Units of one key in one slot. ``scores`` and ``pooled`` count equal ones, so that sums stay exact and short."""

    scores: dict[Fraction, int] = field(default_factory=lambda: defaultdict(int))
    pooled: dict[tuple[Fraction, Fraction], int] = field(default_factory=lambda: defaultdict(int))
    calls: int = 0
    picked: int = 0
    critical: int = 0
    lost: int = 0

    def add(self, other: Tally) -> None:
        for score, times in other.scores.items():
            self.scores[score] += times
        for pair, times in other.pooled.items():
            self.pooled[pair] += times
        self.calls += other.calls
        self.picked += other.picked
        self.critical += other.critical
        self.lost += other.lost


@dataclass(frozen=True)
class Tallies:
    """``by_key[key][slot]``; ``overruled`` are evaluations whose call has a settled one that counts alone."""

    by_key: Mapping[Key, Mapping[int, Tally]]
    overruled: frozenset[int]


def read_tallies(
    session: Session, query: Query, period: Period, rules: Rules, boundaries: Sequence[datetime]
) -> Tallies:
    """Every unit of ``period`` by key and slot. Slot ``i`` lies before ``boundaries[i]`` (ascending)."""
    slot: ColumnElement[int] = literal(0)
    if boundaries:
        slots = ((Call.started_at < moment, i) for i, moment in enumerate(boundaries))
        slot = case(*slots, else_=len(boundaries))
    rows = session.execute(
        select(
            Call.manager_id, Call.source_id, Call.conversation_id, Evaluation.call_id, slot, Evaluation.id,
            Evaluation.passed, Evaluation.applicable, Evaluation.critical_failed, Evaluation.state,
            Evaluation.origin, Evaluation.outcome_id,
        )
        .join(Call, Call.id == Evaluation.call_id)
        .where(*conditions(query, period, rules, unscored=True))
    )  # fmt: skip
    lost_ids = set(session.scalars(select(Outcome.id).where(Outcome.is_lost)))
    groups: dict[int, int | None] = {}
    if query.by == "group":
        groups = dict(session.execute(select(Manager.id, Manager.group_id)).all())
    by_group = query.by == "group"
    units: dict[Any, list[Any]] = {}
    for row in rows.all():
        manager_id, source_id, conversation_id, call_id = row[:4]
        # the key tells "no group" (0) from "no manager" (None)
        key = manager_id if not by_group or manager_id is None else groups.get(manager_id) or 0
        unit = (key, call_id) if conversation_id is None else (key, source_id, conversation_id)
        found = units.get(unit)
        if found is None:
            units[unit] = [row]
        else:
            found.append(row)
    by_key: dict[Key, dict[int, Tally]] = {}
    overruled: set[int] = set()
    single: dict[tuple[Any, ...], int] = defaultdict(int)
    for unit, evaluations in units.items():
        if len(evaluations) == 1:
            row = evaluations[0]
            single[unit[0], row[4], row[6], row[7], row[8] > 0, row[10], row[11] in lost_ids] += 1
            continue
        tally = by_key.setdefault(unit[0], {}).setdefault(min(row[4] for row in evaluations), Tally())
        overruled |= _add_unit(tally, evaluations, lost_ids)
    for (key, at, passed, applicable, critical, origin, lost), times in single.items():
        tally = by_key.setdefault(key, {}).setdefault(at, Tally())
        tally.lost += times * lost
        if applicable:
            tally.scores[Fraction(passed, applicable)] += times
            tally.pooled[Fraction(passed), Fraction(applicable)] += times
            tally.calls += times
            tally.critical += times * critical
            tally.picked += times * (origin == Origin.PICKED)
    return Tallies(by_key, frozenset(overruled))


def _add_unit(tally: Tally, rows: Sequence[Any], lost_ids: set[int]) -> set[int]:
    """Count one conversation with several evaluations; returns the evaluations a settled one overrules."""
    judged = {row[5]: Judged(row[6], row[7], row[8], row[9] == EvaluationState.SETTLED) for row in rows}
    chosen = deciding(judged.values())
    tally.lost += any(row[11] in lost_ids for row in rows)
    share = mean_share(chosen)
    if share is None:
        return set()
    tally.scores[share] += 1
    passed = Fraction(sum(item.passed for item in chosen), len(chosen))
    applicable = Fraction(sum(item.applicable for item in chosen), len(chosen))
    tally.pooled[passed, applicable] += 1
    tally.calls += 1
    tally.critical += any(item.critical_failed for item in chosen)
    origins = {row[10] for row in rows if row[7]}
    tally.picked += Origin.PICKED in origins and Origin.RANDOM not in origins
    if any(item.is_settled for item in chosen):
        return {evaluation_id for evaluation_id, item in judged.items() if not item.is_settled}
    return set()
