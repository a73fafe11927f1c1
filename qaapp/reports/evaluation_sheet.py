"""The sheet "Evaluations" of the rating workbook: every evaluation with its marks, and live formulas over them.

Above the headings stands one row of weights per revision, and one of critical flags where it has any. The score of a
call is SUMPRODUCT of its marks and the weights of its revision: integers, so lights are compared exactly as in the app.
The last columns carry what the ranking adds up: the weight of a row in its conversation and its weighted figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy.orm import Session

from qaapp import i18n
from qaapp.errors import ReportError
from qaapp.i18n import N_, _
from qaapp.progress import Progress, Steps
from qaapp.reports.rating_data import Details, Line, Plan, RevisionPlan, read_details
from qaapp.scorecards.scoring import Score, call_band
from qaapp.tables import Column, Formula, Kind, light_letter
from qaapp.words import Band
from qaapp.workbook import MAX_ROWS, Book, write_text

NOT_APPLICABLE = "N"  # as ``evaluate`` reads it back


@lru_cache(maxsize=1024)
def column_name(index: int) -> str:
    """0 → A, 26 → AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


@dataclass(frozen=True)
class Layout:
    """Where things stand on the sheet: column numbers, and rows counted from 1 as formulas do."""

    sheet_name: str
    columns: tuple[Column, ...]
    first_mark: int
    weight_rows: Mapping[int, int]  # revision → row of its weights
    critical_rows: Mapping[int, int]
    limit_cells: Mapping[int, tuple[str, str]]  # revision → cells of green above, red below
    header_row: int
    lines: int
    groups_differ: bool

    @property
    def first_row(self) -> int:
        return self.header_row + 1

    @property
    def last_row(self) -> int:
        return self.header_row + max(self.lines, 1)

    @cached_property
    def _letters(self) -> dict[str, str]:
        return {column.key: column_name(index) for index, column in enumerate(self.columns)}

    def index(self, key: str) -> int:
        return list(self._letters).index(key)

    def letter(self, key: str) -> str:
        return self._letters[key]

    def range(self, key: str) -> str:
        """The whole column of data, for formulas on other sheets."""
        return self.range_of(self.index(key))

    def range_of(self, index: int) -> str:
        letter = column_name(index)
        name = self.sheet_name.replace("'", "''")
        return f"'{name}'!${letter}${self.first_row}:${letter}${self.last_row}"


def layout(book: Book, plan: Plan, limit_cells: Mapping[int, tuple[str, str]]) -> Layout:
    """Plan the sheet. Raises ``ReportError`` when the evaluations do not fit on one."""
    weight_rows: dict[int, int] = {}
    critical_rows: dict[int, int] = {}
    row = 0
    for revision in plan.revisions.values():
        row += 1
        weight_rows[revision.id] = row
        if revision.critical:
            row += 1
            critical_rows[revision.id] = row
    if row + 1 + len(plan.lines) > MAX_ROWS:
        raise ReportError(
            N_("{count} evaluations do not fit on one sheet."),
            hint=N_("Choose a shorter period or one group."),
            kind="too_long",
            count=len(plan.lines),
        )
    several = len({head.scorecard_id for head in plan.heads}) > 1
    fixed = (
        Column("id", _("Evaluation"), Kind.INT, 11),
        Column("call", _("Call ID"), Kind.INT, 9),
        Column("started_at", _("Call"), Kind.MOMENT, 17),
        Column("manager", _("Manager"), width=22),
        Column("group", _("Group"), width=16),
        Column("customer", _("Customer"), width=18),
        Column("card", _("Card"), width=20),
        Column("revision", _("Revision"), Kind.INT, 9),
        Column("reviewer", _("Reviewer"), width=20),
        Column("origin", _("Chosen how"), width=16),
        Column("state", _("State"), width=13),
        Column("version", _("Version"), Kind.INT, 8),
        Column("counts", _("Counts (1) or not (0)"), Kind.INT, 11),
        Column("passed", _("Passed"), Kind.INT, 9),
        Column("applicable", _("Applicable"), Kind.INT, 11),
        Column("score", _("Score"), Kind.PERCENT, 9),
        Column("critical", _("Critical failed"), Kind.INT, 10),
        Column("light", _("Light"), Kind.LIGHT, 8),
        Column("outcome", _("Outcome"), width=20),
        Column("pluses", _("Pluses"), width=30, wrap=True),
        Column("minuses", _("Minuses"), width=30, wrap=True),
        Column("comment", _("Comment"), width=34, wrap=True),
        Column("corrections", _("Said / should have said"), width=46, wrap=True),
        Column("heard", _("Heard, %"), Kind.INT, 9),
    )
    marks = tuple(
        Column(f"mark{index}", f"{head.card}: {head.code}\n{head.text}" if several else f"{head.code}\n{head.text}",
               Kind.INT, 13)
        for index, head in enumerate(plan.heads)
    )  # fmt: skip
    hidden = [
        Column("manager_key", _("Manager ID"), Kind.INT, 9, folded=True),
        Column("group_key", _("Group ID"), Kind.INT, 9, folded=True),
        *_weighted("", _("Weight in the conversation")),
    ]  # fmt: skip
    if plan.groups_differ:
        hidden += _weighted("group_", _("Weight in the group's conversation"))
    return Layout(
        sheet_name=book.free_name(_("Evaluations")),
        columns=(*fixed, *marks, *hidden),
        first_mark=len(fixed),
        weight_rows=weight_rows,
        critical_rows=critical_rows,
        limit_cells=limit_cells,
        header_row=row + 1,
        lines=len(plan.lines),
        groups_differ=plan.groups_differ,
    )


def _weighted(prefix: str, title: str) -> list[Column]:
    return [
        Column(f"{prefix}weight", title, Kind.NUMBER, 12, folded=True),
        Column(f"{prefix}score_part", _("Weight × score"), Kind.NUMBER, 12, folded=True),
        Column(f"{prefix}passed_part", _("Weight × passed"), Kind.NUMBER, 12, folded=True),
        Column(f"{prefix}applicable_part", _("Weight × applicable"), Kind.NUMBER, 12, folded=True),
    ]


def write_evaluations(
    book: Book, sheet: Any, session: Session, plan: Plan, place: Layout, *, mask_numbers: bool = False
) -> Steps[None]:
    """Fill the sheet row by row."""
    book.widths(sheet, place.columns)
    quiet = book.format(font_color="#545B66", italic=True)
    label = place.first_mark - 1
    for revision in plan.revisions.values():
        facts = {"card": revision.card, "number": revision.number}
        row = place.weight_rows[revision.id] - 1
        write_text(sheet, row, label, _("Weights: {card}, revision {number}").format(**facts), quiet)
        for head, weight in sorted(revision.weights.items()):
            sheet.write_number(row, place.first_mark + head, weight, quiet)
        if revision.id in place.critical_rows:
            row = place.critical_rows[revision.id] - 1
            write_text(sheet, row, label, _("Critical: {card}, revision {number}").format(**facts), quiet)
            for head in sorted(revision.weights):
                sheet.write_number(row, place.first_mark + head, int(head in revision.critical), quiet)
    header = place.header_row - 1
    sheet.set_row(header, 64)
    for index, column in enumerate(place.columns):
        write_text(sheet, header, index, column.title, book.heading_of(column))
    sheet.freeze_panes(header + 1, 4)
    book.print_setup(sheet, header)
    sheet.set_paper(8)  # A3: this is the widest sheet
    writers = book.writers(sheet, place.columns)
    marks_look = book.format(align="center", valign="top")
    for count, (line, details) in enumerate(read_details(session, plan)):
        row = header + 1 + count
        for index, value in enumerate(_cells(plan, place, line, details, row + 1, mask_numbers, book)):
            if value is None:
                continue
            if value == NOT_APPLICABLE and value.__class__ is str and place.columns[index].kind is Kind.INT:
                sheet.write_string(row, index, value, marks_look)
            else:
                writers[index](row, index, value)
        if count % 200 == 199:
            yield Progress(count + 1, len(plan.lines), _("Writing evaluations"))
    sheet.autofilter(header, 0, place.last_row - 1, len(place.columns) - 1)
    book.lights(sheet, place.first_row - 1, place.last_row - 1, place.index("light"))
    _mark_colors(book, sheet, plan, place)


def _mark_colors(book: Book, sheet: Any, plan: Plan, place: Layout) -> None:
    if plan.heads:
        sheet.conditional_format(
            place.first_row - 1, place.first_mark, place.last_row - 1, place.first_mark + len(plan.heads) - 1,
            {
                "type": "formula",
                "criteria": f"=AND(ISNUMBER({column_name(place.first_mark)}{place.first_row}),"
                f"{column_name(place.first_mark)}{place.first_row}=0)",
                "format": book.format(bg_color="#F8D5CE", font_color="#8E2415"),
            },
        )  # fmt: skip


def _cells(
    plan: Plan, place: Layout, line: Line, details: Details, row: int, mask: bool, book: Book
) -> list[Any]:
    """The values of one row (``row`` counts from 1), in the order of ``place.columns``."""
    evaluation = details.row
    revision = plan.revisions.get(evaluation.revision_id)
    number = evaluation.customer_number
    cells: list[Any] = [
        evaluation.id, evaluation.call_id, evaluation.started_at, evaluation.manager or _("Not assigned"),
        evaluation.group, (i18n.mask_phone(number) if mask else i18n.phone(number)) if number else None,
        revision.card if revision else _("Short review"), revision.number if revision else None,
        evaluation.reviewer, i18n.word(evaluation.origin), _state(evaluation), evaluation.version, int(line.counts),
    ]  # fmt: skip
    score = Score(evaluation.passed, evaluation.applicable, evaluation.critical_failed)
    cells += _score_cells(place, revision, score, row)
    cells += [
        evaluation.outcome, evaluation.pluses or None, evaluation.minuses or None, evaluation.comment or None,
        _corrections(plan, details) or None, details.heard_percent,
    ]  # fmt: skip
    for head in range(len(plan.heads)):
        if head not in details.marks:
            cells.append(None)
        else:
            value = details.marks[head]
            cells.append(NOT_APPLICABLE if value is None else value)
    cells += [line.manager_key, line.group_key]
    cells += _weight_cells(place, "", line.mates, score, row)
    if place.groups_differ:
        cells += _weight_cells(place, "group_", line.group_mates, score, row)
    return cells


def _state(evaluation: Any) -> str:
    return i18n.word(evaluation.state) if evaluation.is_current else _("earlier version")


def _corrections(plan: Plan, details: Details) -> str:
    parts = []
    for head, said, should in details.corrections:
        title = f"{plan.heads[head].code} {plan.heads[head].text}"
        lines = [
            f"{name}: {text}" for name, text in ((_("Said"), said), (_("Should have said"), should)) if text
        ]
        parts.append("\n".join([title, *lines]))
    return "\n\n".join(parts)


def _score_cells(place: Layout, revision: RevisionPlan | None, score: Score, row: int) -> list[Any]:
    if revision is None:
        return [None, None, None, None, Band.GREY]
    marks = _span(place, revision, row)
    weights = _span(place, revision, place.weight_rows[revision.id], fixed=True)
    passed, applicable = f"{place.letter('passed')}{row}", f"{place.letter('applicable')}{row}"
    critical = f"{place.letter('critical')}{row}"
    green, red = place.limit_cells[revision.id]
    letters = {band: light_letter(band) for band in Band}
    light = (
        f'=IF({critical}>0,"{letters[Band.RED]}",IF({applicable}=0,"{letters[Band.GREY]}",'
        f'IF(100*{passed}>{green}*{applicable},"{letters[Band.GREEN]}",'
        f'IF(100*{passed}<{red}*{applicable},"{letters[Band.RED]}","{letters[Band.YELLOW]}"))))'
    )
    fails: Any = 0
    if revision.id in place.critical_rows:
        flags = _span(place, revision, place.critical_rows[revision.id], fixed=True)
        fails = Formula(f"=SUMPRODUCT(ISNUMBER({marks})*({marks}=0)*{flags})", score.critical_failed)
    return [
        Formula(f"=SUMPRODUCT(({marks}=1)*{weights})", score.passed),
        Formula(f"=SUMPRODUCT(ISNUMBER({marks})*{weights})", score.applicable),
        Formula(f'=IF({applicable}=0,"",{passed}/{applicable})', score.fraction),
        fails,
        Formula(light, call_band(score, revision.limits)),
    ]


def _span(place: Layout, revision: RevisionPlan, row: int, *, fixed: bool = False) -> str:
    first, last = (column_name(place.first_mark + index) for index in (revision.first, revision.last))
    lock = "$" if fixed else ""
    return f"{lock}{first}{lock}{row}:{lock}{last}{lock}{row}"


def _weight_cells(place: Layout, prefix: str, mates: tuple[int, ...], score: Score, row: int) -> list[Any]:
    if not mates:
        return [0, 0, 0, 0]
    passed, applicable = f"{place.letter('passed')}{row}", f"{place.letter('applicable')}{row}"
    weight = f"{place.letter(prefix + 'weight')}{row}"
    share = Fraction(1, len(mates))
    if len(mates) == 1:
        formula = f"=IF({applicable}>0,1,0)"
    else:
        column = place.letter("applicable")
        others = "+".join(f"({column}{place.first_row + mate}>0)" for mate in mates)
        formula = f"=IF({applicable}>0,1/({others}),0)"
    part = score.fraction or Fraction()
    return [
        Formula(formula, share),
        Formula(f"=IF({applicable}>0,{weight}*{passed}/{applicable},0)", share * part),
        Formula(f"={weight}*{passed}", share * score.passed),
        Formula(f"={weight}*{applicable}", share * score.applicable),
    ]
