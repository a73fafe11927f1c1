"""``qaapp demo``: the whole job on the shipped sample calls, in a workspace of its own."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from qaapp.cli.progress_bar import show
from qaapp.cli.root import current, say
from qaapp.i18n import _, decimal, ngettext, period, word
from qaapp.words import Band

if TYPE_CHECKING:
    from qaapp.ratings.ranking import Ranking, RatingRow
    from qaapp.settings import Rules
    from qaapp.store.workspace import Workspace

SHAPES = {Band.GREEN: "●", Band.YELLOW: "▲", Band.RED: "■", Band.GREY: "○"}
COLORS = {Band.GREEN: "green", Band.YELLOW: "yellow", Band.RED: "red", Band.GREY: "bright_black"}


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        "demo",
        help=_(
            "The whole job on the sample calls: import, evaluations, rating, workbook, pictures of the screens."
        ),
    )
    def demo(
        out: str = typer.Option("", help=_("Folder to write into; without it a new temporary one.")),
    ) -> None:
        folder = Path(out) if out else Path(tempfile.mkdtemp(prefix="qaapp-demo-"))
        document = run(folder.expanduser().absolute())
        if current().as_json:
            current().emit(document)


def run(folder: Path) -> dict[str, Any]:
    """Do the job in ``folder`` and give the paths of what was written. Raises ``QaappError``."""
    from qaapp.ratings.ranking import Query, rank
    from qaapp.reports.rating_book import write_rating_book
    from qaapp.samples import install_samples
    from qaapp.store.rules import read_rules
    from qaapp.store.workspace import open_workspace

    workspace = open_workspace(folder / "workspace")
    try:
        summary = show(install_samples(workspace))
        say(
            ngettext("{n} sample call", "{n} sample calls", summary.calls).format(n=summary.calls)
            + ", "
            + ngettext("{n} filled card", "{n} filled cards", summary.evaluations).format(
                n=summary.evaluations
            )
        )
        with workspace.database.read() as session:
            rules = read_rules(session)
            ranking = rank(session, Query(), rules)
        _print_ranking(ranking)
        book = folder / "rating.xlsx"
        with workspace.database.read() as session:
            show(write_rating_book(session, Query(), rules, book))
        say(_("Workbook: {path}").format(path=book))
        pictures = _pictures(workspace, rules, folder / "pictures")
    finally:
        workspace.close()
    return {
        "workspace": str(folder / "workspace"),
        "recordings": str(summary.folder),
        "calls": summary.calls,
        "evaluations": summary.evaluations,
        "workbook": str(book),
        "pictures": [str(path) for path in pictures],
    }


# --- the table ---------------------------------------------------------------------------------------------------


def _print_ranking(ranking: Ranking) -> None:
    """The traffic lights: with colours on a terminal, shapes and figures everywhere."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    title = _("Rating of managers")
    if ranking.first_day is not None and ranking.last_day is not None:
        title += f", {period(ranking.first_day, ranking.last_day)}"
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for name in ("#", _("Manager"), _("Group")):
        table.add_column(name, overflow="fold")
    table.add_column(_("Score"), justify="right", no_wrap=True)
    table.add_column(_("Calls"), justify="right", no_wrap=True)
    table.add_column(_("Change"), justify="right", no_wrap=True)
    table.add_column(_("Weakest checkpoint"), overflow="fold")
    for row in ranking.rows:
        light = Text(_light(row, ranking), style=COLORS[row.band])
        weakest = row.weakest
        table.add_row(
            str(row.rank or "–"), row.manager, row.group or "–", light,
            str(row.calls) if row.calls >= row.needed else _("{n} of {needed}").format(n=row.calls, needed=row.needed),
            "–" if row.change is None else decimal(row.change, 1, sign=True),
            f"{weakest.text} ({weakest.passed}/{weakest.applicable})" if weakest else "–",
        )  # fmt: skip
    stream = sys.stderr if current().as_json else sys.stdout
    width = None if stream.isatty() else 120
    console = Console(file=stream, width=width, highlight=False)
    console.print(table)
    legend = (Band.GREEN, Band.YELLOW, Band.RED, Band.GREY)
    console.print(Text("   ".join(f"{SHAPES[band]} {word(band.value)}" for band in legend), style="dim"))


def _light(row: RatingRow, ranking: Ranking) -> str:
    from qaapp.scorecards.scoring import percent_text

    return f"{SHAPES[row.band]} {percent_text(row.score, ranking.limits)}"


# --- pictures ----------------------------------------------------------------------------------------------------


def _pictures(workspace: Workspace, rules: Rules, folder: Path) -> list[Path]:
    """Pictures of the screens, drawn without a display; none, with a sentence, where the window cannot be drawn."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        from qaapp.shots import render
    except ImportError as error:  # the window's libraries are missing on this machine
        say(_("No pictures of the screens: the window cannot be drawn here ({reason}).").format(reason=error))
        return []
    folder.mkdir(parents=True, exist_ok=True)
    pictures = [Path(path) for path in render(workspace, folder)]
    say(_("Pictures of the screens: {path}").format(path=folder))
    return pictures
