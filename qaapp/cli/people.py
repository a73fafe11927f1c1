"""``people list|import|set``: managers, groups, extensions."""

from __future__ import annotations

from pathlib import Path

import typer

from qaapp.cli.root import current, say
from qaapp.i18n import N_, _, ngettext


def register(app: typer.Typer) -> None:
    """Add the command; help texts are made now, in the language of the moment."""
    group = typer.Typer(help=_("Managers, their groups and extensions."), no_args_is_help=True)
    app.add_typer(group, name="people")

    @group.command("list", help=_("Everybody with group, extensions and number of calls."))
    def list_command() -> None:
        with current().workspace() as workspace:
            _print(workspace.database)

    @group.command("import", help=_("Add people from a CSV or XLSX with columns Name, Group, Extension."))
    def import_command(file: Path = typer.Argument(readable=False, help=_("The sheet."))) -> None:
        from qaapp.calls import people

        with current().workspace() as workspace:
            done = people.import_people(workspace.database, file)
            for row, reason in done.skipped:
                typer.echo(
                    _("{path}, row {row}: {reason}").format(path=file, row=row, reason=reason), err=True
                )
            if not current().as_json:
                say(ngettext("{n} person added", "{n} people added", done.added).format(n=done.added))
                say(ngettext("{n} person changed", "{n} people changed", done.changed).format(n=done.changed))
            _print(workspace.database)

    @group.command("set", help=_("Add or change one manager."))
    def set_command(
        name: str = typer.Argument(help=_("The manager's name, or the extension he is known by.")),
        new_name: str = typer.Option("", "--rename", help=_("His new name.")),
        group: str | None = typer.Option(None, help=_("His group; empty takes him out.")),
        extension: list[str] | None = typer.Option(
            None, help=_("His extension; may be given several times.")
        ),
        merge_into: str = typer.Option("", help=_("Give everything of his to this manager.")),
        active: bool | None = typer.Option(None, "--active/--inactive", help=_("Whether he works here.")),
    ) -> None:
        from qaapp.calls import people
        from qaapp.errors import UsageError

        with current().workspace() as workspace:
            with workspace.database.write() as session:
                manager_id = people.find_or_create(session, name=name)
                if manager_id is None:
                    raise UsageError(N_("A name cannot be empty."))
                if new_name:
                    people.rename(session, manager_id, new_name)
                if group is not None:
                    people.set_group(session, manager_id, group)
                if extension is not None:
                    people.set_extensions(
                        session, manager_id, [part for text in extension for part in text.split(",")]
                    )
                if active is not None:
                    people.set_active(session, manager_id, active)
                if merge_into:
                    keep = people.find_or_create(session, name=merge_into)
                    assert keep is not None
                    people.merge(session, keep, manager_id)
            _print(workspace.database)


def _print(database: object) -> None:
    from qaapp.calls import people
    from qaapp.store.database import Database

    assert isinstance(database, Database)
    with database.read() as session:
        rows = people.list_people(session)
    if current().as_json:
        current().emit(
            [
                {
                    "id": row.id, "name": row.name, "group": row.group_name, "extensions": list(row.extensions),
                    "active": row.active, "calls": row.calls,
                }
                for row in rows
            ]
        )  # fmt: skip
        return
    for row in rows:
        details = [row.group_name or "", ", ".join(row.extensions)]
        details.append(ngettext("{n} call", "{n} calls", row.calls).format(n=row.calls))
        if not row.active:
            details.append(_("inactive"))
        say(f"{row.name} · " + " · ".join(part for part in details if part))
