"""The training archive: calls and stretches of calls kept as examples, with a verdict, a stage and the
reason.

An item is never lost: ``delete`` only hides it and ``restore`` brings it back. Every change leaves an
event. Positions
are milliseconds of the call's sound; moments are aware UTC; "days since refresh" counts whole days of 24
hours.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from qaapp import clock
from qaapp.errors import UsageError
from qaapp.i18n import N_
from qaapp.store import events
from qaapp.store.rules import read_rules
from qaapp.store.schema import ArchiveItem, Call, Manager, Recording, User
from qaapp.words import RecordingState, Verdict

_TEXTS = ("stage", "title", "reason", "said", "should_have_said")
_LENGTHS = {"stage": 200, "title": 300}


@dataclass(frozen=True)
class ItemRow:
    """One example. ``start_ms`` None means the whole call; ``duration_ms`` is the stretch or the call's
    sound."""

    id: int
    call_id: int
    verdict: Verdict
    stage: str
    title: str
    reason: str
    said: str
    should_have_said: str
    start_ms: int | None
    end_ms: int | None
    owner_id: int | None
    owner: str | None
    created_at: datetime
    refreshed_at: datetime
    days_since_refresh: int
    is_stale: bool
    manager: str | None
    started_at: datetime
    duration_ms: int | None
    manager_id: int | None = None
    customer_number: str | None = None

    @property
    def is_whole_call(self) -> bool:
        return self.start_ms is None


def add(
    session: Session, call_id: int, verdict: Verdict, *, stage: str = "", title: str = "", reason: str = "",
    said: str = "", should_have_said: str = "", start_ms: int | None = None, end_ms: int | None = None,
    owner_id: int | None = None, user_id: int | None = None,
) -> ItemRow:  # fmt: skip
    """Keep a call, or its stretch from ``start_ms`` to ``end_ms``, as an example; the owner is the user
    unless named.

    Raises ``UsageError`` for an unknown call or a stretch that is none.
    """
    if session.get(Call, call_id) is None:
        raise UsageError(N_("There is no call {id}."), id=call_id)
    start_ms, end_ms = _stretch(start_ms, end_ms)
    _within(session, call_id, start_ms)
    now = clock.now()
    item = ArchiveItem(
        call_id=call_id,
        verdict=Verdict(verdict).value,
        **_texts(
            {"stage": stage, "title": title, "reason": reason, "said": said}
            | {"should_have_said": should_have_said}
        ),
        start_ms=start_ms,
        end_ms=end_ms,
        owner_id=owner_id if owner_id is not None else user_id,
        created_at=now,
        refreshed_at=now,
    )
    session.add(item)
    session.flush()
    _note(session, "archive.added", item, user_id, call_id=call_id, verdict=item.verdict, stage=item.stage)
    return get(session, item.id)


def update(session: Session, row: ItemRow, user_id: int | None = None) -> ItemRow:
    """Save what a person may change of an item: verdict, stage, texts, stretch, owner. Undo saves the old
    row."""
    item = _item(session, row.id)
    start_ms, end_ms = _stretch(row.start_ms, row.end_ms)
    values: dict[str, Any] = {
        "verdict": Verdict(row.verdict).value,
        "start_ms": start_ms,
        "end_ms": end_ms,
        "owner_id": row.owner_id,
        **_texts({key: getattr(row, key) for key in _TEXTS}),
    }
    changed = {
        key: [getattr(item, key), value] for key, value in values.items() if getattr(item, key) != value
    }
    for key, value in values.items():
        setattr(item, key, value)
    if changed:
        session.flush()
        _note(session, "archive.changed", item, user_id, changed=changed)
    return get(session, item.id)


def refresh(
    session: Session, item_id: int, user_id: int | None = None, at: datetime | None = None
) -> ItemRow:
    """Say that the example is still good: its days start anew. ``at`` is for undo (the moment it had
    before)."""
    item = _item(session, item_id)
    before, item.refreshed_at = item.refreshed_at, at or clock.now()
    session.flush()
    _note(session, "archive.refreshed", item, user_id, before=before.isoformat())
    return get(session, item_id)


def delete(session: Session, item_id: int, user_id: int | None = None) -> None:
    """Take an item off the archive; it stays in the database and ``restore`` brings it back."""
    item = _item(session, item_id)
    if item.deleted_at is None:
        item.deleted_at = clock.now()
        session.flush()
        _note(session, "archive.deleted", item, user_id)


def restore(session: Session, item_id: int, user_id: int | None = None) -> ItemRow:
    """Undo ``delete``."""
    item = _item(session, item_id)
    if item.deleted_at is not None:
        item.deleted_at = None
        session.flush()
        _note(session, "archive.restored", item, user_id)
    return get(session, item_id)


def get(session: Session, item_id: int) -> ItemRow:
    """One item, deleted or not. Raises ``UsageError`` when there is none."""
    found = _rows(session, _select().where(ArchiveItem.id == item_id))
    if not found:
        raise UsageError(N_("There is no archive item {id}."), id=item_id)
    return found[0]


def list_items(
    session: Session, stage: str | None = None, verdict: Verdict | None = None, *,
    manager_ids: Collection[int] = (), owner_ids: Collection[int] = (), ids: Collection[int] | None = None,
    first_day: date | None = None, last_day: date | None = None, text: str = "", stale: bool | None = None,
) -> tuple[ItemRow, ...]:  # fmt: skip
    """Items that fit, by stage (order of first use), best before worst, newest call first.

    ``first_day`` and ``last_day`` are days of the call in the workspace's zone, both inclusive. ``text``
    is looked for in
    title, reason, the two phrases and the manager's name, without regard to case. ``ids`` keeps its own
    order.
    """
    query = _select().where(ArchiveItem.deleted_at.is_(None))
    for condition in _conditions(stage, verdict, manager_ids, owner_ids):
        query = query.where(condition)
    if ids is not None:
        query = query.where(ArchiveItem.id.in_(list(ids)))
    zone = read_rules(session).zone
    if first_day is not None:
        query = query.where(Call.started_at >= _day_start(first_day, zone))
    if last_day is not None:
        query = query.where(Call.started_at < _day_start(last_day + timedelta(days=1), zone))
    rows = _rows(session, query)
    wanted = text.strip().casefold()
    if wanted:
        rows = [row for row in rows if wanted in _haystack(row)]
    if stale is not None:
        rows = [row for row in rows if row.is_stale is stale]
    if ids is not None:
        place = {item_id: index for index, item_id in enumerate(ids)}
        return tuple(sorted(rows, key=lambda row: place[row.id]))
    order = {name: index for index, (name, _best, _worst) in enumerate(stages(session))}
    rows.sort(key=lambda row: row.started_at, reverse=True)
    rows.sort(key=lambda row: (order.get(row.stage, len(order)), row.verdict is not Verdict.BEST))
    return tuple(rows)


def stages(session: Session) -> list[tuple[str, int, int]]:
    """``(stage, best, worst)`` counts of what is in the archive, stages in the order of their first use;
    "" comes last."""
    best = func.count().filter(ArchiveItem.verdict == Verdict.BEST.value)
    worst = func.count().filter(ArchiveItem.verdict == Verdict.WORST.value)
    first = func.min(ArchiveItem.id)
    found = session.execute(
        select(ArchiveItem.stage, best, worst)
        .where(ArchiveItem.deleted_at.is_(None))
        .group_by(ArchiveItem.stage)
        .order_by(ArchiveItem.stage == "", first)
    )
    return [(stage, int(good), int(bad)) for stage, good, bad in found]


def _conditions(
    stage: str | None, verdict: Verdict | None, managers: Collection[int], owners: Collection[int]
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if stage is not None:
        found.append(ArchiveItem.stage == stage)
    if verdict is not None:
        found.append(ArchiveItem.verdict == Verdict(verdict).value)
    if managers:
        found.append(Call.manager_id.in_(list(managers)))
    if owners:
        found.append(ArchiveItem.owner_id.in_(list(owners)))
    return found


def _select() -> Select[Any]:
    # The sound of a call is as long as its longest file that can be heard.
    sound = (
        select(func.max(Recording.duration_ms + Recording.offset_ms))
        .where(Recording.call_id == ArchiveItem.call_id, Recording.state == RecordingState.AVAILABLE.value)
        .scalar_subquery()
    )
    return (
        select(
            ArchiveItem, User.name, Call.manager_id, Manager.name, Call.started_at, Call.customer_number,
            Call.talk_s, Call.duration_s, sound,
        )
        .join(Call, Call.id == ArchiveItem.call_id)
        .outerjoin(Manager, Manager.id == Call.manager_id)
        .outerjoin(User, User.id == ArchiveItem.owner_id)
    )  # fmt: skip


def _rows(session: Session, query: Select[Any]) -> list[ItemRow]:
    stale_after = read_rules(session).archive_stale_days
    now = clock.now()
    rows = []
    for item, owner, manager_id, manager, started_at, number, talk_s, duration_s, sound_ms in session.execute(
        query
    ):
        days = max(0, (now - item.refreshed_at).days)
        if item.start_ms is not None:
            duration = item.end_ms - item.start_ms
        else:
            seconds = talk_s if talk_s is not None else duration_s
            duration = sound_ms if sound_ms is not None else seconds * 1000 if seconds is not None else None
        rows.append(
            ItemRow(
                id=item.id, call_id=item.call_id, verdict=Verdict(item.verdict), stage=item.stage,
                title=item.title, reason=item.reason, said=item.said, should_have_said=item.should_have_said,
                start_ms=item.start_ms, end_ms=item.end_ms, owner_id=item.owner_id, owner=owner,
                created_at=item.created_at, refreshed_at=item.refreshed_at, days_since_refresh=days,
                is_stale=days > stale_after, manager=manager, started_at=started_at, duration_ms=duration,
                manager_id=manager_id, customer_number=number,
            )
        )  # fmt: skip
    return rows


def _item(session: Session, item_id: int) -> ArchiveItem:
    item = session.get(ArchiveItem, item_id)
    if item is None:
        raise UsageError(N_("There is no archive item {id}."), id=item_id)
    return item


def _stretch(start_ms: int | None, end_ms: int | None) -> tuple[int | None, int | None]:
    if start_ms is None and end_ms is None:
        return None, None
    if start_ms is None or end_ms is None or not 0 <= start_ms < end_ms:
        raise UsageError(N_("A stretch of a call needs a start and a later end."))
    return start_ms, end_ms


def _within(session: Session, call_id: int, start_ms: int | None) -> None:
    """Refuse a stretch that begins behind the sound: it could be neither heard nor exported."""
    if start_ms is None:
        return
    longest = session.scalar(
        select(func.max(Recording.duration_ms + Recording.offset_ms)).where(Recording.call_id == call_id)
    )
    if longest is not None and start_ms >= longest:
        raise UsageError(N_("The call is over before this stretch begins."))


def _texts(texts: dict[str, str]) -> dict[str, str]:
    """Trimmed, without NUL (PostgreSQL keeps none), and no longer than the column."""
    return {
        key: text.replace("\0", "").strip()[: _LENGTHS.get(key, 100_000)].rstrip()
        for key, text in texts.items()
    }


def _haystack(row: ItemRow) -> str:
    parts: Sequence[str | None] = (
        row.title,
        row.reason,
        row.said,
        row.should_have_said,
        row.manager,
        row.stage,
    )
    return "\n".join(part for part in parts if part).casefold()


def _day_start(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _note(session: Session, kind: str, item: ArchiveItem, user_id: int | None, **details: Any) -> None:
    events.record(session, kind, user_id=user_id, subject="archive_item", subject_id=item.id, **details)


def user_named(session: Session, name: str) -> int:
    """The id of the user with this name, without regard to case. Raises ``UsageError`` when there is none."""
    wanted = name.strip().casefold()
    for user_id, known in session.execute(select(User.id, User.name)):
        if known.casefold() == wanted:
            return int(user_id)
    raise UsageError(N_("There is no user “{name}”."), name=name)
