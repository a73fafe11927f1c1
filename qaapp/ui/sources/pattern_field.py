"""A file name pattern without regular expressions: parts to click, and the user's own files as they will be read."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget

from qaapp.errors import QaappError
from qaapp.i18n import N_, _
from qaapp.intake.preview import sort_paths
from qaapp.sources.filenames import check_pattern
from qaapp.sources.provider import Field
from qaapp.ui import theme
from qaapp.ui.desk import Desk
from qaapp.ui.imports.recordings import PatternBox, RecordingsPart
from qaapp.ui.sources.fields import FieldRow
from qaapp.ui.widgets import Button, FlowLayout, Label

PARTS = (
    ("{date}", N_("Date")), ("{time}", N_("Time")), ("{extension}", N_("Extension")),
    ("{customer}", N_("Customer's number")),
    ("{manager}", N_("Manager's name")), ("{direction}", N_("Direction")), ("{from}", N_("Who called")),
    ("{to}", N_("Who was called")), ("{line}", N_("Line")), ("{group}", N_("Group")), ("{id}", N_("Id of the call")),
    ("{any}", N_("Anything")),
)  # fmt: skip


class PatternRow(FieldRow):
    """``show_folder`` gives the files of the preview; without them only the pattern itself is checked."""

    def __init__(self, field: Field, desk: Desk, parent: QWidget | None = None) -> None:
        self._desk = desk
        self._folder: Path | None = None
        self._zone = ""
        self.part: RecordingsPart | None = None
        super().__init__(field, parent)

    def _make(self) -> QWidget:
        self.box = PatternBox()
        self.box.setMinimumWidth(theme.px(200))
        self.box.currentTextChanged.connect(self._changed)
        self._read = lambda: self.box.pattern() or ""
        self._write = self._show
        self.column.addWidget(self.box)
        hint = Label(
            _("Put your own together: click the parts, type what stands between them."),
            "small",
            "ink_2",
            wrap=True,
        )
        self.column.addWidget(hint)
        parts = QWidget()
        flow = FlowLayout(parts, gap=4)
        self.buttons: dict[str, Button] = {}
        for part, title in PARTS:
            button = Button(_(title), small=True)
            button.setToolTip(part)
            button.clicked.connect(lambda _on=False, part=part: self.insert(part))
            self.buttons[part] = button
            flow.addWidget(button)
        self.column.addWidget(parts)
        return self.box

    def _show(self, value: str) -> None:
        row = self.box.findData(value)
        self.box.blockSignals(True)
        if row >= 0:
            self.box.setCurrentIndex(row)
        else:
            self.box.setCurrentText(value)
        self.box.blockSignals(False)
        self._read_names()

    def insert(self, part: str) -> None:
        """Put a part at the cursor; a known system's name gives way to an own pattern."""
        edit = self.box.lineEdit()
        if edit is None:
            return
        if "{" not in edit.text():
            edit.clear()
        elif edit.text() and edit.cursorPosition() == len(edit.text()) and edit.text().endswith("}"):
            edit.insert("_")
        edit.insert(part)
        edit.setFocus()

    def show_folder(self, folder: str, zone: str) -> None:
        """Preview on the files of ``folder`` (read in the background)."""
        path = Path(folder) if folder else None
        if path is not None and not path.is_dir():
            path = None
        same = path == self._folder
        self._zone = zone
        if same and self.part is not None:
            self._read_names()
            return
        self.stop()
        self._folder = path
        if self.part is not None:
            self.column.removeWidget(self.part)
            self.part.deleteLater()
            self.part = None
        if path is not None:
            try:
                self.part = RecordingsPart(self._desk, sort_paths([path]))
            except QaappError:
                return
            self.column.insertWidget(self.column.count() - 2, self.part)
            self.part.begin(self.box.pattern(), zone)

    def problem(self) -> str:
        value = self.value()
        if value:
            try:
                check_pattern(value)
            except QaappError as error:
                return error.sentence()
        return ""

    def stop(self) -> None:
        """The form goes: no reading goes on."""
        if self.part is not None:
            self.part.stop()

    def _changed(self, _text: str) -> None:
        self.show_problem(self.problem())
        self._read_names()
        self.edited.emit()

    def _read_names(self) -> None:
        if self.part is not None and not self.problem():
            self.part.show_names(self.box.pattern(), self._zone)
