"""Which system: every kind with its name and one sentence, found by a few letters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QTextLayout, QTextOption
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from qaapp.i18n import _
from qaapp.sources.provider import Input, Kind
from qaapp.ui import fuzzy, icons, theme
from qaapp.ui.widgets import EmptyState, Label, SearchField
from qaapp.ui.widgets.tables import BAR, AnyIndex

ROW, LEFT, MOST_WIDE = 62, 60, 640


def icon_of(kind: Kind | None) -> str:
    """A folder, a server of one's own, or a line to a provider."""
    if kind is None:
        return "cable"
    if kind.code in ("mikopbx", "asterisk"):
        return "server"
    return "folder" if needs_only_a_folder(kind) else "cable"


def needs_only_a_folder(kind: Kind) -> bool:
    """Whether no account and no key is asked for."""
    inputs = {field.input for field in kind.fields if not field.advanced}
    return bool(inputs & {Input.FOLDER, Input.FILE}) and not inputs & {Input.SECRET, Input.URL}


def in_order(kinds: Sequence[Kind]) -> list[Kind]:
    """Nothing but a folder first, then as the list of kinds has them."""
    return sorted(kinds, key=lambda kind: not needs_only_a_folder(kind))


def found_kinds(kinds: Sequence[Kind], text: str) -> list[Kind]:
    """Those that fit a few letters, in either keyboard layout, best first."""
    if not text.strip():
        return in_order(kinds)
    rated = [
        (fuzzy.score(text, f"{_(kind.title)} {_(kind.about)}"), -place) for place, kind in enumerate(kinds)
    ]
    return [kinds[-place] for rate, place in sorted(rated, reverse=True) if rate > 0]


class _Kinds(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.kinds: list[Kind] = []

    def show(self, kinds: list[Kind]) -> None:
        self.beginResetModel()
        self.kinds = kinds
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.kinds)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        kind = self.kinds[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return _(kind.title)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{_(kind.title)}. {_(kind.about)}"
        return kind if role == Qt.ItemDataRole.UserRole else None


class _Painter(QStyledItemDelegate):
    """Icon, name, and the sentence on as many lines as it needs."""

    def _lines(self, kind: Kind, width: int) -> QTextLayout:
        layout = QTextLayout(_(kind.about), theme.font("body"))
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WordWrap)
        layout.setTextOption(option)
        layout.beginLayout()
        top = 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            line.setPosition(QPoint(0, round(top)))
            top += theme.px(18)
        layout.endLayout()
        return layout

    def _width(self, view: QWidget | None) -> int:
        whole = view.viewport().width() if isinstance(view, QListView) else theme.px(MOST_WIDE)
        return max(120, min(theme.px(MOST_WIDE), whole - theme.px(LEFT + 24)))

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        lines = self._lines(index.data(Qt.ItemDataRole.UserRole), self._width(option.widget)).lineCount()
        return QSize(theme.px(200), theme.px(40) + theme.px(18) * max(1, lines))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        kind: Kind = index.data(Qt.ItemDataRole.UserRole)
        box = option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        if chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, theme.color("selection" if chosen else "hover"))
        if chosen:
            painter.fillRect(QRect(box.left(), box.top(), BAR, box.height()), theme.color("ring"))
        drawn = icons.pixmap(icon_of(kind), 20, "ink_2", painter.device().devicePixelRatioF())
        painter.drawPixmap(QPoint(box.left() + theme.px(24), box.top() + theme.px(10)), drawn)
        painter.setPen(theme.color("ink"))
        painter.setFont(theme.font("title"))
        left = box.left() + theme.px(LEFT)
        title = QRect(left, box.top() + theme.px(9), box.right() - left, theme.px(22))
        painter.drawText(title, int(Qt.AlignmentFlag.AlignVCenter), _(kind.title))
        painter.setPen(theme.color("ink_2"))
        layout = self._lines(kind, self._width(option.widget))
        layout.draw(painter, QPoint(left, box.top() + theme.px(32)))
        painter.restore()


class _List(QListView):
    """Enter chooses; the rows are laid out anew when the width changes."""

    entered_row = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.entered_row.emit(self.currentIndex().row())
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()


class KindsPage(QWidget):
    """``chosen`` tells the kind by a click or Enter; the arrows move while the search has the keyboard."""

    chosen = Signal(object)

    def __init__(self, kinds: Sequence[Kind], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kinds = tuple(kinds)
        self.search = SearchField(delay_ms=0)
        self.search.setMaximumWidth(theme.px(420))
        self.search.textChanged.connect(self._find)
        self.search.installEventFilter(self)
        self._model = _Kinds(self)
        self.list = _List()
        self.list.setModel(self._model)
        self.list.setItemDelegate(_Painter(self.list))
        self.list.setMouseTracking(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.clicked.connect(lambda index: self.chosen.emit(self._model.kinds[index.row()]))
        self.list.entered_row.connect(lambda row: self.chosen.emit(self._model.kinds[row]))
        self._heading = Label("", "time")
        self._nothing = EmptyState("search", "")
        head = QVBoxLayout()
        head.setContentsMargins(24, 20, 24, 12)
        head.setSpacing(theme.px(12))
        head.addWidget(self._heading)
        head.addWidget(self.search)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.list, 1)
        column.addWidget(self._nothing, 1)
        self.retranslate()

    def retranslate(self) -> None:
        self._heading.setText(_("What shall we connect?"))
        self.search.set_placeholder(_("Name of the system"))
        self.list.setAccessibleName(_("Systems"))
        self._nothing.set_texts(
            _("This system is not in the list. Its export to CSV or Excel, or “Custom HTTP/JSON”, may do.")
        )
        self._find(self.search.text())

    def current(self) -> Kind | None:
        """The kind under the bar."""
        index = self.list.currentIndex()
        return self._model.kinds[index.row()] if index.isValid() else None

    def shown(self) -> list[Kind]:
        return list(self._model.kinds)

    def _find(self, text: str) -> None:
        kinds = found_kinds(self._kinds, text)
        self._model.show(kinds)
        self.list.setVisible(bool(kinds))
        self._nothing.setVisible(not kinds)
        if kinds:
            self.list.setCurrentIndex(self._model.index(0))

    def eventFilter(self, watched: QObject, event: Any) -> bool:
        if (
            watched is self.search
            and isinstance(event, QKeyEvent)
            and event.type() == QKeyEvent.Type.KeyPress
        ):
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            row, last = self.list.currentIndex().row(), self._model.rowCount() - 1
            if step is not None and last >= 0:
                self.list.setCurrentIndex(self._model.index(max(0, min(last, row + step))))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current() is not None:
                self.chosen.emit(self.current())
                return True
        return False
