"""A list one may write into: Enter says yes to what stands there, whatever is selected."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout

from qaapp.ui.widgets.combos import OpenCombo

UI = Path(__file__).resolve().parents[2] / "qaapp" / "ui"


@pytest.fixture
def dialog(qtbot):  # type: ignore[no-untyped-def]
    made = QDialog()
    box = QVBoxLayout(made)
    made.combo, made.ok = OpenCombo(), QPushButton("Go")
    made.combo.addItems(["Asia/Almaty", "Etc/UTC", "Europe/Moscow"])
    made.ok.setDefault(True)
    box.addWidget(made.combo)
    box.addWidget(made.ok)
    made.taken = []
    made.ok.clicked.connect(lambda: made.taken.append(made.combo.currentText()))
    qtbot.addWidget(made)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


@pytest.mark.parametrize("text", ["Etc/UTC", "Europe/Moscow", "Mars/Olympus"])
def test_enter_takes_what_stands_there_also_when_it_is_selected(dialog, text: str) -> None:  # type: ignore[no-untyped-def]
    dialog.combo.setCurrentText(text)
    dialog.ok.setFocus()
    dialog.combo.setFocus(Qt.FocusReason.TabFocusReason)
    dialog.combo.lineEdit().selectAll()
    QTest.keyClick(dialog.combo, Qt.Key.Key_Return)
    assert dialog.combo.currentText() == text
    assert dialog.taken == [text]


def test_an_empty_field_stays_empty(dialog) -> None:  # type: ignore[no-untyped-def]
    dialog.combo.setCurrentText("")
    dialog.combo.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(dialog.combo, Qt.Key.Key_Return)
    assert dialog.taken == [""]
    QTest.keyClick(dialog.combo, Qt.Key.Key_Down)
    assert dialog.combo.currentText() == "Asia/Almaty", "the arrow begins at the first"


def test_what_is_typed_is_offered_below(dialog) -> None:  # type: ignore[no-untyped-def]
    dialog.combo.setCurrentText("")
    dialog.combo.setFocus()
    QTest.keyClicks(dialog.combo, "mosc")
    completer = dialog.combo.completer()
    assert [completer.completionModel().index(n, 0).data() for n in range(completer.completionCount())] == [
        "Europe/Moscow"
    ]
    assert dialog.combo.currentText() == "mosc"
    completer.popup().hide()


def test_nobody_uses_the_line_of_qt_that_takes_the_first_entry() -> None:
    users = [
        path.name
        for path in UI.rglob("*.py")
        if "setEditable(True)" in path.read_text(encoding="utf-8") and path.name != "combos.py"
    ]
    assert users == []
