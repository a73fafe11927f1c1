"""A sales head's way from the light to the second of the call that explains it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from qaapp.scorecards import evaluations
from qaapp.store.workspace import Workspace
from qaapp.words import Role

pytestmark = pytest.mark.scenario


def test_the_head_finds_why_oleg_is_red(sit_down: Callable[..., Any], samples: Workspace) -> None:
    hand = sit_down(samples, "Nina Belova", Role.HEAD)
    hand.press("Ctrl+3")
    hand.settle()
    ratings, review = hand.screen("ratings"), hand.screen("review")
    told = ratings._sentence.text()
    assert "Олег Тарасов is in the red zone: 29%" in told
    assert "Weakest of the team at" in told

    hand.click(ratings._listen)
    calls = ratings._drill.calls()
    assert calls, "the link lists the calls behind the sentence"
    assert all(call.value == 0 for call in calls), "only those that failed at that checkpoint"
    place = next(n for n, call in enumerate(calls) if call.at_ms is not None)
    chosen = calls[place]
    hand.press(*["Down"] * place, "Enter")
    hand.sounds()

    assert hand.window.current_screen() is review
    assert review.session.call_id == chosen.call_id
    assert review.session.call.row.manager == "Олег Тарасов"
    hand.until(hand.player.is_playing)
    assert hand.player.position_ms() == pytest.approx(chosen.at_ms, abs=1)
    hand.press("Space")
    assert not hand.player.is_playing()
    with samples.database.read() as session:
        marked = evaluations.load(session, chosen.evaluation_id).marks.values()
    assert any(mark.value == 0 and mark.at_ms == chosen.at_ms for mark in marked)
