"""Managers, their groups and extensions; the users who review. Names are compared with their case folded.

A call without a known person waits as *Not assigned*; an extension nobody has claimed becomes a person named by it
("101"), who is given the real name later by renaming, by merging, or when a call log tells it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from qaapp import clock
from qaapp.errors import UsageError
from qaapp.i18n import N_
from qaapp.store import events
from qaapp.store.chunks import chunks
from qaapp.store.database import Database
from qaapp.store.schema import (
    Call,
    DirectoryEntry,
    Extension,
    Group,
    Leg,
    Manager,
    Participant,
    QueueItem,
    User,
)
from qaapp.words import ManagerOrigin, Role

if TYPE_CHECKING:
    from qaapp.calls.people_file import PeopleSummary

NAME_LIMIT = 200
NUMBER_LIMIT = 40


@dataclass(frozen=True)
class Person:
    """A manager; ``extensions`` in order, ``calls`` all of his."""

    id: int
    name: str
    group_id: int | None
    group_name: str | None
    extensions: tuple[str, ...]
    active: bool
    calls: int


@dataclass(frozen=True)
class GroupRow:
    id: int
    name: str
    people: int


@dataclass(frozen=True)
class UserRow:
    id: int
    name: str
    role: Role
    active: bool


@dataclass(frozen=True)
class ManagersBefore:
    """What undo needs: ``(call_id, manager_id, manager_origin)`` of every call that changed."""

    calls: tuple[tuple[int, int | None, str | None], ...]


def clean_name(text: str) -> str:
    """Blanks collapsed, control characters out, at most 200 letters."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:NAME_LIMIT]


def name_key(text: str) -> str:
    return clean_name(text).casefold().replace("ё", "е")


# --- managers ----------------------------------------------------------------------------------------------------


def list_people(session: Session) -> list[Person]:
    """Everybody by name, the inactive too."""
    counted = (
        select(Call.manager_id, func.count()).where(Call.manager_id.is_not(None)).group_by(Call.manager_id)
    )
    counts = {manager_id: count for manager_id, count in session.execute(counted)}  # noqa: C416 - typed so
    numbers: dict[int, list[str]] = {}
    for number, manager_id in session.execute(
        select(Extension.number, Extension.manager_id).order_by(Extension.number)
    ):
        numbers.setdefault(manager_id, []).append(number)
    rows = session.execute(
        select(Manager.id, Manager.name, Manager.group_id, Group.name, Manager.active)
        .outerjoin(Group, Group.id == Manager.group_id)
        .order_by(Manager.name_key)
    )
    return [
        Person(row_id, name, group_id, group, tuple(numbers.get(row_id, ())), active, counts.get(row_id, 0))
        for row_id, name, group_id, group, active in rows
    ]


def find_or_create(session: Session, name: str | None = None, extension: str | None = None) -> int | None:
    """The manager of that name, else the one who has the extension, else a new one; None when nothing was said.

    A new person gets the extension if it is free. When a name comes with the extension of a person who is only known by
    that number, that person gets the name (or becomes one with the bearer of the name).
    """
    name = clean_name(name or "")
    extension = (extension or "").strip()[:NUMBER_LIMIT]
    owner = (
        session.scalar(select(Extension.manager_id).where(Extension.number == extension))
        if extension
        else None
    )
    if not name:
        if owner is not None or not extension:
            return owner
        manager_id = _by_name(session, extension) or _create(session, extension)
        session.add(Extension(number=extension, manager_id=manager_id))
        session.flush()
        return manager_id
    known = _by_name(session, name)
    if owner is not None and owner != known and is_placeholder(session, owner, extension):
        if known is None:
            rename(session, owner, name)
            return owner
        merge(session, known, owner)
        return known
    if known is None:
        known = _create(session, name)
    if extension and owner is None:
        session.add(Extension(number=extension, manager_id=known))
        session.flush()
    return known


def is_placeholder(session: Session, manager_id: int, extension: str) -> bool:
    """Whether a person is only known by the number."""
    return session.scalar(select(Manager.name_key).where(Manager.id == manager_id)) == name_key(extension)


def _by_name(session: Session, name: str) -> int | None:
    return session.scalar(select(Manager.id).where(Manager.name_key == name_key(name)))


def _create(session: Session, name: str) -> int:
    row = Manager(name=name, name_key=name_key(name), active=True, created_at=clock.now())
    session.add(row)
    session.flush()
    events.record(session, "manager.added", subject="manager", subject_id=row.id, name=name)
    return row.id


def _get(session: Session, manager_id: int) -> Manager:
    row = session.get(Manager, manager_id)
    if row is None:
        raise UsageError(N_("There is no such manager any more."))
    return row


def rename(session: Session, manager_id: int, name: str, user_id: int | None = None) -> None:
    """Raises ``UsageError`` for an empty name and for somebody else's."""
    name, row = clean_name(name), _get(session, manager_id)
    if not name:
        raise UsageError(N_("A name cannot be empty."))
    other = _by_name(session, name)
    if other is not None and other != manager_id:
        raise UsageError(
            N_("There is a manager named “{name}” already."), hint=N_("Merge the two instead."), name=name
        )
    if name == row.name:
        return
    events.record(
        session,
        "manager.renamed",
        user_id=user_id,
        subject="manager",
        subject_id=row.id,
        before=row.name,
        after=name,
    )
    row.name, row.name_key = name, name_key(name)
    session.flush()


def set_group(session: Session, manager_id: int, group: str | None, user_id: int | None = None) -> None:
    """Put somebody into the group of that name (made when new); None or "" takes him out."""
    row = _get(session, manager_id)
    group_id = _group(session, group) if group and clean_name(group) else None
    if row.group_id == group_id:
        return
    events.record(
        session, "manager.group", user_id=user_id, subject="manager", subject_id=row.id, before=row.group_id,
        after=group_id,
    )  # fmt: skip
    row.group_id = group_id
    session.flush()
    session.expire(row, ["group"])


def _group(session: Session, name: str) -> int:
    name = clean_name(name)
    for group_id, known in session.execute(select(Group.id, Group.name)):
        if known.casefold() == name.casefold():
            return group_id
    row = Group(name=name)
    session.add(row)
    session.flush()
    return row.id


def list_groups(session: Session) -> list[GroupRow]:
    """Groups by name with their active people."""
    rows = session.execute(
        select(Group.id, Group.name, func.count(Manager.id))
        .outerjoin(Manager, (Manager.group_id == Group.id) & Manager.active)
        .group_by(Group.id, Group.name)
    )
    return sorted((GroupRow(*row) for row in rows), key=lambda row: row.name.casefold())


def set_extensions(
    session: Session, manager_id: int, numbers: Sequence[str], user_id: int | None = None
) -> None:
    """Exactly these extensions; one that was somebody else's moves. Calls of the past keep their managers."""
    _get(session, manager_id)
    wanted = list(dict.fromkeys(number.strip()[:NUMBER_LIMIT] for number in numbers if number.strip()))
    before = list(
        session.scalars(
            select(Extension.number).where(Extension.manager_id == manager_id).order_by(Extension.number)
        )
    )
    if sorted(wanted) == before:
        return
    session.execute(
        delete(Extension).where(or_(Extension.manager_id == manager_id, Extension.number.in_(wanted)))
    )
    session.expire_all()
    session.add_all(Extension(number=number, manager_id=manager_id) for number in wanted)
    session.flush()
    events.record(
        session,
        "manager.extensions",
        user_id=user_id,
        subject="manager",
        subject_id=manager_id,
        before=before,
        after=wanted,
    )


def set_active(session: Session, manager_id: int, active: bool, user_id: int | None = None) -> None:
    """Somebody who left is not offered any more; his calls and ratings stay."""
    row = _get(session, manager_id)
    if row.active != active:
        row.active = active
        session.flush()
        events.record(
            session,
            "manager.active",
            user_id=user_id,
            subject="manager",
            subject_id=manager_id,
            active=active,
        )


# Every table with a manager; a test holds the list to the schema.
BEAR_MANAGERS = (Call, Leg, QueueItem, Extension, Participant, DirectoryEntry)


def merge(session: Session, keep: int, drop: int, user_id: int | None = None) -> None:
    """Give everything of ``drop`` to ``keep``. The event keeps name, group, extensions and calls of the dropped one."""
    if keep == drop:
        return
    kept, dropped = _get(session, keep), _get(session, drop)
    numbers = list(session.scalars(select(Extension.number).where(Extension.manager_id == drop)))
    call_ids = list(session.scalars(select(Call.id).where(Call.manager_id == drop).order_by(Call.id)))
    events.record(
        session, "manager.merged", user_id=user_id, subject="manager", subject_id=keep, dropped_id=drop,
        name=dropped.name, group_id=dropped.group_id, extensions=numbers, active=dropped.active, calls=len(call_ids),
        call_ids=call_ids[:10_000],
    )  # fmt: skip
    if kept.group_id is None:
        kept.group_id = dropped.group_id
    for table in BEAR_MANAGERS:
        session.execute(update(table).where(table.manager_id == drop).values(manager_id=keep))
    session.flush()
    session.delete(dropped)
    session.flush()
    session.expire_all()


# --- managers of calls -------------------------------------------------------------------------------------------


def assign_manager(
    session: Session, call_ids: Collection[int], manager_id: int | None, user_id: int | None
) -> ManagersBefore:
    """Say by hand whose calls these are; imports never change it again. None takes the manager off."""
    before: list[tuple[int, int | None, str | None]] = []
    for part in chunks(sorted(set(call_ids))):
        rows = session.execute(select(Call.id, Call.manager_id, Call.manager_origin).where(Call.id.in_(part)))
        before += [(call_id, manager, origin) for call_id, manager, origin in rows]
        session.execute(
            update(Call)
            .where(Call.id.in_(part))
            .values(manager_id=manager_id, manager_origin=ManagerOrigin.HAND.value)
        )
        session.execute(
            update(QueueItem)
            .where(QueueItem.call_id.in_(part), QueueItem.state == "open")
            .values(manager_id=manager_id)
        )
    events.record(
        session, "call.manager", user_id=user_id, subject="call", subject_id=before[0][0] if len(before) == 1 else None,
        manager_id=manager_id, before=[list(row) for row in before[:10_000]], calls=len(before),
    )  # fmt: skip
    return ManagersBefore(tuple(before))


def restore_managers(session: Session, before: ManagersBefore, user_id: int | None) -> None:
    """Undo ``assign_manager``."""
    for (manager_id, origin), call_ids in _by_manager(before).items():
        for part in chunks(call_ids):
            session.execute(
                update(Call).where(Call.id.in_(part)).values(manager_id=manager_id, manager_origin=origin)
            )
            session.execute(
                update(QueueItem)
                .where(QueueItem.call_id.in_(part), QueueItem.state == "open")
                .values(manager_id=manager_id)
            )
    events.record(session, "call.manager_restored", user_id=user_id, subject="call", calls=len(before.calls))


def _by_manager(before: ManagersBefore) -> dict[tuple[int | None, str | None], list[int]]:
    grouped: dict[tuple[int | None, str | None], list[int]] = {}
    for call_id, manager_id, origin in before.calls:
        grouped.setdefault((manager_id, origin), []).append(call_id)
    return grouped


# --- users -------------------------------------------------------------------------------------------------------


def list_users(session: Session) -> list[UserRow]:
    rows = session.execute(select(User.id, User.name, User.role, User.active))
    found = [UserRow(row_id, name, Role(role), active) for row_id, name, role, active in rows]
    return sorted(found, key=lambda row: row.name.casefold())


def known_user(session: Session, user_id: int) -> int | None:
    """``user_id`` where this workspace has such a user (a personal setting may come from another one)."""
    return session.scalar(select(User.id).where(User.id == user_id))


def add_user(session: Session, name: str, role: Role | str = Role.REVIEWER) -> int:
    """Raises ``UsageError`` for an empty name and for one that is there."""
    name = clean_name(name)
    if not name:
        raise UsageError(N_("A name cannot be empty."))
    if _user(session, name) is not None:
        raise UsageError(N_("There is a user named “{name}” already."), name=name)
    row = User(name=name, role=Role(role).value, created_at=clock.now(), active=True)
    session.add(row)
    session.flush()
    events.record(session, "user.added", subject="user", subject_id=row.id, name=name, role=row.role)
    return row.id


def ensure_user(session: Session, name: str, role: Role | str = Role.REVIEWER) -> int:
    """The user of that name, made when there is none."""
    known = _user(session, name)
    return known if known is not None else add_user(session, name, role)


def _user(session: Session, name: str) -> int | None:
    wanted = clean_name(name).casefold()
    return next(
        (
            user_id
            for user_id, known in session.execute(select(User.id, User.name))
            if known.casefold() == wanted
        ),
        None,
    )


def import_people(database: Database, path: Path, user_id: int | None = None) -> PeopleSummary:
    """People from a sheet (see ``people_file.import_people``). Raises ``SheetError``."""
    from qaapp.calls import people_file

    return people_file.import_people(database, path, user_id)
