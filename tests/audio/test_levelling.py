"""Loudness of a side, and the gain that levels it."""

from __future__ import annotations

import numpy as np
import pytest
from samples import real

from qaapp.audio.call_audio import AudioFile, load_call_audio
from qaapp.audio.detecting import Segment
from qaapp.audio.levelling import MOST_DB, gain_db, loudness_lufs, weighting
from qaapp.words import Lane


def sine(pitch: float, dbfs: float, rate: int = 48_000, seconds: float = 4) -> np.ndarray:
    t = np.arange(int(rate * seconds)) / rate
    return (32768 * 10 ** (dbfs / 20) * np.sin(2 * np.pi * pitch * t)).astype(np.int16)


@pytest.mark.parametrize("rate", [8000, 16_000, 48_000])
def test_a_sine_of_1000_hz_has_the_loudness_of_the_standard(rate: int) -> None:
    """BS.1770: a 997 Hz sine of 0 dBFS in one channel is −3.01 LUFS; at −20 dBFS it is −23.01."""
    told = loudness_lufs(sine(997, -20, rate), rate, [Segment(0, 4000)])
    assert told == pytest.approx(-23.01, abs=0.15)


def test_the_weighting_is_that_of_the_standard() -> None:
    """Gains in dB of the two filters together, from their published curves."""
    for pitch, wanted in ((38.13547, -6.0), (1000, 0.69), (10_000, 4.0)):
        assert 10 * np.log10(weighting(np.array([float(pitch)]))[0]) == pytest.approx(wanted, abs=0.15)


def test_only_speech_is_measured_and_a_gate_leaves_pauses_out() -> None:
    loud, low = sine(500, -20, 8000, 3), sine(500, -60, 8000, 20)
    row = np.concatenate([loud, low])
    alone = loudness_lufs(loud, 8000, [Segment(0, 3000)])
    assert loudness_lufs(row, 8000, [Segment(0, 3000)]) == pytest.approx(alone, abs=0.01)
    assert loudness_lufs(row, 8000, [Segment(0, 23_000)]) == pytest.approx(alone, abs=0.5)
    assert loudness_lufs(row, 8000, [Segment(0, 500)]) is None
    assert loudness_lufs(np.zeros(80_000, np.int16), 8000, [Segment(0, 9000)]) is None


def test_gains_are_bounded() -> None:
    assert gain_db(-20) == 0
    assert gain_db(-26.5) == pytest.approx(6.5)
    assert gain_db(-60) == MOST_DB
    assert gain_db(None) == 0


def test_a_quiet_side_of_a_real_call_comes_up_to_the_other() -> None:
    pair = [
        AudioFile(real("calls/lca40_agent.wav"), Lane.MANAGER),
        AudioFile(real("calls/lca40_customer.wav"), Lane.CUSTOMER),
    ]
    audio = load_call_audio(pair, None)
    assert audio.speech is not None
    rows = [
        row * 10 ** (db / 20) for row, db in zip(audio.samples.astype(float), audio.levels_db, strict=True)
    ]
    told = [
        loudness_lufs(np.clip(row, -32768, 32767).astype(np.int16), audio.sample_rate, speech)
        for row, speech in zip(rows, (audio.speech.manager, audio.speech.customer), strict=True)
    ]
    assert told == [pytest.approx(-20, abs=0.5)] * 2
    assert audio.swapped().levels_db == audio.levels_db[::-1]
