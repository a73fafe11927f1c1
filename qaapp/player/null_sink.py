"""Silence that takes its time: the sink where there is no sound device, and the one tests step by hand."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

import numpy as np

from qaapp.audio.pcm import Samples


class Sink(Protocol):
    """Plays one buffer from its beginning. All calls come from one thread; none of them waits for the device.

    ``open`` gives room for ``frames`` frames, ``(frames, channels)``; what is written there before its turn is played.
    It never moves or grows, and may be filled while it plays, always ahead of the sound.
    """

    @property
    def name(self) -> str: ...
    @property
    def margin_s(self) -> float:
        """How long after the last frame the device may still sound."""
        ...

    def now(self) -> float: ...
    def accepted_rate(self, sample_rate: int) -> int: ...
    def open(self, sample_rate: int, frames: int) -> Samples: ...
    def play(self) -> None: ...
    def stop(self) -> None: ...
    def heard(self) -> tuple[float, float] | None:
        """(moment, frames heard by then) of the running buffer, or None before the first report."""
        ...

    def close(self) -> None: ...


class NullSink:
    """Keeps the time of ``clock`` (seconds) and keeps what it was given, in ``played``."""

    margin_s = 0.0

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = ""
        self._clock = clock
        self._buffer: Samples = np.zeros((0, 1), np.int16)
        self._rate = 1
        self._started: float | None = None

    def now(self) -> float:
        return self._clock()

    def accepted_rate(self, sample_rate: int) -> int:
        return sample_rate

    def open(self, sample_rate: int, frames: int) -> Samples:
        self._buffer, self._rate, self._started = np.zeros((frames, 1), np.int16), sample_rate, None
        return self._buffer

    def play(self) -> None:
        self._started = self._clock()

    def stop(self) -> None:
        self._started = None

    def heard(self) -> tuple[float, float] | None:
        if self._started is None:
            return None
        now = self._clock()
        return now, min((now - self._started) * self._rate, float(len(self._buffer)))

    def played(self) -> Samples:
        """The samples that a listener would have heard of the running buffer."""
        found = self.heard()
        return self._buffer[: int(found[1]) if found else 0, 0]

    def close(self) -> None:
        self._started = None
