"""Files of a call become lanes; clips are cut out of them to the sample."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from samples import real

from qaapp.audio import call_audio
from qaapp.audio.call_audio import AudioFile, CallAudio, cached_peaks, load_call_audio, same_sound
from qaapp.audio.clips import write_clip
from qaapp.audio.decoding import decode
from qaapp.errors import AudioError
from qaapp.words import Lane

RATE = 8000
SIDES = (Lane.MANAGER, Lane.CUSTOMER)


def noise(frames: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(-9000, 9000, frames).astype(np.int16)


def wav(path: Path, *channels: np.ndarray, rate: int = RATE) -> Path:
    soundfile.write(path, np.stack(channels, axis=1), rate)
    return path


def test_two_sides_are_padded_and_shifted(tmp_path: Path) -> None:
    one, other = noise(8000, 1), noise(6000, 2)
    audio = load_call_audio(
        [
            AudioFile(wav(tmp_path / "out.wav", other), Lane.CUSTOMER, offset_ms=100),
            AudioFile(wav(tmp_path / "in.wav", one), Lane.MANAGER),
        ],
        None,
    )
    assert audio.lanes == SIDES
    assert audio.samples.shape == (2, 8000)
    assert np.array_equal(audio.samples[0], one)
    assert np.array_equal(audio.samples[1, 800:6800], other)
    assert not audio.samples[1, :800].any()
    assert not audio.samples[1, 6800:].any()


def test_sides_of_different_rates_stay_together(tmp_path: Path) -> None:
    slow, fast = noise(8000, 1), noise(16000, 2)
    audio = load_call_audio(
        [
            AudioFile(wav(tmp_path / "a.wav", slow), Lane.MANAGER),
            AudioFile(wav(tmp_path / "b.wav", fast, rate=16000), Lane.CUSTOMER),
        ],
        None,
    )
    assert (audio.sample_rate, audio.samples.shape) == (16000, (2, 16000))


def test_the_managers_channel_comes_first(tmp_path: Path) -> None:
    left, right = noise(8000, 1), noise(8000, 2)
    path = wav(tmp_path / "s.wav", left, right)
    assert np.array_equal(load_call_audio([AudioFile(path)], None).samples[0], left)
    audio = load_call_audio([AudioFile(path, manager_channel=1)], None)
    assert audio.lanes == SIDES
    assert np.array_equal(audio.samples[0], right)
    assert np.array_equal(audio.swapped().samples[0], left)


def test_dual_mono_is_one_lane(tmp_path: Path) -> None:
    row = noise(20000, 1)
    nearly = (row + np.random.default_rng(3).integers(-2, 3, len(row))).astype(np.int16)
    audio = load_call_audio([AudioFile(wav(tmp_path / "d.wav", row, nearly))], None)
    assert (audio.lanes, audio.speech) == ((Lane.MIX,), None)
    assert same_sound(row, row)
    assert not same_sound(row, np.zeros_like(row))
    real_call = load_call_audio([AudioFile(real("calls/azure_callCenterRecording.mp3"))], None)
    assert real_call.lanes == (Lane.MIX,)


def test_more_channels_leave_the_sounding_ones(tmp_path: Path) -> None:
    one, other, quiet = noise(8000, 1), noise(8000, 2), np.zeros(8000, np.int16)
    audio = load_call_audio([AudioFile(wav(tmp_path / "4.wav", quiet, one, quiet, other))], None)
    assert audio.lanes == SIDES
    assert np.array_equal(audio.samples, np.stack([one, other]))
    three = load_call_audio([AudioFile(wav(tmp_path / "3.wav", one, other, noise(8000, 3)))], None)
    assert three.lanes == (Lane.MIX,)


def test_parts_of_a_call_follow_one_another(tmp_path: Path) -> None:
    one, other = noise(8000, 1), noise(6000, 2)
    files = [AudioFile(wav(tmp_path / "1.wav", one)), AudioFile(wav(tmp_path / "2.wav", other))]
    assert np.array_equal(load_call_audio(files, None).samples[0], np.concatenate([one, other]))


def test_no_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="no recording"):
        load_call_audio([], None)
    assert cached_peaks([AudioFile(tmp_path / "gone.wav")], tmp_path) is None


def test_the_waveform_is_cached_by_content_and_rebuilt_when_damaged(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    files = [AudioFile(wav(tmp_path / "s.wav", noise(8000, 1), noise(8000, 2)))]
    assert cached_peaks(files, cache) is None
    fresh = load_call_audio(files, cache).peaks
    (tmp_path / "s.wav").rename(tmp_path / "moved.wav")
    files = [AudioFile(tmp_path / "moved.wav")]
    found = cached_peaks(files, cache)
    assert found is not None
    assert np.array_equal(found.levels[0].low, fresh.levels[0].low)
    (cached,) = (cache / "peaks").glob("*.dat")
    cached.write_bytes(b"rubbish")
    assert cached_peaks(files, cache) is None
    assert np.array_equal(load_call_audio(files, cache).peaks.levels[0].low, fresh.levels[0].low)
    assert cached_peaks(files, cache) is not None


def test_big_sound_is_mapped_from_the_cache_the_second_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qaapp.audio.collecting.SPILL_BYTES", 10_000)
    monkeypatch.setattr(call_audio, "SPILL_BYTES", 10_000)
    files = [AudioFile(wav(tmp_path / "s.wav", noise(80000, 1), noise(80000, 2)))]
    first = load_call_audio(files, tmp_path / "cache")
    assert isinstance(first.samples, np.memmap)
    monkeypatch.setattr(call_audio, "decode", lambda *_, **__: pytest.fail("decoded again"))
    second = load_call_audio(files, tmp_path / "cache")
    assert np.array_equal(first.samples, second.samples)
    assert second.sample_rate == RATE


@pytest.fixture
def call(tmp_path: Path) -> CallAudio:
    path = wav(tmp_path / "call.wav", noise(RATE * 4, 1), noise(RATE * 4, 2))
    return load_call_audio([AudioFile(path)], None, with_speech=False)


@pytest.mark.parametrize("suffix", ["wav", "flac"])
def test_a_clip_is_the_very_samples(call: CallAudio, tmp_path: Path, suffix: str) -> None:
    clip = decode(write_clip(call, tmp_path / f"clip.{suffix}", 1000.125, 2500.5))
    assert np.array_equal(clip.samples, call.samples[:, 8001:20004])


def test_gains_of_a_clip_are_fixed_per_side_and_clip_at_full_scale(call: CallAudio, tmp_path: Path) -> None:
    gains = {Lane.MANAGER: -6.0, Lane.CUSTOMER: 60.0}
    clip = decode(write_clip(call, tmp_path / "g.wav", 0, 1000, gains_db=gains)).samples
    plain = call.samples[:, : clip.shape[1]].astype(float)
    for row, lane in enumerate(call.lanes):
        expected = np.clip(np.rint(plain[row] * 10 ** (gains[lane] / 20)), -32768, 32767)
        assert np.abs(clip[row] - expected).max() <= 1


@pytest.mark.parametrize("suffix", ["mp3", "opus"])
def test_lossy_clips_hold_the_same_sound(tmp_path: Path, suffix: str) -> None:
    tone = (8000 * np.sin(2 * np.pi * 440 * np.arange(RATE * 2) / RATE)).astype(np.int16)
    call = load_call_audio([AudioFile(wav(tmp_path / "t.wav", tone))], None, with_speech=False)
    clip = decode(write_clip(call, tmp_path / f"clip.{suffix}", 500, 1500))
    assert abs(clip.samples.shape[1] - clip.sample_rate) <= clip.sample_rate * 0.08
    spectrum = np.abs(np.fft.rfft(clip.samples[0].astype(float)))
    assert abs(spectrum.argmax() * clip.sample_rate / clip.samples.shape[1] - 440) < 5


def test_one_side_and_a_beep_over_a_name(call: CallAudio, tmp_path: Path) -> None:
    path = write_clip(
        call, tmp_path / "c.wav", 0, 3000, sides={Lane.CUSTOMER}, beep=[(1000, 1500), (2900, 9000)]
    )
    got = decode(path).samples
    assert got.shape == (1, RATE * 3)
    assert np.array_equal(got[0, :8000], call.samples[1, :8000])
    assert np.array_equal(got[0, 12000:23200], call.samples[1, 12000:23200])
    spectrum = np.abs(np.fft.rfft(got[0, 8000:12000].astype(float)))
    assert spectrum.argmax() * 2 == 1000
    hidden = np.corrcoef(got[0, 8000:12000], call.samples[1, 8000:12000])[0, 1]
    assert abs(hidden) < 0.1


def test_clips_that_cannot_be_written_say_why(call: CallAudio, tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="empty"):
        write_clip(call, tmp_path / "c.wav", 2000, 2000)
    with pytest.raises(AudioError, match="WAV, FLAC, MP3 or Opus"):
        write_clip(call, tmp_path / "c.docx", 0, 100)
    (tmp_path / "file").write_text("")
    with pytest.raises(AudioError, match="cannot be written"):
        write_clip(call, tmp_path / "file" / "c.wav", 0, 100)
