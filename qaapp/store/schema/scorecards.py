"""Cards, revisions, checkpoints, evaluations and marks."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy import text as sql_text
from sqlalchemy.orm import Mapped, mapped_column

from qaapp.store.schema.base import Base, make_id


class Scorecard(Base):
    __tablename__ = "scorecards"
    id: Mapped[int] = make_id()
    name: Mapped[str] = mapped_column(String(200), unique=True)
    call_type: Mapped[str] = mapped_column(String(20), default="any")
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Revision(Base):
    """One frozen state of a card; at most one draft per card. A published one never changes."""

    __tablename__ = "revisions"
    id: Mapped[int] = make_id()
    scorecard_id: Mapped[int] = mapped_column(ForeignKey("scorecards.id"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default="draft")
    green_above: Mapped[int | None]  # own limits of the card; None = the workspace's
    red_below: Mapped[int | None]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    __table_args__ = (Unique("scorecard_id", "number"),)


class Section(Base):
    __tablename__ = "sections"
    id: Mapped[int] = make_id()
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"), index=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    script: Mapped[str] = mapped_column(Text, default="")


class Checkpoint(Base):
    """``code`` is stable over revisions: the same code means the same thing is checked."""

    __tablename__ = "checkpoints"
    id: Mapped[int] = make_id()
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"))
    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"), index=True)
    position: Mapped[int]
    code: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(String(400))
    hint: Mapped[str] = mapped_column(Text, default="")
    weight: Mapped[int] = mapped_column(default=1)
    critical: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (Unique("revision_id", "code"),)


class Outcome(Base):
    """What a call led to, by the reviewer. ``is_lost`` marks the ones counted as "calls lost"."""

    __tablename__ = "outcomes"
    id: Mapped[int] = make_id()
    name: Mapped[str] = mapped_column(String(200), unique=True)
    is_lost: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)


class Evaluation(Base):
    """One reviewer's filled revision for one call; ``revision_id`` None is a short review (no score)."""

    __tablename__ = "evaluations"
    id: Mapped[int] = make_id()
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"))
    revision_id: Mapped[int | None] = mapped_column(ForeignKey("revisions.id"), index=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    origin: Mapped[str] = mapped_column(String(12), default="picked")
    queue_item_id: Mapped[int | None] = mapped_column(ForeignKey("queue_items.id"))
    state: Mapped[str] = mapped_column(String(10), default="draft")
    version: Mapped[int] = mapped_column(default=1)
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("evaluations.id"))
    is_current: Mapped[bool] = mapped_column(
        default=True
    )  # the version that counts; a draft amendment is not yet
    started_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]
    passed: Mapped[int] = mapped_column(default=0)  # written by submit with scoring.score
    applicable: Mapped[int] = mapped_column(default=0)
    critical_failed: Mapped[int] = mapped_column(default=0)
    comment: Mapped[str] = mapped_column(Text, default="")
    pluses: Mapped[str] = mapped_column(Text, default="")
    minuses: Mapped[str] = mapped_column(Text, default="")
    outcome_id: Mapped[int | None] = mapped_column(ForeignKey("outcomes.id"))
    __table_args__ = (
        Index("ix_evaluations_call_id", "call_id"),
        Index("ix_evaluations_reviewer_id_state", "reviewer_id", "state"),
        Index("ix_evaluations_state_is_current", "state", "is_current"),
    )


class Mark(Base):
    """``value`` is 1, 0 or None for N/A; ``at_ms`` the playhead's moment when it was set (None: nowhere, imported).

    ``is_marked`` is False while only phrases were written: the checkpoint still waits for its mark.
    """

    __tablename__ = "marks"
    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluations.id"), primary_key=True)
    checkpoint_id: Mapped[int] = mapped_column(ForeignKey("checkpoints.id"), primary_key=True)
    is_marked: Mapped[bool] = mapped_column(default=True)
    value: Mapped[int | None]
    at_ms: Mapped[int | None]
    said: Mapped[str] = mapped_column(Text, default="")
    should_have_said: Mapped[str] = mapped_column(Text, default="")
    marked_at: Mapped[datetime]
    __table_args__ = tuple(  # few marks have phrases; they are offered again at the same checkpoint
        Index(
            f"ix_marks_checkpoint_id_{name}", "checkpoint_id",
            sqlite_where=sql_text(f"{name} <> ''"), postgresql_where=sql_text(f"{name} <> ''"),
        )
        for name in ("said", "should_have_said")
    )  # fmt: skip
