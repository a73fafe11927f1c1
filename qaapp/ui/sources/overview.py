"""One connection: how it is, what to do about it, the log of its pulls, and its settings."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QScrollArea,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from qaapp import clock, i18n
from qaapp.errors import SourceError
from qaapp.i18n import _
from qaapp.intake.connections import STOPPED, ConnectionDraft, ConnectionRow, RunRow
from qaapp.jobs import Job
from qaapp.sources.kinds import kind_of
from qaapp.ui import icons, theme
from qaapp.ui.desk import Desk
from qaapp.ui.imports.results import RowsModel
from qaapp.ui.sources.connection_list import icon_of_row, paint_look
from qaapp.ui.sources.kinds_page import needs_only_a_folder
from qaapp.ui.sources.options import Options
from qaapp.ui.sources.states import Look, last_words, next_words, run_words
from qaapp.ui.status_bar import TIME_LEFT_AFTER_S, time_left_text
from qaapp.ui.widgets import (
    Button,
    Column,
    EmptyState,
    ErrorStrip,
    FlowLayout,
    Hairline,
    Label,
    LoneButton,
    TableView,
)

FEW = 10  # a pace is told from so many: windows of days say nothing
COUNTS = ("found", "added", "changed", "recordings", "failed", "skipped")


class LookSign(QWidget):
    """The shape of a state, beside its word."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = Look("loader", "ink_2", "")

    def sizeHint(self) -> QSize:
        return QSize(theme.px(16), theme.px(20))

    minimumSizeHint = sizeHint

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_look(painter, QRect(0, 0, self.width(), self.height()), self.look)
        painter.end()


class Running(QWidget):
    """Progress of a pull with its speed, the time left and Cancel."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = Label("", tabular=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(theme.px(220))
        self.cancel = Button(_("Cancel"), "link")
        self.cancel.clicked.connect(self.cancelled)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(12))
        row.addWidget(self.bar)
        row.addWidget(self.text)
        row.addWidget(self.cancel)
        row.addStretch(1)
        self._since: tuple[str, float, int] | None = None
        self.hide()

    def show_job(self, job: Job | None) -> None:
        """What a pull is doing now; hides when there is none."""
        self.setVisible(job is not None)
        if job is None:
            self._since = None
            return
        step = job.progress
        if step is None:
            self.bar.setRange(0, 0)
            self.text.setText(_("Connecting…"))
            return
        if self._since is None or self._since[0] != step.phase:
            self._since = (step.phase, time.monotonic(), step.done)
        self.bar.setRange(0, 1000 if step.total else 0)
        if step.total:
            self.bar.setValue(min(1000, step.done * 1000 // step.total))
        parts = [step.phase]
        if step.total:
            parts.append(
                _("{done} of {total}").format(
                    done=i18n.group_digits(step.done), total=i18n.group_digits(step.total)
                )
            )
        elif step.done:
            parts.append(i18n.group_digits(step.done))
        seconds = time.monotonic() - self._since[1]
        if seconds >= 2 and step.done - self._since[2] >= FEW:
            pace = (step.done - self._since[2]) / seconds
            parts.append(_("{n} per second").format(n=i18n.decimal(pace, 0 if pace >= 10 else 1)))
        left = job.seconds_left()
        if left is not None and left > TIME_LEFT_AFTER_S:
            parts.append(time_left_text(left))
        self.text.setText(" · ".join(part for part in parts if part))


class Overview(QWidget):
    """Shows a ``ConnectionRow``; what is asked for is told, the screen does it."""

    pull_asked = Signal()
    cancel_asked = Signal()
    pause_asked = Signal()
    edit_asked = Signal()
    more_asked = Signal()
    move_asked = Signal()
    copy_asked = Signal()
    options_changed = Signal(object)  # ConnectionDraft

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.row: ConnectionRow | None = None
        self._runs: list[RunRow] = []
        self._picture = QLabel()
        self.name = Label("", "time", selectable=True)
        self.kind = Label("", tone="ink_2")
        self.sign = LookSign()
        self.word = Label("", "strong")
        self.pull = Button("", "primary", icon="refresh-cw", key=desk.keyboard.key_of("pull_now"))
        self.pause = Button("", icon="pause")
        self.access = Button("", icon="pencil")
        self.more = LoneButton("ellipsis", "")
        self.pull.clicked.connect(self.pull_asked)
        self.pause.clicked.connect(self.pause_asked)
        self.access.clicked.connect(self.edit_asked)
        self.more.clicked.connect(self.more_asked)
        self.error = ErrorStrip()
        self.error.helped.connect(self._help)
        self.running = Running()
        self.running.cancelled.connect(self.cancel_asked)
        self._facts = QWidget()
        flow = FlowLayout(self._facts, gap=24)
        self._values: list[tuple[Label, Label]] = []
        for _place in range(6):
            title, value = Label("", "small", "ink_2"), Label("", "strong", selectable=True, tabular=True)
            holder = QWidget()
            column = QVBoxLayout(holder)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(theme.px(2))
            column.addWidget(title)
            column.addWidget(value)
            flow.addWidget(holder)
            self._values.append((title, value))
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.addTab("")
        self.tabs.addTab("")
        self.pages = QStackedWidget()
        self.tabs.currentChanged.connect(self.pages.setCurrentIndex)
        self.options = Options(clock.now().astimezone(desk.rules.zone).date())
        self.options.changed.connect(self._options_changed)
        self._build()
        self.retranslate()

    def _build(self) -> None:
        title = QHBoxLayout()
        title.setSpacing(theme.px(10))
        title.addWidget(self._picture)
        title.addWidget(self.name)
        title.addWidget(self.kind)
        title.addStretch(1)
        state = QHBoxLayout()
        state.setSpacing(theme.px(6))
        state.addWidget(self.sign, 0, Qt.AlignmentFlag.AlignVCenter)
        state.addWidget(self.word)
        state.addStretch(1)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.px(8))
        for button in (self.pull, self.pause, self.access, self.more):
            buttons.addWidget(button)
        buttons.addStretch(1)
        head = QVBoxLayout()
        head.setContentsMargins(16, 18, 16, 12)
        head.setSpacing(theme.px(10))
        for part in (title, state, buttons):
            head.addLayout(part)
        head.addWidget(self.running)
        head.addWidget(self.error)
        head.addWidget(self._facts)
        self.table = TableView("pulls", self.desk, edge=True)
        self._model = RowsModel(self._headings(), self.table, right=range(2, 8))
        self.table.setModel(self._model)
        self.table.set_columns(
            (
                Column("started", 150, fixed=True), Column("state", 150), Column("found", 76), Column("added", 76),
                Column("changed", 90), Column("recordings", 84), Column("failed", 84), Column("skipped", 92),
                Column("error", 0),
            )
        )  # fmt: skip
        self.no_runs = EmptyState("history", "")
        self.copy = Button("", "link", icon="copy")
        self.copy.clicked.connect(self.copy_asked)
        log = QWidget()
        log_column = QVBoxLayout(log)
        log_column.setContentsMargins(0, 0, 0, 0)
        log_column.setSpacing(0)
        log_column.addWidget(self.table, 1)
        log_column.addWidget(self.no_runs, 1)
        settings = QWidget()
        column = QVBoxLayout(settings)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(theme.px(12))
        column.addWidget(self.options)
        column.addStretch(1)
        settings.setMaximumWidth(theme.px(940))
        page = QWidget()
        line = QHBoxLayout(page)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(settings, 1)
        line.addStretch()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(page)
        self.pages.addWidget(log)
        self.pages.addWidget(area)
        tabs = QHBoxLayout()
        tabs.setContentsMargins(16, 8, 16, 0)
        tabs.addWidget(self.tabs, 1)
        tabs.addWidget(self.copy)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(head)
        whole.addWidget(Hairline())
        whole.addLayout(tabs)
        whole.addWidget(Hairline())
        whole.addWidget(self.pages, 1)

    def _headings(self) -> tuple[str, ...]:
        return (
            _("Began"), _("State"), _("Calls"), _("New"), _("Changed"), _("Recordings"), _("Failed"), _("Left out"),
            _("Error"),
        )  # fmt: skip

    def retranslate(self) -> None:
        self.pull.setText(_("Pull now"))
        self.access.setText(_("Access…"))
        self.more.set_tip(_("More"))
        self.copy.setText(_("Copy details"))
        self.tabs.setTabText(0, _("Log"))
        self.tabs.setTabText(1, _("Settings"))
        self.table.setAccessibleName(_("Log"))
        self._model.set_headings(self._headings())
        self.options.retranslate()
        self.no_runs.set_texts(_("Nothing was pulled yet."))

    # --- showing -----------------------------------------------------------------------------------------------

    def show_row(
        self,
        row: ConnectionRow,
        look: Look,
        runs: list[RunRow],
        planned: datetime | None,
        job: Job | None,
        missing: str,
    ) -> None:
        """``planned`` is the next pull by the clock; ``missing`` is a folder that is not there."""
        is_other = self.row is None or self.row.id != row.id
        self.row = row
        self._picture.setPixmap(icons.pixmap(icon_of_row(row), 20, "ink_2", self.devicePixelRatioF()))
        self.name.setText(row.name)
        try:
            kind = kind_of(row.kind)
            title = _(kind.title)
            self.options.set_local(needs_only_a_folder(kind))
        except SourceError as error:
            title = error.sentence()
        self.kind.setText("" if title == row.name else title)
        self.sign.look = look
        self.sign.update()
        self.word.setText(look.word)
        self.sign.setAccessibleName(look.word)
        self.pause.setText(_("Pause") if row.enabled else _("Resume"))
        self.pause.set_icon_name("pause" if row.enabled else "play")
        self.show_job(job)
        self._show_facts(row, planned)
        self._missing = missing
        if missing:
            told = _("The folder {path} is not there. Was it moved?").format(path=missing)
            self.error.show_error(told, help_text=_("It is in another place…"))
        elif row.last_error and job is None:
            self.error.show_error(
                row.last_error, help_text=_("Mend the access…") if row.state == STOPPED else ""
            )
        else:
            self.error.hide()
        if is_other or not self.options.isAncestorOf(self.focusWidget() or self):
            self.options.show_values(row)
        self._show_runs(runs)

    _missing = ""

    def show_job(self, job: Job | None) -> None:
        """Only the progress has changed."""
        self.running.show_job(job)
        self.pull.setVisible(job is None)

    def _show_facts(self, row: ConnectionRow, planned: datetime | None) -> None:
        zone, now = self.desk.rules.zone, clock.now()
        facts = (
            (_("Last pull"), last_words(row, zone, now)), (_("Next pull"), next_words(planned, row, zone, now)),
            (_("Calls"), i18n.group_digits(row.calls)), (_("Recordings here"), i18n.group_digits(row.recordings)),
            (_("Recordings to come"), i18n.group_digits(row.waiting)),
            (_("From the day"), i18n.day(row.first_day, "full") if row.first_day else "–"),
        )  # fmt: skip
        for (title, value), (words, text) in zip(self._values, facts, strict=True):
            title.setText(words)
            value.setText(text)

    def _show_runs(self, runs: list[RunRow]) -> None:
        if runs == self._runs and self._model.rowCount():
            return
        self._runs = list(runs)
        zone = self.desk.rules.zone
        rows, inks = [], {}
        for place, run in enumerate(runs):
            counts = [i18n.group_digits(int(run.counts.get(name, 0) or 0)) for name in COUNTS]
            rows.append(
                (
                    i18n.moment(run.started_at, zone),
                    run_words(run.state),
                    *counts,
                    (run.error or "").replace("\n", " "),
                )
            )
            if run.state == "failed":
                inks[place, 1] = "red_text"
        self._model.set_rows(rows, (), inks)
        self.table.setVisible(bool(rows))
        self.no_runs.setVisible(not rows)

    def _help(self) -> None:
        (self.move_asked if self._missing else self.edit_asked).emit()

    def _options_changed(self) -> None:
        if self.row is not None:
            draft: ConnectionDraft = self.options.applied(self.row.draft())
            self.options_changed.emit(draft)

    def keep_options(self, row: Any) -> None:
        """Show other settings (an undo)."""
        self.options.show_values(row)
