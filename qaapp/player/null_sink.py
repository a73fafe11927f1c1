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

    @property
    def lead_s(self) -> float:
        """So far ahead of ``taken`` a running buffer may be rewritten in peace."""
        ...

    def now(self) -> float: ...
    def accepted(self, sample_rate: int, channels: int) -> tuple[int, int]:
        """What the device takes instead: the rate and the channels of the next ``open``."""
        ...

    def open(self, sample_rate: int, frames: int) -> Samples: ...
    def play(self) -> None: ...
    def stop(self) -> None: ...
    def heard(self) -> tuple[float, float] | None:
        """(moment, frames heard by then) of the running buffer, or None before the first report."""
        ...

    def taken(self) -> int:
        """Frames of the running buffer that the device has already fetched, heard or not."""
        ...

    def close(self) -> None: ...


class NullSink:
    """Keeps the time of ``clock`` (seconds) and keeps what it was given, in ``played``."""

    margin_s = 0.0
    lead_s = 0.0

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = ""
        self._clock = clock
        self._buffer: Samples = np.zeros((0, 1), np.int16)
        self._rate, self._channels = 1, 1
        self._started: float | None = None

    def now(self) -> float:
        return self._clock()

    def accepted(self, sample_rate: int, channels: int) -> tuple[int, int]:
        self._channels = channels
        return sample_rate, channels

    def open(self, sample_rate: int, frames: int) -> Samples:
        self._buffer = np.zeros((frames, self._channels), np.int16)
        self._rate, self._started = sample_rate, None
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

    def taken(self) -> int:
        found = self.heard()
        return int(found[1]) if found else 0

    def played(self, channel: int = 0) -> Samples:
        """The samples that a listener would have heard of the running buffer, in one ear."""
        return self._buffer[: self.taken(), channel]

    def close(self) -> None:
        self._started = None
