"""The period of the window: a few ready ones and a calendar in which the first and the last day are clicked."""

from __future__ import annotations

from datetime import date, timedelta

from PySide6.QtCore import QDate, QLocale, QPoint, Qt, Signal
from PySide6.QtGui import QTextCharFormat
from PySide6.QtWidgets import QCalendarWidget, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from qaapp import i18n
from qaapp.i18n import N_, _
from qaapp.ui import theme
from qaapp.ui.widgets.buttons import Button, MenuButton
from qaapp.ui.widgets.labels import Hairline, Label

EVER = date(1970, 1, 1)
PRESETS = (
    ("today", N_("Today")), ("yesterday", N_("Yesterday")), ("week", N_("This week")), ("days_7", N_("Last 7 days")),
    ("month", N_("This month")), ("last_month", N_("Last month")), ("days_30", N_("Last 30 days")),
    ("year", N_("This year")), ("ever", N_("All time")),
)  # fmt: skip


def preset(name: str, today: date) -> tuple[date, date]:
    """First and last day of a ready period, both inclusive; weeks begin on Monday."""
    first_of_month = today.replace(day=1)
    last_month_end = first_of_month - timedelta(days=1)
    return {
        "today": (today, today),
        "yesterday": (today - timedelta(days=1), today - timedelta(days=1)),
        "week": (today - timedelta(days=today.weekday()), today),
        "days_7": (today - timedelta(days=6), today),
        "month": (first_of_month, today),
        "last_month": (last_month_end.replace(day=1), last_month_end),
        "days_30": (today - timedelta(days=29), today),
        "year": (today.replace(month=1, day=1), today),
        "ever": (EVER, today),
    }[name]


def period_text(first: date, last: date) -> str:
    """The period as it stands in the top bar."""
    return _("All time") if first <= EVER else i18n.period(first, last)


class PeriodPicker(MenuButton):
    """``period_chosen(first, last)`` after a choice; ``set_period`` shows one without a signal."""

    period_chosen = Signal(object, object)

    def __init__(self, today: date, parent: QWidget | None = None) -> None:
        super().__init__("", "", icon="calendar", parent=parent)
        self._today = today
        self.first, self.last = preset("days_30", today)
        self._popup: _Popup | None = None
        self.clicked.connect(self.open)
        self.retranslate()

    def set_today(self, today: date) -> None:
        self._today = today

    def set_period(self, first: date, last: date) -> None:
        self.first, self.last = first, last
        self.retranslate()

    def retranslate(self) -> None:
        self.set_value(period_text(self.first, self.last))
        self.setAccessibleName(_("Period") + ": " + period_text(self.first, self.last))
        self.setToolTip(_("Period"))

    def open(self) -> None:
        """The popup under the button."""
        self._popup = _Popup(self, self._today)
        self._popup.chosen.connect(self.choose)
        self._popup.move(self.mapToGlobal(QPoint(0, self.height() + 2)))
        self._popup.show()

    def choose(self, first: date, last: date) -> None:
        """Take a period and tell."""
        self.set_period(*sorted((first, last)))
        self.period_chosen.emit(self.first, self.last)


class _Popup(QFrame):
    chosen = Signal(object, object)

    def __init__(self, picker: PeriodPicker, today: date) -> None:
        super().__init__(picker, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("ground", "message")
        self._first: date | None = None
        presets = QVBoxLayout()
        presets.setSpacing(0)
        for name, title in PRESETS:
            button = Button(_(title), "flat", spread=True, small=True)
            button.clicked.connect(lambda _checked=False, name=name: self._take(*preset(name, today)))
            presets.addWidget(button)
        presets.addStretch()
        self._calendar = QCalendarWidget()
        self._calendar.setLocale(QLocale("ru_RU" if i18n.language() == "ru" else "en_GB"))
        self._calendar.setFirstDayOfWeek(Qt.DayOfWeek.Monday)
        self._calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        self._calendar.setAccessibleName(_("Calendar"))
        weekday = QTextCharFormat()
        weekday.setForeground(theme.color("ink"))
        for day in (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday):
            self._calendar.setWeekdayTextFormat(day, weekday)
        shown = QDate(picker.last.year, picker.last.month, picker.last.day)
        self._calendar.setSelectedDate(shown)
        self._calendar.clicked.connect(self._clicked)
        self._calendar.activated.connect(self._clicked)
        self._hint = Label(_("Click the first day, then the last"), "small", "ink_2", wrap=True)
        right = QVBoxLayout()
        right.addWidget(self._calendar)
        right.addWidget(self._hint)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 8, 8)
        row.setSpacing(8)
        row.addLayout(presets)
        row.addWidget(Hairline(vertical=True))
        row.addLayout(right)

    def _clicked(self, chosen: QDate) -> None:
        day = date(chosen.year(), chosen.month(), chosen.day())
        if self._first is None:
            self._first = day
            mark = QTextCharFormat()
            mark.setBackground(theme.color("selection"))
            self._calendar.setDateTextFormat(chosen, mark)
            self._hint.setText(_("From {day}: now click the last day").format(day=i18n.day(day, "full")))
            return
        self._take(*sorted((self._first, day)))

    def _take(self, first: date, last: date) -> None:
        self.chosen.emit(first, last)
        self.close()
