"""The workspace and its database under attack: locked, deleted, damaged, newer, read-only, full, on a share."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from call_makers import make_call
from sqlalchemy import create_engine, text

from qaapp.errors import StoreError
from qaapp.settings import Rules
from qaapp.store import backup as copies
from qaapp.store import database as doors
from qaapp.store import workspace as workspaces
from qaapp.store.database import Database
from qaapp.store.events import record
from qaapp.store.rules import read_rules, write_rules
from qaapp.store.schema import Base, Call, Event, Setting
from qaapp.store.workspace import HEAD, Workspace, file_system, open_workspace, schema_version


def test_head_is_the_newest_migration_of_the_folder() -> None:
    folder = Path(workspaces.__file__).parent / "migrations" / "versions"
    assert max(path.name.split("_")[0] for path in folder.glob("[0-9]*.py")) == HEAD


def test_the_migrated_schema_is_the_schema_of_the_code(database: Database) -> None:
    """Tables, columns and indexes; what only the migration can make is named here."""
    fresh = create_engine("sqlite://")
    Base.metadata.create_all(fresh)
    listing = text(
        "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'calls_search%' "
        "AND name NOT LIKE 'transcript_search%'"
    )

    def shape(engine: object) -> dict[str, str]:
        with engine.connect() as connection:  # type: ignore[attr-defined]
            rows = {name: " ".join(sql.split()).replace('"', "") for name, sql in connection.execute(listing)}
        return {name: sql.replace(" ,", ",").replace("( ", "(") for name, sql in rows.items()}

    migrated, coded = shape(database.engine), shape(fresh)
    assert set(migrated) - set(coded) == {"alembic_version", "ix_calls_comment_started_at"}
    assert set(coded) <= set(migrated)
    for name, sql in coded.items():
        if name.startswith("ix_"):
            assert migrated[name] == sql
    with database.engine.connect() as connection, fresh.connect() as other:
        for table in Base.metadata.tables:
            columns = [tuple(row)[1:4] for row in connection.exec_driver_sql(f"PRAGMA table_info({table})")]
            assert columns == [
                tuple(row)[1:4] for row in other.exec_driver_sql(f"PRAGMA table_info({table})")
            ], table
            keys = sorted(
                tuple(row)[2:5] for row in connection.exec_driver_sql(f"PRAGMA foreign_key_list({table})")
            )
            assert keys == sorted(
                tuple(row)[2:5] for row in other.exec_driver_sql(f"PRAGMA foreign_key_list({table})")
            )


def test_opening_twice_changes_nothing(workspace: Workspace) -> None:
    with workspace.database.write() as session:
        make_call(session, "1")
    again = open_workspace(workspace.folder)
    with again.database.read() as session:
        assert session.query(Call).count() == 1
    again.close()
    assert list(workspace.backups.iterdir()) == []


def test_a_raise_in_the_body_keeps_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError), database.write() as session:  # noqa: PT012
        make_call(session, "1")
        raise RuntimeError
    with database.read() as session:
        assert session.query(Call).count() == 0


def test_a_read_is_one_snapshot(database: Database) -> None:
    with database.read() as session:
        before = session.query(Call).count()
        with database.write() as other:
            make_call(other, "1")
        assert session.query(Call).count() == before == 0
    with database.read() as session:
        assert session.query(Call).count() == 1


def test_a_person_passes_a_bulk_writer_at_the_gate(database: Database) -> None:
    order: list[str] = []
    inside, wanted = threading.Event(), threading.Event()

    def bulk() -> None:
        for number in range(3):
            with database.write(bulk=True) as session:
                make_call(session, f"bulk {number}")
                order.append(f"bulk {number}")
                inside.set()
                wanted.wait(5)

    worker = threading.Thread(target=bulk)
    worker.start()
    inside.wait(5)
    entered = threading.Thread(target=lambda: _person(database, order))
    entered.start()
    while database._gate._people == 0:
        pass
    wanted.set()
    worker.join(10)
    entered.join(10)
    assert order.index("person") <= 1


def _person(database: Database, order: list[str]) -> None:
    with database.write() as session:
        make_call(session, "person")
        order.append("person")


def test_locked_by_another_process(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "BUSY_TIMEOUT_S", 0.05)
    other = sqlite3.connect(workspace.database.path or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    impatient = Database(workspace.database.url.render_as_string())
    with pytest.raises(StoreError) as caught, impatient.write() as session:
        make_call(session, "1")
    assert caught.value.kind == "locked"
    with impatient.read() as session:
        assert session.query(Call).count() == 0
    other.execute("ROLLBACK")
    other.close()
    with impatient.write() as session:
        make_call(session, "1")
    impatient.close()


@pytest.mark.parametrize(
    "junk", [b"this is not a database, it only has the name of one" * 50, os.urandom(8192)]
)
def test_a_damaged_file_is_refused_and_left_alone(tmp_path: Path, junk: bytes) -> None:
    file = tmp_path / "w" / "qaapp.sqlite"
    file.parent.mkdir()
    file.write_bytes(junk)
    with pytest.raises(StoreError) as caught:
        open_workspace(tmp_path / "w")
    assert caught.value.kind == "corrupt"
    assert file.read_bytes() == junk


def test_a_newer_file_is_refused_politely(workspace: Workspace) -> None:
    with workspace.database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    workspace.close()
    with pytest.raises(StoreError) as caught:
        open_workspace(workspace.folder)
    assert caught.value.kind == "newer"
    database = Database(workspace.database.url.render_as_string())
    assert schema_version(database) == "9999"
    database.close()


def test_an_older_file_is_copied_before_it_is_changed(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with workspace.database.write() as session:
        make_call(session, "1")
        session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    monkeypatch.setattr(workspaces, "_migrate", lambda database: None)
    workspaces.upgrade(workspace.database, workspace.backups)
    (copy,) = workspace.backups.iterdir()
    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT count(*) FROM calls").fetchone() == (1,)
    connection.close()


def test_a_database_deleted_while_open_is_told(workspace: Workspace) -> None:
    path = workspace.database.path
    assert path is not None
    workspace.database.engine.dispose()
    for file in path.parent.glob("qaapp.sqlite*"):
        file.unlink()
    path.parent.joinpath("qaapp.sqlite").mkdir()
    with pytest.raises(StoreError) as caught, workspace.database.read() as session:
        session.query(Call).count()
    assert caught.value.kind == "gone"


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file where a folder should be")
    with pytest.raises(StoreError) as caught:
        open_workspace(tmp_path / "file" / "w")
    assert caught.value.kind == "gone"


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from qaapp.errors import StoreError
from qaapp.store.schema import Setting
from qaapp.store.workspace import open_workspace
workspace = open_workspace(Path(sys.argv[1]))
with workspace.database.write() as session:
    session.add(Setting(key="small", value={"kept": True}))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
size = Path(sys.argv[1], "qaapp.sqlite").stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
try:
    with workspace.database.write() as session:
        session.add(Setting(key="big", value={"text": "x" * (size + 1_000_000)}))
except StoreError as error:
    print(error.kind)
with workspace.database.read() as session:
    print([row.key for row in session.query(Setting) if row.key in ("small", "big")])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the size of files is limited by a Unix call")
def test_a_full_disk_keeps_what_was_saved(workspace: Workspace) -> None:
    workspace.close()
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(workspace.folder)], capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == ["disk", "['small']"], done.stderr


def test_network_shares_are_recognised_by_the_longest_mount(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = [("/", "ext4"), ("/mnt/team", "cifs"), ("/mnt/team/disk", "ext4"), ("/mnt/teamwork", "nfs4")]
    assert file_system(Path("/mnt/team/calls"), mounts) == "cifs"
    assert file_system(Path("/mnt/team/disk/calls"), mounts) == "ext4"
    assert file_system(Path("/mnt/teams"), mounts) == "ext4"
    monkeypatch.setattr(workspaces, "_mounts", lambda: [("/", "ext4"), (str(tmp_path), "nfs4")])
    with pytest.raises(StoreError) as caught:
        open_workspace(tmp_path / "w")
    assert caught.value.kind == "network_share"
    assert not (tmp_path / "w" / "qaapp.sqlite").exists()


def test_rules_keep_unknown_keys_and_note_changes(database: Database) -> None:
    with database.write() as session:
        stored = session.get_one(Setting, "rules")
        stored.value = {**stored.value, "of the future": 1}
    with database.write() as session:
        write_rules(session, Rules(green_above=90))
    with database.read() as session:
        assert read_rules(session).green_above == 90
        assert session.get_one(Setting, "rules").value["of the future"] == 1
        assert session.query(Event).filter_by(kind="rules.changed").count() >= 1


def test_an_event_is_kept_exactly_when_its_change_is(database: Database) -> None:
    with pytest.raises(RuntimeError), database.write() as session:  # noqa: PT012
        record(session, "test.lost")
        raise RuntimeError
    with database.write() as session:
        record(session, "test.kept", number=1)
    with database.read() as session:
        kinds = [event.kind for event in session.query(Event) if event.kind.startswith("test.")]
    assert kinds == ["test.kept"]


# --- copies ------------------------------------------------------------------------------------------------------


def test_a_copy_of_a_busy_database_is_whole(workspace: Workspace, tmp_path: Path) -> None:
    with workspace.database.write() as session:
        make_call(session, "1")
    with workspace.database.read():
        target = copies.backup(workspace.database, tmp_path / "copies" / "1.sqlite")
    assert copies.examine(target) == HEAD
    assert [path.name for path in target.parent.iterdir()] == ["1.sqlite"]
    with pytest.raises(StoreError):
        copies.backup(workspace.database, workspace.database.path or Path())


def test_restoring_keeps_the_database_of_now(workspace: Workspace, tmp_path: Path) -> None:
    with workspace.database.write() as session:
        make_call(session, "old")
    copy = copies.backup(workspace.database, tmp_path / "copy.sqlite")
    with workspace.database.write() as session:
        make_call(session, "new")
    with workspace.database.read() as session:
        session.query(Call).count()
        with pytest.raises(StoreError) as caught:
            copies.restore(workspace.folder, copy)
    assert caught.value.kind == "locked"
    workspace.close()
    kept = copies.restore(workspace.folder, copy)
    assert kept is not None
    with open_workspace(workspace.folder).database.read() as session:
        assert [call.external_id for call in session.query(Call)] == ["old"]
    connection = sqlite3.connect(kept)
    assert connection.execute("SELECT count(*) FROM calls").fetchone() == (2,)
    connection.close()


def test_restoring_over_a_damaged_database(workspace: Workspace, tmp_path: Path) -> None:
    copy = copies.backup(workspace.database, tmp_path / "copy.sqlite")
    workspace.close()
    current = workspace.folder / "qaapp.sqlite"
    current.write_bytes(b"broken" * 5000)
    kept = copies.restore(workspace.folder, copy)
    assert kept is not None
    assert kept.read_bytes() == b"broken" * 5000
    open_workspace(workspace.folder).close()


@pytest.mark.parametrize("attack", ["absent", "junk", "other", "newer", "torn", "itself"])
def test_what_is_not_a_sound_copy_changes_nothing(workspace: Workspace, tmp_path: Path, attack: str) -> None:
    with workspace.database.write() as session:
        for number in range(300):
            make_call(session, f"call {number}", comment="x" * 400)
    copy = copies.backup(workspace.database, tmp_path / "copy.sqlite")
    workspace.close()
    current = workspace.folder / "qaapp.sqlite"
    before = current.read_bytes()
    if attack == "absent":
        copy = tmp_path / "nothing"
    elif attack == "junk":
        copy.write_bytes(b"junk")
    elif attack == "other":
        copy = tmp_path / "other.sqlite"
        sqlite3.connect(copy).close()
    elif attack == "newer":
        connection = sqlite3.connect(copy)
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
        connection.close()
    elif attack == "torn":
        torn = bytearray(copy.read_bytes())
        torn[len(torn) // 3 : len(torn) // 3 + 60_000] = os.urandom(60_000)
        copy.write_bytes(torn)
    else:
        copy = current
    with pytest.raises(StoreError) as caught:
        copies.restore(workspace.folder, copy)
    assert caught.value.kind in {"absent": "gone", "newer": "newer", "itself": "gone"}.get(attack, "corrupt")
    assert current.read_bytes() == before
    assert list(workspace.backups.iterdir()) == []
