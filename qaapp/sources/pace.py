"""Time for connections: token buckets, waiting that can be stopped, and a clock that tests own."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from qaapp.errors import SourceError
from qaapp.i18n import N_

SLICE_S = 0.1


class Stopped(SourceError):
    """Somebody stopped the pull while it waited; kind ``stopped``."""

    def __init__(self) -> None:
        super().__init__(N_("Stopped; what was done is kept."), kind="stopped")


class Clock(Protocol):
    """Seconds that only grow, sleeping, and chance between 0 and 1."""

    def now(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...

    def random(self) -> float: ...


class RealClock:
    """The computer's own."""

    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def random(self) -> float:
        return random.random()


_here = threading.local()


@contextmanager
def stoppable(event: threading.Event) -> Iterator[None]:
    """Everything this thread waits for inside ends with ``Stopped`` as soon as ``event`` is set."""
    before = getattr(_here, "stop", None)
    _here.stop = event
    try:
        yield
    finally:
        _here.stop = before


def look_up() -> None:
    """Raise ``Stopped`` when this thread's pull was stopped."""
    stop: threading.Event | None = getattr(_here, "stop", None)
    if stop is not None and stop.is_set():
        raise Stopped


def wait(clock: Clock, seconds: float) -> None:
    """Sleep in slices, ending with ``Stopped`` when the pull is stopped."""
    end = clock.now() + seconds
    look_up()
    while (left := end - clock.now()) > 0:
        clock.sleep(min(SLICE_S, left))
        look_up()


@dataclass(frozen=True)
class Limit:
    """At most ``calls`` requests in any ``per_s`` seconds."""

    calls: int
    per_s: float


class Buckets:
    """Several limits at once. Thread-safe: each request takes its place in the line and waits for its own moment."""

    def __init__(self, limits: Sequence[Limit], clock: Clock) -> None:
        self._limits, self._clock = tuple(limits), clock
        self._lock = threading.Lock()
        self._taken: list[list[float]] = [[] for _ in self._limits]
        self._not_before = 0.0

    def take(self) -> None:
        """Wait until one more request is allowed. Raises ``Stopped``."""
        with self._lock:
            moment = max(self._clock.now(), self._not_before)
            for limit, taken in zip(self._limits, self._taken, strict=True):
                if len(taken) >= limit.calls:
                    moment = max(moment, taken[-limit.calls] + limit.per_s)
            for limit, taken in zip(self._limits, self._taken, strict=True):
                taken.append(moment)
                del taken[: -limit.calls]
        wait(self._clock, moment - self._clock.now())

    def hold(self, seconds: float) -> None:
        """Nobody asks for the next ``seconds``: the provider said so."""
        with self._lock:
            self._not_before = max(self._not_before, self._clock.now() + seconds)
