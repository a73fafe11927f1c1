"""What adapters of plain JSON providers share: a document tried again when it is none, a directory that may be missing, the
newest call, the clock's skew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from qaapp import clock
from qaapp.errors import SourceError
from qaapp.i18n import N_
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


@contextmanager
def directory() -> Iterator[None]:
    """Around the asking for a directory: a key without the right, or a server without the list, is ``not_supported`` (the
    pull goes on without). Anything else stays what it is: half a directory would send people away."""
    try:
        yield
    except SourceError as error:
        if error.kind not in ("auth", "not_supported") and error.facts.get("status") not in (404, 405, 501):
            raise
        raise SourceError(
            N_("The list of employees is not given for this key: {said}"),
            kind="not_supported",
            said=error.sentence(),
        ) from error


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
