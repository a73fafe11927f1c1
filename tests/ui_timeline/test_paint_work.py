"""What a frame costs, counted in work and not in milliseconds: a slow machine fails none of it (times: bench_timeline)."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication

from qaapp.audio.call_audio import CallAudio
from qaapp.audio.peaks import build_peaks
from qaapp.ui import theme
from qaapp.ui.timeline import tiles, view
from qaapp.ui.timeline.items import LaneTitle, TimelineItem
from qaapp.words import Lane

RATE = 8000


class Work:
    """What the painters did since it was cleared."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.columns, self.shapes = 0, 0
        make, polygon, path = tiles.Tiles._make, QPainter.drawPolygon, QPainter.drawPath

        def counted_make(self_: tiles.Tiles, look: tiles.Look, first: int, after: int, ratio: float) -> None:
            self.columns += (after - first) * tiles.TILE_PX
            make(self_, look, first, after, ratio)

        def counted_polygon(*args: object) -> object:
            self.shapes += 1
            return polygon(*args)  # type: ignore[arg-type]

        def counted_path(*args: object) -> object:
            self.shapes += 1
            return path(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(tiles.Tiles, "_make", counted_make)
        monkeypatch.setattr(QPainter, "drawPolygon", counted_polygon)
        monkeypatch.setattr(QPainter, "drawPath", counted_path)

    def clear(self) -> None:
        self.columns, self.shapes = 0, 0


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    return Work(monkeypatch)


@pytest.fixture
def shown(qtbot, qapp, work: Work) -> view.TimelineView:  # type: ignore[no-untyped-def]
    theme.apply(qapp, "light")
    rng = np.random.default_rng(3)
    samples = rng.normal(0, 3000, (2, 600 * RATE)).astype(np.int16)
    made = view.TimelineView()
    qtbot.addWidget(made)
    made.resize(1000, 380)
    made.set_item_lanes([LaneTitle("error", "Errors"), LaneTitle("good", "Well done")])
    made.set_items(
        [
            TimelineItem(
                n,
                "error" if n % 2 else "good",
                n * 9000,
                n * 9000 + 4000 if n % 3 else None,
                f"Note {n}",
                "error",
            )
            for n in range(60)
        ]
    )
    made.set_audio(CallAudio(samples, RATE, (Lane.MANAGER, Lane.CUSTOMER), build_peaks(samples, RATE)))
    made.show()
    frame(made)
    work.clear()
    return made


def frame(shown: view.TimelineView) -> None:
    shown.update()
    QApplication.processEvents()
    shown.grab()


def test_a_playing_frame_makes_no_waveform(shown: view.TimelineView, work: Work) -> None:
    scale = shown.state.scale
    for step in range(20):
        shown.set_position(scale.start_ms + step * 16)
        frame(shown)
    assert work.columns == 0


def test_scrolling_makes_only_what_came_into_sight(shown: view.TimelineView, work: Work) -> None:
    shown._scale_to(shown.state.scale.spanning(100_000, 130_000))
    frame(shown)
    work.clear()
    for _step in range(30):
        shown._scale_to(shown.state.scale.scrolled(10))
        frame(shown)
    assert 0 < work.columns <= 2 * (300 + 2 * tiles.TILE_PX), "300 px of two lanes, in whole tiles"
    work.clear()
    for _step in range(30):
        shown._scale_to(shown.state.scale.scrolled(-10))
        frame(shown)
    assert work.columns == 0, "it was there a moment ago"


def test_a_zoom_makes_each_column_in_sight_once(shown: view.TimelineView, work: Work) -> None:
    shown._scale_to(shown.state.scale.zoomed(1.3, 400))
    frame(shown)
    frame(shown)
    assert 2 * shown.lanes_width() <= work.columns <= 2 * (shown.lanes_width() + 2 * tiles.TILE_PX)


def test_a_waveform_is_copied_and_never_filled_as_a_shape(shown: view.TimelineView, work: Work) -> None:
    """Filling a polygon of thousands of points is the slow way; small signs (the playhead's head) may be shapes."""
    counts = []
    for span_ms in (500_000, 30_000, 500, 20):
        work.clear()
        shown._scale_to(shown.state.scale.spanning(100_000, 100_000 + span_ms))
        frame(shown)
        counts.append(work.shapes)
    assert max(counts) <= 4


def test_memory_of_waveforms_is_bounded(shown: view.TimelineView) -> None:
    for step in range(200):
        shown._scale_to(shown.state.scale.zoomed(1.05 if step % 40 < 20 else 1 / 1.05, 300))
        frame(shown)
    assert shown.state.tiles._bytes <= tiles.CACHE_BYTES * 1.5
