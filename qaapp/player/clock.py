"""The playhead's clock: steady between the sink's lumpy reports, and never going back while it plays.

Times are seconds of a monotonic clock, positions are output frames.
"""

from __future__ import annotations

MAX_STEP_S = 0.002  # a correction of one look at the clock
DEAD_BAND_S = 0.015  # a report within this is noise


class PlayheadClock:
    """Runs in real time from ``start`` and is drawn towards what the sink says was heard."""

    def __init__(self, sample_rate: int, started_at: float) -> None:
        self._rate = sample_rate
        self._origin = started_at  # the moment frame 0 was heard, as far as is known
        self._last = 0.0
        self._report: tuple[float, float] | None = None

    def report(self, at: float, frames: float) -> None:
        """The sink says that ``frames`` had been heard at the moment ``at``."""
        self._report = (at, frames)

    def position(self, now: float) -> float:
        """Frames heard at ``now``; monotone."""
        if self._report is not None:
            at, frames = self._report
            error = frames / self._rate - (at - self._origin)  # > 0: the sink is ahead of us
            if abs(error) > DEAD_BAND_S:
                self._origin -= min(MAX_STEP_S, max(-MAX_STEP_S, error))
            else:
                self._report = None
        self._last = max(self._last, (now - self._origin) * self._rate, 0.0)
        return self._last
