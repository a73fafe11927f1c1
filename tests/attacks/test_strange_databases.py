"""A workspace whose database is not ours, or whose making was cut off."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, select

from qaapp.errors import StoreError
from qaapp.store import seeds
from qaapp.store.schema import AnnotationKind, Outcome
from qaapp.store.workspace import Workspace, backup_sqlite, open_workspace


def _run(folder: Path, *statements: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(folder / "qaapp.sqlite")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize("table", ["calls", "invoices"])
def test_the_database_of_another_program_is_refused_and_left_alone(tmp_path: Path, table: str) -> None:
    _run(tmp_path / "w", f"CREATE TABLE {table} (x)", f"INSERT INTO {table} VALUES (7)")
    with pytest.raises(StoreError, match="is not a database of qaapp"):
        open_workspace(tmp_path / "w")
    with closing(sqlite3.connect(tmp_path / "w" / "qaapp.sqlite")) as connection:
        assert connection.execute(f"SELECT x FROM {table}").fetchall() == [(7,)]
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (1,)


@pytest.mark.parametrize(
    "statement", ["DELETE FROM alembic_version", "UPDATE alembic_version SET version_num = '0000'"]
)
def test_a_version_that_never_was_is_said_in_one_sentence(workspace: Workspace, statement: str) -> None:
    workspace.close()
    _run(workspace.folder, statement)
    with pytest.raises(StoreError, match="is not a database of qaapp"):
        open_workspace(workspace.folder)


def test_a_new_database_is_made_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(_session: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(seeds, "seed", stopped)
        with pytest.raises(KeyboardInterrupt):
            open_workspace(tmp_path / "w")
    opened = open_workspace(tmp_path / "w")
    with opened.database.read() as session:
        assert session.scalar(select(func.count(AnnotationKind.id))) == len(seeds.KINDS)
        assert session.scalar(select(func.count(Outcome.id))) == len(seeds.OUTCOMES)
    opened.close()


FULL = """
import resource, signal, sys
from pathlib import Path
from qaapp.errors import StoreError
from qaapp.store.workspace import backup_sqlite
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    backup_sqlite(Path(sys.argv[1]), Path(sys.argv[2]))
except StoreError as error:
    sys.exit(3 if error.kind == "disk" else 4)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a small disk is made with a POSIX limit")
def test_a_copy_that_finds_no_room_leaves_nothing_behind(workspace: Workspace, tmp_path: Path) -> None:
    source = workspace.folder / "qaapp.sqlite"
    workspace.close()
    target = tmp_path / "copies" / "copy.sqlite"
    done = subprocess.run([sys.executable, "-c", FULL, str(source), str(target)], check=False)
    assert done.returncode == 3
    assert list(target.parent.iterdir()) == []
    backup_sqlite(source, target)
    assert [path.name for path in target.parent.iterdir()] == ["copy.sqlite"]
