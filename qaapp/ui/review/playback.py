"""What one hears and where one stands: the player, the timeline's playhead and the transport in step.

While it plays a timer asks the player for its position every frame; nothing else moves the playhead.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from qaapp.audio.call_audio import CallAudio
from qaapp.calls.coverage import Heard, united
from qaapp.errors import QaappError
from qaapp.i18n import _
from qaapp.player.player import Listen, Player
from qaapp.ui.desk import Desk
from qaapp.ui.review.transport import Transport
from qaapp.ui.timeline.view import TimelineView
from qaapp.words import Lane

FRAME_MS = 16
TURN_GRACE_MS = 400  # so close to the start of a turn "previous" means the one before
NUDGE_MS = 50.0
REPLAY_MS = 5000.0
SAME_PLACE_MS = 1.0
KEEP_MS = 10_000.0  # so much listening at the most is lost with a crash


FOLLOWS = ("page", "smooth", "off")


class Playback(QObject):
    """GUI thread only."""

    paused = Signal(float)  # where
    loop_told = Signal(object)
    moved = Signal(float)  # the playhead, every frame
    heard_more = Signal(object, float)  # list of Heard, length of the sound in ms
    said = Signal(str)

    def __init__(
        self,
        desk: Desk,
        player: Player,
        timeline: TimelineView,
        transport: Transport,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.desk, self.player, self.timeline, self.transport = desk, player, timeline, transport
        self._heard: tuple[Heard, ...] = ()
        self._speed = player.speed()
        self._stretch_from: float | None = None
        self._last = 0.0
        self._paused_at: float | None = None
        self._starts: list[float] = []
        self._told_silence = False
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self.frame)
        player.state_changed.connect(self._state_changed)
        player.speed_changed.connect(transport.speed.show_speed)
        player.speed_changed.connect(self._speed_changed)
        player.loop_changed.connect(self._loop_changed)
        player.device_changed.connect(self._device_changed)
        player.listen_changed.connect(self._listen_changed)
        player.skip_silence_changed.connect(transport.skip.setChecked)
        timeline.seek_asked.connect(self.seek)
        timeline.region_activated.connect(self.play_region)
        timeline.solo_toggled.connect(self.toggle_solo)
        timeline.mute_toggled.connect(self._mute)
        timeline.gain_chosen.connect(self._gain)
        transport.speed.stepped.connect(self.change_speed)
        transport.speed.toggled.connect(self.toggle_speed)
        transport.connect(
            previous=lambda: self.turn(-1),
            back=lambda: self.step(-3000),
            play=self.toggle,
            forward=lambda: self.step(3000),
            next=lambda: self.turn(1),
            skip=self.toggle_skip,
            level=self.toggle_level,
            ears=self.toggle_ears,
            loop=self.toggle_loop,
        )
        player.set_speed(desk.personal.speed)
        self._own_gains: dict[Lane, float] = {}
        desk.on_change(self._settings_changed)
        self._settings_changed()
        transport.speed.show_speed(player.speed())
        transport.show_state(False, False)

    # --- a call --------------------------------------------------------------------------------------------------

    def load(self, audio: CallAudio | None, at_ms: float = 0.0, heard: tuple[Heard, ...] = ()) -> None:
        """Take the sound of another call, paused at ``at_ms``; ``heard`` is what the reviewer knows of it already."""
        self._timer.stop()
        self._heard, self._stretch_from, self._paused_at = heard, None, None
        self.player.load(audio)
        self.timeline.set_heard(heard)
        self._take_turns(audio)
        self._apply_gains()
        self._tell_saved()
        if audio is not None:
            self.player.seek_ms(at_ms)
        self.timeline.resume_follow()
        self.transport.show_state(False, audio is not None)
        self.frame()
        if audio is not None:
            self.timeline.reveal(at_ms)

    def _take_turns(self, audio: CallAudio | None) -> None:
        speech = audio.speech if audio is not None else None
        self._starts = [float(turn.start_ms) for turn in speech.turns] if speech is not None else []

    def position(self) -> float:
        return self.player.position_ms()

    def has_sound(self) -> bool:
        return self.player.audio() is not None

    def frame(self) -> None:
        """Show where the sound is now."""
        now = self.player.position_ms()
        playing = self.player.is_playing()
        if playing and self._stretch_from is not None:
            if now < self._last - SAME_PLACE_MS:  # a loop went round
                self._keep_stretch(self._last)
                self._stretch_from = now
            if now - self._stretch_from >= KEEP_MS * max(1.0, self._speed):
                self._keep_stretch(now)
                self._stretch_from = now
            self.timeline.set_heard([*self._heard, Heard(round(self._stretch_from), round(now), self._speed)])
        self._last = now
        self.timeline.set_position(now, playing=playing)
        self.moved.emit(now)
        duration = self.player.duration_ms() or self.timeline.state.scale.duration_ms
        self.transport.time.show_time(now, duration)

    def _keep_stretch(self, end: float) -> None:
        start, self._stretch_from = self._stretch_from, None
        if start is not None and end > start:
            more = Heard(round(start), round(end), self._speed)
            self._heard = united([*self._heard, more])
            self.heard_more.emit([more], self.player.duration_ms())

    def _speed_changed(self, speed: float) -> None:
        """What was heard until now was heard at the speed before."""
        if self.player.is_playing() and self._stretch_from is not None:
            now = self.player.position_ms()
            self._keep_stretch(now)
            self._stretch_from = now
        self._speed = speed

    def _device_changed(self, name: str) -> None:
        """Another device, or none, in the middle of a call: one sees why it sounds different."""
        if name:
            self._told_silence = False
            if self.player.is_playing():
                self.said.emit(_("The sound goes on at “{device}”.").format(device=name))
        elif self.player.is_playing():
            self._tell_silence()

    def _tell_silence(self) -> None:
        """Once, until there is a device again."""
        if self.player.is_silent() and not self._told_silence:
            self._told_silence = True
            self.said.emit(_("There is no sound device: the call runs in silence."))

    def _state_changed(self, state: str) -> None:
        playing = state == "playing"
        self.transport.show_state(playing, state != "empty")
        if playing:
            self._stretch_from = self._last = self.player.position_ms()
            self.timeline.resume_follow()
            self._timer.start()
            self._tell_silence()
            return
        self._timer.stop()
        self.frame()
        now = self.player.position_ms()
        self._keep_stretch(now)
        self._paused_at = now
        self.timeline.set_heard(self._heard)
        if state == "paused":
            self.paused.emit(now)

    # --- what keys do --------------------------------------------------------------------------------------------

    def toggle(self) -> None:
        """Play or pause; playing on after a pause begins a little earlier (a personal setting)."""
        player = self.player
        if not player.is_playing() and self._paused_at is not None:
            now = player.position_ms()
            back = self.desk.personal.back_step_ms
            is_same = abs(now - self._paused_at) < SAME_PLACE_MS
            if is_same and back > 0 and now < player.duration_ms() - SAME_PLACE_MS:
                player.seek_ms(max(now - back, 0.0))
        player.toggle()

    def seek(self, ms: float) -> None:
        """Go to a moment, playing on where it was playing."""
        self._keep_stretch(self._last)
        self.player.seek_ms(ms)
        self._paused_at = None
        if self.player.is_playing():
            self._stretch_from = self._last = self.player.position_ms()
        self.timeline.resume_follow()
        self.frame()

    def step(self, by_ms: float) -> None:
        self.seek(self.position() + by_ms)

    def play_from(self, ms: float) -> None:
        self.seek(ms)
        if not self.player.is_playing():
            self.player.play()

    def replay(self) -> None:
        """Hear the last five seconds again."""
        self.play_from(max(self.position() - REPLAY_MS, 0.0))

    def turn(self, by: int) -> None:
        """To the start of the previous or next turn."""
        now = self.position()
        if by > 0:
            at = bisect_right(self._starts, now + SAME_PLACE_MS)
            if at < len(self._starts):
                self.seek(self._starts[at])
            return
        at = bisect_left(self._starts, now - TURN_GRACE_MS) - 1
        self.seek(self._starts[at] if at >= 0 else 0.0)

    def play_region(self, start_ms: float, end_ms: float) -> None:
        """Play a stretch around and around; a point: from there on."""
        self.timeline.resume_follow()
        if end_ms - start_ms < 20:
            self.play_from(start_ms)
            return
        self.timeline.select_region(start_ms, end_ms)
        self.player.play_range(start_ms, end_ms, loop=True)

    def toggle_loop(self) -> None:
        """Loop the selection, else the turn at the playhead, else the last five seconds; again: off."""
        if self.player.loop() is not None:
            self.player.clear_loop()
        elif self.has_sound():
            start, end = self.timeline.selection() or self._turn_here()
            self.player.set_loop(start, end)
        self.transport.loop.setChecked(self.player.loop() is not None)

    def _turn_here(self) -> tuple[float, float]:
        now, audio = self.position(), self.player.audio()
        if audio is not None and audio.speech is not None:
            for turn in audio.speech.turns:
                if turn.start_ms <= now <= turn.end_ms:
                    return float(turn.start_ms), float(turn.end_ms)
        return max(now - REPLAY_MS, 0.0), max(now, 500.0)

    def toggle_skip(self) -> None:
        self.player.set_skip_silence(not self.player.skip_silence())
        self.transport.skip.setChecked(self.player.skip_silence())
        self._tell_saved()

    def change_speed(self, by: float) -> None:
        self.player.set_speed(round(self.player.speed() + by, 1))
        self._keep_speed()

    def toggle_speed(self) -> None:
        """Normal speed ⇄ the last other one."""
        normal = abs(self.player.speed() - 1.0) < 0.001
        self.player.set_speed(self.desk.personal.second_speed if normal else 1.0)
        self._keep_speed()

    def _keep_speed(self) -> None:
        speed = self.player.speed()
        changes = {"speed": speed}
        if abs(speed - 1.0) > 0.001:
            changes["second_speed"] = speed
        try:
            self.desk.update_personal(**changes)
        except QaappError:
            pass  # the speed is set; only the memory of it is lost

    def hear(self, listen: str) -> None:
        """``both``, ``manager`` or ``customer``."""
        self.player.set_listen(Listen(listen))
        self._listen_changed(str(self.player.listen()))

    def toggle_solo(self, lane: str) -> None:
        self.hear("both" if str(self.player.listen()) == lane else lane)

    def _mute(self, lane: str) -> None:
        other = str(Lane.CUSTOMER if lane == Lane.MANAGER else Lane.MANAGER)
        self.hear("both" if str(self.player.listen()) == other else other)

    def _gain(self, lane: str, gain_db: float) -> None:
        self._own_gains[Lane(lane)] = gain_db
        self._apply_gains()

    def _apply_gains(self) -> None:
        """A person's own gains, and under them those that make both sides equally loud."""
        audio = self.player.audio()
        levels: dict[Lane, float] = {}
        if self.desk.personal.level_sides and audio is not None and audio.levels_db:
            levels = dict(zip(audio.lanes, audio.levels_db, strict=True))
        for side in (Lane.MANAGER, Lane.CUSTOMER, Lane.MIX):
            self.player.set_gain_db(side, self._own_gains.get(side, 0.0) + levels.get(side, 0.0))
        self.timeline.set_gains(
            {str(side): self._own_gains.get(side, 0.0) for side in (Lane.MANAGER, Lane.CUSTOMER)}
        )
        self.transport.level.setChecked(self.desk.personal.level_sides)

    def toggle_level(self) -> None:
        """Both sides equally loud, or as they were recorded; remembered."""
        try:
            self.desk.update_personal(level_sides=not self.desk.personal.level_sides)
        except QaappError:
            pass
        self._apply_gains()

    def toggle_ears(self) -> None:
        """Each side in its own ear, or both in both; remembered, and said."""
        apart = not self.desk.personal.sides_in_ears
        try:
            self.desk.update_personal(sides_in_ears=apart)
        except QaappError:
            self.player.set_ears(apart)
            self.transport.ears.setChecked(apart)
        audio = self.player.audio()
        if apart and audio is not None and len(audio.lanes) < 2:
            self.said.emit(_("This recording holds both sides in one: they stay in both ears"))
            return
        words = _("The manager is in the left ear, the customer in the right one")
        self.said.emit(words if apart else _("Both sides are in both ears"))

    def next_follow(self) -> None:
        """By page → continuously → not at all; remembered, and said."""
        now = self.desk.personal.follow
        mode = FOLLOWS[(FOLLOWS.index(now) + 1) % len(FOLLOWS)] if now in FOLLOWS else FOLLOWS[0]
        try:
            self.desk.update_personal(follow=mode)
        except QaappError:
            self.timeline.set_follow_mode(mode)
        words = {
            "page": _("The timeline turns the page"), "smooth": _("The timeline moves with the sound"),
            "off": _("The timeline stands still"),
        }  # fmt: skip
        self.said.emit(words[mode])

    def _settings_changed(self) -> None:
        personal = self.desk.personal
        self.player.set_skip_limits(personal.skip_least_ms, personal.skip_kept_ms)
        self.player.set_ears(personal.sides_in_ears)
        self.transport.ears.setChecked(personal.sides_in_ears)
        self.player.set_soft_tick(personal.skip_tick)
        if personal.follow != self.timeline.follow_mode:
            self.timeline.set_follow_mode(personal.follow)
        self._apply_gains()
        self._tell_saved()

    def _tell_saved(self) -> None:
        """What skipping silence saves of this call, on its button."""
        self.transport.show_saved(self.player.skipped_ms() if self.player.skip_silence() else 0.0)

    def swap(self) -> None:
        """The sides change places in what is heard and seen."""
        self.player.swap_sides()
        self._apply_gains()
        audio = self.player.audio()
        self._take_turns(audio)
        scale, position = self.timeline.state.scale, self.position()
        self.timeline.set_audio(audio)
        self.timeline._scale_to(scale)
        self.timeline.set_position(position)

    def _loop_changed(self, loop: object) -> None:
        self.transport.loop.setChecked(loop is not None)
        self.loop_told.emit(loop)

    def _listen_changed(self, listen: str) -> None:
        self.timeline.set_listen("" if listen == str(Listen.BOTH) else listen)

    def stop(self) -> None:
        """Pause; where one stood is told by ``paused``."""
        self.player.pause()
        self._timer.stop()
