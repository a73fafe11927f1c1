"""What is looked for across all calls: words, kinds, signs, checkpoints, managers, authors, a period."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from qaapp import clock
from qaapp.calls import annotation_search as searching
from qaapp.calls import people
from qaapp.calls.annotation_search import Wanted
from qaapp.calls.annotations import list_kinds
from qaapp.i18n import _
from qaapp.ui import theme
from qaapp.ui.desk import Desk
from qaapp.ui.period import EVER, PeriodPicker
from qaapp.ui.review.note_list import sign_choices
from qaapp.ui.widgets import Button, CheckMenu, FlowLayout, MenuButton, SearchField

Choices = list[tuple[Any, str, int | None]]


class FoundBar(QWidget):
    """``changed(Wanted)`` after every choice; ``set_wanted`` shows one without a signal. GUI thread only."""

    changed = Signal(object)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.wanted = Wanted()
        self.search = SearchField(key=desk.keyboard.key_of("filter"))
        self.search.setMinimumWidth(theme.px(240))
        self.search.searched.connect(lambda text: self._set(text=text))
        self._menus: dict[str, CheckMenu] = {}
        self._buttons: dict[str, MenuButton] = {}
        flow = QWidget()
        row = FlowLayout(flow)
        row.addWidget(self.search)
        for name in ("kind_ids", "signs", "checkpoint_codes", "manager_ids", "author_ids"):
            button, menu = MenuButton(), CheckMenu("", self)
            menu.changed.connect(lambda values, name=name: self._set(**{name: values}))
            button.clicked.connect(lambda _on=False, name=name: self._open(name))
            self._menus[name], self._buttons[name] = menu, button
            row.addWidget(button)
        self.period = PeriodPicker(self._today())
        self.period.set_period(EVER, self._today())
        self.period.period_chosen.connect(self._set_period)
        row.addWidget(self.period)
        self.clear = Button("", "link")
        self.clear.clicked.connect(self.clear_all)
        row.addWidget(self.clear)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 6, 16, 6)
        box.addWidget(flow)
        self.retranslate()

    def _today(self) -> date:
        return clock.now().astimezone(self._desk.rules.zone).date()

    def retranslate(self) -> None:
        self.search.set_placeholder(_("Words of an annotation"))
        self.clear.setText(_("Clear all"))
        self.period.retranslate()
        self._tell()

    def set_wanted(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.search.setText(wanted.text)
        for name, menu in self._menus.items():
            menu.set_checked(getattr(wanted, name))
        self.period.set_period(wanted.first_day or EVER, wanted.last_day or self._today())
        self._tell()

    def clear_all(self) -> None:
        """Look for everything again."""
        self.set_wanted(Wanted())
        self.changed.emit(self.wanted)

    def _set_period(self, first: date, last: date) -> None:
        self._set(first_day=None if first <= EVER else first, last_day=None if first <= EVER else last)

    def _set(self, **values: Any) -> None:
        wanted = replace(self.wanted, **values)
        if wanted != self.wanted:
            self.wanted = wanted
            self._tell()
            self.changed.emit(wanted)

    def _tell(self) -> None:
        titles = {
            "kind_ids": _("Kind"), "signs": _("Plus or minus"), "checkpoint_codes": _("Checkpoint"),
            "manager_ids": _("Manager"), "author_ids": _("Author"),
        }  # fmt: skip
        for name, button in self._buttons.items():
            ticked = len(getattr(self.wanted, name))
            button.set_value(titles[name] + (f"  {ticked}" if ticked else ""))
            self._menus[name].setAccessibleName(titles[name])
        self.clear.setVisible(self.wanted != Wanted())

    def _open(self, name: str) -> None:
        """The menu with what there is at this moment."""
        menu = self._menus[name]
        menu.set_choices(self._choices(name))
        menu.set_checked(getattr(self.wanted, name))
        menu.open_below(self._buttons[name])

    def _choices(self, name: str) -> Choices:
        readers: dict[str, Callable[[Any], Choices]] = {
            "kind_ids": lambda session: [(kind.id, kind.name, None) for kind in list_kinds(session)],
            "signs": lambda _session: list(sign_choices()),
            "checkpoint_codes": lambda session: [(code, text, None) for code, text in searching.codes(session)],
            "manager_ids": lambda session: [
                *((one.id, one.name, None) for one in people.list_people(session)), (None, _("Not assigned"), None),
            ],
            "author_ids": lambda session: [
                *((one.id, one.name, None) for one in people.list_users(session)), (None, _("Not known"), None),
            ],
        }  # fmt: skip
        with self._desk.database.read() as session:
            return readers[name](session)
