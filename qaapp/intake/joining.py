"""Finding the call of a log that a recording belongs to, and putting both together when they met late.

By name first: the log speaks of the file or of the id in its name. Else by time, within the rule's tolerance, when
number, extension or length agree and nothing contradicts. A recording that has only a time joins when a single call
fits to five seconds (``merging`` makes one of two that met late).

A call whose recording is here already (a provider's download) is found again by a folder's file of the same sound: the
same bytes, or number or extension, length and a start so near that no second talk could lie there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import Session, aliased

from qaapp.intake.managers import Choice, Claim, People
from qaapp.store.schema import Call, CallKey, Recording, RecordingRoot, RemoteRecording, Source
from qaapp.words import Direction, Disposition, RecordingState

SAME_LENGTH_S = 3  # a recording and its call's talk differ by rounding and by what is played before
SAME_SOUND_MS = 1500  # two recordings of one sound: coders add and cut a little at both ends
ALONE_S = 5
GUESSED_H = 36  # a file's own time may be that of a copy; only its bytes tell then
_SILENT = {Disposition.MISSED.value, Disposition.NO_ANSWER.value, Disposition.BUSY.value}


class Sought(NamedTuple):
    """What is known of a recording. ``is_guess``: the time is the file's own and says nothing."""

    keys: tuple[str, ...]
    started_at: datetime
    is_guess: bool
    number: str | None
    extension: str | None
    direction: str
    length_s: float | None
    size: int = 0  # of its one file, in bytes


class SameSound(NamedTuple):
    """A recording that is here already, and its call."""

    call_id: int
    recording_id: int


def folder_sources(session: Session) -> list[int]:
    return list(session.scalars(select(Source.id).where(Source.kind == "folder")))


def find(session: Session, sought: Sought, folders: Sequence[int], tolerance_s: int) -> int | None:
    """The id of the reported call, or None when there is none or it cannot be told which."""
    named = _by_key(session, sought, folders)
    if named is not None or sought.is_guess or tolerance_s <= 0:
        return named
    return _by_time(session, sought, folders, tolerance_s)


def _by_key(session: Session, sought: Sought, folders: Sequence[int]) -> int | None:
    if not sought.keys:
        return None
    rows = session.execute(
        select(Call.id, Call.started_at)
        .join(CallKey, CallKey.call_id == Call.id)
        .where(CallKey.key.in_(sought.keys), Call.source_id.not_in(folders))
        .distinct()
    ).all()
    if not rows:
        return None
    return int(min(rows, key=lambda row: (abs(row[1] - sought.started_at), row[0]))[0])


def _by_time(session: Session, sought: Sought, folders: Sequence[int], tolerance_s: int) -> int | None:
    margin = timedelta(seconds=tolerance_s)
    rows = session.execute(
        select(
            Call.id, Call.started_at, Call.answered_at, Call.customer_number, Call.extension, Call.direction,
            Call.disposition, Call.talk_s, Call.duration_s, Call.recording_count,
        ).where(
            Call.started_at.between(sought.started_at - margin, sought.started_at + margin),
            Call.source_id.not_in(folders), Call.recording_count == 0,
        )
    ).all()  # fmt: skip
    fitting = [
        (evidence, row.id) for row in rows if (evidence := _evidence(sought, row, tolerance_s)) is not None
    ]
    if not fitting:
        return None
    best = min(fitting)
    (number, extension, length, apart), call_id = best
    if number and extension and length and (len(rows) > 1 or apart > ALONE_S):
        return None  # nothing agrees but the time
    return int(call_id)


def find_sounding(
    session: Session, sought: Sought, folders: Sequence[int], tolerance_s: int, root_id: int, bytes_of: Callable[[], str]
) -> SameSound | None:  # fmt: skip
    """The reported call whose recording, from another place than ``root_id``, is the sound of this file.

    ``bytes_of`` gives the file's SHA-256; it is asked only where a recording of the same size makes it worth reading.
    """
    if tolerance_s <= 0 or sought.length_s is None:
        return None
    margin = timedelta(hours=GUESSED_H) if sought.is_guess else timedelta(seconds=tolerance_s)
    rows = session.execute(
        select(
            Call.id, Call.started_at, Call.answered_at, Call.customer_number, Call.extension, Call.direction,
            Call.disposition, Call.talk_s, Call.duration_s, Recording.id.label("recording_id"), Recording.duration_ms,
            Recording.size_bytes, RemoteRecording.sha256,
        )
        .join(Recording, Recording.call_id == Call.id)
        .outerjoin(RemoteRecording, RemoteRecording.recording_id == Recording.id)
        .where(
            Call.started_at.between(sought.started_at - margin, sought.started_at + margin),
            Call.source_id.not_in(folders), Call.recording_count > 0, Recording.root_id != root_id,
            Recording.lane.is_(None), Recording.state == RecordingState.AVAILABLE.value,
            Recording.duration_ms.between(*_around(sought.length_s)),
        )
        .order_by(Call.started_at, Recording.id)
    ).all()  # fmt: skip
    fitting = []
    for row in rows:
        evidence = None if sought.is_guess else _evidence(sought, row, tolerance_s)
        if evidence is None:
            continue
        number, extension, _length, apart = evidence
        if not (number and extension) and apart <= max(ALONE_S, sought.length_s / 2):
            fitting.append((evidence, row.id, row.recording_id))
    if fitting:
        return SameSound(*min(fitting)[1:])
    hashed = {row.sha256: SameSound(row.id, row.recording_id) for row in reversed(rows) if row.sha256}
    sizes = {row.size_bytes for row in rows if row.sha256}
    return hashed.get(bytes_of()) if sought.size and sought.size in sizes else None


def same_sound(session: Session, call_id: int, root_id: int, length_ms: int | None) -> int | None:
    """The recording of a call that is as long and came from elsewhere: the same sound twice is kept once."""
    if length_ms is None:
        return None
    return session.scalar(
        select(Recording.id)
        .where(
            Recording.call_id == call_id, Recording.root_id != root_id, Recording.lane.is_(None),
            Recording.state == RecordingState.AVAILABLE.value,
            Recording.duration_ms.between(*_around(length_ms / 1000)),
        )
        .order_by(Recording.id)
        .limit(1)
    )  # fmt: skip


def _around(length_s: float) -> tuple[int, int]:
    return round(length_s * 1000) - SAME_SOUND_MS, round(length_s * 1000) + SAME_SOUND_MS


def sha256_of(path: Path) -> str:
    """Of a file; "" where it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while piece := stream.read(1 << 20):
                digest.update(piece)
    except OSError:
        return ""
    return digest.hexdigest()


class Lone(NamedTuple):
    """A folder's call without a report whose file may be the one that was just downloaded."""

    call_id: int
    path: Path


def lone_files(
    session: Session, folders: Sequence[int], started_at: datetime, size: int, tolerance_s: int
) -> list[Lone]:
    """Files of folders as large as a download, of calls near its time or of ones whose time is a guess."""
    if not folders or tolerance_s <= 0:
        return []
    near, far = timedelta(seconds=tolerance_s), timedelta(hours=GUESSED_H)
    rows = session.execute(
        select(Call.id, Call.started_at, Call.raw, RecordingRoot.path, Recording.path)
        .join(Recording, Recording.call_id == Call.id)
        .join(RecordingRoot, RecordingRoot.id == Recording.root_id)
        .where(
            Call.source_id.in_(folders), Call.started_at.between(started_at - far, started_at + far),
            Recording.size_bytes == size, Recording.state == RecordingState.AVAILABLE.value,
        )
        .order_by(Call.id)
    ).all()  # fmt: skip
    return [
        Lone(row[0], Path(row[3], *row[4].split("/")))
        for row in rows
        if abs(row[1] - started_at) <= near or (row[2] or {}).get("time_is_guess")
    ]


def _evidence(sought: Sought, row: Any, tolerance_s: int) -> tuple[int, int, int, float] | None:
    """How well a call fits, smaller is better (0 = agrees); None when something contradicts."""
    if row.disposition in _SILENT and not row.talk_s:
        return None
    same_number = bool(sought.number and row.customer_number) and _same(
        sought.number or "", row.customer_number
    )
    if sought.number and row.customer_number and not same_number:
        return None
    same_extension = bool(sought.extension) and sought.extension == row.extension
    if sought.extension and row.extension and not same_extension and not same_number:
        return None
    opposite = {sought.direction, row.direction} == {Direction.INBOUND.value, Direction.OUTBOUND.value}
    if opposite:
        return None
    same_length = False
    if sought.length_s is not None:
        longest = row.duration_s if row.duration_s is not None else row.talk_s
        if longest is not None and sought.length_s > longest + tolerance_s:
            return None
        lengths = [value for value in (row.talk_s, row.duration_s) if value]
        same_length = any(abs(sought.length_s - value) <= SAME_LENGTH_S for value in lengths)
    moments = [row.started_at, row.answered_at or row.started_at]
    apart = min(abs((sought.started_at - moment).total_seconds()) for moment in moments)
    return (int(not same_number), int(not same_extension), int(not same_length), apart)


def _same(first: str, second: str) -> bool:
    """Whether two numbers are one, with or without the country's code."""
    return first == second or (min(len(first), len(second)) >= 9 and (first.endswith(second[-9:])))


def late_pairs_by_key(session: Session, folders: Sequence[int]) -> list[tuple[int, int]]:
    """(call of a folder, reported call) that share a name: the log came after the recordings."""
    if not folders:
        return []
    mine, theirs, own, reported = aliased(CallKey), aliased(CallKey), aliased(Call), aliased(Call)
    rows = session.execute(
        select(own.id, func.min(reported.id))
        .join(mine, mine.call_id == own.id)
        .join(theirs, and_(theirs.key == mine.key, theirs.call_id != mine.call_id))
        .join(reported, reported.id == theirs.call_id)
        .where(own.source_id.in_(folders), reported.source_id.not_in(folders))
        .group_by(own.id)
        .order_by(own.id)
    )
    return [(folder_call, call) for folder_call, call in rows]


def waiting(
    session: Session, folders: Sequence[int], first: datetime, last: datetime, after: int, limit: int
) -> list[int]:
    """Calls of folders in a time that have found no report yet, by id."""
    return list(
        session.scalars(
            select(Call.id)
            .where(Call.source_id.in_(folders), Call.started_at.between(first, last), Call.id > after)
            .order_by(Call.id)
            .limit(limit)
        )
    )


def sought_of(session: Session, call_id: int) -> Sought | None:
    """What a folder's call knows, to look for its report again."""
    row = session.execute(select(Call).where(Call.id == call_id)).scalar_one_or_none()
    if row is None:
        return None
    keys = tuple(session.scalars(select(CallKey.key).where(CallKey.call_id == call_id)))
    length = session.scalar(select(func.max(Recording.duration_ms)).where(Recording.call_id == call_id))
    found = Sought(
        keys, row.started_at, bool((row.raw or {}).get("time_is_guess")), row.customer_number, row.extension,
        row.direction, length / 1000 if length else None,
    )  # fmt: skip
    session.expunge(row)
    return found


def claim_of_file(session: Session, call_id: int, claims: Sequence[Claim], people: People) -> None:
    """Let the name of a joined file say whose call it is, where the log did not say better."""
    manager_id, origin = session.execute(
        select(Call.manager_id, Call.manager_origin).where(Call.id == call_id)
    ).one()
    choice = people.choose(session, claims, Choice(manager_id, origin))
    if choice != Choice(manager_id, origin):
        session.execute(
            update(Call)
            .where(Call.id == call_id)
            .values(manager_id=choice.manager_id, manager_origin=choice.origin)
        )
