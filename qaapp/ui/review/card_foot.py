"""Below the checkpoints: pluses, minuses, note and outcome; then what is left and the button that submits."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QVBoxLayout,
    QWidget,
)

from qaapp.i18n import _
from qaapp.scorecards.evaluations import EvaluationRow, OutcomeRow
from qaapp.ui import theme
from qaapp.ui.widgets.buttons import Button
from qaapp.ui.widgets.labels import Hairline, Label

TEXTS = ("pluses", "minuses", "comment")


class TextField(QLineEdit):
    """A quiet line; its border shows under the pointer and with the cursor."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "inline")


class ElidedCombo(QComboBox):
    """Its words end in “…” where there is no room for them; the tip has all of them."""

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        room = field.width() - theme.px(8)
        option.currentText = self.fontMetrics().elidedText(
            self.currentText(), Qt.TextElideMode.ElideRight, room
        )
        self.setToolTip(self.currentText() if option.currentText != self.currentText() else "")
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)


class CardFoot(QWidget):
    """Fields in rows of one line; ``set_low`` folds the texts into a button, ``set_roomy`` opens them wide."""

    text_edited = Signal(str, str)  # pluses, minuses or comment; text
    outcome_chosen = Signal(object)  # id or None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_low = False
        self._is_unfolded = False
        self._is_roomy = False
        self.fields: dict[str, TextField] = {}
        self.areas: dict[str, QPlainTextEdit] = {}
        self.labels: dict[str, Label] = {}
        self.holders: dict[str, QWidget] = {}
        self.lines: list[Hairline] = []
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setSpacing(0)
        self.grid.setColumnMinimumWidth(0, theme.px(80))
        self.grid.setColumnStretch(1, 1)
        for number, name in enumerate(TEXTS):
            self._add_text(number, name)
        self.outcome = ElidedCombo()
        self.outcome.setProperty("kind", "inline")
        self.outcome.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.outcome.activated.connect(lambda _at: self.outcome_chosen.emit(self.outcome.currentData()))
        self.unfold = Button("", "quiet")
        self.unfold.clicked.connect(self._toggle)
        row = QHBoxLayout()
        row.setContentsMargins(0, 2, 16, 2)
        row.setSpacing(4)
        row.addWidget(self.outcome, 1)
        row.addWidget(self.unfold)
        self.labels["outcome"] = Label("", "body", "ink_2")
        self.labels["outcome"].setContentsMargins(16, 0, 8, 0)
        line = Hairline()
        self.lines.append(line)
        self.grid.addWidget(line, 2 * len(TEXTS), 0, 1, 2)
        self.grid.addWidget(self.labels["outcome"], 2 * len(TEXTS) + 1, 0)
        self.grid.addLayout(row, 2 * len(TEXTS) + 1, 1)
        self.retranslate()

    def _add_text(self, number: int, name: str) -> None:
        field, area = TextField(), QPlainTextEdit()
        field.textEdited.connect(lambda text, name=name: self.text_edited.emit(name, text))
        area.textChanged.connect(lambda name=name, area=area: self._area_changed(name, area))
        area.setTabChangesFocus(True)
        area.hide()
        self.fields[name], self.areas[name] = field, area
        label = Label("", "body", "ink_2")
        label.setContentsMargins(16, 0, 8, 0)
        self.labels[name] = label
        line = Hairline()
        self.lines.append(line)
        holder = QWidget()
        inner = QHBoxLayout(holder)
        inner.setContentsMargins(0, 1, 8, 1)
        inner.addWidget(field)
        inner.addWidget(area)
        self.grid.addWidget(line, 2 * number, 0, 1, 2)
        self.grid.addWidget(label, 2 * number + 1, 0)
        self.grid.addWidget(holder, 2 * number + 1, 1)
        self.holders[name] = holder

    def _area_changed(self, name: str, area: QPlainTextEdit) -> None:
        if area.hasFocus():
            self.text_edited.emit(name, area.toPlainText())

    def retranslate(self) -> None:
        names = {
            "pluses": _("Pluses"),
            "minuses": _("Minuses"),
            "comment": _("Note"),
            "outcome": _("Outcome"),
        }
        for key, text in names.items():
            self.labels[key].setText(text)
        for key in TEXTS:
            self.fields[key].setAccessibleName(names[key])
            self.areas[key].setAccessibleName(names[key])
        self.outcome.setAccessibleName(names["outcome"])
        self._arrange()

    def set_outcomes(self, outcomes: Sequence[OutcomeRow]) -> None:
        self.outcome.clear()
        self.outcome.addItem(_("not chosen"), None)
        for outcome in outcomes:
            self.outcome.addItem(outcome.name, outcome.id)

    def show_evaluation(self, evaluation: EvaluationRow | None, enabled: bool) -> None:
        """Fill the fields; one that is being typed in is left alone."""
        for name in TEXTS:
            text = getattr(evaluation, name) if evaluation is not None else ""
            field, area = self.fields[name], self.areas[name]
            if not field.hasFocus() and field.text() != text:
                field.setText(text)
                field.setCursorPosition(0)
            if not area.hasFocus() and area.toPlainText() != text:
                area.setPlainText(text)
            field.setReadOnly(not enabled)
            area.setReadOnly(not enabled)
            field.setToolTip(text)
        at = self.outcome.findData(evaluation.outcome_id if evaluation is not None else None)
        self.outcome.setCurrentIndex(max(at, 0))
        self.outcome.setEnabled(enabled)
        self._tell_folded()

    # --- by size -------------------------------------------------------------------------------------------------

    def set_low(self, is_low: bool) -> None:
        """A low window: texts fold into the outcome's line."""
        if is_low != self._is_low:
            self._is_low = is_low
            self._is_unfolded = False
            self._arrange()

    def set_roomy(self, is_roomy: bool) -> None:
        """Without a card the texts get the pane."""
        if is_roomy != self._is_roomy:
            self._is_roomy = is_roomy
            self._arrange()

    def _toggle(self) -> None:
        self._is_unfolded = not self._is_unfolded
        self._arrange()
        if self._is_unfolded:
            self.fields["pluses"].setFocus()

    def _arrange(self) -> None:
        folded = self._is_low and not self._is_unfolded and not self._is_roomy
        for number, name in enumerate(TEXTS):
            is_shown = not folded and (name != "comment" or self._is_roomy)
            for widget in (self.holders[name], self.labels[name], self.lines[number]):
                widget.setVisible(is_shown)
            self.fields[name].setVisible(not self._is_roomy)
            self.areas[name].setVisible(self._is_roomy)
            self.grid.setRowStretch(2 * number + 1, 1 if self._is_roomy else 0)
        self.unfold.setVisible(self._is_low and not self._is_roomy)
        self._tell_folded()

    def _tell_folded(self) -> None:
        pluses, minuses = (int(bool(self.fields[name].text())) for name in ("pluses", "minuses"))
        words = _("Pluses {pluses} · Minuses {minuses}").format(pluses=pluses, minuses=minuses)
        self.unfold.setText(f"+{pluses} −{minuses}" if theme.text_scale() > 120 else words)
        self.unfold.setToolTip(words)
        self.unfold.setAccessibleName(words)


class SubmitBar(QWidget):
    """What is left to do, and the one primary button of the screen."""

    submit_asked = Signal()
    amend_asked = Signal()
    copy_asked = Signal()

    def __init__(self, submit_key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.left = Label("", "body", "ink_2", wrap=True)
        self.copy = Button("", "flat", icon="copy", small=True)
        self.submit = Button("", "primary", key=submit_key)
        self.amend = Button("")
        self.submit.clicked.connect(self.submit_asked)
        self.amend.clicked.connect(self.amend_asked)
        self.copy.clicked.connect(self.copy_asked)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(Hairline())
        row = QHBoxLayout()
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(8)
        row.addWidget(self.left, 1)
        row.addWidget(self.copy)
        row.addWidget(self.amend)
        row.addWidget(self.submit)
        box.addLayout(row)
        self.retranslate()

    def retranslate(self) -> None:
        self.submit.setText(_("Submit and next"))
        self.amend.setText(_("Amend"))
        self.copy.setToolTip(_("Copy as text"))
        self.copy.setAccessibleName(_("Copy as text"))

    def show_state(self, text: str, *, submitted: bool, can_copy: bool, warn: bool = False) -> None:
        self.left.setText(text)
        self.left.set_tone("red_text" if warn else "ink_2")
        self.submit.setVisible(not submitted)
        self.amend.setVisible(submitted)
        self.copy.setVisible(can_copy)
