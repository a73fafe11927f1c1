"""The status bar: the job at hand with its progress, time left and Cancel; what is saved; the keys."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from qaapp import i18n
from qaapp.i18n import _, ngettext
from qaapp.jobs import Job, JobRunner
from qaapp.ui import icons, theme
from qaapp.ui.widgets.buttons import Button
from qaapp.ui.widgets.labels import Hairline, Label

HEIGHT = 26
SHOW_AFTER_MS = 400
TIME_LEFT_AFTER_S = 2.0


def time_left_text(seconds: float) -> str:
    """“4 min left”, “20 s left”: rounded up, coarse enough not to flicker."""
    if seconds < 60:
        tens = max(5, math.ceil(seconds / 5) * 5)
        return ngettext("{n} s left", "{n} s left", tens).format(n=tens)
    minutes = math.ceil(seconds / 60)
    return ngettext("{n} min left", "{n} min left", minutes).format(n=minutes)


def job_text(job: Job) -> str:
    """“Import: 312 of 1 240, 4 min left”."""
    text = job.title
    step = job.progress
    if step is not None:
        parts = [step.phase] if step.phase and step.phase != job.title else []
        if step.total:
            parts.append(
                _("{done} of {total}").format(
                    done=i18n.group_digits(step.done), total=i18n.group_digits(step.total)
                )
            )
        elif step.done:
            parts.append(i18n.group_digits(step.done))
        if parts:
            text += ": " + " ".join(parts)
    left = job.seconds_left()
    if left is not None and left > TIME_LEFT_AFTER_S:
        text += ", " + time_left_text(left)
    return text


class _JobRow:
    """Sentence, progress and Cancel of one job."""

    def __init__(self) -> None:
        self.text = Label("", "small", "ink_2")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(120)
        self.cancel = Button(_("Cancel"), "link")
        self.cancel.setProperty("role", "small")

    def show(self, job: Job) -> None:
        self.text.setText(job_text(job))
        step = job.progress
        known = step is not None and bool(step.total)
        self.bar.setRange(0, 1000 if known else 0)
        if known and step is not None and step.total:
            self.bar.setValue(min(1000, step.done * 1000 // step.total))
        self.bar.setAccessibleName(job.title)
        self.cancel.setText(_("Cancel"))


class StatusBar(QWidget):
    """Follows ``jobs``; ``keys_wanted`` when “? Keys” is used."""

    keys_wanted = Signal()

    def __init__(self, jobs: JobRunner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("ground", "window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._jobs = jobs
        self._popup: QFrame | None = None
        self._icon = QLabel()
        self._row = _JobRow()
        self._row.cancel.clicked.connect(self._cancel)
        self._many = Button("", "quiet")
        self._many.clicked.connect(self.open_list)
        self._left = Label("", "small", "ink_2")
        self._right = Label("", "small", "ink_2", tabular=False)
        self._keys = Button("", "quiet")
        self._keys.clicked.connect(self.keys_wanted)
        row = QHBoxLayout()
        row.setContentsMargins(16, 0, 12, 0)
        row.setSpacing(10)
        for widget in (self._icon, self._row.text, self._many, self._row.bar, self._row.cancel, self._left):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self._right)
        row.addWidget(self._keys)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(Hairline())
        column.addLayout(row, 1)
        self._later = QTimer(self, singleShot=True, interval=SHOW_AFTER_MS)
        self._later.timeout.connect(self._refresh)
        jobs.jobs_changed.connect(self._changed)
        theme.signals.changed.connect(self._resize)
        self._resize()
        self.retranslate()
        self._refresh()

    def _resize(self) -> None:
        self.setFixedHeight(theme.px(HEIGHT))
        self._icon.setPixmap(icons.pixmap("refresh-cw", 13, "ink_2", self.devicePixelRatioF()))

    def set_texts(self, right: str, left: str = "") -> None:
        """What the screen says: saved time or count at the right, an explanation at the left."""
        self._right.setText(right)
        self._left.setText(left)

    def right_text(self) -> str:
        return self._right.text()

    def retranslate(self) -> None:
        self._keys.setText("?  " + _("Keys"))
        self._keys.setAccessibleName(_("All keys"))
        self._refresh()

    def shown_jobs(self) -> list[Job]:
        """Jobs with a title that are not cancelled."""
        return [job for job in self._jobs.live if job.title and not job.cancelled]

    def _changed(self) -> None:
        if not self.shown_jobs() or self._row.text.isVisible() or self._many.isVisible():
            self._refresh()
        elif not self._later.isActive():
            self._later.start()  # what is over in 0.4 s is not worth a flicker

    def _refresh(self) -> None:
        jobs = self.shown_jobs()
        single = len(jobs) == 1
        self._icon.setVisible(bool(jobs))
        for widget in (self._row.text, self._row.cancel):
            widget.setVisible(single)
        self._row.bar.setVisible(bool(jobs))
        self._many.setVisible(len(jobs) > 1)
        if jobs:
            self._row.show(jobs[0])
            self._many.setText(ngettext("{n} job", "{n} jobs", len(jobs)).format(n=len(jobs)))
        if self._popup is not None:
            self.open_list()

    def _cancel(self) -> None:
        for job in self.shown_jobs()[:1]:
            job.cancel()
        self._refresh()

    def open_list(self) -> None:
        """Every job with its own Cancel, above the bar."""
        if self._popup is not None:
            self._popup.deleteLater()
            self._popup = None
        jobs = self.shown_jobs()
        if len(jobs) < 2:
            return
        popup = QFrame(self.window())
        popup.setProperty("ground", "message")
        grid = QGridLayout(popup)
        grid.setContentsMargins(12, 8, 12, 8)
        grid.setHorizontalSpacing(12)
        for place, job in enumerate(jobs):
            row = _JobRow()
            row.show(job)
            row.cancel.clicked.connect(job.cancel)
            row.cancel.clicked.connect(self._refresh)
            grid.addWidget(row.text, place, 0)
            grid.addWidget(row.bar, place, 1)
            grid.addWidget(row.cancel, place, 2)
        popup.adjustSize()
        corner = self.mapTo(self.window(), self.rect().topLeft())
        popup.move(corner.x() + 12, corner.y() - popup.height() - 4)
        popup.show()
        popup.raise_()
        self._popup = popup

    def mousePressEvent(self, _event: object) -> None:
        if self._popup is not None:
            self._popup.deleteLater()
            self._popup = None
