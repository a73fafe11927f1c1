"""Two files of one call that do not start together: moved against each other, heard at once, taken back."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
from call_makers import make_call, make_recording
from dressed import settle
from PySide6.QtCore import Qt

from qaapp.calls import recordings
from qaapp.ui.review.offset_dialog import OffsetDialog
from qaapp.words import Lane

RATE = 8000


@pytest.fixture
def pair(build, tmp_path):
    house = build(1)
    folder = tmp_path / "pairs"
    folder.mkdir()
    rng = np.random.default_rng(4)
    with house.desk.database.write() as session:
        call = make_call(session, "pair", customer_number="79001112233")
        for lane in (Lane.MANAGER, Lane.CUSTOMER):
            sound = rng.integers(-5000, 5000, RATE * 6).astype(np.int16)
            soundfile.write(folder / f"{lane}.wav", sound, RATE, subtype="PCM_16")
            made = make_recording(session, call, str(folder), str(folder / f"{lane}.wav"), duration_ms=6000)
            row = session.get(recordings.Recording, made)
            row.path, row.lane, row.channels = f"{lane}.wav", lane.value, 1
            root = session.get(recordings.RecordingRoot, row.root_id)
            root.path = str(folder)
    house.calls.append(call)
    house.open(len(house.calls) - 1)
    return house


def test_the_sides_are_moved_and_the_sound_follows_at_once(qtbot, pair):
    house = pair
    before = house.player.audio()
    house.player.seek_ms(2000)
    house.screen.questions.ask_offset()
    dialog = house.screen.findChild(OffsetDialog)
    assert dialog.field.value() == 0
    dialog.field.setValue(500)
    dialog.accept()
    house.wait(lambda: house.player.audio() is not None and house.player.audio() is not before)
    moved = house.player.audio()
    assert moved.duration_ms == 6500
    assert np.array_equal(moved.samples[1, 4000 : 4000 + 8000], before.samples[1, :8000])
    assert np.array_equal(moved.samples[0, :8000], before.samples[0, :8000])
    assert house.screen.playback.position() == pytest.approx(2000, abs=60)
    with house.desk.database.read() as session:
        assert recordings.pair_offset_ms(session, house.screen.session.call_id) == 500
    house.player.pause()
    house.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    house.wait(lambda: house.player.audio() is not None and house.player.audio().duration_ms == 6000)
    house.key(Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    house.wait(lambda: house.player.audio() is not None and house.player.audio().duration_ms == 6500)
    settle(qtbot, house.desk)


def test_an_offset_is_proposed_and_only_a_click_and_a_yes_take_it(pair):
    """The customer's file of this pair has the manager's sound, 1.5 s later."""
    house = pair
    manager = house.player.audio().samples[0, : RATE * 6].astype(np.int16)
    customer = np.concatenate([manager[RATE * 3 // 2 :] // 8, np.zeros(RATE * 3 // 2, np.int16)])
    path = house.folder.parent / "pairs" / "customer.wav"
    soundfile.write(path, customer, RATE, subtype="PCM_16")
    before = house.player.audio()
    house.screen.sound.again()
    house.wait(lambda: house.player.audio() is not None and house.player.audio() is not before)
    house.screen.questions.ask_offset()
    dialog = house.screen.findChild(OffsetDialog)
    house.wait(lambda: not dialog.take.isHidden())
    assert "1.50 s later" in dialog.told.text()
    assert dialog.take.text() == "Take +1\u202f500 ms"
    assert dialog.field.value() == 0
    assert house.screen.questions.pair_offset() == 0
    dialog.take.click()
    assert dialog.field.value() == 1500
    assert house.screen.questions.pair_offset() == 0, "only the button of the dialog moves"
    dialog.accept()
    house.wait(lambda: house.screen.questions.pair_offset() == 1500)
    house.wait(lambda: house.player.audio() is not None and house.player.audio() is not before)
    house.screen.questions.ask_offset()
    again = [found for found in house.screen.findChildren(OffsetDialog) if found is not dialog][-1]
    house.wait(lambda: "fit as they are" in again.told.text())
    assert again.take.isHidden()
    again.reject()


def test_nothing_to_propose_is_said(pair):
    pair.screen.questions.ask_offset()
    dialog = pair.screen.findChild(OffsetDialog)
    pair.wait(lambda: "Nothing can be proposed" in dialog.told.text())
    assert dialog.take.isHidden()
    dialog.reject()


def test_below_zero_the_manager_starts_later(pair):
    before = pair.player.audio()
    pair.screen.questions.move_sides(-250)
    pair.wait(lambda: pair.player.audio() is not None and pair.player.audio() is not before)
    moved = pair.player.audio()
    assert np.array_equal(moved.samples[0, 2000 : 2000 + 8000], before.samples[0, :8000])
    assert np.array_equal(moved.samples[1, :8000], before.samples[1, :8000])


def test_one_file_says_that_there_is_nothing_to_move(build):
    house = build(1)
    house.open()
    house.screen.questions.ask_offset()
    assert house.messages[-1][0] == "The sides of this call are not two files"
