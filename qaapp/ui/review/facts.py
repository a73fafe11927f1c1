"""The tabs *Speech* and *History* of the open call, and the line of figures beside the tabs."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from qaapp import i18n
from qaapp.audio.speech import SpeechMap
from qaapp.i18n import _, ngettext
from qaapp.scorecards import scoring
from qaapp.scorecards.evaluations import EvaluationRow
from qaapp.scorecards.scoring import Limits
from qaapp.ui import lights
from qaapp.ui.widgets.labels import Label
from qaapp.words import EvaluationState


def summary(speech: SpeechMap | None) -> str:
    """“manager speaks 56 % · pauses ≥ 3 s: 2, 0:09 in all · interruptions: 1”; "" for a mono recording."""
    if speech is None:
        return ""
    figures = speech.figures
    parts = []
    if figures.talk_share is not None:
        parts.append(_("manager speaks {share}").format(share=i18n.percent(figures.talk_share * 100)))
    long = speech.silences
    if long:
        total = sum(part.end_ms - part.start_ms for part in long)
        parts.append(
            _("pauses ≥ {seconds} s: {n}, {time} in all").format(
                seconds=i18n.decimal(speech.thresholds.silence_ms / 1000),
                n=len(long),
                time=i18n.duration(total / 1000),
            )
        )
    parts.append(_("interruptions: {n}").format(n=figures.interruptions_by_manager))
    return " · ".join(parts)


def speech_rows(speech: SpeechMap) -> list[tuple[str, str]]:
    """Names and figures of the speech map."""
    figures = speech.figures

    def share(value: float | None) -> str:
        return i18n.percent(value * 100) if value is not None else "–"

    def seconds(ms: int | None) -> str:
        return _("{seconds} s").format(seconds=i18n.decimal(ms / 1000)) if ms is not None else "–"

    return [
        (_("Manager's share of the talk"), share(figures.talk_share)),
        (_("Manager speaks, of the call"), share(figures.talk_of_call)),
        (_("Customer speaks, of the call"), share(figures.customer_of_call)),
        (_("Silence, of the call"), share(figures.silence_of_call)),
        (_("Longest silence"), seconds(figures.longest_silence_ms)),
        (_("Both speak at once"), seconds(figures.overtalk_ms)),
        (_("Manager interrupts"), str(figures.interruptions_by_manager)),
        (_("Customer interrupts"), str(figures.interruptions_by_customer)),
        (_("Longest monologue of the manager"), i18n.duration(figures.longest_manager_ms / 1000)),
        (_("Longest monologue of the customer"), i18n.duration(figures.longest_customer_ms / 1000)),
        (_("Manager answers after (median)"), seconds(figures.manager_response_ms)),
        (
            _("Turns a minute"),
            i18n.decimal(figures.turns_per_minute) if figures.turns_per_minute is not None else "–",
        ),
    ]


def made_by(speech: SpeechMap) -> str:
    """Which detector found the speech, and what counts: figures say nothing without it."""
    kept = speech.thresholds
    return _(
        "Found by the detector {detector}. Silence from {silence} s, both at once from {overtalk} s, an interruption "
        "overlaps {interruption} s or more."
    ).format(
        detector=speech.detector, silence=i18n.decimal(kept.silence_ms / 1000),
        overtalk=i18n.decimal(kept.overtalk_ms / 1000), interruption=i18n.decimal(kept.interruption_ms / 1000),
    )  # fmt: skip


class SpeechTab(QWidget):
    """Figures in two columns."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.note = Label("", "body", "ink_2", wrap=True)
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(24)
        self.grid.setVerticalSpacing(6)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 12, 16, 12)
        box.addWidget(self.note)
        box.addLayout(self.grid)
        box.addStretch()

    def show_speech(self, speech: SpeechMap | None, reason: str) -> None:
        """The figures, or why there are none."""
        while (item := self.grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.note.setText(reason if speech is None else made_by(speech))
        rows = speech_rows(speech) if speech is not None else []
        half = (len(rows) + 1) // 2
        for number, (name, value) in enumerate(rows):
            column = 0 if number < half else 2
            self.grid.addWidget(Label(name, "body", "ink_2", wrap=True), number % half, column)
            figure = Label(value, "strong", tabular=True, selectable=True)
            figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.grid.addWidget(figure, number % half, column + 1)
        self.grid.setColumnStretch(0, 3)
        self.grid.setColumnStretch(2, 3)


class HistoryTab(QWidget):
    """Every version of every evaluation of the call, newest first; earlier versions stay readable."""

    text_asked = Signal(int)  # evaluation id

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = QVBoxLayout()
        self.rows.setSpacing(8)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 12, 16, 12)
        box.addLayout(self.rows)
        box.addStretch()

    def show_history(self, history: tuple[EvaluationRow, ...], limits: Limits, zone: object) -> None:
        while (item := self.rows.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        submitted = [row for row in history if row.submitted_at is not None]
        if not submitted:
            self.rows.addWidget(Label(_("Nobody has submitted an evaluation of this call."), "body", "ink_2"))
        for row in sorted(submitted, key=lambda row: row.submitted_at or row.started_at, reverse=True):
            self.rows.addWidget(self._line(row, limits, zone))

    def _line(self, row: EvaluationRow, limits: Limits, zone: object) -> QWidget:
        holder = QWidget()
        line = QHBoxLayout(holder)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        if row.revision_id is not None:
            line.addWidget(lights.Light(scoring.call_band(row.score, limits)))
            line.addWidget(Label(scoring.percent_text(row.score.fraction, limits), "strong"))
        else:
            line.addWidget(Label(_("Short review"), "strong"))
        assert row.submitted_at is not None
        words = [row.reviewer, i18n.moment(row.submitted_at, zone)]  # type: ignore[arg-type]
        words.append(i18n.word(row.origin))
        if row.version > 1:
            words.append(_("version {n}").format(n=row.version))
        if not row.is_current:
            words.append(_("replaced by a newer version"))
        if row.state is not EvaluationState.SUBMITTED:
            words.append(i18n.word(row.state))
        line.addWidget(Label(" · ".join(words), "body", "ink_2", selectable=True), 1)
        if row.heard is not None and row.heard.percent is not None:
            text = _("heard {share}").format(share=i18n.percent(row.heard.percent))
            heard = Label(
                text, "strong" if row.heard.is_low else "body", "ink" if row.heard.is_low else "ink_2"
            )
            if row.heard.is_low:
                heard.setToolTip(
                    _("Scored after hearing {share} of the call").format(
                        share=i18n.percent(row.heard.percent)
                    )
                )
            line.addWidget(heard)
        return holder


def marks_text(n: int) -> str:
    """Title of the tab of annotations, for screen readers."""
    return ngettext("{n} annotation", "{n} annotations", n).format(n=n)
