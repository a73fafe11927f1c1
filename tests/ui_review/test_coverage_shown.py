"""What a reviewer really heard is kept while he listens, drawn, and said with his evaluation."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from qaapp.calls import coverage
from qaapp.calls.coverage import Heard

K, M = Qt.Key, Qt.KeyboardModifier


def stored(house):  # type: ignore[no-untyped-def]
    with house.desk.database.read() as session:
        return coverage.open_coverage(session, house.calls[0], house.user_id)


def test_listening_is_kept_at_a_pause_with_its_speed(house) -> None:  # type: ignore[no-untyped-def]
    house.key(K.Key_Space)
    house.hear(2)
    for _n in range(5):
        house.key(K.Key_F4)
    house.hear(2)
    house.key(K.Key_Space)
    found = stored(house)
    assert found.sound_ms == 20_000
    assert found.stretches[0].speed == 1.0
    assert found.stretches[-1].speed == pytest.approx(1.5)
    assert found.stretches[-1].end_ms == pytest.approx(5000, abs=150)
    assert house.screen.center.figures.text().startswith("heard 2")
    assert house.screen.timeline.state.heard == found.stretches


def test_a_long_listening_is_kept_on_the_way(house) -> None:  # type: ignore[no-untyped-def]
    house.key(K.Key_Space)
    house.hear(12)
    assert stored(house).heard_ms >= 10_000
    assert house.player.is_playing()


def test_the_call_opens_with_what_was_heard_and_the_history_says_it(house) -> None:  # type: ignore[no-untyped-def]
    house.key(K.Key_Space)
    house.hear(4)
    house.key(K.Key_Space)
    house.key(K.Key_N, M.ShiftModifier)
    house.screen.submit()
    row = house.read()[-1]
    assert row.heard is not None
    assert row.heard.percent == pytest.approx(20, abs=1)
    house.open(1)
    assert house.screen.timeline.state.heard == ()
    house.open(0)
    assert house.screen.timeline.state.heard == row.heard.stretches
    texts = [label.text() for label in house.screen.center.history.findChildren(QLabel)]
    assert f"heard {row.heard.percent}%" in texts


def test_a_jump_leaves_a_gap(house) -> None:  # type: ignore[no-untyped-def]
    house.key(K.Key_Space)
    house.hear(1)
    house.key(K.Key_L)
    house.hear(1)
    house.key(K.Key_Space)
    first, second = stored(house).stretches
    assert first == Heard(0, pytest.approx(1000, abs=60), 1.0)
    assert second.start_ms == pytest.approx(11_000, abs=120)
