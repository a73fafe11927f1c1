"""What a source reports about a call, before anything is stored: values only, no database.

Moments are aware UTC. ``None`` means "the source did not say" and is never the same as 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from qaapp.words import Direction, Disposition, Lane, ManagerOrigin


@dataclass(frozen=True, slots=True)
class LegRecord:
    """One party's stretch of a call; ``kind`` is user, group, number, ivr, conference or unknown."""

    kind: str
    party: str | None
    started_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    talk_s: int | None = None
    end_reason: str | None = None


@dataclass(frozen=True, slots=True)
class RecordingRef:
    """A local audio file. ``lane`` says that it holds one side only; ``manager_channel`` is 0 or 1 of a stereo file."""

    path: Path
    lane: Lane | None = None
    manager_channel: int | None = None


@dataclass(slots=True)  # not frozen, only because freezing costs more than all else when a million are made
class CallRecord:
    """One conversation; treat it as frozen. ``keys`` are names under which recordings of it may be filed (see
    ``sources.keys``)."""

    external_id: str
    started_at: datetime
    conversation_id: str | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    direction: Direction = Direction.UNKNOWN
    disposition: Disposition = Disposition.UNKNOWN
    duration_s: int | None = None
    wait_s: int | None = None
    talk_s: int | None = None
    talk_is_estimate: bool = False
    customer_number: str | None = None
    customer_number_raw: str | None = None
    customer_name: str | None = None
    line_number: str | None = None
    extension: str | None = None
    manager_name: str | None = None
    manager_origin: ManagerOrigin | None = None
    group_name: str | None = None
    campaign: str | None = None
    end_side: str | None = None
    end_reason: str | None = None
    customer_rating: int | None = None
    rating_scale: int | None = None
    comment: str | None = None
    target: str | None = None
    tags: tuple[str, ...] = ()
    recording_names: tuple[str, ...] = ()
    recordings: tuple[RecordingRef, ...] = ()
    legs: tuple[LegRecord, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    fingerprint: str = ""  # changes whenever the source's words change; "" = made from the values
