"""The Data API (CoMagic, UIS) against a strict server: pages, points, zones, legs, recordings three ways."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from comagic_server import START, TOKEN, ComagicServer, Session
from conftest import NOW, new_connection, pull_to_end
from hypothesis import given, settings
from hypothesis import strategies as st
from provider_world import PASSING, Fault, QuickClock, mp3_bytes, quickly, wav_bytes
from test_pulling import picture

from qaapp import clock
from qaapp.errors import SourceError
from qaapp.sources import comagic_door
from qaapp.sources.comagic import Comagic
from qaapp.sources.comagic_records import CALL_FIELDS, disposition, end_kind
from qaapp.sources.kinds import kind_of
from qaapp.sources.provider import Config, RecordingTrouble, Window, with_defaults
from qaapp.sources.records import CallRecord
from qaapp.store.workspace import Workspace, open_workspace
from qaapp.words import Direction, Disposition, EndKind, Lane

WEEK = Window(START - timedelta(days=1), START + timedelta(days=6))
OPEN: list[Comagic] = []


def sessions(count: int = 12) -> list[Session]:
    return [
        Session(
            number, START + timedelta(hours=9 * number), 4501 + number % 2, 0 if number % 5 == 4 else 30 + number,
            "in" if number % 2 else "out",
            sound=mp3_bytes(0.3, pitch=number + 3) if number % 2 and number % 5 != 4 else b"",
        )
        for number in range(1, count + 1)
    ]  # fmt: skip


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


@pytest.fixture
def server(quick: QuickClock) -> Iterator[ComagicServer]:
    with ComagicServer(sessions(), quick) as made:
        yield made  # type: ignore[misc]


def words(server: ComagicServer, **more: str) -> dict[str, str]:
    return {"url": server.url + "/v2.0", "app": server.url, "media": server.url, **more}


def opened(server: ComagicServer, secrets: dict[str, str] | None = None, **more: str) -> Comagic:
    told = with_defaults(kind_of("comagic"), words(server, **more))
    made = kind_of("comagic").open(Config(told, secrets or {"token": TOKEN}, ZoneInfo("Europe/Moscow"), "7"))
    assert isinstance(made, Comagic)
    OPEN.append(made)
    return made


def read(provider: Comagic, window: Window = WEEK) -> dict[str, CallRecord]:
    found = [record for page in provider.calls(window) for record in page.calls]
    assert len({each.external_id for each in found}) == len(found)
    return {each.external_id: each for each in found}


def test_a_session_comes_whole(server: ComagicServer) -> None:
    one = server.sessions[0]
    one.second, one.coach = 4501, 4777
    one.changes = {
        "tags": [{"tag_id": 77, "tag_name": "Целевой", "tag_type": "manual"}], "last_answered_employee_rating": 5,
        "campaign_name": "Яндекс.Директ", "contact_full_name": "Пётр",
    }  # fmt: skip
    record = read(opened(server))[str(one.id)]
    assert record.started_at == one.at, "the account's own zone, not that of the connection"
    assert (record.direction, record.disposition, record.end_kind) == (
        Direction.INBOUND, Disposition.ANSWERED, EndKind.CUSTOMER_HUNG_UP)  # fmt: skip
    assert (record.talk_s, record.wait_s, record.hold_s, record.transferred) == (131, 9, 0, True)
    assert (record.customer_number, record.line_number, record.customer_name) == (
        "79160000001",
        "74951230000",
        "Пётр",
    )
    assert (record.tags, record.customer_rating, record.rating_scale, record.campaign) == (
        ("Целевой",), 5, 5, "Яндекс.Директ")  # fmt: skip
    assert [(each.name, each.role, each.talk_s, each.group_name) for each in record.participants] == [
        ("Тихий Олег", "manager", 31, "Отдел продаж"), ("Смирнова Анна", "manager", 100, "Отдел продаж"),
        ("Вера Белова", "supervisor", 500, "Отдел продаж"),
    ]  # fmt: skip
    assert [leg.is_supervisor for leg in record.legs] == [False, False, True]
    assert [each.external_id for each in record.remote] == [f"full-{one.id}"]
    assert TOKEN not in json.dumps(record.raw, default=str)
    assert server.problems == []


def test_pages_periods_and_unknown_fields(server: ComagicServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.sessions = [Session(number, START + timedelta(minutes=7 * number)) for number in range(1, 120)]
    server.unknown_fields = {"full_record_file_link", "is_coach"}
    monkeypatch.setattr(comagic_door, "MOST_OFFSET", 40)
    assert len(read(opened(server, page="25"))) == 119
    assert all(each.json["params"].get("offset", 0) <= 40 for each in server.asked)
    assert server.problems == []


def test_points_are_never_overdrawn(server: ComagicServer, quick: QuickClock) -> None:
    server.minute = 3
    provider = opened(server, page="2")
    assert len(read(provider)) == 12
    assert server.over == 0
    server.day = 0
    with pytest.raises(SourceError) as caught:
        read(provider)
    assert caught.value.kind == "rate"
    assert caught.value.facts["retry_after_s"] == 40_000


def test_without_the_report_of_legs(server: ComagicServer) -> None:
    server.with_legs = False
    record = read(opened(server))[str(server.sessions[0].id)]
    assert record.legs == ()
    assert [(each.name, each.talk_s) for each in record.participants] == [("Тихий Олег", 31)]


def test_what_is_wrong_is_said(server: ComagicServer) -> None:
    server.allowed = False
    with pytest.raises(SourceError) as caught:
        opened(server).check()
    assert (caught.value.kind, "0.0.0.0/0" in caught.value.sentence()) == ("auth", True)
    server.allowed = True
    with pytest.raises(SourceError) as caught:
        opened(server, {"token": "another-token-1234"}).check()
    assert caught.value.kind == "auth"
    assert "another-token" not in str(caught.value)
    assert server.count() == 2, "permanent errors are not tried again"
    with pytest.raises(SourceError):
        opened(server, {"token": ""})


def test_the_check_names_account_zone_and_last_call(server: ComagicServer) -> None:
    with clock.fixed(NOW):
        found = opened(server).check()
    assert (found.account, found.zone) == ("ООО Ромашка", "Asia/Yekaterinburg")
    assert found.last_call is not None
    assert found.last_call.started_at == server.sessions[-1].at
    assert any("14" in note or "15" in note for note in found.notes)


def test_a_session_of_a_login_is_renewed(server: ComagicServer, quick: QuickClock) -> None:
    provider = opened(server, {"password": "password-1"}, login="qa")
    read(provider)
    quick.sleep(4000)
    assert len(read(provider)) == 12
    assert server.logins == 2


def test_people_and_groups(server: ComagicServer) -> None:
    found = list(opened(server).people())
    assert [(each.external_id, each.name, each.extension, each.group_name, each.kind) for each in found] == [
        ("4501", "Смирнова Анна", "101", "Отдел продаж", "person"),
        ("4502", "Тихий Олег", "102", "Отдел продаж", "person"), ("5", "Отдел продаж", None, None, "group"),
    ]  # fmt: skip


def test_recordings_three_ways(server: ComagicServer, tmp_path: Path) -> None:
    one = server.sessions[0]
    one.sides = (wav_bytes(0.2, pitch=5), wav_bytes(0.2, pitch=9))
    key = str(one.id)
    sides = read(opened(server, recordings="sides", first_side="customer"))[key].remote
    assert [(each.kind, each.lane) for each in sides] == [("side", Lane.CUSTOMER), ("side", Lane.MANAGER)]
    provider = opened(server, recordings="mp3")
    (mp3,) = read(provider)[key].remote
    (full,) = read(opened(server))[key].remote
    for ref, sound in ((sides[1], one.sides[1]), (mp3, one.sound), (full, one.sound)):
        provider.download(ref, tmp_path / "x")
        assert (tmp_path / "x").read_bytes() == sound
    server.moved = True
    with pytest.raises(RecordingTrouble):
        provider.download(mp3, tmp_path / "y")
    one.changes = {"full_record_file_link": f"{server.url}/elsewhere/1"}
    provider.download(full, tmp_path / "z")
    assert (tmp_path / "z").read_bytes() == one.sound


def test_strange_values(server: ComagicServer) -> None:
    server.sessions[0].changes = {"start_time": "soon"}
    server.sessions[1].changes = {"direction": "sideways", "finish_reason": "brand_new", "talk_duration": "12", "tags": None,
                                  "employees": {}, "clean_talk_duration": None}  # fmt: skip
    pages = list(opened(server).calls(WEEK))
    assert [each.where for page in pages for each in page.refused] == [str(server.sessions[0].id)]
    record = next(
        each for page in pages for each in page.calls if each.external_id == str(server.sessions[1].id)
    )
    assert (record.direction, record.end_kind, record.end_reason, record.talk_s) == (
        Direction.UNKNOWN, EndKind.UNKNOWN, "brand_new", 12)  # fmt: skip


def test_reasons_become_words() -> None:
    assert end_kind("employee_inactive_by_schedule") is EndKind.OUT_OF_HOURS
    assert end_kind("numa_in_spam_list") is EndKind.BLOCKED
    assert disposition({"finish_reason": "subscriber_busy"}, False, Direction.OUTBOUND) is Disposition.BUSY
    assert disposition({"voice_mail_records": ["v"]}, False, Direction.INBOUND) is Disposition.VOICEMAIL
    assert "finish_reason" in CALL_FIELDS


def connected(workspace: Workspace, server: ComagicServer) -> int:
    return new_connection(workspace, "comagic", words(server), {"token": TOKEN})


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with quickly() as quick, ComagicServer(sessions(6), quick) as server:
        workspace = open_workspace(tmp_path_factory.mktemp("comagic") / "w")
        pull_to_end(workspace, connected(workspace, server))
        found = picture(workspace)
        workspace.close()
        assert server.problems == []
        assert len(found[4]) == 3
        return found


@given(
    st.lists(st.sampled_from([*PASSING, Fault.LOOP, Fault.NOT_JSON, Fault.PAGE, Fault.TWICE]), max_size=14)
)
@settings(max_examples=6, deadline=None)
def test_faults_change_nothing(
    undisturbed: Any, tmp_path_factory: pytest.TempPathFactory, faults: list[Fault]
) -> None:
    with quickly() as quick, ComagicServer(sessions(6), quick) as server:
        workspace = open_workspace(tmp_path_factory.mktemp("comagic") / "w")
        made = connected(workspace, server)
        server.faults = list(faults)
        for turn in range(5):
            with suppress(SourceError):
                pull_to_end(workspace, made, NOW + timedelta(days=turn / 2))
            if picture(workspace) == undisturbed:
                break
        assert picture(workspace) == undisturbed
        workspace.close()
