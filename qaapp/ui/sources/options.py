"""What every connection has, whatever its kind: how much to bring in, what to keep, and when to look."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QDateEdit, QGridLayout, QHBoxLayout, QSpinBox, QVBoxLayout, QWidget

from qaapp.i18n import N_, _
from qaapp.intake.connections import ConnectionDraft, ConnectionRow
from qaapp.ui import theme
from qaapp.ui.widgets import Label, Segmented

LABELS = 220
FIRST_DAYS = (7, 30, 90)
MANAGERS = (  # words of ``connections.MAIN_MANAGER``
    ("longest", N_("who talked longest")), ("first", N_("who answered first")), ("last", N_("who talked last")),
    ("responsible", N_("who is responsible in the CRM")),
)  # fmt: skip


class Number(QSpinBox):
    """A number in a scrolling page: the wheel scrolls the page. Its smallest value may be a word."""

    def __init__(self, low: int, high: int, unit: str, *, word: str = "", step: int = 1) -> None:
        super().__init__()
        self.setRange(low, high)
        self.setSuffix(f" {unit}" if unit else "")
        self.setSingleStep(step)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setKeyboardTracking(False)
        self.setMinimumWidth(theme.px(150))
        if word:
            self.setSpecialValueText(word)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class Options(QWidget):
    """``changed`` after a person changed something. ``part``: "what", "when" or "" for both."""

    changed = Signal()

    def __init__(self, today: date, part: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._today, self._part = today, part
        self._quiet = self._is_local = False
        self._shown: ConnectionDraft | ConnectionRow | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._body: QWidget | None = None
        self.retranslate()

    def retranslate(self) -> None:
        """Make every field anew in the language in force; what it shows is given anew too."""
        if self._body is not None:
            self._body.hide()
            self._body.deleteLater()
        self._make()
        self._body = QWidget()
        grid = QGridLayout(self._body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.px(16))
        grid.setVerticalSpacing(theme.px(12))
        grid.setColumnStretch(1, 1)
        for place, (own, words, widget, hint) in enumerate(self._rows()):
            if (self._part and own != self._part) or (self._is_local and own == "what"):
                widget.setParent(self._body)
                widget.hide()
                continue
            self._add(grid, place, words, widget, hint)
        if self._is_local and self._part != "when":
            told = _(
                "Everything that lies in the folder now and later. It is only read: nothing is moved or deleted."
            )
            grid.addWidget(Label(told, tone="ink_2", wrap=True), len(self._rows()), 0, 1, 2)
        self._column.addWidget(self._body)

    def set_local(self, is_local: bool) -> None:
        """A folder on this computer has nothing to download and nothing to let go of."""
        if is_local != self._is_local:
            shown = self._shown
            self._is_local = is_local
            self.retranslate()
            if shown is not None:
                self.show_values(shown)

    def _make(self) -> None:
        self.first = Segmented(self._first_words(), _("Calls from"))
        self.first.currentChanged.connect(self._first_chosen)
        self.first_day = QDateEdit()
        self.first_day.setCalendarPopup(True)
        self.first_day.setDisplayFormat("dd.MM.yyyy")
        self.first_day.setMaximumDate(_q(self._today))
        self.first_day.setAccessibleName(_("From the day"))
        self.first_day.dateChanged.connect(self._tell)
        self._first_holder = QWidget()
        row = QHBoxLayout(self._first_holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(8))
        row.addWidget(self.first)
        row.addWidget(self.first_day)
        row.addStretch(1)
        self.recordings = Segmented(
            [("all", _("all at once")), ("demand", _("when a call is opened"))], _("Recordings come")
        )
        self.recordings.currentChanged.connect(self._tell)
        self.manager = QComboBox()
        for value, words in MANAGERS:
            self.manager.addItem(_(words), value)
        self.manager.activated.connect(self._tell)
        self.reread = Number(0, 60, _("days"))
        self.keep = Number(0, 240, _("months"), word=_("for ever"))
        self.quota = Number(0, 10_000_000, _("MB"), word=_("no limit"), step=1000)
        self.every = Number(1, 1440, _("min"), step=5)
        for number in (self.reread, self.keep, self.quota, self.every):
            number.valueChanged.connect(self._tell)

    def _first_words(self) -> list[tuple[str, str]]:
        days = [(str(n), _("{n} days").format(n=n)) for n in FIRST_DAYS]
        return [*days, ("day", _("from a day"))]

    def _rows(self) -> list[tuple[str, str, QWidget, str]]:
        return [
            ("what", _("Calls of the last"), self._first_holder, _("Earlier ones stay where they are.")),
            ("what", _("Recordings come"), self.recordings,
             _("When opened: a call shows “download” and plays a few seconds later. It spares disk and traffic.")),
            ("what", _("The call belongs to"), self.manager, _("When several people talked in one call.")),
            ("what", _("Read again each time the last"), self.reread,
             _("Tags, ratings and recordings often come late.")),
            ("what", _("Keep recordings"), self.keep,
             _("Older ones are removed from this computer. Evaluated, annotated and archived calls keep theirs.")),
            ("what", _("At most"), self.quota, _("Beyond it the oldest recordings go, by the same rule.")),
            ("when", _("Look for new calls every"), self.every,
             _("While qaapp is open. Without the window: qaapp sync, by cron or the Task Scheduler.")),
        ]  # fmt: skip

    def _add(self, grid: QGridLayout, place: int, words: str, widget: QWidget, hint: str) -> None:
        label = Label(words, tone="ink_2", wrap=True)
        label.setMinimumHeight(theme.px(30))
        label.setFixedWidth(theme.px(LABELS))
        label.setBuddy(widget)
        if not widget.accessibleName():
            widget.setAccessibleName(words)
        widget.setAccessibleDescription(hint)
        holder = QVBoxLayout()
        holder.setSpacing(theme.px(3))
        holder.addWidget(widget, 0, Qt.AlignmentFlag.AlignLeft)
        if hint:
            holder.addWidget(Label(hint, "small", "ink_2", wrap=True))
        grid.addWidget(label, place, 0, Qt.AlignmentFlag.AlignTop)
        grid.addLayout(holder, place, 1)

    # --- values ------------------------------------------------------------------------------------------------

    def show_values(self, source: ConnectionDraft | ConnectionRow) -> None:
        """Show what is stored; nothing is told."""
        self._quiet, self._shown = True, source
        try:
            first = source.first_day or self._today - timedelta(days=30)
            days = (self._today - first).days
            self.first.set_current(str(days) if days in FIRST_DAYS else "day")
            self.first_day.setDate(_q(first))
            self.first_day.setVisible(self.first.current() == "day")
            self.recordings.set_current("demand" if source.on_demand else "all")
            self.manager.setCurrentIndex(max(0, self.manager.findData(source.main_manager)))
            self.reread.setValue(source.reread_days)
            self.keep.setValue(source.keep_months or 0)
            self.quota.setValue(source.quota_mb or 0)
            self.every.setValue(source.every_minutes)
        finally:
            self._quiet = False

    def applied(self, draft: ConnectionDraft) -> ConnectionDraft:
        """``draft`` with what is chosen here."""
        values: dict[str, Any] = {
            "first_day": self.chosen_day(), "on_demand": self.recordings.current() == "demand",
            "main_manager": str(self.manager.currentData()), "reread_days": self.reread.value(),
            "keep_months": self.keep.value() or None, "quota_mb": self.quota.value() or None,
            "every_minutes": self.every.value(),
        }  # fmt: skip
        return replace(draft, **values)

    def chosen_day(self) -> date | None:
        """The first day that is brought in; None: everything (a folder)."""
        if self._is_local:
            return self._shown.first_day if self._shown is not None else None
        day = self.first_day.date()
        return date(day.year(), day.month(), day.day())

    def _first_chosen(self, how: str) -> None:
        self.first_day.setVisible(how == "day")
        if how != "day":
            self._quiet = True
            self.first_day.setDate(_q(self._today - timedelta(days=int(how))))
            self._quiet = False
        else:
            self.first_day.setFocus()
        self._tell()

    def _tell(self, *_value: Any) -> None:
        if not self._quiet:
            self.changed.emit()


def _q(day: date) -> QDate:
    return QDate(day.year, day.month, day.day)
