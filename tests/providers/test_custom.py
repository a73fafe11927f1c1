"""An own system by its description: the worked example as printed, every style of pages, faults, and what is wrong in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from conftest import NOW, new_connection, pull_to_end
from crm_server import KEY, START, CrmServer, Talk
from hypothesis import given, settings
from hypothesis import strategies as st
from provider_world import PASSING, Fault, mp3_bytes, quickly
from test_pulling import picture

from qaapp import clock
from qaapp.errors import SourceError, UsageError
from qaapp.sources.custom import Custom, example
from qaapp.sources.custom_description import read_description
from qaapp.sources.kinds import kind_of
from qaapp.sources.provider import Config, RecordingTrouble, Window, with_defaults
from qaapp.sources.records import CallRecord
from qaapp.store.workspace import Workspace, open_workspace
from qaapp.words import Direction, Disposition, EndKind

pytestmark = pytest.mark.usefixtures("quick")
WINDOW = Window(START - timedelta(days=1), START + timedelta(days=6))
OPEN: list[Custom] = []
PAGES: dict[str, dict[str, Any]] = {
    "page": {"query": {"page": "{page}"}, "paging": {"style": "page", "size": 3}},
    "offset": {"query": {"offset": "{offset}"}, "paging": {"style": "offset", "size": 3}},
    "cursor": {"query": {"cursor": "{cursor}"}, "paging": {"style": "cursor", "cursor": "$.meta.cursor"}},
    "next_link": {"query": {}, "paging": {"style": "next_link", "next": "$.meta.next"}},
    "link_header": {"query": {}, "paging": {"style": "link_header"}},
}


def talks(count: int = 8) -> list[Talk]:
    return [
        Talk(number, START + timedelta(hours=9 * number), 0 if number % 5 == 4 else 30_000 + number,
             mp3_bytes(0.3, pitch=number + 3) if number % 2 else b"")
        for number in range(1, count + 1)
    ]  # fmt: skip


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


@pytest.fixture
def server() -> Iterator[CrmServer]:
    with CrmServer(talks()) as made:
        yield made  # type: ignore[misc]


def described(**changes: Any) -> str:
    told = json.loads(example())
    for place, value in changes.items():
        *way, last = place.split("__")
        part = told
        for name in way:
            part = part[name]
        if value is None:
            del part[last]
        else:
            part[last] = value
    return json.dumps(told, ensure_ascii=False)


def opened(server: CrmServer, text: str | None = None, key: str = KEY) -> Custom:
    words = {"url": f"{server.url}/api/v2", "description": text or example()}
    made = kind_of("custom").open(
        Config(with_defaults(kind_of("custom"), words), {"secret": key}, ZoneInfo("Europe/Moscow"), "7")
    )
    assert isinstance(made, Custom)
    OPEN.append(made)
    return made


def read(provider: Custom) -> dict[str, CallRecord]:
    found = [record for page in provider.calls(WINDOW) for record in page.calls]
    assert len({each.external_id for each in found}) == len(found)
    return {each.external_id: each for each in found}


def test_the_example_is_the_one_that_is_printed() -> None:
    docs = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
    part = docs[docs.index("## Own system (HTTP, JSON)") :]
    printed = re.search(r"```json\n(.*?)```", part, re.S)
    assert printed is not None
    assert json.loads(printed.group(1)) == json.loads(example())


def test_calls_come_whole_by_the_example(server: CrmServer) -> None:
    found = read(opened(server))
    assert server.problems == []
    assert len(found) == 8
    one, three, four = found["c-1"], found["c-3"], found["c-4"]
    assert (one.started_at, one.direction, one.disposition, one.end_kind) == (
        server.talks[0].at, Direction.INBOUND, Disposition.ANSWERED, EndKind.HUNG_UP)  # fmt: skip
    assert (one.talk_s, one.duration_s, one.customer_number, one.customer_name) == (
        30,
        39,
        "79160000001",
        "Клиент 1",
    )
    assert [(each.external_id, each.name, each.extension) for each in one.participants] == [
        ("8", "Олег Тихий", "102")
    ]
    assert one.tags == ("важный", "Москва")
    assert one.deal is None
    assert three.deal is not None
    assert (three.deal.external_id, three.deal.outcome, three.deal.amount) == ("503", "won", "12500.50")
    assert (four.direction, four.disposition) == (Direction.OUTBOUND, Disposition.NO_ANSWER)
    assert one.remote[0].facts == {"call": "c-1", "at": int(one.started_at.timestamp())}
    assert "k=0" not in json.dumps(one.raw, default=str)
    assert found["c-2"].remote == ()


@pytest.mark.parametrize("style", list(PAGES))
def test_pages_of_every_style_are_read_to_the_end(style: str) -> None:
    with CrmServer(talks(), style) as server:
        assert isinstance(server, CrmServer)
        server.size = 3
        query = {"since": "{from}", "until": "{to}", **PAGES[style]["query"]}
        text = described(calls__query=query, calls__paging=PAGES[style]["paging"])
        assert len(read(opened(server, text))) == 8
        asked = [each for each in server.asked if each.path.endswith("/calls")]
        assert len(asked) == 3
        assert all(each.headers["authorization"] == f"Bearer {KEY}" for each in asked)


def test_a_server_that_does_not_listen_to_the_page_is_left(server: CrmServer) -> None:
    server.style, server.size = "none", 8
    text = described(calls__paging={"style": "page", "size": 3})
    assert len(read(opened(server, text))) == 8
    assert len(server.asked) == 2


def test_a_next_page_elsewhere_is_not_followed(server: CrmServer) -> None:
    server.talks[0].changes = {"elsewhere": "https://other.example.com/steal"}
    text = described(calls__paging={"style": "next_link", "next": "$.data[0].elsewhere"})
    with pytest.raises(SourceError, match="another server"):
        read(opened(server, text))


def test_times_are_written_as_the_system_wants_them(server: CrmServer) -> None:
    moment = START
    zone = ZoneInfo("Europe/Moscow")
    for form, told in (("iso", "2026-11-20T10:00:00+03:00"), ("epoch", str(int(moment.timestamp()))),
                       ("epoch_ms", str(int(moment.timestamp()) * 1000)), ("%d.%m.%Y", "20.11.2026")):  # fmt: skip
        times = read_description(described(calls__times={"form": form})).calls.times
        assert times.write(moment, zone) == told
    utc = read_description(described(calls__times={"form": "iso", "zone": "UTC"})).calls.times
    assert utc.write(moment, zone) == "2026-11-20T07:00:00+00:00"


@pytest.mark.parametrize(
    ("access", "header", "told"),
    [
        ({"header": "X-Api-Key", "value": "{secret}"}, "x-api-key", KEY),
        ({"basic": "{user}:{secret}"}, "authorization", "Basic dmVyYTpjcm0ta2V5LTAwMDExMTIyMg=="),
        ({"query": "token"}, "", ""),
    ],
)
def test_every_form_of_access(server: CrmServer, access: dict[str, str], header: str, told: str) -> None:
    words = {"url": server.url, "user": "vera", "description": described(access=access)}
    made = kind_of("custom").open(
        Config(with_defaults(kind_of("custom"), words), {"secret": KEY}, ZoneInfo("UTC"), "7")
    )
    assert isinstance(made, Custom)
    OPEN.append(made)
    with pytest.raises(SourceError) as refused:
        list(made.calls(WINDOW))
    assert KEY not in str(refused.value) + repr(refused.value)
    asked = server.asked[0]
    assert asked.query.get("token") == KEY if not header else asked.headers[header] == told


def test_a_recording_comes_by_its_link_and_by_a_new_one(server: CrmServer, tmp_path: Path) -> None:
    provider = opened(server)
    ref = read(provider)["c-1"].remote[0]
    server.generation = 1
    provider.download(ref, tmp_path / "a.part")
    assert (tmp_path / "a.part").read_bytes() == server.talks[0].sound
    server.talks[0].sound = b""
    with pytest.raises(RecordingTrouble):
        provider.download(ref, tmp_path / "b.part")


def test_a_recording_comes_by_a_described_request(server: CrmServer, tmp_path: Path) -> None:
    fields = json.loads(example())["calls"]["fields"]
    del fields["recording"]
    server.talks[0].changes = {"rec": "1"}
    text = described(
        calls__fields={**fields, "recording_id": "$.rec"},
        recording={"path": "records/{recording}", "query": {"k": "0"}},
    )
    provider = opened(server, text)
    (ref,) = read(provider)["c-1"].remote
    provider.download(ref, tmp_path / "a.part")
    assert (tmp_path / "a.part").read_bytes() == server.talks[0].sound


def test_the_key_does_not_go_to_another_server(server: CrmServer, tmp_path: Path) -> None:
    with CrmServer([]) as other:
        assert isinstance(other, CrmServer)
        other.answer = lambda _asked: _reply(server.talks[0].sound)  # type: ignore[method-assign]
        server.talks[0].changes = {"record_url": f"{other.url}/sound.mp3"}
        provider = opened(server)
        provider.download(read(provider)["c-1"].remote[0], tmp_path / "a.part")
        assert "authorization" not in other.asked[0].headers
        assert KEY not in str(other.asked[0])


def _reply(body: bytes) -> Any:
    from provider_world import Reply

    return Reply(body, kind="audio/mpeg")


def test_people_come(server: CrmServer) -> None:
    assert [(each.external_id, each.name, each.extension, each.group_name) for each in opened(server).people()] == [
        ("7", "Анна Смирнова", "101", "Продажи"), ("8", "Олег Тихий", "102", None)]  # fmt: skip


def test_the_check_shows_what_was_understood(server: CrmServer) -> None:
    with clock.fixed(NOW):
        checked = opened(server, described(calls__fields__comment="$.no.where")).check()
    assert checked.account == "Example CRM"
    assert checked.last_call is not None
    assert checked.last_call.external_id == "c-8"
    assert any('"id": "c-' in note for note in checked.notes)
    assert any("comment" in note for note in checked.notes)
    with clock.fixed(NOW):
        empty = opened(server, described(calls__items="$.nothing[*]")).check()
    assert empty.last_call is None
    assert any("“items”" in note for note in empty.notes)


def test_what_makes_no_sense_is_refused_by_its_id(server: CrmServer) -> None:
    server.talks[0].changes = {"begin": "soon"}
    server.talks[1].changes = {"id": None}
    server.talks[2].changes = {"talk_ms": "many", "labels": 7, "client": None, "operator": []}
    pages = list(opened(server).calls(WINDOW))
    assert sorted(each.where for page in pages for each in page.refused) == ["?", "c-1"]
    assert sum(len(page.calls) for page in pages) == 6


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{", "line 1, column 2"), ("[]", "{}"), (described(calls=None), "calls"), (described(url=None), "url"),
        (described(calls__fields__id=None), "calls.fields.id"), (described(calls__fields__nonsense="$.x"), "nonsense"),
        (described(calls__fields__id="$.["), "calls.fields.id"), (described(calls__items="$[?"), "calls.items"),
        (described(calls__fields__talk_s={"path": "$.x", "unit": "hours"}), "calls.fields.talk_s.unit"),
        (described(calls__paging={"style": "magic"}), "calls.paging.style"),
        (described(calls__paging={"style": "cursor"}), "calls.paging.cursor"),
        (described(calls__query={"a": "{nothing}"}), "{nothing}"), (described(calls__query={"a": 1.5}), "calls.query.a"),
        (described(calls__query={"from": "{from}"}), "{page}"), (described(calls__times={"zone": "Mars"}), "Mars"),
        (described(limit={"requests": 0}), "limit.requests"), (described(access={"cookie": "x"}), "access.cookie"),
        (described(calls__fields__recording_id="$.x"), "recording"),
        (described(recording={"access": 1}), "recording.access"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_its_place(text: str, place: str) -> None:
    with pytest.raises(UsageError) as told:
        read_description(text)
    assert place in told.value.sentence()
    assert kind_of("custom").problems({"description": text}) == (told.value.sentence(),)
    with pytest.raises(SourceError):
        kind_of("custom").open(Config({"description": text}, {}, ZoneInfo("UTC"), "7"))


def connected(workspace: Workspace, server: Any) -> int:
    words = {"url": f"{server.url}/api/v2", "description": example()}
    return new_connection(workspace, "custom", words, {"secret": KEY}, time_zone="Europe/Moscow")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with quickly(), CrmServer(talks(6)) as server:
        workspace = open_workspace(tmp_path_factory.mktemp("crm") / "w")
        pull_to_end(workspace, connected(workspace, server))
        told = picture(workspace)
        workspace.close()
        assert (server.problems, len(told[4])) == ([], 3)
    return told


@given(faults=st.lists(st.sampled_from([*PASSING, Fault.LOOP, Fault.NOT_JSON, Fault.TWICE]), max_size=14))
@settings(max_examples=4, deadline=None)
def test_faults_change_nothing(
    undisturbed: Any, tmp_path_factory: pytest.TempPathFactory, faults: list[Fault]
) -> None:
    with quickly(), CrmServer(talks(6)) as server:
        workspace = open_workspace(tmp_path_factory.mktemp("crm") / "w")
        made = connected(workspace, server)
        server.faults = list(faults)
        for turn in range(5):
            with suppress(SourceError):
                pull_to_end(workspace, made, NOW + timedelta(days=turn / 2))
            if picture(workspace) == undisturbed:
                break
        assert picture(workspace) == undisturbed
        workspace.close()


@pytest.mark.parametrize("folder_first", [True, False])
def test_the_same_call_from_a_folder_and_from_a_provider_is_one(
    workspace: Workspace,
    tmp_path: Path,
    server: CrmServer,
    monkeypatch: pytest.MonkeyPatch,
    folder_first: bool,
) -> None:
    """The telephone exchange keeps its files, and the CRM lists the same calls: by number and time they are one."""
    from intake_sound import sound
    from sqlalchemy import func, select

    from qaapp.calls import annotations as notes
    from qaapp.intake import watching
    from qaapp.store.schema import Call, Recording

    monkeypatch.setattr(watching, "SETTLE", timedelta(0))
    server.talks = [Talk(n, START + timedelta(hours=n), 2000, sound=b"") for n in range(1, 4)]
    folder = tmp_path / "monitor"
    folder.mkdir()
    for talk in server.talks:
        at = (talk.at + timedelta(seconds=4)).astimezone(ZoneInfo("Europe/Moscow"))
        sound(folder / f"{at:%Y_%m_%d_%H_%M_%S}_{101 + talk.number % 2}_79160000{talk.number:03}.wav", 2.0)
    words = {"folder": str(folder), "pattern": "{date}_{time}_{extension}_{customer}"}
    by_folder = new_connection(workspace, "folder", words, {}, time_zone="Europe/Moscow", first_day=None)
    by_crm = connected(workspace, server)
    order = [by_folder, by_crm] if folder_first else [by_crm, by_folder]
    pull_to_end(workspace, order[0])
    if folder_first:  # somebody worked on a call before the CRM told of it
        with workspace.database.write() as session:
            call_id = session.scalar(select(Call.id).order_by(Call.started_at))
            assert call_id is not None
            notes.add(session, call_id, 1, 100, 900, "слышал")
    pull_to_end(workspace, order[1])
    with workspace.database.read() as session:
        assert session.scalar(select(func.count(Call.id))) == 3
        assert session.scalar(select(func.count(Recording.id))) == 3
        assert {call.external_id for call in session.scalars(select(Call))} == {"c-1", "c-2", "c-3"}
        assert {call.recording_count for call in session.scalars(select(Call))} == {1}
        if folder_first:
            first = session.scalar(select(Call.id).order_by(Call.started_at))
            assert [each.text for each in notes.list_annotations(session, first)] == ["слышал"]
    for connection in (by_folder, by_crm):
        assert pull_to_end(workspace, connection, NOW + timedelta(hours=1)).added == 0
