"""Recordings: roots that move, links that lead out, files that are gone, sides."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from call_makers import START, make_call, make_recording

from qaapp.calls import checks, recordings
from qaapp.errors import AudioError
from qaapp.progress import run
from qaapp.store.database import Database
from qaapp.store.schema import User
from qaapp.store.workspace import Workspace
from qaapp.words import Lane, RecordingState


def sound(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.zeros((800, 2), dtype=np.int16), 8000)
    return path


def test_a_root_may_be_elsewhere_on_this_computer(database: Database, tmp_path: Path) -> None:
    here = tmp_path / "here"
    sound(here / "a" / "1.wav")
    with database.write() as session:
        call = make_call(session, "1")
        make_recording(session, call, "/nowhere/calls", "a/1.wav", lane="manager", offset_ms=40)
    with database.read() as session:
        files = recordings.audio_files(session, call, {"calls": str(here)})
        with pytest.raises(AudioError) as caught:
            recordings.audio_files(session, call, {})
    assert [(file.path, file.lane, file.offset_ms) for file in files] == [
        (here / "a" / "1.wav", Lane.MANAGER, 40)
    ]
    assert caught.value.kind == "missing"
    assert "/nowhere/calls" in caught.value.sentence()


@pytest.mark.parametrize(
    "path", ["../secret.wav", "a/../../secret.wav", "/etc/passwd", "link.wav", "folder/secret.wav"]
)
def test_paths_out_of_the_root_are_refused(database: Database, tmp_path: Path, path: str) -> None:
    root = tmp_path / "root"
    root.mkdir()
    sound(tmp_path / "out" / "secret.wav")
    (root / "link.wav").symlink_to(tmp_path / "out" / "secret.wav")
    (root / "folder").symlink_to(tmp_path / "out")
    with database.write() as session:
        call = make_call(session, "1")
        make_recording(session, call, str(root), path)
    with database.read() as session, pytest.raises(AudioError) as caught:
        recordings.audio_files(session, call, {})
    assert caught.value.kind == "forbidden"


def test_a_link_within_the_root_is_fine(database: Database, tmp_path: Path) -> None:
    sound(tmp_path / "root" / "1.wav")
    (tmp_path / "root" / "2.wav").symlink_to("1.wav")
    with database.write() as session:
        call = make_call(session, "1")
        make_recording(session, call, str(tmp_path / "root"), "2.wav")
        assert len(recordings.audio_files(session, call, {})) == 1


def test_a_file_that_went_and_came_back(database: Database, tmp_path: Path) -> None:
    file = sound(tmp_path / "1.wav")
    with database.write() as session:
        call = make_call(session, "1")
        make_recording(session, call, str(tmp_path), "1.wav")
    os.rename(file, tmp_path / "away.wav")
    with database.write() as session:
        assert recordings.refresh_states(session, call, {})
        (row,) = recordings.list_recordings(session, [call])[call]
        assert row.state is RecordingState.MISSING
        assert "1.wav" in (row.error or "")
    os.rename(tmp_path / "away.wav", file)
    with database.write() as session:
        assert recordings.refresh_states(session, call, {})
        assert not recordings.refresh_states(session, call, {})
        (row,) = recordings.list_recordings(session, [call])[call]
    assert (row.state, row.error) == (RecordingState.AVAILABLE, None)


def test_swapping_sides_twice_changes_nothing(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        call = make_call(session, "1")
        make_recording(session, call, str(tmp_path), "1.wav", lane="manager")
        make_recording(session, call, str(tmp_path), "2.wav", lane="customer", position=1)
        make_recording(session, call, str(tmp_path), "3.wav", position=2)

        def sides() -> list[object]:
            return [
                row.lane or row.manager_channel for row in recordings.list_recordings(session, [call])[call]
            ]

        recordings.swap_sides(session, call)
        assert sides() == [Lane.CUSTOMER, Lane.MANAGER, 1]
        recordings.swap_sides(session, call)
        assert sides() == [Lane.MANAGER, Lane.CUSTOMER, 0]


def test_everybody_has_an_own_listen_position(database: Database) -> None:
    with database.write() as session:
        session.add_all(User(name=name, created_at=START) for name in ("Vera", "Oleg"))
        session.flush()
        call = make_call(session, "1")
        recordings.set_listen_position(session, 1, call, 4000)
        recordings.set_listen_position(session, 1, call, 5000)
        assert recordings.get_listen_position(session, 1, call) == 5000
        assert recordings.get_listen_position(session, 2, call) == 0


def test_check_finds_each_broken_thing(workspace: Workspace, tmp_path: Path) -> None:
    database, root = workspace.database, tmp_path / "root"
    sound(root / "good.wav")
    (root / "text.wav").write_text("this is not sound at all")
    (workspace.recordings / "stray.mp3").write_bytes(b"1")
    (workspace.recordings / "half.wav.part").write_bytes(b"1")
    with database.write() as session:
        calls = {name: make_call(session, name) for name in ("good", "text", "gone", "out", "counted")}
        for name in ("good", "text", "gone"):
            make_recording(session, calls[name], str(root), f"{name}.wav")
        make_recording(session, calls["out"], str(root), "../out.wav")
        from qaapp.store.schema import Call

        session.get_one(Call, calls["counted"]).recording_count = 3
    result = run(checks.check(database, {}, workspace.recordings))
    assert sorted((item.kind, item.call_id) for item in result.findings if item.call_id) == sorted(
        [
            ("damaged", calls["text"]),
            ("missing", calls["gone"]),
            ("forbidden", calls["out"]),
            ("count", calls["counted"]),
        ]
    )
    assert sorted(Path(item.subject).name for item in result.findings if item.kind == "leftover") == [
        "half.wav.part", "stray.mp3",
    ]  # fmt: skip
    assert (result.calls, result.recordings) == (5, 4)
    with database.read() as session:
        (row,) = recordings.list_recordings(session, [calls["text"]])[calls["text"]]
    assert row.state is RecordingState.FAILED
    assert row.error


def test_check_finds_a_search_index_that_lies(workspace: Workspace) -> None:
    with workspace.database.write() as session:
        make_call(session, "1", customer_name="Анна")
    assert run(checks.check(workspace.database, {})).findings == ()
    with workspace.database.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO calls_search(rowid, search_text) VALUES (77, 'nobody at all')"
        )
    assert [item.kind for item in run(checks.check(workspace.database, {})).findings] == ["search"]
