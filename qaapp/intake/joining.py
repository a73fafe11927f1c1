"""Finding the call of a log that a recording belongs to, and putting both together when they met late.

By name first: the log speaks of the file or of the id in its name. Else by time, within the rule's tolerance, when
number, extension or length agree and nothing contradicts. A recording that has only a time joins when its length agrees
and no other call fits as well, or when a single call fits to five seconds (``merging`` makes one of two that met late).

A call whose recording is here already (a provider's download) is found again by a folder's file of the same sound: the
same bytes, or number or extension, length and a start so near that no second talk could lie there. Another number is
another call even with the same bytes, for silence is like silence; so is another extension, unless it took part.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from qaapp.intake.managers import Choice, Claim, People
from qaapp.store.chunks import chunks
from qaapp.store.schema import (
    Call,
    CallKey,
    Leg,
    Participant,
    Recording,
    RecordingRoot,
    RemoteRecording,
    Source,
)
from qaapp.words import Direction, Disposition, RecordingState

SAME_LENGTH_S = 3  # a recording and its call's talk differ by rounding and by what is played before
SAME_SOUND_MS = 1500  # two recordings of one sound: coders add and cut a little at both ends
ALONE_S = 5
ONE_CALL = timedelta(minutes=5)  # so far two sources' reports of one call lie apart at most
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
    moments = [row.started_at for row in rows]
    if sought.is_guess and max(moments) - min(moments) > ONE_CALL:
        return None  # all recordings are called so
    return int(min(rows, key=lambda row: (abs(row[1] - sought.started_at), row[0]))[0])


def _by_time(session: Session, sought: Sought, folders: Sequence[int], tolerance_s: int) -> int | None:
    margin = timedelta(seconds=tolerance_s)
    first, last = sought.started_at - margin, sought.started_at + margin
    reported = select(*_REPORTED).where(Call.started_at.between(first, last), Call.source_id.not_in(folders))
    free = session.execute(reported.where(Call.recording_count == 0)).all()
    others: dict[int, frozenset[str]] = {}
    fitting = _fits(sought, free, others, tolerance_s)
    if sought.extension and all(fit.extension != AGREES for fit, _call_id in fitting):
        others = _extensions(session, sought, free)  # asked only where no call says the extension itself
        fitting = _fits(sought, free, others, tolerance_s) if others else fitting
    if not fitting:
        return None
    best, call_id = min(fitting)
    if best.extension == OTHER and (best.length != AGREES or best.apart_s > ALONE_S or call_id in others):
        return None  # the same customer, but with another employee
    if AGREES not in (best.number, best.extension):
        if best.length != AGREES and (len(free) > 1 or best.apart_s > ALONE_S):
            return None  # nothing agrees but the time
        near_s = max(best.apart_s, ALONE_S)
        first, last = (sought.started_at + timedelta(seconds=each) for each in (-near_s, near_s))
        near = or_(Call.started_at.between(first, last), Call.answered_at.between(first, last))
        alike = _fits(sought, session.execute(reported.where(near)).all(), others, tolerance_s)
        if any(fit[:3] <= best[:3] and fit.apart_s <= near_s and other != call_id for fit, other in alike):
            return None  # it may as well be that call's
    return int(call_id)


def _fits(
    sought: Sought, rows: Sequence[Any], others: Mapping[int, frozenset[str]], tolerance_s: int
) -> list[tuple[Fit, int]]:
    told = ((row, _fit(sought, row, others.get(row.id, frozenset()), tolerance_s)) for row in rows)
    return [(fit, row.id) for row, fit in told if fit is not None]


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
            *_REPORTED, Recording.id.label("recording_id"), Recording.duration_ms, Recording.size_bytes,
            RemoteRecording.sha256,
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
    with_others = _extensions(session, sought, rows)
    fitting: list[tuple[Fit, int, int]] = []
    alike: list[tuple[timedelta, str, SameSound]] = []
    for row in rows:
        others = with_others.get(row.id, frozenset())
        fit = None if sought.is_guess else _fit(sought, row, others, tolerance_s)
        near_s = max(ALONE_S, sought.length_s / 2)
        is_same = fit is not None and fit.extension != OTHER and AGREES in (fit.number, fit.extension)
        if fit is not None and is_same and fit.apart_s <= near_s:
            fitting.append((fit, row.id, row.recording_id))
        if row.sha256 and row.size_bytes == sought.size and _agreed(sought, row, others):
            apart = abs(row.started_at - sought.started_at)
            alike.append((apart, row.sha256, SameSound(row.id, row.recording_id)))
    if fitting:
        return SameSound(*min(fitting)[1:])
    mine = bytes_of() if sought.size and alike else ""
    return next((same for _apart, sha256, same in sorted(alike) if mine and sha256 == mine), None)


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
    session: Session, folders: Sequence[int], call_id: int, size: int, tolerance_s: int
) -> list[Lone]:  # fmt: skip
    """Files of folders as large as a download of this call, of calls near its time or of ones whose time is a guess."""
    if not folders or tolerance_s <= 0:
        return []
    near, far = timedelta(seconds=tolerance_s), timedelta(hours=GUESSED_H)
    told = session.execute(select(*_REPORTED).where(Call.id == call_id)).one_or_none()
    if told is None:
        return []
    rows = session.execute(
        select(
            Call.id, Call.started_at, Call.raw, Call.customer_number, Call.extension, Call.direction, RecordingRoot.path,
            Recording.path,
        )
        .join(Recording, Recording.call_id == Call.id)
        .join(RecordingRoot, RecordingRoot.id == Recording.root_id)
        .where(
            Call.source_id.in_(folders), Call.started_at.between(told.started_at - far, told.started_at + far),
            Recording.size_bytes == size, Recording.state == RecordingState.AVAILABLE.value,
        )
        .order_by(Call.id)
    ).all()  # fmt: skip
    found = []
    for row in rows:
        is_guess = bool((row.raw or {}).get("time_is_guess"))
        own = Sought((), row.started_at, is_guess, row.customer_number, row.extension, row.direction, None)
        others = _extensions(session, own, [told]).get(call_id, frozenset())
        is_near = is_guess or abs(row.started_at - told.started_at) <= near
        if is_near and _agreed(own, told, others):
            found.append(Lone(row.id, Path(row[6], *row[7].split("/"))))
    return found


_REPORTED = (
    Call.id, Call.started_at, Call.answered_at, Call.customer_number, Call.line_number, Call.extension, Call.direction,
    Call.disposition, Call.talk_s, Call.duration_s, Call.recording_count,
)  # fmt: skip
AGREES, UNKNOWN, OTHER = range(3)


class Fit(NamedTuple):
    """How well a call fits, smaller is better: AGREES, UNKNOWN or OTHER each, and the seconds between the starts."""

    number: int
    extension: int
    length: int
    apart_s: float


def _fit(sought: Sought, row: Any, others: frozenset[str], tolerance_s: int) -> Fit | None:
    """None when something contradicts. ``others``: extensions that took part. A length agrees or is UNKNOWN."""
    if row.disposition in _SILENT and not row.talk_s:
        return None
    agreed = _agreed(sought, row, others)
    if agreed is None:
        return None
    length = UNKNOWN
    if sought.length_s is not None:
        longest = row.duration_s if row.duration_s is not None else row.talk_s
        if longest is not None and sought.length_s > longest + tolerance_s:
            return None
        lengths = [value for value in (row.talk_s, row.duration_s) if value]
        if any(abs(sought.length_s - value) <= SAME_LENGTH_S for value in lengths):
            length = AGREES
    moments = [row.started_at, row.answered_at or row.started_at]
    apart_s = min(abs((sought.started_at - moment).total_seconds()) for moment in moments)
    return Fit(*agreed, length, apart_s)


def _agreed(sought: Sought, row: Any, others: frozenset[str]) -> tuple[int, int] | None:
    """Number and extension: AGREES, UNKNOWN or (an extension with a number that agrees) OTHER. None when it is another
    call by what both say: the number, the extension, the direction."""
    number = _number(sought, row)
    if number == OTHER:
        return None
    extension = _extension(sought, row, others)
    if extension == OTHER and number != AGREES:
        return None
    opposite = {sought.direction, row.direction} == {Direction.INBOUND.value, Direction.OUTBOUND.value}
    return None if opposite else (number, extension)


def _number(sought: Sought, row: Any) -> int:
    if not sought.number or not row.customer_number:
        return UNKNOWN
    if _same(sought.number, row.customer_number):
        return AGREES
    is_line = row.line_number is not None and _same(sought.number, row.line_number)
    return UNKNOWN if is_line else OTHER


def _extension(sought: Sought, row: Any, others: frozenset[str]) -> int:
    if sought.extension and (sought.extension == row.extension or sought.extension in others):
        return AGREES
    return OTHER if sought.extension and row.extension else UNKNOWN


def _extensions(session: Session, sought: Sought, rows: Sequence[Any]) -> dict[int, frozenset[str]]:
    """Who took part, by extension or group, in calls of another extension than the one that is sought; a call of which
    the source tells nobody is not among them."""
    ids = {
        row.id
        for row in rows
        if sought.extension
        and row.extension not in (None, sought.extension)
        and _number(sought, row) != OTHER
    }
    found: dict[int, set[str]] = {}
    for part in chunks(sorted(ids)):
        people = select(Participant.call_id, Participant.extension, Participant.group_name)
        legs = select(Leg.call_id, Leg.party)
        for query in (people.where(Participant.call_id.in_(part)), legs.where(Leg.call_id.in_(part))):
            for call_id, *names in session.execute(query):
                found.setdefault(call_id, set()).update(name for name in names if name)
    return {call_id: frozenset(names) for call_id, names in found.items()}


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
