"""A page that is a list: names are edited in place, buttons act on the selected rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QMenu

from qaapp.i18n import _
from qaapp.ui import theme
from qaapp.ui.settings.page import Page
from qaapp.ui.widgets import Button, Column, TableView
from qaapp.ui.widgets.tables import INK_ROLE

RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
ID_ROLE = Qt.ItemDataRole.UserRole + 10
COLORS = ("", "stage", "objection", "error", "good", "moss", "plum", "indigo")


@dataclass(frozen=True)
class Cell:
    """``checked`` None is text; True or False a tick. ``swatch`` is the name of a colour pair."""

    text: str = ""
    editable: bool = False
    checked: bool | None = None
    right: bool = False
    swatch: str | None = None
    quiet: bool = False


def color_word(name: str) -> str:
    """The colour pair in words."""
    return {
        "": _("neutral"), "stage": _("graphite"), "objection": _("violet"), "error": _("brick"),
        "good": _("turquoise"), "moss": _("moss"), "plum": _("plum"), "indigo": _("indigo"),
        "personal_data": _("hatched"),
    }.get(name, name)  # fmt: skip


class TablePage(Page):
    """Sub-classes give headings, rows and what an edited cell means."""

    table_name = ""
    widths: tuple[int, ...] = ()

    def build_table(self, headings: Sequence[str]) -> None:
        """The table takes the rest of the page."""
        self._headings = list(headings)
        self._filling = False
        self.model = QStandardItemModel(0, len(headings), self)
        self.table = TableView(f"settings.{self.table_name}", self.desk, edge=True)
        self.table.setAccessibleName(self.title())
        self.table.setModel(self.model)
        self.table.horizontalHeader().setStretchLastSection(True)
        triggers = QAbstractItemView.EditTrigger
        self.table.setEditTriggers(
            triggers.DoubleClicked | triggers.EditKeyPressed | triggers.SelectedClicked
        )
        self.table.opened.connect(lambda index: self.table.edit(index) if index.isValid() else None)
        self.model.itemChanged.connect(self._changed)
        self.column.addWidget(self.table, 1)
        self.buttons = QHBoxLayout()
        self.buttons.setContentsMargins(16, 0, 16, 0)
        self.buttons.setSpacing(8)
        self.column.addLayout(self.buttons)
        self.fill()
        self.table.set_columns([Column(str(n), width) for n, width in enumerate(self.widths)])

    def add_button(self, text: str, call: Callable[[], Any], icon: str = "") -> Button:
        button = Button(text, icon=icon)
        button.clicked.connect(call)
        self.buttons.addWidget(button)
        return button

    def add_menu_button(self, text: str, fill: Callable[[QMenu], Any]) -> Button:
        """A button whose menu is made for the selection of that moment."""
        button = Button(text + "…")

        def open_menu() -> None:
            menu = QMenu(button)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            fill(menu)
            if not menu.isEmpty():
                menu.popup(button.mapToGlobal(button.rect().topLeft()))

        button.clicked.connect(open_menu)
        self.buttons.addWidget(button)
        return button

    def color_menu(self, menu: QMenu, choose: Callable[[str], Any]) -> None:
        for name in COLORS:
            menu.addAction(color_word(name), lambda name=name: choose(name))

    def rows(self) -> list[tuple[int, list[Cell]]]:
        """(id, cells) from the database."""
        raise NotImplementedError

    def edited(self, row_id: int, column: int, text: str, checked: bool) -> None:
        """A cell was changed by a person."""

    def refresh(self) -> None:
        self.fill()

    def fill(self) -> None:
        """Read the rows again; the selection stays on the same ones."""
        chosen = set(self.selected_ids())
        self._filling = True
        self.model.setRowCount(0)
        self.model.setHorizontalHeaderLabels(self._headings)
        for row_id, cells in self.rows():
            for place, cell in enumerate(cells):
                if cell.right:
                    self.model.horizontalHeaderItem(place).setTextAlignment(RIGHT)
            self.model.appendRow([self._item(row_id, cell) for cell in cells])
        self._filling = False
        for row in range(self.model.rowCount()):
            if self.model.item(row, 0).data(ID_ROLE) in chosen:
                self.table.selectRow(row)

    def _item(self, row_id: int, cell: Cell) -> QStandardItem:
        item = QStandardItem(cell.text)
        item.setData(row_id, ID_ROLE)
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if cell.editable:
            flags |= Qt.ItemFlag.ItemIsEditable
        if cell.checked is not None:
            item.setText(_("yes") if cell.checked else _("no"))
            item.setData("ink" if cell.checked else "ink_3", INK_ROLE)
        if cell.quiet:
            item.setData("ink_2", INK_ROLE)
        if cell.swatch is not None:
            item.setText(color_word(cell.swatch))
        item.setFlags(flags)
        if cell.right:
            item.setTextAlignment(RIGHT)
            item.setFont(theme.font("body", tabular=True))
        return item

    def _changed(self, item: QStandardItem) -> None:
        if not self._filling:
            self.edited(int(item.data(ID_ROLE)), item.column(), item.text().strip(), False)

    def selected_ids(self) -> list[int]:
        return [int(self.model.item(row, 0).data(ID_ROLE)) for row in self.table.selected_rows()]

    def selected_id(self) -> int | None:
        """The first selected row; the person is told when there is none."""
        chosen = self.selected_ids()
        if not chosen:
            self.message.emit(_("Choose a row first"), None)
            return None
        return chosen[0]
