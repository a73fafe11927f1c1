"""The extremes and the loudness of every pixel column, from the peaks or, close up, from the samples themselves."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from qaapp.audio.call_audio import CallAudio

Columns = tuple[npt.NDArray[np.int16], npt.NDArray[np.int16], npt.NDArray[np.int16]]
CLOSE = 8  # so few samples in a column are drawn as a line without gaps


def columns(audio: CallAudio, lane: int, first: float, per_column: float, count: int) -> Columns:
    """``count`` columns of (min, max, rms) from sample ``first`` on, ``per_column`` samples each; zero past the end."""
    if per_column >= CLOSE:
        return audio.peaks.columns(lane, first, per_column, count)
    return _from_samples(audio.samples[lane], first, per_column, count)


def _from_samples(samples: npt.NDArray[np.int16], first: float, per_column: float, count: int) -> Columns:
    low = np.zeros(count, np.int16)
    high = np.zeros(count, np.int16)
    rms = np.zeros(count, np.int16)
    total = samples.shape[0]
    edges = first + np.arange(count + 1) * per_column
    inside = int(np.searchsorted(edges[:-1], total))  # columns that start before the end
    start = max(math.floor(first), 0)
    stop = min(math.ceil(edges[inside]) + 2 if inside else 0, total)
    if inside == 0 or stop - start < 1:
        return low, high, rms
    if per_column < 1:  # fewer samples than pixels: the straight line between them
        line = np.interp(edges[: inside + 1], np.arange(start, stop), samples[start:stop].astype(np.float32))
        low[:inside] = np.minimum(line[:-1], line[1:]).astype(np.int16)
        high[:inside] = np.maximum(line[:-1], line[1:]).astype(np.int16)
        return low, high, rms
    part = samples[start:stop]
    at = np.clip(np.floor(edges[:inside]).astype(np.int64) - start, 0, part.shape[0] - 1)
    lows, highs = np.minimum.reduceat(part, at), np.maximum.reduceat(part, at)
    following = part[np.minimum(np.append(at[1:], part.shape[0] - 1), part.shape[0] - 1)]
    low[:inside] = np.minimum(lows, following)  # reach the next column, so that the line has no gaps
    high[:inside] = np.maximum(highs, following)
    return low, high, rms


def display_gain(audio: CallAudio, lane: int) -> float:
    """The factor that takes the 99.5 % peak of a side to 90 % of full scale; kept for the whole call.

    A side that is silent from end to end is not blown up: the factor stays below 24.
    """
    total = audio.samples.shape[1]
    if total == 0:
        return 1.0
    count = max(1, min(total // 64, 8192))
    low, high, _rms = columns(audio, lane, 0, max(total / count, 64), count)
    peak = float(np.percentile(np.maximum(high.astype(np.int32), -low.astype(np.int32)), 99.5))
    return min(0.9 * 32768 / peak, 24.0) if peak >= 1 else 1.0


def raster(shape: Columns, height: int, gain: float, margin: int) -> npt.NDArray[np.uint8]:
    """Colour indices (height, columns): 0 ground, 1 peak, 2 RMS; the zero line is always drawn in 2."""
    low, high, rms = (part.astype(np.float32) * (gain / 32768) for part in shape)
    middle = (height - 1) / 2
    half = max(middle - margin, 1.0)
    y = np.arange(height, dtype=np.float32)[:, None]

    def rows(value: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        return np.rint(middle - np.clip(value, -1, 1) * half).astype(np.float32)

    out = ((y >= rows(high)) & (y <= rows(low))).astype(np.uint8)
    out[(y >= rows(rms)) & (y <= rows(-rms))] = 2
    out[int(middle)] = 2
    return out


def envelope(shape: Columns, height: int, gain: float, *, upwards: bool) -> npt.NDArray[np.uint8]:
    """Half a waveform on a base line, for the overview: 0 ground, 1 sound."""
    low, high, _rms = shape
    level = np.maximum(high.astype(np.int32), -low.astype(np.int32)).astype(np.float32) * (gain / 32768)
    reach = np.rint(np.clip(level, 0, 1) * (height - 1)).astype(np.int32) + 1
    y = np.arange(height)[:, None]
    return ((y >= height - reach) if upwards else (y < reach)).astype(np.uint8)
