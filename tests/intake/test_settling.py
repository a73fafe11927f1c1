"""A file is finished when two looks found it the same, by this computer's clock; no other clock is believed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qaapp.intake.settling import YOUNG_S, Seen, Settling

NOW = 1_800_000_000.0
SETTLE = 20.0
skews = st.floats(-YOUNG_S + 1000, YOUNG_S - 1000)  # what the clock of a share may be wrong by


def look(seen: dict[str, Seen], now: float, size: int, changed: float) -> tuple[bool, dict[str, Seen]]:
    settling = Settling(seen, now, SETTLE)
    is_finished = settling.is_finished("a.wav", size, int(changed * 1000), changed)
    return is_finished, settling.to_keep()


@given(skew=skews, waits=st.lists(st.floats(1, 300), min_size=1, max_size=6))
def test_a_file_that_grows_is_never_finished(skew: float, waits: list[float]) -> None:
    seen: dict[str, Seen] = {}
    now = NOW
    for size, wait in enumerate(waits):
        now += wait
        is_finished, seen = look(seen, now, size, now + skew)
        assert not is_finished


@given(skew=skews, wait=st.floats(SETTLE, 500))
def test_a_file_that_rests_is_finished_at_the_second_look(skew: float, wait: float) -> None:
    is_finished, seen = look({}, NOW, 5, NOW + skew)
    assert not is_finished
    is_finished, _seen = look(seen, NOW + wait, 5, NOW + skew)
    assert is_finished


@given(wait=st.floats(0, SETTLE - 0.5))
def test_a_second_look_too_soon_says_nothing(wait: float) -> None:
    _first, seen = look({}, NOW, 5, NOW)
    assert not look(seen, NOW + wait, 5, NOW)[0]


def test_an_old_file_is_finished_at_once() -> None:
    assert look({}, NOW, 5, NOW - YOUNG_S - 1)[0]


def test_the_own_clock_set_back_costs_a_wait_and_no_more() -> None:
    _first, seen = look({}, NOW, 5, NOW)
    is_finished, seen = look(seen, NOW - 3600, 5, NOW)
    assert not is_finished
    assert look(seen, NOW - 3600 + SETTLE, 5, NOW)[0]
