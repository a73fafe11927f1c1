"""What is imported, how it is read, and *Import*: the work itself runs in the background."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QComboBox, QGridLayout, QTabWidget, QWidget

from qaapp.calls import people
from qaapp.errors import QaappError
from qaapp.i18n import _, ngettext, pgettext
from qaapp.intake.importing import ImportOptions, ImportSummary
from qaapp.intake.preview import Chosen, import_shown, sort_paths
from qaapp.sources.filenames import check_pattern
from qaapp.sources.moments import zone_of
from qaapp.ui import theme
from qaapp.ui.desk import Desk
from qaapp.ui.dialogs import Dialog, open_at
from qaapp.ui.imports.log import LogPart
from qaapp.ui.imports.recordings import PatternBox, RecordingsPart
from qaapp.ui.imports.results import LeftOut, ResultsDialog
from qaapp.ui.settings.rules_page import ZONES
from qaapp.ui.widgets import ErrorStrip, Label
from qaapp.ui.widgets.combos import OpenCombo

PATHS_SHOWN = 4


class ImportDialog(Dialog):
    """Not modal to the work: it closes on *Import*, and the status bar goes on."""

    def __init__(
        self, desk: Desk, window: Any, paths: Sequence[Path], on_done: Callable[[ImportSummary], None],
        on_stopped: Callable[[], None] | None = None, on_failed: Callable[[QaappError], None] | None = None,
    ) -> None:  # fmt: skip
        self._chosen: Chosen = sort_paths(paths)
        super().__init__(window, self._words(), pgettext("button", "Import"), self._start)
        self._desk, self._window, self._paths = desk, window, tuple(paths)
        self._on_done, self._on_stopped = on_done, on_stopped
        self._on_failed = on_failed or window.show_error
        self.recordings: RecordingsPart | None = None
        self.logs: list[LogPart] = []
        self._build()
        open_at(self, 900, 620)
        self.zone.setFocus()
        self.finished.connect(self._stop)

    def _words(self) -> str:
        if not self._chosen.logs:
            return _("Import recordings")
        if self._chosen.has_recordings:
            return _("Import recordings and call logs")
        count = len(self._chosen.logs)
        if count == 1:
            return _("Import of a call log")
        return ngettext("Import of {n} call log", "Import of {n} call logs", count).format(n=count)

    # --- parts -------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        shown = [str(path) for path in self._paths[:PATHS_SHOWN]]
        more = len(self._paths) - len(shown)
        if more > 0:
            shown.append(ngettext("and {n} more", "and {n} more", more).format(n=more))
        self.content.addWidget(Label("\n".join(shown), "small", "ink_2", wrap=True, selectable=True))
        self.content.addLayout(self._form())
        self.form_error = ErrorStrip()
        self.content.addWidget(self.form_error)
        parts: list[tuple[QWidget, str]] = []
        if self._chosen.has_recordings:
            self.recordings = RecordingsPart(self._desk, self._chosen)
            self.recordings.ready.connect(self._ready)
            parts.append((self.recordings, _("Recordings")))
        for path in self._chosen.logs:
            part = LogPart(self._desk, path)
            part.ready.connect(self._ready)
            self.logs.append(part)
            parts.append((part, path.name))
        if len(parts) == 1:
            self.content.addWidget(parts[0][0], 1)
        else:
            self.tabs = QTabWidget()
            self.tabs.setDocumentMode(True)
            for widget, title in parts:
                widget.setContentsMargins(0, 8, 0, 0)
                self.tabs.addTab(widget, title)
            self.content.addWidget(self.tabs, 1)
        if self.recordings is not None:
            self.recordings.begin(self.pattern.pattern(), self.zone.currentText().strip())
        self._ready()

    def _form(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(2, 1)
        self.zone = OpenCombo()
        self.zone.addItems(sorted({self._desk.rules.time_zone, *ZONES}))
        self.zone.setCurrentText(self._desk.rules.time_zone)
        self.zone.currentTextChanged.connect(self._form_changed)
        self._row(grid, _("Time zone"), self.zone, _("Where the clock of this telephone system stands"))
        self.manager = OpenCombo()
        self.manager.addItem("")
        with self._desk.database.read() as session:
            self.manager.addItems([person.name for person in people.list_people(session) if person.active])
        field = self.manager.lineEdit()
        if field is not None:
            field.setPlaceholderText(_("As the names say"))
        self._row(
            grid, _("Everything here is"), self.manager, _("Used where nothing better names the manager")
        )
        self.pattern = PatternBox()
        self.pattern.currentTextChanged.connect(self._form_changed)
        if self._chosen.has_recordings:
            hint = _("Or your own, from parts such as {parts}").format(
                parts="{date} {time} {extension} {customer} {id}"
            )
            self._row(grid, _("File names"), self.pattern, hint)
        return grid

    def _row(self, grid: QGridLayout, words: str, field: QComboBox, hint: str) -> None:
        row = grid.rowCount()
        field.setAccessibleName(words)
        field.setMinimumWidth(theme.px(260))
        label = Label(words, tone="ink_2")
        label.setBuddy(field)
        grid.addWidget(label, row, 0)
        grid.addWidget(field, row, 1)
        grid.addWidget(Label(hint, "small", "ink_2", wrap=True), row, 2)

    def _form_changed(self) -> None:
        self.form_error.hide()
        if self.recordings is not None:
            self.recordings.show_names(self.pattern.pattern(), self.zone.currentText().strip())

    def _ready(self) -> None:
        """*Import* waits until every call log's columns are there to be looked at."""
        unread = any(part.shown is None and not part.error.isVisibleTo(part) for part in self.logs)
        readable = self.recordings is not None or any(part.shown is not None for part in self.logs)
        self.verb.setEnabled(not unread and (readable or not self.logs))

    # --- the work ----------------------------------------------------------------------------------------------

    def accept(self) -> None:
        """Each error stays under its cause, and the dialog open."""
        zone, pattern = self.zone.currentText().strip(), self.pattern.pattern()
        try:
            zone_of(zone)
            if pattern:
                check_pattern(pattern)
        except QaappError as error:
            self.form_error.show_error(error)
            return
        for part in self.logs:
            if part.shown is not None and not part.check():
                if len(self.logs) > 1 or self.recordings is not None:
                    self.tabs.setCurrentWidget(part)
                return
        super().accept()

    def _start(self) -> None:
        options = ImportOptions(
            pattern=self.pattern.pattern() if self.recordings is not None else None,
            time_zone=self.zone.currentText().strip(),
            manager=" ".join(self.manager.currentText().split()) or None,
        )
        changed = [
            (part.shown, part.columns()) for part in self.logs if part.shown is not None and part.is_changed()
        ]
        desk, paths = self._desk, self._paths
        start_import(
            desk, self._window, self.windowTitle(), lambda: import_shown(desk.database, paths, options, changed),
            self._on_done, self._on_stopped, self._on_failed,
        )  # fmt: skip

    def _stop(self) -> None:
        for part in self.logs:
            part.stop()
        if self.recordings is not None:
            self.recordings.stop()


def start_import(
    desk: Desk, window: Any, title: str, steps: Callable[[], Any], on_done: Callable[[ImportSummary], None],
    on_stopped: Callable[[], None] | None, on_failed: Callable[[QaappError], None],
) -> None:  # fmt: skip
    """Run in the background; afterwards ``on_done``, and the list of what was left out when there is any."""

    def done(summary: ImportSummary) -> None:
        on_done(summary)
        if summary.skipped:
            show_left_out(window, [LeftOut(item.path, item.row, item.reason) for item in summary.skipped])

    def stopped() -> None:
        if on_stopped is not None:
            on_stopped()
        window.show_message(_("The import was stopped. What came in is kept; import again to go on."))

    desk.jobs.start(
        "import", title, steps, pool="db", on_done=done, on_failed=on_failed, on_cancelled=stopped
    )


def show_left_out(window: Any, left_out: Sequence[LeftOut]) -> ResultsDialog:
    """What did not come in and why."""
    count = len(left_out)
    title = ngettext("{n} was left out", "{n} were left out", count).format(n=count)
    dialog = ResultsDialog(window, title, left_out)
    dialog.open()
    return dialog


def open_import(
    desk: Desk, window: Any, paths: Sequence[Path], on_done: Callable[[ImportSummary], None],
    on_stopped: Callable[[], None] | None = None, on_failed: Callable[[QaappError], None] | None = None,
) -> ImportDialog | None:  # fmt: skip
    """Show the dialog for these folders, recordings and call logs; ``on_done`` gets the summary on the GUI thread.

    ``on_failed`` is told instead of the window's error strip. None when a path is not there, which is a failure too.
    """
    try:
        dialog = ImportDialog(desk, window, paths, on_done, on_stopped, on_failed)
    except QaappError as error:
        (on_failed or window.show_error)(error)
        return None
    dialog.open()
    return dialog
