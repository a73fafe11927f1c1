"""Recordings and call logs find each other, whichever comes first, and nothing that people made is lost."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from intake_world import bring, calls, counts, log, managers, picture, sound
from sqlalchemy import select

from qaapp.calls import people
from qaapp.store.database import Database
from qaapp.store.rules import read_rules, write_rules
from qaapp.store.schema import Annotation, AnnotationKind, Call, CallKey, Recording, User

HEADS = ("ID", "Дата и время", "Направление", "Статус", "Номер клиента", "Внутренний номер", "Менеджер",
         "Длительность", "Разговор", "Запись")  # fmt: skip


def row(
    ident: str, at: str, number: str = "", ext: str = "", name: str = "", talk: int = 2, wait: int = 5, file: str = "",
    way: str = "входящий", status: str = "отвечен",
) -> tuple[object, ...]:  # fmt: skip
    return ident, f"17.03.2014 {at}", way, status, number, ext, name, talk + wait, talk, file


def both_ways(database: Database, folder: Path, table: Path, order: str) -> None:
    for step in order:
        bring(database, folder if step == "f" else table)


@pytest.mark.parametrize("order", ["fl", "lf", "flfl", "lflf"])
def test_by_name_by_id_and_by_time(database: Database, tmp_path: Path, order: str) -> None:
    folder = tmp_path / "rec"
    sound(folder / "nothing to read here.wav", 2)
    sound(folder / "mikopbx-1395037200.7_in.wav", 2)  # 06:20:00 UTC
    sound(folder / "mikopbx-1395037200.7_out.wav", 2)
    sound(folder / "Анна" / "2014_03_17_11_00_03_101.wav", 2)
    sound(folder / "2014_03_17 12-00-04 +79161234567.wav", 2)
    sound(folder / "2014_03_17_20_00_00_101.wav", 2)  # nobody speaks of it
    table = log(tmp_path / "log.csv", HEADS, [
        row("a", "10:00:00", file="C:\\rec\\Nothing to read HERE.mp3"),
        row("mikopbx-1395037200.7", "09:00:00", "89160000000"),
        row("c", "11:00:00", "84951112233", "101"),
        row("d", "12:00:00", "8 916 123-45-67", "102", "Олег"),
        row("e", "12:00:10", "8 916 999-45-67", "102", "Олег"),
        row("f", "12:00:12", "8 916 123-45-67", "103", status="не отвечен", talk=0),
    ])  # fmt: skip
    both_ways(database, folder, table, order)
    found = {item.external_id: item for item in calls(database)}
    assert {key: item.recording_count for key, item in found.items()} == {
        "a": 1, "mikopbx-1395037200.7": 2, "c": 1, "d": 1, "e": 0, "f": 0, "2014_03_17_20_00_00_101": 1,
    }  # fmt: skip
    assert found["c"].disposition == "answered"
    assert managers(database)["c"] == "Анна"  # the folder names her; the log has a number only
    assert managers(database)["d"] == "Олег"
    before = picture(database)
    assert counts(bring(database, table)) == (6, 0, 0, 6)
    assert counts(bring(database, folder)) == (1, 0, 0, 1)
    assert picture(database) == before


def test_in_one_run(database: Database, tmp_path: Path) -> None:
    sound(tmp_path / "rec" / "2014_03_17_11_00_03_101.wav", 2)
    table = log(tmp_path / "rec" / "log.csv", HEADS, [row("c", "11:00:00", "84951112233", "101", "Анна")])
    summary = bring(database, tmp_path / "rec", log_files=(table,))
    assert (counts(summary), summary.recordings, summary.skipped) == ((1, 1, 0, 0), 1, ())
    assert managers(database) == {"c": "Анна"}


@pytest.mark.parametrize("order", ["fl", "lf"])
@pytest.mark.parametrize(
    ("name", "other", "why"),
    [
        ("2014_03_17 11-00-03 +79161234567.wav", row("c", "11:00:00", "89169999999"), "another number"),
        ("2014_03_17_11_00_03_101.wav", row("c", "11:00:00", "89169999999", "102"), "another extension"),
        ("2014_03_17_11_00_03_101.wav", row("c", "11:03:00", "", "101"), "too far in time"),
        ("2014_03_17_11_00_30.wav", row("c", "11:00:00", talk=60), "only a time, and not near"),
        ("2014_03_17_11_00_03_101_(В).wav", row("c", "11:00:00", ext="101", way="исходящий"), "another direction"),
        ("2014_03_17_11_00_03_101.wav", row("c", "11:00:00", ext="101", status="занято", talk=0), "nobody talked"),
    ],
)  # fmt: skip
def test_what_contradicts_is_not_joined(
    database: Database, tmp_path: Path, order: str, name: str, other: tuple[object, ...], why: str
) -> None:
    sound(tmp_path / "rec" / name, 2)
    both_ways(database, tmp_path / "rec", log(tmp_path / "log.csv", HEADS, [other]), order)
    assert [item.recording_count for item in calls(database)].count(1) == 1, why
    assert len(calls(database)) == 2, why


def test_of_several_the_length_decides(database: Database, tmp_path: Path) -> None:
    sound(tmp_path / "rec" / "2014_03_17_11_00_30_101.wav", 4)
    rows = [row("a", "11:00:00", ext="101", talk=60), row("b", "11:01:00", ext="101", talk=4)]
    bring(database, tmp_path / "rec", log(tmp_path / "log.csv", HEADS, rows))
    assert {item.external_id: item.recording_count for item in calls(database)} == {"a": 0, "b": 1}


def test_the_tolerance_is_a_rule(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        rules = read_rules(session)
        write_rules(session, type(rules)(**{**rules.__dict__, "join_tolerance_s": 600}))
    sound(tmp_path / "rec" / "2014_03_17_11_00_03_101.wav", 2)
    bring(database, tmp_path / "rec", log(tmp_path / "log.csv", HEADS, [row("c", "11:06:00", ext="101")]))
    assert [item.recording_count for item in calls(database)] == [1]


def test_work_on_a_recording_outlives_the_log(database: Database, tmp_path: Path) -> None:
    sound(tmp_path / "rec" / "2014_03_17_11_00_03_101.wav", 2)
    bring(database, tmp_path / "rec")
    (own,) = calls(database)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with database.write() as session:
        ирина = people.find_or_create(session, name="Ирина")
        people.assign_manager(session, [own.id], ирина, None)
        session.get_one(Call, own.id).comment = "хороший звонок"
        user = User(name="r", created_at=now)
        session.add(user)
        session.flush()
        kind = session.scalars(select(AnnotationKind.id)).first()
        assert kind is not None
        session.add(
            Annotation(
                call_id=own.id, kind_id=kind, start_ms=5, author_id=user.id, created_at=now, updated_at=now
            )
        )
    bring(database, log(tmp_path / "log.csv", HEADS, [row("c", "11:00:00", "89161234567", "101", "Олег")]))
    (call,) = calls(database)
    assert (call.id, call.external_id, call.customer_number) == (own.id, "c", "79161234567")
    assert (call.comment, call.recording_count, call.talk_s) == ("хороший звонок", 1, 2)
    assert managers(database) == {"c": "Ирина"}
    with database.read() as session:
        assert session.scalars(select(Annotation.call_id)).all() == [own.id]
        assert {key.call_id for key in session.scalars(select(CallKey))} == {own.id}
    assert counts(bring(database, tmp_path / "log.csv")) == (1, 0, 0, 1)
    assert counts(bring(database, tmp_path / "rec")) == (0, 0, 0, 0)
    assert managers(database) == {"c": "Ирина"}


def test_where_people_worked_on_both_both_stay(database: Database, tmp_path: Path) -> None:
    sound(tmp_path / "rec" / "2014_03_17_11_00_03_101.wav", 2)
    bring(database, tmp_path / "rec")
    table = log(tmp_path / "log.csv", HEADS, [row("c", "15:00:00", "89161234567", "101")])
    bring(database, table)
    with database.write() as session:
        олег = people.find_or_create(session, name="Олег")
        people.assign_manager(session, [item.id for item in calls(database)], олег, None)
    log(table, HEADS, [row("c", "11:00:00", "89161234567", "101")])
    bring(database, table)
    assert len(calls(database)) == 2


def test_a_corrected_zone_joins_what_had_missed_each_other(database: Database, tmp_path: Path) -> None:
    sound(tmp_path / "rec" / "2014_03_17_11_00_03_101.wav", 2)
    bring(database, tmp_path / "rec", time_zone="UTC")
    table = log(tmp_path / "log.csv", HEADS, [row("c", "11:00:00", "89161234567", "101")])
    bring(database, table)
    assert len(calls(database)) == 2
    bring(database, tmp_path / "rec")
    bring(database, table)
    assert [item.recording_count for item in calls(database)] == [1]
    with database.read() as session:
        assert len(session.scalars(select(Recording.id)).all()) == 1
