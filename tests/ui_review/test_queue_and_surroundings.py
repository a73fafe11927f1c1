"""Tags, archive and manager of a call; the queue; sizes and languages."""

from __future__ import annotations

import shutil

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu

from qaapp import i18n
from qaapp.archive import items as archive_items
from qaapp.calls import people, tags
from qaapp.journal import pages
from qaapp.settings import Personal
from qaapp.ui.review.sizes import size_class
from qaapp.words import QueueState, Verdict

K, M = Qt.Key, Qt.KeyboardModifier


def test_t_tags_the_call_and_undo_takes_it_off(house) -> None:  # type: ignore[no-untyped-def]
    house.key(K.Key_T)
    field = QApplication.focusWidget()
    QTest.keyClicks(field, "wholesale")
    QTest.keyClick(field, K.Key_Return)
    call = house.calls[0]

    def stored() -> list[str]:
        with house.desk.database.read() as session:
            return [tag.name for tag in tags.tags_of(session, [call]).get(call, ())]

    assert stored() == ["wholesale"]
    house.key(K.Key_Z, M.ControlModifier)
    assert stored() == []


def test_tags_that_change_leave_nothing_behind(house) -> None:  # type: ignore[no-untyped-def]
    from qaapp.ui.review.header import TagButton

    for name in ("wholesale", "call back", "rival"):
        house.screen.session.add_tag(name)
    box = house.screen.header.tags_box

    def shown() -> list[str]:
        return [button.toolTip() for button in box.findChildren(TagButton) if button.isVisible()]

    house.wait(lambda: len(shown()) == 3)
    house.screen.session.add_tag("angry")
    assert shown() == [], "the old ones are gone at once"
    house.wait(lambda: len(shown()) == 3)
    assert set(shown()) < {"wholesale", "call back", "rival", "angry"}


def test_a_stretch_is_kept_in_the_archive_with_stage_and_reason(house) -> None:  # type: ignore[no-untyped-def]
    house.screen.timeline.select_region(2000, 6000)
    house.key(K.Key_D, M.ControlModifier)
    dialog = QApplication.activeModalWidget()
    dialog.accept()  # no stage yet: it stays and says so
    assert dialog.isVisible()
    dialog.verdict.set_current("worst")
    dialog.stage.setCurrentText("Needs")
    dialog.reason.setPlainText("Names the price first")
    dialog.accept()
    with house.desk.database.read() as session:
        (item,) = archive_items.list_items(session)
    assert (item.verdict, item.stage, item.start_ms, item.end_ms) == (Verdict.WORST, "Needs", 2000, 6000)
    house.messages[-1][1]()
    with house.desk.database.read() as session:
        assert not archive_items.list_items(session)


def test_an_unassigned_call_gets_its_manager_from_the_menu(house) -> None:  # type: ignore[no-untyped-def]
    with house.desk.database.write() as session:
        people.assign_manager(session, [house.calls[2]], None, None)
        oleg = next(person.id for person in people.list_people(session) if person.name == "Oleg Tarasov")
    house.open(2)
    assert house.screen.header.manager.text() == "Not assigned"
    menu = QMenu()
    house.screen.questions.fill_managers(menu)
    next(action for action in menu.actions() if action.text() == "Oleg Tarasov").trigger()
    with house.desk.database.read() as session:
        assert pages.row(session, house.calls[2]).manager_id == oleg
    assert house.screen.header.manager.text() == "Oleg Tarasov"
    house.key(K.Key_Z, M.ControlModifier)
    assert house.screen.header.manager.text() == "Not assigned"


def test_a_call_is_skipped_only_with_a_reason_and_comes_back_by_undo(build) -> None:  # type: ignore[no-untyped-def]
    house = build(4)
    house.screen.activate()
    first = house.screen.item
    house.key(K.Key_Return, M.ControlModifier | M.ShiftModifier)
    dialog = QApplication.activeModalWidget()
    dialog.accept()
    assert dialog.isVisible()
    dialog.reason.setCurrentText("Wrong number")
    dialog.accept()
    assert house.screen.item.id != first.id
    house.messages[-1][1]()
    assert house.screen.item.id == first.id
    assert house.screen.item.state is QueueState.OPEN


def test_a_drawn_call_is_replaced_by_another_of_the_manager(build) -> None:  # type: ignore[no-untyped-def]
    house = build(6)
    house.screen.activate()
    first = house.screen.item
    house.screen.questions.replace("Already discussed")
    assert house.screen.item.id != first.id
    assert house.screen.item.manager_id == first.manager_id


def test_the_queue_shows_each_manager_with_his_plan_and_opens_by_a_click(build) -> None:  # type: ignore[no-untyped-def]
    house = build(4)
    house.screen.activate()
    model, view = house.screen.queue.model, house.screen.queue.list
    assert [line.manager for line in model.lines if line.item is None] == ["Anna Smirnova", "Oleg Tarasov"]
    number = next(n for n, line in enumerate(model.lines) if line.item and line.manager == "Oleg Tarasov")
    spot = view.visualRect(model.index(number)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert house.screen.session.call.row.manager == "Oleg Tarasov"
    assert "Random" in house.screen.queue.why.text()


def test_an_empty_queue_says_what_to_do_next(build) -> None:  # type: ignore[no-untyped-def]
    house = build(0)
    house.screen.activate()
    assert house.screen.empty.isVisible()
    assert house.screen.empty.button.text() == "Open the journal"


def test_masked_numbers_stay_masked(build) -> None:  # type: ignore[no-untyped-def]
    house = build(1, personal=Personal(mask_numbers=True))
    house.open(0)
    assert "900" not in house.screen.header.number.text()


def test_the_language_changes_at_once(house) -> None:  # type: ignore[no-untyped-def]
    i18n.set_language("ru")
    house.screen.retranslate()
    assert house.screen.card.bar.submit.text() == "Отправить и дальше"
    assert house.screen.center.tabs.tabText(1) == "Речь"
    house.screen.grab()


def test_sizes_follow_the_window() -> None:
    assert size_class(1920, 1080).card == 420
    assert size_class(1440, 900).queue == 208
    small = size_class(1366, 697)
    assert (small.narrow, small.low, small.drawer) == (True, True, False)
    assert size_class(1200, 700).drawer


def test_in_a_low_window_five_annotations_stay_in_sight(build) -> None:  # type: ignore[no-untyped-def]
    house = build(1, size=(1366, 640))
    house.open(0)
    session = house.screen.session
    for number in range(6):
        session.add_annotation(session.kinds[2].id, 1000 * number, 1000 * number + 500)
    QApplication.processEvents()
    assert house.screen.center.table.viewport().height() >= 5 * 26


def test_a_recording_that_comes_back_is_heard_again(build) -> None:  # type: ignore[no-untyped-def]
    house = build(2)
    away = house.folder / "away.wav"
    shutil.move(house.folder / "0.wav", away)
    house.screen.open_call(house.calls[0])
    assert not house.screen.playback.has_sound()
    shutil.move(away, house.folder / "0.wav")
    house.open(1)
    house.open(0)
    assert house.screen.playback.has_sound()


def test_a_long_name_is_shortened_and_whole_in_the_tip(house) -> None:  # type: ignore[no-untyped-def]
    number = house.screen.header.number
    number.setText("+7 900 000-17-96  " + "Very long customer name " * 8)
    assert number.text().endswith("name "), "what is asked for stays whole"
    assert QLabel.text(number).endswith("…")
    assert number.toolTip() == number.text()
    number.setText("short")
    assert QLabel.text(number) == "short"
    assert not number.toolTip()
