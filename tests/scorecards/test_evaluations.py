"""Filling, submitting, amending; what a call's score is made of."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
import scoring_world as world
from hypothesis import given
from hypothesis import strategies as st

from qaapp import i18n
from qaapp.errors import ScorecardError
from qaapp.progress import run
from qaapp.scorecards import cards, evaluations
from qaapp.scorecards.call_scores import Judged, deciding, mean_share
from qaapp.scorecards.outcomes import OutcomeRow
from qaapp.store.database import Database
from qaapp.store.rules import read_rules, write_rules
from qaapp.store.schema import Call, Evaluation, QueueItem
from qaapp.words import EvaluationState, Origin, QueueState


def test_a_draft_is_resumed_with_its_marks(database: Database) -> None:
    with database.write() as session:
        me, card, call_id = world.user(session), world.card(session, 3), world.call(session)
        draft = evaluations.open_draft(session, call_id, card.revision_id, me)
        first, second, third = (point.id for point in card.checkpoints)
        evaluations.set_mark(session, draft.id, first, 1, 4000, me)
        evaluations.set_mark(session, draft.id, second, 0, 9000, me)
        evaluations.set_mark(session, draft.id, second, None, 12000, me)
        evaluations.set_texts(session, draft.id, pluses=" calm ", minuses="slow")
    with database.write() as session:
        again = evaluations.open_draft(session, call_id, card.revision_id, me)
        assert again.id == draft.id
        assert (again.marks[first].value, again.marks[first].at_ms) == (1, 4000)
        assert (again.marks[second].value, again.marks[second].at_ms) == (None, 12000)
        assert third not in again.marks
        assert evaluations.missing(session, draft.id) == [third]
        assert (again.pluses, again.minuses, again.comment) == ("calm", "slow", "")
        assert (again.score.passed, again.score.applicable) == (1, 1)
        other = evaluations.open_draft(session, call_id, card.revision_id, world.user(session, "Oleg"))
        assert other.id != draft.id


def test_submit_needs_every_mark_and_then_freezes(database: Database) -> None:
    with database.write() as session:
        me, card, call_id = world.user(session), world.card(session, 3), world.call(session)
        draft = evaluations.open_draft(session, call_id, card.revision_id, me)
        first = card.checkpoints[0].id
        evaluations.set_mark(session, draft.id, first, 1, 0, me)
        evaluations.set_phrases(session, draft.id, card.checkpoints[1].id, "how much?", "what for?", me)
        with pytest.raises(ScorecardError, match="without a mark: 2"):
            evaluations.submit(session, draft.id, me)
        rest = evaluations.mark_rest_na(session, draft.id)
        assert rest == [point.id for point in card.checkpoints[1:]]
        done = evaluations.submit(session, draft.id, me)
        assert done.state is EvaluationState.SUBMITTED
        assert done.marks[card.checkpoints[1].id].said == "how much?"
        call = session.get(Call, call_id)
        assert (call.score_num, call.score_den, call.band, call.evaluation_count) == (1, 1, "green", 1)
        for change in (
            lambda: evaluations.set_mark(session, draft.id, first, 0, 0, me),
            lambda: evaluations.clear_mark(session, draft.id, first),
            lambda: evaluations.set_phrases(session, draft.id, first, "a", "b"),
            lambda: evaluations.set_texts(session, draft.id, comment="x"),
            lambda: evaluations.set_outcome(session, draft.id, None),
            lambda: evaluations.mark_rest_na(session, draft.id),
            lambda: evaluations.change_card(session, draft.id, None),
            lambda: evaluations.discard_draft(session, draft.id, me),
            lambda: evaluations.submit(session, draft.id, me),
        ):
            with pytest.raises(ScorecardError, match="submitted and does not change"):
                change()


def test_clearing_a_mark_keeps_its_phrases(database: Database) -> None:
    with database.write() as session:
        me, card, call_id = world.user(session), world.card(session, 2), world.call(session)
        draft = evaluations.open_draft(session, call_id, card.revision_id, me)
        first, second = (point.id for point in card.checkpoints)
        evaluations.set_mark(session, draft.id, first, 0, 5, me)
        evaluations.set_phrases(session, draft.id, first, "said", "")
        evaluations.clear_mark(session, draft.id, first)
        evaluations.set_mark(session, draft.id, second, 1, 5, me)
        evaluations.clear_mark(session, draft.id, second)
        marks = evaluations.load(session, draft.id).marks
        assert (marks[first].is_marked, marks[first].said, marks[first].at_ms) == (False, "said", None)
        assert second not in marks
        assert evaluations.missing(session, draft.id) == [first, second]


def test_a_mark_must_be_on_the_card_and_by_its_reviewer(database: Database) -> None:
    with database.write() as session:
        me, card, call_id = world.user(session), world.card(session, 2), world.call(session)
        other = world.card(session, 2, name="Other")
        draft = evaluations.open_draft(session, call_id, card.revision_id, me)
        with pytest.raises(ScorecardError, match="not on the card"):
            evaluations.set_mark(session, draft.id, other.checkpoints[0].id, 1, 0, me)
        with pytest.raises(ScorecardError, match="belongs to Irina"):
            evaluations.set_mark(session, draft.id, card.checkpoints[0].id, 1, 0, world.user(session, "Oleg"))
        with pytest.raises(ScorecardError, match="1, 0 or N/A, not 2"):
            evaluations.set_mark(session, draft.id, card.checkpoints[0].id, 2, 0, me)


def test_a_draft_card_cannot_be_filled(database: Database) -> None:
    with database.write() as session:
        draft = cards.create_card(session, "A", "any", world.plain_sections(2), None)
        with pytest.raises(ScorecardError, match="draft card"):
            evaluations.open_draft(session, world.call(session), draft.revision_id, world.user(session))


def test_an_amendment_counts_from_its_submit_and_the_original_stays(database: Database) -> None:
    with database.write() as session:
        me, card, call_id = world.user(session), world.card(session, 4), world.call(session)
        original = world.evaluate(session, call_id, card, [1, 1, 0, 0])
        draft = evaluations.amend(session, original, me)
        assert evaluations.amend(session, original, me).id == draft.id
        assert (draft.version, draft.previous_id, draft.is_current) == (2, original, False)
        evaluations.set_mark(session, draft.id, card.checkpoints[2].id, 1, 0, me)
        assert session.get(Call, call_id).score_num == 1
        evaluations.submit(session, draft.id, me)
        session.refresh(session.get(Call, call_id))
        call = session.get(Call, call_id)
        assert (call.score_num, call.score_den, call.evaluation_count) == (3, 4, 1)
        old, new = evaluations.list_for_call(session, call_id)
        assert (old.score.passed, old.is_current, new.score.passed, new.is_current) == (2, False, 3, True)
        assert old.marks[card.checkpoints[2].id].value == 0
        with pytest.raises(ScorecardError, match="newest"):
            evaluations.amend(session, original, me)
        third = evaluations.amend(session, new.id, me)
        evaluations.discard_draft(session, third.id, me)
        assert evaluations.load(session, new.id).is_current


def test_two_reviewers_give_the_exact_mean(database: Database) -> None:
    with database.write() as session:
        card, call_id = world.card(session, 10), world.call(session)
        world.evaluate(session, call_id, card, world.marks(9, 1))
        world.evaluate(session, call_id, card, world.marks(1, 2, 7), reviewer="Oleg")
        call = session.get(Call, call_id)
        session.refresh(call)
        assert Fraction(call.score_num, call.score_den) == (Fraction(9, 10) + Fraction(1, 3)) / 2
        assert call.evaluation_count == 2
        assert call.band == "yellow"


def test_exactly_eighty_is_yellow_and_a_critical_zero_is_red(database: Database) -> None:
    with database.write() as session:
        me = world.user(session)
        card = world.card(session, 5)
        call_id = world.call(session)
        world.evaluate(session, call_id, card, world.marks(4, 1))
        assert session.get(Call, call_id).band == "yellow"
        made = cards.create_card(
            session, "Critical", "any",
            world.sections(*[world.point(str(n), code=str(n), critical=n == 9) for n in range(10)]), me,
        )  # fmt: skip
        critical = cards.publish(session, made.scorecard_id, me)
        other = world.call(session)
        world.evaluate(session, other, critical, world.marks(9, 1))
        call = session.get(Call, other)
        session.refresh(call)
        assert (call.band, call.critical_failed, call.score_num, call.score_den) == ("red", 1, 9, 10)


def test_everything_na_is_no_score(database: Database) -> None:
    with database.write() as session:
        card, call_id = world.card(session, 3), world.call(session)
        world.evaluate(session, call_id, card, [None, None, None])
        call = session.get(Call, call_id)
        session.refresh(call)
        assert (call.score_num, call.band, call.evaluation_count) == (None, None, 1)


def test_a_short_review_has_no_score_but_says_something(database: Database) -> None:
    with database.write() as session:
        me, call_id = world.user(session), world.call(session)
        draft = evaluations.open_draft(session, call_id, None, me)
        with pytest.raises(ScorecardError, match="needs an outcome or a note"):
            evaluations.submit(session, draft.id, me)
        lost = next(row for row in evaluations.list_outcomes(session) if row.is_lost)
        evaluations.set_outcome(session, draft.id, lost.id)
        done = evaluations.submit(session, draft.id, me)
        assert done.score.fraction is None
        call = session.get(Call, call_id)
        session.refresh(call)
        assert (call.evaluation_count, call.score_num) == (1, None)


def test_random_is_only_what_the_draw_chose(database: Database) -> None:
    with database.write() as session:
        me, card = world.user(session), world.card(session, 2)
        plain, drawn = world.call(session), world.call(session)
        item = QueueItem(
            call_id=drawn, call_day=world.START.date(), origin="random", drawn_at=world.START, state="open"
        )
        session.add(item)
        session.flush()
        claimed = evaluations.open_draft(session, plain, card.revision_id, me, Origin.RANDOM)
        assert (claimed.origin, claimed.queue_item_id) == (Origin.PICKED, None)
        draft = evaluations.open_draft(session, drawn, card.revision_id, me, Origin.RANDOM, item.id)
        assert (draft.origin, draft.queue_item_id) == (Origin.RANDOM, item.id)
        evaluations.mark_rest_na(session, draft.id)
        evaluations.submit(session, draft.id, me)
        session.refresh(item)
        assert (item.state, item.reviewer_id) == (QueueState.DONE, me)
        assert item.closed_at is not None


def test_another_card_takes_the_marks_of_the_same_codes(database: Database) -> None:
    with database.write() as session:
        me, call_id = world.user(session), world.call(session)
        small, large = world.card(session, 2), world.card(session, 4, name="Large")
        draft = evaluations.open_draft(session, call_id, small.revision_id, me)
        evaluations.set_mark(session, draft.id, small.checkpoints[1].id, 0, 700, me)
        changed = evaluations.change_card(session, draft.id, large.revision_id)
        mark = changed.marks[large.checkpoints[1].id]
        assert (mark.value, mark.at_ms, len(changed.marks)) == (0, 700, 1)
        assert evaluations.change_card(session, draft.id, None).marks == {}


def test_new_limits_repaint_the_calls(database: Database) -> None:
    with database.write() as session:
        card, call_id = world.card(session, 10), world.call(session)
        world.evaluate(session, call_id, card, world.marks(7, 3))
        write_rules(session, replace(read_rules(session), green_above=65, red_below=50))
    assert run(evaluations.recompute_all(database)) == 1
    with database.read() as session:
        assert session.get(Call, call_id).band == "green"


def test_the_text_for_a_messenger(database: Database) -> None:
    with database.write() as session:
        me, card = world.user(session), world.card(session, 3)
        call_id = world.call(
            session, world.manager(session, "Anna"), customer_number="79000001452", direction="inbound"
        )
        draft = evaluations.open_draft(session, call_id, card.revision_id, me)
        for spec, value in zip(card.checkpoints, [1, 0, None], strict=True):
            evaluations.set_mark(session, draft.id, spec.id, value, 62_000, me)
        evaluations.set_phrases(session, draft.id, card.checkpoints[1].id, "how much?", "what volume?")
        evaluations.set_texts(session, draft.id, pluses="Calm", minuses="Argues")
        evaluations.set_outcome(session, draft.id, evaluations.list_outcomes(session)[1].id)
        evaluations.submit(session, draft.id, me)
        english = evaluations.as_text(session, draft.id)
        i18n.set_language("ru")
        russian = evaluations.as_text(session, draft.id)
    assert english.splitlines() == [
        "Anna · 16 March, 12:00 · inbound · 2:00",
        "🔴 Sale: 50%, 1 of 2",
        "",
        "Talk — 1 of 2",
        "✗ Checkpoint 2 (1:02)",
        "   Said: “how much?”",
        "   Should have said: “what volume?”",
        "",
        "Pluses: Calm",
        "Minuses: Argues",
        "Outcome: Meeting set",
    ]
    assert "Плюсы: Calm" in russian
    assert "1452" not in english + russian


def test_outcomes_are_a_list_people_edit(database: Database) -> None:
    with database.write() as session:
        added = evaluations.save_outcome(session, OutcomeRow(0, " Sent  to partner ", False))
        assert added.name == "Sent to partner"
        changed = evaluations.save_outcome(session, replace(added, is_lost=True, active=False))
        assert changed not in evaluations.list_outcomes(session)
        with pytest.raises(ScorecardError, match="already an outcome"):
            evaluations.save_outcome(session, OutcomeRow(0, "meeting SET", False))


judged = st.builds(
    lambda passed, failed, settled: Judged(passed, passed + failed, 0, settled),
    st.integers(0, 30), st.integers(0, 30), st.booleans(),
)  # fmt: skip


@given(st.lists(judged, max_size=8), st.randoms())
def test_the_mean_of_reviewers_does_not_depend_on_their_order(items: list[Judged], random) -> None:
    shuffled = items[:]
    random.shuffle(shuffled)
    share = mean_share(deciding(items))
    assert share == mean_share(deciding(shuffled))
    scored = [item for item in items if item.applicable]
    if not scored:
        assert share is None
        return
    settled = [item for item in scored if item.is_settled] or scored
    shares = [Fraction(item.passed, item.applicable) for item in settled]
    assert min(shares) <= share <= max(shares)
    assert share * len(shares) == sum(shares)


def test_state_of_an_evaluation_is_what_the_table_keeps(database: Database) -> None:
    """While disputed, the original counts; settled, it counts alone."""
    with database.write() as session:
        card, call_id = world.card(session, 10), world.call(session)
        first = world.evaluate(session, call_id, card, world.marks(10, 0))
        second = world.evaluate(session, call_id, card, world.marks(0, 10), reviewer="Oleg")
        call = session.get(Call, call_id)
        for state, expected in (("disputed", Fraction(1, 2)), ("settled", Fraction(0))):
            session.get(Evaluation, second).state = state
            session.flush()
            evaluations.recompute_call(
                session, call_id, world.card(session, 2, name=state).limits(read_rules(session))
            )
            session.refresh(call)
            assert Fraction(call.score_num, call.score_den) == expected
        assert evaluations.load(session, first).is_current
