"""Asterisk's database of calls: three systems, two forms of the table, conversations, recordings of the monitor folder."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import team_server
from cdr_servers import FREEPBX, PLAIN, create, maria
from conftest import pull_to_end
from provider_world import wav_bytes
from sqlalchemy import create_engine, event, select, text
from sqlalchemy.exc import DBAPIError

from qaapp import clock
from qaapp.errors import SourceError
from qaapp.intake import connections
from qaapp.sources import cdr_table
from qaapp.sources.asterisk_db import AsteriskDatabase, AsteriskWithFolder
from qaapp.sources.kinds import kind_of
from qaapp.sources.monitor_folder import MonitorFolder
from qaapp.sources.provider import Config, Window, with_defaults
from qaapp.sources.records import CallRecord
from qaapp.store.schema import Call, Manager, Participant, Recording
from qaapp.store.workspace import Workspace
from qaapp.words import Direction, Disposition, EndKind, Lane, RecordingState

ZONE = ZoneInfo("Europe/Moscow")
START = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)  # 10:00 in Moscow
NOW = START + timedelta(days=2)
DAY = Window(START - timedelta(hours=7), START + timedelta(hours=17))
OPEN: list[AsteriskDatabase] = []
Rows = list[dict[str, Any]]


def row(
    minutes: float, src: str, dst: str, talk: int, state: str = "ANSWERED", **more: Any
) -> dict[str, Any]:
    at = START + timedelta(minutes=minutes)
    unique = f"{int(at.timestamp())}.{int(minutes * 10)}"
    return {
        "at": at, "src": src, "dst": dst, "billsec": talk, "duration": talk + 7, "disposition": state,
        "uniqueid": unique, "linkedid": unique, "channel": f"PJSIP/trunk-{int(minutes * 10):08x}", "dstchannel": "",
        "lastapp": "Dial", "dcontext": "from-pstn", "sequence": int(minutes * 10), **more,
    }  # fmt: skip


def a_day() -> Rows:
    """A menu, a queue that rings two people, a transfer; an outbound call; one that only the menu answered."""
    first = row(0, "79160000001", "s", 20, lastapp="BackGround", dcontext="ivr-1", did="74951230000")
    link = first["linkedid"]
    return [
        first,
        row(0.5, "79160000001", "600", 0, "NO ANSWER", dstchannel="PJSIP/201-000000a1", linkedid=link, lastapp="Queue"),
        row(0.6, "79160000001", "600", 90, dstchannel="PJSIP/202-000000a2", linkedid=link, lastapp="Queue",
            recordingfile="q-600-79160000001-20261120-100036-1.1.wav"),
        row(3, "79160000001", "203", 30, dstchannel="PJSIP/203-000000a3", linkedid=link),
        row(60, "201", "79160000002", 45, channel="PJSIP/201-000000b1", dstchannel="PJSIP/trunk-000000b2",
            dcontext="from-internal", cnum="201", recordingfile="out-79160000002-201-20261120-110000-2.2.wav"),
        row(120, "79160000003", "s", 15, lastapp="Playback", dcontext="ivr-1", did="74951230000"),
        row(180, "79160000004", "201", 0, "BUSY", dstchannel="PJSIP/201-000000c1"),
    ]  # fmt: skip


def cells(names: list[str], told: dict[str, Any], zone: ZoneInfo = ZONE) -> list[Any]:
    local = told["at"].astimezone(zone).replace(tzinfo=None)
    answered = told["disposition"] == "ANSWERED"
    moments = {
        "calldate": local, "start": local, "answer": local + timedelta(seconds=7) if answered else None,
        "end": local + timedelta(seconds=told["duration"]),
    }  # fmt: skip
    return [
        moments[name] if name in moments else told.get(name, 0 if name == "amaflags" else "")
        for name in names
    ]


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


def opened(**words: str) -> AsteriskDatabase:
    secrets = {"password": words.pop("password")} if "password" in words else {}
    made = kind_of("asterisk").open(Config(with_defaults(kind_of("asterisk"), words), secrets, ZONE, "7"))
    assert isinstance(made, AsteriskDatabase)
    OPEN.append(made)
    return made


def sqlite_file(
    folder: Path, names: list[str], rows: Rows, table: str = "cdr", zone: ZoneInfo = ZONE
) -> Path:
    path = folder / "master.db"
    with sqlite3.connect(path) as made:
        made.execute(create(names, "TEXT", table=table))
        marks = ", ".join("?" * len(names))
        for told in rows:
            values = [str(v) if isinstance(v, datetime) else v for v in cells(names, told, zone)]
            made.execute(f"INSERT INTO {table} VALUES ({marks})", values)
    made.close()
    return path


@pytest.fixture(scope="module")
def maria_port() -> Iterator[int]:
    with maria() as port:
        yield port


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    with team_server.server() as url:
        yield url


def fill(url: str, names: list[str], rows: Rows, moment: str, quote: str) -> None:
    engine = create_engine(url)
    with engine.begin() as session:
        session.execute(text("DROP TABLE IF EXISTS cdr"))
        session.execute(text(create(names, moment, quote)))
        marks = ", ".join(f":p{n}" for n in range(len(names)))
        for told in rows:
            values = cells(names, told)
            if moment == "TIMESTAMPTZ":
                values = [v.replace(tzinfo=ZONE) if isinstance(v, datetime) else v for v in values]
            session.execute(
                text(f"INSERT INTO cdr VALUES ({marks})"), {f"p{n}": v for n, v in enumerate(values)}
            )
    engine.dispose()


def read(provider: AsteriskDatabase, window: Window = DAY) -> list[CallRecord]:
    return [record for page in provider.calls(window) for record in page.calls]


def plain(records: list[CallRecord]) -> list[tuple[Any, ...]]:
    return [
        (each.external_id, each.started_at, each.direction, each.disposition, each.talk_s, each.extension,
         each.customer_number, len(each.legs), each.transferred, each.end_kind)
        for each in sorted(records, key=lambda one: one.started_at)
    ]  # fmt: skip


def expected() -> list[tuple[Any, ...]]:
    told = a_day()
    return [
        (told[0]["uniqueid"], START, Direction.INBOUND, Disposition.ANSWERED, 90, "202", "79160000001", 4, True,
         str(EndKind.HUNG_UP)),
        (told[4]["uniqueid"], START + timedelta(hours=1), Direction.OUTBOUND, Disposition.ANSWERED, 45, "201",
         "79160000002", 0, None, str(EndKind.HUNG_UP)),
        (told[5]["uniqueid"], START + timedelta(hours=2), Direction.INBOUND, Disposition.MISSED, 15, None,
         "79160000003", 0, None, str(EndKind.NOT_ANSWERED)),
        (told[6]["uniqueid"], START + timedelta(hours=3), Direction.INBOUND, Disposition.BUSY, 0, "201",
         "79160000004", 0, None, str(EndKind.BUSY)),
    ]  # fmt: skip


@pytest.mark.parametrize("names", [FREEPBX, PLAIN], ids=["calldate", "start-answer-end"])
def test_rows_of_a_file_become_conversations(tmp_path: Path, names: list[str]) -> None:
    path = sqlite_file(tmp_path, names, a_day())
    provider = opened(system="sqlite", file=str(path))
    records = read(provider)
    assert plain(records) == expected()
    queue = next(record for record in records if record.legs)
    assert [(each.extension, each.talk_s, each.answered) for each in queue.participants] == [
        ("201", 0, False), ("202", 90, True), ("203", 30, True)]  # fmt: skip
    assert queue.remote == ()


@pytest.mark.parametrize("names", [FREEPBX, PLAIN], ids=["calldate", "start-answer-end"])
def test_maria_is_read_and_cannot_be_written(maria_port: int, names: list[str]) -> None:
    root = f"mysql+pymysql://root@127.0.0.1:{maria_port}"
    engine = create_engine(root)
    with engine.begin() as session:
        session.execute(text("CREATE DATABASE IF NOT EXISTS asteriskcdrdb"))
        session.execute(text("CREATE OR REPLACE USER reader@'127.0.0.1' IDENTIFIED BY 'only reads'"))
        session.execute(text("GRANT ALL ON *.* TO reader@'127.0.0.1'"))  # ours is read-only all the same
        session.execute(text("CREATE DATABASE IF NOT EXISTS asterisk"))
        session.execute(
            text(
                "CREATE OR REPLACE TABLE asterisk.users (extension VARCHAR(20), name VARCHAR(50)) CHARACTER SET utf8mb4"
            )
        )
        session.execute(text("INSERT INTO asterisk.users VALUES ('201', 'Анна Смирнова')"))
    engine.dispose()
    fill(f"{root}/asteriskcdrdb", names, a_day(), "DATETIME", "`")
    words = {"host": "127.0.0.1", "port": str(maria_port), "user": "reader"}
    provider = opened(password="only reads", **words)
    sent: list[str] = []
    event.listen(provider._table.engine, "before_cursor_execute", lambda *told: sent.append(told[2]))
    assert plain(read(provider)) == expected()
    assert [(each.extension, each.name) for each in provider.people()] == [("201", "Анна Смирнова")]
    with clock.fixed(START + timedelta(hours=5)):
        checked = provider.check()
    assert "MariaDB" in checked.account
    assert checked.last_call is not None
    assert checked.clock_skew_s is not None
    assert all(each.split()[0] in ("SELECT", "SHOW", "DESCRIBE") for each in sent), sent
    with pytest.raises(DBAPIError), provider._table.engine.begin() as session:
        session.execute(text("DELETE FROM cdr"))
    with pytest.raises(SourceError) as wrong:
        read(opened(password="wrong word", **words))
    assert wrong.value.kind == "auth"
    assert "wrong word" not in str(wrong.value) + repr(wrong.value)
    with pytest.raises(SourceError) as nowhere:
        read(opened(password="only reads", **words, database="nowhere"))
    assert nowhere.value.kind == "auth"
    with pytest.raises(SourceError) as other:
        read(opened(password="only reads", **words, table="calls"))
    assert other.value.kind == "format"


@pytest.mark.parametrize("moment", ["TIMESTAMP", "TIMESTAMPTZ"])
def test_postgresql_is_read_and_cannot_be_written(postgres_url: str, moment: str) -> None:
    fill(postgres_url, PLAIN, a_day(), moment, '"')
    from sqlalchemy import make_url

    url = make_url(postgres_url)
    host = str(url.host or url.query.get("host"))
    words = {
        "system": "postgresql", "host": host, "port": str(url.port or url.query.get("port") or 5432),
        "database": str(url.database), "user": str(url.username),
    }  # fmt: skip
    provider = opened(**words)
    assert plain(read(provider)) == expected()
    with clock.fixed(START + timedelta(hours=5)):
        assert provider.check().account.startswith("PostgreSQL")
    with pytest.raises(DBAPIError), provider._table.engine.begin() as session:
        session.execute(text("DELETE FROM cdr"))
    with pytest.raises(SourceError) as nowhere:
        read(opened(**{**words, "database": "nowhere"}))
    assert nowhere.value.kind == "auth"


def test_a_server_that_is_not_there_is_trouble_of_the_network() -> None:
    for system in ("mysql", "postgresql"):
        with pytest.raises(SourceError) as told:
            read(opened(system=system, host="127.0.0.1", port="1", user="x", password="hidden word"))
        assert told.value.kind == "network"
        assert "hidden word" not in str(told.value)


def test_every_conversation_belongs_to_one_window(tmp_path: Path) -> None:
    """Rows of a conversation may lie on both sides of a border of windows."""
    provider = opened(system="sqlite", file=str(sqlite_file(tmp_path, FREEPBX, a_day())))
    whole = plain(read(provider))
    for minutes in (0.3, 1, 60, 61):
        border = START + timedelta(minutes=minutes)
        parts = read(provider, Window(DAY.first, border)) + read(provider, Window(border, DAY.last))
        assert plain(parts) == whole


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
def test_pages_of_any_size_give_every_row_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    rows = [
        *a_day(),
        *(row(60, "202", f"7916000001{n}", 10, uniqueid=f"x.{n}", linkedid=f"x.{n}") for n in range(5)),
    ]
    provider = opened(system="sqlite", file=str(sqlite_file(tmp_path, FREEPBX, rows)))
    monkeypatch.setattr(cdr_table, "BATCH", size)
    told = [each["external_id"] for each in provider._table.rows(DAY.first, DAY.last)]
    assert sorted(told) == sorted(each["uniqueid"] for each in rows)


def test_what_makes_no_sense_is_refused_by_its_id(tmp_path: Path) -> None:
    path = sqlite_file(tmp_path, FREEPBX, a_day())
    with sqlite3.connect(path) as made:
        made.execute("UPDATE cdr SET calldate = '2026-11-20 99:99' WHERE disposition = 'BUSY'")
        made.execute("UPDATE cdr SET billsec = 'many' WHERE src = '201'")
    made.close()
    pages = list(opened(system="sqlite", file=str(path)).calls(DAY))
    assert sum(len(page.calls) for page in pages) == 3
    assert [each.where for page in pages for each in page.refused] == [a_day()[6]["uniqueid"]]


def test_a_file_that_is_none_says_so(tmp_path: Path) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"no database at all" * 100)
    empty = tmp_path / "empty.db"
    sqlite3.connect(empty).execute("CREATE TABLE other (a)").connection.close()
    shapeless = tmp_path / "shapeless.db"
    sqlite3.connect(shapeless).execute("CREATE TABLE cdr (a)").connection.close()
    for path, word in ((broken, "not a database"), (empty, "no table"), (shapeless, "no column"),
                       (tmp_path / "none.db", "cannot be opened")):  # fmt: skip
        with pytest.raises(SourceError, match=word):
            read(opened(system="sqlite", file=str(path)))
    assert not (tmp_path / "none.db").exists()


def test_a_file_that_is_being_written_is_read(tmp_path: Path) -> None:
    path = sqlite_file(tmp_path, FREEPBX, a_day())
    writer = sqlite3.connect(path)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE cdr SET billsec = 1")
    assert plain(read(opened(system="sqlite", file=str(path)))) == expected()
    writer.rollback()
    writer.close()


def test_times_in_utc_and_the_note_about_a_wrong_zone(tmp_path: Path) -> None:
    path = sqlite_file(tmp_path, FREEPBX, a_day(), zone=ZoneInfo("UTC"))
    assert plain(read(opened(system="sqlite", file=str(path), utc="yes"))) == expected()
    with clock.fixed(NOW):
        notes = " ".join(opened(system="sqlite", file=str(path)).check().notes)
        assert "-3 h" in notes
        assert "Check it" not in " ".join(opened(system="sqlite", file=str(path), utc="yes").check().notes)


def test_what_is_missing_in_the_form_is_said() -> None:
    kind = kind_of("asterisk")
    assert kind.problems({"system": "sqlite"})
    assert len(kind.problems({"system": "mysql"})) == 2
    assert not kind.problems({"system": "mysql", "host": "pbx", "database": "asteriskcdrdb"})


# --- recordings --------------------------------------------------------------------------------------------------


def test_files_are_found_where_exchanges_put_them(tmp_path: Path) -> None:
    sound = wav_bytes(0.2)
    at = START + timedelta(hours=14)  # 00:00 of the next day in Moscow

    def put(path: str) -> Path:
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(sound)
        return target

    folder = MonitorFolder(tmp_path, ZONE, "calls/%d.%m.%y")
    cases = {
        "plain.wav": put("plain.wav"),
        "/var/spool/asterisk/monitor/2026/11/21/deep.wav": put("2026/11/21/deep.wav"),
        "day.wav": put("2026/11/21/day.wav"),
        "before.wav": put("2026/11/20/before.wav"),
        "dashed.wav": put("2026-11-21/dashed.wav"),
        "ending": put("20261121/ending.mp3"),
        "other.wav": put("2026/11/21/other.WAV"),
        "own.wav": put("calls/21.11.26/own.wav"),
        "..\\..\\up.wav": put("up.wav"),
    }
    for name, path in cases.items():
        assert folder.find(name, at) == [(path, None)], name
    manager, customer = put("2026/11/21/two_out.wav"), put("2026/11/21/two_in.wav")
    assert folder.find("two.wav", at) == [(manager, Lane.MANAGER), (customer, Lane.CUSTOMER)]
    by_id = put("2026/11/21/20261121-000000-74951230000-1795208400.77.wav")
    assert folder.find("", at, "1795208400.77") == [(by_id, None)]
    (tmp_path / "2026/11/21/empty.wav").write_bytes(sound[:44])
    assert folder.find("empty.wav", at) == []
    assert folder.find("nowhere.wav", at, "9999.1") == []
    assert folder.find("../../etc/passwd", at) == []
    assert folder.find("bad\0name", at) == []


def test_a_pull_brings_calls_with_the_sound_of_the_folder(
    tmp_path: Path, workspace: Workspace, connect: Callable[..., int]
) -> None:
    monitor = tmp_path / "monitor"
    place = monitor / "2026/11/20"
    place.mkdir(parents=True)
    rows = a_day()
    (place / rows[2]["recordingfile"]).write_bytes(wav_bytes(1.0))
    path = sqlite_file(tmp_path, FREEPBX, rows)
    words = {"system": "sqlite", "file": str(path), "folder": str(monitor)}
    connection = connect("asterisk", words, time_zone="Europe/Moscow")
    first = pull_to_end(workspace, connection, NOW)
    assert (first.added, first.recordings) == (4, 1)
    # The second recording is there later.
    (place / rows[4]["recordingfile"]).write_bytes(wav_bytes(0.5))
    again = pull_to_end(workspace, connection, NOW + timedelta(hours=1))
    assert (again.added, again.changed, again.recordings) == (0, 0, 1)
    with workspace.database.read() as session:
        calls = session.scalars(select(Call).order_by(Call.started_at)).all()
        assert [call.extension for call in calls] == ["202", "201", None, "201"]
        files = session.scalars(select(Recording).order_by(Recording.id)).all()
        assert {each.state for each in files} == {RecordingState.AVAILABLE}
        assert len(session.scalars(select(Participant)).all()) >= 3
        assert session.scalar(select(Manager.name).where(Manager.id == calls[0].manager_id)) is not None
    assert not (workspace.recordings / f"asterisk-{connection}").exists()  # opened in place


def test_a_folder_that_is_gone_takes_nothing_for_missing(
    tmp_path: Path, workspace: Workspace, connect: Callable[..., int]
) -> None:
    path = sqlite_file(tmp_path, FREEPBX, a_day())
    gone = tmp_path / "not mounted"
    connection = connect("asterisk", {"system": "sqlite", "file": str(path), "folder": str(gone)})
    with pytest.raises(SourceError, match="is not there"):
        pull_to_end(workspace, connection, NOW)
    with workspace.database.read() as session:
        assert connections.get(session, connection).state != connections.STOPPED


def test_a_pair_of_sides_is_two_lanes(tmp_path: Path) -> None:
    monitor = tmp_path / "monitor"
    monitor.mkdir()
    rows = a_day()
    stem = rows[4]["recordingfile"].removesuffix(".wav")
    for ending in ("-in", "-out"):
        (monitor / f"{stem}{ending}.wav").write_bytes(wav_bytes(0.5))
    path = sqlite_file(tmp_path, FREEPBX, rows)
    provider = opened(system="sqlite", file=str(path), folder=str(monitor))
    assert isinstance(provider, AsteriskWithFolder)
    record = next(each for each in read(provider) if each.direction is Direction.OUTBOUND)
    assert [ref.lane for ref in record.remote] == [Lane.MANAGER, Lane.CUSTOMER]
    assert [provider.local_file(ref) for ref in record.remote] == [
        monitor / f"{stem}-out.wav", monitor / f"{stem}-in.wav"]  # fmt: skip
