"""Folders and call logs through the dialog, by keys and mouse."""

from __future__ import annotations

import wave
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox
from sqlalchemy import select

from qaapp import i18n
from qaapp.calls import people
from qaapp.intake.preview import change_columns, field_of_columns
from qaapp.sources.columns import ColumnMap
from qaapp.store.schema import Call, Manager, Recording
from qaapp.ui.imports import open_import
from qaapp.ui.imports.results import ResultsDialog

NAMES = ("2026_03_17_10_18_05_101 (in)", "2026_03_17_11_00_00_102 (out)", "2026_03_18_09_30_00_101 (in)")


def write_wav(path: Path, seconds: float = 0.2) -> None:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(b"\x10\x00" * int(8000 * seconds))


def folder_of(tmp_path: Path) -> Path:
    folder = tmp_path / "records"
    folder.mkdir()
    for name in NAMES:
        write_wav(folder / f"{name}.wav")
    return folder


def log_of(tmp_path: Path, text: str, name: str = "log.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def choose(qtbot, box: QComboBox, words: str) -> None:
    """By the keyboard, as a person does: open the list, type the beginning, take it."""
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Home)
    for _step in range(box.count()):
        if box.currentText() == words:
            return
        qtbot.keyClick(box, Qt.Key.Key_Down)
    raise AssertionError(words)


def opened(qtbot, desk, window, paths, done):
    dialog = open_import(desk, window, paths, done.append)
    assert dialog is not None
    qtbot.waitUntil(lambda: all(part.shown or part.error.isVisibleTo(part) for part in dialog.logs))
    if dialog.recordings is not None:
        qtbot.waitUntil(lambda: dialog.recordings.calls is not None)
    return dialog


def cells(dialog) -> list[list[str]]:
    model = dialog.recordings.table.model()
    return [
        [model.index(row, column).data() for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def test_a_folder_shows_what_its_names_say_and_comes_in(qtbot, desk, window, tmp_path):
    done: list = []
    dialog = opened(qtbot, desk, window, [folder_of(tmp_path)], done)
    assert cells(dialog)[:2] == [
        [NAMES[0] + ".wav", "17 March 2026, 10:18", "—", "101", "inbound", "—"],
        [NAMES[1] + ".wav", "17 March 2026, 11:00", "—", "102", "outbound", "—"],
    ]
    qtbot.waitUntil(lambda: dialog.recordings.count.text() == "3 files")
    qtbot.mouseClick(dialog.verb, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(done))
    assert (done[0].added, done[0].recordings, done[0].skipped) == (3, 3, ())
    with desk.database.read() as session:
        assert len(session.scalars(select(Recording.id)).all()) == 3
    assert window.errors == []


def test_zone_manager_and_pattern_are_used(qtbot, desk, window, tmp_path):
    folder = tmp_path / "odd"
    folder.mkdir()
    write_wav(folder / "79161234567 at 20260317-101805.wav")
    with desk.database.write() as session:
        people.find_or_create(session, "Vera Ilina")
    done: list = []
    dialog = opened(qtbot, desk, window, [folder], done)
    assert "Vera Ilina" in [dialog.manager.itemText(row) for row in range(dialog.manager.count())]
    dialog.manager.lineEdit().setFocus()
    qtbot.keyClicks(dialog.manager.lineEdit(), "Vera Ilina")
    dialog.pattern.lineEdit().selectAll()
    qtbot.keyClicks(dialog.pattern.lineEdit(), "{phone} at {date}-{time}")
    dialog.zone.lineEdit().selectAll()
    qtbot.keyClicks(dialog.zone.lineEdit(), "Asia/Omsk")
    qtbot.waitUntil(lambda: cells(dialog) and cells(dialog)[0][5] == i18n.phone("79161234567"))
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(done))
    with desk.database.read() as session:
        call = session.scalars(select(Call)).one()
        assert call.started_at.strftime("%H:%M") == "04:18"  # Omsk is six hours ahead of UTC
        assert session.get(Manager, call.manager_id).name == "Vera Ilina"


def test_errors_stay_under_their_cause(qtbot, desk, window, tmp_path):
    done: list = []
    dialog = opened(qtbot, desk, window, [folder_of(tmp_path)], done)
    dialog.zone.setCurrentText("Atlantis")
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert "Atlantis" in dialog.form_error.sentence()
    assert dialog.isVisible()
    assert not desk.jobs.is_busy("import")
    dialog.zone.setCurrentText("UTC")
    assert dialog.form_error.isHidden()
    dialog.pattern.setEditText("{nonsense}")
    qtbot.waitUntil(lambda: "{nonsense}" in dialog.recordings.error.sentence())
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert done == []


LOG = "When;Whom;Note here;Ended up\n17.03.2026 10:18;+79161234567;first;ok\n18.03.2026 11:00;+79161234568;second;ok\n"


def test_a_log_needs_a_date_and_remembers_its_columns(qtbot, desk, window, tmp_path):
    path, done = log_of(tmp_path, LOG), []
    dialog = opened(qtbot, desk, window, [path], done)
    part = dialog.logs[0]
    assert "UTF-8" in part.facts.text()
    assert "semicolon" in part.facts.text()
    assert [part.table.field_of(column) for column in range(4)] == ["", "", "", ""]
    qtbot.mouseClick(dialog.verb, Qt.MouseButton.LeftButton)
    assert dialog.isVisible()
    assert "date" in part.error.sentence()
    choose(qtbot, part.table.boxes[0], "Date and time")
    assert part.error.isHidden()
    choose(qtbot, part.table.boxes[2], "Customer's number")
    choose(qtbot, part.table.boxes[1], "Customer's number")
    assert part.table.field_of(2) == ""  # one column each
    choose(qtbot, part.table.boxes[2], "Comment")  # steps over fields that other columns have
    assert part.table.chosen() == {0: "started_at", 1: "customer_number", 2: "comment"}
    qtbot.mouseClick(dialog.verb, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(done))
    assert done[0].added == 2
    with desk.database.read() as session:
        rows = session.execute(select(Call.customer_number, Call.comment).order_by(Call.started_at)).all()
    assert [tuple(row) for row in rows] == [("79161234567", "first"), ("79161234568", "second")]
    again = opened(qtbot, desk, window, [log_of(tmp_path, LOG, "next.csv")], done)
    assert again.logs[0].table.chosen() == {0: "started_at", 1: "customer_number", 2: "comment"}
    assert "last time" in again.logs[0].facts.text()
    again.reject()


def test_rows_left_out_are_listed_and_copied(qtbot, desk, window, tmp_path):
    path = log_of(tmp_path, "Date,Phone\n2026-03-17 10:18,79161234567\nnot a date,79161234568\n")
    done: list = []
    dialog = opened(qtbot, desk, window, [path], done)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(window.findChildren(ResultsDialog)))
    results = window.findChildren(ResultsDialog)[0]
    assert done[0].added == 1
    assert results.table.model().rowCount() == 1
    results.copy_all()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0] == "File\tRow\tReason"
    assert lines[1].startswith(f"{path}\t3\t")
    results.accept()


def test_what_is_no_log_says_so_in_place(qtbot, desk, window, tmp_path):
    path = tmp_path / "log.xlsx"
    path.write_bytes(b"PK\x03\x04 nothing of a workbook")
    dialog = opened(qtbot, desk, window, [path], [])
    assert dialog.logs[0].error.sentence()
    assert not dialog.verb.isEnabled()
    dialog.reject()


def test_what_is_gone_is_said_by_the_window(desk, window, tmp_path):
    assert open_import(desk, window, [tmp_path / "nowhere"], lambda _summary: None) is None
    assert len(window.errors) == 1
    assert "nowhere" in window.errors[0]


def test_a_folder_and_a_log_come_in_together(qtbot, desk, window, tmp_path):
    log = log_of(tmp_path, "Date,Phone,Ext\n2026-03-17 10:18:05,79161234567,101\n")
    done: list = []
    dialog = opened(qtbot, desk, window, [folder_of(tmp_path), log], done)
    assert [dialog.tabs.tabText(place) for place in range(2)] == ["Recordings", "log.csv"]
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(done))
    with desk.database.read() as session:
        assert len(session.scalars(select(Call.id)).all()) == 3  # one of the recordings is the log's call


def test_a_stopped_import_keeps_what_came_in(qtbot, desk, window, tmp_path):
    told: list = []
    dialog = open_import(desk, window, [folder_of(tmp_path)], told.append, lambda: told.append("stopped"))
    qtbot.waitUntil(lambda: dialog.recordings.calls is not None)
    dialog.accept()
    next(job for job in desk.jobs.live if job.name == "import").cancel()
    qtbot.waitUntil(lambda: bool(told))
    assert told == ["stopped"]
    assert "stopped" in window.messages[0]


def test_only_what_was_changed_is_changed():
    base = ColumnMap({"started_at": 0, "answered_at": 0, "talk_s": 1}, is_cdr=True, layout="asterisk")
    assert field_of_columns(base) == {0: "started_at", 1: "talk_s"}
    assert change_columns(base, {0: "started_at", 1: "talk_s"}) is base
    changed = change_columns(base, {0: "started_at", 2: "talk_s"})
    assert changed == ColumnMap({"started_at": 0, "answered_at": 0, "talk_s": 2})
    assert change_columns(base, {1: "started_at"}).columns == {"started_at": 1}


def test_several_logs_keep_their_own_columns(qtbot, desk, window, tmp_path):
    first = log_of(tmp_path, LOG, "a.csv")
    second = log_of(tmp_path, "Phone,Moment\n79161234569,2026-03-19 10:00\n", "b.csv")
    done: list = []
    dialog = opened(qtbot, desk, window, [first, second], done)
    qtbot.mouseClick(dialog.verb, Qt.MouseButton.LeftButton)
    assert dialog.tabs.currentWidget() is dialog.logs[0]
    choose(qtbot, dialog.logs[0].table.boxes[0], "Date and time")
    qtbot.mouseClick(dialog.verb, Qt.MouseButton.LeftButton)
    assert dialog.tabs.currentWidget() is dialog.logs[1]
    choose(qtbot, dialog.logs[1].table.boxes[1], "Date and time")
    qtbot.mouseClick(dialog.verb, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(done))
    assert (done[0].added, done[0].skipped) == (3, ())
