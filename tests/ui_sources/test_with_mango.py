"""A new user connects MANGO OFFICE through the window, against the strict server of its tests."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import pytest
from dressed import click, mount, settle
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

sys.path.insert(0, str(Path(__file__).parents[1] / "providers"))

from mango_server import KEY, SALT, START, MangoServer, MangoTalk
from provider_world import QuickClock, mp3_bytes

from qaapp import clock
from qaapp.intake import connections
from qaapp.sources import http, mango_door
from qaapp.ui.pulls import Pulls
from qaapp.ui.sources import SourcesScreen
from qaapp.ui.sources.wizard import ACCESS


@pytest.fixture
def server(monkeypatch):
    quick = QuickClock()
    monkeypatch.setattr(http, "clock", quick)
    mango_door._quiet_until.clear()
    talks = [
        MangoTalk(number, START + timedelta(hours=9 * number), sound=mp3_bytes(0.3, pitch=number + 3))
        for number in range(1, 7)
    ]
    with MangoServer(talks, quick) as made:
        yield made
    mango_door._quiet_until.clear()


def test_mango_is_connected_tested_and_pulled_from_the_window(desk, qtbot, server):
    with clock.fixed(START + timedelta(days=4)):
        screen = SourcesScreen(desk)
        pulls = Pulls(desk)
        screen.set_pulls(pulls)
        mount(qtbot, screen)
        settle(qtbot, desk)
        click(screen._empty.button)
        QTest.keyClicks(screen.wizard.kinds.search, "mango")
        QTest.keyClick(screen.wizard.kinds.search, Qt.Key.Key_Return)
        form = screen.wizard.form
        QTest.keyClicks(form.rows["key"].editor, KEY)
        QTest.keyClicks(form.rows["salt"].editor, SALT)
        form.rows["url"].set_value(server.url + "/vpbx/")
        QTest.keyClick(screen.wizard, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: screen.wizard.check.result is not None)
        assert screen.wizard.step == ACCESS
        assert "Right?" in screen.wizard.check.text()
        for _step in range(3):
            QTest.keyClick(screen.wizard, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: screen.wizard is None)
        qtbot.waitUntil(lambda: not desk.jobs.live)
        settle(qtbot, desk)
        row = screen.current()
        assert (row.calls, row.recordings, row.waiting) == (6, 6, 0)
        assert screen.overview.word.text() == "works"
        with desk.database.read() as session:
            text = connections.log_text(session, row.id)
        assert KEY not in text
        assert SALT not in text
        screen.release()
