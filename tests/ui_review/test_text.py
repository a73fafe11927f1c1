"""The words of the call: found beside the recording, following the sound, taken into what was said, found by Ctrl+K."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from qaapp.calls import transcripts
from qaapp.ui.finding import search_texts

K, M = Qt.Key, Qt.KeyboardModifier
VTT = """WEBVTT

00:01.000 --> 00:03.000
<v Manager>Good day

00:05.000 --> 00:07.000
<v Customer>Too dear for me
"""


@pytest.fixture
def spoken(build):  # type: ignore[no-untyped-def]
    house = build()
    recording = next(house.folder.rglob("*.wav"))
    for path in house.folder.rglob("*.wav"):
        path.with_suffix(".vtt").write_text(VTT, encoding="utf-8")
    assert recording.exists()
    house.open(0)
    house.wait(lambda: len(house.screen.session.phrases) == 2)
    house.screen.center.tabs.setCurrentIndex(4)
    return house


def test_it_follows_the_sound_and_a_click_goes_there(spoken) -> None:  # type: ignore[no-untyped-def]
    tab = spoken.screen.center.text
    spoken.key(K.Key_Space)
    spoken.hear(2)
    assert tab.model.said == 0
    spoken.hear(2)
    assert tab.model.said is None
    view = tab.view
    QTest.mouseClick(
        view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(tab.model.index(1, 2)).center()
    )
    assert spoken.screen.playback.position() == pytest.approx(5000, abs=60)
    assert tab.model.said == 1


def test_the_lane_of_the_timeline_has_the_phrases(spoken) -> None:  # type: ignore[no-untyped-def]
    state = spoken.screen.timeline.state
    assert [item.label for item in state.items if item.lane == "transcript"] == [
        "Good day",
        "Too dear for me",
    ]
    spoken.screen.timeline.item_chosen.emit(-2)
    assert spoken.screen.playback.position() == pytest.approx(5000, abs=60)
    assert spoken.screen.center.current is None


def test_a_phrase_is_taken_into_what_was_said(spoken) -> None:  # type: ignore[no-untyped-def]
    point = spoken.card.checkpoints[1].id
    spoken.screen.card.list.go_to(point)
    spoken.screen.playback.seek(5500)
    spoken.key(K.Key_T, M.ShiftModifier)
    assert spoken.screen.session.mark(point).said == "Too dear for me"
    spoken.key(K.Key_Z, M.ControlModifier)
    assert spoken.screen.session.mark(point).said == ""


def test_ctrl_f_finds_words_in_the_text_and_enter_plays_from_there(spoken) -> None:  # type: ignore[no-untyped-def]
    tab = spoken.screen.center.text
    spoken.key(K.Key_F, M.ControlModifier)
    assert tab.finder.isVisible()
    QTest.keyClicks(tab.finder.field, "d")
    spoken.wait(lambda: tab.finder.told.text() == "1 of 2")
    assert tab.view.currentIndex().row() == 0
    assert spoken.screen.playback.position() == 0, "while one types nothing jumps"
    tab.finder.field.setText("DEAR too")
    QTest.keyClick(tab.finder.field, K.Key_Return)
    assert tab.finder.told.text() == "1 of 1"
    assert spoken.screen.playback.position() == pytest.approx(5000, abs=60)
    tab.finder.field.setText("d")
    QTest.keyClick(tab.finder.field, K.Key_Return)
    QTest.keyClick(tab.finder.field, K.Key_Return)
    first = tab.view.currentIndex().row()
    QTest.keyClick(tab.finder.field, K.Key_Return)
    assert {first, tab.view.currentIndex().row()} == {0, 1}, "around and around"
    tab.finder.field.setText("cheap")
    spoken.wait(lambda: tab.finder.told.text() == "Not in this text")
    QTest.keyClick(tab.finder.field, K.Key_Escape)
    assert tab.finder.field.text() == ""
    tab.finder.close_it.click()
    assert not tab.finder.isVisible()


def test_words_are_found_across_calls(spoken, qtbot) -> None:  # type: ignore[no-untyped-def]
    opened: list[tuple[int, int]] = []
    given: list[object] = []
    search_texts(spoken.desk, lambda call_id, at_ms: opened.append((call_id, at_ms)))(
        "too DEAR", given.append
    )
    spoken.wait(lambda: bool(given))
    (found,) = given[0]
    found.run()
    assert opened == [(spoken.calls[0], 5000)]


def test_without_a_text_it_says_how_to_have_one(house) -> None:  # type: ignore[no-untyped-def]
    assert house.screen.session.phrases == ()
    assert not house.screen.center.text.note.isHidden()
    with house.desk.database.read() as session:
        assert transcripts.phrases_of(session, house.calls[0]) == ()
