"""The waveform in summary: exact at every zoom, readable by and from audiowaveform, safe against a damaged cache."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qaapp.audio.dat import Dat, dat_bytes, parse_dat
from qaapp.audio.peaks import build_peaks, from_dat, load_peaks, save_peaks

LOW = np.array([[-3, -300], [-5, -32768]], np.int16)
HIGH = np.array([[4, 300], [6, 32767]], np.int16)


def sound(frames: int, lanes: int = 2) -> np.ndarray:
    return np.random.default_rng(5).integers(-32768, 32768, (lanes, frames)).astype(np.int16)


def test_mono_is_version_1_byte_for_byte() -> None:
    content = dat_bytes(Dat(8000, 64, LOW[:1], HIGH[:1]))
    assert content == struct.pack("<iIiiI4h", 1, 0, 8000, 64, 2, -3, 4, -300, 300)


def test_stereo_is_version_2_and_interleaves_channels() -> None:
    content = dat_bytes(Dat(8000, 64, LOW, HIGH))
    assert content == struct.pack("<iIiiIi8h", 2, 0, 8000, 64, 2, 2, -3, 4, -5, 6, -300, 300, -32768, 32767)


def test_eight_bits_truncate_toward_zero() -> None:
    content = dat_bytes(Dat(8000, 64, LOW, HIGH), bits=8)
    assert content == struct.pack("<iIiiIi8b", 2, 1, 8000, 64, 2, 2, 0, 0, 0, 0, -1, 1, -128, 127)
    assert parse_dat(content).low.tolist() == [[0, -256], [0, -32768]]


@pytest.mark.parametrize("channels", [1, 2])
def test_reading_gives_back_what_was_written(channels: int) -> None:
    data = parse_dat(dat_bytes(Dat(16000, 256, LOW[:channels], HIGH[:channels])))
    assert (data.sample_rate, data.samples_per_pair) == (16000, 256)
    assert np.array_equal(data.low, LOW[:channels])
    assert np.array_equal(data.high, HIGH[:channels])


@pytest.mark.parametrize("content", [b"", b"RIFF" * 9, struct.pack("<iIiiI", 1, 0, 8000, 64, 9)])
def test_what_is_no_waveform_file_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError):
        parse_dat(content)


def test_a_foreign_file_of_another_zoom_is_shown() -> None:
    peaks = from_dat(Dat(8000, 256, LOW, HIGH))
    low, high, _ = peaks.columns(1, 0, 256, 2)
    assert (low.tolist(), high.tolist()) == ([-5, -32768], [6, 32767])


@settings(max_examples=60, deadline=None)
@given(
    frames=st.integers(1, 9000),
    width=st.one_of(st.integers(1, 3000).map(float), st.floats(0.2, 500)),
    start=st.integers(-2000, 9000),
)
def test_columns_contain_exactly_the_sound_they_cover(frames: int, width: float, start: int) -> None:
    samples = sound(frames, 1)
    low, high, rms = build_peaks(samples, 8000).columns(0, start, width, 20)
    for column in range(20):
        first, last = start + column * width, start + (column + 1) * width
        if last <= 0 or first >= frames:
            assert (low[column], high[column], rms[column]) == (0, 0, 0)
            continue
        exact = samples[0, max(0, int(first)) : max(int(first) + 1, int(np.ceil(last)))]
        assert low[column] <= exact.min()
        assert high[column] >= exact.max()
        if width < 64:  # from the sound itself: nothing but what is in it
            assert (low[column], high[column]) == (exact.min(), exact.max())
        assert low[column] <= high[column]
        assert 0 <= rms[column] <= 32767


def test_whole_pairs_are_exact_at_every_level() -> None:
    samples = sound(64 * 4096)
    peaks = build_peaks(samples, 8000)
    assert [level.samples_per_pair for level in peaks.levels] == [64, 256]
    for width in (64, 256, 1024):
        low, high, rms = peaks.columns(1, 0, width, 64)
        block = samples[1, : 64 * width].reshape(64, width).astype(float)
        assert np.array_equal(low, block.min(1))
        assert np.array_equal(high, block.max(1))
        assert np.abs(rms - np.sqrt((block**2).mean(1))).max() <= 1


def test_the_cache_gives_the_same_picture(tmp_path: Path) -> None:
    peaks = build_peaks(sound(100_001), 8000)
    save_peaks(peaks, tmp_path / "x.dat")
    again = load_peaks(tmp_path / "x.dat")
    assert again is not None
    assert again.frames == 100_001
    for one, other in zip(peaks.columns(1, 500, 777.7, 100), again.columns(1, 500, 777.7, 100), strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("name", ["x.dat", "x.rms"])
def test_one_damaged_byte_of_the_cache_is_noticed(tmp_path: Path, name: str) -> None:
    save_peaks(build_peaks(sound(5000), 8000), tmp_path / "x.dat")
    content = bytearray((tmp_path / name).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / name).write_bytes(content)
    assert load_peaks(tmp_path / "x.dat") is None
    (tmp_path / name).write_bytes(content[:10])
    assert load_peaks(tmp_path / "x.dat") is None
