"""A pull is killed at any statement or in the middle of a download; the next ones end as one that was never disturbed."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from conftest import NOW, new_connection, pull_to_end
from crm_server import KEY, START, CrmServer, Talk
from provider_world import mp3_bytes, quickly
from test_pulling import picture

from qaapp.intake import lease
from qaapp.sources.custom import example
from qaapp.store.workspace import Workspace, open_workspace

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system cannot kill so hard")

CHILD = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from sqlalchemy import event
from qaapp import clock
from qaapp.intake import logs, pulling
from qaapp.progress import run
from qaapp.sources import http
from qaapp.store.workspace import open_workspace

logs.BATCH = pulling.BATCH = 40
workspace = open_workspace(Path(sys.argv[1]))
left = int(sys.argv[2])

def count(*_args):
    global left
    left -= 1
    if left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)

event.listen(workspace.database.engine, "before_cursor_execute", count)
event.listen(workspace.database.engine, "commit", count)
write = http.Http._write

def half(self, response, part, limit):
    count()
    part.write_bytes(b"half of it")
    count()
    return write(self, response, part, limit)

http.Http._write = half
with clock.fixed(datetime.fromisoformat(sys.argv[4])):
    run(pulling.pull(workspace, int(sys.argv[3])))
"""


def talks() -> list[Talk]:
    return [
        Talk(n, START + timedelta(minutes=n), 30_000, mp3_bytes(0.2, pitch=n) if n % 20 == 0 else b"") for n in range(1, 401)
    ]  # fmt: skip


def connected(folder: Path, server: CrmServer) -> tuple[Workspace, int]:
    workspace = open_workspace(folder)
    words = {"url": f"{server.url}/api/v2", "description": example()}
    made = new_connection(workspace, "custom", words, {"secret": KEY}, time_zone="Europe/Moscow")
    return workspace, made


def test_killed_again_and_again(tmp_path: Path) -> None:
    with quickly(), CrmServer(talks()) as server:
        assert isinstance(server, CrmServer)
        workspace, connection = connected(tmp_path / "whole", server)
        pull_to_end(workspace, connection)
        whole = picture(workspace)
        workspace.close()
        assert (len(whole[0]), len(whole[4])) == (400, 20)
        workspace, connection = connected(tmp_path / "killed", server)
        workspace.close()
        chance, killed = random.Random(7), 0
        for attempt in range(5):
            at = NOW + timedelta(minutes=30 * attempt)
            arguments = [
                str(tmp_path / "killed"),
                str(chance.randrange(20, 260)),
                str(connection),
                at.isoformat(),
            ]
            done = subprocess.run(
                [sys.executable, "-c", CHILD, *arguments], check=False, capture_output=True, text=True
            )
            assert done.returncode in (0, -signal.SIGKILL), done.stderr
            killed += done.returncode != 0
        assert killed >= 3
        workspace = open_workspace(tmp_path / "killed")
        # Whoever was killed held the connection: his claim ends by itself.
        pull_to_end(workspace, connection, NOW + timedelta(hours=5) + lease.LENGTH)
        assert picture(workspace) == whole
        workspace.close()
