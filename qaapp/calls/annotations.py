"""Annotations: points and regions on a call's timeline, and their kinds.

Times are whole ms from the start of the call's sound. Deleting is soft, so that undo brings the same row back with its
author and time; every change keeps who made the annotation and when, and is noted in the event log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from qaapp import clock
from qaapp.errors import StoreError
from qaapp.i18n import N_
from qaapp.store import events
from qaapp.store.chunks import chunks
from qaapp.store.schema import Annotation, AnnotationKind, Checkpoint, User


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
    """``end_ms`` None is a point; ``sign`` is 1 (a plus), -1 (a minus) or None. ``author`` is "" where it is not known.

    ``checkpoint_code`` and ``checkpoint`` (its text) follow from ``checkpoint_id`` and are only read.
    """

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
    sign: int | None = None
    checkpoint_code: str = ""
    checkpoint: str = ""


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
    return [row_of(*found) for found in session.execute(query)]


def get(session: Session, annotation_id: int) -> AnnotationRow:
    """One annotation, deleted ones too. Raises ``StoreError`` of kind ``gone``."""
    found = session.execute(_query().where(Annotation.id == annotation_id)).first()
    if found is None:
        raise _gone()
    return row_of(*found)


def add(
    session: Session, call_id: int, kind_id: int, start_ms: int, end_ms: int | None = None, text: str = "",
    said: str = "", should_have_said: str = "", checkpoint_id: int | None = None, user_id: int | None = None,
    sign: int | None = None, created_at: datetime | None = None,
) -> AnnotationRow:  # fmt: skip
    """A new annotation; a region drawn backwards is turned round, an empty one is a point.

    ``created_at`` is for one that was made elsewhere and is brought in from a file.
    """
    made = New(
        kind_id, start_ms, end_ms, text, said, should_have_said, checkpoint_id, user_id, sign, created_at
    )
    return add_many(session, call_id, [made], user_id)[0]


@dataclass(frozen=True)
class New:
    """What ``add`` takes, for many at once."""

    kind_id: int
    start_ms: int
    end_ms: int | None = None
    text: str = ""
    said: str = ""
    should_have_said: str = ""
    checkpoint_id: int | None = None
    author_id: int | None = None
    sign: int | None = None
    created_at: datetime | None = None


def add_many(
    session: Session, call_id: int, wanted: Sequence[New], user_id: int | None
) -> list[AnnotationRow]:
    """Add them in one go, in their order; thousands take a moment."""
    now = clock.now()
    stored = []
    for one in wanted:
        start_ms, end_ms = _ordered(one.start_ms, one.end_ms)
        stored.append(
            Annotation(
                call_id=call_id, kind_id=one.kind_id, start_ms=start_ms, end_ms=end_ms, text=_clean(one.text),
                said=_clean(one.said), should_have_said=_clean(one.should_have_said),
                checkpoint_id=one.checkpoint_id, author_id=one.author_id, created_at=one.created_at or now,
                updated_at=now, sign=_sign(one.sign),
            )
        )  # fmt: skip
    session.add_all(stored)
    session.flush()
    for note in stored:
        _note(session, "annotation.added", note, user_id, start_ms=note.start_ms, end_ms=note.end_ms)
    ids = [note.id for note in stored]
    rows = {
        row.id: row
        for part in chunks(ids)
        for row in (row_of(*found) for found in session.execute(_query().where(Annotation.id.in_(part))))
    }
    return [rows[one] for one in ids]


def update(session: Session, row: AnnotationRow, user_id: int | None) -> AnnotationRow:
    """Store the changed fields of ``row``. Author and time of making stay; a deleted one is refused."""
    stored = _stored(session, row.id)
    if stored.deleted_at is not None:
        raise _gone()
    start_ms, end_ms = _ordered(row.start_ms, row.end_ms)
    after: dict[str, Any] = {
        "kind_id": row.kind_id, "start_ms": start_ms, "end_ms": end_ms, "text": _clean(row.text),
        "said": _clean(row.said), "should_have_said": _clean(row.should_have_said),
        "checkpoint_id": row.checkpoint_id, "sign": _sign(row.sign),
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
    set_deleted(session, [annotation_id], True, user_id)


def restore(session: Session, annotation_id: int, user_id: int | None) -> AnnotationRow:
    set_deleted(session, [annotation_id], False, user_id)
    return get(session, annotation_id)


def set_deleted(session: Session, ids: Sequence[int], deleted: bool, user_id: int | None) -> None:
    """Hide several or bring them back. Raises ``StoreError`` of kind ``gone`` when one is not there at all."""
    known: dict[int, Annotation] = {}
    for part in chunks(ids):
        known |= {
            note.id: note for note in session.scalars(select(Annotation).where(Annotation.id.in_(part)))
        }
    if set(ids) - set(known):
        raise _gone()
    now = clock.now()
    changed = [known[one] for one in ids if (known[one].deleted_at is not None) is not deleted]
    for note in changed:
        note.deleted_at = now if deleted else None
    session.flush()
    for note in changed:
        _note(session, "annotation.deleted" if deleted else "annotation.restored", note, user_id)


def _query() -> Any:
    return (
        select(Annotation, User.name, Checkpoint.code, Checkpoint.text)
        .outerjoin(User, User.id == Annotation.author_id)
        .outerjoin(Checkpoint, Checkpoint.id == Annotation.checkpoint_id)
    )


def _stored(session: Session, annotation_id: int) -> Annotation:
    stored = session.get(Annotation, annotation_id)
    if stored is None:
        raise _gone()
    return stored


def _gone() -> StoreError:
    return StoreError(N_("This annotation is not there any more."), kind="gone")


def _clean(text: str) -> str:
    """Trimmed, and without NUL: PostgreSQL keeps none."""
    return text.replace("\0", "").strip()


def _sign(sign: int | None) -> int | None:
    if sign not in (None, 1, -1):
        raise ValueError("a sign is 1, -1 or None")
    return sign


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


def row_of(
    annotation: Annotation, author: str | None, code: str | None, checkpoint: str | None
) -> AnnotationRow:
    """What was read, as a plain value; for queries that read annotations among other things."""
    return AnnotationRow(
        annotation.id, annotation.call_id, annotation.kind_id, annotation.start_ms, annotation.end_ms,
        annotation.text, annotation.said, annotation.should_have_said, annotation.checkpoint_id,
        annotation.author_id, author or "", annotation.created_at, annotation.updated_at, annotation.sign,
        code or "", checkpoint or "",
    )  # fmt: skip


def moved(row: AnnotationRow, start_ms: int, end_ms: int | None) -> AnnotationRow:
    """The same annotation at another place: what a drag hands to ``update``."""
    return replace(row, start_ms=start_ms, end_ms=end_ms)


def neighbour(rows: Sequence[AnnotationRow], position_ms: float, *, forward: bool) -> AnnotationRow | None:
    """The next annotation after (or the last one before) a moment: Alt+→ and Alt+←. ``rows`` are in time order."""
    if forward:
        return next((row for row in rows if row.start_ms > position_ms + 1), None)
    return next((row for row in reversed(rows) if row.start_ms < position_ms - 1), None)
