"""What ships: the recordings are sound, the plan fits the cards, names read back as they were meant."""

from __future__ import annotations

import csv
import io
from datetime import date
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import soundfile

from qaapp.samples.plan import file_names, moment_of, read_plan
from qaapp.scorecards.templates import read_template
from qaapp.sources.filenames import parse_name
from qaapp.sources.transcripts import read_transcript
from qaapp.store.seeds import KINDS, OUTCOMES
from qaapp.words import Direction, Lane

FOLDER = Path(str(files("qaapp.resources"))) / "samples"
PLAN: dict[str, Any] = read_plan()
MOSCOW = ZoneInfo("Europe/Moscow")
TODAY = date(2026, 3, 18)


def parts() -> list[tuple[str, dict[str, str]]]:
    return [(code, part) for code, audio in PLAN["audio"].items() for part in audio["files"]]


@lru_cache(maxsize=32)
def sound_of(name: str) -> tuple[np.ndarray, int]:
    return soundfile.read(FOLDER / "audio" / name, always_2d=True, dtype="float32")


def loudness_db(samples: np.ndarray) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(np.square(samples))) + 1e-9))


@pytest.mark.parametrize(
    ("code", "part"), parts(), ids=lambda value: value if isinstance(value, str) else value["name"]
)
def test_a_recording_decodes_whole_and_is_neither_faint_nor_clipped(code: str, part: dict[str, str]) -> None:
    samples, rate = sound_of(part["name"])
    audio = PLAN["audio"][code]
    assert rate == 8000
    assert abs(len(samples) / rate * 1000 - audio["duration_ms"]) < 60
    assert 60_000 <= audio["duration_ms"] <= 240_000
    assert samples.shape[1] == (2 if audio["layout"] == "stereo" else 1)
    assert np.abs(samples).max() < 0.99
    for channel in samples.T:
        assert -42 < loudness_db(channel) < -15


def test_every_recording_has_its_text_inside_the_sound_with_both_sides() -> None:
    for code, audio in PLAN["audio"].items():
        read = read_transcript(FOLDER / "texts" / f"{code}.vtt")
        assert read.refused == ()
        phrases = read.record.phrases
        assert {phrase.lane for phrase in phrases} == {Lane.MANAGER, Lane.CUSTOMER}
        assert all(0 <= phrase.start_ms < phrase.end_ms <= audio["duration_ms"] for phrase in phrases)
        assert len(phrases) > 8


def test_both_sides_speak_and_are_not_the_same() -> None:
    for code, part in parts():
        if PLAN["audio"][code]["layout"] != "stereo":
            continue
        samples, _rate = sound_of(part["name"])
        frames = np.abs(samples[: len(samples) // 800 * 800].reshape(-1, 800, 2)).max(axis=1) > 0.05
        alone = [np.mean(frames[:, 0] & ~frames[:, 1]), np.mean(frames[:, 1] & ~frames[:, 0])]
        assert min(alone) > 0.08, code


def test_the_samples_are_as_many_and_as_small_as_promised() -> None:
    audio = PLAN["audio"]
    assert [sum(entry["language"] == lang for entry in audio.values()) for lang in ("ru", "en")] == [12, 4]
    assert sum(entry["layout"] == "mono" for entry in audio.values()) == 2
    assert sum(entry["layout"] == "pair" for entry in audio.values()) == 1
    shipped = {path.name for path in (FOLDER / "audio").iterdir()}
    assert shipped == {part["name"] for _code, part in parts()}
    assert sum((FOLDER / "audio" / name).stat().st_size for name in shipped) < 6_000_000
    assert (FOLDER / "README.md").is_file()
    assert "Shmyrev" in (FOLDER / "LICENSES.txt").read_text(encoding="utf-8")


def test_marks_fit_the_cards_in_both_languages_and_lie_inside_the_sound() -> None:
    calls = {call["id"]: PLAN["audio"][call["audio"]] for call in PLAN["calls"]}
    outcomes = {name for name, _lost in OUTCOMES}
    for entry in PLAN["evaluations"]:
        _name, _type, sections = read_template(entry["card"], "ru")
        codes = {point.code for section in sections for point in section.checkpoints}
        assert set(entry["marks"]) == codes, (entry["call"], entry["card"])
        assert set(entry["phrases"]) <= codes
        for value, at_ms in entry["marks"].values():
            assert value in (0, 1, None)
            assert (at_ms is None) == (value is None)
            assert at_ms is None or 0 <= at_ms < calls[entry["call"]]["duration_ms"]
        assert entry["outcome"] in outcomes
        assert entry["reviewer"] in {reviewer["name"] for reviewer in PLAN["reviewers"]}


def test_the_cards_have_the_same_points_in_both_languages() -> None:
    for card in {entry["card"] for entry in PLAN["evaluations"]}:
        shapes = [
            [
                (point.weight, point.critical)
                for section in read_template(card, lang)[2]
                for point in section.checkpoints
            ]
            for lang in ("ru", "en")
        ]
        assert shapes[0] == shapes[1], card


def test_notes_and_archive_items_lie_inside_the_sound() -> None:
    calls = {call["id"]: PLAN["audio"][call["audio"]] for call in PLAN["calls"]}
    kinds = {kind[0] for kind in KINDS}
    evaluated = {entry["call"] for entry in PLAN["evaluations"]}
    for note in [*PLAN["annotations"], *PLAN["archive"]]:
        end_ms = note["end_ms"] if note["end_ms"] is not None else note["start_ms"] + 1
        assert 0 <= note["start_ms"] < end_ms <= calls[note["call"]]["duration_ms"]
        assert note["call"] in evaluated
    assert {note["kind"] for note in PLAN["annotations"]} <= kinds
    assert {item["verdict"] for item in PLAN["archive"]} == {"best", "worst"}


def test_file_names_are_read_back_as_they_were_meant() -> None:
    patterns = set()
    for call in PLAN["calls"]:
        for name in file_names(call, PLAN, TODAY, MOSCOW):
            parsed = parse_name(name)
            patterns.add(parsed.pattern)
            started = parsed.started_at
            assert started is not None
            assert started.replace(tzinfo=None) == moment_of(call, TODAY)
            assert parsed.extension == call["extension"]
            assert parsed.direction == Direction(call["direction"])
            assert parsed.number in (None, call["number"])
            if PLAN["audio"][call["audio"]]["layout"] == "pair":
                assert parsed.side in (Lane.MANAGER, Lane.CUSTOMER)
            else:
                assert parsed.side is None
    assert patterns == {"underscored", "freepbx", "3cx"}


def test_every_name_is_used_once_and_the_last_call_is_yesterday() -> None:
    names = [name for call in PLAN["calls"] for name in file_names(call, PLAN, TODAY, MOSCOW)]
    assert len(names) == len(set(names))
    assert min(call["days_ago"] for call in PLAN["calls"]) == 1


def test_numbers_are_invented_ones_only() -> None:
    rows = log_rows()
    outside = [row["Номер клиента"] for row in rows if row["Направление"] != "внутренний"]
    assert all(number.startswith("7900000") and len(number) == 11 for number in outside)
    assert {row["Номер клиента"] for row in rows} >= {call["number"] for call in PLAN["calls"]}


def test_the_log_holds_every_recorded_call_and_what_a_journal_is_full_of() -> None:
    rows = log_rows()
    assert {row["ID звонка"] for row in rows if row["Запись"]} == {call["id"] for call in PLAN["calls"]}
    statuses = [row["Статус"] for row in rows]
    assert statuses.count("пропущен") >= 20
    assert sum(row["Статус"] == "отвечен" and not row["Запись"] for row in rows) >= 10
    assert all(
        int(row["Ожидание, с"]) + int(row["Разговор, с"]) == int(row["Длительность, с"]) for row in rows
    )


def log_rows() -> list[dict[str, str]]:
    text = (FOLDER / "call_log.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))
