"""The journal by keys and mouse: rows, sort, filters, search, edits of many calls, the drawer, export."""

from __future__ import annotations

import csv
from datetime import date

import pytest
from call_makers import make_call, make_manager
from dressed import Heard, click, click_row, column_texts, mount, settle, undo_of
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMenu, QTableView

from qaapp.calls import people
from qaapp.journal.filters import Filter
from qaapp.store.schema import Call
from qaapp.ui.journal.fields import FIELDS
from qaapp.ui.journal.model import COLUMNS, KEYS, JournalModel
from qaapp.ui.journal.screen import PAGE, JournalScreen
from qaapp.ui.widgets import Chip
from qaapp.words import Target

CUSTOMER, MANAGER, TALK, STATUS, TAGS = (
    KEYS.index(key) for key in ("customer_number", "manager", "talk_s", "disposition", "tags")
)


@pytest.fixture
def calls(database) -> list[int]:
    with database.write() as session:
        anna, oleg = make_manager(session, "Anna Smirnova", "Inbound"), make_manager(session, "Oleg Tarasov")
        return [
            make_call(
                session, "a", 0, customer_number="79000000001", customer_name="Пётр Щукин", manager_id=anna,
                talk_s=300, disposition="answered", direction="inbound",
            ),
            make_call(
                session, "b", 10, customer_number="79000000002", manager_id=oleg, talk_s=60, disposition="answered",
                direction="outbound",
            ),
            make_call(session, "c", 20, customer_number="79000000003", disposition="missed", direction="inbound"),
        ]  # fmt: skip


@pytest.fixture
def screen(qtbot, desk, calls) -> JournalScreen:
    return mount(qtbot, JournalScreen(desk))


def numbers(screen: JournalScreen) -> list[str]:
    return [text[-1] for text in column_texts(screen._table, CUSTOMER)]


def select(screen: JournalScreen, *rows: int) -> None:
    chosen = screen._table.selectionModel()
    chosen.clear()
    for row in rows:
        chosen.select(
            screen._model.index(row, 0),
            QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows,
        )


def field(name: str):
    return next(one for one in FIELDS if one.name == name)


def stored(desk, call_id: int, attribute: str):
    with desk.database.read() as session:
        return getattr(session.get_one(Call, call_id), attribute)


def test_the_newest_call_stands_first_and_the_count_is_told(screen):
    assert numbers(screen) == ["3", "2", "1"]
    assert column_texts(screen._table, MANAGER) == ["Not assigned", "Oleg Tarasov", "Anna Smirnova"]
    assert column_texts(screen._table, STATUS)[0] == "Missed"
    assert screen.status_text() == "3 calls"


def test_a_click_on_a_heading_sorts_and_another_one_turns_it_round(qtbot, desk, screen):
    header = screen._table.horizontalHeader()
    where = QPoint(header.sectionViewportPosition(TALK) + 20, 10)
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=where)
    settle(qtbot, desk)
    assert numbers(screen)[:2] == ["1", "2"]
    assert header.sortIndicatorSection() == TALK
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=where)
    settle(qtbot, desk)
    assert [number for number in numbers(screen) if number != "3"] == ["2", "1"]


def test_a_click_on_a_heading_that_cannot_be_sorted_changes_nothing(qtbot, desk, screen):
    header = screen._table.horizontalHeader()
    header.sectionClicked.emit(TAGS)
    settle(qtbot, desk)
    assert header.sortIndicatorSection() == 0
    assert numbers(screen) == ["3", "2", "1"]


def test_a_filter_chosen_in_its_popup_becomes_a_chip_and_the_chip_goes(qtbot, desk, screen):
    bar = screen._bar
    bar._open(field("manager"), bar.add)
    popup = bar._popup
    labels = [item.text() for item in popup._items()]
    row = next(number for number, label in enumerate(labels) if label.startswith("Oleg"))
    popup._list.setCurrentRow(row)
    QTest.keyClick(popup._list, Qt.Key.Key_Space)
    popup.close()
    settle(qtbot, desk)
    assert numbers(screen) == ["2"]
    chips = [chip for chip in bar.findChildren(Chip) if chip.isVisible()]
    assert [chip.text() for chip in chips] == ["Manager: Oleg Tarasov"]
    QTest.keyClick(chips[0], Qt.Key.Key_Delete)
    settle(qtbot, desk)
    assert numbers(screen) == ["3", "2", "1"]
    assert not [chip for chip in bar.findChildren(Chip) if chip.isVisible()]


@pytest.mark.parametrize("one", FIELDS, ids=lambda one: one.name)
def test_every_filter_opens_and_can_be_set_and_cleared(desk, calls, one):
    with desk.database.read() as session:
        choices = one.choices(session)
    values = frozenset(value for value, _label, _count in choices[:1])
    narrowed = one.choose(Filter(), values)
    assert one.chosen(narrowed) == values
    assert one.choose(narrowed, frozenset()) == Filter()


def test_talk_time_is_asked_by_two_numbers(qtbot, desk, screen):
    screen._bar._open_talk(screen._bar.add)
    popup = screen._bar._popup
    popup._boxes[0].setValue(100)
    settle(qtbot, desk)
    assert numbers(screen) == ["1"]
    popup._boxes[0].setValue(0)
    popup._boxes[1].setValue(100)
    popup.close()
    settle(qtbot, desk)
    assert numbers(screen) == ["2"]
    assert [chip.text() for chip in screen._bar.findChildren(Chip) if chip.isVisible()] == [
        "Talk: up to 1:40"
    ]


def test_a_tab_replaces_the_filters_and_another_filter_leaves_the_tab(qtbot, desk, screen):
    click(screen._tabs, screen._tabs.tabRect(1).center())
    settle(qtbot, desk)
    assert numbers(screen) == ["3"]
    screen.show_filter(Filter(directions=frozenset(["outbound"])))
    settle(qtbot, desk)
    assert screen._tabs.currentIndex() == 0
    assert numbers(screen) == ["2"]
    screen.show_filter(Filter(unassigned=True))
    settle(qtbot, desk)
    assert screen._tabs.currentIndex() == 2


def test_the_search_finds_cyrillic_without_case_and_the_same_word_twice(qtbot, desk, screen):
    search = screen._bar.search
    for _time in range(2):
        QTest.keyClick(screen._table, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
        assert search.hasFocus()
        search.setText("ПЕТР щук")
        QTest.keyClick(search, Qt.Key.Key_Return)
        settle(qtbot, desk)
        assert numbers(screen) == ["1"]
        screen.show_filter(Filter())
        settle(qtbot, desk)
        assert search.text() == ""
        assert numbers(screen) == ["3", "2", "1"]
        qtbot.waitUntil(lambda: search._told == "")


def test_nothing_found_offers_to_clear_the_filters(qtbot, desk, screen):
    screen._bar.search.setText("nobody")
    QTest.keyClick(screen._bar.search, Qt.Key.Key_Return)
    settle(qtbot, desk)
    assert screen._stack.currentWidget() is screen._nothing
    assert not screen._details.isVisible()
    screen._nothing.clicked.emit()
    settle(qtbot, desk)
    assert numbers(screen) == ["3", "2", "1"]


def test_a_period_without_calls_is_not_an_empty_workspace(qtbot, desk, screen):
    screen.set_period(date(2020, 1, 1), date(2020, 1, 2))
    settle(qtbot, desk)
    assert screen._stack.currentWidget() is screen._nothing
    screen.set_period(date(2026, 3, 17), date(2026, 3, 17))
    settle(qtbot, desk)
    assert column_texts(screen._table, 0) == ["10:20", "10:10", "10:00"]


def test_an_empty_workspace_offers_the_import(qtbot, desk):
    screen = mount(qtbot, JournalScreen(desk))
    asked = Heard(screen.import_asked)
    assert screen._stack.currentWidget() is screen._empty
    screen._empty.clicked.emit()
    assert asked.calls


def test_the_next_page_is_read_when_the_view_comes_to_the_end(qtbot, desk):
    with desk.database.write() as session:
        for number in range(PAGE + 40):
            make_call(session, f"n{number}", number)
    screen = mount(qtbot, JournalScreen(desk))
    assert screen._model.rowCount() == PAGE
    assert screen.status_text() == f"Shown {PAGE} of {PAGE + 40}"
    QTest.keyClick(screen._table, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: screen._model.rowCount() == PAGE + 40)
    assert len({screen._model.call(row).id for row in range(PAGE + 40)}) == PAGE + 40
    assert screen.status_text() == f"{PAGE + 40} calls"


def test_tagging_many_calls_and_the_way_back(screen):
    told, changed = Heard(screen.show_message), Heard(screen.calls_changed)
    select(screen, 0, 2)
    screen.add_tag(screen.selected_ids(), "delivery")
    assert column_texts(screen._table, TAGS) == ["#delivery", "", "#delivery"]
    assert told.last[0] == "2 calls tagged #delivery"
    undo_of(told)()
    assert column_texts(screen._table, TAGS) == ["", "", ""]
    assert len(changed.calls) == 2


def test_the_key_t_asks_for_a_tag_of_the_selected_calls(screen, monkeypatch):
    monkeypatch.setattr(
        "qaapp.ui.journal.screen.QInputDialog.getItem", lambda *_args, **_names: ("#price", True)
    )
    select(screen, 1)
    QTest.keyClick(screen._table, Qt.Key.Key_T)
    assert column_texts(screen._table, TAGS) == ["", "#price", ""]


def test_a_tag_is_taken_off_by_the_menu(screen, desk):
    screen.add_tag([screen._model.call(0).id], "price")
    select(screen, 0)
    menu = QMenu(screen)
    screen._fill_menu(menu)
    removes = [part for part in menu.findChildren(QMenu) if part.title() == "Remove a tag"]
    removes[0].actions()[0].trigger()
    assert column_texts(screen._table, TAGS)[0] == ""
    screen.undo()
    assert column_texts(screen._table, TAGS)[0] == "#price"


def test_assigning_a_manager_to_many_calls_and_the_way_back(screen, desk):
    screen.assign([screen._model.call(row).id for row in range(3)], "Vera Belova")
    assert column_texts(screen._table, MANAGER) == ["Vera Belova"] * 3
    screen.undo()
    assert column_texts(screen._table, MANAGER) == ["Not assigned", "Oleg Tarasov", "Anna Smirnova"]
    screen.assign([screen._model.call(1).id], "Not assigned")
    assert column_texts(screen._table, MANAGER)[1] == "Not assigned"
    with desk.database.read() as session:
        assert "Vera Belova" in [person.name for person in people.list_people(session)]


def test_what_calls_were_is_said_and_taken_back(screen, desk, calls):
    screen.set_target(calls[:2], Target.JUNK)
    assert [stored(desk, call_id, "target") for call_id in calls] == [Target.JUNK, Target.JUNK, None]
    screen.undo()
    assert stored(desk, calls[0], "target") is None


def comment_field(screen: JournalScreen) -> QLineEdit:
    found = screen._details._comment
    assert found is not None
    return found


def test_a_comment_is_saved_when_typing_pauses_and_the_field_stays_under_the_hand(qtbot, screen, desk, calls):
    before = comment_field(screen)
    before.setFocus()
    QTest.keyClicks(before, "call back")
    qtbot.waitUntil(lambda: stored(desk, calls[2], "comment") == "call back")
    assert comment_field(screen) is before
    assert before.hasFocus()
    QTest.keyClicks(before, " on Monday")
    QTest.keyClick(before, Qt.Key.Key_Return)
    assert stored(desk, calls[2], "comment") == "call back on Monday"
    screen.retranslate()
    assert comment_field(screen).text() == "call back on Monday"


def test_a_comment_being_typed_belongs_to_its_call_when_another_is_chosen(screen, desk, calls):
    QTest.keyClicks(comment_field(screen), "first")
    click_row(screen._table, 1, CUSTOMER)
    assert stored(desk, calls[2], "comment") == "first"
    assert stored(desk, calls[1], "comment") is None
    assert comment_field(screen).text() == ""
    screen.undo()
    assert not stored(desk, calls[2], "comment")


def test_the_drawer_follows_the_row_and_closes(screen):
    click_row(screen._table, 2, CUSTOMER)
    assert screen._details.isVisible()
    assert "Пётр Щукин" in screen._details._number.text()
    click(screen._details._copy)
    assert QGuiApplication.clipboard().text().endswith("01")
    click(screen._details._close)
    assert not screen._details.isVisible()


def test_enter_a_double_click_and_the_drawer_open_the_call(screen, calls):
    opened = Heard(screen.open_call)
    click_row(screen._table, 1, CUSTOMER)
    QTest.keyClick(screen._table, Qt.Key.Key_Return)
    assert opened.last == (calls[1], -1)
    where = screen._table.visualRect(screen._model.index(2, CUSTOMER)).center()
    click_row(screen._table, 2, CUSTOMER)
    QTest.mouseDClick(screen._table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert opened.last == (calls[0], -1)
    click(screen._details._review)
    assert len(opened.calls) == 3


def test_chosen_columns_are_remembered_on_this_computer(qtbot, desk, screen):
    place = KEYS.index("comment")
    assert screen._table.isColumnHidden(place)
    action = screen._table.columns_menu().actions()[place]
    assert action.text() == "Comment"
    action.trigger()
    assert not screen._table.isColumnHidden(place)
    again = mount(qtbot, JournalScreen(desk))
    assert not again._table.isColumnHidden(place)
    assert not again._table.columns_menu().actions()[0].isEnabled()


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_what_is_shown_is_written_to_a_file(qtbot, desk, screen, tmp_path, suffix):
    screen.show_filter(Filter(dispositions=frozenset(["answered"])))
    settle(qtbot, desk)
    told, failed = Heard(screen.show_message), Heard(screen.failed)
    path = tmp_path / f"calls{suffix}"
    screen.export_to(path)
    settle(qtbot, desk)
    assert failed.calls == []
    assert told.last[0] == f"Saved: {path}"
    if suffix == ".csv":
        text = path.read_text(encoding="utf-8-sig")
        rows = list(csv.reader(text.splitlines(), delimiter=";" if ";" in text.splitlines()[0] else ","))
    else:
        import openpyxl

        book = openpyxl.load_workbook(path)
        rows = [[str(value) for value in row] for row in book.worksheets[0].iter_rows(values_only=True)]
    flat = " ".join(cell for row in rows for cell in row)
    assert "Anna Smirnova" in flat
    assert "Oleg Tarasov" in flat
    assert len([row for row in rows if "Anna Smirnova" in row or "Oleg Tarasov" in row]) == 2


def test_masked_numbers_stay_masked_in_the_table_and_in_the_file(qtbot, desk, calls, tmp_path):
    desk.update_personal(mask_numbers=True)
    screen = mount(qtbot, JournalScreen(desk))
    assert "0000001" not in "".join(
        char for char in column_texts(screen._table, CUSTOMER)[2] if char.isdigit()
    )
    screen.export_to(tmp_path / "calls.csv")
    settle(qtbot, desk)
    text = (tmp_path / "calls.csv").read_text(encoding="utf-8-sig")
    assert "79000000001" not in text.replace(" ", "").replace("-", "")


def test_a_file_that_cannot_be_written_is_told(qtbot, desk, screen, tmp_path):
    failed = Heard(screen.failed)
    screen.export_to(tmp_path / "calls.pdf")
    settle(qtbot, desk)
    assert len(failed.calls) == 1


def test_the_journal_speaks_russian_after_a_change(screen):
    from qaapp import i18n

    i18n.set_language("ru")
    screen.retranslate()
    assert screen.title() == "Журнал"
    assert screen._model.headerData(0, Qt.Orientation.Horizontal) == "Время"


def test_the_model_keeps_the_rules_of_models(screen, qtmodeltester):
    qtmodeltester.check(screen._model)
    assert isinstance(screen._model, JournalModel)
    assert isinstance(screen._table, QTableView)
    assert screen._model.columnCount() == len(COLUMNS)
