"""``scorecards`` and ``evaluate``: cards as files, marks in bulk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from qaapp.cli.root import current, say
from qaapp.i18n import N_, _, ngettext, word


def register(app: typer.Typer) -> None:
    """Add the commands; help texts are made now, in the language of the moment."""
    cards = typer.Typer(help=_("Scorecards: list, show, import, export, publish."), no_args_is_help=True)
    app.add_typer(cards, name="scorecards")

    @cards.command("list", help=_("List the scorecards."))
    def list_cards(archived: bool = typer.Option(False, "--archived", help=_("Archived ones too."))) -> None:
        from qaapp.scorecards import cards as room

        with current().workspace() as workspace, workspace.database.read() as session:
            briefs = room.list_cards(session, archived)
        if current().as_json:
            current().emit(
                [
                    {
                        "name": card.name, "revision": card.revision, "call_type": card.call_type.value,
                        "checkpoints": card.checkpoints,
                    }
                    for card in briefs
                ]
            )  # fmt: skip
            return
        if not briefs:
            say(
                _(
                    "There are no scorecards yet. Add a ready one: qaapp scorecards import --template inbound_sale"
                )
            )
        for card in briefs:
            state = _("draft") if card.revision is None else _("revision {n}").format(n=card.revision)
            count = ngettext("{n} checkpoint", "{n} checkpoints", card.checkpoints).format(n=card.checkpoints)
            say(f"{card.name} · {word(card.call_type)} · {state} · {count}")

    @cards.command("show", help=_("Show a scorecard with its sections and checkpoints."))
    def show(name: str = typer.Argument(help=_("Name of the scorecard."))) -> None:
        with current().workspace() as workspace, workspace.database.read() as session:
            card = _shown(session, name)
        if current().as_json:
            current().emit(
                {
                    "name": card.name,
                    "revision": card.number,
                    "sections": [
                        {
                            "name": section.name,
                            "checkpoints": [
                                {
                                    "code": point.code, "text": point.text, "weight": point.weight,
                                    "critical": point.critical,
                                }
                                for point in section.checkpoints
                            ],
                        }
                        for section in card.sections
                    ],
                }
            )  # fmt: skip
            return
        say(f"{card.name} · {_('revision {n}').format(n=card.number)}")
        for section in card.sections:
            say(f"\n{section.name}")
            for point in section.checkpoints:
                marks = [_("weight {n}").format(n=point.weight)] if point.weight != 1 else []
                marks += [_("critical")] if point.critical else []
                say(f"  {point.code}  {point.text}" + (f" ({', '.join(marks)})" if marks else ""))

    @cards.command(
        "import", help=_("Take a scorecard from an XLSX, CSV or JSON file, or a ready one by --template.")
    )
    def import_file(
        file: Path | None = typer.Argument(None, readable=False, help=_("The file.")),
        template: str = typer.Option(
            "", help=_("A ready card: inbound_sale, cold_call, repeat_sale, service, nine_points.")
        ),
        name: str = typer.Option("", help=_("Another name for the card.")),
        draft: bool = typer.Option(False, "--draft", help=_("Do not put a new card in force yet.")),
    ) -> None:
        card, changed = _import(file, template, name, draft)
        if current().as_json:
            current().emit({"name": card.name, "revision": card.number, "state": card.state.value})
        elif card.state.value == "published":
            say(_("“{name}” is in force, revision {n}.").format(name=card.name, n=card.number))
        else:
            text = _("“{name}”: draft of revision {n}. Put it in force with: qaapp scorecards publish")
            say(text.format(name=card.name, n=card.number) if changed else _("Nothing changed."))

    @cards.command("export", help=_("Write a scorecard as XLSX or JSON."))
    def export(
        name: str = typer.Argument(help=_("Name of the scorecard.")),
        file: Path = typer.Argument(readable=False, help=_("The file, .xlsx or .json.")),
    ) -> None:
        from qaapp.scorecards.exchange import export_card

        with current().workspace() as workspace, workspace.database.read() as session:
            card = _shown(session, name)
        path = export_card(card, file)
        if current().as_json:
            current().emit({"path": path})
        else:
            say(str(path))

    @cards.command("publish", help=_("Put the draft of a scorecard in force."))
    def publish(name: str = typer.Argument(help=_("Name of the scorecard."))) -> None:
        from qaapp.scorecards import cards as room

        with current().workspace() as workspace, workspace.database.write() as session:
            card = room.publish(session, room.need_card(session, name).scorecard_id, None)
        if current().as_json:
            current().emit({"name": card.name, "revision": card.number, "state": card.state.value})
        else:
            say(_("“{name}” is in force, revision {n}.").format(name=card.name, n=card.number))

    @app.command(
        "evaluate", help=_("Take marks in bulk from a CSV, XLSX or JSON file: one row a call, 1, 0 or N.")
    )
    def evaluate(
        file: Path = typer.Argument(
            readable=False, help=_("The file: a column “call” and one per checkpoint code.")
        ),
        scorecard: str = typer.Option(..., help=_("Name of the scorecard.")),
        reviewer: str = typer.Option(..., help=_("Whose marks they are.")),
    ) -> None:
        from qaapp.cli.progress_bar import show as run_with_bar
        from qaapp.scorecards.marks_import import import_marks

        with current().workspace() as workspace:
            summary = run_with_bar(import_marks(workspace.database, file, scorecard, reviewer))
        if current().as_json:
            rejected = [{"row": entry.row, "reason": entry.reason} for entry in summary.rejected]
            current().emit({"submitted": summary.submitted, "rejected": rejected})
            return
        say(
            ngettext("{n} evaluation submitted", "{n} evaluations submitted", summary.submitted).format(
                n=summary.submitted
            )
        )
        for entry in summary.rejected:
            say(_("Row {row} left out: {reason}").format(row=entry.row, reason=entry.reason))


def _shown(session: Any, name: str) -> Any:
    """The revision in force, else the draft."""
    from qaapp.scorecards import cards as room

    brief = room.need_card(session, name)
    return room.load_card(session, brief.published_revision_id or brief.draft_revision_id or 0)


def _import(file: Path | None, template: str, name: str, draft: bool) -> tuple[Any, bool]:
    """A new card is put in force at once; over an existing card comes a draft that waits for ``publish``."""
    from dataclasses import replace

    from qaapp.errors import UsageError
    from qaapp.scorecards import cards as room
    from qaapp.scorecards.exchange import import_card
    from qaapp.scorecards.templates import read_template

    if (file is None) == (not template):
        raise UsageError(N_("Give a file or --template, one of the two."))
    title, call_type, sections = read_template(template) if file is None else import_card(file)
    title = name or title
    with current().workspace() as workspace, workspace.database.write() as session:
        known = room.find_card(session, title)
        if known is None:
            card = room.create_card(session, title, call_type, sections, None)
            return (card if draft else room.publish(session, card.scorecard_id, None)), True
        before = room.load_published(session, known.scorecard_id)
        editing = room.edit_draft(session, known.scorecard_id, None)
        card = room.save_draft(session, replace(editing, call_type=call_type, sections=sections), None)
        if before is not None and not room.difference(before, card):
            room.discard_draft(session, known.scorecard_id, None)
            return before, False
        return card, True
