"""``ratings``: the ranking of managers or groups."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from qaapp import i18n
from qaapp.cli.root import current, say
from qaapp.errors import UsageError
from qaapp.i18n import N_, _, ngettext
from qaapp.words import Band, Basis, Method

if TYPE_CHECKING:
    from qaapp.ratings.ranking import Query, Ranking, RatingRow

LIGHTS = {Band.GREEN: "●", Band.YELLOW: "▲", Band.RED: "■", Band.GREY: "○"}
COLOURS = {Band.GREEN: "green", Band.YELLOW: "yellow", Band.RED: "red", Band.GREY: "bright_black"}


def register(app: typer.Typer) -> None:
    """Add the command; help texts are made now, in the language of the moment."""

    @app.command("ratings", help=_("Rank the managers by their call scores."))
    def ratings(
        first: str = typer.Option("", "--from", help=_("First day, like 2026-03-01.")),
        last: str = typer.Option("", "--to", help=_("Last day, inclusive.")),
        scorecard: str = typer.Option("", help=_("Only calls scored by this card.")),
        group: list[str] = typer.Option([], help=_("Only managers of this group.")),
        basis: Basis = typer.Option(Basis.COUNTED, help=_("Which calls count: counted, random or all.")),
        method: Method = typer.Option(Method.MEAN, help=_("mean of call scores, or pooled checkpoints.")),
        by: str = typer.Option("manager", help=_("Rows: manager or group.")),
        xlsx: Path | None = typer.Option(None, help=_("Write a workbook.")),
    ) -> None:
        from qaapp.ratings.ranking import rank
        from qaapp.store.rules import read_rules

        if by not in ("manager", "group"):
            raise UsageError(N_("--by is manager or group, not “{value}”."), value=by)
        with current().workspace() as workspace, workspace.database.read() as session:
            rules = read_rules(session)
            query = _query(session, first, last, scorecard, group, basis, method, by)
            ranking = rank(session, query, rules)
            if xlsx is not None:
                from qaapp.cli.progress_bar import show
                from qaapp.reports.rating_book import write_rating_book

                show(write_rating_book(session, query, rules, xlsx))
        if current().as_json:
            current().emit([as_plain(row) for row in ranking.rows])
            return
        for line in as_lines(ranking):
            say(line)
        if xlsx is not None:
            say(str(xlsx))


def day_of(text: str) -> date | None:
    """A day given as ``2026-03-17``; raises ``UsageError``."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(N_("“{value}” is not a day; write it like 2026-03-17."), value=text) from None


def _query(
    session: Any,
    first: str,
    last: str,
    scorecard: str,
    groups: list[str],
    basis: Basis,
    method: Method,
    by: str,
) -> Query:
    from sqlalchemy import select

    from qaapp.ratings.ranking import Query
    from qaapp.scorecards.cards import need_card
    from qaapp.store.schema import Group

    group_ids = set()
    known = {name.casefold(): group_id for group_id, name in session.execute(select(Group.id, Group.name))}
    for name in groups:
        if name.casefold() not in known:
            raise UsageError(N_("There is no group “{name}”."), name=name)
        group_ids.add(known[name.casefold()])
    card = need_card(session, scorecard).scorecard_id if scorecard else None
    return Query(day_of(first), day_of(last), card, frozenset(group_ids), basis, method, by)


def as_plain(row: RatingRow) -> dict[str, Any]:
    """A row as ``--json`` prints it: percents 0–100, unrounded."""
    return {
        "manager": row.manager,
        "group": row.group,
        "calls": row.calls,
        "passed": row.passed,
        "applicable": row.applicable,
        "score_percent": row.score_percent,
        "band": row.band.value,
        "provisional_band": row.provisional_band.value,
        "interval": list(row.interval) if row.interval else None,
        "rank": row.rank,
        "rank_range": list(row.rank_range) if row.rank_range else None,
    }


def as_lines(ranking: Ranking) -> list[str]:
    """The ranking for a terminal: light, percent, calls, change, weakest checkpoint, the one word."""
    from qaapp.scorecards.scoring import percent_text

    if ranking.first_day is None or ranking.last_day is None or not (ranking.rows or ranking.unassigned):
        return [_("Nothing is evaluated in this period yet.")]
    width = max([len(row.manager) for row in ranking.rows] + [8])
    words = {"sure": _("sure"), "likely": _("likely"), "too_early": _("too early")}
    lines = [i18n.period(ranking.first_day, ranking.last_day), ""]
    for row in ranking.rows:
        light = typer.style(LIGHTS[row.band], fg=COLOURS[row.band])
        place = f"{row.rank:>2}" if row.rank else " –"
        calls = (
            ngettext("{n} call", "{n} calls", row.calls).format(n=row.calls)
            if row.is_enough
            else _("{n} of {needed}").format(n=row.calls, needed=row.needed)
        )
        parts = [calls, words[row.certainty]]
        if row.change is not None:
            parts.append(_change(row.change))
        if row.weakest is not None:
            weak = _("{passed} of {applicable}").format(
                passed=row.weakest.passed, applicable=row.weakest.applicable
            )
            parts.append(f"{row.weakest.text} {weak}")
        if row.critical_calls:
            parts.append(
                ngettext("{n} critical", "{n} critical", row.critical_calls).format(n=row.critical_calls)
            )
        if row.lost_calls:
            parts.append(ngettext("{n} lost", "{n} lost", row.lost_calls).format(n=row.lost_calls))
        lines.append(
            f"{place} {light} {percent_text(row.score, ranking.limits):>7}  {row.manager:<{width}}  "
            + " · ".join(parts)
        )
    lines += ["", _counted(ranking)]
    return lines


def _counted(ranking: Ranking) -> str:
    calls = ngettext("{n} call", "{n} calls", ranking.calls).format(n=ranking.calls)
    text = _("Counted: {calls}, {picked} picked by hand.").format(calls=calls, picked=ranking.picked_calls)
    if ranking.unassigned_calls:
        text += " " + _("Not assigned to a manager: {n}.").format(n=ranking.unassigned_calls)
    return text


def _change(change: Fraction) -> str:
    return _("{points} pp").format(points=i18n.decimal(change, 1, sign=True))
