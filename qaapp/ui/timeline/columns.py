"""The extremes and the loudness of every pixel column, from the peaks or, close up, from the samples themselves.

Rasters are colour indices: 0 ground, 1 peak, 2 RMS (close up: the samples). A picture of them is made in ``tiles``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from qaapp.audio.call_audio import CallAudio

Columns = tuple[npt.NDArray[np.int16], npt.NDArray[np.int16], npt.NDArray[np.int16]]
Raster = npt.NDArray[np.uint8]
CLOSE = 8  # so few samples in a column are drawn as a line without gaps
BAND = 255  # rows that are compared at once: their numbers fit a byte, which is ten times quicker


def columns(audio: CallAudio, lanes: int | slice, first: float, per_column: float, count: int) -> Columns:
    """``count`` columns of (min, max, rms) from sample ``first`` on, ``per_column`` samples each; zero past the end.

    A slice of lanes gives ``(lanes, count)``, for little more than the cost of one.
    """
    if per_column >= CLOSE:
        return audio.peaks.columns(lanes, first, per_column, count)
    return _from_samples(audio.samples[lanes], first, per_column, count)


def _from_samples(samples: npt.NDArray[np.int16], first: float, per_column: float, count: int) -> Columns:
    low, high, rms = (np.zeros((*samples.shape[:-1], count), np.int16) for _ in range(3))
    total = samples.shape[-1]
    edges = first + np.arange(count + 1) * per_column
    inside = int(np.searchsorted(edges[:-1], total))  # columns that start before the end
    start = max(math.floor(first), 0)
    stop = min(math.ceil(edges[inside]) + 2 if inside else 0, total)
    if inside == 0 or stop - start < 1:
        return low, high, rms
    part = samples[..., start:stop]
    length = stop - start
    if per_column < 1:  # fewer samples than pixels: the straight line between them
        at = np.clip(edges[: inside + 1] - start, 0, length - 1)
        before = np.minimum(at.astype(np.intp), max(length - 2, 0))
        after = np.minimum(before + 1, length - 1)
        line = part[..., before] + (at - before) * (part[..., after] - part[..., before].astype(np.float32))
        low[..., :inside] = np.minimum(line[..., :-1], line[..., 1:])
        high[..., :inside] = np.maximum(line[..., :-1], line[..., 1:])
        return low, high, rms
    begin = np.clip(np.floor(edges[:inside]).astype(np.intp) - start, 0, length - 1)
    following = part[..., np.append(begin[1:], length - 1)]
    # Every column reaches the next one, so that the line has no gaps.
    low[..., :inside] = np.minimum(np.minimum.reduceat(part, begin, axis=-1), following)
    high[..., :inside] = np.maximum(np.maximum.reduceat(part, begin, axis=-1), following)
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


class _Rows:
    """From sample values to rows of a lane ``height`` high; full scale ends ``margin`` rows from its edges."""

    def __init__(self, height: int, gain: float, margin: int) -> None:
        self.middle = (height - 1) / 2
        self._reach = max(self.middle - margin, 1.0)
        self._factor = np.float32(gain * self._reach / 32768)

    def of(self, values: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
        away = values * self._factor
        np.clip(away, -self._reach, self._reach, out=away)
        np.subtract(np.float32(self.middle), away, out=away)
        return np.rint(away, out=away).astype(np.int16)


class Buffers:
    """Memory for rasters, used again and again: fresh memory costs more than what is written into it."""

    def __init__(self) -> None:
        self._held = [np.empty(0, np.uint8), np.empty(0, np.uint8)]

    def get(self, place: int, height: int, count: int) -> Raster:
        """``(height, count)`` with any content; valid until the next call for the same ``place`` (0 or 1)."""
        if self._held[place].size < height * count:
            self._held[place] = np.empty(height * count, np.uint8)
        return self._held[place][: height * count].reshape(height, count)


def raster(shape: Columns, height: int, gain: float, margin: int, buffers: Buffers | None = None) -> Raster:
    """Colour indices (height, columns): min…max in 1, ±RMS in 2; the zero line is always drawn in 2."""
    low, high, rms = shape
    rows = _Rows(height, gain, margin)
    top, bottom = rows.of(high), rows.of(low) + np.int16(1)
    buffers = buffers or Buffers()
    out = buffers.get(0, height, low.shape[0])
    scratch = buffers.get(1, min(height, BAND), low.shape[0])
    _between(top, bottom, out, scratch)
    if rms.any():
        inner = np.maximum(rows.of(rms), top), np.minimum(rows.of(-rms) + np.int16(1), bottom)
        _add_between(*inner, out, scratch)
    out[int(rows.middle)] = 2
    return out


def _bands(
    first: npt.NDArray[np.int16], after: npt.NDArray[np.int16], height: int
) -> Iterator[tuple[slice, npt.NDArray[np.uint8], npt.NDArray[np.uint8], npt.NDArray[np.uint8]]]:
    """Rows in bands that fit a byte, with ``first`` and the length up to ``after`` inside each."""
    for top in range(0, height, BAND):
        count = min(BAND, height - top)
        begin = np.clip(first - np.int16(top), 0, count).astype(np.uint8)
        length = np.clip(after - np.int16(top), 0, count).astype(np.uint8) - begin
        yield slice(top, top + count), np.arange(count, dtype=np.uint8)[:, None], begin, length


def _between(
    first: npt.NDArray[np.int16], after: npt.NDArray[np.int16], out: Raster, scratch: Raster
) -> None:
    """1 where ``first`` ≤ row < ``after`` of every column, else 0. Bytes wrap around: one comparison does for two."""
    for band, row, begin, length in _bands(first, after, out.shape[0]):
        part = np.subtract(row, begin, out=scratch[: row.shape[0]])
        np.less(part, length, out=out[band].view(np.bool_))


def _add_between(
    first: npt.NDArray[np.int16], after: npt.NDArray[np.int16], out: Raster, scratch: Raster
) -> None:
    """The same, added to what is there."""
    for band, row, begin, length in _bands(first, after, out.shape[0]):
        part = np.subtract(row, begin, out=scratch[: row.shape[0]])
        np.less(part, length, out=part.view(np.bool_))
        out[band] += part


def dot_samples(
    out: Raster, samples: npt.NDArray[np.int16], first: float, per_column: float, gain: float, margin: int
) -> None:
    """A dot on every sample, in place, where the line of a closely zoomed raster runs from sample to sample."""
    height, count = out.shape
    start = max(math.floor(first), 0)
    stop = min(math.ceil(first + count * per_column) + 1, samples.shape[0])
    if stop <= start:
        return
    side = min(max(round(0.6 / per_column), 1), 5 + 2 * (height > 200))
    x = np.rint((np.arange(start, stop) - first) / per_column).astype(np.int64) - side // 2
    y = _Rows(height, gain, margin).of(samples[start:stop]) - side // 2
    for down in range(side):
        for across in range(side):
            at = x + across
            inside = (at >= 0) & (at < count)
            out[np.clip(y + down, 0, height - 1)[inside], at[inside]] = 2


def envelope(shape: Columns, height: int, gain: float, *, upwards: bool) -> Raster:
    """Half a waveform on a base line, for the overview: 0 ground, 1 sound."""
    low, high, _rms = shape
    level = np.maximum(high.astype(np.int32), -low.astype(np.int32)).astype(np.float32) * (gain / 32768)
    reach = np.rint(np.clip(level, 0, 1) * (height - 1)).astype(np.int32) + 1
    y = np.arange(height)[:, None]
    return ((y >= height - reach) if upwards else (y < reach)).astype(np.uint8)
