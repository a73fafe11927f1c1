"""Cut a stretch out of a call into a file of its own: chosen sides, hidden stretches beeped over. Never the original.

pydub joins the pieces in memory; soundfile writes them. WAV and FLAC are exact to the sample.
"""

from __future__ import annotations

import contextlib
import errno
import os
import warnings
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qaapp.audio.call_audio import CallAudio
from qaapp.audio.pcm import Samples, ms_to_frame, resample, to_int16
from qaapp.errors import AudioError
from qaapp.i18n import N_, _
from qaapp.progress import Progress, Steps, run
from qaapp.words import Lane

if TYPE_CHECKING:
    from pydub import AudioSegment

FORMATS = {
    ".wav": ("WAV", "PCM_16"),
    ".flac": ("FLAC", "PCM_16"),
    ".mp3": ("MP3", "MPEG_LAYER_III"),
    ".opus": ("OGG", "OPUS"),
    ".ogg": ("OGG", "OPUS"),
}
OPUS_RATES = (8000, 12000, 16000, 24000, 48000)
MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
BEEP_HZ = 1000
BEEP_DB = -20.0
CODEC_FRAMES = 4608  # so many may a lossy coder keep to itself
WRITE_FRAMES = 1 << 15  # libsndfile's Ogg encoders keep a block on the stack


def write_clip(
    audio: CallAudio,
    target: Path,
    start_ms: float = 0,
    end_ms: float | None = None,
    *,
    sides: Collection[Lane] | None = None,
    beep: Sequence[tuple[float, float]] = (),
    mono: bool = False,
    gains_db: Mapping[Lane, float] | None = None,
) -> Path:
    """``clip_steps`` without progress."""
    return run(
        clip_steps(audio, target, start_ms, end_ms, sides=sides, beep=beep, mono=mono, gains_db=gains_db)
    )


def clip_steps(
    audio: CallAudio,
    target: Path,
    start_ms: float = 0,
    end_ms: float | None = None,
    *,
    sides: Collection[Lane] | None = None,
    beep: Sequence[tuple[float, float]] = (),
    mono: bool = False,
    gains_db: Mapping[Lane, float] | None = None,
) -> Steps[Path]:
    """Write ``[start_ms, end_ms)`` of ``audio`` (None: to the end) to ``target``; the suffix chooses the format.

    ``sides``: lanes to keep (None: all; two lanes become two channels, or one with ``mono``, their mean); ``beep``:
    stretches of the call to hide, in all lanes; ``gains_db``: one fixed gain per lane, clipped at full scale. The file
    appears whole or not at all, also when the generator is closed half way. Yields frames written. Raises ``AudioError``.
    """
    kind = FORMATS.get(target.suffix.lower())
    if kind is None:
        raise AudioError(
            N_("{path}: a clip is written as WAV, FLAC, MP3 or Opus."), kind="not_audio", path=target.name
        )
    first = min(max(0, ms_to_frame(start_ms, audio.sample_rate)), audio.frames)
    last = audio.frames if end_ms is None else min(ms_to_frame(end_ms, audio.sample_rate), audio.frames)
    rows = [row for row, lane in enumerate(audio.lanes) if sides is None or lane in sides or lane == Lane.MIX]
    if last <= first or not rows:
        raise AudioError(N_("There is nothing to cut: the clip would be empty."), kind="empty")
    factors = [10 ** ((gains_db or {}).get(audio.lanes[row], 0.0) / 20) for row in rows]
    samples = _mixed(audio.samples[rows, first:last], factors, mono=mono)
    segment = _segment(samples, audio.sample_rate)
    hidden = []
    for begin_ms, stop_ms in sorted(beep):
        begin = min(max(ms_to_frame(begin_ms, audio.sample_rate), first), last) - first
        stop = min(max(ms_to_frame(stop_ms, audio.sample_rate), first), last) - first
        hidden.append((begin, stop))
    yield from _write(_hidden(segment, hidden), target, *kind)
    return target


def _mixed(samples: Samples, factors: Sequence[float], *, mono: bool) -> Samples:
    """Lanes at their gains; with ``mono`` their mean as one lane. Untouched samples stay exactly as they are."""
    if mono and len(factors) > 1:
        scaled = samples.astype(np.float32) * np.array(factors, np.float32)[:, None]
        return to_int16(scaled.mean(axis=0, keepdims=True) / np.float32(32768.0))
    if all(factor == 1.0 for factor in factors):
        return samples
    return to_int16(samples.astype(np.float32) * np.array(factors, np.float32)[:, None] / np.float32(32768.0))


def _segment(samples: Samples, sample_rate: int) -> AudioSegment:
    with warnings.catch_warnings():
        # pydub looks for ffmpeg when it is imported; here it only joins sound in memory and never runs it
        warnings.filterwarnings("ignore", "Couldn't find ffmpeg", RuntimeWarning)
        from pydub import AudioSegment

    data = np.ascontiguousarray(samples.T).tobytes()
    return AudioSegment(data=data, sample_width=2, frame_rate=sample_rate, channels=samples.shape[0])


def _hidden(segment: AudioSegment, stretches: Sequence[tuple[int, int]]) -> AudioSegment:
    """``segment`` with frames ``[begin, stop)`` replaced by a tone with soft edges; its length does not change."""
    pieces: list[bytes] = []
    at = 0
    for begin, stop in stretches:
        begin = max(begin, at)  # stretches may overlap
        if stop > begin:
            pieces += [segment.get_sample_slice(at, begin).raw_data, _tone(segment, stop - begin).raw_data]
            at = stop
    if not pieces:
        return segment
    pieces.append(segment.get_sample_slice(at, int(segment.frame_count())).raw_data)
    joined: AudioSegment = segment._spawn(b"".join(pieces))
    return joined


def _tone(segment: AudioSegment, frames: int) -> AudioSegment:
    """So many frames of the beep, in as many channels as ``segment`` has."""
    from pydub.generators import Sine

    length_ms = frames * 1000 / segment.frame_rate
    made = Sine(BEEP_HZ, sample_rate=segment.frame_rate, bit_depth=16).to_audio_segment(
        length_ms + 2, BEEP_DB
    )
    tone: AudioSegment = made.set_channels(segment.channels).get_sample_slice(0, frames)
    return tone.fade_in(5).fade_out(5) if length_ms > 20 else tone


def _write(segment: AudioSegment, target: Path, container: str, subtype: str) -> Steps[None]:
    import soundfile

    samples: Samples = np.frombuffer(segment.raw_data, np.int16).reshape(-1, segment.channels)
    rate = segment.frame_rate
    allowed = {"OPUS": OPUS_RATES, "MPEG_LAYER_III": MP3_RATES}.get(subtype)
    if allowed is not None and rate not in allowed:
        better = next((one for one in allowed if one >= rate), allowed[-1])
        samples, rate = resample(np.ascontiguousarray(samples.T), rate, better).T, better
    made = target.with_name(f".{target.name[:60]}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with soundfile.SoundFile(
            os.fspath(made), "w", rate, segment.channels, subtype=subtype, format=container
        ) as file:
            yield from _write_blocks(file, samples)
        _require_whole(made, len(samples))
        os.replace(made, target)
    except (OSError, RuntimeError, AssertionError) as error:  # the library asserts that all was written
        raise AudioError(
            N_("The clip {path} cannot be written: {reason}."),
            hint=N_("Choose another folder or free some space."),
            path=target,
            reason=getattr(error, "strerror", None) or str(error) or _("the disk took only a part of it"),
        ) from error
    finally:
        with contextlib.suppress(OSError):
            made.unlink(missing_ok=True)


def _write_blocks(file: Any, samples: Samples) -> Steps[None]:
    for start in range(0, len(samples), WRITE_FRAMES):
        file.write(samples[start : start + WRITE_FRAMES])
        yield Progress(min(start + WRITE_FRAMES, len(samples)), len(samples))


def _require_whole(path: Path, frames: int) -> None:
    """Raise ``OSError`` where the last block got lost on a full disk: closing a file tells nobody."""
    import soundfile

    if soundfile.info(os.fspath(path)).frames + CODEC_FRAMES < frames:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
