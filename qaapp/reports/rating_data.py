"""What the rating workbook shows, before any cell: evaluations in order, the units they make, checkpoints and weights.

The numbers are those of ``ratings``: this module only says which rows stand for which unit, so that formulas in the
sheet arrive at the same ones. A unit is one conversation of one manager (or group); of its counted evaluations the
settled ones decide, else all of them, each with an equal weight.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from qaapp.calls import coverage
from qaapp.ratings.query import Period, Query, conditions, start_of
from qaapp.scorecards.call_scores import Judged, deciding
from qaapp.scorecards.counting import STANDING
from qaapp.scorecards.scoring import Limits
from qaapp.settings import Rules
from qaapp.store.schema import (
    Call,
    Checkpoint,
    Evaluation,
    Group,
    Manager,
    Mark,
    Outcome,
    Revision,
    Scorecard,
    User,
)
from qaapp.words import EvaluationState

NO_GROUP, NOBODY = 0, -1  # keys beside the ids of groups and managers
BATCH = 400


@dataclass(frozen=True)
class Head:
    """One column of marks: a checkpoint over all revisions of its card."""

    scorecard_id: int
    card: str
    code: str
    text: str


@dataclass(frozen=True)
class RevisionPlan:
    """Weights and critical flags of one revision by column of ``Plan.heads``.

    ``first`` and ``last``: the columns of its card.
    """

    id: int
    scorecard_id: int
    card: str
    number: int
    limits: Limits
    weights: Mapping[int, int]
    critical: frozenset[int]
    first: int
    last: int


@dataclass(frozen=True)
class Line:
    """One evaluation: where it belongs. ``mates`` are the lines whose equal weights make its unit, itself included."""

    evaluation_id: int
    manager_key: int
    group_key: int
    mates: tuple[int, ...]
    group_mates: tuple[int, ...]

    @property
    def counts(self) -> bool:
        return bool(self.mates)


@dataclass(frozen=True)
class Plan:
    """``lines`` in the order of the sheet: by manager, conversations by time, their evaluations together."""

    lines: tuple[Line, ...]
    heads: tuple[Head, ...]
    revisions: Mapping[int, RevisionPlan]
    amended: int

    @property
    def groups_differ(self) -> bool:
        """Whether a conversation of several managers of one group makes the groups' units other than the managers'."""
        return any(line.mates != line.group_mates for line in self.lines)

    def columns(self) -> dict[tuple[int, str], int]:
        return {(head.scorecard_id, head.code): index for index, head in enumerate(self.heads)}


@dataclass(frozen=True)
class Details:
    """What the sheet says of one evaluation beside its place. ``marks`` by column of ``Plan.heads``; None is N/A."""

    row: Any  # of _DETAILS
    marks: Mapping[int, int | None]
    corrections: tuple[tuple[int, str, str], ...]
    heard_percent: int | None = None  # how much of the call the reviewer had heard


def read_plan(session: Session, query: Query, period: Period, rules: Rules) -> Plan:
    """Every submitted evaluation of the period, earlier versions too; ids and keys only, texts are read later."""
    counted = set(
        session.scalars(
            select(Evaluation.id)
            .join(Call, Call.id == Evaluation.call_id)
            .where(*conditions(query, period, rules))
        )
    )
    rows = session.execute(
        select(
            Evaluation.id, Evaluation.call_id, Evaluation.passed, Evaluation.applicable, Evaluation.critical_failed,
            Evaluation.state, Evaluation.is_current, Call.manager_id, Manager.group_id, Manager.name_key,
            Call.source_id, Call.conversation_id, Call.started_at,
        )
        .join(Call, Call.id == Evaluation.call_id)
        .outerjoin(Manager, Manager.id == Call.manager_id)
        .where(*_reach(query, period, rules))
    ).all()  # fmt: skip
    by_manager = _units(rows, lambda row: NOBODY if row.manager_id is None else row.manager_id)
    begin: dict[Any, datetime] = {}
    for row in rows:
        unit = _unit(row, row.manager_id)
        begin[unit] = min(begin.get(unit, row.started_at), row.started_at)

    def place(row: Any) -> tuple[Any, ...]:
        unit = _unit(row, row.manager_id)
        named = (row.manager_id is None, row.name_key or "")
        return (*named, begin[unit], str(unit), row.started_at, row.call_id, row.id)

    rows = sorted(rows, key=place)
    index = {row.id: number for number, row in enumerate(rows)}
    mates = _mates(by_manager, counted, index)
    group_mates = _mates(_units(rows, _group_key), counted, index)
    lines = tuple(
        Line(
            row.id, NOBODY if row.manager_id is None else row.manager_id, _group_key(row),
            mates.get(row.id, ()), group_mates.get(row.id, ()),
        )
        for row in rows
    )  # fmt: skip
    revision_ids: set[Any] = set(
        session.scalars(
            select(Evaluation.revision_id)
            .join(Call, Call.id == Evaluation.call_id)
            .where(*_reach(query, period, rules), Evaluation.revision_id.is_not(None))
            .distinct()
        )
    )
    heads, revisions = _read_cards(session, revision_ids, rules)
    return Plan(lines, heads, revisions, sum(not row.is_current for row in rows))


def _reach(query: Query, period: Period, rules: Rules) -> list[Any]:
    """Conditions for every submitted version, whether it counts or not."""
    found: list[Any] = [
        Evaluation.state.in_(STANDING),
        Call.started_at >= start_of(period.first, rules),
        Call.started_at < start_of(period.last + timedelta(days=1), rules),
    ]
    if query.scorecard_id is not None:
        revisions = select(Revision.id).where(Revision.scorecard_id == query.scorecard_id)
        found.append(Evaluation.revision_id.in_(revisions))
    if query.group_ids:
        members = select(Manager.id).where(Manager.group_id.in_(query.group_ids))
        found.append(Call.manager_id.in_(members))
    return found


def _group_key(row: Any) -> int:
    return NOBODY if row.manager_id is None else row.group_id or NO_GROUP


def _unit(row: Any, key: Any) -> tuple[Any, ...]:
    if row.conversation_id is None:
        return (key, row.call_id)
    return (key, row.source_id, row.conversation_id)


def _units(rows: Sequence[Any], key: Any) -> dict[Any, list[Any]]:
    units: dict[Any, list[Any]] = {}
    for row in rows:
        units.setdefault(_unit(row, key(row)), []).append(row)
    return units


def _mates(
    units: Mapping[Any, list[Any]], counted: set[int], index: Mapping[int, int]
) -> dict[int, tuple[int, ...]]:
    found: dict[int, tuple[int, ...]] = {}
    for rows in units.values():
        judged = {
            row.id: Judged(
                row.passed, row.applicable, row.critical_failed, row.state == EvaluationState.SETTLED.value
            )
            for row in rows
            if row.id in counted
        }
        chosen = deciding(judged.values())
        ids = [row_id for row_id, item in judged.items() if any(item is one for one in chosen)]
        places = tuple(sorted(index[row_id] for row_id in ids))
        found |= dict.fromkeys(ids, places)
    return found


def _read_cards(
    session: Session, revision_ids: set[int], rules: Rules
) -> tuple[tuple[Head, ...], dict[int, RevisionPlan]]:
    revisions = session.execute(
        select(Revision, Scorecard.name)
        .join(Scorecard, Scorecard.id == Revision.scorecard_id)
        .where(Revision.id.in_(revision_ids))
        .order_by(Scorecard.name, Scorecard.id, Revision.number)
    ).all()
    points: dict[int, list[Any]] = {}
    for point in session.scalars(
        select(Checkpoint).where(Checkpoint.revision_id.in_(revision_ids)).order_by(Checkpoint.position)
    ):
        points.setdefault(point.revision_id, []).append(point)
    newest: dict[tuple[int, str], Head] = {}
    order: dict[tuple[int, str], tuple[Any, ...]] = {}
    cards: dict[int, int] = {}
    for revision, name in revisions:
        cards.setdefault(revision.scorecard_id, len(cards))
        for point in points.get(revision.id, ()):
            key = (revision.scorecard_id, point.code)
            newest[key] = Head(revision.scorecard_id, name, point.code, point.text)
            order[key] = (cards[revision.scorecard_id], point.position, point.code)
    keys = sorted(newest, key=lambda key: order[key])
    column = {key: index for index, key in enumerate(keys)}
    plans = {}
    for revision, name in revisions:
        own = [index for (card, _code), index in column.items() if card == revision.scorecard_id]
        mine = {column[revision.scorecard_id, point.code]: point for point in points.get(revision.id, ())}
        plans[revision.id] = RevisionPlan(
            revision.id, revision.scorecard_id, name, revision.number,
            Limits(
                rules.green_above if revision.green_above is None else revision.green_above,
                rules.red_below if revision.red_below is None else revision.red_below,
            ),
            {index: point.weight for index, point in mine.items()},
            frozenset(index for index, point in mine.items() if point.critical),
            min(own, default=0), max(own, default=-1),
        )  # fmt: skip
    return tuple(newest[key] for key in keys), plans


def read_details(session: Session, plan: Plan) -> Iterator[tuple[Line, Details]]:
    """The lines with their texts and marks, some hundred at a time."""
    columns = plan.columns()
    codes = {
        point_id: columns[card, code]
        for point_id, card, code in session.execute(
            select(Checkpoint.id, Revision.scorecard_id, Checkpoint.code)
            .join(Revision, Revision.id == Checkpoint.revision_id)
            .where(Revision.id.in_(list(plan.revisions)))
        )
        if (card, code) in columns
    }
    for start in range(0, len(plan.lines), BATCH):
        lines = plan.lines[start : start + BATCH]
        ids = [line.evaluation_id for line in lines]
        marks: dict[int, dict[int, int | None]] = {}
        corrections: dict[int, list[tuple[int, str, str]]] = {}
        for evaluation_id, point_id, value, said, should in session.execute(
            select(
                Mark.evaluation_id, Mark.checkpoint_id, Mark.value, Mark.said, Mark.should_have_said
            ).where(Mark.evaluation_id.in_(ids))
        ):
            marks.setdefault(evaluation_id, {})[codes[point_id]] = value
            if said or should:
                corrections.setdefault(evaluation_id, []).append((codes[point_id], said, should))
        heard = coverage.of_evaluations(session, ids)
        found = {row.id: row for row in session.execute(_DETAILS.where(Evaluation.id.in_(ids)))}
        for line in lines:
            key = line.evaluation_id
            phrases = tuple(sorted(corrections.get(key, ())))
            percent = heard[key].percent if key in heard else None
            yield line, Details(found[key], marks.get(key, {}), phrases, percent)


_DETAILS = (
    select(
        Evaluation.id, Evaluation.revision_id, Evaluation.origin, Evaluation.state, Evaluation.is_current,
        Evaluation.version, Evaluation.passed, Evaluation.applicable, Evaluation.critical_failed,
        Evaluation.pluses, Evaluation.minuses, Evaluation.comment, Evaluation.call_id, Call.started_at,
        Call.customer_number, Manager.name.label("manager"), Group.name.label("group"), User.name.label("reviewer"),
        Outcome.name.label("outcome"),
    )
    .join(Call, Call.id == Evaluation.call_id)
    .join(User, User.id == Evaluation.reviewer_id)
    .outerjoin(Manager, Manager.id == Call.manager_id)
    .outerjoin(Group, Group.id == Manager.group_id)
    .outerjoin(Outcome, Outcome.id == Evaluation.outcome_id)
)  # fmt: skip
