"""A table of call detail records in a database that is not ours: which columns it has, and its rows of a window as cells.

Only ever read: the session is made read-only where the database can do that, and nothing but SELECT is sent. Which columns
there are is found out each time (``calldate`` of the old writer and of FreePBX, ``start``/``answer``/``end`` of the newer
ones; many installations leave columns out). Source: Asterisk's ``contrib/ast-db-manage/cdr`` and FreePBX's module ``cdr``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from qaapp.errors import SourceError
from qaapp.i18n import N_
from qaapp.sources.asterisk import Row
from qaapp.sources.pace import look_up

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

#: Field of a row → the columns it may have, the best first.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "started_at": ("start", "calldate"), "answered_at": ("answer",), "ended_at": ("end", "endtime"),
    "caller_id": ("clid",), "source_number": ("src", "src_num"), "target_number": ("dst", "dst_num"),
    "context": ("dcontext",), "channel": ("channel", "src_chan"), "target_channel": ("dstchannel", "dst_chan"),
    "application": ("lastapp", "appname"), "duration_s": ("duration",), "talk_s": ("billsec",),
    "disposition": ("disposition",), "external_id": ("uniqueid",), "conversation_id": ("linkedid",),
    "sequence": ("sequence",), "line_number": ("did",), "recording": ("recordingfile",), "caller_number": ("cnum",),
    "outbound_number": ("outbound_cnum",), "userfield": ("userfield",), "account": ("accountcode",),
    "row_id": ("id",), "from_account": ("from_account",), "to_account": ("to_account",), "is_app": ("is_app",),
    "side": ("rec_src_channel",), "source_name": ("src_name",), "target_name": ("dst_name",),
}  # fmt: skip
NEEDED = ("started_at", "disposition")
CONNECT_S, READ_S = 10, 120
BATCH = 2000  # rows of a page
SYSTEMS = {
    "mysql": ("mysql+pymysql", 3306),
    "postgresql": ("postgresql+psycopg", 5432),
    "sqlite": ("sqlite", 0),
}
_AUTH = {1044, 1045, 1142, 1143, 1698, 1227, "28P01", "28000", "42501"}
_NO_DATABASE = {1049, "3D000"}
_NO_TABLE = {1146, "42P01", "3F000"}


@dataclass(frozen=True)
class Place:
    """Where the table is. ``file`` is for SQLite, the others for a server; ``is_utc``: its times are UTC, not local."""

    system: str
    host: str = ""
    port: int = 0
    database: str = ""
    user: str = ""
    file: Path | None = None
    table: str = "cdr"
    is_utc: bool = False
    encrypted: bool = False

    @property
    def name(self) -> str:
        """What people know it by."""
        return str(self.file) if self.system == "sqlite" else f"{self.host}/{self.database}"


class CdrTable:
    """An open table. One thread at a time. Raises ``SourceError`` everywhere."""

    def __init__(self, place: Place, password: str, zone: ZoneInfo) -> None:
        self.place, self._zone = place, zone
        self.engine = _engine(place, password)
        self._found: dict[str, str] | None = None
        self._has_zone = False
        self._is_moment = False

    def close(self) -> None:
        """Let go of connections and files."""
        self.engine.dispose()

    @contextmanager
    def _open(self) -> Iterator[Connection]:
        from sqlalchemy.exc import DBAPIError, SQLAlchemyError

        try:
            with self.engine.connect() as connection:
                yield connection
        except DBAPIError as error:
            raise trouble(self.place, error) from error
        except SQLAlchemyError as error:
            raise SourceError(
                N_("The database {name} cannot be read: {reason}."), kind="format", name=self.place.name,
                reason=str(error).splitlines()[0][:200],
            ) from error  # fmt: skip

    def columns(self) -> dict[str, str]:
        """Field → the column of this table, looked at once."""
        if self._found is not None:
            return self._found
        from sqlalchemy import DateTime, inspect

        schema, _dot, table = self.place.table.rpartition(".")
        with self._open() as connection:
            inspector = inspect(connection)
            if not inspector.has_table(table, schema or None):
                raise SourceError(
                    N_("The database {name} has no table “{table}”."),
                    hint=N_("Asterisk calls it cdr, MikoPBX cdr_general; another name can be set under “More settings”."),
                    kind="format", name=self.place.name, table=self.place.table,
                )  # fmt: skip
            told = {
                str(each["name"]).casefold(): each for each in inspector.get_columns(table, schema or None)
            }
        found = {
            name: str(told[column]["name"])
            for name, wanted in COLUMNS.items()
            if (column := next((word for word in wanted if word in told), None)) is not None
        }
        for name in NEEDED:
            if name not in found:
                raise SourceError(
                    N_("The table “{table}” has no column “{column}”; it is no table of calls."), kind="format",
                    table=self.place.table, column=COLUMNS[name][0],
                )  # fmt: skip
        kind = told[found["started_at"].casefold()]["type"]
        self._has_zone = bool(getattr(kind, "timezone", False))
        self._is_moment = isinstance(kind, DateTime)
        self._found = found
        return found

    def rows(self, first: datetime, last: datetime, limit: int | None = None) -> Iterator[Row]:
        """Rows that start in ``[first, last)`` (aware), by their time, as texts under the names of fields. Moments without
        an offset are in the zone of the connection.

        Read page by page behind the last moment, so that neither memory nor an open cursor grows with the table.
        """
        columns = self.columns()
        low, high = self._written(first), self._written(last)
        skip = 0  # rows at the moment ``low`` that were given already
        start = list(columns).index("started_at")
        size = min(limit or BATCH, BATCH)
        while True:
            look_up()
            found = self._page(low, high, skip, size)
            for row in found:
                yield self._cells(zip(columns, row, strict=True))
            if len(found) < size or limit is not None:
                return
            reached = found[-1][start]
            at_end = sum(1 for row in found if row[start] == reached)
            skip = skip + at_end if found[0][start] == reached == low else at_end
            low = reached

    def _page(self, low: Any, high: Any, skip: int, size: int) -> Sequence[Any]:
        from sqlalchemy import column, select, table, text

        columns = self.columns()
        schema, _dot, name = self.place.table.rpartition(".")
        start: Any = column(columns["started_at"])
        order = [start, *(column(columns[each]) for each in ("external_id", "sequence") if each in columns)]
        told = table(name, *(column(each) for each in columns.values()), schema=schema or None)
        query = (
            select(*(told.c[each] for each in columns.values()))
            .where(start >= low, start < high)
            .order_by(*order)
            .limit(size)
            .offset(skip)
        )
        with self._open() as connection:
            if self._has_zone:
                connection.execute(text("SET TIME ZONE 'UTC'"))
            return connection.execute(query).fetchall()

    def _cells(self, row: Iterable[tuple[str, Any]]) -> Row:
        cells = {name: self._cell(value) for name, value in row}
        if self.place.is_utc:
            for name in ("started_at", "answered_at", "ended_at"):
                cells[name] = _as_utc(cells.get(name, ""))
        return {name: cell for name, cell in cells.items() if cell}

    def version(self) -> str:
        """The product and its version."""
        from sqlalchemy import text

        if self.place.system == "sqlite":
            return "SQLite"
        with self._open() as connection:
            told = str(connection.execute(text("SELECT version()")).scalar() or "")
        if self.place.system == "postgresql":
            return " ".join(told.split()[:2])
        return ("MariaDB " if "mariadb" in told.casefold() else "MySQL ") + told.partition("-")[0]

    def names(self) -> list[tuple[str, str]]:
        """``(extension, name)`` of FreePBX's people, where they are in a database beside and may be read; else nothing."""
        from sqlalchemy import text

        if self.place.system != "mysql":
            return []
        try:
            with self._open() as connection:
                found = connection.execute(text("SELECT extension, name FROM asterisk.users"))
                return [(self._cell(row[0]), self._cell(row[1])) for row in found]
        except SourceError:
            return []

    def clock(self) -> datetime | None:
        """The server's moment, aware; None for a file."""
        from sqlalchemy import text

        words = {"mysql": "SELECT UTC_TIMESTAMP(6)", "postgresql": "SELECT now() AT TIME ZONE 'UTC'"}
        if self.place.system not in words:
            return None
        with self._open() as connection:
            told = connection.execute(text(words[self.place.system])).scalar()
        return told.replace(tzinfo=UTC) if isinstance(told, datetime) else None

    def _written(self, moment: datetime) -> Any:
        """A moment as the column compares it: some installations keep times as texts."""
        if self._has_zone:
            return moment.astimezone(UTC)
        local = moment.astimezone(UTC if self.place.is_utc else self._zone).replace(tzinfo=None)
        return local if self._is_moment and self.place.system != "sqlite" else f"{local:%Y-%m-%d %H:%M:%S}"

    @staticmethod
    def _cell(value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, datetime):
            return value.isoformat(" ")
        if isinstance(value, date):
            return ""  # a year 0 of MySQL
        if isinstance(value, timedelta):
            return str(round(value.total_seconds()))
        if isinstance(value, bytes):
            return value.decode("utf-8", "replace").strip()
        text = str(value).strip()
        return "" if text.startswith("0000-00-00") else text


def _as_utc(text: str) -> str:
    return text if not text or text.endswith("+00:00") else text + "+00:00"


def _engine(place: Place, password: str) -> Engine:
    """A door that can only read."""
    from sqlalchemy import URL, create_engine, event
    from sqlalchemy.pool import NullPool

    if place.system == "sqlite":
        return _sqlite(place)
    driver, port = SYSTEMS[place.system]
    url = URL.create(
        driver, place.user or None, password or None, place.host, place.port or port, place.database
    )
    arguments: dict[str, Any] = {"connect_timeout": CONNECT_S}
    if place.system == "mysql":
        arguments |= {"read_timeout": READ_S, "charset": "utf8mb4"}
        if place.encrypted:
            arguments["ssl"] = {"check_hostname": False}
    else:
        arguments |= {
            "options": f"-c default_transaction_read_only=on -c statement_timeout={READ_S * 1000}",
            "sslmode": "require" if place.encrypted else "prefer",
        }
    engine = create_engine(url, poolclass=NullPool, connect_args=arguments)
    if place.system == "mysql":

        @event.listens_for(engine, "connect")
        def _read_only(connection: Any, _record: Any) -> None:
            with connection.cursor() as cursor:
                cursor.execute("SET SESSION TRANSACTION READ ONLY")

    return engine


def _sqlite(place: Place) -> Engine:
    """The file opened read-only; one on a disk where nothing may be written, as if nobody else wrote it."""
    import sqlite3

    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    path = place.file or Path()

    def connect() -> sqlite3.Connection:
        address = path.resolve().as_uri()
        if not path.is_file():
            raise sqlite3.OperationalError("unable to open database file")
        opened = sqlite3.connect(f"{address}?mode=ro", uri=True, timeout=CONNECT_S)
        try:
            opened.execute("SELECT name FROM sqlite_master LIMIT 1").fetchall()
        except sqlite3.OperationalError as error:
            opened.close()
            if "unable to open" not in str(error) and "readonly" not in str(error):
                raise
            opened = sqlite3.connect(f"{address}?mode=ro&immutable=1", uri=True, timeout=CONNECT_S)
        except BaseException:
            opened.close()
            raise
        opened.execute("PRAGMA query_only = ON")
        return opened

    return create_engine("sqlite://", creator=connect, poolclass=NullPool)


def trouble(place: Place, error: Any) -> SourceError:
    """An error of a driver as a sentence that says what to do."""
    told = getattr(error, "orig", error)
    codes = {getattr(told, "sqlstate", None), *getattr(told, "args", ())[:1]}
    words = " ".join(str(told).split())[:300]
    facts = {"name": place.name, "user": place.user, "said": words}
    low = words.casefold()
    if (
        codes & _AUTH
        or "password authentication failed" in low
        or "access denied" in low
        or "no pg_hba.conf" in low
    ):
        return SourceError(
            N_("The database {name} does not let the user “{user}” read: {said}."),
            hint=N_("Check the name and the password, and that the user may read the table from this computer."),
            kind="auth", **facts,
        )  # fmt: skip
    if codes & _NO_DATABASE or ('database "' in low and "does not exist" in low):
        return SourceError(
            N_("The server has no such database: {said}."), hint=N_("FreePBX calls it asteriskcdrdb."),
            kind="auth", **facts,
        )  # fmt: skip
    if codes & _NO_TABLE:
        return SourceError(
            N_("The database {name} cannot be read: {reason}."), kind="format", reason=words, **facts
        )
    if place.system == "sqlite":
        if "not a database" in low or "malformed" in low:
            return SourceError(
                N_("{name} is not a database of calls, or it is damaged: {said}."),
                hint=N_("Copy it again while the telephone exchange is idle, with the files -wal and -shm beside it."),
                kind="format", **facts,
            )  # fmt: skip
        if "unable to open" in low:
            return SourceError(
                N_("The file {name} cannot be opened."), hint=N_("Check the path and whether you may read it."),
                kind="network", **facts,
            )  # fmt: skip
    return SourceError(
        N_("The database {name} does not answer: {said}."),
        hint=N_("Check the address and the port, and that the server lets this computer in."), kind="network", **facts,
    )  # fmt: skip
