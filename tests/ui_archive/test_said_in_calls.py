"""The search over the texts of all calls: words in, hits heard one after another, opened at their moment."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
from call_makers import make_call, make_manager, make_recording
from dressed import Heard, column_texts, mount, settle
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from qaapp.calls import transcripts
from qaapp.player.null_sink import NullSink
from qaapp.player.player import Player
from qaapp.sources.records import PhraseRecord, TranscriptRecord
from qaapp.ui.archive.said_page import AFTER_MS, BEFORE_MS, SIDE, TEXT
from qaapp.ui.archive.screen import ArchiveScreen
from qaapp.ui.clips_dialog import ClipsDialog
from qaapp.words import Lane

RATE, SECONDS = 8000, 4


class Step:
    at = 0.0

    def __call__(self) -> float:
        return self.at


def spoken(*phrases: tuple[int, str, Lane]) -> TranscriptRecord:
    return TranscriptRecord(
        "a.vtt", "vtt", tuple(PhraseRecord(at, at + 900, words, lane) for at, words, lane in phrases)
    )


@pytest.fixture
def filled(database, tmp_path):
    """Two calls with texts and one without."""
    folder = tmp_path / "calls"
    folder.mkdir()
    tone = (8000 * np.sin(np.arange(SECONDS * RATE) / 4)).astype(np.int16)
    with database.write() as session:
        anna = make_manager(session, "Anna")
        calls = []
        for number, name in enumerate("abc"):
            call = make_call(session, name, -number, manager_id=anna if number else None)
            make_recording(session, call, str(folder), f"{name}.wav", duration_ms=SECONDS * 1000, channels=2)
            soundfile.write(folder / f"{name}.wav", np.stack([tone, tone // 3], 1), RATE, subtype="PCM_16")
            calls.append(call)
        transcripts.store(
            session, calls[0], spoken((500, "Это дорого", Lane.CUSTOMER), (2000, "Понимаю вас", Lane.MANAGER))
        )
        transcripts.store(
            session,
            calls[1],
            spoken((1000, "Не дороже, чем у всех", Lane.MANAGER), (2500, "100 % [да]", Lane.CUSTOMER)),
        )
    return calls


@pytest.fixture
def clock():
    return Step()


@pytest.fixture
def screen(qtbot, desk, filled, qapp, clock):
    player = Player(NullSink(clock))
    made = mount(qtbot, ArchiveScreen(desk, player))
    made.show_said()
    settle(qtbot, desk)
    yield made
    made.release()
    player.close()


def type_words(qtbot, screen, words):
    screen.said.bar.search.clear()
    screen.said.bar.search.insert(words)
    qtbot.waitUntil(lambda: screen.said.bar.wanted.text == words)
    settle(qtbot, screen.desk)
    return column_texts(screen.said.table, TEXT)


def test_without_words_it_says_how_many_calls_can_be_searched(screen):
    said = screen.said
    assert said.bar.search.hasFocus()
    assert said._count.text() == "2 calls have a text"
    assert said.pages.currentWidget() is said.nothing
    assert not said.play.isEnabled()


def test_words_are_found_with_who_said_them(qtbot, screen):
    assert type_words(qtbot, screen, "ДОРО") == ["Это дорого", "Не дороже, чем у всех"]
    assert column_texts(screen.said.table, SIDE) == ["customer", "manager"]
    assert screen.said._count.text() == "2 phrases"
    assert type_words(qtbot, screen, "% [д") == ["100 % [да]"]
    assert type_words(qtbot, screen, "нигде") == []
    screen.said.nothing.button.click()
    settle(qtbot, screen.desk)
    assert screen.said.bar.wanted.text == ""


def test_sides_and_managers_narrow(qtbot, screen):
    type_words(qtbot, screen, "доро")
    bar = screen.said.bar
    bar._open("lanes")
    bar._menus["lanes"].set_checked({Lane.MANAGER})
    bar._menus["lanes"].changed.emit(frozenset({Lane.MANAGER}))
    settle(qtbot, screen.desk)
    assert column_texts(screen.said.table, TEXT) == ["Не дороже, чем у всех"]
    bar._menus["manager_ids"].changed.emit(frozenset({None}))
    settle(qtbot, screen.desk)
    assert column_texts(screen.said.table, TEXT) == []


def test_hits_are_heard_one_after_another_and_opened(qtbot, screen, clock, filled):
    said = screen.said
    opened = Heard(screen.open_call)
    type_words(qtbot, screen, "доро")
    said.table.setFocus()
    QTest.keyClick(said.table, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: screen._player.is_playing())
    assert said.playlist.place() == (1, 2)
    assert said.playlist.stretch() == (500 - BEFORE_MS, 1400 + AFTER_MS)
    clock.at += 2.0
    qtbot.waitUntil(lambda: said.playlist.place() == (2, 2) and screen._player.is_playing())
    assert said.current().text == "Не дороже, чем у всех"
    QTest.keyClick(said.table, Qt.Key.Key_Return)
    assert opened.calls[-1] == (filled[1], 1000)


def test_hits_are_saved_as_clips(qtbot, screen):
    type_words(qtbot, screen, "доро")
    screen.said.table.selectAll()
    screen.said.save_clips()
    dialog = screen.said.findChild(ClipsDialog)
    assert dialog is not None
    assert len(dialog._wishes) == 2
    dialog.close()
