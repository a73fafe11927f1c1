"""What Review asks and then does: leave a call out, go to a time, tag, keep in the archive, say whose call it is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu

from qaapp.archive import items as archive_items
from qaapp.calls import people, recordings
from qaapp.i18n import _
from qaapp.review import queue as queue_store
from qaapp.review.queue import QueueRow
from qaapp.ui.review.dialogs import ArchiveDialog, ArchiveWish, ReasonDialog, TimeDialog
from qaapp.ui.review.edits import Edit
from qaapp.ui.review.offset_dialog import OffsetDialog
from qaapp.words import QueueState

if TYPE_CHECKING:
    from qaapp.ui.review.screen import ReviewScreen


class Questions(QObject):
    """Dialogs are opened, never waited for; their answers save at once. GUI thread only."""

    def __init__(self, screen: ReviewScreen) -> None:
        super().__init__(screen)
        self.screen = screen

    def ask_time(self) -> None:
        if not self.screen.playback.has_sound():
            return
        dialog = TimeDialog(
            self.screen.playback.position(), self.screen.playback.player.duration_ms(), self.screen
        )
        dialog.accepted.connect(lambda: self.screen.playback.seek(float(dialog.ms() or 0)))
        dialog.open()

    def pair_offset(self) -> int | None:
        """By how much the two files of the open call are apart; None where it is one file."""
        call = self.screen.session.call
        if call is None:
            return None
        with self.screen.desk.database.read() as session:
            return recordings.pair_offset_ms(session, call.row.id)

    def ask_offset(self) -> None:
        now = self.pair_offset()
        if now is None:
            self.screen.show_message.emit(_("The sides of this call are not two files"), None)
            return
        dialog = OffsetDialog(now, self.screen)
        dialog.accepted.connect(lambda: self.move_sides(dialog.field.value()))
        dialog.open()
        audio = self.screen.playback.player.audio()
        if audio is not None:
            dialog.look(self.screen.desk.jobs, audio)

    def move_sides(self, offset_ms: int) -> None:
        """Keep another offset and open the sound anew at the same place; undo moves them back."""
        call, before = self.screen.session.call, self.pair_offset()
        if call is None or before is None or before == offset_ms:
            return
        user, call_id = self.screen.desk.user_id or None, call.row.id

        def move(wanted: int) -> bool:
            done, _none = self.screen.session.save(
                lambda s: recordings.set_pair_offset(s, call_id, wanted, user)
            )
            if done:
                self.screen.sound.again()
            return done

        if move(offset_ms):
            self.screen.session.undo_stack.push(
                Edit(_("Offset of the sides"), partial(move, before), partial(move, offset_ms))
            )

    def ask_tag(self) -> None:
        if self.screen.session.call is not None:
            self.screen.header.ask_tag([tag.name for tag in self.screen.session.all_tags()])

    def ask_skip(self) -> None:
        self._ask_reason(_("Why is this call skipped?"), _("Skip"), self.skip)

    def ask_replace(self) -> None:
        self._ask_reason(_("Why is this call replaced?"), _("Replace"), self.replace)

    def _ask_reason(self, question: str, verb: str, act: Callable[[str], None]) -> None:
        if self.screen.item is None or self.screen.item.state != QueueState.OPEN:
            return
        dialog = ReasonDialog(question, verb, self.screen)
        dialog.accepted.connect(lambda: act(dialog.text()))
        dialog.open()

    def skip(self, reason: str) -> None:
        """Leave the drawn call out and go on."""
        item = self.screen.item
        if item is None:
            return
        user = self.screen.desk.user_id or None
        done, _none = self.screen.session.save(lambda s: queue_store.skip(s, item.id, reason, user))
        if done:
            self.screen.refresh_queue()
            self.screen.open_next(item.id)
            self.screen.show_message.emit(_("Call skipped"), lambda: self._reopen(item))

    def _reopen(self, item: QueueRow) -> None:
        user = self.screen.desk.user_id or None
        done, _none = self.screen.session.save(lambda s: queue_store.reopen(s, item.id, user))
        if done:
            self.screen.refresh_queue()
            self.screen.open_item(item)

    def replace(self, reason: str) -> None:
        """Another call of the same manager and day instead of this one."""
        item, rules = self.screen.item, self.screen.desk.rules
        if item is None:
            return
        user = self.screen.desk.user_id or None
        done, drawn = self.screen.session.save(lambda s: queue_store.replace(s, item.id, reason, user, rules))
        if not done:
            return
        self.screen.refresh_queue()
        if drawn is not None:
            self.screen.open_item(drawn)
        else:
            self.screen.open_next(item.id)
            self.screen.show_message.emit(_("There is no other call to draw"), lambda: self._reopen(item))

    def ask_archive(self) -> None:
        if self.screen.session.call is None:
            return
        with self.screen.desk.database.read() as session:
            stages = [stage for stage, _best, _worst in archive_items.stages(session)]
        card = self.screen.session.card
        own = [section.name for section in card.sections] if card is not None else []
        dialog = ArchiveDialog([*own, *stages], self.screen.timeline.selection(), self.screen)
        dialog.accepted.connect(lambda: self.keep_in_archive(dialog.wish()))
        dialog.open()

    def keep_in_archive(self, wish: ArchiveWish) -> None:
        """Keep the call or the selected stretch as an example; undo takes it out again."""
        call_id, user = self.screen.session.call_id, self.screen.desk.user_id or None
        region = None if wish.whole_call else self.screen.timeline.selection()
        start, end = (round(region[0]), round(region[1])) if region is not None else (None, None)
        done, row = self.screen.session.save(
            lambda s: archive_items.add(
                s,
                call_id,
                wish.verdict,
                stage=wish.stage,
                reason=wish.reason,
                start_ms=start,
                end_ms=end,
                owner_id=user,
                user_id=user,
            )
        )
        if done:
            take_out = lambda: self.screen.session.save(lambda s: archive_items.delete(s, row.id, user))  # noqa: E731
            self.screen.show_message.emit(_("Kept in the archive"), take_out)

    # --- the manager of the call ---------------------------------------------------------------------------------

    def fill_managers(self, menu: QMenu) -> None:
        menu.clear()
        call = self.screen.session.call
        if call is None:
            return
        with self.screen.desk.database.read() as session:
            known = [person for person in people.list_people(session) if person.active]
        for person in known:
            action = menu.addAction(person.name)
            action.setCheckable(True)
            action.setChecked(person.id == call.row.manager_id)
            action.triggered.connect(lambda _on=False, chosen=person.id: self.assign_manager(chosen))
        menu.addSeparator()
        nobody = menu.addAction(_("Not assigned"))
        nobody.triggered.connect(lambda: self.assign_manager(None))

    def assign_manager(self, manager_id: int | None) -> None:
        """Say by hand whose call this is; can be undone."""
        call_id, user = self.screen.session.call_id, self.screen.desk.user_id or None
        done, before = self.screen.session.save(
            lambda s: people.assign_manager(s, [call_id], manager_id, user)
        )
        if not done:
            return
        self._manager_changed()

        def put(write: Callable[[Any], Any]) -> None:
            if self.screen.session.save(write)[0]:
                self._manager_changed()

        self.screen.session.undo_stack.push(
            Edit(
                _("Manager"),
                lambda: put(lambda s: people.restore_managers(s, before, user)),
                lambda: put(lambda s: people.assign_manager(s, [call_id], manager_id, user)),
            )
        )

    def _manager_changed(self) -> None:
        self.screen.session.read_row()
        if self.screen.session.call is not None:
            self.screen.header.show_call(self.screen.session.call.row)
        self.screen.refresh_queue()
