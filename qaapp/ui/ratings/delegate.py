"""How a row of the ranking is painted: light and percent, interval on one axis for all rows, change, eight weeks."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from qaapp import i18n
from qaapp.ratings.ranking import RatingRow
from qaapp.scorecards.scoring import Limits, percent_text
from qaapp.ui import lights, theme
from qaapp.ui.ratings.model import ROW, Column, change_words, range_words, weakest_words

PADDING = 8
AXIS_HIGH = 100.0  # percent


def axis_low(rows: Sequence[RatingRow]) -> float:
    """Where the axis of the intervals begins: at 40 %, or lower where somebody stands lower."""
    ends = [
        row.interval[0] if row.interval else float(row.score * 100) for row in rows if row.score is not None
    ]
    return max(0.0, min(40.0, 10 * ((min(ends, default=40.0) - 1) // 10)))


def axis_x(rect: QRect, percent: float, low: float) -> float:
    """Where ``percent`` stands in an interval cell whose axis begins at ``low``."""
    share = (max(low, min(AXIS_HIGH, percent)) - low) / (AXIS_HIGH - low)
    return rect.left() + PADDING + share * (rect.width() - 2 * PADDING)


class RankingDelegate(QStyledItemDelegate):
    """Paints every cell itself, so that text, lights and lines stand on one grid."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.limits = Limits()
        self.axis_low = 40.0

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(80, theme.px(34))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row: RatingRow = index.data(ROW)
        column = Column(index.column())
        rect: QRect = option.rect
        state = option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, theme.color("selection"))
            if column == Column.RANK:
                painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), theme.color("ring"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, theme.color("hover"))
        ranked = row.rank is not None
        inner = rect.adjusted(PADDING, 0, -PADDING, 0)
        if column == Column.RANK:
            inner = rect.adjusted(16, 0, -PADDING, 0)
        match column:
            case Column.RANK:
                self._text(
                    painter, inner, str(row.rank) if ranked else "–", "strong", "ink", right=True, bold=ranked
                )
            case Column.RANGE:
                self._text(painter, inner, range_words(row), "body", "ink_2")
            case Column.MANAGER:
                self._text(painter, inner, row.manager, "strong", "ink")
            case Column.GROUP:
                self._text(painter, inner, row.group or "", "body", "ink_2")
            case Column.SCORE:
                self._score(painter, inner, row)
            case Column.INTERVAL:
                self._interval(painter, rect, row)
            case Column.CALLS:
                self._text(painter, inner, i18n.group_digits(row.calls), "body", "ink", right=True)
            case Column.CHANGE:
                self._change(painter, inner, row)
            case Column.TREND:
                self._trend(painter, inner, row.trend, str(index.data() or ""))
            case Column.LOST:
                shade = "red_text" if row.lost_calls else "ink_3"
                text = str(row.lost_calls) if row.lost_calls else "–"
                self._text(painter, inner, text, "body", shade, right=True)
            case Column.WEAKEST:
                self._text(painter, inner, weakest_words(row), "body", "ink")
        painter.restore()

    def _text(
        self,
        painter: QPainter,
        rect: QRect,
        text: str,
        role: str,
        shade: str,
        *,
        right: bool = False,
        bold: bool = False,
    ) -> None:
        painter.setFont(theme.font(role, tabular=True, weight=600 if bold else None))
        painter.setPen(theme.color(shade))
        shown = QFontMetrics(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        painter.drawText(rect, int(side | Qt.AlignmentFlag.AlignVCenter), shown)

    def _score(self, painter: QPainter, rect: QRect, row: RatingRow) -> None:
        text = percent_text(row.score, self.limits)
        painter.setFont(theme.font("title", tabular=True, weight=600 if row.rank is not None else 400))
        painter.setPen(theme.color("ink" if row.rank is not None else "ink_2"))
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), text)
        side = theme.px(14)
        lights.paint_light(painter, QRectF(rect.left(), rect.top(), side, rect.height()), row.band, 13)

    def _interval(self, painter: QPainter, rect: QRect, row: RatingRow) -> None:
        painter.setPen(QPen(theme.color("hairline_2"), 0))
        for limit in (self.limits.red_below, self.limits.green_above):
            edge = round(axis_x(rect, limit, self.axis_low))
            painter.drawLine(edge, rect.top(), edge, rect.bottom())
        if row.score is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = rect.center().y() + 0.5
        ranked = row.rank is not None
        line = theme.color("ink_2" if ranked else "grey")
        if row.interval is not None:
            left, right = (axis_x(rect, end, self.axis_low) for end in row.interval)
            painter.setPen(QPen(line, 2))
            painter.drawLine(QPointF(left, middle), QPointF(right, middle))
            for x in (left, right):
                painter.drawLine(QPointF(x, middle - 4), QPointF(x, middle + 4))
        x = axis_x(rect, float(row.score * 100), self.axis_low)
        painter.setPen(QPen(theme.color("panel") if ranked else line, 1.5))
        painter.setBrush(theme.color("ink" if ranked else "panel"))
        painter.drawEllipse(QPointF(x, middle), 4.5, 4.5)

    def _change(self, painter: QPainter, rect: QRect, row: RatingRow) -> None:
        figure = rect.adjusted(0, 0, 0, 0)
        figure.setWidth(theme.px(46))
        if row.change is None:
            self._text(painter, figure, "–", "body", "ink_3", right=True)
            return
        notable = row.change_certainty == "sure"
        figure_text = i18n.decimal(row.change, sign=True)
        self._text(
            painter, figure, figure_text, "strong", "ink" if notable else "ink_2", right=True, bold=notable
        )
        words = rect.adjusted(figure.width() + theme.px(8), 0, 0, 0)
        self._text(painter, words, change_words(row), "small", "ink" if notable else "ink_3", bold=notable)

    def _trend(self, painter: QPainter, rect: QRect, trend: Sequence[Fraction | None], words: str) -> None:
        known = [(week, float(share) / 100) for week, share in enumerate(trend) if share is not None]
        if len(known) < 2:
            self._text(painter, rect, words, "small", "ink_3")
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(rect.left(), rect.center().y() - 9, min(rect.width(), theme.px(100)), 18)
        step = box.width() / max(1, len(trend) - 1)
        points = [
            QPointF(box.left() + week * step, box.bottom() - share * box.height()) for week, share in known
        ]
        painter.setPen(QPen(theme.color("hairline_2"), 0))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        painter.setPen(QPen(theme.color("ink_2"), 1.4))
        painter.drawPolyline(QPolygonF(points))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("ink"))
        painter.drawEllipse(points[-1], 2.4, 2.4)


class RankingHeader(QHeaderView):
    """Writes the axis of the intervals over their column."""

    axis_low = 40.0

    def paintSection(self, painter: QPainter, rect: QRect, logical: int) -> None:
        painter.save()
        super().paintSection(painter, rect, logical)
        painter.restore()
        if logical != Column.INTERVAL:
            return
        painter.save()
        painter.setFont(theme.font("small", tabular=True))
        painter.setPen(theme.color("ink_2"))
        for percent in range(20 if self.axis_low < 20 else 40, 101, 20):
            x = axis_x(rect, percent, self.axis_low)
            box = QRectF(x - 20, rect.top(), 40, rect.height())
            if percent == 100:
                box.moveRight(rect.right() - 2)
                painter.drawText(box, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), "100")
            else:
                painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), str(percent))
        painter.restore()
