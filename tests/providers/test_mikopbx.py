"""MikoPBX against a strict server and as a file: conversations, sides, links of one hour, own certificates."""

from __future__ import annotations

import sqlite3
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import trustme
from conftest import NOW, new_connection, pull_to_end
from hypothesis import given, settings
from hypothesis import strategies as st
from mikopbx_server import KEY, START, MikoServer, Row
from provider_world import PASSING, Fault, Reply, quickly, wav_bytes
from sqlalchemy import select
from test_pulling import picture

from qaapp import clock
from qaapp.errors import SourceError
from qaapp.sources.http import certificate_of
from qaapp.sources.kinds import kind_of
from qaapp.sources.mikopbx import MikoFile, MikoPBX
from qaapp.sources.provider import Config, RecordingTrouble, Window, with_defaults
from qaapp.sources.records import CallRecord
from qaapp.store.schema import Recording
from qaapp.store.workspace import Workspace, open_workspace
from qaapp.words import Direction, Disposition, EndKind

pytestmark = pytest.mark.usefixtures("quick")
WINDOW = Window(START - timedelta(days=1), START + timedelta(days=6))
OPEN: list[Any] = []


def rows(count: int = 8) -> list[Row]:
    made = []
    for number in range(1, count + 1):
        way = ("in", "out", "in", "inner")[number % 4]
        sound = wav_bytes(0.3, pitch=number + 3) if number % 3 else b""
        talk = 0 if number % 5 == 4 else 30 + number
        made.append(Row(number, START + timedelta(hours=9 * number), way, talk, sound=sound if talk else b""))
    return made


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


@pytest.fixture
def server() -> Iterator[MikoServer]:
    with MikoServer(rows()) as made:
        yield made  # type: ignore[misc]


def opened(server: MikoServer, key: str = KEY, **words: str) -> MikoPBX:
    told = with_defaults(kind_of("mikopbx"), {"url": server.url, **words})
    made = kind_of("mikopbx").open(Config(told, {"key": key}, ZoneInfo("Europe/Moscow"), "7"))
    assert isinstance(made, MikoPBX)
    OPEN.append(made)
    return made


def read(provider: MikoPBX | MikoFile, window: Window = WINDOW) -> dict[str, CallRecord]:
    found = [record for page in provider.calls(window) for record in page.calls]
    assert len({each.external_id for each in found}) == len(found)
    return {each.external_id: each for each in found}


def test_calls_come_whole(server: MikoServer) -> None:
    found = read(opened(server))
    assert server.problems == []
    assert len(found) == 8
    one, two, four = (found[server.rows[place].talk_id] for place in (0, 1, 3))
    assert (one.direction, one.disposition, one.talk_s, one.wait_s, one.end_kind) == (
        Direction.OUTBOUND, Disposition.ANSWERED, 31, 8, EndKind.HUNG_UP)  # fmt: skip
    assert (one.customer_number, one.extension, one.manager_name) == ("79160000001", "201", "Анна Смирнова")
    assert (two.direction, two.customer_number, two.line_number, two.customer_name) == (
        Direction.INBOUND, "79160000002", "74951230000", "Ромашка")  # fmt: skip
    assert (two.extension, two.manager_name) == ("201", "Анна Смирнова")
    assert (four.direction, four.disposition) == (Direction.INBOUND, Disposition.MISSED)
    inner = found[server.rows[6].talk_id]
    assert inner.direction is Direction.INTERNAL


def test_the_side_of_the_manager_follows_the_channel_that_is_told(server: MikoServer) -> None:
    server.rows = [
        Row(number, START + timedelta(hours=number), way, sound=wav_bytes(0.2, pitch=number), side=side)
        for number, (way, side) in enumerate([("out", "0"), ("out", "1"), ("in", "0"), ("in", "1"), ("in", "")], 1)
    ]  # fmt: skip
    found = read(opened(server))
    assert [found[row.talk_id].remote[0].manager_channel for row in server.rows] == [0, 1, 1, 0, None]


def test_rows_of_one_talk_are_one_call_with_its_recordings(server: MikoServer) -> None:
    talk = "mikopbx-1.1"
    server.rows = [
        Row(1, START, "in", 0, talk, changes={"dst_num": "202", "dst_chan": "PJSIP/202-00000002"}),
        Row(2, START + timedelta(seconds=20), "in", 40, talk, wav_bytes(0.2)),
        Row(3, START + timedelta(seconds=90), "in", 25, talk, wav_bytes(0.3),
            changes={"dst_num": "203", "dst_chan": "PJSIP/203-00000003", "dst_name": "Пётр"}),
    ]  # fmt: skip
    for groups in (False, True):
        server.groups = groups
        found = read(opened(server))
        assert set(found) == {talk}
        call = found[talk]
        assert (len(call.legs), call.transferred, call.extension, len(call.remote)) == (3, True, "201", 2)
        assert {ref.kind for ref in call.remote} == {"leg"}


def test_an_old_version_without_names_sides_and_pages_is_read(server: MikoServer) -> None:
    server.old = True
    found = read(opened(server))
    assert len(found) == 8
    assert {ref.manager_channel for each in found.values() for ref in each.remote} == {None}


def test_pages_are_read_to_the_end(server: MikoServer) -> None:
    server.most = 3
    assert len(read(opened(server))) == 8
    assert sum(asked.path.endswith("/cdr") for asked in server.asked) == 3


def test_what_makes_no_sense_is_refused_by_its_id(server: MikoServer) -> None:
    server.rows[0].changes = {"start": "soon"}
    server.rows[1].changes = {"billsec": {"no": "number"}, "from_account": None}
    pages = list(opened(server).calls(WINDOW))
    assert [each.where for page in pages for each in page.refused] == [server.rows[0].id]
    assert sum(len(page.calls) for page in pages) == 7


def test_people_come_with_what_the_key_may_read(server: MikoServer) -> None:
    assert [(each.name, each.extension) for each in opened(server).people()] == [
        ("Анна Смирнова", "201"), ("Олег Тихий", "202")]  # fmt: skip


def test_a_link_is_asked_for_right_before(server: MikoServer, tmp_path: Path) -> None:
    provider = opened(server)
    ref = read(provider)[server.rows[0].talk_id].remote[0]
    assert "token" not in str(ref.facts)
    server.generation = 7  # all links that were told are dead
    provider.download(ref, tmp_path / "a.part")
    assert (tmp_path / "a.part").read_bytes() == server.rows[0].sound
    server.rows[0].sound = b""
    with pytest.raises(RecordingTrouble) as gone:
        provider.download(ref, tmp_path / "b.part")
    assert gone.value.kind == "later"


def test_a_wrong_key_and_an_exchange_without_the_api_say_so(server: MikoServer) -> None:
    with pytest.raises(SourceError) as wrong:
        read(opened(server, "wrong-key-0000"))
    assert wrong.value.kind == "auth"
    assert "wrong-key-0000" not in str(wrong.value)
    server.answer = lambda _asked: Reply({"no": 1}, 404)  # type: ignore[method-assign]
    with pytest.raises(SourceError) as none:
        read(opened(server))
    assert none.value.kind == "not_supported"


def test_the_check_tells_the_last_call(server: MikoServer) -> None:
    with clock.fixed(NOW):
        checked = opened(server).check()
    assert checked.last_call is not None
    assert checked.last_call.external_id == server.rows[-1].talk_id
    assert checked.clock_skew_s is not None


def test_an_own_certificate_is_trusted_by_its_fingerprint() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("pbx.local").configure_cert(context)
    with MikoServer(rows(3), certificate=context) as server:
        assert isinstance(server, MikoServer)
        with pytest.raises(SourceError):
            read(opened(server))
        shown = certificate_of("127.0.0.1", int(server.url.rpartition(":")[2]))
        assert len(read(opened(server, fingerprint=shown.fingerprint))) == 3


# --- the file ----------------------------------------------------------------------------------------------------


def cdr_file(folder: Path, server_rows: list[Row]) -> Path:
    path = folder / "cdr.db"
    with MikoServer(server_rows) as server:
        assert isinstance(server, MikoServer)
        documents = [server.document(row) for row in server_rows]
    names = [name for name in documents[0] if not name.endswith("_url")]
    made = sqlite3.connect(path)
    made.execute(f"CREATE TABLE cdr_general ({', '.join(names)})")
    for each in documents:
        made.execute(
            f"INSERT INTO cdr_general VALUES ({', '.join('?' * len(names))})", [each[name] for name in names]
        )
    made.commit()
    made.close()
    return path


def test_the_file_says_the_same_as_the_api(server: MikoServer, tmp_path: Path, workspace: Workspace,
                                           connect: Callable[..., int]) -> None:  # fmt: skip
    monitor = tmp_path / "monitor"
    for row in server.rows:
        if row.sound:
            place = monitor / "2026/11/20/10" / f"{row.id}.webm"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(row.sound)
    words = {"way": "file", "file": str(cdr_file(tmp_path, server.rows)), "folder": str(monitor)}
    provider = kind_of("mikopbx").open(
        Config(with_defaults(kind_of("mikopbx"), words), {}, ZoneInfo("Europe/Moscow"), "7")
    )
    assert isinstance(provider, MikoFile)
    OPEN.append(provider)
    by_file, by_api = read(provider), read(opened(server))
    told = [
        {key: (each.started_at, each.direction, each.talk_s, each.extension,
               [ref.manager_channel for ref in each.remote]) for key, each in found.items()}
        for found in (by_file, by_api)
    ]  # fmt: skip
    assert told[0] == told[1]
    connection = connect("mikopbx", words, time_zone="Europe/Moscow")
    summary = pull_to_end(workspace, connection)
    assert (summary.added, summary.recordings) == (8, sum(bool(row.sound) for row in server.rows))
    with workspace.database.read() as session:
        assert {each.manager_channel for each in session.scalars(select(Recording))} == {0, 1}


def connected(workspace: Workspace, server: Any) -> int:
    return new_connection(workspace, "mikopbx", {"url": server.url}, {"key": KEY}, time_zone="Europe/Moscow")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with quickly(), MikoServer(rows(6)) as server:
        workspace = open_workspace(tmp_path_factory.mktemp("miko") / "w")
        pull_to_end(workspace, connected(workspace, server))
        told = picture(workspace)
        workspace.close()
        assert (server.problems, len(told[4])) == ([], 3)
    return told


@given(faults=st.lists(st.sampled_from([*PASSING, Fault.LOOP, Fault.NOT_JSON]), max_size=14))
@settings(max_examples=4, deadline=None)
def test_faults_change_nothing(
    undisturbed: Any, tmp_path_factory: pytest.TempPathFactory, faults: list[Fault]
) -> None:
    with quickly(), MikoServer(rows(6)) as server:
        workspace = open_workspace(tmp_path_factory.mktemp("miko") / "w")
        made = connected(workspace, server)
        server.faults = list(faults)
        for turn in range(5):
            with suppress(SourceError):
                pull_to_end(workspace, made, NOW + timedelta(days=turn / 2))
            if picture(workspace) == undisturbed:
                break
        assert picture(workspace) == undisturbed
        workspace.close()
