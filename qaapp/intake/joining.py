"""Finding the call of a log that a recording belongs to, and putting both together when they met late.

By name first: the log speaks of the file or of the id in its name. Else by time, within the rule's tolerance, when
number, extension or length agree and nothing contradicts. A recording that has only a time joins when a single call
fits to five seconds. Whatever people made on either of the two stays; where they worked on both, both stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from qaapp.calls.search_text import search_text
from qaapp.intake.managers import Choice, Claim, People
from qaapp.store.chunks import chunks
from qaapp.store.schema import (
    Annotation,
    ArchiveItem,
    Call,
    CallKey,
    CallTag,
    Evaluation,
    Leg,
    ListenPosition,
    QueueItem,
    Recording,
    Source,
)
from qaapp.words import Direction, Disposition, ManagerOrigin

SAME_LENGTH_S = 3  # a recording and its call's talk differ by rounding and by what is played before
ALONE_S = 5
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


# --- two become one ----------------------------------------------------------------------------------------------


def has_work(session: Session, call_id: int) -> bool:
    """Whether people made something on the call."""
    for table in (Evaluation, Annotation, ArchiveItem, QueueItem, ListenPosition):
        if session.scalar(select(table.call_id).where(table.call_id == call_id).limit(1)) is not None:
            return True
    tagged = select(CallTag.call_id).where(CallTag.call_id == call_id, CallTag.author_id.is_not(None))
    if session.scalar(tagged.limit(1)) is not None:
        return True
    by_hand = select(Call.id).join(Source, Source.id == Call.source_id).where(
        Call.id == call_id,
        or_(
            Call.manager_origin == ManagerOrigin.HAND.value,
            and_(Source.kind == "folder", or_(Call.comment.is_not(None), Call.target.is_not(None))),
        ),
    )  # fmt: skip
    return session.scalar(by_hand) is not None


def absorb(session: Session, own: int, reported: int, people: People) -> int | None:
    """Make one call of a folder's (``own``) and a log's (``reported``); its id, None where people worked on both."""
    keep = reported
    if has_work(session, own):
        if has_work(session, reported):
            return None
        keep = own
    drop = own if keep == reported else reported
    ours = session.execute(select(Call).where(Call.id == own)).scalar_one()
    theirs = session.execute(select(Call).where(Call.id == reported)).scalar_one()
    choice = _choice(session, ours, theirs, people)
    values = {column.key: getattr(theirs, column.key) for column in Call.__mapper__.column_attrs}
    mine = {column.key: getattr(ours, column.key) for column in Call.__mapper__.column_attrs}
    session.expunge(ours)
    session.expunge(theirs)
    merged = _merged(values, mine, keep == own)
    merged["manager_id"], merged["manager_origin"] = choice
    _move(session, drop, keep)
    session.execute(delete(CallKey).where(CallKey.call_id == drop))
    session.execute(delete(Call).where(Call.id == drop))
    session.execute(update(Call).where(Call.id == keep).values(**merged))
    count_recordings(session, [keep])
    return keep


def _choice(session: Session, ours: Call, theirs: Call, people: People) -> Choice:
    if ours.manager_origin == ManagerOrigin.HAND.value:
        return Choice(ours.manager_id, ours.manager_origin)
    claims = []
    if ours.manager_id is not None and ours.manager_origin is not None:
        claims.append(Choice(ours.manager_id, ours.manager_origin))
    current = Choice(theirs.manager_id, theirs.manager_origin)
    return people.better(current, claims[0]) if claims else current


_FILLED = (
    "customer_number", "customer_number_raw", "customer_name", "line_number", "extension", "group_name", "talk_s",
    "duration_s",
)  # fmt: skip


def _merged(theirs: dict[str, Any], ours: dict[str, Any], ours_is_kept: bool) -> dict[str, Any]:
    """The report's values; what it leaves empty from the recording's name; what people made from the kept one."""
    merged = {key: value for key, value in theirs.items() if key != "id"}
    for key in _FILLED:
        if merged[key] is None:
            merged[key] = ours[key]
            if key == "talk_s" and ours[key] is not None:
                merged["talk_is_estimate"] = ours["talk_is_estimate"]
    if merged["direction"] == Direction.UNKNOWN.value:
        merged["direction"] = ours["direction"]
    if ours_is_kept:
        for key in (
            "evaluation_count",
            "score_num",
            "score_den",
            "score_sort",
            "critical_failed",
            "band",
            "first_seen_at",
        ):
            merged[key] = ours[key]
        for key in ("comment", "target"):
            if ours[key] is not None:
                merged[key] = ours[key]
    merged["search_text"] = search_text(
        merged["customer_number"], merged["customer_number_raw"], merged["customer_name"], merged["comment"]
    )
    return merged


def _move(session: Session, drop: int, keep: int) -> None:
    session.execute(update(Recording).where(Recording.call_id == drop).values(call_id=keep))
    if session.scalar(select(Leg.id).where(Leg.call_id == keep).limit(1)) is None:
        session.execute(update(Leg).where(Leg.call_id == drop).values(call_id=keep))
    else:
        session.execute(delete(Leg).where(Leg.call_id == drop))
    have = set(session.scalars(select(CallTag.tag_id).where(CallTag.call_id == keep)))
    session.execute(
        update(CallTag).where(CallTag.call_id == drop, CallTag.tag_id.not_in(have)).values(call_id=keep)
    )
    session.execute(delete(CallTag).where(CallTag.call_id == drop))
    known = set(session.scalars(select(CallKey.key).where(CallKey.call_id == keep)))
    wanted = set(session.scalars(select(CallKey.key).where(CallKey.call_id == drop)))
    session.add_all(CallKey(key=key, call_id=keep) for key in sorted(wanted - known))
    session.flush()
    session.expunge_all()


def count_recordings(session: Session, call_ids: Sequence[int]) -> None:
    """Write ``recording_count`` of these calls anew."""
    for part in chunks(sorted(set(call_ids))):
        counted = (
            select(Recording.call_id, func.count())
            .where(Recording.call_id.in_(part))
            .group_by(Recording.call_id)
        )
        counts = {call_id: count for call_id, count in session.execute(counted)}  # noqa: C416 - typed so
        stored = session.execute(select(Call.id, Call.recording_count).where(Call.id.in_(part))).all()
        for call_id, count in stored:
            if count != counts.get(call_id, 0):
                session.execute(
                    update(Call).where(Call.id == call_id).values(recording_count=counts.get(call_id, 0))
                )


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
