"""Widgets by mouse and key, periods, fuzzy search, About, secrets in the log."""

from __future__ import annotations

import logging
from datetime import date

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtTest import QTest

from qaapp import app as application
from qaapp.ui import fuzzy, lights, theme
from qaapp.ui.about import third_parties
from qaapp.ui.first_start import FirstStart
from qaapp.ui.period import preset
from qaapp.ui.status_bar import time_left_text
from qaapp.ui.widgets import (
    UNMARKED,
    Button,
    CheckMenu,
    Chip,
    Column,
    SearchField,
    Segmented,
    TableView,
    TriState,
    tristate_at,
)  # fmt: skip
from qaapp.words import Band


def painted(band) -> QImage:
    image = QImage(16, 16, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    lights.paint_light(painter, QRectF(0, 0, 16, 16), band)
    painter.end()
    return image


def test_every_light_has_a_shape_of_its_own(qapp):
    theme.apply(qapp, "light")
    shapes = set()
    for band in Band:
        image = painted(band)
        ground = image.pixel(0, 0)
        shapes.add(tuple(image.pixel(x, y) != ground for x in range(16) for y in range(16)))
    assert len(shapes) == 4
    assert painted(None) == painted(Band.GREY)


def test_a_light_is_spoken():
    assert lights.spoken(Band.GREEN, 83) == "green, 83%"


def test_marks_are_hit_where_they_are_painted(qapp, qtbot):
    theme.apply(qapp, "light")
    box = QRectF(10, 0, 74, 28)
    assert [tristate_at(box, QPointF(10 + x, 14)) for x in (5, 30, 55)] == [1, 0, None]
    assert tristate_at(box, QPointF(200, 14)) == UNMARKED
    widget = TriState()
    qtbot.addWidget(widget)
    widget.resize(widget.sizeHint())
    marks = []
    widget.marked.connect(marks.append)
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=QPoint(40, widget.height() // 2))
    assert marks == [0]


def test_a_segmented_choice_by_mouse_and_arrows(qtbot):
    widget = Segmented([("all", "All"), ("in", "Inbound"), ("out", "Outbound")], "Direction")
    qtbot.addWidget(widget)
    widget.resize(widget.sizeHint())
    told = []
    widget.currentChanged.connect(told.append)
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=QPoint(widget.width() - 5, 10))
    QTest.keyClick(widget, Qt.Key.Key_Left)
    assert told == ["out", "in"]
    assert widget.accessibleName() == "Direction: Inbound"


def test_a_chip_is_removed_by_backspace_and_opened_by_a_click(qtbot):
    chip = Chip("Inbound", "Group")
    qtbot.addWidget(chip)
    chip.resize(chip.sizeHint())
    told = []
    chip.removed.connect(lambda: told.append("removed"))
    chip.clicked.connect(lambda: told.append("clicked"))
    QTest.keyClick(chip, Qt.Key.Key_Backspace)
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton, pos=QPoint(chip.width() - 6, 10))
    assert told == ["removed", "clicked", "removed"]


def test_a_check_menu_keeps_ticks_when_choices_are_read_again(qtbot):
    menu = CheckMenu("Group")
    qtbot.addWidget(menu)
    menu.set_choices([(n, f"Group {n}", n) for n in range(12)])
    menu.set_checked([2, 5])
    menu.set_choices([(n, f"Group {n}", n) for n in range(4)])
    assert menu.checked() == {2}
    with qtbot.waitSignal(menu.changed) as told:
        menu.clear()
    assert told.args == [frozenset()]


def test_search_tells_after_a_pause_and_esc_empties_it(qtbot):
    field = SearchField("Find", delay_ms=1)
    qtbot.addWidget(field)
    with qtbot.waitSignal(field.searched) as told:
        QTest.keyClicks(field, "anna")
    assert told.args == ["anna"]
    with qtbot.waitSignal(field.searched) as told:
        QTest.keyClick(field, Qt.Key.Key_Escape)
    assert told.args == [""]


def test_a_button_makes_room_for_its_key(qtbot):
    bare, keyed = Button("Submit"), Button("Submit", key="Ctrl+Enter")
    qtbot.addWidget(bare)
    qtbot.addWidget(keyed)
    assert keyed.sizeHint().width() > bare.sizeHint().width() + 20


@pytest.fixture
def table(desk, qtbot):
    view = TableView("test", desk)
    model = QStandardItemModel(view)
    model.setHorizontalHeaderLabels(["Name", "Group", "Calls"])
    for row in (("Anna", "Inbound", "7"), ("Oleg", "Outbound", "9")):
        model.appendRow([QStandardItem(cell) for cell in row])
    view.setModel(model)
    view.set_columns(
        [Column("name", 100, fixed=True), Column("group", 120), Column("calls", 80, visible=False)]
    )
    qtbot.addWidget(view)
    return view


def test_a_table_copies_what_is_shown(table, qapp):
    table.selectAll()
    QTest.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert qapp.clipboard().text() == "Name\tGroup\nAnna\tInbound\nOleg\tOutbound"


def test_a_table_remembers_columns_and_order(table, desk, qtbot):
    actions = table.columns_menu().actions()
    assert [action.isEnabled() for action in actions] == [False, True, True]
    actions[2].trigger()
    table.horizontalHeader().moveSection(2, 0)
    table._keep()
    again = TableView("test", desk)
    qtbot.addWidget(again)
    again.setModel(table.model())
    again.set_columns(table._columns)
    assert not again.isColumnHidden(2)
    assert again.horizontalHeader().visualIndex(2) == 0


def test_enter_and_double_click_open_a_row(table, qtbot):
    table.selectRow(1)
    with qtbot.waitSignal(table.opened) as told:
        QTest.keyClick(table, Qt.Key.Key_Return)
    assert told.args[0].row() == 1


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("today", date(2026, 3, 1), date(2026, 3, 1)),
        ("week", date(2026, 2, 23), date(2026, 3, 1)),
        ("last_month", date(2026, 2, 1), date(2026, 2, 28)),
        ("days_30", date(2026, 1, 31), date(2026, 3, 1)),
    ],
)
def test_ready_periods_hold_both_ends(name, first, last):
    assert preset(name, date(2026, 3, 1)) == (first, last)


@pytest.mark.parametrize(
    ("query", "text"),
    [("ghbdtn", "Привет"), ("ЖУРНАЛ", "Журнал"), ("рейт", "Рейтинг"), ("rfhn", "Карты"),
     ("еженед", "Отчёт еженедельный"),
     ("отчет", "Отчёт"), ("тема т", "Тема: тёмная"), ("ыуеештпы", "Settings")],
)  # fmt: skip
def test_loose_and_wrong_layout_words_are_found(query, text):
    assert fuzzy.score(query, text) > 0


def test_noise_is_not_found_and_beginnings_come_first():
    assert fuzzy.score("xyz", "Журнал") == 0
    assert (
        fuzzy.score("кар", "Карты") > fuzzy.score("кар", "Новая карта") > fuzzy.score("кар", "Вскарабкаться")
    )


def test_time_left_is_coarse():
    assert [time_left_text(seconds) for seconds in (3, 12, 61)] == ["5 s left", "15 s left", "2 min left"]


def test_about_names_the_libraries_and_what_is_bundled():
    found = {name: licence for name, _version, licence in third_parties()}
    assert found["Inter"] == "SIL OFL 1.1"
    assert "LGPL" in found["PySide6"]
    assert {"numpy", "SQLAlchemy", "Lucide"} <= set(found)
    assert all(found.values())


def test_the_first_start_wants_a_name_and_gives_three_ways(qtbot, tmp_path):
    page = FirstStart(tmp_path, "light", "Irina")
    qtbot.addWidget(page)
    told = []
    page.name_given.connect(told.append)
    page.samples_wanted.connect(lambda: told.append("samples"))
    page.name.clear()
    QTest.keyClick(page, Qt.Key.Key_1)
    assert told == []
    assert "name" in page.error.sentence()
    page.name.setText("Irina")
    QTest.keyClick(page, Qt.Key.Key_1)
    assert told == ["Irina", "samples"]


def test_no_secret_reaches_the_log(tmp_path):
    with application.log_file(tmp_path) as path:
        logging.getLogger("x").warning("open %s", "postgresql://qa:hunter2@host/db")
        logging.getLogger("x").warning("api_key=abc123 token: 'xyz'")
    text = path.read_text(encoding="utf-8")
    assert "hunter2" not in text
    assert "abc123" not in text
    assert "xyz" not in text
    assert "postgresql://qa:***@host/db" in text


def test_without_a_display_there_is_a_sentence(monkeypatch, capsys, tmp_path):
    for name in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(application.sys, "platform", "linux")
    assert application.run_window(tmp_path) == 1
    assert "no display" in capsys.readouterr().err
    monkeypatch.setenv("DISPLAY", ":64999")
    assert not application.has_display()


def test_a_workspace_is_opened_by_one_window(tmp_path):
    with application.only_window(tmp_path):
        with pytest.raises(application.StoreError) as refused, application.only_window(tmp_path):
            pass
        assert str(tmp_path) in refused.value.sentence()
    with application.only_window(tmp_path):
        pass


def test_a_dialog_with_large_text_stays_on_the_screen(qtbot, qapp) -> None:  # type: ignore[no-untyped-def]
    from PySide6.QtWidgets import QDialog

    from qaapp.ui import theme
    from qaapp.ui.dialogs import open_at

    theme.apply(qapp, "light", 150)
    try:
        dialog = QDialog()
        qtbot.addWidget(dialog)
        open_at(dialog, 900, 3000)
        room = dialog.screen().availableGeometry()
        assert dialog.height() < room.height()
        assert dialog.width() <= min(1350, room.width())
    finally:
        theme.apply(qapp, "light", 100)
