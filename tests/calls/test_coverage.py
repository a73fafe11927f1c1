"""What was heard: united, kept, and given to the evaluation that was made with it."""

from __future__ import annotations

from itertools import pairwise

from call_makers import make_call
from hypothesis import given
from hypothesis import strategies as st

from qaapp.calls import coverage, people
from qaapp.calls.coverage import Coverage, Heard, united
from qaapp.scorecards import evaluations
from qaapp.store.database import Database

parts = st.lists(
    st.builds(
        lambda start, length, speed: Heard(start, start + length, speed),
        st.integers(0, 500), st.integers(0, 300), st.sampled_from([0.5, 1.0, 1.5, 2.0]),
    ),
    max_size=6,
)  # fmt: skip


@given(parts)
def test_united_stretches_cover_the_same_and_the_slowest_counts(found: list[Heard]) -> None:
    out = united(found)
    assert all(one.end_ms <= other.start_ms for one, other in pairwise(out))
    slowest: dict[int, float] = {}
    for each in found:
        for ms in range(each.start_ms, each.end_ms):
            slowest[ms] = min(slowest.get(ms, 9.0), each.speed)
    told = {ms: each.speed for each in out for ms in range(each.start_ms, each.end_ms)}
    assert {ms: told.get(ms) for ms in slowest} == slowest
    joined = told.keys() - slowest.keys()  # gaps too short to be missed
    assert all(any(abs(ms - other) <= coverage.JOIN_MS for other in slowest) for ms in joined)
    assert united(out) == out


def test_percent_is_rounded_down_and_never_more_than_everything() -> None:
    assert Coverage((Heard(0, 999),), 1000).percent == 99
    assert Coverage((Heard(0, 1200),), 1000).percent == 100
    assert Coverage((), 0).percent is None
    assert Coverage((Heard(0, 90),), 1000).is_low


def test_a_submitted_evaluation_keeps_what_was_heard_for_it(database: Database) -> None:
    with database.write() as session:
        user = people.ensure_user(session, "Ирина")
        call_id = make_call(session, "a")
        assert coverage.open_coverage(session, call_id, user) == Coverage()
        coverage.add(session, call_id, user, [Heard(0, 1000)], 10_000)
        coverage.add(session, call_id, user, [Heard(900, 2000)], 10_000)
        draft = evaluations.open_draft(session, call_id, None, user)
        evaluations.set_texts(session, draft.id, comment="ok")
        first = evaluations.submit(session, draft.id, user)
        assert first.heard == Coverage((Heard(0, 2000),), 10_000)
        coverage.add(session, call_id, user, [Heard(5000, 9000, 2.0)], 10_000)
        again = evaluations.amend(session, first.id, user)
        second = evaluations.submit(session, again.id, user)
        assert second.heard is not None
        assert second.heard.percent == 60
        assert evaluations.load(session, first.id).heard == first.heard, "what was submitted does not change"
        other = people.ensure_user(session, "Олег")
        assert coverage.open_coverage(session, call_id, other) == Coverage()


def test_an_amendment_without_listening_has_what_the_one_before_had(database: Database) -> None:
    with database.write() as session:
        user = people.ensure_user(session, "Ирина")
        call_id = make_call(session, "a")
        coverage.add(session, call_id, user, [Heard(0, 3000)], 10_000)
        draft = evaluations.open_draft(session, call_id, None, user)
        evaluations.set_texts(session, draft.id, comment="ok")
        first = evaluations.submit(session, draft.id, user)
        second = evaluations.submit(session, evaluations.amend(session, first.id, user).id, user)
        assert second.heard == first.heard


def test_an_imported_evaluation_was_not_heard_here(database: Database) -> None:
    with database.write() as session:
        user = people.ensure_user(session, "Ирина")
        draft = evaluations.open_draft(session, make_call(session, "a"), None, user)
        evaluations.set_texts(session, draft.id, comment="ok")
        assert evaluations.submit(session, draft.id, user).heard is None
