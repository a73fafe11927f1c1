"""Calltouch against a strict server: days and pages, the bare array, links that lead on and end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from calltouch_server import SITE, START, TOKEN, CalltouchServer, Entry
from conftest import NOW, new_connection, pull_to_end
from hypothesis import given, settings
from hypothesis import strategies as st
from provider_world import PASSING, Fault, mp3_bytes, quickly
from test_pulling import picture

from qaapp import clock
from qaapp.errors import SourceError
from qaapp.sources.calltouch import Calltouch
from qaapp.sources.kinds import kind_of
from qaapp.sources.provider import Config, RecordingTrouble, Window, with_defaults
from qaapp.sources.records import CallRecord
from qaapp.store.workspace import Workspace, open_workspace
from qaapp.words import Direction, Disposition, Target

pytestmark = pytest.mark.usefixtures("quick")
WEEK = Window(START - timedelta(days=1), START + timedelta(days=6))
OPEN: list[Calltouch] = []


def entries(count: int = 12) -> list[Entry]:
    return [
        Entry(number, START + timedelta(hours=9 * number), 0 if number % 5 == 4 else 30 + number,
              sound=mp3_bytes(0.3, pitch=number + 3) if number % 2 else b"")
        for number in range(1, count + 1)
    ]  # fmt: skip


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


@pytest.fixture
def server() -> Iterator[CalltouchServer]:
    with CalltouchServer(entries()) as made:
        yield made  # type: ignore[misc]


def opened(server: CalltouchServer, token: str = TOKEN, **words: str) -> Calltouch:
    told = with_defaults(kind_of("calltouch"), {"url": server.url, "site": SITE, **words})
    made = kind_of("calltouch").open(Config(told, {"token": token}, ZoneInfo("Europe/Moscow"), "7"))
    assert isinstance(made, Calltouch)
    OPEN.append(made)
    return made


def read(provider: Calltouch, window: Window = WEEK) -> dict[str, CallRecord]:
    found = [record for page in provider.calls(window) for record in page.calls]
    assert len({each.external_id for each in found}) == len(found)
    return {each.external_id: each for each in found}


@pytest.mark.parametrize("bare", [False, True])
def test_calls_come_whole(server: CalltouchServer, bare: bool) -> None:
    server.bare = bare
    server.entries[1].changes = {"callbackCall": True, "targetCall": False}
    found = read(opened(server, page="1"))
    assert len(found) == 12
    one, two = found["1"], found["2"]
    assert (one.started_at, one.direction, one.disposition, one.target) == (
        server.entries[0].at, Direction.INBOUND, Disposition.ANSWERED, Target.TARGET)  # fmt: skip
    assert (one.talk_s, one.wait_s, one.customer_number, one.line_number, one.campaign) == (
        31, 9, "79160000001", "74951230000", "brand")  # fmt: skip
    assert (one.tags, one.comment, [each.name for each in one.participants]) == (
        ("Целевой",),
        "ok",
        ["Анна Смирнова"],
    )
    assert (two.direction, two.target, two.remote) == (Direction.CALLBACK, Target.NON_TARGET, ())
    assert found["4"].disposition is Disposition.MISSED
    assert "link-" not in json.dumps([one.raw, [dict(ref.facts) for ref in one.remote]])
    assert server.problems == []


def test_the_check_and_a_wrong_token(server: CalltouchServer) -> None:
    with clock.fixed(NOW):
        found = opened(server).check()
    assert found.last_call is not None
    assert found.last_call.external_id == "12"
    before = server.count()
    with pytest.raises(SourceError) as caught:
        opened(server, "another-token-123").check()
    assert (caught.value.kind, server.count() - before) == ("auth", 1)
    assert "another-token" not in str(caught.value)


def test_a_link_that_ended_is_asked_for_again(server: CalltouchServer, tmp_path: Path) -> None:
    provider = opened(server)
    (ref,) = read(provider)["1"].remote
    server.generation += 1
    with pytest.raises(RecordingTrouble) as caught:
        provider.download(ref, tmp_path / "x")
    assert caught.value.kind == "later"
    provider.download(ref, tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == server.entries[0].sound


def test_strange_values(server: CalltouchServer) -> None:
    server.entries[0].changes = {"date": "soon"}
    server.entries[1].changes = {
        "successful": None,
        "duration": "74",
        "callTags": None,
        "comments": "x",
        "waitingConnect": "",
    }
    server.entries[2].changes = {"date": None, "timestamp": int(server.entries[2].at.timestamp()) * 1000}
    pages = list(opened(server).calls(WEEK))
    found = {each.external_id: each for page in pages for each in page.calls}
    assert [each.where for page in pages for each in page.refused] == ["1"]
    assert (found["2"].talk_s, found["2"].wait_s, found["2"].disposition) == (74, None, Disposition.ANSWERED)
    assert found["3"].started_at == server.entries[2].at


def connected(workspace: Workspace, server: CalltouchServer) -> int:
    return new_connection(
        workspace, "calltouch", {"url": server.url, "site": SITE}, {"token": TOKEN}, time_zone="Europe/Moscow"
    )


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with quickly(), CalltouchServer(entries(6)) as server:
        workspace = open_workspace(tmp_path_factory.mktemp("calltouch") / "w")
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
    with quickly(), CalltouchServer(entries(6)) as server:
        workspace = open_workspace(tmp_path_factory.mktemp("calltouch") / "w")
        made = connected(workspace, server)
        server.faults = list(faults)
        for turn in range(5):
            with suppress(SourceError):
                pull_to_end(workspace, made, NOW + timedelta(days=turn / 2))
            if picture(workspace) == undisturbed:
                break
        assert picture(workspace) == undisturbed
        workspace.close()
