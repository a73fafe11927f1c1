"""The archive by keys and mouse: columns, stages, edits with undo, playing one after another, the folder."""

from __future__ import annotations

import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from call_makers import make_call, make_manager, make_recording
from dressed import Heard, click, column_texts, mount, settle, undo_of
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog

from qaapp.archive import items as archive
from qaapp.player.null_sink import NullSink
from qaapp.player.player import Player
from qaapp.ui.archive.edit_dialog import EditDialog
from qaapp.ui.archive.screen import ArchiveScreen
from qaapp.words import Verdict

RATE = 8000
SECONDS = 4


class Step:
    """A clock that a test moves by hand (seconds)."""

    at = 0.0

    def __call__(self) -> float:
        return self.at


def tone(path: Path) -> None:
    t = np.arange(SECONDS * RATE) / RATE
    both = np.array([9000 * np.sin(2 * np.pi * 220 * t), 5000 * np.sin(2 * np.pi * 330 * t)]).astype("<i2").T
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(np.ascontiguousarray(both).tobytes())


@pytest.fixture
def examples(database, tmp_path) -> dict[str, int]:
    """Two of the best (a stretch, a whole call), one of the worst whose recording is not there."""
    folder = tmp_path / "calls"
    folder.mkdir()
    tone(folder / "a.wav")
    tone(folder / "b.wav")
    with database.write() as session:
        anna = make_manager(session, "Anna Smirnova")
        found = {}
        for number, (name, verdict, stage, start, end) in enumerate(
            (
                ("a", Verdict.BEST, "Contact", 1000, 3000), ("b", Verdict.BEST, "Price", None, None),
                ("gone", Verdict.WORST, "Price", 0, 1000),
            )
        ):  # fmt: skip
            call_id = make_call(session, name, -number, manager_id=anna, talk_s=SECONDS, duration_s=SECONDS)
            make_recording(
                session, call_id, str(folder), f"{name}.wav", duration_ms=SECONDS * 1000, channels=2,
                sample_rate=RATE, state="available",
            )  # fmt: skip
            row = archive.add(
                session, call_id, verdict, stage=stage, title=f"Example {name}", reason="Because", said="No",
                should_have_said="Yes", start_ms=start, end_ms=end,
            )  # fmt: skip
            found[name] = row if isinstance(row, int) else row.id
    return found


@pytest.fixture
def clock() -> Step:
    return Step()


@pytest.fixture
def player(qapp, clock):
    made = Player(NullSink(clock))
    yield made
    made.close()


@pytest.fixture
def screen(qtbot, desk, examples, player):
    made = mount(qtbot, ArchiveScreen(desk, player))
    yield made
    made.release()


def titles(screen: ArchiveScreen, verdict: Verdict) -> list[str]:
    return [text.partition(",")[0] for text in column_texts(screen._lists[verdict], 0)]


def item(screen: ArchiveScreen, verdict: Verdict, row: int):
    return screen._lists[verdict].clips.items[row]


def stages(screen: ArchiveScreen) -> list[tuple[str, str, str]]:
    tree = screen._stages
    rows = [tree.topLevelItem(row) for row in range(tree.topLevelItemCount())]
    return [(row.text(0), row.text(1), row.text(2)) for row in rows]


def choose_stage(screen: ArchiveScreen, name: str) -> None:
    tree = screen._stages
    row = next(row for row in range(tree.topLevelItemCount()) if tree.topLevelItem(row).text(0) == name)
    click(tree.viewport(), tree.visualItemRect(tree.topLevelItem(row)).center())


def play_button(screen: ArchiveScreen, verdict: Verdict, row: int):
    clips = screen._lists[verdict]
    rect = clips.visualRect(clips.clips.index(row))
    return clips.viewport(), clips._delegate.play_rect(rect).center()


def to_the_end(qtbot, player: Player, clock: Step, item_changed) -> None:
    """Let the clock run until the example that plays has ended."""
    before = len(item_changed.calls)
    clock.at += SECONDS + 1
    player.tick()
    qtbot.waitUntil(lambda: len(item_changed.calls) > before)


def test_best_and_worst_stand_side_by_side(screen):
    assert titles(screen, Verdict.BEST) == ["Example a", "Example b"]
    assert titles(screen, Verdict.WORST) == ["Example gone"]
    assert stages(screen) == [("All stages", "2", "1"), ("Contact", "1", "0"), ("Price", "1", "1")]
    assert screen._count.text() == "3 examples"


def test_a_stage_narrows_both_columns(screen):
    choose_stage(screen, "Price")
    assert titles(screen, Verdict.BEST) == ["Example b"]
    assert titles(screen, Verdict.WORST) == ["Example gone"]
    assert screen._heading.text() == "Price"
    QTest.keyClick(screen._stages, Qt.Key.Key_Up)
    assert titles(screen, Verdict.BEST) == ["Example a"]
    choose_stage(screen, "All stages")
    assert screen._count.text() == "3 examples"


def test_deleting_by_key_and_the_way_back(screen):
    told = Heard(screen.show_message)
    clips = screen._lists[Verdict.BEST]
    clips.setFocus()
    clips.setCurrentIndex(clips.clips.index(0))
    QTest.keyClick(clips, Qt.Key.Key_Delete)
    assert titles(screen, Verdict.BEST) == ["Example b"]
    assert told.last[0] == "“Example a” was removed from the archive"
    undo_of(told)()
    assert titles(screen, Verdict.BEST) == ["Example a", "Example b"]


def test_the_last_example_of_a_stage_takes_the_stage_with_it(screen):
    choose_stage(screen, "Contact")
    screen._delete(item(screen, Verdict.BEST, 0))
    assert screen._heading.text() == "All stages"
    assert titles(screen, Verdict.BEST) == ["Example b"]
    screen.undo()
    assert "Contact" in [name for name, _best, _worst in stages(screen)]


def test_editing_and_the_way_back(screen, monkeypatch):
    changed = replace(item(screen, Verdict.BEST, 0), title="Another title", verdict=Verdict.WORST)
    monkeypatch.setattr(EditDialog, "exec", lambda _self: QDialog.DialogCode.Accepted)
    monkeypatch.setattr(EditDialog, "edited", lambda _self: changed)
    screen.edit(item(screen, Verdict.BEST, 0))
    assert "Another title" in titles(screen, Verdict.WORST)
    screen.undo()
    assert titles(screen, Verdict.BEST) == ["Example a", "Example b"]


def test_the_dialog_gives_back_what_was_put_into_it(qtbot, screen):
    example = item(screen, Verdict.BEST, 0)
    dialog = EditDialog(example, ["Contact", "Price"], [(7, "Irina")])
    qtbot.addWidget(dialog)
    assert dialog.edited() == example
    dialog._title.setText("  New title ")
    dialog._owner.setCurrentIndex(1)
    dialog._stage.setCurrentText("Closing")
    dialog._verdict.setFocus()
    QTest.keyClick(dialog._verdict, Qt.Key.Key_Right)
    edited = dialog.edited()
    assert (edited.title, edited.owner_id, edited.stage) == ("New title", 7, "Closing")
    assert edited.verdict == Verdict.WORST


def test_a_refreshed_example_and_the_way_back(screen, desk):
    with desk.database.read() as session:
        before = archive.get(session, item(screen, Verdict.BEST, 0).id).refreshed_at
    screen._refresh(item(screen, Verdict.BEST, 0))
    with desk.database.read() as session:
        assert archive.get(session, item(screen, Verdict.BEST, 0).id).refreshed_at > before
    screen.undo()
    with desk.database.read() as session:
        assert archive.get(session, item(screen, Verdict.BEST, 0).id).refreshed_at == before


def test_what_cannot_be_deleted_is_told_and_not_called_done(screen):
    failed, told = Heard(screen.failed), Heard(screen.show_message)
    screen._delete(replace(item(screen, Verdict.BEST, 0), id=9999))
    assert len(failed.calls) == 1
    assert told.calls == []


def test_the_play_button_plays_the_stretch_to_its_end(qtbot, desk, screen, player, clock):
    changed = Heard(screen._playlist.item_changed)
    click(*play_button(screen, Verdict.BEST, 0))
    qtbot.waitUntil(player.is_playing)
    assert screen._strip.isVisible()
    assert screen._lists[Verdict.BEST].playing_id == item(screen, Verdict.BEST, 0).id
    assert player.position_ms() == pytest.approx(1000, abs=1)
    QTest.keyClick(screen._lists[Verdict.BEST], Qt.Key.Key_Space)
    assert not player.is_playing()
    QTest.keyClick(screen._lists[Verdict.BEST], Qt.Key.Key_Space)
    assert player.is_playing()
    to_the_end(qtbot, player, clock, changed)
    assert changed.last == (None,)
    assert not screen._strip.isVisible()


def test_examples_play_one_after_another_and_a_missing_one_is_told(qtbot, desk, screen, player, clock):
    changed, failed = Heard(screen._playlist.item_changed), Heard(screen.failed)
    click(screen._listen)
    qtbot.waitUntil(player.is_playing)
    to_the_end(qtbot, player, clock, changed)
    assert changed.last[0].title == "Example b"
    assert player.position_ms() < 3000
    to_the_end(qtbot, player, clock, changed)
    assert changed.last == (None,)
    assert len(failed.calls) == 1


def test_another_example_chosen_while_one_plays_is_the_one_that_plays(qtbot, screen, player):
    click(*play_button(screen, Verdict.BEST, 0))
    qtbot.waitUntil(player.is_playing)
    click(*play_button(screen, Verdict.BEST, 1))
    assert not player.is_playing()
    qtbot.waitUntil(player.is_playing)
    assert screen._playlist.item.title == "Example b"
    assert player.position_ms() == pytest.approx(0, abs=1)


def test_a_click_into_the_strip_seeks_in_the_stretch_and_review_opens_there(qtbot, screen, player):
    opened = Heard(screen.open_call)
    screen._play_one(item(screen, Verdict.BEST, 0))
    qtbot.waitUntil(player.is_playing)
    screen._strip.progress.sought.emit(0.5)
    assert player.position_ms() == pytest.approx(2000, abs=2)
    click(screen._strip._review)
    assert opened.last[0] == item(screen, Verdict.BEST, 0).call_id
    assert opened.last[1] == pytest.approx(2000, abs=2)


def test_leaving_the_screen_stops_the_sound(qtbot, screen, player):
    screen._play_one(item(screen, Verdict.BEST, 0))
    qtbot.waitUntil(player.is_playing)
    screen.deactivate()
    assert not player.is_playing()
    assert not screen._strip.isVisible()


def test_enter_and_a_double_click_open_the_call_in_review(screen):
    opened = Heard(screen.open_call)
    clips = screen._lists[Verdict.BEST]
    clips.setCurrentIndex(clips.clips.index(0))
    QTest.keyClick(clips, Qt.Key.Key_Return)
    assert opened.last == (item(screen, Verdict.BEST, 0).call_id, 1000)
    centre = clips.visualRect(clips.clips.index(1)).center()
    click(clips.viewport(), centre)
    QTest.mouseDClick(clips.viewport(), Qt.MouseButton.LeftButton, pos=centre)
    assert opened.last == (item(screen, Verdict.BEST, 1).call_id, 0)


def test_waves_are_made_in_the_background(qtbot, desk, screen):
    screen.grab()
    settle(qtbot, desk)
    drawn = screen._waves.get(item(screen, Verdict.BEST, 0), desk.roots)
    assert drawn is not None
    assert drawn.up.max() == pytest.approx(1)
    assert screen._waves.get(item(screen, Verdict.WORST, 0), desk.roots) is None


def test_what_is_shown_is_written_as_a_folder(qtbot, desk, screen, tmp_path):
    told, failed = Heard(screen.show_message), Heard(screen.failed)
    folder = tmp_path / "pack"
    screen.export_to(folder)
    settle(qtbot, desk)
    assert failed.calls == []
    assert told.last[0].startswith("Saved: ")
    assert len(list(folder.rglob("*.mp3")) + list(folder.rglob("*.wav")) + list(folder.rglob("*.opus"))) == 2
    assert "Example gone" in next(folder.glob("*.html")).read_text(encoding="utf-8")
    screen.export_to(folder)
    settle(qtbot, desk)
    assert len(failed.calls) == 1


def test_an_empty_archive_says_how_it_is_filled(qtbot, desk, player):
    screen = mount(qtbot, ArchiveScreen(desk, player))
    asked = Heard(screen.open_queue)
    assert screen._stack.currentWidget() is screen._empty
    screen._empty.clicked.emit()
    assert asked.calls


def test_the_lists_keep_the_rules_of_models(screen, qtmodeltester):
    qtmodeltester.check(screen._lists[Verdict.BEST].clips)
