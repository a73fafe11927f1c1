"""The card's evidence: a stretch is taken for the checkpoint in focus, and the evidence of all zeros is played in a row."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from qaapp.audio.call_audio import CallAudio
from qaapp.calls.annotations import KindRow
from qaapp.i18n import _
from qaapp.scorecards.evidence import Moment, gather
from qaapp.ui.playlist import Playlist, Stretch
from qaapp.ui.review.card_pane import CardPane
from qaapp.ui.review.center import Center
from qaapp.ui.review.playback import Playback
from qaapp.ui.review.session import ReviewSession

KIND_LANES = {0: "error", 1: "good"}


class Evidence(QObject):
    """GUI thread only."""

    said = Signal(str, object)

    def __init__(
        self,
        session: ReviewSession,
        center: Center,
        card: CardPane,
        playback: Playback,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.session, self.center, self.card, self.playback = session, center, card, playback
        self.playlist = Playlist(session.desk, playback.player, self, at_hand=self._sound_of)
        self.playlist.item_changed.connect(self._changed)
        bar = center.evidence
        bar.previous.clicked.connect(lambda: self.playlist.step(-1))
        bar.next.clicked.connect(lambda: self.playlist.step(1))
        bar.stop.clicked.connect(self.playlist.release)
        session.opened.connect(self.stop)
        center.timeline.seek_asked.connect(lambda _ms: self.playlist.forget())
        card.play_asked.connect(lambda _ms: self.playlist.forget())

    def _sound_of(self, call_id: int) -> CallAudio | None:
        return self.playback.player.audio() if call_id == self.session.call_id else None

    # --- playing -------------------------------------------------------------------------------------------------

    def stretches(self) -> list[Stretch]:
        """The evidence of every zero on the card, in its order, about a minute in all."""
        card, marks = self.session.card, self.session.marks()
        if card is None:
            return []
        linked: dict[int, list[Moment]] = {}
        for row in self.session.annotations:
            if row.checkpoint_id is not None:
                linked.setdefault(row.checkpoint_id, []).append(Moment(row.start_ms, row.end_ms))
        texts: dict[int, str] = {}
        wanted: list[tuple[int, int | None, list[Moment]]] = []
        for point in card.checkpoints:
            mark = marks.get(point.id or 0)
            if point.id is not None and mark is not None and mark.is_marked and mark.value == 0:
                texts[point.id] = point.text
                wanted.append((point.id, mark.at_ms, linked.get(point.id, [])))
        found = gather(wanted, round(self.playback.player.duration_ms()))
        return [
            Stretch(
                self.session.call_id,
                each.start_ms,
                each.end_ms,
                texts[each.checkpoint_id],
                key=each.checkpoint_id,
            )
            for each in found
        ]

    def play(self) -> None:
        """Play the evidence of all zeros; again: stop."""
        if self.playlist.item is not None:
            self.playlist.release()
            return
        if not self.playback.has_sound():
            return
        found = self.stretches()
        if not found:
            self.said.emit(_("No checkpoint marked 0 has a place in the call yet."), None)
            return
        self.playlist.play(found)

    def stop(self) -> None:
        """The call changes, or a person goes elsewhere."""
        if self.playlist.item is not None:
            self.playlist.release()

    def _changed(self, stretch: Stretch | None) -> None:
        if stretch is None:
            self.center.evidence.hide()
            self.center.timeline.select_region(None)
            return
        self.center.evidence.show_stretch(stretch.title, *self.playlist.place())
        self.card.list.go_to(stretch.key)
        start, end = self.playlist.stretch()
        self.center.timeline.select_region(start, end)
        self.center.timeline.reveal(start)

    # --- taking --------------------------------------------------------------------------------------------------

    def take(self) -> None:
        """The chosen annotation or the selected stretch becomes evidence of the checkpoint in focus, as one step of undo.

        The checkpoint's mark, where there is one, moves to its beginning.
        """
        session, point = self.session, self.session.current_checkpoint
        if session.card is None or not point:
            self.said.emit(_("Choose a checkpoint of the card first."), None)
            return
        rows = self.center.chosen_rows()
        selection = self.center.timeline.selection()
        if not rows and selection is None:
            self.said.emit(_("Choose an annotation or select a stretch first: [ and ]."), None)
            return
        session.undo_stack.beginMacro(_("Evidence"))
        try:
            if rows:
                start = rows[0].start_ms
                session.change_annotations([replace(row, checkpoint_id=point) for row in rows])
            else:
                assert selection is not None
                start, end = (round(ms) for ms in selection)
                kind = self._kind(session.mark(point).value)
                made = (
                    session.add_annotation(kind.id, start, end, checkpoint_id=point)
                    if kind is not None
                    else None
                )
                if made is not None:
                    self.center.timeline.select_region(None)
                    self.center.choose(made.id)
            mark = session.mark(point)
            if mark.is_marked and session.is_editable:
                session.set_mark(point, mark.value, start)
        finally:
            session.undo_stack.endMacro()
        text = next((each.text for each in session.card.checkpoints if each.id == point), "")
        self.said.emit(_("Evidence for “{checkpoint}”").format(checkpoint=text), None)

    def _kind(self, value: int | None) -> KindRow | None:
        """An error for a 0, something good for a 1, else the first kind that is no stage."""
        kinds = [kind for kind in self.session.kinds if kind.active]
        lane = KIND_LANES.get(-1 if value is None else value)
        fitting = [kind for kind in kinds if kind.lane == lane]
        other = [kind for kind in kinds if kind.lane not in ("stage", "personal_data")]
        found = fitting or other or kinds
        return found[0] if found else None
