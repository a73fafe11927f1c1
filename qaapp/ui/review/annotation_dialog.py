"""Everything about one annotation in one place: times, kind, sign, text, checkpoint, the two phrases, who and when."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLineEdit, QWidget

from qaapp import i18n
from qaapp.calls.annotation_labels import MINUS, PLUS, sign_word
from qaapp.calls.annotations import AnnotationRow
from qaapp.errors import QaappError
from qaapp.i18n import N_, _
from qaapp.scorecards.phrases import matching
from qaapp.ui import theme
from qaapp.ui.dialogs import Dialog
from qaapp.ui.review.annotation_model import parse_time
from qaapp.ui.review.phrase_source import PhraseSource
from qaapp.ui.review.session import ReviewSession
from qaapp.ui.widgets import Label, Segmented
from qaapp.ui.widgets.phrase_field import PhraseField


class AnnotationDialog(Dialog):
    """Saves into the session when it is accepted, as one step of undo."""

    def __init__(
        self, session: ReviewSession, row: AnnotationRow, phrases: PhraseSource, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent, _("Annotation"), _("Save"), self._take)
        self.setMinimumWidth(theme.px(520))
        self._row, self._session, self._phrases = row, session, phrases
        card = session.card.checkpoints if session.card is not None else ()
        points = [point for point in card if point.id]
        self._codes = {point.id: point.code for point in points}
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(10)
        self.grid.setVerticalSpacing(6)
        self.content.addLayout(self.grid)
        self.start = QLineEdit(i18n.duration(row.start_ms / 1000, tenths=True))
        end = i18n.duration(row.end_ms / 1000, tenths=True) if row.end_ms is not None else ""
        self.end = QLineEdit(end)
        self.end.setPlaceholderText(_("a point"))
        self.end.setAccessibleName(_("End"))
        times = QHBoxLayout()
        times.setSpacing(6)
        for part in (self.start, Label("–", tone="ink_2"), self.end):
            times.addWidget(part)
        times.addStretch(2)
        self._add(_("From – to"), self.start, times)
        self.kind = QComboBox()
        for kind in session.kinds:
            if kind.active or kind.id == row.kind_id:
                self.kind.addItem(kind.name, kind.id)
        self.kind.setCurrentIndex(max(self.kind.findData(row.kind_id), 0))
        self._add(_("Kind"), self.kind)
        signs = [("0", "–"), ("1", f"{PLUS} {sign_word(1)}"), ("-1", f"{MINUS} {sign_word(-1)}")]
        self.sign = Segmented(signs, _("Plus or minus"))
        self.sign.set_current(str(row.sign or 0))
        self._add(_("Plus or minus"), self.sign)
        self.text = QLineEdit(row.text)
        self._add(_("Text"), self.text)
        self.point = QComboBox()
        self.point.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.point.addItem(_("No checkpoint"), 0)
        if row.checkpoint_id and row.checkpoint_id not in self._codes:
            self.point.addItem(row.checkpoint, row.checkpoint_id)
            self._codes[row.checkpoint_id] = row.checkpoint_code
        for point in points:
            self.point.addItem(point.text, point.id)
        self.point.setCurrentIndex(max(self.point.findData(row.checkpoint_id or 0), 0))
        self.point.currentIndexChanged.connect(self._offer)
        self._add(_("Checkpoint"), self.point)
        self.said, self.should = PhraseField(row.said, matching), PhraseField(row.should_have_said, matching)
        self._add(_("Said"), self.said)
        self._add(_("Should have said"), self.should)
        zone = session.desk.rules.zone
        made = i18n.moment(row.created_at, zone, year=True)
        facts = _("{author}, {moment}").format(author=row.author or _("Author not known"), moment=made)
        if row.updated_at != row.created_at:
            facts += " · " + _("changed {moment}").format(moment=i18n.moment(row.updated_at, zone))
        self.content.addWidget(Label(facts, "small", "ink_2", wrap=True, selectable=True))
        self._offer()
        self.text.setFocus()
        self.text.selectAll()

    def _add(self, words: str, field: QWidget, layout: QHBoxLayout | None = None) -> None:
        label = Label(words, tone="ink_2")
        label.setBuddy(field)
        if not field.accessibleName():
            field.setAccessibleName(words)
        at = self.grid.rowCount()
        self.grid.addWidget(label, at, 0, Qt.AlignmentFlag.AlignRight)
        if layout is not None:
            self.grid.addLayout(layout, at, 1)
        else:
            self.grid.addWidget(field, at, 1)

    def _offer(self) -> None:
        """The phrases of the checkpoint that is chosen now."""

        def chosen() -> str:
            return self._codes.get(self.point.currentData() or 0, "")

        code = chosen()

        def give(said: list[str], should: list[str]) -> None:
            if chosen() == code:
                self.said.set_phrases(said)
                self.should.set_phrases(should)

        give([], [])
        self._phrases.ask(code, self, give)

    def edited(self) -> AnnotationRow:
        """The annotation as the fields say. Raises ``QaappError`` for a time that is none."""
        start, end = parse_time(self.start.text()), None
        if self.end.text().strip():
            end = parse_time(self.end.text())
            if end is None:
                start = None
        if start is None:
            raise QaappError(N_("This is not a time."), hint=N_("Write it as 1:23 or 83.5."))
        row = self._row
        if self.start.text() == i18n.duration(row.start_ms / 1000, tenths=True):
            start = row.start_ms  # shown in tenths, kept to the ms
        if row.end_ms is not None and self.end.text() == i18n.duration(row.end_ms / 1000, tenths=True):
            end = row.end_ms
        return replace(
            row, start_ms=start, end_ms=end, kind_id=self.kind.currentData(), sign=int(self.sign.current()) or None,
            text=self.text.text().strip(), checkpoint_id=self.point.currentData() or None,
            said=self.said.text().strip(), should_have_said=self.should.text().strip(),
        )  # fmt: skip

    def _take(self) -> None:
        if not self._session.change_annotation(self.edited()):
            raise QaappError(N_("The annotation could not be saved."))
