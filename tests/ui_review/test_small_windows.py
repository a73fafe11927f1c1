"""Little room and large text: nothing of the middle overlaps, what has no room in the transport is in its menu."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from review_house import tones

from qaapp import i18n
from qaapp.ui import theme

K = Qt.Key


@pytest.fixture
def scaled(qapp: QApplication) -> Iterator[Callable[[int], None]]:
    def scale(percent: int) -> None:
        theme.apply(qapp, "light", percent)

    yield scale
    theme.apply(qapp, "light", 100)


def shown_in_transport(house: Any) -> list[QWidget]:
    transport = house.screen.center.transport
    parts = [widget for widget in transport.findChildren(QWidget) if widget.isVisible()]
    return sorted((part for part in parts if not isinstance(part, QLabel)), key=lambda part: part.x())


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize(("size", "percent"), [((1366, 768), 150), ((1024, 700), 100), ((1440, 900), 100)])
def test_the_parts_of_the_middle_stand_below_each_other(build, scaled, language, size, percent) -> None:  # type: ignore[no-untyped-def]
    before = i18n.language()
    scaled(percent)
    i18n.set_language(language)
    try:
        house = build(1, size=size)
        house.open(0)
        house.screen.notes.add()
        house.screen.center.open_filter()
        center = house.screen.center
        house.wait(lambda: center.transport.y() >= center.timeline.geometry().bottom())
        center.notes.close_filter()
        center.tabs.setCurrentIndex(4)
        center.text.finder.open()
        house.wait(lambda: center.transport.y() >= center.timeline.geometry().bottom())
        tops = [part.geometry() for part in (center.header, center.timeline, center.transport, center.pages)]
        assert all(a.bottom() < b.top() for a, b in itertools.pairwise(tops))
        parts = shown_in_transport(house)
        assert parts[-1].geometry().right() <= center.transport.width()
        assert all(a.geometry().right() < b.x() for a, b in itertools.pairwise(parts))
        for part in parts:
            assert part.width() >= part.sizeHint().width(), part.accessibleName()
    finally:
        i18n.set_language(before)


def test_what_has_no_room_is_in_a_menu_with_its_key_and_does_the_same(build, scaled) -> None:  # type: ignore[no-untyped-def]
    scaled(150)
    house = build(1, size=(1100, 768))
    house.open(0)
    transport = house.screen.center.transport
    assert transport.more.isVisible()
    assert transport.ears.isHidden()
    entries = {action.text().split("\t")[0]: action for action in transport.more_menu().actions()}
    ears = entries["Manager in the left ear, customer in the right one"]
    assert ears.text().endswith("\tH")
    assert (ears.isCheckable(), ears.isChecked()) == (True, False)
    ears.trigger()
    assert house.desk.personal.sides_in_ears
    house.window.resize(2200, 900)
    house.wait(lambda: not transport.ears.isHidden())
    assert transport.ears.isChecked()


def test_each_side_in_its_ear_by_key_remembered_and_said(house) -> None:  # type: ignore[no-untyped-def]
    ears = house.screen.center.transport.ears
    assert ears.toolTip().endswith("H")
    house.key(K.Key_H)
    assert house.desk.personal.sides_in_ears
    assert house.player._ears
    assert ears.isChecked()
    assert house.messages[-1][0] == "The manager is in the left ear, the customer in the right one"
    ears.click()
    assert not house.desk.personal.sides_in_ears
    assert not ears.isChecked()
    assert house.messages[-1][0] == "Both sides are in both ears"


def test_one_track_says_that_it_has_no_sides(build) -> None:  # type: ignore[no-untyped-def]
    house = build(1)
    tones(house.folder / "0.wav", 20, channels=1)
    house.open(0)
    house.key(K.Key_H)
    assert house.messages[-1][0] == "This recording holds both sides in one: they stay in both ears"
    assert house.desk.personal.sides_in_ears, "the next call with two sides has them apart"
