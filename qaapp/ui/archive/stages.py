"""How a stage stands in the left list: name and two counts on one line of the grid."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from qaapp.ui import theme

AnyIndex = QModelIndex | QPersistentModelIndex


class StageDelegate(QStyledItemDelegate):
    """The current stage has a tint, a bar and a heavier name; a count of nothing is quiet."""

    def sizeHint(self, _option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(theme.px(120 if index.column() == 0 else 62), theme.px(29))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        rect: QRect = option.rect
        state = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        if chosen:
            painter.fillRect(rect, theme.color("selection"))
            if index.column() == 0:
                painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), theme.color("ring"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, theme.color("hover"))
        text = str(index.data() or "")
        is_name = index.column() == 0
        painter.setFont(theme.font("body", tabular=not is_name, weight=600 if chosen else None))
        painter.setPen(theme.color("ink_3" if text == "0" else "ink" if is_name else "ink_2"))
        area = rect.adjusted(16 if is_name else 4, 0, -4 if is_name else -16, 0)
        side = Qt.AlignmentFlag.AlignLeft if is_name else Qt.AlignmentFlag.AlignRight
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, int(side | Qt.AlignmentFlag.AlignVCenter), shown)
        painter.restore()
