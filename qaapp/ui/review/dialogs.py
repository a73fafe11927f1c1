"""The few questions Review asks: why a call is skipped, where to go, what is kept in the archive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from qaapp import i18n
from qaapp.i18n import _
from qaapp.ui import theme
from qaapp.ui.review.annotation_model import parse_time
from qaapp.ui.widgets.buttons import Button
from qaapp.ui.widgets.combos import OpenCombo
from qaapp.ui.widgets.labels import Label
from qaapp.ui.widgets.segmented import Segmented
from qaapp.words import Verdict


class Question(QDialog):
    """Title = question, the verb on the button, Enter answers, Esc leaves."""

    def __init__(self, question: str, verb: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(question)
        self.box = QVBoxLayout(self)
        self.box.setContentsMargins(16, 16, 16, 16)
        self.box.setSpacing(10)
        self.box.addWidget(Label(question, "title", wrap=True))
        self.problem = Label("", "small", "red_text", wrap=True)
        self.problem.hide()
        self.ok = Button(verb, "primary", key="Enter")
        self.ok.setDefault(True)
        self.ok.clicked.connect(self.accept)
        self.no = Button(_("Cancel"))
        self.no.clicked.connect(self.reject)
        self.setMinimumWidth(theme.px(380))

    def finish(self) -> None:
        """Add the buttons below what the sub-class put in."""
        self.box.addWidget(self.problem)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self.no)
        row.addWidget(self.ok)
        self.box.addLayout(row)

    def refuse(self, sentence: str) -> None:
        """Say what is wrong and stay."""
        self.problem.setText(sentence)
        self.problem.show()


class ReasonDialog(Question):
    """Why a drawn call is left out; the reason is kept with the draw."""

    def __init__(self, question: str, verb: str, parent: QWidget | None = None) -> None:
        super().__init__(question, verb, parent)
        self.reason = OpenCombo()
        for text in (
            _("Not a conversation"),
            _("Wrong number"),
            _("Recording is damaged"),
            _("Personal call"),
            _("Already discussed"),
        ):
            self.reason.addItem(text)
        self.reason.setCurrentText("")
        self.reason.setAccessibleName(_("Reason"))
        self.box.addWidget(Label(_("Reason"), "small", "ink_2"))
        self.box.addWidget(self.reason)
        self.finish()
        self.reason.setFocus()

    def text(self) -> str:
        return self.reason.currentText().strip()

    def accept(self) -> None:
        if not self.text():
            self.refuse(_("Say in a word why."))
            return
        super().accept()


class TimeDialog(Question):
    """Go to a time: 2:07, 2:07.4 or seconds."""

    def __init__(self, now_ms: float, duration_ms: float, parent: QWidget | None = None) -> None:
        super().__init__(_("Go to a time"), _("Go"), parent)
        self._duration = duration_ms
        self.field = QLineEdit(i18n.duration(now_ms / 1000))
        self.field.setAccessibleName(_("Time"))
        self.field.selectAll()
        self.box.addWidget(self.field)
        self.finish()
        self.field.setFocus()

    def ms(self) -> int | None:
        return parse_time(self.field.text())

    def accept(self) -> None:
        found = self.ms()
        if found is None:
            self.refuse(_("Write a time like 2:07."))
        elif found > self._duration:
            self.refuse(_("The call ends at {time}.").format(time=i18n.duration(self._duration / 1000)))
        else:
            super().accept()


@dataclass(frozen=True)
class ArchiveWish:
    """What the archive shall keep; ``whole_call`` False: the selected stretch."""

    verdict: Verdict
    stage: str
    reason: str
    whole_call: bool


class ArchiveDialog(Question):
    """Best or worst, of which stage, why; the whole call or the selected stretch."""

    def __init__(
        self, stages: Sequence[str], region: tuple[float, float] | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(_("Keep in the archive as"), _("Keep"), parent)
        self.verdict = Segmented(
            [(str(Verdict.BEST), _("Best example")), (str(Verdict.WORST), _("Worst example"))], _("Kind")
        )
        self.box.addWidget(self.verdict)
        self.span = Segmented([("call", _("Whole call"))], _("Stretch"))
        if region is not None:
            told = "–".join(i18n.duration(ms / 1000) for ms in region)
            self.span.set_options([("region", told), ("call", _("Whole call"))])
            self.span.set_current("region")
        self.box.addWidget(self.span)
        self.stage = OpenCombo()
        self.stage.addItems(list(dict.fromkeys(stages)))
        self.stage.setCurrentText("")
        self.stage.setAccessibleName(_("Stage"))
        self.reason = QPlainTextEdit()
        self.reason.setTabChangesFocus(True)
        self.reason.setFixedHeight(theme.px(76))
        self.reason.setAccessibleName(_("Reason"))
        for name, widget in ((_("Stage"), self.stage), (_("Why it is an example"), self.reason)):
            self.box.addWidget(Label(name, "small", "ink_2"))
            self.box.addWidget(widget)
        self.finish()
        self.stage.setFocus(Qt.FocusReason.OtherFocusReason)

    def wish(self) -> ArchiveWish:
        return ArchiveWish(
            Verdict(self.verdict.current()),
            self.stage.currentText().strip(),
            self.reason.toPlainText().strip(),
            self.span.current() == "call",
        )

    def accept(self) -> None:
        if not self.wish().stage:
            self.refuse(_("Choose or write the stage of the talk it shows."))
            return
        super().accept()
