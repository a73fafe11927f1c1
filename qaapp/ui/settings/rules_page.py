"""Limits and rules of the workspace, the same for everybody who opens it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QComboBox, QSpinBox

from qaapp.audio import detectors
from qaapp.i18n import N_, _
from qaapp.settings import Rules
from qaapp.store.rules import write_rules
from qaapp.ui import theme
from qaapp.ui.settings.page import Page

NUMBERS = (  # field, words, smallest, largest, unit, hint
    ("green_above", N_("Green above"), 0, 100, "%", N_("Exactly this percent is still yellow")),
    ("red_below", N_("Red below"), 0, 100, "%", N_("Exactly this percent is already yellow")),
    ("enough_calls", N_("Calls for a place in the rating"), 1, 1000, "", N_("With fewer the light is hollow")),
    ("calls_per_day", N_("Calls drawn per manager a day"), 1, 1000, "", N_("They make the queue of a reviewer")),
    ("draw_min_talk_s", N_("Shortest talk that is drawn"), 0, 3600, N_("s"), ""),
    ("stale_days", N_("A queued call is old after"), 0, 365, N_("days"), N_("It turns amber and stays")),
    ("archive_stale_days", N_("An example is old after"), 0, 3650, N_("days"), N_("Somebody should look at it again")),
    ("join_tolerance_s", N_("Log and recording may differ by"), 0, 3600, N_("s"), N_("When they are joined by time")),
    ("silence_ms", N_("Silence is counted from"), 500, 60_000, N_("ms"), N_("Nobody speaks")),
    ("long_silence_ms", N_("A long silence from"), 1000, 600_000, N_("ms"), ""),
    ("overtalk_ms", N_("Both speak at once from"), 50, 10_000, N_("ms"), ""),
    ("interruption_ms", N_("An interruption overlaps at least"), 100, 10_000, N_("ms"),
     N_("The other then stops within 2 s")),
)  # fmt: skip
ZONES = (
    "Europe/Kaliningrad", "Europe/Moscow", "Europe/Samara", "Asia/Yekaterinburg", "Asia/Omsk", "Asia/Novosibirsk",
    "Asia/Krasnoyarsk", "Asia/Irkutsk", "Asia/Yakutsk", "Asia/Vladivostok", "Asia/Kamchatka", "Europe/Minsk",
    "Asia/Almaty", "Asia/Tashkent", "Asia/Tbilisi", "Asia/Yerevan", "Europe/London", "Europe/Berlin", "UTC",
)  # fmt: skip


class RulesPage(Page):
    @staticmethod
    def title() -> str:
        return _("Limits and rules")

    def build(self) -> None:
        self.heading(self.title(), _("The same for everybody who opens this workspace."))
        grid = self.form()
        self._fields: dict[str, QSpinBox] = {}
        for name, words, low, high, unit, hint in NUMBERS:
            field = QSpinBox()
            field.setRange(low, high)
            field.setKeyboardTracking(False)
            field.setFixedWidth(theme.px(120))
            if unit:
                field.setSuffix("\u202f" + (_(unit) if unit != "%" else unit))
            field.valueChanged.connect(lambda value, name=name: self._save(name, value))
            self._fields[name] = field
            self.add_row(grid, _(words), field, _(hint))
        self._zone = QComboBox()
        self._zone.setEditable(False)
        self._zone.setMinimumWidth(theme.px(220))
        self._zone.activated.connect(lambda _row: self._save("time_zone", self._zone.currentText()))
        self.add_row(grid, _("Time zone"), self._zone, _("Days and hours of calls are counted in it"))
        self._detector = QComboBox()
        self._detector.setMinimumWidth(theme.px(220))
        self._detector.activated.connect(
            lambda _row: self._save("speech_detector", self._detector.currentData())
        )
        self.add_row(
            grid, _("Speech is found by"), self._detector, _("Figures made by another detector are made anew")
        )
        self.column.addStretch()
        self.refresh()

    def refresh(self) -> None:
        rules = self.desk.rules
        for name, field in self._fields.items():
            field.blockSignals(True)
            field.setValue(getattr(rules, name))
            field.blockSignals(False)
        self._fields["red_below"].setMaximum(rules.green_above)
        self._fields["green_above"].setMinimum(rules.red_below)
        self._detector.clear()
        names = {"energy": _("loudness (built in)"), "webrtc": "WebRTC", "silero": "Silero"}
        for name in detectors.installed():
            self._detector.addItem(names[name], name)
        self._detector.setCurrentIndex(max(0, self._detector.findData(rules.speech_detector)))
        self._zone.clear()
        self._zone.addItems(sorted({rules.time_zone, *ZONES}))
        self._zone.setCurrentText(rules.time_zone)

    def _save(self, name: str, value: Any) -> None:
        before = self.desk.rules
        self._write(replace(before, **{name: value}), before)

    def _write(self, after: Rules, before: Rules | None) -> None:
        def work(session: Any) -> None:
            write_rules(session, after, user_id=self.desk.user_id or None)

        if not self.write(work):
            return
        self.desk.refresh_rules()
        self.refresh()
        limits = (after.green_above, after.red_below)
        if before is None or (before.green_above, before.red_below) != limits:
            self._recompute()
        if before is not None:
            self.message.emit(_("Rule saved"), lambda: self._write(before, None))

    def _recompute(self) -> None:
        """The limits colour every scored call: it is done again in the background."""
        from qaapp.scorecards.evaluations import recompute_all

        database = self.desk.database
        self.desk.jobs.start(
            "rules.recompute", _("Zones of calls"), lambda: recompute_all(database), pool="db", replaces=True,
            on_failed=self.failed.emit,
        )  # fmt: skip
