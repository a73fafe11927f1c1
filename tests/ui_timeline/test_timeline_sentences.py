"""What the timeline promises beside zoom and follow: the strip, snapping, hover, sub-rows, and true partial repaints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from qaapp.audio.call_audio import CallAudio
from qaapp.audio.detecting import Segment
from qaapp.audio.peaks import build_peaks
from qaapp.audio.speech import Thresholds, describe
from qaapp.ui import theme
from qaapp.ui.timeline import layers
from qaapp.ui.timeline.items import LaneTitle, TimelineItem
from qaapp.ui.timeline.state import TimelineState
from qaapp.ui.timeline.view import TimelineView
from qaapp.words import Lane

RATE = 8000
LEFT, NO_BUTTON = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
PLAIN, ALT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.AltModifier


def conversation() -> CallAudio:
    """20 s: the manager 0–6 s and 10.5–12 s, the customer 4.5–8 s and 15–16 s: over-talk 4.5–6 s, silence 12–15 s."""
    manager = (Segment(0, 6000), Segment(10_500, 12_000))
    customer = (Segment(4500, 8000), Segment(15_000, 16_000))
    samples = np.random.default_rng(1).normal(0, 2000, (2, 20 * RATE)).astype(np.int16)
    made = CallAudio(samples, RATE, (Lane.MANAGER, Lane.CUSTOMER), build_peaks(samples, RATE))
    return replace(made, speech=describe(manager, customer, 20_000))


@pytest.fixture
def view(qtbot, qapp):  # type: ignore[no-untyped-def]
    theme.apply(qapp, "light")
    made = TimelineView()
    qtbot.addWidget(made)
    made.resize(904, 400)
    made.set_item_lanes([LaneTitle("error", "Errors")])
    made.set_audio(conversation())
    made.show()
    return made


def at(view: TimelineView, ms: float, kind: str, key: str = "", dy: float = 0.5) -> QPoint:
    row = view.state.row(kind, key)
    assert row is not None
    return QPoint(round(view.state.gutter + view.state.scale.x(ms)), round(row.top + row.height * dy))


def move(view: TimelineView, point: QPoint, held: Qt.MouseButton = NO_BUTTON, keys=PLAIN) -> None:  # type: ignore[no-untyped-def]
    where = QPointF(point)
    QApplication.sendEvent(
        view, QMouseEvent(QEvent.Type.MouseMove, where, view.mapToGlobal(where), NO_BUTTON, held, keys)
    )


def drag(view: TimelineView, start: QPoint, end: QPoint, keys=PLAIN) -> None:  # type: ignore[no-untyped-def]
    QTest.mousePress(view, LEFT, keys, start)
    move(view, (start + end) / 2, LEFT, keys)
    move(view, end, LEFT, keys)
    QTest.mouseRelease(view, LEFT, keys, end)


def column(view: TimelineView, ms: float) -> set[str]:
    """Colours of the turn strip from top to bottom at a moment."""
    picture, row = view.grab().toImage(), view.state.row("strip")
    assert row is not None
    ratio, x = picture.devicePixelRatio(), view.state.gutter + view.state.scale.x(ms)
    return {
        QColor(picture.pixel(round(x * ratio), round(y * ratio))).name().upper()
        for y in range(row.top + 1, row.bottom - 1)
    }


def test_the_strip_shows_who_speaks_and_where_both_do(view: TimelineView) -> None:
    colors = theme.tokens()
    sides = {colors.manager, colors.customer}
    assert column(view, 2000) & sides == {colors.manager}
    assert column(view, 7000) & sides == {colors.customer}
    assert column(view, 9000) & sides == set()
    over = column(view, 5000)
    assert sides <= over
    assert colors.ink in over, "over-talk joins the two bars"
    assert colors.ink not in column(view, 2000)


def test_only_a_silence_of_three_seconds_is_written_on_the_strip(view: TimelineView) -> None:
    plain = theme.tokens().panel

    def drawn(first: float, last: float) -> int:
        return sum(bool(column(view, ms) - {plain}) for ms in np.linspace(first, last, 12))

    assert drawn(12_150, 14_850) > 0, "12–15 s: three seconds"
    assert drawn(8150, 10_350) == 0, "8–10.5 s: too short to tell"


def test_the_strip_counts_silence_as_the_team_does(view: TimelineView) -> None:
    audio = conversation()
    assert audio.speech is not None
    parts = audio.speech.manager, audio.speech.customer
    before = view.grab().toImage()
    stricter = describe(*parts, 20_000, thresholds=Thresholds(silence_ms=2000))
    view.set_audio(replace(audio, speech=stricter))
    assert view.grab().toImage() != before
    assert column(view, 9000) | column(view, 9250) | column(view, 9400) != {theme.tokens().panel}, (
        "2.5 s count now"
    )


@pytest.mark.parametrize(
    ("target", "what"), [(12_000, "the end of a turn"), (15_500, "the edge of another annotation")]
)
def test_a_dragged_edge_rests_on_turns_and_other_annotations(
    view: TimelineView,
    qtbot,  # type: ignore[no-untyped-def]
    target: int,
    what: str,
) -> None:
    mine = TimelineItem(1, "error", 1000, 9000, "Mine", "error")
    view.set_items([mine, TimelineItem(2, "error", 15_500, 18_000, "Other", "error")])
    start, near = at(view, 9000, "items", "error"), at(view, target + 60, "items", "error")
    with qtbot.waitSignal(view.item_edited) as told:
        drag(view, start, near)
    assert told.args == [1, 1000, target], what
    view.set_items([mine, TimelineItem(2, "error", 15_500, 18_000, "Other", "error")])
    with qtbot.waitSignal(view.item_edited) as told:
        drag(view, start, near, ALT)
    assert told.args[2] != target
    assert told.args[2] == pytest.approx(target + 60, abs=30)


def test_annotations_that_overlap_are_each_found_in_their_own_sub_row(view: TimelineView, qtbot) -> None:  # type: ignore[no-untyped-def]
    low = view.height()
    view.set_items([TimelineItem(n, "error", 2000, 9000, f"Note {n}", "error") for n in (1, 2, 3)])
    assert view.height() > low, "the lane grows by two rows"
    for place, number in ((1 / 6, 1), (3 / 6, 2), (5 / 6, 3)):
        with qtbot.waitSignal(view.item_chosen) as told:
            QTest.mouseClick(view, LEFT, PLAIN, at(view, 5000, "items", "error", place))
        assert told.args == [number]


def test_the_time_under_the_pointer_is_told_and_goes_with_it(view: TimelineView) -> None:
    ruler = view.state.row("ruler")
    assert ruler is not None
    box = QRect(view.state.gutter, ruler.top, view.lanes_width(), ruler.height)
    before = view.grab(box).toImage()
    move(view, at(view, 7340, "lane", "manager"))
    assert view.state.hover_x is not None
    assert view.state.scale.ms(view.state.hover_x) == pytest.approx(7340, abs=20)
    there = view.grab(box).toImage()
    assert there != before
    move(view, at(view, 13_700, "lane", "manager"))
    assert view.grab(box).toImage() not in (before, there)
    QApplication.sendEvent(view, QEvent(QEvent.Type.Leave))
    assert view.grab(box).toImage() == before


def test_the_buttons_zoom_about_the_playhead_to_single_samples_and_back(view: TimelineView) -> None:
    view.set_position(7000)
    x = view.state.scale.x(7000)
    for _n in range(3):
        QTest.mouseClick(view.gutter.zoom_in, LEFT)
        assert view.state.scale.x(7000) == pytest.approx(x, abs=0.01)
    for _n in range(40):
        QTest.mouseClick(view.gutter.zoom_in, LEFT)
    assert view.state.scale.ms_per_px * 4 <= 1000 / RATE, "one sample is 4 px and more"
    assert view.state.scale.x(7000) == pytest.approx(x, abs=0.01)
    for _n in range(60):
        QTest.mouseClick(view.gutter.zoom_out, LEFT)
    assert view.state.scale.is_whole


@pytest.fixture
def dirty(view: TimelineView, monkeypatch: pytest.MonkeyPatch) -> list[QRect]:
    """The places the view asks to be painted again."""
    asked: list[QRect] = []

    def update(*place: int | QRect) -> None:
        if place and isinstance(place[0], QRect):
            asked.append(place[0])
        else:
            asked.append(QRect(*place) if place else view.rect())  # type: ignore[arg-type]

    monkeypatch.setattr(view, "update", update)
    return asked


def painted(view: TimelineView, picture: QImage, places: list[QRect]) -> QImage:
    """The picture after those places of it were painted again, each for itself as the window does."""
    for place in places:
        painter = QPainter(picture)
        place = place.intersected(view.rect())
        painter.setClipRect(place)
        view.paint(painter, place, picture.devicePixelRatio())
        painter.end()
    return picture


def blank(view: TimelineView, ratio: float) -> QImage:
    picture = QImage(view.size() * ratio, QImage.Format.Format_RGB32)
    picture.setDevicePixelRatio(ratio)
    return picture


def playhead(view: TimelineView, ms: float) -> None:
    view.set_position(ms, playing=True)


def pointer(view: TimelineView, ms: float) -> None:
    move(view, at(view, ms, "lane", "manager"))


@pytest.mark.parametrize("ratio", [1.0, 2.0])
@pytest.mark.parametrize("step", [playhead, pointer])
def test_what_is_painted_in_parts_is_the_whole_picture(
    view: TimelineView, dirty: list[QRect], step: Callable[[TimelineView, float], None], ratio: float
) -> None:
    """The strips a moved playhead or pointer asks for leave nothing behind, at both edges of the lanes too."""
    view.state.scale = view.state.scale.spanning(2000, 14_000)
    step(view, 2010)
    picture = painted(view, blank(view, ratio), [view.rect()])
    for ms in (2050, 2400, 5000, 5013, 5029, 7990, 8010, 11_000, 13_800, 13_990):
        dirty.clear()
        step(view, ms)
        assert dirty
        assert all(place != view.rect() for place in dirty), "a strip, not everything"
        painted(view, picture, dirty)
        assert picture == painted(view, blank(view, ratio), [view.rect()]), ms


def test_layers_are_painted_anew_for_every_sound_and_only_then(
    view: TimelineView, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never told apart by its address: while a call fills, the next look may lie where the last one lay."""
    count, paint = [0], layers.paint_gutter

    def counted(painter: QPainter, state: TimelineState) -> None:
        count[0] += 1
        paint(painter, state)

    monkeypatch.setattr(layers, "paint_gutter", counted)
    view.grab()
    before = count[0]
    view.grab()
    assert count[0] == before
    view.set_audio(view.state.audio)
    view.grab()
    assert count[0] == before + 1
