"""What of a call explains its score."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qaapp.scorecards.evidence import LEAST_MS, Evidence, Moment, gather, stretches

SOUND = 300_000


def test_regions_come_before_points_and_points_before_the_marks_second() -> None:
    region, point = Moment(50_000, 58_000), Moment(100_000)
    assert stretches(20_000, [region, point], SOUND) == [region]
    assert stretches(20_000, [point], SOUND) == [Moment(92_000, 104_000)]
    assert stretches(20_000, [], SOUND) == [Moment(12_000, 24_000)]
    assert stretches(None, [], SOUND) == []


def test_stretches_stay_in_the_sound_and_apart() -> None:
    assert stretches(2_000, [], SOUND) == [Moment(0, 6_000)]
    assert stretches(299_000, [], SOUND) == [Moment(291_000, 300_000)]
    assert stretches(None, [Moment(10_000, 20_000), Moment(15_000, 25_000)], SOUND) == [
        Moment(10_000, 25_000)
    ]
    assert stretches(400_000, [], SOUND) == []


def test_a_minute_is_shared_and_short_ones_are_left_whole() -> None:
    marks = [(1, None, [Moment(0, 80_000)]), (2, 150_000, []), (3, None, [Moment(200_000, 206_000)])]
    assert gather(marks, SOUND) == [
        Evidence(1, 0, 42_000), Evidence(2, 142_000, 154_000), Evidence(3, 200_000, 206_000)
    ]  # fmt: skip


moments = st.builds(
    lambda start, length: Moment(start, start + length if length else None),
    st.integers(0, SOUND), st.integers(0, 60_000),
)  # fmt: skip
marks = st.lists(
    st.tuples(st.integers(1, 20), st.none() | st.integers(0, SOUND), st.lists(moments, max_size=4)),
    max_size=12,
)


@given(marks)
def test_it_fits_a_minute_or_everything_is_as_short_as_allowed(found: list) -> None:
    out = gather(found, SOUND)
    assert all(0 <= each.start_ms < each.end_ms <= SOUND for each in out)
    total = sum(each.length_ms for each in out)
    assert total <= 60_000 or all(each.length_ms <= LEAST_MS for each in out if each.length_ms > LEAST_MS)
    assert [each.checkpoint_id for each in out] == [
        point for point, at_ms, linked in found for _each in stretches(at_ms, linked, SOUND)
    ]
