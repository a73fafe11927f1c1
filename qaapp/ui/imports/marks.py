"""Marks from a workbook: the card, whose they are, which column is what, and *Import*."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QComboBox, QGridLayout, QLineEdit

from qaapp.errors import QaappError
from qaapp.i18n import N_, _, ngettext, pgettext
from qaapp.jobs import Job
from qaapp.scorecards import cards
from qaapp.scorecards.marks_import import (
    MarksMapping,
    MarksPreview,
    MarksSummary,
    import_marks,
    preview_marks,
)
from qaapp.scorecards.model import Card
from qaapp.ui import theme
from qaapp.ui.desk import Desk
from qaapp.ui.dialogs import Dialog, open_at
from qaapp.ui.imports.columns_table import ColumnsTable
from qaapp.ui.imports.dialog import show_left_out
from qaapp.ui.imports.results import LeftOut
from qaapp.ui.widgets import ErrorStrip, Label

FACTS = {
    "call": N_("Call: id or file name"),
    "day": N_("Date of the call"),
    "time": N_("Time of the call"),
    "manager": N_("Manager"),
    "comment": N_("Comment"),
    "pluses": N_("Pluses"),
    "minuses": N_("Minuses"),
    "outcome": N_("Outcome"),
}
POINT = "checkpoint:"


def fields_of(mapping: MarksMapping) -> dict[int, str]:
    """Column → field id of the dialog (``call``, …, ``checkpoint:CODE``)."""
    found = {column: POINT + code for code, column in mapping.checkpoints.items()}
    for name in FACTS:
        column = getattr(mapping, name)
        if column is not None:
            found.setdefault(column, name)
    return found


def mapping_of(chosen: dict[int, str]) -> MarksMapping:
    """The reverse of ``fields_of``."""
    points = {
        field.removeprefix(POINT): column for column, field in chosen.items() if field.startswith(POINT)
    }
    facts: dict[str, Any] = {field: column for column, field in chosen.items() if field in FACTS}
    return replace(MarksMapping(points), **facts)


class MarksDialog(Dialog):
    """The columns are read again for every card; *Import* waits for them."""

    def __init__(self, desk: Desk, window: Any, path: Path, on_done: Callable[[MarksSummary], None]) -> None:
        super().__init__(window, _("Marks from Excel"), pgettext("button", "Import"), self._start)
        self._desk, self._window, self._path, self._on_done = desk, window, path, on_done
        self._job: Job | None = None
        self._points: Card | None = None
        self.shown: MarksPreview | None = None
        self.content.addWidget(Label(str(path), "small", "ink_2", wrap=True, selectable=True))
        self.card = QComboBox()
        self.reviewer = QLineEdit(desk.user_name)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(2, 1)
        for row, (words, field, hint) in enumerate(
            (
                (_("Card"), self.card, _("The marks are counted by it")),
                (_("Reviewer"), self.reviewer, _("The marks are signed by this name")),
            )
        ):
            label = Label(words, tone="ink_2")
            label.setBuddy(field)
            field.setAccessibleName(words)
            field.setMinimumWidth(theme.px(260))
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
            grid.addWidget(Label(hint, "small", "ink_2", wrap=True), row, 2)
        self.content.addLayout(grid)
        self.table = ColumnsTable()
        self.table.changed.connect(self._tell)
        self.missing = Label("", "small", "ink_2", wrap=True)
        self.columns_error = ErrorStrip()
        self.content.addWidget(self.table, 1)
        self.content.addWidget(self.missing)
        self.content.addWidget(self.columns_error)
        open_at(self, 860, 600)
        self.card.setFocus()
        self.finished.connect(self._stop)
        with desk.database.read() as session:
            self.card.addItems(
                [card.name for card in cards.list_cards(session) if card.published_revision_id is not None]
            )
        self.card.currentIndexChanged.connect(self._read)
        self._read()

    def _read(self) -> None:
        self.shown = None
        self.verb.setEnabled(False)
        self.columns_error.hide()
        name = self.card.currentText()
        if not name:
            self.table.hide()
            self.columns_error.show_error(_("There is no published card. Publish one first."))
            return
        path, database = self._path, self._desk.database

        def read() -> tuple[MarksPreview, Card | None]:
            with database.read() as session:
                shown = preview_marks(session, path, name)
                return shown, cards.load_published(session, cards.need_card(session, name).scorecard_id)

        self._job = self._desk.jobs.start(
            "marks.preview", "", read, on_done=self._show, on_failed=self._failed, replaces=True
        )

    def _failed(self, error: QaappError) -> None:
        self.table.hide()
        self.columns_error.show_error(error)

    def _show(self, read: tuple[MarksPreview, Card | None]) -> None:
        self.shown, self._points = read
        points = self._points.checkpoints if self._points is not None else ()
        fields = [(key, _(words)) for key, words in FACTS.items()]
        fields += [(POINT + point.code, f"{point.code} {point.text}") for point in points]
        self.table.show_columns(self.shown.headings, self.shown.rows, fields, fields_of(self.shown.mapping))
        self.table.show()
        self.verb.setEnabled(True)
        self._tell()

    def _lacking(self) -> list[str]:
        chosen = set(self.table.chosen().values())
        points = self._points.checkpoints if self._points is not None else ()
        return [f"{point.code} {point.text}" for point in points if POINT + point.code not in chosen]

    def _tell(self) -> None:
        self.columns_error.hide()
        lacking = self._lacking()
        self.missing.setVisible(bool(lacking))
        self.missing.setText(_("No column yet for: {names}").format(names="; ".join(lacking)))

    def accept(self) -> None:
        """What is missing is said under the columns, and the dialog stays open."""
        chosen = set(self.table.chosen().values())
        if self._lacking():
            self.columns_error.show_error(_("Choose a column for every checkpoint of the card."))
            return
        if "call" not in chosen and not {"day", "manager"} <= chosen:
            self.columns_error.show_error(
                _("Choose the column with the call, or those with its date and manager.")
            )
            return
        super().accept()

    def _start(self) -> None:
        reviewer = " ".join(self.reviewer.text().split())
        if not reviewer:
            raise QaappError(N_("Type the reviewer's name."))
        mapping, name, path = mapping_of(self.table.chosen()), self.card.currentText(), self._path
        database, window, on_done = self._desk.database, self._window, self._on_done

        def done(summary: MarksSummary) -> None:
            on_done(summary)
            if summary.rejected:
                show_left_out(
                    window, [LeftOut(str(path), item.row, item.reason) for item in summary.rejected]
                )

        self._desk.jobs.start(
            "import.marks",
            _("Marks from Excel"),
            lambda: import_marks(database, path, name, reviewer, mapping=mapping),
            pool="db",
            on_done=done,
            on_failed=window.show_error,
            on_cancelled=lambda: window.show_message(
                _("The import was stopped. What came in is kept; import again to go on.")
            ),
        )

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()


def marks_sentence(summary: MarksSummary) -> str:
    """“12 evaluations came in, 2 skipped”."""
    n = summary.submitted
    text = ngettext("{n} evaluation came in", "{n} evaluations came in", n).format(n=n)
    count = len(summary.rejected)
    return text + (", " + ngettext("{n} skipped", "{n} skipped", count).format(n=count) if count else "")


def open_marks(desk: Desk, window: Any, path: Path, on_done: Callable[[MarksSummary], None]) -> MarksDialog:
    """Show the dialog; ``on_done`` gets the summary on the GUI thread."""
    dialog = MarksDialog(desk, window, path, on_done)
    dialog.open()
    return dialog
