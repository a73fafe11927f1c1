"""Safe copies of a workspace's SQLite database, putting one back, and looking whether a database is sound.

A team's PostgreSQL is copied by its own tools (``pg_dump``); these functions refuse it with a sentence.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from qaapp import clock
from qaapp.errors import StoreError
from qaapp.i18n import N_
from qaapp.store.database import Database
from qaapp.store.workspace import HEAD, backup_sqlite

NEEDED = {"alembic_version", "calls", "evaluations", "marks"}
BUSY_S = 2.0


def backup(database: Database, target: Path) -> Path:
    """Copy the open database to ``target`` (others may go on working) and check the copy. Raises ``StoreError``."""
    source = database.path
    if source is None:
        raise _team()
    if target.exists() and target.samefile(source):
        raise StoreError(N_("A copy cannot be written over the database itself."), kind="disk")
    backup_sqlite(source, target)
    examine(target)
    return target


def examine(path: Path) -> str:
    """Whether ``path`` is a sound database of this or an older version; its schema version. Changes nothing.

    Raises ``StoreError``: ``gone`` (no file), ``corrupt`` (not ours or damaged), ``newer``.
    """
    if not path.is_file():
        raise StoreError(N_("There is no file {path}."), kind="gone", path=path)
    try:
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_S)
        ) as connection:
            tables = {
                name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")
            }
            if not tables >= NEEDED:
                raise StoreError(N_("{path} is not a database of qaapp."), kind="corrupt", path=path)
            version = str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])
            problems = integrity(connection)
    except (sqlite3.DatabaseError, TypeError) as error:
        raise StoreError(
            N_("{path} is not a sound database: {reason}."), kind="corrupt", path=path, reason=error
        ) from error
    if version > HEAD:
        raise StoreError(
            N_("{path} was made by a newer version of qaapp."),
            hint=N_("Install the newest version and open it again; nothing was changed."),
            kind="newer",
            path=path,
        )
    if problems:
        raise StoreError(
            N_("{path} is not a sound database: {reason}."), kind="corrupt", path=path, reason=problems[0]
        )
    return version


def integrity(connection: sqlite3.Connection, most: int = 20) -> list[str]:
    """What SQLite finds wrong with the file and with references between tables; empty when all is well."""
    problems = [
        str(line) for (line,) in connection.execute(f"PRAGMA integrity_check({most})") if line != "ok"
    ]
    rows = connection.execute("PRAGMA foreign_key_check").fetchmany(most)
    problems += [f"{table} {row_id} → {parent}" for table, row_id, parent, _number in rows]
    return problems


def restore(folder: Path, source: Path, backups: Path | None = None) -> Path | None:
    """Put the copy ``source`` in the place of the closed workspace's database in ``folder``.

    What was there is kept first, damaged or not; its new path is returned (None: there was nothing). Raises
    ``StoreError``: as ``examine``, and ``locked`` while anybody has the database open.
    """
    current = folder / "qaapp.sqlite"
    examine(source)
    if current.exists() and current.samefile(source):
        raise StoreError(N_("{path} is the database in use, not a copy of it."), kind="gone", path=source)
    part = current.with_name("qaapp.sqlite.part")
    kept: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        backup_sqlite(source, part)
        if current.exists():
            kept = _put_aside(current, backups or folder / "backups")
        for leftover in ("-wal", "-shm"):
            current.with_name(current.name + leftover).unlink(missing_ok=True)
        os.replace(part, current)
    except OSError as error:
        raise StoreError(
            N_("The copy {path} could not be put back: {reason}."),
            kind="disk",
            path=source,
            reason=error.strerror or error,
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return kept


def _put_aside(current: Path, backups: Path) -> Path:
    """Copy the present database into ``backups``; a damaged one as it is, with its log."""
    backups.mkdir(parents=True, exist_ok=True)
    kept = backups / f"before-restore-{clock.now():%Y%m%d-%H%M%S-%f}.sqlite"
    try:
        _alone(current)
        backup_sqlite(current, kept)
    except (sqlite3.DatabaseError, StoreError) as error:
        if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
            raise StoreError(
                N_("The database {path} is open in another window or program."),
                hint=N_("Close it there and try again; nothing was changed."),
                kind="locked",
                path=current,
            ) from error
        if isinstance(error, StoreError) and not _is_damaged(current):
            raise
        for leftover in ("", "-wal"):
            damaged = current.with_name(current.name + leftover)
            if damaged.exists():
                shutil.copy2(damaged, kept.with_name(kept.name + leftover))
    return kept


def _alone(path: Path) -> None:
    """Raise ``sqlite3.OperationalError`` "locked" while another connection has the file open."""
    with closing(sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")  # needs the file for itself; folds the log into it


def _is_damaged(path: Path) -> bool:
    try:
        examine(path)
    except StoreError as error:
        return error.kind == "corrupt"
    return False


def _team() -> StoreError:
    return StoreError(
        N_("This is a team database on a PostgreSQL server."),
        hint=N_("Copy and restore it with pg_dump and pg_restore there."),
        kind="not_supported",
    )
