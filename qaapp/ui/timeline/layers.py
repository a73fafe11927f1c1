"""What does not move with the sound, painted once and copied: the gutter, and the lanes at one zoom and place."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap

from qaapp import i18n
from qaapp.ui import theme
from qaapp.ui.timeline import gutter_painting, item_painting, painting
from qaapp.ui.timeline.state import TimelineState


class _Layer:
    """One pixmap with what it was painted from."""

    def __init__(self) -> None:
        self._pixmap: QPixmap | None = None
        self._key: tuple[object, ...] = ()

    def is_made(self, key: tuple[object, ...]) -> bool:
        return self._pixmap is not None and self._key == key

    def get(
        self, key: tuple[object, ...], size: QSize, ratio: float, paint: Callable[[QPainter], None]
    ) -> QPixmap:
        if self._pixmap is None or self._key != key:
            self._key = key
            if self._pixmap is None or self._pixmap.size() != size * ratio:
                self._pixmap = QPixmap(size * ratio)
            self._pixmap.setDevicePixelRatio(ratio)
            painter = QPainter(self._pixmap)
            paint(painter)
            painter.end()
        return self._pixmap


class Layers:
    """GUI thread only."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._gutter, self._lanes = _Layer(), _Layer()

    def forget_lanes(self) -> None:
        """As a scroll does."""
        self._lanes = _Layer()

    def paint(self, painter: QPainter, state: TimelineState, dirty: QRect, size: QSize, ratio: float) -> None:
        """Copy what lies in ``dirty``; a layer is made anew only when something of it changed.

        Where the lanes changed and all of them are wanted, as while one zooms or the timeline moves with the sound,
        they are painted at once, without a layer that nobody would copy again.
        """
        look = (
            size,
            ratio,
            theme.tokens().name,
            theme.text_scale(),
            i18n.language(),
            state.rows,
            state.tiles.serial,
        )
        left = state.gutter
        if dirty.left() < left:
            key: tuple[object, ...] = (*look, tuple(state.gains_db.items()))
            drawn = self._gutter.get(
                key, QSize(left, size.height()), ratio, lambda made: paint_gutter(made, state)
            )
            _copy(painter, drawn, dirty.intersected(QRect(0, 0, left, size.height())), 0, ratio)
        if dirty.right() >= left:
            shown: tuple[object, ...] = (
                *look, state.scale, state.items, state.marks, state.current_item, state.current_checkpoint,
                state.selection, state.muted, state.notice, state.tiles.amplitude,
            )  # fmt: skip
            area = QRect(left, 0, max(size.width() - left, 1), size.height())
            if dirty.contains(area) and not self._lanes.is_made(shown):
                painter.save()
                painter.setClipRect(area)
                painter.translate(left, 0)
                paint_lanes(painter, state, area.width(), ratio)
                painter.restore()
                return
            drawn = self._lanes.get(
                shown, area.size(), ratio, lambda made: paint_lanes(made, state, area.width(), ratio)
            )
            _copy(painter, drawn, dirty.intersected(area), left, ratio)


def _copy(painter: QPainter, drawn: QPixmap, area: QRect, left: int, ratio: float) -> None:
    source = QRectF((area.x() - left) * ratio, area.y() * ratio, area.width() * ratio, area.height() * ratio)
    painter.drawPixmap(QRectF(area), drawn, source)


def paint_gutter(painter: QPainter, state: TimelineState) -> None:
    painter.fillRect(QRect(0, 0, state.gutter, state.height), theme.color("panel"))
    for row in state.rows:
        gutter_painting.paint_gutter(painter, state, row)


def paint_lanes(painter: QPainter, state: TimelineState, width: int, ratio: float) -> None:
    """All rows; of the overview only its ground."""
    panel, line = theme.color("panel"), theme.color("hairline")
    washes = painting.washes_of(state)
    for row in state.rows:
        if row.kind == "overview":
            painter.fillRect(QRectF(0, row.top, width, row.height), panel)
            continue
        if row.kind == "lane":
            painting.paint_lane(painter, state, row, width, ratio, washes)
        else:
            painter.fillRect(QRectF(0, row.top, width, row.height), panel)
        if row.kind == "ruler":
            painting.paint_ruler(painter, state, row, 0, width)
        elif row.kind != "lane":
            painting.paint_wash(painter, row, washes)
            if row.kind == "strip":
                painting.paint_strip(painter, state, row, 0, width)
        painter.fillRect(QRectF(0, row.bottom - 1, width, 1), line)
    for row in state.rows:
        if row.kind == "items":
            item_painting.paint_items(painter, state, row, 0, width)
        elif row.kind == "card":
            item_painting.paint_card(painter, state, row, 0, width)
    ruler_row = state.row("ruler")
    if ruler_row is not None:
        painting.paint_evidence(painter, state, ruler_row.bottom, state.height)
        painting.paint_selection_edges(painter, state, ruler_row.bottom, state.height)
    if state.notice:
        paint_notice(painter, state, width)


def paint_notice(painter: QPainter, state: TimelineState, width: int) -> None:
    """A sentence in the place of the sound."""
    rows = [row for row in state.rows if row.kind in ("lane", "strip")]
    if not rows:
        return
    box = QRectF(16, rows[0].top + 8, width - 32, rows[-1].bottom - rows[0].top - 16)
    painter.setFont(theme.font("body"))
    painter.setPen(theme.color("ink_2"))
    flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
    painter.drawText(box, flags, state.notice)
