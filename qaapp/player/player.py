"""The player: one call at a time, exact to the sample, told in milliseconds of the call. Lives in the window's thread.

A change of speed, sides, loudness or skipping while playing is written into the buffer that sounds, a moment ahead of the
device, with a 5 ms cross-fade: no gap. A seek and a loop restart the sink from the sample that is wanted. The sound itself
runs in the sink's thread, the rendering ahead in a worker.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from qaapp.audio.call_audio import CallAudio
from qaapp.player.clock import PlayheadClock
from qaapp.player.feeding import Feed, buffer_frames, plan_frames, room_of
from qaapp.player.mixing import MAX_GAIN_DB, Listen, mix_matrix
from qaapp.player.null_sink import NullSink, Sink
from qaapp.player.ranges import KEPT_MS, LEAST_MS, Plan, Range, skips_of
from qaapp.player.renderer import SPEEDS, Renderer
from qaapp.words import Lane

__all__ = ["Listen", "Player"]

log = logging.getLogger(__name__)

TICK_MS = 15
TAKE_OVER_S = 0.6  # of the new sound, rendered before it is written; the rest follows in the worker


class Player(QObject):
    """Plays a ``CallAudio``. ``sink``: for tests; None takes the sound device, or silence where there is none."""

    state_changed = Signal(str)  # "empty", "playing", "paused"
    loaded = Signal()
    finished = Signal()
    device_changed = Signal(str)  # its name, "" without a device
    speed_changed = Signal(float)
    loop_changed = Signal(object)  # (start_ms, end_ms) or None
    listen_changed = Signal(str)
    skip_silence_changed = Signal(bool)

    def __init__(self, sink: Sink | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._audio: CallAudio | None = None
        self._state = "empty"
        self._source = 0.0  # where the playhead stands while not playing, in samples
        self._speed = 1.0
        self._listen = Listen.BOTH
        self._gains_db: dict[Lane, float] = {}
        self._loop: Range | None = None
        self._stop_at: int | None = None
        self._skip = False
        self._skip_ms = (LEAST_MS, KEPT_MS)
        self._ears = self._is_stereo = False
        self._soft_tick = False
        self._out_rate = self._channels = 1
        self._feed: Feed | None = None
        self._clock: PlayheadClock | None = None
        self._closed = False
        self._device = ""
        self._failures = 0
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="render")
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.tick)
        self._is_silent = False
        self._sink: Sink = sink if sink is not None else self._make_sink()
        self._watch()

    # --- the sink -------------------------------------------------------------------------------------------------

    def _make_sink(self) -> Sink:
        """The sound device, or silence: no libpulse, no server, no device are all the same to the rest."""
        try:
            from qaapp.player.sink import QtSink

            if QtSink.outputs():
                self._is_silent = False
                return QtSink(self._device)
        except ImportError as error:
            log.info("no sound system: %s", error)
        return self._silence()

    def _silence(self) -> Sink:
        self._is_silent = True
        return NullSink()

    def is_silent(self) -> bool:
        """Whether it plays for the eyes only, because there is no sound device."""
        return self._is_silent

    def _watch(self) -> None:
        for name, slot in (("failed", self._sink_failed), ("devices_changed", self._devices_changed)):
            signal = getattr(self._sink, name, None)
            if signal is not None:
                signal.connect(slot)

    @Slot(str)
    def _sink_failed(self, reason: str) -> None:
        """The device broke: once more on the default one at the same place, then on in silence."""
        log.warning("the sound device failed: %s", reason)
        self._failures += 1
        if self._failures == 1 and hasattr(self._sink, "set_device"):
            self._again(lambda: self._sink.set_device(""))  # type: ignore[attr-defined]
        else:
            self._again(lambda: self._replace_sink(self._silence()))
        self.device_changed.emit(self._sink.name)

    @Slot()
    def _devices_changed(self) -> None:
        """A device came or went: keep the chosen one while it is there, else the default, at the same place."""
        before = self._sink.name
        if hasattr(self._sink, "set_device"):
            if not self.outputs():
                self._again(lambda: self._replace_sink(self._silence()))
            else:
                self._sink.set_device(self._device)
                if self._sink.name != before:
                    self._failures = 0
                    self._again(lambda: None)
        if self._sink.name != before:
            self.device_changed.emit(self._sink.name)

    def _replace_sink(self, sink: Sink) -> None:
        self._sink.close()
        self._sink = sink
        self._watch()

    def outputs(self) -> list[str]:
        """Names of the sound devices, the default one first; empty where there are none."""
        try:
            from qaapp.player.sink import QtSink
        except ImportError:
            return []
        try:
            return QtSink.outputs()
        except ImportError:
            return []

    def set_device(self, description: str) -> None:
        """Play on the output of that name ("" = the system's default); goes on at the same place."""
        self._device, self._failures = description, 0

        def change() -> None:
            if hasattr(self._sink, "set_device"):
                self._sink.set_device(description)
            elif self._is_silent:
                self._try_device()

        self._again(change)
        self.device_changed.emit(self._sink.name)

    def sink_name(self) -> str:
        """The device that plays, "" for none."""
        return self._sink.name

    # --- what is played -------------------------------------------------------------------------------------------

    def load(self, audio: CallAudio | None) -> None:
        """Take another call (None: none); stops, forgets loop and range, stands at the beginning."""
        self._halt()
        self._audio, self._source, self._stop_at = audio, 0.0, None
        if self._loop is not None:
            self._loop = None
            self.loop_changed.emit(None)
        self._set_state("empty" if audio is None else "paused")
        self.loaded.emit()

    def swap_sides(self) -> None:
        """Exchange the manager's and the customer's side of the loaded call."""
        if self._audio is None:
            return
        audio = self._audio.swapped()
        self._again(lambda: setattr(self, "_audio", audio))
        self.loaded.emit()

    def audio(self) -> CallAudio | None:
        """The loaded call."""
        return self._audio

    def play(self) -> None:
        """Play from where the playhead stands; from the beginning when it stands at the end."""
        if self._audio is None or self._closed or self._state == "playing":
            return
        if self._is_silent and self._try_device():
            self.device_changed.emit(self._sink.name)
        if self._source >= self._audio.frames:
            self._source = 0.0
        self._begin()

    def _try_device(self) -> bool:
        """Whether a device has come meanwhile: silence hears of none."""
        made = self._make_sink()
        if self._is_silent:
            return False
        self._replace_sink(made)
        return True

    def pause(self) -> None:
        """Stop; the playhead stays at what was heard last."""
        if self._state == "playing":
            self._halt()
            self._set_state("paused")

    def toggle(self) -> None:
        """Play or pause."""
        if self.is_playing():
            self.pause()
        else:
            self.play()

    def seek_ms(self, ms: float) -> None:
        """Go to ``ms``, playing on where it was playing."""
        if self._audio is None:
            return
        target = min(max(0.0, ms * self._audio.sample_rate / 1000), float(self._audio.frames))
        self._stop_at = None

        def move() -> None:
            self._source = target

        self._again(move)

    def play_range(self, start_ms: float, end_ms: float, loop: bool = False) -> None:
        """Play ``[start_ms, end_ms)`` once, to the very sample, or around and around."""
        if self._audio is None:
            return
        self._halt()
        first, last = self._sample(start_ms), self._sample(end_ms)
        self._source = float(first)
        if loop:
            self._stop_at = None
            self.set_loop(start_ms, end_ms)
        else:
            self._stop_at = last
        if last > first:
            self._begin()

    def set_loop(self, start_ms: float, end_ms: float) -> None:
        """Repeat ``[start_ms, end_ms)`` from now on."""
        if self._audio is None:
            return
        first, last = sorted((self._sample(start_ms), self._sample(end_ms)))
        if last == first:
            return

        def change() -> None:
            self._loop, self._stop_at = Range(first, last), None
            if not first <= self._source < last:
                self._source = float(first)

        self._again(change)
        self.loop_changed.emit(self.loop())

    def clear_loop(self) -> None:
        """Play on without repeating."""
        if self._loop is not None:
            self._again(lambda: setattr(self, "_loop", None))
            self.loop_changed.emit(None)

    def loop(self) -> tuple[float, float] | None:
        """The loop in milliseconds."""
        if self._loop is None or self._audio is None:
            return None
        return self._ms(self._loop.start), self._ms(self._loop.end)

    def set_speed(self, speed: float) -> None:
        """0.5–3, the pitch is kept."""
        speed = min(SPEEDS[1], max(SPEEDS[0], round(speed, 3)))
        if speed != self._speed:
            self._turn(lambda: setattr(self, "_speed", speed))
            self.speed_changed.emit(speed)

    def speed(self) -> float:
        return self._speed

    def set_listen(self, listen: Listen) -> None:
        """Hear both sides or one; a mono mix is always heard."""
        listen = Listen(listen)
        if listen != self._listen:
            self._turn(lambda: setattr(self, "_listen", listen))
            self.listen_changed.emit(str(listen))

    def listen(self) -> Listen:
        return self._listen

    def set_gain_db(self, lane: Lane, db: float) -> None:
        """Louder or quieter while listening, ±18 dB; a soft limiter keeps it whole."""
        db = min(MAX_GAIN_DB, max(-MAX_GAIN_DB, db))
        if self._gains_db.get(lane, 0.0) != db:
            self._turn(lambda: self._gains_db.__setitem__(lane, db))

    def gain_db(self, lane: Lane) -> float:
        return self._gains_db.get(lane, 0.0)

    def set_skip_silence(self, skip: bool) -> None:
        """Jump over pauses of 1.5 s and more, leaving 0.3 s at both ends."""
        if skip != self._skip:
            self._turn(lambda: setattr(self, "_skip", skip))
            self.skip_silence_changed.emit(skip)

    def skip_silence(self) -> bool:
        return self._skip

    def set_skip_limits(self, least_ms: int, kept_ms: int) -> None:
        """Which pauses are jumped over, and how much of them stays at both ends."""
        if (least_ms, kept_ms) != self._skip_ms:
            self._turn(lambda: setattr(self, "_skip_ms", (least_ms, kept_ms)))

    def set_ears(self, apart: bool) -> None:
        """The manager in the left ear and the customer in the right one, while both are heard."""
        if apart != self._ears:
            turn = self._again if apart and self._channels < 2 else self._turn
            self._is_stereo |= apart  # once opened with two channels it stays so: no gap the next time
            turn(lambda: setattr(self, "_ears", apart))

    def set_soft_tick(self, ticks: bool) -> None:
        """A soft tick where silence was jumped over."""
        if ticks != self._soft_tick:
            self._turn(lambda: setattr(self, "_soft_tick", ticks))

    def skipped_ms(self) -> float:
        """How much of the loaded call skipping silence saves at normal speed."""
        audio = self._audio
        return 0.0 if audio is None else self._ms(sum(part.length for part in self._skips(audio)))

    def _skips(self, audio: CallAudio) -> tuple[Range, ...]:
        return skips_of(audio.pauses, audio.sample_rate, audio.frames, *self._skip_ms)

    # --- where it is ----------------------------------------------------------------------------------------------

    def is_playing(self) -> bool:
        return self._state == "playing"

    def state(self) -> str:
        """ "empty", "playing" or "paused"."""
        return self._state

    def position_ms(self) -> float:
        """What is being heard now; while playing it never goes back but at the end of a loop."""
        return self._ms(self._heard_source())

    def duration_ms(self) -> float:
        return 0.0 if self._audio is None else self._ms(self._audio.frames)

    def _ms(self, samples: float) -> float:
        return 0.0 if self._audio is None else samples * 1000 / self._audio.sample_rate

    def _sample(self, ms: float) -> int:
        assert self._audio is not None
        return min(max(0, round(ms * self._audio.sample_rate / 1000)), self._audio.frames)

    def _heard_frames(self) -> float:
        """Output frames heard of the running buffer, at the recording's rate."""
        assert self._clock is not None
        assert self._audio is not None
        told = self._sink.heard()
        if told is not None:
            self._clock.report(told[0], told[1] * self._audio.sample_rate / self._out_rate)
        return self._clock.position(self._sink.now())

    def _heard_source(self) -> float:
        if self._state != "playing" or self._feed is None or self._clock is None:
            return self._source
        return self._feed.map.source_at(min(self._heard_frames(), self._feed.total))

    # --- the engine -----------------------------------------------------------------------------------------------

    def _plan(self, source: float) -> Plan:
        assert self._audio is not None
        end = self._audio.frames if self._stop_at is None else self._stop_at
        return Plan(int(source), end, self._loop, self._skips(self._audio) if self._skip else ())

    def _renderer(self, plan: Plan, out_start: int = 0) -> Renderer:
        audio = self._audio
        assert audio is not None
        mix = mix_matrix(
            audio.lanes, self._listen, self._gains_db, {}, ears=self._ears and self._channels > 1
        )
        return Renderer(
            audio.samples, audio.sample_rate, plan, self._speed, mix, tick=self._soft_tick and self._skip,
            out_start=out_start,
        )  # fmt: skip

    def _begin(self) -> None:
        """Render from ``_source`` on and start the sink."""
        audio = self._audio
        assert audio is not None
        plan = self._plan(self._source)
        self._out_rate, self._channels = self._sink.accepted(audio.sample_rate, 2 if self._is_stereo else 1)
        total, whole = plan_frames(plan, self._speed, audio.sample_rate, self._out_rate, self._channels)
        if total <= 0:
            self._end()
            return
        feed = Feed(self._renderer(plan), audio.sample_rate, self._out_rate, total, whole)
        room = buffer_frames(total, self._speed, audio.sample_rate, self._out_rate, self._channels)
        feed.first(self._sink.open(self._out_rate, room), self._speed)
        self._feed = feed
        self._sink.play()
        self._clock = PlayheadClock(audio.sample_rate, self._sink.now())
        self._pool.submit(feed.rest)
        self._timer.start()
        self._set_state("playing")

    def _turn(self, change: Callable[[], None]) -> None:
        """Make a change that the running buffer can take: the new sound goes on in it where the old one ends."""
        if self._state != "playing" or self._closed or not self._take_over(change):
            self._again(change)

    def _take_over(self, change: Callable[[], None]) -> bool:
        """Write the changed sound a moment ahead of the device; False (nothing done) where there is no room for it."""
        old, audio = self._feed, self._audio
        if old is None or audio is None or old.target is None:
            return False
        lead = self._sink.taken() + round(self._sink.lead_s * self._out_rate)
        start = -(-lead * audio.sample_rate // self._out_rate)
        if start >= old.total:
            return False
        source = old.map.source_at(start)
        change()
        plan = self._plan(source)
        room = len(old.target) * audio.sample_rate // self._out_rate - start
        wanted = room_of(audio.sample_rate, self._out_rate, self._channels)
        needed = wanted if plan.is_endless else plan.frames(self._speed)
        total = start + min(needed, room)
        feed = Feed(
            self._renderer(plan, start), audio.sample_rate, self._out_rate, total,
            not plan.is_endless and needed <= room, old.map.before(start),
        )  # fmt: skip
        prepared = feed.prepare(old.target, TAKE_OVER_S)
        if self._sink.taken() * audio.sample_rate > start * self._out_rate:
            self._again(lambda: None)  # the machine was too slow: start anew, the change is made already
            return True
        old.cancel()
        feed.take_over(prepared)
        self._feed = feed
        self._pool.submit(feed.rest)
        return True

    def _halt(self) -> None:
        """Silence; remembers what was heard last."""
        if self._feed is None:
            return
        self._source = self._heard_source()
        self._feed.cancel()
        self._feed = self._clock = None
        self._timer.stop()
        self._sink.stop()

    def _again(self, change: Callable[[], None]) -> None:
        """Make a change; while playing, go on from the sample being heard."""
        playing = self._state == "playing"
        self._halt()
        change()
        if playing and self._audio is not None and not self._closed:
            self._begin()

    @Slot()
    def tick(self) -> None:
        """Look at the clock; called by a timer while playing (and by tests that own the time)."""
        feed, audio = self._feed, self._audio
        if feed is None or audio is None or self._state != "playing":
            return
        margin = self._sink.margin_s * audio.sample_rate
        if self._heard_frames() < feed.total + margin:
            return
        self._halt()
        if feed.fills_plan:
            self._end()
        else:
            self._begin()

    def _end(self) -> None:
        if self._audio is not None:
            self._source = float(self._audio.frames if self._stop_at is None else self._stop_at)
        self._stop_at = None
        self._set_state("paused")
        self.finished.emit()

    def _set_state(self, state: str) -> None:
        if state != self._state:
            self._state = state
            self.state_changed.emit(state)

    def close(self) -> None:
        """Stop and let go of the device and the threads; may be called twice."""
        if self._closed:
            return
        self.pause()
        self._closed = True
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._sink.close()
