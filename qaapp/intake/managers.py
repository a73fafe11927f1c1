"""Whose call it is. Said by name beats said by number only, and then: record, file name, subfolder, call log, option.

A choice by hand is never changed. An extension nobody has claimed becomes a person named by it, but only where nothing
better was said.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from qaapp.calls import people
from qaapp.store.schema import Extension, Manager
from qaapp.words import ManagerOrigin

_RANK = {
    ManagerOrigin.HAND: 0, ManagerOrigin.RECORD: 1, ManagerOrigin.FILE_NAME: 2, ManagerOrigin.FOLDER: 3,
    ManagerOrigin.LOG: 4, ManagerOrigin.OPTION: 5,
}  # fmt: skip


class Claim(NamedTuple):
    """Somebody says whose call it is, by name, extension or both."""

    origin: ManagerOrigin
    name: str | None
    extension: str | None


class Choice(NamedTuple):
    manager_id: int | None
    origin: str | None


NOBODY = Choice(None, None)


class People:
    """The people of a workspace as an import knows them; ``refresh`` before each transaction drops what got stale."""

    def __init__(self) -> None:
        self._stamp: tuple[int, ...] | None = None
        self._known: dict[tuple[str, str], int] = {}
        self._names: dict[str, int] = {}
        self._owners: dict[str, int] = {}
        self._placeholders: set[int] = set()

    def refresh(self, session: Session) -> None:
        managers = session.execute(
            select(func.count(), func.coalesce(func.max(Manager.id), 0)).select_from(Manager)
        ).one()
        numbers = session.execute(
            select(func.count(), func.coalesce(func.sum(Extension.manager_id), 0)).select_from(Extension)
        ).one()
        stamp = (*map(int, managers), *map(int, numbers))
        if stamp == self._stamp:
            return
        self._stamp = stamp
        self._known.clear()
        names = session.execute(select(Manager.name_key, Manager.id)).all()
        owners = session.execute(select(Extension.number, Extension.manager_id)).all()
        self._names = {row[0]: row[1] for row in names}
        self._owners = {row[0]: row[1] for row in owners}
        self._placeholders = {
            owner
            for number, owner in self._owners.items()
            if self._names.get(people.name_key(number)) == owner
        }

    def choose(self, session: Session, claims: Sequence[Claim], current: Choice = NOBODY) -> Choice:
        """The best of ``claims`` and of what the call has already."""
        if current.origin == ManagerOrigin.HAND:
            return current
        best_rank = self._rank(current)
        winner: Claim | None = None
        for claim in claims:
            named = bool(claim.name) or (
                claim.extension is not None
                and (owner := self._owners.get(claim.extension)) is not None
                and owner not in self._placeholders
            )
            if not named and not claim.extension:
                continue
            rank = (int(not named), _RANK[claim.origin])
            if rank < best_rank:
                best_rank, winner = rank, claim
        return current if winner is None else Choice(self._find(session, winner), winner.origin.value)

    def better(self, first: Choice, second: Choice) -> Choice:
        """The stronger of two that were made before; ``first`` where they are equal."""
        return min((first, second), key=self._rank)

    def _rank(self, choice: Choice) -> tuple[int, int]:
        if choice.origin is None or choice.manager_id is None:
            return (2, 9)
        if choice.origin == ManagerOrigin.HAND:
            return (-1, 0)
        return (int(choice.manager_id in self._placeholders), _RANK[ManagerOrigin(choice.origin)])

    def _find(self, session: Session, claim: Claim) -> int | None:
        key = (claim.name or "", claim.extension or "")
        known = self._known.get(key)
        if known is None:
            found = people.find_or_create(session, name=claim.name, extension=claim.extension)
            session.flush()
            self.refresh(session)
            if found is None:
                return None
            known = self._known[key] = found
        return known
