"""Files of a watched folder that are known by another path: what was moved keeps its call, what was copied stays out.

A telephone exchange moves recordings into folders by day, and people rename and copy folders. A file is looked for by its
name and its size; where it was is empty now: it was moved. Something still lies there: only equal bytes make it a copy.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from qaapp import clock
from qaapp.intake.joining import SameSound, sha256_of
from qaapp.sources.folder import FileFacts
from qaapp.sources.keys import name_key
from qaapp.store.chunks import chunks
from qaapp.store.schema import COPY, CallKey, Recording, RecordingRoot, RemoteRecording
from qaapp.words import RecordingState

WORTH_BYTES = 44  # a smaller file holds no sound, and all such files are alike
MOST_ID = 400


@dataclass(frozen=True)
class Twin:
    """A recording of the same name and size. ``path`` is where it was seen on this computer."""

    recording_id: int
    call_id: int
    path: Path
    mtime_ms: int
    duration_ms: int | None
    error: str | None


def by_name(
    session: Session, files: Collection[FileFacts], roots: Mapping[int, Path]
) -> dict[Path, list[Twin]]:
    """Recordings of these roots (id → folder) that have the name and the size of a file."""
    wanted: dict[tuple[str, int], list[FileFacts]] = {}
    for item in files:
        if item.size > WORTH_BYTES:
            wanted.setdefault((name_key(item.path.name), item.size), []).append(item)
    found: dict[Path, list[Twin]] = {}
    for part in chunks(sorted({key for key, _size in wanted})):
        rows = session.execute(
            select(
                CallKey.key, Recording.id, Recording.call_id, Recording.root_id, Recording.path, Recording.size_bytes,
                Recording.mtime_ms, Recording.duration_ms, Recording.error, Recording.state,
            )
            .join(Recording, Recording.call_id == CallKey.call_id)
            .join(RecordingRoot, RecordingRoot.id == Recording.root_id)
            .where(CallKey.key.in_(part), Recording.root_id.in_(list(roots)))
            .order_by(Recording.id)
        )  # fmt: skip
        for row in rows:
            was = roots[row.root_id].joinpath(*row.path.split("/"))
            for item in wanted.get((row.key, row.size_bytes), ()):
                if was.name == item.path.name and was != item.path:
                    error = row.error if row.state == RecordingState.FAILED.value else None
                    twin = Twin(row.id, row.call_id, was, row.mtime_ms, row.duration_ms, error)
                    found.setdefault(item.path, []).append(twin)
    return found


def moved_from(item: FileFacts, twins: Collection[Twin]) -> Twin | None:
    """The recording that lay elsewhere and lies here now: its place is empty. The one of the same time comes first."""
    gone = [twin for twin in twins if not twin.path.exists()]
    return min(gone, key=lambda twin: (twin.mtime_ms != item.mtime_ms, twin.recording_id), default=None)


def copied_from(item: FileFacts, twins: Collection[Twin]) -> Twin | None:
    """The recording that has the same bytes and is still in its place."""
    there = [twin for twin in twins if twin.path.exists()]
    mine = sha256_of(item.path) if there else ""
    return next((twin for twin in there if mine and sha256_of(twin.path) == mine), None)


def note_copy(session: Session, source_id: int, same: SameSound, path: str, item: FileFacts) -> None:
    """Remember that a file of a connection's folder (``path`` in its root) is the sound of a recording that is here."""
    if len(path) > MOST_ID:
        return  # it is looked at anew each time
    row = session.scalar(
        select(RemoteRecording).where(
            RemoteRecording.source_id == source_id, RemoteRecording.external_id == path,
            RemoteRecording.kind == COPY,
        )
    )  # fmt: skip
    if row is None:
        row = RemoteRecording(source_id=source_id, external_id=path, kind=COPY, position=0, tries=0)
        session.add(row)
    row.call_id, row.recording_id = same
    row.state, row.size_bytes = RecordingState.AVAILABLE.value, item.size
    row.facts, row.updated_at = {"mtime_ms": item.mtime_ms}, clock.now()
    session.flush()


def has_copies(session: Session, source_id: int) -> bool:
    """Whether a connection has any; most have none."""
    query = select(RemoteRecording.id).where(
        RemoteRecording.source_id == source_id, RemoteRecording.kind == COPY
    )
    return session.scalar(query.limit(1)) is not None


def copies_in(
    session: Session,
    source_id: int,
    prefix: str,
    paths: Sequence[str] | None,
    look_in: tuple[int, Path] | None,
) -> dict[str, tuple[int, int]]:
    """Path → size and time of noted copies whose recording is still here: of these paths, or of all below ``prefix``.

    ``look_in`` (a root and its folder): recordings of that root are looked for, too; a copy of one that was taken away
    is the recording from now on.
    """
    query = select(
        RemoteRecording.external_id, RemoteRecording.size_bytes, RemoteRecording.facts, Recording.root_id, Recording.path
    ).join(Recording, Recording.id == RemoteRecording.recording_id).where(
        RemoteRecording.source_id == source_id, RemoteRecording.kind == COPY,
        RemoteRecording.state == RecordingState.AVAILABLE.value,
    )  # fmt: skip
    if paths is not None:
        query = query.where(RemoteRecording.external_id.in_(paths))
    elif prefix:
        query = query.where(
            RemoteRecording.external_id >= prefix, RemoteRecording.external_id < prefix[:-1] + "0"
        )
    return {
        path: (size or 0, int((facts or {}).get("mtime_ms", 0)))
        for path, size, facts, root_id, original in session.execute(query)
        if look_in is None or root_id != look_in[0] or look_in[1].joinpath(*original.split("/")).exists()
    }
