"""A database of every released schema opens: nothing in it changes, a copy is taken first, everything still finds it.

``databases/<schema>.sqlite.gz`` is a workspace with the sample calls, as the release with that schema left it.
"""

from __future__ import annotations

import gzip
import sqlite3
import uuid
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect, text
from team_server import server

from qaapp.journal.pages import Filter, count
from qaapp.ratings.query import Query
from qaapp.ratings.ranking import rank
from qaapp.settings import Rules
from qaapp.store.database import Database
from qaapp.store.rules import read_rules
from qaapp.store.schema import Base
from qaapp.store.workspace import HEAD, open_workspace

RELEASED = sorted((Path(__file__).parent / "databases").glob("*.sqlite.gz"))


def contents(path: Path, only: dict[str, list[str]] | None = None) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of every table, of the columns ``only`` where it names them."""
    connection = sqlite3.connect(path)
    try:
        tables = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if not name.startswith(("calls_search", "sqlite_", "alembic", "transcript"))
        ]
        found = {}
        for table in tables:
            if only is not None and table not in only:
                continue
            names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            names = only[table] if only is not None else names
            rows = connection.execute(f"SELECT {', '.join(names)} FROM {table}").fetchall()
            found[table] = sorted(rows, key=repr)
        return found
    finally:
        connection.close()


def columns(path: Path) -> dict[str, list[str]]:
    connection = sqlite3.connect(path)
    try:
        return {
            table: [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if not table.startswith(("calls_search", "sqlite_", "alembic", "transcript_search"))
        }
    finally:
        connection.close()


@pytest.mark.parametrize("packed", RELEASED, ids=lambda path: path.name.split(".")[0])
def test_a_released_database_opens_with_all_that_was_in_it(packed: Path, tmp_path: Path) -> None:
    version = packed.name.split(".")[0]
    folder = tmp_path / "old"
    folder.mkdir()
    path = folder / "qaapp.sqlite"
    path.write_bytes(gzip.decompress(packed.read_bytes()))
    before, shape = contents(path), columns(path)

    workspace = open_workspace(folder)
    try:
        copy = folder / "backups" / f"before-{HEAD}-from-{version}.sqlite"
        assert contents(copy) == before
        assert contents(path, shape) == before
        with workspace.database.read() as session:
            assert session.execute(text("PRAGMA integrity_check")).scalar() == "ok"
            assert session.execute(text("PRAGMA foreign_key_check")).all() == []
            rules = read_rules(session)
            number = session.execute(
                text("SELECT search_text FROM calls WHERE search_text <> '' LIMIT 1")
            ).scalar_one()
            assert count(session, Filter(text=number.split()[0]), rules.zone) >= 1
            assert rank(session, Query(), rules).rows
    finally:
        workspace.close()


def test_there_is_a_database_of_the_first_release() -> None:
    assert [path.name for path in RELEASED][:1] == ["0001.sqlite.gz"]


def test_a_team_database_of_the_first_release_opens(tmp_path: Path) -> None:
    """The same step on PostgreSQL: tables of the first schema with a call and a person in them."""
    from alembic import command
    from alembic.config import Config

    import qaapp.store.workspace as door

    with server() as cluster:
        name = f"qaapp_{uuid.uuid4().hex[:8]}"
        engine = create_engine(cluster, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        url = cluster.replace("@/postgres", f"@/{name}")
        old = Database(url)
        config = Config()
        config.set_main_option("script_location", str(Path(door.__file__).parent / "migrations"))
        with old.engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "0001")
            connection.execute(
                text(
                    "INSERT INTO users (id, name, role, created_at, active) VALUES (7, 'Ирина', 'reviewer', now(), true)"
                )
            )
            connection.execute(
                text(
                    "INSERT INTO sources (id, kind, name, settings, created_at) VALUES (1, 'folder', 'x', '{}', now())"
                )
            )
            connection.execute(
                text(
                    "INSERT INTO calls (id, source_id, external_id, started_at, direction, disposition, talk_is_estimate, "
                    "search_text, recording_count, evaluation_count, critical_failed, content_hash, revision, "
                    "first_seen_at, last_seen_at) VALUES "
                    "(1, 1, 'a', now(), 'inbound', 'answered', false, '79000000001', 0, 0, 0, '', 1, now(), now())"
                )
            )
        old.close()
        opened = open_workspace(tmp_path / "team", url)
        try:
            tables = inspect(opened.database.engine)
            for table in Base.metadata.tables.values():
                assert {column["name"] for column in tables.get_columns(table.name)} == set(
                    table.columns.keys()
                )
            with opened.database.read() as session:
                assert session.execute(text("SELECT name FROM users WHERE id = 7")).scalar() == "Ирина"
                assert count(session, Filter(text="79000000001"), Rules().zone) == 1
        finally:
            opened.close()
