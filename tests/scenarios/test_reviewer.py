"""A reviewer's work from the queue to the rating, by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from qaapp.ratings.ranking import Query, rank
from qaapp.review import queue as queue_store
from qaapp.scorecards import evaluations
from qaapp.store.rules import read_rules
from qaapp.store.workspace import Workspace
from qaapp.ui.ratings.model import ROW
from qaapp.words import EvaluationState, Origin

pytestmark = pytest.mark.scenario


def _row_of(screen: Any, manager_id: int | None) -> Any:
    rows = [screen._model.index(n, 0).data(ROW) for n in range(screen._model.rowCount())]
    return next(row for row in rows if row.manager_id == manager_id)


def test_a_reviewer_scores_her_first_call_by_keyboard(
    sit_down: Callable[..., Any], samples: Workspace
) -> None:
    hand = sit_down(samples, "Irina Kotova")
    review, ratings = hand.screen("review"), hand.screen("ratings")
    first_call = review.session.call_id
    hand.press("Ctrl+3")
    hand.settle()
    manager = review.session.call.row.manager_id
    before = _row_of(ratings, manager)

    hand.press("Ctrl+1")
    hand.sounds()
    points = [point.id for point in review.session.card.checkpoints]
    assert review.item is not None, "the first call comes from the queue"
    start = review.playback.position()
    hand.press("Right", "Right", "1")  # two seconds on: passed
    hand.press("Shift+Right", "0")  # five more: failed, and how it should have been
    hand.press("Up", "Enter")
    hand.type("What do you want?")
    hand.press("Enter")
    hand.type("How can I help you?")
    hand.press("Enter", "Down", "N")
    assert review.card.list.current_checkpoint() == points[3], "every mark steps on"
    hand.press("Ctrl+Enter")  # too early: the card says what is missing and nothing is submitted
    assert review.session.evaluation.is_draft
    assert review.card.list.current_checkpoint() == points[3]
    for _point in points[3:-1]:
        hand.press("0")
    hand.press("Shift+N", "Ctrl+Z", "1")  # the rest not applicable, taken back, and marked after all
    hand.tab_to(review.card.foot.outcome)
    hand.press("Down")
    outcome = review.card.foot.outcome.currentText()
    hand.press("Ctrl+Enter")

    with samples.database.read() as session:
        stored = evaluations.list_for_call(session, first_call)
        names = {row.id: row.name for row in evaluations.list_outcomes(session)}
        rules = read_rules(session)
        days = {"first_day": before_days(ratings)[0], "last_day": before_days(ratings)[1]}
        ranking = rank(session, Query(**days), rules)
        done, planned = queue_store.today(session, rules, review.desk.user_id)
    mine = next(row for row in stored if row.reviewer == "Irina Kotova")
    assert (mine.state, mine.origin) == (EvaluationState.SUBMITTED, Origin.RANDOM)
    assert [mine.marks[point].value for point in points] == [1, 0, None, *[0] * (len(points) - 4), 1]
    assert [mine.marks[point].at_ms for point in points[:2]] == [start + 2000, start + 7000]
    assert (mine.marks[points[1]].said, mine.marks[points[1]].should_have_said) == (
        "What do you want?", "How can I help you?",
    )  # fmt: skip
    assert names[mine.outcome_id] == outcome
    assert review.session.call_id != first_call, "the next call of the queue is open"
    assert done == 1
    assert review.queue.today.text() == f"1 of {planned} today"

    hand.press("Ctrl+3")
    hand.settle()
    after = _row_of(ratings, manager)
    assert after.calls == before.calls + 1
    assert after.score < before.score
    assert after == next(row for row in ranking.rows if row.manager_id == manager)


def before_days(ratings: Any) -> tuple[Any, Any]:
    days = ratings.period()
    assert days is not None
    return days
