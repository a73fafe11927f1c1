"""From a file to planar int16 PCM, and what a file holds.

soundfile reads WAV, FLAC, Ogg, Opus, AIFF and AU (exact counts and seeks); PyAV reads MP3 (libsndfile silently cuts
VBR without a header) and everything else; headerless telephone formats have their own readers. The reader is chosen by
content. Time and memory are bounded; damage gives an ``AudioError`` with one plain sentence.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from qaapp.audio.collecting import collect
from qaapp.audio.pcm import AudioInfo, Pcm, Samples, frames_to_ms, to_int16
from qaapp.audio.sniffing import Kind, Reader, sniff
from qaapp.errors import AudioError
from qaapp.i18n import N_

LIMIT_S = 3 * 3600
MAX_CHANNELS = 16
RATES = range(1000, 768_001)
BLOCK = 1 << 18  # frames
# FFmpeg's readers that open one plain sound file; playlists and network formats stay shut.
AV_FORMATS = (
    "mp3,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,ogg,flac,wav,w64,aiff,au,caf,amr,amrnb,amrwb,asf,aac,ac3,g722,g723_1,"
    "g729,gsm,ilbc,voc,ape,wv,tta,mpc,mpc8,avi,flv,mpegts,mpeg,rm,dsf,qcp,sln,spx,oma,dss"
)
_PLANAR: dict[str, Any] = {"fltp": np.float32, "s16p": np.int16}
_FLOAT_SUBTYPES = {
    "FLOAT",
    "DOUBLE",
    "VORBIS",
    "OPUS",
}  # libsndfile would wrap or zero them when asked for int16


@dataclass(frozen=True)
class _Stream:
    """An open file: ``expected`` frames by its header (None: unknown) and its blocks ``(channels, frames)``."""

    sample_rate: int
    channels: int
    codec: str
    expected: int | None
    blocks: Iterator[Samples]


OnBlock = Callable[[int, int | None, Samples], None]  # sample rate, frames by the header, (channels, frames)


def decode(
    path: Path, *, limit_s: float = LIMIT_S, spill: Path | None = None, on_block: OnBlock | None = None
) -> Pcm:
    """The whole sound of ``path``. Big sound is kept in the file ``spill`` (memory-mapped) where one is given.

    ``on_block`` is told each piece as it is decoded, in this thread.
    Raises ``AudioError``: ``missing``, ``forbidden``, ``empty``, ``not_audio``, ``damaged``, ``too_long``.
    """
    kind = sniff(path)
    with _opened(path, kind) as stream:
        _check(path, stream)
        too_long = AudioError(
            N_("{path} is longer than {hours} hours."),
            hint=N_("Cut it into parts to work with it."),
            kind="too_long",
            path=path,
            hours=round(limit_s / 3600, 2),
        )
        limit = int(limit_s * stream.sample_rate)
        if stream.expected is not None and stream.expected > limit and _holds(path, stream):
            raise too_long
        blocks = stream.blocks if on_block is None else _told(stream, on_block)
        samples = collect(blocks, stream.channels, stream.expected, limit, too_long, spill)
    if samples.shape[1] == 0:
        raise _without_sound(path)
    is_cut = stream.expected is not None and samples.shape[1] < stream.expected
    return Pcm(samples, stream.sample_rate, stream.codec, is_cut or _wav_is_cut(path))


def _told(stream: _Stream, on_block: OnBlock) -> Iterator[Samples]:
    for block in stream.blocks:
        on_block(stream.sample_rate, stream.expected, block)
        yield block


def probe(path: Path) -> AudioInfo:
    """Duration, channels, rate and codec, from the header where it can be trusted, else by counting frames.

    MP3 by the durations of its packets less the encoder's padding (equal to decoding it, 20 times quicker); other PyAV
    formats by decoding. Raises ``AudioError`` like ``decode``.
    """
    kind = sniff(path)
    with _opened(path, kind) as stream:
        _check(path, stream)
        frames = _count_quickly(path, kind, stream)
        if frames is None:
            frames = sum(block.shape[1] for block in stream.blocks)
    if frames == 0:
        raise _without_sound(path)
    duration_ms = frames_to_ms(frames, stream.sample_rate)
    return AudioInfo(
        duration_ms, stream.channels, stream.sample_rate, stream.codec, frames, _wav_is_cut(path)
    )


def _count_quickly(path: Path, kind: Kind, stream: _Stream) -> int | None:
    """Frames without decoding, or None where only decoding tells."""
    if kind.reader is Reader.RAW:
        return stream.expected
    if kind.reader is Reader.SOUNDFILE:
        return stream.expected if stream.expected is not None and _holds(path, stream) else None
    if kind.forced == "gsm":
        return path.stat().st_size // 33 * 160
    return (_mp3_frames(path) or None) if stream.codec == "mp3" else None


def _holds(path: Path, stream: _Stream) -> bool:
    """Whether the last frame that the header promises can really be read."""
    import soundfile

    if stream.expected is None or stream.expected <= 0:
        return False
    try:
        with soundfile.SoundFile(os.fspath(path)) as file:
            file.seek(stream.expected - 1)
            return len(file.read(1, dtype="float32")) == 1
    except (RuntimeError, OSError, ValueError):
        return False


def _check(path: Path, stream: _Stream) -> None:
    if not (0 < stream.channels <= MAX_CHANNELS and stream.sample_rate in RATES):
        raise AudioError(
            N_("{path} says it has {channels} channels at {rate} Hz, which no recording of a call has."),
            kind="damaged",
            path=path,
            channels=stream.channels,
            rate=stream.sample_rate,
        )


def _without_sound(path: Path) -> AudioError:
    return AudioError(
        N_("{path} has a header but no sound."),
        hint=N_("The recording was probably broken off."),
        kind="empty",
        path=path,
    )


def _not_audio(path: Path, reason: object) -> AudioError:
    return AudioError(
        N_("{path} is not a recording this program can read ({reason})."),
        kind="not_audio",
        path=path,
        reason=reason,
    )


@contextlib.contextmanager
def _opened(path: Path, kind: Kind) -> Iterator[_Stream]:
    if kind.reader is Reader.RAW:
        yield _open_raw(path, kind)
    elif kind.reader is Reader.AV:
        with _open_av(path, kind) as stream:
            yield stream
    else:
        import soundfile

        try:
            file = soundfile.SoundFile(os.fspath(path))
        except (RuntimeError, ValueError, OSError):
            with _open_av(path, kind) as stream:  # e.g. Speex in Ogg, 64-bit WAV
                yield stream
            return
        with file:
            yield _Stream(
                file.samplerate,
                file.channels,
                _soundfile_codec(file),
                file.frames,
                _soundfile_blocks(file),
            )


def _soundfile_codec(file: Any) -> str:
    container = {"WAVEX": "wav", "RF64": "wav"}.get(file.format, file.format.lower())
    subtype = file.subtype.lower()
    return container if container == "flac" else f"{container} {subtype}"


def _soundfile_blocks(file: Any) -> Iterator[Samples]:
    import soundfile

    as_float = file.subtype in _FLOAT_SUBTYPES
    done, broken = 0, False
    while not broken:
        block = np.zeros((BLOCK, file.channels), np.float32 if as_float else np.int16)
        try:
            got = len(file.read(out=block))
        except (soundfile.SoundFileError, RuntimeError):
            broken = True  # damaged from here on: what was read before is in the block, and the length tells
            got = min(max(0, file.tell() - done), BLOCK)
        if not got:
            return
        done += got
        yield (to_int16(block[:got]) if as_float else block[:got]).T


# --- PyAV ---------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _open_av(path: Path, kind: Kind) -> Iterator[_Stream]:
    import av

    try:
        container = av.open(
            f"file:{os.fspath(path)}",
            format=kind.forced,
            metadata_errors="ignore",
            options={"format_whitelist": AV_FORMATS, "protocol_whitelist": "file"},
        )
    except (av.FFmpegError, OSError, ValueError, UnicodeError) as error:
        raise _not_audio(path, _av_reason(error)) from error
    with container:
        try:
            audio = container.streams.audio[0]
            codec, rate, channels = (
                audio.codec_context.name,
                audio.codec_context.sample_rate,
                audio.codec_context.channels,
            )
        except (IndexError, AttributeError) as error:
            raise _not_audio(path, "no sound stream") from error
        name = {"mp3float": "mp3"}.get(codec, codec)
        rate = rate or kind.sample_rate
        yield _Stream(
            rate, channels or 1, name, None, _av_blocks(path, container, audio, rate, channels or 1)
        )


def _av_reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return str(text).rstrip(".")


def _av_blocks(path: Path, container: Any, audio: Any, rate: int, channels: int) -> Iterator[Samples]:
    """Decoded blocks of about a second. A damaged packet is skipped; a run of 200 ends the reading."""
    import av

    gather = _Gather(rate, channels)
    damaged = 0
    packets = container.demux(audio)
    while damaged < 200:
        try:
            packet = next(packets, None)
            if packet is None:
                break
            for frame in packet.decode():
                gather.add(frame)
            damaged = 0
        except (av.FFmpegError, ValueError, OSError):
            damaged += 1
            continue
        if gather.count >= rate:
            yield from gather.flush()
    with contextlib.suppress(av.FFmpegError, ValueError):
        gather.end()
    yield from gather.flush()


class _Gather:
    """Frames of one stream as planar int16. Planar frames of the stream's own shape are taken as they are, which is
    four times quicker than FFmpeg's resampler; it brings all others into shape."""

    def __init__(self, rate: int, channels: int) -> None:
        self.count = 0
        self._rate, self._channels = rate, channels
        self._kind: str | None = None
        self._held: list[list[Any]] = [[] for _ in range(channels)]
        self._blocks: list[Samples] = []
        self._resampler: Any = None

    def add(self, frame: Any) -> None:
        kind = frame.format.name
        if (
            kind in _PLANAR
            and frame.sample_rate == self._rate
            and len(frame.planes) == self._channels
            and self._resampler is None
        ):
            if kind != self._kind:
                self._close()
                self._kind = kind
            for held, plane in zip(self._held, frame.planes, strict=True):
                held.append(np.frombuffer(plane, _PLANAR[kind], frame.samples))
            self.count += frame.samples
            return
        import av

        if self._resampler is None:
            layout = {1: "mono", 2: "stereo"}.get(self._channels)
            self._resampler = av.AudioResampler(format="s16p", layout=layout, rate=self._rate)
        self._take(self._resampler.resample(frame))

    def end(self) -> None:
        """What the resampler still holds."""
        if self._resampler is not None:
            self._take(self._resampler.resample(None))

    def _take(self, frames: Any) -> None:
        self._close()
        for frame in frames:
            self._blocks.append(frame.to_ndarray())
            self.count += self._blocks[-1].shape[1]

    def _close(self) -> None:
        if self._held[0]:
            block = np.stack([np.concatenate(held) for held in self._held])
            self._blocks.append(to_int16(block) if block.dtype == np.float32 else block)
            self._held = [[] for _ in self._held]

    def flush(self) -> Iterator[Samples]:
        self._close()
        yield from self._blocks
        self._blocks, self.count = [], 0


def _mp3_frames(path: Path) -> int | None:
    """Frames of an MP3: its packets' durations less the encoder's delay and padding (``skip_samples``)."""
    import av

    total = skipped = 0
    try:
        with av.open(
            f"file:{os.fspath(path)}", metadata_errors="ignore", options={"format_whitelist": "mp3,wav"}
        ) as container:
            audio = container.streams.audio[0]
            scale = float((audio.time_base or 0) * audio.codec_context.sample_rate)
            for packet in container.demux(audio):
                if not packet.size:
                    continue
                if packet.duration is None:
                    return None
                total += packet.duration
                for data in packet.iter_sidedata():
                    if str(data.data_type).lower().endswith("skip_samples"):
                        head = bytes(data)
                        skipped += int.from_bytes(head[:4], "little") + int.from_bytes(head[4:8], "little")
    except (av.FFmpegError, OSError, ValueError, IndexError):
        return None
    return max(0, round(total * scale) - skipped)


# --- headerless telephone formats ---------------------------------------------------------------------------------


def _g711_table(law: str) -> Samples:
    """ITU-T G.711 as a table of 256 values."""
    code = np.arange(256, dtype=np.int32)
    if law == "ulaw":
        code = ~code & 0xFF
        magnitude = (((code & 15) << 3) + 132 << (code >> 4 & 7)) - 132
        return np.where(code & 128, -magnitude, magnitude).astype(np.int16)
    code ^= 0x55
    exponent = code >> 4 & 7
    mantissa = (code & 15) << 4
    magnitude = np.where(exponent == 0, mantissa + 8, (mantissa + 264) << np.maximum(exponent - 1, 0))
    return np.where(code & 128, magnitude, -magnitude).astype(np.int16)


def _open_raw(path: Path, kind: Kind) -> _Stream:
    width = 2 if kind.codec == "slin" else 1
    return _Stream(
        kind.sample_rate, 1, kind.codec, path.stat().st_size // width, _raw_blocks(path, kind.codec)
    )


def _raw_blocks(path: Path, codec: str) -> Iterator[Samples]:
    table = None if codec == "slin" else _g711_table(codec)
    with open(path, "rb") as stream:
        while data := stream.read(2 * BLOCK):
            if table is not None:
                yield table[np.frombuffer(data, np.uint8)][None, :]
            else:
                yield np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(np.int16, copy=False)[None, :]


def _wav_is_cut(path: Path) -> bool:
    """Whether a RIFF file's data chunk promises more bytes than the file has (a recorder that was killed)."""
    with open(path, "rb") as stream:
        head = stream.read(4096)
    if head[:4] != b"RIFF":
        return False
    at = head.find(b"data", 12)
    if at < 0:
        return False
    size = int.from_bytes(head[at + 4 : at + 8], "little")
    return size not in (0, 0xFFFFFFFF) and at + 8 + size > os.path.getsize(path) + 1
