"""Tags, kinds of annotations and outcomes: the team's own words."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtWidgets import QMenu

from qaapp.calls import annotations as notes
from qaapp.calls import tags
from qaapp.calls.annotations import KindRow
from qaapp.i18n import _
from qaapp.scorecards import outcomes
from qaapp.scorecards.outcomes import OutcomeRow
from qaapp.ui.dialogs import ask_text
from qaapp.ui.review.lanes import lane_title
from qaapp.ui.settings.table_page import Cell, TablePage


class TagsPage(TablePage):
    table_name, widths = "tags", (260, 140, 90)

    @staticmethod
    def title() -> str:
        return _("Tags")

    def build(self) -> None:
        self.heading(self.title(), _("Words on whole calls. A tag is made when it is first used."))
        self.build_table([_("Tag"), _("Colour"), _("Calls")])
        self.add_menu_button(_("Colour"), lambda menu: self.color_menu(menu, self._recolor))
        self.add_menu_button(_("Merge into"), self._merge_menu)
        self.add_button(_("Delete"), self._delete, "trash-2")
        self.buttons.addStretch()

    def rows(self) -> list[tuple[int, list[Cell]]]:
        found = self.read(tags.list_tags)
        return [
            (t.id, [Cell(t.name, True), Cell(swatch=t.color), Cell(str(t.calls), right=True)]) for t in found
        ]

    def edited(self, row_id: int, column: int, text: str, checked: bool) -> None:
        self._do(
            lambda session: tags.rename_tag(session, row_id, text, self.desk.user_id or None),
            _("Tag renamed"),
        )

    def _do(self, work, said: str) -> None:  # type: ignore[no-untyped-def]
        user = self.desk.user_id or None
        try_write = self.write

        def undo(change: tags.TagChange) -> None:
            try_write(lambda session: tags.apply_tag_change(session, change, True, user))

        changes: list[tags.TagChange] = []
        if self.write(lambda session: changes.append(work(session))):
            self.message.emit(said, lambda: undo(changes[0]))

    def _recolor(self, color: str) -> None:
        chosen = self.selected_id()
        if chosen is not None:
            self._do(
                lambda session: tags.recolor_tag(session, chosen, color, self.desk.user_id or None),
                _("Colour changed"),
            )

    def _merge_menu(self, menu: QMenu) -> None:
        chosen = self.selected_id()
        if chosen is None:
            return
        user = self.desk.user_id or None
        for other in self.read(tags.list_tags):
            if other.id != chosen:
                work = lambda session, keep=other.id: tags.merge_tags(session, keep, chosen, user)  # noqa: E731
                said = _("Merged into “{name}”").format(name=other.name)
                menu.addAction(other.name, lambda work=work, said=said: self._do(work, said))

    def _delete(self) -> None:
        chosen = self.selected_id()
        if chosen is not None:
            self._do(
                lambda session: tags.delete_tag(session, chosen, self.desk.user_id or None), _("Tag deleted")
            )


class KindsPage(TablePage):
    table_name, widths = "kinds", (220, 130, 150, 80, 80)

    @staticmethod
    def title() -> str:
        return _("Annotation kinds")

    def build(self) -> None:
        self.heading(self.title(), _("What is marked on the timeline. Kinds of one group stand in one row."))
        self.build_table([_("Kind"), _("Colour"), _("Group"), _("Key"), _("In use")])
        self.add_button(_("Add a kind…"), self._add, "plus")
        self.add_menu_button(
            _("Colour"), lambda menu: self.color_menu(menu, lambda name: self._change(color=name))
        )
        self.add_menu_button(_("Group"), self._group_menu)
        self.add_menu_button(_("Key"), self._key_menu)
        for words, icon, by in ((_("Up"), "arrow-up", -1), (_("Down"), "arrow-down", 1)):
            button = self.add_button("", partial(self._move, by), icon)
            button.setAccessibleName(words)
            button.setToolTip(words)
        self.add_button(_("Use or retire"), self._toggle)
        self.buttons.addStretch()

    def _all(self) -> dict[int, KindRow]:
        return {kind.id: kind for kind in self.read(notes.list_kinds)}

    def rows(self) -> list[tuple[int, list[Cell]]]:
        kinds = self._all()
        return [
            (
                kind.id,
                [
                    Cell(kind.name, True), Cell(swatch=kind.color), Cell(lane_title(kind.lane, kinds.values()), quiet=True),
                    Cell(f"Alt+{kind.shortcut}" if kind.shortcut else "–", quiet=True), Cell(checked=kind.active),
                ],
            )
            for kind in kinds.values()
        ]  # fmt: skip

    def edited(self, row_id: int, column: int, text: str, checked: bool) -> None:
        self._save(row_id, name=text)

    def _group_menu(self, menu: QMenu) -> None:
        kinds = self._all()
        chosen = kinds.get(self.selected_id() or 0)
        if chosen is None:
            return
        for lane in dict.fromkeys(kind.lane for kind in kinds.values()):
            menu.addAction(lane_title(lane, kinds.values()), lambda lane=lane: self._change(lane=lane))
        menu.addSeparator()
        menu.addAction(
            _("A new group…"),
            lambda: ask_text(
                self, _("New group of kinds"), _("Add"), lambda name: self._change(lane=name[:40]),
                hint=_("For example: words, tone, technology"),
            ),
        )  # fmt: skip

    def _move(self, by: int, _checked: bool = False) -> None:
        """One place up or down: the order of menus and of the rows on the timeline."""
        before = list(self._all().values())
        at = next((n for n, kind in enumerate(before) if kind.id == self.selected_id()), -1)
        if at < 0 or not 0 <= at + by < len(before):
            return
        order = list(before)
        order[at], order[at + by] = order[at + by], order[at]
        after = [replace(kind, position=n) for n, kind in enumerate(order)]
        user = self.desk.user_id or None
        if self.write(lambda session: [notes.save_kind(session, kind, user) for kind in after]):
            self.message.emit(
                _("Kind “{name}” saved").format(name=before[at].name),
                lambda: self.write(lambda session: [notes.save_kind(session, kind, user) for kind in before]),
            )

    def _change(self, **values: object) -> None:
        chosen = self.selected_id()
        if chosen is not None:
            self._save(chosen, **values)

    def _save(self, kind_id: int, **values: object) -> None:
        before = self._all()
        after = replace(before[kind_id], **values)  # type: ignore[arg-type]
        user = self.desk.user_id or None
        if self.write(lambda session: notes.save_kind(session, after, user)):
            now = self._all()
            touched = [row for row in before.values() if now.get(row.id) != row]

            def undo() -> None:
                self.write(lambda session: [notes.save_kind(session, row, user) for row in touched])

            self.message.emit(_("Kind “{name}” saved").format(name=after.name), undo)

    def _key_menu(self, menu: QMenu) -> None:
        menu.addAction(_("No key"), lambda: self._change(shortcut=None))
        for digit in range(1, 10):
            menu.addAction(f"Alt+{digit}", lambda digit=digit: self._change(shortcut=digit))

    def _toggle(self) -> None:
        chosen = self.selected_id()
        if chosen is not None:
            self._save(chosen, active=not self._all()[chosen].active)

    def _add(self) -> None:
        def add(name: str) -> None:
            kinds = self._all()
            position = max((kind.position for kind in kinds.values()), default=0) + 1
            row = KindRow(0, "", name, "", "stage", None, position, True)
            with self.desk.database.write() as session:
                notes.save_kind(session, row, self.desk.user_id or None)
            self.refresh()

        ask_text(self, _("New kind of annotation"), _("Add"), add)


class OutcomesPage(TablePage):
    table_name, widths = "outcomes", (300, 130, 90)

    @staticmethod
    def title() -> str:
        return _("Outcomes")

    def build(self) -> None:
        self.heading(self.title(), _("What a call led to. Lost ones are counted in the rating."))
        self.build_table([_("Outcome"), _("Counts as lost"), _("In use")])
        self.add_button(_("Add an outcome…"), self._add, "plus")
        self.add_button(_("Lost or not"), lambda: self._change("is_lost"))
        self.add_button(_("Use or retire"), lambda: self._change("active"))
        self.buttons.addStretch()

    def _all(self) -> dict[int, OutcomeRow]:
        return {
            row.id: row for row in self.read(lambda session: outcomes.list_outcomes(session, inactive=True))
        }

    def rows(self) -> list[tuple[int, list[Cell]]]:
        return [
            (row.id, [Cell(row.name, True), Cell(checked=row.is_lost), Cell(checked=row.active)])
            for row in self._all().values()
        ]

    def edited(self, row_id: int, column: int, text: str, checked: bool) -> None:
        self._save(row_id, name=text)

    def _change(self, name: str) -> None:
        chosen = self.selected_id()
        if chosen is not None:
            self._save(chosen, **{name: not getattr(self._all()[chosen], name)})

    def _save(self, outcome_id: int, **values: object) -> None:
        before = self._all()[outcome_id]
        after = replace(before, **values)  # type: ignore[arg-type]
        user = self.desk.user_id or None
        if self.write(lambda session: outcomes.save_outcome(session, after, user)):
            self.message.emit(
                _("Outcome “{name}” saved").format(name=after.name),
                lambda: self.write(lambda session: outcomes.save_outcome(session, before, user)),
            )

    def _add(self) -> None:
        def add(name: str) -> None:
            with self.desk.database.write() as session:
                outcomes.save_outcome(session, OutcomeRow(0, name, False), self.desk.user_id or None)
            self.refresh()

        ask_text(self, _("New outcome"), _("Add"), add)
