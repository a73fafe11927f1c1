"""Chips of the filters in force, the search, and the way to more filters."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QSpinBox, QVBoxLayout, QWidget

from qaapp.i18n import _
from qaapp.journal.filters import Filter
from qaapp.ui import theme
from qaapp.ui.desk import Desk
from qaapp.ui.journal import fields
from qaapp.ui.journal.fields import Field
from qaapp.ui.widgets import Button, CheckMenu, Chip, FlowLayout, Label, SearchField


class FilterBar(QWidget):
    """Emits ``changed(Filter)``; the period is not its business and is left as it is."""

    changed = Signal(object)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._filter = Filter()
        self._popup: QWidget | None = None
        self.search = SearchField(key=desk.keyboard.key_of("filter"))
        self.search.setMinimumWidth(theme.px(220))
        self.search.setMaximumWidth(theme.px(280))
        self.search.searched.connect(lambda text: self._set(replace(self._filter, text=text)))
        self._chips = QWidget()
        self._flow = FlowLayout(self._chips)
        self.add = Button(kind="flat", icon="plus")
        self.add.clicked.connect(self._open_menu)
        self._clear = Button(kind="link")
        self._clear.setParent(
            self._chips
        )  # shown without one it would be a window, which closes an open popup
        self._clear.clicked.connect(self.clear)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(16, 6, 16, 6)
        self._row.setSpacing(theme.px(8))
        self._row.addWidget(self.search)
        self._row.addWidget(self._chips, 1)
        self.retranslate()

    def add_tool(self, tool: QWidget) -> None:
        """A button at the right end of the row."""
        self._row.addWidget(tool)

    def retranslate(self) -> None:
        self.search.set_placeholder(_("Number, name, comment"))
        self.add.setText(_("Filter"))
        self._clear.setText(_("Clear all"))
        self._rebuild()

    def set_filter(self, filter: Filter) -> None:
        """Show ``filter`` without a signal."""
        self._filter = filter
        if self.search.text() != filter.text:
            self.search.setText(filter.text)  # told a moment later, when it asks for nothing new
        self._rebuild()

    def clear(self) -> None:
        """Everything but the period."""
        self.search.clear()
        self._set(Filter(first_day=self._filter.first_day, last_day=self._filter.last_day))

    def _set(self, filter: Filter) -> None:
        if filter != self._filter:
            self._filter = filter
            self._rebuild()
            self.changed.emit(filter)

    def _rebuild(self) -> None:
        while (item := self._flow.takeAt(0)) is not None:
            part = item.widget()
            if part is not None and part not in (self.add, self._clear):
                part.hide()
                part.deleteLater()
        for field in fields.active(self._filter):
            chip = Chip(self._words(field), _(field.title))
            chip.clicked.connect(lambda field=field, chip=chip: self._open(field, chip))
            chip.removed.connect(lambda field=field: self._set(field.choose(self._filter, frozenset())))
            self._flow.addWidget(chip)
        if fields.has_talk(self._filter):
            chip = Chip(fields.talk_words(self._filter), _("Talk"))
            chip.clicked.connect(lambda chip=chip: self._open_talk(chip))
            chip.removed.connect(lambda: self._set(replace(self._filter, talk_min_s=None, talk_max_s=None)))
            self._flow.addWidget(chip)
        self._flow.addWidget(self.add)
        narrowed = bool(fields.active(self._filter)) or fields.has_talk(self._filter)
        self._clear.setVisible(narrowed)
        if narrowed:
            self._flow.addWidget(self._clear)
        self._flow.invalidate()
        self._chips.updateGeometry()

    def _words(self, field: Field) -> str:
        with self._desk.database.read() as session:
            known = {value: label for value, label, _count in field.choices(session)}
        chosen = [known.get(value, str(value)) for value in sorted(field.chosen(self._filter), key=str)]
        return ", ".join(chosen[:3]) + (f" +{len(chosen) - 3}" if len(chosen) > 3 else "")

    def _open_menu(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for field in fields.FIELDS:
            menu.addAction(_(field.title), lambda field=field: self._open(field, self.add))
        menu.addAction(_("Talk"), lambda: self._open_talk(self.add))
        menu.popup(self.add.mapToGlobal(QPoint(0, self.add.height() + 2)))

    def _open(self, field: Field, anchor: QWidget) -> None:
        with self._desk.database.read() as session:
            choices = field.choices(session)
        popup = CheckMenu(_(field.title), self)
        popup.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        popup.set_choices(choices)
        popup.set_checked(field.chosen(self._filter))
        popup.changed.connect(lambda values: self._set(field.choose(self._filter, values)))
        popup.open_below(anchor if anchor.isVisible() else self.add)
        self._popup = popup

    def _open_talk(self, anchor: QWidget) -> None:
        popup = TalkPopup(self._filter, self)
        popup.changed.connect(
            lambda low, high: self._set(replace(self._filter, talk_min_s=low, talk_max_s=high))
        )
        popup.move(anchor.mapToGlobal(QPoint(0, anchor.height() + 2)))
        popup.show()
        self._popup = popup


class TalkPopup(QFrame):
    """The least and the most seconds of talk; 0 means no limit. Emits ``changed(low or None, high or None)``."""

    changed = Signal(object, object)

    def __init__(self, filter: Filter, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("ground", "message")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 12)
        self._boxes = []
        for title, value in ((_("Talk from, s"), filter.talk_min_s), (_("Talk up to, s"), filter.talk_max_s)):
            box = QSpinBox(maximum=86_400)
            box.setSingleStep(10)
            box.setSpecialValueText("–")
            box.setValue(value or 0)
            box.setAccessibleName(title)
            box.valueChanged.connect(self._tell)
            column.addWidget(Label(title, role="small", tone="ink_2"))
            column.addWidget(box)
            self._boxes.append(box)

    def _tell(self) -> None:
        low, high = (box.value() or None for box in self._boxes)
        self.changed.emit(low, high)
