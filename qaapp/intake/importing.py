"""``import_paths``: folders of recordings and call logs, in any order and as often as one likes.

Call logs go first, so that recordings find their calls; what lay in the database before is joined at the end. Every
batch is a short transaction: stopping or being killed at any moment loses nothing that was committed, and the next run
takes up the rest and ends with the same result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from qaapp.errors import QaappError, SheetError, SourceError
from qaapp.i18n import N_, _
from qaapp.intake import joining, merging
from qaapp.intake.folders import FolderImport
from qaapp.intake.logs import import_log
from qaapp.intake.managers import People
from qaapp.intake.summary import ImportSummary, Skipped, Tally
from qaapp.progress import Progress, Steps
from qaapp.settings import Rules
from qaapp.sources.columns import ColumnMap
from qaapp.sources.filenames import AUDIO_SUFFIXES, check_pattern
from qaapp.sources.folder import TABLE_SUFFIXES
from qaapp.sources.moments import zone_of
from qaapp.store import events
from qaapp.store.database import Database
from qaapp.store.rules import read_rules

__all__ = ["ImportOptions", "ImportSummary", "Skipped", "import_paths"]

JOIN_BATCH = 50


@dataclass(frozen=True)
class ImportOptions:
    """``mapping`` says which column is what (``{"columns": {field: heading or number}}``); ``pattern`` names a file
    name pattern or is a template; ``time_zone`` (default: the workspace's) is where clocks of logs and names stand;
    ``manager``: everything without a better claim is his."""

    log_files: tuple[Path, ...] = ()
    mapping: Mapping[str, Any] | ColumnMap | None = None
    pattern: str | None = None
    time_zone: str | None = None
    manager: str | None = None
    source_name: str | None = None


def import_paths(
    database: Database, paths: Sequence[Path], options: ImportOptions = ImportOptions()
) -> Steps[ImportSummary]:
    """Bring in everything under ``paths``. Raises ``QaappError`` when nothing at all can be read; single files and rows
    that cannot be read are in the summary."""
    with database.read() as session:
        rules = read_rules(session)
    zone = zone_of(options.time_zone) if options.time_zone else rules.zone
    if options.pattern:
        check_pattern(options.pattern)
    folders, files, logs = _sorted(paths, options.log_files)
    tally, people = Tally(), People()
    spans: list[tuple[datetime, datetime]] = []
    refused: list[QaappError] = []
    for path in logs:
        try:
            span = yield from import_log(
                database,
                path,
                options.mapping,
                zone,
                rules.country_code,
                options.manager,
                options.source_name,
                people,
                tally,
            )
        except SheetError as error:
            refused.append(error)
            tally.skipped.append(Skipped(str(path), None, error.sentence()))
            continue
        if span is not None:
            spans.append(span)
    for folder, only in [*((folder, None) for folder in folders), *files.items()]:
        work = FolderImport(
            database, folder, zone=zone, rules=rules, pattern=options.pattern, manager=options.manager,
            source_name=options.source_name, people=people, tally=tally,
        )  # fmt: skip
        yield from work.run(only, logs)
    if spans:
        yield from join_late(database, rules, spans, people)
    if refused and len(logs) == 1 and not folders and not files:
        raise refused[0]
    summary = tally.summary()
    if summary.added or summary.changed:
        with database.write() as session:
            events.record(
                session, "import.done", subject="import",
                paths=[str(path) for path in (*paths, *options.log_files)][:50], added=summary.added,
                changed=summary.changed, unchanged=summary.unchanged, skipped=len(summary.skipped),
            )  # fmt: skip
    return summary


def _sorted(
    paths: Sequence[Path], log_files: Sequence[Path]
) -> tuple[list[Path], dict[Path, list[Path]], list[Path]]:
    """Folders, single recordings by their folder, and call logs. Raises ``SourceError`` for what is not there."""
    folders: list[Path] = []
    files: dict[Path, list[Path]] = {}
    logs: list[Path] = []
    for path in (*log_files, *paths):
        path = path.expanduser().absolute()
        try:
            is_folder, is_file = path.is_dir(), path.is_file()
        except (OSError, ValueError):
            is_folder = is_file = False
        if path in logs or path in folders:
            continue
        if is_folder and path not in log_files:
            folders.append(path)
        elif is_file and (path.name in {item.name for item in log_files} or _is_table(path)):
            logs.append(path)
        elif is_file:
            files.setdefault(path.parent, []).append(path)
        else:
            raise SourceError(
                N_("{path} is not there."), hint=N_("Check the name and try again."), kind="gone", path=path
            )
    return folders, files, logs


def _is_table(path: Path) -> bool:
    suffix = path.suffix.lower()
    if suffix in AUDIO_SUFFIXES:
        return False
    return suffix in TABLE_SUFFIXES or suffix in (
        ".txt",
        ".log",
        ".json",
        ".sqlite",
        ".db",
        ".xml",
        ".html",
        ".md",
    )


def join_late(
    database: Database, rules: Rules, spans: Sequence[tuple[datetime, datetime]], people: People
) -> Steps[None]:
    """Recordings that were there before the log: by name anywhere, by time within the log's span."""
    yield from join_by_name(database, people)
    yield from join_by_time(database, rules, spans, people)


def join_by_name(database: Database, people: People) -> Steps[None]:
    """Calls of folders and reported ones that share a name or an id."""
    with database.read() as session:
        sources = joining.folder_sources(session)
        pairs = joining.late_pairs_by_key(session, sources)
    for start in range(0, len(pairs), JOIN_BATCH):
        with database.write(bulk=True) as session:
            people.refresh(session)
            for own, _reported in pairs[start : start + JOIN_BATCH]:
                sought = joining.sought_of(session, own)
                target = joining.find(session, sought, sources, 0) if sought else None
                if target is not None:
                    merging.absorb(session, own, target, people)
        yield Progress(min(start + JOIN_BATCH, len(pairs)), len(pairs), _("Joining recordings and calls"))


def join_by_time(
    database: Database, rules: Rules, spans: Sequence[tuple[datetime, datetime]], people: People
) -> Steps[None]:
    """Calls of folders within these spans and reported ones of the same moment."""
    with database.read() as session:
        sources = joining.folder_sources(session)
    if not sources:
        return
    margin = timedelta(seconds=rules.join_tolerance_s)
    for first, last in spans:
        after = 0
        while True:
            with database.write(bulk=True) as session:
                people.refresh(session)
                ids = joining.waiting(session, sources, first - margin, last + margin, after, JOIN_BATCH)
                for own in ids:
                    sought = joining.sought_of(session, own)
                    found = joining.find(session, sought, sources, rules.join_tolerance_s) if sought else None
                    if found is not None:
                        merging.absorb(session, own, found, people)
            if not ids:
                break
            after = ids[-1]
            yield Progress(0, None, _("Joining recordings and calls"))
