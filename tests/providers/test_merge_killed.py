"""Killed while calls of a folder and of a provider become one: the next pulls end as if nothing had been."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from crm_server import START, CrmServer
from provider_world import quickly, wav_bytes
from sqlalchemy import func, select
from test_folder_and_provider import World, _settled
from test_pull_killed import CHILD

from qaapp.store.schema import Annotation, Call, Coverage, Deal, Evaluation, Participant, RemoteRecording
from qaapp.store.workspace import open_workspace

__all__ = ["_settled"]
pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system cannot kill so hard")
# As the child of the other test, but its count begins with the first merge, and a folder's files are finished at once.
PATCHED = (
    "from datetime import timedelta\nfrom qaapp.intake import watching\nwatching.SETTLE = timedelta(0)\n"
    + CHILD.replace(
        "def count(*_args):\n    global left\n",
        "merging = MERGING\ndef count(*args):\n    global left, merging\n"
        "    merging = merging or (len(args) > 2 and str(args[2]).startswith('UPDATE recordings SET call_id'))\n"
        "    if not merging:\n        return\n",
    )
)
AFTER = {
    "folder": (1, 2, 3, 4),
    "crm": (10, 25, 40, 55),
}  # statements from the first merge on, or from the beginning


def made(place: Path, server: CrmServer, first: str) -> World:
    """One of both has been pulled and the first call worked on; in the folder the sounds are coded another way."""
    world = World(open_workspace(place / "w"), server, place, 0.5)
    for talk in server.talks:
        world.record(talk, wav_bytes(0.7, pitch=talk.number + 2) if talk.number < 3 else None)
    world.pull(world.by_folder if first == "folder" else world.by_crm)
    world.work_on(world.first_call())
    return world


def picture(world: World) -> tuple[object, ...]:
    """What must be the same in the end: calls with what hangs on them, without ids."""
    with world.workspace.database.read() as session:
        names = {row.id: row.external_id for row in session.scalars(select(Call))}
        calls = [
            (row.external_id, row.started_at, row.customer_number, row.recording_count)
            for row in session.scalars(select(Call).order_by(Call.external_id))
        ]
        tables = (Annotation, Evaluation, Coverage, Participant, Deal, RemoteRecording)
        hanging = [sorted(names[each] for each in session.scalars(select(table.call_id))) for table in tables]
        parts = list((world.workspace.recordings).rglob("*.part"))
    return calls, hanging, parts, world.counts()


@pytest.fixture
def server() -> Iterator[CrmServer]:
    with quickly(), CrmServer([]) as made:
        yield made
        assert made.problems == []


@pytest.mark.parametrize("first", ["folder", "crm"])
def test_killed_while_both_become_one(server: CrmServer, tmp_path: Path, first: str) -> None:
    whole = made(tmp_path / "whole", server, first)
    second = "by_crm" if first == "folder" else "by_folder"
    whole.pull(getattr(whole, second), 1)
    wanted = picture(whole)
    assert wanted[-1][0] == 3  # type: ignore[index]
    whole.workspace.close()

    killed = made(tmp_path / "killed", server, first)
    killed.workspace.close()
    connection = getattr(killed, second)
    deaths = 0
    for turn, left in enumerate(AFTER[first], 1):
        at = START.replace(day=START.day + turn)
        child = PATCHED.replace("MERGING", str(first == "crm"))
        done = subprocess.run(
            [sys.executable, "-c", child, str(tmp_path / "killed" / "w"), str(left), str(connection), at.isoformat()],
            check=False, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode in (0, -signal.SIGKILL), done.stderr
        deaths += done.returncode != 0
    assert deaths >= 3
    killed.workspace = open_workspace(tmp_path / "killed" / "w")
    for hour in (120, 125):
        killed.pull(connection, hour)
    assert picture(killed) == wanted
    with killed.workspace.database.read() as session:
        for table in (Annotation, Evaluation, Coverage):
            assert session.scalar(select(func.count()).select_from(table)) == 1
    killed.workspace.close()
