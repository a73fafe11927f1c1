"""What adapters of plain JSON providers share: a document tried again when it is none, the newest call, the clock's skew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from qaapp import clock
from qaapp.errors import SourceError
from qaapp.sources.http import Answer, Http
from qaapp.sources.provider import Provider, Window
from qaapp.sources.records import CallRecord

TRIES = 4


def document(http: Http, ask: Callable[[], Answer]) -> tuple[Any, Answer]:
    """The JSON of an answer; what is none (a page, half a document) is asked for again some times.

    Raises ``SourceError`` of kind ``format`` at last.
    """
    for attempt in range(1, TRIES + 1):
        answer = ask()
        try:
            return answer.json(), answer
        except SourceError:
            if attempt == TRIES:
                raise
            http.wait(float(attempt))
    raise AssertionError("every way out is above")


def newest(provider: Provider) -> CallRecord | None:
    """The newest call of the last day, else of the last week."""
    now = clock.now()
    for days in (1, 7):
        window = Window(now - timedelta(days=days), now + timedelta(hours=1))
        found = [each for page in provider.calls(window) for each in page.calls]
        if found:
            return max(found, key=lambda each: each.started_at)
    return None


def skew_s(answer: Answer | None) -> float | None:
    """The server's clock minus ours, where it told it."""
    told: datetime | None = answer.date if answer is not None else None
    return None if told is None else (told - clock.now()).total_seconds()
