"""One engine, two doors: ``read()`` and ``write()``.

SQLite: WAL, foreign keys on, 5 s busy timeout. A read is one snapshot (``BEGIN``); a write takes the lock at its start
(``BEGIN IMMEDIATE``), which is what keeps two writers from losing each other's updates. A session belongs to one
thread and one ``with``; mapped objects do not leave it. Bulk writers (``write(bulk=True)``) keep their transactions
short and wait at the gate while a person wants to save something.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, make_url
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from qaapp.errors import StoreError
from qaapp.i18n import N_

BUSY_TIMEOUT_S = 5.0


class _Compiler(SQLiteCompiler):
    """SQLite with ``INDEXED BY`` as a table hint: the journal chooses its indexes itself."""

    def get_from_hint_text(self, table: Any, text: str | None) -> str | None:
        return text


class WriteGate:
    """Lets a person's write pass before the next batch of a bulk writer of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._free = threading.Condition(threading.Lock())
        self._people = 0

    @contextmanager
    def enter(self, bulk: bool) -> Iterator[None]:
        if bulk:
            with self._free:
                self._free.wait_for(lambda: self._people == 0, timeout=2.0)
            with self._lock:
                yield
            return
        with self._free:
            self._people += 1
        try:
            with self._lock:
                yield
        finally:
            with self._free:
                self._people -= 1
                self._free.notify_all()


class Database:
    """The database of one workspace. Thread-safe; sessions are not."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = self._engine()
        self._gate = WriteGate()

    def _engine(self) -> Engine:
        if not self.is_sqlite:
            return create_engine(self.url, pool_pre_ping=True)
        engine = create_engine(
            self.url,
            connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
            execution_options={"begin": "BEGIN"},
        )

        engine.dialect.statement_compiler = _Compiler

        @event.listens_for(engine, "connect")
        def _configure(connection: Any, _record: Any) -> None:
            connection.isolation_level = None  # we say BEGIN ourselves
            cursor = connection.cursor()
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=NORMAL")
            cursor.execute("PRAGMA foreign_keys=ON")
            cursor.execute("PRAGMA cache_size=-65536")
            cursor.execute("PRAGMA mmap_size=268435456")
            cursor.execute("PRAGMA temp_store=MEMORY")
            cursor.close()
            connection.create_function("casefold", 1, _casefold, deterministic=True)

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))

        return engine

    @property
    def path(self) -> Path | None:
        """The file of a SQLite database."""
        return Path(self.url.database) if self.is_sqlite and self.url.database else None

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session on one snapshot. Raises ``StoreError``."""
        with self._said_plainly(), Session(self.engine, expire_on_commit=False) as session:
            yield session
            session.rollback()

    @contextmanager
    def write(self, *, bulk: bool = False) -> Iterator[Session]:
        """A session that is committed at the end of the ``with``, or rolled back when the body raises."""
        with self._gate.enter(bulk), self._said_plainly():
            bind: Any = self.engine
            if self.is_sqlite:
                bind = self.engine.execution_options(begin="BEGIN IMMEDIATE")
            with Session(bind, expire_on_commit=False) as session:
                try:
                    yield session
                    session.commit()
                except BaseException:
                    session.rollback()
                    raise

    @contextmanager
    def _said_plainly(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise plain(error, self.path) from error

    def close(self) -> None:
        """Give every connection back; the WAL is folded into the file."""
        if self.is_sqlite and self.path is not None and self.path.exists():
            try:
                with self.engine.connect() as connection:
                    connection.exec_driver_sql("PRAGMA optimize")
            except DBAPIError:
                pass
        self.engine.dispose()


def _casefold(text: str | None) -> str | None:
    return None if text is None else text.casefold()


def plain(error: DBAPIError, path: Path | None) -> Exception:
    """What a database driver's error means for a person; programming errors stay what they are."""
    text = str(error.orig).lower()
    where = str(path) if path else "PostgreSQL"
    if "database is locked" in text or "database table is locked" in text or "lock timeout" in text:
        return StoreError(
            N_("The database {path} is busy: another program is writing to it."),
            hint=N_("Wait a moment and try again."),
            kind="locked",
            path=where,
        )
    if "disk is full" in text or "disk i/o error" in text or "no space left" in text:
        return StoreError(
            N_("The disk with {path} is full or does not answer; the last change was not saved."),
            hint=N_("Free some space and try again."),
            kind="disk",
            path=where,
        )
    if "malformed" in text or "not a database" in text:
        return StoreError(
            N_("The database {path} is damaged."),
            hint=N_("Restore the last copy from the folder “backups”."),
            kind="corrupt",
            path=where,
        )
    if "readonly" in text or "unable to open" in text or "read-only" in text:
        return StoreError(
            N_("The database {path} cannot be written."),
            hint=N_("Check that the folder is there and that you may write to it."),
            kind="gone",
            path=where,
        )
    if isinstance(error, OperationalError) and path is None:
        return StoreError(
            N_("The team database does not answer: {reason}"), kind="gone", reason=str(error.orig).strip()
        )
    return error
