"""Everything the painters of the timeline read; the view writes it. GUI thread only."""

from __future__ import annotations

from dataclasses import dataclass, field

from qaapp.audio.call_audio import CallAudio
from qaapp.calls.coverage import Heard
from qaapp.ui.timeline.items import CardMark, LaneTitle, TimelineItem
from qaapp.ui.timeline.layout import ROOMY, Density, Row
from qaapp.ui.timeline.scale import TimeScale
from qaapp.ui.timeline.tiles import Tiles
from qaapp.words import Lane


@dataclass
class TimelineState:
    """Times are milliseconds of the recording, places device-independent pixels of the widget."""

    scale: TimeScale = field(default_factory=TimeScale)
    tiles: Tiles = field(default_factory=Tiles)
    density: Density = ROOMY
    gutter: int = 104
    lanes: tuple[Lane, ...] = (Lane.MANAGER, Lane.CUSTOMER)
    item_lanes: tuple[LaneTitle, ...] = ()
    items: tuple[TimelineItem, ...] = ()
    marks: tuple[CardMark, ...] = ()
    rows: tuple[Row, ...] = ()
    places: dict[int, int] = field(default_factory=dict)  # item id → sub-row
    sub_rows: dict[str, int] = field(default_factory=dict)  # lane code → count
    tracks: dict[str, tuple[tuple[TimelineItem, ...], ...]] = field(
        default_factory=dict
    )  # lane → sub-rows, by start
    selection: tuple[float, float] | None = None
    current_item: int | None = None
    current_checkpoint: int | None = None
    position_ms: float = 0.0
    heard: tuple[Heard, ...] = ()
    hover_x: float | None = None  # of the lanes
    dragged_ms: float | None = None  # an edge that is being dragged
    is_snapped: bool = False
    notice: str = ""  # a sentence instead of the sound
    gains_db: dict[str, float] = field(default_factory=dict)
    muted: frozenset[str] = frozenset()

    @property
    def audio(self) -> CallAudio | None:
        return self.tiles.audio

    def row(self, kind: str, key: str = "") -> Row | None:
        return next((row for row in self.rows if row.kind == kind and (not key or row.key == key)), None)

    def row_at(self, y: float) -> Row | None:
        return next((row for row in self.rows if row.top <= y < row.bottom), None)

    @property
    def height(self) -> int:
        return self.rows[-1].bottom if self.rows else 0
