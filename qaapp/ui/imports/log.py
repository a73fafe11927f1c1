"""The call log part of an import: which column is what, shown with its first values."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from qaapp.errors import QaappError
from qaapp.i18n import N_, _
from qaapp.intake.mapping import Preview
from qaapp.intake.preview import change_columns, field_of_columns, preview_log
from qaapp.jobs import Job
from qaapp.sources.columns import FIELDS, ColumnMap
from qaapp.ui.desk import Desk
from qaapp.ui.imports.columns_table import ColumnsTable
from qaapp.ui.widgets import ErrorStrip, Label

DELIMITERS = {
    ",": N_("comma"),
    ";": N_("semicolon"),
    "\t": N_("tab"),
    "|": N_("vertical bar"),
}


class LogPart(QWidget):
    """One call log; ``ready`` when its beginning was read or could not be."""

    ready = Signal()

    def __init__(self, desk: Desk, path: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.path = path
        self.shown: Preview | None = None
        self.facts = Label(_("Reading the call log…"), "small", "ink_2", wrap=True)
        self.table = ColumnsTable()
        self.table.changed.connect(self._changed)
        self.error = ErrorStrip()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.facts)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.error)
        self._job: Job = desk.jobs.start(
            "import.log",
            "",
            lambda: preview_log(desk.database, path),
            on_done=self._show,
            on_failed=self._failed,
        )

    def stop(self) -> None:
        """The dialog closes: nothing is called back any more."""
        self._job.cancel()

    def _failed(self, error: QaappError) -> None:
        self.facts.hide()
        self.table.hide()
        self.error.show_error(error)
        self.ready.emit()

    def _show(self, shown: Preview) -> None:
        self.shown = shown
        self.facts.setText(", ".join(self._told(shown)))
        fields = [(key, _(title)) for key, title in FIELDS.items()]
        rows = [cells for _number, cells in shown.rows]
        self.table.show_columns(shown.headings, rows, fields, field_of_columns(shown.columns))
        self.ready.emit()

    def _told(self, shown: Preview) -> list[str]:
        if shown.encoding:
            word = DELIMITERS.get(shown.delimiter)
            told = [
                _("Encoding {encoding}").format(encoding=shown.encoding.upper()),
                _("columns are separated by: {delimiter}").format(
                    delimiter=_(word) if word else shown.delimiter
                ),
            ]
        else:
            told = [_("Sheet “{name}”").format(name=shown.sheet)]
        if shown.is_remembered:
            told.append(_("columns as you chose them last time"))
        elif not shown.headings:
            told.append(_("no headings"))
        return told

    def columns(self) -> ColumnMap:
        """As they are chosen now."""
        assert self.shown is not None
        return change_columns(self.shown.columns, self.table.chosen())

    def is_changed(self) -> bool:
        """Whether a person chose other columns than were guessed or remembered."""
        return self.shown is not None and self.columns() != self.shown.columns

    def check(self) -> bool:
        """Whether it can be imported; says under the columns why not."""
        if self.shown is None:
            return False
        if not self.columns().is_usable:
            self.error.show_error(_("Choose the column that holds the date of the call."))
            return False
        self.error.hide()
        return True

    def _changed(self) -> None:
        if self.columns().is_usable:
            self.error.hide()
