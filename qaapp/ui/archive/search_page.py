"""A page that finds stretches in all calls: a question, the hits page by page, heard and opened at their moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from qaapp import i18n
from qaapp.audio.call_audio import CallAudio
from qaapp.calls.clip_export import ClipWish
from qaapp.i18n import _, ngettext
from qaapp.jobs import stop_wanted
from qaapp.player.player import Player
from qaapp.store.stopping import Stopped
from qaapp.ui.archive.found_bar import FoundBar
from qaapp.ui.archive.paged_model import PagedModel
from qaapp.ui.clips_dialog import ClipsDialog
from qaapp.ui.desk import Desk
from qaapp.ui.play_strip import Strip
from qaapp.ui.playlist import Playlist
from qaapp.ui.waves import WaveCache
from qaapp.ui.widgets import Button, EmptyState, Hairline, Label, TableView
from qaapp.ui.widgets.tables import Column

FRAME_MS = 33
MOST_PLAYED = 500  # so many are lined up at once


@dataclass(frozen=True)
class Found:
    """What a page finds: ``searching`` is a module with ``page`` and ``count``, ``name`` that of its jobs and sizes."""

    name: str
    searching: Any
    columns: Sequence[Column]


class SearchPage(QWidget):
    """A page of the archive. Reads in jobs that the next question stops. GUI thread only."""

    open_call = Signal(int, int)
    said = Signal(str, object)
    failed = Signal(object)
    counted = Signal()

    def __init__(
        self, desk: Desk, player: Player, waves: WaveCache, found: Found, bar: FoundBar, model: PagedModel
    ) -> None:
        super().__init__()
        self.desk, self._player, self._waves = desk, player, waves
        self._name, self._searching = found.name, found.searching
        self.count: int | None = None
        self.bar, self.model_ = bar, model
        model.setParent(self)
        self.table = TableView(f"archive.{found.name}", desk, edge=True)
        self.table.setModel(model)
        self.table.set_columns(found.columns)
        self._count = Label(tone="ink_2")
        self.play = Button(kind="flat", icon="list-music")
        self.strip = Strip()
        self._loaded: tuple[int, CallAudio | None] = (
            0,
            None,
        )  # the sounding call: its next hit needs no opening
        self.playlist = Playlist(desk, player, self, self._at_hand)
        self._frames = QTimer(self, interval=FRAME_MS)
        self.nothing = EmptyState("search", "")
        self.pages = QStackedWidget()
        self._build()
        self._wire()
        self.retranslate()

    # --- what a page says ----------------------------------------------------------------------------------------

    def stretch_of(self, hit: Any) -> Any:
        """A hit as something to be played (``Playable`` with its ``hit``)."""
        raise NotImplementedError

    def place_of(self, hit: Any) -> tuple[int, int]:
        """The call and the moment (ms) a hit is at."""
        raise NotImplementedError

    def cursor_of(self, hit: Any) -> Any:
        """Behind which place of the pages a hit is."""
        raise NotImplementedError

    def words_of(self, hit: Any) -> tuple[str, str]:
        """What the strip says of a hit: a title and what it belongs to."""
        raise NotImplementedError

    def wish_of(self, hit: Any) -> ClipWish:
        """A hit as a clip."""
        raise NotImplementedError

    def tell_nothing(self) -> None:
        """Say in ``nothing`` why there are no rows."""
        raise NotImplementedError

    def counted_text(self, number: int) -> str:
        """How many there are, in words."""
        raise NotImplementedError

    # --- parts ---------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.head = QHBoxLayout()
        self.head.setContentsMargins(16, 4, 16, 6)
        self.head.addWidget(self._count)
        self.head.addStretch(1)
        self.head.addWidget(self.play)
        self.pages.addWidget(self.table)
        self.pages.addWidget(self.nothing)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.bar)
        box.addLayout(self.head)
        box.addWidget(Hairline())
        box.addWidget(self.pages, 1)
        box.addWidget(Hairline())
        box.addWidget(self.strip)

    def _wire(self) -> None:
        keyboard = self.desk.keyboard
        keyboard.bind("play_pause", self.toggle, scope=self)
        keyboard.bind("filter", self.focus_search, scope=self)
        keyboard.bind("save_clip", self.save_clips, scope=self)
        keyboard.bind("next_annotation", lambda: self.playlist.step(1), scope=self)
        keyboard.bind("previous_annotation", lambda: self.playlist.step(-1), scope=self)
        self.bar.changed.connect(lambda _wanted: self.reload())
        self.table.opened.connect(lambda _index: self.open_current())
        self.table.menu_wanted.connect(self._fill_menu)
        self.play.clicked.connect(self.play_all)
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
        self.strip.retranslate()
        self.tell()
        self.table.viewport().update()

    # --- finding -------------------------------------------------------------------------------------------------

    def activate(self) -> None:
        """The page comes to the front: what it shows may have changed."""
        self.reload()
        self.focus_search()

    def look_for(self, wanted: Any) -> None:
        """Ask another question."""
        self.bar.set_wanted(wanted)
        self.reload()

    def reload(self) -> None:
        """The first page and the number of hits; an older question is stopped."""
        wanted, zone, database = self.bar.wanted, self.desk.rules.zone, self.desk.database

        def unless_stopped(read: Callable[..., Any]) -> Callable[[], Any]:
            def reading() -> Any:
                with database.read() as session:
                    try:
                        return read(session, wanted, zone, should_stop=stop_wanted)
                    except Stopped:
                        return None

            return reading

        self.count = None
        jobs, failed = self.desk.jobs, self.failed.emit
        jobs.start(
            self._name, "", unless_stopped(self._searching.page), on_failed=failed, replaces=True,
            on_done=lambda page: self._arrived(page, wanted),
        )  # fmt: skip
        jobs.start(
            f"{self._name}_count", "", unless_stopped(self._searching.count), on_failed=failed, replaces=True,
            on_done=self._counted,
        )  # fmt: skip
        self.tell()

    def _arrived(self, page: Any, wanted: Any) -> None:
        if page is None or wanted != self.bar.wanted:
            return
        self.model_.zone, self.model_.mask = self.desk.rules.zone, self.desk.personal.mask_numbers
        self.model_.show(page, lambda cursor: self._more(cursor, wanted))
        self.pages.setCurrentWidget(self.table if page.rows else self.nothing)
        if page.rows:
            self.table.selectRow(0)
        self.tell()

    def _more(self, cursor: Any, wanted: Any) -> None:
        zone, database, searching = self.desk.rules.zone, self.desk.database, self._searching

        def read() -> Any:
            with database.read() as session:
                return searching.page(session, wanted, zone, cursor)

        def ready(page: Any) -> None:
            if wanted == self.bar.wanted:
                self.model_.add(page)

        self.desk.jobs.start(f"{self._name}_more", "", read, on_done=ready, on_failed=self.failed.emit)

    def _counted(self, number: int | None) -> None:
        if number is not None:
            self.count = number
            self.tell()
            self.counted.emit()

    def tell(self) -> None:
        """How many there are, and what can be done with them."""
        self._count.setText(_("Searching…") if self.count is None else self.counted_text(self.count))
        self.play.setEnabled(bool(self.model_.rows))
        self.tell_nothing()

    def focus_search(self) -> None:
        self.bar.search.setFocus()
        self.bar.search.selectAll()

    # --- going there ---------------------------------------------------------------------------------------------

    def chosen(self) -> list[Any]:
        """The hits that are selected."""
        return self.model_.hits_at(self.table.selected_rows())

    def current(self) -> Any:
        """The hit the keyboard is at; None without one."""
        number = self.table.currentIndex().row()
        return self.model_.rows[number] if 0 <= number < len(self.model_.rows) else None

    def open_current(self) -> None:
        """The call in Review, at the moment."""
        hit = self.current()
        if hit is not None:
            self.open_call.emit(*self.place_of(hit))

    def _fill_menu(self, menu: QMenu) -> None:
        if self.current() is None:
            return
        menu.addAction(_("Play from here") + "\tSpace", self.play_from_here)
        menu.addAction(_("Open in Review") + "\tEnter", self.open_current)
        menu.addSeparator()
        n = max(1, len(self.chosen()))
        key = self.desk.keyboard.key_of("save_clip")
        menu.addAction(ngettext("Save the clip…", "Save the clips…", n) + f"\t{key}", self.save_clips)

    def save_clips(self) -> None:
        """Clips of the chosen hits."""
        self.ask_clips(self.chosen())

    def ask_clips(self, hits: Sequence[Any]) -> None:
        if hits:
            ClipsDialog(self.desk, [self.wish_of(hit) for hit in hits], self.said.emit, self).open()

    # --- hearing -------------------------------------------------------------------------------------------------

    def play_all(self) -> None:
        """Every hit from the first one; several chosen ones alone."""
        chosen = self.chosen()
        if len(chosen) > 1:
            self.playlist.play([self.stretch_of(hit) for hit in chosen])
        elif self.model_.rows:
            self._play_after(self.model_.rows[0])

    def play_from_here(self) -> None:
        """The current hit and those after it."""
        hit = self.current()
        if hit is not None:
            self._play_after(hit)

    def _play_after(self, first: Any) -> None:
        """``first`` and what comes behind it, also what the list has not read yet."""
        wanted, zone, database, searching = (
            self.bar.wanted, self.desk.rules.zone, self.desk.database, self._searching,
        )  # fmt: skip
        cursor = self.cursor_of(first)

        def read() -> Any:
            with database.read() as session:
                return searching.page(session, wanted, zone, cursor, MOST_PLAYED - 1)

        def ready(page: Any) -> None:
            self.playlist.play([self.stretch_of(hit) for hit in (first, *page.rows)])

        self.desk.jobs.start(
            f"{self._name}_play", "", read, on_done=ready, on_failed=self.failed.emit, replaces=True
        )

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

    def wave_ready(self) -> None:
        item = self.playlist.item
        if item is not None:
            self.strip.progress.wave = self._waves.get(item, self.desk.roots)

    def _at_hand(self, call_id: int) -> CallAudio | None:
        known, audio = self._loaded
        return audio if known == call_id and audio is self._player.audio() else None

    def _playing(self, stretch: Any) -> None:
        if stretch is None:
            self._frames.stop()
            self.strip.hide()
            return
        self._loaded = (stretch.call_id, self._player.audio())
        title, about = self.words_of(stretch.hit)
        place, total = self.playlist.place()
        if total > 1:
            about += " · " + _("{n} of {total}").format(n=place, total=total)
        self.strip.show_clip(title, about, self._waves.get(stretch, self.desk.roots))
        cursor = self.cursor_of(stretch.hit)
        for number, row in enumerate(self.model_.rows):
            if self.cursor_of(row) == cursor:
                self.table.selectRow(number)
                break
        self._frames.start()

    def _frame(self) -> None:
        start, end = self.playlist.stretch()
        self.strip.show_state(self._player.is_playing(), self._player.position_ms() - start, end - start)

    def _review_playing(self) -> None:
        item = self.playlist.item
        if item is not None:
            self.open_call.emit(item.call_id, int(self._player.position_ms()))


def belongs_to(manager: str | None, started_at: Any, zone: Any) -> str:
    """Whose call a hit is of, and when it was."""
    return f"{manager or _('Not assigned')}, {i18n.moment(started_at, zone)}"
