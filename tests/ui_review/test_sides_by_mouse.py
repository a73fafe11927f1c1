"""Solo, mute and gain of each side by the buttons beside its lane; zoom by keys about the playhead."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from qaapp.words import Lane

LEFT, CONTROL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def house(build: Any) -> Any:
    made = build(1)
    made.open(0)
    return made


@pytest.mark.parametrize(("mine", "other"), [("manager", "customer"), ("customer", "manager")])
def test_one_side_is_heard_or_muted_by_its_buttons(house: Any, mine: str, other: str) -> None:
    timeline = house.screen.timeline
    solo, mute = timeline.gutter._solo[mine], timeline.gutter._mute[mine]
    QTest.mouseClick(solo, LEFT)
    assert str(house.player.listen()) == mine
    assert timeline.state.muted == {other}
    QTest.mouseClick(solo, LEFT)
    assert str(house.player.listen()) == "both"
    QTest.mouseClick(mute, LEFT)
    assert str(house.player.listen()) == other
    assert timeline.state.muted == {mine}
    QTest.mouseClick(mute, LEFT)
    assert str(house.player.listen()) == "both"
    assert timeline.state.muted == frozenset()


def test_the_gain_of_one_side_is_chosen_in_its_menu(house: Any) -> None:
    gutter = house.screen.timeline.gutter
    customer, manager = (house.player.gain_db(side) for side in (Lane.CUSTOMER, Lane.MANAGER))
    menu = gutter.gain_menu("customer")
    assert isinstance(menu, QMenu)
    next(action for action in menu.actions() if "6" in action.text() and "+" in action.text()).trigger()
    assert house.player.gain_db(Lane.CUSTOMER) == pytest.approx(customer + 6)
    assert house.player.gain_db(Lane.MANAGER) == manager
    assert house.screen.timeline.state.gains_db["customer"] == 6


def test_keys_zoom_about_the_playhead(house: Any) -> None:
    house.screen.playback.seek(7000)
    timeline = house.screen.timeline
    x, wide = timeline.state.scale.x(timeline.state.position_ms), timeline.state.scale.ms_per_px
    for _n in range(4):
        house.key(Qt.Key.Key_Equal, CONTROL)
    assert timeline.state.scale.ms_per_px == pytest.approx(wide / 1.25**4)
    assert timeline.state.scale.x(timeline.state.position_ms) == pytest.approx(x, abs=0.01)
    for _n in range(6):
        house.key(Qt.Key.Key_Minus, CONTROL)
    assert timeline.state.scale.is_whole
