"""The draw is chance that can be repeated; the queue drops nothing silently."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import scoring_world as world
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from qaapp import clock, i18n
from qaapp.errors import ScorecardError
from qaapp.review import draw, queue
from qaapp.scorecards import evaluations
from qaapp.settings import Rules
from qaapp.store.database import Database
from qaapp.store.schema import Call, Event, QueueItem
from qaapp.words import Direction, Origin, QueueState

RULES = Rules(time_zone="Europe/Moscow")
TODAY = datetime(2026, 3, 17, 6, 0, tzinfo=UTC)  # Tuesday, 9:00 in Moscow


def at(text: str) -> datetime:
    """A time of 16 March in Moscow."""
    hours, minutes = text.split(":")
    return datetime(2026, 3, 16, int(hours), int(minutes), tzinfo=RULES.zone).astimezone(UTC)


def a_day(session: Session, name: str = "Anna") -> list[int]:
    person = world.manager(session, name)
    times = ("9:00", "9:30", "10:00", "11:59", "12:00", "13:00", "15:59", "16:00", "18:00")
    return [world.recorded_call(session, person, at(text), external_id=f"{name}-{text}") for text in times]


def drawn_ids(session: Session) -> list[str]:
    query = select(Call.external_id).join(QueueItem, QueueItem.call_id == Call.id).order_by(Call.external_id)
    return list(session.scalars(query))


def test_two_calls_a_day_of_different_parts_and_one_of_nine(database: Database) -> None:
    with clock.fixed(TODAY), database.write() as session:
        a_day(session)
        assert queue.draw_today(session, RULES) == 2
        rows = queue.queue(session, RULES)
        assert [row.pool for row in rows] == [9, 9]
        assert len({row.stratum for row in rows}) == 2
        assert {row.origin for row in rows} == {Origin.RANDOM}
        assert queue.draw_today(session, RULES) == 0
        assert list(session.scalars(select(Event.kind).where(Event.kind == "queue.drawn"))) == ["queue.drawn"]


def test_the_same_seed_draws_the_same_calls(database: Database) -> None:
    seen = []
    for seed in (1, 1, 2, 3, 4):
        with clock.fixed(TODAY), database.write() as session:
            a_day(session)
            queue.draw_today(session, replace(RULES, seed=seed))
            seen.append(tuple(drawn_ids(session)))
            session.rollback()
    assert seen[0] == seen[1]
    assert len(set(seen)) > 1


def test_the_draw_is_the_same_on_every_machine() -> None:
    """Fixed by the published rule: SHA-256 over seed, day, manager and call."""
    expected = hashlib.sha256(b"20140317|2026-03-16|1|1|a").hexdigest()
    assert draw.chance(20140317, date(2026, 3, 16), 1, "1|a") == expected
    assert draw.stratum_of(at("11:59").astimezone(RULES.zone)) == "morning"
    assert draw.stratum_of(at("12:00").astimezone(RULES.zone)) == "afternoon"
    assert draw.stratum_of(at("16:00").astimezone(RULES.zone)) == "evening"


def test_only_fitting_calls_are_drawn(database: Database) -> None:
    with clock.fixed(TODAY), database.write() as session:
        person, card = world.manager(session, "Anna"), world.card(session, 2)
        world.recorded_call(session, None, at("9:00"))
        world.recorded_call(session, person, at("9:00"), state="missing")
        world.call(session, person, at("9:00"))
        world.recorded_call(session, person, at("9:00"), talk_s=19)
        world.recorded_call(session, person, at("9:00"), target="junk")
        world.recorded_call(session, person, at("9:00"), target="non_target")
        world.recorded_call(session, person, TODAY)
        world.evaluate(session, world.recorded_call(session, person, at("9:00")), card, [1, 1])
        assert queue.draw_today(session, RULES) == 0
        unknown = world.recorded_call(session, person, at("9:00"), talk_s=None)
        exact = world.recorded_call(session, person, at("9:00"), talk_s=20, target="target")
        assert queue.draw_today(session, RULES) == 2
        assert {row.call_id for row in queue.queue(session, RULES)} == {unknown, exact}


def test_one_conversation_is_drawn_once(database: Database) -> None:
    with clock.fixed(TODAY), database.write() as session:
        person = world.manager(session, "Anna")
        for text in ("9:00", "13:00", "17:00"):
            world.recorded_call(session, person, at(text), conversation_id="linked")
        assert queue.draw_today(session, RULES) == 1
        assert queue.draw_today(session, RULES) == 0


def test_missed_days_are_drawn_later_but_not_for_ever(database: Database) -> None:
    with clock.fixed(TODAY), database.write() as session:
        person = world.manager(session, "Anna")
        for days in range(20):
            world.recorded_call(session, person, at("10:00") - timedelta(days=days))
        assert queue.draw_today(session, RULES) == draw.REACH_DAYS


def test_an_old_archive_is_drawn_from_too(database: Database) -> None:
    with clock.fixed(TODAY), database.write() as session:
        person = world.manager(session, "Anna")
        world.recorded_call(session, person, datetime(2014, 3, 17, 6, 18, tzinfo=UTC))
        assert queue.draw_today(session, RULES) == 1
        assert queue.queue(session, RULES)[0].is_stale


def test_late_calls_fill_up_a_short_day(database: Database) -> None:
    with clock.fixed(TODAY), database.write() as session:
        person = world.manager(session, "Anna")
        world.recorded_call(session, person, at("10:00"))
        assert queue.draw_today(session, RULES) == 1
        world.recorded_call(session, person, at("11:00"))
        world.recorded_call(session, person, at("17:00"))
        assert queue.draw_today(session, RULES) == 1
        assert {row.stratum for row in queue.queue(session, RULES)} == {"morning", "evening"}


def test_seven_days_are_amber_and_nothing_is_dropped(database: Database) -> None:
    with database.write() as session:
        person = world.manager(session, "Anna")
        world.recorded_call(session, person, at("10:00"))
        with clock.fixed(TODAY):
            queue.draw_today(session, RULES)
        for days, stale in ((5, False), (6, True), (100, True)):
            with clock.fixed(TODAY + timedelta(days=days)):
                (row,) = queue.queue(session, RULES)
                assert (row.age_days, row.is_stale) == (days + 1, stale)


def test_replacing_draws_another_of_the_same_day_and_says_why(database: Database) -> None:
    with clock.fixed(TODAY), database.write() as session:
        me = world.user(session)
        a_day(session)
        queue.draw_today(session, RULES)
        first = queue.queue(session, RULES)[0]
        with pytest.raises(ScorecardError, match="only with a reason"):
            queue.replace(session, first.id, "  ", me, RULES)
        other = queue.replace(session, first.id, "wrong number", me, RULES)
        assert other.call_id != first.call_id
        assert (other.stratum, other.pool, other.manager) == (first.stratum, 9, "Anna")
        item = session.get(QueueItem, first.id)
        assert (item.state, item.skip_reason, item.reviewer_id) == (QueueState.SKIPPED, "wrong number", me)
        assert queue.draw_today(session, RULES) == 0
        for _round in range(6):
            assert queue.replace(session, queue.queue(session, RULES)[0].id, "again", me, RULES) is not None
        assert queue.replace(session, queue.queue(session, RULES)[0].id, "again", me, RULES) is None


def test_skipping_can_be_undone(database: Database) -> None:
    with clock.fixed(TODAY), database.write() as session:
        me = world.user(session)
        a_day(session)
        queue.draw_today(session, RULES)
        row = queue.queue(session, RULES)[0]
        queue.skip(session, row.id, "noise", me)
        assert len(queue.queue(session, RULES)) == 1
        with pytest.raises(ScorecardError, match="not in the queue"):
            queue.skip(session, row.id, "noise", me)
        queue.reopen(session, row.id, me)
        assert len(queue.queue(session, RULES)) == 2


def test_today_six_of_sixteen(database: Database) -> None:
    with clock.fixed(TODAY), database.write() as session:
        me, card = world.user(session), world.card(session, 2)
        a_day(session)
        a_day(session, "Oleg")
        queue.draw_today(session, RULES)
        assert queue.today(session, RULES, me) == (0, 4)
        row = queue.next_item(session, RULES, me)
        draft = evaluations.open_draft(session, row.call_id, card.revision_id, me, row.origin, row.id)
        assert draft.origin is Origin.RANDOM
        assert queue.next_item(session, RULES, me).evaluation_id == draft.id
        other = world.user(session, "Oleg P")
        assert row.id not in {item.id for item in queue.queue(session, RULES, other)}
        evaluations.mark_rest_na(session, draft.id)
        evaluations.submit(session, draft.id, me)
        assert queue.today(session, RULES, me) == (1, 4)
        assert queue.today(session, RULES, other) == (0, 3)
        listed = queue.queue(session, RULES, me, with_done=True)
        assert Counter(item.state for item in listed) == {QueueState.OPEN: 3, QueueState.DONE: 1}
        following = queue.next_item(session, RULES, me, row.id)
        assert following == queue.queue(session, RULES, me)[0]
    with clock.fixed(TODAY + timedelta(days=1)), database.read() as session:
        assert queue.today(session, RULES, me) == (0, 3)


def test_why_is_a_sentence(database: Database) -> None:
    with clock.fixed(TODAY), database.write() as session:
        world.recorded_call(
            session, world.manager(session, "Anna"), at("10:18"), talk_s=272, direction="inbound"
        )
        queue.draw_today(session, RULES)
        (row,) = queue.queue(session, RULES)
    assert queue.why(replace(row, pool=9)) == "Random: morning, inbound, 3–5 min. One of 9 fitting calls."
    assert queue.why(row).endswith("The only fitting call.")
    assert queue.why(replace(row, direction=Direction.UNKNOWN, talk_s=None, pool=9)).startswith(
        "Random: morning. One"
    )
    i18n.set_language("ru")
    assert queue.why(replace(row, pool=9)) == "Случайный: утро, входящий, 3–5 мин. Один из 9 подходящих."
    assert queue.why(replace(row, pool=1)).endswith("Единственный подходящий.")


candidates = st.lists(
    st.builds(
        lambda number, stratum: draw.Candidate(number, stratum, f"{number:05}", f"#{number}"),
        st.integers(0, 10_000), st.sampled_from(draw.STRATA),
    ),
    unique_by=lambda candidate: candidate.call_id, max_size=30,
)  # fmt: skip


@given(candidates, st.integers(0, 8), st.permutations(draw.STRATA), st.randoms())
def test_laws_of_choosing(pool: list[draw.Candidate], wanted: int, order: list[str], random) -> None:
    chosen = draw.choose(pool, wanted, order)
    assert len(chosen) == min(wanted, len(pool)) == len({item.call_id for item in chosen})
    shuffled = pool[:]
    random.shuffle(shuffled)
    assert draw.choose(shuffled, wanted, order) == chosen
    if wanted <= len({item.stratum for item in pool}):
        assert len({item.stratum for item in chosen}) == len(chosen)
    for item in chosen:
        earlier = [other for other in pool if other.stratum == item.stratum and other.key < item.key]
        assert all(other in chosen for other in earlier)
