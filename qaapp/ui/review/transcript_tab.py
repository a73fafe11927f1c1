"""The tab *Text*: the words of the call, following the sound. A click goes there, a phrase can be taken into *said*."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QGuiApplication, QKeyEvent, QPainter, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from qaapp import i18n
from qaapp.calls.transcripts import Phrase, phrase_at
from qaapp.i18n import _
from qaapp.ui import theme
from qaapp.ui.review.text_find import TextFind
from qaapp.ui.timeline.items import TimelineItem
from qaapp.ui.widgets.labels import Label

LANE = "transcript"
COLORS = {"manager": "stage", "customer": "objection"}
WRAPPED = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop) | int(Qt.TextFlag.TextWordWrap)
QUIET_S = 6.0  # so long after a hand scrolled the list follows the sound no more
AnyIndex = QModelIndex | QPersistentModelIndex


def items_of(phrases: Sequence[Phrase]) -> list[TimelineItem]:
    """The phrases for the lane of the timeline; their ids are negative, so that none is taken for an annotation."""
    return [
        TimelineItem(
            -1 - number, LANE, phrase.start_ms, max(phrase.end_ms, phrase.start_ms + 1), phrase.text,
            COLORS.get(str(phrase.lane or ""), "moss"), phrase.text,
        )
        for number, phrase in enumerate(phrases)
    ]  # fmt: skip


class _Model(QAbstractTableModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.phrases: tuple[Phrase, ...] = ()
        self.said: int | None = None  # the phrase that is being said

    def show(self, phrases: tuple[Phrase, ...]) -> None:
        self.beginResetModel()
        self.phrases, self.said = phrases, None
        self.endResetModel()

    def say(self, index: int | None) -> None:
        before, self.said = self.said, index
        for row in {each for each in (before, index) if each is not None}:
            self.dataChanged.emit(self.index(row, 0), self.index(row, 2))

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.phrases)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() else 3

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (_("Time"), _("Side"), _("Text"))[section]
        return None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        phrase = self.phrases[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            side = i18n.word(phrase.lane) if phrase.lane is not None else phrase.speaker or ""
            return (i18n.duration(phrase.start_ms / 1000), side, phrase.text)[index.column()]
        if role == Qt.ItemDataRole.ForegroundRole:
            if index.column() == 2:
                return theme.color("ink")
            return (
                theme.color(str(phrase.lane))
                if phrase.lane is not None and index.column() == 1
                else theme.color("ink_2")
            )
        if role == Qt.ItemDataRole.BackgroundRole and index.row() == self.said:
            return theme.color("selection_wash")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
        return None


class _Cell(QStyledItemDelegate):
    """Wrapped text that stands under its head."""

    def _inside(self, rect: QRect, column: int) -> QRect:
        return rect.adjusted(16 if column == 0 else 8, 4, -4, -4)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        told = QStyleOptionViewItem(option)
        self.initStyleOption(told, index)
        style = told.widget.style() if told.widget is not None else QApplication.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, told, painter, told.widget)
        painter.save()
        painter.setFont(told.font)
        painter.setPen(told.palette.color(QPalette.ColorRole.Text))
        painter.drawText(self._inside(told.rect, index.column()), WRAPPED, told.text)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        told = QStyleOptionViewItem(option)
        self.initStyleOption(told, index)
        room = self._inside(QRect(0, 0, max(told.rect.width(), 80), 10_000), index.column())
        needed = told.fontMetrics.boundingRect(room, WRAPPED, told.text)
        return QSize(needed.width() + 20, needed.height() + 8)


class _View(QTableView):
    chosen = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.chosen.emit(self.currentIndex().row())
            return
        super().keyPressEvent(event)


class TranscriptTab(QWidget):
    """``seek_asked(ms)`` and ``said_asked(text)``. GUI thread only."""

    seek_asked = Signal(float)
    said_asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.note = Label("", "body", "ink_2", wrap=True)
        self.model = _Model(self)
        self.view = _View()
        self.view.setModel(self.model)
        self.view.setItemDelegate(_Cell(self.view))
        self.view.setWordWrap(True)
        self.view.setShowGrid(False)
        self.view.verticalHeader().hide()
        self.view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setProperty("screenKeys", True)
        header = self.view.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.finder = TextFind()
        self.finder.found.connect(self._show)
        self.finder.gone_to.connect(self._go)
        self.finder.closed.connect(self.view.setFocus)
        theme.signals.changed.connect(self._restyled)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._menu)
        self.view.clicked.connect(lambda index: self._go(index.row()))
        self.view.chosen.connect(self._go)
        self.view.verticalScrollBar().sliderMoved.connect(self._scrolled)
        self.view.viewport().installEventFilter(self)
        self._quiet_until = 0.0
        self._fit = QTimer(self)
        self._fit.setSingleShot(True)
        self._fit.setInterval(0)
        self._fit.timeout.connect(self.view.resizeRowsToContents)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.note)
        box.addWidget(self.finder)
        box.addWidget(self.view, 1)
        self.note.setContentsMargins(16, 12, 16, 12)
        self._restyled()
        self.retranslate()

    def _restyled(self) -> None:
        header = self.view.horizontalHeader()
        header.resizeSection(0, theme.px(72))
        header.resizeSection(1, theme.px(100))
        self._fit.start()

    def retranslate(self) -> None:
        self.note.setText(
            _(
                "There is no text of this call. Put a WebVTT, SRT or JSON file of the same name beside the recording."
            )
        )
        self.view.setAccessibleName(_("Text of the call"))
        self.finder.retranslate()
        self.model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, 2)

    def show_phrases(self, phrases: tuple[Phrase, ...]) -> None:
        self.model.show(phrases)
        self.finder.show_phrases(phrases)
        self.note.setVisible(not phrases)
        self.view.setVisible(bool(phrases))
        self._fit.start()

    def show_position(self, ms: float) -> None:
        """Light the phrase that is being said, and keep it in sight unless somebody reads elsewhere."""
        index = phrase_at(self.model.phrases, ms)
        if index == self.model.said:
            return
        self.model.say(index)
        if index is not None and self.isVisible() and time.monotonic() > self._quiet_until:
            self.view.scrollTo(self.model.index(index, 2), QAbstractItemView.ScrollHint.EnsureVisible)

    def open_find(self) -> bool:
        """Look for words in this text; False where there is none."""
        if not self.model.phrases:
            return False
        self.finder.open(self.model.said or 0)
        return True

    def _show(self, row: int) -> None:
        self._scrolled()
        self.view.selectRow(row)
        self.view.scrollTo(self.model.index(row, 2), QAbstractItemView.ScrollHint.PositionAtCenter)

    def current_text(self) -> str:
        """The chosen phrase, else the one that is being said; "" where there is none."""
        index = self.view.currentIndex()
        row = index.row() if index.isValid() else self.model.said
        return self.model.phrases[row].text if row is not None and 0 <= row < len(self.model.phrases) else ""

    def eventFilter(self, watched: QObject, event: object) -> bool:
        if getattr(event, "type", None) is not None and event.type() == event.Type.Wheel:  # type: ignore[attr-defined]
            self._scrolled()
        return False

    def _scrolled(self, _value: int = 0) -> None:
        self._quiet_until = time.monotonic() + QUIET_S

    def _go(self, row: int) -> None:
        if 0 <= row < len(self.model.phrases):
            self.seek_asked.emit(float(self.model.phrases[row].start_ms))

    def _menu(self, where: object) -> None:
        index = self.view.indexAt(where)  # type: ignore[arg-type]
        if not index.isValid():
            return
        self.view.setCurrentIndex(index)
        phrase = self.model.phrases[index.row()]
        menu = QMenu(self)
        menu.addAction(_("Play from here") + "\tEnter", lambda: self._go(index.row()))
        menu.addAction(_("Take into “said”"), lambda: self.said_asked.emit(phrase.text))
        menu.addAction(_("Copy"), lambda: QGuiApplication.clipboard().setText(phrase.text))
        menu.popup(self.view.viewport().mapToGlobal(where))  # type: ignore[call-overload]

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit.start()
