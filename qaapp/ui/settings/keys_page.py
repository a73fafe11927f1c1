"""Every key can be another one; a key that is taken is refused by a sentence."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from qaapp.errors import QaappError
from qaapp.i18n import _
from qaapp.ui.dialogs import Dialog
from qaapp.ui.keys import ACTIONS, KeyTaken, combo_of, key_text, layout_help, normal, title_of
from qaapp.ui.settings.table_page import Cell, TablePage
from qaapp.ui.shortcuts import shown_keys
from qaapp.ui.widgets import Label


class KeyField(QLineEdit):
    """Shows the key that was pressed instead of typing it; Tab and Esc leave as usual."""

    def __init__(self, combo: str) -> None:
        super().__init__(key_text(combo))
        self.combo = combo
        self.setReadOnly(True)
        self.setAccessibleName(_("Press the new key"))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        combo = combo_of(event)
        if event.key() == Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif combo:
            try:
                self.combo = normal(combo)
            except QaappError:
                return
            self.setText(key_text(self.combo))


class KeysPage(TablePage):
    table_name, widths = "keys", (330, 180, 220)

    @staticmethod
    def title() -> str:
        return _("Keys")

    def build(self) -> None:
        self.heading(self.title(), layout_help())
        self.build_table([_("Action"), _("Key"), _("Where")])
        self.add_button(_("Change the key…"), self._change, "keyboard")
        self.add_button(_("Take the key away"), lambda: self._remap("", chosen=None))
        self.add_button(_("All as they were"), self._reset)
        self.buttons.addStretch()
        self.table.opened.disconnect()
        self.table.opened.connect(lambda _index: self._change())

    def rows(self) -> list[tuple[int, list[Cell]]]:
        keyboard = self.desk.keyboard
        return [
            (
                place,
                [
                    Cell(title_of(action)),
                    Cell("   ".join(shown_keys(keyboard.keys_of(action.name))) or "–"),
                    Cell(_(action.group), quiet=True),
                ],
            )
            for place, action in enumerate(ACTIONS)
        ]

    def _change(self) -> None:
        chosen = self.selected_id()
        if chosen is None:
            return
        action = ACTIONS[chosen]
        keys = self.desk.keyboard.keys_of(action.name)
        field = KeyField(keys[0] if keys else "")
        title = _("Key for “{action}”").format(action=title_of(action))
        dialog = Dialog(self, title, _("Use it"), lambda: self._take(chosen, field.combo))
        dialog.verb.set_key("")
        dialog.verb.setDefault(False)
        dialog.content.addWidget(field)
        dialog.content.addWidget(Label(_("Press the new key"), "small", "ink_2"))
        field.setFocus()
        dialog.open()

    def _take(self, chosen: int, combo: str) -> None:
        """The new key is the first one; the others of the action stay."""
        name = ACTIONS[chosen].name
        rest = [key for key in self.desk.keyboard.keys_of(name)[1:] if key != combo]
        self.remap(name, " ".join([combo, *rest]))

    def _remap(self, written: str, chosen: int | None) -> None:
        chosen = self.selected_id() if chosen is None else chosen
        if chosen is not None:
            try:
                self.remap(ACTIONS[chosen].name, written)
            except KeyTaken as error:
                self.failed.emit(error)

    def remap(self, name: str, written: str) -> None:
        """Give an action other keys and keep them. Raises ``KeyTaken``."""
        keyboard = self.desk.keyboard
        before = keyboard.own_keys()
        keyboard.remap(name, written)
        self._kept(before)

    def _reset(self) -> None:
        before = self.desk.keyboard.own_keys()
        self.desk.keyboard.reset()
        self._kept(before)

    def _kept(self, before: dict[str, str]) -> None:
        self.keep(keys=self.desk.keyboard.own_keys())
        self.refresh()

        def undo() -> None:
            self.desk.keyboard.load(before)
            self.desk.keyboard.changed.emit()
            self.keep(keys=before)
            self.refresh()

        self.message.emit(_("Key changed"), undo)
