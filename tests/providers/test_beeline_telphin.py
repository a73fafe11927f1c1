"""What Beeline and Telphin leave open: whose recording it is, legs with few fields, zones and pages of their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from conftest import new_connection, pull_to_end
from provider_world import Asked, Reply, mp3_bytes
from scoring_world import user
from small_reading import moved, only, opened, read, settled
from small_servers import SETTINGS, START, BeelineServer, Talk, TelphinServer
from sqlalchemy import select

from qaapp.calls import annotations
from qaapp.intake import connections
from qaapp.sources.records import CallRecord
from qaapp.store.schema import Annotation, Call, RemoteRecording
from qaapp.store.workspace import Workspace
from qaapp.words import Direction, Disposition, EndKind

__all__ = ["settled"]
pytestmark = pytest.mark.usefixtures("quick", "settled")


# --- Beeline -------------------------------------------------------------------------------------------------------------


def sound(pitch: int) -> bytes:
    return mp3_bytes(0.2, pitch=pitch)


def test_beeline_gives_the_recording_to_the_call_that_was_answered() -> None:
    missed = Talk(1, START, "in", 0)
    answered = Talk(2, START + timedelta(seconds=60), "in", 30, sound(3))
    same = {"phone_from": "79161112233", "abonent": {"userId": "u1"}}
    missed.changes = answered.changes = same
    with BeelineServer([missed, answered]) as server:
        plain = server.record
        server.record = lambda talk: {**plain(talk), "phone": "79161112233", "abonent": {"userId": "u1"}}  # type: ignore[method-assign]
        first, second = read(opened(server))
    assert (len(first.remote), len(second.remote)) == (0, 1)


def test_beeline_rows_that_come_twice_take_one_recording() -> None:
    talks = [Talk(1, START, "in", 30, sound(3)), Talk(2, START + timedelta(seconds=50), "in", 31, sound(5))]
    same = {"phone_from": "79161112233", "abonent": {"userId": "u1"}}
    for talk in talks:
        talk.changes = same
    with BeelineServer([talks[0], talks[0], talks[1]]) as server:
        plain = server.record
        server.record = lambda talk: {**plain(talk), "phone": "79161112233", "abonent": {}}  # type: ignore[method-assign]
        found = read(opened(server))
    assert [[ref.facts["id"] for ref in each.remote] for each in found] == [["1"], ["2"]]


def test_beeline_a_recording_dated_at_the_end_of_a_long_call_is_its_own() -> None:
    talk = Talk(1, START, "in", 1500, sound(3))
    with BeelineServer([talk]) as server:
        plain = server.record
        late = int((START + timedelta(seconds=1508)).timestamp() * 1000)
        server.record = lambda talk: {**plain(talk), "date": late}  # type: ignore[method-assign]
        (found,) = read(opened(server))
    assert [ref.facts["id"] for ref in found.remote] == ["1"]


def test_beeline_a_recording_waits_for_its_row(workspace: Workspace) -> None:
    """Statistics that come later than the recordings must not leave a second call behind."""
    with BeelineServer([Talk(1, START, "in", 30, sound(3))]) as server:
        plain, words = server.statistics, SETTINGS["beeline"]
        server.statistics = lambda _talk: {"startDate": None}  # type: ignore[method-assign]
        made = new_connection(workspace, "beeline", {**words[0], "url": server.url}, words[1])
        soon = START + timedelta(hours=2)
        assert pull_to_end(workspace, made, soon).found == 0
        server.statistics = plain  # type: ignore[method-assign]
        assert pull_to_end(workspace, made, soon + timedelta(hours=1)).added == 1
        assert pull_to_end(workspace, made, soon + timedelta(days=1)).added == 0


class Late(BeelineServer):
    """``is_late``: the recordings are there, the statistics are not yet."""

    is_late = True

    def statistics(self, talk: Talk) -> dict[str, Any]:
        return {"startDate": None} if self.is_late else super().statistics(talk)


@pytest.mark.parametrize("is_worked_on", [False, True])
def test_beeline_statistics_that_come_days_later_leave_no_double(
    workspace: Workspace, is_worked_on: bool
) -> None:
    """The recording was a call of its own by then: it becomes the call of its row, with all that people made on it."""
    with Late([Talk(1, START, "in", 30, sound(3)), Talk(2, START, "in", 40, sound(5))]) as server:
        words, keys = SETTINGS["beeline"]
        made = new_connection(workspace, "beeline", {**words, "url": server.url}, keys)
        alone = pull_to_end(workspace, made, START + timedelta(days=2))
        assert (alone.added, alone.recordings) == (2, 2)
        with workspace.database.write() as session:
            before = session.scalars(select(Call.id).order_by(Call.id)).all()
            if is_worked_on:
                annotations.add(session, before[0], 1, 10, 90, "heard", user_id=user(session))
        server.is_late = False
        late = pull_to_end(workspace, made, START + timedelta(days=3))
        assert (late.added, late.changed, late.recordings) == (0, 2, 0)
        again = pull_to_end(workspace, made, START + timedelta(days=4))
        assert (again.added, again.changed, again.recordings) == (0, 0, 0)
        assert server.count("/v2/records/") == 2, "each recording was fetched once"
    with workspace.database.read() as session:
        calls = session.scalars(select(Call).order_by(Call.id)).all()
        assert [call.id for call in calls] == before
        assert [call.external_id.startswith("record-") for call in calls] == [False, False]
        assert {call.started_at for call in calls} == {START}  # of the row, not of the recording
        assert [call.recording_count for call in calls] == [1, 1]
        assert session.scalars(select(Annotation.call_id)).all() == before[: int(is_worked_on)]
        assert session.scalars(select(RemoteRecording.call_id).order_by(RemoteRecording.id)).all() == before


def test_beeline_a_double_of_before_is_healed(workspace: Workspace) -> None:
    """The row was a call without a recording, the recording a call without a row; then they are seen to be one."""
    with BeelineServer([Talk(1, START, "in", 30, sound(3))]) as server:
        words, keys = SETTINGS["beeline"]
        made = new_connection(workspace, "beeline", {**words, "url": server.url, "near_s": "5"}, keys)
        assert pull_to_end(workspace, made, START + timedelta(days=2)).added == 2
        with workspace.database.write() as session:
            double = session.scalars(select(Call.id).where(Call.external_id == "record-1")).one()
            annotations.add(session, double, 1, 10, 90, "heard", user_id=user(session))
            row = connections.get(session, made)
            draft = connections.ConnectionDraft("beeline", row.name, {**row.settings, "near_s": "120"})
            connections.save(session, replace(draft, id=made, first_day=row.first_day))
        pull_to_end(workspace, made, START + timedelta(days=3))
        assert server.count("/v2/records/") == 1
    with workspace.database.read() as session:
        (call,) = session.scalars(select(Call)).all()
        assert (call.id, call.recording_count) == (double, 1)
        assert session.scalars(select(Annotation.call_id)).all() == [double]
        assert len(session.scalars(select(RemoteRecording)).all()) == 1


@pytest.mark.parametrize(
    ("status", "seconds", "way", "state", "end"),
    [
        ("RECEIVED", 30, "in", Disposition.ANSWERED, EndKind.HUNG_UP),
        ("PLACED", 0, "out", Disposition.NO_ANSWER, EndKind.NOT_ANSWERED),
        ("BUSY", 0, "out", Disposition.BUSY, EndKind.BUSY),
        ("MISSED", 0, "in", Disposition.MISSED, EndKind.NOT_ANSWERED),
        ("MOONLIT", 0, "in", Disposition.UNKNOWN, EndKind.UNKNOWN),
        ("MOONLIT", 30, "in", Disposition.ANSWERED, EndKind.UNKNOWN),
    ],
)
def test_beeline_words(status: str, seconds: int, way: str, state: Disposition, end: EndKind) -> None:
    call = only(BeelineServer([Talk(1, START, way, seconds, changes={"status": status})]))
    assert (call.disposition, call.end_kind, call.end_reason) == (state, end, status)


def test_beeline_calls_between_employees_are_internal() -> None:
    both = {"phone_from": "101", "phone_to": "102", "direction": "INBOUND"}
    assert only(BeelineServer([Talk(1, START, changes=both)])).direction is Direction.INTERNAL


def test_beeline_without_a_directory_still_gives_calls(workspace: Workspace) -> None:
    class Closed(BeelineServer):
        def answer(self, asked: Asked) -> Reply:
            return (
                Reply({"errorCode": "NotFound"}, 404) if asked.path == "/abonents" else super().answer(asked)
            )

    with Closed([Talk(1, START)]) as server:
        words, keys = SETTINGS["beeline"]
        made = new_connection(workspace, "beeline", {**words, "url": server.url}, keys)
        assert pull_to_end(workspace, made).added == 1


# --- Telphin -------------------------------------------------------------------------------------------------------------


class Documented(TelphinServer):
    """Legs with no more than the fields that clients know: neither ``bridged`` nor ``bridged_duration``."""

    def document(self, talk: Talk) -> dict[str, Any]:
        found = super().document(talk)
        legs = [
            {name: value for name, value in each.items() if name not in ("bridged", "bridged_duration")}
            for each in found["cdr"]
        ]
        return {**found, "cdr": legs}


def test_telphin_legs_tell_who_talked_by_what_is_documented() -> None:
    call = only(Documented([Talk(1, START, "in", 61)]))
    (person,) = call.participants
    assert (person.external_id, person.extension, person.answered, person.talk_s) == ("9", "101", True, 61)


def test_telphin_request_times_may_stand_in_the_zone_of_the_account() -> None:
    class Local(TelphinServer):
        def answer(self, asked: Asked) -> Reply:
            if asked.path.endswith("call_history/"):
                form = "%Y-%m-%d %H:%M:%S"
                asked = moved(asked, ("start_datetime", "end_datetime"), form, 7)
            return super().answer(asked)

    talks = [Talk(n, START + timedelta(hours=n)) for n in range(20)]
    for kind in (TelphinServer, Local):
        with kind(talks) as server:
            assert len(read(opened(server))) == 20


def test_telphin_a_smaller_page_than_asked_for_is_not_the_end() -> None:
    class Small(TelphinServer):
        def answer(self, asked: Asked) -> Reply:
            if asked.path.endswith("call_history/"):
                asked = Asked(
                    asked.method, asked.path, {**asked.query, "per_page": "3"}, asked.headers, asked.body
                )
            return super().answer(asked)

    with Small([Talk(n, START + timedelta(minutes=n)) for n in range(8)]) as server:
        assert len(read(opened(server))) == 8


def test_telphin_a_server_that_does_not_page_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qaapp.sources.telphin.PAGE", 1)

    class Deaf(TelphinServer):
        def answer(self, asked: Asked) -> Reply:
            assert self.count("/api") < 9, "without end"
            if asked.path.endswith("call_history/"):
                asked = Asked(
                    asked.method, asked.path, {**asked.query, "page": "1"}, asked.headers, asked.body
                )
            return super().answer(asked)

    assert only(Deaf([Talk(1, START)])).external_id == "t1"


def test_telphin_internal_calls_and_reasons() -> None:
    def talk(**changes: Any) -> CallRecord:
        return only(TelphinServer([Talk(1, START, "in", 0, changes=changes)]))

    assert talk(from_username="12345*102", to_username="12345*101").direction is Direction.INTERNAL
    assert talk(hangup_cause="USER_BUSY").end_kind == EndKind.BUSY
    assert talk(hangup_cause="CALL_REJECTED").end_kind == EndKind.REJECTED
    assert (talk(result="moonlit", hangup_cause="MOON").end_kind) == EndKind.UNKNOWN


@pytest.mark.parametrize(("kind", "end"), [("ivr", EndKind.LEFT_MENU), ("queue", EndKind.LEFT_QUEUE)])
def test_telphin_a_call_that_reached_a_machine_only(kind: str, end: EndKind) -> None:
    class Machine(TelphinServer):
        def document(self, talk: Talk) -> dict[str, Any]:
            found = super().document(talk)
            return {
                **found,
                "cdr": [{**each, "extension_type": kind, "record_uuid": None} for each in found["cdr"]],
            }

    call = only(Machine([Talk(1, START, "in", 0)]))
    assert (call.disposition, call.talk_s, call.end_kind, call.participants) == (
        Disposition.MISSED,
        0,
        end,
        (),
    )


@pytest.mark.parametrize(
    ("way", "told", "end"),
    [
        ("in", "caller_bye", EndKind.CUSTOMER_HUNG_UP),
        ("in", "callee_bye", EndKind.MANAGER_HUNG_UP),
        ("out", "caller_bye", EndKind.MANAGER_HUNG_UP),
        ("out", "send_bye", EndKind.HUNG_UP),
    ],
)
def test_telphin_who_hung_up(way: str, told: str, end: EndKind) -> None:
    call = only(TelphinServer([Talk(1, START, way, 20, changes={"hangup_disposition": told})]))
    assert call.end_kind == end
