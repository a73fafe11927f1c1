"""A search field: magnifier, placeholder, its key printed at the right, a cross when there is text."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from qaapp.ui import icons, theme


class SearchField(QLineEdit):
    """``searched`` comes 200 ms after the last letter, at once on Enter; Esc empties it first."""

    searched = Signal(str)

    def __init__(
        self, placeholder: str = "", key: str = "", *, delay_ms: int = 200, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._key = key
        self._timer = QTimer(self, singleShot=True, interval=delay_ms)
        self._timer.timeout.connect(self._tell)
        self._told = ""
        self.set_placeholder(placeholder)
        self.textChanged.connect(self._changed)
        self.returnPressed.connect(self._tell)
        theme.signals.changed.connect(self._margins)
        self._margins()

    def set_placeholder(self, text: str) -> None:
        self.setPlaceholderText(text)
        self.setAccessibleName(text)

    def set_key(self, key: str) -> None:
        self._key = key
        self._margins()

    def _margins(self) -> None:
        right = (
            QFontMetrics(theme.font("micro")).horizontalAdvance(self._key) + theme.px(6) if self._key else 0
        )
        self.setTextMargins(theme.px(20), 0, max(right, theme.px(16)), 0)
        self.update()

    def _changed(self, text: str) -> None:
        self.setProperty("ownKeys", ["Esc"] if text else None)  # else Esc would play where something plays
        self._timer.start()

    def _tell(self) -> None:
        self._timer.stop()
        if self.text() != self._told:
            self._told = self.text()
            self.searched.emit(self._told)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            self._tell()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        side = theme.px(14)
        drawn = icons.pixmap("search", 14, "ink_2", self.devicePixelRatioF())
        painter.drawPixmap(QPoint(theme.px(8), (self.height() - side) // 2), drawn)
        if self._key and not self.text():
            painter.setFont(theme.font("micro"))
            painter.setPen(theme.color("ink_3"))
            area = QRect(0, 0, self.width() - theme.px(8), self.height())
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._key)
        elif self.text():
            cross = icons.pixmap("x", 13, "ink_2", self.devicePixelRatioF())
            painter.drawPixmap(self._cross().topLeft(), cross)
        painter.end()

    def _cross(self) -> QRect:
        side = theme.px(13)
        return QRect(self.width() - side - theme.px(8), (self.height() - side) // 2, side, side)

    def mousePressEvent(self, event):  # type: ignore[no-untyped-def]
        if self.text() and self._cross().adjusted(-4, -4, 4, 4).contains(event.position().toPoint()):
            self.clear()
            self._tell()
            return
        super().mousePressEvent(event)
