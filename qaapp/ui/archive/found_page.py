"""Annotations of all calls: found, heard one after another, opened at their moment, handed on as a sheet or as clips."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from qaapp import i18n
from qaapp.audio.call_audio import CallAudio
from qaapp.calls import annotation_search as searching
from qaapp.calls.annotation_search import Cursor, FoundAnnotation, FoundPage, Wanted
from qaapp.calls.clip_export import POINT_AFTER_MS, POINT_BEFORE_MS, wish_of
from qaapp.i18n import _, ngettext
from qaapp.jobs import stop_wanted
from qaapp.player.player import Player
from qaapp.store.stopping import Stopped
from qaapp.ui.archive.found_bar import FoundBar
from qaapp.ui.archive.found_model import COLUMNS, FoundModel, cursor_of, hits_at
from qaapp.ui.clips_dialog import ClipsDialog
from qaapp.ui.desk import Desk
from qaapp.ui.play_strip import Strip
from qaapp.ui.playlist import Playlist
from qaapp.ui.review.annotation_model import full_text
from qaapp.ui.waves import WaveCache
from qaapp.ui.widgets import Button, EmptyState, Hairline, Label, TableView

FRAME_MS = 33
MOST_PLAYED = 500  # so many are lined up at once
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


class FoundAnnotations(QWidget):
    """A page of the archive. Reads in jobs that the next question stops. GUI thread only."""

    open_call = Signal(int, int)
    said = Signal(str, object)
    failed = Signal(object)
    counted = Signal()

    def __init__(self, desk: Desk, player: Player, waves: WaveCache, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk, self._player, self._waves = desk, player, waves
        self.count: int | None = None
        self._is_fresh = False
        self.bar = FoundBar(desk)
        self.model_ = FoundModel(self)
        self.table = TableView("archive.found", desk, edge=True)
        self.table.setModel(self.model_)
        self.table.set_columns(COLUMNS)
        self._count = Label(tone="ink_2")
        self.play = Button(kind="flat", icon="list-music")
        self.export = Button(icon="folder-output", key=desk.keyboard.key_of("export"))
        self.strip = Strip()
        self._loaded: tuple[int, CallAudio | None] = (
            0,
            None,
        )  # the call that sounds: its next hit needs no opening
        self.playlist = Playlist(desk, player, self, self._at_hand)
        self._frames = QTimer(self, interval=FRAME_MS)
        self.nothing = EmptyState("search", "")
        self.pages = QStackedWidget()
        self._build()
        self._wire()
        self.retranslate()

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(16, 4, 16, 6)
        head.addWidget(self._count)
        head.addStretch(1)
        head.addWidget(self.play)
        head.addWidget(self.export)
        self.pages.addWidget(self.table)
        self.pages.addWidget(self.nothing)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.bar)
        box.addLayout(head)
        box.addWidget(Hairline())
        box.addWidget(self.pages, 1)
        box.addWidget(Hairline())
        box.addWidget(self.strip)

    def _wire(self) -> None:
        keyboard = self.desk.keyboard
        keyboard.bind("play_pause", self.toggle, scope=self)
        keyboard.bind("export", self.open_export, scope=self)
        keyboard.bind("filter", self._focus_search, scope=self)
        keyboard.bind("save_clip", self.save_clips, scope=self)
        keyboard.bind("next_annotation", lambda: self.playlist.step(1), scope=self)
        keyboard.bind("previous_annotation", lambda: self.playlist.step(-1), scope=self)
        self.bar.changed.connect(lambda _wanted: self.reload())
        self.table.opened.connect(lambda _index: self.open_current())
        self.table.menu_wanted.connect(self._fill_menu)
        self.play.clicked.connect(self.play_all)
        self.export.clicked.connect(self.open_export)
        self.nothing.clicked.connect(self.bar.clear_all)
        self.playlist.item_changed.connect(self._playing)
        self.playlist.failed.connect(self.failed)
        self.strip.toggle_asked.connect(self.toggle)
        self.strip.review_asked.connect(self._review_playing)
        self.strip.progress.sought.connect(self.playlist.seek)
        self._frames.timeout.connect(self._frame)

    def retranslate(self) -> None:
        self.bar.retranslate()
        self.play.setText(_("Listen one after another"))
        self.export.setText(_("Export…"))
        self.table.setAccessibleName(_("Annotations of all calls"))
        self.strip.retranslate()
        self._tell()
        self.table.viewport().update()

    # --- finding -------------------------------------------------------------------------------------------------

    def activate(self) -> None:
        """The page comes to the front: what it shows may have changed."""
        self.reload()
        self._focus_search()

    def look_for(self, wanted: Wanted) -> None:
        """Ask another question."""
        self.bar.set_wanted(wanted)
        self.reload()

    def reload(self) -> None:
        """The first page and the number of hits; an older question is stopped."""
        wanted, zone, database = self.bar.wanted, self.desk.rules.zone, self.desk.database

        def first() -> FoundPage | None:
            with database.read() as session:
                try:
                    return searching.page(session, wanted, zone, should_stop=stop_wanted)
                except Stopped:
                    return None

        def number() -> int | None:
            with database.read() as session:
                try:
                    return searching.count(session, wanted, zone, should_stop=stop_wanted)
                except Stopped:
                    return None

        self.count = None
        jobs, failed = self.desk.jobs, self.failed.emit
        jobs.start(
            "found",
            "",
            first,
            on_done=lambda page: self._arrived(page, wanted),
            on_failed=failed,
            replaces=True,
        )
        jobs.start("found_count", "", number, on_done=self._counted, on_failed=failed, replaces=True)
        self._tell()

    def _arrived(self, page: FoundPage | None, wanted: Wanted) -> None:
        if page is None or wanted != self.bar.wanted:
            return
        self.model_.zone, self.model_.mask = self.desk.rules.zone, self.desk.personal.mask_numbers
        self.model_.show(page, lambda cursor: self._more(cursor, wanted))
        self.pages.setCurrentWidget(self.table if page.rows else self.nothing)
        if page.rows:
            self.table.selectRow(0)
        self._tell()

    def _more(self, cursor: Cursor, wanted: Wanted) -> None:
        zone, database = self.desk.rules.zone, self.desk.database

        def read() -> FoundPage:
            with database.read() as session:
                return searching.page(session, wanted, zone, cursor)

        def ready(page: FoundPage) -> None:
            if wanted == self.bar.wanted:
                self.model_.add(page)

        self.desk.jobs.start("found_more", "", read, on_done=ready, on_failed=self.failed.emit)

    def _counted(self, number: int | None) -> None:
        if number is not None:
            self.count = number
            self._tell()
            self.counted.emit()

    def _tell(self) -> None:
        if self.count is None:
            self._count.setText(_("Searching…"))
        else:
            told = ngettext("{n} annotation", "{n} annotations", self.count)
            self._count.setText(told.format(n=i18n.group_digits(self.count)))
        some = bool(self.model_.rows)
        self.play.setEnabled(some)
        self.export.setEnabled(some)
        if self.bar.wanted == Wanted():
            self.nothing.set_texts(
                _("There are no annotations yet: they are made in Review while listening.")
            )
        else:
            self.nothing.set_texts(_("No annotation of any call fits."), _("Clear all"))

    def _focus_search(self) -> None:
        self.bar.search.setFocus()
        self.bar.search.selectAll()

    # --- going there ---------------------------------------------------------------------------------------------

    def chosen(self) -> list[FoundAnnotation]:
        return hits_at(self.model_.rows, self.table.selected_rows())

    def current(self) -> FoundAnnotation | None:
        number = self.table.currentIndex().row()
        return self.model_.rows[number] if 0 <= number < len(self.model_.rows) else None

    def open_current(self) -> None:
        """The call in Review, at the moment."""
        hit = self.current()
        if hit is not None:
            self.open_call.emit(hit.annotation.call_id, hit.annotation.start_ms)

    def _fill_menu(self, menu: QMenu) -> None:
        hit = self.current()
        if hit is None:
            return
        menu.addAction(_("Play from here") + "\tSpace", self.play_from_here)
        menu.addAction(_("Open in Review") + "\tEnter", self.open_current)
        menu.addSeparator()
        n = max(1, len(self.chosen()))
        key = self.desk.keyboard.key_of("save_clip")
        menu.addAction(ngettext("Save the clip…", "Save the clips…", n) + f"\t{key}", self.save_clips)

    # --- hearing -------------------------------------------------------------------------------------------------

    def play_all(self) -> None:
        """Every hit from the first one; several chosen ones alone."""
        chosen = self.chosen()
        if len(chosen) > 1:
            self.playlist.play([FoundStretch(hit) for hit in chosen])
        elif self.model_.rows:
            self._play_after(self.model_.rows[0])

    def play_from_here(self) -> None:
        """The current hit and those after it."""
        hit = self.current()
        if hit is not None:
            self._play_after(hit)

    def _play_after(self, first: FoundAnnotation) -> None:
        """``first`` and what comes behind it, also what the list has not read yet."""
        wanted, zone, database = self.bar.wanted, self.desk.rules.zone, self.desk.database

        def read() -> FoundPage:
            with database.read() as session:
                return searching.page(session, wanted, zone, cursor_of(first), MOST_PLAYED - 1)

        def ready(page: FoundPage) -> None:
            self.playlist.play([FoundStretch(hit) for hit in (first, *page.rows)])

        self.desk.jobs.start("found_play", "", read, on_done=ready, on_failed=self.failed.emit, replaces=True)

    def toggle(self) -> None:
        """Pause or go on; with nothing lined up, play from the current hit."""
        if self.playlist.item is not None:
            self.playlist.toggle()
        else:
            self.play_from_here()

    def release(self) -> None:
        """Somebody else takes the player."""
        self._frames.stop()
        self.playlist.release()

    def _at_hand(self, call_id: int) -> CallAudio | None:
        known, audio = self._loaded
        return audio if known == call_id and audio is self._player.audio() else None

    def _playing(self, stretch: FoundStretch | None) -> None:
        if stretch is None:
            self._frames.stop()
            self.strip.hide()
            return
        self._loaded = (stretch.call_id, self._player.audio())
        hit = stretch.hit
        words = full_text(hit.annotation)
        title = f"{hit.kind.name}: {words}" if words else hit.kind.name
        about = f"{hit.manager or _('Not assigned')}, {i18n.moment(hit.started_at, self.desk.rules.zone)}"
        place, total = self.playlist.place()
        if total > 1:
            about += " · " + _("{n} of {total}").format(n=place, total=total)
        self.strip.show_clip(title, about, self._waves.get(stretch, self.desk.roots))
        for number, row in enumerate(self.model_.rows):
            if row.annotation.id == stretch.id:
                self.table.selectRow(number)
                break
        self._frames.start()

    def wave_ready(self) -> None:
        item = self.playlist.item
        if item is not None:
            self.strip.progress.wave = self._waves.get(item, self.desk.roots)

    def _frame(self) -> None:
        start, end = self.playlist.stretch()
        self.strip.show_state(self._player.is_playing(), self._player.position_ms() - start, end - start)

    def _review_playing(self) -> None:
        item = self.playlist.item
        if item is not None:
            self.open_call.emit(item.call_id, int(self._player.position_ms()))

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

    def save_clips(self) -> None:
        """Clips of the chosen hits."""
        self._ask_clips(self.chosen())

    def save_all_clips(self) -> None:
        """Clips of everything found, at most ``MOST_CLIPS``."""
        wanted, zone, database = self.bar.wanted, self.desk.rules.zone, self.desk.database

        def read() -> Any:
            with database.read() as session:
                return searching.page(session, wanted, zone, None, MOST_CLIPS)

        self.desk.jobs.start(
            "found_clips", "", read, on_done=lambda page: self._ask_clips(list(page.rows)), on_failed=self.failed.emit
        )  # fmt: skip

    def _ask_clips(self, hits: list[FoundAnnotation]) -> None:
        if hits:
            wishes = [wish_of(hit.annotation, hit.kind) for hit in hits]
            ClipsDialog(self.desk, wishes, self.said.emit, self).open()
