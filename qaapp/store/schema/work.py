"""The queue, the archive, events, settings and saved filters."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from qaapp.store.schema.base import Base, make_id


class QueueItem(Base):
    """A call that was drawn. ``pool`` is how many fitting calls it was drawn from, ``stratum`` the part of the day."""

    __tablename__ = "queue_items"
    id: Mapped[int] = make_id()
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"), unique=True)
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("managers.id"), index=True)
    call_day: Mapped[date] = mapped_column(index=True)  # day of the call in the workspace's zone
    origin: Mapped[str] = mapped_column(String(12), default="random")
    stratum: Mapped[str] = mapped_column(String(12), default="")  # morning, afternoon, evening
    pool: Mapped[int] = mapped_column(default=0)
    seed: Mapped[int] = mapped_column(BigInteger, default=0)
    drawn_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="open", index=True)
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    closed_at: Mapped[datetime | None]
    skip_reason: Mapped[str] = mapped_column(Text, default="")


class ArchiveItem(Base):
    """A whole call (``start_ms`` None) or a stretch of it, kept as an example."""

    __tablename__ = "archive_items"
    id: Mapped[int] = make_id()
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"), index=True)
    verdict: Mapped[str] = mapped_column(String(6))
    stage: Mapped[str] = mapped_column(String(200), default="")
    title: Mapped[str] = mapped_column(String(300), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    said: Mapped[str] = mapped_column(Text, default="")
    should_have_said: Mapped[str] = mapped_column(Text, default="")
    start_ms: Mapped[int | None]
    end_ms: Mapped[int | None]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    refreshed_at: Mapped[datetime]  # somebody said it is still a good example
    deleted_at: Mapped[datetime | None]


class Event(Base):
    """Append-only: who did what when. Never updated, never deleted."""

    __tablename__ = "events"
    id: Mapped[int] = make_id()
    at: Mapped[datetime] = mapped_column(index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(String(60))  # evaluation.submitted, tag.merged, …
    subject: Mapped[str] = mapped_column(String(40), default="")  # evaluation, call, …
    subject_id: Mapped[int | None] = mapped_column(BigInteger)
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Setting(Base):
    """Values of the workspace: key ``rules`` holds ``settings.Rules``."""

    __tablename__ = "settings"
    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(default=dict)


class ColumnMapping(Base):
    """How the columns of a sheet were understood, remembered by its headings (``signature``)."""

    __tablename__ = "column_mappings"
    signature: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20))  # call_log, marks
    mapping: Mapped[dict[str, Any]] = mapped_column(default=dict)
    updated_at: Mapped[datetime]


class SavedFilter(Base):
    """A named filter of the journal."""

    __tablename__ = "saved_filters"
    id: Mapped[int] = make_id()
    name: Mapped[str] = mapped_column(String(200), unique=True)
    filter: Mapped[dict[str, Any]] = mapped_column(default=dict)
    position: Mapped[int] = mapped_column(default=0)
