"""Tones and music on hold are no talk; voices are kept. Each detector on real sound."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from samples import real

from qaapp.audio import detectors
from qaapp.audio.decoding import decode
from qaapp.audio.detecting import Segment, find_speech
from qaapp.audio.nonspeech import is_tone, without_hold, without_line_sounds
from qaapp.audio.speech import Thresholds, analyse
from qaapp.errors import AudioError
from qaapp.words import Lane

RATE = 8000
INSTALLED = [name for name in detectors.NAMES if name in detectors.installed()]


def tone(seconds: float, *pitches: float) -> np.ndarray:
    t = np.arange(int(seconds * RATE)) / RATE
    return sum(6000 * np.sin(2 * np.pi * pitch * t) for pitch in pitches)


def quiet(seconds: float) -> np.ndarray:
    return np.zeros(int(seconds * RATE))


def lane(*parts: np.ndarray) -> np.ndarray:
    noise = np.random.default_rng(2).normal(0, 15, sum(len(part) for part in parts))
    return (np.concatenate(parts) + noise).astype(np.int16)


def total(parts: tuple[Segment, ...]) -> int:
    return sum(part.length_ms for part in parts)


def test_ringing_and_keys_are_no_talk() -> None:
    ringing = lane(quiet(1), tone(1, 425), quiet(3), tone(1, 425), quiet(1))
    keys = lane(quiet(1), *[part for low, high in ((697, 1209), (770, 1336), (852, 1477), (941, 1209))
                            for part in (tone(0.09, low, high), quiet(0.06))], quiet(1))  # fmt: skip
    for row in (ringing, keys):
        found = find_speech(row, RATE)
        assert total(found) > 500
        assert without_line_sounds(found, row, RATE) == ()


def test_voices_are_no_tones() -> None:
    kept = lost = 0
    for name in ("calls/lca40_agent.wav", "calls/lca40_customer.wav", "single/ru-RU_sample.wav"):
        pcm = decode(real(name))
        for part in find_speech(pcm.samples[0], pcm.sample_rate):
            if is_tone(part, pcm.samples[0], pcm.sample_rate):
                lost += part.length_ms
            else:
                kept += part.length_ms
    assert lost < 0.02 * (kept + lost)


@pytest.mark.parametrize("name", INSTALLED)
def test_music_on_hold_is_no_talk_and_the_words_around_it_stay(name: str) -> None:
    voice, music = (
        decode(real("calls/lca40_agent.wav")),
        decode(real("single/moh_manolo_camp-morning_coffee.wav")),
    )
    talk = voice.samples[0][: 20 * RATE]
    row = np.concatenate([talk, music.samples[0][: 40 * RATE], talk])
    found = without_line_sounds(detectors.find(name, row, RATE), row, RATE)
    alone = total(without_line_sounds(detectors.find(name, talk, RATE), talk, RATE))
    in_music = [part for part in found if part.start_ms > 22_000 and part.end_ms < 58_000]
    assert total(tuple(in_music)) < 0.2 * 36_000
    assert total(found) - total(tuple(in_music)) > 1.5 * alone


def test_a_short_stretch_is_never_hold() -> None:
    steady = (Segment(0, 4000),)
    assert without_hold(steady, lane(tone(5, 200, 300, 510)), RATE) == steady


@pytest.mark.parametrize("name", INSTALLED)
def test_floors_against_labelled_sound(name: str) -> None:
    """Far below what ``benchmarks/bench_speech.py`` measures: a guard, not a figure."""
    real("labels/falcon_test.wav")
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from benchmarks.bench_speech import recordings, scores

    labelled = next(each for each in recordings() if "falcon" in each.name)
    found = without_line_sounds(detectors.find(name, labelled.samples, RATE), labelled.samples, RATE)
    precision, recall = scores(found, labelled)
    assert precision > 0.9
    assert recall > 0.9


def test_a_detector_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert detectors.installed() == ("energy",)
    with pytest.raises(AudioError) as told:
        detectors.find("silero", quiet(1).astype(np.int16), RATE)
    assert told.value.kind == "detector"
    assert "vad-silero" in told.value.sentence()


@pytest.mark.parametrize("name", INSTALLED)
def test_the_map_says_who_made_it(name: str) -> None:
    rows = np.stack([lane(quiet(1), tone(1, 425)), lane(quiet(2))])
    told = analyse(rows, RATE, (Lane.MANAGER, Lane.CUSTOMER), Thresholds(detector=name, silence_ms=1000))
    assert told is not None
    assert told.detector.startswith(name)
    assert told.swapped().thresholds.silence_ms == 1000
    assert told.figures.silences == 1
