"""The left pane: every card with its state, and the ways to get a new one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSignalBlocker,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QFrame,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from qaapp.i18n import _
from qaapp.scorecards.model import CardBrief
from qaapp.scorecards.templates import TEMPLATES
from qaapp.ui import theme
from qaapp.ui.widgets import Button, Hairline

AnyIndex = QModelIndex | QPersistentModelIndex
BRIEF = Qt.ItemDataRole.UserRole


class _TwoLines(QStyledItemDelegate):
    """Name, and its state below in grey; a draft is said in the colour of choice."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: AnyIndex) -> QSize:
        return QSize(100, theme.px(48))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        rect: QRect = option.rect
        state = option.state
        brief: CardBrief = index.data(BRIEF)
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, theme.color("selection"))
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), theme.color("ring"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, theme.color("hover"))
        line = rect.adjusted(16, theme.px(6), -12, 0)
        line.setHeight(theme.px(18))
        painter.setFont(theme.font("strong", weight=600))
        painter.setPen(theme.color("ink_3" if brief.archived else "ink"))
        elided = painter.fontMetrics().elidedText(brief.name, Qt.TextElideMode.ElideRight, line.width())
        painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter), elided)
        line.translate(0, theme.px(18))
        painter.setFont(theme.font("small"))
        left = line.left()
        for words, shade in _state(brief):
            painter.setPen(theme.color(shade))
            painter.drawText(
                left, line.top(), line.width(), line.height(), int(Qt.AlignmentFlag.AlignVCenter), words
            )
            left += painter.fontMetrics().horizontalAdvance(words + " ")
        painter.restore()


class CardList(QWidget):
    """Says what was asked for; the screen does it."""

    chosen = Signal(int)  # scorecard id
    template_asked = Signal(str)  # code of a ready card
    empty_asked = Signal()
    file_asked = Signal()
    put_away_asked = Signal(int, bool)  # scorecard id, away or back

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("ground", "window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(theme.px(208))
        self._list = QListWidget()
        self._list.setProperty("ground", "window")
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setItemDelegate(_TwoLines(self._list))
        self._list.setMouseTracking(True)
        self._list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._list.currentItemChanged.connect(self._changed)
        self._list.customContextMenuRequested.connect(self._context_menu)
        self._new = Button(kind="flat", icon="plus")
        self._new.clicked.connect(self.open_menu)
        self._from_file = Button(kind="flat", icon="upload")
        self._from_file.clicked.connect(self.file_asked)
        foot = QVBoxLayout()
        foot.setContentsMargins(8, 6, 8, 8)
        foot.setSpacing(2)
        foot.addWidget(self._new, 0, Qt.AlignmentFlag.AlignLeft)
        foot.addWidget(self._from_file, 0, Qt.AlignmentFlag.AlignLeft)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._list, 1)
        column.addWidget(Hairline())
        column.addLayout(foot)

    def retranslate(self) -> None:
        self._new.setText(_("New card…"))
        self._from_file.setText(_("From Excel or JSON…"))
        self._list.setAccessibleName(_("Scorecards"))

    def show_cards(self, briefs: Sequence[CardBrief], chosen: int | None) -> None:
        """Fill the list; ``chosen`` stays chosen without a word, else the first card is opened."""
        with QSignalBlocker(self._list):
            self._list.clear()
            for brief in briefs:
                item = QListWidgetItem(brief.name)
                item.setData(BRIEF, brief)
                item.setToolTip(brief.name)
                self._list.addItem(item)
                if brief.scorecard_id == chosen:
                    self._list.setCurrentItem(item)
        if briefs and self._list.currentItem() is None:
            self._list.setCurrentRow(0)

    def current(self) -> CardBrief | None:
        item = self._list.currentItem()
        return item.data(BRIEF) if item else None

    def open_menu(self) -> None:
        """The ready cards and an empty one."""
        menu = QMenu(self)
        menu.addAction(_("From a ready card")).setEnabled(False)
        for template in TEMPLATES:
            menu.addAction(_(template.title), lambda code=template.code: self.template_asked.emit(code))
        menu.addSeparator()
        menu.addAction(_("Empty card"), self.empty_asked.emit)
        anchor = self._new if self._new.isVisible() else self.parentWidget() or self
        menu.popup(anchor.mapToGlobal(anchor.rect().center()))

    def _changed(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(item.data(BRIEF).scorecard_id)

    def _context_menu(self, where: QPoint) -> None:
        item = self._list.itemAt(where)
        if item is None:
            return
        brief: CardBrief = item.data(BRIEF)
        menu = QMenu(self)
        text = _("Offer again") if brief.archived else _("Put away")
        menu.addAction(text, lambda: self.put_away_asked.emit(brief.scorecard_id, not brief.archived))
        menu.popup(self._list.mapToGlobal(where))


def _state(brief: CardBrief) -> list[tuple[str, str]]:
    """Words with the token of their colour."""
    parts = []
    if brief.archived:
        parts.append((_("put away"), "ink_3"))
    elif brief.revision is not None:
        parts.append((_("rev. {number} in force").format(number=brief.revision), "ink_2"))
    if brief.draft_revision_id is not None:
        parts += [("·", "ink_2"), (_("draft"), "accent_text")] if parts else [(_("draft"), "accent_text")]
    return parts
