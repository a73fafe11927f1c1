"""Taking the sample calls away again, with everything people added to them meanwhile.

The history of events is append-only for a team's own calls; events about sample calls and by sample reviewers go with
them, because they would speak of things and people that never were.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, delete, func, or_, select, update
from sqlalchemy.orm import Session

from qaapp.samples.plan import log_ids
from qaapp.store import events
from qaapp.store.schema import (
    Annotation,
    ArchiveItem,
    Call,
    CallTag,
    Checkpoint,
    Coverage,
    DirectoryEntry,
    Evaluation,
    Event,
    Extension,
    Group,
    Leg,
    ListenPosition,
    Manager,
    Mark,
    Participant,
    Phrase,
    QueueItem,
    Recording,
    RecordingRoot,
    RemoteRecording,
    Revision,
    Scorecard,
    Section,
    Setting,
    Source,
    Tag,
    Transcript,
    User,
)
from qaapp.store.workspace import Workspace

SETTING = "samples"
FOLDER = "samples"  # inside the workspace's folder of recordings
PART = 400  # ids in one statement
# What hangs on a call, besides what the database takes along by itself.
HANGING = (
    QueueItem, ArchiveItem, Annotation, CallTag, ListenPosition, Leg, Transcript, RemoteRecording, Recording,
)  # fmt: skip


def remove_samples(workspace: Workspace) -> int:
    """Delete the sample calls and all that hangs on them; people, tags and cards that came with them go when nothing
    else uses them. Gives the number of calls. Files of the samples are deleted, other recordings are not touched."""
    with workspace.database.write() as session:
        stored = session.get(Setting, SETTING)
        if stored is None:
            return 0
        noted = dict(stored.value)
        folder = str(workspace.recordings / FOLDER)
        sources = _sources(session, noted, folder)
        calls = _calls(session, sources)
        _delete_calls(session, calls)
        in_use = select(Call.source_id).distinct()
        session.execute(delete(Source).where(Source.id.in_(sources), Source.id.not_in(in_use)))
        used = select(Recording.root_id).where(Recording.root_id.is_not(None)).distinct()
        session.execute(
            delete(RecordingRoot).where(RecordingRoot.path == folder, RecordingRoot.id.not_in(used))
        )
        _delete_cards(session, noted["cards"])
        _delete_unused_tags(session, noted["tags"])
        _delete_people(session, noted)
        _delete_users(session, noted["users"])
        session.delete(stored)
        if calls:
            events.record(session, "samples.removed", subject="settings", calls=len(calls))
    shutil.rmtree(workspace.recordings / FOLDER, ignore_errors=True)
    return len(calls)


def counts(session: Session, folder: str) -> tuple[int, int, int]:
    """Calls, recordings and current submitted evaluations of the samples."""
    stored = session.get(Setting, SETTING)
    if stored is None:
        return 0, 0, 0
    ours = _calls(session, _sources(session, dict(stored.value), folder))
    recordings = session.scalar(select(func.count(Recording.id)).where(Recording.call_id.in_(ours))) or 0
    filled = session.scalar(
        select(func.count(Evaluation.id)).where(
            Evaluation.call_id.in_(ours), Evaluation.is_current, Evaluation.submitted_at.is_not(None)
        )
    )
    return len(ours), recordings, filled or 0


def _sources(session: Session, noted: dict[str, Any], folder: str) -> list[int]:
    """The source of the sample log, and that of sample recordings which no row of the log claimed.

    A workspace whose samples were installed by 0.1.0 did not note its source: it goes by the names that were given then.
    """
    found = []
    for row in session.scalars(select(Source)):
        if "source" in noted:
            is_log = row.id == noted["source"]
        else:
            named = row.name.startswith(("Sample calls", "Примеры звонков"))
            is_log = row.kind == "call_log" and named and row.id not in noted["sources_before"]
        if is_log or (row.kind == "folder" and row.settings.get("path") == folder):
            found.append(row.id)
    return found


def _calls(session: Session, sources: list[int]) -> list[int]:
    """Calls of these sources that are in the shipped log, or have recordings of the samples only. An own log with the
    same headings came into the same source in 0.1.0: its calls stay."""
    shipped = set(log_ids())
    rows = session.execute(
        select(Call.id, Call.external_id, Source.kind)
        .join(Source, Source.id == Call.source_id)
        .where(Call.source_id.in_(sources))
    )
    return [call_id for call_id, external_id, kind in rows if kind == "folder" or external_id in shipped]


def _parts(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), PART):
        yield ids[start : start + PART]


def _delete_calls(session: Session, calls: list[int]) -> None:
    for part in _parts(calls):
        filled = list(session.scalars(select(Evaluation.id).where(Evaluation.call_id.in_(part))))
        archived = list(session.scalars(select(ArchiveItem.id).where(ArchiveItem.call_id.in_(part))))
        noted = list(session.scalars(select(Annotation.id).where(Annotation.call_id.in_(part))))
        queued = list(session.scalars(select(QueueItem.id).where(QueueItem.call_id.in_(part))))
        for subject, ids in (
            ("evaluation", filled), ("archive_item", archived), ("annotation", noted), ("queue_item", queued),
            ("call", part),
        ):  # fmt: skip
            _delete_events(session, subject, ids)
        session.execute(
            update(Evaluation).where(Evaluation.id.in_(filled)).values(previous_id=None, queue_item_id=None)
        )
        session.execute(
            delete(Coverage).where(or_(Coverage.evaluation_id.in_(filled), Coverage.call_id.in_(part)))
        )
        session.execute(delete(Mark).where(Mark.evaluation_id.in_(filled)))
        session.execute(delete(Evaluation).where(Evaluation.id.in_(filled)))
        for table in HANGING:
            session.execute(delete(table).where(table.call_id.in_(part)))
        session.execute(delete(Call).where(Call.id.in_(part)))


def _delete_events(session: Session, subject: str, ids: list[int]) -> None:
    for part in _parts(ids):
        session.execute(delete(Event).where(Event.subject == subject, Event.subject_id.in_(part)))


def _delete_cards(session: Session, ids: list[int]) -> None:
    """The cards that came with the samples, unless somebody fills them on own calls or made another revision of them."""
    for card_id in ids:
        revisions = list(session.scalars(select(Revision.id).where(Revision.scorecard_id == card_id)))
        if len(revisions) > 1:
            continue
        points = list(session.scalars(select(Checkpoint.id).where(Checkpoint.revision_id.in_(revisions))))
        if _any(session, select(Evaluation.id).where(Evaluation.revision_id.in_(revisions))):
            continue
        if _any(session, select(Annotation.id).where(Annotation.checkpoint_id.in_(points))):
            continue
        session.execute(delete(Checkpoint).where(Checkpoint.revision_id.in_(revisions)))
        session.execute(delete(Section).where(Section.revision_id.in_(revisions)))
        session.execute(delete(Revision).where(Revision.scorecard_id == card_id))
        session.execute(delete(Scorecard).where(Scorecard.id == card_id))
        _delete_events(session, "scorecard", [card_id])
        _delete_events(session, "revision", revisions)


def _any(session: Session, query: Select[Any]) -> bool:
    return session.scalar(query.limit(1)) is not None


def _delete_unused_tags(session: Session, names: list[str]) -> None:
    used = select(CallTag.tag_id)
    ids = list(session.scalars(select(Tag.id).where(Tag.name.in_(names), Tag.id.not_in(used))))
    session.execute(delete(Tag).where(Tag.id.in_(ids)))
    _delete_events(session, "tag", ids)


def _delete_people(session: Session, noted: dict[str, Any]) -> None:
    wanted = select(Manager.id).where(Manager.name.in_(noted["managers"]))
    for table in (Call, Leg, Participant, DirectoryEntry):
        wanted = wanted.where(
            Manager.id.not_in(select(table.manager_id).where(table.manager_id.is_not(None)))
        )
    ids = list(session.scalars(wanted))
    session.execute(delete(Extension).where(Extension.manager_id.in_(ids)))
    session.execute(delete(Manager).where(Manager.id.in_(ids)))
    _delete_events(session, "manager", ids)
    filled = select(Manager.group_id).where(Manager.group_id.is_not(None))
    groups = list(
        session.scalars(select(Group.id).where(Group.name.in_(noted["groups"]), Group.id.not_in(filled)))
    )
    session.execute(delete(Group).where(Group.id.in_(groups)))
    _delete_events(session, "group", groups)


def _delete_users(session: Session, names: list[str]) -> None:
    """Sample reviewers who signed nothing else; a revision or a tag they made stays and loses its author."""
    for user_id in session.scalars(select(User.id).where(User.name.in_(names))).all():
        signed = (
            select(Evaluation.id).where(Evaluation.reviewer_id == user_id),
            select(Annotation.id).where(Annotation.author_id == user_id),
            select(ArchiveItem.id).where(ArchiveItem.owner_id == user_id),
            select(QueueItem.id).where(QueueItem.reviewer_id == user_id),
            select(Revision.id).where(Revision.author_id == user_id),
            select(CallTag.call_id).where(CallTag.author_id == user_id),
            select(Coverage.id).where(Coverage.user_id == user_id),
            select(Phrase.id).where(Phrase.author_id == user_id),
        )
        if any(_any(session, query) for query in signed):
            continue
        session.execute(delete(ListenPosition).where(ListenPosition.user_id == user_id))
        session.execute(
            delete(Event).where(
                or_(Event.user_id == user_id, (Event.subject == "user") & (Event.subject_id == user_id))
            )
        )
        session.execute(delete(User).where(User.id == user_id))
