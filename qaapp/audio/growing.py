"""The waveform of a call while its files are still being decoded: what is there so far, at its place in the whole.

Used by the thread that decodes; what it tells may be kept and painted by any other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from qaapp.audio.pcm import Samples, ms_to_frame
from qaapp.audio.peaks import BASE, Peaks, from_pairs, pairs_of
from qaapp.words import Lane

SIDES = (Lane.MANAGER, Lane.CUSTOMER)
EACH_S = 0.2  # so often a picture is worth its making
Told = Callable[[Peaks, tuple[Lane, ...]], None]


@dataclass
class _Row:
    """One channel, in pairs of 64 samples; ``rest`` waits for the pair to be full."""

    low: Samples
    high: Samples
    power: npt.NDArray[np.float32]
    at: int = 0  # the next pair
    rest: Samples = field(default_factory=lambda: np.empty(0, np.int16))

    def add(self, part: Samples) -> None:
        part = np.concatenate([self.rest, part]) if len(self.rest) else part
        whole = len(part) // BASE
        end = self.at + whole
        if end > len(self.low):  # the length was told too short
            more = max(end, 2 * len(self.low)) - len(self.low)
            self.low, self.high = np.pad(self.low, (0, more)), np.pad(self.high, (0, more))
            self.power = np.pad(self.power, (0, more))
        low, high, power = pairs_of(part[: whole * BASE])
        self.low[self.at : end], self.high[self.at : end], self.power[self.at : end] = low, high, power
        self.at, self.rest = end, part[whole * BASE :].copy()


class Growing:
    """Gathers blocks of one call and tells its waveform, at once and then every fifth of a second.

    ``duration_ms`` is the length as far as it is known: the picture is that wide from the beginning, so that nothing
    moves while it fills. ``lane_of(file)`` gives the row a file of one side goes to; a whole file fills all rows.
    """

    def __init__(
        self,
        told: Told,
        duration_ms: int,
        *,
        is_swapped: bool = False,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._told, self._duration_ms, self._is_swapped, self._now = told, duration_ms, is_swapped, now
        self._rows: list[_Row] = []
        self._rate = 0
        self._frames = 0
        self._is_two = False
        self._next = 0.0

    def whole(self, sample_rate: int, expected: int | None, block: Samples) -> None:
        """A block of the one file: its channels are the sides, or the same sound twice."""
        if not self._begin(sample_rate, expected, min(len(block), 2)) or len(block) > 2:
            return
        for row, part in zip(self._rows, block, strict=True):
            row.add(part)
        self._is_two = self._is_two or (len(block) == 2 and not np.array_equal(block[0], block[1]))
        self._tell(self._rows if self._is_two else self._rows[:1])

    def side(self, lane: Lane, delay_ms: int, sample_rate: int, expected: int | None, block: Samples) -> None:
        """A block of the file of one side, which begins ``delay_ms`` later than the call."""
        if not self._begin(sample_rate, expected, 2) or len(block) != 1:
            return
        row = self._rows[SIDES.index(lane)]
        if row.at == 0 and not len(row.rest) and delay_ms:
            row.add(np.zeros(ms_to_frame(delay_ms, sample_rate), np.int16))
        row.add(block[0])
        self._is_two = True
        self._tell(self._rows)

    def _begin(self, sample_rate: int, expected: int | None, rows: int) -> bool:
        """Whether blocks of this rate can be shown with what is there."""
        if not self._rows:
            self._rate = sample_rate
            self._frames = max(expected or 0, ms_to_frame(self._duration_ms, sample_rate), 1)
            pairs = -(-self._frames // BASE)
            for _row in range(rows):
                self._rows.append(
                    _Row(np.zeros(pairs, np.int16), np.zeros(pairs, np.int16), np.zeros(pairs, np.float32))
                )
        return sample_rate == self._rate

    def _tell(self, rows: Sequence[_Row]) -> None:
        if self._now() < self._next:
            return
        pairs = max(len(row.low) for row in rows)
        low, high, power = (
            np.stack([np.pad(getattr(row, name), (0, pairs - len(row.low))) for row in rows])
            for name in ("low", "high", "power")
        )
        self._frames = max(self._frames, max(row.at for row in rows) * BASE)
        peaks = from_pairs(self._rate, max(self._frames, (pairs - 1) * BASE + 1), low, high, power)
        lanes = SIDES if len(rows) == 2 else (Lane.MIX,)
        self._told(peaks.swapped() if self._is_swapped and len(rows) == 2 else peaks, lanes)
        self._next = self._now() + EACH_S
