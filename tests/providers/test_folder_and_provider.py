"""The same conversation by a folder and by a provider with a recording is one call, whatever people did in between."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from conftest import NOW, new_connection, pull_to_end
from crm_server import KEY, START, CrmServer, Talk
from hypothesis import example as with_example
from hypothesis import given, settings
from hypothesis import strategies as st
from provider_world import quickly, wav_bytes
from scoring_world import user
from sqlalchemy import func, select
from test_custom import example

from qaapp.calls import annotations, coverage
from qaapp.calls.coverage import Heard
from qaapp.intake import watching
from qaapp.store.schema import (
    Annotation,
    Call,
    Coverage,
    Deal,
    Evaluation,
    Participant,
    Recording,
    RemoteRecording,
)
from qaapp.store.workspace import Workspace, open_workspace

MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "SETTLE", timedelta(0))


class World:
    """Three talks; the exchange keeps each in its folder under a name with the time, and the CRM tells of them."""

    def __init__(self, workspace: Workspace, server: CrmServer, place: Path, seconds: float = 2.0) -> None:
        self.workspace, self.server = workspace, server
        self.folder = place / "monitor"
        self.folder.mkdir(parents=True)
        server.talks = [
            Talk(n, START + timedelta(hours=n), int(seconds * 1000), sound=wav_bytes(seconds, pitch=n + 2))
            for n in range(1, 4)
        ]
        words = {"folder": str(self.folder), "pattern": "{date}_{time}_{extension}_{customer}"}
        self.by_folder = new_connection(
            workspace, "folder", words, {}, time_zone="Europe/Moscow", first_day=None
        )
        words = {"url": f"{server.url}/api/v2", "description": example()}
        self.by_crm = new_connection(workspace, "custom", words, {"secret": KEY}, time_zone="Europe/Moscow")

    def record(self, talk: Talk, sound: bytes | None = None, late_s: int = 4) -> Path:
        at = (talk.at + timedelta(seconds=late_s)).astimezone(MOSCOW)
        path = self.folder / f"{at:%Y_%m_%d_%H_%M_%S}_{101 + talk.number % 2}_7916000{talk.number:04}.wav"
        path.write_bytes(talk.sound if sound is None else sound)
        return path

    def pull(self, connection: int, after_h: int = 0) -> Any:
        return pull_to_end(self.workspace, connection, START + timedelta(days=1, hours=after_h))

    def first_call(self) -> int:
        with self.workspace.database.read() as session:
            return session.scalars(select(Call.id).order_by(Call.started_at)).first() or 0

    def work_on(self, call_id: int) -> None:
        """Everything a reviewer leaves on a call."""
        with self.workspace.database.write() as session:
            reviewer = user(session)
            annotations.add(session, call_id, 1, 100, 900, "heard", user_id=reviewer)
            coverage.add(session, call_id, reviewer, [Heard(0, 1500)], 2000)
            session.add(Evaluation(call_id=call_id, reviewer_id=reviewer, started_at=NOW, updated_at=NOW))

    def counts(self) -> tuple[int, int]:
        with self.workspace.database.read() as session:
            assert session.scalar(select(func.sum(Call.recording_count))) == session.scalar(
                select(func.count(Recording.id))
            )
            calls = session.scalar(select(func.count(Call.id))) or 0
            return calls, session.scalar(select(func.count(Recording.id))) or 0


@pytest.fixture
def world(workspace: Workspace, tmp_path: Path) -> Iterator[World]:
    with quickly(), CrmServer([]) as server:
        yield World(workspace, server, tmp_path)
        assert server.problems == []


@pytest.mark.parametrize("folder_first", [True, False])
def test_the_same_bytes_are_one_call_with_one_recording(world: World, folder_first: bool) -> None:
    for talk in world.server.talks:
        world.record(talk)
    order = [world.by_folder, world.by_crm] if folder_first else [world.by_crm, world.by_folder]
    for connection in order:
        world.pull(connection)
    assert world.counts() == (3, 3)
    for connection in (*order, *order):
        again = world.pull(connection, 1)
        assert (again.added, again.changed, again.recordings) == (0, 0, 0)
    assert world.counts() == (3, 3)


def test_work_on_a_folders_call_stays_when_the_provider_brings_its_recording(world: World) -> None:
    for talk in world.server.talks:
        world.record(talk, wav_bytes(2.2, pitch=talk.number + 2))  # another coder: not the same bytes
    world.pull(world.by_folder)
    call = world.first_call()
    world.work_on(call)
    world.pull(world.by_crm)
    assert world.counts()[0] == 3
    with world.workspace.database.read() as session:
        assert session.get_one(Call, call).external_id == "c-1"
        assert session.scalars(select(Annotation.call_id)).all() == [call]
        assert session.scalars(select(Evaluation.call_id)).all() == [call]
        assert session.scalars(select(Coverage.call_id)).all() == [call]
        assert session.scalars(select(Participant.call_id).where(Participant.call_id == call)).all()
        assert session.scalars(select(RemoteRecording.call_id).where(RemoteRecording.call_id == call)).all()
        assert session.scalar(select(func.count()).select_from(Deal)) == 1
    again = world.pull(world.by_crm, 1)
    assert (again.added, again.changed) == (0, 0)


def test_work_on_both_keeps_both_and_the_pull_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """They met late: each was worked on before the other was known to be the same."""
    for talk in world.server.talks:
        world.record(talk)
        talk.sound = b""
    world.pull(world.by_folder)
    with monkeypatch.context() as patch:  # the reviewer works on both before they are joined
        patch.setattr("qaapp.intake.pulling.join_by_time", lambda *_args: iter(()))
        patch.setattr("qaapp.intake.pulling.join_by_name", lambda *_args: iter(()))
        world.pull(world.by_crm)
    with world.workspace.database.read() as session:
        mine = session.scalars(
            select(Call.id).where(Call.started_at < START + timedelta(hours=1.5)).order_by(Call.id)
        ).all()
    assert len(mine) == 2
    for call in mine:
        world.work_on(call)
    world.server.talks.append(Talk(4, START + timedelta(hours=4), 2000))
    world.pull(world.by_crm, 1)
    with world.workspace.database.read() as session:
        assert set(mine) <= set(session.scalars(select(Call.id)))
        assert sorted(session.scalars(select(Annotation.call_id))) == sorted(mine)
        assert session.scalar(select(func.count(Call.id))) == 5, "the other two have met"


def test_sounds_of_one_length_at_one_moment_are_not_taken_for_each_other(world: World) -> None:
    """Two people talk at the same time for as long: numbers and extensions tell them apart."""
    talks = world.server.talks
    talks[1].at = talks[0].at + timedelta(seconds=1)
    world.pull(world.by_crm)
    for talk in talks[:2]:
        world.record(talk, wav_bytes(2.0, pitch=40 + talk.number))
    stranger = Talk(9, talks[0].at + timedelta(seconds=2), 2000)
    world.record(stranger, wav_bytes(2.0, pitch=60))
    world.pull(world.by_folder)
    with world.workspace.database.read() as session:
        numbers = session.execute(select(Call.customer_number).order_by(Call.started_at)).scalars().all()
    assert len(numbers) == 4
    assert numbers.count("79160000009") == 1
    assert world.counts() == (4, 4)


@pytest.mark.parametrize("has_sound", [False, True])
def test_a_file_that_moves_stays_with_the_reported_call_it_was_joined_to(
    world: World, has_sound: bool
) -> None:
    """The provider tells of calls first; the exchange moves the files into folders by day."""
    sounds = [talk.sound for talk in world.server.talks]
    for talk in world.server.talks:
        world.record(talk)
        talk.sound = b""
    world.pull(world.by_crm)
    world.pull(world.by_folder)
    world.work_on(world.first_call())
    assert world.counts() == (3, 3)
    for talk, sound in zip(world.server.talks, sounds, strict=True):
        talk.sound = sound if has_sound else b""
    world.pull(world.by_crm, 5)
    day = world.folder / "2026-11"
    day.mkdir()
    for path in list(world.folder.glob("*.wav")):
        shutil.move(path, day / path.name)
    world.pull(world.by_folder, 10)
    assert world.counts() == (3, 3)
    with world.workspace.database.read() as session:
        assert set(session.scalars(select(Call.external_id))) == {"c-1", "c-2", "c-3"}
        assert all(path.startswith("2026-11/") for path in session.scalars(select(Recording.path)))


STEPS = st.permutations(["folder", "crm", "work", "move", "sound", "folder", "crm"])


@given(steps=STEPS, is_late=st.booleans(), is_recoded=st.booleans())
@with_example(
    steps=["crm", "folder", "sound", "move", "work", "folder", "crm"], is_late=True, is_recoded=True
)
@settings(max_examples=8, deadline=None)
def test_any_order_ends_in_the_same_calls(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str], is_late: bool, is_recoded: bool
) -> None:
    """``is_late``: the provider has recordings only from the step *sound* on; ``is_recoded``: the folder has other bytes."""
    place = tmp_path_factory.mktemp("orders")
    with quickly(), CrmServer([]) as server, pytest.MonkeyPatch.context() as patch:
        patch.setattr(watching, "SETTLE", timedelta(0))
        workspace = open_workspace(place / "w")
        world = World(workspace, server, place, 0.5)
        sounds = [talk.sound for talk in server.talks]
        for talk in server.talks:
            world.record(talk, wav_bytes(0.7, pitch=talk.number + 2) if is_recoded else None)
            talk.sound = b"" if is_late else talk.sound
        worked = False
        for step in [*steps, "folder", "crm"]:
            if step == "folder":
                world.pull(world.by_folder)
            elif step == "crm":
                world.pull(world.by_crm)
            elif step == "sound":
                for talk, heard in zip(server.talks, sounds, strict=True):
                    talk.sound = heard
            elif step == "work" and (call := world.first_call()):
                world.work_on(call)
                worked = True
            elif step == "move":
                day = world.folder / "2026-11"
                day.mkdir()
                for path in list(world.folder.glob("*.wav")):
                    shutil.move(path, day / path.name)
        assert world.counts() == (3, 3)
        with workspace.database.read() as session:
            for table in (Annotation, Evaluation, Coverage):
                assert session.scalar(select(func.count()).select_from(table)) == int(worked)
            assert set(session.scalars(select(Call.external_id))) == {"c-1", "c-2", "c-3"}
            first = session.scalars(select(Call.id).order_by(Call.started_at)).first()
            if worked:
                assert session.scalars(select(Annotation.call_id)).all() == [first]
        workspace.close()
