"""What people note on calls: tags, annotations, where they stopped listening."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy import text as sql_text
from sqlalchemy.orm import Mapped, mapped_column

from qaapp.store.schema.base import Base, make_id


class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = make_id()
    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = mapped_column(String(100), unique=True)
    color: Mapped[str] = mapped_column(
        String(20), default=""
    )  # name of a colour pair of the theme, "" = neutral


class CallTag(Base):
    __tablename__ = "call_tags"
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id"), primary_key=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    __table_args__ = (Index("ix_call_tags_tag_id_call_id", "tag_id", "call_id"),)


class AnnotationKind(Base):
    """``lane`` groups kinds into one row of the timeline: stage, objection, error, good or a user's own word."""

    __tablename__ = "annotation_kinds"
    id: Mapped[int] = make_id()
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    lane: Mapped[str] = mapped_column(String(40))
    color: Mapped[str] = mapped_column(
        String(20)
    )  # name of a colour pair: stage, objection, error, good, moss, …
    shortcut: Mapped[int | None]  # Alt+1…9
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)


class Annotation(Base):
    """A point (``end_ms`` is None) or a region of the call's sound. Deleting sets ``deleted_at``: undo restores it."""

    __tablename__ = "annotations"
    id: Mapped[int] = make_id()
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"), index=True)
    kind_id: Mapped[int] = mapped_column(ForeignKey("annotation_kinds.id"))
    start_ms: Mapped[int]
    end_ms: Mapped[int | None]
    text: Mapped[str] = mapped_column(Text, default="")
    said: Mapped[str] = mapped_column(Text, default="")
    should_have_said: Mapped[str] = mapped_column(Text, default="")
    checkpoint_id: Mapped[int | None] = mapped_column(ForeignKey("checkpoints.id"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    sign: Mapped[int | None]  # 1 a plus, -1 a minus, None neither
    __table_args__ = (
        Index(
            "ix_annotations_kind_id_call_id", "kind_id", "call_id",
            sqlite_where=sql_text("deleted_at IS NULL"), postgresql_where=sql_text("deleted_at IS NULL"),
        ),
    )  # fmt: skip


class ListenPosition(Base):
    """Where somebody stopped listening, so that he resumes there."""

    __tablename__ = "listen_positions"
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"), primary_key=True)
    position_ms: Mapped[int]
    updated_at: Mapped[datetime]
