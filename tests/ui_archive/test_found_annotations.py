"""The search over the annotations of all calls: by keys and mouse, heard one after another, handed on."""

from __future__ import annotations

import numpy as np
import openpyxl
import pytest
import soundfile
from call_makers import make_call, make_manager, make_recording
from dressed import Heard, column_texts, mount, settle
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from qaapp.calls import annotations as notes
from qaapp.calls.annotation_search import Wanted
from qaapp.player.null_sink import NullSink
from qaapp.player.player import Player
from qaapp.progress import run
from qaapp.reports.annotations_book import write_annotations
from qaapp.ui.archive.found_model import TEXT
from qaapp.ui.archive.screen import FOUND, ArchiveScreen
from qaapp.ui.clips_dialog import ClipsDialog

RATE, SECONDS = 8000, 4


class Step:
    at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def filled(database, tmp_path):
    """Three calls of Anna and Oleg, the last one without its recording; five annotations."""
    folder = tmp_path / "calls"
    folder.mkdir()
    tone = (8000 * np.sin(np.arange(SECONDS * RATE) / 4)).astype(np.int16)
    with database.write() as session:
        people = [make_manager(session, "Anna"), make_manager(session, "Oleg")]
        calls = []
        for number, name in enumerate(("a", "b", "gone")):
            call = make_call(
                session, name, -number, manager_id=people[number % 2], customer_number="79001234567"
            )
            make_recording(session, call, str(folder), f"{name}.wav", duration_ms=SECONDS * 1000, channels=2)
            if name != "gone":
                soundfile.write(
                    folder / f"{name}.wav", np.stack([tone, tone // 3], 1), RATE, subtype="PCM_16"
                )
            calls.append(call)
        notes.add(session, calls[0], 2, 500, 1500, "дорого", sign=-1)
        notes.add(session, calls[0], 1, 2000, 3000, "stage")
        notes.add(session, calls[1], 2, 1000, None, "=too dear", sign=1, said="No", should_have_said="Yes")
        notes.add(session, calls[2], 2, 0, 900, "nothing to hear")
        notes.add(session, calls[2], 1, 1000, None, "last")
    return calls


@pytest.fixture
def clock():
    return Step()


@pytest.fixture
def screen(qtbot, desk, filled, qapp, clock):
    player = Player(NullSink(clock))
    made = mount(qtbot, ArchiveScreen(desk, player))
    made.show_found()
    settle(qtbot, desk)
    yield made
    made.release()
    player.close()


def look(qtbot, screen, **wanted):
    fields = {key: value if key == "text" else frozenset(value) for key, value in wanted.items()}
    screen.found.look_for(Wanted(**fields))
    settle(qtbot, screen.desk)
    return column_texts(screen.found.table, TEXT)


def test_all_are_shown_newest_call_first_and_words_find(qtbot, screen):
    found = screen.found
    assert found.bar.search.hasFocus()
    assert column_texts(found.table, TEXT)[:2] == ["дорого", "stage"]
    assert found._count.text() == "5 annotations"
    QTest.keyClicks(found.bar.search, "dear")
    qtbot.waitUntil(lambda: found.bar.wanted.text == "dear")
    settle(qtbot, screen.desk)
    assert column_texts(found.table, TEXT) == ["=too dear · «No» → «Yes»"]
    QTest.keyClick(found.bar.search, Qt.Key.Key_Escape)
    settle(qtbot, screen.desk)
    assert found.count == 5


def test_every_menu_narrows(qtbot, screen):
    assert len(look(qtbot, screen, kind_ids=[1])) == 2
    assert look(qtbot, screen, signs=[1, -1], kind_ids=[2]) == ["дорого", "=too dear · «No» → «Yes»"]
    bar = screen.found.bar
    for name in bar._menus:
        bar._open(name)
        assert bar._menus[name].isVisible()
        bar._menus[name].close()
    assert bar._buttons["signs"].value() == "Plus or minus  2"
    assert look(qtbot, screen, text="nowhere") == []
    assert screen.found.pages.currentWidget() is screen.found.nothing
    screen.found.nothing.button.click()
    settle(qtbot, screen.desk)
    assert screen.found.count == 5


def test_enter_opens_the_call_at_the_moment(qtbot, screen, filled):
    opened = Heard(screen.open_call)
    table = screen.found.table
    table.setFocus()
    table.selectRow(1)
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert opened.last == (filled[0], 2000)


def test_they_are_played_one_after_another_and_a_silent_one_is_said(qtbot, screen, clock):
    found, player = screen.found, screen._player
    failed, changed = Heard(screen.failed), Heard(found.playlist.item_changed)
    found.table.setFocus()
    QTest.keyClick(found.table, Qt.Key.Key_Space)
    heard = []
    for _number in range(3):
        before = len(changed.calls)
        qtbot.waitUntil(lambda: player.is_playing() and found.playlist.item is not None)
        heard.append(found.playlist.item.hit.annotation.text)
        assert found.strip.isVisible()
        clock.at += SECONDS + 1
        player.tick()
        qtbot.waitUntil(lambda before=before: len(changed.calls) > before)
    assert heard == ["дорого", "stage", "=too dear"]
    qtbot.waitUntil(lambda: found.playlist.item is None)
    assert "gone.wav" in failed.calls[0][0].sentence()
    assert not found.strip.isVisible()


def test_alt_arrows_step_through_what_is_played(qtbot, screen):
    found = screen.found
    found.play_all()
    qtbot.waitUntil(lambda: found.playlist.item is not None and screen._player.is_playing())
    found.table.setFocus()
    QTest.keyClick(found.table, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert found.playlist.place() == (2, 5)
    assert found.strip._about.text().endswith("2 of 5"), "in the same call at once"
    QTest.keyClick(found.table, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert found.playlist.item.hit.annotation.text == "дорого"
    QTest.keyRelease(found.table, Qt.Key.Key_Alt)


def test_space_pauses_and_another_tab_stops(qtbot, screen):
    found, player = screen.found, screen._player
    found.play_all()
    qtbot.waitUntil(player.is_playing)
    found.table.setFocus()
    QTest.keyClick(found.table, Qt.Key.Key_Space)
    assert not player.is_playing()
    QTest.keyClick(found.table, Qt.Key.Key_Space)
    assert player.is_playing()
    screen._tabs.setCurrentIndex(0)
    assert not player.is_playing()
    assert screen._pages.currentIndex() == 0
    screen.show_found()
    assert screen._tabs.currentIndex() == FOUND


def test_what_was_found_becomes_a_sheet(qtbot, screen, tmp_path, monkeypatch):
    told = Heard(screen.show_message)
    look(qtbot, screen, kind_ids=[2])
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(tmp_path / "found"), ""))
    screen.found._ask_sheet(".xlsx")
    settle(qtbot, screen.desk)
    assert told.last[0] == f"Saved: {tmp_path / 'found.xlsx'}"
    sheet = openpyxl.load_workbook(tmp_path / "found.xlsx").active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    texts = [value for row in rows for value in row if isinstance(value, str)]
    assert {"дорого", "=too dear", "No", "Yes", "minus", "plus"} <= set(texts)
    assert "stage" not in texts


def test_the_csv_hides_numbers_when_asked(database, filled, tmp_path):
    path = run(write_annotations(database, Wanted(text="дорого"), tmp_path / "found.csv", mask=True))
    text = path.read_text(encoding="utf-8-sig")
    assert "дорого" in text
    assert "1234567" not in text.replace(" ", "").replace("-", "")


def test_clips_of_the_chosen_ones(qtbot, screen, tmp_path):
    told = Heard(screen.show_message)
    table = screen.found.table
    table.setFocus()
    table.selectAll()
    modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(table, Qt.Key.Key_S, modifiers)
    QTest.keyRelease(table, Qt.Key.Key_Shift)
    dialog = next(box for box in screen.findChildren(ClipsDialog) if box.isVisible())
    dialog.folder.setText(str(tmp_path / "out"))
    dialog.format.set_current(".wav")
    dialog.accept()
    settle(qtbot, screen.desk)
    assert told.last[0].startswith("3 clips saved in")
    assert len(list((tmp_path / "out").iterdir())) == 3


def test_pages_are_read_as_one_scrolls(qtbot, desk, database, qapp, monkeypatch):
    from qaapp.ui.archive import found_page

    with database.write() as session:
        call = make_call(session, "many")
        for number in range(25):
            notes.add(session, call, 1, number, None, str(number))
    read = found_page.searching.page
    monkeypatch.setattr(
        found_page.searching,
        "page",
        lambda s, w, z, after=None, limit=10, **stop: read(s, w, z, after, 10, **stop),
    )
    player = Player(NullSink(Step()))
    screen = mount(qtbot, ArchiveScreen(desk, player), height=300)
    screen.show_found()
    settle(qtbot, desk)
    model = screen.found.model_
    while model.canFetchMore():
        model.fetchMore()
        settle(qtbot, desk)
    assert [hit.annotation.text for hit in model.rows] == [str(number) for number in range(25)]
    screen.release()
    player.close()
