"""The schema. Why it is so:

*Why snapshot values beside foreign keys (``Call.extension``)?* Extensions are given to new people; what was true on the
day of the call must stay readable.
*Why is a call's score kept on the call (``score_num``/``score_den``/``band``)?* The journal sorts and filters a million
calls by it. Only ``scorecards.call_scores`` writes these columns, with the numbers of ``scorecards.scoring``.
*Why ``search_text``?* SQLite folds no Cyrillic; number, name and comment are casefolded once, on writing.
*Why no cascades from calls to evaluations?* Nothing a person made disappears because a source changed its mind.
*Why is ``Evaluation`` a chain?* Amending adds a version with ``previous_id``; the one with ``is_current`` counts.

All moments are aware UTC (``UtcDateTime``), whole milliseconds or seconds where the name says so.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Date, ForeignKey, Index, Integer, MetaData, String, Text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy import text as sql_text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts rows only in INTEGER PRIMARY KEY


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in and out. SQLite keeps whole milliseconds since 1970 (sorts and compares as a number)."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True, precision=3))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value if dialect.name == "postgresql" else to_ms(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if isinstance(value, datetime) else from_ms(value)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_ms(value: datetime) -> int:
    """Whole milliseconds since 1970 of an aware moment (exact integer arithmetic)."""
    delta = value - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1000 + delta.microseconds // 1000


def from_ms(value: int) -> datetime:
    seconds, ms = divmod(value, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=ms * 1000)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime, dict[str, Any]: JSON, date: Date}


def _id() -> Mapped[int]:
    return mapped_column(BigId, primary_key=True, autoincrement=True)


# --- people ------------------------------------------------------------------------------------------------------


class User(Base):
    """Somebody who uses the app and signs what he makes (a reviewer chooses who he is at first start)."""

    __tablename__ = "users"
    id: Mapped[int] = _id()
    name: Mapped[str] = mapped_column(String(200), unique=True)
    role: Mapped[str] = mapped_column(String(20), default="reviewer")
    created_at: Mapped[datetime]
    active: Mapped[bool] = mapped_column(default=True)


class Group(Base):
    __tablename__ = "groups"
    id: Mapped[int] = _id()
    name: Mapped[str] = mapped_column(String(200), unique=True)


class Manager(Base):
    """An employee whose calls are scored. ``name_key`` is the casefolded name for matching."""

    __tablename__ = "managers"
    id: Mapped[int] = _id()
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(200), unique=True)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id"), index=True)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    group: Mapped[Group | None] = relationship()


class Extension(Base):
    """An inner number and whose it is now; ``number`` is unique, so re-assigning it moves it."""

    __tablename__ = "extensions"
    number: Mapped[str] = mapped_column(String(40), primary_key=True)
    manager_id: Mapped[int] = mapped_column(ForeignKey("managers.id"), index=True)


# --- calls -------------------------------------------------------------------------------------------------------


class Source(Base):
    """A connection: one configured origin of calls. ``kind`` is ``folder``, ``call_log`` or a provider's."""

    __tablename__ = "sources"
    id: Mapped[int] = _id()
    kind: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200), unique=True)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]


class Call(Base):
    __tablename__ = "calls"
    id: Mapped[int] = _id()
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
    end_reason: Mapped[str | None] = mapped_column(String(300))
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
                "customer_rating", "target", "score_sort", "band",
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
    id: Mapped[int] = _id()
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
    id: Mapped[int] = _id()
    name: Mapped[str] = mapped_column(String(200), unique=True)
    path: Mapped[str] = mapped_column(Text)  # where it was when it was added


class Recording(Base):
    """One audio file. ``path`` is relative to the root, with forward slashes, NFC."""

    __tablename__ = "recordings"
    id: Mapped[int] = _id()
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


class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = _id()
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
    id: Mapped[int] = _id()
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
    id: Mapped[int] = _id()
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


# --- scorecards --------------------------------------------------------------------------------------------------


class Scorecard(Base):
    __tablename__ = "scorecards"
    id: Mapped[int] = _id()
    name: Mapped[str] = mapped_column(String(200), unique=True)
    call_type: Mapped[str] = mapped_column(String(20), default="any")
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Revision(Base):
    """One frozen state of a card; at most one draft per card. A published one never changes."""

    __tablename__ = "revisions"
    id: Mapped[int] = _id()
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
    id: Mapped[int] = _id()
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"), index=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    script: Mapped[str] = mapped_column(Text, default="")


class Checkpoint(Base):
    """``code`` is stable over revisions: the same code means the same thing is checked."""

    __tablename__ = "checkpoints"
    id: Mapped[int] = _id()
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
    id: Mapped[int] = _id()
    name: Mapped[str] = mapped_column(String(200), unique=True)
    is_lost: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)


class Evaluation(Base):
    """One reviewer's filled revision for one call; ``revision_id`` None is a short review (no score)."""

    __tablename__ = "evaluations"
    id: Mapped[int] = _id()
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


# --- queue, archive, the rest ------------------------------------------------------------------------------------


class QueueItem(Base):
    """A call that was drawn. ``pool`` is how many fitting calls it was drawn from, ``stratum`` the part of the day."""

    __tablename__ = "queue_items"
    id: Mapped[int] = _id()
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
    id: Mapped[int] = _id()
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
    id: Mapped[int] = _id()
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
    id: Mapped[int] = _id()
    name: Mapped[str] = mapped_column(String(200), unique=True)
    filter: Mapped[dict[str, Any]] = mapped_column(default=dict)
    position: Mapped[int] = mapped_column(default=0)
