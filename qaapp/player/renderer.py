"""From a plan to the samples that the sink plays, and the map back from them to the call. Pure numpy, no Qt.

Ranges → gain and mute → mix to one channel → WSOLA → int16. At 1× and one lane at 0 dB the output is the very samples
of the recording.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from qaapp.audio.pcm import Floats, Samples
from qaapp.player.ranges import Plan, Range, out_frames
from qaapp.player.stretch import Stretcher
from qaapp.words import Lane

FADE_S = 0.005
MAX_GAIN_DB = 18.0
CEILING = 32767 * 10 ** (-1 / 20)  # −1 dBFS
KNEE = 0.75 * CEILING
SPEEDS = (0.5, 3.0)
PIECE_S = 1.0  # rendered between two looks at whether it is still wanted


class Listen(StrEnum):
    """Whose side is heard."""

    BOTH = "both"
    MANAGER = "manager"
    CUSTOMER = "customer"


@dataclass(frozen=True)
class Piece:
    """``length`` output frames from ``out_start`` on play source ``[source_start, source_start + length · rate)``."""

    out_start: int
    length: int
    source_start: int
    source_length: int


@dataclass(frozen=True)
class Rendered:
    """Mono int16 output and the pieces of the map that begin in it."""

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


def gains(lanes: Sequence[Lane], listen: Listen, decibels: dict[Lane, float]) -> tuple[float, ...]:
    """Linear gain of each lane; a lane that is not listened to is 0. A mono mix is always heard."""
    heard = {Listen.BOTH: set(Lane), Listen.MANAGER: {Lane.MANAGER}, Listen.CUSTOMER: {Lane.CUSTOMER}}[listen]
    factor = []
    for lane in lanes:
        db = min(MAX_GAIN_DB, max(-MAX_GAIN_DB, decibels.get(lane, 0.0)))
        factor.append(10 ** (db / 20) if lane in heard or lane == Lane.MIX else 0.0)
    return tuple(factor)


class Renderer:
    """Renders a plan in order. One thread at a time."""

    def __init__(
        self, samples: Samples, sample_rate: int, plan: Plan, rate: float, lane_gains: Sequence[float]
    ) -> None:
        self._samples, self._sample_rate, self._rate = samples, sample_rate, rate
        self._gains = tuple(lane_gains)
        self._audible = [row for row, gain in enumerate(self._gains) if gain]
        self._ranges = plan.ranges()
        self._stretcher: Stretcher | None = None
        self._range: Range | None = None
        self._at = 0  # within the range, where it is played as it is
        self.done = 0  # output frames so far
        self.is_finished = False

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
            self.done += len(part)
            got += len(part)
            parts.append(part)
        samples = np.concatenate(parts) if parts else np.zeros(0, np.int16)
        return Rendered(samples, tuple(pieces))

    def _begin(self, part: Range) -> None:
        self._at = 0
        self._stretcher = None
        if self._rate != 1:
            self._stretcher = Stretcher(
                lambda start, end: self.mixed(part.start + start, part.start + end)[None, :],
                part.length, self._sample_rate, self._rate,
            )  # fmt: skip

    def _some(self, want: int) -> Samples:
        """Up to ``want`` frames of the range at hand; leaves it when it is over."""
        assert self._range is not None
        if self._stretcher is not None:
            out = self._stretcher.take(want)[0]
            finished = self._stretcher.done >= self._stretcher.total
        else:
            start = self._range.start + self._at
            end = min(self._range.end, start + want)
            out = self.mixed(start, end)
            self._at += end - start
            finished = end >= self._range.end
        if finished:
            self._range = None
        whole: Samples = np.clip(np.rint(out), -32768, 32767).astype(np.int16)
        return whole

    def mixed(self, start: int, end: int) -> Floats:
        """Source samples ``[start, end)`` of all audible lanes in one row, held under −1 dBFS where they add up."""
        total = np.zeros(end - start, np.float32)
        for row in self._audible:
            gain = self._gains[row]
            lane = self._samples[row, start:end]
            total += lane if gain == 1.0 else lane * np.float32(gain)
        if len(self._audible) > 1 or any(self._gains[row] > 1.0 for row in self._audible):
            limit(total)
        return total


def limit(values: Floats) -> None:
    """Soft limiter in place: below the knee nothing changes, above it the peaks bend towards −1 dBFS."""
    loud = np.abs(values) > KNEE
    if loud.any():
        over = values[loud]
        room = CEILING - KNEE
        values[loud] = np.sign(over) * (KNEE + room * np.tanh((np.abs(over) - KNEE) / room))


def fade_in(samples: Samples, sample_rate: int) -> None:
    """5 ms from silence, in place: a start in the middle of a sound would click."""
    count = min(len(samples), round(FADE_S * sample_rate))
    if count:
        samples[:count] = np.rint(samples[:count] * (np.arange(count, dtype=np.float32) / count)).astype(
            np.int16
        )
