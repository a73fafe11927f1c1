"""Evaluations as values, and reading them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from qaapp.calls import coverage
from qaapp.calls.coverage import Coverage
from qaapp.errors import ScorecardError
from qaapp.i18n import N_
from qaapp.scorecards.scoring import Item, Score, score
from qaapp.store.schema import Checkpoint, Evaluation, Mark, User
from qaapp.words import EvaluationState, Origin


@dataclass(frozen=True)
class MarkRow:
    """What is known of one checkpoint of an evaluation.

    ``value`` is 1, 0 or None = N/A when ``is_marked``; a row that is not marked only carries phrases. ``at_ms`` is the
    playhead's moment when the mark was set, None: nowhere in the call (imported, "the rest N/A").
    """

    checkpoint_id: int
    value: int | None
    is_marked: bool
    at_ms: int | None
    said: str
    should_have_said: str


@dataclass(frozen=True)
class EvaluationRow:
    """One version of one reviewer's filled card. ``revision_id`` None: a short review, without marks and score.

    ``score`` of a draft is computed from its marks; of a submitted version it is what ``submit`` kept.
    """

    id: int
    call_id: int
    revision_id: int | None
    reviewer_id: int
    reviewer: str
    origin: Origin
    queue_item_id: int | None
    state: EvaluationState
    version: int
    previous_id: int | None
    is_current: bool
    started_at: datetime
    submitted_at: datetime | None
    comment: str
    pluses: str
    minuses: str
    outcome_id: int | None
    marks: Mapping[int, MarkRow]
    score: Score
    heard: Coverage | None = None  # None: nobody listened for it here (imported, or before this was kept)

    @property
    def is_draft(self) -> bool:
        return self.state is EvaluationState.DRAFT


def mark_row(mark: Mark) -> MarkRow:
    value = mark.value if mark.is_marked else None
    return MarkRow(mark.checkpoint_id, value, mark.is_marked, mark.at_ms, mark.said, mark.should_have_said)


def load(session: Session, evaluation_id: int) -> EvaluationRow:
    """One evaluation with its marks. Raises ``ScorecardError`` when there is none."""
    found = _rows(session, session.scalars(select(Evaluation).where(Evaluation.id == evaluation_id)).all())
    if not found:
        raise ScorecardError(N_("There is no such evaluation."), hint=N_("It may have been discarded."))
    return found[0]


def list_for_call(session: Session, call_id: int) -> tuple[EvaluationRow, ...]:
    """Every evaluation of a call, drafts and earlier versions too, oldest first."""
    query = (
        select(Evaluation).where(Evaluation.call_id == call_id).order_by(Evaluation.started_at, Evaluation.id)
    )
    return tuple(_rows(session, session.scalars(query).all()))


def load_many(session: Session, evaluation_ids: Iterable[int]) -> list[EvaluationRow]:
    """Several evaluations in the order of their ids, in a few statements."""
    ids = sorted(set(evaluation_ids))
    rows: list[EvaluationRow] = []
    for start in range(0, len(ids), 500):
        query = select(Evaluation).where(Evaluation.id.in_(ids[start : start + 500])).order_by(Evaluation.id)
        rows += _rows(session, session.scalars(query).all())
    return rows


def missing(session: Session, evaluation_id: int) -> list[int]:
    """Ids of the checkpoints that still wait for a mark, in the order of the card."""
    revision_id = session.scalar(select(Evaluation.revision_id).where(Evaluation.id == evaluation_id))
    if revision_id is None:
        return []
    marked = select(Mark.checkpoint_id).where(Mark.evaluation_id == evaluation_id, Mark.is_marked)
    query = select(Checkpoint.id).where(Checkpoint.revision_id == revision_id, Checkpoint.id.not_in(marked))
    return list(session.scalars(query.order_by(Checkpoint.position)))


def score_of_marks(session: Session, evaluation_id: int) -> Score:
    """The score of what is marked so far."""
    rows = session.execute(
        select(Mark.value, Checkpoint.weight, Checkpoint.critical)
        .join(Checkpoint, Checkpoint.id == Mark.checkpoint_id)
        .where(Mark.evaluation_id == evaluation_id, Mark.is_marked)
    )
    return score(Item(value, weight, critical) for value, weight, critical in rows)


def _rows(session: Session, evaluations: Iterable[Evaluation]) -> list[EvaluationRow]:
    evaluations = list(evaluations)
    if not evaluations:
        return []
    ids = [evaluation.id for evaluation in evaluations]
    marks: dict[int, dict[int, MarkRow]] = {}
    items: dict[int, list[Item]] = {}
    marks_query = (
        select(Mark, Checkpoint.weight, Checkpoint.critical)
        .join(Checkpoint, Checkpoint.id == Mark.checkpoint_id)
        .where(Mark.evaluation_id.in_(ids))
        .order_by(Checkpoint.position)
    )
    for mark, weight, critical in session.execute(marks_query):
        marks.setdefault(mark.evaluation_id, {})[mark.checkpoint_id] = mark_row(mark)
        if mark.is_marked:
            items.setdefault(mark.evaluation_id, []).append(Item(mark.value, weight, critical))
    reviewers = {evaluation.reviewer_id for evaluation in evaluations}
    heard = coverage.of_evaluations(session, ids)
    names = dict(session.execute(select(User.id, User.name).where(User.id.in_(reviewers))).all())
    rows = []
    for evaluation in evaluations:
        if evaluation.state == EvaluationState.DRAFT:
            result = score(items.get(evaluation.id, ()))
        else:
            result = Score(evaluation.passed, evaluation.applicable, evaluation.critical_failed)
        rows.append(
            EvaluationRow(
                id=evaluation.id,
                call_id=evaluation.call_id,
                revision_id=evaluation.revision_id,
                reviewer_id=evaluation.reviewer_id,
                reviewer=names.get(evaluation.reviewer_id, ""),
                origin=Origin(evaluation.origin),
                queue_item_id=evaluation.queue_item_id,
                state=EvaluationState(evaluation.state),
                version=evaluation.version,
                previous_id=evaluation.previous_id,
                is_current=evaluation.is_current,
                started_at=evaluation.started_at,
                submitted_at=evaluation.submitted_at,
                comment=evaluation.comment,
                pluses=evaluation.pluses,
                minuses=evaluation.minuses,
                outcome_id=evaluation.outcome_id,
                marks=marks.get(evaluation.id, {}),
                score=result,
                heard=heard.get(evaluation.id),
            )
        )
    return rows
