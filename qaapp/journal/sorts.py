"""Orders of the journal. Every order ends with the call's start and its id, so that no two calls are equal.

Empty values come last in both directions: an order is a few *segments*, read one after another, and the calls without
a value are the last of them. Within a segment all columns go one way, so that one comparison finds the next page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, exists, func, literal_column

from qaapp.i18n import N_
from qaapp.journal.filters import ZERO
from qaapp.store.schema import Call, Group, Manager, Source, SpeechFigure

Clause = ColumnElement[bool]


@dataclass(frozen=True)
class Sort:
    """``column`` is a key of ``SORTS``."""

    column: str = "started_at"
    descending: bool = True


@dataclass(frozen=True)
class Segment:
    """Calls for which ``clause`` holds, by ``columns``, ``started_at`` and ``id``; ``index`` walks them in SQLite."""

    key: str
    clause: Clause | None
    columns: tuple[Any, ...]
    index: str | None = None


SORTS: dict[str, str] = {
    "started_at": N_("Date and time"),
    "direction": N_("Direction"),
    "disposition": N_("Status"),
    "customer_number": N_("Number"),
    "customer_name": N_("Customer"),
    "line_number": N_("Line"),
    "manager": N_("Manager"),
    "extension": N_("Extension"),
    "group": N_("Group"),
    "source": N_("Source"),
    "wait_s": N_("Wait"),
    "talk_s": N_("Talk"),
    "duration_s": N_("Duration"),
    "comment": N_("Comment"),
    "campaign": N_("Campaign"),
    "end_reason": N_("End reason"),
    "customer_rating": N_("Customer's rating"),
    "target": N_("Target"),
    "recording_count": N_("Recordings"),
    "evaluation_count": N_("Evaluations"),
    "score": N_("Score"),
    "band": N_("Light"),
    "talk_share": N_("Manager's share of the talk"),
    "silence_ms": N_("Silence"),
    "interruptions": N_("Manager interrupts"),
    "longest_manager_ms": N_("Manager's longest monologue"),
}
#: Figures of the speech map (``calls.speech_figures``); calls that were not analysed come last.
SPEECH: dict[str, Any] = {
    "talk_share": SpeechFigure.talk_share,
    "silence_ms": SpeechFigure.silence_ms,
    "interruptions": SpeechFigure.manager_interruptions,
    "longest_manager_ms": SpeechFigure.longest_manager_ms,
}
WIDE = "ix_calls_started_at"
COMMENT = func.substr(Call.comment, literal_column("1"), literal_column("60"), type_=Text())
_NULLABLE = (
    "customer_number", "customer_name", "line_number", "extension", "wait_s", "talk_s", "duration_s",
    "campaign", "end_reason", "customer_rating", "target", "band",
)  # fmt: skip


def segments(column: str) -> tuple[Segment, ...]:
    """The segments of an order, the same for both directions."""
    if column == "started_at":
        return (Segment("all", None, (), WIDE),)
    if column in ("direction", "disposition"):
        return (Segment("all", None, (getattr(Call, column),), _index(column)),)
    if column in ("recording_count", "evaluation_count"):
        counter = getattr(Call, column)
        return (
            Segment("value", counter > ZERO, (counter,), _index(column)),
            Segment("none", counter == 0, (), WIDE),
        )
    if column == "score":
        return _filled(Call.score_sort, _index("score_sort"))
    if column == "source":
        return (Segment("all", None, (Source.name,)),)
    if column == "manager":
        return (
            Segment("value", Call.manager_id.is_not(None), (Manager.name_key,)),
            Segment("none", Call.manager_id.is_(None), (), _index("manager_id")),
        )
    if column == "group":
        return (
            Segment("value", Manager.group_id.is_not(None), (Group.name, Manager.name_key)),
            Segment("alone", and_(Manager.id.is_not(None), Manager.group_id.is_(None)), (Manager.name_key,)),
            Segment("none", Call.manager_id.is_(None), (), _index("manager_id")),
        )
    if column == "comment":
        return (
            Segment("value", Call.comment.is_not(None), (COMMENT,), _index(column)),
            Segment("none", Call.comment.is_(None), (), WIDE),
        )
    if column in SPEECH:
        figure = SPEECH[column]
        told = exists().where(SpeechFigure.call_id == Call.id, figure.is_not(None))
        return (Segment("figure", figure.is_not(None), (figure,)), Segment("none", ~told, (), WIDE))
    if column in _NULLABLE:
        return _filled(getattr(Call, column), _index(column))
    raise ValueError(f"the journal has no order by {column!r}")


def _filled(column: Any, index: str) -> tuple[Segment, ...]:
    return (
        Segment("value", column.is_not(None), (column,), index),
        Segment("none", column.is_(None), (), WIDE),
    )


def _index(column: str) -> str:
    return f"ix_calls_{column}_started_at"
