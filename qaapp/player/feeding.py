"""One buffer of the sink filled with a plan's sound: the first seconds at once, the rest ahead of the sound in a worker.

A change of speed, sides or loudness does not stop the sound: another feed takes over *within the same buffer*, a moment
ahead of what the device has already taken, with a 5 ms cross-fade. Nobody hears a gap, and the clock runs on.
"""

from __future__ import annotations

import logging
import threading

import numpy as np

from qaapp.audio.pcm import Samples
from qaapp.player.ranges import Plan
from qaapp.player.rates import RateConverter
from qaapp.player.renderer import PIECE_S, Renderer, SourceMap, ramp

log = logging.getLogger(__name__)

FIRST_S = 5.0
FIRST_HIGH_RATE_S = 2.0  # stretching above 16 kHz costs more
MAX_BYTES = 32 << 20  # of one buffer; a longer rest is started anew at its end
SLOWER = 0.6  # a buffer has room for speeds down to this share of the first one


class Feed:
    """Fills ``target`` (frames, channels) with a plan's sound. ``total`` counts frames of the recording's rate.

    Frames before ``out_start`` (0, or where a running feed is taken over) are left as they are.
    """

    def __init__(
        self,
        renderer: Renderer,
        sample_rate: int,
        out_rate: int,
        total: int,
        fills_plan: bool,
        source_map: SourceMap | None = None,
    ) -> None:
        self.map = source_map or SourceMap()
        self.total = total
        self.fills_plan = fills_plan  # False: the buffer ends before the plan does
        self.out_start = renderer.done
        self.target: Samples | None = None
        self._renderer, self._rate = renderer, sample_rate
        self._converter = RateConverter(sample_rate, out_rate, renderer.channels)
        self._written = self.out_start * out_rate // sample_rate  # frames of the target
        self._cancelled = False
        self._lock = threading.Lock()  # held while the target is written: after ``cancel`` nothing is

    def first(self, target: Samples, speed: float) -> None:
        """Render what is heard first, faded in from silence. Thread of the player."""
        self.target = target
        seconds = FIRST_S if speed == 1 or self._rate <= 16000 else FIRST_HIGH_RATE_S
        out, last = self._some(round(seconds * self._rate))
        self._write(_mixed_in(out, None, self._converter.target_rate), last)

    def prepare(self, target: Samples, seconds: float) -> tuple[Samples, bool]:
        """Render the first ``seconds`` without writing them: for ``take_over``."""
        self.target = target
        return self._some(round(seconds * self._rate))

    def take_over(self, prepared: tuple[Samples, bool]) -> None:
        """Write what was prepared, cross-faded with what the target holds there."""
        assert self.target is not None
        out, last = prepared
        old = self.target[self._written : self._written + out.shape[1]]
        self._write(_mixed_in(out, old, self._converter.target_rate), last)

    def rest(self) -> None:
        """Render everything else. A worker's thread; ends soon after ``cancel``."""
        try:
            while not self._cancelled and self._more(round(PIECE_S * self._rate)):
                pass
        except Exception:
            log.exception("rendering ahead failed")

    def cancel(self) -> None:
        """Once this returns the target is not written any more."""
        with self._lock:
            self._cancelled = True

    def _more(self, frames: int) -> bool:
        if self._renderer.is_finished or self._renderer.done >= self.total:
            return False
        out, last = self._some(frames)
        self._write(out, last)
        return not last

    def _some(self, frames: int) -> tuple[Samples, bool]:
        left = self.total - self._renderer.done
        rendered = self._renderer.take(min(frames, max(0, left)))
        self.map.add(rendered.pieces)
        last = self._renderer.is_finished or self._renderer.done >= self.total
        return self._converter.convert(rendered.samples, last), last

    def _write(self, out: Samples, last: bool) -> None:
        with self._lock:
            target = self.target
            if self._cancelled or target is None:
                return
            out = out[:, : len(target) - self._written]
            target[self._written : self._written + out.shape[1]] = out.T
            self._written += out.shape[1]
            if last:
                target[self._written :] = 0  # of a feed that was taken over


def _mixed_in(out: Samples, old: Samples | None, rate: int) -> Samples:
    """``out`` with its first 5 ms faded in, over ``old`` ``(frames, channels)`` fading out."""
    rise = ramp(rate)[: out.shape[1]]
    start = out[:, : len(rise)].astype(np.float32) * rise
    if old is not None:
        start = start + old[: len(rise)].T * (1 - rise)
    made = np.repeat(out, len(start), axis=0) if len(start) > len(out) else out.copy()
    made[:, : len(rise)] = np.rint(start)
    return made


def plan_frames(
    plan: Plan, speed: float, sample_rate: int, out_rate: int, channels: int = 2
) -> tuple[int, bool]:
    """Frames (of the recording's rate) that one buffer takes, and whether that is the whole plan."""
    room = room_of(sample_rate, out_rate, channels)
    if plan.is_endless:
        return room, False
    needed = plan.frames(speed)
    return min(needed, room), needed <= room


def room_of(sample_rate: int, out_rate: int, channels: int) -> int:
    """Frames (of the recording's rate) of the greatest buffer."""
    return int(MAX_BYTES / (2 * channels) * sample_rate / out_rate)


def buffer_frames(total: int, speed: float, sample_rate: int, out_rate: int, channels: int) -> int:
    """Frames (of the device's rate) to ask for: ``total`` and room for playing on more slowly."""
    wanted = min(int(total / SLOWER), room_of(sample_rate, out_rate, channels))
    return -(-max(total, wanted) * out_rate // sample_rate)
