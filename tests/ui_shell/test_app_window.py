"""The whole window on a real workspace: first start, screens made when they are needed, languages, workspaces."""

from __future__ import annotations

import pytest

from qaapp import app as application
from qaapp.settings import Personal, load_personal
from qaapp.store.workspace import Workspace
from qaapp.ui.actions import ACTIONS
from qaapp.words import Role

people = pytest.importorskip("qaapp.calls.people")
pytest.importorskip("qaapp.ui.review.screen")


@pytest.fixture
def window(qapp, workspace: Workspace):
    made = application.build_window(workspace, Personal(theme="light"), lazy=True)
    made.resize(1440, 900)
    made.show()
    yield made
    application.close_window(made)


def test_an_empty_workspace_begins_with_four_ways_in(window):
    window.shell.start()
    assert window.shell.first_start.isVisible()
    assert not window.rail.isVisible()
    assert window.screens == {}


def test_every_screen_is_in_the_rail_before_it_is_made(window, qtbot):
    assert window.names() == ["review", "journal", "ratings", "archive", "scorecards", "sources", "settings"]
    assert window.screens == {}
    window.shell.show_screens()
    assert list(window.screens) == ["review"]
    window.shell.make_the_rest()
    qtbot.waitUntil(lambda: len(window.screens) == 7)
    for name, screen in window.screens.items():
        assert screen.title() == window._titles[name]()
        assert screen.icon == window._icons[name]


def test_every_screen_can_be_shown_in_both_languages(window):
    window.shell.show_screens()
    for language in ("ru", "en"):
        window.shell.set_language(language)
        for name in window.names():
            window.show_screen(name)
            assert window.top_bar.title() == window.screens[name].title() != ""
    assert load_personal().language == "en"


def test_every_key_of_the_table_does_something(window):
    """What the page of keys names is bound on the screen it belongs to, or on every one."""
    window.shell.show_screens()
    for name in window.names():
        window.show_screen(name)
    bound = {name for name, listeners in window.desk.keyboard._bindings.items() if listeners}
    in_dialogs = {"test_connection"}  # bound while the wizard of a connection is open
    assert [action.name for action in ACTIONS if action.name not in bound | in_dialogs] == []


def test_who_sits_here_is_chosen_and_kept(window, workspace):
    window.shell.be_user("Irina Kotova")
    assert window.top_bar.user.value() == "Irina Kotova"
    with workspace.database.read() as session:
        users = people.list_users(session)
    assert [(user.name, user.role) for user in users] == [("Irina Kotova", Role.REVIEWER)]
    assert load_personal().user_id == users[0].id
    assert "Irina Kotova" in [action.text() for action in window.make_user_menu().actions()]


def test_theme_and_size_change_at_once_and_are_kept(window, qapp):
    from qaapp.ui import theme

    window.shell.set_theme("dark")
    window.shell.set_scale(125)
    assert theme.tokens().is_dark
    assert theme.px(100) == 125
    kept = load_personal()
    assert (kept.theme, kept.text_scale) == ("dark", 125)
    theme.apply(qapp, "light", 100)


def test_another_workspace_is_asked_of_the_application(window, qtbot, tmp_path):
    with qtbot.waitSignal(window.shell.switch_wanted) as told:
        window.shell.open_workspace(tmp_path / "other")
    assert told.args == [tmp_path / "other"]
