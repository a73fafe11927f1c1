"""The list of annotations with what stands around it: filter, tools, what the empty list says, the menu of a row."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from qaapp.calls.annotation_labels import MINUS, PLUS, sign_word
from qaapp.calls.annotations import AnnotationRow
from qaapp.i18n import _, ngettext
from qaapp.ui import theme
from qaapp.ui.desk import Desk
from qaapp.ui.review.annotation_model import ListFilter
from qaapp.ui.review.annotation_table import AnnotationTable
from qaapp.ui.review.session import ReviewSession
from qaapp.ui.widgets import Button, CheckMenu, Label, MenuButton, SearchField


def sign_choices() -> list[tuple[int, str, None]]:
    """What a filter by sign offers."""
    return [
        (1, f"{PLUS} {sign_word(1)}", None),
        (-1, f"{MINUS} {sign_word(-1)}", None),
        (0, _("neither"), None),
    ]


class NoteList(QWidget):
    """``AnnotationTable`` under a filter that Ctrl+F shows. GUI thread only."""

    left = Signal()
    bar_toggled = Signal()  # the filter takes room, or gives it back

    def __init__(self, desk: Desk, session: ReviewSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk, self.session = desk, session
        self.table = AnnotationTable(desk, session)
        self.search = SearchField(delay_ms=120)
        self.search.setMaximumWidth(theme.px(240))
        self._menus: dict[str, CheckMenu] = {}
        self._buttons: dict[str, MenuButton] = {}
        self._count = Label("", "small", "ink_2")
        self._clear = Button("", "link")
        self._close = Button("", "flat", icon="x", small=True)
        self.bar = QWidget()
        row = QHBoxLayout(self.bar)
        row.setContentsMargins(16, 4, 16, 4)
        row.setSpacing(theme.px(6))
        row.addWidget(self.search, 1)
        for name in ("kind_ids", "signs", "authors"):
            row.addWidget(self._menu_button(name))
        row.addWidget(self._clear)
        row.addStretch()
        row.addWidget(self._count)
        row.addWidget(self._close)
        self.bar.hide()
        self._nothing = Label("", tone="ink_2", wrap=True)
        self._nothing.setContentsMargins(16, 10, 16, 10)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.table)
        empty = QWidget()
        inner = QVBoxLayout(empty)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addWidget(self._nothing)
        inner.addStretch()
        self._pages.addWidget(empty)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.bar)
        box.addWidget(self._pages, 1)
        self.search.searched.connect(lambda text: self._set(text=text))
        self._clear.clicked.connect(self.clear_filter)
        self._close.clicked.connect(self.close_filter)
        self.table.filtered.connect(self.tell)
        session.annotations_changed.connect(self.tell)
        self.retranslate()

    def _menu_button(self, name: str) -> MenuButton:
        button, menu = MenuButton(), CheckMenu("", self)
        menu.changed.connect(lambda values, name=name: self._set(**{name: values}))
        button.clicked.connect(lambda: self._open(name))
        self._menus[name], self._buttons[name] = menu, button
        return button

    def retranslate(self) -> None:
        self.search.set_placeholder(_("Find in the annotations"))
        self._clear.setText(_("Clear all"))
        self._close.setAccessibleName(_("Close the filter"))
        self._close.setToolTip(_("Close the filter"))
        self.table.setAccessibleName(_("Annotations of the call"))
        self.tell()

    # --- the filter ----------------------------------------------------------------------------------------------

    def open_filter(self) -> None:
        """Show the filter and put the cursor into its search."""
        self.bar.show()
        self.bar_toggled.emit()
        self.search.setFocus()
        self.search.selectAll()
        self.tell()

    def close_filter(self) -> None:
        """Everything is listed again and the filter is gone."""
        self.clear_filter()
        self.bar.hide()
        self.bar_toggled.emit()
        self.table.setFocus()

    def clear_filter(self) -> None:
        self.search.clear()
        self.table.set_filter(ListFilter())

    def _set(self, **values: Any) -> None:
        self.table.set_filter(replace(self.table.model_.filter, **values))

    def _open(self, name: str) -> None:
        rows, menu = self.session.annotations, self._menus[name]
        choices: list[tuple[Any, str, int | None]]
        if name == "kind_ids":
            used = [row.kind_id for row in rows]
            choices = [
                (k.id, k.name, used.count(k.id)) for k in self.session.kinds if k.id in used or k.active
            ]
        elif name == "signs":
            choices = list(sign_choices())
        else:
            authors = [row.author for row in rows]
            choices = [(one, one or _("Not known"), authors.count(one)) for one in sorted(set(authors))]
        menu.set_choices(choices)
        menu.set_checked(getattr(self.table.model_.filter, name))
        menu.open_below(self._buttons[name])

    def tell(self) -> None:
        """How many are listed, and what an empty list means."""
        wanted, all_of_them = self.table.model_.filter, len(self.session.annotations)
        shown = len(self.table.model_.rows)
        titles = {"kind_ids": _("Kind"), "signs": _("Plus or minus"), "authors": _("Author")}
        for name, button in self._buttons.items():
            ticked = len(getattr(wanted, name))
            button.set_value(titles[name] + (f"  {ticked}" if ticked else ""))
            self._menus[name].setAccessibleName(titles[name])
        self._clear.setVisible(wanted != ListFilter())
        self._count.setText(_("{n} of {total}").format(n=shown, total=all_of_them))
        if wanted == ListFilter() and self.search.text() and not self.search.hasFocus():
            self.search.clear()
        if shown:
            self._pages.setCurrentIndex(0)
            return
        key = self.desk.keyboard.key_of
        self._nothing.setText(
            _("No annotation fits the filter.")
            if all_of_them
            else _(
                "No annotations yet: {key} makes one where the sound is, {comment} one with a comment."
            ).format(key=key("annotation"), comment=key("annotation_comment"))
        )
        self._pages.setCurrentIndex(1)


def fill_menu(menu: QMenu, center: Any) -> None:
    """What can be done with the chosen annotations: for a row of the list and for an item on the timeline."""
    session, rows = center.session, center.chosen_rows()
    if not rows:
        return
    keyboard, first, ids = center.desk.keyboard, rows[0], [row.id for row in rows]

    def add(text: str, call: Any, action: str = "") -> None:
        key = keyboard.key_of(action) if action else ""
        menu.addAction(f"{text}\t{key}" if key else text, call)

    if len(rows) == 1:
        add(_("Edit the text"), lambda: center.edit_text(first.id))
        add(_("Everything about it…"), center.edit_whole, "edit_annotation")
    kinds = menu.addMenu(_("Kind"))
    for kind in session.kinds:
        if kind.active:
            key = keyboard.key_of(f"annotation_kind_{kind.shortcut}") if kind.shortcut else ""
            change = [replace(row, kind_id=kind.id) for row in rows]
            kinds.addAction(
                f"{kind.name}\t{key}" if key else kind.name,
                lambda change=change: session.change_annotations(change),
            )
    for sign, action in ((1, "note_plus"), (-1, "note_minus")):
        has_it = all(row.sign == sign for row in rows)
        after = [replace(row, sign=None if has_it else sign) for row in rows]
        words = {1: _("No plus") if has_it else _("A plus"), -1: _("No minus") if has_it else _("A minus")}[
            sign
        ]
        add(words, lambda after=after: session.change_annotations(after), action)
    _fill_checkpoints(menu, session, rows)
    menu.addSeparator()
    add(_("Copy as text"), center.notes.table.copy_as_text)
    add(_("Export…"), center.labels.ask_export, "export_labels")
    add(
        ngettext("Save the clip…", "Save the clips…", len(rows)),
        lambda: keyboard.trigger("save_clip"),
        "save_clip",
    )
    menu.addSeparator()
    add(_("Delete"), lambda: center.delete_asked.emit(ids), "delete")


def _fill_checkpoints(menu: QMenu, session: ReviewSession, rows: list[AnnotationRow]) -> None:
    """Evidence for the checkpoint that is worked on; the others in a menu of their own."""

    def link(to: QMenu, words: str, checkpoint_id: int | None) -> None:
        after = [replace(row, checkpoint_id=checkpoint_id) for row in rows]
        to.addAction(words, lambda: session.change_annotations(after))

    points = [point for point in (session.card.checkpoints if session.card else ()) if point.id]
    current = next((point for point in points if point.id == session.current_checkpoint), None)
    if current is not None and any(row.checkpoint_id != current.id for row in rows):
        link(menu, _("Evidence for “{checkpoint}”").format(checkpoint=current.text), current.id)
    others = [point for point in points if point is not current]
    if others:
        submenu = menu.addMenu(_("Evidence for another checkpoint"))
        for point in others:
            link(submenu, point.text, point.id)
    if any(row.checkpoint_id for row in rows):
        link(menu, _("No checkpoint"), None)
