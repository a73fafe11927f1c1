"""Ringostat against a strict server: halved periods, other zones, rows that come twice, links that end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from conftest import NOW, new_connection, pull_to_end
from hypothesis import given, settings
from hypothesis import strategies as st
from provider_world import PASSING, Fault, mp3_bytes, quickly
from ringostat_server import KEY, START, RingostatServer, Row
from test_pulling import picture

from qaapp import clock
from qaapp.calls import transcript_search
from qaapp.errors import SourceError
from qaapp.sources import ringostat
from qaapp.sources.kinds import kind_of
from qaapp.sources.provider import Config, Window, with_defaults
from qaapp.sources.records import CallRecord
from qaapp.sources.ringostat import Ringostat
from qaapp.store.workspace import Workspace, open_workspace
from qaapp.words import Direction, Disposition, EndKind, Target

pytestmark = pytest.mark.usefixtures("quick")
DAYS = [Window(START + timedelta(days=n), START + timedelta(days=n + 1)) for n in range(-1, 6)]
OPEN: list[Ringostat] = []


def rows(count: int = 12) -> list[Row]:
    return [
        Row(number, START + timedelta(hours=9 * number), 0 if number % 5 == 4 else 30 + number,
            "in" if number % 2 else "out", sound=mp3_bytes(0.3, pitch=number + 3) if number % 2 else b"")
        for number in range(1, count + 1)
    ]  # fmt: skip


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


@pytest.fixture
def server() -> Iterator[RingostatServer]:
    with RingostatServer(rows()) as made:
        yield made  # type: ignore[misc]


def opened(server: RingostatServer, key: str = KEY, **words: str) -> Ringostat:
    told = with_defaults(kind_of("ringostat"), {"url": server.url + "/calls/list", **words})
    made = kind_of("ringostat").open(Config(told, {"key": key}, ZoneInfo("Europe/Moscow"), "7"))
    assert isinstance(made, Ringostat)
    OPEN.append(made)
    return made


def read(provider: Ringostat) -> dict[str, CallRecord]:
    found = [record for window in DAYS for page in provider.calls(window) for record in page.calls]
    assert len({each.external_id for each in found}) == len(found)
    return {each.external_id: each for each in found}


def test_calls_come_whole(server: RingostatServer) -> None:
    server.rows[0].changes = {"disposition": "PROPER", "utm_campaign": "Осень"}
    server.twice = {1, 2}
    found = read(opened(server))
    one, two, four = (found[server.rows[place].id] for place in (0, 1, 3))
    assert (one.started_at, one.direction, one.disposition, one.end_kind, one.target) == (
        server.rows[0].at, Direction.INBOUND, Disposition.ANSWERED, EndKind.HUNG_UP, Target.TARGET)  # fmt: skip
    assert (one.talk_s, one.wait_s, one.duration_s, one.campaign) == (31, 9, 40, "Осень")
    assert (one.customer_number, one.line_number) == ("79160000001", "74951230000")
    assert [(each.name, each.extension, each.group_name) for each in one.participants] == [
        ("Анна Смирнова", "101", "Отдел продаж")
    ]
    assert (two.direction, two.customer_number, two.remote) == (Direction.OUTBOUND, "79160000002", ())
    assert (four.disposition, [each.extension for each in four.participants]) == (
        Disposition.NO_ANSWER,
        ["101"],
    )
    assert "token" not in json.dumps([one.raw, [dict(ref.facts) for ref in one.remote]])
    assert server.problems == []


def test_a_full_answer_is_halved(server: RingostatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.rows = [Row(number, START + timedelta(minutes=3 * number)) for number in range(1, 90)]
    server.most = 20
    monkeypatch.setattr(ringostat, "MOST_ROWS", 20)
    assert len(read(opened(server))) == 89


@pytest.mark.parametrize(("zone", "offset_h"), [("Asia/Vladivostok", 10), ("Europe/Moscow", 0), ("UTC", 0)])
def test_answers_in_another_zone(zone: str, offset_h: int) -> None:
    with RingostatServer(rows(), zone, offset_h) as server:
        provider = opened(server)
        assert set(read(provider)) == {each.id for each in server.rows}
        with clock.fixed(NOW):
            assert provider.check().notes


def test_the_older_address(server: RingostatServer) -> None:
    assert len(read(opened(server, url=server.url + "/calls/export", style="old", project="7"))) == 12


def test_a_wrong_key_is_said_once(server: RingostatServer) -> None:
    with pytest.raises(SourceError) as caught:
        opened(server, "another-key-123").check()
    assert (caught.value.kind, server.count()) == ("auth", 1)
    assert "another-key" not in str(caught.value)
    server.says = "Service works, come later"
    with pytest.raises(SourceError) as caught:
        opened(server).check()
    assert caught.value.kind == "format"


def test_a_link_that_ended_is_asked_for_again(server: RingostatServer, tmp_path: Path) -> None:
    provider = opened(server)
    (ref,) = read(provider)[server.rows[0].id].remote
    server.generation += 1
    provider.download(ref, tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == server.rows[0].sound


def test_strange_values(server: RingostatServer) -> None:
    server.rows[0].changes = {"calldate": "yesterday"}
    server.rows[1].changes = {
        "disposition": "TELEPORTED",
        "call_type": "up",
        "billsec": None,
        "duration": "x",
    }
    server.rows[2].changes = {"has_recording": None, "recording": None}
    pages = [page for window in DAYS for page in opened(server).calls(window)]
    found = {each.external_id: each for page in pages for each in page.calls}
    assert {each.where for page in pages for each in page.refused} == {server.rows[0].id}
    strange = found[server.rows[1].id]
    assert (strange.disposition, strange.direction, strange.end_reason) == (
        Disposition.UNKNOWN, Direction.UNKNOWN, "TELEPORTED")  # fmt: skip
    assert found[server.rows[2].id].remote == ()


def connected(workspace: Workspace, server: RingostatServer) -> int:
    return new_connection(workspace, "ringostat", {"url": server.url + "/calls/list"}, {"key": KEY})


def test_texts_come_where_they_are_wished_for(
    server: RingostatServer, workspace: Workspace, connect: Any
) -> None:
    with_text, without = (opened(server, **words) for words in ({"texts": "yes"}, {}))
    found = read(with_text)
    told = {key: with_text.transcript(each) for key, each in found.items()}
    assert [key for key, each in told.items() if each is not None] == [server.rows[0].id]
    read(without)
    asked = len(server.asked)
    assert without.transcript(found[server.rows[0].id]) is None
    assert len(server.asked) == asked
    words = {"url": server.url + "/calls/list", "texts": "yes"}
    pull_to_end(workspace, connect("ringostat", words, {"key": KEY}, time_zone="Europe/Moscow"))
    with workspace.database.read() as session:
        assert transcript_search.calls_with_text(session) == 1


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with quickly(), RingostatServer(rows(6)) as server:
        workspace = open_workspace(tmp_path_factory.mktemp("ringostat") / "w")
        pull_to_end(workspace, connected(workspace, server))
        found = picture(workspace)
        workspace.close()
        assert (server.problems, len(found[4])) == ([], 3)
        return found


@given(
    st.lists(st.sampled_from([*PASSING, Fault.LOOP, Fault.NOT_JSON, Fault.PAGE, Fault.TWICE]), max_size=14)
)
@settings(max_examples=4, deadline=None)
def test_faults_change_nothing(
    undisturbed: Any, tmp_path_factory: pytest.TempPathFactory, faults: list[Fault]
) -> None:
    with quickly(), RingostatServer(rows(6)) as server:
        workspace = open_workspace(tmp_path_factory.mktemp("ringostat") / "w")
        made = connected(workspace, server)
        server.faults = list(faults)
        for turn in range(5):
            with suppress(SourceError):
                pull_to_end(workspace, made, NOW + timedelta(days=turn / 2))
            if picture(workspace) == undisturbed:
                break
        assert picture(workspace) == undisturbed
        workspace.close()
