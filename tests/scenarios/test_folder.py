"""A folder of recordings becomes evaluated calls."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QInputDialog

from qaapp.intake.importing import import_paths
from qaapp.journal.filters import Filter
from qaapp.journal.pages import page
from qaapp.journal.sorts import Sort
from qaapp.progress import run
from qaapp.scorecards import evaluations
from qaapp.store.rules import read_rules
from qaapp.store.workspace import Workspace
from qaapp.words import EvaluationState, Origin

pytestmark = pytest.mark.scenario
NAMES = ("2026_03_16_10_18_29.wav", "2026_03_16_17_39_32.wav", "2026_03_17_10_28_11.wav")


def _record(path: Path, seconds: int, tone_hz: int) -> None:
    at = np.arange(seconds * 8000) / 8000
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes((9000 * np.sin(2 * np.pi * tone_hz * at)).astype("<i2").tobytes())


def test_a_folder_of_recordings_becomes_evaluated_calls(
    sit_down: Callable[..., Any], workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "recordings of march"
    folder.mkdir()
    for place, name in enumerate(NAMES):
        _record(folder / name, 3 + place, 200 + 50 * place)
    summary = run(import_paths(workspace.database, [folder]))
    assert (summary.added, summary.recordings, summary.skipped) == (3, 3, ())

    hand = sit_down(workspace, "Irina Kotova")
    hand.press("Ctrl+2")
    hand.settle()
    journal, review = hand.screen("journal"), hand.screen("review")
    assert journal._model.rowCount() == 3
    assert hand.window.current_screen() is journal

    def managers() -> list[str | None]:
        with workspace.database.read() as session:
            zone = read_rules(session).zone
            rows = page(session, Filter(), Sort(), after=None, limit=9, zone=zone).rows
        shown = [journal._model.call(n).manager for n in range(journal._model.rowCount())]
        assert shown == [row.manager for row in rows], "the table shows what is stored"
        return shown

    assert managers() == [None, None, None]
    monkeypatch.setattr(QInputDialog, "getItem", lambda *_words: ("Oleg Tarasov", True))
    hand.press("Ctrl+A", "P")
    assert managers() == ["Oleg Tarasov"] * 3
    hand.press("Ctrl+Z")
    assert managers() == [None, None, None]
    hand.press("P")
    assert managers() == ["Oleg Tarasov"] * 3

    hand.click_row(journal._table, 1)
    call = journal._model.call(1)
    hand.press("Enter")
    hand.sounds()
    assert hand.window.current_screen() is review
    assert review.session.call_id == call.id
    assert hand.player.duration_ms() == pytest.approx(4000, abs=1)
    assert review.session.card is None, "without a published card it is a short review"
    hand.tab_to(review.card.foot.areas["pluses"])
    hand.type("Calm and to the point")
    hand.tab_to(review.card.foot.outcome)
    hand.press("Down")
    outcome = review.card.foot.outcome.currentText()
    hand.press("Ctrl+Enter")
    with workspace.database.read() as session:
        stored = evaluations.list_for_call(session, call.id)
    assert [(row.state, row.origin, row.pluses, row.revision_id) for row in stored] == [
        (EvaluationState.SUBMITTED, Origin.PICKED, "Calm and to the point", None)
    ]

    if review.session.call_id != call.id:  # the next call is open: back to the one that was scored
        hand.window.shell.open_call(call.id)
        hand.sounds()
    hand.click(review.card.bar.copy)
    text = QApplication.clipboard().text()
    assert text.startswith("Oleg Tarasov")
    assert "Pluses: Calm and to the point" in text
    assert f"Outcome: {outcome}" in text
