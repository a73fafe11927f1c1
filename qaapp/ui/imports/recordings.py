"""The recordings part of an import: how names are read, and the first of them as they will be understood."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from qaapp import i18n
from qaapp.errors import QaappError
from qaapp.i18n import N_, _, ngettext
from qaapp.intake.preview import PREVIEW_CALLS, Chosen, NamedCall, count_recordings, preview_recordings
from qaapp.jobs import Job
from qaapp.sources.filenames import PATTERNS
from qaapp.ui import theme
from qaapp.ui.desk import Desk
from qaapp.ui.imports.results import RowsModel
from qaapp.ui.widgets import Column, ErrorStrip, Label, TableView
from qaapp.ui.widgets.combos import OpenCombo
from qaapp.words import Direction

TYPING_MS = 300
NAMES = {  # names of products stay as they are
    "underscored": "2026_03_17_10_18_05_101 (in)", "freepbx": "FreePBX", "freepbx-conference": "FreePBX, conference",
    "mikopbx": "MikoPBX", "mikopbx-download": "MikoPBX, download", "3cx": "3CX", "ringostat": "Ringostat",
    "simotel": "Simotel", "telesis": "Telesis", "mikopbx-doc": "MikoPBX, archive", "call-analytics": "Contact Lens",
    "miarec": "MiaRec", "id": N_("Only the call's id"),
}  # fmt: skip
TEMPLATE = "{date}_{time}_{extension}_{customer}"


class PatternBox(OpenCombo):
    """Automatic, a known system, or a template that is typed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(_("File names"))
        self.addItem(_("Automatic"), "")
        for name in PATTERNS:
            self.addItem(_(NAMES.get(name, name)), name)
        self.addItem(TEMPLATE, TEMPLATE)

    def pattern(self) -> str | None:
        """None: every name is tried with every known pattern."""
        text = self.currentText().strip()
        row = self.findText(text)
        return (self.itemData(row) if row >= 0 else text) or None


class RecordingsPart(QWidget):
    """Reads in the background whenever ``show_names`` is asked; ``ready`` after every answer."""

    ready = Signal()

    def __init__(self, desk: Desk, chosen: Chosen, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._chosen = desk, chosen
        self._jobs: list[Job] = []
        self._asked: tuple[str | None, str] = (None, "")
        self._total: int | None = None
        self.calls: tuple[NamedCall, ...] | None = None
        self.count = Label(_("Looking through the folder…"), "small", "ink_2", wrap=True)
        self.error = ErrorStrip()
        self.table = TableView(edge=True)
        self.table.setAccessibleName(_("The first recordings"))
        self._model = RowsModel(
            (_("File"), _("Date"), _("Manager"), _("Extension"), _("Direction"), _("Number")), self.table
        )
        self.table.setModel(self._model)
        self.table.set_columns(
            (
                Column("file", 0), Column("date", 186), Column("manager", 112), Column("extension", 88),
                Column("direction", 106), Column("number", 134),
            )
        )  # fmt: skip
        self.table.setMinimumHeight(theme.px(30 + 31 * 4))
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self._read)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.count)
        layout.addWidget(self.error)
        layout.addWidget(self.table, 1)

    def begin(self, pattern: str | None, zone: str) -> None:
        """Count the files and read the first names."""
        self._jobs.append(
            self._desk.jobs.start(
                "import.count", "", lambda: count_recordings(self._chosen), on_done=self._counted,
                on_failed=lambda _error: None,
            )
        )  # fmt: skip
        self._asked = (pattern, zone)
        self._read()

    def show_names(self, pattern: str | None, zone: str) -> None:
        """Read again after a short pause, so that typing does not start a reading per letter."""
        if (pattern, zone) != self._asked:
            self._asked = (pattern, zone)
            self._typing.start()

    def stop(self) -> None:
        """The dialog closes: nothing is called back any more."""
        self._typing.stop()
        for job in self._jobs:
            job.cancel()

    def _read(self) -> None:
        pattern, zone = self._asked
        self._jobs.append(
            self._desk.jobs.start(
                "import.preview", "", lambda: preview_recordings(self._desk.database, self._chosen, pattern, zone),
                on_done=self._show, on_failed=self._failed, replaces=True,
            )
        )  # fmt: skip

    def _failed(self, error: QaappError) -> None:
        self.error.show_error(error)
        self.calls = ()
        self._model.set_rows([])
        self.ready.emit()

    def _counted(self, total: int) -> None:
        self._total = total
        self._tell()

    def _show(self, calls: tuple[NamedCall, ...]) -> None:
        self.error.hide()
        self.calls = calls
        rows, inks = [], {}
        for place, call in enumerate(calls):
            date = f"{i18n.day(call.started_at.date(), 'full')}, {i18n.clock_time(call.started_at.time())}"
            direction = "—" if call.direction == Direction.UNKNOWN else i18n.word(call.direction.value)
            rows.append(
                (
                    call.name, "≈ " + date if call.is_guess else date, call.manager or "—", call.extension or "—",
                    direction, i18n.phone(call.number) if call.number else "—",
                )
            )  # fmt: skip
            if call.is_guess:
                inks[place, 1] = "ink_2"
        self._model.set_rows(rows, [call.name for call in calls], inks)
        self._tell()
        self.ready.emit()

    def _tell(self) -> None:
        if self.calls is None:
            return
        if not self.calls:
            self.count.setText(_("There are no recordings here"))
            return
        total = max(self._total or 0, len(self.calls))
        text = ngettext("{n} file", "{n} files", total).format(n=i18n.group_digits(total))
        if len(self.calls) >= PREVIEW_CALLS and total > len(self.calls):
            text += ", " + _("the first {n} are shown").format(n=len(self.calls))
        if any(call.is_guess for call in self.calls):
            text += ". " + _("≈ the name holds no time, so the file's own is taken")
        self.count.setText(text)
