"""The table every list stands in: fixed rows, hovered row, chosen columns, copying, one context menu."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from qaapp.i18n import _
from qaapp.ui import theme

BAR = 3
LEAST_REST = 96  # of the column that takes the rest, in unscaled pixels
AnyIndex = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Column:
    """``key`` is remembered; ``width`` in unscaled pixels (0: takes the rest); ``fixed`` cannot be hidden."""

    key: str
    width: int = 100
    visible: bool = True
    fixed: bool = False


class RowDelegate(QStyledItemDelegate):
    """Hover and selection over whole rows, the 3-px bar of the current row at the edge, text with 8-px padding.

    Sub-classes paint their content in ``paint_content`` and inherit the ground.
    """

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        option = QStyleOptionViewItem(option)
        self.initStyleOption(option, index)
        painter.save()
        self.paint_ground(painter, option, index)
        self.paint_content(painter, option, index)
        painter.restore()

    def paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Selection, hover and the current row's bar."""
        view = option.widget
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.fillRect(option.rect, theme.color("selection"))
        elif isinstance(view, TableView) and view.hover_row == index.row():
            painter.fillRect(option.rect, theme.color("hover"))
        if (
            chosen
            and isinstance(view, QTableView)
            and view.currentIndex().row() == index.row()
            and is_first_column(view, index.column())
        ):
            painter.fillRect(
                QRect(option.rect.left(), option.rect.top(), BAR, option.rect.height()), theme.color("ring")
            )

    def paint_content(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Text in the model's font, colour (a token name in UserRole + 1 is understood) and alignment."""
        text = option.text
        if not text:
            return
        shade = index.data(INK_ROLE)
        painter.setFont(option.font)
        disabled = not option.state & QStyle.StateFlag.State_Enabled
        painter.setPen(theme.color("disabled" if disabled else shade or "ink"))
        area = option.rect.adjusted(theme.px(left_padding(option, index)), 0, -theme.px(8), 0)
        line = text.replace("\n", " ")
        shown = painter.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, area.width())
        horizontal = option.displayAlignment & Qt.AlignmentFlag.AlignHorizontal_Mask
        painter.drawText(area, int(horizontal | Qt.AlignmentFlag.AlignVCenter), shown)


def is_first_column(view: QTableView, column: int) -> bool:
    """Whether ``column`` is the leftmost one on show."""
    header = view.horizontalHeader()
    shown = (header.logicalIndex(place) for place in range(header.count()))
    return next((place for place in shown if not view.isColumnHidden(place)), -1) == column


def left_padding(option: QStyleOptionViewItem, index: AnyIndex) -> int:
    """16 px in the first column of a table that reaches the pane's edge, else 8 (unscaled)."""
    view = option.widget
    at_edge = isinstance(view, TableView) and view.property("edge") and is_first_column(view, index.column())
    return 16 if at_edge else 8


INK_ROLE = Qt.ItemDataRole.UserRole + 1  # the name of a colour token


class TableView(QTableView):
    """A table with whole-row selection. ``name`` keys what is remembered through ``desk.remember``."""

    menu_wanted = Signal(object)  # QMenu, to be filled by the screen before it is shown
    opened = Signal(QModelIndex)  # double click or Enter

    def __init__(
        self, name: str = "", desk: Any = None, *, row_height: int = 31, edge: bool = False,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.hover_row = -1
        self.setProperty("edge", edge)  # the table reaches the pane's edge: its first column starts at 16 px
        self._name = name
        self._desk = desk
        self._row_height = row_height
        self._columns: tuple[Column, ...] = ()
        self._keeping = QTimer(self, singleShot=True, interval=400)
        self._keeping.timeout.connect(self._keep)
        self.setItemDelegate(RowDelegate(self))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._menu)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsMovable(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(
            lambda point: self.choose_columns(header.mapToGlobal(point))
        )
        header.sectionResized.connect(lambda *_sizes: self._keeping.start())
        header.sectionMoved.connect(lambda *_places: self._keeping.start())
        self.doubleClicked.connect(self.opened)
        theme.signals.changed.connect(self._rescaled)
        self._rescaled()

    def _rescaled(self) -> None:
        height = theme.px(self._row_height)
        self.verticalHeader().setMinimumSectionSize(height)
        self.verticalHeader().setDefaultSectionSize(height)
        self.horizontalHeader().setFixedHeight(theme.px(30))
        self.viewport().update()

    # --- columns -----------------------------------------------------------------------------------------------

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Say what the model's columns are, after ``setModel``; widths and choices of this computer are restored."""
        self._columns = tuple(columns)
        kept: dict[str, Any] = (
            self._desk.remembered(f"table.{self._name}", {}) if self._desk and self._name else {}
        )
        hidden = kept.get("hidden") if isinstance(kept.get("hidden"), list) else None
        told = kept.get("widths")
        widths: dict[str, Any] = told if isinstance(told, dict) else {}
        header = self.horizontalHeader()
        for place, column in enumerate(self._columns):
            shown = column.visible if hidden is None else column.key not in hidden
            self.setColumnHidden(place, not (shown or column.fixed))
            width = widths.get(column.key)
            if column.width == 0:
                header.setSectionResizeMode(place, QHeaderView.ResizeMode.Stretch)
            else:
                self.setColumnWidth(place, int(width) if isinstance(width, int) else theme.px(column.width))
        order = kept.get("order")
        if isinstance(order, list):
            keys = [column.key for column in self._columns]
            for visual, key in enumerate(key for key in order if key in keys):
                header.moveSection(header.visualIndex(keys.index(key)), visual)
        self._keeping.stop()

    def choose_columns(self, at: QPoint) -> None:
        """The column chooser as a menu of ticks."""
        menu = self.columns_menu()
        menu.popup(at)

    def columns_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for place, column in enumerate(self._columns):
            title = self.model().headerData(place, Qt.Orientation.Horizontal) or column.key
            action = menu.addAction(str(title))
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(place))
            action.setEnabled(not column.fixed)
            action.toggled.connect(lambda shown, place=place: self._show_column(place, shown))
        return menu

    def _show_column(self, place: int, shown: bool) -> None:
        self.setColumnHidden(place, not shown)
        self._keep_words()
        self._keep()

    def _keep(self) -> None:
        if not (self._desk and self._name and self._columns):
            return
        header = self.horizontalHeader()
        places = range(min(len(self._columns), header.count()))
        self._desk.remember(
            f"table.{self._name}",
            {
                "hidden": [self._columns[n].key for n in places if self.isColumnHidden(n)],
                "widths": {
                    self._columns[n].key: self.columnWidth(n)
                    for n in places
                    if not self.isColumnHidden(n) and self._columns[n].width
                },
                "order": [self._columns[header.logicalIndex(n)].key for n in places],
            },
        )

    # --- rows --------------------------------------------------------------------------------------------------

    def selected_rows(self) -> list[int]:
        """Rows of the selection from top to bottom."""
        chosen = self.selectionModel()
        return sorted({index.row() for index in chosen.selectedRows()}) if chosen else []

    def selectRow(self, row: int) -> None:
        """Make ``row`` the current and only chosen one, also while Ctrl of the key that led here is still held (Qt's own
        would add it to the selection then)."""
        index = self.model().index(row, 0)
        if index.isValid():
            flags = QItemSelectionModel.SelectionFlag
            self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)

    def copy_selection(self) -> None:
        """The selected rows as tab-separated text with headings, as they are shown."""
        model: QAbstractItemModel = self.model()
        header = self.horizontalHeader()
        order = [header.logicalIndex(n) for n in range(header.count())]
        shown = [place for place in order if not self.isColumnHidden(place)]
        lines = []
        for row in self.selected_rows():
            cells = (model.index(row, place).data(Qt.ItemDataRole.DisplayRole) for place in shown)
            lines.append("\t".join("" if cell is None else str(cell) for cell in cells))
        if len(lines) > 1:
            titles = (model.headerData(place, Qt.Orientation.Horizontal) for place in shown)
            lines.insert(0, "\t".join("" if title is None else str(title) for title in titles))
        if lines:
            QGuiApplication.clipboard().setText("\n".join(lines))

    def _menu(self, point: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.menu_wanted.emit(menu)
        if self.selected_rows():
            if not menu.isEmpty():
                menu.addSeparator()
            menu.addAction(_("Copy") + "\tCtrl+C", self.copy_selection)
        if not menu.isEmpty():
            menu.popup(self.viewport().mapToGlobal(point))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_selection()
            return
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            if self.currentIndex().isValid():
                self.opened.emit(self.currentIndex())
            return
        if event.key() == Qt.Key.Key_Menu and self.currentIndex().isValid():
            self._menu(self.visualRect(self.currentIndex()).bottomLeft())
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._keep_words()

    def _keep_words(self) -> None:
        """The column that takes the rest is never too narrow for its words: then the table scrolls sideways."""
        header = self.horizontalHeader()
        for place, column in enumerate(self._columns[: header.count()]):
            if column.width == 0 and not self.isColumnHidden(place):
                others = header.length() - header.sectionSize(place)
                is_tight = self.viewport().width() - others < theme.px(LEAST_REST)
                mode = QHeaderView.ResizeMode.Interactive if is_tight else QHeaderView.ResizeMode.Stretch
                if header.sectionResizeMode(place) != mode:
                    header.setSectionResizeMode(place, mode)
                if is_tight:
                    header.resizeSection(place, theme.px(LEAST_REST))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self.rowAt(round(event.position().y())))
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: Any) -> None:
        self._hover(-1)
        super().leaveEvent(event)

    def _hover(self, row: int) -> None:
        if row == self.hover_row:
            return
        for touched in (self.hover_row, row):
            if touched >= 0:
                top, height = self.rowViewportPosition(touched), self.rowHeight(touched)
                self.viewport().update(0, top, self.viewport().width(), height)
        self.hover_row = row

    def currentChanged(self, current: AnyIndex, previous: AnyIndex) -> None:
        super().currentChanged(current, previous)
        for index in (current, previous):
            if index.isValid():
                top, height = self.rowViewportPosition(index.row()), self.rowHeight(index.row())
                self.viewport().update(0, top, self.viewport().width(), height)
