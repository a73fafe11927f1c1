"""What listening leaves behind: what was really heard, the speech figures of a call, transcripts, the phrase bank."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import Mapped, mapped_column

from qaapp.store.schema.base import Base, BigId, make_id


class Coverage(Base):
    """Which stretches of a call somebody really heard: ``stretches`` is ``[[start_ms, end_ms, speed], …]``.

    ``evaluation_id`` is filled when the evaluation is submitted; until then the row belongs to the open call.
    """

    __tablename__ = "coverages"
    id: Mapped[int] = make_id()
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    evaluation_id: Mapped[int | None] = mapped_column(ForeignKey("evaluations.id"), unique=True)
    stretches: Mapped[list[Any]] = mapped_column(JSON, default=list)
    heard_ms: Mapped[int] = mapped_column(default=0)  # length of their union
    sound_ms: Mapped[int] = mapped_column(default=0)  # length of the call's sound
    updated_at: Mapped[datetime]
    __table_args__ = (Index("ix_coverages_call_id_user_id", "call_id", "user_id"),)


class SpeechFigure(Base):
    """The speech figures of one call, so that the journal and reports need no sound. ``detector`` made them, with
    ``thresholds``; ``sound_key`` names the sound they were made from. A mono mix has ``is_mono`` and no figures."""

    __tablename__ = "speech_figures"
    call_id: Mapped[int] = mapped_column(BigId, ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True)
    detector: Mapped[str] = mapped_column(String(40))
    thresholds: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sound_key: Mapped[str] = mapped_column(String(64), default="")
    is_mono: Mapped[bool] = mapped_column(default=False)
    sound_ms: Mapped[int] = mapped_column(default=0)
    manager_ms: Mapped[int | None]
    customer_ms: Mapped[int | None]
    silence_ms: Mapped[int | None]
    silences: Mapped[int | None]
    long_silences: Mapped[int | None]
    overtalk_ms: Mapped[int | None]
    manager_interruptions: Mapped[int | None]
    customer_interruptions: Mapped[int | None]
    longest_manager_ms: Mapped[int | None]
    longest_customer_ms: Mapped[int | None]
    response_ms: Mapped[int | None]
    turns: Mapped[int | None]
    talk_share: Mapped[float | None] = mapped_column(index=True)  # A / (A + B), only to order and filter rows
    analysed_at: Mapped[datetime]


class Transcript(Base):
    """The words of a call, from a file beside the recording or from a provider."""

    __tablename__ = "transcripts"
    id: Mapped[int] = make_id()
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"))
    origin: Mapped[str] = mapped_column(String(12), default="file")  # file, provider
    name: Mapped[str] = mapped_column(String(400))  # of the file, or the provider's id of it
    format: Mapped[str] = mapped_column(String(12))
    language: Mapped[str] = mapped_column(String(20), default="")
    content_hash: Mapped[str] = mapped_column(String(64), default="")
    added_at: Mapped[datetime]
    __table_args__ = (Unique("call_id", "name"),)


class TranscriptPhrase(Base):
    """One phrase: who said what when. ``search_text`` is case-folded; ``words`` is ``[[start_ms, end_ms, text], …]``."""

    __tablename__ = "transcript_phrases"
    id: Mapped[int] = make_id()
    transcript_id: Mapped[int] = mapped_column(BigId, ForeignKey("transcripts.id", ondelete="CASCADE"))
    position: Mapped[int]
    start_ms: Mapped[int]
    end_ms: Mapped[int]
    lane: Mapped[str | None] = mapped_column(String(10))  # manager, customer
    speaker: Mapped[str | None] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    search_text: Mapped[str] = mapped_column(Text, default="")
    words: Mapped[list[Any] | None] = mapped_column(JSON)
    __table_args__ = (Unique("transcript_id", "position"),)


class Phrase(Base):
    """The phrase bank: what is said and what should have been said at a checkpoint, offered while one types."""

    __tablename__ = "phrases"
    id: Mapped[int] = make_id()
    checkpoint_code: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(6))  # said, should
    text: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    active: Mapped[bool] = mapped_column(default=True)
    __table_args__ = (Index("ix_phrases_checkpoint_code_kind", "checkpoint_code", "kind"),)
