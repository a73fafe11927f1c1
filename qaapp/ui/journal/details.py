"""The drawer beside the list: one call with its route, evaluations and everything its source said."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from qaapp import clock, i18n
from qaapp.errors import QaappError
from qaapp.i18n import _
from qaapp.journal.details import CallDetails, EvaluationBrief
from qaapp.journal.details import details as read_details
from qaapp.scorecards.scoring import Limits, Score, call_band, percent_text
from qaapp.ui import theme
from qaapp.ui.desk import Desk
from qaapp.ui.fetching import download_now
from qaapp.ui.journal.origins import can_download, deal_words, participant_words, remote_words
from qaapp.ui.journal.route import Route, reason_words, stops_of
from qaapp.ui.lights import Light
from qaapp.ui.widgets import Button, ErrorStrip, Hairline, Label, LoneButton
from qaapp.words import EvaluationState


class DetailsPane(QWidget):
    """Shows a ``CallDetails``. Emits what was asked for; the screen does it."""

    closed = Signal()
    review_asked = Signal(int)
    comment_edited = Signal(int, str)
    downloaded = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._details: CallDetails | None = None
        self.setMinimumWidth(theme.px(320))
        self._number = Label(role="title", selectable=True)
        self._copy = LoneButton("copy", "")
        self._copy.clicked.connect(self._copy_number)
        self._close = LoneButton("x", "")
        self._close.clicked.connect(self.closed)
        self.error = ErrorStrip()
        self.error.setContentsMargins(16, 0, 12, 0)
        self._meta = Label(role="small", tone="ink_2", wrap=True, selectable=True)
        self._review = Button(kind="primary", icon="headphones", key="Enter")
        self._review.clicked.connect(lambda: self._details and self.review_asked.emit(self._details.row.id))
        head = QHBoxLayout()
        head.setContentsMargins(16, 12, 12, 0)
        head.addWidget(self._number, 1)
        head.addWidget(self._copy)
        head.addWidget(self._close)
        top = QVBoxLayout()
        top.setContentsMargins(16, 0, 16, 12)
        top.setSpacing(theme.px(10))
        top.addWidget(self._meta)
        top.addWidget(self._review, 0, Qt.AlignmentFlag.AlignLeft)
        self._body = QVBoxLayout()
        self._body.setContentsMargins(0, 0, 0, 12)
        self._body.setSpacing(0)
        inside = QWidget()
        inside.setLayout(self._body)
        scroll = QScrollArea()
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(top)
        column.addWidget(self.error)
        column.addWidget(Hairline())
        column.addWidget(scroll, 1)
        self._comment_pause = QTimer(self, singleShot=True, interval=500)
        self._comment_pause.timeout.connect(self._tell_comment)
        self._comment: QLineEdit | None = None
        self.retranslate()

    def retranslate(self) -> None:
        self._copy.set_tip(_("Copy the number"))
        self._close.set_tip(_("Close"))
        self._review.setText(_("Open in Review"))
        if self._details is not None:
            self.show_call(self._details)

    @property
    def call_id(self) -> int | None:
        return self._details.row.id if self._details else None

    def show_call(self, details: CallDetails) -> None:
        """Fill the drawer; a comment that is being typed is told first."""
        self._tell_now()
        self.error.hide()
        self._fetch_button = None
        self._details = details
        row, zone = details.row, self._desk.rules.zone
        masked = self._desk.personal.mask_numbers
        number = i18n.mask_phone(row.customer_number) if masked else i18n.phone(row.customer_number)
        self._number.setText(f"{number}  {row.customer_name}" if row.customer_name else number)
        tags = " ".join(f"#{tag.name}" for tag in row.tags)
        parts = [i18n.moment(row.started_at, zone, year=True), i18n.word(row.direction), tags]
        self._meta.setText(" · ".join(part for part in parts if part))
        while (item := self._body.takeAt(0)) is not None:
            if (part := item.widget()) is not None:
                part.hide()
                part.deleteLater()
        waits = [] if row.wait_s is None else [_("waited {time}").format(time=i18n.duration(row.wait_s))]
        whole = (
            [] if row.duration_s is None else [_("whole {time}").format(time=i18n.duration(row.duration_s))]
        )
        held = [_("on hold {time}").format(time=i18n.duration(details.hold_s))] if details.hold_s else []
        route = Route()
        route.show_stops(stops_of(details, zone))
        self._section(_("Route"), " · ".join(waits + held + whole), route)
        if len(details.participants) > 1:
            self._section(
                _("Took part"), "", self._lines([participant_words(each) for each in details.participants])
            )
        if details.deal is not None and (facts := deal_words(details.deal)):
            self._section(_("Deal"), "", self._grid_of(facts))
        if details.evaluations:
            self._section(_("Evaluations"), "", self._evaluations(details.evaluations))
        self._show_remote(details)
        self._section(_("Comment"), "", self._comment_field(row.comment or ""))
        self._section(_("Details"), "", self._facts(details))
        self._body.addStretch(1)

    def keep(self, details: CallDetails) -> None:
        """Remember what is stored now without writing it anew under the hand that types."""
        if self._details is not None and self._details.row.id == details.row.id:
            self._details = details

    def _section(self, title: str, note: str, content: QWidget) -> None:
        pane = QWidget()
        column = QVBoxLayout(pane)
        column.setContentsMargins(16, 10, 16, 10)
        column.setSpacing(theme.px(6))
        head = QHBoxLayout()
        head.addWidget(Label(title, role="head", tone="ink_2"))
        head.addStretch(1)
        head.addWidget(Label(note, role="small", tone="ink_2", tabular=True))
        column.addLayout(head)
        column.addWidget(content)
        if self._body.count():
            self._body.addWidget(Hairline())
        self._body.addWidget(pane)

    def _show_remote(self, details: CallDetails) -> None:
        """A recording that is not here: where it is, and *Download now*."""
        zone, now = self._desk.rules.zone, clock.now()
        told = [words for each in details.remote if (words := remote_words(each, zone, now))]
        if not told:
            return
        pane = self._lines([text[:1].upper() + text[1:] for text in told])
        if can_download(details):
            button = Button(
                _("Download now"), icon="download", key=self._desk.keyboard.key_of("download_recording")
            )
            button.clicked.connect(self.download)
            layout = pane.layout()
            assert isinstance(layout, QVBoxLayout)
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
            self._fetch_button = button
        self._section(_("Recording"), "", pane)

    _fetch_button: Button | None = None

    def download(self) -> bool:
        """Fetch what is not here; False when there is nothing to fetch."""
        details = self._details
        if details is None or not self.isVisible() or not can_download(details):
            return False
        if self._fetch_button is not None:
            self._fetch_button.setEnabled(False)
            self._fetch_button.setText(_("Downloading…"))
        call_id = details.row.id
        download_now(
            self._desk,
            call_id,
            lambda: self._fetched(call_id),
            lambda error: self._not_fetched(call_id, error),
        )
        return True

    def _fetched(self, call_id: int) -> None:
        self._read_again(call_id)
        self.downloaded.emit()

    def _not_fetched(self, call_id: int, error: QaappError) -> None:
        self._read_again(call_id)
        if self.call_id == call_id:
            self.error.show_error(error)

    def _read_again(self, call_id: int) -> None:
        if self.call_id == call_id:
            with self._desk.database.read() as session:
                self.show_call(read_details(session, call_id))

    @staticmethod
    def _lines(texts: list[str]) -> QWidget:
        pane = QWidget()
        column = QVBoxLayout(pane)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(4))
        for text in texts:
            column.addWidget(Label(text, role="small", wrap=True, selectable=True))
        return pane

    def _evaluations(self, briefs: tuple[EvaluationBrief, ...]) -> QWidget:
        pane = QWidget()
        grid = QGridLayout(pane)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.px(8))
        grid.setColumnStretch(3, 1)
        rules = self._desk.rules
        limits = Limits(rules.green_above, rules.red_below)
        for place, brief in enumerate(briefs):
            score = Score(brief.passed, brief.applicable, brief.critical_failed)
            submitted = brief.state != EvaluationState.DRAFT
            light = Light(call_band(score, limits) if submitted and brief.card else None)
            text = (
                percent_text(score.fraction, limits) if submitted and brief.card else i18n.word(brief.state)
            )
            grid.addWidget(light, place, 0)
            grid.addWidget(Label(text, role="strong", tabular=True), place, 1)
            about = brief.card or _("Short review")
            if brief.outcome:
                about += f" · {brief.outcome}"
            grid.addWidget(Label(about, role="small", tone="ink_2", wrap=True), place, 3)
            when = i18n.moment(brief.submitted_at or brief.started_at, rules.zone)
            grid.addWidget(Label(f"{brief.reviewer}, {when}", role="small", tone="ink_2"), place, 4)
        return pane

    def _comment_field(self, text: str) -> QWidget:
        field = QLineEdit(text)
        field.setPlaceholderText(_("A note on this call, found by the search"))
        field.setAccessibleName(_("Comment"))
        field.textEdited.connect(lambda _text: self._comment_pause.start())
        field.editingFinished.connect(self._tell_now)
        self._comment = field
        return field

    def _tell_now(self) -> None:
        if self._comment_pause.isActive():
            self._comment_pause.stop()
            self._tell_comment()

    def _tell_comment(self) -> None:
        if self._details is not None and self._comment is not None:
            self.comment_edited.emit(self._details.row.id, self._comment.text())

    def _facts(self, details: CallDetails) -> QWidget:
        row = details.row
        rating = None
        if row.customer_rating is not None:
            rating = (
                f"{row.customer_rating} / {row.rating_scale}"
                if row.rating_scale
                else str(row.customer_rating)
            )
        facts: list[tuple[str, str | None]] = [
            (_("Manager"), row.manager or _("Not assigned")), (_("Group"), row.group), (_("Line"), row.line_number),
            (_("Source"), row.source), (_("Id in the source"), row.external_id), (_("Campaign"), row.campaign),
            (_("End reason"), reason_words(details.end_kind, row.end_reason)), (_("Customer's rating"), rating),
            (_("Target"), i18n.word(row.target) if row.target else None),
        ]  # fmt: skip
        for recording in details.recordings:
            words = [recording.codec or "", i18n.file_size(recording.size_bytes)]
            if recording.channels:
                words.append(
                    _("stereo") if recording.channels == 2 else _("mono") if recording.channels == 1 else ""
                )
            if recording.sample_rate:
                words.append(f"{i18n.decimal(recording.sample_rate / 1000, 0)} {_('kHz')}")
            facts.append((_("Recording"), recording.error or ", ".join(word for word in words if word)))
            facts.append((_("File"), recording.path))
        return self._grid_of([(name, value) for name, value in facts if value])

    @staticmethod
    def _grid_of(shown: list[tuple[str, str]]) -> QWidget:
        """Quiet names, values that can be copied."""
        pane = QWidget()
        grid = QGridLayout(pane)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.px(12))
        grid.setVerticalSpacing(theme.px(4))
        grid.setColumnStretch(1, 1)
        for place, (name, value) in enumerate(shown):
            title = Label(name, role="small", tone="ink_2")
            grid.addWidget(title, place, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(Label(value or "", role="small", wrap=True, selectable=True), place, 1)
        return pane

    def _copy_number(self) -> None:
        if self._details is not None and self._details.row.customer_number:
            QGuiApplication.clipboard().setText(self._number.text().partition("  ")[0])
