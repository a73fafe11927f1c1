"""*Test connection* and what it found: one line each, a question where a person must decide."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from qaapp import clock, i18n
from qaapp.errors import QaappError
from qaapp.i18n import _
from qaapp.intake.checking import CheckResult, check, fingerprint_field, shown_certificate
from qaapp.intake.connections import ConnectionDraft
from qaapp.jobs import Job
from qaapp.progress import Progress
from qaapp.sources.certificates import Certificate
from qaapp.sources.records import CallRecord
from qaapp.ui import icons, theme
from qaapp.ui.desk import Desk
from qaapp.ui.sources.form import ZoneBox
from qaapp.ui.widgets import Button, ErrorStrip, Hairline, Label, Segmented

MUCH_SKEW_S = 60.0
Draft = Callable[[], tuple[ConnectionDraft, Mapping[str, str]] | None]


def when_words(moment: datetime, zone: ZoneInfo, now: datetime) -> str:
    """“today at 10:18”, “yesterday at 18:02”, “17 March, 10:18”."""
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    time = i18n.clock_time(local.time())
    days = (today - local.date()).days
    if days == 0:
        return _("today at {time}").format(time=time)
    if days == 1:
        return _("yesterday at {time}").format(time=time)
    return i18n.moment(moment, zone)


def call_words(call: CallRecord, zone: ZoneInfo, now: datetime) -> str:
    """The newest call as its person would remember it."""
    parts = [when_words(call.started_at, zone, now)]
    people = [each for each in call.participants if each.role in ("manager", "transfer")]
    name = call.manager_name or next((each.name for each in people if each.name), "")
    extension = call.extension or next((each.extension for each in people if each.extension), "")
    if name or extension:
        parts.append(name or _("ext. {number}").format(number=extension))
    if call.talk_s:
        parts.append(i18n.duration(call.talk_s))
    return ", ".join(parts)


class CheckPanel(QWidget):
    """``draft`` gives what is filled in (None: something is missing); ``passed`` when the provider answered.

    ``zone_wanted`` asks for another zone and another test; ``trusted`` gives the fingerprint a person said yes to.
    """

    passed = Signal(object)  # CheckResult
    failed = Signal()
    zone_wanted = Signal(str)
    trusted = Signal(str)

    def __init__(self, desk: Desk, draft: Draft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._draft = desk, draft
        self._job: Job | None = None
        self.result: CheckResult | None = None
        self.is_running = False
        self.button = Button(
            _("Test connection"), icon="plug-zap", key=desk.keyboard.key_of("test_connection")
        )
        self.button.clicked.connect(self.run)
        self.state = Label("", tone="ink_2")
        self.cancel = Button(_("Cancel"), "link")
        self.cancel.clicked.connect(self.stop)
        self.cancel.hide()
        row = QHBoxLayout()
        row.setSpacing(theme.px(12))
        row.addWidget(self.button)
        row.addWidget(self.state)
        row.addWidget(self.cancel)
        row.addStretch(1)
        self.error = ErrorStrip()
        self._lines = QWidget()
        self._grid = QVBoxLayout(self._lines)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(0)
        self.zone_answer: Segmented | None = None
        self.zone_box: ZoneBox | None = None
        self.trust: Button | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(8))
        column.addLayout(row)
        column.addWidget(self.error)
        column.addWidget(self._lines)

    # --- the test ----------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Ask the provider with what is filled in now."""
        told = self._draft()
        if told is None or self.is_running:
            return
        draft, secrets = told
        self.clear()
        self.is_running = True
        self.button.setEnabled(False)
        self.state.setText(_("Waiting for the answer…"))
        self.cancel.show()
        rules, cache = self._desk.rules, self._desk.workspace.cache / "sources" / "test"
        self._job = self._desk.jobs.start(
            "sources.check", "", lambda: check(draft, secrets, rules, cache), pool="net", replaces=True,
            on_done=lambda result: self._passed(draft, result), on_failed=lambda error: self._failed(draft, error),
            on_progress=self._waiting, on_cancelled=self._stopped,
        )  # fmt: skip

    def stop(self) -> None:
        """Do not wait any longer."""
        if self._job is not None:
            self._job.cancel()

    def clear(self) -> None:
        """Something was changed: what was found does not count any more."""
        self.result = None
        self.error.hide()
        self.state.setText("")
        self.zone_answer = self.zone_box = self.trust = None
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()

    def _over(self) -> None:
        self.is_running = False
        self._job = None
        self.button.setEnabled(True)
        self.cancel.hide()

    def _stopped(self) -> None:
        self._over()
        self.state.setText(_("stopped"))

    def _waiting(self, step: Progress) -> None:
        self.state.setText(step.phase + "…")

    def _failed(self, draft: ConnectionDraft, error: QaappError) -> None:
        self._over()
        self.state.setText("")
        self.error.show_error(error)
        self.failed.emit()
        if fingerprint_field(draft.kind) and error.kind in ("network", "auth", "certificate"):
            self._job = self._desk.jobs.start(
                "sources.certificate", "", lambda: shown_certificate(draft), pool="net", replaces=True,
                on_done=self._ask_trust, on_failed=lambda _error: None,
            )  # fmt: skip

    # --- what it found -----------------------------------------------------------------------------------------

    def _passed(self, draft: ConnectionDraft, result: CheckResult) -> None:
        self._over()
        self.result = result
        now, zone = clock.now(), self._desk.rules.zone
        at = i18n.clock_time(now.astimezone(zone).time())
        took = _("{seconds} s").format(seconds=i18n.decimal(result.took_s))
        self.state.setText(_("tested at {time}, in {took}").format(time=at, took=took))
        checked = result.checked
        self._line("check", _("Access"), checked.account or _("accepted"))
        if checked.clock_skew_s is not None:
            self._skew(checked.clock_skew_s)
        self._zone(draft, checked.last_call, checked.zone, now)
        for note in checked.notes:
            self._line("info", _("Note"), note)
        self.passed.emit(result)

    def _skew(self, skew_s: float) -> None:
        seconds = _("{seconds} s").format(seconds=i18n.decimal(abs(skew_s)))
        if abs(skew_s) > MUCH_SKEW_S:
            text = _(
                "The clock there and the clock of this computer differ by {seconds}: one of them is wrong."
            )
            self._line("clock-alert", _("Clock"), text.format(seconds=seconds))
        else:
            self._line("check", _("Clock"), _("differs by {seconds}").format(seconds=seconds))

    def _zone(self, draft: ConnectionDraft, call: CallRecord | None, told: str | None, now: datetime) -> None:
        own = ZoneInfo(draft.time_zone) if draft.time_zone else self._desk.rules.zone
        if call is None:
            self._line(
                "info",
                _("Last call"),
                _("there was none in the last days, so the time zone could not be compared"),
            )
            return
        text = _("The last call: {call}. Right?").format(call=call_words(call, self._desk.rules.zone, now))
        answer = Segmented([("yes", _("Yes")), ("no", _("No, another time…"))], _("Time zone"))
        answer.currentChanged.connect(self._answered)
        self.zone_answer = answer
        self._line("circle-help", _("Time zone"), text, answer, strong=True)
        self._zone_holder = QWidget()
        row = QHBoxLayout(self._zone_holder)
        row.setContentsMargins(theme.px(146), 4, 0, 8)
        row.setSpacing(theme.px(8))
        self.zone_box = ZoneBox(self._desk.rules.time_zone)
        self.zone_box.set_zone(told or str(own))
        again = Button(_("Test with this zone"))
        again.clicked.connect(self._zone_chosen)
        row.addWidget(self.zone_box)
        row.addWidget(again)
        row.addStretch(1)
        self._zone_holder.hide()
        self._grid.addWidget(self._zone_holder)
        if told and told != str(own):
            note = _("The account itself stands in {zone}.").format(zone=told)
            self._line("clock-alert", _("Time zone"), note)

    def _zone_chosen(self) -> None:
        if self.zone_box is not None:
            self.zone_wanted.emit(self.zone_box.zone())

    def _answered(self, answer: str) -> None:
        self._zone_holder.setVisible(answer == "no")
        if answer == "no" and self.zone_box is not None:
            self.zone_box.setFocus()

    def _ask_trust(self, shown: Certificate | None) -> None:
        self._job = None
        if shown is None or shown.is_trusted:
            return
        self.error.hide()
        days = [moment for moment in (shown.valid_from, shown.valid_to) if moment is not None]
        zone = self._desk.rules.zone
        valid = " – ".join(i18n.day(moment.astimezone(zone).date(), "full") for moment in days)
        text = _(
            "Nobody vouches for the certificate of this server: it signed it itself, as office telephone systems do. "
            "Compare the fingerprint with the one your administrator sees, then trust exactly this certificate."
        )
        self.trust = Button(_("Trust this certificate"))
        self.trust.clicked.connect(lambda: self.trusted.emit(shown.fingerprint))
        self._line("lock", _("Certificate"), text, self.trust, strong=True)
        for name, value in (
            (_("Issued to"), shown.subject),
            (_("Valid"), valid),
            ("SHA-256", shown.fingerprint),
        ):
            if value:
                self._line("", name, value)

    def _line(
        self, icon: str, name: str, text: str, answer: QWidget | None = None, *, strong: bool = False
    ) -> None:
        """Icon, what was looked at, what was found, and an answer where one is needed."""
        self._grid.addWidget(Hairline())
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, theme.px(7), 0, theme.px(7))
        grid.setHorizontalSpacing(theme.px(10))
        picture = QLabel()
        picture.setFixedWidth(theme.px(16))
        tone = {"check": "green", "clock-alert": "warn_text", "circle-help": "accent_text"}.get(icon, "ink_2")
        if icon:
            picture.setPixmap(icons.pixmap(icon, 16, tone, self.devicePixelRatioF()))
        title = Label(name, tone="ink_2")
        title.setFixedWidth(theme.px(110))
        grid.addWidget(picture, 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(title, 0, 1, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(Label(text, "strong" if strong else "body", wrap=True, selectable=True), 0, 2)
        grid.setColumnStretch(2, 1)
        if answer is not None:
            grid.addWidget(answer, 0, 3, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(holder)

    def text(self) -> str:
        """Everything that was found, to be copied."""
        labels = [label.text() for label in self._lines.findChildren(Label) if label.text()]
        return "\n".join([self.state.text(), *labels, self.error.sentence()]).strip()
