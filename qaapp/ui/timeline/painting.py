"""How the timeline looks: lanes, turns, ruler, overview, playhead (order of look §9). Reads the state, changes nothing.

Painters get a ``QPainter`` moved to the left edge of the lanes, and the stretch of x that has to be drawn.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QLine, QLineF, QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from qaapp import i18n
from qaapp.i18n import _
from qaapp.ui import theme
from qaapp.ui.timeline import ruler, texts
from qaapp.ui.timeline.layout import Row
from qaapp.ui.timeline.state import TimelineState
from qaapp.ui.timeline.tiles import TILE_PX
from qaapp.words import Lane

LABEL_PX = 70  # room for a label of the ruler, before text scale
LANE_COLORS = {Lane.MANAGER: "manager", Lane.CUSTOMER: "customer", Lane.MIX: "ink_2"}
PEAK_COLORS = {Lane.MANAGER: "manager_peak", Lane.CUSTOMER: "customer_peak", Lane.MIX: "hairline_2"}


def hairline(color: QColor, width: float = 1) -> QPen:
    """A cosmetic pen: one device-independent pixel at every scale."""
    pen = QPen(color, width)
    pen.setCosmetic(True)
    return pen


def lane_table(lane: Lane, *, muted: bool, clear: bool) -> tuple[int, int, int]:
    """Colours of a raster: ground (nothing at all where ``clear``), peak, RMS."""
    peak, rms = ("hairline", "hairline_2") if muted else (PEAK_COLORS[lane], LANE_COLORS[lane])
    ground = 0 if clear else theme.color("sunken").rgba()
    return ground, theme.color(peak).rgba(), theme.color(rms).rgba()


Spans = list[tuple[float, float]]  # x of beginnings and ends


def paint_lane(
    painter: QPainter, state: TimelineState, row: Row, width: float, ratio: float, washes: Spans
) -> None:
    """Ground, zero line, selection wash and the waveform of one lane.

    Without a wash the waveform brings its ground with it and is copied, which costs a tenth of laying it over.
    """
    audio = state.audio
    if audio is None or washes:
        painter.fillRect(QRectF(0, row.top, width, row.height), theme.color("sunken"))
        middle = row.top + int((row.height - 1) / 2)
        painter.setPen(hairline(theme.color("hairline")))
        painter.drawLine(QLineF(0, middle + 0.5, width, middle + 0.5))
        paint_wash(painter, row, washes)
    if audio is None:
        return
    lane = Lane(row.key)
    index = audio.lanes.index(lane) if lane in audio.lanes else 0
    ms_per_column = state.scale.ms_per_px / ratio
    per_column = audio.sample_rate / 1000 * ms_per_column
    offset = round(state.scale.start_ms / ms_per_column)  # device columns left of x = 0
    table = lane_table(lane, muted=row.key in state.muted, clear=bool(washes))
    height = round((row.height - 1) * ratio)
    first, last = max(offset // TILE_PX, 0), (offset + math.ceil(width * ratio)) // TILE_PX
    with device_pixels(painter, ratio):
        for piece in state.tiles.pieces(index, first, last, per_column, height, ratio, table):
            place = QPoint(piece.column - offset, round(row.top * ratio))
            painter.drawImage(place, piece.image, QRect(piece.at, 0, piece.width, height))


@contextmanager
def device_pixels(painter: QPainter, ratio: float) -> Iterator[None]:
    """Draw in the pixels of the screen: pictures are copied as they are, ten times quicker than scaled by one."""
    painter.save()
    painter.scale(1 / ratio, 1 / ratio)
    yield
    painter.restore()


def washes_of(state: TimelineState) -> Spans:
    """What is selected, and the regions that are evidence for the checkpoint in focus, as far as they are in sight."""
    scale, point, spans = state.scale, state.current_checkpoint, []
    if point is not None:
        for item in state.items:
            if item.checkpoint_id == point and item.end_ms is not None:
                x = scale.x(item.start_ms)
                spans.append((x, max(scale.x(item.end_ms), x + 2.0)))
    if state.selection is not None:
        spans.append((scale.x(state.selection[0]), scale.x(state.selection[1])))
    return [(start, end) for start, end in spans if end > 0 and start < scale.width_px]


def paint_wash(painter: QPainter, row: Row, washes: Spans) -> None:
    for start, end in washes:
        painter.fillRect(QRectF(start, row.top, end - start, row.height), theme.color("selection_wash"))


def paint_selection_edges(painter: QPainter, state: TimelineState, top: int, bottom: int) -> None:
    if state.selection is None:
        return
    pen = hairline(theme.color("ink_2"))
    pen.setDashPattern([1, 2])
    painter.setPen(pen)
    for ms in state.selection:
        x = round(state.scale.x(ms)) + 0.5
        painter.drawLine(QLineF(x, top, x, bottom))


def paint_evidence(painter: QPainter, state: TimelineState, top: int, bottom: int) -> None:
    """The moment of the mark of the checkpoint in focus, and of points linked to it: a dotted line across the lanes."""
    point = state.current_checkpoint
    moments = [mark.at_ms for mark in state.marks if mark.checkpoint_id == point]
    moments += [item.start_ms for item in state.items if item.end_ms is None and item.checkpoint_id == point]
    if point is None or not moments:
        return
    pen = hairline(theme.color("accent_text"))
    pen.setDashPattern([2, 2])
    painter.setPen(pen)
    for ms in moments:
        x = round(state.scale.x(ms)) + 0.5
        painter.drawLine(QLineF(x, top, x, bottom))


def paint_strip(painter: QPainter, state: TimelineState, row: Row, left: float, right: float) -> None:
    """Who speaks when; over-talk of a second and more; the length of the silences that the team's thresholds count."""
    speech = state.audio.speech if state.audio is not None else None
    if speech is None:
        return
    scale = state.scale
    first, last = scale.start_ms + left * scale.ms_per_px, scale.start_ms + right * scale.ms_per_px

    def boxes(segments: object, top: float, height: float, least_ms: float = 0) -> list[QRectF]:
        out = []
        for part in segments:  # type: ignore[attr-defined]
            if part.end_ms < first or part.start_ms > last or part.end_ms - part.start_ms < least_ms:
                continue
            x = scale.x(part.start_ms)
            out.append(QRectF(x, top, max(scale.x(part.end_ms) - x, 1.0), height))
        return out

    bar = 7 if row.height >= 18 else 5
    painter.setPen(Qt.PenStyle.NoPen)
    lower = row.bottom - 2 - bar
    for segments, token, top, height, least in (
        (speech.manager, "manager", row.top + 2, bar, 0),
        (speech.customer, "customer", lower, bar, 0),
        (
            speech.overtalk,
            "ink",
            row.top + 2 + bar,
            lower - row.top - 2 - bar,
            speech.thresholds.long_overtalk_ms,
        ),
    ):
        painter.setBrush(theme.color(token))
        painter.drawRects(boxes(segments, top, height, least) or [QRectF()])
    painter.setFont(theme.font("micro", tabular=True))
    metrics = painter.fontMetrics()
    for box in boxes(speech.silences, row.top, row.height):
        seconds = i18n.decimal(box.width() * scale.ms_per_px / 1000)
        text = _("{seconds} s").format(seconds=seconds)
        if metrics.horizontalAdvance(text) + 8 > box.width():
            continue
        painter.setPen(hairline(theme.color("control")))
        for x in (box.left() + 1, box.right() - 1):
            painter.drawLine(QLineF(round(x) + 0.5, row.top + 5, round(x) + 0.5, row.bottom - 5))
        painter.setPen(theme.color("ink_2"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def paint_ruler(painter: QPainter, state: TimelineState, row: Row, left: float, right: float) -> None:
    scale = state.scale
    step = ruler.step_ms(scale.ms_per_px)
    lines: list[QLine] = []
    painter.setPen(theme.color("ink_2"))
    writer = texts.Writer(painter, "micro", tabular=True)
    low, width = row.bottom - 2, theme.px(LABEL_PX)
    for moment, is_labelled in ruler.ticks(scale):
        x = round(scale.x(moment))
        lines.append(QLine(x, low - (6 if is_labelled else 2), x, low))
        if is_labelled:
            writer.write(x + 4, row.top, width, row.height - 3, ruler.label(moment, step))
    painter.setPen(hairline(theme.color("hairline_2")))
    painter.drawLines(lines)


def label_rect(row: Row, x: float) -> QRectF:
    """The place of a label right of its tick."""
    return QRectF(x + 4, row.top, theme.px(LABEL_PX), row.height - 3)


def hide_label_under_flag(painter: QPainter, state: TimelineState, row: Row) -> None:
    """A label of the ruler is never under the playhead's flag: the one that would be is taken off."""
    scale, head = state.scale, state.scale.x(state.position_ms)
    step = ruler.step_ms(scale.ms_per_px)
    for number in (-1, 0, 1):
        moment = (state.position_ms // step + number) * step
        box = label_rect(row, round(scale.x(moment)) + 0.5)
        box.setWidth(texts.advance(ruler.label(moment, step), "micro", tabular=True) + 2)
        if moment >= 0 and box.left() - 3 < head + 7 and box.right() + 3 > head - 7:
            painter.fillRect(box.adjusted(0, 0, 0, -6), theme.color("panel"))


def paint_overview(painter: QPainter, state: TimelineState, row: Row, width: int, ratio: float) -> None:
    """The whole call; outside the viewport a veil; under it where it was heard."""
    height = row.height - 4
    painter.fillRect(QRectF(0, row.top, width, height), theme.color("sunken"))
    lanes = state.audio.lanes if state.audio is not None else ()
    table = (theme.color("sunken").rgba(), *(theme.color(LANE_COLORS[lane]).rgba() for lane in lanes))
    columns, rows = round(width * ratio), round((height - 6) * ratio)
    drawn = state.tiles.overview(columns, rows, table)
    if drawn is not None:
        with device_pixels(painter, ratio):
            painter.drawImage(QPoint(0, round((row.top + 3) * ratio)), drawn, QRect(0, 0, columns, rows))
    duration = max(state.scale.duration_ms, 1.0)
    unit = width / duration
    start, end = state.scale.start_ms * unit, min(state.scale.end_ms, duration) * unit
    if not state.scale.is_whole:
        veil = theme.color("veil")
        painter.fillRect(QRectF(0, row.top, start, height), veil)
        painter.fillRect(QRectF(end, row.top, width - end, height), veil)
    painter.setPen(hairline(theme.color("ring")))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    left, right = round(start), round(end) - 1
    painter.drawRect(QRectF(left + 0.5, row.top + 0.5, max(right - left, 4), height - 1))
    painter.setPen(hairline(theme.color("playhead")))
    x = round(state.position_ms * unit) + 0.5
    painter.drawLine(QLineF(x, row.top, x, row.top + height))
    for part in state.heard:
        box = QRectF(part.start_ms * unit, row.bottom - 2, max((part.end_ms - part.start_ms) * unit, 1), 2)
        painter.fillRect(box, theme.color(heard_tone(part.speed)))


def heard_tone(speed: float) -> str:
    """The faster it was heard, the fainter the line."""
    return "ink_2" if speed <= 1.25 else "ink_3" if speed <= 2.0 else "hairline_2"


def paint_playhead(painter: QPainter, state: TimelineState, ruler_row: Row, bottom: int) -> None:
    x = round(state.scale.x(state.position_ms)) + 0.5
    color = theme.color("playhead")
    painter.setPen(hairline(color))
    painter.drawLine(QLineF(x, ruler_row.bottom - 2, x, bottom))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    top = ruler_row.bottom - 14
    flag = [(-5.5, 0), (5.5, 0), (5.5, 7), (0, 12), (-5.5, 7)]
    painter.drawPolygon(QPolygonF([QPointF(x + dx, top + dy) for dx, dy in flag]))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def paint_hover(painter: QPainter, state: TimelineState, ruler_row: Row, bottom: int, width: int) -> None:
    """The line under the pointer with its time; while an edge is dragged, the line of that edge."""
    if state.dragged_ms is not None:
        x = state.scale.x(state.dragged_ms)
        token, moment = "ring" if state.is_snapped else "ink_2", state.dragged_ms
    elif state.hover_x is not None:
        x, token, moment = state.hover_x, "control", state.scale.ms(state.hover_x)
    else:
        return
    x = round(x) + 0.5
    painter.setPen(hairline(theme.color(token)))
    painter.drawLine(QLineF(x, ruler_row.bottom, x, bottom))
    text = i18n.duration(moment / 1000, tenths=True)
    painter.setFont(theme.font("micro", tabular=True))
    span = painter.fontMetrics().horizontalAdvance(text) + 10
    place = QRectF(min(max(x - span / 2, 0), width - span), ruler_row.top + 2, span, ruler_row.height - 6)
    painter.fillRect(place, theme.color("panel"))
    painter.setPen(theme.color("ink"))
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
