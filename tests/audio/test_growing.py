"""The waveform while a call is being decoded: right as far as it is there, flat beyond, and the same in the end."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from qaapp.audio import growing as room
from qaapp.audio.call_audio import AudioFile, cached_peaks, load_call_audio
from qaapp.audio.dat import Dat, dat_bytes
from qaapp.audio.growing import SIDES, Growing
from qaapp.audio.peaks import Peaks, build_peaks
from qaapp.words import Lane

RATE = 8000
Looks = list[tuple[Peaks, tuple[Lane, ...]]]


def noise(frames: int, channels: int = 2) -> np.ndarray:
    return np.random.default_rng(5).integers(-9000, 9000, (channels, frames)).astype(np.int16)


def growing(looks: Looks, duration_ms: int, *, is_swapped: bool = False) -> Growing:
    """One that tells after every block."""
    ticks = iter(range(10**9))
    return Growing(
        lambda peaks, lanes: looks.append((peaks, lanes)),
        duration_ms,
        is_swapped=is_swapped,
        now=lambda: next(ticks),
    )


@given(
    cuts=st.lists(st.integers(0, 5000), max_size=8).map(sorted),
    told_ms=st.integers(0, 1500),
    is_swapped=st.booleans(),
)
def test_what_is_there_is_right_and_the_end_is_the_whole(
    cuts: list[int], told_ms: int, is_swapped: bool
) -> None:
    sound = noise(5000)
    looks: Looks = []
    made = growing(looks, told_ms, is_swapped=is_swapped)
    edges = [0, *cuts, 5000]
    ends = []
    for start, end in pairwise(edges):
        made.whole(RATE, None, sound[:, start:end])
        ends.append(end)
    whole = build_peaks(sound[::-1] if is_swapped else sound, RATE).levels[0]
    assert len(looks) == len(ends)
    for (peaks, lanes), end in zip(looks, ends, strict=True):
        if end == 0:
            continue
        assert lanes == (SIDES if end else (Lane.MIX,))
        pairs = end // 64
        low = peaks.levels[0].low
        assert np.array_equal(low[:, :pairs], whole.low[:, :pairs])
        assert not low[:, pairs:].any(), "nothing is drawn that is not there"
        assert peaks.frames >= told_ms * RATE // 1000, "the picture is as wide as the call from the beginning"


def test_both_channels_alike_are_one_lane() -> None:
    looks: Looks = []
    row = noise(4000, 1)
    growing(looks, 500).whole(RATE, 4000, np.concatenate([row, row]))
    assert looks[0][1] == (Lane.MIX,)
    assert looks[0][0].lanes == 1


def test_a_picture_is_made_at_once_and_then_not_too_often() -> None:
    moments = iter([0.0, 0.0, 0.05, 0.1, 0.19, 0.21, 0.21])
    looks: Looks = []
    made = Growing(lambda *look: looks.append(look), 1000, now=lambda: next(moments))
    for _block in range(5):
        made.whole(RATE, None, noise(640))
    assert len(looks) == 2


def write(path: Path, sound: np.ndarray) -> Path:
    soundfile.write(path, sound.T, RATE, subtype="PCM_16")
    return path


def test_a_file_tells_its_looks_while_it_is_decoded(tmp_path: Path) -> None:
    sound = noise(700_000)
    looks: Looks = []
    path = write(tmp_path / "a.wav", sound)
    load_call_audio(
        [AudioFile(path, manager_channel=1)], None, with_speech=False, duration_ms=87_500,
        on_look=lambda peaks, lanes: looks.append((peaks, lanes)),
    )  # fmt: skip
    peaks, lanes = looks[0]
    assert lanes == SIDES
    assert peaks.frames == 700_000
    assert np.array_equal(peaks.levels[0].low[:, :100], build_peaks(sound[::-1], RATE).levels[0].low[:, :100])
    assert not peaks.levels[0].low[:, -100:].any()


def test_two_files_grow_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = noise(20_000)
    looks: Looks = []
    files = [
        AudioFile(write(tmp_path / "in.wav", sound[1:]), Lane.CUSTOMER, offset_ms=200),
        AudioFile(write(tmp_path / "out.wav", sound[:1]), Lane.MANAGER),
    ]
    monkeypatch.setattr(room, "EACH_S", -1.0)
    audio = load_call_audio(
        files,
        None,
        with_speech=False,
        duration_ms=2700,
        on_look=lambda peaks, lanes: looks.append((peaks, lanes)),
    )
    assert all(lanes == SIDES for _peaks, lanes in looks)
    last = looks[-1][0].levels[0].low
    whole = audio.peaks.levels[0].low
    pairs = 20_000 // 64
    assert np.array_equal(last[:, :pairs], whole[:, :pairs])


# --- a waveform that somebody else wrote -----------------------------------------------------------------------------


def dat(sound: np.ndarray, per_pair: int = 256, bits: int = 16) -> bytes:
    whole = sound[:, : sound.shape[1] // per_pair * per_pair].reshape(len(sound), -1, per_pair)
    return dat_bytes(Dat(RATE, per_pair, whole.min(2), whole.max(2)), bits)


@pytest.mark.parametrize("name", ["call.dat", "call.wav.dat"])
@pytest.mark.parametrize(("channels", "bits"), [(1, 8), (1, 16), (2, 8), (2, 16)])
def test_a_waveform_beside_the_recording_is_painted_first(
    tmp_path: Path, name: str, channels: int, bits: int
) -> None:
    sound = noise(80_000, channels)
    path = write(tmp_path / "call.wav", sound)
    (tmp_path / name).write_bytes(dat(sound, bits=bits))
    found = cached_peaks([AudioFile(path, manager_channel=1)], tmp_path / "cache", 10_000)
    assert found is not None
    assert (found.lanes, found.frames) == (channels, 312 * 256)
    first = sound[-1, :256]
    assert abs(int(found.levels[0].high[0, 0]) - int(first.max())) < 256


@pytest.mark.parametrize(
    "content",
    [b"", b"no waveform at all", dat(noise(80_000))[:-1], dat(noise(30_000)), dat(noise(80_000, 3))],
    ids=["empty", "nonsense", "cut", "another length", "three channels"],
)
def test_what_is_no_waveform_of_this_recording_is_passed_over(tmp_path: Path, content: bytes) -> None:
    path = write(tmp_path / "call.wav", noise(80_000))
    (tmp_path / "call.dat").write_bytes(content)
    assert cached_peaks([AudioFile(path)], tmp_path / "cache", 10_000) is None


def test_our_own_waveform_comes_before_a_foreign_one(tmp_path: Path) -> None:
    sound = noise(80_000)
    path = write(tmp_path / "call.wav", sound)
    (tmp_path / "call.dat").write_bytes(dat(noise(80_000) // 9))
    load_call_audio([AudioFile(path)], tmp_path / "cache", with_speech=False)
    found = cached_peaks([AudioFile(path)], tmp_path / "cache", 10_000)
    assert found is not None
    assert found.frames == 80_000
