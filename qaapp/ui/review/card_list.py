"""The list of checkpoints: marks by mouse, one current row, the fields *said / should have said* inside it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QListView, QWidget

from qaapp.i18n import _
from qaapp.scorecards.evaluations import MarkRow
from qaapp.scorecards.phrases import matching
from qaapp.ui import theme
from qaapp.ui.review.card_delegate import PAD, TEXT_LEFT, CardDelegate
from qaapp.ui.review.card_model import MARK_ROLE, ROW_ROLE, CardModel, CardRow
from qaapp.ui.widgets.labels import Label
from qaapp.ui.widgets.phrase_field import PhraseField
from qaapp.ui.widgets.tristate import UNMARKED, tristate_at


class PhraseFields(QWidget):
    """Two fields over the bottom of the current row, with the phrases of the checkpoint. Enter goes on, the second
    Enter closes."""

    edited = Signal(str, str)
    closed = Signal()

    def __init__(self, said: str, should: str, top: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(PAD, top, PAD, theme.px(6))
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(theme.px(4))
        grid.setColumnMinimumWidth(0, theme.px(TEXT_LEFT) - PAD - 8)
        self.said, self.should = PhraseField(said, matching), PhraseField(should, matching)
        for number, (field, name) in enumerate(((self.said, _("Said")), (self.should, _("Better")))):
            label = Label(name, "small", "ink_2")
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(label, number, 0)
            grid.addWidget(field, number, 1)
            field.setCursorPosition(0)
            field.textEdited.connect(lambda _text: self.edited.emit(self.said.text(), self.should.text()))
            field.installEventFilter(self)
        self.said.setAccessibleName(_("What was said"))
        self.should.setAccessibleName(_("What should have been said"))
        grid.setRowStretch(2, 1)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if isinstance(watched, PhraseField) and watched.press_list(event):
                return True
            enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if enter and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
                if watched is self.said:
                    self.should.setFocus(Qt.FocusReason.TabFocusReason)
                else:
                    self.closed.emit()
                return True
            if event.key() == Qt.Key.Key_Up and watched is self.should:
                self.said.setFocus()
                return True
            if event.key() == Qt.Key.Key_Down and watched is self.said:
                self.should.setFocus()
                return True
        return False


class CardList(QListView):
    """GUI thread only. It changes nothing itself: signals say what the reviewer wants."""

    mark_asked = Signal(int, object)  # checkpoint id; 1, 0 or None
    play_asked = Signal(int)  # at_ms
    phrases_edited = Signal(int, str, str)
    current_moved = Signal(int)  # checkpoint id
    phrases_wanted = Signal(int)  # checkpoint id: its fields are open and would offer phrases

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cards = CardModel(self)
        self.delegate = CardDelegate(self.cards, self)
        self.setModel(self.cards)
        self.setItemDelegate(self.delegate)
        self.setProperty("screenKeys", True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.fields: PhraseFields | None = None
        theme.signals.changed.connect(self.scheduleDelayedItemsLayout)
        self.retranslate()

    def retranslate(self) -> None:
        self.setAccessibleName(_("Checkpoints of the card"))
        self.scheduleDelayedItemsLayout()

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 120)

    # --- the current row -----------------------------------------------------------------------------------------

    def current_checkpoint(self) -> int | None:
        number = self.delegate.current
        if 0 <= number < len(self.cards.rows):
            point = self.cards.rows[number].point
            return point.id if point is not None else None
        return None

    def go(self, number: int) -> None:
        """Make a row the current one and keep it in the middle third."""
        self.close_fields()
        if not 0 <= number < len(self.cards.rows):
            self.delegate.current = -1
            self.scheduleDelayedItemsLayout()
            return
        self.delegate.current = number
        index = self.cards.index(number)
        self.setCurrentIndex(index)
        self._relayout()
        self._settle()
        checkpoint = self.current_checkpoint()
        if checkpoint is not None:
            self.current_moved.emit(checkpoint)

    def _settle(self) -> None:
        """Scroll so that the current row lies in the middle third, as far as the list goes."""
        index = self.cards.index(self.delegate.current)
        box, height = self.visualRect(index), self.viewport().height()
        if index.isValid() and (box.top() < height / 3 or box.bottom() > height * 2 / 3):
            self.scrollTo(index, QListView.ScrollHint.PositionAtCenter)

    def show_marks(self, marks: dict[int, MarkRow], unsaved: frozenset[int], tells_missing: bool) -> None:
        """New marks: rows may need more or less room."""
        index = self.cards.index(self.delegate.current)
        was_seen = self.viewport().rect().contains(self.visualRect(index))
        self.cards.set_marks(marks, unsaved, tells_missing)
        self._relayout()
        if was_seen:
            self.scrollTo(index)

    def go_to(self, checkpoint_id: int) -> None:
        self.go(self.cards.row_of(checkpoint_id))

    def step(self, by: int) -> None:
        self.go(self.cards.step(self.delegate.current, by))

    def _relayout(self) -> None:
        self.doItemsLayout()
        self.viewport().update()

    # --- phrases -------------------------------------------------------------------------------------------------

    def open_fields(self) -> bool:
        """Show the two fields in the current row and put the cursor into the first."""
        number = self.delegate.current
        checkpoint = self.current_checkpoint()
        if checkpoint is None or not self.delegate.is_enabled:
            return False
        self.close_fields()
        index = self.cards.index(number)
        row: CardRow = index.data(ROW_ROLE)
        mark: MarkRow | None = index.data(MARK_ROLE)
        delegate = self.delegate
        bare = delegate.parts(row, None, number, self.viewport().width())
        delegate.is_editing = True
        delegate.editor_height = theme.px(2 * 30 + 4 + 8)
        hint = bare.hint.height() + theme.px(7) if not bare.hint.isNull() else 0
        self.fields = PhraseFields(
            mark.said if mark else "", mark.should_have_said if mark else "", bare.height - hint
        )
        self.fields.edited.connect(lambda said, should: self.phrases_edited.emit(checkpoint, said, should))
        self.fields.closed.connect(self.close_fields)
        self._relayout()
        self.setIndexWidget(index, self.fields)
        self.scrollTo(index)
        self.fields.said.setFocus(Qt.FocusReason.OtherFocusReason)
        self.fields.said.end(False)
        self.phrases_wanted.emit(checkpoint)
        return True

    def offer(self, checkpoint_id: int, said: list[str], should: list[str]) -> None:
        """Phrases for the open fields of a checkpoint."""
        if self.fields is not None and self.current_checkpoint() == checkpoint_id:
            self.fields.said.set_phrases(said)
            self.fields.should.set_phrases(should)

    def close_fields(self) -> None:
        if self.fields is None:
            return
        fields, self.fields = self.fields, None
        had_focus = fields.isAncestorOf(self.focusWidget()) if self.focusWidget() else False
        self.delegate.is_editing = False
        for number in range(len(self.cards.rows)):
            index = self.cards.index(number)
            if self.indexWidget(index) is fields:
                self.setIndexWidget(index, None)  # type: ignore[arg-type]
                break
        if had_focus or self.window().focusWidget() is None:
            self.setFocus()
        self._relayout()

    # --- mouse ---------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if not index.isValid() or event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        row: CardRow = index.data(ROW_ROLE)
        if row.point is None or row.point.id is None:
            if row.section.script:
                self.toggle_script(index.row())
            return
        box = self.visualRect(index)
        parts = self.delegate.parts(row, index.data(MARK_ROLE), index.row(), self.viewport().width())
        local = event.position() - box.topLeft().toPointF()
        chosen = tristate_at(parts.mark, local)
        mark: MarkRow | None = index.data(MARK_ROLE)
        if parts.second.contains(local.toPoint()) and mark is not None and mark.at_ms is not None:
            self.go(index.row())
            self.play_asked.emit(mark.at_ms)
        elif chosen != UNMARKED and self.delegate.is_enabled:
            self.go(index.row())
            self.mark_asked.emit(row.point.id, chosen)
        else:
            self.go(index.row())
        self.setFocus()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and index.row() == self.delegate.current:
            parts = self.delegate.parts(
                index.data(ROW_ROLE), index.data(MARK_ROLE), index.row(), self.viewport().width()
            )
            local = event.position() - self.visualRect(index).topLeft().toPointF()
            if tristate_at(parts.mark, local) == UNMARKED:
                self.open_fields()

    def toggle_script(self, number: int) -> None:
        """Show or hide the script of a section."""
        self.cards.open_scripts ^= {number}
        self._relayout()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        number = index.row() if index.isValid() else -1
        if number != self.delegate.hovered:
            self.delegate.hovered = number
            self.viewport().update()

    def leaveEvent(self, event: QEvent) -> None:
        self.delegate.hovered = -1
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()
