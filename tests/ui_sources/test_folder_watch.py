"""What comes into a watched folder while the window is open is brought in some seconds later."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from dressed import settle
from intake_sound import sound
from sqlalchemy import func, select

from qaapp.intake import connections, watching
from qaapp.store.schema import Call
from qaapp.ui import folder_watch
from qaapp.ui.folder_watch import FolderWatch
from qaapp.ui.pulls import Pulls


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "calls"
    (made / "2026-11").mkdir(parents=True)
    return made


@pytest.fixture
def watched(qtbot, desk, folder, monkeypatch):
    monkeypatch.setattr(watching, "SETTLE", timedelta(0))
    monkeypatch.setattr(watching, "COARSE_S", -1.0)
    monkeypatch.setattr(folder_watch, "QUIET_MS", 30)
    monkeypatch.setattr(folder_watch, "AGAIN_MS", 60)
    with desk.database.write() as session:
        draft = connections.ConnectionDraft("folder", "Calls", {"folder": str(folder)}, every_minutes=1440)
        connection = connections.save(session, draft).id
    pulls = Pulls(desk)
    watch = FolderWatch(desk, pulls)
    pulls.pull_now(connection, "Calls")
    qtbot.waitUntil(lambda: not pulls.is_pulling(connection))
    settle(qtbot, desk)
    yield watch, pulls, connection
    watch.stop()
    pulls.stop_clock()
    settle(qtbot, desk)


def count(desk) -> int:
    with desk.database.read() as session:
        return session.scalar(select(func.count(Call.id))) or 0


def test_a_new_file_is_brought_in_soon(qtbot, desk, folder, watched):
    watch, _pulls, _connection = watched
    qtbot.waitUntil(lambda: len(watch._watcher.directories()) == 2)
    sound(folder / "2026-11" / "2026_11_20_10_00_00_101.wav")
    qtbot.waitUntil(lambda: count(desk) == 1)
    sound(folder / "2026_11_21_10_00_00_101.wav")
    qtbot.waitUntil(lambda: count(desk) == 2)


def test_an_unfinished_file_is_looked_at_again(qtbot, desk, folder, watched, monkeypatch):
    watch, pulls, _connection = watched
    waited = []
    pulls.pulled.connect(lambda _id, summary, _trigger: waited.append(summary.waiting))
    monkeypatch.setattr(watching, "SETTLE", timedelta(seconds=1))
    monkeypatch.setattr(watching, "COARSE_S", 3.0)
    qtbot.waitUntil(lambda: bool(watch._watcher.directories()))
    sound(folder / "2026_11_21_10_00_00_101.wav")
    qtbot.waitUntil(lambda: count(desk) == 1)
    assert 1 in waited


def test_pausing_pauses_this_too(qtbot, desk, folder, watched):
    watch, pulls, _connection = watched
    pulls.set_paused(True)
    watch._changed(str(folder))
    assert not any(timer.isActive() for timer in watch._timers.values())
    pulls.set_paused(False)
