"""The scorecards screen: cards on the left, the card's rows in the middle, what is selected on the right."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QMessageBox,
    QSplitter,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from qaapp import i18n
from qaapp.errors import QaappError
from qaapp.i18n import _, ngettext
from qaapp.scorecards import cards
from qaapp.scorecards.model import Change, SectionSpec
from qaapp.scorecards.templates import install_template
from qaapp.ui import theme
from qaapp.ui.desk import Desk
from qaapp.ui.scorecards import editing
from qaapp.ui.scorecards.card_list import CardList
from qaapp.ui.scorecards.draft import Draft
from qaapp.ui.scorecards.editing import Place
from qaapp.ui.scorecards.inspector import Inspector
from qaapp.ui.scorecards.model import CardDelegate, CardModel, Column
from qaapp.ui.screen import Screen
from qaapp.ui.widgets import Button, EmptyState, Hairline, Label
from qaapp.words import CallType

WIDTHS = {Column.CODE: 64, Column.WEIGHT: 64, Column.CRITICAL: 100, Column.CHANGED: 130}


class _Rows(QTableView):
    """The rows of a card with the editor's keys."""

    add_checkpoint = Signal()
    add_section = Signal()
    remove_row = Signal()
    move_row = Signal(bool)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, shift = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if self.state() == QTableView.State.EditingState:
            super().keyPressEvent(
                event
            )  # the editor in the row did not want it: Enter after it took the text
        elif key == Qt.Key.Key_Insert:
            (self.add_section if shift else self.add_checkpoint).emit()
        elif key == Qt.Key.Key_Delete:
            self.remove_row.emit()
        elif alt and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.move_row.emit(key == Qt.Key.Key_Down)
        elif key in (Qt.Key.Key_F2, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.edit(self.model().index(self.currentIndex().row(), Column.TEXT))
        else:
            super().keyPressEvent(event)


class ScorecardsScreen(Screen):
    """Editor of technological cards. ``cards_changed`` when reviewers may see another list."""

    name = "scorecards"
    icon = "clipboard-check"
    uses_period = False
    cards_changed = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._draft = Draft(desk, self)
        self._draft.changed.connect(self._show_card)
        self._draft.failed.connect(self.failed)
        self._place: Place | None = None
        self._list = CardList()
        self._list.chosen.connect(self._card_chosen)
        self._list.template_asked.connect(self.add_template)
        self._list.empty_asked.connect(self.add_empty)
        self._list.file_asked.connect(self._import_dialog)
        self._list.put_away_asked.connect(self._put_away)
        self._build_card()
        self._inspector = Inspector()
        self._inspector.changed.connect(self._field_changed)
        self._inspector.remove_asked.connect(self._remove)
        self._empty = EmptyState("clipboard-check", "", "", "")
        self._empty.clicked.connect(self._list.open_menu)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setHandleWidth(1)
        self._split.setChildrenCollapsible(False)
        for part in (self._list, self._card_pane, self._inspector):
            self._split.addWidget(part)
        self._split.setStretchFactor(1, 1)
        self._split.setSizes([theme.px(232), 800, theme.px(384)])
        self._stack = QStackedWidget()
        self._stack.addWidget(self._split)
        self._stack.addWidget(self._empty)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)
        self.retranslate()

    # --- parts ---

    def _build_card(self) -> None:
        self._card_pane = QWidget()
        self._name = QLineEdit(maxLength=200)
        self._name.setProperty("kind", "inline")
        self._name.setFont(theme.font("title"))
        self._name.editingFinished.connect(self._renamed)
        self._about = Label(role="small", tone="ink_2")
        self._discard = Button("", kind="flat")
        self._discard.clicked.connect(self._discard_asked)
        self._export = Button("", icon="download")
        self._export.clicked.connect(self._export_dialog)
        self._publish = Button("", kind="primary")
        self._publish.clicked.connect(self._publish_asked)
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(self._name)
        names.addWidget(self._about)
        head = QHBoxLayout()
        head.setContentsMargins(7, 8, 16, 8)
        head.setSpacing(theme.px(8))
        head.addLayout(names, 1)
        for button in (self._discard, self._export, self._publish):
            head.addWidget(button)
        self._about.setContentsMargins(9, 0, 0, 0)
        self._model = CardModel(self)
        # later, when the row's editor is closed: showing the card again would take it away while it is read
        self._model.text_edited.connect(self._row_renamed, Qt.ConnectionType.QueuedConnection)
        self._rows = _Rows()
        self._rows.setModel(self._model)
        self._rows.setItemDelegate(CardDelegate(self._rows))
        self._rows.setShowGrid(False)
        self._rows.setFrameShape(QFrame.Shape.NoFrame)
        self._rows.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self._rows.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self._rows.setEditTriggers(QTableView.EditTrigger.DoubleClicked)
        self._rows.setTabKeyNavigation(False)
        self._rows.setMouseTracking(True)
        self._rows.verticalHeader().hide()
        self._rows.verticalHeader().setDefaultSectionSize(theme.px(33))
        header = self._rows.horizontalHeader()
        header.setSectionsClickable(False)
        header.setSectionResizeMode(Column.TEXT, QHeaderView.ResizeMode.Stretch)
        for column, width in WIDTHS.items():
            self._rows.setColumnWidth(column, theme.px(width))
        self._rows.selectionModel().currentRowChanged.connect(
            lambda now, _before: self._row_chosen(now.row())
        )
        self._rows.add_checkpoint.connect(self._add_checkpoint)
        self._rows.add_section.connect(self._add_section)
        self._rows.remove_row.connect(self._remove)
        self._rows.move_row.connect(self._move)
        self._plus_checkpoint = Button("", kind="flat", icon="plus", key="Ins")
        self._plus_checkpoint.clicked.connect(self._add_checkpoint)
        self._plus_section = Button("", kind="flat", icon="plus", key="Shift+Ins")
        self._plus_section.clicked.connect(self._add_section)
        self._keys = Label(role="micro", tone="ink_3")
        foot = QHBoxLayout()
        foot.setContentsMargins(12, 6, 16, 8)
        foot.addWidget(self._plus_checkpoint)
        foot.addWidget(self._plus_section)
        foot.addStretch(1)
        foot.addWidget(self._keys)
        whole = QVBoxLayout(self._card_pane)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(head)
        whole.addWidget(self._rows, 1)
        whole.addWidget(Hairline())
        whole.addLayout(foot)

    # --- what the window asks ---

    def title(self) -> str:
        return _("Scorecards")

    def activate(self) -> None:
        self._reload_list()

    def deactivate(self) -> None:
        self._inspector.flush()

    def undo(self) -> None:
        self._inspector.flush()
        self._draft.undo()

    def redo(self) -> None:
        self._inspector.flush()
        self._draft.redo()

    def retranslate(self) -> None:
        self._publish.setText(_("Publish…"))
        self._discard.setText(_("Discard the draft"))
        self._export.setText(_("Export…"))
        self._plus_checkpoint.setText(_("Checkpoint"))
        self._plus_section.setText(_("Section"))
        self._keys.setText("   ".join([_("Alt+↑ ↓ move"), _("F2 edit"), _("Del delete"), _("Ctrl+Z undo")]))
        self._name.setAccessibleName(_("Name of the card"))
        self._rows.setAccessibleName(_("Sections and checkpoints"))
        self._empty.set_texts(
            _("A card says what makes a call good: start from a ready one."), _("New card…")
        )
        self._inspector.retranslate()
        self._list.retranslate()
        self._reload_list()

    def status_text(self) -> str:
        published = self._draft.published
        if published is None or published.published_at is None:
            return ""
        since = i18n.day(published.published_at.astimezone(self.desk.rules.zone).date(), "full")
        return _("Revision {number} in force since {day}: evaluations made with it do not change").format(
            number=published.number, day=since
        )

    # --- the list of cards ---

    def _reload_list(self) -> None:
        with self.desk.database.read() as session:
            briefs = cards.list_cards(session, archived=True)
        self._list.show_cards(briefs, self._draft.card.scorecard_id if self._draft.card else None)
        self._stack.setCurrentWidget(self._split if briefs else self._empty)

    def _card_chosen(self, scorecard_id: int) -> None:
        self._inspector.flush()
        self._place = None
        self._draft.open(scorecard_id)

    def _put_away(self, scorecard_id: int, away: bool) -> None:
        change = cards.archive_card if away else cards.restore_card
        with self.desk.database.write() as session:
            change(session, scorecard_id, self.desk.user_id or None)
        self._reload_list()
        self.cards_changed.emit()
        if away:
            self.show_message.emit(_("The card was put away"), lambda: self._put_away(scorecard_id, False))

    def add_template(self, code: str) -> None:
        """Add a ready card in the language of the window."""
        with self.desk.database.write() as session:
            card = install_template(session, code, i18n.language(), self.desk.user_id or None)
        self._open_new(card.scorecard_id)

    def add_empty(self) -> None:
        """A card with one section, ready to be typed into."""
        with self.desk.database.write() as session:
            taken = {brief.name.casefold() for brief in cards.list_cards(session, archived=True)}
            name, number = _("New card"), 2
            while name.casefold() in taken:
                name, number = f"{_('New card')} {number}", number + 1
            sections = (SectionSpec(_("Contact"), "", ()),)
            card = cards.create_card(session, name, CallType.ANY, sections, self.desk.user_id or None)
        self._open_new(card.scorecard_id)
        self._name.setFocus()
        self._name.selectAll()

    def _open_new(self, scorecard_id: int) -> None:
        self._draft.open(scorecard_id)
        self._reload_list()
        self.cards_changed.emit()

    # --- the card ---

    def _show_card(self) -> None:
        card = self._draft.card
        self._model.show(card, self._draft.published if self._draft.is_draft else None)
        self._card_pane.setEnabled(card is not None)
        if card is None:
            self._name.clear()
            self._about.clear()
            self._inspector.clear()
            return
        if not self._name.hasFocus():
            self._name.setText(card.name)
        points = ngettext("{n} checkpoint", "{n} checkpoints", len(card.checkpoints)).format(
            n=len(card.checkpoints)
        )
        state = _("Draft of rev. {number}") if self._draft.is_draft else _("Rev. {number} in force")
        weight = _("weight {weight}").format(weight=card.weight)
        self._about.setText(f"{state.format(number=card.number)} · {points}, {weight}")
        self._publish.setVisible(self._draft.is_draft)
        self._discard.setVisible(self._draft.is_draft)
        self._select(self._place)
        self._mark_draft_in_list()
        self.status_changed.emit()

    def _mark_draft_in_list(self) -> None:
        brief, card = self._list.current(), self._draft.card
        has_draft = brief is not None and brief.draft_revision_id is not None
        if (
            brief is not None
            and card is not None
            and (has_draft, brief.name) != (self._draft.is_draft, card.name)
        ):
            QTimer.singleShot(0, self._reload_list)

    def _select(self, place: Place | None) -> None:
        row = self._model.row_of(place) if place else -1
        if row < 0:
            row = min(1, self._model.rowCount() - 1)
        index = self._model.index(row, Column.TEXT)
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self._rows.selectionModel().setCurrentIndex(index, flags)
        self._row_chosen(row)

    def _row_chosen(self, row: int) -> None:
        place = self._model.place(row)
        if place != self._place and self._inspector.is_waiting:
            self._inspector.flush()  # saved into the row it was typed for, which shows the card again
            self._select(place)
            return
        self._place = place
        if place is None:
            self._inspector.clear()
            return
        point = self._model.checkpoint(place)
        if point is None:
            self._inspector.show_section(self._model.section(place))
        else:
            self._inspector.show_checkpoint(point)

    def _field_changed(self, field: str, value: object) -> None:
        card, place = self._draft.card, self._place
        if card is None or place is None or self._model.row_of(place) < 0:
            return
        if place[1] is None:
            sections = editing.change_section(card.sections, place[0], **{field: str(value)})
        else:
            sections = editing.change_checkpoint(card.sections, (place[0], place[1]), **{field: value})
        self._draft.edit(sections, field, place)

    def _renamed(self) -> None:
        if not self._draft.rename(self._name.text()) and self._draft.card is not None:
            self._name.setText(self._draft.card.name)

    def _row_renamed(self, place: Place, text: str) -> None:
        card = self._draft.card
        if card is None or not text:
            return
        self._place = place
        if place[1] is None:
            self._draft.edit(editing.change_section(card.sections, place[0], name=text), "name", place)
        else:
            sections = editing.change_checkpoint(card.sections, (place[0], place[1]), text=text)
            self._draft.edit(sections, "text", place)

    def _add_checkpoint(self) -> None:
        self._inspector.flush()
        card = self._draft.card
        if card is None:
            return
        if not card.sections:
            self._add_section()
            return
        sections, self._place = editing.add_checkpoint(card.sections, self._place, _("New checkpoint"))
        if self._draft.edit(sections, "add", self._place):
            self._rows.edit(self._rows.currentIndex())

    def _add_section(self) -> None:
        self._inspector.flush()
        card = self._draft.card
        if card is None:
            return
        sections, self._place = editing.add_section(card.sections, self._place, _("New section"))
        if self._draft.edit(sections, "add", self._place):
            self._rows.edit(self._rows.currentIndex())

    def _remove(self) -> None:
        self._inspector.flush()
        card, place = self._draft.card, self._place
        if card is None or place is None:
            return
        was = self._model.checkpoint(place)
        name = was.text if was else self._model.section(place).name
        if self._draft.edit(editing.remove(card.sections, place), "remove", place):
            self.show_message.emit(_("“{name}” was deleted").format(name=name), self._draft.undo)

    def _move(self, down: bool) -> None:
        self._inspector.flush()
        card, place = self._draft.card, self._place
        if card is None or place is None:
            return
        sections, self._place = editing.move(card.sections, place, down)
        self._draft.edit(sections, "move", self._place)

    # --- publishing, files ---

    def _publish_asked(self) -> None:
        self._inspector.flush()
        card = self._draft.card
        if card is None:
            return
        box = QMessageBox(self)
        box.setText(_("Publish revision {number} of “{card}”?").format(number=card.number, card=card.name))
        told = _("New evaluations use it; those already made stay with their revision.")
        changes = cards.difference(self._draft.published, card) if self._draft.published else ()
        lines = [_change_words(change) for change in changes[:12]]
        if len(changes) > 12:
            lines.append("…")
        box.setInformativeText("\n".join([told, "", *lines]) if lines else told)
        go = box.addButton(_("Publish"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(_("Go on editing"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(go)
        box.exec()
        if box.clickedButton() is go:
            self.publish()

    def publish(self) -> None:
        """Put the draft in force; what is unfinished is said."""
        if self._draft.publish():
            self._reload_list()
            self.cards_changed.emit()
            self.show_message.emit(_("Published: new evaluations use this revision"), None)

    def _discard_asked(self) -> None:
        before = self._draft.card
        if before is None or not self._draft.discard():
            return
        self._reload_list()
        self.cards_changed.emit()
        if self._draft.card is not None:
            self.show_message.emit(
                _("The draft was discarded"), lambda: self._draft.edit(before.sections, "undo")
            )

    def _import_dialog(self) -> None:
        chosen, _kind = QFileDialog.getOpenFileName(
            self, _("Card from a file"), str(Path.home()), _("Cards (*.xlsx *.json)")
        )
        if chosen:
            self.import_file(Path(chosen))

    def import_file(self, path: Path) -> None:
        """Add the card of a workbook or a JSON file as a draft."""
        from qaapp.scorecards import exchange

        try:
            name, call_type, sections = exchange.import_card(path)
            with self.desk.database.write() as session:
                taken = {brief.name.casefold() for brief in cards.list_cards(session, archived=True)}
                free, number = name, 2
                while free.casefold() in taken:
                    free, number = f"{name} {number}", number + 1
                card = cards.create_card(session, free, call_type, sections, self.desk.user_id or None)
        except QaappError as error:
            self.failed.emit(error)
            return
        self._open_new(card.scorecard_id)

    def _export_dialog(self) -> None:
        self._inspector.flush()
        card = self._draft.card
        if card is None:
            return
        proposed = str(Path.home() / f"{card.name}.xlsx")
        chosen, _kind = QFileDialog.getSaveFileName(
            self, _("Save the card"), proposed, "Excel (*.xlsx);;JSON (*.json)"
        )
        if chosen:
            self.export_file(Path(chosen))

    def export_file(self, path: Path) -> None:
        """Write the card that is shown."""
        from qaapp.scorecards import exchange

        assert self._draft.card is not None
        try:
            exchange.export_card(self._draft.card, path)
        except QaappError as error:
            self.failed.emit(error)
            return
        self.show_message.emit(_("Saved: {path}").format(path=path), None)


def _change_words(change: Change) -> str:
    """One line of the list of differences."""
    kinds = {
        "added": _("new"), "removed": _("removed"), "text": _("reworded"), "hint": _("hint changed"),
        "weight": _("weight {before} → {after}"), "critical": _("critical: {before} → {after}"), "moved": _("moved"),
        "section": _("section"), "script": _("script changed"), "name": _("renamed"), "limits": _("limits"),
    }  # fmt: skip
    words = kinds.get(change.kind, change.kind).format(before=change.before, after=change.after)
    head = f"{change.code}  " if change.code else ""
    return f"{head}{change.text}: {words}"
