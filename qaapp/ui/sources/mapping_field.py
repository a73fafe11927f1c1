"""Columns of a sheet → fields of a call, with the first values of the user's own file."""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from qaapp.errors import QaappError
from qaapp.i18n import _
from qaapp.intake.mapping import Preview
from qaapp.intake.preview import change_columns, field_of_columns, preview_log
from qaapp.jobs import Job
from qaapp.sources.columns import FIELDS, ColumnMap, from_json
from qaapp.sources.provider import Field
from qaapp.ui.desk import Desk
from qaapp.ui.imports.columns_table import ColumnsTable
from qaapp.ui.sources.fields import FieldRow
from qaapp.ui.widgets import Button, Label

SHEETS = (".csv", ".txt", ".xlsx", ".xlsm", ".xls")


def first_sheet(folder: Path) -> Path | None:
    """The newest sheet in a folder, None when there is none or it cannot be read."""
    try:
        found = [path for path in folder.iterdir() if path.suffix.casefold() in SHEETS and path.is_file()]
        return max(found, key=lambda path: path.stat().st_mtime, default=None)
    except OSError:
        return None


class MappingRow(FieldRow):
    """The value is a column map as JSON, "" while the columns are recognised by themselves."""

    def __init__(self, field: Field, desk: Desk, parent: QWidget | None = None) -> None:
        self._desk = desk
        self._job: Job | None = None
        self._stored = ""
        self._chosen = False  # somebody chose columns by hand
        self.shown: Preview | None = None
        super().__init__(field, parent)

    def _make(self) -> QWidget:
        self.facts = Label(
            _("Choose the folder or the file first: its columns are shown here."), "small", "ink_2", wrap=True
        )
        self.choose = Button(_("Look at a file…"), icon="file-spreadsheet", small=True)
        self.choose.clicked.connect(self._ask)
        self.table = ColumnsTable()
        self.table.changed.connect(self._changed)
        self.table.hide()
        self.column.addWidget(self.facts)
        self.column.addWidget(self.choose, 0, Qt.AlignmentFlag.AlignLeft)
        self.column.addWidget(self.table)
        self._read = self._value
        self._write = self._store
        return self.table

    def _value(self) -> str:
        if self.shown is None or not self._chosen:
            return self._stored
        columns = change_columns(self.shown.columns, self.table.chosen())
        return json.dumps(columns.to_json(self.shown.headings), ensure_ascii=False)

    def _store(self, value: str) -> None:
        self._stored, self._chosen = value, False

    def problem(self) -> str:
        if self.shown is None:
            return ""
        columns = change_columns(self.shown.columns, self.table.chosen())
        return "" if columns.is_usable else _("Choose the column that holds the date of the call.")

    def show_path(self, text: str) -> None:
        """The columns of a file, or of the newest sheet of a folder."""
        path = Path(text) if text else None
        if path is not None and path.is_dir():
            path = first_sheet(path)
        if path is not None and path.is_file():
            self.read(path)

    def read(self, path: Path) -> None:
        """Read the beginning of a sheet in the background."""
        self.stop()
        self.facts.setText(_("Reading {file}…").format(file=path.name))
        self._job = self._desk.jobs.start(
            "sources.columns", "", lambda: preview_log(self._desk.database, path), replaces=True,
            on_done=lambda shown: self._show(path, shown), on_failed=self._failed,
        )  # fmt: skip

    def stop(self) -> None:
        """The form goes: nothing is called back any more."""
        if self._job is not None:
            self._job.cancel()

    def _ask(self) -> None:
        kinds = _("Call logs") + " (*.csv *.txt *.xlsx *.xls *.xlsm)"
        chosen, _kind = QFileDialog.getOpenFileName(self, _("Call log"), str(Path.home()), kinds)
        if chosen:
            self.read(Path(chosen))

    def _failed(self, error: QaappError) -> None:
        self.facts.setText("")
        self.error.show_error(error)

    def _show(self, path: Path, shown: Preview) -> None:
        self.shown = shown
        self.error.hide()
        self.facts.setText(_("Columns of {file}").format(file=path.name))
        columns = self._stored_columns(shown) or shown.columns
        fields = [(key, _(title)) for key, title in FIELDS.items()]
        rows = [cells for _number, cells in shown.rows]
        self.table.show_columns(shown.headings, rows, fields, field_of_columns(columns))
        self.table.show()
        self.check()
        self.edited.emit()

    def _stored_columns(self, shown: Preview) -> ColumnMap | None:
        if not self._stored:
            return None
        try:
            return from_json(json.loads(self._stored), shown.headings)
        except (QaappError, ValueError):
            return None

    def _changed(self) -> None:
        self._chosen = True
        self.check()
        self.edited.emit()
