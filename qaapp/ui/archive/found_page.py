"""Annotations of all calls: found, heard one after another, opened at their moment, handed on as a sheet or as clips."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QFileDialog, QMenu

from qaapp import i18n
from qaapp.calls import annotation_search as searching
from qaapp.calls.annotation_search import Cursor, FoundAnnotation, Wanted
from qaapp.calls.clip_export import POINT_AFTER_MS, POINT_BEFORE_MS, ClipWish, wish_of
from qaapp.i18n import N_, _, ngettext
from qaapp.player.player import Player
from qaapp.ui.archive.found_bar import FoundBar, annotation_menus
from qaapp.ui.archive.found_model import COLUMNS, FoundModel
from qaapp.ui.archive.search_page import Found, SearchPage, belongs_to
from qaapp.ui.desk import Desk
from qaapp.ui.review.annotation_model import full_text
from qaapp.ui.waves import WaveCache
from qaapp.ui.widgets import Button

MOST_CLIPS = 2000


@dataclass(frozen=True)
class FoundStretch:
    """A hit as something to be played; a point with what is around it."""

    hit: FoundAnnotation

    @property
    def id(self) -> int:
        return self.hit.annotation.id

    @property
    def call_id(self) -> int:
        return self.hit.annotation.call_id

    @property
    def start_ms(self) -> int:
        note = self.hit.annotation
        return note.start_ms if note.end_ms is not None else max(0, note.start_ms - POINT_BEFORE_MS)

    @property
    def end_ms(self) -> int:
        note = self.hit.annotation
        return note.end_ms if note.end_ms is not None else note.start_ms + POINT_AFTER_MS


class FoundAnnotations(SearchPage):
    """A page of the archive. GUI thread only."""

    def __init__(self, desk: Desk, player: Player, waves: WaveCache) -> None:
        self.export = Button(icon="folder-output", key=desk.keyboard.key_of("export"))
        bar = FoundBar(desk, Wanted(), N_("Words of an annotation"), annotation_menus())
        super().__init__(desk, player, waves, Found("found", searching, COLUMNS), bar, FoundModel())

    def _build(self) -> None:
        super()._build()
        self.head.addWidget(self.export)

    def _wire(self) -> None:
        super()._wire()
        self.desk.keyboard.bind("export", self.open_export, scope=self)
        self.export.clicked.connect(self.open_export)

    def retranslate(self) -> None:
        super().retranslate()
        self.export.setText(_("Export…"))
        self.table.setAccessibleName(_("Annotations of all calls"))

    # --- what the page says --------------------------------------------------------------------------------------

    def stretch_of(self, hit: FoundAnnotation) -> FoundStretch:
        return FoundStretch(hit)

    def place_of(self, hit: FoundAnnotation) -> tuple[int, int]:
        return hit.annotation.call_id, hit.annotation.start_ms

    def cursor_of(self, hit: FoundAnnotation) -> Cursor:
        note = hit.annotation
        return Cursor(hit.started_at, note.call_id, note.start_ms, note.id)

    def words_of(self, hit: FoundAnnotation) -> tuple[str, str]:
        words = full_text(hit.annotation)
        title = f"{hit.kind.name}: {words}" if words else hit.kind.name
        return title, belongs_to(hit.manager, hit.started_at, self.desk.rules.zone)

    def wish_of(self, hit: FoundAnnotation) -> ClipWish:
        return wish_of(hit.annotation, hit.kind)

    def counted_text(self, number: int) -> str:
        return ngettext("{n} annotation", "{n} annotations", number).format(n=i18n.group_digits(number))

    def tell(self) -> None:
        super().tell()
        self.export.setEnabled(bool(self.model_.rows))

    def tell_nothing(self) -> None:
        if self.bar.wanted == Wanted():
            self.nothing.set_texts(
                _("There are no annotations yet: they are made in Review while listening.")
            )
        else:
            self.nothing.set_texts(_("No annotation of any call fits."), _("Clear all"))

    # --- handing on ----------------------------------------------------------------------------------------------

    def open_export(self) -> None:
        """A sheet of everything found, or clips."""
        if not self.model_.rows:
            return
        menu = QMenu(self)
        menu.addAction(_("Excel sheet…"), lambda: self._ask_sheet(".xlsx"))
        menu.addAction(_("CSV file…"), lambda: self._ask_sheet(".csv"))
        menu.addSeparator()
        n = len(self.chosen())
        if n > 1:
            menu.addAction(_("Clips of the chosen ones…"), self.save_clips)
        menu.addAction(_("Clips of all found…"), self.save_all_clips)
        menu.popup(self.export.mapToGlobal(QPoint(0, self.export.height())))

    def _ask_sheet(self, suffix: str) -> None:
        start = Path.home() / f"{_('annotations')}{suffix}"
        path, _kind = QFileDialog.getSaveFileName(self, _("Export the annotations"), str(start), f"*{suffix}")
        if path:
            self.export_to(Path(path) if Path(path).suffix else Path(path + suffix))

    def export_to(self, path: Path) -> None:
        """Write everything found as a sheet, in the background."""
        from qaapp.reports.annotations_book import write_annotations

        wanted, database, mask = self.bar.wanted, self.desk.database, self.desk.personal.mask_numbers
        self.desk.jobs.start(
            "found_sheet", _("Writing the annotations"), lambda: write_annotations(database, wanted, path, mask=mask),
            on_done=lambda done: self.said.emit(_("Saved: {path}").format(path=done), None), on_failed=self.failed.emit,
        )  # fmt: skip

    def save_all_clips(self) -> None:
        """Clips of everything found, at most ``MOST_CLIPS``."""
        wanted, zone, database = self.bar.wanted, self.desk.rules.zone, self.desk.database

        def read() -> Any:
            with database.read() as session:
                return searching.page(session, wanted, zone, None, MOST_CLIPS)

        self.desk.jobs.start(
            "found_clips",
            "",
            read,
            on_done=lambda page: self.ask_clips(page.rows),
            on_failed=self.failed.emit,
        )
