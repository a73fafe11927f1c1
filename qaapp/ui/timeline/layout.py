"""Heights and places of the timeline's rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qaapp.ui.timeline.items import LaneTitle, TimelineItem, sub_rows
from qaapp.words import Lane

CARD_LANE = "card"


@dataclass(frozen=True)
class Density:
    """Heights in device-independent pixels (before text scale)."""

    overview: int = 46
    ruler: int = 24
    lane: int = 108
    strip: int = 24
    row: int = 24
    gutter: int = 104
    gutter_pad: int = 16
    has_details: bool = True  # talk share and gain under the lane's name


ROOMY = Density()
LOW = Density(overview=34, ruler=22, lane=60, strip=20, row=22, gutter=100, has_details=False)


@dataclass(frozen=True)
class Row:
    """One horizontal band: ``kind`` is overview, ruler, lane, strip, items or card."""

    kind: str
    key: str
    title: str
    top: int
    height: int

    @property
    def bottom(self) -> int:
        return self.top + self.height


def rows_of(
    density: Density,
    lanes: Sequence[Lane],
    lane_titles: dict[str, str],
    item_lanes: Sequence[LaneTitle],
    items: Sequence[TimelineItem],
    card_title: str,
    *,
    px: int = 100,
    strip_title: str = "",
    overview_title: str = "",
) -> tuple[tuple[Row, ...], dict[int, int], dict[str, int]]:
    """All rows from top to bottom, the sub-row of every item, and how many sub-rows each annotation lane has.

    ``px`` is the text scale in percent; sound lanes do not grow with it, rows with text do.
    """
    out: list[Row] = []
    top = 0

    def add(kind: str, key: str, title: str, height: int) -> None:
        nonlocal top
        out.append(Row(kind, key, title, top, height))
        top += height

    def scaled(value: int) -> int:
        return round(value * px / 100)

    add("overview", "", overview_title, density.overview + 4)
    add("ruler", "", "", scaled(density.ruler))
    if len(lanes) == 2:
        add("lane", str(lanes[0]), lane_titles[str(lanes[0])], density.lane)
        add("strip", "", strip_title, scaled(density.strip))
        add("lane", str(lanes[1]), lane_titles[str(lanes[1])], density.lane)
    elif len(lanes) == 1:
        add("lane", str(lanes[0]), lane_titles[str(lanes[0])], density.lane * 2 + scaled(density.strip))
    places: dict[int, int] = {}
    counts: dict[str, int] = {}
    for lane in item_lanes:
        rows = sub_rows([item for item in items if item.lane == lane.code])
        places.update(rows)
        counts[lane.code] = max(rows.values(), default=0) + 1
        add("items", lane.code, lane.title, scaled(density.row) * counts[lane.code])
    if card_title:
        add("card", CARD_LANE, card_title, scaled(density.row))
    return tuple(out), places, counts
