"""Different conversations stay apart, however alike their recordings are; one stays one where names differ for a reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from crm_server import START, CrmServer, Talk
from provider_world import quickly, wav_bytes
from sqlalchemy import select
from test_folder_and_provider import MOSCOW, World, _settled

from qaapp.intake import connections
from qaapp.store.schema import Call, Participant
from qaapp.store.workspace import Workspace

__all__ = ["_settled"]
SILENCE = wav_bytes(2.0, pitch=0)


@pytest.fixture
def world(workspace: Workspace, tmp_path: Path) -> Iterator[World]:
    """One talk of 79160000001 with 102 (a CRM gives it with its recording) and a folder."""
    with quickly(), CrmServer([]) as server:
        made = World(workspace, server, tmp_path)
        server.talks = [Talk(1, START, 2000, sound=wav_bytes(2.0, pitch=3))]
        yield made
        assert server.problems == []


def put(world: World, name: str, sound: bytes, late_s: int = 3) -> None:
    """A file of the folder; without a customer its name is read without a pattern."""
    if "_" not in name:
        with world.workspace.database.write() as session:
            row = connections.get(session, world.by_folder)
            connections.save(session, replace(row.draft(), settings={**row.settings, "pattern": ""}))
    at = (START + timedelta(seconds=late_s)).astimezone(MOSCOW)
    (world.folder / f"{at:%Y_%m_%d_%H_%M_%S}_{name}.wav").write_bytes(sound)


def pull_both(world: World, order: str) -> int:
    """How many calls there are; a third and fourth pull find nothing new."""
    for hour, each in enumerate(order * 2):
        world.pull(world.by_folder if each == "f" else world.by_crm, hour)
        if hour == 1:
            there = world.counts()
    assert world.counts() == there
    with world.workspace.database.read() as session:
        return len(session.scalars(select(Call.id)).all())


OTHER = wav_bytes(2.0, pitch=40)


@pytest.mark.parametrize("order", ["fc", "cf"])
@pytest.mark.parametrize(
    ("name", "theirs", "mine", "why"),
    [
        ("101_79160000001", OTHER, OTHER[:-200] + OTHER[-100:], "the same customer with another employee"),
        ("102_79160000009", OTHER, OTHER[:-200] + OTHER[-100:], "the same employee with another customer"),
        ("101_79160000009", OTHER, OTHER[:-200] + OTHER[-100:], "nobody of them"),
        ("102_79160000009", SILENCE, SILENCE, "nothing is heard: the same bytes, another customer"),
        ("101", SILENCE, SILENCE, "the same bytes, another employee"),
    ],
)
def test_another_number_or_extension_is_another_call(
    world: World, order: str, name: str, theirs: bytes, mine: bytes, why: str
) -> None:
    world.server.talks[0].sound = theirs
    put(world, name, mine)
    assert pull_both(world, order) == 2, why
    assert world.counts() == (2, 2)


@pytest.mark.parametrize("order", ["fc", "cf"])
@pytest.mark.parametrize(
    ("name", "mine", "why"),
    [
        ("102_79160000001", OTHER[:-200] + OTHER[-100:], "both agree, coded anew"),
        ("101_79160000001", OTHER, "the same customer and the same bytes: it was handed on"),
        ("102", OTHER[:-200] + OTHER[-100:], "the employee agrees"),
    ],
)
def test_what_agrees_is_one_call(world: World, order: str, name: str, mine: bytes, why: str) -> None:
    world.server.talks[0].sound = OTHER
    put(world, name, mine)
    assert pull_both(world, order) == 1, why
    assert world.counts() == (1, 1)


def test_who_took_part_is_no_other_extension(world: World) -> None:
    """The file goes by whom the call reached first, the report by who talked longest."""
    world.server.talks[0].sound = OTHER
    world.pull(world.by_crm)
    with world.workspace.database.write() as session:
        call = session.scalars(select(Call)).one()
        assert call.extension == "102"
        session.add(Participant(call_id=call.id, position=9, extension="101", role="transfer"))
    put(world, "101_79160000001", OTHER[:-200] + OTHER[-100:])
    world.pull(world.by_folder, 1)
    assert world.counts() == (1, 1)
