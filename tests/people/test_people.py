"""Managers, groups, extensions and users."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from qaapp.calls import people
from qaapp.cli.root import main
from qaapp.errors import SheetError, UsageError
from qaapp.store.database import Database
from qaapp.store.schema import Base, Call, DirectoryEntry, Event, Leg, Manager, Participant, Source
from qaapp.store.workspace import Workspace
from qaapp.words import Role

NOON = datetime(2026, 3, 17, 9, 0, tzinfo=UTC)


@pytest.fixture
def calls(database: Database) -> list[int]:
    with database.write() as session:
        source = Source(kind="folder", name="f", settings={}, created_at=NOON)
        session.add(source)
        session.flush()
        rows = [
            Call(
                source_id=source.id,
                external_id=str(n),
                started_at=NOON,
                first_seen_at=NOON,
                last_seen_at=NOON,
            )
            for n in range(3)
        ]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]


def test_an_unknown_extension_becomes_a_person_and_later_gets_the_name(
    database: Database, calls: list[int]
) -> None:
    with database.write() as session:
        number = people.find_or_create(session, extension="101")
        assert people.find_or_create(session, extension="101") == number
        people.assign_manager(session, calls[:1], number, None)
        assert people.find_or_create(session, name="Анна Смирнова", extension="101") == number
        assert [(row.name, row.extensions, row.calls) for row in people.list_people(session)] == [
            ("Анна Смирнова", ("101",), 1)
        ]


def test_a_name_that_is_there_takes_over_the_number_and_its_calls(
    database: Database, calls: list[int]
) -> None:
    with database.write() as session:
        anna = people.find_or_create(session, name="Анна")
        number = people.find_or_create(session, extension="0F6")
        people.assign_manager(session, calls, number, None)
        assert people.find_or_create(session, name="АННА", extension="0F6") == anna
        assert [(row.name, row.extensions, row.calls) for row in people.list_people(session)] == [
            ("Анна", ("0F6",), 3)
        ]
        merged = session.scalars(select(Event).where(Event.kind == "manager.merged")).one()
        assert merged.details["name"] == "0F6"
        assert merged.details["call_ids"] == calls


def test_a_real_person_keeps_his_number_when_another_name_comes_with_it(database: Database) -> None:
    with database.write() as session:
        anna = people.find_or_create(session, name="Анна", extension="101")
        oleg = people.find_or_create(session, name="Олег", extension="101")
        assert oleg != anna
        assert people.find_or_create(session, extension="101") == anna


def test_nothing_said_is_nobody(database: Database) -> None:
    with database.write() as session:
        assert people.find_or_create(session) is None
        assert people.find_or_create(session, name="  ", extension="") is None


def test_assigning_by_hand_can_be_undone(database: Database, calls: list[int]) -> None:
    with database.write() as session:
        anna, oleg = (people.find_or_create(session, name=name) for name in ("Анна", "Олег"))
        people.assign_manager(session, calls[:2], anna, None)
        before = people.assign_manager(session, calls, oleg, None)
        assert {row.name: row.calls for row in people.list_people(session)} == {"Анна": 0, "Олег": 3}
        people.restore_managers(session, before, None)
        rows = session.execute(select(Call.manager_id, Call.manager_origin).order_by(Call.id)).all()
        assert [tuple(row) for row in rows] == [(anna, "hand"), (anna, "hand"), (None, None)]


def test_names_are_unique_and_not_empty(database: Database) -> None:
    with database.write() as session:
        people.find_or_create(session, name="Анна")
        oleg = people.find_or_create(session, name="Олег")
        assert oleg is not None
        for name in ("анна", "  "):
            with pytest.raises(UsageError):
                people.rename(session, oleg, name)
        people.rename(session, oleg, "Олег Т.")
        assert [row.name for row in people.list_people(session)] == ["Анна", "Олег Т."]


def test_groups_and_extensions_move(database: Database) -> None:
    with database.write() as session:
        anna, oleg = (people.find_or_create(session, name=name) for name in ("Анна", "Олег"))
        assert anna is not None
        assert oleg is not None
        people.set_group(session, anna, "Север")
        people.set_group(session, oleg, "север")
        people.set_extensions(session, anna, ["101", "102"])
        people.set_extensions(session, oleg, ["102", "102", " "])
        assert [(row.name, row.people) for row in people.list_groups(session)] == [("Север", 2)]
        assert [row.extensions for row in people.list_people(session)] == [("101",), ("102",)]
        people.set_group(session, oleg, None)
        people.set_active(session, anna, False)
        assert [(row.name, row.people) for row in people.list_groups(session)] == [("Север", 0)]


def test_users(database: Database) -> None:
    with database.write() as session:
        head = people.add_user(session, "Ирина", Role.HEAD)
        assert people.ensure_user(session, "ирина") == head
        people.ensure_user(session, "Борис")
        assert [(row.name, row.role) for row in people.list_users(session)] == [
            ("Борис", Role.REVIEWER), ("Ирина", Role.HEAD),
        ]  # fmt: skip
        with pytest.raises(UsageError):
            people.add_user(session, "Ирина", Role.HEAD)


def test_people_from_a_sheet(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("ФИО;Отдел;Добавочный\nАнна;Север;101, 102\n;Юг;5\nОлег;Юг;103\n", encoding="cp1251")
    with database.write() as session:
        people.find_or_create(session, extension="103")
    first = people.import_people(database, path)
    assert (first.added, first.changed, first.skipped) == (2, 0, ((3, "The row has no name."),))
    again = people.import_people(database, path)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    with database.read() as session:
        assert [(row.name, row.group_name, row.extensions) for row in people.list_people(session)] == [
            ("Анна", "Север", ("101", "102")), ("Олег", "Юг", ("103",)),
        ]  # fmt: skip
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(SheetError, match="no column with names"):
        people.import_people(database, tmp_path / "bad.csv")


def test_the_people_command(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--workspace", str(workspace.folder), "--json"]
    assert main(["people", "set", "Анна", "--group", "Север", "--extension", "101", *where]) == 0
    capsys.readouterr()
    assert main(["people", "list", *where]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row == {
        "id": row["id"],
        "name": "Анна",
        "group": "Север",
        "extensions": ["101"],
        "active": True,
        "calls": 0,
    }


def test_two_people_who_took_part_in_a_providers_calls_become_one(
    database: Database, calls: list[int]
) -> None:
    """What a provider said of them (participants, its directory) goes along; nothing may stay behind."""
    with database.write() as session:
        keep = people.find_or_create(session, "Anna Smirnova")
        drop = people.find_or_create(session, "Anna S.", "101")
        assert keep is not None
        assert drop is not None
        people.assign_manager(session, calls[:1], drop, None)
        source_id = session.scalars(select(Source.id)).one()
        session.add_all(
            [
                Participant(call_id=calls[0], position=0, name="Anna S.", manager_id=drop),
                DirectoryEntry(
                    source_id=source_id, external_id="7", name="Anna S.", manager_id=drop, valid_from=NOON
                ),
                Leg(call_id=calls[0], position=0, manager_id=drop),
            ]
        )
        session.flush()
        people.merge(session, keep, drop)
        for table in (Call, Participant, DirectoryEntry, Leg):
            found = select(table.manager_id).where(table.manager_id.is_not(None)).distinct()
            assert session.scalars(found).all() == [keep]


def test_every_table_with_a_manager_follows_when_two_become_one() -> None:
    told = {
        mapper.class_
        for mapper in Base.registry.mappers
        if any(key.column.table is Manager.__table__ for key in mapper.local_table.foreign_keys)
    }
    assert told == set(people.BEAR_MANAGERS)
