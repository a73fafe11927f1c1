"""The editor of cards by keys and mouse: templates, drafts, undo, rows, publishing, files."""

from __future__ import annotations

import pytest
from dressed import Heard, click, click_row, column_texts, mount, undo_of
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMessageBox
from scoring_world import card, point

from qaapp.scorecards import cards
from qaapp.scorecards.model import SectionSpec
from qaapp.ui.scorecards import editing
from qaapp.ui.scorecards.model import Column
from qaapp.ui.scorecards.screen import ScorecardsScreen
from qaapp.words import CallType

SECTIONS = (
    SectionSpec("Contact", "Good morning", (point("Greeting", code="hi"), point("Goal", code="goal"))),
    SectionSpec("Price", "", (point("Named the price", code="price", weight=2),)),
)


@pytest.fixture
def sale(database) -> int:
    """A published card “Sale”: two sections, three checkpoints, five rows."""
    with database.write() as session:
        made = cards.create_card(session, "Sale", CallType.INBOUND_SALE, SECTIONS, None)
        cards.publish(session, made.scorecard_id, None)
        return made.scorecard_id


@pytest.fixture
def screen(qtbot, desk, sale) -> ScorecardsScreen:
    made = mount(qtbot, ScorecardsScreen(desk))
    made._rows.setFocus()
    return made


def texts(screen: ScorecardsScreen) -> list[str]:
    return column_texts(screen._rows, Column.TEXT)


def choose(screen: ScorecardsScreen, row: int) -> None:
    click_row(screen._rows, row, Column.CODE)
    screen._rows.setFocus()


def key(screen: ScorecardsScreen, which: Qt.Key, *modifiers: Qt.KeyboardModifier) -> None:
    held = Qt.KeyboardModifier.NoModifier
    for one in modifiers:
        held |= one
    QTest.keyClick(screen._rows, which, held)


def stored(desk, scorecard_id: int):
    """(published, draft or None) as they are in the database."""
    with desk.database.read() as session:
        brief = next(
            one for one in cards.list_cards(session, archived=True) if one.scorecard_id == scorecard_id
        )
        draft = cards.load_card(session, brief.draft_revision_id) if brief.draft_revision_id else None
        return cards.load_published(session, scorecard_id), draft


def in_list(screen: ScorecardsScreen) -> list[str]:
    return column_texts(screen._list._list, 0)


def editor(screen: ScorecardsScreen) -> QLineEdit:
    return next(part for part in screen._rows.viewport().findChildren(QLineEdit) if part.isVisible())


def test_the_card_in_force_is_shown_with_its_rows(screen):
    assert texts(screen) == ["Contact", "Greeting", "Goal", "Price", "Named the price"]
    assert column_texts(screen._rows, Column.WEIGHT) == ["2", "1", "1", "2", "2"]
    assert screen._about.text() == "Rev. 1 in force · 3 checkpoints, weight 4"
    assert not screen._publish.isVisible()
    assert screen.status_text().startswith("Revision 1 in force since ")


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_ready_card_is_added_in_the_language_of_the_window(qtbot, desk, language):
    from qaapp import i18n

    i18n.set_language(language)
    screen = mount(qtbot, ScorecardsScreen(desk))
    assert screen._stack.currentWidget() is screen._empty
    changed = Heard(screen.cards_changed)
    screen.add_template("inbound_sale")
    assert screen._stack.currentWidget() is screen._split
    assert len(texts(screen)) > 9
    letters = "".join(texts(screen)).casefold()
    assert any("а" <= letter <= "я" for letter in letters) == (language == "ru")
    assert changed.calls


def test_another_weight_makes_a_draft_and_the_card_in_force_stays(screen, desk, sale):
    choose(screen, 1)
    screen._inspector._weight.setValue(3)
    published, draft = stored(desk, sale)
    assert published.checkpoints[0].weight == 1
    assert draft.checkpoints[0].weight == 3
    assert column_texts(screen._rows, Column.CHANGED)[1] == "weight was 1"
    assert screen._about.text().startswith("Draft of rev. 2")
    assert screen._publish.isVisible()


def test_every_step_is_taken_back_and_made_again(screen, desk, sale):
    choose(screen, 1)
    for weight in (2, 3):
        screen._inspector._weight.setValue(weight)
    screen._inspector._critical.click()
    assert stored(desk, sale)[1].checkpoints[0].critical
    for _step in range(2):
        screen.undo()
    assert (stored(desk, sale)[1].checkpoints[0].weight, screen._inspector._weight.value()) == (2, 2)
    screen.redo()
    assert stored(desk, sale)[1].checkpoints[0].weight == 3
    screen.undo()
    screen.undo()
    assert stored(desk, sale)[1].checkpoints[0].weight == 1
    screen.undo()  # nothing left
    assert column_texts(screen._rows, Column.CHANGED) == [""] * 5 or not screen._draft.is_draft


def test_a_checkpoint_is_added_by_insert_and_named_in_its_row(qtbot, screen, desk, sale):
    choose(screen, 1)
    key(screen, Qt.Key.Key_Insert)
    field = editor(screen)
    assert field.text() == "New checkpoint"
    field.selectAll()
    QTest.keyClicks(field, "Says the company")
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: texts(screen)[2] == "Says the company")
    assert texts(screen)[:4] == ["Contact", "Greeting", "Says the company", "Goal"]
    assert [one.text for one in stored(desk, sale)[1].checkpoints][1] == "Says the company"
    assert column_texts(screen._rows, Column.CHANGED)[2] == "new"


def test_a_section_is_added_by_shift_and_insert(screen):
    choose(screen, 1)
    key(screen, Qt.Key.Key_Insert, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(editor(screen), Qt.Key.Key_Escape)
    assert texts(screen) == ["Contact", "Greeting", "Goal", "New section", "Price", "Named the price"]


def test_rows_move_by_alt_and_arrows_over_the_edge_of_a_section(screen, desk, sale):
    choose(screen, 1)
    key(screen, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert texts(screen)[1:3] == ["Goal", "Greeting"]
    key(screen, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert texts(screen) == ["Contact", "Goal", "Price", "Greeting", "Named the price"]
    assert screen._rows.currentIndex().row() == 3
    key(screen, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert [len(section.checkpoints) for section in stored(desk, sale)[1].sections] == [2, 1]
    choose(screen, 0)
    key(screen, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert texts(screen)[0] == "Price"


def test_deleting_by_key_tells_and_can_be_taken_back(screen):
    told = Heard(screen.show_message)
    choose(screen, 2)
    key(screen, Qt.Key.Key_Delete)
    assert texts(screen) == ["Contact", "Greeting", "Price", "Named the price"]
    assert told.last[0] == "“Goal” was deleted"
    undo_of(told)()
    assert texts(screen) == ["Contact", "Greeting", "Goal", "Price", "Named the price"]


def test_a_row_is_renamed_by_f2(qtbot, screen, desk, sale):
    choose(screen, 1)
    key(screen, Qt.Key.Key_F2)
    field = editor(screen)
    field.selectAll()
    QTest.keyClicks(field, "Greets at once")
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: texts(screen)[1] == "Greets at once")
    assert stored(desk, sale)[1].checkpoints[0].text == "Greets at once"
    assert column_texts(screen._rows, Column.CHANGED)[1] == "reworded"


def test_typing_is_saved_when_it_pauses_and_is_one_step(qtbot, screen, desk, sale):
    choose(screen, 1)
    hint = screen._inspector._hint
    hint.setFocus()
    QTest.keyClicks(hint, "Name ")
    qtbot.waitUntil(lambda: stored(desk, sale)[1] is not None)
    QTest.keyClicks(hint, "and company")
    qtbot.waitUntil(lambda: stored(desk, sale)[1].checkpoints[0].hint == "Name and company")
    assert hint.hasFocus()
    screen.undo()
    assert stored(desk, sale)[1].checkpoints[0].hint == ""


def test_a_text_typed_just_before_another_row_is_chosen_stays_with_its_row(screen, desk, sale):
    choose(screen, 1)
    screen._inspector._hint.setFocus()
    QTest.keyClicks(screen._inspector._hint, "Company")
    click_row(screen._rows, 4, Column.TEXT)
    assert [one.hint for one in stored(desk, sale)[1].checkpoints] == ["Company", "", ""]
    assert screen._rows.currentIndex().row() == 4
    assert screen._inspector._text.text() == "Named the price"


def test_a_text_not_yet_saved_is_saved_before_the_row_changes_by_itself(screen, desk, sale):
    choose(screen, 1)
    screen._inspector._hint.setPlainText("Company")
    assert screen._inspector.is_waiting
    screen._rows.setCurrentIndex(screen._model.index(4, Column.TEXT))
    assert [one.hint for one in stored(desk, sale)[1].checkpoints] == ["Company", "", ""]
    assert screen._rows.currentIndex().row() == 4
    assert screen._inspector._text.text() == "Named the price"


def test_the_script_of_a_section_is_edited_beside_it(screen, desk, sale):
    choose(screen, 0)
    assert screen._inspector._script.toPlainText() == "Good morning"
    screen._inspector._script.setPlainText("Good day")
    screen.deactivate()
    assert stored(desk, sale)[1].sections[0].script == "Good day"


def test_publishing_puts_the_draft_in_force(screen, desk, sale, monkeypatch):
    told, changed = Heard(screen.show_message), Heard(screen.cards_changed)
    choose(screen, 4)
    screen._inspector._weight.setValue(5)
    asked = []

    def accept(box: QMessageBox) -> int:
        asked.append((box.text(), box.informativeText()))
        box.defaultButton().click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", accept)
    click(screen._publish)
    assert asked[0][0] == "Publish revision 2 of “Sale”?"
    assert "weight 2 → 5" in asked[0][1]
    published, draft = stored(desk, sale)
    assert (published.number, published.checkpoints[2].weight, draft) == (2, 5, None)
    assert told.last[0].startswith("Published")
    assert changed.calls
    assert not screen._publish.isVisible()


def test_an_unfinished_card_is_not_published_and_it_is_said(qtbot, desk):
    screen = mount(qtbot, ScorecardsScreen(desk))
    screen.add_empty()
    failed = Heard(screen.failed)
    assert screen._name.hasFocus()
    screen.publish()
    assert len(failed.calls) == 1
    assert screen._draft.is_draft


def test_a_discarded_draft_comes_back_by_undo(screen, desk, sale):
    choose(screen, 1)
    screen._inspector._weight.setValue(4)
    told = Heard(screen.show_message)
    click(screen._discard)
    assert stored(desk, sale)[1] is None
    assert texts(screen)[1] == "Greeting"
    undo_of(told)()
    assert stored(desk, sale)[1].checkpoints[0].weight == 4


def test_a_new_card_that_is_discarded_goes_away(screen):
    screen.add_empty()
    assert len(in_list(screen)) == 2
    click(screen._discard)
    assert in_list(screen) == ["Sale"]
    assert screen._name.text() == "Sale"


def test_two_empty_cards_have_different_names_and_can_be_renamed(screen, desk):
    screen.add_empty()
    screen.add_empty()
    assert in_list(screen) == ["New card", "New card 2", "Sale"]
    failed = Heard(screen.failed)
    screen._name.setText("Sale")
    screen._renamed()
    assert len(failed.calls) == 1
    assert screen._name.text() == "New card 2"
    screen._name.setFocus()
    screen._name.selectAll()
    QTest.keyClicks(screen._name, "Service")
    QTest.keyClick(screen._name, Qt.Key.Key_Return)
    screen._reload_list()
    assert "Service" in in_list(screen)


def test_a_card_is_put_away_and_offered_again(screen, desk, sale):
    told = Heard(screen.show_message)
    screen._put_away(sale, True)
    with desk.database.read() as session:
        assert cards.list_cards(session) in ((), [])
    undo_of(told)()
    with desk.database.read() as session:
        assert [one.name for one in cards.list_cards(session)] == ["Sale"]


def test_choosing_another_card_shows_it(screen, desk):
    with desk.database.write() as session:
        card(session, 2, name="Another")
    screen.activate()
    view = screen._list._list
    click_row(view, in_list(screen).index("Another"))
    assert texts(screen) == ["Talk", "Checkpoint 1", "Checkpoint 2"]
    assert screen._name.text() == "Another"


@pytest.mark.parametrize("suffix", [".xlsx", ".json"])
def test_a_card_goes_to_a_file_and_comes_back(screen, tmp_path, suffix):
    told, failed = Heard(screen.show_message), Heard(screen.failed)
    path = tmp_path / f"card{suffix}"
    screen.export_file(path)
    assert told.last[0] == f"Saved: {path}"
    screen.import_file(path)
    assert failed.calls == []
    assert screen._name.text() == "Sale 2"
    assert texts(screen) == ["Contact", "Greeting", "Goal", "Price", "Named the price"]
    assert screen._draft.is_draft


def test_a_file_that_is_no_card_is_told(screen, tmp_path):
    failed = Heard(screen.failed)
    (tmp_path / "card.json").write_text("[]", encoding="utf-8")
    screen.import_file(tmp_path / "card.json")
    screen.export_file(tmp_path / "card.pdf")
    assert len(failed.calls) == 2
    assert in_list(screen) == ["Sale"]


def test_edits_are_values_and_edges_change_nothing():
    assert editing.move(SECTIONS, (0, 0), False) == (SECTIONS, (0, 0))
    assert editing.move(SECTIONS, (1, 0), True) == (SECTIONS, (1, 0))
    assert editing.move(SECTIONS, (1, None), True) == (SECTIONS, (1, None))
    added, place = editing.add_checkpoint(SECTIONS, None, "Last")
    assert place == (1, 1)
    assert editing.remove(added, place) == SECTIONS


def test_the_table_keeps_the_rules_of_models(screen, qtmodeltester):
    qtmodeltester.check(screen._model)
