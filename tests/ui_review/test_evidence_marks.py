"""A stretch is taken as evidence, and the evidence of all zeros plays in a row."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from test_listening_and_notes import notes, now

K, M = Qt.Key, Qt.KeyboardModifier


def mark(house, number: int, key: K, at_ms: float) -> None:  # type: ignore[no-untyped-def]
    house.screen.card.list.go_to(house.card.checkpoints[number].id)
    house.screen.playback.seek(at_ms)
    house.key(key)


def test_the_zeros_are_played_one_after_another_with_their_checkpoint(house) -> None:  # type: ignore[no-untyped-def]
    mark(house, 0, K.Key_1, 1000)
    mark(house, 1, K.Key_0, 9000)
    mark(house, 3, K.Key_0, 17_000)
    house.key(K.Key_E, M.ShiftModifier)
    bar = house.screen.center.evidence
    assert bar.isVisible()
    assert bar.title.text() == house.card.checkpoints[1].text
    assert bar.place.text() == "Evidence 1 of 2"
    assert house.screen.session.current_checkpoint == house.card.checkpoints[1].id
    assert house.player.is_playing()
    assert now(house) == pytest.approx(1000, abs=60)
    assert house.screen.timeline.selection() == pytest.approx((1000, 13_000), abs=1)
    house.hear(12.1)
    assert bar.title.text() == house.card.checkpoints[3].text
    assert now(house) == pytest.approx(9000, abs=300)
    QTest.mouseClick(bar.previous, Qt.MouseButton.LeftButton)
    assert bar.place.text() == "Evidence 1 of 2"
    house.key(K.Key_E, M.ShiftModifier)
    assert not house.player.is_playing()
    assert not bar.isVisible()


def test_a_click_into_the_timeline_ends_the_tour_and_the_sound_goes_on(house) -> None:  # type: ignore[no-untyped-def]
    mark(house, 1, K.Key_0, 9000)
    house.key(K.Key_E, M.ShiftModifier)
    house.screen.timeline.seek_asked.emit(15_000.0)
    assert house.player.is_playing()
    assert not house.screen.center.evidence.isVisible()
    house.hear(2)
    assert now(house) == pytest.approx(17_000, abs=100)


def test_without_a_zero_it_says_so(house) -> None:  # type: ignore[no-untyped-def]
    mark(house, 0, K.Key_1, 1000)
    house.key(K.Key_E, M.ShiftModifier)
    assert house.messages[-1][0] == "No checkpoint marked 0 has a place in the call yet."
    assert not house.player.is_playing()


def test_a_selected_stretch_becomes_evidence_and_is_what_plays(house) -> None:  # type: ignore[no-untyped-def]
    mark(house, 1, K.Key_0, 9000)
    house.screen.card.list.go_to(house.card.checkpoints[1].id)
    house.screen.timeline.select_region(4000, 7000)
    house.key(K.Key_E)
    (row,) = notes(house)
    assert (row.start_ms, row.end_ms, row.checkpoint_id) == (4000, 7000, house.card.checkpoints[1].id)
    assert house.screen.session.mark(house.card.checkpoints[1].id).at_ms == 4000
    item = house.screen.timeline.state.items[0]
    assert item.checkpoint_id == house.screen.timeline.state.current_checkpoint
    house.key(K.Key_E, M.ShiftModifier)
    assert house.screen.timeline.selection() == pytest.approx((4000, 7000))
    house.key(K.Key_E, M.ShiftModifier)
    house.key(K.Key_Z, M.ControlModifier)
    assert notes(house) == []
    assert house.screen.session.mark(house.card.checkpoints[1].id).at_ms == pytest.approx(9000, abs=1)


def test_a_chosen_annotation_is_linked(house) -> None:  # type: ignore[no-untyped-def]
    house.screen.playback.seek(5000)
    house.key(K.Key_M)
    house.screen.card.list.go_to(house.card.checkpoints[2].id)
    house.key(K.Key_E)
    assert [row.checkpoint_id for row in notes(house)] == [house.card.checkpoints[2].id]


def test_with_nothing_chosen_it_says_what_to_do(house) -> None:  # type: ignore[no-untyped-def]
    house.key(K.Key_E)
    assert "[" in house.messages[-1][0]
