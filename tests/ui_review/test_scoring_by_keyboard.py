"""A reviewer fills cards with the keyboard."""

from __future__ import annotations

from fractions import Fraction

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from qaapp.errors import StoreError
from qaapp.i18n import N_
from qaapp.ui.review.card_model import MARK_ROLE, ROW_ROLE
from qaapp.words import Band, EvaluationState, Origin

K, M = Qt.Key, Qt.KeyboardModifier


def points(house) -> list[int]:  # type: ignore[no-untyped-def]
    return [point.id for point in house.card.checkpoints]


def test_digits_mark_with_the_second_that_is_heard_and_step_on(house) -> None:  # type: ignore[no-untyped-def]
    house.screen.playback.seek(4200)
    house.key(K.Key_1)
    house.screen.playback.seek(7000)
    house.key(K.Key_0)
    house.key(K.Key_N)
    marks = house.read()[0].marks
    first, second, third, *_rest = points(house)
    assert (marks[first].value, marks[first].at_ms) == (1, 4200)
    assert (marks[second].value, marks[second].at_ms) == (0, 7000)
    assert (marks[third].value, marks[third].is_marked) == (None, True)
    assert house.screen.card.list.current_checkpoint() == points(house)[3]
    assert house.screen.card.head.figure.text() == "50%"


def test_listening_alone_begins_no_evaluation(house) -> None:  # type: ignore[no-untyped-def]
    house.key(K.Key_Space)
    house.hear(2)
    house.key(K.Key_Space)
    assert house.read() == ()


def test_arrows_walk_through_the_checkpoints_and_skip_section_heads(house) -> None:  # type: ignore[no-untyped-def]
    walked = []
    for _n in range(6):
        walked.append(house.screen.card.list.current_checkpoint())
        house.key(K.Key_Down)
    assert walked == [*points(house), points(house)[-1]]
    house.key(K.Key_Up)
    assert house.screen.card.list.current_checkpoint() == points(house)[3]


def test_a_mark_is_undone_and_done_again(house) -> None:  # type: ignore[no-untyped-def]
    house.key(K.Key_1)
    house.key(K.Key_0)
    house.key(K.Key_Z, M.ControlModifier)
    marks = house.read()[0].marks
    assert points(house)[0] in marks
    assert points(house)[1] not in marks
    house.key(K.Key_Y, M.ControlModifier)
    assert house.read()[0].marks[points(house)[1]].value == 0


def test_shift_n_makes_the_rest_not_applicable_as_one_step(house) -> None:  # type: ignore[no-untyped-def]
    house.key(K.Key_1)
    house.key(K.Key_N, M.ShiftModifier)
    assert len(house.read()[0].marks) == 5
    house.key(K.Key_Z, M.ControlModifier)
    assert list(house.read()[0].marks) == points(house)[:1]


def test_enter_opens_what_was_said_and_every_letter_is_on_disk(house) -> None:  # type: ignore[no-untyped-def]
    house.key(K.Key_Return)
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    QTest.keyClicks(field, "Well 10")  # digits and letters are text here, not marks
    assert house.read()[0].marks[points(house)[0]].said == "Well 10"
    house.key(K.Key_Return)
    QTest.keyClicks(QApplication.focusWidget(), "Good day")
    house.key(K.Key_Return)
    mark = house.read()[0].marks[points(house)[0]]
    assert (mark.said, mark.should_have_said, mark.is_marked) == ("Well 10", "Good day", False)
    assert house.screen.card.list.fields is None
    house.key(K.Key_1)
    assert house.read()[0].marks[points(house)[0]].value == 1
    house.key(K.Key_Z, M.ControlModifier)
    house.key(K.Key_Z, M.ControlModifier)  # the two phrases are one step
    assert points(house)[0] not in house.read()[0].marks


def test_escape_plays_while_one_writes(house) -> None:  # type: ignore[no-untyped-def]
    house.key(K.Key_Return)
    house.key(K.Key_Escape)
    assert house.player.is_playing()
    house.key(K.Key_F9)
    assert not house.player.is_playing()


def test_submit_jumps_to_what_is_missing_and_says_so(house) -> None:  # type: ignore[no-untyped-def]
    for _n in range(5):
        house.key(K.Key_1)
    session = house.screen.session
    session.undo_stack.undo()  # the last one is open again
    house.screen.card.list.go(1)
    house.key(K.Key_Return, M.ControlModifier)
    assert house.screen.card.list.current_checkpoint() == points(house)[-1]
    assert house.screen.card.bar.left.text() == "1 mark left"
    assert house.screen.card.list.cards.tells_missing
    assert house.read()[0].state is EvaluationState.DRAFT


def test_submit_goes_on_to_the_next_call_of_the_queue(build) -> None:  # type: ignore[no-untyped-def]
    house = build(4)
    house.screen.activate()
    house.wait(lambda: house.screen.playback.has_sound())
    first = house.screen.session.call_id
    assert house.screen.item is not None
    for _n in range(5):
        house.key(K.Key_1)
    house.key(K.Key_Return, M.ControlModifier)
    row = house.read(first)[0]
    assert (row.state, row.origin, row.score.fraction) == (
        EvaluationState.SUBMITTED,
        Origin.RANDOM,
        Fraction(1),
    )
    assert house.screen.session.call_id not in (0, first)
    assert house.screen.queue.today.text() == "1 of 4 today"
    assert ("Submitted", None) in house.messages


def test_a_call_opened_from_elsewhere_is_picked(build) -> None:  # type: ignore[no-untyped-def]
    house = build(3)
    house.open(0)  # nothing has been drawn yet
    house.key(K.Key_1)
    assert house.read()[0].origin is Origin.PICKED


def test_a_failed_critical_checkpoint_makes_the_call_red_with_its_percent(house) -> None:  # type: ignore[no-untyped-def]
    for _n in range(4):
        house.key(K.Key_1)
    house.key(K.Key_0)
    figure = house.screen.card.head.figure
    assert figure.band() is Band.RED
    assert figure.text() == "83%"  # 5 of 6: one checkpoint weighs two


def test_a_mark_that_cannot_be_saved_stays_visible_and_is_saved_later(house, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    from contextlib import contextmanager

    database = house.desk.database
    real = database.write

    @contextmanager
    def full_disk(*_args, **_more):  # type: ignore[no-untyped-def]
        raise StoreError(N_("The disk with {path} is full."), kind="disk", path="x")
        yield

    monkeypatch.setattr(database, "write", full_disk)
    house.key(K.Key_0)
    screen = house.screen
    assert screen.center.error.isVisible()
    assert "full" in screen.center.error.sentence()
    index = screen.card.list.cards.index(screen.card.list.cards.row_of(points(house)[0]))
    assert index.data(MARK_ROLE).value == 0
    assert (
        screen.card.list.delegate.second_text(index.data(ROW_ROLE), index.data(MARK_ROLE), index.row())[1]
        == "not saved"
    )
    assert screen.card.bar.left.text() == "1 mark is not saved"
    assert screen.card.head.figure.text() == "–"  # it does not count
    monkeypatch.setattr(database, "write", real)
    screen.center.error.helped.emit()
    assert house.read()[0].marks[points(house)[0]].value == 0
    assert not screen.center.error.isVisible()


def test_a_submitted_evaluation_is_read_only_until_it_is_amended(house) -> None:  # type: ignore[no-untyped-def]
    for _n in range(5):
        house.key(K.Key_1)
    house.key(K.Key_Return, M.ControlModifier)
    house.screen.card.list.go(1)
    house.key(K.Key_0)
    assert house.read()[0].marks[points(house)[0]].value == 1
    house.screen.card.bar.amend.click()
    house.screen.card.list.go(1)
    house.key(K.Key_0)
    house.key(K.Key_Return, M.ControlModifier)
    rows = {row.version: row for row in house.read()}
    assert rows[1].marks[points(house)[0]].value == 1
    assert not rows[1].is_current
    assert rows[2].marks[points(house)[0]].value == 0
    assert rows[2].is_current


def test_without_a_card_a_short_review_is_an_outcome_and_notes(build) -> None:  # type: ignore[no-untyped-def]
    house = build(1, with_card=False)
    house.open(0)
    screen = house.screen
    assert screen.card.head.name.text() == "Short review"
    area = screen.card.foot.areas["minuses"]
    assert area.isVisible()
    area.setFocus()
    QTest.keyClicks(area, "Argues about the price")
    house.key(K.Key_Return, M.ControlModifier)
    row = house.read()[0]
    assert (row.state, row.revision_id, row.minuses) == (
        EvaluationState.SUBMITTED,
        None,
        "Argues about the price",
    )
    screen.card.copy_text()
    assert "Argues about the price" in QApplication.clipboard().text()


def test_the_mouse_marks_and_plays_the_second_of_a_mark(house) -> None:  # type: ignore[no-untyped-def]
    screen, cards = house.screen, house.screen.card.list
    house.player.seek_ms(9000)
    index = cards.cards.index(cards.cards.row_of(points(house)[2]))
    box = cards.visualRect(index)
    QTest.mouseClick(cards.viewport(), Qt.MouseButton.LeftButton, pos=box.topLeft() + QPoint(16 + 36, 14))
    mark = house.read()[0].marks[points(house)[2]]
    assert (mark.value, mark.at_ms) == (0, 9000)
    house.player.seek_ms(0)
    box = cards.visualRect(index)
    QTest.mouseClick(
        cards.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(box.right() - 24, box.top() + 14)
    )
    assert house.player.is_playing()
    assert screen.playback.position() == pytest.approx(9000, abs=5)


def test_a_long_text_wraps_and_is_never_cut(house) -> None:  # type: ignore[no-untyped-def]
    from dataclasses import replace

    cards = house.screen.card.list
    row = cards.cards.rows[1]
    long = replace(
        row, point=replace(row.point, text="Greeted the customer, said the name and the company " * 3)
    )
    width = cards.viewport().width()
    short = cards.delegate.parts(row, None, 1, width)
    wrapped = cards.delegate.parts(long, None, 1, width)
    assert wrapped.height > short.height + 30
    assert wrapped.text.width() == short.text.width()


def test_another_card_keeps_marks_with_the_same_code(house) -> None:  # type: ignore[no-untyped-def]
    from review_house import make_card

    other = make_card(house.desk.database, house.user_id, "Repeat sale")
    house.open(1)
    house.open(0)
    house.key(K.Key_1)
    assert house.screen.session.change_card(other.scorecard_id)
    row = house.read()[0]
    assert row.revision_id == other.revision_id
    assert row.marks[other.checkpoints[0].id].value == 1
    assert house.screen.card.head.name.text() == "Repeat sale"


def test_pluses_and_outcome_are_saved_as_they_are_written(house) -> None:  # type: ignore[no-untyped-def]
    foot = house.screen.card.foot
    foot.fields["pluses"].setFocus()
    QTest.keyClicks(foot.fields["pluses"], "Calm")
    assert house.read()[0].pluses == "Calm"
    foot.outcome.setCurrentIndex(2)
    foot.outcome.activated.emit(2)
    assert house.read()[0].outcome_id == foot.outcome.itemData(2)
    house.screen.undo()
    assert house.read()[0].outcome_id is None
    house.screen.undo()
    assert house.read()[0].pluses == ""
