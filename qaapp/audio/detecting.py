"""Where somebody speaks: an energy detector that measures the noise of its own recording.

20 ms frames; the noise floor is the 10th percentile of the frames' level; speech begins 9 dB above it and ends 6 dB
above it; pauses up to 200 ms belong to the speech; speech shorter than 120 ms is a click. Meant for one side at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qaapp.audio.pcm import Floats, Samples

NAME = "energy"
VERSION = 2
FRAME_S = 0.020
ON_DB = 9.0
OFF_DB = 6.0
HANGOVER_S = 0.200
MIN_SPEECH_S = 0.120
QUIETEST_DB = -60.0  # a digitally silent pause must not make a whisper of the line loud
STRIP_FRAMES = 1 << 9  # summed up at a time: they fit the processor's cache


@dataclass(frozen=True)
class Segment:
    """A stretch of time, ``[start_ms, end_ms)``."""

    start_ms: int
    end_ms: int

    @property
    def length_ms(self) -> int:
        return self.end_ms - self.start_ms


def frame_length(sample_rate: int) -> int:
    return max(1, round(FRAME_S * sample_rate))


def levels_db(samples: Samples, sample_rate: int) -> Floats:
    """Level of each 20 ms frame of one lane in dB of full scale; the rest shorter than a frame is left out."""
    size = frame_length(sample_rate)
    count = len(samples) // size
    power = np.empty(count, np.float32)
    for start in range(0, count, STRIP_FRAMES):
        stop = min(count, start + STRIP_FRAMES)
        block = samples[start * size : stop * size].reshape(stop - start, size).astype(np.float32)
        power[start:stop] = np.einsum("ij,ij->i", block, block)
    db: Floats = 10 * np.log10(power / np.float32(size * 32768.0**2) + np.float32(1e-12))
    return db


def find_speech(samples: Samples, sample_rate: int) -> tuple[Segment, ...]:
    """The stretches of speech in one lane."""
    db = levels_db(samples, sample_rate)
    if not len(db):
        return ()
    floor = max(float(np.percentile(db, 10)), QUIETEST_DB)
    return segments_of(
        _hysteresis(db, floor + ON_DB, floor + OFF_DB), frame_length(sample_rate) / sample_rate
    )


def segments_of(active: npt.NDArray[np.bool_], step_s: float) -> tuple[Segment, ...]:
    """Stretches of active frames of ``step_s``: short pauses bridged, clicks left out."""
    if not len(active):
        return ()
    runs = _bridge(_runs(active), round(HANGOVER_S / step_s))
    kept = runs[(runs[:, 1] - runs[:, 0]) >= round(MIN_SPEECH_S / step_s)]
    step_ms = step_s * 1000
    return tuple(Segment(round(a * step_ms), round(b * step_ms)) for a, b in kept.tolist())


def _hysteresis(db: Floats, on: float, off: float) -> npt.NDArray[np.bool_]:
    """True from a frame at or above ``on`` until one falls below ``off``."""
    event = np.where(db >= on, 1, np.where(db < off, -1, 0))
    at = np.where(event != 0, np.arange(len(db)), -1)
    last = np.maximum.accumulate(at)
    state: npt.NDArray[np.bool_] = (last >= 0) & (event[np.maximum(last, 0)] == 1)
    return state


def _runs(active: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """``(n, 2)`` begin and end of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], active, [False]]).astype(np.int8)))
    return edges.reshape(-1, 2)


def _bridge(runs: npt.NDArray[np.intp], gap: int) -> npt.NDArray[np.intp]:
    """Join runs whose pause is at most ``gap``."""
    if len(runs) < 2:
        return runs
    apart = runs[1:, 0] - runs[:-1, 1] > gap
    return np.column_stack(
        [runs[np.concatenate([[True], apart]), 0], runs[np.concatenate([apart, [True]]), 1]]
    )
