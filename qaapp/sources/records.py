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
    end_kind: str | None = None
    is_supervisor: bool = False  # listens in or prompts: not part of the talk


@dataclass(frozen=True, slots=True)
class ParticipantRecord:
    """An employee in a call, as the source said it. ``role``: manager, supervisor, transfer, robot."""

    external_id: str | None = None
    name: str | None = None
    extension: str | None = None
    group_name: str | None = None
    role: str = "manager"
    answered: bool | None = None
    talk_s: int | None = None


@dataclass(frozen=True, slots=True)
class RemoteRef:
    """A recording at a provider. ``facts`` is what is needed to ask for it again (ids, never secrets, no link that expires).

    ``kind``: full, leg, side, voicemail; ``expected``: the provider says there is one, even if it is not ready."""

    external_id: str
    kind: str = "full"
    lane: Lane | None = None
    manager_channel: int | None = None
    position: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)
    expected: bool = True


@dataclass(frozen=True, slots=True)
class DealRecord:
    """``outcome``: open, won, lost; ``amount`` is a decimal number as the source wrote it."""

    external_id: str | None = None
    stage: str | None = None
    outcome: str | None = None
    amount: str | None = None
    currency: str | None = None
    responsible: str | None = None


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """A person or group of a provider's directory. ``kind``: person, group."""

    external_id: str
    name: str
    extension: str | None = None
    group_name: str | None = None
    kind: str = "person"


@dataclass(frozen=True, slots=True)
class PhraseRecord:
    """One phrase of a transcript; ``words`` are ``(start_ms, end_ms, text)``."""

    start_ms: int
    end_ms: int
    text: str
    lane: Lane | None = None
    speaker: str | None = None
    words: tuple[tuple[int, int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TranscriptRecord:
    """The words of a call. ``name`` is the file's name or the provider's id of it."""

    name: str
    format: str
    phrases: tuple[PhraseRecord, ...]
    language: str = ""


@dataclass(frozen=True, slots=True)
class RecordingRef:
    """A local audio file. ``lane`` says that it holds one side only; ``manager_channel`` is 0 or 1 of a stereo file."""

    path: Path
    lane: Lane | None = None
    manager_channel: int | None = None


@dataclass(slots=True)  # not frozen, only because freezing costs more than all else when a million are made
class CallRecord:
    """One conversation; treat it as frozen. ``keys`` are names under which recordings of it may be filed (see
    ``sources.keys``); ``former_ids`` are external ids under which the source may have told of it before it knew better."""

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
    hold_s: int | None = None
    end_kind: str | None = None  # one of ``words.EndKind``
    transferred: bool | None = None
    participants: tuple[ParticipantRecord, ...] = ()
    remote: tuple[RemoteRef, ...] = ()
    deal: DealRecord | None = None
    former_ids: tuple[str, ...] = ()
    fingerprint: str = ""  # changes whenever the source's words change; "" = made from the values
