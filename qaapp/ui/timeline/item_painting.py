"""How annotations and the marks of the card look on their lanes (look §9)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPixmap, QPolygonF

from qaapp.ui import theme
from qaapp.ui.timeline import texts
from qaapp.ui.timeline.items import CardMark, TimelineItem
from qaapp.ui.timeline.layout import Row
from qaapp.ui.timeline.painting import hairline
from qaapp.ui.timeline.state import TimelineState

INSET = 3
FREE_PX = 30  # room a label needs on the right of a narrow region
NARROW_PX = 26
LABEL = "small"
FLAG_PX = 14
DIAMOND_PX = 11


def item_rect(state: TimelineState, row: Row, item: TimelineItem) -> QRectF:
    """The place of an item in lane coordinates; a point is 9 px wide around its moment."""
    count = max(state.sub_rows.get(row.key, 1), 1)
    height = row.height / count
    top = row.top + state.places.get(item.id, 0) * height + INSET
    x = state.scale.x(item.start_ms)
    if item.end_ms is None:
        return QRectF(x - 4.5, top, 9, height - 2 * INSET)
    return QRectF(x, top, max(state.scale.x(item.end_ms) - x, 2.0), height - 2 * INSET)


def paint_items(painter: QPainter, state: TimelineState, row: Row, left: float, right: float) -> None:
    """All items of one lane that touch the stretch: first their places, then the labels over them."""
    labels: list[tuple[TimelineItem, QRectF, float]] = []
    for track in state.tracks.get(row.key, ()):
        boxes = [item_rect(state, row, item) for item in track]
        begins = [box.left() for box in boxes[1:]] + [math.inf]
        for item, box, following in zip(track, boxes, begins, strict=True):
            if box.left() > right:
                break
            if box.right() < left and following <= left:
                continue
            is_current = item.id == state.current_item
            if item.end_ms is None:
                _paint_point(painter, item, box, is_current)
            else:
                _paint_region(painter, item, box, is_current)
            if item.label:
                labels.append((item, box, following))
    if not labels:
        return
    painter.setPen(theme.color("ink"))
    writer = texts.Writer(painter, LABEL)
    for item, box, following in labels:
        if item.id != state.current_item:
            _paint_label(writer, item, box, following, 0)
    for item, box, following in labels:
        if item.id == state.current_item:
            _paint_label(texts.Writer(painter, LABEL, weight=500), item, box, following, 500)


@lru_cache(maxsize=64)
def _colors(name: str, theme_name: str) -> tuple[QColor, QColor]:
    return theme.kind_pair(name)


def _paint_point(painter: QPainter, item: TimelineItem, box: QRectF, is_current: bool) -> None:
    ratio = painter.device().devicePixelRatioF()
    color = _colors(item.color, theme.tokens().name)[0].name()
    edge = theme.tokens().ink if is_current else ""
    center = box.center()
    side = DIAMOND_PX / 2
    painter.drawPixmap(QPointF(center.x() - side, center.y() - side), _diamond(color, edge, ratio))


@lru_cache(maxsize=64)
def _diamond(color: str, edge: str, ratio: float) -> QPixmap:
    """The mark of a point, drawn once: a smooth polygon costs more than everything else of its lane."""
    side = math.ceil(DIAMOND_PX * ratio)
    drawn = QPixmap(side, side)
    drawn.setDevicePixelRatio(ratio)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(edge), 1) if edge else Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    middle, reach = DIAMOND_PX / 2, 4.5
    shape = [(0, -reach), (reach, 0), (0, reach), (-reach, 0)]
    painter.drawPolygon(QPolygonF([QPointF(middle + dx, middle + dy) for dx, dy in shape]))
    painter.end()
    return drawn


def _paint_region(painter: QPainter, item: TimelineItem, box: QRectF, is_current: bool) -> None:
    color, tint = _colors(item.color, theme.tokens().name)
    if item.color == "personal_data":
        painter.fillRect(box, QBrush(theme.color("hairline_2"), Qt.BrushStyle.BDiagPattern))
    else:
        painter.fillRect(box, tint)
    if not is_current:
        painter.fillRect(QRectF(box.left(), box.top(), min(2.0, box.width()), box.height()), color)
        return
    painter.setPen(hairline(color))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
    painter.fillRect(QRectF(box.left(), box.top(), 3, box.height()), color)
    painter.fillRect(QRectF(box.right() - 3, box.top(), 3, box.height()), color)


def _paint_label(
    writer: texts.Writer, item: TimelineItem, box: QRectF, following: float, weight: int
) -> None:
    """Inside where it fits, else on the right where 30 px are free, else inside and cut; very narrow: tooltip only."""
    width = texts.advance(item.label, LABEL, weight=weight)
    left, right = box.left(), box.right()
    free = following - right - 6
    if item.end_ms is not None and width + 14 <= right - left:
        start, room = max(left, 0.0) + 8, right - max(left, 0.0) - 8
        if room < width:
            start, room = right - width - 6, width
    elif free >= FREE_PX:
        start, room = right + 5, min(width + 2, free)
    elif right - left >= NARROW_PX:
        start, room = left + 7, right - left - 10
    else:
        return
    writer.write(start, box.top(), room, box.height(), item.label)


def flag_rect(state: TimelineState, row: Row, mark: CardMark) -> QRectF:
    x = state.scale.x(mark.at_ms)
    side = theme.px(FLAG_PX)
    return QRectF(round(x) - side / 2, row.top + (row.height - side) // 2, side, side)


def paint_card(painter: QPainter, state: TimelineState, row: Row, left: float, right: float) -> None:
    """The marks as flags: 1 outlined, 0 filled."""
    painter.setFont(theme.font("micro", weight=600))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for mark in state.marks:
        box = flag_rect(state, row, mark)
        if box.right() < left or box.left() > right:
            continue
        is_current = mark.checkpoint_id == state.current_checkpoint
        if mark.value:
            painter.setPen(QPen(theme.color("ring" if is_current else "control"), 1))
            painter.setBrush(theme.color("panel"))
            ink = "accent_text"
        else:
            painter.setPen(QPen(theme.color("ink" if is_current else "red"), 1))
            painter.setBrush(theme.color("red"))
            ink = "on_red"
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 2, 2)
        painter.setPen(theme.color(ink))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(mark.value))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def hits(state: TimelineState, row: Row, x: float, y: float) -> Iterator[tuple[TimelineItem, QRectF, str]]:
    """Items under a point of the lanes with the part that is hit: ``start``, ``end``, ``point`` or ``body``."""
    for item in state.items:
        if item.lane != row.key:
            continue
        box = item_rect(state, row, item)
        if not box.adjusted(-4, 0, 4, 0).contains(x, y):
            continue
        if item.end_ms is None:
            yield item, box, "point"
        elif abs(x - box.left()) <= 4 and box.width() >= 6:
            yield item, box, "start"
        elif abs(x - box.right()) <= 4:
            yield item, box, "end"
        elif box.contains(x, y):
            yield item, box, "body"
