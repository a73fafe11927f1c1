"""The sentence a head came for: who is red, by how much, since when, and at which checkpoint."""

from __future__ import annotations

from dataclasses import dataclass

from qaapp import i18n
from qaapp.i18n import _, ngettext
from qaapp.ratings.ranking import Ranking, RatingRow
from qaapp.scorecards.scoring import Limits, percent_text
from qaapp.words import Band


@dataclass(frozen=True)
class Answer:
    """``lead`` is bold, ``rest`` plain; ``row`` and ``checkpoint_code`` are what the link listens to."""

    band: Band
    lead: str
    rest: str = ""
    row: RatingRow | None = None
    checkpoint_code: str | None = None


def answer(ranking: Ranking, limits: Limits, before: str) -> Answer:
    """The most urgent thing in ``ranking``, said in one or two sentences."""
    ranked = [row for row in ranking.rows if row.rank is not None]
    if not ranked:
        return Answer(Band.GREY, _("Not enough evaluated calls to rank anybody yet."))
    red = [row for row in ranked if row.band == Band.RED]
    if red:
        worst = min(red, key=lambda row: row.score or 0)
        others = [row.manager for row in red if row is not worst]
        rest = _weak(worst)
        if others:
            rest += " " + _("Also red: {names}.").format(names=", ".join(others))
        code = worst.weakest.code if worst.weakest else None
        return Answer(Band.RED, _lead(worst, limits, before), rest.strip(), worst, code)
    falling = [
        row for row in ranked if row.change is not None and row.change < 0 and row.change_certainty == "sure"
    ]
    if falling:
        worst = min(falling, key=lambda row: row.change or 0)
        return Answer(worst.band, _lead(worst, limits, before), _weak(worst), worst, None)
    yellow = [row for row in ranked if row.band == Band.YELLOW]
    green = len(ranked) - len(yellow)
    if not yellow:
        lead = ngettext("{n} manager, green.", "All {n} managers are green.", len(ranked)).format(
            n=len(ranked)
        )
        return Answer(Band.GREEN, lead)
    lead = _("Nobody is red: {green} green, {yellow} yellow.").format(green=green, yellow=len(yellow))
    lowest = min(yellow, key=lambda row: row.score or 0)
    rest = _("Lowest: {manager}, {percent}.").format(
        manager=lowest.manager, percent=percent_text(lowest.score, limits)
    )
    return Answer(
        Band.YELLOW,
        lead,
        f"{rest} {_weak(lowest)}".strip(),
        lowest,
        lowest.weakest.code if lowest.weakest else None,
    )


def _lead(row: RatingRow, limits: Limits, before: str) -> str:
    percent = percent_text(row.score, limits)
    zone = {
        Band.RED: _("{manager} is in the red zone: {percent}"),
        Band.YELLOW: _("{manager} is in the yellow zone: {percent}"),
    }.get(row.band, _("{manager} is in the green zone: {percent}"))
    text = zone.format(manager=row.manager, percent=percent)
    if row.change is None or not before:
        return text + "."
    points = i18n.decimal(abs(row.change))
    if row.change < 0:
        return text + ", " + _("{points} p.p. below {period}.").format(points=points, period=before)
    if row.change > 0:
        return text + ", " + _("{points} p.p. above {period}.").format(points=points, period=before)
    return text + "."


def _weak(row: RatingRow) -> str:
    return (
        _("Weakest of the team at “{checkpoint}”.").format(checkpoint=row.weakest.text) if row.weakest else ""
    )
