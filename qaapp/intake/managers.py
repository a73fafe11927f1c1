"""Whose call it is. Said by name beats said by number only, and then: record, file name, subfolder, call log, option.

A choice by hand is never changed. An extension nobody has claimed becomes a person named by it, but only where nothing
better was said.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from qaapp.calls import people
from qaapp.store.schema import Extension, Manager
from qaapp.words import ManagerOrigin

_RANK = {
    ManagerOrigin.HAND: 0, ManagerOrigin.RECORD: 1, ManagerOrigin.FILE_NAME: 2, ManagerOrigin.FOLDER: 3,
    ManagerOrigin.LOG: 4, ManagerOrigin.OPTION: 5,
}  # fmt: skip


_STAMP = (
    "SELECT (SELECT count(*) FROM managers), (SELECT coalesce(max(id), 0) FROM managers), "
    "(SELECT count(*) FROM extensions), (SELECT coalesce(sum(manager_id), 0) FROM extensions)"
)


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
        self._stamp: tuple[object, ...] | None = None
        self._known: dict[tuple[str, str], int] = {}
        self._choices: dict[tuple[Claim, ...], Choice] = {}
        self._names: dict[str, int] = {}
        self._owners: dict[str, int] = {}
        self._placeholders: set[int] = set()

    def refresh(self, session: Session) -> None:
        stamp = tuple(session.connection().exec_driver_sql(_STAMP).one())
        if stamp == self._stamp:
            return
        self._stamp = stamp
        self._known.clear()
        self._choices.clear()
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
        if current is NOBODY:
            return self._first(session, claims)
        return self._choose(session, claims, current)

    def _first(self, session: Session, claims: Sequence[Claim]) -> Choice:
        """For a call that has nobody yet: the same claims give the same choice until people change."""
        key = tuple(claims)
        known = self._choices.get(key)
        if known is None:
            known = self._choose(session, claims, NOBODY)
            if len(self._choices) > 5000:
                self._choices.clear()
            self._choices[key] = known
        return known

    def _choose(self, session: Session, claims: Sequence[Claim], current: Choice) -> Choice:
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
