"""The rating workbook: ranking, checkpoints, every evaluation, rules; its numbers are formulas over the marks.

Each formula carries the value the app computed, and recalculated it gives the same one (a test does it). A light is
decided on integers for a call. For a mean the sheet has only floats: it compares ``ROUND(100 × mean, 9)`` with the
limit. Means of a few thousand calls differ from a limit they are not on by far more than 1e-9; where one did not, the
light is written as the app's letter instead of a formula.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from qaapp import __version__, clock, i18n
from qaapp.errors import ReportError
from qaapp.i18n import LANGUAGES, N_, _
from qaapp.progress import Progress, Steps
from qaapp.ratings.drilldown import Matrix, matrix
from qaapp.ratings.query import Period, Query, with_period
from qaapp.ratings.ranking import Ranking, RatingRow, rank
from qaapp.reports.evaluation_sheet import Layout, column_name, layout, write_evaluations
from qaapp.reports.rating_data import NO_GROUP, NOBODY, Plan, read_plan
from qaapp.reports.reading import reading
from qaapp.reports.rules_sheet import RulesPlan, plan_rules, write_rules_sheet
from qaapp.scorecards.scoring import Limits, band
from qaapp.settings import Rules
from qaapp.store.database import Database
from qaapp.store.schema import Group, Scorecard
from qaapp.tables import Column, Formula, Kind, light_letter
from qaapp.words import Band, Method
from qaapp.workbook import Book, open_book, write_text

CERTAINTY = {"sure": N_("sure"), "likely": N_("likely"), "too_early": N_("too early")}
FAILED_SCALE = (
    "#FFFFFF",
    "#F6DCD6",
    "#E29C8E",
)  # pale enough for black figures, which are always in the cell


def write_rating_book(
    source: Session | Database, query: Query, rules: Rules, path: Path, *, mask_numbers: bool = False
) -> Steps[Path]:
    """Write the workbook of ``query`` to ``path`` (.xlsx). Raises ``ReportError``, also when nothing is evaluated.

    A ``Database`` is read on one snapshot of its own, which is what a background job needs.
    """
    with reading(source) as session:
        return (yield from _write(session, query, rules, path, mask_numbers, whole=True))


def write_evaluation_book(
    source: Session | Database, query: Query, rules: Rules, path: Path, *, mask_numbers: bool = False
) -> Steps[Path]:
    """The evaluations and the rules alone: the same two sheets as in the rating workbook."""
    with reading(source) as session:
        return (yield from _write(session, query, rules, path, mask_numbers, whole=False))


def _write(
    session: Session, query: Query, rules: Rules, path: Path, mask_numbers: bool, *, whole: bool
) -> Steps[Path]:
    yield Progress(0, None, _("Computing the ranking"))
    people = rank(session, replace(query, by="manager"), rules)
    if people.first_day is None or people.last_day is None:
        raise ReportError(
            N_("There are no evaluations yet, so there is nothing to rank."),
            hint=N_("Score a few calls first."),
            kind="empty",
        )
    period = Period(people.first_day, people.last_day)
    query = with_period(query, period)
    plan = read_plan(session, query, period, rules)
    days = i18n.period(period.first, period.last)
    title = (_("Rating of managers, {period}") if whole else _("Evaluations, {period}")).format(period=days)
    with open_book(path, rules.zone, title) as book:
        names = (
            [book.free_name(name) for name in (_("Ranking"), _("Groups"), _("Checkpoints"))] if whole else []
        )
        told = plan_rules(
            book, people, plan, rules, clock.now(),
            card=session.scalar(select(Scorecard.name).where(Scorecard.id == query.scorecard_id)),
            groups=list(
                session.scalars(select(Group.name).where(Group.id.in_(query.group_ids)).order_by(Group.name))
            ),
            version=__version__, language=LANGUAGES[i18n.language()],
        )  # fmt: skip
        place = layout(book, plan, told.limit_cells)
        *sheets, evaluations, rules_sheet = (
            book.raw.add_worksheet(name) for name in (*names, place.sheet_name, told.sheet_name)
        )
        if whole:
            groups = rank(session, replace(query, by="group"), rules)
            cells = matrix(session, replace(query, by="manager"), rules, people)
            _ranking_sheet(book, sheets[0], names[0], people, place, told, by_group=False)
            _ranking_sheet(book, sheets[1], names[1], groups, place, told, by_group=True)
            _matrix_sheet(book, sheets[2], cells, plan, place)
        yield from write_evaluations(book, evaluations, session, plan, place, mask_numbers=mask_numbers)
        write_rules_sheet(book, rules_sheet, told)
        yield Progress(len(plan.lines), len(plan.lines), _("Saving the workbook"))
    return path


# --- ranking -----------------------------------------------------------------------------------------------------


def _columns(by_group: bool) -> tuple[Column, ...]:
    names = (
        (Column("name", _("Group"), width=24),)
        if by_group
        else (
            Column("name", _("Manager"), width=24),
            Column("group", _("Group"), width=18),
        )
    )
    return (
        Column("rank", _("Rank"), Kind.INT, 7),
        Column("light", _("Light"), Kind.LIGHT, 8),
        *names,
        Column("score", _("Score"), Kind.PERCENT, 9),
        Column("calls", _("Calls"), Kind.INT, 8),
        Column("picked", _("Picked by hand"), Kind.INT, 10),
        Column("change", _("Change to the period before"), Kind.POINTS, 14),
        Column("certainty", _("How sure"), width=12),
        Column("weakest", _("Weakest checkpoint"), width=34, wrap=True),
        Column("weakest_passed", _("Passed there"), Kind.INT, 12),
        Column("weakest_applicable", _("Of"), Kind.INT, 7),
        Column("lost", _("Calls lost"), Kind.INT, 9),
        Column("critical", _("Calls with a critical failure"), Kind.INT, 13),
        Column("low", _("95 % interval from"), Kind.PERCENT, 12),
        Column("high", _("to"), Kind.PERCENT, 9),
        Column("best", _("Rank from"), Kind.INT, 8),
        Column("worst", _("to"), Kind.INT, 7),
        Column("passed", _("Passed"), Kind.NUMBER, 12),
        Column("applicable", _("Applicable"), Kind.NUMBER, 11),
        Column("key", _("ID"), Kind.INT, 7, folded=True),
    )


def _ranking_sheet(
    book: Book, sheet: Any, name: str, ranking: Ranking, place: Layout, told: RulesPlan, *, by_group: bool
) -> None:
    columns = _columns(by_group)
    letters = {column.key: column_name(index) for index, column in enumerate(columns)}
    rows: list[RatingRow] = [*ranking.rows, *([ranking.unassigned] if ranking.unassigned else [])]
    last = len(rows) + 1
    book.head(sheet, columns)
    sheet.freeze_panes(1, 4)
    writers = book.writers(sheet, columns)
    for index, row in enumerate(rows, 1):
        values = _ranking_cells(row, ranking, place, told, letters, index + 1, last, by_group)
        for column, value in enumerate(values):
            if value is not None:
                writers[column](index, column, value)
    sheet.autofilter(0, 0, max(last - 1, 1), len(columns) - 1)
    book.lights(sheet, 1, last - 1, 1)
    note = book.format(font_color="#545B66")
    for offset, text in enumerate(_legend(ranking)):
        write_text(sheet, last + 1 + offset, 2, text, note)
    if ranking.rows:
        _chart(book, sheet, name, letters, len(ranking.rows), last + 6)


def _legend(ranking: Ranking) -> list[str]:
    green, yellow, red = (light_letter(item) for item in (Band.GREEN, Band.YELLOW, Band.RED))
    limits = ranking.limits
    return [
        _("{green}: above {above} % · {yellow}: {below} to {above} % · {red}: below {below} %").format(
            green=green, yellow=yellow, red=red, above=limits.green_above, below=limits.red_below
        ),
        _("({yellow}): too few calls for a rank").format(yellow=yellow),
    ]


def _chart(book: Book, sheet: Any, name: str, letters: dict[str, str], count: int, row: int) -> None:
    chart = book.raw.add_chart({"type": "bar"})
    first, last = 1, count

    def column(key: str) -> int:
        return list(letters).index(key)

    chart.add_series(
        {
            "name": _("Score"),
            "categories": [name, first, column("name"), last, column("name")],
            "values": [name, first, column("score"), last, column("score")],
            "fill": {"color": "#545B66"},
            "gap": 60,
            "data_labels": {"value": True, "num_format": "0%"},
        }
    )
    chart.set_title({"name": _("Score"), "name_font": {"size": 12}})
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True, "major_gridlines": {"visible": False}})
    chart.set_x_axis(
        {
            "min": 0,
            "max": 1,
            "num_format": "0%",
            "major_gridlines": {"visible": True, "line": {"color": "#E2E5E9"}},
        }
    )
    chart.set_size({"width": 720, "height": 120 + 26 * min(count, 40)})
    sheet.insert_chart(row, 2, chart, {"description": _("Score of every manager as a bar")})


def _ranking_cells(
    row: RatingRow, ranking: Ranking, place: Layout, told: RulesPlan, letters: dict[str, str], at: int, last: int,
    by_group: bool,
) -> list[Any]:  # fmt: skip
    """One row of the ranking; ``at`` and ``last`` are rows counted from 1."""
    unassigned = row is ranking.unassigned
    key = NOBODY if unassigned else (row.group_id or NO_GROUP) if by_group else row.manager_id
    keys = place.range("group_key" if by_group else "manager_key")
    prefix = "group_" if by_group and place.groups_differ else ""
    here = {name: f"{letter}{at}" for name, letter in letters.items()}

    def total(column: str) -> str:
        return f"SUMIFS({place.range(prefix + column)},{keys},{here['key']})"

    if ranking.query.method is Method.POOLED:
        score = f'=IF({here["applicable"]}=0,"",{here["passed"]}/{here["applicable"]})'
    else:
        score = f'=IF({here["calls"]}=0,"",{total("score_part")}/{total("weight")})'
    ranked = (
        f"${letters['calls']}$2:${letters['calls']}${last}",
        f"${letters['score']}$2:${letters['score']}${last}",
    )
    place_formula = (
        f'=IF(OR({here["key"]}={NOBODY},{here["calls"]}<{told.enough_cell}),"",'
        f"1+SUMPRODUCT(({ranked[0]}>={told.enough_cell})*(${letters['key']}$2:${letters['key']}${last}<>{NOBODY})"
        f"*(ROUND({ranked[1]},12)>ROUND({here['score']},12))))"
    )
    names = [row.manager] if by_group else [row.manager, row.group or None]
    weakest = row.weakest
    low, high = row.interval or (None, None)
    best, worst = row.rank_range or (None, None)
    return [
        None if row.rank is None and not row.calls else Formula(place_formula, row.rank),
        _light(row, ranking, told, here),
        *names,
        Formula(score, row.score),
        Formula(f"=ROUND({total('weight')},6)", row.calls),
        row.picked_calls,
        None if row.change is None else row.change / 100,
        _(CERTAINTY[row.certainty]) if row.score is not None else None,
        f"{weakest.code} {weakest.text}" if weakest else None,
        weakest.passed if weakest else None,
        weakest.applicable if weakest else None,
        row.lost_calls,
        row.critical_calls,
        None if low is None else low / 100,
        None if high is None else high / 100,
        best,
        worst,
        Formula(f"=ROUND({total('passed_part')},9)", row.passed),
        Formula(f"=ROUND({total('applicable_part')},9)", row.applicable),
        key,
    ]


def _light(row: RatingRow, ranking: Ranking, told: RulesPlan, here: dict[str, str]) -> Any:
    """The letter of a light, in brackets while there are too few calls."""
    shown = light_letter(row.provisional_band)
    enough = row.is_enough and row is not ranking.unassigned
    if row.score is None:
        return light_letter(Band.GREY)
    value = shown if enough else f"({shown})"
    if not comparable(row.score, ranking.limits):
        return value
    green, yellow, red = (light_letter(item) for item in (Band.GREEN, Band.YELLOW, Band.RED))
    if ranking.query.method is Method.POOLED:
        left = f"ROUND(100*{here['passed']},9)"
        above, below = (f"ROUND({cell}*{here['applicable']},9)" for cell in (told.green_cell, told.red_cell))
    else:
        left, above, below = f"ROUND(100*{here['score']},9)", told.green_cell, told.red_cell
    letter = f'IF({left}>{above},"{green}",IF({left}<{below},"{red}","{yellow}"))'
    grey = light_letter(Band.GREY)
    full = f"AND({here['key']}<>{NOBODY},{here['calls']}>={told.enough_cell})"
    return Formula(f'=IF({here["calls"]}=0,"{grey}",IF({full},{letter},"("&{letter}&")"))', value)


def comparable(share: Fraction, limits: Limits) -> bool:
    """Whether the percent rounded to nine places lies on the same side of both limits as the exact one."""
    scaled = Fraction(round(share * 100 * 10**9), 10**9)
    return band(scaled / 100, limits) is band(share, limits)


# --- manager × checkpoint ----------------------------------------------------------------------------------------


def _matrix_sheet(book: Book, sheet: Any, cells: Matrix, plan: Plan, place: Layout) -> None:
    """Failed shares with a colour scale on the left; what they are made of, passed and applicable, on the right."""
    where = plan.columns()
    heads = [head for head in cells.checkpoints if (head.scorecard_id, head.code) in where]
    positions = [list(cells.checkpoints).index(head) for head in heads]
    count = len(heads)
    columns: list[Column] = [
        Column("key", _("ID"), Kind.INT, 6, folded=True),
        Column("name", _("Manager"), width=24),
    ]
    columns += [
        Column(f"f{n}", f"{head.code} {head.text}\n" + _("not passed"), Kind.PERCENT, 15)
        for n, head in enumerate(heads)
    ]
    for n, head in enumerate(heads):
        columns += [
            Column(f"p{n}", f"{head.code}\n" + _("passed"), Kind.INT, 11),
            Column(f"a{n}", f"{head.code}\n" + _("of"), Kind.INT, 9),
        ]
    book.head(sheet, columns)
    sheet.set_row(0, 80)
    sheet.freeze_panes(1, 2)
    writers = book.writers(sheet, columns)
    at = 0
    for at, row in enumerate(cells.rows, 1):
        made = [row.cells[position] for position in positions]
        marks = [where[head.scorecard_id, head.code] for head in heads]
        values = [row.manager_id, row.manager, *_failed(made, count, at + 1)]
        for (passed, applicable), mark in zip(made, marks, strict=True):
            column = place.range_of(place.first_mark + mark)
            filters = f"{place.range('manager_key')},$A{at + 1},{place.range('counts')},1"
            values.append(Formula(f"=SUMIFS({column},{filters})", passed))
            values.append(Formula(f'=COUNTIFS({filters},{column},">=0")', applicable))
        _put(writers, at, values)
    last = at
    if last:
        made = [cells.totals[position] for position in positions]
        totals: list[Any] = [None, _("Team"), *_failed(made, count, last + 2)]
        for n, pair in enumerate(made):
            for side, value in enumerate(pair):
                letter = column_name(2 + count + 2 * n + side)
                totals.append(Formula(f"=SUM({letter}2:{letter}{last + 1})", value))
        _put(writers, last + 1, totals)
        if count:
            low, middle, high = FAILED_SCALE
            sheet.conditional_format(
                1, 2, last + 1, 1 + count,
                {
                    "type": "3_color_scale", "min_color": low, "mid_color": middle, "max_color": high,
                    "min_type": "num", "mid_type": "num", "max_type": "num",
                    "min_value": 0, "mid_value": 0.4, "max_value": 1,
                },
            )  # fmt: skip
    sheet.autofilter(0, 0, max(last, 1), len(columns) - 1)


def _failed(made: Sequence[tuple[int, int]], count: int, row: int) -> list[Any]:
    found: list[Any] = []
    for n, (passed, applicable) in enumerate(made):
        passed_cell, applicable_cell = (f"{column_name(2 + count + 2 * n + side)}{row}" for side in (0, 1))
        share = Fraction(applicable - passed, applicable) if applicable else None
        formula = f'=IF({applicable_cell}=0,"",({applicable_cell}-{passed_cell})/{applicable_cell})'
        found.append(Formula(formula, share))
    return found


def _put(writers: Sequence[Any], row: int, values: Sequence[Any]) -> None:
    for column, value in enumerate(values):
        if value is not None:
            writers[column](row, column, value)
