"""The pull: whole, again, changed, stopped, refused; recordings as states; nothing of people's is touched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import NOW, new_connection, pull_to_end
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_provider import START, PlainServer, Talk, talks
from provider_world import PASSING, Fault, quickly, wav_bytes
from sqlalchemy import select

from qaapp import clock
from qaapp.calls import people, tags
from qaapp.errors import SourceError
from qaapp.intake import connections, downloads, lease
from qaapp.intake.pulling import pull, window_of
from qaapp.journal.edits import set_comment
from qaapp.progress import run
from qaapp.settings import Rules
from qaapp.store.rules import read_rules
from qaapp.store.schema import (
    Call,
    CallTag,
    Connection,
    Deal,
    DirectoryEntry,
    Manager,
    Participant,
    Recording,
    RemoteRecording,
    Tag,
)
from qaapp.store.workspace import Workspace, open_workspace
from qaapp.words import RecordingState

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def server() -> Iterator[PlainServer]:
    with PlainServer(talks(20)) as made:
        yield made  # type: ignore[misc]


@pytest.fixture
def plain(connect: Callable[..., int], server: PlainServer) -> int:
    return connect("plain", {"url": server.url}, {"key": server.key})


def pairs(session: Any, query: Any) -> dict[Any, Any]:
    return {row[0]: row[1] for row in session.execute(query)}


def picture(workspace: Workspace) -> Any:
    """Everything a pull leaves, without ids and moments of writing, and the files with their bytes."""
    with workspace.database.read() as session:
        managers = {row.id: row.name for row in session.scalars(select(Manager))}
        names = {row.id: row.external_id for row in session.scalars(select(Call))}
        calls = [
            (call.external_id, call.started_at, call.talk_s, call.comment, managers.get(call.manager_id or 0),
             call.recording_count, call.customer_number)
            for call in session.scalars(select(Call).order_by(Call.external_id))
        ]  # fmt: skip
        taken = sorted(
            (names[row.call_id], tag) for row, tag in session.execute(
                select(CallTag, Tag.name).join(Tag, Tag.id == CallTag.tag_id))
        )  # fmt: skip
        part = sorted((names[row.call_id], row.position, row.external_id or "", row.role)
                      for row in session.scalars(select(Participant)))  # fmt: skip
        remote = sorted(
            (names[row.call_id], row.external_id, row.state, row.sha256 or "", row.recording_id is not None)
            for row in session.scalars(select(RemoteRecording))
        )
        files = sorted(
            (names[row.call_id], (workspace.recordings / row.path).read_bytes())
            for row in session.scalars(select(Recording))
        )
    loose = [path.name for path in workspace.recordings.rglob("*") if path.is_file()]
    return calls, taken, part, remote, files, len(loose)


def test_everything_arrives_and_again_changes_nothing(
    workspace: Workspace, server: PlainServer, plain: int
) -> None:
    first = pull_to_end(workspace, plain)
    assert (first.found, first.added, first.recordings) == (20, 20, 14)
    before = picture(workspace)
    again = pull_to_end(workspace, plain)
    assert (again.added, again.changed, again.recordings) == (0, 0, 0)
    assert picture(workspace) == before
    assert server.problems == []
    with workspace.database.read() as session:
        row = connections.get(session, plain)
        assert (row.calls, row.recordings, row.waiting, row.last_error) == (20, 14, 0, None)
        assert row.synced_until == NOW
        assert [each.state for each in connections.runs(session, plain)] == ["done", "done"]
        managers = {row.id: row.name for row in session.scalars(select(Manager))}
        by_call = pairs(session, select(Call.external_id, Call.manager_id))
        assert managers[by_call["c1"]] == "Олег Тихий", "the longest talk; the supervisor does not count"
        assert managers[by_call["c2"]] == "Анна Смирнова"
    assert len(before[4]) == 14
    assert len({content for _call, content in before[4]}) == 14


def test_only_the_last_days_are_read_again(workspace: Workspace, server: PlainServer, plain: int) -> None:
    pull_to_end(workspace, plain)
    server.asked.clear()
    pull_to_end(workspace, plain, NOW + timedelta(hours=1))
    firsts = sorted(each.query["first"] for each in server.asked if each.path == "/calls")
    assert firsts[0] == (NOW - timedelta(days=3)).isoformat()


@pytest.mark.parametrize(("how", "name"), [("first", "Анна Смирнова"), ("last", "Олег Тихий")])
def test_the_main_manager_is_a_setting(
    workspace: Workspace, server: PlainServer, connect: Callable[..., int], how: str, name: str
) -> None:
    made = connect("plain", {"url": server.url}, {"key": server.key}, main_manager=how)
    pull_to_end(workspace, made)
    with workspace.database.read() as session:
        call = select(Manager.name).join(Call, Call.manager_id == Manager.id).where(Call.external_id == "c1")
        assert session.scalar(call) == name


def test_the_responsible_of_the_deal(
    workspace: Workspace, server: PlainServer, connect: Callable[..., int]
) -> None:
    server.talks[0].deal = {
        "outcome": "won",
        "responsible": "Вера Белова",
        "amount": "1200.50",
        "stage": "Оплата",
    }
    made = connect("plain", {"url": server.url}, {"key": server.key}, main_manager="responsible")
    pull_to_end(workspace, made)
    with workspace.database.read() as session:
        call = select(Manager.name).join(Call, Call.manager_id == Manager.id).where(Call.external_id == "c1")
        assert session.scalar(call) == "Вера Белова"
        deal = session.scalars(select(Deal)).one()
        assert (deal.outcome, deal.amount, deal.stage) == ("won", "1200.50", "Оплата")


def test_late_changes_come_and_what_people_made_stays(
    workspace: Workspace, server: PlainServer, plain: int
) -> None:
    server.talks[17].tags = ["Новый", "vip"]
    server.talks[18].comment = "перезвонить"
    pull_to_end(workspace, plain)
    with workspace.database.write() as session:
        ids = pairs(session, select(Call.external_id, Call.id))
        irina = people.ensure_user(session, "Ирина")
        boris = people.find_or_create(session, "Борис")
        people.assign_manager(session, [ids["c18"]], boris, irina)

        set_comment(session, [ids["c19"]], "договорились", irina)
        tags.add_tag(session, [ids["c18"]], "мой", irina)
        vip = session.scalar(select(Tag.id).where(Tag.name_key == "vip"))
        session.execute(CallTag.__table__.delete().where(CallTag.tag_id == vip))  # a person took it off
    server.talks[17].tags = ["vip", "Горячий"]
    server.talks[17].people = [("p1", "manager", 99)]
    server.talks[18].comment = "перезвонить завтра"
    summary = pull_to_end(workspace, plain, NOW + timedelta(hours=2))
    assert summary.changed == 1, "the comment is a person's now"
    with workspace.database.read() as session:
        call = session.get(Call, ids["c18"])
        assert call is not None
        assert call.manager_id == boris
        found = session.scalars(select(Tag.name).join(CallTag, CallTag.tag_id == Tag.id).where(
            CallTag.call_id == ids["c18"]).order_by(Tag.name)).all()  # fmt: skip
        assert found == ["Горячий", "мой"]
        assert session.scalar(select(Call.comment).where(Call.id == ids["c19"])) == "договорились"


def test_people_are_kept_with_their_time(workspace: Workspace, server: PlainServer, plain: int) -> None:
    pull_to_end(workspace, plain)
    server.people = [{"id": "p1", "name": "Анна Петрова", "ext": "101"}]
    pull_to_end(workspace, plain, NOW + timedelta(hours=1))
    with workspace.database.read() as session:
        entries = [
            (row.external_id, row.name, row.valid_to is None)
            for row in session.scalars(select(DirectoryEntry).order_by(DirectoryEntry.id))
        ]
        assert entries == [
            ("p1", "Анна Смирнова", False), ("p2", "Олег Тихий", False), ("p1", "Анна Петрова", True)
        ]  # fmt: skip
        owners = session.scalars(
            select(DirectoryEntry.manager_id).where(DirectoryEntry.external_id == "p1")
        ).all()
        assert len(set(owners)) == 1, "renamed at the provider, the same manager here"


# --- recordings ----------------------------------------------------------------------------------------------------


def test_a_recording_that_is_late_comes_later(workspace: Workspace, server: PlainServer, plain: int) -> None:
    server.talks[0].ready = False
    first = pull_to_end(workspace, plain)
    assert (first.recordings, first.waiting) == (13, 1)
    assert pull_to_end(workspace, plain, NOW + timedelta(seconds=10)).recordings == 0
    assert [each.path for each in server.asked].count("/rec/r1") == 1, "not its turn yet"
    server.talks[0].ready = True
    assert pull_to_end(workspace, plain, NOW + timedelta(minutes=1)).recordings == 1


def test_a_recording_that_never_comes_is_given_up_after_three_days(
    workspace: Workspace, server: PlainServer, connect: Callable[..., int]
) -> None:
    server.talks = [Talk(1, NOW - timedelta(hours=1), sound=wav_bytes(), ready=False)]
    made = connect("plain", {"url": server.url}, {"key": server.key})
    moment, tries = NOW, []
    for _pull in range(14):
        pull_to_end(workspace, made, moment)
        with workspace.database.read() as session:
            row = session.scalars(select(RemoteRecording)).one()
            tries.append(row.tries)
            state, error, following = row.state, row.error, row.next_try_at
        if state != RecordingState.WAITING.value:
            break
        assert following is not None
        moment = following
    assert state == RecordingState.FAILED.value
    assert error is not None
    assert NOW + timedelta(days=2) <= moment <= NOW + timedelta(days=4)
    assert tries == list(range(1, len(tries) + 1))


def test_a_page_instead_of_sound_is_refused_and_tried_again(
    workspace: Workspace, server: PlainServer, plain: int
) -> None:
    server.talks = server.talks[:1]
    server.talks[0].sound = b"<html>Service works</html>"
    assert pull_to_end(workspace, plain).waiting == 1
    server.talks[0].sound = b"RIFF broken beyond repair"
    assert pull_to_end(workspace, plain, NOW + timedelta(minutes=1)).waiting == 1
    server.talks[0].sound = wav_bytes()
    assert pull_to_end(workspace, plain, NOW + timedelta(minutes=5)).recordings == 1
    assert [path.name for path in (workspace.recordings).rglob("*.part")] == []


def test_the_same_sound_under_two_ids_is_kept_once(
    workspace: Workspace, server: PlainServer, plain: int
) -> None:
    pull_to_end(workspace, plain)
    with workspace.database.write() as session:
        row = session.scalars(select(RemoteRecording).where(RemoteRecording.external_id == "r1")).one()
        session.add(RemoteRecording(
            source_id=plain, call_id=row.call_id, external_id="group-r1", facts={"id": "r1"}, updated_at=NOW,
            give_up_at=NOW + timedelta(days=3),
        ))  # fmt: skip
    assert pull_to_end(workspace, plain, NOW + timedelta(minutes=1)).recordings == 1
    with workspace.database.read() as session:
        both = session.scalars(
            select(RemoteRecording.recording_id).where(RemoteRecording.call_id == row.call_id)
        ).all()
        assert len(both) == 2
        assert len(set(both)) == 1
    assert len(list(workspace.recordings.rglob("*.wav"))) == 14


def test_on_demand_a_call_fetches_its_own(
    workspace: Workspace, server: PlainServer, connect: Callable[..., int]
) -> None:
    made = connect("plain", {"url": server.url}, {"key": server.key}, on_demand=True)
    assert pull_to_end(workspace, made).recordings == 0
    assert server.count("/rec/") == 0
    with workspace.database.read() as session:
        call_id = session.scalar(select(Call.id).where(Call.external_id == "c1"))
    assert call_id is not None
    with clock.fixed(NOW):
        assert run(downloads.fetch_now(workspace, call_id)).done == 1
        with pytest.raises(SourceError):
            run(downloads.fetch_now(workspace, call_id))
    assert server.count("/rec/") == 1


def test_old_recordings_go_by_the_rule_and_worked_ones_stay(
    workspace: Workspace, server: PlainServer, connect: Callable[..., int]
) -> None:
    made = connect("plain", {"url": server.url}, {"key": server.key}, keep_months=1)
    pull_to_end(workspace, made)
    with workspace.database.write() as session:
        from qaapp.calls import annotations

        kept = session.scalar(select(Call.id).where(Call.external_id == "c1"))
        annotations.add(session, kept, annotations.list_kinds(session)[0].id, 0)
    pull_to_end(workspace, made, NOW + timedelta(days=60))
    with workspace.database.read() as session:
        states = pairs(session,
            select(Call.external_id, Recording.state).join(Recording, Recording.call_id == Call.id))  # fmt: skip
    assert states.pop("c1") == "available"
    assert set(states.values()) == {"expired"}
    assert len(list(workspace.recordings.rglob("*.wav"))) == 1
    assert pull_to_end(workspace, made, NOW + timedelta(days=60, hours=1)).recordings == 0, (
        "expired is not fetched again"
    )


def test_a_quota_lets_the_oldest_go(
    workspace: Workspace, server: PlainServer, connect: Callable[..., int]
) -> None:
    server.talks = [
        Talk(n, START + timedelta(hours=n), sound=wav_bytes(40, pitch=n + 2)) for n in range(1, 4)
    ]
    made = connect("plain", {"url": server.url}, {"key": server.key}, quota_mb=1)
    pull_to_end(workspace, made)
    with workspace.database.read() as session:
        states = pairs(session,
            select(Call.external_id, Recording.state).join(Recording, Recording.call_id == Call.id))  # fmt: skip
    assert states == {"c1": "expired", "c2": "available", "c3": "available"} or states["c1"] == "expired"
    assert sum(path.stat().st_size for path in workspace.recordings.rglob("*.wav")) <= 1 << 20


# --- trouble -------------------------------------------------------------------------------------------------------


def test_a_wrong_key_stops_the_connection_with_a_sentence(
    workspace: Workspace, server: PlainServer, plain: int
) -> None:
    server.key = "another"
    with pytest.raises(SourceError) as told:
        pull_to_end(workspace, plain)
    assert told.value.kind == "auth"
    with workspace.database.read() as session:
        row = connections.get(session, plain)
        assert row.state == "stopped"
        assert row.last_error is not None
        text = connections.log_text(session, plain)
    assert "failed" in text
    assert "plain-secret" not in text + row.last_error
    with workspace.database.write() as session:
        connections.save(session, row.draft())
        assert connections.get(session, plain).state == "ready"


def test_a_provider_that_is_down_is_no_reason_to_stop(
    workspace: Workspace, server: PlainServer, plain: int
) -> None:
    server.faults = [Fault.BROKEN] * 20
    with pytest.raises(SourceError) as told:
        pull_to_end(workspace, plain)
    assert told.value.kind == "network"
    with workspace.database.read() as session:
        assert connections.get(session, plain).state == "ready"
    server.faults = []
    assert pull_to_end(workspace, plain).found == 20


@given(st.lists(st.sampled_from([*PASSING, Fault.TWICE]), max_size=16))
@settings(max_examples=5, deadline=None)
def test_any_mixture_of_faults_ends_the_same(
    tmp_path_factory: pytest.TempPathFactory, faults: list[Fault]
) -> None:
    """Pulled until it is quiet: nothing twice, nothing lost, whatever went wrong on the way."""
    pictures = []
    for schedule in ([], faults):
        with quickly(), PlainServer(talks(6)) as server:
            workspace = open_workspace(tmp_path_factory.mktemp("faults") / "workspace")
            try:
                made = new_connection(workspace, "plain", {"url": server.url}, {"key": server.key})
                server.faults = list(schedule)  # type: ignore[attr-defined]
                for attempt in range(4):
                    try:
                        pull_to_end(workspace, made, NOW + timedelta(minutes=70 * attempt))
                    except SourceError as error:
                        if error.kind not in ("network", "rate"):
                            raise
                pictures.append(picture(workspace))
            finally:
                workspace.close()
    assert pictures[0] == pictures[1]


def test_a_pull_that_is_stopped_goes_on_later(workspace: Workspace, server: PlainServer, plain: int) -> None:
    with clock.fixed(NOW):
        steps = pull(workspace, plain)
        for _step in range(6):
            next(steps)
        steps.close()
        with workspace.database.read() as session:
            assert connections.runs(session, plain)[0].state == "stopped"
    pull_to_end(workspace, plain)
    found = picture(workspace)
    assert (len(found[0]), len(found[4])) == (20, 14)


def test_two_at_once_are_refused(workspace: Workspace, server: PlainServer, plain: int) -> None:
    with clock.fixed(NOW):
        steps = pull(workspace, plain)
        next(steps)
        with pytest.raises(SourceError) as told:
            run(pull(workspace, plain))
        assert told.value.kind == "busy"
        steps.close()
    assert pull_to_end(workspace, plain).added == 20


def test_a_lease_of_a_dead_process_is_free(workspace: Workspace, plain: int) -> None:
    import os
    import socket

    with clock.fixed(NOW), workspace.database.write() as session:
        lease.take(session, plain)
        stored = session.get(Connection, plain)
        assert stored is not None
        held = {**stored.cursor["lease"], "pid": 2**22 + 1}
        stored.cursor = {"lease": held}
        session.flush()
        lease.take(session, plain)
        stored.cursor = {"lease": {**held, "host": "elsewhere"}}
        session.flush()
        with pytest.raises(SourceError):
            lease.take(session, plain)
        stored.cursor = {
            "lease": {**held, "host": "elsewhere", "until": (NOW - timedelta(seconds=1)).timestamp()}
        }
        session.flush()
        lease.take(session, plain)
        assert stored.cursor["lease"]["pid"] == os.getpid()
        assert stored.cursor["lease"]["host"] == socket.gethostname()


def test_a_full_disk_is_said_and_nothing_is_half(
    workspace: Workspace, server: PlainServer, plain: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qaapp.errors import StoreError

    real_open = Path.open

    def full(self: Path, mode: str = "r", *rest: Any, **more: Any) -> Any:
        if self.suffix == ".part" and "w" in mode:
            raise OSError(28, "No space left on device")
        return real_open(self, mode, *rest, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", full)
        with pytest.raises(StoreError) as told:
            pull_to_end(workspace, plain)
    assert told.value.kind == "disk"
    with workspace.database.read() as session:
        assert connections.runs(session, plain)[0].state == "failed"
    assert pull_to_end(workspace, plain).recordings == 14


# --- connections ---------------------------------------------------------------------------------------------------


def test_secrets_are_nowhere_but_in_the_key_store(
    workspace: Workspace, server: PlainServer, plain: int
) -> None:
    pull_to_end(workspace, plain)
    path = workspace.database.path
    assert path is not None
    workspace.database.engine.dispose()
    for file in path.parent.rglob("*"):
        if file.is_file():
            assert b"plain-secret" not in file.read_bytes(), file


def test_what_is_pulled_first_and_then() -> None:
    rules = Rules(time_zone="Europe/Moscow")
    from datetime import date

    draft = connections.ConnectionDraft("plain", "x", {"url": "http://x"})
    row = connections.ConnectionRow(
        **{**{name: getattr(draft, name) for name in draft.__dataclass_fields__}, "settings": {}},
        state="ready", synced_until=None, last_started_at=None, last_ok_at=None, last_error=None,
    )  # fmt: skip
    from dataclasses import replace

    assert window_of(row, rules, NOW).first == NOW - timedelta(days=30)
    dated = replace(row, first_day=date(2026, 11, 20))
    assert window_of(dated, rules, NOW).first.isoformat() == "2026-11-19T21:00:00+00:00"
    later = replace(dated, synced_until=NOW - timedelta(hours=1))
    assert window_of(later, rules, NOW).first == NOW - timedelta(days=3, hours=1)


def test_removing_keeps_calls_and_forgets_secrets(
    workspace: Workspace, server: PlainServer, plain: int
) -> None:
    from qaapp.sources import secrets

    pull_to_end(workspace, plain)
    with workspace.database.write() as session:
        place = connections.secret_place(session, plain)
        assert secrets.read(place, "key") == server.key
        connections.remove(session, plain)
        assert connections.list_connections(session) == []
        assert session.scalar(select(Call.id).limit(1)) is not None
    assert secrets.read(place, "key") is None
    assert secrets.where() == "file"
    assert secrets.secrets_file().stat().st_mode & 0o077 == 0
    with workspace.database.read() as session:
        assert read_rules(session)
