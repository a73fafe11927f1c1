"""Traffic lights: shape and colour, painted and never typed. The figure beside a light stays ink."""

from __future__ import annotations

from fractions import Fraction

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from qaapp import i18n
from qaapp.i18n import _
from qaapp.ui import theme
from qaapp.words import Band


def paint_light(painter: QPainter, rect: QRectF, band: Band | str | None, size: float = 12) -> None:
    """Paint the light of ``band`` in the middle of ``rect``; ``size`` is its box before text scaling."""
    side = theme.px(size)
    unit = side / 12
    left, top = rect.center().x() - side / 2, rect.center().y() - side / 2
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(left, top)
    painter.scale(unit, unit)
    painter.setPen(Qt.PenStyle.NoPen)
    match band:
        case Band.GREEN:
            painter.setBrush(theme.color("green"))
            painter.drawEllipse(QPointF(6, 6), 5.2, 5.2)
        case Band.YELLOW:
            pen = QPen(theme.color("yellow_edge"), 1 / unit)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.setPen(pen)
            painter.setBrush(theme.color("yellow"))
            painter.drawPolygon(QPolygonF([QPointF(6, 0.9), QPointF(11.4, 10.9), QPointF(0.6, 10.9)]))
        case Band.RED:
            painter.setBrush(theme.color("red"))
            painter.drawRoundedRect(QRectF(0.9, 0.9, 10.2, 10.2), 1, 1)
        case _:
            painter.setPen(QPen(theme.color("grey"), 1.6))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(6, 6), 4.5, 4.5)
    painter.restore()


def spoken(band: Band | str | None, score_percent: Fraction | float | None = None) -> str:
    """What a screen reader says: “green, 83%”."""
    name = i18n.word(str(band or Band.GREY))
    return name if score_percent is None else f"{name}, {i18n.percent(score_percent)}"


class Light(QWidget):
    """One light as a widget; ``set_band`` changes it."""

    def __init__(self, band: Band | None = None, size: float = 12, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._band = band
        self._size = size
        self._tell()
        theme.signals.changed.connect(self.updateGeometry)

    def set_band(self, band: Band | None) -> None:
        self._band = band
        self._tell()
        self.update()

    def band(self) -> Band | None:
        return self._band

    def _tell(self) -> None:
        self.setAccessibleName(_("Zone") + ": " + spoken(self._band))

    def sizeHint(self) -> QSize:
        side = theme.px(self._size) + 2
        return QSize(side, side)

    minimumSizeHint = sizeHint

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_light(painter, QRectF(self.rect()), self._band, self._size)
        painter.end()
