"""A provider that answers as a test wants, and pulls that do nothing but count."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from qaapp.errors import SourceError
from qaapp.progress import Progress
from qaapp.sources.provider import Checked, Config
from qaapp.sources.records import CallRecord

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
LAST = CallRecord("1", datetime(2026, 11, 26, 7, 18, tzinfo=UTC), talk_s=124, manager_name="Vera")


@dataclass
class World:
    """What the fake provider answers and what it was asked with."""

    checked: Checked = field(
        default_factory=lambda: Checked(
            "Demo account, 14 people", LAST, 0.4, None, ("Recordings come after some minutes.",),
        )
    )  # fmt: skip
    error: SourceError | None = None
    configs: list[Config] = field(default_factory=list)
    hold: threading.Event | None = None


@dataclass(frozen=True)
class Summary:
    added: int = 3
    changed: int = 0
    recordings: int = 2
    skipped: tuple[Any, ...] = ()


class FakePull:
    """Stands for ``intake.pulling.pull``: remembers who was pulled, waits while ``hold`` is set, then fails or not."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, str]] = []
        self.error: SourceError | None = None
        self.hold: threading.Event | None = None

    def __call__(self, _workspace: Any, connection_id: int, trigger: str) -> Iterator[Progress]:
        self.asked.append((connection_id, trigger))
        yield Progress(10, 40, "Calls")
        while self.hold is not None and not self.hold.wait(0.02):
            yield Progress(20, 40, "Calls")
        if self.error is not None:
            raise self.error
        return Summary()
