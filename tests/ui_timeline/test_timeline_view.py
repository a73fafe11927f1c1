"""The timeline by mouse and by what it paints."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from qaapp.audio.call_audio import AudioFile, CallAudio, load_call_audio
from qaapp.audio.peaks import build_peaks
from qaapp.ui import theme
from qaapp.ui.timeline import item_painting
from qaapp.ui.timeline.columns import columns, display_gain, raster
from qaapp.ui.timeline.items import CardMark, LaneTitle, TimelineItem
from qaapp.ui.timeline.view import TimelineView
from qaapp.words import Lane

RATE = 8000


def two_voices(seconds: float = 20) -> CallAudio:
    """The manager speaks in the first half of every four seconds, the customer in the second."""
    t = np.arange(int(seconds * RATE)) / RATE
    voice = 9000 * np.sin(2 * np.pi * 200 * t) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * t))
    first = (t // 2).astype(int) % 2 == 0
    samples = np.array([np.where(first, voice, 0), np.where(first, 0, voice)]).astype(np.int16)
    return CallAudio(samples, RATE, (Lane.MANAGER, Lane.CUSTOMER), build_peaks(samples, RATE))


@pytest.fixture
def view(qtbot, qapp):  # type: ignore[no-untyped-def]
    theme.apply(qapp, "light")
    made = TimelineView()
    qtbot.addWidget(made)
    made.resize(904, 400)
    made.set_item_lanes([LaneTitle("error", "Errors"), LaneTitle("good", "Well done")])
    made.set_audio(two_voices())
    made.show()
    return made


def at(view: TimelineView, ms: float, kind: str, key: str = "", dy: float = 0.5) -> QPoint:
    row = view.state.row(kind, key)
    assert row is not None
    return QPoint(round(view.state.gutter + view.state.scale.x(ms)), round(row.top + row.height * dy))


def drag(view: TimelineView, start: QPoint, end: QPoint, modifiers=Qt.KeyboardModifier.NoModifier) -> None:  # type: ignore[no-untyped-def]
    QTest.mousePress(view, Qt.MouseButton.LeftButton, modifiers, start)
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

    for part in (0.3, 0.7, 1.0):
        point = QPointF(start) + (QPointF(end) - QPointF(start)) * part
        event = QMouseEvent(
            QEvent.Type.MouseMove, point, view.mapToGlobal(point), Qt.MouseButton.NoButton,
            Qt.MouseButton.LeftButton, modifiers,
        )  # fmt: skip
        QApplication.sendEvent(view, event)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, modifiers, end)


def test_a_click_on_a_lane_seeks_there(view, qtbot) -> None:  # type: ignore[no-untyped-def]
    with qtbot.waitSignal(view.seek_asked) as told:
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=at(view, 5000, "lane", "manager"))
    assert told.args[0] == pytest.approx(5000, abs=30)


def test_dragging_over_a_lane_selects_a_region(view, qtbot) -> None:  # type: ignore[no-untyped-def]
    with qtbot.waitSignal(view.region_selected) as told:
        drag(view, at(view, 3000, "lane", "manager"), at(view, 7000, "lane", "manager"))
    assert told.args[0] == pytest.approx((3000, 7000), abs=30)
    assert view.selection() == pytest.approx((3000, 7000), abs=30)


def test_a_double_click_on_an_annotation_plays_it(view, qtbot) -> None:  # type: ignore[no-untyped-def]
    view.set_items([TimelineItem(1, "error", 4000, 8000, "Too early", "error")])
    with qtbot.waitSignal(view.region_activated) as told:
        QTest.mouseDClick(view, Qt.MouseButton.LeftButton, pos=at(view, 6000, "items", "error"))
    assert told.args == [4000.0, 8000.0]


def test_dragging_the_edge_of_an_annotation_changes_it_and_alt_lets_it_rest_anywhere(view, qtbot) -> None:  # type: ignore[no-untyped-def]
    view.set_items([TimelineItem(1, "error", 4000, 8000, "Too early", "error")])
    view.set_position(10_000)
    start, near = at(view, 8000, "items", "error"), at(view, 10_080, "items", "error")
    with qtbot.waitSignal(view.item_edited) as told:
        drag(view, start, near)
    assert told.args == [1, 4000, 10_000]  # it came to rest on the playhead
    view.set_items([TimelineItem(1, "error", 4000, 8000, "Too early", "error")])
    with qtbot.waitSignal(view.item_edited) as told:
        drag(view, start, near, Qt.KeyboardModifier.AltModifier)
    assert told.args[2] == pytest.approx(10_080, abs=30)
    assert told.args[2] != 10_000


def test_a_mark_of_the_card_is_clicked_to_hear_it(view, qtbot) -> None:  # type: ignore[no-untyped-def]
    view.set_marks([CardMark(17, 0, 12_000, "Listened")])
    with qtbot.waitSignal(view.mark_chosen) as told:
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=at(view, 12_000, "card"))
    assert told.args == [17, 12_000]
    row = view.state.row("card")
    assert view.tip_at(view.state.scale.x(12_000), row.top + row.height / 2) == "Listened"


def wheel(view: TimelineView, point: QPoint, delta: int, modifiers=Qt.KeyboardModifier.NoModifier) -> None:  # type: ignore[no-untyped-def]
    event = QWheelEvent(
        QPointF(point), view.mapToGlobal(QPointF(point)), QPoint(), QPoint(0, delta), Qt.MouseButton.NoButton,
        modifiers, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view, event)


def test_the_wheel_zooms_about_the_mouse_and_shift_scrolls(view) -> None:  # type: ignore[no-untyped-def]
    point = at(view, 8000, "lane", "manager")
    for _n in range(6):
        wheel(view, point, 120)
    assert not view.state.scale.is_whole
    assert view.state.scale.ms(point.x() - view.state.gutter) == pytest.approx(8000, abs=60)
    before = view.state.scale.start_ms
    wheel(view, point, -240, Qt.KeyboardModifier.ShiftModifier)
    assert view.state.scale.start_ms > before


def test_following_stops_when_one_scrolls_and_goes_on_with_the_next_play(view) -> None:  # type: ignore[no-untyped-def]
    view.show_span(0, 4000)
    view.resume_follow()
    view.set_position(3900, playing=True)
    view.set_position(4100, playing=True)
    assert view.state.scale.shows(4100)  # a page on
    view.scroll_to(12_000)
    view.set_position(4200, playing=True)
    assert view.state.scale.start_ms == 12_000
    view.resume_follow()
    view.set_position(4300, playing=True)
    assert view.state.scale.shows(4300)


def test_the_overview_moves_the_viewport(view, qtbot) -> None:  # type: ignore[no-untyped-def]
    view.show_span(0, 5000)
    row = view.state.row("overview")
    unit = view.lanes_width() / 20_000
    y = row.top + 15
    drag(
        view,
        QPoint(round(view.state.gutter + 2000 * unit), y),
        QPoint(round(view.state.gutter + 12_000 * unit), y),
    )
    assert view.state.scale.start_ms == pytest.approx(10_000, abs=100)
    with qtbot.waitSignal(view.seek_asked) as told:
        QTest.mouseClick(
            view, Qt.MouseButton.LeftButton, pos=QPoint(round(view.state.gutter + 1000 * unit), y)
        )
    assert told.args[0] == pytest.approx(1000, abs=60)


def colors_in(view: TimelineView, kind: str, key: str, first_ms: float, last_ms: float) -> set[str]:
    """Colours on a horizontal line a fifth below the top of a lane."""
    row = view.state.row(kind, key)
    picture = view.grab().toImage()
    ratio = picture.devicePixelRatio()
    y = row.top + row.height * 0.3
    xs = range(
        round(view.state.gutter + view.state.scale.x(first_ms)),
        round(view.state.gutter + view.state.scale.x(last_ms)),
    )
    return {QColor(picture.pixel(round(x * ratio), round(y * ratio))).name().upper() for x in xs}


def test_a_voice_is_painted_on_its_own_lane_only(view) -> None:  # type: ignore[no-untyped-def]
    colors = theme.tokens()
    assert colors.manager_peak in colors_in(view, "lane", "manager", 500, 1500)
    assert colors.manager_peak not in colors_in(view, "lane", "manager", 2500, 3500)
    assert colors.customer_peak in colors_in(view, "lane", "customer", 2500, 3500)


def test_another_theme_repaints_the_lanes(view, qapp) -> None:  # type: ignore[no-untyped-def]
    light = colors_in(view, "lane", "manager", 500, 1500)
    theme.apply(qapp, "dark")
    dark = colors_in(view, "lane", "manager", 500, 1500)
    assert theme.DARK.manager_peak in dark
    assert theme.DARK.manager_peak not in light
    theme.apply(qapp, "light")


def test_a_mono_call_has_one_lane_for_both_sides(view) -> None:  # type: ignore[no-untyped-def]
    audio = two_voices()
    mixed = audio.samples.sum(axis=0, dtype=np.int16)[None, :]
    view.set_audio(CallAudio(mixed, RATE, (Lane.MIX,), build_peaks(mixed, RATE)))
    assert [row.key for row in view.state.rows if row.kind == "lane"] == ["mix"]
    assert view.state.row("strip") is None
    view.grab()


def test_without_sound_a_sentence_stands_in_the_lanes_and_marks_still_show(view) -> None:  # type: ignore[no-untyped-def]
    view.set_marks([CardMark(1, 1, 5000)])
    plain = view.grab().toImage()
    view.set_audio(None, 20_000, "The recording is not there any more.")
    assert view.grab().toImage() != plain
    assert view.state.scale.duration_ms == 20_000


def test_close_up_the_line_of_samples_has_no_gaps() -> None:
    audio = two_voices(1)
    low, high, _rms = columns(audio, 0, 100.0, 0.25, 400)
    assert (low <= high).all()
    assert (low[1:] <= high[:-1]).all()
    assert (high[1:] >= low[:-1]).all()
    assert int(high.max()) <= int(audio.samples[0, 100:202].max())


def test_past_the_end_there_is_nothing() -> None:
    audio = two_voices(1)
    low, high, rms = columns(audio, 0, RATE - 10, 2.0, 100)
    assert not low[10:].any()
    assert not high[10:].any()
    assert not rms[10:].any()


def test_a_quiet_side_is_lifted_and_silence_is_left_alone() -> None:
    audio = two_voices()
    quiet = CallAudio(
        (audio.samples // 4).astype(np.int16),
        RATE,
        audio.lanes,
        build_peaks((audio.samples // 4).astype(np.int16), RATE),
    )
    assert display_gain(quiet, 0) == pytest.approx(4 * display_gain(audio, 0), rel=0.02)
    silent = np.zeros((1, RATE), np.int16)
    assert display_gain(CallAudio(silent, RATE, (Lane.MIX,), build_peaks(silent, RATE)), 0) == 1.0


def test_the_zero_line_is_always_drawn() -> None:
    none = np.zeros(16, np.int16)
    drawn = raster((none, none, none), 41, 1.0, 3)
    assert (drawn[20] == 2).all()
    assert drawn.sum() == 2 * 16


def test_labels_of_points_and_regions_are_told_whole_in_the_tooltip(view) -> None:  # type: ignore[no-untyped-def]
    text = "A very long remark that cannot be shown in so little room on the lane"
    view.set_items([TimelineItem(1, "good", 9000, None, text, "good", "Well done: " + text)])
    row = view.state.row("items", "good")
    assert text in view.tip_at(view.state.scale.x(9000), row.top + row.height / 2)
    assert item_painting.item_rect(view.state, row, view.state.items[0]).width() == 9


def test_a_real_call_is_painted(qtbot, qapp) -> None:  # type: ignore[no-untyped-def]
    from samples import real

    theme.apply(qapp, "light")
    files = [
        AudioFile(Path(real("calls/lca40_agent.wav")), Lane.MANAGER),
        AudioFile(Path(real("calls/lca40_customer.wav")), Lane.CUSTOMER),
    ]
    made = TimelineView()
    qtbot.addWidget(made)
    made.resize(1000, 400)
    made.set_audio(load_call_audio(files, None))
    made.show_span(0, 60_000)
    assert theme.LIGHT.manager in colors_in(made, "strip", "", 0, 5000)


def test_the_waveform_is_made_taller_and_taken_back(view: TimelineView) -> None:
    """By Alt and the wheel and by the method the keys call; the overview and the sound know nothing of it."""

    before = view.grab().toImage()
    point = QPoint(view.width() // 2, 100)
    scale = view.state.scale
    for _turn in range(8):
        wheel(view, point, 120, Qt.KeyboardModifier.AltModifier)
    assert view.state.tiles.amplitude > 2
    assert view.state.scale == scale, "time is not zoomed"
    assert view.grab().toImage() != before
    for _turn in range(80):
        wheel(view, point, 120, Qt.KeyboardModifier.AltModifier)
    assert view.state.tiles.amplitude == 32
    view.zoom_amplitude(0)
    assert view.grab().toImage() == before
    view.zoom_amplitude(0.5)
    assert view.state.tiles.amplitude == 1, "never lower than its own height"


def test_the_playhead_is_followed_by_page_continuously_or_not_at_all(view: TimelineView) -> None:
    view.show_span(0, 4000)
    view.resume_follow()
    view.set_position(4100, playing=True)
    page = view.state.scale.start_ms
    assert page < 4100 < view.state.scale.end_ms
    view.set_position(4200, playing=True)
    assert view.state.scale.start_ms == page, "the page stands until the playhead leaves it"
    view.set_follow_mode("smooth")
    for ms in (6000, 6100, 6200):
        view.set_position(ms, playing=True)
        assert (view.state.scale.start_ms + view.state.scale.end_ms) / 2 == pytest.approx(ms, abs=1)
    wheel(view, QPoint(view.width() // 2, 100), -240, Qt.KeyboardModifier.ShiftModifier)
    still = view.state.scale.start_ms
    view.set_position(6300, playing=True)
    assert view.state.scale.start_ms == still, "scrolling by hand suspends it"
    view.resume_follow()
    view.set_follow_mode("off")
    view.set_position(11_900, playing=True)
    assert view.state.scale.start_ms == still
