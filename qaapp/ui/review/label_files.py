"""Annotations to a file for another program and back: the questions, the files, the drop."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from qaapp import i18n
from qaapp.calls import annotation_formats as formats
from qaapp.calls import annotation_import as taking
from qaapp.calls.annotations import AnnotationRow
from qaapp.errors import QaappError
from qaapp.i18n import _
from qaapp.tables import replacing
from qaapp.ui.dialogs import confirm

if TYPE_CHECKING:
    from qaapp.ui.review.center import Center

FORMAT_MEMORY, FOLDER_MEMORY = "label_format", "label_folder"
LABEL_SUFFIXES = {".txt", ".json"}
LABELS_BEGIN = re.compile(rb"\s*(?:[\[{]|\\|(?:\xff\xfe|\xfe\xff)?[\d.,]+\t[\d.,]+(?:\t|\s*$))", re.M)
SHOWN = 5  # refused lines that are told one by one


def is_label_file(path: Path) -> bool:
    """Whether a dropped file holds labels by the look of its beginning: a ``.txt`` may be a call log as well."""
    if path.suffix.lower() not in LABEL_SUFFIXES:
        return False
    try:
        with path.open("rb") as stream:
            head = stream.read(4096)
    except OSError:
        return False
    return LABELS_BEGIN.match(head.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"")) is not None


def format_words() -> dict[str, str]:
    return {
        "audacity": _("Audacity labels") + " (*.txt)",
        "json": "JSON (*.json)",
        "textgrid": "Praat TextGrid (*.TextGrid)",
        "vtt": "WebVTT (*.vtt)",
    }


class LabelFiles(QObject):
    """GUI thread only: files of labels are small."""

    told = Signal(str, object)  # a message and what undoes it, or None
    failed = Signal(object)

    def __init__(self, center: Center) -> None:
        super().__init__(center)
        self.center, self.session, self.desk = center, center.session, center.desk

    # --- out -----------------------------------------------------------------------------------------------------

    def rows(self) -> Sequence[AnnotationRow]:
        """What an export takes: what is chosen when several are, else what is listed."""
        chosen = self.center.notes.table.chosen_rows()
        rows = chosen if len(chosen) > 1 else self.center.notes.table.model_.rows
        return sorted(rows, key=lambda row: (row.start_ms, row.id))

    def ask_export(self) -> None:
        rows = self.rows()
        if self.session.call is None or not rows:
            return
        words = format_words()
        kept = self.desk.remembered(FORMAT_MEMORY, "audacity")
        first = kept if kept in words else "audacity"
        order = [first, *(name for name in words if name != first)]
        folder = self.desk.remembered(FOLDER_MEMORY, "") or str(Path.home())
        start = Path(folder) / f"{self._name()}{formats.SUFFIXES[first]}"
        path, chosen = QFileDialog.getSaveFileName(
            self.center, _("Export the annotations"), str(start), ";;".join(words[name] for name in order)
        )
        if path:
            name = next((name for name in words if words[name] == chosen), first)
            self.export_to(Path(path), name, rows)

    def _name(self) -> str:
        assert self.session.call is not None
        row = self.session.call.row
        local = row.started_at.astimezone(self.desk.rules.zone)
        return f"{local:%Y-%m-%d %H-%M} {row.manager or _('Not assigned')}".strip()

    def export_to(self, path: Path, name: str, rows: Sequence[AnnotationRow] | None = None) -> None:
        """Write ``rows`` (what ``rows()`` gives) in the format ``name``."""
        call = self.session.call
        if call is None:
            return
        if not path.suffix:
            path = path.with_suffix(formats.SUFFIXES[name])
        rows = self.rows() if rows is None else rows
        text = formats.render(name, rows, self.session.kinds, call.duration_ms or None)
        try:
            with replacing(path) as part:
                part.write_text(text, encoding="utf-8", newline="")
        except QaappError as error:
            self.failed.emit(error)
            return
        self.desk.remember(FORMAT_MEMORY, name)
        self.desk.remember(FOLDER_MEMORY, str(path.parent))
        self.told.emit(_("Saved: {path}").format(path=path), None)

    # --- in ------------------------------------------------------------------------------------------------------

    def ask_import(self) -> None:
        if self.session.call is None:
            return
        folder = self.desk.remembered(FOLDER_MEMORY, "") or str(Path.home())
        kinds = _("Audacity labels, JSON") + " (*.txt *.json);;" + _("All files") + " (*)"
        path, _kind = QFileDialog.getOpenFileName(self.center, _("Labels to bring in"), folder, kinds)
        if path:
            self.take(Path(path))

    def take(self, path: Path) -> None:
        """Bring the annotations of a file onto the open call; undo takes them out again."""
        if self.session.call is None:
            return
        try:
            drafts, refused = taking.read_file(path)
        except QaappError as error:
            self.failed.emit(error)
            return
        done = self.session.take_annotations(drafts, refused)
        if done is None:
            return
        undo = self.session.undo_stack.undo if done.added else None
        self.told.emit(taking.sentence(done), undo)
        if done.refused:
            self._tell_refused(path, done.refused)

    def _tell_refused(self, path: Path, refused: Sequence[taking.Refused]) -> None:
        lines = [
            _("Line {line}: {reason}").format(line=one.line, reason=one.reason) for one in refused[:SHOWN]
        ]
        if len(refused) > SHOWN:
            lines.append(_("and {n} more").format(n=i18n.group_digits(len(refused) - SHOWN)))
        title = _("Lines of {file} that were not taken").format(file=path.name)
        confirm(self.center, title, "\n".join(lines), _("Close"), lambda: None)
