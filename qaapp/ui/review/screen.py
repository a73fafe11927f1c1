"""The Review screen: puts the queue, the middle and the card beside each other and joins them by a few actions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout

from qaapp import i18n
from qaapp.errors import QaappError
from qaapp.i18n import _
from qaapp.player.player import Player
from qaapp.review import queue as queue_store
from qaapp.review.queue import QueueRow
from qaapp.ui.desk import Desk
from qaapp.ui.review.card_pane import CardPane
from qaapp.ui.review.center import Center
from qaapp.ui.review.edge_sound import EdgeSound
from qaapp.ui.review.evidence import Evidence
from qaapp.ui.review.keys import bind_keys
from qaapp.ui.review.label_files import is_label_file
from qaapp.ui.review.note_actions import NoteActions
from qaapp.ui.review.open_sound import OpenSound
from qaapp.ui.review.playback import Playback
from qaapp.ui.review.questions import Questions
from qaapp.ui.review.queue_panel import QueuePanel
from qaapp.ui.review.session import ReviewSession
from qaapp.ui.review.sizes import SizeClass, size_class
from qaapp.ui.review.texts import Texts
from qaapp.ui.review.writing import WhileWriting
from qaapp.ui.screen import Screen
from qaapp.ui.widgets.empty import EmptyState
from qaapp.words import Origin, QueueState

SPLITTER = "review.splitter"


class ReviewScreen(Screen):
    """``open_call`` is how every other screen comes here. GUI thread only."""

    name = "review"
    icon = "headphones"
    uses_period = False

    def __init__(self, desk: Desk, player: Player) -> None:
        super().__init__(desk)
        self.session = ReviewSession(desk, self)
        self.queue = QueuePanel(desk)
        self.center = Center(desk, self.session)
        self.header, self.timeline = self.center.header, self.center.timeline
        self.card = CardPane(desk, self.session)
        self.playback = Playback(desk, player, self.timeline, self.center.transport, self)
        self.notes = NoteActions(self.session, self.center, self.playback, self)
        self.writing = WhileWriting(desk, player, self)
        self.sound = OpenSound(desk, self.session, self.center, self.playback, self)
        self.edge = EdgeSound(player, self.timeline, self)
        self.evidence = Evidence(self.session, self.center, self.card, self.playback, self)
        self.texts = Texts(self.session, self.center, self.card, self.playback, self)
        self.questions = Questions(self)
        self.item: QueueRow | None = None
        self._rows: list[QueueRow] = []
        self._size: SizeClass | None = None
        self._user_id = desk.user_id
        self._queue_is_open = False
        self.body = QSplitter(Qt.Orientation.Horizontal)
        self.body.setHandleWidth(1)
        self.body.setChildrenCollapsible(False)
        for pane in (self.queue, self.center, self.card):
            self.body.addWidget(pane)
        self.body.setStretchFactor(1, 1)
        self.body.splitterMoved.connect(self._keep_sizes)
        self.empty = EmptyState("headphones", "", "", "")
        self.empty.clicked.connect(lambda: desk.keyboard.trigger("screen_2"))
        self.pages = QStackedWidget()
        self.pages.addWidget(self.body)
        self.pages.addWidget(self.empty)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.pages)
        self._wire()
        bind_keys(self)
        self.retranslate()

    def _wire(self) -> None:
        session, header = self.session, self.header
        session.failed.connect(self._save_failed)
        session.saved.connect(self._saved)
        session.marks_changed.connect(lambda: self.timeline.update())
        self.queue.chosen.connect(self.open_item)
        self.queue.replace_asked.connect(self.questions.ask_replace)
        self.queue.skip_asked.connect(self.questions.ask_skip)
        self.card.submit_asked.connect(self.submit)
        self.card.play_asked.connect(self.playback.play_from)
        self.card.said_something.connect(lambda text: self.show_message.emit(text, None))
        self.card.list.mark_asked.connect(self._mark_point)
        self.card.current_moved.connect(self._checkpoint_moved)
        self.timeline.mark_chosen.connect(self._flag_chosen)
        self.center.table.play_asked.connect(self.playback.seek)
        self.center.transport.time.clicked.connect(self.questions.ask_time)
        self.center.error.helped.connect(self._try_again)
        self.center.writing.connect(self.writing.tell)
        self.center.labels.told.connect(self.show_message)
        self.notes.said.connect(self.show_message)
        self.playback.said.connect(lambda text: self.show_message.emit(text, None))
        self.evidence.said.connect(self.show_message)
        self.center.labels.failed.connect(self.failed)
        self.center.delete_asked.connect(lambda _ids: self.notes.delete())
        self.center.table.left.connect(self.card.list.setFocus)
        self.notes.deleted.connect(lambda text: self.show_message.emit(text, self.undo))
        self.playback.paused.connect(session.save_position)
        self.playback.heard_more.connect(session.hear)
        header.tag_added.connect(session.add_tag)
        header.tag_removed.connect(session.remove_tag)
        header.tag_asked.connect(self.questions.ask_tag)
        header.left.connect(self.card.list.setFocus)
        header.archive_asked.connect(self.questions.ask_archive)
        header.manager_menu.connect(self.questions.fill_managers)
        header.queue.clicked.connect(self._toggle_queue)
        self.center.fetching.fetched.connect(self._fetched)
        self.sound.taken.connect(self._sound_taken)
        self.timeline.swap_asked.connect(self.sound.swap_sides)
        self.desk.on_change(self._desk_changed)

    # --- the window's side ---------------------------------------------------------------------------------------

    def title(self) -> str:
        return _("Review")

    def activate(self) -> None:
        """Draw the day's calls if nobody has, show the queue; with nothing open, open the first call of it."""
        try:
            with self.desk.database.write() as session:
                queue_store.draw_today(session, self.desk.rules)
        except QaappError as error:
            self.failed.emit(error)
        self.refresh_queue()
        if self.session.call is None:
            self.open_next(None)
        self.card.list.setFocus()

    def deactivate(self) -> None:
        self.evidence.stop()
        self.playback.stop()

    def release(self) -> None:
        self.playback.stop()
        if self.session.call is not None:
            self.session.save_position(self.playback.position())

    def status_text(self) -> str:
        saved = self.session.saved_at
        if saved is None:
            return ""
        local = saved.astimezone(self.desk.rules.zone)
        return _("Saved at {time}").format(time=i18n.clock_time(local.time(), seconds=True))

    def retranslate(self) -> None:
        self.queue.retranslate()
        self.center.retranslate()
        self.card.retranslate()
        self.empty.set_texts(
            _("The queue is empty: today's calls are heard. Choose any call in the journal."),
            _("Open the journal"),
            self.desk.keyboard.key_of("screen_2"),
        )
        if self._rows:
            self.refresh_queue()
        if self.session.call is not None:
            self.queue.show_current(self.item, self.item is None)
            self.sound.tell()

    def _desk_changed(self) -> None:
        """Masking, rules or the person at the desk changed; another reviewer has his own card of the call."""
        call_id, is_another = self.session.call_id, self.desk.user_id != self._user_id
        self._user_id = self.desk.user_id
        if not call_id:
            return
        if is_another:
            self.refresh_queue()
            self._open(call_id, self.item, Origin.PICKED, None)
        else:
            self.header.show_call(self.session.call.row)  # type: ignore[union-attr]

    def undo(self) -> None:
        self.session.undo_stack.undo()

    def redo(self) -> None:
        self.session.undo_stack.redo()

    def _saved(self) -> None:
        self.status_changed.emit()
        if not self.session.unsaved and self.center.error.isVisible():
            self.center.hide_error()

    def _save_failed(self, error: QaappError) -> None:
        self.center.show_error(error, _("Save again") if self.session.call is not None else "")

    def _try_again(self) -> None:
        self.center.hide_error()
        self.session.save_unsaved()

    # --- the queue -----------------------------------------------------------------------------------------------

    def refresh_queue(self) -> None:
        """Read the queue again."""
        rules, user = self.desk.rules, self.desk.user_id or None
        with self.desk.database.read() as session:
            self._rows = queue_store.queue(session, rules, user, with_done=True)
            done, planned = queue_store.today(session, rules, user)
        self.queue.show_queue(self._rows, done, planned)
        if self.item is not None:
            self.item = next((row for row in self._rows if row.id == self.item.id), self.item)
        self._show_page()

    def _show_page(self) -> None:
        has_something = bool(self._rows) or self.session.call is not None
        self.pages.setCurrentWidget(self.body if has_something else self.empty)

    def open_item(self, item: QueueRow) -> None:
        """Open a drawn call."""
        origin = Origin.RANDOM if item.origin == Origin.RANDOM else Origin(item.origin)
        self._open(item.call_id, item, origin, None)

    def open_call(self, call_id: int, at_ms: int | None = None) -> None:  # type: ignore[override]
        """Open any call, from the journal or a rating; at a moment it plays from there. Its origin is *picked*."""
        if not self._rows:
            self.refresh_queue()
        item = next(
            (row for row in self._rows if row.call_id == call_id and row.state == QueueState.OPEN), None
        )
        moment = None if at_ms is None or at_ms < 0 else float(at_ms)
        if self.session.call_id == call_id and self.playback.has_sound():
            if moment is not None:
                self.playback.play_from(moment)
            return
        self._open(call_id, item, Origin.PICKED, moment)

    def _open(self, call_id: int, item: QueueRow | None, origin: Origin, at_ms: float | None) -> None:
        self._leave()
        try:
            self.session.open(call_id, origin, item.id if item is not None else None)
        except QaappError as error:
            self.failed.emit(error)
            return
        self.item = item
        self.queue.show_current(item, item is None)
        self._show_page()
        self.sound.open(at_ms)
        self.sound.preload_next(item.id if item is not None else None)
        self.card.list.setFocus()
        self.status_changed.emit()

    def _leave(self) -> None:
        if self.session.call is not None and self.playback.has_sound():
            self.playback.stop()
            self.session.save_position(self.playback.position())
        self.card.list.close_fields()

    def open_next(self, after_item_id: int | None) -> None:
        """The next drawn call; with none left, the empty page."""
        with self.desk.database.read() as session:
            item = queue_store.next_item(session, self.desk.rules, self.desk.user_id, after_item_id)
        if item is not None:
            self.open_item(item)
        elif after_item_id is not None:
            self._leave()
            self.session.close()
            self.item = None
            self.playback.load(None)
            self.refresh_queue()
            if not any(row.state == QueueState.OPEN for row in self._rows):
                self.pages.setCurrentWidget(self.empty)

    # --- sound ---------------------------------------------------------------------------------------------------

    def _fetched(self, call_id: int) -> None:
        """A recording was downloaded for the call that is open: it plays."""
        if self.session.call_id == call_id:
            self._open(call_id, self.item, self.session.origin, 0.0)

    def _sound_taken(self) -> None:
        if self._size is not None:
            self.center.set_size_class(**self._size.center())

    # --- the card ------------------------------------------------------------------------------------------------

    def _now_ms(self) -> int | None:
        return round(self.playback.position()) if self.playback.has_sound() else None

    def mark(self, value: int | None) -> bool:
        """1, 0 or N at the playhead's second, and on to the next checkpoint."""
        return self.card.mark(value, self._now_ms())

    def _mark_point(self, checkpoint_id: int, value: int | None) -> None:
        self.session.set_mark(checkpoint_id, value, self._now_ms())

    def mark_rest(self) -> None:
        self.session.mark_rest_na()

    def _checkpoint_moved(self, checkpoint_id: int) -> None:
        self.session.current_checkpoint = checkpoint_id
        self.timeline.state.current_checkpoint = checkpoint_id
        self.timeline.update()

    def _flag_chosen(self, checkpoint_id: int, at_ms: int) -> None:
        self.card.list.go_to(checkpoint_id)
        self.playback.play_from(at_ms)

    def submit(self) -> None:
        """Submit and open the next call; with marks missing, jump to the first of them and say so."""
        session = self.session
        if session.call is None or not session.is_editable:
            return
        self.card.list.close_fields()
        if session.unsaved and not session.save_unsaved():
            return
        if session.card is not None and self.card.point_at_missing():
            return
        row = session.submit()
        if row is None:
            return
        item = self.item
        self.refresh_queue()
        self.show_message.emit(_("Submitted"), None)
        if item is not None:
            self.open_next(item.id)

    # --- sizes ---------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self._size is not None:
            self._fit()

    def _fit(self) -> None:
        window = self.window()
        found = size_class(window.width(), window.height(), alone=window is self)
        changed = found != self._size
        self._size = found
        self.center.set_size_class(**found.center())
        if not changed:
            return
        self.card.set_size_class(low=found.low, narrow=found.narrow)
        self.queue.setVisible(not found.drawer or self._queue_is_open)
        self.header.set_narrow(found.drawer)
        kept = (self.desk.remembered(SPLITTER) or {}).get(found.name)
        self.queue.setMinimumWidth(found.queue - 4)
        self.card.setMinimumWidth(found.card - 40)
        if isinstance(kept, list) and len(kept) == 2:
            queue, card = int(kept[0]), int(kept[1])
        else:
            queue, card = found.queue, found.card
        self.body.setSizes([queue, max(self.width() - queue - card - 2, 300), card])

    def _keep_sizes(self, _position: int, _index: int) -> None:
        if self._size is not None:
            sizes = self.body.sizes()
            known = self.desk.remembered(SPLITTER) or {}
            self.desk.remember(SPLITTER, {**known, self._size.name: [sizes[0], sizes[2]]})

    def _toggle_queue(self) -> None:
        self._queue_is_open = not self._queue_is_open
        self.queue.setVisible(self._queue_is_open)

    def takes(self, paths: Sequence[Path]) -> bool:
        """Labels for the open call, not calls to import."""
        return self.session.call is not None and all(is_label_file(path) for path in paths)

    def take(self, paths: Sequence[Path]) -> None:
        for path in paths:
            self.center.labels.take(path)
