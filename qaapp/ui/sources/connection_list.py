"""The list at the left: icon, name, how it is; the shape of the state at the right edge."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from qaapp.errors import SourceError
from qaapp.intake.connections import ConnectionRow
from qaapp.sources.kinds import kind_of
from qaapp.ui import icons, lights, theme
from qaapp.ui.sources.kinds_page import icon_of
from qaapp.ui.sources.states import Look
from qaapp.ui.widgets.tables import BAR, AnyIndex
from qaapp.words import Band

ROW = 50
LOOK_ROLE, TEXT_ROLE = Qt.ItemDataRole.UserRole + 1, Qt.ItemDataRole.UserRole + 2


def icon_of_row(row: ConnectionRow) -> str:
    """The picture of its kind; a plug for a kind this version does not know."""
    try:
        return icon_of(kind_of(row.kind))
    except SourceError:
        return icon_of(None)


def paint_look(painter: QPainter, box: QRect, look: Look) -> None:
    """The shape of a state in the middle of ``box``."""
    if look.icon == "red":
        lights.paint_light(painter, QRectF(box), Band.RED)
        return
    side = theme.px(14)
    drawn = icons.pixmap(look.icon, 14, look.tone, painter.device().devicePixelRatioF())
    painter.drawPixmap(QPoint(box.center().x() - side // 2, box.center().y() - side // 2), drawn)


class ConnectionModel(QAbstractListModel):
    """``look`` and ``text`` are asked whenever a row is painted: they know what runs now."""

    def __init__(
        self, look: Callable[[ConnectionRow], Look], text: Callable[[ConnectionRow], str], parent: QObject
    ) -> None:
        super().__init__(parent)
        self.rows: list[ConnectionRow] = []
        self._look, self._text = look, text

    def show(self, rows: Sequence[ConnectionRow]) -> None:
        """Other rows; the same ones in the same places are only told to be painted anew."""
        if [row.id for row in rows] == [row.id for row in self.rows]:
            self.rows = list(rows)
            self.tell()
            return
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def tell(self) -> None:
        """Something of the states has changed."""
        if self.rows:
            self.dataChanged.emit(self.index(0), self.index(len(self.rows) - 1))

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        row = self.rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.name
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{row.name}, {self._text(row)}"
            case Qt.ItemDataRole.ToolTipRole:
                return row.last_error or f"{row.name}: {self._text(row)}"
            case Qt.ItemDataRole.UserRole:
                return row
        if role == LOOK_ROLE:
            return self._look(row)
        return self._text(row) if role == TEXT_ROLE else None


class _Painter(QStyledItemDelegate):
    def sizeHint(self, _option: QStyleOptionViewItem, _index: AnyIndex) -> QSize:
        return QSize(theme.px(160), theme.px(ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        row: ConnectionRow = index.data(Qt.ItemDataRole.UserRole)
        look: Look = index.data(LOOK_ROLE)
        box = option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        if chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, theme.color("selection" if chosen else "hover"))
        if chosen:
            painter.fillRect(QRect(box.left(), box.top(), BAR, box.height()), theme.color("ring"))
        ratio = painter.device().devicePixelRatioF()
        tone = "accent_text" if chosen else "ink_2"
        painter.drawPixmap(
            QPoint(box.left() + theme.px(16), box.top() + theme.px(9)),
            icons.pixmap(icon_of_row(row), 16, tone, ratio),
        )
        right = QRect(box.right() - theme.px(30), box.top(), theme.px(22), box.height())
        paint_look(painter, right, look)
        area = box.adjusted(theme.px(42), 0, -theme.px(34), 0)
        for top, role, ink, text in (
            (7, "strong", "ink", row.name), (26, "small", "ink_2", str(index.data(TEXT_ROLE))),
        ):  # fmt: skip
            painter.setFont(theme.font(role))
            painter.setPen(theme.color(ink))
            line = QRect(area.left(), box.top() + theme.px(top), area.width(), theme.px(18))
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, line.width())
            painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter), shown)
        painter.restore()


class ConnectionList(QListView):
    """``opened`` by Enter, ``removed`` by Delete, ``menu_wanted`` at a place of the screen."""

    opened = Signal()
    removed = Signal()
    menu_wanted = Signal(QPoint)
    row_chosen = Signal()

    def __init__(self, model: ConnectionModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setItemDelegate(_Painter(self))
        self.setProperty("ground", "window")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._menu)
        self.selectionModel().currentChanged.connect(lambda *_rows: self.row_chosen.emit())
        theme.signals.changed.connect(self.scheduleDelayedItemsLayout)

    def current(self) -> ConnectionRow | None:
        row: ConnectionRow | None = self.currentIndex().data(Qt.ItemDataRole.UserRole)
        return row

    def select(self, connection_id: int) -> bool:
        """Put the bar on a connection; False when it is not there."""
        model = self.model()
        assert isinstance(model, ConnectionModel)
        for place, row in enumerate(model.rows):
            if row.id == connection_id:
                self.setCurrentIndex(model.index(place))
                return True
        return False

    def _menu(self, where: QPoint) -> None:
        index = self.indexAt(where)
        if index.isValid():
            self.setCurrentIndex(index)
            self.menu_wanted.emit(self.viewport().mapToGlobal(where))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
            return
        if event.key() == Qt.Key.Key_Delete:
            self.removed.emit()
            return
        if event.key() == Qt.Key.Key_Menu and self.currentIndex().isValid():
            self.menu_wanted.emit(
                self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).bottomLeft())
            )
            return
        super().keyPressEvent(event)
