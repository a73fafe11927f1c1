"""A dragged edge is heard, the playhead comes back; the sides are swapped by a button between the lanes."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def house(build: Any) -> Any:
    made = build(1)
    made.open(0)
    kind = made.screen.session.kinds[2]
    made.screen.session.add_annotation(kind.id, 4000, 9000)
    made.screen.playback.seek(1500)
    return made


def at(house: Any, ms: float) -> QPoint:
    view = house.screen.timeline
    row = view.state.row("items", house.screen.session.kinds[2].lane)
    return QPoint(round(view.state.gutter + view.state.scale.x(ms)), round(row.top + row.height / 2))


def move(house: Any, point: QPoint) -> None:
    view = house.screen.timeline
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(point),
        view.mapToGlobal(QPointF(point)),
        Qt.MouseButton.NoButton,
        LEFT,
        NONE,
    )
    QApplication.sendEvent(view, event)


def test_a_dragged_edge_is_heard_and_the_playhead_comes_back(house: Any) -> None:
    view, player = house.screen.timeline, house.player
    QTest.mousePress(view, LEFT, NONE, at(house, 9000))
    move(house, at(house, 7000))
    move(house, at(house, 6500))
    house.wait(player.is_playing)
    house.hear(0.1)
    assert 6000 <= player.position_ms() <= 6600, "what lies before an end is heard"
    house.hear(1.0)
    assert not player.is_playing()
    QTest.mouseRelease(view, LEFT, NONE, at(house, 6500))
    assert player.position_ms() == pytest.approx(1500, abs=1)
    assert house.screen.session.annotations[0].end_ms == pytest.approx(6500, abs=40)


def test_letting_go_while_it_sounds_brings_the_playhead_back_at_the_end(house: Any) -> None:
    view, player = house.screen.timeline, house.player
    QTest.mousePress(view, LEFT, NONE, at(house, 4000))
    move(house, at(house, 5000))
    move(house, at(house, 5300))
    house.wait(player.is_playing)
    QTest.mouseRelease(view, LEFT, NONE, at(house, 5300))
    assert player.is_playing(), "the word is heard to its end"
    house.hear(0.1)
    assert 5250 <= player.position_ms() <= 5700, "what lies after a beginning is heard"
    house.hear(1.0)
    assert player.position_ms() == pytest.approx(1500, abs=1)


def test_while_the_call_plays_nothing_comes_between(house: Any) -> None:
    view, player = house.screen.timeline, house.player
    player.play()
    QTest.mousePress(view, LEFT, NONE, at(house, 9000))
    move(house, at(house, 7000))
    move(house, at(house, 6500))
    house.hear(0.5)
    QTest.mouseRelease(view, LEFT, NONE, at(house, 6500))
    assert player.is_playing()
    assert player.position_ms() == pytest.approx(2000, abs=60)


def test_a_button_between_the_lanes_swaps_the_sides(house: Any) -> None:
    gutter = house.screen.timeline.gutter
    assert gutter.swap.isVisible()
    assert "X" in gutter.swap.toolTip()
    before = house.player.audio().samples[0].copy()
    QTest.mouseClick(gutter.swap, LEFT)
    assert (house.player.audio().samples[1] == before).all()
    house.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert (house.player.audio().samples[0] == before).all()
