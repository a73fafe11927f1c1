"""A seek is exact in every format: what sounds is the decoded slice, sample by sample, and lasts as long as it was decoded.

A noise with a known seed is written in each format that can be written here; formats that are only read are covered by
real files in ``tests/audio/test_decoding.py``. The codec itself is held to its original by correlation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from test_player import Bench

from qaapp.audio.call_audio import AudioFile, load_call_audio
from qaapp.audio.decoding import decode, probe
from qaapp.player.player import Listen

SECONDS = 6.0
FADE = 5  # ms; a fresh start fades in


@dataclass(frozen=True)
class Format:
    """How the noise is written; ``floor`` is the correlation with the original that its codec must reach."""

    name: str
    container: str
    codec: str
    rate: int = 8000
    channels: int = 2
    floor: float = 0.9
    options: dict[str, str] | None = None
    unfinished: int = 0  # samples at the end that this encoder never gives back
    bit_rate: int | None = None


FORMATS = [
    Format("a.wav", "wav", "pcm_s16le", floor=1),
    Format("a24.wav", "wav", "pcm_s24le", rate=44_100, floor=0.9999),
    Format("float.wav", "wav", "pcm_f32le", floor=0.9999),
    Format("alaw.wav", "wav", "pcm_alaw", channels=1, floor=0.99),
    Format("ulaw.wav", "wav", "pcm_mulaw", floor=0.99),
    Format("ms.wav", "wav", "adpcm_ms", floor=0.97),
    Format("ima.wav", "wav", "adpcm_ima_wav", floor=0.97),
    Format("a.flac", "flac", "flac", rate=16_000, floor=1),
    Format("a.ogg", "ogg", "libopus", rate=48_000, channels=1, bit_rate=64_000),
    Format("a.webm", "webm", "libopus", rate=48_000, bit_rate=96_000),  # MikoPBX
    Format("cbr.mp3", "mp3", "libmp3lame", rate=8000, channels=1, bit_rate=32_000),
    Format("cbr44.mp3", "mp3", "libmp3lame", rate=44_100, bit_rate=128_000),
    Format("vbr.mp3", "mp3", "libmp3lame", rate=16_000, options={"write_xing": "1"}),
    Format("headerless.mp3", "mp3", "libmp3lame", rate=16_000, options={"write_xing": "0"}),
    Format("a.m4a", "mp4", "aac", rate=16_000, bit_rate=64_000),
    Format("alac.m4a", "mp4", "alac", floor=0.9999),
    Format("a.wma", "asf", "wmav2", rate=22_050, bit_rate=96_000, unfinished=1024),
    Format("a.amr", "amr", "libopencore_amrnb", channels=1, floor=0.6, bit_rate=12_200),
    Format("a.ac3", "ac3", "ac3", rate=48_000, bit_rate=192_000),
    Format("a.aiff", "aiff", "pcm_s16be", floor=1),
    Format("a.alaw", "alaw", "pcm_alaw", channels=1, floor=0.99),
    Format("a.ulaw", "mulaw", "pcm_mulaw", channels=1, floor=0.99),
    Format("a.sln", "s16le", "pcm_s16le", channels=1, floor=1),
    Format("a.sln16", "s16le", "pcm_s16le", rate=16_000, channels=1, floor=1),
    Format("a.g722", "g722", "g722", rate=16_000, channels=1),
    Format("vorbis.ogg", "ogg", "VORBIS", rate=16_000),
    Format("wav49.wav", "wav", "GSM610", channels=1, floor=0.8),
]  # fmt: skip


def noise(kind: Format) -> npt.NDArray[np.int16]:
    """``(channels, frames)``: low-passed, so that a codec keeps it, and louder and softer by the second."""
    rng = np.random.default_rng(11)
    frames = int(SECONDS * kind.rate)
    spectrum = np.fft.rfft(rng.normal(0, 1, (kind.channels, frames)))
    spectrum[:, np.fft.rfftfreq(frames, 1 / kind.rate) > 1800] = 0
    spectrum[:, np.fft.rfftfreq(frames, 1 / kind.rate) < 200] = 0
    sound = np.fft.irfft(spectrum, frames)
    sound *= (1 + 0.6 * np.sin(np.arange(frames) * 2 * np.pi / kind.rate)) * 5000 / sound.std()
    return sound.clip(-30_000, 30_000).astype(np.int16)


def write(path: Path, kind: Format, samples: npt.NDArray[np.int16]) -> Path:
    if kind.codec.isupper():  # libsndfile writes what FFmpeg here cannot
        soundfile.write(path, samples.T, kind.rate, format=kind.container.upper(), subtype=kind.codec)
        return path
    import av

    layout = "mono" if kind.channels == 1 else "stereo"
    with av.open(str(path), "w", format=kind.container, options=kind.options or {}) as container:
        stream: Any = container.add_stream(kind.codec, rate=kind.rate, layout=layout)
        if kind.bit_rate:
            stream.bit_rate = kind.bit_rate
        elif kind.codec == "libmp3lame":
            stream.codec_context.global_quality, stream.codec_context.qscale = 2 * 118, True
        wanted = stream.codec_context.format.name
        resampler = av.AudioResampler(format=wanted, layout=layout, rate=kind.rate)
        packed = np.ascontiguousarray(samples.T.reshape(1, -1))
        frame = av.AudioFrame.from_ndarray(packed, format="s16", layout=layout)
        frame.sample_rate = kind.rate
        fifo = av.AudioFifo()
        for part in resampler.resample(frame):
            part.pts = None
            fifo.write(part)
        size = stream.codec_context.frame_size or 1024
        while (part := fifo.read(size)) or (part := fifo.read(0, partial=True)):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return path


def likeness(decoded: npt.NDArray[np.int16], original: npt.NDArray[np.int16], rate: int) -> float:
    """The normalised correlation at the best delay up to 100 ms (codecs put some silence before)."""
    middle = slice(rate, len(original) - rate)
    wanted = original[middle].astype(np.float64)
    length = wanted.size
    windows = decoded.astype(np.float64)
    spread = int(0.1 * rate)
    from_, to = max(rate - spread, 0), min(rate + spread, windows.size - length)
    piece = windows[from_ : to + length]
    size = 1 << int(np.ceil(np.log2(piece.size + length)))
    product = np.fft.irfft(np.fft.rfft(piece, size) * np.conj(np.fft.rfft(wanted, size)), size)[
        : to - from_ + 1
    ]
    power = np.cumsum(np.concatenate([[0.0], piece**2]))
    norms = np.sqrt((power[length:] - power[:-length]) * (wanted**2).sum())
    return float(np.max(product / np.maximum(norms, 1e-9)))


@pytest.fixture
def bench(qapp: object) -> Iterator[Bench]:
    made = Bench()
    yield made
    made.player.close()


@pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.name)
def test_what_sounds_after_a_seek_is_the_decoded_slice(bench: Bench, tmp_path: Path, kind: Format) -> None:
    original = noise(kind)
    path = write(tmp_path / kind.name, kind, original)
    pcm, told = decode(path), probe(path)
    audio = load_call_audio([AudioFile(path)], None, with_speech=False)
    frames = pcm.samples.shape[1]
    assert (audio.samples.shape[1], told.frames) == (frames, frames), "the decoded frames are the length"
    assert np.array_equal(audio.samples, pcm.samples)
    alike = likeness(pcm.samples[0], original[0], kind.rate)
    assert alike >= kind.floor - 1e-9
    assert frames >= original.shape[1] - kind.unfinished, "nothing is cut off at the end"

    player = bench.player
    player.load(audio)
    assert player.duration_ms() == pytest.approx(frames * 1000 / pcm.sample_rate)
    if len(audio.lanes) == 2:
        player.set_listen(Listen.MANAGER)
    skip = FADE * pcm.sample_rate // 1000
    for start in (0, 1, 12_345, frames // 2 + 7, frames - pcm.sample_rate):
        player.seek_ms(start * 1000 / pcm.sample_rate)
        player.play()
        bench.wait(0.4)
        heard = bench.sink.played()
        player.pause()
        assert len(heard) >= 0.3 * pcm.sample_rate
        assert np.array_equal(heard[skip:], pcm.samples[0, start + skip : start + len(heard)])
    player.seek_ms((frames - 500) * 1000 / pcm.sample_rate)
    player.play()
    bench.wait(1.0)
    assert not player.is_playing()
    assert player.position_ms() == pytest.approx(frames * 1000 / pcm.sample_rate)
