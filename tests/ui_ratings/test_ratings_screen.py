"""The ratings by keys and mouse: the answer, the ranking, the checkpoints, the calls behind a figure, the workbook."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from dressed import Heard, click, column_texts, mount, settle
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from scoring_world import START, card, days, evaluate, manager, marks, recorded_call

from qaapp.player.null_sink import NullSink
from qaapp.player.player import Player
from qaapp.scorecards import evaluations
from qaapp.ui.ratings.model import Column
from qaapp.ui.ratings.screen import RatingsScreen
from qaapp.words import Band, Origin


@pytest.fixture
def team(database):
    """Anna green, Oleg red (checkpoints 1–6 failed), Vera with two calls only, one call of nobody."""
    with database.write() as session:
        sale = card(session, 10)
        anna, oleg = manager(session, "Anna", "First"), manager(session, "Oleg", "Second")
        vera = manager(session, "Vera", "First")
        for number in range(6):
            passed = marks(9, 1) if number % 2 else marks(10, 0)
            evaluate(session, recorded_call(session, anna, START + days(number / 10)), sale, passed)
            failed = [0] * 6 + [1] * 4
            call_id = recorded_call(
                session, oleg, START + days(number / 10), customer_number=f"7900000000{number}"
            )
            evaluate(session, call_id, sale, failed)
        for _number in range(2):
            evaluate(session, recorded_call(session, vera), sale, marks(7, 3), origin=Origin.RANDOM)
        evaluate(session, recorded_call(session, None), sale, marks(5, 5))
    return anna, oleg, vera


@pytest.fixture
def player(qapp) -> Iterator[Player]:
    made = Player(NullSink())
    yield made
    made.close()


@pytest.fixture
def screen(qtbot, desk, team, player) -> RatingsScreen:
    return mount(qtbot, RatingsScreen(desk, player))


def names(screen: RatingsScreen) -> list[str]:
    return column_texts(screen._table, Column.MANAGER)


def cells(screen: RatingsScreen, name: str) -> dict[Column, str]:
    row = names(screen).index(name)
    return {column: str(screen._model.index(row, column).data()) for column in Column}


def press(screen: RatingsScreen, *keys: Qt.Key) -> None:
    for key in keys:
        QTest.keyClick(screen._heat, key)


def cell_of(screen: RatingsScreen, name: str, column: int):
    rows = ["", *(row.manager for row in screen._loaded.matrix.rows)]
    return screen._heat._cell(rows.index(name), column)


def test_the_answer_names_who_is_red_and_where(screen):
    sentence = screen._sentence.text()
    assert "Oleg is in the red zone: 40%" in sentence
    assert "Weakest of the team at" in sentence
    assert screen._light.band == Band.RED
    assert screen._listen.isVisible()


def test_the_ranking_says_place_score_and_calls(screen):
    assert names(screen)[:2] == ["Anna", "Oleg"]
    anna, oleg = cells(screen, "Anna"), cells(screen, "Oleg")
    assert (anna[Column.RANK], anna[Column.CALLS], anna[Column.GROUP]) == ("1", "6", "First")
    assert (oleg[Column.RANK], oleg[Column.SCORE]) == ("2", "40%")
    assert oleg[Column.INTERVAL]
    assert oleg[Column.WEAKEST].endswith("0 of 6")
    assert "Counted calls: 14, picked by hand: 12" in screen.status_text()
    assert screen.status_text().startswith("Green > 80%, red < 60%")


def test_who_has_too_few_calls_is_grey_and_told_how_many_are_missing(screen):
    vera = cells(screen, "Vera")
    assert vera[Column.RANK] == "–"
    assert vera[Column.RANGE] == "3 more calls"
    assert screen._model.row(names(screen).index("Vera")).band == Band.GREY


def test_calls_of_nobody_stand_at_the_end(screen):
    assert len(names(screen)) == 4
    last = screen._model.row(3)
    assert (last.manager_id, last.calls) == (None, 1)
    screen._table.setCurrentIndex(screen._model.index(3, 0))
    screen._row_chosen(screen._model.index(3, 0))
    assert len(screen._drill.calls()) == 1


def test_groups_are_ranked_by_a_click_and_their_calls_are_theirs(qtbot, desk, screen):
    QTest.keyClick(screen._by, Qt.Key.Key_Right)
    settle(qtbot, desk)
    assert set(names(screen)[:2]) == {"First", "Second"}
    assert screen._table.isColumnHidden(Column.GROUP)
    assert screen._model.headerData(Column.MANAGER, Qt.Orientation.Horizontal) == "Group"
    screen._row_chosen(screen._model.index(names(screen).index("First"), 0))
    assert {call.manager for call in screen._drill.calls()} == {"Anna", "Vera"}
    press(screen, Qt.Key.Key_Down, Qt.Key.Key_Return)
    assert screen._drill.calls()
    QTest.keyClick(screen._by, Qt.Key.Key_Left)
    settle(qtbot, desk)
    assert names(screen)[:2] == ["Anna", "Oleg"]


def test_only_randomly_drawn_calls_on_request(qtbot, desk, screen):
    menu = screen._basis.menu()
    next(action for action in menu.actions() if action.text() == "random only").trigger()
    settle(qtbot, desk)
    assert names(screen) == ["Vera"]
    assert screen._sentence.text().count("Not enough evaluated calls") == 1
    assert not screen._listen.isVisible()


def test_arrows_move_over_the_checkpoints_and_enter_lists_the_calls(screen):
    screen._heat.setFocus()
    press(screen, Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Return)
    assert screen._drill.isVisible()
    assert screen._drill._title.text().startswith("All managers: Checkpoint")
    assert len(screen._drill.calls()) == 15
    order = [row.manager for row in screen._loaded.matrix.rows]
    press(screen, *[Qt.Key.Key_Down] * (order.index("Oleg") + 1), Qt.Key.Key_Return)
    assert screen._drill._title.text().startswith("Oleg: ")
    assert {call.manager for call in screen._drill.calls()} == {"Oleg"}
    press(screen, *[Qt.Key.Key_Down] * 20, *[Qt.Key.Key_Right] * 20)
    assert screen._heat._current == (len(order), 9)


def test_every_pixel_of_a_cell_belongs_to_its_row(screen):
    chosen = Heard(screen._heat.cell_chosen)
    rows = screen._loaded.matrix.rows
    for number in range(len(rows)):
        rect = screen._heat._cell(number + 1, 1)
        for where in (rect.topLeft(), rect.center(), rect.bottomLeft()):
            click(screen._heat.viewport(), where)
            assert chosen.last[0] == number
    assert screen._heat._at(screen._heat._cell(0, 1).x(), screen._heat._cell(0, 1).bottom() + 3) == (-1, -1)


def test_failed_marks_stand_first_behind_a_cell(screen):
    code = screen._loaded.matrix.checkpoints[0].code
    screen._cell_chosen(-1, code)
    values = [call.value for call in screen._drill.calls()]
    assert values == sorted(values)
    assert values[0] == 0


def test_a_call_behind_a_figure_opens_at_the_marked_second(screen):
    opened = Heard(screen.open_call)
    click(screen._heat.viewport(), cell_of(screen, "Oleg", 0).center())
    first = screen._drill.calls()[0]
    assert screen._drill.list.hasFocus()
    QTest.keyClick(screen._drill.list, Qt.Key.Key_Return)
    assert opened.last == (first.call_id, 1000)
    view = screen._drill.list
    click(view.viewport(), view.visualRect(view.model().index(1, 0)).center())
    assert opened.last == (screen._drill.calls()[1].call_id, 1000)


def test_the_calls_of_a_row_open_without_a_second(screen):
    opened = Heard(screen.open_call)
    row = names(screen).index("Oleg")
    rect = screen._table.visualRect(screen._model.index(row, Column.MANAGER))
    click(screen._table.viewport(), rect.center())
    assert screen._drill._title.text() == "Oleg: 40%"
    QTest.keyClick(screen._drill.list, Qt.Key.Key_Return)
    assert opened.last[1] == -1
    click(screen._drill._close)
    assert not screen._drill.isVisible()


def test_listening_from_the_answer_lists_the_failed_calls_of_the_worst(screen):
    click(screen._listen)
    calls = screen._drill.calls()
    assert len(calls) == 6
    assert {call.manager for call in calls} == {"Oleg"}


def test_phrases_of_the_mark_are_listed(qtbot, desk, team, player):
    with desk.database.write() as session:
        sale = card(session, 1, name="Short")
        call_id = recorded_call(session, team[1])
        draft = evaluations.open_draft(session, call_id, sale.revision_id, 1)
        evaluations.set_mark(session, draft.id, sale.checkpoints[0].id, 0, 1000, 1)
        evaluations.set_phrases(session, draft.id, sale.checkpoints[0].id, "Hello", "Good morning")
        evaluations.submit(session, draft.id, 1)
    screen = mount(qtbot, RatingsScreen(desk, player))
    code = sale.checkpoints[0].code
    screen._show_calls(screen._model.row(names(screen).index("Oleg")), code, 0)
    found = [call for call in screen._drill.calls() if call.call_id == call_id]
    assert [(call.said, call.should_have_said) for call in found] == [("Hello", "Good morning")]
    view = screen._drill.list
    place = [call.call_id for call in screen._drill.calls()].index(call_id)
    heights = [
        view.sizeHintForIndex(view.model().index(row, 0)).height()
        for row in range(len(screen._drill.calls()))
    ]
    assert heights[place] == max(heights) > min(heights)


def test_nothing_evaluated_shows_the_way_to_the_queue(qtbot, desk, player):
    screen = mount(qtbot, RatingsScreen(desk, player))
    asked = Heard(screen.open_queue)
    assert screen._stack.currentWidget() is screen._empty
    screen._empty.clicked.emit()
    assert asked.calls
    screen.export()  # nothing to write, nothing is asked
    assert screen._summary() == ""


def test_a_narrow_window_hides_what_matters_least(screen, qtbot):
    screen.resize(900, 700)
    qtbot.waitUntil(lambda: screen._table.isColumnHidden(Column.TREND))
    assert not screen._table.isColumnHidden(Column.SCORE)
    assert not screen._table.isColumnHidden(Column.WEAKEST)


def test_the_workbook_is_written_and_told(qtbot, desk, screen, tmp_path):
    import openpyxl

    told, failed = Heard(screen.show_message), Heard(screen.failed)
    path = tmp_path / "ratings.xlsx"
    screen.write_workbook(path)
    settle(qtbot, desk)
    assert failed.calls == []
    assert told.last[0] == f"Saved: {path}"
    book = openpyxl.load_workbook(path)
    texts = {cell for sheet in book.worksheets for row in sheet.iter_rows(values_only=True) for cell in row}
    assert {"Anna", "Oleg"} <= texts


def test_a_workbook_that_cannot_be_written_is_told(qtbot, desk, screen, tmp_path):
    failed = Heard(screen.failed)
    (tmp_path / "taken").write_text("a file, not a folder")
    screen.write_workbook(tmp_path / "taken" / "ratings.xlsx")
    settle(qtbot, desk)
    assert len(failed.calls) == 1


def test_it_speaks_russian_after_a_change(screen):
    from qaapp import i18n

    i18n.set_language("ru")
    screen.retranslate()
    assert "красной зоне" in screen._sentence.text()


def test_the_models_keep_the_rules_of_models(screen, qtmodeltester):
    screen._row_chosen(screen._model.index(0, 0))
    qtmodeltester.check(screen._model)
    qtmodeltester.check(screen._drill._model)


def test_the_zeros_of_a_checkpoint_are_played_across_calls(qtbot, desk, team, tmp_path):
    import wave
    from types import SimpleNamespace

    from qaapp.store.schema import Recording, RecordingRoot

    time = SimpleNamespace(at=0.0)
    player = Player(NullSink(lambda: time.at))
    with wave.open(str(tmp_path / "call.wav"), "wb") as out:
        out.setparams((1, 2, 8000, 8000 * 20, "NONE", ""))
        out.writeframes(b"\x10\x10" * 8000 * 20)
    with desk.database.write() as session:
        root = RecordingRoot(name="heard", path=str(tmp_path))
        session.add(root)
        session.flush()
        sale = card(session, 1, name="Heard")
        ids = []
        for number in range(2):
            call_id = recorded_call(session, team[1], START + days(number / 24))
            session.query(Recording).filter(Recording.call_id == call_id).delete()
            session.flush()
            if number == 0:
                session.add(Recording(call_id=call_id, root_id=root.id, path="call.wav", duration_ms=20_000))
            draft = evaluations.open_draft(session, call_id, sale.revision_id, 1)
            for point in sale.checkpoints:
                evaluations.set_mark(session, draft.id, point.id, 0, 9000, 1)
            evaluations.submit(session, draft.id, 1)
            ids.append(call_id)
    screen = mount(qtbot, RatingsScreen(desk, player))
    failed = Heard(screen.failed)
    code = sale.checkpoints[0].code
    screen._show_calls(screen._model.row(names(screen).index("Oleg")), code, None)
    assert screen._drill._listen.isVisible()
    QTest.mouseClick(screen._drill._listen, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(player.is_playing)
    assert screen._played.isVisible()
    assert screen._played.playlist.item.call_id == ids[0], "the call without a recording was passed over"
    assert failed.calls
    assert player.position_ms() == pytest.approx(1000, abs=5)
    screen.play_evidence()
    assert not player.is_playing()
    assert not screen._played.isVisible()
    player.close()
