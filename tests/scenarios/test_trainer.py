"""A trainer's example: from the place in a call to the folder that is handed over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import openpyxl
import pytest
from PySide6.QtWidgets import QFileDialog

from qaapp.archive import items as archive_items
from qaapp.audio.decoding import probe
from qaapp.store.workspace import Workspace
from qaapp.words import Role, Verdict

pytestmark = pytest.mark.scenario
STAGE, REASON = "Задел", "Asks first, offers afterwards"


def test_a_trainer_collects_an_example_and_hands_over_the_folder(
    sit_down: Callable[..., Any], samples: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand = sit_down(samples, "Oksana Lis", Role.TRAINER)
    hand.press("Ctrl+1")
    hand.sounds()
    review, archive = hand.screen("review"), hand.screen("archive")
    call_id, start = review.session.call_id, round(review.playback.position())
    hand.press("Shift+Right", "[", "Shift+Right", "Shift+Right", "]", "Ctrl+D")
    dialog = hand.dialog()
    assert dialog is not None
    assert dialog.windowTitle() == "Keep in the archive as"
    dialog.stage.lineEdit().selectAll()
    hand.type(STAGE)
    hand.press("Tab")
    hand.type(REASON)
    hand.click(dialog.ok)

    hand.press("Ctrl+4")
    shown = [item for item in archive._items() if item.stage == STAGE]
    assert [(item.call_id, item.verdict, item.reason) for item in shown] == [(call_id, Verdict.BEST, REASON)]
    assert (shown[0].start_ms, shown[0].end_ms) == (start + 5000, start + 15000)
    assert shown[0].owner == "Oksana Lis"

    rows = [archive._stages.topLevelItem(n) for n in range(archive._stages.topLevelItemCount())]
    row = next(row for row in rows if row.text(0) == STAGE)
    archive._stages.setCurrentItem(row)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_words: str(tmp_path / "handed over"))
    (tmp_path / "handed over").mkdir()
    hand.press("Ctrl+E")
    hand.until(lambda: not any(job.name == "pack" for job in hand.window.desk.jobs.live))

    folders = list((tmp_path / "handed over").iterdir())
    assert len(folders) == 1
    assert STAGE in folders[0].name
    page = (folders[0] / "index.html").read_text(encoding="utf-8")
    assert REASON in page
    sounds = sorted((folders[0] / "audio").iterdir())
    assert len(sounds) == 1
    assert quote(f"audio/{sounds[0].name}") in page
    assert probe(sounds[0]).duration_ms == pytest.approx(10_000, abs=150)
    book = openpyxl.load_workbook(folders[0] / "examples.xlsx")
    cells = [cell for line in book.active.iter_rows(values_only=True) for cell in line]
    book.close()
    assert REASON in cells
    with samples.database.read() as session:
        assert len(archive_items.list_items(session, STAGE)) == 1
