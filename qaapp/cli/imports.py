"""``import``: folders of recordings and call logs."""

from __future__ import annotations

from pathlib import Path

import typer

from qaapp.cli.root import current, say
from qaapp.i18n import _, ngettext


def register(app: typer.Typer) -> None:
    """Add the command; help texts are made now, in the language of the moment."""

    @app.command(
        "import", help=_("Bring in a folder of recordings, call logs, or both; again whenever you like.")
    )
    def import_command(
        paths: list[Path] = typer.Argument(
            None, metavar="PATH…", readable=False, help=_("Folders, recordings, call logs.")
        ),
        cdr: list[Path] = typer.Option(
            [], "--cdr", readable=False, help=_("A call log (CSV, XLSX, Asterisk Master.csv).")
        ),
        map_file: Path | None = typer.Option(
            None, "--map", readable=False, help=_("JSON that says which column is what.")
        ),
        pattern: str = typer.Option(
            "", help=_("How file names are made: a pattern's name or {date}_{time}_{extension}.")
        ),
        timezone: str = typer.Option(
            "", help=_("Where clocks of logs and names stand, such as Europe/Moscow.")
        ),
        manager: str = typer.Option("", help=_("Calls that name nobody are this manager's.")),
    ) -> None:
        from qaapp.cli.progress_bar import show
        from qaapp.errors import UsageError
        from qaapp.i18n import N_
        from qaapp.intake.importing import ImportOptions, import_paths
        from qaapp.intake.mapping import read_map

        if not paths and not cdr:
            raise UsageError(N_("Say which folder or call log to import."))
        options = ImportOptions(
            log_files=tuple(path.absolute() for path in cdr), mapping=read_map(map_file) if map_file else None,
            pattern=pattern or None, time_zone=timezone or None, manager=manager or None,
        )  # fmt: skip
        with current().workspace() as workspace:
            summary = show(import_paths(workspace.database, paths or [], options))
        if current().as_json:
            current().emit(
                {
                    "found": summary.found, "added": summary.added, "changed": summary.changed,
                    "unchanged": summary.unchanged, "recordings": summary.recordings,
                    "skipped": [
                        {"path": item.path, "row": item.row, "reason": item.reason} for item in summary.skipped
                    ],
                }
            )  # fmt: skip
            return
        say(ngettext("{n} call found", "{n} calls found", summary.found).format(n=summary.found))
        say(
            _("New: {added}, changed: {changed}, unchanged: {unchanged}, recordings: {recordings}").format(
                added=summary.added,
                changed=summary.changed,
                unchanged=summary.unchanged,
                recordings=summary.recordings,
            )
        )
        for item in summary.skipped[:20]:
            where = (
                item.path if item.row is None else _("{path}, row {row}").format(path=item.path, row=item.row)
            )
            say(f"  {where}: {item.reason}")
        rest = len(summary.skipped) - 20
        if rest > 0:
            say(ngettext("… and {n} more was left out", "… and {n} more were left out", rest).format(n=rest))
