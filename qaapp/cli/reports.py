"""``report NAME --xlsx FILE``: any workbook without a window."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import typer

from qaapp.cli.root import current, say
from qaapp.errors import UsageError
from qaapp.i18n import N_, _

REPORTS = ("ratings", "journal", "evaluations", "speech")


def register(app: typer.Typer) -> None:
    @app.command("report", help=_("Write a report into an Excel workbook."))
    def report(
        name: str = typer.Argument(..., help=_("Which report: ratings, journal, evaluations or speech.")),
        xlsx: Path = typer.Option(..., "--xlsx", help=_("File to write (.xlsx).")),
        first: str = typer.Option("", "--from", metavar="DATE", help=_("First day, YYYY-MM-DD.")),
        last: str = typer.Option("", "--to", metavar="DATE", help=_("Last day, included.")),
        scorecard: str = typer.Option("", help=_("Name of the scorecard.")),
        group: list[str] = typer.Option([], help=_("Name of a group; may be repeated.")),
        basis: str = typer.Option("counted", help=_("Which evaluations count: counted, random or all.")),
        method: str = typer.Option("mean", help=_("How calls make a score: mean or pooled.")),
        mask: bool = typer.Option(False, "--mask", help=_("Hide customers' numbers.")),
    ) -> None:
        if name not in REPORTS:
            raise UsageError(
                N_("There is no report “{name}”."), hint=N_("The reports are: {names}."),
                name=name, names=", ".join(REPORTS),
            )  # fmt: skip
        _report(name, xlsx, (_day(first), _day(last)), scorecard, group, basis, method, mask)


def _report(
    name: str, xlsx: Path, days: tuple[date | None, date | None], scorecard: str, groups: list[str], basis: str,
    method: str, mask: bool,
) -> None:  # fmt: skip
    from qaapp.cli.progress_bar import show
    from qaapp.journal.filters import Filter
    from qaapp.journal.naming import chosen
    from qaapp.journal.pages import Sort
    from qaapp.ratings.ranking import Query
    from qaapp.reports.journal_book import write_journal
    from qaapp.reports.rating_book import write_evaluation_book, write_rating_book
    from qaapp.reports.speech_book import write_speech
    from qaapp.scorecards.cards import need_card
    from qaapp.settings import load_personal
    from qaapp.store.rules import read_rules
    from qaapp.words import Basis, Method

    mask = mask or load_personal().mask_numbers
    first, last = days
    with current().workspace() as workspace, workspace.database.read() as session:
        group_ids = chosen(session, "group", groups)
        if name == "journal":
            steps = write_journal(
                session, Filter(first_day=first, last_day=last, group_ids=group_ids), Sort(), xlsx, mask=mask
            )
        elif name == "speech":
            steps = write_speech(
                session, Filter(first_day=first, last_day=last, group_ids=group_ids), xlsx, mask=mask
            )
        else:
            query = Query(
                first, last, need_card(session, scorecard).scorecard_id if scorecard else None, group_ids,
                _one_of(basis, Basis), _one_of(method, Method),
            )  # fmt: skip
            write = write_rating_book if name == "ratings" else write_evaluation_book
            steps = write(session, query, read_rules(session), xlsx, mask_numbers=mask)
        path = show(steps)
    if current().as_json:
        current().emit({"path": path})
    else:
        say(_("The report is written: {path}").format(path=path))


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(N_("“{text}” is not a day; write it as 2026-03-17."), text=text) from error


def _one_of(text: str, kind: Any) -> Any:
    try:
        return kind(text)
    except ValueError as error:
        values = ", ".join(item.value for item in kind)
        raise UsageError(N_("“{value}” is not one of: {values}."), value=text, values=values) from error
