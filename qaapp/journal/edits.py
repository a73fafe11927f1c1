"""Edits of calls in the journal: comment and target. Each gives back what undo needs. Nothing is ever deleted here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from qaapp.calls.search_text import search_text
from qaapp.store import events
from qaapp.store.chunks import chunks
from qaapp.store.schema import Call
from qaapp.words import Target


@dataclass(frozen=True)
class CallChange:
    """``column`` of each call before, and the one value after."""

    column: str
    before: tuple[tuple[int, str | None], ...]
    after: str | None


def set_comment(session: Session, call_ids: Sequence[int], comment: str, user_id: int | None) -> CallChange:
    """Write the comment of calls; an empty one takes it away. The search finds it at once."""
    return _change(session, "comment", call_ids, comment.strip() or None, user_id)


def set_target(
    session: Session, call_ids: Sequence[int], target: Target | None, user_id: int | None
) -> CallChange:
    """Say what the calls were: target, non-target, junk, or None for not judged."""
    return _change(session, "target", call_ids, target.value if target else None, user_id)


def apply_call_change(
    session: Session, change: CallChange, undo: bool = True, user_id: int | None = None
) -> None:
    """Take a change back, or do it again (``undo=False``)."""
    if undo:
        values = list(change.before)
    else:
        values = [(call_id, change.after) for call_id, _before in change.before]
    _write(session, change.column, values)
    _note(
        session,
        f"{change.column}_{'undone' if undo else 'redone'}",
        [call_id for call_id, _ in values],
        user_id,
    )


def _change(
    session: Session, column: str, call_ids: Sequence[int], after: str | None, user_id: int | None
) -> CallChange:
    before: list[tuple[int, str | None]] = []
    attribute: Any = getattr(Call, column)
    for part in chunks(list(dict.fromkeys(call_ids))):
        rows = session.execute(select(Call.id, attribute).where(Call.id.in_(part)))
        before += [(call_id, value) for call_id, value in rows if value != after]
    _write(session, column, [(call_id, after) for call_id, _value in before])
    if before:
        _note(session, f"{column}_set", [call_id for call_id, _ in before], user_id, value=after)
    return CallChange(column, tuple(before), after)


def _write(session: Session, column: str, values: Sequence[tuple[int, str | None]]) -> None:
    for part in chunks(values):
        rows: list[dict[str, Any]] = [{"row": call_id, column: value} for call_id, value in part]
        columns: dict[str, Any] = {column: bindparam(column)}
        if column == "comment":
            columns["search_text"] = bindparam("search_text")
            texts = _texts(session, part)
            for row in rows:
                row["search_text"] = texts.get(row["row"], "")
        session.connection().execute(update(Call).where(Call.id == bindparam("row")).values(columns), rows)
    session.expire_all()


def _texts(session: Session, part: Sequence[tuple[int, str | None]]) -> dict[int, str]:
    comments = dict(part)
    rows = session.execute(
        select(Call.id, Call.customer_number, Call.customer_number_raw, Call.customer_name).where(
            Call.id.in_(list(comments))
        )
    )
    return {call_id: search_text(number, raw, name, comments[call_id]) for call_id, number, raw, name in rows}


def _note(session: Session, what: str, call_ids: Sequence[int], user_id: int | None, **facts: Any) -> None:
    if len(call_ids) == 1:
        events.record(
            session, f"call.{what}", user_id=user_id, subject="call", subject_id=call_ids[0], **facts
        )
    else:
        events.record(session, f"call.{what}", user_id=user_id, subject="calls", calls=len(call_ids), **facts)
