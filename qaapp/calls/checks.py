"""Looking through a workspace for what is broken: the database, recordings that are gone or cannot be heard, leftovers.

Nothing is changed but the state of recordings (*missing*, *failed*, *available*), which is what the journal shows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from qaapp.calls.recordings import RecordingRow, list_recordings, missing, resolve, set_state
from qaapp.errors import AudioError
from qaapp.i18n import N_, _
from qaapp.progress import Progress, Steps
from qaapp.store.backup import integrity
from qaapp.store.database import Database
from qaapp.store.schema import Call, Recording
from qaapp.words import RecordingState

BATCH = 100


LOGS = {".csv", ".xlsx"}  # a call log beside its recordings is no leftover


@dataclass(frozen=True)
class Finding:
    """``kind``: database, search, count, missing, damaged, forbidden or leftover; ``subject`` a file or a call."""

    kind: str
    subject: str
    sentence: str
    call_id: int | None = None


@dataclass(frozen=True)
class CheckResult:
    calls: int
    recordings: int
    findings: tuple[Finding, ...]


def check(database: Database, roots: Mapping[str, str], downloads: Path | None = None) -> Steps[CheckResult]:
    """Everything, with progress by recording. ``downloads``: the workspace's own folder of recordings."""
    yield Progress(0, None, _("Database"))
    findings = _database(database)
    with database.read() as session:
        findings += _counts(session)
        calls = session.scalar(select(func.count()).select_from(Call)) or 0
        ids = list(
            session.scalars(
                select(Recording.call_id)
                .where(Recording.state.in_(["available", "missing", "failed"]))
                .distinct()
                .order_by(Recording.call_id)
            )
        )
    known: set[Path] = set()
    total = done = 0
    for start in range(0, len(ids), BATCH):
        with database.read() as session:
            rows = [
                row for rows in list_recordings(session, ids[start : start + BATCH]).values() for row in rows
            ]
        news: list[tuple[RecordingRow, RecordingState, str | None]] = []
        for row in rows:
            path, finding, state = _recording(row, roots)
            known |= {path} if path else set()
            total += 1
            if finding is not None:
                findings.append(finding)
            if state is not row.state:
                news.append((row, state, finding.sentence if finding else None))
        if news:
            with database.write(bulk=True) as session:
                for row, state, error in news:
                    set_state(session, row.id, state, error)
        done += len(ids[start : start + BATCH])
        yield Progress(done, len(ids), _("Recordings"))
    if downloads is not None:
        findings += _leftovers(database, downloads, known)
    return CheckResult(calls, total, tuple(findings))


def _database(database: Database) -> list[Finding]:
    if database.path is None:
        return []
    subject = str(database.path)
    try:
        with database.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            problems = integrity(driver)
    except sqlite3.DatabaseError as error:
        problems = [str(error)]
    found = [
        Finding("database", subject, _("The database is damaged: {reason}.").format(reason=problem))
        for problem in problems
    ]
    if not problems and not _search_is_whole(database):
        found.append(Finding("search", subject, _("The search index does not fit the calls.")))
    return found


def _search_is_whole(database: Database) -> bool:
    """Whether the search index says what the calls say (SQLite compares the two itself)."""
    with database.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        try:
            driver.execute("INSERT INTO calls_search(calls_search, rank) VALUES ('integrity-check', 1)")
        except sqlite3.DatabaseError:
            return False
        finally:
            connection.rollback()
    return True


def _counts(session: Session) -> list[Finding]:
    """Calls whose number of recordings is not what they have."""
    real = select(Recording.call_id, func.count().label("files")).group_by(Recording.call_id).subquery()
    number = func.coalesce(real.c.files, 0)
    rows = session.execute(
        select(Call.id, Call.recording_count, number)
        .outerjoin(real, real.c.call_id == Call.id)
        .where(Call.recording_count != number)
        .limit(100)
    )
    return [
        Finding(
            "count",
            f"call {call_id}",
            _("The call counts {counted} recordings and has {real}.").format(counted=counted, real=files),
            call_id,
        )
        for call_id, counted, files in rows
    ]


def _recording(
    row: RecordingRow, roots: Mapping[str, str]
) -> tuple[Path | None, Finding | None, RecordingState]:
    """The file, what is wrong with it and the state it is in."""
    try:
        path = resolve(row, roots)
    except AudioError as error:
        return None, Finding("forbidden", row.path, error.sentence(), row.call_id), RecordingState.FAILED
    if row.state in (RecordingState.EXPIRED, RecordingState.WAITING):
        return path, None, row.state
    if not path.is_file():
        sentence = missing(path, row).sentence()
        return path, Finding("missing", str(path), sentence, row.call_id), RecordingState.MISSING
    from qaapp.audio.decoding import probe

    try:
        probe(path)
    except AudioError as error:
        return path, Finding("damaged", str(path), error.sentence(), row.call_id), RecordingState.FAILED
    return path, None, RecordingState.AVAILABLE


def _leftovers(database: Database, downloads: Path, known: set[Path]) -> list[Finding]:
    """Files among the downloaded recordings that belong to no call, and half-finished downloads."""
    if not downloads.is_dir():
        return []
    found = []
    for path in sorted(downloads.rglob("*")):
        if not path.is_file() or path in known or path.suffix.lower() in LOGS:
            continue
        text = (
            N_("A download that was not finished.")
            if path.suffix == ".part"
            else N_("The file belongs to no call.")
        )
        found.append(Finding("leftover", str(path), _(text)))
    return found
