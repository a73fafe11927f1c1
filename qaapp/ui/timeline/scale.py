"""Milliseconds of the recording ↔ x of the lanes: the only place where time becomes pixels."""

from __future__ import annotations

from dataclasses import dataclass, replace

SAMPLE_PX = 8  # so wide is one sample at the closest zoom
FINEST_MS_PER_PX = 1000 / 8000 / SAMPLE_PX  # of 8 kHz


@dataclass(frozen=True)
class TimeScale:
    """What part of a call is seen. x is in device-independent pixels from the left edge of the lanes.

    ``start_ms`` stands at x = 0. A scale never shows more than the call, and never less than a few samples.
    """

    start_ms: float = 0.0
    ms_per_px: float = 10.0
    width_px: int = 1
    duration_ms: float = 1.0
    finest_ms_per_px: float = FINEST_MS_PER_PX

    def x(self, ms: float) -> float:
        return (ms - self.start_ms) / self.ms_per_px

    def ms(self, x: float) -> float:
        """The moment at x, kept inside the call."""
        return min(max(self.start_ms + x * self.ms_per_px, 0.0), self.duration_ms)

    @property
    def end_ms(self) -> float:
        return self.start_ms + self.width_px * self.ms_per_px

    @property
    def span_ms(self) -> float:
        return self.width_px * self.ms_per_px

    @property
    def whole_ms_per_px(self) -> float:
        """The coarsest zoom: the whole call in the width."""
        return max(self.duration_ms, 1.0) / max(self.width_px, 1)

    @property
    def is_whole(self) -> bool:
        return self.ms_per_px >= self.whole_ms_per_px * 0.9999

    def shows(self, ms: float) -> bool:
        return self.start_ms <= ms <= self.end_ms

    def clamped(self) -> TimeScale:
        """The nearest scale that is allowed."""
        coarsest = self.whole_ms_per_px
        zoom = min(max(self.ms_per_px, min(self.finest_ms_per_px, coarsest)), coarsest)
        last = max(self.duration_ms - zoom * self.width_px, 0.0)
        return replace(self, ms_per_px=zoom, start_ms=min(max(self.start_ms, 0.0), last))

    def whole(self) -> TimeScale:
        return replace(self, start_ms=0.0, ms_per_px=self.whole_ms_per_px).clamped()

    def zoomed(self, factor: float, about_x: float) -> TimeScale:
        """Zoom in by ``factor`` (> 1) or out (< 1); the moment under ``about_x`` stays there."""
        moment = self.start_ms + about_x * self.ms_per_px
        new = replace(self, ms_per_px=self.ms_per_px / factor).clamped()
        return replace(new, start_ms=moment - about_x * new.ms_per_px).clamped()

    def scrolled(self, dx: float) -> TimeScale:
        return replace(self, start_ms=self.start_ms + dx * self.ms_per_px).clamped()

    def starting(self, start_ms: float) -> TimeScale:
        return replace(self, start_ms=start_ms).clamped()

    def spanning(self, start_ms: float, end_ms: float) -> TimeScale:
        """The scale that shows exactly this stretch."""
        span = max(end_ms - start_ms, self.finest_ms_per_px * self.width_px)
        return replace(self, start_ms=start_ms, ms_per_px=span / max(self.width_px, 1)).clamped()

    def resized(self, width_px: int) -> TimeScale:
        """Another width: the same zoom, or still the whole call where it was whole."""
        new = replace(self, width_px=max(width_px, 1))
        return new.whole() if self.is_whole else new.clamped()

    def lasting(self, duration_ms: float) -> TimeScale:
        return replace(self, duration_ms=max(duration_ms, 1.0)).whole()

    def lasting_about(self, duration_ms: float) -> TimeScale:
        """The same stretch of the same call, whose length is known better now; all of it where all of it was shown."""
        found = replace(self, duration_ms=max(duration_ms, 1.0))
        return found.whole() if self.is_whole else found.clamped()

    def sampled(self, sample_rate: int) -> TimeScale:
        """The closest zoom shows single samples of this rate."""
        return replace(self, finest_ms_per_px=1000 / max(sample_rate, 1) / SAMPLE_PX).clamped()
