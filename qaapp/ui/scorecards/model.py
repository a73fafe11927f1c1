"""A card as rows of a table: section heads and checkpoints, with what differs from the revision in force."""

from __future__ import annotations

from enum import IntEnum

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from qaapp.i18n import _
from qaapp.scorecards.model import Card, CheckpointSpec, SectionSpec
from qaapp.ui import theme
from qaapp.ui.scorecards.editing import Place, places

AnyIndex = QModelIndex | QPersistentModelIndex
IS_SECTION = Qt.ItemDataRole.UserRole


class Column(IntEnum):
    CODE = 0
    TEXT = 1
    WEIGHT = 2
    CRITICAL = 3
    CHANGED = 4


class CardModel(QAbstractTableModel):
    """Rows of one card. ``text_edited(place, text)`` when a name was typed in its row."""

    text_edited = Signal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._card: Card | None = None
        self._in_force: dict[str, CheckpointSpec] = {}
        self._has_published = False
        self._places: list[Place] = []

    def show(self, card: Card | None, published: Card | None) -> None:
        """Show ``card``; ``published`` is what its draft is compared with."""
        self.beginResetModel()
        self._card = card
        self._has_published = published is not None
        self._in_force = {point.code: point for point in published.checkpoints} if published else {}
        self._places = places(card.sections) if card else []
        self.endResetModel()

    def place(self, row: int) -> Place | None:
        return self._places[row] if 0 <= row < len(self._places) else None

    def row_of(self, place: Place) -> int:
        return self._places.index(place) if place in self._places else -1

    def section(self, place: Place) -> SectionSpec:
        assert self._card is not None
        return self._card.sections[place[0]]

    def checkpoint(self, place: Place) -> CheckpointSpec | None:
        return None if place[1] is None else self.section(place).checkpoints[place[1]]

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._places)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(Column)

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() == Column.TEXT else flags

    def setData(self, index: AnyIndex, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        place = self.place(index.row())
        if place is None or role != Qt.ItemDataRole.EditRole:
            return False
        if str(value).strip() != self.data(index, role):
            self.text_edited.emit(place, str(value).strip())
        return True

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        place = self.place(index.row())
        if place is None:
            return None
        point, section = self.checkpoint(place), self.section(place)
        if role == IS_SECTION:
            return point is None
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == Column.WEIGHT:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return (
                _section_cell(section, index.column()) if point is None else self._cell(point, index.column())
            )
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == Column.TEXT:
            return (section.script if point is None else point.hint) or None
        return None

    def _cell(self, point: CheckpointSpec, column: int) -> str:
        match column:
            case Column.CODE:
                return point.code
            case Column.TEXT:
                return point.text
            case Column.WEIGHT:
                return str(point.weight)
            case Column.CRITICAL:
                return _("critical") if point.critical else ""
            case _:
                return self._changed(point)

    def _changed(self, point: CheckpointSpec) -> str:
        if not self._has_published:
            return ""
        before = self._in_force.get(point.code)
        if before is None:
            return _("new")
        if before.weight != point.weight:
            return _("weight was {weight}").format(weight=before.weight)
        if before.critical != point.critical:
            return _("was critical") if before.critical else _("became critical")
        if before.text != point.text:
            return _("reworded")
        return _("hint changed") if before.hint != point.hint else ""

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            right = section == Column.WEIGHT
            side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.DisplayRole:
            return [_("Code"), _("Checkpoint"), _("Weight"), _("Critical"), _("Changed")][section]
        return None


def _section_cell(section: SectionSpec, column: int) -> str:
    if column == Column.CODE:
        return ""
    if column == Column.TEXT:
        return section.name
    if column == Column.WEIGHT:
        return str(sum(point.weight for point in section.checkpoints))
    return ""


class CardDelegate(QStyledItemDelegate):
    """Section heads as headings above a hairline, checkpoints with their code in grey and a weight above 1 in bold."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: AnyIndex) -> QSize:
        return QSize(60, theme.px(33))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        rect: QRect = option.rect
        state = option.state
        is_section = bool(index.data(IS_SECTION))
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, theme.color("selection"))
            if index.column() == 0:
                painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), theme.color("ring"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, theme.color("hover"))
        if is_section and index.row() > 0:
            painter.setPen(theme.color("hairline"))
            painter.drawLine(rect.topLeft(), rect.topRight())
        column = index.column()
        text = str(index.data() or "")
        if is_section:
            painter.setFont(theme.font("small", weight=600, tabular=column == Column.WEIGHT))
            painter.setPen(theme.color("ink_2"))
        elif column == Column.CODE:
            painter.setFont(theme.literal_font("body"))
            painter.setPen(theme.color("ink_3"))
        elif column == Column.CHANGED:
            painter.setFont(theme.font("small"))
            painter.setPen(theme.color("accent_text"))
        else:
            heavy = column == Column.WEIGHT and text not in ("1", "0")
            painter.setFont(
                theme.font("body", tabular=column == Column.WEIGHT, weight=600 if heavy else None)
            )
            painter.setPen(theme.color("ink"))
        left = 16 if column == 0 else 8
        inner = rect.adjusted(left, 0, -8, 0)
        side = Qt.AlignmentFlag.AlignRight if column == Column.WEIGHT else Qt.AlignmentFlag.AlignLeft
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, int(side | Qt.AlignmentFlag.AlignVCenter), shown)
        painter.restore()

    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem, _index: AnyIndex) -> QWidget:
        editor = QLineEdit(parent)
        editor.setMaxLength(400)
        return editor
