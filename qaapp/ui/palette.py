"""Ctrl+K: any call, manager or command by a few letters, in either keyboard layout."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QPainter
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
from qaapp.ui import fuzzy, icons, theme
from qaapp.ui.widgets.labels import Label
from qaapp.ui.widgets.search_field import SearchField
from qaapp.ui.widgets.tables import AnyIndex

WIDTH, ROW, ROWS = 560, 34, 11


@dataclass(frozen=True)
class Found:
    """One line of the palette. ``words`` are searched too, but not shown."""

    title: str
    run: Callable[[], Any] = field(compare=False)
    detail: str = ""
    icon: str = "arrow-right"
    key: str = ""
    words: str = ""


# Asked for more lines: (query, give) with ``give(lines)`` called on the GUI thread, at once or later.
Search = Callable[[str, Callable[[Sequence[Found]], None]], None]


def best(query: str, lines: Sequence[Found], limit: int = 50) -> list[Found]:
    """Lines that fit, best first; an empty query gives all in their order."""
    if not query.strip():
        return list(lines[:limit])
    rated = [(fuzzy.score(query, f"{line.title} {line.words}"), -place) for place, line in enumerate(lines)]
    order = sorted((rate for rate in rated if rate[0] > 0), reverse=True)
    return [lines[-place] for _rate, place in order[:limit]]


class _Lines(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.lines: list[Found] = []

    def set_lines(self, lines: list[Found]) -> None:
        self.beginResetModel()
        self.lines = lines
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        line = self.lines[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{line.title}, {line.detail}" if line.detail else line.title
        return line if role == Qt.ItemDataRole.UserRole else None


class _Painter(QStyledItemDelegate):
    def sizeHint(self, _option: QStyleOptionViewItem, _index: AnyIndex) -> QSize:
        return QSize(theme.px(WIDTH), theme.px(ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        line: Found = index.data(Qt.ItemDataRole.UserRole)
        box = option.rect
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, theme.color("selection"))
            painter.fillRect(QRect(box.left(), box.top(), 3, box.height()), theme.color("ring"))
        side = theme.px(16)
        drawn = icons.pixmap(line.icon, 16, "ink_2", painter.device().devicePixelRatioF())
        painter.drawPixmap(QPoint(box.left() + theme.px(16), box.top() + (box.height() - side) // 2), drawn)
        middle = Qt.AlignmentFlag.AlignVCenter
        area = box.adjusted(theme.px(42), 0, -theme.px(16), 0)
        if line.key:
            painter.setFont(theme.font("micro"))
            painter.setPen(theme.color("ink_3"))
            painter.drawText(area, int(middle | Qt.AlignmentFlag.AlignRight), line.key)
            area.setRight(area.right() - painter.fontMetrics().horizontalAdvance(line.key) - theme.px(12))
        painter.setFont(theme.font("body"))
        painter.setPen(theme.color("ink"))
        metrics = painter.fontMetrics()
        title = metrics.elidedText(line.title, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, int(middle | Qt.AlignmentFlag.AlignLeft), title)
        area.setLeft(area.left() + metrics.horizontalAdvance(title) + theme.px(10))
        if line.detail and area.width() > theme.px(30):
            painter.setFont(theme.font("small"))
            painter.setPen(theme.color("ink_2"))
            shown = painter.fontMetrics().elidedText(line.detail, Qt.TextElideMode.ElideRight, area.width())
            painter.drawText(area, int(middle | Qt.AlignmentFlag.AlignLeft), shown)
        painter.restore()


class Palette(QFrame):
    """A popup at the top of the window; ``commands`` are asked for when it opens, ``searches`` while typing."""

    def __init__(
        self, parent: QWidget, commands: Callable[[], Sequence[Found]], searches: Sequence[Search] = ()
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("ground", "message")
        self._window = parent
        self._commands_of = commands
        self._searches = searches
        self._commands: Sequence[Found] = ()
        self._more: dict[int, Sequence[Found]] = {}
        self._turn = 0
        self.field = SearchField(delay_ms=0)
        self.field.installEventFilter(self)
        self._lines = _Lines(self)
        self._list = QListView()
        self._list.setModel(self._lines)
        self._list.setItemDelegate(_Painter(self._list))
        self._list.setUniformItemSizes(True)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.clicked.connect(lambda index: self._run(index.row()))
        self._nothing = Label("", tone="ink_2", wrap=True)
        self._nothing.setContentsMargins(16, 8, 16, 8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        head = QVBoxLayout()
        head.setContentsMargins(10, 10, 10, 8)
        head.addWidget(self.field)
        layout.addLayout(head)
        layout.addWidget(self._list)
        layout.addWidget(self._nothing)
        self._asking = QTimer(self, singleShot=True, interval=150)
        self._asking.timeout.connect(self._ask)
        self.field.textChanged.connect(self._typed)

    def open(self, text: str = "") -> None:
        """Show it at the top centre of the window, with the first letters if there were some."""
        self._commands = self._commands_of()
        self._more.clear()
        self.field.set_placeholder(_("Call, manager, command"))
        self._list.setAccessibleName(_("Found"))
        self._nothing.setText(_("Nothing was found. Try a number, a name or a word of a comment."))
        self.field.setText(text)
        self._show_lines()
        window = self._window
        self.setFixedWidth(theme.px(WIDTH))
        at = window.mapToGlobal(QPoint((window.width() - self.width()) // 2, theme.px(56)))
        self.move(at)
        self.setVisible(True)
        self.field.setFocus()

    def titles(self) -> list[str]:
        """What is on show, best first."""
        return [line.title for line in self._lines.lines]

    def _typed(self, _text: str) -> None:
        self._turn += 1
        self._more.clear()
        self._show_lines()
        self._asking.start()

    def _ask(self) -> None:
        query, turn = self.field.text().strip(), self._turn
        if len(query) < 2:
            return
        for place, search in enumerate(self._searches):
            search(query, partial(self._given, turn, place))

    def _given(self, turn: int, place: int, lines: Sequence[Found]) -> None:
        if turn == self._turn:
            self._more[place] = lines
            self._show_lines()

    def _show_lines(self) -> None:
        lines = best(self.field.text(), self._commands, 12 if self._more else 50)
        for place in sorted(self._more):
            lines += [line for line in self._more[place] if line not in lines]
        self._lines.set_lines(lines)
        self._list.setVisible(bool(lines))
        self._nothing.setVisible(not lines)
        self._list.setFixedHeight(theme.px(ROW) * min(ROWS, max(1, len(lines))))
        if lines:
            self._list.setCurrentIndex(self._lines.index(0))
        self.adjustSize()

    def _run(self, row: int) -> None:
        if 0 <= row < len(self._lines.lines):
            line = self._lines.lines[row]
            self.close()
            line.run()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            row, last = self._list.currentIndex().row(), len(self._lines.lines) - 1
            step = {
                Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: ROWS, Qt.Key.Key_PageUp: -ROWS,
            }.get(Qt.Key(event.key()))  # fmt: skip
            if step is not None:
                self._list.setCurrentIndex(self._lines.index(max(0, min(last, row + step))))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run(row)
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.close()
                return True
        return False
