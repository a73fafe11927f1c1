"""Speech figures as they are kept: made once, made anew when detector, thresholds or sound change, and reported."""

from __future__ import annotations

import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from call_makers import make_call, make_manager
from openpyxl import load_workbook

from qaapp.audio.speech import DEFAULT
from qaapp.calls import speech_figures
from qaapp.calls.recordings import swap_sides
from qaapp.journal.filters import Filter
from qaapp.journal.pages import Sort, page
from qaapp.progress import run
from qaapp.reports.speech_book import write_speech
from qaapp.settings import Rules
from qaapp.store.database import Database
from qaapp.store.schema import Recording, RecordingRoot, SpeechFigure

RATE = 8000


def sound(
    path: Path, manager: list[tuple[float, float]], customer: list[tuple[float, float]], channels: int = 2
) -> None:
    rng = np.random.default_rng(5)
    rows = rng.normal(0, 20, (2, 20 * RATE))
    for row, spoken in enumerate((manager, customer)):
        for start, end in spoken:
            size = int(end * RATE) - int(start * RATE)
            syllables = 1 + np.sin(2 * np.pi * 4 * np.arange(size) / RATE)
            rows[row, int(start * RATE) : int(end * RATE)] += rng.normal(0, 2500, size) * syllables
    data = rows if channels == 2 else rows.sum(0, keepdims=True)
    with wave.open(str(path), "wb") as out:
        out.setparams((channels, 2, RATE, 20 * RATE, "NONE", ""))
        out.writeframes(np.clip(data, -32768, 32767).astype("<i2").T.tobytes())


@pytest.fixture
def calls(database: Database, tmp_path: Path) -> list[int]:
    """Anna speaks 6 s of 8; a mono recording; a broken one; a call without any."""
    sound(tmp_path / "0.wav", [(1, 5), (8, 10)], [(5.5, 7.5)])
    sound(tmp_path / "1.wav", [(1, 5)], [(5.5, 7.5)], channels=1)
    (tmp_path / "2.wav").write_bytes(b"RIFF nothing")
    with database.write() as session:
        root = RecordingRoot(name="calls", path=str(tmp_path))
        session.add(root)
        session.flush()
        anna = make_manager(session, "Анна")
        made = [make_call(session, f"c{n}", n, manager_id=anna, recording_count=int(n < 3))
                for n in range(4)]  # fmt: skip
        for number in range(3):
            session.add(
                Recording(call_id=made[number], root_id=root.id, path=f"{number}.wav", size_bytes=number)
            )
    return made


def analyse(database: Database, thresholds=DEFAULT) -> int:  # type: ignore[no-untyped-def]
    return run(speech_figures.analyse_calls(database, {}, thresholds))


def test_each_call_is_analysed_once(database: Database, calls: list[int]) -> None:
    assert analyse(database) == 2
    assert analyse(database) == 0
    with database.read() as session:
        first = session.get_one(SpeechFigure, calls[0])
        assert first.detector == "energy 2"
        assert first.talk_share == pytest.approx(0.75, abs=0.02)
        mono = session.get_one(SpeechFigure, calls[1])
        assert (mono.is_mono, mono.talk_share, mono.silence_ms) == (True, None, None)
        assert session.get(SpeechFigure, calls[2]) is None


def test_what_changed_is_analysed_anew(database: Database, calls: list[int]) -> None:
    analyse(database)
    assert analyse(database, replace(DEFAULT, silence_ms=500)) == 2
    assert analyse(database, replace(DEFAULT, silence_ms=500, detector="webrtc")) == 2
    analyse(database)
    with database.write() as session:
        swap_sides(session, calls[0])
    assert analyse(database) == 1
    with database.read() as session:
        assert session.get_one(SpeechFigure, calls[0]).talk_share == pytest.approx(0.25, abs=0.02)


def test_the_journal_shows_them_and_orders_by_them(database: Database, calls: list[int]) -> None:
    analyse(database)
    with database.read() as session:
        found = page(session, Filter(), Sort("talk_share", True), zone=Rules().zone).rows
    assert [row.id for row in found] == [calls[0], calls[3], calls[2], calls[1]]
    assert found[0].talk_share == pytest.approx(0.75, abs=0.02)
    assert found[1].talk_share is None


def test_the_report_says_how_they_were_made(database: Database, calls: list[int], tmp_path: Path) -> None:
    analyse(database)
    path = run(write_speech(database, Filter(), tmp_path / "speech.xlsx"))
    book = load_workbook(path)
    managers, listed, rules = book.worksheets
    rows = list(managers.iter_rows(min_row=2, values_only=True))
    assert rows[0][:2] == ("Анна", 1)
    assert rows[0][2] == pytest.approx(0.75, abs=0.02)
    assert [row[0] for row in listed.iter_rows(min_row=2, values_only=True) if row[0]] == calls[:2]
    told = {row[0]: row[1] for row in rules.iter_rows(min_row=2, values_only=True)}
    assert told["Detectors that made the figures"] == "energy 2"
    assert told["Silence is counted from"] == "3.0 s"
