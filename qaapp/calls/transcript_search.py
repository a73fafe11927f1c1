"""Finding words in the transcripts of all calls: newest call first, page by page, with the number of all hits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import and_, column, func, literal_column, or_, select, table
from sqlalchemy.orm import Session

from qaapp.calls.annotation_search import day_start, one_of
from qaapp.calls.search_text import fold
from qaapp.store.schema import Call, Manager, Transcript, TranscriptPhrase
from qaapp.store.stopping import stoppable
from qaapp.words import Lane

PAGE = 200
INDEXED = 3  # letters that the search index needs


@dataclass(frozen=True)
class WantedPhrases:
    """What is looked for: phrases with all the words of ``text`` (parts of words too; letter case and ё do not matter).

    ``lanes`` are who says it, ``manager_ids`` take None for "nobody"; empty fields ask nothing. Days are the call's, both
    included. Without words nothing is found.
    """

    text: str = ""
    lanes: frozenset[Lane] = frozenset()
    manager_ids: frozenset[int | None] = frozenset()
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True)
class Hit:
    """A phrase that was found, with what is needed to go there."""

    phrase_id: int
    call_id: int
    start_ms: int
    end_ms: int
    text: str
    lane: Lane | None
    speaker: str | None
    started_at: datetime
    customer_number: str | None
    manager: str | None


class PhraseCursor(NamedTuple):
    """The last hit of a page."""

    started_at: datetime
    call_id: int
    start_ms: int
    phrase_id: int


@dataclass(frozen=True)
class HitPage:
    rows: tuple[Hit, ...]
    next: PhraseCursor | None  # None: this was the last page


def page(
    session: Session, wanted: WantedPhrases, zone: ZoneInfo, after: PhraseCursor | None = None, limit: int = PAGE, *,
    should_stop: Callable[[], bool] | None = None,
) -> HitPage:  # fmt: skip
    """The next ``limit`` hits: newest call first, in a call by time. Raises ``Stopped``. Any thread."""
    if not fold(wanted.text).split():
        return HitPage((), None)
    query = _conditioned(
        session, wanted, zone,
        select(TranscriptPhrase, Transcript.call_id, Call.started_at, Call.customer_number, Manager.name),
    ).outerjoin(Manager, Manager.id == Call.manager_id)  # fmt: skip
    if after is not None:
        behind_in_call = or_(
            TranscriptPhrase.start_ms > after.start_ms,
            and_(TranscriptPhrase.start_ms == after.start_ms, TranscriptPhrase.id > after.phrase_id),
        )
        same_moment = or_(
            Transcript.call_id > after.call_id, and_(Transcript.call_id == after.call_id, behind_in_call)
        )
        query = query.where(
            Call.started_at <= after.started_at, or_(Call.started_at < after.started_at, same_moment)
        )
    query = query.order_by(
        Call.started_at.desc(), Transcript.call_id, TranscriptPhrase.start_ms, TranscriptPhrase.id
    ).limit(limit + 1)
    with stoppable(session, should_stop):
        hits = [
            Hit(
                row.id, call_id, row.start_ms, row.end_ms, row.text, Lane(row.lane) if row.lane else None, row.speaker,
                started_at, number, manager,
            )
            for row, call_id, started_at, number, manager in session.execute(query)
        ]  # fmt: skip
    return HitPage(tuple(hits[:limit]), cursor_of(hits[limit - 1]) if len(hits) > limit else None)


def count(
    session: Session, wanted: WantedPhrases, zone: ZoneInfo, *, should_stop: Callable[[], bool] | None = None
) -> int:
    """How many there are in all. Raises ``Stopped``."""
    if not fold(wanted.text).split():
        return 0
    with stoppable(session, should_stop):
        query = _conditioned(session, wanted, zone, select(func.count()).select_from(TranscriptPhrase))
        return int(session.scalar(query) or 0)


def calls_with_text(session: Session) -> int:
    """How many calls have a transcript."""
    return int(session.scalar(select(func.count(Transcript.call_id.distinct()))) or 0)


def cursor_of(hit: Hit) -> PhraseCursor:
    return PhraseCursor(hit.started_at, hit.call_id, hit.start_ms, hit.phrase_id)


def _conditioned(session: Session, wanted: WantedPhrases, zone: ZoneInfo, query: Any) -> Any:
    query = query.join(Transcript, Transcript.id == TranscriptPhrase.transcript_id).join(
        Call, Call.id == Transcript.call_id
    )
    words = fold(wanted.text).split()
    for word in words:
        query = query.where(TranscriptPhrase.search_text.contains(word, autoescape=True))
    parts = {word[at : at + INDEXED] for word in words for at in range(len(word) - INDEXED + 1)}
    if parts and session.get_bind().dialect.name == "sqlite":
        match = " AND ".join('"' + part.replace('"', '""') + '"' for part in sorted(parts))
        index = table("transcript_search", column("rowid"))
        found = select(index.c.rowid).where(literal_column("transcript_search").op("MATCH")(match))
        query = query.where(TranscriptPhrase.id.in_(found))
    if wanted.lanes:
        query = query.where(TranscriptPhrase.lane.in_([lane.value for lane in wanted.lanes]))
    if wanted.manager_ids:
        query = query.where(one_of(Call.manager_id, wanted.manager_ids))
    if wanted.first_day is not None:
        query = query.where(Call.started_at >= day_start(wanted.first_day, zone))
    if wanted.last_day is not None:
        query = query.where(Call.started_at < day_start(wanted.last_day + timedelta(days=1), zone))
    return query
