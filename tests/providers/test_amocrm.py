"""amoCRM against a strict server: notes of all cards, deals, foreign links, tokens that end and are good for one use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from amocrm_server import CLIENT, CLIENT_SECRET, START, AmoServer, Talk
from conftest import NOW, new_connection, pull_to_end
from hypothesis import given, settings
from hypothesis import strategies as st
from provider_world import PASSING, Fault, mp3_bytes, quickly
from test_pulling import picture

from qaapp import clock
from qaapp.errors import SourceError
from qaapp.intake import connections
from qaapp.intake.checking import check
from qaapp.progress import run
from qaapp.settings import Rules
from qaapp.sources import secrets as key_store
from qaapp.sources.amocrm import AmoCrm
from qaapp.sources.kinds import kind_of
from qaapp.sources.provider import Config, Window, with_defaults
from qaapp.sources.records import CallRecord
from qaapp.sources.secrets import Renewals, Secrets
from qaapp.store.workspace import Workspace, open_workspace
from qaapp.words import Direction, Disposition, EndKind

pytestmark = pytest.mark.usefixtures("quick")
WINDOW = Window(START - timedelta(days=1), START + timedelta(days=6))
OPEN: list[AmoCrm] = []
OAUTH = {"client_id": CLIENT, "redirect_uri": "https://example.com"}


def talks(count: int = 8) -> list[Talk]:
    cards = (("leads", "contacts"), ("contacts",), ("companies", "customers"), ("leads",))
    return [
        Talk(number, START + timedelta(hours=9 * number), "call_in" if number % 2 else "call_out",
             0 if number % 5 == 4 else 30 + number, cards[number % 4],
             mp3_bytes(0.3, pitch=number + 3) if number % 2 else b"")
        for number in range(1, count + 1)
    ]  # fmt: skip


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


@pytest.fixture
def server() -> Iterator[AmoServer]:
    with AmoServer(talks()) as made:
        yield made  # type: ignore[misc]


def opened(server: AmoServer, secrets: dict[str, str] | None = None, **words: str) -> AmoCrm:
    told = with_defaults(kind_of("amocrm"), {"url": server.url, **words})
    keys = secrets if secrets is not None else {"token": server.access}
    if isinstance(keys, Secrets):
        config = Config(told, keys, ZoneInfo("Europe/Moscow"), "7", None, keys.renew, keys.newest)
    else:
        config = Config(told, keys, ZoneInfo("Europe/Moscow"), "7")
    made = kind_of("amocrm").open(config)
    assert isinstance(made, AmoCrm)
    OPEN.append(made)
    return made


def read(provider: AmoCrm) -> dict[str, CallRecord]:
    found = [record for page in provider.calls(WINDOW) for record in page.calls]
    assert len({each.external_id for each in found}) == len(found)
    return {each.external_id: each for each in found}


def test_calls_of_all_cards_come_once(server: AmoServer) -> None:
    server.size = 2
    found = read(opened(server))
    assert server.problems == []
    assert set(found) == {f"uniq-{n}" for n in range(1, 9)}
    one, four, eight = found["uniq-1"], found["uniq-4"], found["uniq-8"]
    assert one.started_at == server.talks[0].at - timedelta(seconds=31)
    assert (one.direction, one.disposition, one.end_kind, one.talk_s, one.customer_number) == (
        Direction.INBOUND, Disposition.ANSWERED, EndKind.HUNG_UP, 31, "79160000001")  # fmt: skip
    assert [(each.external_id, each.name) for each in one.participants] == [("778", "Олег Тихий")]
    assert (four.direction, four.disposition) == (Direction.OUTBOUND, Disposition.NO_ANSWER)
    assert one.deal is None
    assert eight.deal is not None
    assert (eight.deal.external_id, eight.deal.stage, eight.deal.outcome, eight.deal.amount, eight.deal.responsible) == (
        "508", "Закрыто", "lost", "508000", "Олег Тихий")  # fmt: skip
    assert one.remote[0].facts == {"entity": "contacts", "note": "11", "card": "501"}
    assert "sounds" not in str(one.raw)


def test_a_note_made_at_the_start_is_a_setting(server: AmoServer) -> None:
    found = read(opened(server, moment="start"))
    assert found["uniq-1"].started_at == server.talks[0].at


def test_cards_that_are_closed_to_us_are_left_out_and_told(server: AmoServer) -> None:
    server.closed = {"companies", "customers"}
    provider = opened(server)
    with clock.fixed(NOW):
        checked = provider.check()
    assert checked.account == "Ромашка"
    assert any("companies, customers" in note for note in checked.notes)
    assert len(read(provider)) == 6


def test_who_talked_may_be_a_name_a_number_or_nobody(server: AmoServer) -> None:
    server.talks = [
        Talk(1, START, changes={"call_responsible": "Пётр"}), Talk(2, START, changes={"call_responsible": "105"}),
        Talk(3, START, changes={"call_responsible": None}), Talk(4, START, changes={"uniq": None, "phone": None}),
    ]  # fmt: skip
    found = read(opened(server))
    people = [
        (each.name, each.extension)
        for key in ("uniq-1", "uniq-2", "uniq-3")
        for each in found[key].participants
    ]
    assert people == [("Пётр", None), (None, "105"), ("Анна Смирнова", None)]
    assert "note-40" in found


def test_a_link_is_asked_for_right_before_and_gets_no_key(server: AmoServer, tmp_path: Path) -> None:
    with AmoServer(server.talks) as telephony:
        assert isinstance(telephony, AmoServer)
        telephony.telephony = "elsewhere"
        provider = opened(server)
        ref = read(provider)["uniq-1"].remote[0]
        server.telephony = telephony.url
        provider.download(ref, tmp_path / "a.part")
        assert (tmp_path / "a.part").read_bytes() == server.talks[0].sound
        assert telephony.problems == []
        assert [each.path for each in telephony.asked] == ["/sounds/1.mp3"]


def test_a_token_that_ended_is_renewed_once_and_kept(server: AmoServer) -> None:
    kept: list[tuple[str, str, str]] = []
    secrets = Secrets(
        {"token": "old", "refresh": server.refresh, "client_secret": CLIENT_SECRET}, "",
        lambda *told: kept.append(told),
    )  # fmt: skip
    assert len(read(opened(server, secrets, **OAUTH))) == 8
    assert kept == [("refresh", "refresh-token-0", "refresh-token-1"), ("token", "old", "access-token-1")]
    assert secrets["refresh"] == "refresh-token-1"
    server.access = "ended again"
    assert len(read(opened(server, secrets, **OAUTH))) == 8
    assert secrets["token"] == "access-token-2"


def test_without_a_way_to_renew_the_end_of_a_token_is_permanent(server: AmoServer) -> None:
    with pytest.raises(SourceError) as told:
        read(opened(server, {"token": "wrong-token-123456"}))
    assert told.value.kind == "auth"
    assert "wrong-token" not in told.value.sentence() + repr(told.value)
    secrets = Secrets({"token": "old", "refresh": "used already 1", "client_secret": CLIENT_SECRET})
    with pytest.raises(SourceError) as revoked:
        read(opened(server, secrets, **OAUTH))
    assert revoked.value.kind == "auth"


def test_a_pull_keeps_renewed_tokens_in_the_key_store(
    server: AmoServer, workspace: Workspace, connect: Callable[..., int]
) -> None:
    connection = connect(
        "amocrm", {"url": server.url, **OAUTH},
        {"token": "old", "refresh": server.refresh, "client_secret": CLIENT_SECRET},
    )  # fmt: skip
    assert pull_to_end(workspace, connection).added == 8
    with workspace.database.write() as session:
        place = connections.secret_place(session, connection)
    assert key_store.read(place, "refresh") == server.refresh == "refresh-token-1"
    # Somebody else renewed it meanwhile: the kept one is taken, none is used up.
    with workspace.database.write() as session:
        secrets = connections.secrets_of(session, connections.get(session, connection))
    key_store.write(place, "token", "access-token-9")
    server.access = "access-token-9"
    assert len(read(opened(server, secrets, **OAUTH))) == 8
    assert server.refresh == "refresh-token-1"


def test_a_test_of_a_draft_loses_no_token(server: AmoServer) -> None:
    renewals = Renewals()
    typed = {"token": "old", "refresh": server.refresh, "client_secret": CLIENT_SECRET}
    draft = connections.ConnectionDraft("amocrm", "amo", {"url": server.url, **OAUTH})
    with clock.fixed(NOW):
        run(check(draft, Secrets(typed, "", renewals.add), Rules(time_zone="Europe/Moscow")))
        now = {name: renewals.newest(name, value) for name, value in typed.items()}
        assert now["refresh"] == server.refresh == "refresh-token-1"
        server.access = "ended"
        run(check(draft, Secrets(now, "", renewals.add), Rules(time_zone="Europe/Moscow")))
    assert renewals.newest("refresh", typed["refresh"]) == "refresh-token-2"


def test_what_makes_no_sense_is_refused_by_its_id(server: AmoServer) -> None:
    plain = server.note
    server.note = lambda talk, entity: {  # type: ignore[method-assign]
        **plain(talk, entity), **({"created_at": "soon"} if talk.number == 1 else {"params": []} if talk.number == 2 else {})
    }  # fmt: skip
    pages = list(opened(server).calls(WINDOW))
    assert {each.where for page in pages for each in page.refused} == {"11"}
    # The second call is noted at two cards, and without its params nothing says that they are one.
    assert sum(len(page.calls) for page in pages) == 8


def connected(workspace: Workspace, server: Any) -> int:
    secrets = {"token": "old", "refresh": server.refresh, "client_secret": CLIENT_SECRET}
    return new_connection(workspace, "amocrm", {"url": server.url, **OAUTH}, secrets)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with quickly(), AmoServer(talks(6)) as server:
        workspace = open_workspace(tmp_path_factory.mktemp("amo") / "w")
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
    with quickly(), AmoServer(talks(6)) as server:
        assert isinstance(server, AmoServer)
        server.access = "old"  # a renewal whose answer is lost is lost: that is amoCRM's own rule
        workspace = open_workspace(tmp_path_factory.mktemp("amo") / "w")
        made = connected(workspace, server)
        server.faults = list(faults)
        for turn in range(5):
            with suppress(SourceError):
                pull_to_end(workspace, made, NOW + timedelta(days=turn / 2))
            if picture(workspace) == undisturbed:
                break
        assert picture(workspace) == undisturbed
        workspace.close()
