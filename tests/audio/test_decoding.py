"""Every reader gives the true sound; every broken file gives a sentence."""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from samples import FOLDER, real

from qaapp.audio import collecting
from qaapp.audio.decoding import decode, probe
from qaapp.audio.pcm import resample
from qaapp.errors import AudioError

RATE = 8000


def noise(seconds: float = 1.0, channels: int = 2, rate: int = RATE) -> np.ndarray:
    """Repeatable int16 noise ``(frames, channels)`` that survives a lossy codec well enough to be located."""
    rng = np.random.default_rng(7)
    white = rng.normal(0, 1, (int(seconds * rate) + 8, channels))
    smooth = (white[:-8] + white[1:-7] * 0.9 + white[2:-6] * 0.7) * 3000
    return np.clip(smooth, -32000, 32000).astype(np.int16)


def write(path: Path, samples: np.ndarray, **kind: str) -> Path:
    soundfile.write(path, samples, RATE, **kind)
    return path


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.aiff"])
def test_lossless_files_decode_to_their_very_samples(tmp_path: Path, name: str) -> None:
    samples = noise()
    pcm = decode(write(tmp_path / name, samples))
    assert pcm.samples.flags.c_contiguous
    assert pcm.samples.dtype == np.int16
    assert np.array_equal(pcm.samples, samples.T)


def test_content_decides_not_the_name(tmp_path: Path) -> None:
    flac = write(tmp_path / "a.flac", noise())
    lying = tmp_path / "a.mp3"
    os.rename(flac, lying)
    assert probe(lying).codec == "flac"


def test_float_sound_is_scaled_and_clipped(tmp_path: Path) -> None:
    values = np.array([0.5, -0.5, 1.5, -1.5, 0.0])
    pcm = decode(write(tmp_path / "f.wav", values, subtype="FLOAT"))
    assert pcm.samples[0].tolist() == [16384, -16384, 32767, -32768, 0]


@pytest.mark.parametrize(("suffix", "subtype"), [("alaw", "ALAW"), ("ulaw", "ULAW")])
def test_headerless_g711_equals_the_library(tmp_path: Path, suffix: str, subtype: str) -> None:
    every_code = bytes(range(256))
    path = tmp_path / f"call.{suffix}"
    path.write_bytes(every_code)
    expected, _ = soundfile.read(
        io.BytesIO(every_code), dtype="int16", format="RAW", subtype=subtype, samplerate=8000, channels=1
    )
    assert decode(path).samples[0].tolist() == expected.tolist()
    assert probe(path).frames == 256


def test_signed_linear_takes_its_rate_from_the_name(tmp_path: Path) -> None:
    path = tmp_path / "call.sln16"
    path.write_bytes(noise(channels=1).astype("<i2").tobytes())
    assert (decode(path).sample_rate, probe(path).frames) == (16000, RATE)


def vbr_mp3(path: Path, *, header: bool) -> Path:
    """A real VBR MP3 (quiet and loud seconds); without ``header`` its Xing frame is cut off."""
    import av

    loud = noise(2.0, 1)[:, 0]
    samples = np.concatenate([loud, np.zeros(2 * RATE, np.int16), loud // 8])
    with av.open(str(path), "w", format="mp3", options={"write_xing": "1" if header else "0"}) as container:
        stream = container.add_stream("libmp3lame", rate=16000, layout="mono")
        stream.codec_context.global_quality = 4 * 118
        stream.codec_context.qscale = True
        for start in range(0, len(samples), 1152):
            part = np.ascontiguousarray(samples[None, start : start + 1152])
            frame = av.AudioFrame.from_ndarray(part, format="s16p", layout="mono")
            frame.sample_rate = 16000
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("header", [True, False])
def test_an_mp3_lasts_as_long_as_its_decoded_frames(tmp_path: Path, header: bool) -> None:
    path = vbr_mp3(tmp_path / "call.mp3", header=header)
    pcm, info = decode(path), probe(path)
    assert info.frames == pcm.samples.shape[1]
    assert (
        abs(info.duration_ms - 3000) <= 150
    )  # a lossy frame or two of padding, never a guess of the container


def test_every_real_file_opens_or_is_refused_by_a_sentence() -> None:
    real("audio-edge")
    opened = refused = 0
    for folder in ("audio-edge", "calls", "calls-derived", "single"):
        for path in sorted((FOLDER / folder).rglob("*")):
            if path.is_dir() or path.stat().st_size > 1_000_000:  # the big ones are heard in other tests
                continue
            try:
                info = probe(path)
                samples = decode(path).samples
            except AudioError as error:
                refused += 1
                sentence, kind = error.sentence(), error.kind
                assert path.name in sentence
                assert kind in {"empty", "not_audio", "damaged"}
            else:
                opened += 1
                assert (info.channels, info.frames) == samples.shape
    assert opened > 60
    assert refused >= 15


def test_real_telephone_formats_keep_the_exact_length() -> None:
    for name in ("stereo_L-agent_R-customer.ulaw.wav", "stereo_L-agent_R-customer.opus", "mono_mix_60s.ogg"):
        info = probe(real(f"calls-derived/lca40_{name}"))
        assert info.frames == (480000 if "60s" in name else 1963040)
    assert probe(real("calls-derived/lca40_stereo_L-agent_R-customer.mp3")).duration_ms == 245380


def test_text_named_wav_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_text("Звонок не записан\n" * 20, encoding="utf-8")
    with pytest.raises(AudioError, match="holds text, not sound") as raised:
        decode(path)
    assert raised.value.kind == "not_audio"


def test_a_playlist_is_never_followed(tmp_path: Path) -> None:
    write(tmp_path / "inner.wav", noise())
    for text in (
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\ninner.wav\n",
        "ffconcat version 1.0\nfile inner.wav\n",
    ):
        path = tmp_path / "call.mp3"
        path.write_bytes(text.encode() + b"\x01")
        with pytest.raises(AudioError):
            probe(path)


@pytest.mark.parametrize(("content", "kind"), [(b"", "empty"), (b"RIFF\x24\0\0\0WAVEfmt ", "not_audio")])
def test_empty_and_broken_off_heads(tmp_path: Path, content: bytes, kind: str) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(content)
    with pytest.raises(AudioError) as raised:
        probe(path)
    assert raised.value.kind == kind


def test_missing_forbidden_and_special_files(tmp_path: Path) -> None:
    with pytest.raises(AudioError) as raised:
        decode(tmp_path / "gone.wav")
    assert raised.value.kind == "missing"
    with pytest.raises(AudioError):
        decode(tmp_path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.wav")  # opening it for reading would wait for ever
        with pytest.raises(AudioError):
            decode(tmp_path / "pipe.wav")


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg"])
def test_a_truncated_file_gives_what_is_there_and_says_so(tmp_path: Path, name: str) -> None:
    whole = write(tmp_path / name, noise(3.0))
    cut = tmp_path / f"cut-{name}"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    pcm = decode(cut)
    assert 0 < pcm.samples.shape[1] < 3 * RATE
    assert probe(cut).frames == pcm.samples.shape[1]
    if name != "a.ogg":  # an Ogg stream has no length in its head
        assert pcm.is_cut


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3"])
def test_damage_never_hangs_or_crashes(tmp_path: Path, name: str) -> None:
    whole = bytearray(write(tmp_path / name, noise(1.0)).read_bytes())
    rng = np.random.default_rng(3)
    for _ in range(25):
        broken = bytearray(whole)
        for at in rng.integers(0, len(broken), 30):
            broken[at] = int(rng.integers(0, 256))
        path = tmp_path / f"broken-{name}"
        path.write_bytes(broken)
        for job in (probe, decode):
            with contextlib.suppress(AudioError):
                job(path)


def test_too_long_is_refused_before_it_fills_memory(tmp_path: Path) -> None:
    path = write(tmp_path / "long.flac", np.zeros((RATE * 60, 1), np.int16))
    with pytest.raises(AudioError) as raised:
        decode(path, limit_s=30)
    assert raised.value.kind == "too_long"


def test_big_sound_goes_to_a_file_and_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = noise(40.0)
    path = write(tmp_path / "big.flac", samples)
    monkeypatch.setattr(collecting, "SPILL_BYTES", 1 << 20)
    pcm = decode(path, spill=tmp_path / "cache" / "big.npy")
    assert isinstance(pcm.samples, np.memmap)
    assert pcm.samples.flags.c_contiguous
    assert np.array_equal(pcm.samples, samples.T)
    assert [found.name for found in (tmp_path / "cache").iterdir()] == ["big.npy"]


@pytest.mark.parametrize(("rate", "target"), [(8000, 16000), (8000, 48000), (44100, 8000), (16000, 11025)])
def test_resampling_keeps_a_tone_its_phase_and_length(rate: int, target: int) -> None:
    tone = 8000 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)
    got = resample(tone.astype(np.int16)[None, :], rate, target)[0].astype(float)
    expected = 8000 * np.sin(2 * np.pi * 440 * np.arange(target) / target)
    assert len(got) == target
    middle = slice(target // 10, -target // 10)
    assert np.abs(got[middle] - expected[middle]).max() < 8
