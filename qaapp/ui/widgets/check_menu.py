"""A popup in which several values are ticked, with a search when there are many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from qaapp.i18n import _
from qaapp.ui import theme
from qaapp.ui.widgets.buttons import Button
from qaapp.ui.widgets.search_field import SearchField

SEARCH_FROM = 9  # fewer values are seen at once


class CheckMenu(QFrame):
    """``set_choices([(value, label, count)])``, ``set_checked``, ``open_below``; ``changed`` gives what is ticked."""

    changed = Signal(object)  # frozenset of values

    def __init__(self, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("ground", "message")
        self.setAccessibleName(name)
        self._search = SearchField(_("Search"), delay_ms=0)
        self._list = QListWidget()
        self._list.setAccessibleName(name)
        self._list.setUniformItemSizes(True)
        self._none = Button(_("Clear"), "link")
        self._none.clicked.connect(self.clear)
        foot = QHBoxLayout()
        foot.addWidget(self._none)
        foot.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        layout.addWidget(self._search)
        layout.addWidget(self._list)
        layout.addLayout(foot)
        self._search.textChanged.connect(self._narrow)
        self._list.itemChanged.connect(lambda _item: self.changed.emit(self.checked()))
        self._list.itemActivated.connect(self._toggle)

    def set_choices(self, choices: Sequence[tuple[Any, str, int | None]]) -> None:
        """Values with their words and how many calls have them (None: not shown). Ticks of known values stay."""
        kept = self.checked()
        self._list.blockSignals(True)
        self._list.clear()
        for value, label, count in choices:
            item = QListWidgetItem(label if count is None else f"{label}  {count}")
            item.setData(Qt.ItemDataRole.UserRole, value)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if value in kept else Qt.CheckState.Unchecked)
            self._list.addItem(item)
        self._list.blockSignals(False)
        self._search.setVisible(len(choices) >= SEARCH_FROM)
        self._search.set_placeholder(_("Search"))
        self._none.setText(_("Clear"))

    def set_checked(self, values: Iterable[Any]) -> None:
        """Tick without a signal."""
        wanted = set(values)
        self._list.blockSignals(True)
        for item in self._items():
            known = item.data(Qt.ItemDataRole.UserRole) in wanted
            item.setCheckState(Qt.CheckState.Checked if known else Qt.CheckState.Unchecked)
        self._list.blockSignals(False)

    def checked(self) -> frozenset[Any]:
        return frozenset(
            item.data(Qt.ItemDataRole.UserRole)
            for item in self._items()
            if item.checkState() == Qt.CheckState.Checked
        )

    def clear(self) -> None:
        """Untick everything."""
        self.set_checked(())
        self.changed.emit(self.checked())

    def open_below(self, widget: QWidget) -> None:
        """Show the popup under ``widget``, as wide as its longest value."""
        rows = max(1, min(self._list.count(), 12))
        row = max(self._list.sizeHintForRow(0), theme.px(26))
        self._list.setFixedHeight(rows * row + 4)
        self._list.setMinimumWidth(max(theme.px(200), self._list.sizeHintForColumn(0) + theme.px(24)))
        self.adjustSize()
        self.move(widget.mapToGlobal(QPoint(0, widget.height() + 2)))
        self.show()
        (self._search if self._search.isVisible() else self._list).setFocus()
        if self._list.currentRow() < 0 and self._list.count():
            self._list.setCurrentRow(0)

    def _items(self) -> list[QListWidgetItem]:
        return [self._list.item(row) for row in range(self._list.count())]

    def _narrow(self, text: str) -> None:
        wanted = text.casefold().strip()
        for item in self._items():
            item.setHidden(wanted not in item.text().casefold())

    def _toggle(self, item: QListWidgetItem) -> None:
        ticked = item.checkState() == Qt.CheckState.Checked
        item.setCheckState(Qt.CheckState.Unchecked if ticked else Qt.CheckState.Checked)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down and self._search.hasFocus():
            self._list.setFocus()
            return
        if event.key() == Qt.Key.Key_Escape:
            self.close()
            return
        super().keyPressEvent(event)
