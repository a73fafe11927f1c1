"""``backup``, ``restore`` and ``check``: safe copies and the health of a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from qaapp.cli.root import current, say
from qaapp.errors import StoreError
from qaapp.i18n import N_, _, ngettext


def register(app: typer.Typer) -> None:
    @app.command("backup", help=_("Write a safe copy of the database while others go on working."))
    def backup(file: Path = typer.Argument(..., readable=False, help=_("File of the copy."))) -> None:
        from qaapp.store import backup as copies

        with current().workspace() as workspace:
            target = copies.backup(workspace.database, file.absolute())
        say(_("Copied to {path}.").format(path=target))
        if current().as_json:
            current().emit({"path": target, "size_bytes": target.stat().st_size})

    @app.command("restore", help=_("Put a copy back; the database of now is kept in the folder “backups”."))
    def restore(file: Path = typer.Argument(..., readable=False, help=_("A copy made by “backup”."))) -> None:
        from qaapp.store import backup as copies

        if current().database_url:
            raise StoreError(
                N_("This is a team database on a PostgreSQL server."),
                hint=N_("Copy and restore it with pg_dump and pg_restore there."),
                kind="not_supported",
            )
        folder = current().workspace_folder.expanduser().absolute()
        kept = copies.restore(folder, file.absolute())
        with current().workspace():
            pass  # brings an older copy to the schema of now
        say(_("Restored from {path}.").format(path=file))
        if kept is not None:
            say(_("The database of before is kept in {path}.").format(path=kept))
        if current().as_json:
            current().emit({"restored": file.absolute(), "kept": kept})

    @app.command(
        "check", help=_("Look for damage: the database, recordings that are gone or cannot be heard.")
    )
    def check() -> None:
        found = _check()
        if found:
            raise typer.Exit(1)


def _check() -> int:
    """Print what was found; the number of findings. Status 1 when there are any, so that a script can tell."""
    from qaapp.calls.checks import check
    from qaapp.cli.progress_bar import show
    from qaapp.settings import load_personal

    with current().workspace() as workspace:
        result = show(check(workspace.database, load_personal().roots, workspace.recordings))
    if current().as_json:
        findings: list[dict[str, Any]] = [
            {"kind": item.kind, "subject": item.subject, "call": item.call_id, "sentence": item.sentence}
            for item in result.findings
        ]
        current().emit({"calls": result.calls, "recordings": result.recordings, "findings": findings})
        return len(findings)
    for item in result.findings:
        say(item.sentence if item.subject in item.sentence else f"{item.subject}: {item.sentence}")
    if not result.findings:
        say(_("All is well."))
    calls = ngettext("{n} call", "{n} calls", result.calls).format(n=result.calls)
    files = ngettext("{n} recording", "{n} recordings", result.recordings).format(n=result.recordings)
    say(_("Looked at: {calls}, {recordings}.").format(calls=calls, recordings=files))
    return len(result.findings)
