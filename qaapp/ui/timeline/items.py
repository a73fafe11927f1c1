"""What the timeline shows beside the sound, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class LaneTitle:
    """One annotation lane: kinds that share ``code`` lie in it."""

    code: str
    title: str


@dataclass(frozen=True)
class TimelineItem:
    """An annotation: a point where ``end_ms`` is None. ``color`` is the name of a pair of the theme.

    ``sign`` is 1 (a plus), -1 (a minus) or None; ``label`` begins with it already.
    """

    id: int
    lane: str
    start_ms: int
    end_ms: int | None
    label: str
    color: str
    tooltip: str = ""
    sign: int | None = None
    checkpoint_id: int | None = None


@dataclass(frozen=True)
class CardMark:
    """A mark of the evaluation at its second."""

    checkpoint_id: int
    value: int
    at_ms: int
    tooltip: str = ""


def sub_rows(items: Sequence[TimelineItem]) -> dict[int, int]:
    """Row of every item inside its lane: an item that overlaps an earlier one goes a row down (first fit by start)."""
    ends: list[int] = []
    rows: dict[int, int] = {}
    for item in sorted(items, key=lambda item: (item.start_ms, item.end_ms or item.start_ms, item.id)):
        end = item.end_ms if item.end_ms is not None else item.start_ms
        row = next((index for index, last in enumerate(ends) if last <= item.start_ms), len(ends))
        if row == len(ends):
            ends.append(0)
        ends[row] = max(end, item.start_ms + 1)
        rows[item.id] = row
    return rows


def tracks_of(
    items: Sequence[TimelineItem], places: dict[int, int]
) -> dict[str, tuple[tuple[TimelineItem, ...], ...]]:
    """The items of every lane by sub-row, in the order of ``items``."""
    found: dict[str, dict[int, list[TimelineItem]]] = {}
    for item in items:
        found.setdefault(item.lane, {}).setdefault(places.get(item.id, 0), []).append(item)
    return {lane: tuple(map(tuple, tracks.values())) for lane, tracks in found.items()}
