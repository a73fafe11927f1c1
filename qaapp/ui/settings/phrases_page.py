"""The phrase bank: what is offered while somebody writes *said* and *should have said*."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtWidgets import QComboBox, QMenu

from qaapp.i18n import _
from qaapp.scorecards import phrases
from qaapp.scorecards.phrases import PhraseRow
from qaapp.ui import theme
from qaapp.ui.dialogs import Dialog, ask_text
from qaapp.ui.settings.table_page import Cell, TablePage
from qaapp.ui.widgets import Label, Segmented


def kind_word(kind: str) -> str:
    return {phrases.SAID: _("Said"), phrases.SHOULD: _("Should have said")}[kind]


class PhrasesPage(TablePage):
    table_name, widths = "phrases", (260, 130, 320, 70, 80)

    @staticmethod
    def title() -> str:
        return _("Phrases")

    def build(self) -> None:
        self.heading(
            self.title(),
            _(
                "Offered at a checkpoint while one writes. What was written in submitted cards is offered by itself."
            ),
        )
        self.build_table([_("Checkpoint"), _("Kind"), _("Phrase"), _("Used"), _("In use")])
        self.add_button(_("Add a phrase…"), self._add, "plus")
        self.add_button(_("Said or should have said"), self._turn)
        self.add_menu_button(_("Checkpoint"), self._checkpoint_menu)
        self.add_button(_("Use or retire"), self._toggle)
        self.buttons.addStretch()

    def _all(self) -> dict[int, PhraseRow]:
        return {row.id: row for row in self.read(phrases.list_phrases)}

    def rows(self) -> list[tuple[int, list[Cell]]]:
        return [
            (
                row.id,
                [
                    Cell(row.checkpoint or row.checkpoint_code), Cell(kind_word(row.kind), quiet=True),
                    Cell(row.text, True), Cell(str(row.uses), right=True), Cell(checked=row.active),
                ],
            )
            for row in self._all().values()
        ]  # fmt: skip

    def edited(self, row_id: int, column: int, text: str, checked: bool) -> None:
        self._save(lambda row: replace(row, text=text), [row_id])

    def _save(self, change: Callable[[PhraseRow], PhraseRow], ids: list[int] | None = None) -> None:
        """Change the selected phrases (or ``ids``) and offer the way back."""
        before, user = self._all(), self.desk.user_id or None
        chosen = [before[one] for one in (ids or self.selected_ids()) if one in before]
        after = [change(row) for row in chosen]
        if chosen and self.write(lambda session: [phrases.save_phrase(session, row, user) for row in after]):
            self.message.emit(
                _("Phrases saved"),
                lambda: self.write(
                    lambda session: [phrases.save_phrase(session, row, user) for row in chosen]
                ),
            )

    def _turn(self) -> None:
        other = {phrases.SAID: phrases.SHOULD, phrases.SHOULD: phrases.SAID}
        self._save(lambda row: replace(row, kind=other[row.kind]))

    def _toggle(self) -> None:
        self._save(lambda row: replace(row, active=not row.active))

    def _checkpoint_menu(self, menu: QMenu) -> None:
        if self.selected_ids():
            for code, text in self.read(phrases.checkpoint_names):
                menu.addAction(
                    text, lambda code=code: self._save(lambda row: replace(row, checkpoint_code=code))
                )

    def _add(self) -> None:
        points = self.read(phrases.checkpoint_names)
        box = QComboBox()
        box.setAccessibleName(_("Checkpoint"))
        box.setMaximumWidth(theme.px(420))
        for code, text in points:
            box.addItem(text, code)
        chosen = self._all().get(self.selected_id() or 0)
        if chosen is not None:
            box.setCurrentIndex(max(box.findData(chosen.checkpoint_code), 0))
        kind = Segmented([(name, kind_word(name)) for name in phrases.KINDS], _("Kind"))
        kind.set_current(chosen.kind if chosen is not None else phrases.SHOULD)

        def add(text: str) -> None:
            row = PhraseRow(0, str(box.currentData() or ""), kind.current(), text)
            with self.desk.database.write() as session:
                phrases.save_phrase(session, row, self.desk.user_id or None)
            self.refresh()

        dialog: Dialog = ask_text(self, _("New phrase"), _("Add"), add)
        dialog.content.insertWidget(0, box)
        dialog.content.insertWidget(1, kind)
        if not points:
            dialog.content.addWidget(
                Label(_("Make a scorecard first: phrases belong to its checkpoints."), wrap=True)
            )
            dialog.verb.setEnabled(False)
