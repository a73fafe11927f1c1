"""Bitrix24 against a strict server: pages by id, rights, deals, recordings by file and by link."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from bitrix_server import HOOK, START, BitrixServer, Item
from conftest import NOW, new_connection, pull_to_end
from hypothesis import given, settings
from hypothesis import strategies as st
from provider_world import PASSING, Fault, mp3_bytes, quickly
from test_pulling import picture

from qaapp import clock
from qaapp.errors import SourceError
from qaapp.sources.bitrix import Bitrix
from qaapp.sources.kinds import kind_of
from qaapp.sources.provider import Config, RecordingTrouble, Window, with_defaults
from qaapp.sources.records import CallRecord, DealRecord
from qaapp.store.workspace import Workspace, open_workspace
from qaapp.words import Direction, Disposition, EndKind

pytestmark = pytest.mark.usefixtures("quick")
WEEK = Window(START - timedelta(days=1), START + timedelta(days=6))
OPEN: list[Bitrix] = []


def items(count: int = 12) -> list[Item]:
    return [
        Item(number, START + timedelta(hours=9 * number), 0 if number % 5 == 4 else 30 + number,
             mp3_bytes(0.3, pitch=number + 3) if number % 2 else b"", number % 3 != 0)
        for number in range(1, count + 1)
    ]  # fmt: skip


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


@pytest.fixture
def server() -> Iterator[BitrixServer]:
    with BitrixServer(items()) as made:
        yield made  # type: ignore[misc]


def opened(server: BitrixServer, hook: str = HOOK, **words: str) -> Bitrix:
    secrets = {"webhook": f"{server.url}/rest/1/{hook}/"}
    made = kind_of("bitrix24").open(
        Config(with_defaults(kind_of("bitrix24"), words), secrets, ZoneInfo("Europe/Moscow"), "7")
    )
    assert isinstance(made, Bitrix)
    OPEN.append(made)
    return made


def read(provider: Bitrix) -> dict[str, CallRecord]:
    found = [record for page in provider.calls(WEEK) for record in page.calls]
    assert len({each.external_id for each in found}) == len(found)
    return {each.external_id: each for each in found}


def test_calls_come_whole(server: BitrixServer) -> None:
    server.items[0].changes = {
        "CRM_ENTITY_TYPE": "DEAL",
        "CRM_ENTITY_ID": "77",
        "CALL_VOTE": "5",
        "CALL_TYPE": "3",
    }
    found = read(opened(server))
    one, two, four = (found[f"externalCall.{number}"] for number in (1, 2, 4))
    assert (one.started_at, one.direction, one.disposition, one.end_kind, one.transferred) == (
        server.items[0].at, Direction.INBOUND, Disposition.ANSWERED, EndKind.HUNG_UP, True)  # fmt: skip
    assert (one.talk_s, one.customer_number, one.line_number, one.customer_rating, one.rating_scale) == (
        31, "79160000001", "74951230000", 5, 5)  # fmt: skip
    assert [(each.name, each.extension, each.group_name) for each in one.participants] == [
        ("Анна Смирнова", "101", "Отдел продаж")
    ]
    assert one.deal == DealRecord("77", "Сделка успешна", "won", "1200.50", "RUB", "Анна Смирнова")
    assert (two.direction, two.deal, two.remote, two.wait_s) == (Direction.OUTBOUND, None, (), None)
    assert (four.disposition, four.talk_s) == (Disposition.NO_ANSWER, 0)
    assert "token" not in json.dumps([one.raw, [dict(ref.facts) for ref in one.remote]])
    assert server.problems == []


def test_pages_by_growing_ids(server: BitrixServer) -> None:
    server.items = [Item(number, START + timedelta(minutes=number)) for number in range(1, 131)]
    assert len(read(opened(server))) == 130
    assert server.problems == []


def test_rights_that_are_missing(server: BitrixServer, tmp_path: Path) -> None:
    server.rights = {"telephony"}
    provider = opened(server)
    with clock.fixed(NOW):
        checked = provider.check()
    assert checked.last_call is not None
    assert len(checked.notes) >= 1
    (ref,) = read(provider)["externalCall.1"].remote
    with pytest.raises(RecordingTrouble) as caught:
        provider.download(ref, tmp_path / "x")
    assert "disk" in caught.value.sentence()
    server.rights = set()
    with pytest.raises(SourceError) as refused:
        opened(server).check()
    assert refused.value.kind == "not_supported"


def test_a_wrong_webhook(server: BitrixServer) -> None:
    with pytest.raises(SourceError) as caught:
        opened(server, "zzzzzzzz99999999").check()
    assert (caught.value.kind, server.count()) == ("auth", 1)
    assert "zzzzzzzz" not in str(caught.value) + repr(caught.value.facts)


def test_recordings_by_file_and_by_link(server: BitrixServer, tmp_path: Path) -> None:
    provider = opened(server)
    found = read(provider)
    server.generation += 1  # all links that were seen are dead
    for number in (1, 3):
        (ref,) = found[f"externalCall.{number}"].remote
        provider.download(ref, tmp_path / "x")
        assert (tmp_path / "x").read_bytes() == server.items[number - 1].sound


def test_strange_values(server: BitrixServer) -> None:
    server.items[0].changes = {"CALL_START_DATE": "soon"}
    server.items[1].changes = {"CALL_TYPE": "9", "CALL_FAILED_CODE": "OTHER", "CALL_DURATION": None, "CALL_VOTE": "x",
                               "PORTAL_USER_ID": "999"}  # fmt: skip
    pages = list(opened(server).calls(WEEK))
    assert [each.where for page in pages for each in page.refused] == ["externalCall.1"]
    strange = next(each for page in pages for each in page.calls if each.external_id == "externalCall.2")
    assert (strange.direction, strange.disposition, strange.end_reason, strange.talk_s) == (
        Direction.UNKNOWN, Disposition.UNKNOWN, "OTHER", None)  # fmt: skip
    assert [(each.external_id, each.name) for each in strange.participants] == [("999", None)]


def connected(workspace: Workspace, server: BitrixServer) -> int:
    return new_connection(workspace, "bitrix24", {}, {"webhook": f"{server.url}/rest/1/{HOOK}/"})


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with quickly(), BitrixServer(items(6)) as server:
        workspace = open_workspace(tmp_path_factory.mktemp("bitrix") / "w")
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
    with quickly(), BitrixServer(items(6)) as server:
        workspace = open_workspace(tmp_path_factory.mktemp("bitrix") / "w")
        made = connected(workspace, server)
        server.faults = list(faults)
        for turn in range(5):
            with suppress(SourceError):
                pull_to_end(workspace, made, NOW + timedelta(days=turn / 2))
            if picture(workspace) == undisturbed:
                break
        assert picture(workspace) == undisturbed
        workspace.close()
