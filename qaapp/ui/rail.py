"""The rail: one item per screen, icon over word, 76 px wide; icons only in a narrow window."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from qaapp.ui import icons, theme
from qaapp.ui.widgets.labels import Hairline

WIDE, NARROW = 76, 52


class RailItem(QToolButton):
    """One screen. The active one is blue with a bar at the edge."""

    def __init__(self, name: str, icon: str, *, lone: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self._icon_name = icon
        self._lone = lone
        self.narrow = False
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        alone = self.narrow or self._lone
        return QSize(theme.px(NARROW if self.narrow else WIDE), theme.px(44 if alone else 54))

    minimumSizeHint = sizeHint

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        ink = "accent_text" if self.isChecked() else "ink_2"
        if self.underMouse() and not self.isChecked():
            painter.fillRect(self.rect(), theme.color("hover"))
        if self.isChecked():
            top, height = theme.px(6), self.height() - 2 * theme.px(6)
            painter.fillRect(QRect(0, top, 3, height), theme.color("ring"))
        side = theme.px(20)
        drawn = icons.pixmap(self._icon_name, 20, ink, self.devicePixelRatioF())
        left = (self.width() - side) // 2
        if self.narrow or self._lone:
            painter.drawPixmap(QPoint(left, (self.height() - side) // 2), drawn)
        else:
            painter.drawPixmap(QPoint(left, theme.px(8)), drawn)
            painter.setPen(theme.color(ink))
            painter.setFont(theme.font("micro", weight=500))
            area = QRect(0, theme.px(32), self.width(), theme.px(16))
            metrics = painter.fontMetrics()
            text = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width() - 4)
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
        if self.hasFocus():
            painter.setPen(QPen(theme.color("ring"), 2))
            painter.drawRoundedRect(self.rect().adjusted(5, 3, -5, -3), 4, 4)
        painter.end()


class Rail(QWidget):
    """``chosen`` gives the name of the screen a person picked."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("ground", "window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._items: dict[str, RailItem] = {}
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._narrow = False
        column = QVBoxLayout()
        column.setContentsMargins(0, theme.px(4), 0, theme.px(4))
        column.setSpacing(0)
        self._top = QVBoxLayout()
        self._top.setSpacing(0)
        self._bottom = QVBoxLayout()
        column.addLayout(self._top)
        column.addStretch()
        column.addLayout(self._bottom)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addLayout(column)
        row.addWidget(Hairline(vertical=True))
        theme.signals.changed.connect(self._resize)
        self._resize()

    def add(self, name: str, icon: str, *, at_bottom: bool = False) -> None:
        """Another screen; the one at the bottom (Settings) has no word under it."""
        item = RailItem(name, icon, lone=at_bottom)
        item.clicked.connect(lambda: self.chosen.emit(name))
        self._items[name] = item
        self._group.addButton(item)
        (self._bottom if at_bottom else self._top).addWidget(item)
        self.set_narrow(self._narrow)

    def set_text(self, name: str, text: str, tip: str) -> None:
        """The word under the icon and the tooltip “Journal — Ctrl+2”."""
        item = self._items[name]
        item.setText(text)
        item.setAccessibleName(text)
        item.setToolTip(tip)

    def set_current(self, name: str) -> None:
        if name in self._items:
            self._items[name].setChecked(True)

    def set_narrow(self, narrow: bool) -> None:
        """52 px with icons alone, or 76 with words."""
        self._narrow = narrow
        for item in self._items.values():
            item.narrow = narrow
            item.updateGeometry()
            item.update()
        self._resize()

    def _resize(self) -> None:
        self.setFixedWidth(theme.px(NARROW if self._narrow else WIDE))
