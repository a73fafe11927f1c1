"""Texts of calls in their common shapes, and damaged ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qaapp.errors import SourceError
from qaapp.sources.transcripts import beside, lane_of, read_transcript
from qaapp.words import Lane

VTT = """WEBVTT

NOTE made by hand

1
00:00:01.000 --> 00:00:03.500 align:start
<v Менеджер>Добрый день, <b>«Рама»</b>

00:04.000 --> 00:06.000
Клиент: Здравствуйте
&amp; до свидания

nonsense --> 00:09.000
lost

00:00:12.000 --> 00:00:10.000
backwards
"""


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def told(path: Path) -> list[tuple[int, int, str, Lane | None]]:
    return [
        (each.start_ms, each.end_ms, each.text, each.lane) for each in read_transcript(path).record.phrases
    ]


def test_webvtt_with_voices_tags_and_bad_cues(tmp_path: Path) -> None:
    path = write(tmp_path / "a.vtt", VTT)
    assert told(path) == [
        (1000, 3500, "Добрый день, «Рама»", Lane.MANAGER),
        (4000, 6000, "Здравствуйте & до свидания", Lane.CUSTOMER),
    ]
    assert [line for line, _reason in read_transcript(path).refused] == [13, 16]


def test_subrip(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.srt", "1\n00:00:01,5 --> 00:00:02,250\nда\n\n2\n01:00:00,000 --> 01:00:01,000\nнет\n"
    )
    assert told(path) == [(1500, 2250, "да", None), (3_600_000, 3_601_000, "нет", None)]


WORDS = [{"word": "раз", "start": 0.5, "end": 0.9}, {"word": "два", "start": 1.0, "end": 1.4}]


@pytest.mark.parametrize(
    ("document", "phrases"),
    [
        ([{"start": 1, "end": 2.5, "text": "да", "speaker": "agent"}], [(1000, 2500, "да", Lane.MANAGER)]),
        ({"segments": [{"start": 1, "end": 2, "text": " да "}]}, [(1000, 2000, "да", None)]),
        ({"utterances": [{"start_ms": 5, "end_ms": 9, "transcript": "да", "channel": 1}]}, [(5, 9, "да", Lane.CUSTOMER)]),
        ({"result": WORDS, "text": "раз два"}, [(500, 1400, "раз два", None)]),
        ([{"result": WORDS, "text": "раз два"}], [(500, 1400, "раз два", None)]),
        ({"results": {"channels": [{"alternatives": [{"words": WORDS}]}, {"alternatives": [{"words": WORDS}]}]}},
         [(500, 1400, "раз два", Lane.MANAGER), (500, 1400, "раз два", Lane.CUSTOMER)]),
        (WORDS, [(500, 1400, "раз два", None)]),
    ],
)  # fmt: skip
def test_shapes_of_json(tmp_path: Path, document: object, phrases: list) -> None:
    assert told(write(tmp_path / "a.json", json.dumps(document))) == phrases


def test_a_long_run_of_words_is_cut_at_its_pauses(tmp_path: Path) -> None:
    words = [
        {"word": f"w{n}", "start": n * 2.0 + (5 if n > 9 else 0), "end": n * 2.0 + 1.5 + (5 if n > 9 else 0)}
        for n in range(20)
    ]
    found = told(write(tmp_path / "a.json", json.dumps({"result": words})))
    assert len(found) > 2
    assert " ".join(text for _start, _end, text, _lane in found).split() == [f"w{n}" for n in range(20)]


@pytest.mark.parametrize(
    "text", ["", "hello", "{", "[]", "[1, 2]", '{"segments": [{"text": "x"}]}', "WEBVTT\n"]
)
@pytest.mark.parametrize("suffix", [".vtt", ".srt", ".json"])
def test_what_is_no_transcript_is_said(tmp_path: Path, text: str, suffix: str) -> None:
    with pytest.raises(SourceError) as told_error:
        read_transcript(write(tmp_path / f"a{suffix}", text))
    assert f"a{suffix}" in told_error.value.sentence()


@given(st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("any")
    for suffix in (".vtt", ".json"):
        path = folder / f"a{suffix}"
        path.write_text("00:01.000 --> 00:02.000\n" + text, encoding="utf-8", errors="replace")
        try:
            read = read_transcript(path)
        except SourceError:
            continue
        assert all(0 <= each.start_ms <= each.end_ms and each.text for each in read.record.phrases)


def test_files_beside_a_recording(tmp_path: Path) -> None:
    for name in ("c.wav", "c.vtt", "c.json", "c.manager.srt", "d.vtt"):
        write(tmp_path / name, "")
    assert [(path.name, lane) for path, lane in beside(tmp_path / "c.wav")] == [
        ("c.vtt", None), ("c.manager.srt", Lane.MANAGER)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "lane"),
    [("Оператор 3", Lane.MANAGER), ("клиент", Lane.CUSTOMER), ("Speaker A", None), (None, None)],
)
def test_names_of_sides(name: str | None, lane: Lane | None) -> None:
    assert lane_of(name) == lane
