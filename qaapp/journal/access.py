"""How a page of a million calls is found: the ids in order, a few milliseconds each.

SQLite's planner knows nothing of how common a value is, so the way is chosen here, from cheap looks at the indexes:

* *few*: a part of the filter fits few calls (counted up to ``FEW``): these are read and sorted;
* *merge*: by date, and the filter is one list of values: the newest of each value, merged;
* *walk*: along the index of the order, at most ``WALK`` entries, until the page is full;
* *all*: every call by the wide index, which holds what filters ask for, and the best are kept.

PostgreSQL keeps statistics; there the plain statement is left to its planner.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, select, true, tuple_
from sqlalchemy.orm import Session

from qaapp.journal.filters import Condition, one_of
from qaapp.journal.sorts import WIDE, Segment, Sort, segments
from qaapp.store.schema import Call, Group, Manager, Source, SpeechFigure

FEW = 12_000  # calls that can be read and sorted in some 50 ms
COUNT_FEW = 60_000
WALK = 15_000
MERGE = 64  # lists

Key = tuple[Any, ...]  # the values of a segment's columns, started_at, id


@dataclass(frozen=True)
class Cursor:
    """The last row of a page: its segment and its key there."""

    segment: str
    key: Key


def page_keys(
    session: Session, conditions: list[Condition], sort: Sort, after: Cursor | None, limit: int
) -> list[Cursor]:
    """The next ``limit`` calls in order, as cursors (the id is the key's last value)."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    conditions = [resolve(session, condition) for condition in conditions]
    few = _fewest(session, conditions) if sqlite else None
    found: list[Cursor] = []
    started = after is None
    for segment in segments(sort.column):
        if not started and after is not None and segment.key != after.segment:
            continue
        key = after.key if after is not None and not started else None
        started = True
        search = _Search(session, conditions, segment, sort, key, limit - len(found))
        keys = search.run(few) if sqlite else search.read(search.statement())
        found += [Cursor(segment.key, row) for row in keys]
        if len(found) >= limit:
            break
    return found


def all_ids(session: Session, conditions: list[Condition], sort: Sort, limit: int | None) -> list[int]:
    """Every fitting call in order, for exports and bulk edits: one statement per segment."""
    found: list[int] = []
    for segment in segments(sort.column):
        left = None if limit is None else limit - len(found)
        search = _Search(session, conditions, segment, sort, None, left)
        found += [key[-1] for key in search.read(search.statement())]
        if limit is not None and len(found) >= limit:
            break
    return found


def count_statement(session: Session, conditions: list[Condition]) -> Select[Any]:
    """Counting reads the wide index only, or the few hits of the sharpest part."""
    clauses = [condition.clause for condition in conditions]
    statement: Any = select(func.count()).select_from(Call).where(*clauses)
    if session.get_bind().dialect.name != "sqlite" or not conditions:
        return statement  # type: ignore[no-any-return]
    few = _fewest(session, conditions, COUNT_FEW)
    if few is not None:
        return statement.where(Call.id.in_(few.hits))  # type: ignore[no-any-return]
    if len(conditions) == 1 and conditions[0].hits is not None and conditions[0].name != "text":
        return select(func.count()).select_from(conditions[0].hits.subquery())
    return statement.with_hint(Call, f"INDEXED BY {WIDE}", "sqlite")  # type: ignore[no-any-return]


def resolve(session: Session, condition: Condition) -> Condition:
    """A group is the managers who are in it now: a list of values, like the others."""
    if condition.members is None:
        return condition
    return one_of(condition.name, Call.manager_id, list(session.scalars(condition.members)) or [0])


def _fewest(session: Session, conditions: list[Condition], most: int = FEW) -> Condition | None:
    """The part of the filter with the fewest calls, when these are at most ``most``."""
    best: tuple[int, Condition] | None = None
    for condition in conditions:
        if condition.hits is None:
            continue
        bound = best[0] if best else most + 1
        hits = condition.hits.limit(bound).subquery()
        number = session.scalar(select(func.count()).select_from(hits)) or 0
        if number < bound:
            best = (number, condition)
        if number == 0:
            break
    return best[1] if best else None


@dataclass(frozen=True)
class _Search:
    """One segment of one page."""

    session: Session
    conditions: list[Condition]
    segment: Segment
    sort: Sort
    after: Key | None
    limit: int | None

    @property
    def order(self) -> tuple[Any, ...]:
        return (*self.segment.columns, Call.started_at, Call.id)

    def run(self, few: Condition | None) -> list[Key]:
        if few is not None:
            return self.read(self.statement().where(Call.id.in_(few.hits)))
        lists = self._lists()
        if lists is not None:
            return self._merged(lists)
        if self.segment.key == "figure":  # few calls have figures: the join finds them by itself
            return self.read(self.statement())
        if self.segment.index is None:
            if not self.conditions:
                return self._by_manager() if self.sort.column in ("manager", "group") else self._by_source()
            return self.read(self._hinted(self.statement(), WIDE))
        if self.segment.index == WIDE or not self.conditions:
            return self.read(self._hinted(self.statement(), self.segment.index))
        return self._walk(self.segment.index)

    def statement(self) -> Any:
        """The plain statement: right everywhere, fast where the planner is clever."""
        statement = self._from(select(*self.order))
        clauses = [condition.clause for condition in self.conditions]
        if self.segment.clause is not None:
            clauses.append(self.segment.clause)
        if self.after is not None:
            clauses.append(self._beyond(self.after))
        return self._ordered(statement.where(*clauses)).limit(self.limit)

    def read(self, statement: Any) -> list[Key]:
        return [tuple(row) for row in self.session.execute(statement)]

    def _from(self, statement: Any) -> Any:
        statement = statement.select_from(Call)
        if self.sort.column in ("manager", "group"):
            statement = statement.outerjoin(Manager, Manager.id == Call.manager_id)
        if self.sort.column == "group":
            statement = statement.outerjoin(Group, Group.id == Manager.group_id)
        if self.sort.column == "source":
            statement = statement.join(Source, Source.id == Call.source_id)
        if self.segment.key == "figure":
            statement = statement.join(SpeechFigure, SpeechFigure.call_id == Call.id)
        return statement

    def _ordered(self, statement: Any) -> Any:
        return statement.order_by(*(part.desc() if self.sort.descending else part for part in self.order))

    def _beyond(self, key: Key) -> Any:
        columns, values = tuple_(*self.order), tuple_(*key, types=[part.type for part in self.order])
        return columns < values if self.sort.descending else columns > values

    def _hinted(self, statement: Any, index: str) -> Any:
        return statement.with_hint(Call, f"INDEXED BY {index}", "sqlite")

    def _lists(self) -> Condition | None:
        """The one list of values of this filter, when a merge by date answers it."""
        if self.segment.key != "all" or self.segment.columns:
            return None
        rest = [condition for condition in self.conditions if condition.name != "period"]
        if len(rest) == 1 and rest[0].column is not None and len(rest[0].values) <= MERGE:
            return rest[0]
        return None

    def _merged(self, lists: Condition) -> list[Key]:
        column: Any = lists.column
        period = [condition.clause for condition in self.conditions if condition.name == "period"]
        if self.after is not None:
            period.append(self._beyond(self.after))
        found: list[list[Key]] = []
        for value in lists.values:
            one = self._from(select(*self.order)).where(
                column.is_(None) if value is None else column == value, and_(true(), *period)
            )
            found.append(
                self.read(self._hinted(self._ordered(one).limit(self.limit), _own_index(column.key)))
            )
        merged = heapq.merge(*found, reverse=self.sort.descending)
        return list(merged)[: self.limit]

    def _walk(self, index: str) -> list[Key]:
        edge = self._from(select(*self.order)).where(
            true() if self.segment.clause is None else self.segment.clause,
            true() if self.after is None else self._beyond(self.after),
        )
        border = self.read(self._hinted(self._ordered(edge).limit(1).offset(WALK), index))
        statement = self._hinted(self.statement(), index)
        if not border:
            return self.read(statement)
        columns = tuple_(*self.order)
        values = tuple_(*border[0], types=[part.type for part in self.order])
        near = columns >= values if self.sort.descending else columns <= values
        keys = self.read(statement.where(near))
        if self.limit is not None and len(keys) >= self.limit:
            return keys
        return self.read(self._hinted(self.statement(), WIDE))

    def _by_manager(self) -> list[Key]:
        """Person after person, in the order of their names."""
        names = self.segment.columns
        people = select(Manager.id, *names).outerjoin(Group, Group.id == Manager.group_id)
        if self.segment.key == "alone":
            people = people.where(Manager.group_id.is_(None))
        elif self.sort.column == "group":
            people = people.where(Manager.group_id.is_not(None))
        rows = self.session.execute(people).all()
        return self._one_by_one([(tuple(row[1:]), row[0]) for row in rows], Call.manager_id)

    def _by_source(self) -> list[Key]:
        rows = self.session.execute(select(Source.id, Source.name)).all()
        return self._one_by_one([((row[1],), row[0]) for row in rows], Call.source_id)

    def _one_by_one(self, values: list[tuple[Key, int]], column: Any) -> list[Key]:
        width = len(self.segment.columns)
        found: list[Key] = []
        for names, value in sorted(values, reverse=self.sort.descending):
            if self.limit is not None and len(found) >= self.limit:
                break
            after = None if self.after is None else self.after[:width]
            if after is not None and (names > after if self.sort.descending else names < after):
                continue
            order = (Call.started_at, Call.id)
            statement = select(*order).where(column == value)
            if after is not None and names == after and self.after is not None:
                left, right = tuple_(*order), tuple_(*self.after[width:], types=[part.type for part in order])
                statement = statement.where(left < right if self.sort.descending else left > right)
            statement = statement.order_by(*(part.desc() if self.sort.descending else part for part in order))
            if self.limit is not None:
                statement = statement.limit(self.limit - len(found))
            rows = self.read(self._hinted(statement, _own_index(column.key)))
            found += [(*names, *row) for row in rows]
        return found


def _own_index(column: str) -> str:
    return f"ix_calls_{column}_started_at"
