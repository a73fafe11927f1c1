"""The speech map of conversations whose truth is known, and of a real call."""

from __future__ import annotations

import numpy as np
import pytest
from samples import real

from qaapp.audio.call_audio import AudioFile, load_call_audio
from qaapp.audio.detecting import Segment, find_speech
from qaapp.audio.speech import DETECTOR, analyse, complement, describe, intersection, pauses, union
from qaapp.words import Lane

RATE = 8000
SIDES = (Lane.MANAGER, Lane.CUSTOMER)


def voice(seconds: float, spoken: list[tuple[float, float]], seed: int, noise_db: float = -60) -> np.ndarray:
    """One side: line noise with bursts of loud noise where it speaks."""
    rng = np.random.default_rng(seed)
    line = rng.normal(0, 32768 * 10 ** (noise_db / 20), int(seconds * RATE))
    for start, end in spoken:
        line[int(start * RATE) : int(end * RATE)] += rng.normal(0, 3000, int(end * RATE) - int(start * RATE))
    return np.clip(line, -32768, 32767).astype(np.int16)


def segments(*parts: tuple[float, float]) -> tuple[Segment, ...]:
    return tuple(Segment(round(a * 1000), round(b * 1000)) for a, b in parts)


@pytest.mark.parametrize("noise_db", [-90, -60, -45])
def test_bursts_are_found_to_a_frame(noise_db: float) -> None:
    spoken = [(1.0, 2.5), (2.6, 3.0), (5.0, 5.1), (6.0, 9.0)]
    found = find_speech(voice(12, spoken, 1, noise_db), RATE)
    # The pause of 0.1 s is bridged, the click of 0.1 s is none.
    assert len(found) == 2
    for got, expected in zip(found, segments((1.0, 3.0), (6.0, 9.0)), strict=True):
        assert abs(got.start_ms - expected.start_ms) <= 20
        assert abs(got.end_ms - expected.end_ms) <= 20


def test_steady_noise_and_digital_silence_are_no_speech() -> None:
    assert find_speech(voice(10, [], 1, -24), RATE) == ()
    assert find_speech(np.zeros(RATE, np.int16), RATE) == ()
    assert find_speech(np.zeros(0, np.int16), RATE) == ()


def test_figures_of_a_written_conversation() -> None:
    manager = segments((0, 4), (10, 12), (20, 26))
    customer = segments((5, 9), (11.5, 16), (21, 21.5))
    figures = describe(manager, customer, 40_000).figures
    assert (figures.manager_talk_ms, figures.customer_talk_ms) == (12_000, 9_000)
    assert figures.talk_share == pytest.approx(12 / 21)
    assert figures.talk_of_call == pytest.approx(12 / 40)
    # 16–20 s and 26–40 s are silent; 9–10 s and 4–5 s are too short to list
    assert (figures.silences, figures.silence_ms, figures.long_silences) == (2, 18_000, 1)
    assert figures.longest_silence_ms == 14_000
    assert (figures.overtalks, figures.overtalk_ms, figures.long_overtalks) == (2, 1_000, 0)
    assert (
        figures.interruptions_by_customer == 1
    )  # at 11.5 s: half a second over, the manager stops, he goes on
    assert figures.interruptions_by_manager == 0
    assert (figures.longest_manager_ms, figures.longest_customer_ms) == (6_000, 4_500)
    # the manager begins 1 s after 9 s and 4 s after 16 s; the customer 1 s after 4 s
    assert (figures.manager_response_ms, figures.customer_response_ms) == (2_500, 1_000)
    assert figures.turns_per_minute == pytest.approx(4 / 40 * 60)


def test_a_backchannel_interrupts_nobody() -> None:
    figures = describe(segments((0, 10)), segments((5, 5.6)), 10_000).figures
    assert (figures.interruptions_by_customer, figures.turns_per_minute) == (0, 0)


def test_mono_has_no_figures() -> None:
    assert analyse(np.zeros((1, RATE), np.int16), RATE, (Lane.MIX,)) is None


def test_swapping_sides_swaps_the_figures() -> None:
    told = describe(segments((0, 4)), segments((5, 6)), 10_000)
    swapped = told.swapped()
    assert (swapped.manager, swapped.customer) == (told.customer, told.manager)
    assert swapped.figures.manager_talk_ms == told.figures.customer_talk_ms


def test_leakage_of_the_line_is_not_over_talk() -> None:
    manager = voice(10, [(1, 3), (6, 8)], 1)
    customer = voice(10, [(4, 5)], 2)
    customer[800:] += (manager[:-800] * 0.2).astype(np.int16)  # 100 ms late and 14 dB down
    told = analyse(np.stack([manager, customer]), RATE, SIDES)
    assert told is not None
    assert told.overtalk == ()
    assert told.figures.customer_talk_ms < 1400
    own = analyse(np.stack([manager, voice(10, [(1, 3), (4, 5)], 2)]), RATE, SIDES)
    assert own is not None
    assert own.figures.overtalks == 1  # two voices at once stay over-talk


def test_stretches_obey_their_laws() -> None:
    one, other = segments((0, 2), (3, 5)), segments((1, 4), (6, 7))
    assert union(one, other) == segments((0, 5), (6, 7))
    assert intersection(one, other) == segments((1, 2), (3, 4))
    assert complement(union(one, other), 8000) == segments((5, 6), (7, 8))


def test_pauses_of_a_mono_mix_are_found() -> None:
    mono = voice(10, [(0, 2), (5, 10)], 3)[None, :]
    (pause,) = pauses(mono, RATE, None)
    assert abs(pause.start_ms - 2000) <= 20
    assert abs(pause.end_ms - 5000) <= 20


def test_a_real_call_reads_the_same_from_two_files_and_one() -> None:
    pair = load_call_audio(
        [
            AudioFile(real("calls/lca40_customer.wav"), Lane.CUSTOMER),
            AudioFile(real("calls/lca40_agent.wav"), Lane.MANAGER),
        ],
        None,
    )
    one = load_call_audio([AudioFile(real("calls-derived/lca40_stereo_L-agent_R-customer.ulaw.wav"))], None)
    assert pair.speech is not None
    assert one.speech is not None
    assert pair.speech.detector == DETECTOR
    assert 0.45 < (pair.speech.figures.talk_share or 0) < 0.52
    assert pair.speech.figures.overtalk_of_call is not None
    assert pair.speech.figures.overtalk_of_call < 0.01  # the files' own description: almost no overlap
    assert abs(pair.speech.figures.manager_talk_ms - one.speech.figures.manager_talk_ms) < 1500
    assert not np.array_equal(pair.samples[0], pair.samples[1])


def test_two_parties_of_another_real_call() -> None:
    audio = load_call_audio(
        [AudioFile(real("calls/alex_all-2012-02-27-10-38-31.289011.wav"), manager_channel=1)], None
    )
    assert audio.lanes == SIDES
    assert audio.speech is not None
    assert audio.speech.figures.manager_talk_ms < audio.speech.figures.customer_talk_ms
