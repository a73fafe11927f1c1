"""Which call a row of somebody's sheet is about: by id, by the name of its recording, or by date and manager."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from qaapp.errors import ScorecardError
from qaapp.i18n import N_
from qaapp.settings import Rules
from qaapp.store.schema import Call, Manager, Recording

_DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%Y.%m.%d", "%Y/%m/%d")


def find_call(session: Session, rules: Rules, name: str, day: Any, at: Any, manager: str) -> int:
    """The id of the one call that is meant. ``name`` is an id, the source's id or a file name; else ``day`` (with the
    time, if there is one) and ``manager`` tell it, in the workspace's zone. Raises ``ScorecardError``."""
    if name:
        return _by_name(session, name)
    if not manager or day in (None, ""):
        raise ScorecardError(N_("The row does not say which call it is about."))
    return _by_day(session, rules, day, at, manager)


def _by_name(session: Session, name: str) -> int:
    found = set(session.scalars(select(Call.id).where(Call.external_id == name).limit(3)))
    if name.isascii() and name.isdigit() and len(name) < 19:
        found |= set(session.scalars(select(Call.id).where(Call.id == int(name))))
    if not found:
        found = _by_file(session, name)
    if len(found) == 1:
        return found.pop()
    if found:
        raise ScorecardError(N_("“{name}” fits several calls."), hint=N_("Give the call's id."), name=name)
    raise ScorecardError(N_("There is no call “{name}”."), name=name)


def _by_file(session: Session, name: str) -> set[int]:
    """Calls with a recording of this name, with or without its folder and ending."""
    wanted = name.replace("\\", "/").rstrip("/")
    last = wanted.rsplit("/", 1)[-1]
    if not last:
        return set()
    escaped = re.sub(r"([%_!])", r"!\1", last)
    rows = session.execute(
        select(Recording.call_id, Recording.path).where(
            or_(
                Recording.path.like(f"{escaped}%", escape="!"),
                Recording.path.like(f"%/{escaped}%", escape="!"),
            )
        )
    ).all()
    found = set()
    for call_id, path in rows:
        file = path.rsplit("/", 1)[-1]
        if last in (file, file.rsplit(".", 1)[0]) and ("/" not in wanted or _same_end(path, wanted)):
            found.add(call_id)
    return found


def _same_end(path: str, wanted: str) -> bool:
    """Whether the folders that both paths give are the same."""
    ours, theirs = path.rsplit(".", 1)[0].split("/"), wanted.split("/")
    theirs[-1] = theirs[-1].rsplit(".", 1)[0] if "." in theirs[-1] else theirs[-1]
    depth = min(len(ours), len(theirs))
    return ours[-depth:] == theirs[-depth:]


def _by_day(session: Session, rules: Rules, day: Any, at: Any, manager: str) -> int:
    wanted, moment = _day_and_time(day, at)
    key = " ".join(manager.split()).casefold()
    manager_id = session.scalar(select(Manager.id).where(Manager.name_key == key))
    if manager_id is None:
        raise ScorecardError(N_("There is no manager “{manager}”."), manager=manager)
    start = datetime.combine(wanted, moment or time.min, tzinfo=rules.zone).astimezone(UTC)
    length = timedelta(days=1)
    if moment is not None:  # a minute when the sheet knows no seconds
        length = timedelta(seconds=1) if moment.second else timedelta(minutes=1)
    end = start + length
    if moment is None:
        end = datetime.combine(wanted + timedelta(days=1), time.min, tzinfo=rules.zone).astimezone(UTC)
    ids = session.scalars(
        select(Call.id)
        .where(Call.manager_id == manager_id, Call.started_at >= start, Call.started_at < end)
        .limit(50)
    ).all()
    if len(ids) == 1:
        return ids[0]
    shown = wanted.isoformat() if moment is None else f"{wanted.isoformat()} {moment.strftime('%H:%M')}"
    if not ids:
        raise ScorecardError(N_("{manager} has no call on {day}."), manager=manager, day=shown)
    raise ScorecardError(
        N_("{manager} has several calls on {day}: {n}."), hint=N_("Give the call's id, file name or exact time."),
        manager=manager, day=shown, n=len(ids),
    )  # fmt: skip


def _day_and_time(day: Any, at: Any) -> tuple[date, time | None]:
    moment = _time(at)
    if isinstance(day, datetime):
        inside = day.time().replace(microsecond=0)
        return day.date(), moment or (inside if inside != time.min else None)
    if isinstance(day, date):
        return day, moment
    text = str(day).strip()
    head, _blank, tail = text.replace("T", " ").partition(" ")
    for pattern in _DATES:
        try:
            return datetime.strptime(head, pattern).date(), moment or _time(tail)  # noqa: DTZ007 – a day has no zone
        except ValueError:
            continue
    raise ScorecardError(N_("“{value}” is not a date."), value=text[:40])


def _time(value: Any) -> time | None:
    if isinstance(value, datetime):
        return value.time().replace(microsecond=0)
    if isinstance(value, time):
        return value.replace(microsecond=0)
    if isinstance(value, timedelta):
        return (datetime(2000, 1, 1, tzinfo=UTC) + value).time().replace(microsecond=0)
    match = re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?", str(value or "").strip())
    if match is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return time(hours, minutes, seconds) if hours < 24 and minutes < 60 and seconds < 60 else None
