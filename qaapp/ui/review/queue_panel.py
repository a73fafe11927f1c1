"""The queue at the left: what to hear next, how far the day is, and why this call was drawn."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
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
from qaapp.review.queue import QueueRow, why
from qaapp.ui import icons, theme
from qaapp.ui.desk import Desk
from qaapp.ui.review.card_model import AnyIndex
from qaapp.ui.review.queue_model import ROW_ROLE, QueueLine, QueueModel, direction_short, when_short
from qaapp.ui.widgets.buttons import Button
from qaapp.ui.widgets.labels import Hairline, Label
from qaapp.words import QueueState

PAD = 12
PIP = QSize(8, 4)


class QueueDelegate(QStyledItemDelegate):
    """Two kinds of rows: a manager's head with plan pips, and a call."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.current_item = 0

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        line: QueueLine = index.data(ROW_ROLE)
        return QSize(120, theme.px(28) if line.item is not None else theme.px(33 if index.row() else 28))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        line: QueueLine = index.data(ROW_ROLE)
        painter.save()
        if line.item is None:
            self._paint_head(painter, option.rect, line)
        else:
            hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
            self._paint_call(painter, option.rect, line.item, index, hovered)
        painter.restore()

    def _paint_head(self, painter: QPainter, rect: QRect, line: QueueLine) -> None:
        box = QRect(rect.left() + PAD, rect.bottom() - theme.px(27), rect.width() - 2 * PAD, theme.px(28))
        middle = Qt.AlignmentFlag.AlignVCenter
        told = f"{line.done}/{line.planned}"
        painter.setFont(theme.font("small", tabular=True))
        advance = painter.fontMetrics().horizontalAdvance(told)
        painter.setPen(theme.color("ink_2"))
        painter.drawText(box, int(middle | Qt.AlignmentFlag.AlignRight), told)
        right = box.right() - advance - theme.px(6)
        shown = min(line.planned, 4)
        for place in range(shown):
            token = "ink_2" if place < line.done else "hairline_2"
            left = right - (shown - place) * (PIP.width() + 1)
            painter.fillRect(QRect(left, box.center().y() - 1, PIP.width(), PIP.height()), theme.color(token))
        painter.setFont(theme.font("strong"))
        painter.setPen(theme.color("ink"))
        room = right - shown * (PIP.width() + 1) - box.left() - 6
        name = painter.fontMetrics().elidedText(line.manager, Qt.TextElideMode.ElideRight, room)
        painter.drawText(box, int(middle), name)

    def _paint_call(
        self, painter: QPainter, rect: QRect, item: QueueRow, index: AnyIndex, hovered: bool
    ) -> None:
        is_current = item.id == self.current_item
        if is_current:
            painter.fillRect(rect, theme.color("selection"))
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), theme.color("ring"))
        elif hovered:
            painter.fillRect(rect, theme.color("hover"))
        model = index.model()
        assert isinstance(model, QueueModel)
        done = item.state == QueueState.DONE
        ratio = painter.device().devicePixelRatioF()
        side = theme.px(14)
        name = "check" if done else "play" if is_current else "clock-alert" if item.is_stale else ""
        if name:
            token = "accent_text" if is_current and not done else "warn_text" if item.is_stale else "ink_2"
            drawn = icons.pixmap(name, 14, token, ratio)
            painter.drawPixmap(QPointF(rect.left() + PAD, rect.center().y() - side / 2 + 1), drawn)
        left = rect.left() + PAD + theme.px(22)
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        right = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        ink = "ink_2" if done else "ink"
        painter.setFont(theme.font("body", tabular=True, weight=500 if is_current else 400))
        painter.setPen(theme.color(ink))
        when = when_short(item, model.zone)
        painter.drawText(QRect(left, rect.top(), rect.width(), rect.height()), middle, when)
        advance = max(painter.fontMetrics().horizontalAdvance(when), theme.px(44))
        end = QRect(rect.left(), rect.top(), rect.width() - PAD, rect.height())
        length = i18n.duration(item.talk_s)
        painter.drawText(end, right, length)
        length_width = painter.fontMetrics().horizontalAdvance(length)
        painter.setFont(theme.font("body"))
        painter.setPen(theme.color("ink_2"))
        word = direction_short(item.direction)
        painter.drawText(
            QRect(left + advance + theme.px(10), rect.top(), theme.px(40), rect.height()), middle, word
        )
        if item.is_stale and not done:
            age = ngettext("{n} d", "{n} d", item.age_days).format(n=item.age_days)
            word_end = left + advance + theme.px(16) + painter.fontMetrics().horizontalAdvance(word)
            painter.setFont(theme.font("small", tabular=True))
            place = QRect(end.left(), end.top(), end.width() - length_width - theme.px(8), end.height())
            if place.right() - painter.fontMetrics().horizontalAdvance(age) > word_end:
                painter.setPen(theme.color("warn_text"))
                painter.drawText(place, right, age)


class QueuePanel(QWidget):
    """GUI thread only. Choosing a call, replacing and skipping are signals."""

    chosen = Signal(object)  # QueueRow
    replace_asked = Signal()
    skip_asked = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.setProperty("ground", "window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.title = Label("", "strong")
        self.today = Label("", "small", "ink_2")
        self.model = QueueModel(self)
        self.delegate = QueueDelegate(self)
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setItemDelegate(self.delegate)
        self.list.setProperty("ground", "window")
        self.list.setProperty("screenKeys", True)
        self.list.setMouseTracking(True)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.list.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.list.clicked.connect(self._clicked)
        self.why_title = Label("", "head", "ink_2")
        self.why = Label("", "small", "ink_2", wrap=True, selectable=True)
        self.replace = Button("", "link", key="")
        self.skip = Button("", "link")
        self.replace.clicked.connect(self.replace_asked)
        self.skip.clicked.connect(self.skip_asked)
        self.box = QWidget()
        self._build()
        self.retranslate()

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(PAD, 12, PAD, 10)
        head.setSpacing(8)
        head.addWidget(self.title)
        head.addStretch()
        head.addWidget(self.today)
        links = QHBoxLayout()
        links.setContentsMargins(0, 2, 0, 0)
        links.setSpacing(12)
        links.addWidget(self.replace)
        links.addWidget(self.skip)
        links.addStretch()
        inner = QVBoxLayout(self.box)
        inner.setContentsMargins(PAD, 8, PAD, 8)
        inner.setSpacing(2)
        inner.addWidget(self.why_title)
        inner.addWidget(self.why)
        inner.addLayout(links)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.list, 1)
        self.line = Hairline()
        column.addWidget(self.line)
        column.addWidget(self.box)

    def retranslate(self) -> None:
        self.title.setText(_("Queue"))
        self.list.setAccessibleName(_("Queue"))
        self.why_title.setText(_("Why this call"))
        self.replace.setText(_("Replace…"))
        self.replace.setToolTip(self.desk.keyboard.tip("replace_call"))
        self.skip.setText(_("Skip…"))
        self.skip.setToolTip(self.desk.keyboard.tip("skip_call"))
        self.list.viewport().update()

    def show_queue(self, rows: list[QueueRow], done: int, planned: int) -> None:
        self.model.set_rows(rows, self.desk.rules.zone)
        self.today.setText(_("{done} of {planned} today").format(done=done, planned=planned))

    def show_current(self, item: QueueRow | None, picked: bool) -> None:
        """The open call's row and the reason it was drawn."""
        self.delegate.current_item = item.id if item is not None else 0
        self.list.viewport().update()
        for widget in (self.box, self.line):
            widget.setVisible(item is not None or picked)
        self.replace.setVisible(item is not None and item.state == QueueState.OPEN)
        self.skip.setVisible(item is not None and item.state == QueueState.OPEN)
        self.why.setText(why(item) if item is not None else _("Picked by hand."))
        if item is not None:
            number = self.model.row_of(item.id)
            if number >= 0:
                self.list.scrollTo(self.model.index(number))

    def _clicked(self, index: QModelIndex) -> None:
        line: QueueLine = index.data(ROW_ROLE)
        if line.item is not None:
            self.chosen.emit(line.item)
