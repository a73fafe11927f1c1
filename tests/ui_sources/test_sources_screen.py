"""The sources screen by keys and mouse: a connection is made, pulled, paused, changed, moved and removed."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from dressed import Heard, click, mount, settle, undo_of
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLineEdit, QMenu
from sources_world import NOW, FakePull, World

from qaapp import clock
from qaapp.errors import SourceError
from qaapp.intake import connections
from qaapp.intake.connections import ConnectionDraft
from qaapp.sources import secrets as key_store
from qaapp.sources.certificates import Certificate
from qaapp.ui.pulls import Pulls
from qaapp.ui.sources import SourcesScreen
from qaapp.ui.sources.form import ConnectionForm
from qaapp.ui.sources.kinds_page import found_kinds, needs_only_a_folder
from qaapp.ui.sources.wizard import ACCESS, SYSTEM, WHAT, WHEN


@pytest.fixture
def screen(desk, qtbot, world: World, fake_pull: FakePull):
    with clock.fixed(NOW):
        pulls = Pulls(desk, fake_pull)
        made = SourcesScreen(desk)
        made.set_pulls(pulls)
        made.pulls_fake = fake_pull
        yield mount(qtbot, made)
        made.release()
        settle(qtbot, desk)


def add(desk, **changes):
    draft = replace(ConnectionDraft("demo", "Sales", {"url": "https://demo.example/"}), **changes)
    return connections.save_with_secrets(desk.database, draft, {"key": "secret-1"})


def form_of(screen):
    assert screen.wizard is not None
    assert screen.wizard.form is not None
    return screen.wizard.form


def go_to_access(screen, qtbot):
    QTest.keyClick(screen, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(screen.wizard.kinds.search, "demo")
    QTest.keyClick(screen.wizard.kinds.search, Qt.Key.Key_Return)
    assert screen.wizard.step == ACCESS
    return form_of(screen)


def test_an_empty_screen_has_one_sentence_and_one_button(screen, qtbot):
    assert screen._empty.isVisible()
    click(screen._empty.button)
    assert screen.wizard is not None
    assert screen.wizard.step == SYSTEM


def test_nothing_but_a_folder_comes_first_and_letters_find_a_system(screen):
    screen.new_connection()
    shown = screen.wizard.kinds.shown()
    assert [kind.code for kind in shown] == ["plain_folder", "demo"]
    assert needs_only_a_folder(shown[0])
    assert [kind.code for kind in found_kinds(shown, "вуьщ")] == ["demo"]  # "demo" in a Russian layout
    assert found_kinds(shown, "zzzz") == []


def test_a_connection_in_a_minute_by_keyboard_alone(screen, qtbot, desk, world):
    form = go_to_access(screen, qtbot)
    assert isinstance(form.rows["key"].editor, QLineEdit)
    QTest.keyClicks(form.rows["key"].editor, " m4x0-key ")
    assert form.rows["key"].value() == "m4x0-key"
    assert form.rows["key"].editor.echoMode() == QLineEdit.EchoMode.Password
    QTest.keyClick(form.rows["key"].editor, Qt.Key.Key_Return)  # tests first
    settle(qtbot, desk)
    assert world.configs[-1].secrets == {"key": "m4x0-key"}
    text = screen.wizard.check.text()
    assert "Demo account, 14 people" in text
    assert "today at 10:18, Vera, 2:04" in text  # Moscow time
    assert "0.4 s" in text
    QTest.keyClick(screen.wizard, Qt.Key.Key_Return)
    assert screen.wizard.step == WHAT
    click(
        screen.wizard.what.first,
        screen.wizard.what.first.rect().topLeft() + type(screen.wizard.what.first.rect().center())(12, 12),
    )
    QTest.keyClick(screen.wizard, Qt.Key.Key_Return)
    assert screen.wizard.step == WHEN
    screen.wizard.when.every.setValue(15)
    QTest.keyClick(screen.wizard, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: screen.wizard is None)
    settle(qtbot, desk)
    with desk.database.read() as session:
        (row,) = connections.list_connections(session)
        place = connections.secret_place(session, row.id)
    assert (row.name, row.every_minutes, row.settings["url"]) == ("DEMO OFFICE", 15, "https://demo.example/")
    assert str(row.first_day) == "2026-11-19"
    assert "key" not in row.settings
    assert key_store.read(place, "key") == "m4x0-key"
    assert screen.pulls_fake.asked == [(row.id, "first")]


def test_what_is_missing_is_said_at_its_field(screen, qtbot):
    form = go_to_access(screen, qtbot)
    form.rows["url"].editor.setText("demo")
    form.rows["pages"].editor.setText("many")
    QTest.keyClick(screen.wizard, Qt.Key.Key_Return)
    assert "API key" in form.rows["key"].error.sentence()
    assert "https://" in form.rows["url"].error.sentence()
    assert "many" in form.rows["pages"].error.sentence()
    assert form._folded.isVisible()  # an error does not hide
    assert screen.wizard.step == ACCESS
    QTest.keyClicks(form.rows["key"].editor, "k")
    assert not form.rows["key"].error.isVisible()


def test_settings_that_do_not_fit_together_are_said_under_the_form(screen, qtbot):
    form = go_to_access(screen, qtbot)
    form.kind = replace(
        form.kind, problems=lambda settings: ["Not with JSON."] if settings["mode"] == "json" else []
    )
    form.rows["key"].editor.setText("k")
    assert screen.wizard.filled() is None
    assert form.form_error.sentence() == "Not with JSON."


def test_a_wrong_key_is_said_and_one_may_go_on_without_a_test(screen, qtbot, desk, world):
    world.error = SourceError("The key is wrong.", hint="Copy it again.", kind="auth")
    form = go_to_access(screen, qtbot)
    QTest.keyClicks(form.rows["key"].editor, "bad")
    QTest.keyClick(screen.wizard, Qt.Key.Key_F7)
    settle(qtbot, desk)
    assert screen.wizard.check.error.sentence() == "The key is wrong. Copy it again."
    assert screen.wizard.step == ACCESS
    click(screen.wizard.anyway)
    assert screen.wizard.step == WHAT


def test_a_silent_server_is_not_waited_for(screen, qtbot, desk, world):
    world.hold = threading.Event()
    form = go_to_access(screen, qtbot)
    QTest.keyClicks(form.rows["key"].editor, "k")
    click(screen.wizard.check.button)
    qtbot.waitUntil(lambda: screen.wizard.check.cancel.isVisible() and len(world.configs) == 1)
    click(screen.wizard.check.cancel)
    qtbot.waitUntil(lambda: not screen.wizard.check.is_running)
    assert screen.wizard.check.state.text() == "stopped"
    world.hold.set()


def test_another_time_zone_is_tested_at_once(screen, qtbot, desk, world):
    form = go_to_access(screen, qtbot)
    QTest.keyClicks(form.rows["key"].editor, "k")
    screen.wizard.check.run()
    settle(qtbot, desk)
    answer = screen.wizard.check.zone_answer
    answer.setFocus()
    QTest.keyClick(answer, Qt.Key.Key_Right)
    assert screen.wizard.check.zone_box.isVisible()
    screen.wizard.check.zone_box.setCurrentText("Asia/Omsk")
    screen.wizard.check._zone_chosen()
    settle(qtbot, desk)
    assert str(world.configs[-1].zone) == "Asia/Omsk"
    assert form.zone.zone() == "Asia/Omsk"


def test_a_certificate_of_ones_own_is_asked_about(screen, qtbot, desk, world, monkeypatch):
    shown = Certificate("AB:" * 31 + "AB", "CN=pbx", NOW, None, is_trusted=False)
    monkeypatch.setattr("qaapp.intake.checking.certificate_of", lambda _host, _port: shown)
    world.error = SourceError("The certificate is not trusted.", kind="network")
    form = go_to_access(screen, qtbot)
    QTest.keyClicks(form.rows["key"].editor, "k")
    screen.wizard.check.run()
    settle(qtbot, desk)
    assert screen.wizard.check.trust is not None
    assert shown.fingerprint in screen.wizard.check.text()
    world.error = None
    click(screen.wizard.check.trust)
    settle(qtbot, desk)
    assert world.configs[-1].settings["fingerprint"] == shown.fingerprint
    assert screen.wizard.check.result is not None


def test_leaving_asks_only_when_something_was_written(screen, qtbot):
    go_to_access(screen, qtbot)
    QTest.keyClick(screen.wizard, Qt.Key.Key_Escape)
    assert screen.wizard is None
    form = go_to_access(screen, qtbot)
    QTest.keyClicks(form.rows["key"].editor, "k")
    QTest.keyClick(screen.wizard, Qt.Key.Key_Escape)
    (dialog,) = screen.wizard.findChildren(QDialog)
    dialog.accept()
    assert screen.wizard is None


def test_going_back_keeps_what_was_written(screen, qtbot):
    form = go_to_access(screen, qtbot)
    QTest.keyClicks(form.rows["key"].editor, "k")
    click(screen.wizard.back)
    assert screen.wizard.step == SYSTEM
    screen.wizard.choose(form.kind)
    assert form_of(screen) is form


def test_a_folder_shows_its_files_as_they_will_be_read(screen, qtbot, desk, recordings):
    screen.new_connection("plain_folder")
    form = form_of(screen)
    form.rows["folder"].editor.setText(str(recordings))
    form.rows["folder"].edited.emit()
    settle(qtbot, desk)
    pattern = form.rows["pattern"]
    assert [call.extension for call in pattern.part.calls] == ["101"]
    for part in ("{date}", "{time}", "{extension}", "{customer}"):
        click(pattern.buttons[part])
    assert pattern.value() == "{date}_{time}_{extension}_{customer}"
    pattern.box.setCurrentText("{date}_{nonsense}")
    assert "nonsense" in pattern.error.sentence()


def test_columns_are_shown_from_the_newest_sheet_of_the_folder(screen, qtbot, desk, recordings):
    (recordings / "calls.csv").write_text("Дата,Менеджер,Доп\n20.11.2026 10:18,Вера,x\n", encoding="utf-8")
    screen.new_connection("plain_folder")
    form = form_of(screen)
    form.rows["folder"].editor.setText(str(recordings))
    form.rows["folder"].edited.emit()
    settle(qtbot, desk)
    columns = form.rows["columns"]
    assert columns.table.field_of(0) == "started_at"
    assert columns.value() == ""  # recognised by itself: nothing to keep
    box = columns.table.boxes[2]
    box.setCurrentIndex(box.findData("comment"))
    box.activated.emit(box.currentIndex())
    assert '"comment": "Доп"' in columns.value()
    columns.table.boxes[0].setCurrentIndex(0)
    columns.table.boxes[0].activated.emit(0)
    assert "date" in columns.error.sentence()


def test_a_stored_secret_is_kept_and_can_be_replaced(screen, qtbot, desk, world):
    row = add(desk)
    screen.show_connection(row.id)
    settle(qtbot, desk)
    click(screen.overview.access)
    form = form_of(screen)
    assert form.rows["key"].value() == ""
    assert "kept" in form.rows["key"].editor.placeholderText()
    QTest.keyClick(screen.wizard, Qt.Key.Key_F7)
    settle(qtbot, desk)
    assert world.configs[-1].secrets == {"key": "secret-1"}
    QTest.keyClicks(form.rows["key"].editor, "secret-2")
    QTest.keyClick(screen.wizard, Qt.Key.Key_Return)
    settle(qtbot, desk)
    QTest.keyClick(screen.wizard, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: screen.wizard is None)
    settle(qtbot, desk)
    with desk.database.read() as session:
        place = connections.secret_place(session, row.id)
    assert key_store.read(place, "key") == "secret-2"
    assert screen.pulls_fake.asked == [(row.id, "hand")]


def test_a_pull_shows_how_far_it_is_and_can_be_cancelled(screen, qtbot, desk):
    row = add(desk)
    screen.show_connection(row.id)
    settle(qtbot, desk)
    screen.pulls_fake.hold = threading.Event()
    QTest.keyClick(screen, Qt.Key.Key_F6)
    qtbot.waitUntil(lambda: "of 40" in screen.overview.running.text.text())
    qtbot.waitUntil(lambda: screen.overview.word.text() == "pulling")  # read anew in the background
    assert not screen.overview.pull.isVisible()
    click(screen.overview.running.cancel)
    qtbot.waitUntil(lambda: not screen.pulls.is_pulling(row.id))
    settle(qtbot, desk)
    assert screen.overview.pull.isVisible()


def test_pausing_can_be_taken_back(screen, qtbot, desk):
    row = add(desk)
    screen.show_connection(row.id)
    settle(qtbot, desk)
    said = Heard(screen.show_message)
    click(screen.overview.pause)
    settle(qtbot, desk)
    assert screen.overview.word.text() == "paused"
    assert screen.pulls.next_at(screen.current()) is None
    undo_of(said)()
    settle(qtbot, desk)
    assert screen.current().enabled


def test_settings_are_kept_at_once_with_undo(screen, qtbot, desk):
    row = add(desk)
    screen.show_connection(row.id)
    settle(qtbot, desk)
    screen.overview.tabs.setCurrentIndex(1)
    said = Heard(screen.show_message)
    screen.overview.options.every.setValue(5)
    settle(qtbot, desk)
    assert screen.current().every_minutes == 5
    undo_of(said)()
    settle(qtbot, desk)
    assert screen.current().every_minutes == 30
    assert screen.overview.options.every.value() == 30


def test_removing_asks_and_says_what_stays(screen, qtbot, desk):
    row = add(desk)
    with desk.database.read() as session:
        place = connections.secret_place(session, row.id)
    screen.show_connection(row.id)
    settle(qtbot, desk)
    screen.list.setFocus()
    QTest.keyClick(screen.list, Qt.Key.Key_Delete)
    (dialog,) = screen.findChildren(QDialog)
    texts = " ".join(label.text() for label in dialog.findChildren(type(screen.overview.name)))
    assert "stays" in texts
    dialog.accept()
    settle(qtbot, desk)
    assert screen._empty.isVisible()
    assert key_store.read(place, "key") is None


def test_a_stopped_connection_says_why_and_leads_to_its_access(screen, qtbot, desk):
    from qaapp.store.schema import Connection

    row = add(desk)
    with desk.database.write() as session:
        stored = session.get_one(Connection, row.id)
        stored.state = "stopped"
        stored.last_error = connections.error_document(SourceError("The key is wrong.", kind="auth"))
    screen.show_connection(row.id)
    settle(qtbot, desk)
    assert screen.overview.word.text() == "stopped"
    assert screen.overview.error.sentence() == "The key is wrong."
    click(screen.overview.error._help)
    assert screen.wizard is not None
    assert screen.wizard.step == ACCESS


def test_a_moved_folder_is_shown_its_new_place(screen, qtbot, desk, tmp_path, recordings):
    draft = ConnectionDraft("plain_folder", "Records", {"folder": str(tmp_path / "gone")})
    row = connections.save_with_secrets(desk.database, draft, {})
    screen.show_connection(row.id)
    settle(qtbot, desk)
    assert "gone" in screen.overview.error.sentence()
    said = Heard(screen.show_message)
    screen.move_folder(screen.current(), str(recordings))
    settle(qtbot, desk)
    assert screen.current().settings["folder"] == str(recordings)
    assert not screen.overview.error.isVisible()
    undo_of(said)()
    settle(qtbot, desk)
    assert screen.current().settings["folder"] == str(tmp_path / "gone")


def test_the_details_are_copied_without_secrets(screen, qtbot, desk):
    row = add(desk)
    screen.show_connection(row.id)
    settle(qtbot, desk)
    click(screen.overview.copy)
    text = QGuiApplication.clipboard().text()
    assert "Sales" in text
    assert "secret-1" not in text


def test_the_menu_has_everything_the_buttons_have(screen, qtbot, desk):
    row = add(desk)
    screen.show_connection(row.id)
    settle(qtbot, desk)
    menu = QMenu()
    screen.fill_menu(menu, screen.current())
    words = [action.text().partition("\t")[0] for action in menu.actions() if action.text()]
    assert words == ["Pull now", "Pause", "Access…", "Rename…", "Copy details", "Remove…"]
    menu.deleteLater()


def test_two_languages(screen, qtbot, desk):
    from qaapp import i18n

    add(desk)
    screen.reload()
    settle(qtbot, desk)
    i18n.set_language("ru")
    screen.retranslate()
    assert screen.overview.pull.text() != "Pull now"
    assert screen.title() == "Источники"


def test_fields_that_make_no_sense_are_hidden(qtbot, desk):
    from qaapp.sources.kinds import kind_of

    form = ConnectionForm(desk, kind_of("asterisk"))
    qtbot.addWidget(form)
    form.show()

    def shown() -> set[str]:
        return {name for name, row in form.rows.items() if row.isVisibleTo(form) and not row.field.advanced}

    assert {"host", "database", "user", "password"} <= shown()
    assert "file" not in shown()
    box = form.rows["system"].editor
    box.setCurrentIndex(box.findData("sqlite"))
    box.activated.emit(box.currentIndex())
    assert "file" in shown()
    assert not {"host", "password"} & shown()
    assert not form.check()
    assert form.form_error.isVisibleTo(form)
