"""One start of the player: the first seconds rendered at once, the rest ahead of the sound in a worker."""

from __future__ import annotations

import logging
import threading

from qaapp.audio.pcm import Samples
from qaapp.player.ranges import Plan
from qaapp.player.rates import RateConverter
from qaapp.player.renderer import PIECE_S, Renderer, SourceMap, fade_in

log = logging.getLogger(__name__)

FIRST_S = 5.0
FIRST_HIGH_RATE_S = 2.0  # stretching above 16 kHz costs more
MAX_BYTES = 32 << 20  # of one buffer; a longer rest is started anew at its end


class Feed:
    """Fills ``target`` (frames, channels) with a plan's sound. ``total`` counts frames of the recording's rate."""

    def __init__(
        self, renderer: Renderer, sample_rate: int, out_rate: int, total: int, fills_plan: bool
    ) -> None:
        self.map = SourceMap()
        self.total = total
        self.fills_plan = fills_plan  # False: the buffer ends before the plan does
        self._renderer, self._rate = renderer, sample_rate
        self._converter = RateConverter(sample_rate, out_rate)
        self._target: Samples | None = None
        self._written = 0
        self._cancelled = threading.Event()

    def first(self, target: Samples, speed: float) -> None:
        """Render what is heard first. Thread of the player."""
        self._target = target
        seconds = FIRST_S if speed == 1 or self._rate <= 16000 else FIRST_HIGH_RATE_S
        self._more(round(seconds * self._rate))
        fade_in(target[:, 0], self._converter.target_rate)
        target[: self._rate // 100, 1:] = target[: self._rate // 100, :1]

    def rest(self) -> None:
        """Render everything else. A worker's thread; ends soon after ``cancel``."""
        try:
            while not self._cancelled.is_set() and self._more(round(PIECE_S * self._rate)):
                pass
        except Exception:
            log.exception("rendering ahead failed")

    def cancel(self) -> None:
        self._cancelled.set()

    def _more(self, frames: int) -> bool:
        assert self._target is not None
        left = self.total - self._renderer.done
        rendered = self._renderer.take(min(frames, max(0, left)))
        self.map.add(rendered.pieces)
        last = self._renderer.is_finished or self._renderer.done >= self.total
        out = self._converter.convert(rendered.samples, last)[: len(self._target) - self._written]
        self._target[self._written : self._written + len(out)] = out[:, None]
        self._written += len(out)
        return not last


def plan_frames(
    plan: Plan, speed: float, sample_rate: int, out_rate: int, channels: int = 2
) -> tuple[int, bool]:
    """Frames (of the recording's rate) that one buffer takes, and whether that is the whole plan."""
    room = int(MAX_BYTES / (2 * channels) * sample_rate / out_rate)
    if plan.is_endless:
        return room, False
    needed = plan.frames(speed)
    return min(needed, room), needed <= room
