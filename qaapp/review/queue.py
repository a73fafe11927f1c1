"""What to hear next, and why. Nothing is dropped silently: an item is heard, skipped with a reason, or replaced."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from qaapp import clock, i18n
from qaapp.errors import ScorecardError
from qaapp.i18n import N_, _
from qaapp.ratings.query import start_of
from qaapp.review.draw import draw_instead, draw_today
from qaapp.settings import Rules
from qaapp.store import events
from qaapp.store.schema import Call, Evaluation, Manager, QueueItem
from qaapp.words import Direction, EvaluationState, Origin, QueueState

__all__ = [
    "QueueRow", "close_item", "draw_today", "next_item", "queue", "reopen", "replace", "skip", "today", "why",
]  # fmt: skip


@dataclass(frozen=True)
class QueueRow:
    """A drawn call. ``evaluation_id`` is the reviewer's own draft, or of a done item its evaluation.

    ``age_days`` counts whole days since the day of the call; from ``rules.stale_days`` on it is stale (amber).
    """

    id: int
    call_id: int
    manager_id: int | None
    manager: str
    started_at: datetime
    direction: Direction
    talk_s: int | None
    talk_is_estimate: bool
    customer_number: str | None
    origin: Origin
    stratum: str
    pool: int
    state: QueueState
    age_days: int
    is_stale: bool
    evaluation_id: int | None
    call_day: date


def queue(
    session: Session, rules: Rules, reviewer_id: int | None = None, *, with_done: bool = False
) -> list[QueueRow]:
    """Open items by manager and time; ``with_done`` adds what was heard today, so that *1 of 2* can be shown.

    For a reviewer, calls that another one has begun are left out.
    """
    statement = (
        select(QueueItem, Call, Manager.name)
        .join(Call, Call.id == QueueItem.call_id)
        .outerjoin(Manager, Manager.id == QueueItem.manager_id)
    )
    states = QueueItem.state == QueueState.OPEN.value
    if with_done:
        heard = (QueueItem.state == QueueState.DONE.value) & (QueueItem.closed_at >= _start_of_today(rules))
        states = states | heard
    rows = session.execute(statement.where(states)).all()
    drafts: dict[int, dict[int, int]] = {}
    done: dict[int, int] = {}
    ids = [row[0].call_id for row in rows]
    for start in range(0, len(ids), 500):
        found = session.execute(
            select(Evaluation.call_id, Evaluation.reviewer_id, Evaluation.id, Evaluation.state).where(
                Evaluation.call_id.in_(ids[start : start + 500])
            )
        )
        for call_id, author, evaluation_id, state in found:
            if state == EvaluationState.DRAFT:
                drafts.setdefault(call_id, {})[author] = evaluation_id
            else:
                done[call_id] = evaluation_id
    day_now = clock.now().astimezone(rules.zone).date()
    listed = []
    for item, call, manager in rows:
        begun = drafts.get(call.id, {})
        if item.state == QueueState.OPEN and reviewer_id is not None and begun and reviewer_id not in begun:
            continue
        mine = begun.get(reviewer_id) if reviewer_id is not None else next(iter(begun.values()), None)
        shown = mine if item.state == QueueState.OPEN else done.get(call.id)
        listed.append(_row(item, call, manager, rules, day_now, shown))
    return sorted(
        listed, key=lambda row: (row.manager.casefold(), row.manager_id or 0, row.started_at, row.id)
    )


def _row(
    item: QueueItem, call: Call, manager: str | None, rules: Rules, day_now: date, evaluation_id: int | None
) -> QueueRow:
    age = max(0, (day_now - item.call_day).days)
    return QueueRow(
        id=item.id,
        call_id=call.id,
        manager_id=item.manager_id,
        manager=manager or _("Not assigned"),
        started_at=call.started_at,
        direction=Direction(call.direction),
        talk_s=call.talk_s,
        talk_is_estimate=call.talk_is_estimate,
        customer_number=call.customer_number,
        origin=Origin(item.origin),
        stratum=item.stratum,
        pool=item.pool,
        state=QueueState(item.state),
        age_days=age,
        is_stale=age >= rules.stale_days,
        evaluation_id=evaluation_id,
        call_day=item.call_day,
    )


def next_item(
    session: Session, rules: Rules, reviewer_id: int, after_item_id: int | None = None
) -> QueueRow | None:
    """What to hear next: one's own begun call, else the item after the one just heard, else the first one."""
    rows = queue(session, rules, reviewer_id)
    if after_item_id is None:
        begun = next((row for row in rows if row.evaluation_id is not None), None)
        return begun or (rows[0] if rows else None)
    others = [row for row in rows if row.id != after_item_id]
    item = session.get(QueueItem, after_item_id)
    if item is None or not others:
        return others[0] if others else None
    call = session.get_one(Call, item.call_id)
    name = session.scalar(select(Manager.name).where(Manager.id == item.manager_id)) or _("Not assigned")
    place = (name.casefold(), item.manager_id or 0, call.started_at, item.id)
    return next(
        (
            row
            for row in others
            if (row.manager.casefold(), row.manager_id or 0, row.started_at, row.id) > place
        ),
        others[0],
    )


def today(session: Session, rules: Rules, reviewer_id: int | None = None) -> tuple[int, int]:
    """*Today 6 of 16*: what this reviewer heard today, and that plus what is still open for him."""
    heard = select(func.count()).select_from(QueueItem).where(
        QueueItem.state == QueueState.DONE.value, QueueItem.closed_at >= _start_of_today(rules)
    )  # fmt: skip
    if reviewer_id is not None:
        heard = heard.where(QueueItem.reviewer_id == reviewer_id)
    done = session.scalar(heard) or 0
    return done, done + len(queue(session, rules, reviewer_id))


def _start_of_today(rules: Rules) -> datetime:
    return start_of(clock.now().astimezone(rules.zone).date(), rules)


# --- closing -----------------------------------------------------------------------------------------------------


def close_item(session: Session, item_id: int, user_id: int | None) -> None:
    """The call was heard. Submitting an evaluation does this by itself."""
    item = _open_item(session, item_id)
    item.state, item.closed_at, item.reviewer_id = QueueState.DONE.value, clock.now(), user_id


def skip(session: Session, item_id: int, reason: str, user_id: int | None) -> None:
    """Leave a call out, with the reason that is kept. Raises ``ScorecardError`` without one."""
    reason = reason.strip()
    if not reason:
        raise ScorecardError(
            N_("A drawn call is left out only with a reason."), hint=N_("Say why in a word.")
        )
    item = _open_item(session, item_id)
    item.state, item.closed_at, item.reviewer_id = QueueState.SKIPPED.value, clock.now(), user_id
    item.skip_reason = reason
    events.record(
        session, "queue.skipped", user_id=user_id, subject="queue_item", subject_id=item_id, call=item.call_id,
        reason=reason,
    )  # fmt: skip


def replace(
    session: Session, item_id: int, reason: str, user_id: int | None, rules: Rules
) -> QueueRow | None:
    """Leave a call out and draw another of the same manager and day; None when the pool is empty."""
    skip(session, item_id, reason, user_id)
    session.flush()
    drawn = draw_instead(session, rules, session.get_one(QueueItem, item_id))
    if drawn is None:
        return None
    events.record(
        session, "queue.replaced", user_id=user_id, subject="queue_item", subject_id=item_id, by=drawn.id,
        call=drawn.call_id,
    )  # fmt: skip
    call = session.get_one(Call, drawn.call_id)
    name = session.scalar(select(Manager.name).where(Manager.id == drawn.manager_id))
    return _row(drawn, call, name, rules, clock.now().astimezone(rules.zone).date(), None)


def reopen(session: Session, item_id: int, user_id: int | None) -> None:
    """Undo ``skip`` or ``close_item``."""
    item = session.get(QueueItem, item_id)
    if item is None:
        raise ScorecardError(N_("This call is not in the queue any more."))
    item.state, item.closed_at, item.reviewer_id, item.skip_reason = QueueState.OPEN.value, None, None, ""
    events.record(session, "queue.reopened", user_id=user_id, subject="queue_item", subject_id=item_id)


def _open_item(session: Session, item_id: int) -> QueueItem:
    item = session.get(QueueItem, item_id)
    if item is None or item.state != QueueState.OPEN:
        raise ScorecardError(N_("This call is not in the queue any more."))
    return item


# --- why ---------------------------------------------------------------------------------------------------------

_PARTS = {"morning": N_("morning"), "afternoon": N_("afternoon"), "evening": N_("evening")}


def why(row: QueueRow) -> str:
    """Why this call: ``Random: morning, inbound, 3–5 min. One of 9 fitting calls.``"""
    parts = [_(_PARTS[row.stratum])] if row.stratum in _PARTS else []
    if row.direction is not Direction.UNKNOWN:
        parts.append(i18n.word(row.direction))
    if row.talk_s is not None:
        parts.append(_length(timedelta(seconds=row.talk_s)))
    word = i18n.word(row.origin)
    text = word[:1].upper() + word[1:] + (": " + ", ".join(parts) if parts else "") + "."
    if row.pool:
        if row.pool == 1:
            text += " " + _("The only fitting call.")
        else:
            text += " " + i18n.ngettext(
                "One of {n} fitting call.", "One of {n} fitting calls.", row.pool
            ).format(n=row.pool)
    return text


def _length(talk: timedelta) -> str:
    minutes = talk.total_seconds() / 60
    for low, high in ((0, 1), (1, 3), (3, 5), (5, 10), (10, 20), (20, 60)):
        if minutes < high:
            return _("under a minute") if low == 0 else _("{low}–{high} min").format(low=low, high=high)
    return _("over an hour")
