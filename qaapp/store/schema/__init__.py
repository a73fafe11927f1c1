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

from qaapp.store.schema.base import Base, BigId, UtcDateTime, from_ms, make_id, to_ms
from qaapp.store.schema.calls import Call, CallKey, Leg, Recording, RecordingRoot, Source
from qaapp.store.schema.listening import Coverage, Phrase, SpeechFigure, Transcript, TranscriptPhrase
from qaapp.store.schema.notes import Annotation, AnnotationKind, CallTag, ListenPosition, Tag
from qaapp.store.schema.people import Extension, Group, Manager, User
from qaapp.store.schema.pulling import (
    COPY,
    Connection,
    Deal,
    DirectoryEntry,
    Participant,
    PullRun,
    RemoteRecording,
)
from qaapp.store.schema.scorecards import Checkpoint, Evaluation, Mark, Outcome, Revision, Scorecard, Section
from qaapp.store.schema.work import ArchiveItem, ColumnMapping, Event, QueueItem, SavedFilter, Setting

__all__ = [
    "COPY",
    "Annotation",
    "AnnotationKind",
    "ArchiveItem",
    "Base",
    "BigId",
    "Call",
    "CallKey",
    "CallTag",
    "Checkpoint",
    "ColumnMapping",
    "Connection",
    "Coverage",
    "Deal",
    "DirectoryEntry",
    "Evaluation",
    "Event",
    "Extension",
    "Group",
    "Leg",
    "ListenPosition",
    "Manager",
    "Mark",
    "Outcome",
    "Participant",
    "Phrase",
    "PullRun",
    "QueueItem",
    "Recording",
    "RecordingRoot",
    "RemoteRecording",
    "Revision",
    "SavedFilter",
    "Scorecard",
    "Section",
    "Setting",
    "Source",
    "SpeechFigure",
    "Tag",
    "Transcript",
    "TranscriptPhrase",
    "User",
    "UtcDateTime",
    "from_ms",
    "make_id",
    "to_ms",
]
