"""The offset of a pair of files told by their sound: by an echo to the sample, by turns roughly, else not at all."""

from __future__ import annotations

import numpy as np
import pytest
from samples import real

from qaapp.audio.decoding import decode
from qaapp.audio.offsets import RATE, Ground, propose_offset
from qaapp.audio.pcm import Samples, resample


def cut(manager: Samples, customer: Samples, offset_ms: int) -> tuple[Samples, Samples]:
    """The files of a call whose customer's recorder started so much later than the manager's."""
    frames = abs(offset_ms) * RATE // 1000
    return (manager, customer[frames:]) if offset_ms >= 0 else (manager[frames:], customer)


def voice(seed: int, frames: int) -> Samples:
    """Noise in syllables: as loud and as quiet as speech is, without a word."""
    rng = np.random.default_rng(seed)
    t = np.arange(frames) / RATE
    syllables = np.clip(np.sin(2 * np.pi * (3.5 + seed % 3 / 3) * t), 0, None) ** 2
    return (rng.normal(0, 5000, frames) * syllables).astype(np.int16)


def talk(seconds: int, seed: int = 3, *, alternate: bool = True) -> tuple[Samples, Samples]:
    """Two sides of which one speaks at a time (or each as it likes), with pauses of up to 0.6 s."""
    rng = np.random.default_rng(seed)
    frames = seconds * RATE
    sides = np.random.default_rng(9).normal(0, 12, (2, frames)).astype(np.int16)
    voices = [voice(seed * 10 + side, frames) for side in range(2)]
    for lanes in [(0, 1)] if alternate else [(0,), (1,)]:
        at, turn = 0, 0
        while at < frames:
            end = min(frames, at + int(rng.uniform(0.8, 5) * RATE))
            lane = lanes[turn % len(lanes)]
            sides[lane, at:end] += voices[lane][at:end]
            quiet = rng.uniform(0.1, 0.6) if alternate else rng.uniform(0.8, 5)
            at, turn = end + int(quiet * RATE), turn + 1
    return sides[0], sides[1]


@pytest.mark.parametrize("offset_ms", [0, 730, -2510, 21_000])
def test_an_echo_tells_it_to_a_few_milliseconds(offset_ms: int) -> None:
    manager, customer = talk(90)
    leaked = manager.copy()
    leaked[80:] += (customer[:-80] * 10 ** (-35 / 20)).astype(np.int16)  # 10 ms late, 35 dB lower
    found = propose_offset(*cut(leaked, customer, offset_ms), RATE, RATE)
    assert found is not None
    assert (found.ground, found.is_sure) == (Ground.ECHO, True)
    assert found.offset_ms == pytest.approx(offset_ms, abs=15)


@pytest.mark.parametrize("offset_ms", [0, 1400, -9000])
def test_turns_tell_it_roughly(offset_ms: int) -> None:
    found = propose_offset(*cut(*talk(150), offset_ms), RATE, RATE)
    assert found is not None
    assert found.ground is Ground.TURNS
    assert found.offset_ms == pytest.approx(offset_ms, abs=600)


def test_files_of_different_rates() -> None:
    manager, customer = cut(*talk(150), 1400)
    found = propose_offset(resample(manager[None], RATE, 16_000)[0], customer, 16_000, RATE)
    assert found is not None
    assert found.offset_ms == pytest.approx(1400, abs=600)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_two_voices_that_have_nothing_to_do_with_each_other_give_nothing(seed: int) -> None:
    assert propose_offset(*talk(150, seed, alternate=False), RATE, RATE) is None


def test_short_silent_and_empty_sound_gives_nothing() -> None:
    silent = np.zeros(60 * RATE, np.int16)
    manager, customer = talk(20)
    for one, other in (
        (silent, silent),
        (manager, silent),
        (manager, customer),
        (silent[:0], silent),
        (silent[:7],) * 2,
    ):
        assert propose_offset(one, other, RATE, RATE) is None


@pytest.mark.parametrize("offset_ms", [0, 3500, -12_000])
def test_a_real_call_in_two_files(offset_ms: int) -> None:
    manager, customer = (decode(real(f"calls/lca40_{side}.wav")).samples[0] for side in ("agent", "customer"))
    found = propose_offset(*cut(manager, customer, offset_ms), RATE, RATE)
    assert found is not None
    assert (found.ground, found.is_sure) == (Ground.TURNS, True)
    assert found.offset_ms == pytest.approx(offset_ms, abs=600)


def test_a_real_call_with_a_leak() -> None:
    manager, customer = (decode(real(f"calls/lca40_{side}.wav")).samples[0] for side in ("agent", "customer"))
    leaked = manager.astype(np.float32)
    leaked[320:] += customer[:-320] * 10 ** (-40 / 20)
    found = propose_offset(*cut(np.clip(leaked, -32768, 32767).astype(np.int16), customer, 2000), RATE, RATE)
    assert found is not None
    assert (found.ground, found.is_sure) == (Ground.ECHO, True)
    assert found.offset_ms == pytest.approx(2000, abs=50)
