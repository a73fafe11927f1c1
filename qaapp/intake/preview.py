"""What an import would read, for a dialog to show before it is begun: nothing is written, nothing is decoded."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from qaapp.intake import importing
from qaapp.intake.importing import ImportOptions, ImportSummary, import_paths
from qaapp.intake.mapping import Preview, preview, remember
from qaapp.progress import Progress, Steps
from qaapp.sources.columns import ColumnMap
from qaapp.sources.filenames import check_pattern
from qaapp.sources.folder import FolderCall, count_files, started_at, walk
from qaapp.sources.moments import zone_of
from qaapp.store.database import Database
from qaapp.store.rules import read_rules
from qaapp.store.schema import RecordingRoot
from qaapp.words import Direction

PREVIEW_CALLS = 12


@dataclass(frozen=True)
class Chosen:
    """Paths by what they are: ``files`` are single recordings by their folder."""

    folders: tuple[Path, ...]
    files: dict[Path, list[Path]]
    logs: tuple[Path, ...]

    @property
    def has_recordings(self) -> bool:
        return bool(self.folders or self.files)


@dataclass(frozen=True)
class NamedCall:
    """One recording as its name and folder tell it; ``started_at`` has the import's zone.

    ``is_guess``: the name holds no time, so the file's own time was taken. ``files`` is how many sides were found.
    """

    name: str
    started_at: datetime
    is_guess: bool
    manager: str
    extension: str
    direction: Direction
    number: str
    files: int
    pattern: str


def sort_paths(paths: Sequence[Path]) -> Chosen:
    """Tell folders, recordings and call logs apart. Raises ``SourceError`` for what is not there."""
    folders, files, logs = importing._sorted(paths, ())
    return Chosen(tuple(folders), files, tuple(logs))


def preview_recordings(
    database: Database, chosen: Chosen, pattern: str | None, time_zone: str, limit: int = PREVIEW_CALLS
) -> Steps[tuple[NamedCall, ...]]:
    """The first ``limit`` recordings as the import would understand them. For a worker thread: it lists folders.

    Raises ``UsageError`` for a pattern and ``QaappError`` for a zone that cannot be read.
    """
    zone = zone_of(time_zone)
    if pattern:
        check_pattern(pattern)
    with database.read() as session:
        country_code = read_rules(session).country_code
        roots = list(session.scalars(select(RecordingRoot.path)))
    found: list[NamedCall] = []
    for folder, only in [*((folder, None) for folder in chosen.folders), *chosen.files.items()]:
        walked = walk(
            folder, pattern=pattern, country_code=country_code, only=only, parts=_parts(folder, roots),
            besides=chosen.logs,
        )  # fmt: skip
        for item in walked:
            if isinstance(item, FolderCall):
                moment, is_guess = started_at(item, zone, 0.0)
                found.append(_named(item, moment.astimezone(zone), is_guess))
                yield Progress(len(found), limit)
            if len(found) >= limit:
                return tuple(found)
    return tuple(found)


def _parts(folder: Path, roots: Sequence[str]) -> tuple[str, ...]:
    """Folders between the deepest known root and ``folder``: they tell managers and days too."""
    wanted = os.path.abspath(folder)
    inside = [root for root in roots if wanted.startswith(root.rstrip(os.sep) + os.sep)]
    return Path(wanted).relative_to(max(inside, key=len)).parts if inside else ()


def _named(call: FolderCall, moment: datetime, is_guess: bool) -> NamedCall:
    name = call.name
    return NamedCall(
        call.files[0].path.name, moment, is_guess, name.employee or call.folder_manager or "",
        name.extension or call.folder_extension or "", call.direction, name.number or "", len(call.files), name.pattern,
    )  # fmt: skip


def count_recordings(chosen: Chosen) -> Steps[int]:
    """How many files there are, roughly (for a worker thread: it lists every folder)."""
    total = sum(len(files) for files in chosen.files.values())
    for folder in chosen.folders:
        total += count_files(folder)
        yield Progress(total, None)
    return total


def preview_log(database: Database, path: Path) -> Preview:
    """The beginning of a call log with remembered or guessed columns. Raises ``SheetError``."""
    with database.read() as session:
        return preview(path, session)


def field_of_columns(columns: ColumnMap) -> dict[int, str]:
    """Column → the field that it stands for in a list; a column that serves two fields is named by the first."""
    found: dict[int, str] = {}
    for name, column in columns.columns.items():
        found.setdefault(column, name)
    return found


def change_columns(base: ColumnMap, chosen: Mapping[int, str]) -> ColumnMap:
    """``base`` after a person said which column is what; second fields of columns left alone stay."""
    before = field_of_columns(base)
    if before == dict(chosen):
        return base
    columns = {
        name: column
        for name, column in base.columns.items()
        if column in before and chosen.get(column) == before[column]
    }
    columns.update({name: column for column, name in chosen.items()})
    keys = columns.keys()
    pair, linked = {"channel", "target_channel"}, {"source_number", "target_number", "conversation_id"}
    return ColumnMap(columns, pair <= keys or linked <= keys)


def import_shown(
    database: Database, paths: Sequence[Path], options: ImportOptions, changed: Sequence[tuple[Preview, ColumnMap]]
) -> Steps[ImportSummary]:  # fmt: skip
    """``import_paths`` with the columns that a person ``changed``; they are remembered by the headings."""
    if len(changed) == 1 and len(sort_paths(paths).logs) == 1:
        options = replace(options, mapping=changed[0][1])
    elif changed:
        with database.write() as session:
            for shown, columns in changed:
                remember(session, shown.headings, columns)
    return (yield from import_paths(database, paths, options))
