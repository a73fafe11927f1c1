"""The same import on a team's PostgreSQL gives the same calls as on SQLite."""

from __future__ import annotations

from pathlib import Path

import pytest
from intake_world import bring, calls, counts, log, picture, sound
from team_server import server

from qaapp.calls import people
from qaapp.settings import Rules
from qaapp.store.database import Database
from qaapp.store.rules import write_rules
from qaapp.store.schema import Call
from qaapp.store.workspace import open_workspace

HEADS = ("ID", "Дата и время", "Направление", "Статус", "Номер клиента", "Внутренний номер", "Менеджер",
         "Длительность", "Разговор", "Теги", "Комментарий")  # fmt: skip
ROWS = [
    (
        "a",
        "17.03.2014 10:00:00",
        "входящий",
        "отвечен",
        "89161234567",
        "101",
        "Анна",
        70,
        65,
        "VIP, повтор",
        "к\x00ом",
    ),
    ("b", "17.03.2014 11:00:00", "исходящий", "занято", "8" * 300, "102", "", 7, 0, "", ""),
    ("c", "17.03.2014 12:00:00", "исходящий", "отвечен", "x", "103", "М" * 500, 7, 2, "VIP", ""),
]
CDR = (
    "calldate,src,dst,dcontext,channel,dstchannel,lastapp,duration,billsec,disposition,uniqueid,linkedid\n"
    "2025-03-14 12:00:00,79161234567,201,ext-local,SIP/t-00000001,SIP/201-00000002,Dial,20,0,NO ANSWER,1.1,1.1\n"
    "2025-03-14 12:00:20,79161234567,202,ext-local,SIP/t-00000001,SIP/202-00000003,Dial,30,25,ANSWERED,1.2,1.1\n"
)


def bring_all(database: Database, folder: Path, tables: list[Path]) -> None:
    assert counts(bring(database, folder)) == (3, 3, 0, 0)
    assert counts(bring(database, *tables)) == (4, 4, 0, 0)
    assert counts(bring(database, *tables)) == (4, 0, 0, 4)
    with database.write() as session:
        first = next(row for row in calls(database) if row.external_id == "a")
        people.assign_manager(session, [first.id], people.find_or_create(session, name="Олег"), None)
        session.get_one(Call, first.id).target = "junk"
    log(tables[0], HEADS, [(*row[:7], 99, *row[8:]) for row in ROWS])
    assert counts(bring(database, *tables)) == (4, 0, 3, 1)
    assert counts(bring(database, folder)) == (2, 0, 0, 2)


def test_on_postgresql(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "rec"
    sound(folder / "2014_03_17_12_00_03_103.wav", 2)
    sound(folder / "Ирина" / ("2014_03_18_10_00_00_" + "ж" * 100 + ".wav"), 1)
    (folder / "2014_03_19_10_00_00.wav").write_bytes(b"")
    (tmp_path / "cdr.csv").write_text(CDR, encoding="utf-8")
    with server() as url:
        team = open_workspace(tmp_path / "team", url)
        try:
            with team.database.write() as session:
                write_rules(session, Rules(time_zone="Europe/Moscow"))
            pictures = []
            for each in (database, team.database):
                bring_all(each, folder, [log(tmp_path / "log.csv", HEADS, ROWS), tmp_path / "cdr.csv"])
                pictures.append(picture(each))
            assert pictures[0] == pictures[1]
        finally:
            team.close()


@pytest.mark.parametrize("external", ["x" * 900])
def test_long_ids_end_in_their_hash(database: Database, tmp_path: Path, external: str) -> None:
    rows = [(external + end, *ROWS[0][1:]) for end in "ab"]
    assert counts(bring(database, log(tmp_path / "log.csv", HEADS, rows))) == (2, 2, 0, 0)
    assert {len(row.external_id) for row in calls(database)} == {383}
