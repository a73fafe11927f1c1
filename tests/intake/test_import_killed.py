"""The process is killed at any statement of an import; the next run ends as one that was never disturbed."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from intake_world import bring, log, picture, sound

from qaapp.store.database import Database

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system cannot kill so hard")

CHILD = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import event
from qaapp.intake.importing import ImportOptions, import_paths
from qaapp.intake import folders
from qaapp.progress import run
from qaapp.store.database import Database

folders.BATCH = 3
database = Database(f"sqlite:///{sys.argv[1]}")
left = int(sys.argv[2])

@event.listens_for(database.engine, "before_cursor_execute")
def count(*_args):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

@event.listens_for(database.engine, "commit")
def committing(_connection):
    count()

run(import_paths(database, [Path(sys.argv[3])], ImportOptions(log_files=(Path(sys.argv[4]),), manager="Анна")))
"""
HEADS = ("ID", "Дата и время", "Номер клиента", "Внутренний номер", "Разговор", "Теги")


@pytest.mark.parametrize("seed", [1])
def test_killed_again_and_again(database: Database, tmp_path: Path, seed: int) -> None:
    folder = tmp_path / "rec"
    for second in range(12):
        sound(folder / f"2014_03_17_10_18_{second * 4:02}_10{second % 5}.wav", 0.1 + second / 10)
    rows = [(f"id{n}", f"17.03.2014 10:{n // 60 + 10}:{n % 60:02}", f"8916{n % 50:07}", f"10{n % 7}", n % 9,
             "a,b" * (n % 2))
            for n in range(900)]  # fmt: skip
    table = log(tmp_path / "log.csv", HEADS, rows)
    path = database.path
    assert path is not None
    copy = tmp_path / "killed.sqlite"
    database.close()
    shutil.copy(path, copy)
    chance = random.Random(seed)
    killed = 0
    for _attempt in range(4):
        arguments = [
            sys.executable,
            "-c",
            CHILD,
            str(copy),
            str(chance.randrange(3, 70)),
            str(folder),
            str(table),
        ]
        status = subprocess.run(arguments, check=False, capture_output=True, text=True)
        assert status.returncode in (0, -signal.SIGKILL), status.stderr
        killed += status.returncode != 0
    assert killed >= 2
    other = Database(f"sqlite:///{copy}")
    try:
        bring(other, folder, log_files=(table,), manager="Анна")
        bring(database, folder, log_files=(table,), manager="Анна")
        assert picture(other) == picture(database)
    finally:
        other.close()
