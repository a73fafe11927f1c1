"""From a plan to the samples that the sink plays, and the map back from them to the call. Pure numpy, no Qt.

Ranges → gain, mute and mix to one or two channels → WSOLA with one offset for both → int16, with a soft tick where
silence was skipped, if wanted. At 1× and one lane at 0 dB the output is the very samples of the recording.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from qaapp.audio.pcm import Floats, Samples
from qaapp.player.ranges import Plan, Range, out_frames
from qaapp.player.stretch import Stretcher

FADE_S = 0.005
CEILING = 32767 * 10 ** (-1 / 20)  # −1 dBFS
KNEE = 0.75 * CEILING
SPEEDS = (0.5, 3.0)
PIECE_S = 1.0  # rendered between two looks at whether it is still wanted
TICK_S = 0.030
TICK_HZ = 1500.0
TICK_LEVEL = 32768 * 10 ** (-30 / 20)  # −30 dBFS at its very start: a hint, not a noise


@dataclass(frozen=True)
class Piece:
    """``length`` output frames from ``out_start`` on play source ``[source_start, source_start + length · rate)``."""

    out_start: int
    length: int
    source_start: int
    source_length: int


@dataclass(frozen=True)
class Rendered:
    """int16 output ``(channels, frames)`` and the pieces of the map that begin in it."""

    samples: Samples
    pieces: tuple[Piece, ...]


class SourceMap:
    """Output frame → source sample. Grows while the rest is rendered; only ever appended to."""

    def __init__(self) -> None:
        self._pieces: list[Piece] = []
        self._starts: list[int] = []

    def add(self, pieces: Sequence[Piece]) -> None:
        for piece in pieces:
            self._pieces.append(piece)
            self._starts.append(piece.out_start)

    def source_at(self, out_frame: float) -> float:
        """The source sample heard at ``out_frame``; before the first and behind the last piece it stands still."""
        if not self._starts:
            return 0.0
        piece = self._pieces[max(0, bisect_right(self._starts, out_frame) - 1)]
        into = min(max(0.0, out_frame - piece.out_start), piece.length)
        return piece.source_start + into * piece.source_length / max(1, piece.length)

    def skipped(self, out_frame: float) -> int:
        """Source samples that were jumped over before ``out_frame``; going round a loop is no jump."""
        passed = self._pieces[: bisect_right(self._starts, out_frame)]
        gaps = (
            after.source_start - before.source_start - before.source_length
            for before, after in pairwise(passed)
        )
        return sum(gap for gap in gaps if gap > 0)

    def before(self, out_frame: int) -> SourceMap:
        """A copy that ends at ``out_frame``, for another sound to go on from there."""
        made = SourceMap()
        for piece in self._pieces[: bisect_left(self._starts, out_frame)]:
            over = piece.out_start + piece.length - out_frame
            if over > 0:
                length = piece.length - over
                source = round(length * piece.source_length / max(1, piece.length))
                piece = Piece(piece.out_start, length, piece.source_start, source)
            made.add((piece,))
        return made


class Renderer:
    """Renders a plan in order. One thread at a time.

    ``mix``: gains ``(channels, lanes)`` (``mixing.mix_matrix``) or one row of them. ``out_start``: the output frame
    at which this rendering begins.
    """

    def __init__(
        self,
        samples: Samples,
        sample_rate: int,
        plan: Plan,
        rate: float,
        mix: npt.ArrayLike,
        *,
        tick: bool = False,
        out_start: int = 0,
    ) -> None:
        self._samples, self._sample_rate, self._rate = samples, sample_rate, rate
        self._mix: Floats = np.atleast_2d(np.asarray(mix, np.float32))
        if len(self._mix) == 2 and np.array_equal(self._mix[0], self._mix[1]):
            self._mix = self._mix[:1]  # the same in both ears: made once, heard twice
        self._ranges = plan.ranges()
        self._stretcher: Stretcher | None = None
        self._range: Range | None = None
        self._before: Range | None = None
        self._at = 0  # within the range, where it is played as it is
        self._tick = _tick(sample_rate) if tick else None
        self._tick_at: int | None = None  # of the tick that sounds now
        self.done = out_start  # output frames so far
        self.is_finished = False

    @property
    def channels(self) -> int:
        return len(self._mix)

    def take(self, want: int) -> Rendered:
        """About ``want`` more output frames (a few more at a seam, fewer at the end)."""
        parts: list[Samples] = []
        pieces: list[Piece] = []
        got = 0
        while got < want:
            if self._range is None:
                self._range = next(self._ranges, None)
                if self._range is None:
                    self.is_finished = True
                    break
                piece = Piece(
                    self.done,
                    out_frames(self._range.length, self._rate),
                    self._range.start,
                    self._range.length,
                )
                pieces.append(piece)
                self._begin(self._range)
            part = self._some(want - got)
            self.done += part.shape[1]
            got += part.shape[1]
            parts.append(part)
        samples = np.concatenate(parts, axis=1) if parts else np.zeros((self.channels, 0), np.int16)
        return Rendered(samples, tuple(pieces))

    def _begin(self, part: Range) -> None:
        self._at = 0
        self._stretcher = None
        if self._rate != 1:
            self._stretcher = Stretcher(
                lambda start, end: self.mixed(part.start + start, part.start + end),
                part.length, self._sample_rate, self._rate,
            )  # fmt: skip
        if self._tick is not None and self._before is not None and part.start > self._before.end:
            self._tick_at = 0
        self._before = part

    def _some(self, want: int) -> Samples:
        """Up to ``want`` frames of the range at hand; leaves it when it is over."""
        assert self._range is not None
        if self._stretcher is not None:
            out = self._stretcher.take(want)
            finished = self._stretcher.done >= self._stretcher.total
        else:
            start = self._range.start + self._at
            end = min(self._range.end, start + want)
            out = self.mixed(start, end)
            self._at += end - start
            finished = end >= self._range.end
        if finished:
            self._range = None
        if self._tick is not None and self._tick_at is not None:
            rest = self._tick[self._tick_at : self._tick_at + out.shape[1]]
            out = out.copy()
            out[:, : len(rest)] += rest
            self._tick_at += len(rest)
            if self._tick_at >= len(self._tick):
                self._tick_at = None
        whole: Samples = np.clip(np.rint(out), -32768, 32767).astype(np.int16)
        return whole

    def mixed(self, start: int, end: int) -> Floats:
        """Source samples ``[start, end)``, all audible lanes in each channel, held under −1 dBFS where they add up."""
        total = np.zeros((self.channels, end - start), np.float32)
        for channel, row_gains in enumerate(self._mix):
            audible = np.flatnonzero(row_gains)
            for row in audible:
                lane = self._samples[row, start:end]
                total[channel] += lane if row_gains[row] == 1.0 else lane * row_gains[row]
            if len(audible) > 1 or (row_gains > 1.0).any():
                limit(total[channel])
        return total


def _tick(sample_rate: int) -> Floats:
    """A soft tick: a tone that dies away within 30 ms, starting from zero."""
    at = np.arange(round(TICK_S * sample_rate), dtype=np.float32) / sample_rate
    return (TICK_LEVEL * np.sin(2 * np.pi * TICK_HZ * at) * np.exp(-at * 5 / TICK_S)).astype(np.float32)


def limit(values: Floats) -> None:
    """Soft limiter in place: below the knee nothing changes, above it the peaks bend towards −1 dBFS."""
    loud = np.abs(values) > KNEE
    if loud.any():
        over = values[loud]
        room = CEILING - KNEE
        values[loud] = np.sign(over) * (KNEE + room * np.tanh((np.abs(over) - KNEE) / room))


def ramp(sample_rate: int) -> Floats:
    """0…1 over 5 ms: a start in the middle of a sound would click."""
    count = round(FADE_S * sample_rate)
    return np.arange(count, dtype=np.float32) / np.float32(max(1, count))
