"""Cells that are drawn: direction before the number, the recording's mark, the light before the percent."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionViewItem

from qaapp.journal.pages import CallRow
from qaapp.ui import icons, lights, theme
from qaapp.ui.journal.model import KEYS, ROW
from qaapp.ui.widgets.tables import RowDelegate
from qaapp.words import Direction, Disposition

AnyIndex = QModelIndex | QPersistentModelIndex
ARROWS = {
    Direction.INBOUND: "arrow-down-left", Direction.OUTBOUND: "arrow-up-right",
    Direction.INTERNAL: "arrow-left-right", Direction.CALLBACK: "phone-forwarded",
}  # fmt: skip
FIGURES = {"started_at", "wait_s", "talk_s", "duration_s"}


class JournalDelegate(RowDelegate):
    """One delegate for all columns of the journal."""

    def paint_content(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        key = KEYS[index.column()]
        row: CallRow = index.data(ROW)
        if key == "customer_number":
            self._customer(painter, option, row)
        elif key == "recording_count":
            if row.recording_count:
                self._picture(painter, option.rect, "audio-lines", "ink_2")
        elif key == "score":
            self._score(painter, option, row)
            return
        elif key in FIGURES:
            option.font = theme.font("body", tabular=True)
            if key == "started_at":  # the pane's left edge
                option.rect = option.rect.adjusted(theme.px(8), 0, 0, 0)
        super().paint_content(painter, option, index)

    def _customer(self, painter: QPainter, option: QStyleOptionViewItem, row: CallRow) -> None:
        missed = row.disposition == Disposition.MISSED
        name = "phone-missed" if missed else ARROWS.get(row.direction, "")
        size = theme.px(16)
        if name:
            picture = icons.pixmap(
                name, 16, "red" if missed else "ink_2", painter.device().devicePixelRatio()
            )
            top = option.rect.center().y() - size // 2 + 1
            painter.drawPixmap(option.rect.left() + theme.px(8), top, picture)
        option.rect = option.rect.adjusted(size + theme.px(8), 0, 0, 0)

    def _picture(self, painter: QPainter, rect: QRect, name: str, shade: str) -> None:
        picture = icons.pixmap(name, 16, shade, painter.device().devicePixelRatio())
        painter.drawPixmap(rect.left() + theme.px(12), rect.center().y() - theme.px(8) + 1, picture)

    def _score(self, painter: QPainter, option: QStyleOptionViewItem, row: CallRow) -> None:
        area = option.rect.adjusted(theme.px(8), 0, -theme.px(16), 0)
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if row.score is None and not row.critical_failed:
            painter.setFont(theme.font("small"))
            painter.setPen(theme.color("ink_3"))
            painter.drawText(area, right, option.text)
            return
        painter.setFont(theme.font("body", tabular=True))
        painter.setPen(theme.color("ink"))
        painter.drawText(area, right, option.text)
        light = QRectF(area.right() - theme.px(62), area.top(), theme.px(12), area.height())
        lights.paint_light(painter, light, row.band, 12)
