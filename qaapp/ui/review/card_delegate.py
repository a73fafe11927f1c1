"""How a section's head and a checkpoint look on the card: mark, text that wraps, second, phrases, hint."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from qaapp import i18n
from qaapp.i18n import _
from qaapp.scorecards.evaluations import MarkRow
from qaapp.ui import icons, theme
from qaapp.ui.review.card_model import MARK_ROLE, ROW_ROLE, AnyIndex, CardModel, CardRow
from qaapp.ui.widgets.tristate import UNMARKED, WIDTH, paint_tristate

PAD = 16
TEXT_LEFT = PAD + WIDTH + 10
WRAP = int(Qt.TextFlag.TextWordWrap)


@dataclass(frozen=True)
class Parts:
    """Places inside a checkpoint's row, relative to its top left corner."""

    mark: QRectF
    text: QRect
    second: QRect
    said: QRect
    should: QRect
    hint: QRect
    height: int


class CardDelegate(QStyledItemDelegate):
    """``current`` is the row that is worked on; ``editing`` while its fields are open (they take ``editor_height``)."""

    def __init__(self, cards: CardModel, parent: QWidget) -> None:
        super().__init__(parent)
        self.cards = cards
        self.current = -1
        self.hovered = -1
        self.is_editing = False
        self.is_enabled = True
        self.editor_height = 0
        self.mark_keys = "1 0 N"

    # --- measuring -----------------------------------------------------------------------------------------------

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        width = option.widget.viewport().width() if option.widget is not None else option.rect.width()  # type: ignore[attr-defined]
        row: CardRow = index.data(ROW_ROLE)
        if row.point is None:
            return QSize(width, self._head_height(row, index, width))
        return QSize(width, self.parts(row, index.data(MARK_ROLE), index.row(), width).height)

    def _head_height(self, row: CardRow, index: AnyIndex, width: int) -> int:
        height = theme.px(28)
        model = index.model()
        if row.section.script and isinstance(model, CardModel) and index.row() in model.open_scripts:
            height += _height(theme.font("small"), row.section.script, width - 2 * PAD) + theme.px(6)
        return height

    def point_font(self, row: CardRow, number: int) -> QFont:
        """Heavier for a checkpoint that weighs more, medium for the current one."""
        assert row.point is not None
        if row.point.weight > 1:
            return theme.font("strong", weight=600)
        return theme.font("strong" if number == self.current else "body")

    def parts(self, row: CardRow, mark: MarkRow | None, number: int, width: int) -> Parts:
        assert row.point is not None
        left = theme.px(TEXT_LEFT)
        told = self.second_text(row, mark, number)[1]
        advance = QFontMetrics(theme.font("small", tabular=True)).horizontalAdvance(told)
        second_width = max(theme.px(44), advance + (theme.px(17) if self._has_second(mark) else 4))
        room = width - left - PAD - second_width - 4
        text_height = _height(self.point_font(row, number), row.point.text, room)
        line = theme.line_height("body")
        top = theme.px(5)
        text = QRect(left, top, room, max(text_height, line))
        bottom = max(text.bottom() + 1 + theme.px(4), theme.px(28))
        if text.height() > line:
            bottom = text.bottom() + 1 + theme.px(2)
        said = should = hint = QRect()
        small = theme.font("small")
        is_current = number == self.current
        full = width - left - PAD
        if is_current and self.is_editing:
            bottom += self.editor_height
        elif mark is not None and (mark.said or mark.should_have_said):
            if mark.said:
                said = QRect(left, bottom - 2, full, _height(small, quoted(mark.said), full))
                bottom = said.bottom() + 3
            if mark.should_have_said:
                strong = theme.font("small", weight=500)
                should = QRect(left, bottom - 2, full, _height(strong, quoted(mark.should_have_said), full))
                bottom = should.bottom() + 3
            bottom += theme.px(4)
        if is_current and row.point.hint:
            hint = QRect(left, bottom, full, _height(small, row.point.hint, full))
            bottom = hint.bottom() + theme.px(7)
        mark_box = QRectF(theme.px(PAD), theme.px(3), theme.px(WIDTH), theme.px(22))
        second = QRect(width - PAD - second_width, top, second_width, line)
        return Parts(mark_box, text, second, said, should, hint, bottom)

    # --- painting ------------------------------------------------------------------------------------------------

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        row: CardRow = index.data(ROW_ROLE)
        painter.save()
        painter.translate(option.rect.topLeft())
        size = option.rect.size()
        if row.point is None:
            self._paint_head(painter, size, row, index)
        else:
            self._paint_point(painter, size, row, index)
        painter.restore()

    def _paint_head(self, painter: QPainter, size: QSize, row: CardRow, index: AnyIndex) -> None:
        model = index.model()
        assert isinstance(model, CardModel)
        if index.row():
            painter.fillRect(0, 0, size.width(), 1, theme.color("hairline"))
        head = QRect(PAD, 0, size.width() - 2 * PAD, theme.px(28))
        middle = Qt.AlignmentFlag.AlignVCenter
        passed, applicable = model.section_score(row.section)
        told = _("{passed} of {all}").format(passed=passed, all=applicable) if applicable else "–"
        painter.setFont(theme.font("small", tabular=True))
        painter.setPen(theme.color("ink_2"))
        painter.drawText(head, int(middle | Qt.AlignmentFlag.AlignRight), told)
        strong = theme.font("small", weight=600)
        painter.setFont(strong)
        room = head.width() - QFontMetrics(strong).horizontalAdvance(told) - theme.px(30)
        name = painter.fontMetrics().elidedText(row.section.name, Qt.TextElideMode.ElideRight, room)
        painter.drawText(head, int(middle | Qt.AlignmentFlag.AlignLeft), name)
        if not row.section.script:
            return
        is_open = index.row() in model.open_scripts
        at = head.left() + painter.fontMetrics().horizontalAdvance(name) + theme.px(6)
        side = theme.px(13)
        ratio = painter.device().devicePixelRatioF()
        drawn = icons.pixmap("chevron-up" if is_open else "chevron-down", 13, "ink_3", ratio)
        painter.drawPixmap(QPointF(at, (theme.px(28) - side) / 2 + 1), drawn)
        if is_open:
            painter.setFont(theme.font("small"))
            box = QRect(PAD, theme.px(26), size.width() - 2 * PAD, size.height() - theme.px(26))
            painter.drawText(box, WRAP, row.section.script)

    def _paint_point(self, painter: QPainter, size: QSize, row: CardRow, index: AnyIndex) -> None:
        assert row.point is not None
        number, mark = index.row(), index.data(MARK_ROLE)
        is_current = number == self.current
        if is_current:
            painter.fillRect(QRect(0, 0, size.width(), size.height()), theme.color("selection"))
            painter.fillRect(QRect(0, 0, 3, size.height()), theme.color("ring"))
        elif number == self.hovered:
            painter.fillRect(QRect(0, 0, size.width(), size.height()), theme.color("hover"))
        parts = self.parts(row, mark, number, size.width())
        value = mark.value if mark is not None and mark.is_marked else UNMARKED
        paint_tristate(painter, parts.mark, value, enabled=self.is_enabled)
        painter.setFont(self.point_font(row, number))
        painter.setPen(theme.color("ink"))
        painter.drawText(parts.text, WRAP, row.point.text)
        self._paint_second(painter, parts.second, row, mark, number)
        if not (is_current and self.is_editing):
            self._paint_phrase(painter, parts.said, _("Said"), quoted(mark.said if mark else ""), 400)
            self._paint_phrase(
                painter,
                parts.should,
                _("Better"),
                quoted(mark.should_have_said if mark else ""),
                500,
            )
        if not parts.hint.isNull():
            painter.setFont(theme.font("small"))
            painter.setPen(theme.color("ink_2"))
            painter.drawText(parts.hint, WRAP, row.point.hint)

    @staticmethod
    def _has_second(mark: MarkRow | None) -> bool:
        return mark is not None and mark.is_marked and mark.value is not None and mark.at_ms is not None

    def second_text(self, row: CardRow, mark: MarkRow | None, number: int) -> tuple[str, str]:
        """(colour, text) at the right: the second of the mark, or what there is to say instead."""
        cards = self.cards
        assert row.point is not None
        if row.point.id in cards.unsaved:
            return "red_text", _("not saved")
        if mark is None or not mark.is_marked:
            if cards.tells_missing:
                return "ink_2", _("not marked")
            if number == self.current and self.is_enabled:
                return "ink_3", self.mark_keys
            return "ink_2", _("critical") if row.point.critical else ""
        if mark.value is None:
            return "ink_2", _("n/a")
        return "ink_2", i18n.duration(mark.at_ms / 1000) if mark.at_ms is not None else ""

    def _paint_second(
        self, painter: QPainter, box: QRect, row: CardRow, mark: MarkRow | None, number: int
    ) -> None:
        token, text = self.second_text(row, mark, number)
        painter.setFont(theme.font("small", tabular=True))
        if self._has_second(mark) and token != "red_text":
            ratio = painter.device().devicePixelRatioF()
            drawn = icons.pixmap("play", 12, "ink_2", ratio)
            advance = painter.fontMetrics().horizontalAdvance(text)
            side = theme.px(12)
            at = QPointF(box.right() - advance - side - 2, box.top() + (box.height() - side) / 2)
            painter.drawPixmap(at, drawn)
        painter.setPen(theme.color(token))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), text)

    def _paint_phrase(self, painter: QPainter, box: QRect, name: str, text: str, weight: int) -> None:
        if box.isNull() or not text:
            return
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("ink_2"))
        label = QRect(PAD, box.top(), box.left() - PAD - 8, theme.line_height("small"))
        painter.drawText(label, int(Qt.AlignmentFlag.AlignRight), name)
        painter.setFont(theme.font("small", weight=weight))
        painter.setPen(theme.color("ink"))
        painter.drawText(box, WRAP, text)


def _height(font: QFont, text: str, width: int) -> int:
    metrics = QFontMetrics(font)
    return metrics.boundingRect(QRect(0, 0, max(width, 40), 10_000), WRAP, text).height()


def quoted(text: str) -> str:
    """A phrase in quotation marks, once."""
    return text if not text or text.startswith(("«", "“", '"')) else f"«{text}»"
