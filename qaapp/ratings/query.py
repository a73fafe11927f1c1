"""What is rated: period, card, groups, basis. Days are call days in the workspace's zone, both ends inclusive."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from qaapp import clock
from qaapp.errors import UsageError
from qaapp.i18n import N_
from qaapp.scorecards.counting import counted_evaluations, standing_evaluations
from qaapp.scorecards.scoring import Limits
from qaapp.settings import Rules
from qaapp.store.schema import Call, Evaluation, Manager, Revision
from qaapp.words import Basis, Method, RevisionState

DEFAULT_DAYS = 30


@dataclass(frozen=True)
class Query:
    """A rating that is asked for. Without days it is ``default_period``; ``by`` is "manager" or "group"."""

    first_day: date | None = None
    last_day: date | None = None
    scorecard_id: int | None = None
    group_ids: frozenset[int] = frozenset()
    basis: Basis = Basis.COUNTED
    method: Method = Method.MEAN
    by: str = "manager"


@dataclass(frozen=True)
class Period:
    """Whole days, both ends inclusive."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Period:
        """The period of equal length that ends the day before."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))


def start_of(day: date, rules: Rules) -> datetime:
    """The first moment of ``day`` in the workspace's zone, as aware UTC."""
    return datetime.combine(day, time.min, tzinfo=rules.zone).astimezone(UTC)


def default_period(session: Session, rules: Rules) -> tuple[date, date] | None:
    """The 30 days that end with the day of the last evaluated call; None when nothing is evaluated yet."""
    last = session.scalar(
        select(func.max(Call.started_at))
        .join(Evaluation, Evaluation.call_id == Call.id)
        .where(*standing_evaluations())
    )
    if last is None:
        return None
    day = last.astimezone(rules.zone).date()
    return day - timedelta(days=DEFAULT_DAYS - 1), day


def period_of(session: Session, query: Query, rules: Rules) -> Period | None:
    """The days of ``query``; None when it says none and nothing is evaluated. Raises ``UsageError`` when reversed."""
    first, last = query.first_day, query.last_day
    if first is None or last is None:
        usual = default_period(session, rules)
        if first is None and last is None:
            return None if usual is None else Period(*usual)
        if last is None:
            assert first is not None
            last = max(first, usual[1] if usual else clock.now().astimezone(rules.zone).date())
        if first is None:
            first = last - timedelta(days=DEFAULT_DAYS - 1)
    if first > last:
        raise UsageError(
            N_("The period begins on {first}, after it ends on {last}."),
            first=first.isoformat(),
            last=last.isoformat(),
        )
    return Period(first, last)


def with_period(query: Query, period: Period) -> Query:
    return replace(query, first_day=period.first, last_day=period.last)


def limits_of(session: Session, query: Query, rules: Rules) -> Limits:
    """The workspace's limits; those of the card where a single card with its own limits is rated."""
    limits = Limits(rules.green_above, rules.red_below)
    if query.scorecard_id is None:
        return limits
    own = session.execute(
        select(Revision.green_above, Revision.red_below)
        .where(Revision.scorecard_id == query.scorecard_id, Revision.state == RevisionState.PUBLISHED.value)
        .order_by(Revision.number.desc())
        .limit(1)
    ).one_or_none()
    if own is None or own[0] is None or own[1] is None:
        return limits
    return Limits(own[0], own[1])


def conditions(
    query: Query, period: Period, rules: Rules, *, unscored: bool = False
) -> list[ColumnElement[bool]]:
    """Conditions on ``Evaluation`` joined with ``Call``; ``unscored`` lets empty and short reviews in too."""
    found = counted_evaluations(query.basis, unscored=unscored)
    found.append(Call.started_at >= start_of(period.first, rules))
    found.append(Call.started_at < start_of(period.last + timedelta(days=1), rules))
    if query.scorecard_id is not None:
        revisions = select(Revision.id).where(Revision.scorecard_id == query.scorecard_id)
        found.append(Evaluation.revision_id.in_(revisions))
    if query.group_ids:
        members = select(Manager.id).where(Manager.group_id.in_(query.group_ids))
        found.append(Call.manager_id.in_(members))
    return found
