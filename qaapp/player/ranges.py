"""Which stretches of the call are played, in order, from a sample on. Pure; everything in samples.

A loop repeats for ever and ends exactly on its last sample; skipped silence keeps 0.3 s on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qaapp.audio.detecting import Segment

LEAST_MS = 1500  # a shorter silence is heard
KEPT_MS = 300  # of a skipped silence, at each end


@dataclass(frozen=True)
class Range:
    """Source samples ``[start, end)``."""

    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start


@dataclass(frozen=True)
class Plan:
    """What to play: from ``start`` to ``end``, or for ever around ``loop``; ``skips`` are sorted and apart."""

    start: int
    end: int
    loop: Range | None = None
    skips: tuple[Range, ...] = ()

    def ranges(self) -> Iterator[Range]:
        """The stretches in playing order; endless with a loop that ``start`` does not lie behind."""
        if self.loop is None or self.loop.length <= 0 or self.start >= self.loop.end:
            yield from without(Range(self.start, self.end), self.skips)
            return
        yield from without(Range(self.start, self.loop.end), self.skips)
        around = tuple(without(self.loop, self.skips)) or (self.loop,)
        while True:
            yield from around

    @property
    def is_endless(self) -> bool:
        return self.loop is not None and self.loop.length > 0 and self.start < self.loop.end

    def frames(self, rate: float) -> int:
        """Length of a finite plan in output frames at speed ``rate``."""
        assert not self.is_endless
        return sum(out_frames(part.length, rate) for part in self.ranges())


def out_frames(length: int, rate: float) -> int:
    """How many frames ``length`` source frames become at speed ``rate``."""
    return length if rate == 1 else max(1, round(length / rate)) if length else 0


def without(whole: Range, skips: Sequence[Range]) -> Iterator[Range]:
    """``whole`` less the ``skips``."""
    at = whole.start
    for skip in skips:
        if skip.end <= at:
            continue
        if skip.start >= whole.end:
            break
        if skip.start > at:
            yield Range(at, skip.start)
        at = skip.end
    if at < whole.end:
        yield Range(at, whole.end)


def skips_of(
    pauses: Sequence[Segment], sample_rate: int, frames: int, least_ms: int = LEAST_MS, kept_ms: int = KEPT_MS
) -> tuple[Range, ...]:
    """The part of each pause of at least ``least_ms`` that is jumped over; ``kept_ms`` stay at both ends."""
    found = []
    for pause in pauses:
        if pause.length_ms < least_ms:
            continue
        start = (pause.start_ms + kept_ms) * sample_rate // 1000
        end = min((pause.end_ms - kept_ms) * sample_rate // 1000, frames)
        if end > start:
            found.append(Range(start, end))
    return tuple(found)
