"""What the mouse does on the timeline: seek, select, drag edges, move the viewport; through the methods of the view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent

from qaapp.ui.timeline import item_painting
from qaapp.ui.timeline.items import TimelineItem
from qaapp.ui.timeline.snapping import snap

if TYPE_CHECKING:
    from qaapp.ui.timeline.view import TimelineView

DRAG_PX = 4
EDGE_PX = 5


@dataclass
class Drag:
    """What is being dragged: ``select``, ``scrub``, ``item``, ``edge`` (of the selection) or ``view…``."""

    kind: str
    x: float
    ms: float
    item: TimelineItem | None = None
    part: str = ""
    moved: bool = False
    grab_ms: float = 0.0


class Gestures:
    """One mouse at work on one view."""

    def __init__(self, view: TimelineView) -> None:
        self.view = view
        self.drag: Drag | None = None
        self.playhead_ms: float | None = (
            None  # where it was when dragging began: the sound of the edge moves it
        )

    def _x(self, point: QPointF) -> float:
        return point.x() - self.view.state.gutter

    def press(self, event: QMouseEvent) -> None:
        state = self.view.state
        x, y = self._x(event.position()), event.position().y()
        row = state.row_at(y)
        if row is None or x < -2 or event.button() != Qt.MouseButton.LeftButton:
            return
        ms = state.scale.ms(x)
        if row.kind == "overview":
            self._press_overview(x)
        elif row.kind == "ruler":
            self.drag = Drag("scrub", x, ms)
            self.view.ask_seek(ms)
        elif row.kind == "card":
            mark = next(
                (m for m in state.marks if item_painting.flag_rect(state, row, m).contains(x, y)), None
            )
            if mark is not None:
                self.view.mark_chosen.emit(mark.checkpoint_id, mark.at_ms)
            else:
                self.view.ask_seek(ms)
        else:
            self._press_lanes(row, x, y, ms)

    def _press_lanes(self, row, x: float, y: float, ms: float) -> None:  # type: ignore[no-untyped-def]
        state = self.view.state
        if row.kind == "items":
            found = list(item_painting.hits(state, row, x, y))
            if found:
                item, _box, part = min(found, key=lambda hit: hit[2] == "body")
                self.view.item_chosen.emit(item.id)
                self.drag = Drag("item", x, ms, item, part)
                return
        edge = self._selection_edge(x)
        if edge:
            self.drag = Drag("edge", x, ms, part=edge)
        else:
            self.drag = Drag("select", x, ms)

    def _selection_edge(self, x: float) -> str:
        selection = self.view.state.selection
        if selection is None:
            return ""
        for part, ms in zip(("start", "end"), selection, strict=True):
            if abs(self.view.state.scale.x(ms) - x) <= EDGE_PX:
                return part
        return ""

    def _press_overview(self, x: float) -> None:
        view = self.view
        unit = view.lanes_width() / max(view.state.scale.duration_ms, 1.0)
        start, end = view.state.scale.start_ms * unit, view.state.scale.end_ms * unit
        moment = x / unit
        if not view.state.scale.is_whole and abs(x - start) <= EDGE_PX:
            self.drag = Drag("view_start", x, moment)
        elif not view.state.scale.is_whole and abs(x - end) <= EDGE_PX:
            self.drag = Drag("view_end", x, moment)
        else:
            inside = start <= x <= end
            self.drag = Drag("view", x, moment, grab_ms=moment - view.state.scale.start_ms if inside else -1)

    def move(self, event: QMouseEvent) -> None:
        x, y = self._x(event.position()), event.position().y()
        drag = self.drag
        if drag is None:
            self.view.hover(x, y)
            return
        if not drag.moved and abs(x - drag.x) < DRAG_PX:
            return
        drag.moved = True
        free = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        view, state = self.view, self.view.state
        if drag.kind.startswith("view"):
            self._move_viewport(drag, x)
            return
        ms = state.scale.ms(x)
        if drag.kind == "scrub":
            view.ask_seek(ms)
            return
        skip = drag.item.id if drag.item is not None else None
        if self.playhead_ms is None:
            self.playhead_ms = state.position_ms
        snapped, is_snapped = snap(ms, view.snap_points(skip), state.scale, free=free)
        view.set_dragged(snapped, is_snapped)
        if drag.kind == "select":
            first, _on_edge = snap(drag.ms, view.snap_points(None), state.scale, free=free)
            view.select_region(min(first, snapped), max(first, snapped))
        elif drag.kind == "edge" and state.selection is not None:
            other = state.selection[1] if drag.part == "start" else state.selection[0]
            view.select_region(min(other, snapped), max(other, snapped))
            view.edge_dragged.emit(snapped, "start" if snapped < other else "end")
        elif drag.kind == "item" and drag.item is not None and drag.part != "body":
            start, end = moved_edges(drag.item, drag.part, snapped)
            view.preview_item(drag.item.id, start, end)
            view.edge_dragged.emit(float(end if drag.part == "end" and end is not None else start), drag.part)

    def _move_viewport(self, drag: Drag, x: float) -> None:
        view, scale = self.view, self.view.state.scale
        moment = x / (view.lanes_width() / max(scale.duration_ms, 1.0))
        if drag.kind == "view_start":
            view.show_span(min(moment, scale.end_ms - 1), scale.end_ms)
        elif drag.kind == "view_end":
            view.show_span(scale.start_ms, max(moment, scale.start_ms + 1))
        elif drag.grab_ms >= 0:
            view.scroll_to(moment - drag.grab_ms)

    def release(self, event: QMouseEvent) -> None:
        drag, self.drag = self.drag, None
        view = self.view
        view.set_dragged(None, False)
        self.playhead_ms = None
        if drag is None:
            return
        if drag.kind in ("edge", "item"):
            view.edge_released.emit()
        if drag.kind == "view" and (not drag.moved or drag.grab_ms < 0):
            view.ask_seek(drag.ms)
            view.center_on(drag.ms)
        elif drag.kind == "select" and not drag.moved:
            selection = view.state.selection
            if selection is not None and not selection[0] <= drag.ms <= selection[1]:
                view.select_region(None)
                view.region_selected.emit(None)
            view.ask_seek(drag.ms)
        elif drag.kind in ("select", "edge") and drag.moved:
            view.region_selected.emit(view.state.selection)
        elif drag.kind == "item" and drag.item is not None and drag.moved and drag.part != "body":
            now = next((item for item in view.state.items if item.id == drag.item.id), None)
            if now is not None and (now.start_ms, now.end_ms) != (drag.item.start_ms, drag.item.end_ms):
                view.item_edited.emit(now.id, now.start_ms, now.end_ms)

    def double_click(self, event: QMouseEvent) -> None:
        state = self.view.state
        x, y = self._x(event.position()), event.position().y()
        row = state.row_at(y)
        if row is None or x < 0:
            return
        if row.kind == "items":
            for item, _box, _part in item_painting.hits(state, row, x, y):
                end = item.end_ms if item.end_ms is not None else item.start_ms
                self.view.region_activated.emit(float(item.start_ms), float(end))
                return
        selection, ms = state.selection, state.scale.ms(x)
        if selection is not None and selection[0] <= ms <= selection[1]:
            self.view.region_activated.emit(*selection)

    def cursor(self, x: float, y: float) -> Qt.CursorShape:
        """An arrow everywhere but over edges that can be dragged."""
        state = self.view.state
        row = state.row_at(y)
        if row is None or x < 0:
            return Qt.CursorShape.ArrowCursor
        if row.kind == "items":
            parts = {part for _item, _box, part in item_painting.hits(state, row, x, y)}
            return Qt.CursorShape.SizeHorCursor if parts - {"body"} else Qt.CursorShape.ArrowCursor
        if row.kind in ("lane", "strip") and self._selection_edge(x):
            return Qt.CursorShape.SizeHorCursor
        if row.kind == "overview" and not state.scale.is_whole:
            unit = self.view.lanes_width() / max(state.scale.duration_ms, 1.0)
            edges = (state.scale.start_ms * unit, state.scale.end_ms * unit)
            if min(abs(x - edge) for edge in edges) <= EDGE_PX:
                return Qt.CursorShape.SizeHorCursor
        return Qt.CursorShape.ArrowCursor


def moved_edges(item: TimelineItem, part: str, ms: float) -> tuple[int, int | None]:
    """Start and end after one edge (or the point) was moved to ``ms``; edges never cross."""
    at = max(round(ms), 0)
    if part == "point" or item.end_ms is None:
        return at, None
    if part == "start":
        return min(at, item.end_ms - 10), item.end_ms
    return item.start_ms, max(at, item.start_ms + 10)
