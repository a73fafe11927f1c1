"""The mark of a checkpoint: 1, 0 or –, told apart by place, shape and glyph, not by colour alone."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from qaapp.i18n import _
from qaapp.ui import theme

UNMARKED = -1  # beside 1, 0 and None (not applicable)
WIDTH, HEIGHT, CELL = 74, 22, 24
_CELLS: tuple[tuple[int | None, str], ...] = ((1, "1"), (0, "0"), (None, "–"))


def paint_tristate(
    painter: QPainter, rect: QRectF, value: int | None, focused: bool = False, *, enabled: bool = True
) -> None:
    """Paint the control at the left of ``rect``, centred in its height. ``value``: 1, 0, None (N/A) or UNMARKED."""
    cell, height = theme.px(CELL), theme.px(HEIGHT)
    top = round(rect.center().y() - height / 2)
    frame = QRectF(rect.left() + 0.5, top + 0.5, cell * 3 + 1, height - 1)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    outline = QPainterPath()
    outline.addRoundedRect(frame, 4, 4)
    painter.fillPath(outline, theme.color("panel"))
    for place, (mark, glyph) in enumerate(_CELLS):
        box = QRectF(rect.left() + 1 + place * cell, top, cell, height)
        chosen = mark == value and value != UNMARKED
        if chosen:
            painter.save()
            painter.setClipPath(outline)
            painter.fillRect(box, theme.color({1: "selection", 0: "red", None: "pressed"}[mark]))
            painter.restore()
        if place:
            painter.setPen(QPen(theme.color("control" if enabled else "hairline_2"), 1))
            painter.drawLine(QPointF(box.left() + 0.5, top + 1), QPointF(box.left() + 0.5, top + height - 1))
        ink = {1: "accent_text", 0: "on_red", None: "ink"}[mark] if chosen else "ink_3"
        painter.setPen(theme.color(ink if enabled else "disabled"))
        painter.setFont(theme.font("small", weight=600 if chosen else 400))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, glyph)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.color("control" if enabled else "hairline_2"), 1))
    painter.drawPath(outline)
    if focused:
        painter.setPen(QPen(theme.color("ring"), 2))
        painter.drawRoundedRect(frame.adjusted(-2, -2, 2, 2), 5, 5)
    painter.restore()


def tristate_at(rect: QRectF, point: QPointF) -> int | None:
    """Which mark lies under ``point`` when the control was painted into ``rect``; UNMARKED beside it."""
    cell = theme.px(CELL)
    place = int((point.x() - rect.left() - 1) // cell)
    if not 0 <= place < 3 or abs(point.y() - rect.center().y()) > theme.px(HEIGHT) / 2:
        return UNMARKED
    return _CELLS[place][0]


def spoken_mark(value: int | None) -> str:
    """The mark for a screen reader."""
    return {1: "1", 0: "0", None: _("not applicable")}.get(value, _("not marked"))


class TriState(QWidget):
    """The same control as a widget (preview in the editor, single marks)."""

    marked = Signal(object)  # 1, 0 or None

    def __init__(self, value: int | None = UNMARKED, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value = value
        self._name = name
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._tell()

    def value(self) -> int | None:
        return self._value

    def set_value(self, value: int | None) -> None:
        self._value = value
        self._tell()
        self.update()

    def _tell(self) -> None:
        self.setAccessibleName(f"{self._name} {spoken_mark(self._value)}".strip())

    def sizeHint(self) -> QSize:
        return QSize(theme.px(CELL) * 3 + 8, theme.px(HEIGHT) + 6)

    minimumSizeHint = sizeHint

    def _box(self) -> QRectF:
        return QRectF(3, 0, self.width() - 6, self.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_tristate(painter, self._box(), self._value, self.hasFocus(), enabled=self.isEnabled())
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        chosen = tristate_at(self._box(), event.position())
        if chosen != UNMARKED:
            self.set_value(chosen)
            self.marked.emit(chosen)
