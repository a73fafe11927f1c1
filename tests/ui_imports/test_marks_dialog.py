"""Marks from a workbook through the dialog."""

from __future__ import annotations

import scoring_world as world
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from sqlalchemy import select

from qaapp import app as application
from qaapp.settings import Personal
from qaapp.store.schema import Evaluation, User
from qaapp.ui.imports import MarksDialog, open_marks
from qaapp.ui.imports.marks import POINT, marks_sentence
from qaapp.ui.imports.results import ResultsDialog


def sheet(tmp_path, text):
    path = tmp_path / "marks.csv"
    path.write_text(text, encoding="utf-8")
    return path


def make_calls(desk):
    with desk.database.write() as session:
        world.card(session, 2, "Sale")
        for number in (1, 2):
            world.recorded_call(session, external_id=f"a-{number}")


def test_marks_come_in_and_rejected_rows_are_listed(qtbot, desk, window, tmp_path):
    make_calls(desk)
    path = sheet(tmp_path, "call,c1,Second,comment\na-1,1,0,good\na-2,N,1,\nnobody,1,1,\n")
    done: list = []
    dialog = open_marks(desk, window, path, done.append)
    qtbot.waitUntil(lambda: dialog.verb.isEnabled())
    assert dialog.reviewer.text() == "Irina"
    assert "c2" in dialog.missing.text()
    assert dialog.table.chosen() == {0: "call", 1: POINT + "c1", 3: "comment"}
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.isVisible()
    assert "every checkpoint" in dialog.columns_error.sentence()
    box = dialog.table.boxes[2]
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_End)
    assert dialog.table.field_of(2) == POINT + "c2"
    assert dialog.missing.isHidden()
    assert dialog.columns_error.isHidden()
    qtbot.mouseClick(dialog.verb, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(window.findChildren(ResultsDialog)))
    assert done[0].submitted == 2
    assert [item.row for item in done[0].rejected] == [4]
    assert marks_sentence(done[0]) == "2 evaluations came in, 1 skipped"
    with desk.database.read() as session:
        rows = session.execute(select(Evaluation.state, Evaluation.origin, User.name).join(User)).all()
    assert [tuple(row) for row in rows] == [("submitted", "imported", "Irina")] * 2
    window.findChildren(ResultsDialog)[0].accept()


def test_a_name_and_a_call_are_asked_for(qtbot, desk, window, tmp_path):
    make_calls(desk)
    dialog = open_marks(desk, window, sheet(tmp_path, "what,c1,c2\na-1,1,0\n"), lambda _summary: None)
    qtbot.waitUntil(lambda: dialog.verb.isEnabled())
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.isVisible()
    assert "column with the call" in dialog.columns_error.sentence()
    dialog.table.boxes[0].setFocus()
    qtbot.keyClick(dialog.table.boxes[0], Qt.Key.Key_Down)
    dialog.reviewer.clear()
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.isVisible()
    assert "reviewer" in dialog.error.sentence()
    dialog.reject()


def test_without_a_published_card_nothing_can_be_imported(desk, window, tmp_path):
    dialog = open_marks(desk, window, sheet(tmp_path, "call,c1\na-1,1\n"), lambda _summary: None)
    assert not dialog.verb.isEnabled()
    assert "Publish" in dialog.columns_error.sentence()
    dialog.reject()


def test_the_command_asks_for_the_workbook(qtbot, qapp, workspace, tmp_path, monkeypatch):
    path = sheet(tmp_path, "call,c1\na-1,1\n")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_asked: (str(path), ""))
    window = application.build_window(workspace, Personal(theme="light"), lazy=True)
    try:
        command = next(found for found in window.shell.commands() if found.title == "Marks from Excel…")
        command.run()
        dialog = window.findChild(MarksDialog)
        assert dialog is not None
        assert dialog.isVisible()
        dialog.reject()
    finally:
        application.close_window(window)


def test_a_failure_at_the_first_start_is_said_there(qapp, workspace, tmp_path):
    window = application.build_window(workspace, Personal(theme="light"), lazy=True)
    try:
        window.show()
        window.shell.start()
        window.shell.be_user("Irina")
        window.shell.import_paths([tmp_path / "nowhere"])
        assert window.shell.first_start.error.isVisible()
        assert "nowhere" in window.shell.first_start.error.sentence()
    finally:
        application.close_window(window)
