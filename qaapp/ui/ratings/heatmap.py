"""Manager × checkpoint: passed of applicable in every cell, the ground by the share that failed.

Names stay while the checkpoints scroll sideways; arrows move, Enter or a click opens the calls of the cell.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QTextOption,
)
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from qaapp import i18n
from qaapp.i18n import _
from qaapp.ratings.drilldown import Matrix
from qaapp.ui import lights, theme

STEPS = (5, 12, 20, 30, 45, 60)  # percent failed


def ramp_color(passed: int, applicable: int) -> QColor:
    """The ground of a cell by its share of failures (integer comparison)."""
    ramp = theme.tokens().failed_ramp
    failed = applicable - passed
    step = sum(100 * failed >= limit * applicable for limit in STEPS) if applicable else 0
    return QColor(ramp[step])


class HeatMap(QAbstractScrollArea):
    """Emits ``cell_chosen(number of the row, -1 for all, checkpoint code)``."""

    cell_chosen = Signal(int, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._matrix: Matrix | None = None
        self._hover = (-1, -1)
        self._current = (0, 0)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.setAccessibleName(_("Checkpoints by manager"))
        theme.signals.changed.connect(self._resize_content)

    def set_matrix(self, matrix: Matrix | None) -> None:
        """Show ``matrix``, or nothing."""
        self._matrix = matrix
        self._hover, self._current = (-1, -1), (0, 0)
        self._resize_content()

    # --- geometry ---

    @property
    def _name_width(self) -> int:
        return theme.px(176)

    @property
    def _head_height(self) -> int:
        return theme.px(54)

    @property
    def _row_height(self) -> int:
        return theme.px(26)

    @property
    def _gap(self) -> int:
        return theme.px(4)  # the team's line stands apart

    @property
    def _cell_width(self) -> int:
        columns = len(self._matrix.checkpoints) if self._matrix else 1
        room = self.viewport().width() - self._name_width - 16
        return max(theme.px(92), min(theme.px(128), room // max(1, columns)))

    def _resize_content(self) -> None:
        if self._matrix is None:
            self.horizontalScrollBar().setRange(0, 0)
            self.verticalScrollBar().setRange(0, 0)
            self.viewport().update()
            return
        content = self._name_width + self._cell_width * len(self._matrix.checkpoints) + 16
        self.horizontalScrollBar().setRange(0, max(0, content - self.viewport().width()))
        self.horizontalScrollBar().setPageStep(self.viewport().width())
        rows = len(self._matrix.rows) + 1
        height = self._head_height + self._row_height * rows + 12
        self.verticalScrollBar().setRange(0, max(0, height - self.viewport().height()))
        self.verticalScrollBar().setPageStep(self.viewport().height())
        self.viewport().update()

    def content_height(self) -> int:
        """What the whole map needs, in pixels."""
        rows = len(self._matrix.rows) + 1 if self._matrix else 1
        return self._head_height + self._row_height * rows + 24

    def resizeEvent(self, _event: object) -> None:
        self._resize_content()

    def _row_top(self, row: int) -> int:
        gap = self._gap if row else 0
        return self._head_height + row * self._row_height + gap - self.verticalScrollBar().value()

    def _cell(self, row: int, column: int) -> QRect:
        left = self._name_width + column * self._cell_width - self.horizontalScrollBar().value()
        return QRect(left, self._row_top(row), self._cell_width - 1, self._row_height - 1)

    def _at(self, x: float, y: float) -> tuple[int, int]:
        if self._matrix is None or x < self._name_width or y < self._head_height:
            return (-1, -1)
        column = int((x - self._name_width + self.horizontalScrollBar().value()) // self._cell_width)
        below = y - self._head_height + self.verticalScrollBar().value()
        if below >= self._row_height:
            below -= self._gap
            if below < self._row_height:
                return (-1, -1)
        row = int(below // self._row_height)
        inside = column < len(self._matrix.checkpoints) and row <= len(self._matrix.rows)
        return (row, column) if inside else (-1, -1)

    # --- painting ---

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), theme.color("panel"))
        if self._matrix is not None:
            self._paint_cells(painter)
            self._paint_names(painter)
            self._paint_heads(painter)
        painter.end()

    def _paint_cells(self, painter: QPainter) -> None:
        assert self._matrix is not None
        lines = [self._matrix.totals, *(row.cells for row in self._matrix.rows)]
        for number, cells in enumerate(lines):
            painter.setFont(theme.font("small", tabular=True, weight=600 if number == 0 else 400))
            for column, (passed, applicable) in enumerate(cells):
                rect = self._cell(number, column)
                if rect.right() < self._name_width or rect.left() > self.viewport().width():
                    continue
                ground = ramp_color(passed, applicable)
                painter.fillRect(rect, ground)
                painter.setPen(theme.text_on(ground) if applicable else theme.color("ink_3"))
                text = f"{passed}/{applicable}" if applicable else "–"
                painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), text)
        for (row, column), shade in ((self._hover, "ink_2"), (self._current, "ring")):
            if row >= 0 and column >= 0 and (shade == "ink_2" or self.hasFocus()):
                painter.setPen(QPen(theme.color(shade), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(self._cell(row, column).adjusted(1, 1, -1, -1))

    def _paint_names(self, painter: QPainter) -> None:
        assert self._matrix is not None
        painter.fillRect(QRect(0, 0, self._name_width - 4, self.viewport().height()), theme.color("panel"))
        names = [(None, _("All managers")), *((row.band, row.manager) for row in self._matrix.rows)]
        for number, (band, name) in enumerate(names):
            top = self._row_top(number)
            if band is not None:
                lights.paint_light(painter, QRectF(16, top, theme.px(12), self._row_height), band, 11)
            bold = number == 0 or number == self._hover[0]
            painter.setFont(theme.font("body", weight=600 if bold else 400))
            painter.setPen(theme.color("ink"))
            rect = QRect(16 + theme.px(20), top, self._name_width - theme.px(20) - 28, self._row_height)
            shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, rect.width())
            painter.drawText(rect, int(Qt.AlignmentFlag.AlignVCenter), shown)

    def _paint_heads(self, painter: QPainter) -> None:
        assert self._matrix is not None
        painter.fillRect(QRect(0, 0, self.viewport().width(), self._head_height), theme.color("panel"))
        painter.setClipRect(QRect(self._name_width, 0, self.viewport().width(), self._head_height))
        option = QTextOption(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
        option.setWrapMode(QTextOption.WrapMode.NoWrap)  # the lines are broken already
        for column, head in enumerate(self._matrix.checkpoints):
            rect = QRectF(self._cell(0, column))
            rect.setTop(0)
            rect.setBottom(self._head_height - 5)
            bold = column == self._hover[1]
            painter.setFont(theme.font("micro", weight=600 if bold else 400))
            painter.setPen(theme.color("ink" if bold else "ink_2"))
            painter.drawText(rect.adjusted(3, 0, -3, 0), _short(head.text, painter, rect.width() - 6), option)
        painter.setClipping(False)

    # --- mouse and keys ---

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        hover = self._at(event.position().x(), event.position().y())
        if hover != self._hover:
            self._hover = hover
            self.viewport().setCursor(
                Qt.CursorShape.PointingHandCursor if hover[0] >= 0 else Qt.CursorShape.ArrowCursor
            )
            self.viewport().update()

    def leaveEvent(self, _event: QEvent) -> None:
        self._hover = (-1, -1)
        self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self._at(event.position().x(), event.position().y())
        if cell[0] >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self._current = cell
            self.viewport().update()
            self._choose()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._matrix is None:
            return
        row, column = self._current
        match event.key():
            case Qt.Key.Key_Left:
                column -= 1
            case Qt.Key.Key_Right:
                column += 1
            case Qt.Key.Key_Up:
                row -= 1
            case Qt.Key.Key_Down:
                row += 1
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._choose()
                return
            case _:
                super().keyPressEvent(event)
                return
        self._current = (
            max(0, min(len(self._matrix.rows), row)),
            max(0, min(len(self._matrix.checkpoints) - 1, column)),
        )
        self._show_current()
        self.viewport().update()

    def _show_current(self) -> None:
        rect, bar = self._cell(*self._current), self.horizontalScrollBar()
        if rect.left() < self._name_width:
            bar.setValue(bar.value() - (self._name_width - rect.left()))
        elif rect.right() > self.viewport().width():
            bar.setValue(bar.value() + rect.right() - self.viewport().width() + 16)
        bar = self.verticalScrollBar()
        if rect.top() < self._head_height:
            bar.setValue(bar.value() - (self._head_height - rect.top()))
        elif rect.bottom() > self.viewport().height():
            bar.setValue(bar.value() + rect.bottom() - self.viewport().height() + 8)

    def _choose(self) -> None:
        if self._matrix is None or not self._matrix.checkpoints:
            return
        row, column = self._current
        self.cell_chosen.emit(row - 1, self._matrix.checkpoints[column].code)

    def focusInEvent(self, _event: object) -> None:
        self.viewport().update()

    focusOutEvent = focusInEvent

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self._matrix is not None:
            row, column = self._at(event.pos().x(), event.pos().y())
            if event.pos().y() < self._head_height and event.pos().x() > self._name_width:
                offset = event.pos().x() - self._name_width + self.horizontalScrollBar().value()
                column = offset // self._cell_width
                if column < len(self._matrix.checkpoints):
                    QToolTip.showText(event.globalPos(), self._matrix.checkpoints[column].text, self)
                return True
            if row >= 0:
                QToolTip.showText(event.globalPos(), self._explain(row, column), self)
                return True
            QToolTip.hideText()
        return super().viewportEvent(event)

    def _explain(self, row: int, column: int) -> str:
        assert self._matrix is not None
        name = _("All managers") if row == 0 else self._matrix.rows[row - 1].manager
        passed, applicable = (self._matrix.totals if row == 0 else self._matrix.rows[row - 1].cells)[column]
        share = i18n.percent(100 * (applicable - passed) / applicable) if applicable else "–"
        return "\n".join(
            [name, self._matrix.checkpoints[column].text, _("not passed: {share}").format(share=share)]
        )

    def sizeHint(self) -> QSize:
        return QSize(theme.px(600), min(self.content_height(), theme.px(360)))


HEAD_LINES = 3


def _short(text: str, painter: QPainter, width: float) -> str:
    """A heading of at most three lines of whole words; the tooltip has the rest."""
    metrics = painter.fontMetrics()
    lines: list[str] = []
    for word in text.split():
        candidate = f"{lines[-1]} {word}" if lines else word
        if lines and metrics.horizontalAdvance(candidate) <= width:
            lines[-1] = candidate
        else:
            lines.append(word)
    if len(lines) > HEAD_LINES:
        lines = [*lines[: HEAD_LINES - 1], lines[HEAD_LINES - 1] + "…"]
    return "\n".join(metrics.elidedText(line, Qt.TextElideMode.ElideRight, int(width)) for line in lines)


class RampLegend(QWidget):
    """“failed 0 ▯▯▯▯ 60 % and more”."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.signals.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(theme.font("small"))
        words = sum(metrics.horizontalAdvance(text) for text in self._ends())
        return QSize(words + theme.px(20) * len(theme.tokens().failed_ramp) + theme.px(24), theme.px(20))

    def _ends(self) -> tuple[str, str]:
        return _("not passed") + "  0", i18n.percent(60) + " " + _("and more")

    minimumSizeHint = sizeHint

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("ink_2"))
        ends = self._ends()
        metrics = painter.fontMetrics()
        right = self.width()
        painter.drawText(
            QRect(0, 0, right, self.height()),
            int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter),
            ends[1],
        )
        right -= metrics.horizontalAdvance(ends[1]) + theme.px(8)
        step = theme.px(20)
        ramp = theme.tokens().failed_ramp
        left = right - step * len(ramp)
        for number, shade in enumerate(ramp):
            box = QRectF(left + number * step, self.height() / 2 - theme.px(4), step - 1, theme.px(8))
            painter.fillRect(box, QColor(shade))
            if number == 0:
                painter.setPen(QPen(theme.color("hairline_2"), 0))
                painter.drawRect(box)
        painter.setPen(theme.color("ink_2"))
        painter.drawText(
            QPointF(
                left - theme.px(8) - metrics.horizontalAdvance(ends[0]),
                self.height() / 2 + metrics.ascent() / 2 - 1,
            ),
            ends[0],
        )
        painter.end()
