"""A call that takes long to decode is drawn while it fills; nothing jumps when it is done."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from qaapp.audio import decoding, growing
from qaapp.audio.call_audio import AudioFile
from qaapp.audio.dat import Dat, dat_bytes


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Decoding stops in the middle of each file until it may go on."""
    go_on = threading.Event()
    monkeypatch.setattr(decoding, "BLOCK", 16_000)
    monkeypatch.setattr(growing, "EACH_S", -1.0)
    read = decoding._soundfile_blocks

    def blocks(file):  # type: ignore[no-untyped-def]
        for number, block in enumerate(read(file)):
            if number == 5:
                assert go_on.wait(60)
            yield block

    monkeypatch.setattr(decoding, "_soundfile_blocks", blocks)
    yield go_on
    go_on.set()


def shown(house) -> np.ndarray:  # type: ignore[no-untyped-def]
    audio = house.screen.timeline.state.tiles.audio
    return np.zeros((1, 1), np.int16) if audio is None else audio.peaks.levels[0].high


def test_the_waveform_fills_while_the_call_is_decoded(build, slowly) -> None:  # type: ignore[no-untyped-def]
    house = build(1)
    house.screen.open_call(house.calls[0])
    house.wait(lambda: shown(house)[:, : 5 * 16_000 // 64].any())
    assert not house.screen.playback.has_sound(), "it is drawn before it can be heard"
    assert not shown(house)[:, 5 * 16_000 // 64 :].any()
    timeline = house.screen.timeline
    timeline.zoom_about_playhead(3.0)
    zoomed = timeline.state.scale
    assert zoomed.duration_ms == pytest.approx(20_000)
    slowly.set()
    house.wait(lambda: house.screen.playback.has_sound())
    assert timeline.state.scale == zoomed, "zoom and place stay when it is done"
    assert shown(house)[:, -100:].any()


def test_a_waveform_beside_the_recording_is_there_at_once(build, slowly) -> None:  # type: ignore[no-untyped-def]
    house = build(1)
    pairs = np.full((2, 625), 1234, np.int16)
    (house.folder / "0.dat").write_bytes(dat_bytes(Dat(8000, 256, -pairs, pairs)))
    house.screen.open_call(house.calls[0])
    house.wait(lambda: shown(house).any())
    assert set(np.unique(shown(house))) == {1234}
    slowly.set()
    house.wait(lambda: house.screen.playback.has_sound())
    assert 1234 not in shown(house)[0, :10]


def test_looks_of_a_call_that_was_left_are_not_shown(build, slowly) -> None:  # type: ignore[no-untyped-def]
    house = build(2)
    house.screen.open_call(house.calls[0])
    house.wait(lambda: shown(house).any())
    told: list[tuple[AudioFile, ...]] = []
    house.screen.sound.loader.look.connect(lambda files, _audio: told.append(files))
    house.screen.open_call(house.calls[1])
    slowly.set()
    house.wait(lambda: house.screen.playback.has_sound())
    assert {files[0].path.name for files in told} <= {"1.wav"}
