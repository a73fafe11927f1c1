"""The only place that asks what time it is, so that pictures, samples and tests can stand still."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

_fixed: datetime | None = None


def now() -> datetime:
    """The present moment, aware UTC, in whole milliseconds, which is what the database keeps.

    ``QAAPP_NOW`` (ISO 8601 with offset) or ``fixed`` stop the clock.
    """
    if _fixed is not None:
        return _fixed
    text = os.environ.get("QAAPP_NOW")
    if text:
        return datetime.fromisoformat(text).astimezone(UTC)
    present = datetime.now(UTC)
    return present.replace(microsecond=present.microsecond // 1000 * 1000)


@contextmanager
def fixed(moment: datetime) -> Iterator[None]:
    """Stop the clock of this process at an aware ``moment`` inside the ``with``."""
    global _fixed
    if moment.tzinfo is None:
        raise ValueError("a fixed moment needs a time zone")
    before, _fixed = _fixed, moment.astimezone(UTC)
    try:
        yield
    finally:
        _fixed = before
