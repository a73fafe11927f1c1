"""The table under the timeline: sorted by a click on a head, edited in place, in step with the lanes."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QModelIndex, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPolygonF
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QMenu, QStyleOptionViewItem, QWidget

from qaapp.calls.annotations import AnnotationRow, KindRow
from qaapp.i18n import _
from qaapp.ui import theme
from qaapp.ui.desk import Desk
from qaapp.ui.review.annotation_model import KIND, KIND_ROLE, ROW_ROLE, TEXT, AnnotationModel
from qaapp.ui.review.card_model import AnyIndex
from qaapp.ui.review.session import ReviewSession
from qaapp.ui.widgets.tables import Column, RowDelegate, TableView


class KindDelegate(RowDelegate):
    """The kind with its mark as on the lanes: a bar with tint for a region, a diamond for a point."""

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
        if index.column() != KIND:
            return super().createEditor(parent, option, index)
        box = QComboBox(parent)
        model = index.model()
        assert isinstance(model, AnnotationModel)
        for kind in model.kinds.values():
            if kind.active or kind.id == index.data(Qt.ItemDataRole.EditRole):
                box.addItem(kind.name, kind.id)
        return box

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
    """GUI thread only."""

    chosen = Signal(int)  # annotation id
    play_asked = Signal(int)

    def __init__(self, desk: Desk, session: ReviewSession, parent: QWidget | None = None) -> None:
        super().__init__("review.annotations", desk, row_height=26, parent=parent)
        self.session = session
        self.model_ = AnnotationModel(session.change_annotation, self)
        self.setModel(self.model_)
        self.setItemDelegate(KindDelegate(self))
        self.setProperty("screenKeys", True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.set_columns(
            (
                Column("time", 68, fixed=True),
                Column("length", 66),
                Column("kind", 140),
                Column("text", 0, fixed=True),
                Column("checkpoint", 160),
            )
        )
        self.setSortingEnabled(True)
        self.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self.horizontalHeader().setSortIndicatorShown(False)  # the arrow stands after the word
        self.clicked.connect(self._clicked)
        self.opened.connect(self._opened)
        self.menu_wanted.connect(self._fill_menu)
        session.opened.connect(self.refresh)
        session.card_changed.connect(self.refresh)
        session.annotations_changed.connect(self.refresh)
        self.setAccessibleName(_("Annotations of the call"))

    def refresh(self) -> None:
        """Show the session's annotations; the chosen one stays chosen."""
        current = self.current_id()
        card = self.session.card
        points = {point.id: point.text for point in card.checkpoints if point.id} if card else {}
        self.model_.set_rows(self.session.annotations, self.session.kinds, points)
        if current is not None:
            self.show_current(current)

    def current_id(self) -> int | None:
        index = self.currentIndex()
        row = index.data(ROW_ROLE) if index.isValid() else None
        return row.id if isinstance(row, AnnotationRow) else None

    def show_current(self, annotation_id: int | None) -> None:
        number = self.model_.row_of(annotation_id) if annotation_id is not None else -1
        if number < 0:
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())
            return
        self.selectRow(number)
        self.scrollTo(self.model_.index(number, 0))

    def edit_text(self, annotation_id: int) -> None:
        """Open the text of an annotation for writing."""
        number = self.model_.row_of(annotation_id)
        if number >= 0:
            self.show_current(annotation_id)
            self.setFocus()
            self.edit(self.model_.index(number, TEXT))

    def _clicked(self, index: QModelIndex) -> None:
        row: AnnotationRow = index.data(ROW_ROLE)
        self.chosen.emit(row.id)
        self.play_asked.emit(row.start_ms)

    def _opened(self, index: QModelIndex) -> None:
        if self.state() == QAbstractItemView.State.EditingState:
            return  # Enter ends the editing and then comes here
        if self.model_.flags(index) & Qt.ItemFlag.ItemIsEditable:
            self.edit(index)

    def _fill_menu(self, menu: QMenu) -> None:
        current = self.current_id()
        if current is None:
            return
        menu.addAction(_("Edit the text"), lambda: self.edit_text(current))
        self._offer_checkpoint(menu, current)
        menu.addAction(_("Delete"), lambda: self.session.delete_annotation(current))

    def _offer_checkpoint(self, menu: QMenu, annotation_id: int) -> None:
        """Make the annotation evidence for the checkpoint that is worked on, or for none."""
        session = self.session
        row = next((row for row in session.annotations if row.id == annotation_id), None)
        text = self.model_.points.get(session.current_checkpoint or 0)
        if row is None:
            return
        if text is not None and row.checkpoint_id != session.current_checkpoint:
            changed = replace(row, checkpoint_id=session.current_checkpoint)
            menu.addAction(
                _("Evidence for “{checkpoint}”").format(checkpoint=text),
                lambda: session.change_annotation(changed),
            )
        if row.checkpoint_id is not None:
            cleared = replace(row, checkpoint_id=None)
            menu.addAction(_("No checkpoint"), lambda: session.change_annotation(cleared))
