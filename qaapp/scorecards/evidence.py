"""What of a call explains its score: the stretches behind marks, put together to about a minute.

Evidence of a mark is, in this order: the regions linked to its checkpoint, the points linked to it, the mark's own second.
A second stands for what was heard just before it and a little after, since a mark is set when the thing has been heard.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

BEFORE_MS = 8_000
AFTER_MS = 4_000
TOTAL_MS = 60_000
LEAST_MS = 5_000


@dataclass(frozen=True)
class Moment:
    """Something that points at a place in the call: ``end_ms`` is None for a single second."""

    start_ms: int
    end_ms: int | None = None


@dataclass(frozen=True)
class Evidence:
    """``[start_ms, end_ms)`` of the call explains the mark of ``checkpoint_id``."""

    checkpoint_id: int
    start_ms: int
    end_ms: int

    @property
    def length_ms(self) -> int:
        return self.end_ms - self.start_ms


def stretches(at_ms: int | None, linked: Iterable[Moment], sound_ms: int) -> list[Moment]:
    """The stretches behind one mark, in time order, apart and inside the sound; empty when nothing points."""
    linked = list(linked)
    regions = [each for each in linked if each.end_ms is not None]
    points = [each.start_ms for each in linked if each.end_ms is None] or (
        [at_ms] if at_ms is not None else []
    )
    found = [(each.start_ms, each.end_ms or 0) for each in regions] or [
        (point - BEFORE_MS, point + AFTER_MS) for point in points
    ]
    out: list[tuple[int, int]] = []
    for start, end in sorted(
        (max(0, start), min(end, sound_ms) if sound_ms else end) for start, end in found
    ):
        if end <= start:
            continue
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return [Moment(start, end) for start, end in out]


def gather(
    marks: Sequence[tuple[int, int | None, Sequence[Moment]]], sound_ms: int, total_ms: int = TOTAL_MS
) -> list[Evidence]:
    """Evidence of several marks ``(checkpoint_id, at_ms, linked)`` in their order, about ``total_ms`` long in all.

    When it would be longer, long stretches are shortened to an equal share from their beginning, never below 5 s.
    """
    found = [
        Evidence(checkpoint_id, each.start_ms, each.end_ms or each.start_ms)
        for checkpoint_id, at_ms, linked in marks
        for each in stretches(at_ms, linked, sound_ms)
    ]
    if sum(each.length_ms for each in found) <= total_ms:
        return found
    share = _share([each.length_ms for each in found], total_ms)
    return [
        Evidence(each.checkpoint_id, each.start_ms, min(each.end_ms, each.start_ms + share)) for each in found
    ]


def _share(lengths: list[int], total_ms: int) -> int:
    """The greatest length to which all are cut so that they fit into ``total_ms``; at least ``LEAST_MS``."""
    left, count = total_ms, len(lengths)
    for length in sorted(lengths):
        if length * count >= left:
            break
        left -= length
        count -= 1
    return max(LEAST_MS, left // max(1, count))
