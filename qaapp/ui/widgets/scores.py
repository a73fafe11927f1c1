"""The cell with a light and a percent."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionViewItem

from qaapp.ui import lights, theme
from qaapp.ui.widgets.tables import INK_ROLE, AnyIndex, RowDelegate

BAND_ROLE = Qt.ItemDataRole.UserRole + 2  # words.Band or None


class ScoreDelegate(RowDelegate):
    """The model gives the percent as text and the band in ``BAND_ROLE``; lights stand in a column of their own."""

    def __init__(self, size: float = 12, role: str = "body", gap: int = 52, parent: object = None) -> None:
        super().__init__(parent)  # type: ignore[arg-type]
        self._size = size
        self._role = role
        self._gap = gap  # from the right edge of the percent to the light, unscaled px

    def paint_content(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        area = option.rect.adjusted(theme.px(8), 0, -theme.px(8), 0)
        text = option.text
        band = index.data(BAND_ROLE)
        if text:
            painter.setFont(theme.font(self._role, tabular=True))
            painter.setPen(theme.color(index.data(INK_ROLE) or "ink"))
            painter.drawText(area, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), text)
        if band is not None:
            side = theme.px(self._size)
            wide = max(
                theme.px(self._gap), painter.fontMetrics().horizontalAdvance(text) + theme.px(6) + side
            )
            box = QRectF(area.right() - wide, area.top(), side, area.height())
            lights.paint_light(painter, box, band, self._size)
