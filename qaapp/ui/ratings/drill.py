"""The calls behind a figure: newest first; Enter or a click opens the call at the marked second."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QTextOption
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from qaapp import i18n
from qaapp.i18n import _, ngettext
from qaapp.ratings.drilldown import ScoredCall
from qaapp.scorecards.scoring import Limits, percent_text
from qaapp.ui import icons, lights, theme
from qaapp.ui.widgets import Button, Label, LoneButton

CALL = Qt.ItemDataRole.UserRole
AnyIndex = QModelIndex | QPersistentModelIndex


class _Model(QAbstractListModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.calls: Sequence[ScoredCall] = ()

    def set_calls(self, calls: Sequence[ScoredCall]) -> None:
        self.beginResetModel()
        self.calls = calls
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.calls)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        call = self.calls[index.row()]
        if role == CALL:
            return call
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{i18n.phone(call.customer_number)}, {lights.spoken(call.band, call.score.percent)}"
        return None


class _Delegate(QStyledItemDelegate):
    """Light and percent, moment, number; below what was said and what should have been."""

    def __init__(self, pane: DrillPane) -> None:
        super().__init__(pane)
        self._pane = pane

    def _phrases(self, call: ScoredCall) -> list[tuple[str, str, int]]:
        lines = []
        if call.said:
            lines.append((_("Said"), f"«{call.said}»", 400))
        if call.should_have_said:
            lines.append((_("Should"), f"«{call.should_have_said}»", 500))
        return lines

    def _wrapped(self, text: str, weight: int, width: int) -> int:
        metrics = QFontMetrics(theme.font("small", weight=weight))
        return metrics.boundingRect(
            0, 0, width, 4000, int(Qt.TextFlag.TextWordWrap), text
        ).height() + theme.px(2)

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        call: ScoredCall = index.data(CALL)
        width = self._pane.list.viewport().width() - theme.px(16 + 64 + 16)
        height = theme.px(44) + sum(
            self._wrapped(text, weight, width) for _name, text, weight in self._phrases(call)
        )
        return QSize(100, height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        call: ScoredCall = index.data(CALL)
        rect: QRect = option.rect
        state = option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, theme.color("selection"))
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), theme.color("ring"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, theme.color("hover"))
        left, right = rect.left() + 16, rect.right() - 16
        line = theme.px(18)
        top = rect.top() + theme.px(5)
        lights.paint_light(painter, QRectF(left, top, theme.px(12), line), call.band, 12)
        painter.setFont(theme.font("strong", tabular=True))
        painter.setPen(theme.color("ink"))
        vertical = int(Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(
            QRect(left + theme.px(20), top, theme.px(60), line),
            vertical,
            percent_text(call.score.fraction, self._pane.limits),
        )
        painter.setFont(theme.font("body", tabular=True))
        masked = i18n.mask_phone if self._pane.mask_numbers else i18n.phone
        painter.drawText(
            QRect(left + theme.px(80), top, right - left - theme.px(140), line),
            vertical,
            masked(call.customer_number),
        )
        if call.at_ms is not None:
            painter.setPen(theme.color("accent_text"))
            box = QRect(right - theme.px(60), top, theme.px(60), line)
            painter.drawText(
                box, vertical | int(Qt.AlignmentFlag.AlignRight), i18n.duration(call.at_ms / 1000)
            )
            text_width = painter.fontMetrics().horizontalAdvance(i18n.duration(call.at_ms / 1000))
            icon = icons.pixmap("play", 13, "accent_text", painter.device().devicePixelRatio())
            painter.drawPixmap(right - text_width - theme.px(18), top + (line - theme.px(13)) // 2, icon)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("ink_2"))
        when = i18n.moment(call.started_at, self._pane.zone)
        percent = call.heard_percent
        heard = _("heard {share}").format(share=i18n.percent(percent)) if percent is not None else ""
        details = " · ".join(part for part in (when, heard, call.outcome, call.reviewer) if part)
        second = QRect(left + theme.px(80), top + line, right - left - theme.px(80), theme.px(16))
        painter.drawText(
            second,
            vertical,
            painter.fontMetrics().elidedText(details, Qt.TextElideMode.ElideRight, second.width()),
        )
        y = top + line + theme.px(17)
        option_text = QTextOption()
        option_text.setWrapMode(QTextOption.WrapMode.WordWrap)
        width = rect.width() - theme.px(16 + 64 + 16)
        for name, text, weight in self._phrases(call):
            height = self._wrapped(text, weight, width)
            painter.setFont(theme.font("small"))
            painter.setPen(theme.color("ink_2"))
            painter.drawText(QRectF(left, y, theme.px(58), height), name)
            painter.setFont(theme.font("small", weight=weight))
            painter.setPen(theme.color("ink"))
            painter.drawText(QRectF(left + theme.px(64), y, width, height), text, option_text)
            y += height
        painter.restore()


class _List(QListView):
    chosen = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit()
            return
        super().keyPressEvent(event)


class DrillPane(QWidget):
    """Emits ``call_chosen(call_id, at_ms or -1)`` and ``closed``."""

    call_chosen = Signal(int, int)
    closed = Signal()
    evidence_asked = Signal()

    def __init__(self, zone: ZoneInfo, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.zone = zone
        self.limits = Limits()
        self.mask_numbers = False
        self.setMinimumWidth(theme.px(320))
        self._title = Label(role="title", wrap=True, selectable=True)
        self._subtitle = Label(role="small", tone="ink_2", wrap=True)
        self._listen = Button(kind="flat", icon="list-music")
        self._listen.clicked.connect(self.evidence_asked)
        self._close = LoneButton("x", "")
        self._close.clicked.connect(self.closed)
        head = QHBoxLayout()
        head.setContentsMargins(16, 12, 12, 0)
        head.addWidget(self._title, 1)
        head.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        under = QHBoxLayout()
        under.setContentsMargins(16, 2, 16, 10)
        under.addWidget(self._subtitle, 1)
        under.addWidget(self._listen)
        self._model = _Model(self)
        self.list = _List()
        self.list.setModel(self._model)
        self.list.setItemDelegate(_Delegate(self))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setMouseTracking(True)
        self.list.setUniformItemSizes(False)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.clicked.connect(lambda _index: self._open())
        self.list.chosen.connect(self._open)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addLayout(under)
        layout.addWidget(self.list, 1)
        self.retranslate()

    def retranslate(self) -> None:
        self._close.set_tip(_("Close"))
        self._listen.setText(_("Listen to the zeros"))
        self._listen.setToolTip(_("Play what explains the zeros, one call after another") + " — Shift+E")
        self.list.setAccessibleName(_("Calls behind this figure"))

    def show_calls(self, title: str, calls: Sequence[ScoredCall], limits: Limits) -> None:
        """List ``calls`` under ``title``."""
        self.limits = limits
        self._title.setText(title)
        count = ngettext("{n} call", "{n} calls", len(calls)).format(n=len(calls))
        self._subtitle.setText(count + " · " + _("a click plays the call at the marked second"))
        self._listen.setVisible(any(call.value == 0 and call.at_ms is not None for call in calls))
        self._model.set_calls(calls)
        if calls:
            self.list.setCurrentIndex(self._model.index(0))

    def calls(self) -> Sequence[ScoredCall]:
        return self._model.calls

    def _open(self) -> None:
        index = self.list.currentIndex()
        if index.isValid():
            call = self._model.calls[index.row()]
            self.call_chosen.emit(call.call_id, -1 if call.at_ms is None else call.at_ms)
