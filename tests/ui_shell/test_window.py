"""The main window with two plain screens: rail, period, messages, palette, words."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest

from qaapp import i18n
from qaapp.errors import QaappError
from qaapp.i18n import _
from qaapp.progress import Progress
from qaapp.ui.palette import Found
from qaapp.ui.screen import Screen
from qaapp.ui.window import MainWindow

TODAY = date(2026, 3, 17)


class Calls(Screen):
    name, icon = "calls", "list"

    def __init__(self, desk):
        super().__init__(desk)
        self.seen = []

    def title(self):
        return _("Tags")

    def activate(self):
        self.seen.append("activate")

    def deactivate(self):
        self.seen.append("deactivate")

    def set_period(self, first, last):
        self.seen.append((first, last))

    def status_text(self):
        return "23 of 313"


class Plain(Screen):
    name, icon, uses_period = "settings", "settings", False

    def title(self):
        return _("Settings")


class Undoing(Calls):
    name = "undoing"

    def undo(self):
        self.seen.append("undo")


@pytest.fixture
def window(desk, qtbot):
    searched = []

    def search(query, give):
        searched.append(query)
        give([Found("+7 900 000-14-52", lambda: None, "Anna")])

    made = MainWindow(desk, [Calls(desk), Undoing(desk), Plain(desk)], today=TODAY, searches=[search])
    made.searched = searched
    qtbot.addWidget(made)
    made.resize(1440, 900)
    made.show()
    made.show_screen("calls")
    return made


def press(window, key, modifiers=Qt.KeyboardModifier.NoModifier):
    window.setFocus()
    QTest.keyClick(window, key, modifiers)


def test_keys_bring_screens_to_the_front_with_the_period(window):
    calls = window.screens["calls"]
    calls.seen.clear()
    press(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert window.current_screen().name == "undoing"
    assert calls.seen == ["deactivate"]
    period = window.top_bar.period
    assert window.screens["undoing"].seen == [(period.first, period.last), "activate"]
    press(window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    assert window.current_screen().name == "settings"
    assert not window.top_bar.period.isVisible()


def test_the_period_goes_to_the_screen_in_front_and_to_the_next_one(window, qtbot):
    first, last = date(2026, 3, 1), date(2026, 3, 17)
    window.top_bar.period.choose(last, first)
    assert window.screens["calls"].seen[-1] == (first, last)
    assert window.screens["undoing"].seen == []
    window.show_screen("undoing")
    assert window.screens["undoing"].seen[0] == (first, last)
    assert window.top_bar.period.value() == "1–17 March 2026"


def test_the_status_bar_says_what_the_screen_says(window):
    assert window.status.right_text() == "23 of 313"
    window.show_screen("settings")
    assert window.status.right_text() == ""


def test_a_job_is_seen_and_can_be_cancelled(window, desk, qtbot):
    going = threading.Event()

    def steps():
        n = 0
        while True:
            n += 1
            yield Progress(n % 100, 100, "recordings")
            going.wait(0.01)

    job = desk.jobs.start("import", "Import", steps)
    qtbot.waitUntil(lambda: window.status._row.text.isVisible())
    assert window.status._row.text.text().startswith("Import")
    qtbot.mouseClick(window.status._row.cancel, Qt.MouseButton.LeftButton)
    assert job.cancelled
    qtbot.waitUntil(lambda: not window.status._row.text.isVisible())


def test_several_jobs_fold_into_one_word(window, desk, qtbot):
    hold = threading.Event()
    for name in ("a", "b", "c"):
        desk.jobs.start(name, name, lambda: hold.wait(5))
    qtbot.waitUntil(lambda: window.status._many.isVisible())
    assert window.status._many.text() == "3 jobs"
    hold.set()


def test_undo_takes_back_what_the_message_offers(window):
    undone = []
    window.show_message("Tag deleted", lambda: undone.append(True))
    assert window.undo_strip.text() == "Tag deleted"
    press(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert undone == [True]
    assert window.undo_strip.text() == ""
    press(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert undone == [True]


def test_a_screen_with_its_own_undo_is_asked(window):
    window.show_screen("undoing")
    undone = []
    window.show_message("Marked", lambda: undone.append(True))
    press(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.screens["undoing"].seen[-1] == "undo"
    assert undone == []
    assert window.undo_strip.text() == ""


def test_an_error_stays_with_its_details(window, qapp):
    window.screens["calls"].failed.emit(QaappError("The folder {path} is gone.", path="D:/rec"))
    assert window.error.sentence() == "The folder D:/rec is gone."
    assert window.error.isVisible()
    QTest.mouseClick(window.error._copy, Qt.MouseButton.LeftButton)
    assert "QaappError" in qapp.clipboard().text()


def test_the_palette_finds_screens_in_the_wrong_layout_and_asks_the_searches(window, qtbot):
    i18n.set_language("ru")
    window.retranslate()
    window.open_palette("yfcnhjqrb")  # «настройки» typed in the English layout
    assert window.palette_popup.titles()[0] == "Настройки"
    QTest.keyClick(window.palette_popup.field, Qt.Key.Key_Return)
    assert window.current_screen().name == "settings"
    window.open_palette("1452")
    qtbot.waitUntil(lambda: window.searched == ["1452"])
    assert "+7 900 000-14-52" in window.palette_popup.titles()
    window.palette_popup.close()


def test_letters_typed_into_the_search_open_the_palette(window):
    window.top_bar.search.setFocus()
    QTest.keyClick(window.top_bar.search, "s")
    assert window.palette_popup.isVisible()
    assert window.palette_popup.field.text() == "s"
    window.palette_popup.close()


def test_another_language_rewrites_rail_title_and_tips(window):
    assert window.top_bar.title() == "Tags"
    i18n.set_language("ru")
    window.retranslate()
    assert window.top_bar.title() == "Теги"
    assert window.rail._items["calls"].text() == "Теги"
    assert window.rail._items["calls"].toolTip() == "Теги — Ctrl+1"
    assert window.status._keys.text().endswith("Клавиши")


def test_dropped_folders_and_files_are_told(window, qtbot, tmp_path: Path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path)), QUrl("https://example.org/x.wav")])
    event = QDropEvent(
        QPointF(9, 9),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    with qtbot.waitSignal(window.paths_dropped) as told:
        window.dropEvent(event)
    assert told.args == [[tmp_path]]


def test_files_a_screen_takes_for_itself_are_not_imported(window, qtbot, tmp_path: Path, monkeypatch):
    screen, taken, imported = window.current_screen(), [], []
    monkeypatch.setattr(screen, "takes", lambda paths: all(path.suffix == ".txt" for path in paths))
    monkeypatch.setattr(screen, "take", taken.append)
    window.paths_dropped.connect(imported.append)
    for name in ("labels.txt", "calls.csv"):
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(tmp_path / name))])
        held = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        window.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, *held))
    assert taken == [[tmp_path / "labels.txt"]]
    assert imported == [[tmp_path / "calls.csv"]]


def test_the_rail_is_narrow_in_a_narrow_window_and_geometry_is_kept(window, desk):
    wide = window.rail.width()
    window.resize(1280, 800)
    assert window.rail.width() < wide
    window.close()
    assert desk.remembered("geometry")
    assert desk.remembered("screen") == "calls"


def test_the_keys_page_lists_and_searches(window):
    window.show_keys()
    page = window._keys_dialog
    assert "Skip silence" in page.page.toPlainText()
    page.search.setText("silence")
    assert "Loop" not in page.page.toPlainText()
    page.search.setText("Ctrl+Enter")
    assert "Submit" in page.page.toPlainText()
    page.close()
