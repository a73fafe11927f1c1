"""From a rating down to what it is made of: manager × checkpoint, and the calls behind a cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from qaapp.calls import coverage
from qaapp.i18n import _
from qaapp.ratings.checkpoints import CheckpointHead
from qaapp.ratings.query import Query, conditions, limits_of, period_of
from qaapp.ratings.ranking import Ranking, rank
from qaapp.scorecards.evidence import Moment, stretches
from qaapp.scorecards.scoring import Score, call_band
from qaapp.settings import Rules
from qaapp.store.chunks import chunks
from qaapp.store.schema import Annotation, Call, Checkpoint, Evaluation, Manager, Mark, Outcome, User
from qaapp.words import Band, Origin

__all__ = ["CheckpointHead", "Matrix", "MatrixRow", "ScoredCall", "calls_of", "evidence_of", "matrix"]

Cell = tuple[int, int]  # passed, applicable


@dataclass(frozen=True)
class MatrixRow:
    """One manager (or group): a cell per checkpoint, (0, 0) where nothing was marked."""

    manager_id: int | None
    manager: str
    cells: tuple[Cell, ...]
    band: Band
    group_id: int | None = None


@dataclass(frozen=True)
class Matrix:
    """Rows in the order of the ranking; checkpoints with the largest failed share of the team first."""

    checkpoints: tuple[CheckpointHead, ...]
    rows: tuple[MatrixRow, ...]
    totals: tuple[Cell, ...]


@dataclass(frozen=True)
class ScoredCall:
    """One counted evaluation behind a figure. ``at_ms``, ``said`` and ``should_have_said`` are those of the checkpoint
    that was asked for; ``value`` its mark."""

    call_id: int
    evaluation_id: int
    started_at: datetime
    manager_id: int | None
    manager: str
    customer_number: str | None
    score: Score
    band: Band
    origin: Origin
    reviewer: str
    outcome: str
    is_lost: bool
    value: int | None = None
    at_ms: int | None = None
    said: str = ""
    should_have_said: str = ""
    heard_percent: int | None = (
        None  # of the call, by its reviewer until he submitted; None where it is not known
    )


def matrix(session: Session, query: Query, rules: Rules, ranking: Ranking | None = None) -> Matrix:
    """How often each checkpoint was passed by each row of the ranking; pass it when it is at hand."""
    ranking = ranking or rank(session, query, rules)
    shares = ranking.shares
    team = shares.team()

    def failed_share(head: CheckpointHead) -> float:
        passed, applicable = team.get(head, (0, 0))
        return (applicable - passed) / applicable if applicable else -1.0

    heads = tuple(sorted(shares.heads, key=failed_share, reverse=True))
    rows = []
    for row in ranking.rows:
        cells = shares.cells.get(row.group_id if query.by == "group" else row.manager_id, {})
        rows.append(
            MatrixRow(
                row.manager_id,
                row.manager,
                tuple(cells.get(head, (0, 0)) for head in heads),
                row.band,
                row.group_id,
            )
        )
    return Matrix(heads, tuple(rows), tuple(team.get(head, (0, 0)) for head in heads))


def evidence_of(
    session: Session, calls: Sequence[ScoredCall], checkpoint_code: str
) -> list[tuple[ScoredCall, Moment]]:
    """What there is to hear of a checkpoint that was marked 0 in these calls, in their order (``scorecards.evidence``)."""
    zeros = [call for call in calls if call.value == 0]
    linked: dict[int, list[Moment]] = {}
    for part in chunks([call.call_id for call in zeros]):
        rows = session.execute(
            select(Annotation.call_id, Annotation.start_ms, Annotation.end_ms)
            .join(Checkpoint, Checkpoint.id == Annotation.checkpoint_id)
            .where(
                Annotation.call_id.in_(part), Annotation.deleted_at.is_(None), Checkpoint.code == checkpoint_code
            )
        )  # fmt: skip
        for call_id, start_ms, end_ms in rows:
            linked.setdefault(call_id, []).append(Moment(start_ms, end_ms))
    return [
        (call, each)
        for call in zeros
        for each in stretches(call.at_ms, linked.get(call.call_id, ()), sound_ms=0)
    ]


def calls_of(
    session: Session,
    query: Query,
    rules: Rules,
    manager_id: int | None = None,
    checkpoint_code: str | None = None,
    value: int | None = None,
    *,
    unassigned: bool = False,
    limit: int | None = None,
) -> list[ScoredCall]:
    """The evaluations behind a row (``manager_id``) or a cell (``checkpoint_code``, ``value`` 0 or 1), newest first.

    With a checkpoint only those where it was marked 1 or 0; without, every counted one. ``unassigned``: nobody's calls.
    """
    period = period_of(session, query, rules)
    if period is None:
        return []
    limits = limits_of(session, query, rules)
    statement = (
        select(Evaluation, Call, Manager.name, User.name, Outcome.name, Outcome.is_lost)
        .join(Call, Call.id == Evaluation.call_id)
        .join(User, User.id == Evaluation.reviewer_id)
        .outerjoin(Manager, Manager.id == Call.manager_id)
        .outerjoin(Outcome, Outcome.id == Evaluation.outcome_id)
        .where(*conditions(query, period, rules))
        .order_by(Call.started_at.desc(), Evaluation.id.desc())
        .limit(limit)
    )
    if unassigned:
        statement = statement.where(Call.manager_id.is_(None))
    elif manager_id is not None:
        statement = statement.where(Call.manager_id == manager_id)
    if checkpoint_code is not None:
        statement = (
            statement.add_columns(Mark.value, Mark.at_ms, Mark.said, Mark.should_have_said)
            .join(Mark, Mark.evaluation_id == Evaluation.id)
            .join(Checkpoint, Checkpoint.id == Mark.checkpoint_id)
            .where(Checkpoint.code == checkpoint_code, Mark.value.is_not(None))
        )
        if value is not None:
            statement = statement.where(Mark.value == value)
    found = []
    for row in session.execute(statement):
        evaluation, call, manager, reviewer, outcome, is_lost = row[:6]
        score = Score(evaluation.passed, evaluation.applicable, evaluation.critical_failed)
        found.append(
            ScoredCall(
                call.id, evaluation.id, call.started_at, call.manager_id, manager or _("Not assigned"),
                call.customer_number, score, call_band(score, limits), Origin(evaluation.origin), reviewer,
                outcome or "", bool(is_lost), *row[6:],
            )
        )  # fmt: skip
    heard = coverage.of_evaluations(session, [each.evaluation_id for each in found])
    return [
        replace(each, heard_percent=heard[each.evaluation_id].percent)
        if each.evaluation_id in heard
        else each
        for each in found
    ]
