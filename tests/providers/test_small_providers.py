"""Zadarma, MegaFon, Beeline and Telphin against strict servers: calls, people, links that end, wrong keys, faults."""

from __future__ import annotations

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
from small_servers import (
    KEY,
    SECRET,
    SERVERS,
    SETTINGS,
    START,
    BeelineServer,
    MegaFonServer,
    SmallServer,
    Talk,
)
from test_pulling import picture

from qaapp import clock
from qaapp.errors import SourceError
from qaapp.sources import beeline, zadarma
from qaapp.sources.kinds import kind_of
from qaapp.sources.provider import Config, HasPeople, Provider, RecordingTrouble, Window, with_defaults
from qaapp.sources.records import CallRecord
from qaapp.sources.zadarma import signature
from qaapp.store.workspace import Workspace, open_workspace
from qaapp.words import Direction, Disposition, EndKind

pytestmark = pytest.mark.usefixtures("quick")
WINDOW = Window(START - timedelta(days=1), START + timedelta(days=6))
OPEN: list[Provider] = []
CODES = list(SERVERS)


def talks(count: int = 8) -> list[Talk]:
    return [
        Talk(number, START + timedelta(hours=9 * number), "in" if number % 2 else "out",
             0 if number % 5 == 4 else 30 + number, mp3_bytes(0.3, pitch=number + 3) if number % 2 else b"")
        for number in range(1, count + 1)
    ]  # fmt: skip


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


@pytest.fixture(params=CODES)
def server(request: pytest.FixtureRequest) -> Iterator[SmallServer]:
    with SERVERS[request.param](talks()) as made:
        yield made  # type: ignore[misc]


def opened(server: SmallServer, **secrets: str) -> Any:
    words, keys = SETTINGS[server.code]
    kind = kind_of(server.code)
    told = with_defaults(kind, {**words, "url": server.url})
    made = kind.open(Config(told, {**keys, **secrets}, ZoneInfo("Europe/Moscow"), "7"))
    OPEN.append(made)
    return made


def windows(provider: Any) -> Iterator[Window]:
    step, first = timedelta(days=provider.longest_window_days), WINDOW.first
    while first < WINDOW.last:
        yield Window(first, min(first + step, WINDOW.last))
        first += step


def read(provider: Any) -> list[CallRecord]:
    found = [
        record for window in windows(provider) for page in provider.calls(window) for record in page.calls
    ]
    assert len({each.external_id for each in found}) == len(found)
    return sorted(found, key=lambda each: each.started_at)


def test_calls_come_whole(server: SmallServer) -> None:
    found = read(opened(server))
    assert server.problems == []
    assert [each.started_at for each in found] == [talk.at for talk in server.talks]
    one, two, four = found[0], found[1], found[3]
    assert (one.direction, one.disposition, one.talk_s, one.end_kind) == (
        Direction.INBOUND, Disposition.ANSWERED, 31, EndKind.HUNG_UP)  # fmt: skip
    assert (one.customer_number, two.customer_number) == ("79160000001", "79160000002")
    assert two.direction is Direction.OUTBOUND
    assert (four.disposition, four.talk_s) == (Disposition.NO_ANSWER, 0)
    assert len(one.participants) == 1
    assert one.participants[0].answered
    assert one.participants[0].extension in ("101", "102")
    assert [bool(each.remote) for each in found] == [bool(talk.sound) for talk in server.talks]
    secret = (KEY, SECRET, "records/0", "token-0")
    assert not any(word in str(each.raw) + str(each.remote) for word in secret for each in found)


def test_a_missed_call_is_one(server: SmallServer) -> None:
    server.talks = [Talk(1, START, "in", 0)]
    (call,) = read(opened(server))
    assert (call.disposition, call.end_kind) == (Disposition.MISSED, EndKind.NOT_ANSWERED)


def test_recordings_come_also_by_new_links(server: SmallServer, tmp_path: Path) -> None:
    provider = opened(server)
    found = read(provider)
    for place in (0, 2):
        provider.download(found[place].remote[0], tmp_path / f"{place}.part")
        assert (tmp_path / f"{place}.part").read_bytes() == server.talks[place].sound
    server.generation = 3  # links and tokens that were told are dead
    provider.download(found[4].remote[0], tmp_path / "b.part")
    assert (tmp_path / "b.part").read_bytes() == server.talks[4].sound
    server.talks[6].sound = b""
    with pytest.raises(RecordingTrouble) as gone:
        provider.download(found[6].remote[0], tmp_path / "c.part")
    assert gone.value.kind == "later"


def test_a_wrong_key_is_permanent_and_stays_secret(server: SmallServer) -> None:
    wrong = dict.fromkeys(SETTINGS[server.code][1], "wrong-word-7777777")
    with pytest.raises(SourceError) as told:
        read(opened(server, **wrong))
    assert told.value.kind == "auth"
    assert "wrong-word" not in told.value.sentence() + repr(told.value)


def test_the_check_tells_the_last_call(server: SmallServer) -> None:
    with clock.fixed(NOW):
        checked = opened(server).check()
    assert checked.last_call is not None
    assert checked.last_call.started_at == server.talks[-1].at
    assert checked.clock_skew_s is not None


def test_what_makes_no_sense_is_left_out_alone(server: SmallServer) -> None:
    strange: dict[str, dict[str, Any]] = {
        "zadarma": {"callstart": "soon"}, "megafon": {"start": None}, "beeline": {"startDate": "soon"},
        "telphin": {"init_time_gmt": "soon", "start_time_gmt": 7},
    }  # fmt: skip
    server.talks[0].changes = strange[server.code]
    server.talks[0].sound = b""
    server.talks[2].changes = {
        "seconds": "many",
        "duration": {},
        "cdr": "none",
        "abonent": 7,
        "user": [],
        "wait": "x",
    }
    server.talks[2].sound = b""
    provider = opened(server)
    pages = [page for window in windows(provider) for page in provider.calls(window)]
    assert sum(len(page.calls) for page in pages) == 7
    assert any(page.refused for page in pages)


def test_people(server: SmallServer) -> None:
    provider = opened(server)
    if isinstance(provider, HasPeople):
        assert {each.name for each in provider.people()} == {"Анна Смирнова", "Олег Тихий"}
    else:
        assert server.code in ("zadarma", "telphin")


def test_zadarma_signs_as_its_library_does(monkeypatch: pytest.MonkeyPatch) -> None:
    # Worked out by hand from the rule: base64 of the hexadecimal digits, 40 characters of them.
    import base64

    told = base64.b64decode(signature("/v1/statistics/pbx/", "a=1&b=x+y", "secret"))
    assert len(told) == 40
    assert told.decode() == told.decode().lower()
    monkeypatch.setattr(zadarma, "MOST", 3)
    with SERVERS["zadarma"](talks()) as server:
        assert isinstance(server, SmallServer)
        found = read(opened(server))
        assert len(found) == 8
        assert server.problems == []
    routed = found[3]
    assert [(leg.party, leg.talk_s) for leg in routed.legs] == [("102", 0), ("101", 0)]
    assert found[7].legs[1].talk_s == 38
    assert (found[7].wait_s, len(found[7].participants)) == (9, 2)


def test_megafon_with_its_history_off_says_so() -> None:
    with MegaFonServer(talks()) as server:
        assert isinstance(server, MegaFonServer)
        server.off = True
        with pytest.raises(SourceError) as told:
            read(opened(server))
        assert told.value.kind == "not_supported"


def test_beeline_pages_and_a_recording_without_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beeline, "PAGE", 3)
    with BeelineServer(talks()) as server:
        assert isinstance(server, BeelineServer)
        server.size = 3
        provider = opened(server)
        assert len(read(provider)) == 8
        monkeypatch.setattr(server, "statistics", lambda _talk: {"startDate": None})
        with clock.fixed(NOW):
            found = read(provider)
        assert [each.external_id for each in found] == ["record-1", "record-3", "record-5", "record-7"]
        assert all(each.remote for each in found)


def test_beeline_gives_no_recording_twice() -> None:
    twins = [
        Talk(1, START, "in", 30, mp3_bytes(0.2)),
        Talk(2, START + timedelta(seconds=40), "in", 30, mp3_bytes(0.3)),
    ]
    with BeelineServer(twins) as server:
        assert isinstance(server, BeelineServer)
        plain = server.record
        server.record = lambda talk: {**plain(talk), "phone": "79160000001", "abonent": {}}  # type: ignore[method-assign]
        server.statistics_of = None  # type: ignore[attr-defined]
        for talk in twins:
            talk.changes = {"phone_from": "79160000001", "abonent": {"userId": "u1"}}
        found = read(opened(server))
        assert [each.remote[0].facts["id"] for each in found] == ["1", "2"]


def connected(workspace: Workspace, server: Any) -> int:
    words, keys = SETTINGS[server.code]
    return new_connection(
        workspace, server.code, {**words, "url": server.url}, keys, time_zone="Europe/Moscow"
    )


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    pictures = {}
    for code, made in SERVERS.items():
        with quickly(), made(talks(6)) as server:
            workspace = open_workspace(tmp_path_factory.mktemp(code) / "w")
            pull_to_end(workspace, connected(workspace, server))
            pictures[code] = picture(workspace)
            workspace.close()
            assert (server.problems, len(pictures[code][4])) == ([], 3)
    return pictures


@pytest.mark.parametrize("code", CODES)
@given(faults=st.lists(st.sampled_from([*PASSING, Fault.LOOP, Fault.NOT_JSON, Fault.TWICE]), max_size=14))
@settings(max_examples=3, deadline=None)
def test_faults_change_nothing(
    undisturbed: dict[str, Any], tmp_path_factory: pytest.TempPathFactory, code: str, faults: list[Fault]
) -> None:
    with quickly(), SERVERS[code](talks(6)) as server:
        workspace = open_workspace(tmp_path_factory.mktemp(code) / "w")
        made = connected(workspace, server)
        server.faults = list(faults)
        for turn in range(5):
            with suppress(SourceError):
                pull_to_end(workspace, made, NOW + timedelta(days=turn / 2))
            if picture(workspace) == undisturbed[code]:
                break
        assert picture(workspace) == undisturbed[code]
        workspace.close()
