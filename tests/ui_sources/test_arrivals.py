"""The window and its connections: first start, Ctrl+K, tray, what is said when calls came."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QSystemTrayIcon
from sources_world import FakePull, World

from qaapp import app as application
from qaapp.errors import SourceError
from qaapp.intake import connections
from qaapp.intake.connections import ConnectionDraft
from qaapp.settings import Personal


@pytest.fixture
def window(qapp, workspace, world: World, fake_pull: FakePull):
    made = application.build_window(workspace, Personal(theme="light"), lazy=True)
    made.shell.pulls._pull = fake_pull
    made.resize(1440, 900)
    made.show()
    yield made
    application.close_window(made)
    qapp.setQuitOnLastWindowClosed(True)


def add(workspace, name: str = "Sales") -> int:
    draft = ConnectionDraft("demo", name, {"url": "https://demo.example/"}, enabled=False)
    return connections.save_with_secrets(workspace.database, draft, {}).id


def quiet(window, qtbot):
    qtbot.waitUntil(lambda: not window.desk.jobs.live)
    QApplication.processEvents()


def test_3_at_the_first_start_leads_into_the_wizard(window, qtbot):
    window.shell.start()
    page = window.shell.first_start
    page.name.setText("Irina")
    page.setFocus()
    QTest.keyClicks(page, "3")
    quiet(window, qtbot)
    assert window.shell.first_start is None
    assert window.current_screen().name == "sources"
    assert window.current_screen().wizard is not None


def test_with_a_connection_there_is_no_first_start(window, workspace):
    add(workspace)
    window.shell.arrivals.pulls.set_paused(True)
    window.shell.start()
    assert window.shell.first_start is None


def test_ctrl_k_finds_connections_and_pulls_them(window, workspace, qtbot, fake_pull):
    number = add(workspace, "Sales department")
    window.shell.show_screens()
    window.open_palette("sales dep")
    titles = window.palette_popup.titles()
    assert "Sales department" in titles
    window.palette_popup.close()
    lines = {line.title: line.run for line in window.shell.commands()}
    lines["Pull now: Sales department"]()
    quiet(window, qtbot)
    assert fake_pull.asked == [(number, "hand")]
    assert window.undo_strip.text() == "3 new calls, 2 recordings"
    lines["Sales department"]()
    quiet(window, qtbot)
    assert window.current_screen().current_id() == number


def test_a_wrong_key_is_told_on_any_screen(window, workspace, qtbot, fake_pull):
    number = add(workspace)
    window.shell.show_screens()
    fake_pull.error = SourceError("The key is wrong.", kind="auth")
    window.shell.pulls.pull_now(number, "Sales", "schedule")
    quiet(window, qtbot)
    assert window.error.sentence() == "Sales: The key is wrong."


@pytest.mark.qt_log_ignore("systemTrayWindowChanged", "does not support raise", extend=True)
def test_closing_goes_to_the_tray_only_when_wished(window, workspace, monkeypatch, qapp):
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    monkeypatch.setattr(QSystemTrayIcon, "isVisible", lambda _self: True)
    add(workspace)
    arrivals = window.shell.arrivals
    arrivals.tray.appear()
    assert arrivals.tray.icon is not None
    assert not window.hides_instead()
    window.desk.update_personal(close_to_tray=True)
    assert not qapp.quitOnLastWindowClosed()
    window.close()
    assert window.isHidden()
    arrivals.open_window()
    assert window.isVisible()
    arrivals.tray.fill()
    words = [action.text() for action in arrivals.tray.menu.actions() if action.text()]
    assert words == [
        "Waiting for the next pull",
        "Open qaapp",
        "Pull now",
        "Pause pulling by the clock",
        "Quit",
    ]
    pause = next(action for action in arrivals.tray.menu.actions() if action.text().startswith("Pause"))
    pause.trigger()
    assert arrivals.pulls.is_paused
    arrivals.quit_now()
    assert window.isHidden()
    assert not window.hides_instead()
    assert not arrivals.pulls._timer.isActive()


def test_the_keys_of_the_screen_are_in_the_list_of_keys(window):
    names = {"new_connection", "pull_now", "test_connection", "download_recording"}
    window.shell.show_screens()
    window.show_screen("sources")
    QTest.keyClick(window, Qt.Key.Key_6, Qt.KeyboardModifier.ControlModifier)
    assert window.current_screen().name == "sources"
    assert all(window.desk.keyboard.key_of(name) for name in names)
