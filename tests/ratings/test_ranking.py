"""The rating rules, one by one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
import scoring_world as world
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from qaapp.errors import UsageError
from qaapp.ratings.checkpoints import CheckpointHead, weakest
from qaapp.ratings.drilldown import calls_of, matrix
from qaapp.ratings.ranking import Query, Ranking, RatingRow, default_period, rank
from qaapp.scorecards import cards, evaluations
from qaapp.scorecards.model import Card
from qaapp.settings import Rules
from qaapp.store.database import Database
from qaapp.store.schema import Evaluation, Group, Outcome
from qaapp.words import Band, Basis, Method, Origin

RULES = Rules(time_zone="Europe/Moscow")


def calls(
    session: Session, name: str, card: Card, results: list[tuple[int, int]], *, group: str | None = None
) -> int:
    """One call an hour, each with (passed, failed) of the card, the rest N/A."""
    person = world.manager(session, name, group)
    for hour, (passed, failed) in enumerate(results):
        call_id = world.call(session, person, world.START + timedelta(minutes=10 * hour))
        rest = len(card.checkpoints) - passed - failed
        world.evaluate(session, call_id, card, world.marks(passed, failed, rest))
    return person


def row_of(ranking: Ranking, name: str) -> RatingRow:
    return next(row for row in ranking.rows if row.manager == name)


def test_nothing_evaluated_is_an_empty_ranking(database: Database) -> None:
    with database.read() as session:
        ranking = rank(session, Query(), RULES)
        assert (ranking.rows, ranking.first_day, default_period(session, RULES)) == ((), None, None)
        assert matrix(session, Query(), RULES).rows == ()
        assert calls_of(session, Query(), RULES) == []


def test_mean_of_calls_and_pooled_checkpoints_differ_as_published(database: Database) -> None:
    """9/10 and 1/4: mean 57.5 (red), pooled 10/14 (yellow)."""
    with database.write() as session:
        card = world.card(session, 10)
        calls(session, "Oleg", card, [(9, 1), (1, 3)])
        mean = rank(session, Query(), RULES).rows[0]
        pooled = rank(session, Query(method=Method.POOLED), RULES).rows[0]
    assert (mean.score, mean.provisional_band) == (Fraction(23, 40), Band.RED)
    assert (pooled.score, pooled.provisional_band) == (Fraction(10, 14), Band.YELLOW)
    assert (mean.passed, mean.applicable, mean.calls) == (10, 14, 2)


def test_the_published_pair_ranks_apart_by_mean_and_equal_by_pool(database: Database) -> None:
    with database.write() as session:
        card = world.card(session, 10)
        calls(session, "A", card, [(9, 1), (9, 1), (2, 2)])
        calls(session, "B", card, [(8, 2), (8, 2), (4, 0)])
        rules = Rules(enough_calls=3)
        mean = rank(session, Query(), rules)
        pooled = rank(session, Query(method=Method.POOLED), rules)
    assert [(row.manager, row.rank, row.band) for row in mean.rows] == [
        ("B", 1, Band.GREEN),
        ("A", 2, Band.YELLOW),
    ]
    assert float(mean.rows[0].score_percent) == pytest.approx(86.67, abs=0.01)
    assert float(mean.rows[1].score_percent) == pytest.approx(76.67, abs=0.01)
    assert {row.score for row in pooled.rows} == {Fraction(5, 6)}
    assert [row.rank for row in pooled.rows] == [1, 1]


def test_below_enough_the_light_is_hollow_and_listed_under_the_ranked(database: Database) -> None:
    with database.write() as session:
        card = world.card(session, 10)
        calls(session, "New", card, [(10, 0)] * 4)
        calls(session, "Old", card, [(7, 3)] * 5)
        ranking = rank(session, Query(), RULES)
    old, new = ranking.rows
    assert (old.manager, old.band, old.rank, old.rank_range) == ("Old", Band.YELLOW, 1, (1, 1))
    assert (new.band, new.provisional_band, new.rank, new.rank_range) == (Band.GREY, Band.GREEN, None, None)
    assert (new.calls, new.needed, new.certainty) == (4, 5, "too_early")


@pytest.mark.parametrize(
    ("passed", "failed", "band"),
    [(4, 1, Band.YELLOW), (3, 2, Band.YELLOW), (9, 1, Band.GREEN), (5, 4, Band.RED)],
)
def test_exactly_on_a_limit_is_yellow(database: Database, passed: int, failed: int, band: Band) -> None:
    with database.write() as session:
        card = world.card(session, 10)
        calls(session, "A", card, [(passed, failed)] * 5)
        assert rank(session, Query(), RULES).rows[0].band is band


def test_days_are_days_of_the_zone_and_both_ends_count(database: Database) -> None:
    """In Moscow 20:59 UTC is still the same day, 21:00 UTC the next one."""
    with database.write() as session:
        card, person = world.card(session, 2), world.manager(session, "A")
        for moment in ("2026-03-15T20:59", "2026-03-15T21:00", "2026-03-16T20:59", "2026-03-16T21:00"):
            started = datetime.fromisoformat(moment).replace(tzinfo=UTC)
            world.evaluate(session, world.call(session, person, started), card, [1, 0])
        day = date(2026, 3, 16)
        assert rank(session, Query(day, day), RULES).calls == 2
        assert rank(session, Query(date(2026, 3, 15), date(2026, 3, 17)), RULES).calls == 4
        assert rank(session, Query(day, day), Rules(time_zone="UTC")).calls == 2
        with pytest.raises(UsageError, match="begins on 2026-03-17"):
            rank(session, Query(date(2026, 3, 17), day), RULES)


def test_the_default_period_is_thirty_days_to_the_last_evaluated_call(database: Database) -> None:
    with database.write() as session:
        card, person = world.card(session, 2), world.manager(session, "A")
        world.evaluate(session, world.call(session, person, world.START), card, [1, 0])
        world.evaluate(session, world.call(session, person, world.START - world.days(29)), card, [1, 0])
        world.evaluate(session, world.call(session, person, world.START - world.days(30)), card, [1, 0])
        world.call(session, person, world.START + world.days(9))
        assert default_period(session, RULES) == (date(2026, 2, 15), date(2026, 3, 16))
        ranking = rank(session, Query(), RULES)
        assert (ranking.calls, ranking.first_day) == (2, date(2026, 2, 15))
        assert rank(session, Query(first_day=date(2026, 2, 14)), RULES).calls == 3
        assert rank(session, Query(last_day=date(2026, 3, 15)), RULES).calls == 2


def test_a_conversation_of_several_calls_counts_once(database: Database) -> None:
    with database.write() as session:
        card, person = world.card(session, 4), world.manager(session, "A")
        first = world.call(session, person, conversation_id="linked")
        second = world.call(session, person, world.START + timedelta(minutes=5), conversation_id="linked")
        alone = world.call(session, person)
        world.evaluate(session, first, card, world.marks(4, 0))
        world.evaluate(session, second, card, world.marks(2, 2))
        world.evaluate(session, alone, card, world.marks(0, 4))
        row = rank(session, Query(), RULES).rows[0]
        assert (row.calls, row.score) == (2, (Fraction(3, 4) + 0) / 2)


def test_two_reviewers_are_one_call_and_a_settled_one_counts_alone(database: Database) -> None:
    with database.write() as session:
        card, person = world.card(session, 4), world.manager(session, "A")
        call_id = world.call(session, person)
        world.evaluate(session, call_id, card, world.marks(3, 0, 1))
        second = world.evaluate(session, call_id, card, world.marks(2, 2), reviewer="Oleg")
        row = rank(session, Query(), RULES).rows[0]
        assert (row.calls, row.score) == (1, Fraction(3, 4))
        assert (row.passed, row.applicable) == (Fraction(5, 2), Fraction(7, 2))
        session.get(Evaluation, second).state = "settled"
        session.flush()
        row = rank(session, Query(), RULES).rows[0]
        assert (row.score, row.passed, row.applicable) == (Fraction(1, 2), 2, 4)
        assert set(matrix(session, Query(), RULES).totals) == {(1, 1), (0, 1)}


def test_an_amendment_counts_only_when_submitted_and_then_alone(database: Database) -> None:
    with database.write() as session:
        card, person = world.card(session, 2), world.manager(session, "A")
        call_id = world.call(session, person)
        original = world.evaluate(session, call_id, card, [0, 0])
        draft = evaluations.amend(session, original, world.user(session))
        evaluations.set_mark(session, draft.id, card.checkpoints[0].id, 1)
        assert rank(session, Query(), RULES).rows[0].score == 0
        evaluations.submit(session, draft.id, world.user(session))
        row = rank(session, Query(), RULES).rows[0]
        assert (row.score, row.calls) == (Fraction(1, 2), 1)


def test_bases(database: Database) -> None:
    with database.write() as session:
        card, person = world.card(session, 2), world.manager(session, "A")
        for origin in Origin:
            world.evaluate(session, world.call(session, person), card, [1, 0], origin=origin)
        counts = {basis: rank(session, Query(basis=basis), RULES).calls for basis in Basis}
        picked = rank(session, Query(), RULES).picked_calls
    assert counts == {Basis.COUNTED: 3, Basis.RANDOM: 1, Basis.ALL: 6}
    assert picked == 1


def test_unassigned_calls_stand_apart_and_are_never_dropped(database: Database) -> None:
    with database.write() as session:
        card = world.card(session, 2)
        calls(session, "A", card, [(2, 0)] * 5)
        world.evaluate(session, world.call(session), card, [0, 0])
        ranking = rank(session, Query(), RULES)
        assert [row.manager for row in ranking.rows] == ["A"]
        assert (ranking.calls, ranking.unassigned_calls, ranking.unassigned.manager) == (5, 1, "Not assigned")
        assert len(calls_of(session, Query(), RULES, unassigned=True)) == 1


def test_critical_lost_and_short_reviews(database: Database) -> None:
    with database.write() as session:
        me, person = world.user(session), world.manager(session, "A")
        made = cards.create_card(
            session, "Critical", "any", world.sections(world.point("a", critical=True), world.point("b")), me
        )
        card = cards.publish(session, made.scorecard_id, me)
        lost = session.scalar(select(Outcome.id).where(Outcome.is_lost))
        world.evaluate(session, world.call(session, person), card, [0, 1], outcome_id=lost)
        world.evaluate(session, world.call(session, person), card, [1, 1])
        short = evaluations.open_draft(session, world.call(session, person), None, me)
        evaluations.set_outcome(session, short.id, lost)
        evaluations.submit(session, short.id, me)
        row = rank(session, Query(), RULES).rows[0]
        assert (row.calls, row.critical_calls, row.lost_calls) == (2, 1, 2)
        assert (row.score, row.provisional_band) == (Fraction(3, 4), Band.YELLOW)
        by_card = rank(session, Query(scorecard_id=card.scorecard_id), RULES).rows[0]
        assert by_card.lost_calls == 1


def test_change_to_the_period_before_and_its_certainty(database: Database) -> None:
    with database.write() as session:
        card, person = world.card(session, 10), world.manager(session, "A")
        for offset, results in ((0, [9, 10, 9, 10, 9]), (7, [3, 4, 3, 4, 3])):
            for minute, passed in enumerate(results):
                started = world.START - world.days(offset) + timedelta(minutes=minute)
                world.evaluate(
                    session, world.call(session, person, started), card, world.marks(passed, 10 - passed)
                )
        row = rank(session, Query(date(2026, 3, 10), date(2026, 3, 16)), RULES).rows[0]
        assert (row.change, row.change_certainty) == (60, "sure")
        assert row.trend == (None,) * 6 + (Fraction(34), Fraction(94))
        assert row.certainty == "sure"
        alone = rank(session, Query(date(2026, 3, 1), date(2026, 3, 16)), RULES).rows[0]
        assert (alone.change, alone.change_certainty) == (None, "too_early")


def test_groups_and_the_group_filter(database: Database) -> None:
    with database.write() as session:
        card = world.card(session, 4)
        calls(session, "A", card, [(4, 0)] * 3, group="Inbound")
        calls(session, "B", card, [(2, 2)] * 3, group="Inbound")
        calls(session, "C", card, [(0, 4)] * 3)
        by_group = rank(session, Query(by="group"), RULES)
        assert [(row.manager, row.calls, row.score) for row in by_group.rows] == [
            ("Inbound", 6, Fraction(3, 4)),
            ("No group", 3, Fraction(0)),
        ]
        group = session.scalar(select(Group.id))
        only = rank(session, Query(group_ids=frozenset({group})), RULES)
        assert {row.manager for row in only.rows} == {"A", "B"}
        assert [row.cells for row in matrix(session, Query(by="group"), RULES).rows][1] == ((0, 3),) * 4


def test_rank_range_counts_intervals_wholly_apart(database: Database) -> None:
    with database.write() as session:
        card = world.card(session, 10)
        calls(session, "Best", card, [(9, 1), (10, 0), (9, 1), (10, 0), (10, 0)])
        calls(session, "Middle", card, [(7, 3), (9, 1), (5, 5), (10, 0), (8, 2)])
        calls(session, "Worst", card, [(2, 8), (1, 9), (2, 8), (3, 7), (2, 8)])
        ranking = rank(session, Query(), RULES)
    assert [(row.manager, row.rank, row.rank_range) for row in ranking.rows] == [
        ("Best", 1, (1, 2)),
        ("Middle", 2, (1, 2)),
        ("Worst", 3, (3, 3)),
    ]
    worst = row_of(ranking, "Worst")
    assert worst.interval == pytest.approx((11.22, 28.78), abs=0.01)
    assert (worst.band, worst.certainty) == (Band.RED, "sure")
    assert row_of(ranking, "Middle").certainty == "too_early"


def test_one_call_has_no_interval_and_equal_scores_have_wilsons(database: Database) -> None:
    with database.write() as session:
        card = world.card(session, 5)
        calls(session, "One", card, [(4, 1)])
        calls(session, "Same", card, [(4, 1)] * 10)
        ranking = rank(session, Query(), RULES)
    assert row_of(ranking, "One").interval is None
    assert row_of(ranking, "Same").interval == pytest.approx((49.0162, 94.3318), abs=1e-3)


def test_weakest_is_furthest_below_the_team() -> None:
    near, far, few = (
        CheckpointHead(1, code, code, order) for order, code in enumerate(("near", "far", "few"))
    )
    team = {near: (54, 112), far: (83, 123), few: (50, 50)}
    found = weakest({near: (2, 17), far: (2, 12), few: (0, 2)}, team)
    assert (found.code, found.passed, found.applicable, found.team_passed) == ("far", 2, 12, 83)
    assert weakest({near: (3, 3)}, team) is None
    assert weakest({near: (2, 4), far: (1, 4)}, {near: (2, 4), far: (1, 4)}).code == "far"


def test_the_matrix_and_the_calls_behind_a_cell(database: Database) -> None:
    with database.write() as session:
        me, card, person = world.user(session), world.card(session, 3), world.manager(session, "A")
        first = world.evaluate(session, world.call(session, person), card, [1, 0, None])
        world.evaluate(session, world.call(session, person), card, [1, 1, 0])
        draft = evaluations.amend(session, first, me)
        evaluations.set_phrases(session, draft.id, card.checkpoints[1].id, "said", "should")
        evaluations.submit(session, draft.id, me)
        table = matrix(session, Query(), RULES)
        assert [head.code for head in table.checkpoints] == ["c3", "c2", "c1"]
        assert table.rows[0].cells == table.totals == ((0, 1), (1, 2), (2, 2))
        (found,) = calls_of(session, Query(), RULES, person, "c2", 0)
        assert (found.evaluation_id, found.at_ms, found.said, found.should_have_said) == (
            draft.id,
            1000,
            "said",
            "should",
        )
        assert len(calls_of(session, Query(), RULES, person)) == 2
        assert len(calls_of(session, Query(), RULES, person, "c2")) == 2
        assert calls_of(session, Query(), RULES, person, "c3", 1) == []


def test_a_checkpoint_keeps_its_history_over_revisions(database: Database) -> None:
    with database.write() as session:
        me, card, person = world.user(session), world.card(session, 2), world.manager(session, "A")
        world.evaluate(session, world.call(session, person), card, [1, 0])
        draft = cards.edit_draft(session, card.scorecard_id, me)
        points = tuple(replace(point, text=point.text + " (new)") for point in draft.checkpoints)
        cards.save_draft(
            session, replace(draft, sections=(replace(draft.sections[0], checkpoints=points),)), me
        )
        second = cards.publish(session, card.scorecard_id, me)
        world.evaluate(session, world.call(session, person), second, [1, 1])
        table = matrix(session, Query(scorecard_id=card.scorecard_id), RULES)
        assert [(head.code, head.text) for head in table.checkpoints] == [
            ("c2", "Checkpoint 2 (new)"),
            ("c1", "Checkpoint 1 (new)"),
        ]
        assert table.totals == ((1, 2), (2, 2))


results = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=7)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(results, min_size=1, max_size=3))
def test_laws_of_a_ranking(database: Database, people: list[list[tuple[int, int]]]) -> None:
    """Sums, bounds, bands by integers, ranks without gaps upward."""
    with database.write() as session:
        reviewer_id = world.user(session)
        for number, outcome in enumerate(people):
            person = world.manager(session, f"M{number}")
            for passed, failed in outcome:
                world.bare_evaluation(
                    session, world.call(session, person), reviewer_id, passed, passed + failed
                )
        ranking = rank(session, Query(), RULES)
        session.rollback()
    for number, outcome in enumerate(people):
        shares = [Fraction(passed, passed + failed) for passed, failed in outcome if passed + failed]
        found = [row for row in ranking.rows if row.manager == f"M{number}"]
        if not shares:
            assert found == []
            continue
        row = found[0]
        assert row.score == sum(shares) / len(shares)
        assert row.calls == len(shares)
        assert row.passed == sum(passed for passed, _failed in outcome)
        n, d = row.score.numerator, row.score.denominator
        expected = Band.GREEN if 100 * n > 80 * d else Band.RED if 100 * n < 60 * d else Band.YELLOW
        assert row.provisional_band is expected
        if row.interval:
            assert 0 <= row.interval[0] <= float(row.score_percent) + 1e-9
            assert float(row.score_percent) - 1e-9 <= row.interval[1] <= 100
        if row.rank:
            best, worst = row.rank_range
            assert best <= row.rank <= worst
    ranks = [row.rank for row in ranking.rows if row.rank]
    assert ranks == sorted(ranks)
