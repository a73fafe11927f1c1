"""Pulling by the clock: who is due, who waits longer, who is left alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from dressed import Heard, settle
from hypothesis import given
from hypothesis import strategies as st
from sources_world import NOW, FakePull

from qaapp import clock
from qaapp.errors import SourceError
from qaapp.intake import connections, schedule
from qaapp.intake.connections import ConnectionDraft
from qaapp.intake.schedule import Turn
from qaapp.store.schema import Connection
from qaapp.ui.pulls import Pulls


@given(every=st.integers(1, 1440), ago=st.integers(0, 3000), failures=st.integers(0, 40))
def test_the_next_time_is_never_past_and_never_too_far(every, ago, failures):
    turn = Turn(1, "a", True, "ready", every, NOW - timedelta(minutes=ago))
    planned = schedule.next_at(turn, NOW, failures)
    assert planned is not None
    assert NOW <= planned <= NOW + timedelta(minutes=max(every, 60))
    if failures:
        assert planned <= NOW + timedelta(minutes=60)
    assert schedule.next_at(Turn(1, "a", False, "ready", every, None), NOW) is None
    assert schedule.next_at(Turn(1, "a", True, "stopped", every, None), NOW) is None


def test_pauses_double_up_to_an_hour():
    assert [schedule.pause_minutes(n) for n in range(9)] == [0, 1, 2, 4, 8, 16, 32, 60, 60]


@pytest.fixture
def pulls(desk, world, fake_pull: FakePull):
    made = Pulls(desk, fake_pull)
    made._timer.start(3_600_000)  # the tests ask by themselves
    yield made
    made.stop_clock()


def add(desk, name: str) -> int:
    draft = ConnectionDraft("demo", name, {"url": "https://demo.example/"})
    return connections.save_with_secrets(desk.database, draft, {}).id


def started(desk, connection_id: int, minutes_ago: float) -> None:
    with desk.database.write() as session:
        session.get_one(Connection, connection_id).last_started_at = clock.now() - timedelta(
            minutes=minutes_ago
        )


def test_the_one_that_waited_longest_begins_and_only_one_at_a_time(desk, qtbot, pulls, fake_pull):
    first, second = add(desk, "A"), add(desk, "B")
    started(desk, first, 40)
    started(desk, second, 90)
    pulls.look()
    settle(qtbot, desk)
    assert fake_pull.asked == [(second, "schedule")]


def test_what_is_not_due_is_left_alone(desk, qtbot, pulls, fake_pull):
    started(desk, add(desk, "A"), 5)
    pulls.look()
    settle(qtbot, desk)
    assert fake_pull.asked == []


def test_after_trouble_on_the_way_the_pause_grows(desk, qtbot, pulls, fake_pull):
    number = add(desk, "A")
    fake_pull.error = SourceError("No way through.", kind="network")
    told = Heard(pulls.failed)
    for minutes, failures in ((40, 1), (1.5, 2), (1.5, 2), (2.5, 3)):
        started(desk, number, minutes)
        pulls.look()
        settle(qtbot, desk)
        assert pulls.failures(number) == failures
    assert not told.last[0].is_permanent
    fake_pull.error = None
    pulls.pull_now(number, "A")
    settle(qtbot, desk)
    assert pulls.failures(number) == 0


def test_what_the_provider_asks_for_is_waited(desk, qtbot, pulls, fake_pull):
    number = add(desk, "A")
    fake_pull.error = SourceError("Too often.", kind="rate", retry_after_s=600)
    pulls.pull_now(number, "A")
    settle(qtbot, desk)
    started(desk, number, 5)
    pulls.look()
    settle(qtbot, desk)
    assert len(fake_pull.asked) == 1


def test_a_stopped_connection_is_not_tried_and_told_once(desk, qtbot, pulls, fake_pull):
    number = add(desk, "A")
    fake_pull.error = SourceError("The key is wrong.", kind="auth")
    told = Heard(pulls.failed)
    pulls.look()
    settle(qtbot, desk)
    assert told.last[0].is_permanent
    with desk.database.write() as session:
        session.get_one(Connection, number).state = "stopped"
    pulls.look()
    settle(qtbot, desk)
    assert len(fake_pull.asked) == 1


def test_pausing_stops_the_clock_and_is_remembered(desk, qtbot, pulls, fake_pull):
    add(desk, "A")
    pulls.set_paused(True)
    pulls.look()
    settle(qtbot, desk)
    assert fake_pull.asked == []
    assert Pulls(desk, fake_pull).is_paused
    pulls.set_paused(False)
    settle(qtbot, desk)
    assert len(fake_pull.asked) == 1


def test_a_second_wish_does_not_pull_twice(desk, qtbot, pulls, fake_pull):
    number = add(desk, "A")
    pulls.pull_now(number, "A")
    pulls.pull_now(number, "A")
    settle(qtbot, desk)
    assert fake_pull.asked == [(number, "hand")]
