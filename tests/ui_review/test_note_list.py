"""The list of annotations beside the timeline: by keys and by mouse, with undo, filter, files, and what it tells aloud."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QLineEdit, QMenu

from qaapp.calls import annotations
from qaapp.ui.clips_dialog import ClipsDialog
from qaapp.ui.review import edits
from qaapp.ui.review.annotation_dialog import AnnotationDialog
from qaapp.ui.review.annotation_model import (
    AUTHOR,
    KIND,
    LENGTH,
    POINT,
    SAID,
    SHOULD,
    SIGN,
    TEXT,
    TIME,
    ListFilter,
)
from qaapp.ui.review.label_files import is_label_file
from qaapp.ui.review.writing import DUCK_DB
from qaapp.ui.widgets.phrase_field import PhraseField
from qaapp.words import Lane

K, M = Qt.Key, Qt.KeyboardModifier


def notes(house: Any) -> list[annotations.AnnotationRow]:
    with house.desk.database.read() as session:
        return annotations.list_annotations(session, house.screen.session.call_id)


def made(house: Any, *places: int, text: str = "") -> list[int]:
    """Annotations at these ms; the one made last is chosen."""
    session = house.screen.session
    for at in places:
        row = session.add_annotation(session.kinds[1].id, at)
        if text:
            session.change_annotation(replace(row, text=text))
    return [row.id for row in session.annotations]


def russian(key: Qt.Key, scan: int, text: str) -> QKeyEvent:
    return QKeyEvent(QKeyEvent.Type.KeyPress, ord(text), M.NoModifier, scan + 8, 0, 0, text)


# --- plus and minus ----------------------------------------------------------------------------------------------


def test_plus_and_minus_on_the_chosen_one_and_again_is_none(house: Any) -> None:
    house.key(K.Key_M)
    house.key(K.Key_Plus)
    assert notes(house)[0].sign == 1
    house.key(K.Key_Minus)
    assert notes(house)[0].sign == -1
    assert house.screen.timeline.state.items[0].sign == -1
    assert house.screen.timeline.state.items[0].label.startswith("−")
    house.key(K.Key_Minus)
    assert notes(house)[0].sign is None
    house.screen.undo()
    house.screen.undo()
    assert notes(house)[0].sign == 1


def test_plus_by_the_place_of_the_key_makes_a_new_one_where_none_is_chosen(house: Any) -> None:
    house.key(K.Key_L)
    QApplication.sendEvent(house.window, russian(K.Key_Equal, 13, "="))
    QApplication.sendEvent(
        house.screen.card.list, russian(K.Key_unknown, 12, "—")
    )  # a layout with another sign there
    (row,) = notes(house)
    assert (row.start_ms, row.sign) == (10_000, -1)


def test_the_sign_is_edited_in_the_list(house: Any) -> None:
    made(house, 1000)
    model = house.screen.center.table.model_
    assert model.setData(model.index(0, SIGN), 1)
    assert model.index(0, SIGN).data() == "+"
    assert model.index(0, SIGN).data(Qt.ItemDataRole.AccessibleTextRole) == "plus"
    assert notes(house)[0].sign == 1


# --- several at once ---------------------------------------------------------------------------------------------


def test_several_are_changed_deleted_and_brought_back_as_one_step(house: Any) -> None:
    made(house, 1000, 2000, 3000)
    table = house.screen.center.table
    table.setFocus()
    house.key(K.Key_A, M.ControlModifier)
    assert len(table.chosen_ids()) == 3
    house.key(K.Key_Plus)
    assert {row.sign for row in notes(house)} == {1}
    assert len(table.chosen_ids()) == 3, "they stay chosen"
    house.key(K.Key_1, M.AltModifier)
    assert {row.kind_id for row in notes(house)} == {house.screen.session.kinds[0].id}
    house.key(K.Key_Delete)
    assert notes(house) == []
    assert house.messages[-1][0] == "3 annotations deleted"
    house.messages[-1][1]()
    assert len(notes(house)) == 3
    house.screen.undo()
    house.screen.undo()
    assert {row.sign for row in notes(house)} == {None}


def test_arrows_walk_the_list_and_the_timeline_follows_until_escape(house: Any) -> None:
    ids = made(house, 1000, 2000, 3000)
    house.screen.center.choose(ids[0])
    table = house.screen.center.table
    table.setFocus()
    house.key(K.Key_Down)
    assert house.screen.center.current == ids[1]
    assert house.screen.timeline.state.current_item == ids[1]
    before = house.screen.card.list.current_checkpoint()
    house.key(K.Key_Escape)
    assert house.screen.card.list.hasFocus()
    house.key(K.Key_Down)
    assert house.screen.card.list.current_checkpoint() != before


def test_enter_in_the_list_writes_the_text(house: Any) -> None:
    ids = made(house, 1000)
    house.screen.center.choose(ids[0])
    house.screen.center.table.setFocus()
    house.key(K.Key_Return)
    editor = QApplication.focusWidget()
    assert isinstance(editor, QLineEdit)
    QTest.keyClicks(editor, "price")
    QTest.keyClick(editor, K.Key_Return)
    house.wait(lambda: notes(house)[0].text == "price")


def test_writing_in_the_list_pauses_too_and_a_double_click_edits_its_cell(house: Any) -> None:
    (known,) = made(house, 1000)
    house.screen.center.choose(known)
    table = house.screen.center.table
    house.screen.playback.play_from(3000)
    table.setFocus()
    house.key(K.Key_Return)
    assert not house.player.is_playing()
    QTest.keyClick(QApplication.focusWidget(), K.Key_Return)
    house.wait(house.player.is_playing)
    for column, kind in ((TEXT, QLineEdit), (KIND, QComboBox)):
        at = table.visualRect(table.model_.index(0, column)).center()
        QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=at)
        QTest.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=at)
        house.wait(lambda kind=kind: isinstance(QApplication.focusWidget(), kind))
        QTest.keyClick(QApplication.focusWidget(), K.Key_Return)
        house.wait(lambda: table.state() != table.State.EditingState)


def test_every_field_is_edited_in_place(house: Any) -> None:
    made(house, 1000)
    model = house.screen.center.table.model_
    goal = house.card.checkpoints[1]
    for column, value in (
        (TIME, "0:02,5"), (LENGTH, "1.5"), (TEXT, " too dear "), (SAID, "No"), (POINT, goal.id),
        (KIND, house.screen.session.kinds[0].id),
    ):  # fmt: skip
        assert model.setData(model.index(0, column), value)
    (row,) = notes(house)
    assert (row.start_ms, row.end_ms, row.text, row.said) == (2500, 4000, "too dear", "No")
    assert (row.checkpoint, row.kind_id) == (goal.text, house.screen.session.kinds[0].id)
    assert model.index(0, AUTHOR).data() == "Irina Kotova"
    assert not model.setData(model.index(0, TIME), "soon")
    assert not model.setData(model.index(0, KIND), 99)
    assert model.setData(model.index(0, LENGTH), "")
    assert notes(house)[0].end_ms is None


def test_pulls_in_a_row_are_one_step_and_later_ones_another(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(edits, "monotonic", lambda: now[0])
    (known,) = made(house, 1000)
    moved = house.screen.timeline.item_edited
    for number, at in enumerate((1100, 1200, 1300)):
        now[0] = number
        moved.emit(known, at, None)
    now[0] += edits.BUNDLE_S + 1
    moved.emit(known, 5000, None)
    house.screen.undo()
    assert notes(house)[0].start_ms == 1300
    house.screen.undo()
    assert notes(house)[0].start_ms == 1000
    house.screen.redo()
    assert notes(house)[0].start_ms == 1300


# --- filter, copy, what is heard ---------------------------------------------------------------------------------


def test_ctrl_f_filters_the_list_and_a_new_comment_lifts_the_filter(house: Any) -> None:
    made(house, 1000, text="дорого")
    made(house, 2000, text="other")
    session = house.screen.session
    session.change_annotation(replace(session.annotations[1], sign=1))
    notes_list, table = house.screen.center.notes, house.screen.center.table
    assert not notes_list.bar.isVisible()
    house.key(K.Key_F, M.ControlModifier)
    assert notes_list.search.hasFocus()
    notes_list.search.setText("ДОРО")
    house.wait(lambda: len(table.model_.rows) == 1)
    assert notes_list._count.text() == "1 of 2"
    table.set_filter(ListFilter(signs=frozenset([1])))
    assert [row.text for row in table.model_.rows] == ["other"]
    table.set_filter(ListFilter(authors=frozenset(["nobody"])))
    assert notes_list._nothing.text() == "No annotation fits the filter."
    house.screen.card.list.setFocus()
    house.key(K.Key_M, M.ControlModifier)
    editor = QApplication.focusWidget()
    assert isinstance(editor, QLineEdit)
    assert table.model_.filter == ListFilter()
    QTest.keyClick(editor, K.Key_Return)
    house.wait(lambda: house.screen.card.list.hasFocus())
    table.set_filter(ListFilter(kind_ids=frozenset([99])))
    notes_list.close_filter()
    assert len(table.model_.rows) == 3
    assert not notes_list.bar.isVisible()


def test_an_empty_list_says_how_one_is_made(house: Any) -> None:
    assert house.screen.center.notes._nothing.isVisible()
    assert house.screen.center.notes._nothing.text().startswith("No annotations yet: M makes one")


def test_sorting_by_a_head(house: Any) -> None:
    made(house, 1000, text="b")
    made(house, 2000, text="a")
    table = house.screen.center.table
    table.sortByColumn(TEXT, Qt.SortOrder.AscendingOrder)
    assert [row.text for row in table.model_.rows] == ["a", "b"]
    table.sortByColumn(AUTHOR, Qt.SortOrder.DescendingOrder)
    table.sortByColumn(TIME, Qt.SortOrder.DescendingOrder)
    assert [row.text for row in table.model_.rows] == ["a", "b"]


def test_copied_as_text_for_a_messenger(house: Any) -> None:
    made(house, 61_000, text="too dear")
    session = house.screen.session
    row = replace(
        session.annotations[0], sign=-1, end_ms=65_000, said="No", checkpoint_id=house.card.checkpoints[0].id
    )
    session.change_annotation(row)
    house.screen.center.table.copy_as_text()
    kind = session.kinds[1].name
    assert QGuiApplication.clipboard().text() == (
        f"1:01–1:05 − {kind}: too dear · «No» — Greeting, name and company"
    )


def test_the_list_says_a_whole_annotation_to_a_screen_reader(house: Any) -> None:
    made(house, 61_000, text="too dear")
    spoken = house.screen.center.table.model_.index(0, TIME).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == f"1:01, {house.screen.session.kinds[1].name}, too dear, Irina Kotova"


# --- comment and pause -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["pause", "duck", "play"])
def test_while_a_comment_is_written_the_sound_does_what_one_chose(house: Any, how: str) -> None:
    house.desk.update_personal(comment_sound=how)
    house.key(K.Key_Space)
    house.hear(2)
    house.key(K.Key_M, M.ControlModifier)
    assert house.player.is_playing() is (how != "pause")
    gain = house.player.gain_db(Lane.MANAGER)
    assert gain == (DUCK_DB if how == "duck" else 0.0)
    at = house.player.position_ms()
    editor = QApplication.focusWidget()
    assert isinstance(editor, QLineEdit)
    QTest.keyClicks(editor, "note")
    QTest.keyClick(editor, K.Key_Return)  # it is taken when the events are
    house.wait(lambda: notes(house)[0].text == "note")
    assert house.player.is_playing()
    assert house.player.gain_db(Lane.MANAGER) == 0.0
    assert house.player.position_ms() == pytest.approx(at, abs=60), "no step back"
    house.wait(lambda: house.screen.card.list.hasFocus())


def test_with_ctrl_held_the_new_annotation_is_the_only_chosen_one(house: Any) -> None:
    made(house, 1000)
    house.screen.center.choose(house.screen.session.annotations[0].id)
    house.key(K.Key_L)
    house.key(K.Key_M, M.ControlModifier)
    assert house.screen.center.table.chosen_ids() == [house.screen.center.current]
    QTest.keyClick(QApplication.focusWidget(), K.Key_Return)
    house.wait(lambda: house.screen.card.list.hasFocus())
    assert len(house.screen.center.chosen_rows()) == 1


def test_a_comment_while_nothing_plays_starts_nothing(house: Any) -> None:
    house.key(K.Key_M, M.ControlModifier)
    QTest.keyClick(QApplication.focusWidget(), K.Key_Return)
    house.wait(lambda: house.screen.card.list.hasFocus())
    assert not house.player.is_playing()


# --- everything in one place -------------------------------------------------------------------------------------


def test_alt_enter_opens_everything_and_it_is_one_step(house: Any) -> None:
    made(house, 1234)
    house.screen.center.choose(house.screen.session.annotations[0].id)
    house.key(K.Key_Return, M.AltModifier)
    dialog = house.screen.findChild(AnnotationDialog)
    assert dialog is not None
    assert dialog.focusWidget() is dialog.text
    dialog.text.setText("too dear")
    dialog.end.setText("soon")
    dialog.accept()
    assert dialog.isVisible(), "a wrong time is said and nothing is lost"
    dialog.end.setText("3.5")
    dialog.sign.set_current("1")
    dialog.point.setCurrentIndex(2)
    dialog.said.setText("No")
    dialog.should.setText("Yes")
    dialog.accept()
    (row,) = notes(house)
    assert (row.start_ms, row.end_ms, row.text, row.sign) == (1234, 3500, "too dear", 1)
    assert (row.said, row.should_have_said, row.checkpoint) == ("No", "Yes", house.card.checkpoints[1].text)
    house.screen.undo()
    assert (notes(house)[0].end_ms, notes(house)[0].text) == (None, "")


def test_the_menu_of_a_row_links_and_signs(house: Any) -> None:
    made(house, 1000)
    house.screen.center.choose(house.screen.session.annotations[0].id)
    menu = QMenu()
    house.screen.center.table.menu_wanted.emit(menu)
    words = {action.text().split("\t")[0]: action for action in menu.actions()}
    words["A plus"].trigger()
    assert notes(house)[0].sign == 1
    words["Delete"].trigger()
    assert notes(house) == []


# --- files -------------------------------------------------------------------------------------------------------


def test_labels_go_out_and_come_back_onto_another_call(house: Any, tmp_path: Path, monkeypatch: Any) -> None:
    made(house, 1000, 2000, text="a | b")
    file = tmp_path / "out"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(file), "Audacity labels (*.txt)"))
    house.key(K.Key_E, M.ControlModifier | M.ShiftModifier)
    written = file.with_suffix(".txt")
    assert len(written.read_text(encoding="utf-8").splitlines()) == 2
    assert house.messages[-1][0].startswith("Saved:")
    house.open(1)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_args: (str(written), ""))
    house.desk.keyboard.trigger("import_labels")
    assert [row.text for row in notes(house)] == ["a | b", "a | b"]
    assert house.messages[-1][0] == "2 annotations added"
    house.desk.keyboard.trigger("import_labels")
    assert house.messages[-1] == ("0 annotations added, 2 are there already", None)
    house.screen.undo()
    assert notes(house) == []


def test_only_the_chosen_ones_are_exported_when_several_are(house: Any, tmp_path: Path) -> None:
    made(house, 1000, 2000, 3000)
    table = house.screen.center.table
    table.selectRow(0)
    table._select({row.id for row in house.screen.session.annotations[:2]})
    house.screen.center.labels.export_to(tmp_path / "two.json", "json")
    assert (tmp_path / "two.json").read_text(encoding="utf-8").count('"start_ms"') == 2


def test_a_file_that_cannot_be_written_or_read_is_said(house: Any, tmp_path: Path) -> None:
    made(house, 1000)
    told: list[Any] = []
    house.screen.failed.connect(told.append)
    (tmp_path / "no").write_text("a file, no folder")
    house.screen.center.labels.export_to(tmp_path / "no" / "x.json", "json")
    house.screen.center.labels.take(tmp_path / "nothing.txt")
    assert ["cannot be written" in told[0].sentence(), "cannot be read" in told[1].sentence()] == [True, True]


@pytest.mark.parametrize(
    ("content", "is_labels"),
    [
        (b"1.0\t2.0\tfine", True), (b"\xef\xbb\xbf0,5\t0,5\n", True), (b'[{"kind": "stage"}]', True), (b"\n3\t4", True),
        ("1.0\t2.0\tx".encode("utf-16"), True), (b"date;number\n1;2", False), (b"2026-03-17\t10:00", False), (b"", False),
        (b"79001234567\t60\tanswered", True),  # a log of bare numbers looks the same; the lines will say
    ],
)  # fmt: skip
def test_what_looks_like_labels(tmp_path: Path, content: bytes, is_labels: bool) -> None:
    file = tmp_path / "x.txt"
    file.write_bytes(content)
    assert is_label_file(file) is is_labels
    assert not is_label_file(tmp_path / "none.txt")
    assert not is_label_file(tmp_path)


def test_a_label_file_dropped_onto_review_is_taken_and_a_log_is_not(house: Any, tmp_path: Path) -> None:
    labels, log = tmp_path / "labels.txt", tmp_path / "calls.csv"
    labels.write_text("1.0\t2.0\tfine\nbad\n", encoding="utf-8")
    log.write_text("x", encoding="utf-8")
    assert house.screen.takes([labels])
    assert not house.screen.takes([labels, log])
    house.screen.take([labels])
    assert [row.text for row in notes(house)] == ["fine"]
    assert house.messages[-1][0] == "1 annotation added, 1 line not taken"
    dialog = next(
        box
        for box in house.screen.findChildren(QApplication.activeModalWidget().__class__)
        if box.isVisible()
    )
    assert "labels.txt" in dialog.windowTitle()
    dialog.accept()


# --- clips -------------------------------------------------------------------------------------------------------


def test_clips_of_the_chosen_of_a_region_and_of_the_whole_call(house: Any, tmp_path: Path) -> None:
    out = tmp_path / "clips"

    def save(*, beep: bool = True) -> str:
        house.key(K.Key_S, M.ControlModifier | M.ShiftModifier)
        dialog = next(box for box in house.screen.findChildren(ClipsDialog) if box.isVisible())
        title = str(dialog.windowTitle())
        dialog.folder.setText("")
        dialog.accept()
        assert dialog.isVisible(), "no folder is said in place"
        dialog.folder.setText(str(out))
        dialog.format.set_current(".wav")
        dialog.sides.set_current("manager")
        dialog.beep.setChecked(beep)
        told = len(house.messages)
        dialog.accept()
        house.wait(lambda: len(house.messages) > told)
        return title

    assert save() == "Save the call as a file"
    house.screen.timeline.select_region(1000, 3000)
    assert save() == "Save 1 clip"
    made(house, 1000, 2000, text="x")
    house.screen.timeline.select_region(None)
    table = house.screen.center.table
    table.selectAll()
    assert save() == "Save 2 clips"
    assert house.messages[-1][0].startswith("2 clips saved in")
    assert len(list(out.glob("*.wav"))) == 4
    again = ClipsDialog(house.desk, [], lambda *_said: None, house.window)
    assert (again.folder.text(), again.format.current(), again.sides.current()) == (
        str(out),
        ".wav",
        "manager",
    )
    assert again.beep.isChecked()


# --- phrases -----------------------------------------------------------------------------------------------------


def test_what_was_written_at_a_checkpoint_is_offered_and_tab_takes_it(house: Any) -> None:
    from qaapp.scorecards import phrases

    first = house.card.checkpoints[0]
    with house.desk.database.write() as session:
        for text in ("Good day, this is Anna", "Hello, good day"):
            phrases.save_phrase(session, phrases.PhraseRow(0, first.code, "should", text))
    house.key(K.Key_Return)
    fields = house.screen.card.list.fields
    house.wait(lambda: bool(fields.should._phrases))
    QTest.keyClick(fields.said, K.Key_Return)
    QTest.keyClicks(fields.should, "good")
    assert fields.should.shown() == ["Good day, this is Anna", "Hello, good day"]
    QTest.keyClick(fields.should, K.Key_Tab)
    assert fields.should.text() == "Good day, this is Anna"
    assert fields.should.hasFocus()
    assert house.read()[0].marks[first.id].should_have_said == "Good day, this is Anna"
    fields.should.clear()
    QTest.keyClicks(fields.should, "day")
    QTest.keyClick(fields.should, K.Key_Down)
    QTest.keyClick(fields.should, K.Key_Return)
    assert fields.should.text() == "Good day, this is Anna"
    QTest.keyClick(fields.should, K.Key_Return)
    assert house.screen.card.list.fields is None


def test_escape_leaves_the_phrases_and_only_then_plays(house: Any) -> None:
    from qaapp.scorecards import phrases

    first = house.card.checkpoints[0]
    with house.desk.database.write() as session:
        phrases.save_phrase(session, phrases.PhraseRow(0, first.code, "said", "What do you want"))
    house.key(K.Key_Return)
    said = house.screen.card.list.fields.said
    house.wait(lambda: bool(said._phrases))
    QTest.keyClicks(said, "Wha")
    assert said.is_offering()
    QTest.keyClick(said, K.Key_Escape)
    assert not said.is_offering()
    assert not house.player.is_playing()
    QTest.keyClick(said, K.Key_Escape)
    assert house.player.is_playing()
    assert said.text() == "Wha"


def test_a_phrase_is_taken_by_the_mouse(house: Any) -> None:
    house.key(K.Key_Return)
    said = house.screen.card.list.fields.said
    said.set_phrases(["one two", "two three"])
    QTest.keyClick(said, K.Key_Down)
    assert said.shown() == ["one two", "two three"]
    box = said._list.visualItemRect(said._list.item(1))
    QTest.mouseClick(said._list.viewport(), Qt.MouseButton.LeftButton, pos=box.center())
    assert said.text() == "two three"
    assert not said.is_offering()


def test_phrases_complete_in_the_cell_too_and_tab_does_not_end_the_editing(house: Any) -> None:
    from qaapp.scorecards import phrases

    first = house.card.checkpoints[0]
    with house.desk.database.write() as session:
        phrases.save_phrase(session, phrases.PhraseRow(0, first.code, "should", "Good day, this is Anna"))
    (known,) = made(house, 1000)
    session = house.screen.session
    session.change_annotation(replace(session.annotation(known), checkpoint_id=first.id))
    table = house.screen.center.table
    table.setColumnHidden(SHOULD, False)
    table.setFocus()
    table.selectRow(0)
    table.edit(table.model_.index(0, SHOULD))
    editor = QApplication.focusWidget()
    assert isinstance(editor, PhraseField)
    house.wait(lambda: bool(editor._phrases))
    QTest.keyClicks(editor, "goo")
    assert editor.shown() == ["Good day, this is Anna"]
    QTest.keyClick(editor, K.Key_Tab)
    assert editor.text() == "Good day, this is Anna"
    assert table.state() == table.State.EditingState
    QTest.keyClick(editor, K.Key_Return)
    house.wait(lambda: notes(house)[0].should_have_said == "Good day, this is Anna")
