"""``archive list|add|export``: the training archive without a window."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from qaapp.cli.root import current, say
from qaapp.errors import UsageError
from qaapp.i18n import N_, _, ngettext


def register(app: typer.Typer) -> None:
    group = typer.Typer(help=_("Best and worst calls kept as examples."), no_args_is_help=True)

    @group.command("list", help=_("List the examples."))
    def list_examples(
        stage: str | None = typer.Option(None, help=_("Only this stage.")),
        verdict: str = typer.Option("", help=_("Only best or only worst.")),
    ) -> None:
        _list(stage, verdict)

    @group.command("add", help=_("Keep a call or a stretch of it."))
    def add(
        call: str = typer.Argument(..., help=_("Number or external id of the call.")),
        verdict: str = typer.Argument(..., help=_("best or worst.")),
        stage: str = typer.Option("", help=_("Stage of the talk.")),
        title: str = typer.Option("", help=_("A short title.")),
        reason: str = typer.Option("", help=_("Why it is an example.")),
        said: str = typer.Option("", help=_("What was said.")),
        should: str = typer.Option("", "--should-have-said", help=_("What should have been said.")),
        start: str = typer.Option("", "--from", metavar="TIME", help=_("Start of the stretch, 1:23.")),
        end: str = typer.Option("", "--to", metavar="TIME", help=_("End of the stretch, 2:05.")),
        owner: str = typer.Option("", help=_("Who keeps it.")),
    ) -> None:
        texts = {"stage": stage, "title": title, "reason": reason, "said": said, "should_have_said": should}
        _add(call, verdict, texts, start, end, owner)

    @group.command("export", help=_("Write the examples into a new folder: sound, a page, a sheet."))
    def export(
        folder: Path = typer.Argument(..., metavar="DIR", help=_("New folder.")),
        stage: str | None = typer.Option(None, help=_("Only this stage.")),
        verdict: str = typer.Option("", help=_("Only best or only worst.")),
        mask: bool = typer.Option(False, "--mask", help=_("Hide customers' numbers.")),
        personal: bool = typer.Option(False, "--keep-personal-data", help=_("Leave personal data audible.")),
    ) -> None:
        _export(folder, stage, verdict, mask, not personal)

    app.add_typer(group, name="archive")


def _verdict(text: str) -> Any:
    from qaapp.words import Verdict

    if not text:
        return None
    try:
        return Verdict(text.casefold())
    except ValueError as error:
        values = ", ".join(item.value for item in Verdict)
        raise UsageError(N_("“{value}” is not one of: {values}."), value=text, values=values) from error


def _list(stage: str | None, verdict: str) -> None:
    from qaapp.archive import items
    from qaapp.i18n import duration, moment, word
    from qaapp.store.rules import read_rules

    with current().workspace() as workspace, workspace.database.read() as session:
        zone = read_rules(session).zone
        rows = items.list_items(session, stage, _verdict(verdict))
    if current().as_json:
        current().emit([_document(row) for row in rows])
        return
    if not rows:
        say(_("The archive is empty."))
    for row in rows:
        length = duration(None if row.duration_ms is None else row.duration_ms / 1000)
        parts = [
            f"{row.id}", word(row.verdict.value), row.stage, row.title or row.reason, length,
            row.manager or _("Not assigned"), moment(row.started_at, zone, year=True),
        ]  # fmt: skip
        if row.is_stale:
            days = ngettext("{n} day", "{n} days", row.days_since_refresh).format(n=row.days_since_refresh)
            parts.append(f"{_('stale')}: {days}")
        say(" · ".join(part for part in parts if part))


def _document(row: Any) -> dict[str, Any]:
    from dataclasses import asdict

    values = asdict(row)
    for key in ("manager_id", "customer_number"):
        values.pop(key)
    return values


def _add(call: str, verdict: str, texts: dict[str, str], start: str, end: str, owner: str) -> None:
    from qaapp.archive import items
    from qaapp.calls import people
    from qaapp.journal.naming import find_call
    from qaapp.settings import load_personal

    chosen = _verdict(verdict)
    with current().workspace() as workspace, workspace.database.write() as session:
        user_id = people.known_user(session, load_personal().user_id)
        row = items.add(
            session, find_call(session, call), chosen, **texts, start_ms=time_ms(start), end_ms=time_ms(end),
            owner_id=items.user_named(session, owner) if owner else None, user_id=user_id,
        )  # fmt: skip
    if current().as_json:
        current().emit(_document(row))
    else:
        say(_("Kept as example {id}.").format(id=row.id))


def time_ms(text: str) -> int | None:
    """Milliseconds of ``83.5``, ``1:23`` or ``1:02:03``."""
    if not text:
        return None
    total = 0.0
    try:
        for part in text.replace(",", ".").split(":"):
            value = float(part)
            if not 0 <= value < 1e6:
                raise ValueError(part)
            total = total * 60 + value
    except ValueError as error:
        raise UsageError(
            N_("“{value}” is not a time of a call."), hint=N_("Write it as 1:23 or 83.5."), value=text
        ) from error
    return round(total * 1000)


def _export(folder: Path, stage: str | None, verdict: str, mask: bool, beep: bool) -> None:
    from qaapp.archive import items, packs
    from qaapp.cli.progress_bar import show
    from qaapp.settings import load_personal

    personal = load_personal()
    with current().workspace() as workspace:
        with workspace.database.read() as session:
            ids = [row.id for row in items.list_items(session, stage, _verdict(verdict))]
        page = show(
            packs.export_pack(
                workspace.database, ids, folder, personal.roots,
                mask_numbers=mask or personal.mask_numbers, beep=beep,
            )
        )  # fmt: skip
    if current().as_json:
        current().emit(
            {"path": page.parent, "page": page, "sheet": page.parent / packs.SHEET, "items": len(ids)}
        )
    else:
        say(_("The pack is written: {path}").format(path=page))
