"""When a connection is pulled next: every N minutes, with a growing pause after trouble on the way. Pure arithmetic.

A connection that is paused or was stopped by a permanent error has no next time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from qaapp.intake.connections import READY, ConnectionRow
from qaapp.store.schema import Connection, Source

LONGEST_PAUSE_MIN = 60


@dataclass(frozen=True)
class Turn:
    """What the clock of a connection needs. ``last_started_at`` is aware UTC, None before the first pull."""

    id: int
    name: str
    enabled: bool
    state: str
    every_minutes: int
    last_started_at: datetime | None


def turns(session: Session) -> list[Turn]:
    """Every connection, those that waited longest first; counts nothing, so it may be asked every few seconds."""
    query = (
        select(
            Source.id, Source.name, Connection.enabled, Connection.state, Connection.every_minutes,
            Connection.last_started_at,
        )
        .join(Connection, Connection.source_id == Source.id)
        .order_by(Connection.last_started_at.is_not(None), Connection.last_started_at, Source.id)
    )  # fmt: skip
    return [Turn(*row) for row in session.execute(query)]


def pause_minutes(failures: int) -> int:
    """1, 2, 4 … 60 min after the first, second, third pull in a row that did not get through; 0 after none."""
    if failures <= 0:
        return 0
    return LONGEST_PAUSE_MIN if failures > 6 else min(LONGEST_PAUSE_MIN, 1 << (failures - 1))


def next_at(
    turn: Turn | ConnectionRow, now: datetime, failures: int = 0, not_before: datetime | None = None
) -> datetime | None:
    """When its next pull begins (``now`` when it is due), None when none is planned.

    ``failures`` is how many pulls in a row found no way through; ``not_before`` what the provider asked for.
    """
    if not turn.enabled or turn.state != READY:
        return None
    if turn.last_started_at is None:
        planned = now
    else:
        minutes = pause_minutes(failures) if failures else turn.every_minutes
        planned = turn.last_started_at + timedelta(minutes=minutes)
    return max(planned, now, not_before or now)
