"""MANGO OFFICE against a strict server: signatures, paces, the lock, statistics both ways, recordings that work once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import mango_server
import pytest
from conftest import NOW, new_connection, pull_to_end
from hypothesis import given, settings
from hypothesis import strategies as st
from mango_server import KEY, SALT, START, MangoServer, MangoTalk, entry_id, recording_id
from provider_world import PASSING, Fault, QuickClock, mp3_bytes, quickly
from test_pulling import picture

from qaapp import clock
from qaapp.errors import SourceError
from qaapp.settings import Rules
from qaapp.sources import mango_door
from qaapp.sources.kinds import kind_of
from qaapp.sources.mango import Mango
from qaapp.sources.mango_records import disposition, end_kind, end_side
from qaapp.sources.provider import Config, RecordingTrouble, Window, with_defaults
from qaapp.sources.records import CallRecord
from qaapp.store.workspace import Workspace, open_workspace
from qaapp.words import Direction, Disposition, EndKind, EndSide

WEEK = Window(START - timedelta(days=1), START + timedelta(days=6))


def some_talks(count: int = 12) -> list[MangoTalk]:
    return [
        MangoTalk(
            number, START + timedelta(hours=9 * number), 300043135 + number % 2, 0 if number % 5 == 4 else 30 + number,
            1 + number % 2, 1120 if number % 3 else 1110,
            sound=mp3_bytes(0.3, pitch=number + 3) if number % 5 != 4 and number % 2 else b"",
        )
        for number in range(1, count + 1)
    ]  # fmt: skip


OPEN: list[Mango] = []


@pytest.fixture(autouse=True)
def _no_lock() -> Iterator[None]:
    mango_door._quiet_until.clear()
    yield
    while OPEN:
        OPEN.pop().close()


@pytest.fixture
def server(quick: QuickClock) -> Iterator[MangoServer]:
    with MangoServer(some_talks(), quick) as made:
        yield made  # type: ignore[misc]


def opened(server: MangoServer, secrets: dict[str, str] | None = None, **words: str) -> Mango:
    told = with_defaults(kind_of("mango"), {"url": server.url + "/vpbx/", **words})
    made = Config(told, secrets or {"key": KEY, "salt": SALT}, ZoneInfo("Europe/Moscow"), "7")
    provider = Mango(made)
    OPEN.append(provider)
    return provider


def read(provider: Mango, window: Window = WEEK) -> dict[str, CallRecord]:
    found = [record for page in provider.calls(window) for record in page.calls]
    assert len({each.external_id for each in found}) == len(found)
    return {each.external_id: each for each in found}


def test_a_call_comes_whole(server: MangoServer) -> None:
    talk = server.talks[0]
    talk.way, talk.second_user, talk.changes = 1, 300043136, {
        "tag_id": [10017916], "mark_client": 9, "call_comment": "перезвонить", "conversion": {"deal_id": 77},
        "task": {"campaign_name": "Осень"},
    }  # fmt: skip
    record = read(opened(server))[entry_id(1)]
    assert (record.started_at, record.direction, record.disposition) == (
        talk.at, Direction.INBOUND, Disposition.ANSWERED)  # fmt: skip
    assert (record.talk_s, record.wait_s, record.duration_s) == (231, 13, 244)
    assert (record.customer_number, record.line_number, record.group_name) == (
        "79160000001", "74951230000", "Отдел продаж")  # fmt: skip
    assert record.customer_name is None
    assert [(each.name, each.extension, each.group_name, each.talk_s) for each in record.participants] == [
        ("Олег Тихий", "103", "Отдел продаж", 231)
    ], "the same person twice adds up"
    assert [leg.kind for leg in record.legs] == ["group", "user", "user"]
    assert record.legs[1].end_kind == EndKind.TRANSFERRED
    assert record.transferred is True
    assert (record.tags, record.customer_rating, record.rating_scale, record.comment, record.campaign) == (
        ("Целевой",), 9, 10, "перезвонить", "Осень")  # fmt: skip
    assert record.deal is not None
    assert record.deal.external_id == "77"
    assert [each.external_id for each in record.remote] == [recording_id(1)], (
        "the id of the member, not of the group"
    )
    assert SALT not in repr(record)
    assert KEY not in json.dumps(record.raw)


def test_supervisors_do_not_talk(server: MangoServer) -> None:
    talk = server.talks[1]
    legs = talk.document()["context_calls"]
    listener = {**legs[0]["members"][0], "call_abonent_id": 300043199, "call_abonent_info": "Вера Белова",
                "ModeListen": True, "recording_id": ["listened"], "talk_duration": 900}  # fmt: skip
    talk.changes = {"context_calls": [*legs, listener]}
    record = read(opened(server))[entry_id(2)]
    assert {each.name: each.role for each in record.participants}["Вера Белова"] == "supervisor"
    assert record.legs[-1].is_supervisor
    assert "listened" not in [each.external_id for each in record.remote]


def test_missed_outbound_and_callback(server: MangoServer) -> None:
    server.talks[1].changes = {"context_init_type": 5}
    found = read(opened(server))
    assert found[entry_id(4)].disposition is Disposition.MISSED
    assert (
        found[entry_id(4)].end_kind == EndKind.LEFT_QUEUE or found[entry_id(4)].end_kind == EndKind.REJECTED
    )
    outbound = found[entry_id(1)]
    assert (outbound.direction, outbound.customer_number, outbound.line_number) == (
        Direction.OUTBOUND, "79160000001", "74951230000")  # fmt: skip
    assert [each.external_id for each in outbound.participants] == ["300043136"]
    assert found[entry_id(2)].direction is Direction.CALLBACK
    assert found[entry_id(4)].campaign == "Сайт", "the name of the line it came by"


def test_pages_polls_and_lost_keys(server: MangoServer) -> None:
    server.talks = [MangoTalk(number, START + timedelta(minutes=number)) for number in range(1, 231)]
    server.lost_keys = 1
    assert len(read(opened(server, page="100"))) == 230
    orders = [order for order, _asked in server.orders.values() if order]
    assert [order["offset"] for order in orders] == [0, 100, 200]
    assert server.over_pace == 0
    assert server.problems == []


def test_strange_values_are_refused_one_by_one(server: MangoServer) -> None:
    server.talks[0].changes = {"context_start_time": None}
    server.talks[1].changes = {
        "context_type": 99,
        "duration": "74",
        "talk_duration": "x",
        "context_calls": None,
        "tag_id": 5,
    }
    server.talks[2].changes = {
        "context_calls": [{"call_type": "robot", "call_end_reason": "110", "members": "?"}]
    }
    pages = list(opened(server).calls(WEEK))
    found = {each.external_id: each for page in pages for each in page.calls}
    assert [each.where for page in pages for each in page.refused] == [entry_id(1)]
    assert (found[entry_id(2)].direction, found[entry_id(2)].duration_s) == (Direction.UNKNOWN, 74)
    assert found[entry_id(3)].legs[0].kind == "unknown"
    assert found[entry_id(3)].legs[0].end_reason == "110"


def test_another_zone_of_requests_is_made_up_for(quick: QuickClock) -> None:
    with MangoServer(some_talks(), quick, zone="Asia/Vladivostok") as server:
        provider = opened(server)
        days = [Window(START + timedelta(days=n), START + timedelta(days=n + 1)) for n in range(5)]
        found = [name for day in days for name in read(provider, day)]
        assert sorted(found) == sorted(entry_id(each.number) for each in server.talks)
        with clock.fixed(NOW):
            assert any("zone" in note for note in provider.check().notes)


def test_the_basic_statistics_where_there_are_no_others(server: MangoServer) -> None:
    server.extended = False
    with clock.fixed(NOW):
        assert any("basic" in note for note in opened(server).check().notes)
    provider = opened(server)
    found = read(provider)
    assert set(found) == {entry_id(each.number) for each in server.talks}
    record = found[entry_id(2)]
    assert (record.direction, record.talk_s, record.wait_s, record.customer_number) == (
        Direction.INBOUND, 32, 13, "79160000002")  # fmt: skip
    assert [(each.name, each.extension) for each in record.participants] == [("Анна Смирнова", "102")]
    assert found[entry_id(1)].direction is Direction.OUTBOUND
    assert [each.external_id for each in found[entry_id(1)].remote] == [recording_id(1)]
    with pytest.raises(SourceError) as caught:
        read(opened(server, statistics="extended"))
    assert caught.value.kind == "not_supported"


@pytest.mark.parametrize("name", ["key", "salt"])
def test_wrong_keys_are_said_once_and_never_tried_again(
    server: MangoServer, quick: QuickClock, name: str
) -> None:
    secrets = {"key": KEY, "salt": SALT, name: "something else"}
    with clock.fixed(NOW), pytest.raises(SourceError) as caught:
        opened(server, secrets).check()
    assert caught.value.kind == "auth"
    assert "cabinet" in caught.value.sentence()
    assert len(server.asked) == 1
    with clock.fixed(NOW), pytest.raises(SourceError) as again:
        opened(server, secrets).check()
    assert (again.value.kind, len(server.asked)) == ("rate", 1), "the second press would lock the key"
    quick.sleep(130)
    with clock.fixed(NOW):
        assert opened(server).check().last_call is not None


def test_a_locked_key_is_waited_for(server: MangoServer, quick: QuickClock) -> None:
    server.locked_until = quick.now() + 100
    assert len(read(opened(server))) == 12
    assert quick.now() > server.locked_until


def test_missing_recordings_do_not_lock_the_key(server: MangoServer, tmp_path: Path) -> None:
    provider = opened(server)
    found = read(provider)
    refs = [each for record in found.values() for each in record.remote]
    server.gone = {each.external_id for each in refs[:3]}
    for ref in refs[:3]:
        with pytest.raises(RecordingTrouble) as caught:
            provider.download(ref, tmp_path / "x.part")
        assert caught.value.kind == "later"
    before = len(server.asked)
    with pytest.raises(RecordingTrouble):
        provider.download(refs[3], tmp_path / "x.part")
    assert len(server.asked) == before, "the storage ends there: the next pull asks again"
    assert server.locked_until == 0.0
    opened(server).download(refs[3], tmp_path / "y.part")
    assert (tmp_path / "y.part").read_bytes() in {talk.sound for talk in server.talks}
    with (
        clock.fixed(datetime.fromtimestamp(refs[3].facts["ended"] + 5, UTC)),
        pytest.raises(RecordingTrouble),
    ):
        provider.download(refs[3], tmp_path / "z.part")


def test_codes_become_words() -> None:
    def kind(
        code: int, way: Direction = Direction.INBOUND, *, answered: bool = True, group: bool = False
    ) -> EndKind:
        return end_kind(code, way, answered=answered, in_group=group, had_people=group)

    assert kind(1110) is EndKind.CUSTOMER_HUNG_UP
    assert kind(1110, Direction.OUTBOUND) is EndKind.MANAGER_HUNG_UP
    assert kind(1110, Direction.INTERNAL) is EndKind.HUNG_UP
    assert kind(1110, answered=False, group=True) is EndKind.LEFT_QUEUE
    assert kind(1110, answered=False) is EndKind.LEFT_MENU
    assert (kind(2219), kind(1152), kind(1191), kind(777)) == (
        EndKind.FAILED, EndKind.BLOCKED, EndKind.OUT_OF_HOURS, EndKind.UNKNOWN)  # fmt: skip
    assert disposition(False, 1121, Direction.OUTBOUND) is Disposition.BUSY
    assert disposition(False, 1121, Direction.INBOUND) is Disposition.MISSED
    assert end_side(1164, Direction.INBOUND) is EndSide.SYSTEM


def connected(workspace: Workspace, server: MangoServer) -> int:
    return new_connection(
        workspace, "mango", {"url": server.url + "/vpbx/", "page": "100"}, {"key": KEY, "salt": SALT}
    )


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with quickly() as quick, MangoServer(some_talks(6), quick) as server:
        workspace = open_workspace(tmp_path_factory.mktemp("mango") / "w")
        pull_to_end(workspace, connected(workspace, server))
        found = picture(workspace)
        workspace.close()
        assert server.problems == []
        return found


@given(
    st.lists(st.sampled_from([*PASSING, Fault.LOOP, Fault.NOT_JSON, Fault.PAGE, Fault.TWICE]), max_size=14)
)
@settings(max_examples=6, deadline=None)
def test_faults_change_nothing(
    undisturbed: Any, tmp_path_factory: pytest.TempPathFactory, faults: list[Fault]
) -> None:
    with quickly() as quick, MangoServer(some_talks(6), quick) as server:
        mango_door._quiet_until.clear()
        workspace = open_workspace(tmp_path_factory.mktemp("mango") / "w")
        made = connected(workspace, server)
        server.faults = list(faults)
        for turn in range(5):
            with suppress(SourceError):
                pull_to_end(workspace, made, NOW + timedelta(days=turn / 2))
            if picture(workspace) == undisturbed:
                break
        assert picture(workspace) == undisturbed
        workspace.close()
        assert server.locked_until == 0.0


def test_the_form_speaks_both_languages() -> None:
    made = kind_of("mango")
    assert made.problems({"request_zone": "Mars/Base"})
    assert not made.problems(with_defaults(made, {}))
    assert Rules().country_code == "7"
    assert mango_server.KEY not in repr(Config({}, {"key": KEY}, ZoneInfo("UTC"), "7"))
