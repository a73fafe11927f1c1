"""Which seconds get a tick and a label."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache

from qaapp import i18n
from qaapp.ui.timeline.scale import TimeScale

LABEL_SPACE_PX = 56
LONG_LABEL = 1.3  # so much wider is a label with parts of a millisecond


def step_ms(ms_per_px: float, space_px: float = LABEL_SPACE_PX) -> float:
    """The smallest round step whose labels stand at least ``space_px`` apart.

    1-2-5 × 10ⁿ seconds up to 50 s; from a minute on 1-2-5 × 10ⁿ minutes, because clock times are read in minutes.
    """
    least = ms_per_px * space_px
    if least < 1:
        least *= LONG_LABEL  # 0:14.9415
    unit = 1000.0 if least <= 50_000 else 60_000.0
    power = 10.0 ** math.floor(math.log10(max(least / unit, 1e-9)))
    for factor in (1, 2, 5, 10):
        if factor * power * unit >= least * 0.999:
            return max(factor * power * unit, 60_000.0) if unit > 1000 else factor * power * unit
    return 10 * power * unit


def ticks(scale: TimeScale) -> Iterator[tuple[float, bool]]:
    """(moment, has a label) of every tick in sight; a fifth of a step between small ones."""
    step = step_ms(scale.ms_per_px)
    small = step / 5
    index = math.floor(scale.start_ms / small)
    while (moment := index * small) <= min(scale.end_ms, scale.duration_ms):
        if moment >= scale.start_ms - step:
            yield moment, index % 5 == 0
        index += 1


def label(moment_ms: float, step: float) -> str:
    """``2:10``; with the fraction of a second that the step needs."""
    return _label(round(moment_ms, 6), step, i18n.language())


@lru_cache(maxsize=1024)
def _label(moment_ms: float, step: float, _language: str) -> str:
    if step >= 1000:
        return i18n.duration(moment_ms / 1000)
    digits = min(6, max(1, math.ceil(-math.log10(step / 1000) - 1e-9)))
    minutes, rest = divmod(round(moment_ms / 1000, digits), 60)
    text = f"{rest:0{3 + digits}.{digits}f}".replace(".", "," if i18n.language() == "ru" else ".")
    return f"{int(minutes)}:{text}"
