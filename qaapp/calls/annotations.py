"""Annotations: points and regions on a call's timeline, their kinds, and finding them again across calls.

Times are whole ms from the start of the call's sound. Deleting is soft, so that undo brings the same row back with its
author and time; every change keeps who made the annotation and when, and is noted in the event log.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from qaapp import clock
from qaapp.errors import StoreError
from qaapp.i18n import N_
from qaapp.store import events
from qaapp.store.schema import Annotation, AnnotationKind, Call, Checkpoint, Manager, User


@dataclass(frozen=True)
class KindRow:
    """``lane`` groups kinds into one row of the timeline; ``shortcut`` is the digit of Alt+1…9."""

    id: int
    code: str
    name: str
    lane: str
    color: str
    shortcut: int | None
    position: int
    active: bool


@dataclass(frozen=True)
class AnnotationRow:
    """``end_ms`` None is a point. ``author`` is "" where it is not known."""

    id: int
    call_id: int
    kind_id: int
    start_ms: int
    end_ms: int | None
    text: str
    said: str
    should_have_said: str
    checkpoint_id: int | None
    author_id: int | None
    author: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class FoundAnnotation:
    """A hit of ``search`` with what is needed to go there."""

    annotation: AnnotationRow
    kind: KindRow
    started_at: datetime
    customer_number: str | None
    manager_id: int | None
    manager: str | None
    checkpoint: str | None


# --- kinds -------------------------------------------------------------------------------------------------------


def list_kinds(session: Session, *, active_only: bool = False) -> list[KindRow]:
    query = select(AnnotationKind).order_by(AnnotationKind.position, AnnotationKind.id)
    if active_only:
        query = query.where(AnnotationKind.active)
    return [_kind(kind) for kind in session.scalars(query)]


def save_kind(session: Session, kind: KindRow, user_id: int | None = None) -> KindRow:
    """Add (``id`` 0) or change a kind. A digit belongs to one kind: taking it frees it elsewhere."""
    name = " ".join(kind.name.split())
    if not name:
        raise StoreError(N_("A kind of annotation needs a name."), kind="empty")
    if kind.shortcut is not None and not 1 <= kind.shortcut <= 9:
        raise ValueError("Alt+1 … Alt+9")
    stored = session.get(AnnotationKind, kind.id) if kind.id else AnnotationKind()
    if stored is None:
        raise StoreError(N_("This kind of annotation is not there any more."), kind="gone")
    code = stored.code if kind.id else _free_code(session, kind.code or name)
    if kind.shortcut is not None:
        for other in session.scalars(
            select(AnnotationKind).where(
                AnnotationKind.shortcut == kind.shortcut, AnnotationKind.id != kind.id
            )
        ):
            other.shortcut = None
    stored.code, stored.name, stored.lane, stored.color = code, name, kind.lane or code, kind.color
    stored.shortcut, stored.position, stored.active = kind.shortcut, kind.position, kind.active
    session.add(stored)
    session.flush()
    events.record(
        session,
        "annotation_kind.saved",
        user_id=user_id,
        subject="annotation_kind",
        subject_id=stored.id,
        name=name,
    )
    return _kind(stored)


def _free_code(session: Session, wanted: str) -> str:
    base = "".join(char if char.isalnum() else "_" for char in wanted.casefold()).strip("_")[:34] or "kind"
    taken = set(session.scalars(select(AnnotationKind.code)))
    code, number = base, 2
    while code in taken:
        code, number = f"{base}_{number}", number + 1
    return code


def _kind(kind: AnnotationKind) -> KindRow:
    return KindRow(
        kind.id, kind.code, kind.name, kind.lane, kind.color, kind.shortcut, kind.position, kind.active
    )


# --- annotations -------------------------------------------------------------------------------------------------


def list_annotations(session: Session, call_id: int) -> list[AnnotationRow]:
    """The annotations of a call in the order of their times."""
    query = (
        _query()
        .where(Annotation.call_id == call_id, Annotation.deleted_at.is_(None))
        .order_by(Annotation.start_ms, Annotation.id)
    )
    return [_row(annotation, author) for annotation, author in session.execute(query)]


def get(session: Session, annotation_id: int) -> AnnotationRow:
    """One annotation, deleted ones too. Raises ``StoreError`` of kind ``gone``."""
    found = session.execute(_query().where(Annotation.id == annotation_id)).first()
    if found is None:
        raise _gone()
    return _row(found[0], found[1])


def add(
    session: Session, call_id: int, kind_id: int, start_ms: int, end_ms: int | None = None, text: str = "",
    said: str = "", should_have_said: str = "", checkpoint_id: int | None = None, user_id: int | None = None,
) -> AnnotationRow:  # fmt: skip
    """A new annotation; a region drawn backwards is turned round, an empty one is a point."""
    start_ms, end_ms = _ordered(start_ms, end_ms)
    now = clock.now()
    stored = Annotation(
        call_id=call_id, kind_id=kind_id, start_ms=start_ms, end_ms=end_ms, text=text.strip(), said=said.strip(),
        should_have_said=should_have_said.strip(), checkpoint_id=checkpoint_id, author_id=user_id,
        created_at=now, updated_at=now,
    )  # fmt: skip
    session.add(stored)
    session.flush()
    _note(session, "annotation.added", stored, user_id, start_ms=start_ms, end_ms=end_ms)
    return get(session, stored.id)


def update(session: Session, row: AnnotationRow, user_id: int | None) -> AnnotationRow:
    """Store the changed fields of ``row``. Author and time of making stay; a deleted one is refused."""
    stored = _stored(session, row.id)
    if stored.deleted_at is not None:
        raise _gone()
    start_ms, end_ms = _ordered(row.start_ms, row.end_ms)
    after: dict[str, Any] = {
        "kind_id": row.kind_id, "start_ms": start_ms, "end_ms": end_ms, "text": row.text.strip(),
        "said": row.said.strip(), "should_have_said": row.should_have_said.strip(),
        "checkpoint_id": row.checkpoint_id,
    }  # fmt: skip
    changed = {name: getattr(stored, name) for name, value in after.items() if getattr(stored, name) != value}
    if changed:
        for name in changed:
            setattr(stored, name, after[name])
        stored.updated_at = clock.now()
        session.flush()
        _note(session, "annotation.changed", stored, user_id, before=changed)
    return get(session, row.id)


def delete(session: Session, annotation_id: int, user_id: int | None) -> None:
    """Hide it; ``restore`` brings it back."""
    stored = _stored(session, annotation_id)
    if stored.deleted_at is None:
        stored.deleted_at = clock.now()
        session.flush()
        _note(session, "annotation.deleted", stored, user_id)


def restore(session: Session, annotation_id: int, user_id: int | None) -> AnnotationRow:
    stored = _stored(session, annotation_id)
    if stored.deleted_at is not None:
        stored.deleted_at = None
        session.flush()
        _note(session, "annotation.restored", stored, user_id)
    return get(session, annotation_id)


def search(
    session: Session, kind_ids: Collection[int] = (), text: str = "", manager_ids: Collection[int] = (), *,
    checkpoint_codes: Collection[str] = (), first: datetime | None = None, last: datetime | None = None,
    limit: int = 200,
) -> list[FoundAnnotation]:  # fmt: skip
    """Annotations across calls, newest call first. ``first`` ≤ start of the call < ``last`` (aware moments).

    ``text`` is looked for, case folded (Cyrillic too), in the text and both phrases; all words must be there.
    """
    query = (
        select(
            Annotation, User.name, AnnotationKind, Call.started_at, Call.customer_number, Call.manager_id,
            Manager.name, Checkpoint.text,
        )
        .join(AnnotationKind, AnnotationKind.id == Annotation.kind_id)
        .join(Call, Call.id == Annotation.call_id)
        .outerjoin(User, User.id == Annotation.author_id)
        .outerjoin(Manager, Manager.id == Call.manager_id)
        .outerjoin(Checkpoint, Checkpoint.id == Annotation.checkpoint_id)
        .where(Annotation.deleted_at.is_(None))
        .order_by(Call.started_at.desc(), Annotation.call_id, Annotation.start_ms, Annotation.id)
        .limit(limit)
    )  # fmt: skip
    if kind_ids:
        query = query.where(Annotation.kind_id.in_(list(kind_ids)))
    if manager_ids:
        query = query.where(Call.manager_id.in_(list(manager_ids)))
    if checkpoint_codes:
        query = query.where(Checkpoint.code.in_(list(checkpoint_codes)))
    if first is not None:
        query = query.where(Call.started_at >= first)
    if last is not None:
        query = query.where(Call.started_at < last)
    for word in text.split():
        query = query.where(_contains(session, word))
    found: list[Any] = list(session.execute(query))
    return [
        FoundAnnotation(_row(annotation, author), _kind(kind), *rest)
        for annotation, author, kind, *rest in found
    ]


def _contains(session: Session, word: str) -> Any:
    """``casefold`` is our own function in SQLite; PostgreSQL's ``lower`` folds Cyrillic itself."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    fold = func.casefold if sqlite else func.lower
    columns = (Annotation.text, Annotation.said, Annotation.should_have_said)
    return or_(*(fold(column).contains(word.casefold(), autoescape=True) for column in columns))


def _query() -> Any:
    return select(Annotation, User.name).outerjoin(User, User.id == Annotation.author_id)


def _stored(session: Session, annotation_id: int) -> Annotation:
    stored = session.get(Annotation, annotation_id)
    if stored is None:
        raise _gone()
    return stored


def _gone() -> StoreError:
    return StoreError(N_("This annotation is not there any more."), kind="gone")


def _ordered(start_ms: int, end_ms: int | None) -> tuple[int, int | None]:
    start_ms = max(0, int(start_ms))
    if end_ms is None:
        return start_ms, None
    end_ms = max(0, int(end_ms))
    if end_ms == start_ms:
        return start_ms, None
    return min(start_ms, end_ms), max(start_ms, end_ms)


def _note(session: Session, kind: str, stored: Annotation, user_id: int | None, **details: Any) -> None:
    events.record(
        session,
        kind,
        user_id=user_id,
        subject="annotation",
        subject_id=stored.id,
        call_id=stored.call_id,
        **details,
    )


def _row(annotation: Annotation, author: str | None) -> AnnotationRow:
    return AnnotationRow(
        annotation.id, annotation.call_id, annotation.kind_id, annotation.start_ms, annotation.end_ms,
        annotation.text, annotation.said, annotation.should_have_said, annotation.checkpoint_id,
        annotation.author_id, author or "", annotation.created_at, annotation.updated_at,
    )  # fmt: skip


def moved(row: AnnotationRow, start_ms: int, end_ms: int | None) -> AnnotationRow:
    """The same annotation at another place: what a drag hands to ``update``."""
    return replace(row, start_ms=start_ms, end_ms=end_ms)


def neighbour(rows: Sequence[AnnotationRow], position_ms: float, *, forward: bool) -> AnnotationRow | None:
    """The next annotation after (or the last one before) a moment: Alt+→ and Alt+←. ``rows`` are in time order."""
    if forward:
        return next((row for row in rows if row.start_ms > position_ms + 1), None)
    return next((row for row in reversed(rows) if row.start_ms < position_ms - 1), None)
