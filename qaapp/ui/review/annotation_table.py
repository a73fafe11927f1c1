"""The table under the timeline: sorted by a click on a head, edited in place, in step with the lanes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QPainter, QPolygonF
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QComboBox,
    QMenu,
    QStyleOptionViewItem,
    QWidget,
)

from qaapp.calls.annotation_labels import MINUS, PLUS, sign_word
from qaapp.calls.annotations import AnnotationRow, KindRow
from qaapp.i18n import _
from qaapp.scorecards.phrases import matching
from qaapp.ui import theme
from qaapp.ui.desk import Desk
from qaapp.ui.review.annotation_model import (
    KIND,
    KIND_ROLE,
    POINT,
    ROW_ROLE,
    SAID,
    SHOULD,
    SIGN,
    TEXT,
    AnnotationModel,
    ListFilter,
)
from qaapp.ui.review.card_model import AnyIndex
from qaapp.ui.review.phrase_source import PhraseSource
from qaapp.ui.review.session import ReviewSession
from qaapp.ui.widgets.phrase_field import PhraseField
from qaapp.ui.widgets.tables import Column, RowDelegate, TableView


class KindDelegate(RowDelegate):
    """The kind with its mark as on the lanes: a bar with tint for a region, a diamond for a point. Editors of cells."""

    def __init__(self, phrases: PhraseSource, parent: QWidget) -> None:
        super().__init__(parent)
        self.phrases = phrases

    def paint_content(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        kind: KindRow | None = index.data(KIND_ROLE)
        row: AnnotationRow = index.data(ROW_ROLE)
        if index.column() != KIND or kind is None:
            super().paint_content(painter, option, index)
            return
        color, tint = theme.kind_pair(kind.color)
        side = theme.px(11)
        box = QRectF(option.rect.left() + theme.px(8), option.rect.center().y() - side / 2 + 1, side, side)
        if row.end_ms is not None:
            painter.fillRect(box, tint)
            painter.fillRect(QRectF(box.left(), box.top(), 2, box.height()), color)
        else:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            middle, reach = box.center(), 4.5
            shape = [(0, -reach), (reach, 0), (0, reach), (-reach, 0)]
            painter.drawPolygon(QPolygonF([QPointF(middle.x() + x, middle.y() + y) for x, y in shape]))
        shifted = QStyleOptionViewItem(option)
        shifted.rect = option.rect.adjusted(theme.px(16), 0, 0, 0)
        super().paint_content(painter, shifted, index)

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: AnyIndex) -> QWidget:
        choices = self._choices(index)
        if not choices:
            editor = self._phrase_field(parent, index) or super().createEditor(parent, option, index)
            editor.setAccessibleName(str(index.model().headerData(index.column(), Qt.Orientation.Horizontal)))
            return editor
        box = QComboBox(parent)
        for value, words in choices:
            box.addItem(words, value)
        return box

    def _phrase_field(self, parent: QWidget, index: AnyIndex) -> PhraseField | None:
        """For the two phrases a field that offers those of the checkpoint."""
        if index.column() not in (SAID, SHOULD):
            return None
        field, column, row = PhraseField("", matching, parent), index.column(), index.data(ROW_ROLE)

        def give(said: list[str], should: list[str]) -> None:
            field.set_phrases(said if column == SAID else should)

        self.phrases.ask(row.checkpoint_code, field, give)
        return field

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """An open list of phrases has Tab, Enter, Esc and the arrows before they end the editing."""
        if (
            isinstance(watched, PhraseField)
            and event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and watched.press_list(event)
        ):
            return True
        return super().eventFilter(watched, event)

    def _choices(self, index: AnyIndex) -> list[tuple[int, str]]:
        model = index.model()
        assert isinstance(model, AnnotationModel)
        row: AnnotationRow = index.data(ROW_ROLE)
        if index.column() == KIND:
            kinds = model.kinds.values()
            return [(kind.id, kind.name) for kind in kinds if kind.active or kind.id == row.kind_id]
        if index.column() == SIGN:
            return [(0, "–"), (1, f"{PLUS} {sign_word(1)}"), (-1, f"{MINUS} {sign_word(-1)}")]
        if index.column() == POINT:
            own = {row.checkpoint_id: row.checkpoint} if row.checkpoint_id else {}
            return [(0, _("No checkpoint")), *({**own, **model.points}).items()]
        return []

    def setEditorData(self, editor: QWidget, index: AnyIndex) -> None:
        if isinstance(editor, QComboBox):
            editor.setCurrentIndex(max(editor.findData(index.data(Qt.ItemDataRole.EditRole)), 0))
        else:
            super().setEditorData(editor, index)

    def setModelData(self, editor: QWidget, model: object, index: AnyIndex) -> None:
        if isinstance(editor, QComboBox) and isinstance(model, AnnotationModel):
            model.setData(index, editor.currentData())
        else:
            super().setModelData(editor, model, index)  # type: ignore[arg-type]


class AnnotationTable(TableView):
    """Several rows may be chosen; the current one is the one on the timeline. GUI thread only."""

    chosen = Signal(object)  # annotation id or None
    play_asked = Signal(int)
    text_asked = Signal(int)  # annotation id: its text is to be written
    filtered = Signal()
    left = Signal()  # Esc: back to where one worked
    text_editor_closed = Signal(bool)  # whether by Enter

    def __init__(self, desk: Desk, session: ReviewSession, parent: QWidget | None = None) -> None:
        super().__init__("review.annotations", desk, row_height=26, parent=parent)
        self.session = session
        self.fill_menu: Callable[[QMenu], None] = lambda _menu: None
        self._follows = True  # whether a new current row is told
        self.model_ = AnnotationModel(session.change_annotation, self)
        self.setModel(self.model_)
        self.phrases = PhraseSource(desk, self)
        self.setItemDelegate(KindDelegate(self.phrases, self))
        self.set_columns(
            (
                Column("time", 68, fixed=True),
                Column("length", 66),
                Column("sign", 34),
                Column("kind", 140),
                Column("text", 0, fixed=True),
                Column("checkpoint", 160),
                Column("said", 160, visible=False),
                Column("should", 160, visible=False),
                Column("author", 110, visible=False),
                Column("made", 110, visible=False),
            )
        )
        self.setSortingEnabled(True)
        self.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self.horizontalHeader().setSortIndicatorShown(False)  # the arrow stands after the word
        self.clicked.connect(self._clicked)
        self.opened.connect(self._opened)
        self.menu_wanted.connect(lambda menu: self.fill_menu(menu))
        self.itemDelegate().closeEditor.connect(self._editor_closed)
        session.opened.connect(self._another_call)
        session.card_changed.connect(self.refresh)
        session.annotations_changed.connect(self.refresh)
        self.setAccessibleName(_("Annotations of the call"))

    def _another_call(self) -> None:
        self.phrases.forget()
        self.model_.filter = ListFilter()
        self.refresh()
        self.filtered.emit()

    def set_filter(self, wanted: ListFilter) -> None:
        """List only what fits."""
        if wanted != self.model_.filter:
            self.model_.filter = wanted
            self.refresh()
            self.filtered.emit()

    def refresh(self) -> None:
        """Show the session's annotations; what was chosen stays chosen."""
        chosen, current = set(self.chosen_ids()), self.current_id()
        card = self.session.card
        self.model_.zone = self._desk.rules.zone
        points = {point.id: point.text for point in card.checkpoints if point.id} if card else {}
        self._follows = False
        self.model_.set_rows(self.session.annotations, self.session.kinds, points)
        if current is not None:
            self.show_current(current)
        self._select(chosen)
        self._follows = True

    def _select(self, ids: set[int]) -> None:
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        for number, row in enumerate(self.model_.rows):
            if row.id in ids:
                self.selectionModel().select(self.model_.index(number, 0), flags)

    def current_id(self) -> int | None:
        index = self.currentIndex()
        row = index.data(ROW_ROLE) if index.isValid() else None
        return row.id if isinstance(row, AnnotationRow) else None

    def chosen_rows(self) -> list[AnnotationRow]:
        """The selected annotations from top to bottom."""
        return [self.model_.rows[number] for number in self.selected_rows() if number < len(self.model_.rows)]

    def chosen_ids(self) -> list[int]:
        return [row.id for row in self.chosen_rows()]

    def show_current(self, annotation_id: int | None) -> None:
        """Make one annotation the only chosen one, or none."""
        number = self.model_.row_of(annotation_id) if annotation_id is not None else -1
        follows, self._follows = self._follows, False
        if number < 0:
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())
        elif not (annotation_id == self.current_id() and annotation_id in self.chosen_ids()):
            self.selectRow(number)
            self.scrollTo(self.model_.index(number, TEXT))
        self._follows = follows

    def currentChanged(self, current: AnyIndex, previous: AnyIndex) -> None:
        """By the arrow keys the timeline follows."""
        super().currentChanged(current, previous)
        row = current.data(ROW_ROLE) if current.isValid() else None
        if self._follows and self.hasFocus() and isinstance(row, AnnotationRow):
            self.chosen.emit(row.id)

    def edit_text(self, annotation_id: int) -> None:
        """Open the text of an annotation for writing; a filter that hides it is lifted."""
        if self.model_.row_of(annotation_id) < 0:
            self.set_filter(ListFilter())
        number = self.model_.row_of(annotation_id)
        if number >= 0:
            self.show_current(annotation_id)
            self.setFocus()
            self.edit(self.model_.index(number, TEXT))

    def copy_as_text(self) -> None:
        """The chosen annotations (all, when none is) as lines for a messenger."""
        QGuiApplication.clipboard().setText(self.model_.as_text(self.chosen_rows() or self.model_.rows))

    def _clicked(self, index: QModelIndex) -> None:
        held = QGuiApplication.keyboardModifiers()
        if held & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier):
            return  # one more for the selection
        row: AnnotationRow = index.data(ROW_ROLE)
        self.chosen.emit(row.id)
        self.play_asked.emit(row.start_ms)

    def _opened(self, index: QModelIndex) -> None:
        if self.state() == QAbstractItemView.State.EditingState:
            return  # Enter ends the editing and then comes here
        row: AnnotationRow = index.data(ROW_ROLE)
        if index.column() != TEXT and self.model_.flags(index) & Qt.ItemFlag.ItemIsEditable:
            self.edit(index)
        else:
            self.text_asked.emit(row.id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        current = self.current_id()
        if enter and current is not None and self.state() != QAbstractItemView.State.EditingState:
            self.text_asked.emit(current)
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def _editor_closed(self, _editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:
        self.text_editor_closed.emit(hint == QAbstractItemDelegate.EndEditHint.SubmitModelCache)
