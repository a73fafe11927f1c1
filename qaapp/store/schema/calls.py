"""Calls with their legs, keys and recordings, and where they came from."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy import text as sql_text
from sqlalchemy.orm import Mapped, mapped_column

from qaapp.store.schema.base import Base, BigId, make_id


class Source(Base):
    """A connection: one configured origin of calls. ``kind`` is ``folder``, ``call_log`` or a provider's."""

    __tablename__ = "sources"
    id: Mapped[int] = make_id()
    kind: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200), unique=True)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]


class Call(Base):
    __tablename__ = "calls"
    id: Mapped[int] = make_id()
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id"))
    external_id: Mapped[str] = mapped_column(String(400))
    conversation_id: Mapped[str | None] = mapped_column(
        String(400)
    )  # linkedid: several rows, one conversation
    started_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    direction: Mapped[str] = mapped_column(String(12), default="unknown")
    disposition: Mapped[str] = mapped_column(String(12), default="unknown")
    duration_s: Mapped[int | None]
    wait_s: Mapped[int | None]
    talk_s: Mapped[int | None]
    talk_is_estimate: Mapped[bool] = mapped_column(default=False)  # shown ≈: length of the recording
    customer_number: Mapped[str | None] = mapped_column(
        String(40)
    )  # E.164 digits where it looks like a number
    customer_number_raw: Mapped[str | None] = mapped_column(String(200))
    customer_name: Mapped[str | None] = mapped_column(String(300))
    line_number: Mapped[str | None] = mapped_column(String(40))
    extension: Mapped[str | None] = mapped_column(String(40))
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("managers.id"))
    manager_origin: Mapped[str | None] = mapped_column(String(12))
    group_name: Mapped[str | None] = mapped_column(String(200))  # as the source said it
    campaign: Mapped[str | None] = mapped_column(String(200))
    end_side: Mapped[str | None] = mapped_column(String(12))
    end_reason: Mapped[str | None] = mapped_column(String(300))  # as the source said it
    customer_rating: Mapped[int | None]
    rating_scale: Mapped[int | None]
    comment: Mapped[str | None] = mapped_column(Text)
    target: Mapped[str | None] = mapped_column(String(12))
    search_text: Mapped[str] = mapped_column(Text, default="")
    recording_count: Mapped[int] = mapped_column(default=0)
    evaluation_count: Mapped[int] = mapped_column(default=0)  # submitted ones, short reviews included
    score_num: Mapped[int | None] = mapped_column(
        BigInteger
    )  # the call's exact score is score_num / score_den
    score_den: Mapped[int | None] = mapped_column(BigInteger)
    score_sort: Mapped[float | None]  # only to order rows
    critical_failed: Mapped[int] = mapped_column(default=0)
    band: Mapped[str | None] = mapped_column(String(8))
    content_hash: Mapped[str] = mapped_column(String(64), default="")
    revision: Mapped[int] = mapped_column(default=1)
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    raw: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    hold_s: Mapped[int | None]
    end_kind: Mapped[str | None] = mapped_column(String(20))  # end_reason in one list for all sources
    transferred: Mapped[bool | None]
    __table_args__ = (
        Unique("source_id", "external_id"),
        # The journal's own: newest first, with every column a filter of closed values asks for, so that any combination
        # is decided without reading the calls themselves.
        Index(
            "ix_calls_started_at", "started_at", "id", "direction", "disposition", "manager_id", "source_id",
            "line_number", "talk_s", "recording_count", "evaluation_count", "band", "target", "customer_rating",
            "campaign", "end_reason",
        ),
        # One for each other column that is sorted by; the filter by one of its values uses the same. Columns that are
        # empty for most calls are indexed where they are filled.
        *(
            Index(f"ix_calls_{name}_started_at", name, "started_at")
            for name in ("manager_id", "direction", "disposition", "source_id", "duration_s", "wait_s", "talk_s")
        ),
        *(
            Index(
                f"ix_calls_{name}_started_at", name, "started_at",
                sqlite_where=sql_text(f"{name} IS NOT NULL"), postgresql_where=sql_text(f"{name} IS NOT NULL"),
            )
            for name in (
                "customer_number", "customer_name", "line_number", "extension", "campaign", "end_reason",
                "customer_rating", "target", "score_sort", "band", "end_kind",
            )
        ),
        # The migration makes ix_calls_comment_started_at, on the first 60 letters (a whole comment is too long for a
        # key of PostgreSQL), and the search index calls_search with its triggers: metadata cannot say them.
        Index(
            "ix_calls_recording_count_started_at", "recording_count", "started_at",
            sqlite_where=sql_text("recording_count > 0"), postgresql_where=sql_text("recording_count > 0"),
        ),
        Index(
            "ix_calls_evaluation_count_started_at", "evaluation_count", "started_at", "band",
            sqlite_where=sql_text("evaluation_count > 0"), postgresql_where=sql_text("evaluation_count > 0"),
        ),
    )  # fmt: skip


class Leg(Base):
    """One party's stretch of a call; ``kind`` is user, group, number, ivr, conference or unknown."""

    __tablename__ = "legs"
    id: Mapped[int] = make_id()
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"))
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(12), default="unknown")
    party: Mapped[str | None] = mapped_column(String(300))
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("managers.id"))
    started_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    talk_s: Mapped[int | None]
    end_reason: Mapped[str | None] = mapped_column(String(300))
    end_kind: Mapped[str | None] = mapped_column(String(20))
    is_supervisor: Mapped[bool] = mapped_column(
        default=False, server_default=sql_text("false")
    )  # listens in, is not part of the talk
    __table_args__ = (Unique("call_id", "position"),)


class CallKey(Base):
    """Names by which a call log and the files of a call find each other, whichever comes first (``sources.keys``)."""

    __tablename__ = "call_keys"
    key: Mapped[str] = mapped_column(String(210), primary_key=True)
    call_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class RecordingRoot(Base):
    """A folder of recordings that is opened in place. Every computer may see it elsewhere (``Personal.roots``)."""

    __tablename__ = "recording_roots"
    id: Mapped[int] = make_id()
    name: Mapped[str] = mapped_column(String(200), unique=True)
    path: Mapped[str] = mapped_column(Text)  # where it was when it was added


class Recording(Base):
    """One audio file. ``path`` is relative to the root, with forward slashes, NFC."""

    __tablename__ = "recordings"
    id: Mapped[int] = make_id()
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"), index=True)
    root_id: Mapped[int] = mapped_column(ForeignKey("recording_roots.id"))
    path: Mapped[str] = mapped_column(String(1000))
    position: Mapped[int] = mapped_column(default=0)
    lane: Mapped[str | None] = mapped_column(
        String(10)
    )  # manager / customer: this file is one side; else None
    manager_channel: Mapped[int | None]  # of a stereo file: 0 or 1; None = not known, 0 is assumed
    offset_ms: Mapped[int] = mapped_column(default=0)  # of a side against the other
    state: Mapped[str] = mapped_column(String(12), default="available")
    error: Mapped[str | None] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    mtime_ms: Mapped[int] = mapped_column(BigInteger, default=0)
    duration_ms: Mapped[int | None]
    channels: Mapped[int | None]
    sample_rate: Mapped[int | None]
    codec: Mapped[str | None] = mapped_column(String(40))
    __table_args__ = (Unique("root_id", "path"),)
