"""The light before the answer sentence."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from qaapp.ui import lights, theme
from qaapp.words import Band


class AnswerLight(QWidget):
    """Shows ``band``."""

    def __init__(self) -> None:
        super().__init__()
        self.band = Band.GREY
        self.setFixedWidth(theme.px(14))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        lights.paint_light(painter, QRectF(self.rect()), self.band, 13)
        painter.end()
