"""Annotations of all calls as a table."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt

from qaapp import i18n
from qaapp.calls.annotation_labels import sign_text, sign_word
from qaapp.calls.annotation_search import FoundAnnotation
from qaapp.i18n import N_, _
from qaapp.ui import theme
from qaapp.ui.archive.paged_model import HIT_ROLE, PagedModel
from qaapp.ui.review.annotation_model import full_text
from qaapp.ui.widgets.tables import INK_ROLE, AnyIndex, Column

COLUMNS = (
    Column("call", 136, fixed=True), Column("manager", 120), Column("at", 64), Column("sign", 34), Column("kind", 116),
    Column("text", 0, fixed=True), Column("checkpoint", 150), Column("author", 110), Column("made", 120, visible=False),
    Column("customer", 150, visible=False),
)  # fmt: skip
HEADS = (
    N_("Call"), N_("Manager"), N_("At"), "±", N_("Kind"), N_("Annotation"), N_("Checkpoint"), N_("Author"), N_("Made"),
    N_("Number"),
)  # fmt: skip
CALL, MANAGER, AT, SIGN, KIND, TEXT, POINT, AUTHOR, MADE, CUSTOMER = range(10)


class FoundModel(PagedModel):
    """Rows are ``FoundAnnotation``. GUI thread only."""

    heads = HEADS
    right = AT

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        spoken = (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole)
        if orientation == Qt.Orientation.Horizontal and section == SIGN and role in spoken:
            return _("Plus or minus")
        return super().headerData(section, orientation, role)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        hit, column = self.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(hit, column)
        if role == Qt.ItemDataRole.ToolTipRole and column in (TEXT, POINT, MANAGER):
            return self._text(hit, column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(hit) if column == CALL else self._text(hit, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.side(column)
        if role == Qt.ItemDataRole.FontRole and column in (CALL, AT):
            return theme.font("body", tabular=True)
        if role == INK_ROLE:
            return "ink_2" if column in (POINT, AUTHOR, MADE, CUSTOMER) else None
        return hit if role == HIT_ROLE else None

    def _text(self, hit: FoundAnnotation, column: int) -> str:
        note = hit.annotation
        if column == CALL:
            return i18n.moment(hit.started_at, self.zone)
        if column == MADE:
            return i18n.moment(note.created_at, self.zone)
        if column == CUSTOMER:
            return i18n.mask_phone(hit.customer_number) if self.mask else i18n.phone(hit.customer_number)
        return {
            MANAGER: hit.manager or _("Not assigned"), AT: i18n.duration(note.start_ms / 1000),
            SIGN: sign_text(note.sign), KIND: hit.kind.name, TEXT: full_text(note), POINT: note.checkpoint or "–",
            AUTHOR: note.author,
        }[column]  # fmt: skip

    def _spoken(self, hit: FoundAnnotation) -> str:
        """A whole hit for a screen reader."""
        note = hit.annotation
        parts = (
            i18n.moment(hit.started_at, self.zone), hit.manager or _("Not assigned"),
            i18n.duration(note.start_ms / 1000), hit.kind.name, sign_word(note.sign), full_text(note), note.checkpoint,
        )  # fmt: skip
        return ", ".join(part for part in parts if part)
