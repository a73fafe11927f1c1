"""Managers with their groups and extensions, and the reviewers."""

from __future__ import annotations

from PySide6.QtWidgets import QMenu

from qaapp import i18n
from qaapp.calls import people
from qaapp.i18n import _
from qaapp.ui.dialogs import ask_text, confirm
from qaapp.ui.settings.table_page import Cell, TablePage
from qaapp.words import Role

NAME, GROUP, EXTENSIONS = 0, 1, 2


class PeoplePage(TablePage):
    table_name, widths = "people", (240, 180, 140, 90, 90)

    @staticmethod
    def title() -> str:
        return _("Managers")

    def build(self) -> None:
        self.heading(self.title(), _("Whose calls are scored. Several extensions are separated by commas."))
        self.build_table([_("Name"), _("Group"), _("Extensions"), _("Calls"), _("Works here")])
        self.add_button(_("Add a manager…"), self._add, "plus")
        self.add_menu_button(_("Merge into"), self._merge_menu)
        self.add_button(_("Works here or left"), self._toggle)
        self.buttons.addStretch()

    def _all(self) -> dict[int, people.Person]:
        return {person.id: person for person in self.read(people.list_people)}

    def rows(self) -> list[tuple[int, list[Cell]]]:
        return [
            (
                person.id,
                [
                    Cell(person.name, True), Cell(person.group_name or "", True),
                    Cell(", ".join(person.extensions), True), Cell(str(person.calls), right=True),
                    Cell(checked=person.active),
                ],
            )
            for person in self._all().values()
        ]  # fmt: skip

    def edited(self, row_id: int, column: int, text: str, checked: bool) -> None:
        before = self._all()[row_id]
        if column == NAME:
            done = self.write(lambda session: people.rename(session, row_id, text))
            back = lambda session: people.rename(session, row_id, before.name)  # noqa: E731
        elif column == GROUP:
            done = self.write(lambda session: people.set_group(session, row_id, text or None))
            back = lambda session: people.set_group(session, row_id, before.group_name)  # noqa: E731
        else:
            numbers = tuple(part.strip() for part in text.replace(";", ",").split(",") if part.strip())
            done = self.write(lambda session: people.set_extensions(session, row_id, numbers))
            back = lambda session: people.set_extensions(session, row_id, before.extensions)  # noqa: E731
        if done:
            self.message.emit(_("“{name}” saved").format(name=text or before.name), lambda: self.write(back))

    def _add(self) -> None:
        def add(name: str) -> None:
            with self.desk.database.write() as session:
                people.find_or_create(session, name)
            self.refresh()

        ask_text(self, _("New manager"), _("Add"), add)

    def _merge_menu(self, menu: QMenu) -> None:
        drop = self.selected_id()
        if drop is None:
            return
        everybody = self._all()
        for other in everybody.values():
            if other.id != drop:
                menu.addAction(other.name, lambda keep=other: self._merge(keep, everybody[drop]))

    def _merge(self, keep: people.Person, drop: people.Person) -> None:
        confirm(
            self,
            _("Merge “{drop}” into “{keep}”?").format(drop=drop.name, keep=keep.name),
            _("Calls, extensions and ratings of both become one. This cannot be taken back."),
            _("Merge"),
            lambda: self._merged(keep, drop),
        )

    def _merged(self, keep: people.Person, drop: people.Person) -> None:
        self.write(lambda session: people.merge(session, keep.id, drop.id), _("Managers merged"))

    def _toggle(self) -> None:
        chosen = self.selected_id()
        if chosen is not None:
            active = self._all()[chosen].active
            if self.write(lambda session: people.set_active(session, chosen, not active)):
                self.message.emit(
                    _("Saved"), lambda: self.write(lambda session: people.set_active(session, chosen, active))
                )


class ReviewersPage(TablePage):
    table_name, widths = "reviewers", (260, 160, 90)

    @staticmethod
    def title() -> str:
        return _("Reviewers")

    def build(self) -> None:
        self.heading(
            self.title(), _("Who uses the app. Marks, annotations and notes are signed by these names.")
        )
        self.build_table([_("Name"), _("Role"), _("In use")])
        self.add_menu_button(_("Add a person"), self._role_menu)
        self.buttons.addStretch()

    def rows(self) -> list[tuple[int, list[Cell]]]:
        found = self.read(people.list_users)
        return [
            (user.id, [Cell(user.name), Cell(i18n.word(user.role)), Cell(checked=user.active)])
            for user in found
        ]

    def _role_menu(self, menu: QMenu) -> None:
        for role in Role:
            menu.addAction(i18n.word(role), lambda role=role: self._add(role))

    def _add(self, role: Role) -> None:
        def add(name: str) -> None:
            with self.desk.database.write() as session:
                people.add_user(session, name, role)
            self.refresh()
            if self.shell is not None:
                self.shell.window.refresh_user()

        ask_text(self, _("New person"), _("Add"), add)
