"""A machine without a sound system (no libpulse, no device): the app opens, plays in silence and says so, tags and cuts."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import soundfile

from qaapp import i18n
from qaapp.calls import annotations
from qaapp.calls.clip_export import ClipOptions, ClipWish, export_clips
from qaapp.player.player import Player
from qaapp.progress import run
from qaapp.store.workspace import Workspace


@pytest.fixture
def no_multimedia(monkeypatch: pytest.MonkeyPatch) -> None:
    """Importing it fails, as it does where libpulse is missing."""
    monkeypatch.setitem(sys.modules, "PySide6.QtMultimedia", None)


@pytest.mark.parametrize(("language", "words"), [("en", "no sound device"), ("ru", "идёт без звука")])
def test_the_app_opens_tags_and_cuts_in_silence(
    no_multimedia: None,
    sit_down: Callable[..., Any],
    samples: Workspace,
    tmp_path: Path,
    language: str,
    words: str,
) -> None:
    i18n.set_language(language)
    player = Player()
    assert player.is_silent()
    assert player.outputs() == []
    hand = sit_down(samples, "Irina Kotova", player=player, language=language)
    review = hand.screen("review")
    hand.press("Ctrl+1")
    hand.sounds()
    start = player.position_ms()
    hand.press("Space")
    assert player.is_playing()
    assert words in hand.window.undo_strip.text()
    hand.until(lambda: player.position_ms() > start + 50)
    hand.press("Space")
    call = review.session.call_id
    before = len(review.session.annotations)
    hand.press("M")
    hand.settle()
    assert len(review.session.annotations) == before + 1
    with samples.database.read() as session:
        assert len(annotations.list_annotations(session, call)) == before + 1
    wish = ClipWish(call, 1000, 3000)
    done = run(export_clips(samples.database, [wish], tmp_path, {}, ClipOptions(suffix=".wav")))
    assert soundfile.info(done.written[0]).duration == pytest.approx(2.0)
