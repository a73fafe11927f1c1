"""Cut a stretch out of a call into a file of its own: chosen sides, hidden stretches beeped over. Never the original.

pydub joins the pieces in memory; soundfile writes them. WAV and FLAC are exact to the sample.
"""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qaapp.audio.call_audio import CallAudio
from qaapp.audio.pcm import Samples, ms_to_frame, resample
from qaapp.errors import AudioError
from qaapp.i18n import N_
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
WRITE_FRAMES = 1 << 15  # libsndfile's Ogg encoders keep a block on the stack


def write_clip(
    audio: CallAudio,
    target: Path,
    start_ms: float = 0,
    end_ms: float | None = None,
    *,
    sides: Collection[Lane] | None = None,
    beep: Sequence[tuple[float, float]] = (),
) -> Path:
    """Write ``[start_ms, end_ms)`` of ``audio`` (None: to the end) to ``target``; the suffix chooses the format.

    ``sides``: lanes to keep (None: all; two lanes become two channels); ``beep``: stretches of the call to hide, in all
    lanes. The file appears whole or not at all. Raises ``AudioError``.
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
    segment = _segment(audio.samples[rows, first:last], audio.sample_rate)
    for begin_ms, stop_ms in beep:
        begin = min(max(ms_to_frame(begin_ms, audio.sample_rate), first), last) - first
        stop = min(max(ms_to_frame(stop_ms, audio.sample_rate), first), last) - first
        if stop > begin:
            segment = _beeped(segment, begin, stop)
    _write(segment, target, *kind)
    return target


def _segment(samples: Samples, sample_rate: int) -> AudioSegment:
    with warnings.catch_warnings():
        # pydub looks for ffmpeg when it is imported; here it only joins sound in memory and never runs it
        warnings.filterwarnings("ignore", "Couldn't find ffmpeg", RuntimeWarning)
        from pydub import AudioSegment

    data = np.ascontiguousarray(samples.T).tobytes()
    return AudioSegment(data=data, sample_width=2, frame_rate=sample_rate, channels=samples.shape[0])


def _beeped(segment: AudioSegment, begin: int, stop: int) -> AudioSegment:
    """``segment`` with frames ``[begin, stop)`` replaced by a tone with soft edges; its length does not change."""
    from pydub.generators import Sine

    length_ms = (stop - begin) * 1000 / segment.frame_rate
    tone = Sine(BEEP_HZ, sample_rate=segment.frame_rate, bit_depth=16).to_audio_segment(
        length_ms + 2, BEEP_DB
    )
    tone = tone.set_channels(segment.channels).get_sample_slice(0, stop - begin)
    if length_ms > 20:
        tone = tone.fade_in(5).fade_out(5)
    before, after = (
        segment.get_sample_slice(0, begin),
        segment.get_sample_slice(stop, int(segment.frame_count())),
    )
    joined: AudioSegment = segment._spawn(before.raw_data + tone.raw_data + after.raw_data)
    return joined


def _write(segment: AudioSegment, target: Path, container: str, subtype: str) -> None:
    import soundfile

    samples: Samples = np.frombuffer(segment.raw_data, np.int16).reshape(-1, segment.channels)
    rate = segment.frame_rate
    allowed = {"OPUS": OPUS_RATES, "MPEG_LAYER_III": MP3_RATES}.get(subtype)
    if allowed is not None and rate not in allowed:
        better = next((one for one in allowed if one >= rate), allowed[-1])
        samples, rate = resample(np.ascontiguousarray(samples.T), rate, better).T, better
    made = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with soundfile.SoundFile(
            os.fspath(made), "w", rate, segment.channels, subtype=subtype, format=container
        ) as file:
            _write_blocks(file, samples)
        os.replace(made, target)
    except (OSError, RuntimeError) as error:
        raise AudioError(
            N_("The clip {path} cannot be written: {reason}."),
            hint=N_("Choose another folder or free some space."),
            path=target,
            reason=getattr(error, "strerror", None) or error,
        ) from error
    finally:
        with contextlib.suppress(OSError):
            made.unlink(missing_ok=True)


def _write_blocks(file: Any, samples: Samples) -> None:
    for start in range(0, len(samples), WRITE_FRAMES):
        file.write(samples[start : start + WRITE_FRAMES])
