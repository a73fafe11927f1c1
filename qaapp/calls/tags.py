"""Tags: reusable words on whole calls. Names are matched with their case folded, Cyrillic too.

Every function that changes something returns a ``TagChange``: what undo and redo need (``apply_tag_change``).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from qaapp import clock
from qaapp.errors import StoreError
from qaapp.i18n import N_
from qaapp.store import events
from qaapp.store.chunks import chunks
from qaapp.store.schema import CallTag, Tag

NAME_LIMIT = 100


@dataclass(frozen=True)
class TagRow:
    """``color`` names a colour pair of the theme ("" is neutral); ``calls`` is 0 where it was not counted."""

    id: int
    name: str
    color: str
    calls: int = 0


@dataclass(frozen=True)
class TagLink:
    """One tag on one call, with who put it there and when."""

    call_id: int
    tag_id: int
    author_id: int | None
    created_at: datetime


@dataclass(frozen=True)
class TagState:
    """A tag before and after a change as (name, colour); None: it did not exist."""

    tag_id: int
    before: tuple[str, str] | None
    after: tuple[str, str] | None


@dataclass(frozen=True)
class TagChange:
    """What happened to tags and their calls; ``tag_id`` is the tag that is left to work with."""

    tag_id: int
    added: tuple[TagLink, ...] = ()
    removed: tuple[TagLink, ...] = ()
    states: tuple[TagState, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.removed or self.states)


def name_key(name: str) -> str:
    """The form in which names are compared: blanks collapsed, case folded."""
    return " ".join(name.split()).casefold()


def list_tags(session: Session) -> list[TagRow]:
    """All tags by name, with the number of calls that carry each."""
    counts = select(CallTag.tag_id, func.count().label("calls")).group_by(CallTag.tag_id).subquery()
    rows = session.execute(
        select(Tag.id, Tag.name, Tag.color, func.coalesce(counts.c.calls, 0))
        .outerjoin(counts, counts.c.tag_id == Tag.id)
        .order_by(Tag.name_key)
    )
    return [TagRow(*row) for row in rows]


def completion(session: Session, prefix: str, limit: int = 8) -> list[TagRow]:
    """Tags for what was typed: those that begin with it first, then those that contain it, by name."""
    wanted = name_key(prefix)
    fitting = [tag for tag in list_tags(session) if wanted in name_key(tag.name)]
    fitting.sort(key=lambda tag: (not name_key(tag.name).startswith(wanted), -tag.calls, name_key(tag.name)))
    return fitting[:limit]


def tags_of(session: Session, call_ids: Collection[int]) -> dict[int, tuple[TagRow, ...]]:
    """The tags of each call by name; a call without tags has no entry."""
    found: dict[int, list[TagRow]] = {}
    for part in chunks(call_ids):
        rows = session.execute(
            select(CallTag.call_id, Tag.id, Tag.name, Tag.color)
            .join(Tag, Tag.id == CallTag.tag_id)
            .where(CallTag.call_id.in_(part))
            .order_by(CallTag.call_id, Tag.name_key)
        )
        for call_id, tag_id, name, color in rows:
            found.setdefault(call_id, []).append(TagRow(tag_id, name, color))
    return {call_id: tuple(tags) for call_id, tags in found.items()}


def add_tag(session: Session, call_ids: Sequence[int], name: str, user_id: int | None) -> TagChange:
    """Put the tag on the calls that do not have it yet; a new name makes a new tag. Raises ``StoreError``."""
    name, key = _checked(name)
    tag_id = session.scalar(select(Tag.id).where(Tag.name_key == key))
    states: tuple[TagState, ...] = ()
    if tag_id is None:
        tag = Tag(name=name, name_key=key, color="")
        session.add(tag)
        session.flush()
        tag_id = tag.id
        states = (TagState(tag_id, None, (name, "")),)
    now = clock.now()
    added: list[TagLink] = []
    for part in chunks(list(dict.fromkeys(call_ids))):
        there = set(
            session.scalars(
                select(CallTag.call_id).where(CallTag.tag_id == tag_id, CallTag.call_id.in_(part))
            )
        )
        added += [TagLink(call_id, tag_id, user_id, now) for call_id in part if call_id not in there]
    _link(session, added)
    if added:
        events.record(
            session,
            "tag.added",
            user_id=user_id,
            subject="tag",
            subject_id=tag_id,
            name=name,
            calls=len(added),
        )
    return TagChange(tag_id, added=tuple(added), states=states)


def remove_tag(
    session: Session, call_ids: Sequence[int], tag_id: int, user_id: int | None = None
) -> TagChange:
    """Take the tag off the calls; the tag itself stays for others."""
    removed = [link for part in chunks(call_ids) for link in _links(session, tag_id, part)]
    _unlink(session, removed)
    if removed:
        events.record(
            session, "tag.removed", user_id=user_id, subject="tag", subject_id=tag_id, calls=len(removed)
        )
    return TagChange(tag_id, removed=tuple(removed))


def rename_tag(session: Session, tag_id: int, name: str, user_id: int | None = None) -> TagChange:
    """Rename. Another tag of that name raises ``StoreError`` of kind ``exists`` with ``tag_id``: offer to merge."""
    name, key = _checked(name)
    tag = _tag(session, tag_id)
    other = session.scalar(select(Tag).where(Tag.name_key == key, Tag.id != tag_id))
    if other is not None:
        raise StoreError(
            N_("There is already a tag “{name}”."),
            hint=N_("The two tags can be merged."),
            kind="exists",
            name=other.name,
            tag_id=other.id,
        )
    return _restate(session, tag, (name, tag.color), "tag.renamed", user_id)


def recolor_tag(session: Session, tag_id: int, color: str, user_id: int | None = None) -> TagChange:
    tag = _tag(session, tag_id)
    return _restate(session, tag, (tag.name, color), "tag.recolored", user_id)


def merge_tags(session: Session, keep_id: int, drop_id: int, user_id: int | None = None) -> TagChange:
    """Put ``keep`` on every call of ``drop`` (author and time stay) and delete ``drop``."""
    keep, drop = _tag(session, keep_id), _tag(session, drop_id)
    if keep_id == drop_id:
        return TagChange(keep_id)
    removed = _links(session, drop_id)
    there = set(session.scalars(select(CallTag.call_id).where(CallTag.tag_id == keep_id)))
    added = [replace(link, tag_id=keep_id) for link in removed if link.call_id not in there]
    state = TagState(drop_id, (drop.name, drop.color), None)
    _unlink(session, removed)
    session.execute(delete(Tag).where(Tag.id == drop_id))
    _link(session, added)
    events.record(
        session, "tag.merged", user_id=user_id, subject="tag", subject_id=keep_id,
        kept=keep.name, dropped=drop.name, calls=len(added),
    )  # fmt: skip
    session.expunge(drop)
    return TagChange(keep_id, added=tuple(added), removed=tuple(removed), states=(state,))


def delete_tag(session: Session, tag_id: int, user_id: int | None = None) -> TagChange:
    """Delete the tag and take it off every call."""
    tag = _tag(session, tag_id)
    removed = _links(session, tag_id)
    state = TagState(tag_id, (tag.name, tag.color), None)
    _unlink(session, removed)
    session.execute(delete(Tag).where(Tag.id == tag_id))
    session.expunge(tag)
    events.record(
        session, "tag.deleted", user_id=user_id, subject="tag", subject_id=tag_id,
        name=state.before[0] if state.before else "", calls=len(removed),
    )  # fmt: skip
    return TagChange(tag_id, removed=tuple(removed), states=(state,))


def apply_tag_change(
    session: Session, change: TagChange, undo: bool = True, user_id: int | None = None
) -> None:
    """Take a change back, or do it again (``undo=False``). What others did meanwhile stays as they left it."""
    added, removed = (change.removed, change.added) if undo else (change.added, change.removed)
    states = [TagState(state.tag_id, state.after, state.before) if undo else state for state in change.states]
    for state in states:
        if state.before is None and state.after is not None:
            _revive(session, state.tag_id, state.after)
    _unlink(session, removed)
    there = set(session.scalars(select(Tag.id)))
    _link(session, [link for link in added if link.tag_id in there], skip_existing=True)
    for state in states:
        if state.before is not None and state.after is None:
            if session.scalar(select(CallTag.call_id).where(CallTag.tag_id == state.tag_id).limit(1)) is None:
                session.execute(delete(Tag).where(Tag.id == state.tag_id))
        elif state.before is not None and state.after is not None:
            name, color = state.after
            session.execute(
                update(Tag)
                .where(Tag.id == state.tag_id)
                .values(name=name, name_key=name_key(name), color=color)
            )
    session.expire_all()
    events.record(
        session,
        "tag.undone" if undo else "tag.redone",
        user_id=user_id,
        subject="tag",
        subject_id=change.tag_id,
    )


def _checked(name: str) -> tuple[str, str]:
    name = " ".join(name.split())
    if not name:
        raise StoreError(N_("A tag needs a name."), kind="empty")
    if len(name) > NAME_LIMIT:
        raise StoreError(N_("A tag's name has at most {limit} letters."), kind="too_long", limit=NAME_LIMIT)
    return name, name_key(name)


def _tag(session: Session, tag_id: int) -> Tag:
    tag = session.get(Tag, tag_id)
    if tag is None:
        raise StoreError(N_("This tag is not there any more."), kind="gone")
    return tag


def _restate(session: Session, tag: Tag, after: tuple[str, str], kind: str, user_id: int | None) -> TagChange:
    before = (tag.name, tag.color)
    if before == after:
        return TagChange(tag.id)
    tag.name, tag.color = after
    tag.name_key = name_key(after[0])
    session.flush()
    events.record(
        session,
        kind,
        user_id=user_id,
        subject="tag",
        subject_id=tag.id,
        before=list(before),
        after=list(after),
    )
    return TagChange(tag.id, states=(TagState(tag.id, before, after),))


def _revive(session: Session, tag_id: int, state: tuple[str, str]) -> None:
    """Make a deleted tag again under its old id, unless that id or name is taken meanwhile."""
    name, color = state
    taken = session.scalar(select(Tag.id).where((Tag.name_key == name_key(name)) | (Tag.id == tag_id)))
    if taken is None:
        session.execute(insert(Tag).values(id=tag_id, name=name, name_key=name_key(name), color=color))


def _links(session: Session, tag_id: int, call_ids: Sequence[int] | None = None) -> list[TagLink]:
    query = select(CallTag.call_id, CallTag.tag_id, CallTag.author_id, CallTag.created_at)
    query = query.where(CallTag.tag_id == tag_id)
    if call_ids is not None:
        query = query.where(CallTag.call_id.in_(call_ids))
    return [TagLink(*row) for row in session.execute(query)]


def _link(session: Session, links: Sequence[TagLink], *, skip_existing: bool = False) -> None:
    for part in chunks(links):
        there: set[tuple[int, int]] = set()
        if skip_existing:
            rows = session.execute(
                select(CallTag.call_id, CallTag.tag_id).where(
                    CallTag.call_id.in_([link.call_id for link in part])
                )
            )
            there = {(call_id, tag_id) for call_id, tag_id in rows}
        values = [
            {
                "call_id": link.call_id, "tag_id": link.tag_id,
                "author_id": link.author_id, "created_at": link.created_at,
            }
            for link in part
            if (link.call_id, link.tag_id) not in there
        ]  # fmt: skip
        if values:
            session.execute(insert(CallTag), values)


def _unlink(session: Session, links: Sequence[TagLink]) -> None:
    by_tag: dict[int, list[int]] = {}
    for link in links:
        by_tag.setdefault(link.tag_id, []).append(link.call_id)
    for tag_id, call_ids in by_tag.items():
        for part in chunks(call_ids):
            session.execute(delete(CallTag).where(CallTag.tag_id == tag_id, CallTag.call_id.in_(part)))
