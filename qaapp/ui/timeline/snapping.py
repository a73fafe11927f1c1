"""Where a dragged edge comes to rest."""

from __future__ import annotations

from collections.abc import Iterable

from qaapp.ui.timeline.scale import TimeScale

REACH_PX = 6


def snap(
    ms: float, candidates: Iterable[float], scale: TimeScale, *, free: bool = False
) -> tuple[float, bool]:
    """The nearest candidate within 6 px and True, else ``ms`` rounded to 10 ms (1 ms when zoomed in) and False.

    ``free`` (Alt is held) only rounds to whole milliseconds.
    """
    if free:
        return float(round(ms)), False
    reach = REACH_PX * scale.ms_per_px
    best = min(candidates, key=lambda candidate: abs(candidate - ms), default=None)
    if best is not None and abs(best - ms) <= reach:
        return float(best), True
    grid = 10 if scale.ms_per_px >= 2 else 1
    return float(round(ms / grid) * grid), False
