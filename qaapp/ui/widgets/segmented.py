"""A choice of one among a few words, all of them in sight."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from qaapp.ui import theme


class Segmented(QWidget):
    """``Segmented([("managers", "Managers"), ("groups", "Groups")])``; arrows move, a click chooses."""

    currentChanged = Signal(str)

    def __init__(
        self, options: Sequence[tuple[str, str]], name: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._options = list(options)
        self._current = self._options[0][0] if self._options else ""
        self._hover = -1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._name = name
        self._tell()
        theme.signals.changed.connect(self.updateGeometry)

    def set_options(self, options: Sequence[tuple[str, str]]) -> None:
        """Other words (another language); the chosen value stays if it is still there."""
        self._options = list(options)
        if self._current not in [value for value, _text in self._options] and self._options:
            self._current = self._options[0][0]
        self._tell()
        self.updateGeometry()
        self.update()

    def current(self) -> str:
        return self._current

    def set_current(self, value: str) -> None:
        """Choose without a signal."""
        if value in [known for known, _text in self._options]:
            self._current = value
            self._tell()
            self.update()

    def set_name(self, name: str) -> None:
        self._name = name
        self._tell()

    def _tell(self) -> None:
        text = dict(self._options).get(self._current, "")
        self.setAccessibleName(f"{self._name}: {text}" if self._name else text)

    def _widths(self) -> list[int]:
        metrics = QFontMetrics(theme.font("strong"))
        natural = [metrics.horizontalAdvance(text) + theme.px(20) for _value, text in self._options]
        if self.sizePolicy().horizontalPolicy() == QSizePolicy.Policy.Expanding and natural:
            spare = max(0, self.width() - sum(natural)) // max(1, len(natural))
            natural = [width + spare for width in natural]
        return natural

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(theme.font("strong"))
        width = sum(metrics.horizontalAdvance(text) + theme.px(20) for _value, text in self._options)
        return QSize(width, theme.px(26))

    minimumSizeHint = sizeHint

    def _at(self, x: float) -> int:
        right = 0.0
        for place, width in enumerate(self._widths()):
            right += width
            if x < right:
                return place
        return len(self._options) - 1

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        widths = self._widths()
        frame = QRectF(0.5, 0.5, sum(widths) - 1, self.height() - 1)
        outline = QPainterPath()
        outline.addRoundedRect(frame, 4, 4)
        painter.fillPath(outline, theme.color("panel"))
        left = 0
        painter.setFont(theme.font("strong"))
        for place, ((value, text), width) in enumerate(zip(self._options, widths, strict=True)):
            cell = QRectF(left, 0, width, self.height())
            chosen = value == self._current
            if chosen or place == self._hover:
                painter.save()
                painter.setClipPath(outline)
                painter.fillRect(cell, theme.color("selection" if chosen else "hover"))
                painter.restore()
            if place:
                painter.setPen(QPen(theme.color("control"), 1))
                painter.drawLine(QPointF(left + 0.5, 1), QPointF(left + 0.5, self.height() - 1))
            ink = "disabled" if not self.isEnabled() else "accent_text" if chosen else "ink_2"
            painter.setPen(theme.color(ink))
            painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, text)
            left += width
        painter.setPen(QPen(theme.color("control"), 1))
        painter.drawPath(outline)
        index = next((n for n, (value, _t) in enumerate(self._options) if value == self._current), 0)
        if self._options:
            ring = 2 if self.hasFocus() else 1
            cell = QRectF(
                sum(widths[:index]) + ring / 2, ring / 2, widths[index] - ring, self.height() - ring
            )
            painter.setPen(QPen(theme.color("ring"), ring))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(cell, 4, 4)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover = self._at(event.position().x())
        self.update()

    def leaveEvent(self, event: object) -> None:
        self._hover = -1
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._options:
            self._choose(self._at(event.position().x()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        values = [value for value, _text in self._options]
        self._choose(max(0, min(len(values) - 1, values.index(self._current) + step)))

    def _choose(self, place: int) -> None:
        value = self._options[place][0]
        if value != self._current:
            self._current = value
            self._tell()
            self.update()
            self.currentChanged.emit(value)
