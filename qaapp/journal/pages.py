"""The journal: pages of calls in any order, their number, and the values the filter menus offer.

A page is read by its last row (``Cursor``), never by an offset, so the thousandth page costs what the first does.
``should_stop`` is asked every few milliseconds from the thread of the caller; a stopped question raises ``Stopped``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from qaapp.calls.tags import TagRow, tags_of
from qaapp.errors import StoreError
from qaapp.i18n import N_, word
from qaapp.journal.access import Cursor, all_ids, count_statement, page_keys, resolve
from qaapp.journal.filters import Filter, conditions
from qaapp.journal.sorts import SORTS, Sort
from qaapp.store.chunks import chunks
from qaapp.store.schema import (
    AnnotationKind,
    Call,
    CallTag,
    Deal,
    Group,
    Manager,
    QueueItem,
    Source,
    SpeechFigure,
    Tag,
)
from qaapp.store.stopping import Stopped, stoppable
from qaapp.words import Band, Direction, Disposition, ManagerOrigin, QueueState, Target

__all__ = [
    "SORTS", "CallRow", "Choice", "Cursor", "Filter", "Page", "Sort", "Stopped", "choices", "count", "ids", "page",
    "row", "rows_of",
]  # fmt: skip


@dataclass(frozen=True)
class CallRow:
    """One line of the journal. ``score`` is 0…1, exact; ``band`` None is a call nobody scored."""

    id: int
    source: str
    external_id: str
    started_at: datetime
    direction: Direction
    disposition: Disposition
    customer_number: str | None
    customer_name: str | None
    line_number: str | None
    manager_id: int | None
    manager: str | None
    manager_origin: ManagerOrigin | None
    extension: str | None
    group: str | None  # of the manager now; else as the source said it
    wait_s: int | None
    talk_s: int | None
    talk_is_estimate: bool
    duration_s: int | None
    tags: tuple[TagRow, ...]
    comment: str | None
    campaign: str | None
    end_reason: str | None
    customer_rating: int | None
    rating_scale: int | None
    target: Target | None
    recording_count: int
    evaluation_count: int
    score: Fraction | None
    critical_failed: int
    band: Band | None
    queued: bool
    # of the speech map, None where it was not made or the sides are not apart (``calls.speech_figures``)
    talk_share: float | None = None  # 0–1, of what both said
    silence_ms: int | None = None
    interruptions: int | None = None  # by the manager
    longest_manager_ms: int | None = None


@dataclass(frozen=True)
class Page:
    """``next`` is None on the last page."""

    rows: tuple[CallRow, ...]
    next: Cursor | None


@dataclass(frozen=True)
class Choice:
    """One entry of a filter menu; ``count`` is the number of calls, None where it is not counted."""

    value: Any
    label: str
    count: int | None


def page(
    session: Session, filter: Filter, sort: Sort, *, after: Cursor | None = None, limit: int = 100, zone: ZoneInfo,
    should_stop: Callable[[], bool] | None = None,
) -> Page:  # fmt: skip
    """The next ``limit`` calls after a cursor. Raises ``Stopped`` and ``StoreError``."""
    with stoppable(session, should_stop):
        keys = page_keys(session, _conditions(session, filter, zone), sort, after, limit + 1)
        shown = keys[:limit]
        rows = rows_of(session, [cursor.key[-1] for cursor in shown])
    return Page(tuple(rows), shown[-1] if len(keys) > limit else None)


def count(
    session: Session, filter: Filter, zone: ZoneInfo, *, should_stop: Callable[[], bool] | None = None
) -> int:
    """How many calls fit. Slower than a page (it looks at all of them): ask for it after the page, in a job."""
    with stoppable(session, should_stop):
        parts = [resolve(session, part) for part in _conditions(session, filter, zone)]
        return session.scalar(count_statement(session, parts)) or 0


def ids(
    session: Session, filter: Filter, sort: Sort, zone: ZoneInfo, limit: int | None = None, *,
    should_stop: Callable[[], bool] | None = None,
) -> list[int]:  # fmt: skip
    """The ids of all fitting calls in order, for exports and changes of many calls."""
    with stoppable(session, should_stop):
        return all_ids(session, _conditions(session, filter, zone), sort, limit)


def row(session: Session, call_id: int) -> CallRow:
    """One call. Raises ``StoreError`` of kind ``gone``."""
    found = rows_of(session, [call_id])
    if not found:
        raise StoreError(N_("There is no call {call}."), kind="gone", call=call_id)
    return found[0]


def rows_of(session: Session, call_ids: Sequence[int]) -> list[CallRow]:
    """The calls with these ids, in this order; unknown ids are left out."""
    found: dict[int, CallRow] = {}
    for part in chunks(call_ids):
        tags = tags_of(session, part)
        queued = set(
            session.scalars(
                select(QueueItem.call_id).where(
                    QueueItem.call_id.in_(part), QueueItem.state == QueueState.OPEN.value
                )
            )
        )
        for record in session.execute(_ROWS.where(Call.id.in_(part))):
            found[record.id] = _call_row(record, tags.get(record.id, ()), record.id in queued)
    return [found[call_id] for call_id in call_ids if call_id in found]


_COLUMNS = (
    Call.id, Call.external_id, Call.started_at, Call.direction, Call.disposition, Call.customer_number,
    Call.customer_name, Call.line_number, Call.manager_id, Call.manager_origin, Call.extension, Call.group_name,
    Call.wait_s, Call.talk_s, Call.talk_is_estimate, Call.duration_s, Call.comment, Call.campaign, Call.end_reason,
    Call.customer_rating, Call.rating_scale, Call.target, Call.recording_count, Call.evaluation_count,
    Call.score_num, Call.score_den, Call.critical_failed, Call.band, SpeechFigure.talk_share, SpeechFigure.silence_ms,
    SpeechFigure.manager_interruptions, SpeechFigure.longest_manager_ms,
)  # fmt: skip
_ROWS = (
    select(
        *_COLUMNS, Source.name.label("source"), Manager.name.label("manager"), Group.name.label("own_group")
    )
    .select_from(Call)
    .join(Source, Source.id == Call.source_id)
    .outerjoin(Manager, Manager.id == Call.manager_id)
    .outerjoin(Group, Group.id == Manager.group_id)
    .outerjoin(SpeechFigure, SpeechFigure.call_id == Call.id)
)


def _call_row(record: Any, tags: tuple[TagRow, ...], queued: bool) -> CallRow:
    return CallRow(
        id=record.id,
        source=record.source,
        external_id=record.external_id,
        started_at=record.started_at,
        direction=Direction(record.direction),
        disposition=Disposition(record.disposition),
        customer_number=record.customer_number,
        customer_name=record.customer_name,
        line_number=record.line_number,
        manager_id=record.manager_id,
        manager=record.manager,
        manager_origin=ManagerOrigin(record.manager_origin) if record.manager_origin else None,
        extension=record.extension,
        group=record.own_group or record.group_name,
        wait_s=record.wait_s,
        talk_s=record.talk_s,
        talk_is_estimate=record.talk_is_estimate,
        duration_s=record.duration_s,
        tags=tags,
        comment=record.comment,
        campaign=record.campaign,
        end_reason=record.end_reason,
        customer_rating=record.customer_rating,
        rating_scale=record.rating_scale,
        target=Target(record.target) if record.target else None,
        recording_count=record.recording_count,
        evaluation_count=record.evaluation_count,
        score=Fraction(record.score_num, record.score_den) if record.score_den else None,
        critical_failed=record.critical_failed,
        band=Band(record.band) if record.band else None,
        queued=queued,
        talk_share=record.talk_share,
        silence_ms=record.silence_ms,
        interruptions=record.manager_interruptions,
        longest_manager_ms=record.longest_manager_ms,
    )


def _conditions(session: Session, filter: Filter, zone: ZoneInfo) -> list[Any]:
    return conditions(filter, zone, sqlite=session.get_bind().dialect.name == "sqlite")


# --- menus -------------------------------------------------------------------------------------------------------

_PLAIN_COLUMNS = {
    "line": Call.line_number, "campaign": Call.campaign, "end_reason": Call.end_reason,
    "rating": Call.customer_rating,
}  # fmt: skip
_WORDS = {
    "direction": (Call.direction, Direction),
    "disposition": (Call.disposition, Disposition),
    "target": (Call.target, Target),
    "band": (Call.band, Band),
}


def choices(session: Session, column: str, *, limit: int = 500) -> list[Choice]:
    """What a filter menu offers, with the number of calls; people, groups, tags and kinds are not counted."""
    if column in _WORDS:
        attribute, words = _WORDS[column]
        counted = _counted(session, attribute, limit)
        return [
            Choice(value.value, word(value.value), counted[value.value])
            for value in words
            if value in counted
        ]
    if column in _PLAIN_COLUMNS:
        counted = _counted(session, _PLAIN_COLUMNS[column], limit)
        return [Choice(value, str(value), number) for value, number in sorted(counted.items())]
    if column == "source":
        counted = _counted(session, Call.source_id, limit)
        names = session.execute(select(Source.id, Source.name).order_by(Source.name))
        return [Choice(value, name, counted.get(value, 0)) for value, name in names]
    if column == "deal_stage":
        counted = _counted(session, Deal.stage, limit)
        return [Choice(value, str(value), number) for value, number in sorted(counted.items())]
    lists: dict[str, Any] = {
        "manager": select(Manager.id, Manager.name).order_by(Manager.name_key),
        "group": select(Group.id, Group.name).order_by(Group.name),
        "tag": select(Tag.id, Tag.name).order_by(Tag.name_key),
        "annotation_kind": select(AnnotationKind.id, AnnotationKind.name).order_by(AnnotationKind.position),
    }
    if column not in lists:
        raise ValueError(f"no menu for {column!r}")
    numbers: dict[int, int] = {}
    if column == "tag":
        rows = session.execute(select(CallTag.tag_id, func.count()).group_by(CallTag.tag_id))
        numbers = {tag_id: number for tag_id, number in rows}  # noqa: C416 - a result is no mapping
    return [
        Choice(value, name, numbers.get(value, 0) if column == "tag" else None)
        for value, name in session.execute(lists[column])
    ]


def _counted(session: Session, attribute: Any, limit: int) -> dict[Any, int]:
    query = select(attribute, func.count()).where(attribute.is_not(None)).group_by(attribute).limit(limit)
    return {value: number for value, number in session.execute(query)}  # noqa: C416 - a result is no mapping
