"""Chips: a filter or a tag in one small box that can be opened or removed."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from qaapp.i18n import _
from qaapp.ui import icons, theme


class Chip(QAbstractButton):
    """“Group: Inbound ×”. ``clicked`` opens it, ``removed`` asks to take it away (×, Backspace, Delete).

    ``color`` is the name of a colour pair (tags); "" is neutral.
    """

    removed = Signal()

    def __init__(
        self, value: str, label: str = "", *, closable: bool = True, color: str = "",
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._label = label
        self._value = value
        self._closable = closable
        self._color = color
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._tell()
        theme.signals.changed.connect(self.updateGeometry)

    def set_value(self, value: str) -> None:
        self._value = value
        self._tell()
        self.updateGeometry()
        self.update()

    def _tell(self) -> None:
        words = f"{self._label}: {self._value}" if self._label else self._value
        self.setText(words)
        self.setAccessibleName(words)
        self.setToolTip(_("Backspace removes it") if self._closable else "")

    def _texts(self) -> list[tuple[str, str]]:
        parts = [(f"{self._label}: ", "ink_2")] if self._label else []
        return [*parts, (self._value, "ink")]

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(theme.font("small"))
        width = sum(metrics.horizontalAdvance(text) for text, _ink in self._texts()) + theme.px(16)
        return QSize(width + (theme.px(18) if self._closable else 0), theme.px(26))

    minimumSizeHint = sizeHint

    def _close_rect(self) -> QRect:
        side = theme.px(24)
        return QRect(self.width() - side, 0, side, self.height()) if self._closable else QRect()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focus = self.hasFocus()
        inset = 1.0 if focus else 0.5
        ground = theme.color("hover" if self.underMouse() else "panel")
        edge = theme.color("ring" if focus else "control")
        if self._color:
            shade, ground = theme.kind_pair(self._color)
            edge = theme.color("ring") if focus else ground
        painter.setPen(QPen(edge, 2 if focus else 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 4, 4)
        painter.setFont(theme.font("small"))
        metrics = painter.fontMetrics()
        left = theme.px(8)
        for text, ink in self._texts():
            painter.setPen(shade if self._color else theme.color(ink))
            width = metrics.horizontalAdvance(text)
            painter.drawText(QRect(left, 0, width + 2, self.height()), Qt.AlignmentFlag.AlignVCenter, text)
            left += width
        if self._closable:
            drawn = icons.pixmap("x", 13, "ink_2", self.devicePixelRatioF())
            side = theme.px(13)
            spot = self._close_rect().center() - QPoint(side // 2, side // 2)
            painter.drawPixmap(spot, drawn)
        painter.end()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._close_rect().contains(event.position().toPoint()):
            self.setDown(False)
            self.removed.emit()
            return
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._closable and event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            self.removed.emit()
            return
        super().keyPressEvent(event)
