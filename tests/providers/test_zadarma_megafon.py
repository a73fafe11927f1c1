"""What Zadarma and MegaFon leave open: which way a call went, whose talk it was, shifted clocks, answers that are cut."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from conftest import new_connection, pull_to_end
from provider_world import Asked, Reply, mp3_bytes
from small_reading import OPEN, moved, only, opened, read, settled
from small_servers import SETTINGS, START, MegaFonServer, Talk, ZadarmaServer
from sqlalchemy import select

from qaapp.errors import SourceError
from qaapp.intake import connections
from qaapp.sources.kinds import kind_of
from qaapp.sources.provider import Config, with_defaults
from qaapp.sources.records import CallRecord
from qaapp.store.schema import DirectoryEntry
from qaapp.store.workspace import Workspace
from qaapp.words import Direction, Disposition, EndKind

__all__ = ["settled"]
pytestmark = pytest.mark.usefixtures("quick", "settled")


# --- Zadarma -------------------------------------------------------------------------------------------------------------


class Legs(ZadarmaServer):
    """Conversations leg by leg; ``ways``: what ``call_type`` says of a conversation."""

    def __init__(self, *legs: dict[str, Any], ways: dict[str, str] | None = None) -> None:
        super().__init__([Talk(1, START)])
        self.legs, self.ways = list(legs), ways or {}

    def rows(self, talk: Talk) -> list[dict[str, Any]]:
        return self.legs

    def _statistics(self, asked: Asked) -> Reply:
        wanted = asked.query.get("call_type")
        assert wanted in (None, "IN_CALLS", "OUT_CALLS"), wanted
        every, self.legs = self.legs, [
            leg for leg in self.legs if wanted is None or self.ways.get(leg["pbx_call_id"]) == wanted
        ]  # fmt: skip
        try:
            query = {name: value for name, value in asked.query.items() if name != "call_type"}
            return super()._statistics(replace(asked, query=query))
        finally:
            self.legs = every


def leg(key: str, after_s: int, sip: str, disposition: str, seconds: int, **more: Any) -> dict[str, Any]:
    local = (START + timedelta(seconds=after_s)).astimezone(ZoneInfo("Europe/Moscow"))
    return {
        "call_id": key, "sip": sip, "callstart": local.strftime("%Y-%m-%d %H:%M:%S"), "clid": "79161112233",
        "destination": "74951230000", "disposition": disposition, "seconds": seconds, "is_recorded": "false",
        "pbx_call_id": "p1", **more,
    }  # fmt: skip


def test_zadarma_makes_no_wait_of_nothing() -> None:
    call = only(Legs(leg("a", 0, "101", "answered", 60)))
    assert (call.talk_s, call.wait_s, call.answered_at) == (60, None, None)


def test_zadarma_extensions_that_rang_at_once_do_not_end_the_call() -> None:
    call = only(Legs(leg("a", 0, "101", "answered", 60), leg("b", 0, "102", "no answer", 0)))
    assert (call.duration_s, call.talk_s) == (60, 60)
    assert call.ended_at == START + timedelta(seconds=60)


def test_zadarma_a_transferred_talk_counts_whole_and_the_wait_ends_with_the_first_answer() -> None:
    call = only(
        Legs(
            leg("a", 0, "100", "no answer", 0),
            leg("b", 10, "101", "answered", 20),
            leg("c", 30, "102", "answered", 90),
        )
    )
    assert (call.wait_s, call.talk_s, call.duration_s, call.transferred) == (10, 110, 120, True)
    assert [(each.extension, each.talk_s) for each in call.participants] == [
        ("100", 0),
        ("101", 20),
        ("102", 90),
    ]


def test_zadarma_a_menu_that_answered_is_no_talk() -> None:
    call = only(
        Legs(
            leg("a", 0, "", "answered", 75, destination="74951230000"),
            leg("b", 15, "101", "answered", 60),
        )
    )
    assert (call.wait_s, call.talk_s, call.transferred) == (15, 60, False)


@pytest.mark.parametrize(
    ("word", "state", "end"),
    [
        ("no money, no limit", Disposition.FAILED, EndKind.FAILED),
        ("no day limit", Disposition.FAILED, EndKind.FAILED),
        ("unallocated number", Disposition.FAILED, EndKind.WRONG_NUMBER),
        ("parked on the moon", Disposition.UNKNOWN, EndKind.UNKNOWN),
    ],
)
def test_zadarma_words_of_the_list_and_others(word: str, state: Disposition, end: EndKind) -> None:
    call = only(Legs(leg("a", 0, "101", word, 0)))
    assert (call.disposition, call.end_kind, call.end_reason) == (state, end, word)


def test_zadarma_asks_which_way_a_call_went_where_its_numbers_do_not_tell() -> None:
    out = {"clid": "74951230000", "destination": "79161112233"}
    server = Legs(
        leg("a", 0, "101", "answered", 60, **out),
        leg("b", 300, "102", "answered", 30, pbx_call_id="p2"),
        ways={"p1": "OUT_CALLS", "p2": "IN_CALLS"},
    )
    with server:
        first, second = read(opened(server))
        assert server.problems == []
    assert (first.direction, first.customer_number) == (Direction.OUTBOUND, "79161112233")
    assert (second.direction, second.customer_number, second.line_number) == (
        Direction.INBOUND, "79161112233", "74951230000")  # fmt: skip
    plain = Legs(leg("a", 0, "101", "answered", 60, clid="101", destination="79161112233"))
    assert only(plain).direction is Direction.OUTBOUND
    assert plain.count("/v1/statistics/pbx/") == 1  # three requests a minute are few


def test_zadarma_a_server_that_does_not_page_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qaapp.sources.zadarma.MOST", 1)
    server = Legs(leg("a", 0, "101", "answered", 60))
    answer = server.answer

    def deaf(asked: Asked) -> Reply:
        assert server.count() < 9, "without end"
        reply = answer(asked)
        return Reply({"status": "success", "stats": server.legs}) if "skip" in asked.query else reply

    server.answer = deaf  # type: ignore[method-assign]
    assert only(server).talk_s == 60


def test_zadarma_says_when_the_zone_of_the_account_is_another() -> None:
    with ZadarmaServer([Talk(1, START)]) as server:
        kind = kind_of("zadarma")
        for zone, differs in (("Europe/Moscow", False), ("Asia/Vladivostok", True)):
            made = kind.open(
                Config(with_defaults(kind, {"url": server.url}), SETTINGS["zadarma"][1], ZoneInfo(zone), "7")
            )
            OPEN.append(made)
            assert ("UTC+10" in " ".join(made.check().notes)) is differs


# --- MegaFon -------------------------------------------------------------------------------------------------------------


def test_megafon_a_shifted_clock_is_put_right() -> None:
    class Shifted(MegaFonServer):
        """Its times are three hours ahead of the truth, asked and told."""

        def document(self, talk: Talk) -> dict[str, Any]:
            ahead = (talk.at + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
            return {**super().document(talk), "start": ahead}

        def answer(self, asked: Asked) -> Reply:
            if asked.path.endswith("/history/json"):
                form = "%Y%m%dT%H%M%SZ"
                asked = moved(asked, ("start", "end"), form, 3)
            return super().answer(asked)

    talks = [Talk(n, START + timedelta(hours=n), "in", 40, mp3_bytes(0.2)) for n in (0, 6, 17)]
    with Shifted(talks) as server:
        provider = opened(server, shift_h="3")
        found = read(provider)
        assert [each.started_at for each in found] == [talk.at for talk in talks]
        with pytest.raises(SourceError):
            opened(server, shift_h="soon")


def test_megafon_internal_calls_busy_ones_and_unknown_words() -> None:
    def talk(**changes: Any) -> CallRecord:
        return only(MegaFonServer([Talk(1, START, "out", 0, changes=changes)]))

    assert talk(client="102").direction is Direction.INTERNAL
    assert (talk(status="Busy").disposition, talk(status="Busy").end_kind) == (Disposition.BUSY, EndKind.BUSY)
    assert talk(status="Busy", missedStatus="all").end_reason == "Busy"
    assert talk(status="NotFound").end_kind == EndKind.WRONG_NUMBER
    assert (talk(status="moonlit").disposition, talk(status="moonlit").end_kind) == (
        Disposition.NO_ANSWER, EndKind.UNKNOWN)  # fmt: skip


def test_megafon_that_gives_less_than_all_is_asked_for_parts() -> None:
    class Capped(MegaFonServer):
        def answer(self, asked: Asked) -> Reply:
            reply = super().answer(asked)
            return Reply(reply.body[:100]) if asked.path.endswith("/history/json") else reply

    talks = [Talk(n, START + timedelta(seconds=90 * n)) for n in range(230)]
    with Capped(talks) as server:
        assert len(read(opened(server))) == 230
        assert server.problems == []
        asked = server.count("/crmapi/v1/history")
        assert asked < 20


def test_megafon_a_directory_that_breaks_off_sends_nobody_away(workspace: Workspace) -> None:
    def names() -> list[tuple[str, bool]]:
        with workspace.database.read() as session:
            rows = session.scalars(select(DirectoryEntry).order_by(DirectoryEntry.name))
            return [(row.name, row.valid_to is None) for row in rows]

    with MegaFonServer([Talk(1, START)]) as server:
        words, keys = SETTINGS["megafon"]
        made = new_connection(workspace, "megafon", {**words, "url": server.url}, keys)
        pull_to_end(workspace, made)
        there = [("Анна Смирнова", True), ("Олег Тихий", True)]
        assert names() == there
        answer = server.answer

        def broken(asked: Asked) -> Reply:
            second = asked.path.endswith("/users") and asked.query.get("start") == "1"
            return Reply("<html>Service</html>", kind="text/html") if second else answer(asked)

        server.answer = broken  # type: ignore[method-assign]
        with pytest.raises(SourceError):
            pull_to_end(workspace, made)
        assert names() == there


def test_megafon_a_key_without_the_directory_still_gives_calls(workspace: Workspace) -> None:
    class Closed(MegaFonServer):
        def answer(self, asked: Asked) -> Reply:
            return Reply({"error": "right"}, 403) if asked.path.endswith("/users") else super().answer(asked)

    with Closed([Talk(1, START)]) as server:
        words, keys = SETTINGS["megafon"]
        made = new_connection(workspace, "megafon", {**words, "url": server.url}, keys)
        summary = pull_to_end(workspace, made)
        assert (summary.added, len(summary.skipped)) == (1, 1)
        assert "403" in summary.skipped[0].reason


def test_megafon_a_storage_that_asks_for_a_login_stops_no_connection(workspace: Workspace) -> None:
    """Recordings may lie with another company; its old links answer 401, and the history then has a new one."""

    class Storage(MegaFonServer):
        def answer(self, asked: Asked) -> Reply:
            if not asked.path.startswith("/store/"):
                return Reply("?", 404)
            assert "x-api-key" not in asked.headers, "the key goes to nobody else"
            return Reply("log in", 401) if "/old/" in asked.path else Reply(mp3_bytes(), kind="audio/mpeg")

    class Renewing(MegaFonServer):
        asked_for = 0

        def answer(self, asked: Asked) -> Reply:
            if asked.path.endswith("/history/json"):
                self.asked_for += 1
                state = "old" if self.asked_for == 1 else "new"
                for talk in self.talks:
                    talk.changes["record"] = f"{storage.url}/store/{state}/{talk.number}"
            return super().answer(asked)

    with Storage([]) as storage, Renewing([Talk(1, START)]) as server:
        words, keys = SETTINGS["megafon"]
        made = new_connection(workspace, "megafon", {**words, "url": server.url}, keys)
        summary = pull_to_end(workspace, made)
        assert (summary.added, summary.recordings) == (1, 1)
        assert storage.problems == []
        with workspace.database.read() as session:
            assert connections.get(session, made).last_error is None


def test_megafon_one_link_that_leads_nowhere_holds_up_no_other_recording(workspace: Workspace) -> None:
    class Odd(MegaFonServer):
        def answer(self, asked: Asked) -> Reply:
            if asked.path == "/round":
                return Reply(status=302, headers={"Location": "/round"})
            return Reply("no", 451) if asked.path == "/odd" else super().answer(asked)

    talks = [Talk(n, START + timedelta(minutes=n), sound=mp3_bytes(0.2, pitch=n)) for n in range(1, 6)]
    with Odd(talks) as server:
        for talk, link in zip(
            talks[1:], ("/round", "/odd", "http://[", "ftp://x.invalid/a.mp3"), strict=True
        ):
            talk.changes["record"] = f"{server.url}{link}" if link.startswith("/") else link
        words, keys = SETTINGS["megafon"]
        made = new_connection(workspace, "megafon", {**words, "url": server.url}, keys)
        summary = pull_to_end(workspace, made)
        assert (summary.added, summary.recordings, summary.waiting) == (5, 1, 4)
    with workspace.database.read() as session:
        row = connections.get(session, made)
        assert (row.state, row.last_error) == (connections.READY, None)
