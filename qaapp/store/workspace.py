"""A workspace: one folder with the database, downloaded recordings, cache, backups and logs.

``open_workspace`` is the only door: it refuses a network share (SQLite corrupts there), refuses a newer schema
politely, takes a backup before it migrates, and fills the first lists of a new database.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from qaapp.errors import StoreError
from qaapp.i18n import N_
from qaapp.store.bulk_indexes import build
from qaapp.store.database import Database, plain

HEAD = "0003"  # the newest migration; a test compares it with the folder
NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afpfs", "9p", "fuse.sshfs", "davfs", "ncpfs"}


@dataclass(frozen=True)
class Workspace:
    """Paths of one workspace and its open database."""

    folder: Path
    database: Database

    @property
    def recordings(self) -> Path:
        return self.folder / "recordings"

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    @property
    def backups(self) -> Path:
        return self.folder / "backups"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    def close(self) -> None:
        self.database.close()


def open_workspace(folder: Path, database_url: str | None = None) -> Workspace:
    """Open or make the workspace in ``folder``. Raises ``StoreError`` with a plain sentence."""
    folder = folder.expanduser().absolute()
    try:
        for part in ("", "recordings", "cache", "backups", "logs"):
            (folder / part).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            N_("The workspace folder {path} cannot be made: {reason}."),
            hint=N_("Choose another folder."),
            kind="gone",
            path=folder,
            reason=error.strerror or error,
        ) from error
    if database_url is None:
        if on_network_share(folder):
            raise StoreError(
                N_("{path} is on a network share, where a database file gets damaged."),
                hint=N_(
                    "Choose a folder on this computer; a team shares one PostgreSQL database (--database)."
                ),
                kind="network_share",
                path=folder,
            )
        database_url = f"sqlite:///{(folder / 'qaapp.sqlite').as_posix()}"
    database = Database(database_url)
    try:
        upgrade(database, folder / "backups")
        build(database)  # of a first load that was killed
    except DBAPIError as error:
        database.close()
        raise plain(error, database.path) from error
    except BaseException:
        database.close()
        raise
    return Workspace(folder, database)


def schema_version(database: Database) -> str | None:
    """The migration the database is at; None for a new one. Raises ``StoreError`` for somebody else's tables."""
    with database.engine.connect() as connection:
        tables = set(inspect(connection).get_table_names())
        version: str | None = None
        if "alembic_version" in tables:
            version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if version is None and tables:
        from qaapp.store.schema import Base

        if database.is_sqlite or tables & set(Base.metadata.tables):
            raise _not_ours(database)
    return version


def _not_ours(database: Database) -> StoreError:
    return StoreError(
        N_("{path} is not a database of qaapp."),
        hint=N_("Restore the last copy from the folder “backups”."),
        kind="corrupt",
        path=database.path or database.url.render_as_string(),
    )


def upgrade(database: Database, backups: Path) -> None:
    """Bring the schema to ``HEAD``; a copy of an older database is put into ``backups`` first."""
    version = schema_version(database)
    if version == HEAD:
        return
    if version is not None and version > HEAD:
        raise StoreError(
            N_("{path} was made by a newer version of qaapp."),
            hint=N_("Install the newest version and open it again; nothing was changed."),
            kind="newer",
            path=database.path or database.url.render_as_string(),
        )
    if version is not None and database.path is not None:
        backup_sqlite(database.path, backups / f"before-{HEAD}-from-{version}.sqlite")
    _migrate(database)


def _migrate(database: Database) -> None:
    from alembic import command  # 0.8 s to import: only when there is something to do
    from alembic.config import Config
    from alembic.util import CommandError
    from sqlalchemy.orm import Session

    from qaapp.store.seeds import seed

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    engine = database.engine
    if database.is_sqlite:
        engine = engine.execution_options(begin="BEGIN IMMEDIATE")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:  # a version that never was
            raise _not_ours(database) from error
        with Session(connection, join_transaction_mode="rollback_only") as session:
            seed(
                session
            )  # in the same transaction: who is killed here leaves no database without its first lists
            session.flush()


def backup_sqlite(source: Path, target: Path) -> None:
    """Copy a live SQLite file by its backup interface (safe with WAL), through a temporary name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    try:
        origin, copy = sqlite3.connect(source), sqlite3.connect(part)
        try:
            origin.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # a copy is one file, without a log beside it
        finally:
            copy.close()
            origin.close()
        os.replace(part, target)
    except (sqlite3.Error, OSError) as error:
        for leftover in (part, part.with_name(part.name + "-journal")):
            leftover.unlink(missing_ok=True)
        raise StoreError(
            N_("The copy {path} could not be written: {reason}."), kind="disk", path=target, reason=error
        ) from error


def on_network_share(folder: Path) -> bool:
    """Whether ``folder`` lies on a file system that is shared over the network."""
    if sys.platform == "win32":
        import ctypes

        drive = os.path.splitdrive(folder)[0]
        if drive.startswith("\\\\"):
            return True
        return int(ctypes.windll.kernel32.GetDriveTypeW(drive + "\\")) == 4  # DRIVE_REMOTE
    return file_system(folder, _mounts()) in NETWORK_FILE_SYSTEMS


def file_system(folder: Path, mounts: list[tuple[str, str]]) -> str:
    """The type of the file system with the longest mount point above ``folder``; ``mounts`` = (point, type)."""
    best, kind = "", ""
    path = str(folder)
    for point, name in mounts:
        inside = path == point or path.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, name
    return kind


def _mounts() -> list[tuple[str, str]]:
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return _mounts_of_mac() if sys.platform == "darwin" else []
    rows = (line.split(" ") for line in lines)
    return [(row[1].replace("\\040", " "), row[2]) for row in rows if len(row) > 2]


def _mounts_of_mac() -> list[tuple[str, str]]:
    import re
    import subprocess

    listed = subprocess.run(["/sbin/mount"], capture_output=True, text=True, check=False).stdout
    return re.findall(r" on (.+?) \((\w+)", listed)
