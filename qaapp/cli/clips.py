"""``clips``: stretches of a call, or the whole of it, as files of their own."""

from __future__ import annotations

from pathlib import Path

import typer

from qaapp.cli.root import current, say
from qaapp.errors import UsageError
from qaapp.i18n import N_, _, ngettext


def register(app: typer.Typer) -> None:
    @app.command("clips", help=_("Cut a call, a stretch of it or its annotations into files."))
    def clips(
        call: str = typer.Argument(..., help=_("Number or external id of the call.")),
        out: Path = typer.Option(Path(), "--out", metavar="DIR", help=_("Folder for the files.")),
        start: str = typer.Option("", "--from", metavar="TIME", help=_("Start of the stretch, 1:23.")),
        end: str = typer.Option("", "--to", metavar="TIME", help=_("End of the stretch, 2:05.")),
        annotations: bool = typer.Option(False, "--annotations", help=_("One file for each annotation.")),
        kind: list[str] = typer.Option([], help=_("With --annotations: only these kinds.")),
        format: str = typer.Option("mp3", "--format", help=_("mp3, wav, flac or opus.")),
        sides: str = typer.Option("both", help=_("both, manager or customer.")),
        mono: bool = typer.Option(False, "--mono", help=_("Both sides in one channel.")),
        level: bool = typer.Option(False, "--level", help=_("Both sides equally loud.")),
        personal: bool = typer.Option(False, "--keep-personal-data", help=_("Leave personal data audible.")),
    ) -> None:
        _clips(
            call, out, (start, end), kind if annotations else None, format, sides, mono, not personal, level
        )


def _clips(
    call: str, out: Path, stretch: tuple[str, str], kinds: list[str] | None, format: str, sides: str, mono: bool,
    beep: bool, level: bool,
) -> None:  # fmt: skip
    from qaapp.calls import clip_export as cutting
    from qaapp.calls.annotations import list_annotations, list_kinds
    from qaapp.cli.archive import time_ms
    from qaapp.cli.progress_bar import show
    from qaapp.journal.naming import chosen, find_call
    from qaapp.settings import load_personal
    from qaapp.words import Lane

    suffix = f".{format.casefold().removeprefix('.')}"
    if suffix not in cutting.FORMATS:
        known = ", ".join(one.removeprefix(".") for one in cutting.FORMATS)
        raise UsageError(N_("There is no format “{name}”; use {known}."), name=format, known=known)
    if sides not in ("both", "manager", "customer"):
        raise UsageError(
            N_("“{value}” is not one of: {values}."), value=sides, values="both, manager, customer"
        )
    if kinds is not None and any(stretch):
        raise UsageError(N_("--annotations and a stretch exclude each other."))
    lanes = frozenset() if sides == "both" else frozenset([Lane(sides)])
    options = cutting.ClipOptions(suffix, lanes, mono, beep, level)
    with current().workspace() as workspace:
        with workspace.database.read() as session:
            call_id = find_call(session, call)
            wishes = [
                cutting.ClipWish(call_id, time_ms(stretch[0]) if any(stretch) else None, time_ms(stretch[1]))
            ]
            if any(stretch) and wishes[0].start_ms is None:
                wishes = [cutting.ClipWish(call_id, 0, wishes[0].end_ms)]
            if kinds is not None:
                wanted = chosen(session, "annotation_kind", kinds)
                by_id = {one.id: one for one in list_kinds(session)}
                rows = list_annotations(session, call_id)
                wishes = [
                    cutting.wish_of(row, by_id.get(row.kind_id))
                    for row in rows
                    if not wanted or row.kind_id in wanted
                ]
        done = show(
            cutting.export_clips(workspace.database, wishes, out.absolute(), load_personal().roots, options)
        )
    for problem in done.problems:
        say(f"{problem.title}: {problem.reason}")
    n = len(done.written)
    say(ngettext("{n} clip saved", "{n} clips saved", n).format(n=n))
    if current().as_json:
        current().emit(
            {
                "written": [str(path) for path in done.written], "beeps": done.beeps,
                "problems": [{"title": one.title, "reason": one.reason} for one in done.problems],
            }
        )  # fmt: skip
