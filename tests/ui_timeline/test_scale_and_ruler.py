"""Time and pixels, round steps, snapping, sub-rows: the arithmetic of the timeline."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qaapp.ui.timeline import ruler
from qaapp.ui.timeline.gestures import moved_edges
from qaapp.ui.timeline.gutter import zoom_at, zoom_share
from qaapp.ui.timeline.items import TimelineItem, sub_rows
from qaapp.ui.timeline.scale import FINEST_MS_PER_PX, TimeScale
from qaapp.ui.timeline.snapping import snap

CALL = TimeScale(width_px=1000, duration_ms=600_000).whole()


def item(number: int, start: int, end: int | None) -> TimelineItem:
    return TimelineItem(number, "error", start, end, "text", "error")


def test_a_new_call_is_seen_whole() -> None:
    assert CALL.x(0) == 0
    assert CALL.x(600_000) == pytest.approx(1000)
    assert CALL.is_whole


@given(st.floats(1.01, 50), st.floats(0, 1000))
def test_the_moment_under_the_mouse_stays_there_while_zooming(factor: float, x: float) -> None:
    zoomed = CALL.zoomed(factor, x)
    assert zoomed.x(CALL.ms(x)) == pytest.approx(x, abs=0.5)


@given(st.floats(0.01, 1e6), st.floats(-2000, 3000), st.floats(-1e6, 1e6))
def test_no_zoom_or_scroll_leaves_the_call(factor: float, x: float, dx: float) -> None:
    scale = CALL.zoomed(factor, x).scrolled(dx)
    assert scale.start_ms >= 0
    assert scale.end_ms <= 600_000 + 0.01
    assert FINEST_MS_PER_PX * 0.999 <= scale.ms_per_px <= CALL.ms_per_px * 1.001


def test_the_closest_zoom_shows_single_samples() -> None:
    assert CALL.zoomed(1e9, 500).ms_per_px * 8 == pytest.approx(0.125)  # one of 8 kHz is eight pixels wide
    closest = CALL.sampled(48_000).zoomed(1e9, 500)
    assert closest.ms_per_px * 8 == pytest.approx(1000 / 48_000)
    assert closest.sampled(8000).ms_per_px * 8 == pytest.approx(0.125), "another call: its own closest zoom"


def test_a_wider_window_still_shows_the_whole_call() -> None:
    assert CALL.resized(1700).is_whole
    assert CALL.zoomed(4, 0).resized(1700).ms_per_px == CALL.zoomed(4, 0).ms_per_px


def test_an_empty_call_has_a_scale_too() -> None:
    scale = TimeScale(width_px=500, duration_ms=0).lasting(0)
    assert scale.ms(100) <= 1
    assert list(ruler.ticks(scale))


@given(st.floats(0.05, 5000))
def test_labels_never_stand_closer_than_they_need(ms_per_px: float) -> None:
    step = ruler.step_ms(ms_per_px)
    assert step / ms_per_px >= ruler.LABEL_SPACE_PX * 0.99


@pytest.mark.parametrize(
    ("ms_per_px", "step"),
    [(1, 100), (30, 2000), (100, 10_000), (800, 50_000), (1000, 60_000), (3000, 300_000)],
)
def test_steps_are_round(ms_per_px: float, step: float) -> None:
    assert ruler.step_ms(ms_per_px) == pytest.approx(step)


def test_labels_show_fractions_only_where_the_step_needs_them() -> None:
    assert ruler.label(70_000, 10_000) == "1:10"
    assert ruler.label(70_200, 200) == "1:10.2"
    assert ruler.label(70_002, 2) == "1:10.002"


@given(st.floats(0.0025, 5000), st.floats(0, 500_000))
def test_neighbouring_labels_are_never_the_same(ms_per_px: float, start_ms: float) -> None:
    scale = TimeScale(start_ms, ms_per_px, 400, 600_000, 0.001)
    step = ruler.step_ms(ms_per_px)
    texts = [ruler.label(moment, step) for moment, is_labelled in ruler.ticks(scale) if is_labelled]
    assert len(texts) == len(set(texts))


def test_a_dragged_edge_rests_on_a_turn_edge_but_not_with_alt() -> None:
    scale = TimeScale(width_px=1000, ms_per_px=10, duration_ms=60_000)
    assert snap(5043, [5000, 9000], scale) == (5000.0, True)
    assert snap(5043, [5000, 9000], scale, free=True) == (5043.0, False)
    assert snap(5200, [5000], scale) == (5200.0, False)
    assert snap(5204, [], scale) == (5200.0, False)


def test_overlapping_annotations_go_to_a_row_below() -> None:
    rows = sub_rows([item(1, 0, 1000), item(2, 500, 1500), item(3, 1000, 1200), item(4, 600, None)])
    assert rows == {1: 0, 2: 1, 4: 2, 3: 0}


def test_edges_of_a_region_never_cross() -> None:
    region = item(1, 1000, 2000)
    assert moved_edges(region, "start", 5000) == (1990, 2000)
    assert moved_edges(region, "end", 0) == (1000, 1010)
    assert moved_edges(item(2, 1000, None), "point", 3000.4) == (3000, None)


@given(st.floats(0, 1))
def test_the_zoom_slider_goes_there_and_back(share: float) -> None:
    assert zoom_share(600, FINEST_MS_PER_PX, zoom_at(600, FINEST_MS_PER_PX, share)) == pytest.approx(share)
