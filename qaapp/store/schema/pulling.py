"""Connections to providers and what a pull keeps: its cursor and log, remote recordings, people, deals."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import Mapped, mapped_column

from qaapp.store.schema.base import Base, BigId, make_id


class Connection(Base):
    """How a source is pulled. Its settings lie in ``sources.settings``; secrets are in the system's key store, never here.

    ``state``: ready, or stopped by a permanent error (``last_error``) until somebody changes the settings.
    """

    __tablename__ = "connections"
    source_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True
    )
    state: Mapped[str] = mapped_column(String(12), default="ready")
    enabled: Mapped[bool] = mapped_column(default=True)
    every_minutes: Mapped[int] = mapped_column(default=30)
    time_zone: Mapped[str] = mapped_column(String(60), default="")  # "" = the workspace's
    first_day: Mapped[date | None]  # nothing before it is pulled
    reread_days: Mapped[int] = mapped_column(default=3)  # the sliding window that catches late changes
    on_demand: Mapped[bool] = mapped_column(default=False)  # recordings only when somebody opens the call
    keep_months: Mapped[int | None]
    quota_mb: Mapped[int | None]
    main_manager: Mapped[str] = mapped_column(
        String(12), default="longest"
    )  # longest, first, last, responsible
    cursor: Mapped[dict[str, Any]] = mapped_column(default=dict)
    synced_until: Mapped[datetime | None]
    last_started_at: Mapped[datetime | None]
    last_ok_at: Mapped[datetime | None]
    last_error: Mapped[dict[str, Any] | None] = mapped_column(JSON)


class PullRun(Base):
    """One pull of one connection: the log that a person reads and copies."""

    __tablename__ = "pull_runs"
    id: Mapped[int] = make_id()
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(12), default="running")  # running, done, stopped, failed
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    error: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    __table_args__ = (Index("ix_pull_runs_source_id_started_at", "source_id", "started_at"),)


COPY = "copy"  # kind of a remote recording: a file of a watched folder whose sound is here already


class RemoteRecording(Base):
    """A recording at a provider and how far it has come here: words.RecordingState of a download.

    ``facts`` is what the provider needs to find it again, without secrets; ``recording_id`` is the file once it is here.
    """

    __tablename__ = "remote_recordings"
    id: Mapped[int] = make_id()
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"))
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"), index=True)
    external_id: Mapped[str] = mapped_column(String(400))
    kind: Mapped[str] = mapped_column(String(12), default="full")  # full, leg, side, voicemail, or COPY
    lane: Mapped[str | None] = mapped_column(String(10))
    manager_channel: Mapped[int | None]
    position: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None]
    give_up_at: Mapped[datetime | None]
    error: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    recording_id: Mapped[int | None] = mapped_column(
        ForeignKey("recordings.id", ondelete="SET NULL"), index=True
    )
    updated_at: Mapped[datetime]
    __table_args__ = (
        Unique("source_id", "call_id", "external_id"),
        Index("ix_remote_recordings_source_id_state_next_try_at", "source_id", "state", "next_try_at"),
        Index("ix_remote_recordings_source_id_external_id", "source_id", "external_id"),
    )


class DirectoryEntry(Base):
    """A person or group as a provider knows it, with the time it was so; deleted ones stay, closed by ``valid_to``."""

    __tablename__ = "directory_entries"
    id: Mapped[int] = make_id()
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(10), default="person")  # person, group
    external_id: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(300))
    extension: Mapped[str | None] = mapped_column(String(40))
    group_name: Mapped[str | None] = mapped_column(String(200))
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("managers.id"))
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]
    __table_args__ = (
        Index("ix_directory_entries_source_id_kind_external_id", "source_id", "kind", "external_id"),
    )


class Participant(Base):
    """An employee who took part in a call, as the source said it on that day."""

    __tablename__ = "participants"
    call_id: Mapped[int] = mapped_column(BigId, ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(String(200))
    name: Mapped[str | None] = mapped_column(String(300))
    extension: Mapped[str | None] = mapped_column(String(40))
    group_name: Mapped[str | None] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(12), default="manager")  # manager, supervisor, transfer, robot
    answered: Mapped[bool | None]
    talk_s: Mapped[int | None]
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("managers.id"))


class Deal(Base):
    """The deal a call belongs to, where a CRM or a mapped column said so; absent stays absent."""

    __tablename__ = "deals"
    call_id: Mapped[int] = mapped_column(BigId, ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True)
    external_id: Mapped[str | None] = mapped_column(String(100))
    stage: Mapped[str | None] = mapped_column(String(200), index=True)
    outcome: Mapped[str | None] = mapped_column(String(8), index=True)  # open, won, lost
    amount: Mapped[str | None] = mapped_column(String(40))  # a decimal number, exactly as the source wrote it
    currency: Mapped[str | None] = mapped_column(String(3))
    responsible: Mapped[str | None] = mapped_column(String(300))
