"""Clips: which sides, which format, where to; then they are cut in the background."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QCheckBox, QFileDialog, QGridLayout, QHBoxLayout, QLineEdit, QWidget

from qaapp.calls import clip_export as cutting
from qaapp.calls.clip_export import ClipOptions, ClipSummary, ClipWish
from qaapp.errors import QaappError
from qaapp.i18n import N_, _, ngettext
from qaapp.ui import theme
from qaapp.ui.desk import Desk
from qaapp.ui.dialogs import Dialog, confirm
from qaapp.ui.widgets import Button, Label, Segmented
from qaapp.words import Lane

MEMORY = "clips"  # folder and choices of this computer
SHOWN = 6
SIDES = {
    "stereo": (frozenset[Lane](), False), "mono": (frozenset[Lane](), True),
    "manager": (frozenset([Lane.MANAGER]), False), "customer": (frozenset([Lane.CUSTOMER]), False),
}  # fmt: skip
Say = Callable[[str, Any], None]


def _kept(value: object, known: Iterable[str]) -> str:
    """A remembered choice where it is still one, else the first."""
    choices = list(known)
    return value if isinstance(value, str) and value in choices else choices[0]


class ClipsDialog(Dialog):
    """``say(text, undo)`` tells when the files are there. GUI thread only; the cutting is a job with Cancel."""

    def __init__(
        self, desk: Desk, wishes: Sequence[ClipWish], say: Say, parent: QWidget | None = None
    ) -> None:
        n = len(wishes)
        whole = n == 1 and wishes[0].start_ms is None
        title = (
            _("Save the call as a file")
            if whole
            else ngettext("Save {n} clip", "Save {n} clips", n).format(n=n)
        )
        super().__init__(parent, title, _("Save"), self._start)
        self.setMinimumWidth(theme.px(560))
        self._desk, self._wishes, self._say = desk, wishes, say
        kept = desk.remembered(MEMORY, {})
        kept = kept if isinstance(kept, dict) else {}
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(10)
        self.grid.setVerticalSpacing(8)
        self.content.addLayout(self.grid)
        self.format = Segmented(
            [(one, one.removeprefix(".").upper()) for one in cutting.FORMATS], _("Format")
        )
        self.format.set_current(_kept(kept.get("format"), cutting.FORMATS))
        self._add(_("Format"), self.format)
        words = {
            "stereo": _("both, apart"), "mono": _("both, mixed"), "manager": _("manager"), "customer": _("customer"),
        }  # fmt: skip
        self.sides = Segmented(list(words.items()), _("Voices"))
        self.sides.set_current(_kept(kept.get("sides"), SIDES))
        self._add(_("Voices"), self.sides)
        self.beep = QCheckBox(_("Beep over personal data"))
        self.beep.setChecked(True)  # never remembered as off: each time it is a decision
        self._add(_("Privacy"), self.beep)
        self.level = QCheckBox(_("Both sides equally loud"))
        self.level.setChecked(kept.get("level") is True)
        self._add(_("Loudness"), self.level)
        self.folder = QLineEdit(str(kept.get("folder") or Path.home()))
        choose = Button(_("Choose…"))
        choose.clicked.connect(self._choose)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.folder, 1)
        row.addWidget(choose)
        self._add(_("Folder"), self.folder, row)
        note = _("Each file is named by day, manager, moment, kind and text; nothing there is replaced.")
        self.content.addWidget(Label(note, "small", "ink_2", wrap=True))
        self.verb.setFocus()

    def _add(self, words: str, field: QWidget, layout: QHBoxLayout | None = None) -> None:
        at = self.grid.rowCount()
        label = Label(words, tone="ink_2")
        label.setBuddy(field)
        if not field.accessibleName():
            field.setAccessibleName(words)
        self.grid.addWidget(label, at, 0)
        if layout is not None:
            self.grid.addLayout(layout, at, 1)
        else:
            self.grid.addWidget(field, at, 1)

    def _choose(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, _("Folder for the clips"), self.folder.text())
        if chosen:
            self.folder.setText(chosen)

    def options(self) -> ClipOptions:
        lanes, mono = SIDES[self.sides.current()]
        return ClipOptions(self.format.current(), lanes, mono, self.beep.isChecked(), self.level.isChecked())

    def _start(self) -> None:
        text = self.folder.text().strip()
        folder = Path(text).expanduser()
        if not text or not folder.is_absolute():
            raise QaappError(N_("Choose a folder for the clips."))
        self._desk.remember(
            MEMORY,
            {
                "folder": str(folder),
                "format": self.format.current(),
                "sides": self.sides.current(),
                "level": self.level.isChecked(),
            },
        )
        save_clips(self._desk, self._wishes, folder, self.options(), self._say, self.parentWidget())


def save_clips(
    desk: Desk, wishes: Sequence[ClipWish], folder: Path, options: ClipOptions, say: Say,
    parent: QWidget | None = None,
) -> None:  # fmt: skip
    """Cut in the background; progress and Cancel are in the status bar, what failed is listed at the end."""
    database, roots = desk.database, dict(desk.roots)

    def done(summary: ClipSummary) -> None:
        n = len(summary.written)
        if n == 1:
            text = _("Saved: {path}").format(path=summary.written[0])
        else:
            text = ngettext("{n} clip saved in {path}", "{n} clips saved in {path}", n).format(
                n=n, path=folder
            )
        if summary.beeps:
            text += ", " + ngettext("{n} stretch beeped", "{n} stretches beeped", summary.beeps).format(
                n=summary.beeps
            )
        say(text, None)
        if summary.problems:
            lines = [f"{one.title}: {one.reason}" for one in summary.problems[:SHOWN]]
            if len(summary.problems) > SHOWN:
                lines.append(_("and {n} more").format(n=len(summary.problems) - SHOWN))
            confirm(parent, _("Some clips could not be saved"), "\n".join(lines), _("Close"), lambda: None)

    desk.jobs.start(
        "clips", _("Cutting clips"), lambda: cutting.export_clips(database, wishes, folder, roots, options),
        pool="io", on_done=done,
    )  # fmt: skip
