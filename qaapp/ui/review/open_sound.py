"""The sound of the open call: its waveform as soon as there is any, then all of it, and why where there is none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from qaapp.audio.call_audio import CallAudio
from qaapp.audio.speech import thresholds_of
from qaapp.calls import recordings, speech_figures
from qaapp.errors import QaappError
from qaapp.i18n import _
from qaapp.review import queue as queue_store
from qaapp.ui.desk import Desk
from qaapp.ui.review.center import Center
from qaapp.ui.review.edits import Edit
from qaapp.ui.review.opened import sound_files
from qaapp.ui.review.playback import Playback
from qaapp.ui.review.session import ReviewSession
from qaapp.ui.review.sound import SoundLoader
from qaapp.words import Lane

AHEAD = 2  # calls of the queue that are opened ahead
END_MS = 1500  # who heard a call up to here has heard it to the end


class OpenSound(QObject):
    """GUI thread only."""

    taken = Signal()  # it can be heard

    def __init__(
        self, desk: Desk, session: ReviewSession, center: Center, playback: Playback, parent: QObject
    ) -> None:
        super().__init__(parent)
        self.desk, self.session, self.center, self.playback = desk, session, center, playback
        self.loader = SoundLoader(desk.jobs, desk.workspace.cache, self, lambda: thresholds_of(desk.rules))
        self._at_ms = 0.0  # where the call begins when its sound is there
        self._plays_at_once = False
        self._is_looked_at = False  # the waveform of the open call is there before its sound
        self.loader.look.connect(self._looks)
        self.loader.ready.connect(self._ready)
        self.loader.failed.connect(self._failed)

    def open(self, at_ms: float | None) -> None:
        """Load the sound of the session's call. It plays from ``at_ms`` at once, or waits where it was heard last."""
        call = self.session.call
        assert call is not None
        self._plays_at_once = at_ms is not None
        self._at_ms = at_ms if at_ms is not None else float(call.listen_ms)
        self.playback.load(None)
        self._load()

    def again(self) -> None:
        """The files of the open call lie otherwise now: their sound anew, at the same place."""
        call = self.session.call
        if call is None:
            return
        with self.desk.database.read() as session:
            files, problem = sound_files(session, call.row.id, self.desk.roots)
        self._at_ms, self._plays_at_once = self.playback.position(), True
        self.playback.load(None)
        self.loader.forget(call.files)
        self.session.call = replace(call, files=files, no_sound=problem)
        self._load()

    def preload_next(self, after: int | None) -> None:
        """The two calls of the queue after this item are decoded, drawn and analysed ahead."""
        wanted = []
        with self.desk.database.read() as session:
            for _number in range(AHEAD):
                item = queue_store.next_item(session, self.desk.rules, self.desk.user_id, after)
                if item is None or item.id == after:
                    break
                after = item.id
                if item.call_id != self.session.call_id:
                    wanted.append(sound_files(session, item.call_id, self.desk.roots)[0])
        self.loader.preload(wanted)

    def swap_sides(self) -> None:
        """Manager and customer change places, for good; undo swaps them back."""
        call = self.session.call
        audio = self.playback.player.audio()
        if call is None or audio is None or len(audio.lanes) != 2:
            return
        user = self.desk.user_id or None

        def swap() -> bool:
            done, _none = self.session.save(lambda s: recordings.swap_sides(s, call.row.id, user))
            if done:
                self.playback.swap()
                self.loader.forget(call.files)
                self.tell()
            return done

        if swap():
            self.session.undo_stack.push(Edit(_("Sides"), swap, swap))

    def tell(self) -> None:
        """The figures of speech, or why there are none, in the language of the moment."""
        audio = self.playback.player.audio()
        if audio is None:
            return
        mono = audio.lanes == (Lane.MIX,)
        reason = _("Not available for a mono recording: both voices are in one channel.") if mono else ""
        self.center.show_speech(audio.speech, reason or _("Nobody speaks in this recording."))

    def _load(self) -> None:
        call = self.session.call
        assert call is not None
        self._is_looked_at = False
        if call.no_sound is not None:
            self._none(call.no_sound)
            return
        found = self.loader.want(call.files, call.duration_ms)
        if found is not None:
            self._take(found)
        else:
            look = self.loader.first_look(call.files, call.duration_ms)
            notice = "" if look is not None else _("Opening the recording…")
            self.center.timeline.set_audio(look, call.duration_ms, notice)
            self._is_looked_at = look is not None
            self.center.show_speech(None, "")

    def _looks(self, files: Any, look: CallAudio) -> None:
        """What is decoded so far, at its place in the whole call."""
        call = self.session.call
        if call is not None and call.files == files:
            keeps_view = self._is_looked_at or call.duration_ms > 0
            self.center.timeline.set_audio(look, call.duration_ms, keeps_view=keeps_view)
            self._is_looked_at = True

    def _ready(self, files: Any, audio: CallAudio) -> None:
        call = self.session.call
        if call is not None and call.files == files:
            self._take(audio)

    def _failed(self, files: Any, error: QaappError) -> None:
        call = self.session.call
        if call is not None and call.files == files:
            self._none(error)

    def _none(self, error: QaappError) -> None:
        """The card still works without a recording."""
        call = self.session.call
        duration = call.duration_ms if call is not None else 0
        self.playback.load(None)
        told = self.center.fetching.text.text() or error.sentence()  # it is there, only not here
        self.center.timeline.set_audio(None, duration, told)
        self.center.show_speech(None, told)

    def _take(self, audio: CallAudio) -> None:
        self.center.timeline.set_audio(audio, keeps_view=self._is_looked_at)
        self._is_looked_at = False
        at = self._at_ms
        if not self._plays_at_once and at >= audio.duration_ms - END_MS:
            at = 0.0  # heard to the end: from the beginning
        self.playback.load(audio, at, self.session.heard.stretches)
        self.taken.emit()
        self.tell()
        self._keep_figures(audio)
        if self._plays_at_once:
            self._plays_at_once = False
            self.playback.player.play()

    def _keep_figures(self, audio: CallAudio) -> None:
        """The journal and reports know the speech of every call that was opened."""
        database, call_id = self.desk.database, self.session.call_id
        thresholds = thresholds_of(self.desk.rules)

        def work() -> None:
            with database.write(bulk=True) as session:
                speech_figures.note(session, call_id, audio, thresholds)

        self.desk.jobs.start("figures", "", work, pool="db", on_failed=lambda _error: None)
