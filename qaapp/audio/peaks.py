"""The waveform in summary: minimum, maximum and RMS of every 64 samples, and coarser levels by fours.

The base level is kept on disk byte for byte as BBC audiowaveform writes it (``dat.py``), RMS beside it with checksums
of both, so that a damaged cache is noticed and rebuilt. Upper levels are made in memory.
"""

from __future__ import annotations

import contextlib
import os
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from qaapp.audio.dat import Dat, dat_bytes, parse_dat
from qaapp.audio.pcm import Floats, Samples

BASE = 64  # samples per pair of the finest level
STEP = 4
STRIP = BASE << 10  # samples summarised at a time: they and their floats fit the processor's cache
_RMS_MAGIC = b"QARMS1\0\0"

Columns = tuple[Samples, Samples, Samples]
Reals = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Level:
    """``low``/``high`` are ``(lanes, pairs)``; each pair sums up ``samples_per_pair`` samples."""

    samples_per_pair: int
    low: Samples
    high: Samples


@dataclass(frozen=True)
class Peaks:
    """Minima, maxima and RMS of every lane at any zoom. ``samples`` is None when only the cache was read."""

    sample_rate: int
    frames: int
    levels: tuple[Level, ...]
    power: Floats  # (lanes, pairs of the base level): mean square of each pair
    samples: Samples | None = None
    _sums: npt.NDArray[np.float64] = field(
        default_factory=lambda: np.zeros((0, 0)), repr=False, compare=False
    )

    @property
    def lanes(self) -> int:
        return int(self.levels[0].low.shape[0])

    @property
    def duration_ms(self) -> float:
        return self.frames * 1000 / self.sample_rate

    def columns(
        self, lanes: int | slice, start_sample: float, samples_per_column: float, count: int
    ) -> Columns:
        """Lowest, highest and RMS value of ``count`` columns, each ``samples_per_column`` wide; zero outside the sound.

        ``lanes`` is the number of one, or a slice: then the values are ``(lanes, count)``. Below 64 samples a column the
        PCM itself is read; then a column narrower than one sample shows that sample.
        """
        shape = self.levels[0].low[lanes].shape[:-1]
        low, high, rms = (np.zeros((*shape, count), np.int16) for _ in range(3))
        edges = start_sample + samples_per_column * np.arange(count + 1)
        # Shares of a pair at both ends count as the whole pair; a column never shows less than its sound.
        from_, to = np.searchsorted(edges[1:], 0, "right"), np.searchsorted(edges[:-1], self.frames)
        if from_ >= to:
            return low, high, rms
        inside = slice(int(from_), int(to))
        first, last = edges[:-1][inside], edges[1:][inside]
        base = self.levels[0].samples_per_pair
        if samples_per_column < base and self.samples is not None:
            found = self._from_samples(lanes, np.maximum(first, 0), np.minimum(last, self.frames))
        else:
            fitting = [level for level in self.levels if level.samples_per_pair <= samples_per_column]
            found = self._from_level(fitting[-1] if fitting else self.levels[0], lanes, first, last)
        low[..., inside], high[..., inside], rms[..., inside] = found
        return low, high, rms

    def _from_level(self, level: Level, lanes: int | slice, first: Reals, last: Reals) -> Columns:
        begin, end = _bounds(first, last, level.samples_per_pair, level.low.shape[1])
        fine = level.samples_per_pair // self.levels[0].samples_per_pair
        start, stop = begin * fine, np.minimum(end * fine, self.power.shape[1])
        sums = self._sums[lanes]
        power = (sums[..., stop] - sums[..., start]) / (stop - start)
        low, high = level.low[lanes], level.high[lanes]
        return _reduce(np.minimum, low, begin, end), _reduce(np.maximum, high, begin, end), _root(power)

    def _from_samples(self, lanes: int | slice, first: Reals, last: Reals) -> Columns:
        assert self.samples is not None
        start = max(0, int(first[0]))
        stop = min(self.frames, int(np.ceil(last[-1])) + 1)
        part = self.samples[lanes, start:stop]
        begin, end = _bounds(first - start, last - start, 1, part.shape[-1])
        squares = part.astype(np.float32)
        np.multiply(squares, squares, out=squares)
        lengths = np.append(np.maximum(np.diff(begin), 1), part.shape[-1] - begin[-1])
        power = np.add.reduceat(squares, begin, axis=-1) / lengths
        return _reduce(np.minimum, part, begin, end), _reduce(np.maximum, part, begin, end), _root(power)

    def with_samples(self, samples: Samples) -> Peaks:
        """The same peaks with their sound at hand for the closest zooms."""
        return Peaks(self.sample_rate, samples.shape[1], self.levels, self.power, samples, self._sums)

    def swapped(self) -> Peaks:
        """The lanes the other way round (views, nothing is copied)."""
        levels = tuple(Level(lvl.samples_per_pair, lvl.low[::-1], lvl.high[::-1]) for lvl in self.levels)
        samples = None if self.samples is None else self.samples[::-1]
        return Peaks(self.sample_rate, self.frames, levels, self.power[::-1], samples, self._sums[::-1])


def _bounds(
    first: Reals, last: Reals, width: int, length: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Pair indices ``[begin, end)`` that cover ``[first, last)``, at least one each."""
    scale = 1 / width
    begin = np.maximum(first * scale, 0).astype(np.intp)
    np.minimum(begin, length - 1, out=begin)
    end = np.ceil(last * scale).astype(np.intp)
    np.maximum(end, begin + 1, out=end)
    return begin, np.minimum(end, length, out=end)


def _reduce(
    ufunc: np.ufunc, values: Samples, begin: npt.NDArray[np.intp], end: npt.NDArray[np.intp]
) -> Samples:
    """``ufunc`` over every ``values[begin:end]`` of columns side by side: each ends in the pair the next one begins in."""
    start, stop = int(begin[0]), int(end[-1])
    part = values[..., start:stop]
    whole = ufunc.reduceat(part, begin - start, axis=-1)
    out: Samples = ufunc(whole, part[..., end - 1 - start])
    return out


def _root(power: npt.NDArray[np.floating[Any]]) -> Samples:
    root: Reals = np.sqrt(np.maximum(power, 0.0))
    return np.minimum(root, 32767).astype(np.int16)


def _assemble(
    sample_rate: int,
    frames: int,
    base: int,
    low: Samples,
    high: Samples,
    power: Floats,
    samples: Samples | None,
) -> Peaks:
    levels = [Level(base, low, high)]
    while levels[-1].low.shape[1] > 1024:
        below = levels[-1]
        starts = np.arange(0, below.low.shape[1], STEP)
        levels.append(
            Level(
                below.samples_per_pair * STEP,
                np.minimum.reduceat(below.low, starts, axis=1),
                np.maximum.reduceat(below.high, starts, axis=1),
            )
        )
    sums = np.zeros((power.shape[0], power.shape[1] + 1))
    np.cumsum(power, axis=1, out=sums[:, 1:])
    return Peaks(sample_rate, frames, tuple(levels), power, samples, sums)


def pairs_of(part: Samples) -> tuple[Samples, Samples, Floats]:
    """Lowest, highest and mean square of each 64 samples of one lane; its length is a multiple of 64."""
    block = part.reshape(-1, BASE)
    values = block.astype(np.float32)
    return block.min(1), block.max(1), np.einsum("ij,ij->i", values, values) / BASE


def from_pairs(sample_rate: int, frames: int, low: Samples, high: Samples, power: Floats) -> Peaks:
    """Peaks of pairs ``(lanes, pairs)`` of 64 samples that were made elsewhere."""
    return _assemble(sample_rate, frames, BASE, low, high, power, None)


def build_peaks(samples: Samples, sample_rate: int) -> Peaks:
    """Summarise planar ``samples`` (lanes, frames), at least one frame."""
    lanes, frames = samples.shape
    pairs = -(-frames // BASE)
    low = np.empty((lanes, pairs), np.int16)
    high = np.empty((lanes, pairs), np.int16)
    power = np.empty((lanes, pairs), np.float32)

    def summarise(lane: int) -> None:
        for start in range(0, frames, STRIP):
            part = samples[lane, start : start + STRIP]
            whole = len(part) // BASE
            at = start // BASE
            if whole:
                place = (lane, slice(at, at + whole))
                low[place], high[place], power[place] = pairs_of(part[: whole * BASE])
            rest = part[whole * BASE :]
            if len(rest):
                low[lane, at + whole], high[lane, at + whole] = rest.min(), rest.max()
                power[lane, at + whole] = np.square(rest, dtype=np.float32).mean()

    if lanes == 1 or frames < STRIP:
        for lane in range(lanes):
            summarise(lane)
    else:
        with ThreadPoolExecutor(lanes) as pool:  # numpy lets go of the interpreter
            list(pool.map(summarise, range(lanes)))
    return _assemble(sample_rate, frames, BASE, low, high, power, samples)


def from_dat(data: Dat, frames: int | None = None) -> Peaks:
    """Peaks of any audiowaveform file; without the sound RMS is taken as half of the swing."""
    low, high = data.low, data.high
    swing = (high.astype(np.float32) - low) / 2
    length = frames if frames is not None else low.shape[1] * data.samples_per_pair
    return _assemble(data.sample_rate, length, data.samples_per_pair, low, high, np.square(swing / 2), None)


# --- cache --------------------------------------------------------------------------------------------------------


def save_peaks(peaks: Peaks, path: Path) -> None:
    """Write ``path`` (.dat) and its RMS beside it, each whole or not at all. A full disk only costs the cache."""
    base = peaks.levels[0]
    body = dat_bytes(Dat(peaks.sample_rate, base.samples_per_pair, base.low, base.high))
    power = np.ascontiguousarray(peaks.power, "<f4").tobytes()
    sums = np.array([peaks.frames, zlib.crc32(body), zlib.crc32(power)], "<u4").tobytes()
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path.with_suffix(".rms"), _RMS_MAGIC + sums + power)
        _replace(path, body)


def load_peaks(path: Path) -> Peaks | None:
    """What ``save_peaks`` wrote, or None where it is missing or damaged in any byte."""
    try:
        body = path.read_bytes()
        beside = path.with_suffix(".rms").read_bytes()
        frames, crc_body, crc_power = (int(x) for x in np.frombuffer(beside, "<u4", 3, len(_RMS_MAGIC)))
        power_bytes = beside[len(_RMS_MAGIC) + 12 :]
        if beside[: len(_RMS_MAGIC)] != _RMS_MAGIC or zlib.crc32(body) != crc_body:
            return None
        if zlib.crc32(power_bytes) != crc_power:
            return None
        data = parse_dat(body)
        power = np.frombuffer(power_bytes, "<f4").reshape(data.low.shape).astype(np.float32)
    except (OSError, ValueError):
        return None
    return _assemble(data.sample_rate, frames, data.samples_per_pair, data.low, data.high, power, None)


def _replace(path: Path, content: bytes) -> None:
    made = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        made.write_bytes(content)
        os.replace(made, path)
    finally:
        with contextlib.suppress(OSError):
            made.unlink(missing_ok=True)
