"""The ``qaapp`` command: global options, exit status, one JSON document on stdout.

Exit status: 0 done, 1 it failed (one plain sentence on stderr), 2 wrong usage. Global options are understood before and
after the command's name. Command modules are imported after the language is known, so their help speaks it.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from qaapp import __version__, i18n
from qaapp.errors import QaappError, UsageError
from qaapp.i18n import N_, _
from qaapp.settings import default_workspace, load_personal
from qaapp.store.workspace import Workspace, open_workspace

log = logging.getLogger(__name__)

# Modules with a ``register(app)`` function, in the order of ``--help``.
COMMANDS = (
    "demo",
    "imports",
    "sources",
    "people",
    "calls",
    "clips",
    "speech",
    "transcript",
    "scorecards",
    "ratings",
    "reports",
    "archive",
    "queue",
    "upkeep",
)
GLOBAL_WITH_VALUE = ("--workspace", "--database", "--lang")
GLOBAL_FLAGS = ("--json",)


@dataclass(frozen=True)
class Context:
    """What the global options said; commands get it from ``current()``."""

    workspace_folder: Path
    database_url: str | None
    as_json: bool

    @contextmanager
    def workspace(self) -> Iterator[Workspace]:
        """The open workspace, closed at the end. Raises ``StoreError``."""
        opened = open_workspace(self.workspace_folder, self.database_url)
        try:
            yield opened
        finally:
            opened.close()

    def emit(self, document: Any) -> None:
        """Print the one JSON document of a command run with ``--json``."""
        json.dump(document, sys.stdout, ensure_ascii=False, indent=1, default=_plain_json)
        sys.stdout.write("\n")
        sys.stdout.flush()


def _plain_json(value: Any) -> Any:
    from datetime import date, datetime
    from fractions import Fraction

    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Fraction):
        return float(value)
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


_context: Context | None = None


def current() -> Context:
    """The context of the running command."""
    assert _context is not None, "a command runs inside main()"
    return _context


def say(text: str) -> None:
    """A message for a person: stderr when stdout carries JSON, stdout otherwise."""
    print(text, file=sys.stderr if _context is not None and _context.as_json else sys.stdout)


def split_globals(argv: Sequence[str]) -> tuple[dict[str, str | bool], list[str]]:
    """Take the global options out of ``argv`` wherever they stand (up to ``--``)."""
    found: dict[str, str | bool] = {}
    rest: list[str] = []
    queue = list(argv)
    while queue:
        word = queue.pop(0)
        name, equals, value = word.partition("=")
        if word == "--":
            rest += [word, *queue]
            break
        if word in GLOBAL_FLAGS:
            found[word] = True
        elif name in GLOBAL_WITH_VALUE:
            if not equals and not queue:
                raise UsageError(N_("{option} needs a value."), option=name)
            found[name] = value if equals else queue.pop(0)
        else:
            rest.append(word)
    return found, rest


def build() -> typer.Typer:
    """The command tree with every command that works."""
    app = typer.Typer(
        name="qaapp",
        help=_(
            "Listen to sales calls, score them against a card, rate managers. Without a command: the window."
        ),
        no_args_is_help=False,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback(invoke_without_command=True)
    def root(
        context: typer.Context,
        workspace: str = typer.Option("", help=_("Folder of the workspace.")),
        database: str = typer.Option("", help=_("Address of a team's PostgreSQL database.")),
        lang: str = typer.Option("", help=_("Language: ru or en.")),
        as_json: bool = typer.Option(False, "--json", help=_("Print one JSON document on stdout.")),
        version: bool = typer.Option(False, "--version", help=_("Print the version.")),
    ) -> None:
        if version:
            print(f"qaapp {__version__}")
            raise typer.Exit
        if context.invoked_subcommand is None:
            from qaapp.app import run_window

            raise typer.Exit(run_window(current().workspace_folder, current().database_url))

    for name in COMMANDS:
        try:
            module = importlib.import_module(f"qaapp.cli.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"qaapp.cli.{name}":
                raise
            continue
        module.register(app)
    return app


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    global _context
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(
                errors="replace"
            )  # a Windows console of another code page must not end an import
    personal = load_personal()
    i18n.set_language(personal.language or i18n.system_language())
    try:
        options, rest = split_globals(sys.argv[1:] if argv is None else argv)
        lang = str(options.get("--lang", ""))
        if lang and lang not in i18n.LANGUAGES:
            raise UsageError(N_("There is no language “{lang}”; use ru or en."), lang=lang)
        if lang:
            i18n.set_language(lang)
        folder = options.get("--workspace") or os.environ.get("QAAPP_WORKSPACE") or default_workspace()
        database = options.get("--database") or os.environ.get("QAAPP_DATABASE")
        _context = Context(Path(str(folder)), str(database) if database else None, "--json" in options)
        command = typer.main.get_command(build())
        result = command.main(args=rest, prog_name="qaapp", standalone_mode=False)
        if result == 130:  # the parser's word for Ctrl-C inside a command
            raise KeyboardInterrupt
    except QaappError as error:
        print(error.sentence(), file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    except KeyboardInterrupt:
        print(_("Stopped; what was done is kept."), file=sys.stderr)
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except Exception as error:
        return _usage_or_bug(error)
    finally:
        _context = None
    return result if isinstance(result, int) else 0


def _usage_or_bug(error: Exception) -> int:
    """Wrong usage is status 2 with the parser's sentence; anything else is ours and says so."""
    if hasattr(error, "format_message") and hasattr(error, "show"):
        error.show()
        return int(getattr(error, "exit_code", 2))
    if type(error).__name__ == "Abort":
        print(_("Stopped; what was done is kept."), file=sys.stderr)
        return 1
    if os.environ.get("QAAPP_TRACEBACK"):
        raise error
    log.exception("unexpected error")
    print(
        _("Unexpected error: {error}. Please send the lines above to the developers.").format(
            error=repr(error)
        ),
        file=sys.stderr,
    )
    return 1
