"""Filling a card: drafts, marks, submit, amend. Every function is one short write.

A draft belongs to its reviewer and is resumed. Submitting needs a mark on every checkpoint, keeps the score, closes
the queue item and refreshes the call. Nothing submitted is overwritten: ``amend`` opens a new version, and the
submitted one counts until the new one is submitted too. Errors are ``ScorecardError``.
"""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from qaapp import clock
from qaapp.calls import coverage
from qaapp.errors import ScorecardError
from qaapp.i18n import N_
from qaapp.scorecards.as_text import as_text
from qaapp.scorecards.call_scores import recompute_all, recompute_call
from qaapp.scorecards.outcomes import OutcomeRow, list_outcomes, save_outcome
from qaapp.scorecards.records import (
    EvaluationRow,
    MarkRow,
    list_for_call,
    load,
    load_many,
    mark_row,
    missing,
    score_of_marks,
)
from qaapp.scorecards.scoring import Limits, Score
from qaapp.store import events
from qaapp.store.rules import read_rules
from qaapp.store.schema import Call, Checkpoint, Evaluation, Mark, Outcome, QueueItem, Revision, User
from qaapp.words import EvaluationState, Origin, QueueState, RevisionState

__all__ = [
    "EvaluationRow", "MarkRow", "OutcomeRow", "amend", "as_text", "change_card", "clear_mark", "discard_draft",
    "list_for_call", "list_outcomes", "load", "load_many", "mark_rest_na", "missing", "open_draft", "recompute_all",
    "recompute_call", "save_outcome", "set_mark", "set_outcome", "set_phrases", "set_texts", "submit",
]  # fmt: skip


def open_draft(
    session: Session,
    call_id: int,
    revision_id: int | None,
    reviewer_id: int,
    origin: Origin | str = Origin.PICKED,
    queue_item_id: int | None = None,
) -> EvaluationRow:
    """The reviewer's draft for this call: the one begun before, whatever its card, or a new one.

    *Random* is only what the draw chose: an evaluation gets the origin of the call's queue item while that is open,
    however it was opened; without one, "random" becomes *picked*.
    """
    draft_id = session.scalar(
        select(Evaluation.id).where(
            Evaluation.call_id == call_id,
            Evaluation.reviewer_id == reviewer_id,
            Evaluation.state == EvaluationState.DRAFT,
        )
    )
    if draft_id is not None:
        return load(session, draft_id)
    if session.get(Call, call_id) is None:
        raise ScorecardError(N_("There is no such call."), hint=N_("Open the list again."))
    if session.get(User, reviewer_id) is None:
        raise ScorecardError(N_("There is no such reviewer."), hint=N_("Choose who you are in the settings."))
    if revision_id is not None:
        _published(session, revision_id)
    origin = Origin(origin)
    item = _open_item(session, call_id, queue_item_id)
    if item is not None and origin in (Origin.RANDOM, Origin.TARGETED, Origin.PICKED):
        origin = Origin(item.origin)
    elif origin is Origin.RANDOM:
        origin = Origin.PICKED
    now = clock.now()
    draft = Evaluation(
        call_id=call_id,
        revision_id=revision_id,
        reviewer_id=reviewer_id,
        origin=origin.value,
        queue_item_id=item.id if item else None,
        state=EvaluationState.DRAFT,
        started_at=now,
        updated_at=now,
    )
    session.add(draft)
    session.flush()
    return load(session, draft.id)


def _open_item(session: Session, call_id: int, queue_item_id: int | None) -> QueueItem | None:
    query = select(QueueItem).where(QueueItem.call_id == call_id, QueueItem.state == QueueState.OPEN)
    if queue_item_id is not None:
        query = query.where(QueueItem.id == queue_item_id)
    return session.scalar(query)


def _published(session: Session, revision_id: int) -> Revision:
    revision = session.get(Revision, revision_id)
    if revision is None:
        raise ScorecardError(
            N_("There is no such revision of a card."), hint=N_("Open the list of cards again.")
        )
    if revision.state != RevisionState.PUBLISHED:
        raise ScorecardError(N_("A draft card cannot be filled."), hint=N_("Publish it first."))
    return revision


def _draft(session: Session, evaluation_id: int, user_id: int | None = None) -> Evaluation:
    draft = session.get(Evaluation, evaluation_id)
    if draft is None:
        raise ScorecardError(N_("There is no such evaluation."), hint=N_("It may have been discarded."))
    if draft.state != EvaluationState.DRAFT:
        raise ScorecardError(
            N_("This evaluation is submitted and does not change."),
            hint=N_("Amend it: that keeps both versions."),
        )
    if user_id is not None and user_id != draft.reviewer_id:
        raise ScorecardError(
            N_("This draft belongs to {reviewer}."), hint=N_("Begin your own evaluation of the call."),
            reviewer=session.scalar(select(User.name).where(User.id == draft.reviewer_id)),
        )  # fmt: skip
    draft.updated_at = clock.now()
    return draft


def _mark(session: Session, draft: Evaluation, checkpoint_id: int) -> Mark:
    mark = session.get(Mark, (draft.id, checkpoint_id))
    if mark is None:
        revision_id = session.scalar(select(Checkpoint.revision_id).where(Checkpoint.id == checkpoint_id))
        if revision_id is None or revision_id != draft.revision_id:
            raise ScorecardError(N_("This checkpoint is not on the card of the evaluation."))
        mark = Mark(
            evaluation_id=draft.id, checkpoint_id=checkpoint_id, is_marked=False, said="", should_have_said=""
        )
        session.add(mark)
    mark.marked_at = clock.now()
    return mark


# --- marks and texts ---------------------------------------------------------------------------------------------


def set_mark(
    session: Session,
    evaluation_id: int,
    checkpoint_id: int,
    value: int | None,
    at_ms: int | None = None,
    user_id: int | None = None,
) -> MarkRow:
    """Mark a checkpoint 1, 0 or None = N/A at the playhead's moment; phrases stay."""
    if value not in (0, 1, None):
        raise ScorecardError(N_("A mark is 1, 0 or N/A, not {value}."), value=value)
    mark = _mark(session, _draft(session, evaluation_id, user_id), checkpoint_id)
    mark.is_marked, mark.value = True, value
    mark.at_ms = None if at_ms is None else max(0, int(at_ms))
    session.flush()
    return mark_row(mark)


def clear_mark(session: Session, evaluation_id: int, checkpoint_id: int, user_id: int | None = None) -> None:
    """Take a mark back; its phrases stay."""
    draft = _draft(session, evaluation_id, user_id)
    mark = session.get(Mark, (draft.id, checkpoint_id))
    if mark is None:
        return
    if mark.said or mark.should_have_said:
        mark.is_marked, mark.value, mark.at_ms = False, None, None
    else:
        session.delete(mark)


def set_phrases(
    session: Session,
    evaluation_id: int,
    checkpoint_id: int,
    said: str,
    should_have_said: str,
    user_id: int | None = None,
) -> MarkRow:
    """What was said and what should have been, for any checkpoint, marked or not."""
    mark = _mark(session, _draft(session, evaluation_id, user_id), checkpoint_id)
    mark.said, mark.should_have_said = said.strip(), should_have_said.strip()
    session.flush()
    row = mark_row(mark)
    if not mark.is_marked and not mark.said and not mark.should_have_said:
        session.delete(mark)
    return row


def mark_rest_na(session: Session, evaluation_id: int, user_id: int | None = None) -> list[int]:
    """Mark everything still open N/A; returns those checkpoints, so that undo can clear them."""
    draft = _draft(session, evaluation_id, user_id)
    open_points = missing(session, evaluation_id)
    for checkpoint_id in open_points:
        mark = _mark(session, draft, checkpoint_id)
        mark.is_marked, mark.value, mark.at_ms = True, None, None
    session.flush()
    return open_points


def set_texts(
    session: Session,
    evaluation_id: int,
    *,
    comment: str | None = None,
    pluses: str | None = None,
    minuses: str | None = None,
    user_id: int | None = None,
) -> None:
    """The write-up of the call; None leaves a text as it is."""
    draft = _draft(session, evaluation_id, user_id)
    for name, text in (("comment", comment), ("pluses", pluses), ("minuses", minuses)):
        if text is not None:
            setattr(draft, name, text.strip())


def set_outcome(
    session: Session, evaluation_id: int, outcome_id: int | None, user_id: int | None = None
) -> None:
    """What the call led to; None: not said."""
    draft = _draft(session, evaluation_id, user_id)
    if outcome_id is not None and session.get(Outcome, outcome_id) is None:
        raise ScorecardError(N_("There is no such outcome."))
    draft.outcome_id = outcome_id


def change_card(
    session: Session, evaluation_id: int, revision_id: int | None, user_id: int | None = None
) -> EvaluationRow:
    """Go on with another card (None: a short review); marks of checkpoints with the same code are taken along."""
    draft = _draft(session, evaluation_id, user_id)
    if draft.revision_id == revision_id:
        return load(session, evaluation_id)
    if draft.previous_id is not None:
        raise ScorecardError(N_("An amendment keeps the card of the version it amends."))
    targets: dict[str, int] = {}
    if revision_id is not None:
        _published(session, revision_id)
        query = select(Checkpoint.code, Checkpoint.id).where(Checkpoint.revision_id == revision_id)
        targets = dict(session.execute(query).all())
    kept = session.execute(
        select(Mark, Checkpoint.code)
        .join(Checkpoint, Checkpoint.id == Mark.checkpoint_id)
        .where(Mark.evaluation_id == draft.id)
    ).all()
    for mark, code in kept:
        if code in targets:
            session.add(_copy(mark, draft.id, targets[code]))
        session.delete(mark)
    draft.revision_id = revision_id
    session.flush()
    return load(session, evaluation_id)


def _copy(mark: Mark, evaluation_id: int, checkpoint_id: int) -> Mark:
    return Mark(
        evaluation_id=evaluation_id, checkpoint_id=checkpoint_id, is_marked=mark.is_marked, value=mark.value,
        at_ms=mark.at_ms, said=mark.said, should_have_said=mark.should_have_said, marked_at=mark.marked_at,
    )  # fmt: skip


# --- submit, amend, discard --------------------------------------------------------------------------------------


def submit(session: Session, evaluation_id: int, user_id: int | None) -> EvaluationRow:
    """Make the draft count. Raises when a mark is missing, or when a short review says nothing at all."""
    draft = _draft(session, evaluation_id, user_id)
    session.flush()
    if draft.revision_id is None:
        if draft.outcome_id is None and not (draft.comment or draft.pluses or draft.minuses):
            raise ScorecardError(
                N_("A short review needs an outcome or a note."), hint=N_("Say in a word how the call went.")
            )
        result = Score(0, 0)
    else:
        open_points = missing(session, evaluation_id)
        if open_points:
            raise ScorecardError(
                N_("Checkpoints without a mark: {n}."), hint=N_("Mark them, or set the rest N/A."),
                kind="missing_marks", n=len(open_points),
            )  # fmt: skip
        result = score_of_marks(session, evaluation_id)
    now = clock.now()
    draft.passed, draft.applicable, draft.critical_failed = (
        result.passed,
        result.applicable,
        result.critical_failed,
    )
    draft.state, draft.submitted_at, draft.is_current = EvaluationState.SUBMITTED, now, True
    if draft.previous_id is not None:
        previous = session.get_one(Evaluation, draft.previous_id)
        if not previous.is_current:
            raise ScorecardError(
                N_("Another amendment of this evaluation was submitted meanwhile."),
                hint=N_("Discard yours and amend the newest version."),
            )
        previous.is_current = False
    _close_item(session, draft)
    coverage.freeze(session, draft.id, draft.call_id, draft.reviewer_id)
    session.flush()
    rules = read_rules(session)
    recompute_call(session, draft.call_id, Limits(rules.green_above, rules.red_below))
    events.record(
        session, "evaluation.submitted" if draft.previous_id is None else "evaluation.amended", user_id=user_id,
        subject="evaluation", subject_id=draft.id, call=draft.call_id, version=draft.version,
        passed=draft.passed, applicable=draft.applicable,
    )  # fmt: skip
    return load(session, evaluation_id)


def _close_item(session: Session, draft: Evaluation) -> None:
    item = _open_item(session, draft.call_id, None)
    if item is None or draft.origin in (Origin.CALIBRATION, Origin.SELF):
        return
    item.state, item.closed_at, item.reviewer_id = QueueState.DONE, clock.now(), draft.reviewer_id


def amend(session: Session, evaluation_id: int, user_id: int) -> EvaluationRow:
    """A draft of the next version with everything of the submitted one; it counts from its own submit on."""
    original = session.get(Evaluation, evaluation_id)
    if original is None:
        raise ScorecardError(N_("There is no such evaluation."), hint=N_("It may have been discarded."))
    begun = session.scalar(
        select(Evaluation.id).where(
            Evaluation.previous_id == evaluation_id,
            Evaluation.state == EvaluationState.DRAFT,
            Evaluation.reviewer_id == user_id,
        )
    )
    if begun is not None:
        return load(session, begun)
    if original.state != EvaluationState.SUBMITTED or not original.is_current:
        raise ScorecardError(
            N_("Only the newest submitted version can be amended."),
            hint=N_("Open the call's list of evaluations."),
        )
    other = session.scalar(
        select(Evaluation.id).where(
            Evaluation.call_id == original.call_id,
            Evaluation.reviewer_id == user_id,
            Evaluation.state == EvaluationState.DRAFT,
        )
    )
    if other is not None:
        raise ScorecardError(
            N_("You have begun another evaluation of this call."), hint=N_("Submit or discard it first.")
        )
    now = clock.now()
    draft = Evaluation(
        call_id=original.call_id, revision_id=original.revision_id, reviewer_id=user_id, origin=original.origin,
        queue_item_id=original.queue_item_id, state=EvaluationState.DRAFT, version=original.version + 1,
        previous_id=original.id, is_current=False, started_at=now, updated_at=now, comment=original.comment,
        pluses=original.pluses, minuses=original.minuses, outcome_id=original.outcome_id,
    )  # fmt: skip
    session.add(draft)
    session.flush()
    for mark in session.scalars(select(Mark).where(Mark.evaluation_id == original.id)).all():
        session.add(_copy(mark, draft.id, mark.checkpoint_id))
    session.flush()
    return load(session, draft.id)


def discard_draft(session: Session, evaluation_id: int, user_id: int | None) -> None:
    """Throw a draft away with its marks; the version it would have amended goes on counting."""
    draft = _draft(session, evaluation_id, user_id)
    call_id = draft.call_id
    session.execute(delete(Mark).where(Mark.evaluation_id == evaluation_id))
    session.delete(draft)
    session.flush()
    events.record(
        session,
        "evaluation.discarded",
        user_id=user_id,
        subject="evaluation",
        subject_id=evaluation_id,
        call=call_id,
    )
