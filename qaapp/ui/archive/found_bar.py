"""What is looked for across all calls: words, kinds, signs, checkpoints, managers, authors, a period."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from qaapp import clock, i18n
from qaapp.calls import annotation_search as searching
from qaapp.calls import people
from qaapp.calls.annotations import list_kinds
from qaapp.i18n import N_, _
from qaapp.ui import theme
from qaapp.ui.desk import Desk
from qaapp.ui.period import EVER, PeriodPicker
from qaapp.ui.review.note_list import sign_choices
from qaapp.ui.widgets import Button, CheckMenu, FlowLayout, MenuButton, SearchField
from qaapp.words import Lane

Choices = list[tuple[Any, str, int | None]]


@dataclass(frozen=True)
class Menu:
    """Values of one field of a question: the title (a marked text) and what there is at the moment."""

    field: str
    title: str
    choices: Callable[[Any], Choices]


def manager_menu() -> Menu:
    return Menu("manager_ids", N_("Manager"), lambda session: [
        *((one.id, one.name, None) for one in people.list_people(session)), (None, _("Not assigned"), None),
    ])  # fmt: skip


def annotation_menus() -> tuple[Menu, ...]:
    return (
        Menu("kind_ids", N_("Kind"), lambda session: [(kind.id, kind.name, None) for kind in list_kinds(session)]),
        Menu("signs", N_("Plus or minus"), lambda _session: list(sign_choices())),
        Menu("checkpoint_codes", N_("Checkpoint"), lambda session: [
            (code, text, None) for code, text in searching.codes(session)
        ]),
        manager_menu(),
        Menu("author_ids", N_("Author"), lambda session: [
            *((one.id, one.name, None) for one in people.list_users(session)), (None, _("Not known"), None),
        ]),
    )  # fmt: skip


def phrase_menus() -> tuple[Menu, ...]:
    sides = (Lane.MANAGER, Lane.CUSTOMER)
    return (
        Menu("lanes", N_("Side"), lambda _session: [(lane, i18n.word(lane), None) for lane in sides]),
        manager_menu(),
    )


class FoundBar(QWidget):
    """A question (``empty`` asks nothing) as words, ticked values and a period.

    ``changed(question)`` after every choice; ``set_wanted`` shows one without a signal. GUI thread only.
    """

    changed = Signal(object)

    def __init__(
        self, desk: Desk, empty: Any, placeholder: str, menus: tuple[Menu, ...], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._desk, self._placeholder = desk, placeholder
        self.empty = self.wanted = empty
        self._of = {menu.field: menu for menu in menus}
        self.search = SearchField(key=desk.keyboard.key_of("filter"))
        self.search.setMinimumWidth(theme.px(240))
        self.search.searched.connect(lambda text: self._set(text=text))
        self._menus: dict[str, CheckMenu] = {}
        self._buttons: dict[str, MenuButton] = {}
        flow = QWidget()
        row = FlowLayout(flow)
        row.addWidget(self.search)
        for name in self._of:
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
        self.search.set_placeholder(_(self._placeholder))
        self.clear.setText(_("Clear all"))
        self.period.retranslate()
        self._tell()

    def set_wanted(self, wanted: Any) -> None:
        self.wanted = wanted
        self.search.setText(wanted.text)
        for name, menu in self._menus.items():
            menu.set_checked(getattr(wanted, name))
        self.period.set_period(wanted.first_day or EVER, wanted.last_day or self._today())
        self._tell()

    def clear_all(self) -> None:
        """Look for everything again."""
        self.set_wanted(self.empty)
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
        for name, button in self._buttons.items():
            ticked = len(getattr(self.wanted, name))
            title = _(self._of[name].title)
            button.set_value(title + (f"  {ticked}" if ticked else ""))
            self._menus[name].setAccessibleName(title)
        self.clear.setVisible(self.wanted != self.empty)

    def _open(self, name: str) -> None:
        """The menu with what there is at this moment."""
        menu = self._menus[name]
        with self._desk.database.read() as session:
            menu.set_choices(self._of[name].choices(session))
        menu.set_checked(getattr(self.wanted, name))
        menu.open_below(self._buttons[name])
