"""Finding annotations across all calls: newest call first, page by page, with the number of all hits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from qaapp.calls.annotations import AnnotationRow, KindRow, list_kinds, row_of
from qaapp.store.chunks import chunks
from qaapp.store.schema import Annotation, Call, Checkpoint, Manager, User
from qaapp.store.stopping import stoppable

PAGE = 200
RECENT_CALLS = 5000


@dataclass(frozen=True)
class Wanted:
    """What is looked for; an empty field asks nothing. ``signs``: 1, -1, 0 (neither). Days are the call's, both
    included. ``text`` is looked for, case folded (Cyrillic too), in the text and both phrases; all words must be there.
    ``manager_ids`` and ``author_ids`` take None for "nobody"."""

    kind_ids: frozenset[int] = frozenset()
    text: str = ""
    manager_ids: frozenset[int | None] = frozenset()
    checkpoint_codes: frozenset[str] = frozenset()
    signs: frozenset[int] = frozenset()
    author_ids: frozenset[int | None] = frozenset()
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True)
class FoundAnnotation:
    """A hit with what is needed to go there. ``sound_ms`` of the call stays with whoever plays it."""

    annotation: AnnotationRow
    kind: KindRow
    started_at: datetime
    customer_number: str | None
    manager_id: int | None
    manager: str | None


class Cursor(NamedTuple):
    """The last hit of a page."""

    started_at: datetime
    call_id: int
    start_ms: int
    annotation_id: int


@dataclass(frozen=True)
class FoundPage:
    rows: tuple[FoundAnnotation, ...]
    next: Cursor | None  # None: this was the last page


def page(
    session: Session, wanted: Wanted, zone: ZoneInfo, after: Cursor | None = None, limit: int = PAGE, *,
    should_stop: Callable[[], bool] | None = None,
) -> FoundPage:  # fmt: skip
    """The next ``limit`` hits: newest call first, in a call by time. Raises ``Stopped``. Any thread."""
    with stoppable(session, should_stop):
        keys = _first_keys(session, wanted, zone, after, limit + 1)
        rows = _rows(session, [key.id for key in keys[:limit]])
    last = keys[limit - 1] if len(keys) > limit else None
    return FoundPage(
        tuple(rows), Cursor(last.started_at, last.call_id, last.start_ms, last.id) if last else None
    )


def count(
    session: Session, wanted: Wanted, zone: ZoneInfo, *, should_stop: Callable[[], bool] | None = None
) -> int:
    """How many there are in all. Raises ``Stopped``."""
    with stoppable(session, should_stop):
        found = select(func.count()).select_from(_conditioned(session, wanted, zone).subquery())
        return int(session.scalar(found) or 0)


def every(session: Session, wanted: Wanted, zone: ZoneInfo) -> Iterator[FoundAnnotation]:
    """All hits in the order of the pages, read a few hundred at a time."""
    ids = [key.id for key in session.execute(_keys(session, wanted, zone, None))]
    for part in chunks(ids):
        yield from _rows(session, part)


def codes(session: Session) -> list[tuple[str, str]]:
    """``(code, text)`` of the checkpoints annotations are linked to, newest text of a code, by text."""
    query = (
        select(Checkpoint.code, Checkpoint.text)
        .where(Checkpoint.id.in_(select(Annotation.checkpoint_id).where(Annotation.deleted_at.is_(None))))
        .order_by(Checkpoint.id)
    )
    found: dict[str, str] = dict(iter(session.execute(query)))
    return sorted(found.items(), key=lambda pair: pair[1].casefold())


def _conditioned(session: Session, wanted: Wanted, zone: ZoneInfo) -> Any:
    query = (
        select(Annotation.id, Call.started_at, Annotation.call_id, Annotation.start_ms)
        .join(Call, Call.id == Annotation.call_id)
        .where(Annotation.deleted_at.is_(None))
    )
    if wanted.kind_ids:
        query = query.where(Annotation.kind_id.in_(wanted.kind_ids))
    if wanted.manager_ids:
        query = query.where(one_of(Call.manager_id, wanted.manager_ids))
    if wanted.author_ids:
        query = query.where(one_of(Annotation.author_id, wanted.author_ids))
    if wanted.signs:
        query = query.where(one_of(Annotation.sign, {sign or None for sign in wanted.signs}))
    if wanted.checkpoint_codes:
        points = select(Checkpoint.id).where(Checkpoint.code.in_(wanted.checkpoint_codes))
        query = query.where(Annotation.checkpoint_id.in_(points))
    if wanted.first_day is not None:
        query = query.where(Call.started_at >= day_start(wanted.first_day, zone))
    if wanted.last_day is not None:
        query = query.where(Call.started_at < day_start(wanted.last_day + timedelta(days=1), zone))
    for word in wanted.text.split():
        query = query.where(_contains(session, word))
    return query


def _keys(session: Session, wanted: Wanted, zone: ZoneInfo, after: Cursor | None) -> Any:
    query = _conditioned(session, wanted, zone)
    if after is not None:
        behind_in_call = or_(
            Annotation.start_ms > after.start_ms,
            and_(Annotation.start_ms == after.start_ms, Annotation.id > after.annotation_id),
        )
        same_moment = or_(
            Annotation.call_id > after.call_id, and_(Annotation.call_id == after.call_id, behind_in_call)
        )
        query = query.where(
            Call.started_at <= after.started_at, or_(Call.started_at < after.started_at, same_moment)
        )
    return query.order_by(Call.started_at.desc(), Annotation.call_id, Annotation.start_ms, Annotation.id)


def _first_keys(
    session: Session, wanted: Wanted, zone: ZoneInfo, after: Cursor | None, limit: int
) -> list[Any]:
    """The first ``limit`` keys. What many annotations have is found among the newest calls, without sorting all hits;
    only when these are not enough everything is looked at."""
    query = _keys(session, wanted, zone, after).limit(limit)
    newest = select(Call.started_at).order_by(Call.started_at.desc()).offset(RECENT_CALLS).limit(1)
    if after is not None:
        newest = newest.where(Call.started_at <= after.started_at)
    elif wanted.last_day is not None:
        newest = newest.where(Call.started_at < day_start(wanted.last_day + timedelta(days=1), zone))
    bound = session.scalar(newest)
    if bound is not None:
        recent = select(Call.id).where(Call.started_at >= bound)
        if after is not None:
            recent = recent.where(Call.started_at <= after.started_at)
        keys = list(session.execute(query.where(Annotation.call_id.in_(recent))))
        if len(keys) == limit:
            return keys
    return list(session.execute(query))


def _rows(session: Session, ids: Sequence[int]) -> list[FoundAnnotation]:
    """The hits with these ids, in their order."""
    kinds = {kind.id: kind for kind in list_kinds(session)}
    query = (
        select(
            Annotation, User.name, Checkpoint.code, Checkpoint.text, Call.started_at, Call.customer_number,
            Call.manager_id, Manager.name,
        )
        .join(Call, Call.id == Annotation.call_id)
        .outerjoin(User, User.id == Annotation.author_id)
        .outerjoin(Manager, Manager.id == Call.manager_id)
        .outerjoin(Checkpoint, Checkpoint.id == Annotation.checkpoint_id)
    )  # fmt: skip
    found: dict[int, FoundAnnotation] = {}
    rest: list[Any]
    for part in chunks(ids):
        for note, author, code, text, *rest in session.execute(query.where(Annotation.id.in_(part))):
            found[note.id] = FoundAnnotation(row_of(note, author, code, text), kinds[note.kind_id], *rest)
    return [found[one] for one in ids if one in found]


def one_of(column: Any, values: Any) -> Any:
    """``column`` is one of ``values``; None among them stands for "nobody"."""
    known = [value for value in values if value is not None]
    condition = column.in_(known)
    return or_(condition, column.is_(None)) if len(known) < len(values) else condition


def _contains(session: Session, word: str) -> Any:
    """``word`` in the text or a phrase, in any case.

    PostgreSQL's ``lower`` folds Cyrillic itself. SQLite's does not, and a function of ours would be called for every row:
    a pattern with both cases of each letter (``[дД][оО]…``) is matched by its own code.
    """
    whole = Annotation.text + "\n" + Annotation.said + "\n" + Annotation.should_have_said
    if session.get_bind().dialect.name == "sqlite":
        return whole.op("GLOB")("*" + "".join(map(_either_case, word)) + "*")
    return func.lower(whole).contains(word.lower(), autoescape=True)


def _either_case(char: str) -> str:
    """One place of a GLOB pattern: the letter in both cases, everything else as it is."""
    both = {char, *(other for other in (char.lower(), char.upper()) if len(other) == 1)}
    if len(both) == 1:
        return f"[{char}]" if char in "*?[" else char
    return f"[{''.join(sorted(both))}]"


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a day."""
    return datetime.combine(day, time(), zone)
