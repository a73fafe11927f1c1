"""Skipping silence by own limits, both sides equally loud, media keys, the next two calls at hand."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from qaapp.words import Lane

K, M = Qt.Key, Qt.KeyboardModifier


def test_what_skipping_saves_stands_on_its_button_and_follows_the_settings(house) -> None:  # type: ignore[no-untyped-def]
    skip = house.screen.center.transport.skip
    assert skip.text() == "Skip silence"
    house.key(K.Key_S)
    assert house.player.skip_silence()
    without = house.player.skipped_ms()
    house.desk.update_personal(skip_least_ms=500, skip_kept_ms=0)
    saved = house.player.skipped_ms()
    assert saved >= without
    shown = "" if saved < 1000 else f" −0:{saved // 1000:02.0f}"
    assert skip.text() == f"Skip silence{shown}"
    house.key(K.Key_S)
    assert skip.text() == "Skip silence"


def test_both_sides_become_equally_loud_and_own_gains_stay_on_top(house) -> None:  # type: ignore[no-untyped-def]
    levels = dict(zip(house.player.audio().lanes, house.player.audio().levels_db, strict=True))
    assert any(levels.values())
    house.key(K.Key_V)
    assert house.desk.personal.level_sides
    assert house.screen.center.transport.level.isChecked()
    assert {lane: house.player.gain_db(lane) for lane in levels} == pytest.approx(levels)
    house.screen.timeline.gain_chosen.emit("customer", 3.0)
    assert house.player.gain_db(Lane.CUSTOMER) == pytest.approx(min(18.0, levels[Lane.CUSTOMER] + 3))
    assert house.screen.timeline.state.gains_db["customer"] == 3.0, "the gutter shows what a person chose"
    house.key(K.Key_V)
    assert house.player.gain_db(Lane.MANAGER) == 0
    assert house.player.gain_db(Lane.CUSTOMER) == 3.0


@pytest.mark.parametrize("key", [K.Key_MediaPlay, K.Key_MediaTogglePlayPause, K.Key_F9])
def test_media_keys_and_pedals_play_also_while_one_writes(house, key) -> None:  # type: ignore[no-untyped-def]
    def press() -> None:  # QTest cannot spell all media keys
        focus = QApplication.focusWidget() or house.target()
        QApplication.sendEvent(focus, QKeyEvent(QEvent.Type.KeyPress, key, M.NoModifier))

    press()
    assert house.player.is_playing()
    house.key(K.Key_M, M.ControlModifier)
    before = house.player.is_playing()
    press()
    assert house.player.is_playing() is not before


def test_the_next_two_calls_of_the_queue_are_opened_ahead(build) -> None:  # type: ignore[no-untyped-def]
    house = build(4)
    house.screen.activate()
    house.wait(lambda: house.screen.playback.has_sound())
    loader = house.screen.sound.loader
    house.wait(lambda: len(loader._kept) >= 3 and not loader._running)
    house.screen.open_next(house.screen.item.id)
    assert house.screen.playback.has_sound(), "switching is immediate"


def test_ears_and_the_soft_tick_are_settings(house):
    assert house.player._soft_tick
    assert not house.player._ears
    house.desk.update_personal(sides_in_ears=True, skip_tick=False)
    assert house.player._ears
    assert not house.player._soft_tick


def test_following_is_chosen_by_a_key_and_remembered(house):
    modes = []
    for _turn in range(3):
        house.key(K.Key_F)
        assert house.screen.timeline.follow_mode == house.desk.personal.follow
        modes.append(house.desk.personal.follow)
    assert modes == ["smooth", "off", "page"]
