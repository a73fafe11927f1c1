"""A reviewer listens, annotates, tags, keeps examples, and gets through the queue."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu
from review_house import tones

from qaapp.calls import annotations
from qaapp.ui.review.annotation_model import POINT, TEXT, TIME, parse_time

K, M = Qt.Key, Qt.KeyboardModifier


def notes(house):  # type: ignore[no-untyped-def]
    with house.desk.database.read() as session:
        return annotations.list_annotations(session, house.screen.session.call_id)


def now(house) -> float:  # type: ignore[no-untyped-def]
    return house.screen.playback.position()


# --- hearing ----------------------------------------------------------------------------------------------------


def test_space_plays_and_the_playhead_follows_the_sound(house) -> None:  # type: ignore[no-untyped-def]
    house.key(K.Key_Space)
    house.hear(3)
    assert now(house) == pytest.approx(3000, abs=60)
    assert house.screen.timeline.state.position_ms == pytest.approx(3000, abs=60)
    assert house.screen.center.transport.time.text() in ("0:02.9", "0:03.0")
    house.key(K.Key_K)
    assert not house.player.is_playing()
    (heard,) = house.screen.timeline.state.heard
    assert (heard.start_ms, heard.end_ms) == pytest.approx((0, 3000), abs=60)


def test_keys_step_exactly(house) -> None:  # type: ignore[no-untyped-def]
    for key, modifiers, there in (
        (K.Key_L, M.NoModifier, 10_000),
        (K.Key_Left, M.NoModifier, 9000),
        (K.Key_Right, M.ShiftModifier, 14_000),
        (K.Key_F1, M.NoModifier, 11_000),
        (K.Key_Comma, M.NoModifier, 10_950),
        (K.Key_J, M.NoModifier, 950),
        (K.Key_J, M.NoModifier, 0),
    ):
        house.key(key, modifiers)
        assert now(house) == pytest.approx(there, abs=1)


def test_ctrl_arrows_go_from_turn_to_turn(house) -> None:  # type: ignore[no-untyped-def]
    house.key(K.Key_Right, M.ControlModifier)
    first = now(house)
    house.key(K.Key_Right, M.ControlModifier)
    assert now(house) - first == pytest.approx(2000, abs=300)
    house.key(K.Key_Left, M.ControlModifier)
    assert now(house) == pytest.approx(first, abs=1)


def test_speed_goes_by_tenths_and_back_to_the_last_one(house) -> None:  # type: ignore[no-untyped-def]
    house.key(K.Key_F4)
    house.key(K.Key_F4)
    assert house.player.speed() == pytest.approx(1.2)
    house.key(K.Key_F5)
    assert house.player.speed() == 1.0
    house.key(K.Key_F5)
    assert house.player.speed() == pytest.approx(1.2)
    assert house.desk.personal.second_speed == pytest.approx(1.2)
    assert house.screen.center.transport.speed.text() == "1.2×"


def test_one_side_is_heard_and_the_other_lane_fades(house) -> None:  # type: ignore[no-untyped-def]
    house.key(K.Key_A)
    assert str(house.player.listen()) == "manager"
    assert house.screen.timeline.state.muted == {"customer"}
    house.key(K.Key_B)
    assert house.screen.timeline.state.muted == frozenset()


def test_swapping_sides_is_kept_and_undone(house) -> None:  # type: ignore[no-untyped-def]
    before = house.player.audio().samples[0].copy()
    house.key(K.Key_X)
    assert (house.player.audio().samples[1] == before).all()
    house.open(1)
    house.open(0)
    assert (house.player.audio().samples[1] == before).all()
    house.key(K.Key_X)
    house.key(K.Key_Z, M.ControlModifier)
    assert (house.player.audio().samples[1] == before).all()


def test_the_selection_is_looped_by_one_key(house) -> None:  # type: ignore[no-untyped-def]
    house.screen.timeline.select_region(4000, 5000)
    house.key(K.Key_O)
    house.key(K.Key_Space)
    house.hear(2.5)
    assert 4000 <= now(house) <= 5000
    house.key(K.Key_O)
    assert house.player.loop() is None
    house.hear(2)
    assert now(house) > 5000


def test_one_goes_on_where_one_stopped(house) -> None:  # type: ignore[no-untyped-def]
    house.key(K.Key_Space)
    house.hear(7)
    house.key(K.Key_Space)
    house.open(1)
    assert now(house) == 0
    house.open(0)
    assert now(house) == pytest.approx(7000, abs=60)


def test_playing_on_after_a_pause_begins_a_little_earlier(build) -> None:  # type: ignore[no-untyped-def]
    house = build(1)
    house.desk.update_personal(back_step_ms=1500)
    house.open(0)
    house.key(K.Key_Space)
    house.hear(5)
    house.key(K.Key_Space)
    house.key(K.Key_Space)
    assert now(house) == pytest.approx(3500, abs=60)


def test_a_call_opened_at_a_moment_plays_from_there(build) -> None:  # type: ignore[no-untyped-def]
    house = build(2)
    house.screen.open_call(house.calls[1], 6000)
    house.wait(lambda: house.player.is_playing())
    assert now(house) == pytest.approx(6000, abs=40)


def test_the_next_call_of_the_queue_is_decoded_ahead(build) -> None:  # type: ignore[no-untyped-def]
    house = build(4)
    house.screen.activate()
    house.wait(lambda: house.screen.playback.has_sound())
    house.wait(lambda: len(house.screen.sound.loader._kept) >= 2)  # the open one, and what comes next


def test_ctrl_g_goes_to_a_time(house, qtbot) -> None:  # type: ignore[no-untyped-def]
    house.key(K.Key_G, M.ControlModifier)
    field = QApplication.activeModalWidget().findChild(QLineEdit)
    field.setText("0:12,5")
    QTest.keyClick(field, K.Key_Return)
    assert now(house) == pytest.approx(12_500, abs=1)


@pytest.mark.parametrize(
    ("text", "ms"),
    [("2:07,4", 127_400), ("90", 90_000), ("1:02:07", 3_727_000), ("x", None), ("1:2:3:4", None)],
)
def test_times_as_people_write_them(text: str, ms: int | None) -> None:
    assert parse_time(text) == ms


# --- recordings that are not as they should be --------------------------------------------------------------------


def test_a_missing_recording_is_said_and_the_card_still_works(build) -> None:  # type: ignore[no-untyped-def]
    house = build(1)
    (house.folder / "0.wav").unlink()
    house.screen.open_call(house.calls[0])
    assert "not there any more" in house.screen.timeline.state.notice
    house.key(K.Key_1)
    (mark,) = house.read()[0].marks.values()
    assert (mark.value, mark.at_ms) == (1, None)


def test_a_file_that_is_no_sound_is_said(build) -> None:  # type: ignore[no-untyped-def]
    house = build(1)
    (house.folder / "0.wav").write_text("this is text", encoding="utf-8")
    house.screen.open_call(house.calls[0])
    house.wait(lambda: house.screen.timeline.state.notice not in ("", "Opening the recording…"))
    assert not house.screen.center.transport.play.isEnabled()


def test_a_mono_recording_has_one_lane_and_no_speech_figures(build) -> None:  # type: ignore[no-untyped-def]
    house = build(1)
    tones(house.folder / "0.wav", 6, channels=1)
    house.open(0)
    assert [row.key for row in house.screen.timeline.state.rows if row.kind == "lane"] == ["mix"]
    assert "mono" in house.screen.center.speech.note.text()
    assert house.screen.center.figures.text() == ""


# --- annotations ---------------------------------------------------------------------------------------------------


def test_m_puts_a_point_at_the_playhead_and_alt_digit_gives_its_kind(house) -> None:  # type: ignore[no-untyped-def]
    house.screen.playback.seek(5000)
    house.key(K.Key_M)
    house.key(K.Key_6, M.AltModifier)
    (row,) = notes(house)
    assert (row.start_ms, row.end_ms) == (5000, None)
    assert house.screen.session.kind(row.kind_id).code == "good"
    assert house.screen.center.table.model_.rowCount() == 1
    house.key(K.Key_Z, M.ControlModifier)
    house.key(K.Key_Z, M.ControlModifier)
    assert notes(house) == []
    assert house.screen.timeline.state.items == ()


def test_brackets_make_a_region(house) -> None:  # type: ignore[no-untyped-def]
    house.screen.playback.seek(3000)
    house.key(K.Key_BracketLeft)
    house.screen.playback.seek(6000)
    house.key(K.Key_BracketRight)
    house.key(K.Key_M)
    (row,) = notes(house)
    assert (row.start_ms, row.end_ms) == (3000, 6000)


def test_a_region_drawn_over_the_lanes_becomes_an_annotation_for_the_checkpoint(house) -> None:  # type: ignore[no-untyped-def]
    timeline, session = house.screen.timeline, house.screen.session
    session.add_annotation(session.kinds[1].id, 1000, 2000)
    house.screen.center.choose(session.annotations[0].id)
    timeline.select_region(3000, 7000)
    timeline.region_selected.emit((3000.0, 7000.0))
    house.key(K.Key_M)
    row = notes(house)[1]
    assert (row.start_ms, row.end_ms) == (3000, 7000)
    menu = QMenu()
    house.screen.center.table.menu_wanted.emit(menu)
    next(action for action in menu.actions() if action.text().startswith("Evidence for")).trigger()
    assert notes(house)[1].checkpoint_id == house.card.checkpoints[0].id
    model = house.screen.center.table.model_
    assert model.index(1, POINT).data() == "Greeting, name and company"


def test_ctrl_m_pauses_and_one_writes_at_once(house) -> None:  # type: ignore[no-untyped-def]
    house.key(K.Key_Space)
    house.hear(2)
    house.key(K.Key_M, M.ControlModifier)
    assert not house.player.is_playing()
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    QTest.keyClicks(field, "Too early")
    QTest.keyClick(field, K.Key_Return)
    house.wait(lambda: notes(house)[0].text == "Too early")


def test_the_table_is_edited_in_place_and_sorted(house) -> None:  # type: ignore[no-untyped-def]
    session, model = house.screen.session, house.screen.center.table.model_
    session.add_annotation(session.kinds[1].id, 8000)
    session.add_annotation(session.kinds[2].id, 2000, 3000)
    assert model.setData(model.index(0, TEXT), "Price before value")
    assert model.setData(model.index(0, TIME), "0:05")
    row = next(row for row in notes(house) if row.text)
    assert (row.start_ms, row.end_ms) == (5000, 6000)
    house.screen.center.table.sortByColumn(TIME, Qt.SortOrder.DescendingOrder)
    assert [model.index(n, TIME).data() for n in range(2)] == ["0:08", "0:05"]
    assert model.setData(model.index(0, TIME), "noon") is False


def test_alt_arrows_go_from_annotation_to_annotation(house) -> None:  # type: ignore[no-untyped-def]
    session = house.screen.session
    for at in (3000, 9000):
        session.add_annotation(session.kinds[1].id, at)
    house.key(K.Key_Right, M.AltModifier)
    house.key(K.Key_Right, M.AltModifier)
    assert now(house) == pytest.approx(9000, abs=1)
    house.key(K.Key_Left, M.AltModifier)
    assert now(house) == pytest.approx(3000, abs=1)


def test_keys_work_in_a_russian_layout(house) -> None:  # type: ignore[no-untyped-def]
    house.screen.playback.seek(5000)
    # The key M of a Russian layout types "ь"; its scan code under X11 is 58.
    event = QKeyEvent(QKeyEvent.Type.KeyPress, 0x42C, M.NoModifier, 58, 0x6D8, 0, "ь")
    QApplication.sendEvent(house.screen.card.list, event)
    assert [row.start_ms for row in notes(house)] == [5000]


def test_an_annotation_is_dragged_deleted_and_brought_back(house) -> None:  # type: ignore[no-untyped-def]
    screen = house.screen
    row = screen.session.add_annotation(screen.session.kinds[1].id, 4000, 6000)
    screen.timeline.item_edited.emit(row.id, 4000, 9000)
    assert notes(house)[0].end_ms == 9000
    screen.center.choose(row.id)
    house.key(K.Key_Delete)
    assert notes(house) == []
    text, undo = house.messages[-1]
    assert text == "Annotation deleted"
    undo()
    assert notes(house)[0].end_ms == 9000
    house.key(K.Key_Z, M.ControlModifier)
    assert notes(house)[0].end_ms == 6000


def test_the_pointer_finds_the_edge_of_a_region(house) -> None:  # type: ignore[no-untyped-def]
    view, session = house.screen.timeline, house.screen.session
    session.add_annotation(session.kinds[2].id, 4000, 9000)
    row = view.state.row("items", session.kinds[2].lane)
    view.hover(view.state.scale.x(9000), row.top + row.height / 2)
    assert view.cursor().shape() is Qt.CursorShape.SizeHorCursor
    view.hover(view.state.scale.x(6000), row.top + row.height / 2)
    assert view.cursor().shape() is Qt.CursorShape.ArrowCursor
