"""Progress of long core functions: they are generators that yield it and return their result.

Stopping is not asking for more (``close()``): a generator keeps what it committed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True)
class Progress:
    """``done`` of ``total`` (None: not known yet) in a ``phase`` named for a person; ``note`` is the thing at hand."""

    done: int
    total: int | None
    phase: str = ""
    note: str = ""


Steps = Generator[Progress, None, Result]


def run(steps: Steps[Result], on_progress: Callable[[Progress], None] | None = None) -> Result:
    """Drive ``steps`` to the end and return what it returns."""
    while True:
        try:
            step = next(steps)
        except StopIteration as stop:
            result: Result = stop.value
            return result
        if on_progress is not None:
            on_progress(step)
