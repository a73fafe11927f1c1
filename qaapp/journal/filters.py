"""The journal's filter as a value, and its SQL conditions on ``Call``.

Days are days of the workspace's zone, both ends inclusive. A folder knows no status and often no direction: calls whose
status or direction is *unknown* pass the filters for these.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, column, exists, func, literal_column, or_, select, table, true
from sqlalchemy.orm import InstrumentedAttribute

from qaapp.calls.search_text import digits, fold
from qaapp.store.schema import Annotation, Call, CallTag, Deal, Manager
from qaapp.words import Band, Direction, Disposition

Clause = ColumnElement[bool]
Empty: frozenset[Any] = frozenset()
ZERO: ColumnElement[int] = literal_column(
    "0"
)  # a partial index is taken only for a condition that is spelled out
TRIGRAM = 3  # letters; a shorter word cannot be looked up in the index


@dataclass(frozen=True)
class Filter:
    """What the journal shows; empty sets, None and "" let everything pass. Several conditions must all hold."""

    first_day: date | None = None
    last_day: date | None = None
    directions: frozenset[str] = Empty
    dispositions: frozenset[str] = Empty
    manager_ids: frozenset[int] = Empty
    unassigned: bool | None = None  # True: also (or only) calls of nobody; False: none of them
    group_ids: frozenset[int] = Empty
    lines: frozenset[str] = Empty
    source_ids: frozenset[int] = Empty
    campaigns: frozenset[str] = Empty
    end_reasons: frozenset[str] = Empty
    ratings: frozenset[int] = Empty
    talk_min_s: int | None = None
    talk_max_s: int | None = None
    tag_ids: frozenset[int] = Empty  # any of them
    targets: frozenset[str] = Empty  # "" stands for calls nobody judged
    reviewed: bool | None = None
    bands: frozenset[str] = Empty
    has_recording: bool | None = None
    annotation_kind_ids: frozenset[int] = Empty  # any of them
    end_kinds: frozenset[str] = Empty  # words.EndKind
    deal_outcomes: frozenset[str] = Empty  # open, won, lost
    deal_stages: frozenset[str] = Empty
    text: str = ""  # every word must be in number, name or comment

    @property
    def is_empty(self) -> bool:
        return self == Filter()


@dataclass(frozen=True)
class Condition:
    """One part of a filter.

    ``clause`` holds for a fitting call, decided from its row. ``hits`` finds the ids of fitting calls (or of some more)
    by an index, None where there is none. ``column`` and ``values``: the clause is "column is one of values", and there
    is an index (column, started_at).
    """

    name: str
    clause: Clause
    hits: Any = None
    column: InstrumentedAttribute[Any] | None = None
    values: tuple[Any, ...] = ()
    members: Any = None  # a select of the values, where they are looked up first (managers of a group)


def to_dict(filter: Filter) -> dict[str, Any]:
    """JSON-ready, only what is set: for saved filters and the remembered state of the window."""
    document: dict[str, Any] = {}
    for item in fields(filter):
        value = getattr(filter, item.name)
        if value == item.default:
            continue
        if isinstance(value, frozenset):
            value = sorted(value)
        document[item.name] = value.isoformat() if isinstance(value, date) else value
    return document


def from_dict(document: dict[str, Any]) -> Filter:
    """The filter of ``to_dict``; what is unknown or of the wrong kind is left out."""
    values: dict[str, Any] = {}
    default = Filter()
    numbers = {"manager_ids", "group_ids", "source_ids", "ratings", "tag_ids", "annotation_kind_ids"}
    for item in fields(Filter):
        if item.name not in document:
            continue
        value, expected = document[item.name], getattr(default, item.name)
        if isinstance(expected, frozenset):
            kind = int if item.name in numbers else str
            if isinstance(value, list):
                values[item.name] = frozenset(entry for entry in value if type(entry) is kind)
        elif item.name in ("first_day", "last_day"):
            try:
                values[item.name] = date.fromisoformat(value)
            except (TypeError, ValueError):
                continue
        elif item.name == "text":
            values[item.name] = str(value)
        elif item.name in ("talk_min_s", "talk_max_s"):
            values[item.name] = value if type(value) is int else None
        elif isinstance(value, bool):
            values[item.name] = value
    return Filter(**values)


def where(filter: Filter, zone: ZoneInfo, *, sqlite: bool = True) -> list[Clause]:
    """The SQL conditions; all must hold."""
    return [condition.clause for condition in conditions(filter, zone, sqlite=sqlite)]


def conditions(filter: Filter, zone: ZoneInfo, *, sqlite: bool = True) -> list[Condition]:
    """The parts of the filter that are set. ``sqlite``: whether the search index of SQLite is there."""
    found: list[Condition] = []
    found += period(filter.first_day, filter.last_day, zone)
    if filter.directions:
        found.append(one_of("direction", Call.direction, filter.directions | {Direction.UNKNOWN.value}))
    if filter.dispositions:
        found.append(
            one_of("disposition", Call.disposition, filter.dispositions | {Disposition.UNKNOWN.value})
        )
    found += _managers(filter)
    for name, attribute, values in (
        ("line", Call.line_number, filter.lines),
        ("source", Call.source_id, filter.source_ids),
        ("campaign", Call.campaign, filter.campaigns),
        ("end_reason", Call.end_reason, filter.end_reasons),
        ("rating", Call.customer_rating, filter.ratings),
        ("end_kind", Call.end_kind, filter.end_kinds),
    ):
        if values:
            found.append(one_of(name, attribute, values))
    if filter.targets:
        found.append(one_of("target", Call.target, filter.targets))
    if filter.bands:
        found.append(_bands(filter.bands))
    if filter.talk_min_s is not None or filter.talk_max_s is not None:
        ends: list[Clause] = []
        if filter.talk_min_s is not None:
            ends.append(Call.talk_s >= filter.talk_min_s)
        if filter.talk_max_s is not None:
            ends.append(Call.talk_s <= filter.talk_max_s)
        found.append(_indexed("talk", and_(true(), *ends)))
    if filter.reviewed is not None:
        reviewed = Call.evaluation_count > ZERO
        found.append(_indexed("reviewed", reviewed) if filter.reviewed else Condition("reviewed", ~reviewed))
    if filter.has_recording is not None:
        recorded = Call.recording_count > ZERO
        found.append(
            _indexed("recording", recorded) if filter.has_recording else Condition("recording", ~recorded)
        )
    if filter.tag_ids:
        chosen = CallTag.tag_id.in_(sorted(filter.tag_ids))
        tagged = exists().where(CallTag.call_id == Call.id, chosen)
        found.append(Condition("tag", tagged, select(CallTag.call_id).where(chosen)))
    if filter.deal_outcomes or filter.deal_stages:
        wanted: list[Clause] = []
        if filter.deal_outcomes:
            wanted.append(Deal.outcome.in_(sorted(filter.deal_outcomes)))
        if filter.deal_stages:
            wanted.append(Deal.stage.in_(sorted(filter.deal_stages)))
        has_deal = exists().where(Deal.call_id == Call.id, *wanted)
        found.append(Condition("deal", has_deal, select(Deal.call_id).where(*wanted)))
    if filter.annotation_kind_ids:
        kinds = and_(
            Annotation.kind_id.in_(sorted(filter.annotation_kind_ids)), Annotation.deleted_at.is_(None)
        )
        marked = exists().where(Annotation.call_id == Call.id, kinds)
        found.append(Condition("annotation", marked, select(Annotation.call_id).where(kinds)))
    if filter.text.strip():
        found += [_word(word, sqlite) for word in words(filter.text)]
    return found


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a day in ``zone``, as UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def period(first_day: date | None, last_day: date | None, zone: ZoneInfo) -> list[Condition]:
    """One condition on ``started_at`` for both ends, both days included."""
    ends: list[Clause] = []
    if first_day is not None:
        ends.append(Call.started_at >= day_start(first_day, zone))
    if last_day is not None:
        ends.append(Call.started_at < day_start(last_day + timedelta(days=1), zone))
    return [_indexed("period", and_(true(), *ends))] if ends else []


def words(text: str) -> list[str]:
    """What to look for. A telephone number in any writing is one word of digits; 8 900 … is also found as 7 900 …"""
    folded = fold(text)
    number = digits(folded)
    if number and all(char in "+-()  ." or char.isdigit() for char in folded):
        if len(number) == 11 and number.startswith("8"):
            number = number[1:]
        return [number]
    return folded.split(" ")


def _indexed(name: str, clause: Clause) -> Condition:
    return Condition(name, clause, select(Call.id).where(clause).correlate(None))


def one_of(name: str, attribute: InstrumentedAttribute[Any], chosen: Iterable[Any]) -> Condition:
    """ "The column is one of the chosen values"; "" among them stands for empty."""
    wanted = set(chosen)
    values = tuple(sorted(value for value in wanted if value != ""))
    if "" in wanted:
        return Condition(
            name, or_(attribute.is_(None), attribute.in_(values)) if values else attribute.is_(None)
        )
    clause = attribute == values[0] if len(values) == 1 else attribute.in_(values)
    return Condition(name, clause, select(Call.id).where(clause).correlate(None), attribute, values)


def _managers(filter: Filter) -> list[Condition]:
    found: list[Condition] = []
    nobody = Call.manager_id.is_(None)
    if filter.manager_ids:
        chosen = one_of("manager", Call.manager_id, filter.manager_ids)
        found.append(_indexed("manager", or_(chosen.clause, nobody)) if filter.unassigned else chosen)
    elif filter.unassigned:
        hits = select(Call.id).where(nobody).correlate(None)
        found.append(Condition("manager", nobody, hits, Call.manager_id, (None,)))
    elif filter.unassigned is False:
        found.append(Condition("manager", ~nobody))
    if filter.group_ids:
        members = select(Manager.id).where(Manager.group_id.in_(sorted(filter.group_ids)))
        found.append(replace(_indexed("group", Call.manager_id.in_(members)), members=members))
    return found


def _bands(chosen: frozenset[str]) -> Condition:
    """Grey is a reviewed call without a score: everything N/A, or a short review."""
    if Band.GREY.value not in chosen:
        return one_of("band", Call.band, chosen)
    reviewed = Call.evaluation_count > ZERO
    return _indexed("band", and_(reviewed, or_(Call.band.is_(None), Call.band.in_(sorted(chosen)))))


def _word(word: str, sqlite: bool) -> Condition:
    """SQLite: the three-letter index gives candidates, ``instr`` decides. PostgreSQL: LIKE (pg_trgm helps it)."""
    if not sqlite:
        return Condition("text", Call.search_text.contains(word, autoescape=True))
    clause = func.instr(Call.search_text, word) > 0
    if len(word) < TRIGRAM:
        return Condition("text", clause)
    parts = {word[start : start + TRIGRAM] for start in range(len(word) - TRIGRAM + 1)}
    match = " AND ".join('"' + part.replace('"', '""') + '"' for part in sorted(parts))
    index = table("calls_search", column("rowid"))
    hits = select(index.c.rowid).where(literal_column("calls_search").op("MATCH")(match))
    return Condition("text", clause, hits)
