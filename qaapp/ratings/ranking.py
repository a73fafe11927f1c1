"""Managers (or groups) ranked by their call scores over a period.

The score is the exact mean of call scores, each conversation once; ``Method.POOLED`` takes all checkpoints together.
From ``rules.enough_calls`` calls on a row has a light and a rank; below, a hollow light and ``provisional_band``.

The one word beside a score, ``certainty``:
*sure* – the 95 % interval lies wholly inside the light; *likely* – the 80 % interval does; else *too early*.
``change_certainty`` is the same of the change: whether the interval of the difference (Welch) leaves zero out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from qaapp.i18n import _
from qaapp.ratings import statistics
from qaapp.ratings.checkpoints import CheckpointShare, Shares, read_shares, weakest
from qaapp.ratings.query import Period, Query, default_period, limits_of, period_of, start_of, with_period
from qaapp.ratings.units import Key, Tally, read_tallies
from qaapp.scorecards.scoring import Limits, band
from qaapp.settings import Rules
from qaapp.store.schema import Group, Manager
from qaapp.words import Band, Method

__all__ = ["CheckpointShare", "Period", "Query", "Ranking", "RatingRow", "default_period", "rank"]

WEEKS = 8
SURE, LIKELY, TOO_EARLY = "sure", "likely", "too_early"
P95, P80 = 0.975, 0.90
Z80 = 1.2815515655446004


@dataclass(frozen=True)
class RatingRow:
    """One manager or group. Percents are 0–100 and unrounded; ``change`` is in percentage points.

    ``passed`` and ``applicable`` are sums over calls; they are fractions only where a call has several reviewers.
    ``rank_range`` is (best, worst). ``trend`` holds the percent of each of the last eight weeks, oldest first.
    """

    manager_id: int | None
    manager: str
    group: str
    calls: int
    picked_calls: int
    passed: int | Fraction
    applicable: int | Fraction
    score: Fraction | None  # share 0…1
    band: Band
    provisional_band: Band
    interval: tuple[float, float] | None
    rank: int | None
    rank_range: tuple[int, int] | None
    change: Fraction | None
    certainty: str
    change_certainty: str
    critical_calls: int
    lost_calls: int
    weakest: CheckpointShare | None
    needed: int
    trend: tuple[Fraction | None, ...]
    group_id: int | None = None

    @property
    def score_percent(self) -> Fraction | None:
        return None if self.score is None else self.score * 100

    @property
    def is_enough(self) -> bool:
        return self.calls >= self.needed


@dataclass(frozen=True)
class Ranking:
    """Ranked rows first, then those with too few calls, each by score. Unassigned calls stand apart."""

    rows: tuple[RatingRow, ...]
    first_day: date | None
    last_day: date | None
    query: Query
    calls: int
    picked_calls: int
    unassigned_calls: int
    limits: Limits
    unassigned: RatingRow | None = None
    shares: Shares = field(
        default_factory=lambda: Shares((), {}), repr=False
    )  # what ``drilldown.matrix`` shows


def rank(session: Session, query: Query, rules: Rules) -> Ranking:
    """The ranking of ``query``; empty when nothing is evaluated."""
    period = period_of(session, query, rules)
    limits = limits_of(session, query, rules)
    if period is None:
        return Ranking((), None, None, query, 0, 0, 0, limits)
    query = with_period(query, period)
    weeks = [
        Period(period.last - timedelta(days=7 * i + 6), period.last - timedelta(days=7 * i))
        for i in range(WEEKS)
    ]
    weeks.reverse()
    reach = Period(min(period.before.first, weeks[0].first), period.last)
    starts = sorted({period.first, period.before.first, *(week.first for week in weeks)} - {reach.first})
    tallies = read_tallies(session, query, reach, rules, [start_of(day, rules) for day in starts])
    first_of_slot = [reach.first, *starts]

    def over(slots: dict[int, Tally], days: Period) -> Tally:
        total = Tally()
        for slot, tally in slots.items():
            if days.first <= first_of_slot[slot] <= days.last:
                total.add(tally)
        return total

    shares = read_shares(session, query, period, rules, tallies.overruled)
    team = shares.team()
    names = _names(session, query)
    rows = []
    for key, slots in tallies.by_key.items():
        now = over(dict(slots), period)
        if not now.calls and not now.lost:
            continue
        row = _row(key, names, now, over(dict(slots), period.before), query, limits, rules)
        trend = tuple(_percent(share_of(over(dict(slots), week), query.method)) for week in weeks)
        rows.append((key, replace(row, trend=trend, weakest=weakest(shares.cells.get(key, {}), team))))
    ranked = _ranked(row for key, row in rows if key is not None)
    apart = next((row for key, row in rows if key is None), None)
    return Ranking(
        rows=ranked,
        first_day=period.first,
        last_day=period.last,
        query=query,
        calls=sum(row.calls for row in ranked),
        picked_calls=sum(row.picked_calls for row in ranked),
        unassigned_calls=apart.calls if apart else 0,
        limits=limits,
        unassigned=apart,
        shares=shares,
    )


def share_of(tally: Tally, method: Method) -> Fraction | None:
    """The exact score 0…1 of counted units."""
    if not tally.calls:
        return None
    if method is Method.POOLED:
        passed = sum((x * times for (x, _m), times in tally.pooled.items()), Fraction())
        return passed / sum((m * times for (_x, m), times in tally.pooled.items()), Fraction())
    return statistics.moments(list(tally.scores.items()))[1]


def interval_of(tally: Tally, method: Method, p: float = P95) -> tuple[float, float] | None:
    """The interval 0…1 beside that score."""
    z = statistics.Z95 if p == P95 else Z80
    if method is Method.POOLED:
        return statistics.pooled_interval([(x, m, times) for (x, m), times in tally.pooled.items()], p, z)
    return statistics.interval_of(list(tally.scores.items()), p, z)


def _row(
    key: Key, names: dict[Key, tuple[str, str, int | None]], now: Tally, before: Tally, query: Query,
    limits: Limits, rules: Rules,
) -> RatingRow:  # fmt: skip
    method, by_group = query.method, query.by == "group"
    name, group, group_id = names.get(key, (_("Not assigned"), "", None))
    score, previous = share_of(now, method), share_of(before, method)
    light = band(score, limits)
    enough = now.calls >= rules.enough_calls
    interval = interval_of(now, method)
    change = None if score is None or previous is None else (score - previous) * 100
    return RatingRow(
        manager_id=None if by_group else key,
        manager=name,
        group=group,
        calls=now.calls,
        picked_calls=now.picked,
        passed=_whole(sum((x * times for (x, _m), times in now.pooled.items()), Fraction())),
        applicable=_whole(sum((m * times for (_x, m), times in now.pooled.items()), Fraction())),
        score=score,
        band=light if enough else Band.GREY,
        provisional_band=light,
        interval=None if interval is None else (interval[0] * 100, interval[1] * 100),
        rank=None,
        rank_range=None,
        change=change,
        certainty=_certainty(now, method, light, limits) if enough else TOO_EARLY,
        change_certainty=_change_certainty(now, before) if change is not None else TOO_EARLY,
        critical_calls=now.critical,
        lost_calls=now.lost,
        weakest=None,
        needed=rules.enough_calls,
        trend=(),
        group_id=group_id,
    )


def _certainty(tally: Tally, method: Method, light: Band, limits: Limits) -> str:
    for word, p in ((SURE, P95), (LIKELY, P80)):
        interval = interval_of(tally, method, p)
        if interval is not None and _inside(interval, light, limits):
            return word
    return TOO_EARLY


def _inside(interval: tuple[float, float], light: Band, limits: Limits) -> bool:
    low, high = interval
    green, red = limits.green_above / 100, limits.red_below / 100
    if light is Band.GREEN:
        return low > green
    if light is Band.RED:
        return high < red
    return low >= red and high <= green


def _change_certainty(now: Tally, before: Tally) -> str:
    for word, p in ((SURE, P95), (LIKELY, P80)):
        interval = statistics.welch(list(now.scores.items()), list(before.scores.items()), p)
        if interval is not None and (interval[0] > 0 or interval[1] < 0):
            return word
    return TOO_EARLY


def _ranked(rows: Iterable[RatingRow]) -> tuple[RatingRow, ...]:
    """Give ranks (equal scores share one) and rank ranges, and order the rows."""
    rows = list(rows)
    full = [row for row in rows if row.is_enough and row.score is not None]
    # one call has no interval: it may lie anywhere
    intervals = {id(row): row.interval or (0.0, 100.0) for row in full}
    done = []
    for row in full:
        low, high = intervals[id(row)]
        above = sum(intervals[id(other)][0] > high for other in full if other is not row)
        below = sum(intervals[id(other)][1] < low for other in full if other is not row)
        place = 1 + sum(
            other.score > row.score for other in full if other.score is not None and row.score is not None
        )
        done.append(replace(row, rank=place, rank_range=(1 + above, len(full) - below)))
    rest = [row for row in rows if row not in full]

    def by_score(row: RatingRow) -> tuple[bool, Fraction, str]:
        return row.score is None, -(row.score or Fraction()), row.manager.casefold()

    return (*sorted(done, key=by_score), *sorted(rest, key=by_score))


def _names(session: Session, query: Query) -> dict[Key, tuple[str, str, int | None]]:
    """key → (name, group, group id)."""
    groups = dict(session.execute(select(Group.id, Group.name)).all())
    if query.by == "group":
        named: dict[Key, tuple[str, str, int | None]] = {
            group_id: (name, name, group_id) for group_id, name in groups.items()
        }
        named[0] = (_("No group"), "", 0)
        return named
    managers = session.execute(select(Manager.id, Manager.name, Manager.group_id))
    return {
        manager_id: (name, groups.get(group_id, "") if group_id else "", group_id)
        for manager_id, name, group_id in managers
    }


def _whole(value: Fraction) -> int | Fraction:
    return value.numerator if value.denominator == 1 else value


def _percent(share: Fraction | None) -> Fraction | None:
    return None if share is None else share * 100
