"""Rows of a side list: a word, hover, and the bar of the current one."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from qaapp.ui import theme
from qaapp.ui.widgets.tables import BAR, AnyIndex


class TopicDelegate(QStyledItemDelegate):
    """30-px rows with a 16-px left edge."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: AnyIndex) -> QSize:
        return QSize(theme.px(120), theme.px(30))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        box = option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        if chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, theme.color("selection" if chosen else "hover"))
        if chosen:
            painter.fillRect(QRect(box.left(), box.top(), BAR, box.height()), theme.color("ring"))
        painter.setFont(theme.font("strong" if chosen else "body"))
        painter.setPen(theme.color("ink"))
        area = box.adjusted(theme.px(16), 0, -theme.px(8), 0)
        text = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)
        painter.restore()
