"""The same rooms on a team's PostgreSQL, on a server of our own."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from call_makers import make_call
from journal_model import FILTERS, ZONE, build, ordered
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.dialects.postgresql import insert
from team_server import server

from qaapp.calls.annotation_search import Wanted, every
from qaapp.calls.tags import add_tag, apply_tag_change, tags_of
from qaapp.errors import StoreError
from qaapp.journal.details import details
from qaapp.journal.edits import set_comment
from qaapp.journal.pages import SORTS, Filter, Sort, choices, count, page
from qaapp.store import backup as copies
from qaapp.store.schema import Base, Call
from qaapp.store.workspace import Workspace, open_workspace


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    with server() as url:
        yield url


@pytest.fixture
def team(cluster: str, tmp_path: Path) -> Iterator[Workspace]:
    """A workspace on a new database of the cluster."""
    name = f"qaapp_{uuid.uuid4().hex[:8]}"
    engine = create_engine(cluster, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    opened = open_workspace(tmp_path / "team", cluster.replace("@/postgres", f"@/{name}"))
    yield opened
    opened.close()


def test_the_migration_makes_every_table_and_column(team: Workspace) -> None:
    found = inspect(team.database.engine)
    for table in Base.metadata.tables.values():
        assert {column["name"] for column in found.get_columns(table.name)} == set(table.columns.keys())
        indexes = {index["name"] for index in found.get_indexes(table.name)}
        assert {index.name for index in table.indexes} <= indexes


def test_filters_and_orders_give_the_same_calls(team: Workspace) -> None:
    with team.database.write() as session:
        world = build(session, 90)
    rng = random.Random(1)
    for name, filter in FILTERS.items():
        for column in rng.sample(sorted(SORTS), 1):
            sort = Sort(column, rng.random() < 0.5)
            expected = ordered(world, filter, sort)
            found: list[int] = []
            after = None
            with team.database.read() as session:
                while True:
                    one = page(session, filter, sort, after=after, limit=45, zone=ZONE)
                    found += [row.id for row in one.rows]
                    after = one.next
                    if after is None:
                        break
                assert count(session, filter, ZONE) == len(expected)
            assert found == expected, (name, sort)


def test_tags_comments_notes_and_details(team: Workspace) -> None:
    with team.database.write() as session:
        calls = [make_call(session, str(number)) for number in range(3)]
        change = add_tag(session, calls, "Жалоба", None)
        apply_tag_change(session, change)
        assert tags_of(session, calls) == {}
        apply_tag_change(session, change, undo=False)
        set_comment(session, calls[:1], "ПОЗВОНИТЬ Юле", None)
    with team.database.read() as session:
        assert [row.id for row in page(session, Filter(text="юле"), Sort(), zone=ZONE).rows] == calls[:1]
        assert details(session, calls[0]).row.tags[0].name == "Жалоба"
        assert [(item.value, item.count) for item in choices(session, "direction")] == [("unknown", 3)]
        assert list(every(session, Wanted(text="ничего"), ZONE)) == []


def test_an_upsert_changes_only_what_differs(team: Workspace) -> None:
    with team.database.write() as session:
        call = make_call(session, "1", customer_name="было")
        stored = session.get_one(Call, call)
        values = {
            column.name: getattr(stored, column.name)
            for column in Call.__table__.columns
            if column.name != "id"
        }
        values |= {"customer_name": "стало", "search_text": "стало"}
        statement = insert(Call).values(values)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["source_id", "external_id"],
                set_={
                    "customer_name": statement.excluded.customer_name,
                    "search_text": statement.excluded.search_text,
                },
            )
        )
    with team.database.read() as session:
        assert [row.customer_name for row in page(session, Filter(text="СТАЛО"), Sort(), zone=ZONE).rows] == [
            "стало"
        ]


def test_copies_are_the_servers_business(team: Workspace, tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        copies.backup(team.database, tmp_path / "x")
    assert "pg_dump" in caught.value.sentence()


def test_a_server_that_is_away_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        open_workspace(tmp_path / "team", f"postgresql+psycopg://postgres@/postgres?host={tmp_path}")
    assert caught.value.kind == "gone"
