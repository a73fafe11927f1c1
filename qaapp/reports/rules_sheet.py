"""The sheet "Rules" of the rating workbook: what was asked, by which rules, by which program; limits as live cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qaapp import i18n
from qaapp.i18n import _, ngettext
from qaapp.ratings.ranking import Ranking
from qaapp.reports.rating_data import Plan
from qaapp.settings import Rules
from qaapp.words import Method
from qaapp.workbook import Book, write_text

WIDTH = 64  # of the column of values, in characters


@dataclass(frozen=True)
class RulesPlan:
    """Rows of (name, value) and the cells that formulas of other sheets refer to."""

    sheet_name: str
    rows: tuple[tuple[str, str | int | None], ...]
    green_cell: str
    red_cell: str
    enough_cell: str
    limit_cells: Mapping[int, tuple[str, str]]
    cards: tuple[tuple[str, int, int, int], ...]
    card_row: int  # 0-based row of the headings of the table of cards


def plan_rules(
    book: Book, ranking: Ranking, plan: Plan, rules: Rules, made_at: datetime, *, card: str | None,
    groups: Sequence[str], version: str, language: str,
) -> RulesPlan:  # fmt: skip
    """Decide what stands where, before the other sheets refer to it."""
    assert ranking.first_day is not None
    assert ranking.last_day is not None
    query = ranking.query
    name = book.free_name(_("Rules"))
    quoted = "'" + name.replace("'", "''") + "'"
    limits = ranking.limits
    # the first three rows are referred to by formulas
    rows: list[tuple[str, str | int | None]] = [
        (_("Green above, %"), limits.green_above),
        (_("Red below, %"), limits.red_below),
        (_("Calls that are enough for a rank"), rules.enough_calls),
        (_("Period"), i18n.period(ranking.first_day, ranking.last_day)),
        (_("Time zone"), rules.time_zone),
        (_("Card"), card or _("all cards")),
        (_("Groups"), ", ".join(groups) or _("all groups")),
        (_("Which evaluations count"), _basis(query.basis.value)),
        (_("How a score is made"), _method(query.method)),
        (_("Calls in the ranking"), ranking.calls),
        (_("of them picked by hand"), ranking.picked_calls),
        (_("Calls of nobody, not ranked"), ranking.unassigned_calls),
        (_("Limits"), _("Exactly on a limit is yellow. A failed critical checkpoint makes the call red, "
                        "not the manager.")),
        (_("Several evaluations of a call"), _("The settled one counts; otherwise the mean of the reviewers.")),
        (_("Live formulas"), _("Change a mark, a weight or a limit here: scores, lights and ranks follow. "
                               "Intervals, change, weakest checkpoint and calls lost stay as exported.")),
        (_("Amendments"), _amended(plan.amended)),
        (_("Made"), i18n.moment(made_at, rules.zone, year=True)),
        (_("Program"), f"qaapp {version}"),
        (_("Language"), language),
    ]  # fmt: skip
    card_row = len(rows) + 1
    limit_cells = {
        revision_id: (f"{quoted}!$C${card_row + 2 + at}", f"{quoted}!$D${card_row + 2 + at}")
        for at, revision_id in enumerate(plan.revisions)
    }
    cards = tuple(
        (item.card, item.number, item.limits.green_above, item.limits.red_below)
        for item in plan.revisions.values()
    )
    cells = [f"{quoted}!$B${row}" for row in (1, 2, 3)]
    return RulesPlan(name, tuple(rows), cells[0], cells[1], cells[2], limit_cells, cards, card_row)


def _basis(value: str) -> str:
    return {
        "counted": _("all submitted ones but targeted, calibration and self-assessment"),
        "random": _("only calls chosen by the daily draw"),
        "all": _("every submitted one"),
    }[value]


def _method(method: Method) -> str:
    if method is Method.POOLED:
        return _("all checkpoints of the period together: passed / applicable")
    return _("mean of the call scores, each conversation once")


def _amended(count: int) -> str:
    if not count:
        return _("No evaluation of the period was amended.")
    return ngettext(
        "{n} earlier version is listed among the evaluations with 0 in “Counts”.",
        "{n} earlier versions are listed among the evaluations with 0 in “Counts”.",
        count,
    ).format(n=count)


def write_rules_sheet(book: Book, sheet: Any, told: RulesPlan) -> None:
    """Write what ``plan_rules`` decided."""
    sheet.set_column(0, 0, 40)
    sheet.set_column(1, 1, WIDTH)
    sheet.set_column(2, 3, 16)
    name = book.format(bold=True, valign="top")
    value = book.format(text_wrap=True, valign="top", align="left")
    for row, (title, text) in enumerate(told.rows):
        lines = 1 + len(str(text)) // (WIDTH - 8)  # rows do not grow by themselves until somebody edits them
        sheet.set_row(row, 15 * lines + 2)
        write_text(sheet, row, 0, title, name)
        if isinstance(text, int):
            sheet.write_number(row, 1, text, value)
        elif text:
            write_text(sheet, row, 1, text, value)
    sheet.set_row(told.card_row, 32)
    for column, title in enumerate((_("Card"), _("Revision"), _("Green above, %"), _("Red below, %"))):
        write_text(sheet, told.card_row, column, title, book.heading)
    for at, (card, number, green, red) in enumerate(told.cards, 1):
        write_text(sheet, told.card_row + at, 0, card)
        for column, figure in enumerate((number, green, red), 1):
            sheet.write_number(told.card_row + at, column, figure, value)
    book.print_setup(sheet, None)
