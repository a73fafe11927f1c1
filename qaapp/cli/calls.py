"""``calls`` and ``annotations``: the journal and the timeline's notes without a window."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

import typer

from qaapp.cli.root import current, say
from qaapp.errors import UsageError
from qaapp.i18n import N_, _

MOST = 2**31 - 1  # what a database takes as a number of rows or seconds
SHOWN = 50  # lines in a terminal when no --limit is given


def register(app: typer.Typer) -> None:
    @app.command("calls", help=_("The journal: calls by period, people, tags, words."))
    def calls(
        first: str = typer.Option("", "--from", metavar="DATE", help=_("First day, YYYY-MM-DD.")),
        last: str = typer.Option("", "--to", metavar="DATE", help=_("Last day, included.")),
        manager: list[str] = typer.Option([], help=_("Manager's name; may be repeated.")),
        unassigned: bool = typer.Option(False, "--unassigned", help=_("Calls of nobody, also or only.")),
        group: list[str] = typer.Option([], help=_("Group.")),
        direction: list[str] = typer.Option([], help=_("inbound, outbound, internal, callback.")),
        disposition: list[str] = typer.Option([], help=_("answered, missed, no_answer, busy and so on.")),
        line: list[str] = typer.Option([], help=_("Number the customer dialled.")),
        source: list[str] = typer.Option([], help=_("Source.")),
        campaign: list[str] = typer.Option([], help=_("Campaign.")),
        end_reason: list[str] = typer.Option([], help=_("End reason.")),
        rating: list[str] = typer.Option([], help=_("Customer's rating.")),
        min_talk: int | None = typer.Option(None, min=0, max=MOST, help=_("Talk at least so many seconds.")),
        max_talk: int | None = typer.Option(None, min=0, max=MOST, help=_("Talk at most so many seconds.")),
        tag: list[str] = typer.Option([], help=_("Tag.")),
        kind: list[str] = typer.Option([], help=_("Kind of annotation.")),
        target: list[str] = typer.Option([], help=_("target, non_target or junk.")),
        band: list[str] = typer.Option([], help=_("green, yellow, red or grey.")),
        reviewed: bool | None = typer.Option(None, "--reviewed/--not-reviewed", help=_("Evaluated or not.")),
        recorded: bool | None = typer.Option(
            None, "--recorded/--not-recorded", help=_("With a recording or not.")
        ),
        search: str = typer.Option("", help=_("Part of a number, a name or a comment.")),
        sort: str = typer.Option("started_at", help=_("Column to sort by.")),
        ascending: bool = typer.Option(False, "--ascending", help=_("Smallest or oldest first.")),
        limit: int | None = typer.Option(None, min=1, max=MOST, help=_("At most so many calls.")),
        csv: Path | None = typer.Option(None, "--csv", help=_("Write them into a CSV file.")),
        xlsx: Path | None = typer.Option(None, "--xlsx", help=_("Write them into an Excel file.")),
        mask: bool = typer.Option(False, "--mask", help=_("Hide customers' numbers.")),
    ) -> None:
        options = locals()
        _calls(options, csv, xlsx, limit)

    @app.command("annotations", help=_("Annotations of a call, for other programs and from them."))
    def annotations(
        call: str = typer.Argument(..., help=_("Number or external id of the call.")),
        format: str = typer.Option("json", "--format", help=_("json, audacity, textgrid or vtt.")),
        out: Path | None = typer.Option(None, "--out", help=_("Write into a file.")),
        take: Path | None = typer.Option(
            None, "--import", metavar="FILE", help=_("Bring in labels of Audacity or our own JSON.")
        ),
        kind: str = typer.Option("", help=_("With --import: kind of labels that name none.")),
    ) -> None:
        if take is not None:
            _import_annotations(call, take, kind)
        else:
            _annotations(call, format, out)


def _calls(options: dict[str, Any], csv: Path | None, xlsx: Path | None, limit: int | None) -> None:
    from qaapp.cli.progress_bar import show
    from qaapp.journal.export import documents, write_csv
    from qaapp.journal.pages import SORTS, Sort, ids
    from qaapp.settings import load_personal
    from qaapp.store.rules import read_rules

    if options["sort"] not in SORTS:
        raise UsageError(
            N_("There is no column “{name}”; use one of {columns}."),
            name=options["sort"],
            columns=", ".join(SORTS),
        )
    sort = Sort(options["sort"], not options["ascending"])
    mask = options["mask"] or load_personal().mask_numbers
    with current().workspace() as workspace, workspace.database.read() as session:
        zone = read_rules(session).zone
        chosen = _filter(session, options)
        written: list[Path] = []
        if csv is not None:
            written.append(
                show(write_csv(session, ids(session, chosen, sort, zone, limit), csv, zone, mask=mask))
            )
        if xlsx is not None:
            from qaapp.reports.journal_book import write_journal

            written.append(show(write_journal(session, chosen, sort, xlsx, mask=mask, limit=limit)))
        for path in written:
            say(_("Written: {path}").format(path=path))
        if current().as_json:
            call_ids = ids(session, chosen, sort, zone, limit)
            current().emit(list(documents(session, call_ids, zone, mask=mask)))
        elif not written:
            _print_calls(session, ids(session, chosen, sort, zone, limit or SHOWN), zone, mask)


def _filter(session: Any, options: dict[str, Any]) -> Any:
    from qaapp.journal.filters import Filter
    from qaapp.journal.naming import chosen
    from qaapp.words import Band, Direction, Disposition, Target

    return Filter(
        first_day=_day(options["first"]),
        last_day=_day(options["last"]),
        directions=_words(options["direction"], Direction),
        dispositions=_words(options["disposition"], Disposition),
        manager_ids=chosen(session, "manager", options["manager"]),
        unassigned=options["unassigned"] or None,
        group_ids=chosen(session, "group", options["group"]),
        lines=chosen(session, "line", options["line"]),
        source_ids=chosen(session, "source", options["source"]),
        campaigns=chosen(session, "campaign", options["campaign"]),
        end_reasons=chosen(session, "end_reason", options["end_reason"]),
        ratings=chosen(session, "rating", options["rating"]),
        talk_min_s=options["min_talk"],
        talk_max_s=options["max_talk"],
        tag_ids=chosen(session, "tag", options["tag"]),
        annotation_kind_ids=chosen(session, "annotation_kind", options["kind"]),
        targets=_words(options["target"], Target),
        reviewed=options["reviewed"],
        bands=_words(options["band"], Band),
        has_recording=options["recorded"],
        text=options["search"],
    )


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(N_("“{text}” is not a day; write it as 2026-03-17."), text=text) from error


def _words(names: list[str], kind: Any) -> frozenset[str]:
    """Values of a closed list by themselves or by their words in the language in force."""
    from qaapp.i18n import word

    known = {word(value.value).casefold(): value.value for value in kind} | {
        value.value: value.value for value in kind
    }
    for name in names:
        if name.casefold() not in known:
            raise UsageError(
                N_("There is no “{name}” ({column})."),
                name=name,
                column=", ".join(value.value for value in kind),
            )
    return frozenset(known[name.casefold()] for name in names)


def _print_calls(session: Any, call_ids: list[int], zone: Any, mask: bool) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from qaapp.i18n import duration, mask_phone, moment, phone, word
    from qaapp.journal.pages import rows_of
    from qaapp.scorecards.scoring import Limits, percent_text
    from qaapp.store.rules import read_rules

    if not call_ids:
        say(_("No calls fit."))
        return
    rules = read_rules(session)
    limits = Limits(rules.green_above, rules.red_below)
    table = Table(box=None, pad_edge=False)
    for title in (
        _("No."),
        _("Date and time"),
        _("Direction"),
        _("Number"),
        _("Manager"),
        _("Talk"),
        _("Score"),
    ):
        table.add_column(title)
    for row in rows_of(session, call_ids):
        number = mask_phone(row.customer_number) if mask else phone(row.customer_number)
        talk = ("≈ " if row.talk_is_estimate else "") + duration(row.talk_s)
        cells = (
            str(row.id), moment(row.started_at, zone, year=True), word(row.direction), number,
            row.manager or _("Not assigned"), talk, percent_text(row.score, limits),
        )  # fmt: skip
        table.add_row(*(Text(cell) for cell in cells))
    Console(file=sys.stdout).print(table)


def _annotations(call: str, name: str, out: Path | None) -> None:
    from qaapp.calls import annotation_formats as formats
    from qaapp.calls.annotations import list_annotations, list_kinds
    from qaapp.calls.recordings import sound_ms
    from qaapp.journal.naming import find_call
    from qaapp.tables import replacing

    if name not in formats.FORMATS:
        raise UsageError(
            N_("There is no format “{name}”; use {known}."), name=name, known=", ".join(formats.FORMATS)
        )
    with current().workspace() as workspace, workspace.database.read() as session:
        call_id = find_call(session, call)
        rows, kinds = list_annotations(session, call_id), list_kinds(session)
        length = sound_ms(session, call_id)
    text = formats.render(name, rows, kinds, length or None)
    if out is not None:
        with replacing(out) as part:
            part.write_text(text, encoding="utf-8", newline="")
        say(_("Written: {path}").format(path=out))
    if current().as_json:
        current().emit(formats.to_document(rows, kinds))
    elif out is None:
        sys.stdout.write(text)


def _import_annotations(call: str, path: Path, kind: str) -> None:
    from dataclasses import asdict

    from qaapp.calls import annotation_import as taking
    from qaapp.calls.annotation_formats import to_document
    from qaapp.calls.annotations import list_kinds
    from qaapp.calls.people import known_user
    from qaapp.calls.recordings import sound_ms
    from qaapp.journal.naming import chosen, find_call
    from qaapp.settings import load_personal

    drafts, refused = taking.read_file(path)
    with current().workspace() as workspace, workspace.database.write() as session:
        call_id = find_call(session, call)
        kind_id = next(iter(chosen(session, "annotation_kind", [kind] if kind else [])), None)
        done = taking.add_drafts(
            session, call_id, drafts, refused, default_kind_id=kind_id,
            duration_ms=sound_ms(session, call_id), user_id=known_user(session, load_personal().user_id),
        )  # fmt: skip
        kinds = list_kinds(session)
    for one in done.refused:
        say(_("Line {line} was not taken: {reason}.").format(line=one.line, reason=one.reason))
    say(taking.sentence(done))
    if current().as_json:
        current().emit(
            {
                "added": to_document(done.added, kinds), "there": done.there,
                "refused": [asdict(one) for one in done.refused], "without_checkpoint": done.without_checkpoint,
            }
        )  # fmt: skip
