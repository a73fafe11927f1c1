"""Phrases as they are kept and found."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from call_makers import make_call, make_manager
from sqlalchemy import text
from sqlalchemy.orm import Session

from qaapp.calls import transcript_search, transcripts
from qaapp.calls.transcript_search import Hit, PhraseCursor, WantedPhrases
from qaapp.intake.importing import ImportOptions, import_paths
from qaapp.progress import run
from qaapp.sources.records import PhraseRecord, TranscriptRecord
from qaapp.store.database import Database
from qaapp.words import Lane


def record(*texts: str, name: str = "a.vtt") -> TranscriptRecord:
    return TranscriptRecord(
        name,
        "vtt",
        tuple(PhraseRecord(n * 2000, n * 2000 + 1500, each, Lane.MANAGER) for n, each in enumerate(texts)),
    )


def found(session: Session, text: str, **more: Any) -> tuple[Hit, ...]:
    return transcript_search.page(session, WantedPhrases(text, **more), ZoneInfo("UTC")).rows


def test_the_same_again_changes_nothing_and_a_new_one_takes_its_place(database: Database) -> None:
    with database.write() as session:
        call = make_call(session, "a")
        assert transcripts.store(session, call, record("Добрый день", "Дорого"))
        assert not transcripts.store(session, call, record("Добрый день", "Дорого"))
        assert transcripts.store(session, call, record("Добрый день", "Недорого"))
        assert [each.text for each in transcripts.phrases_of(session, call)] == ["Добрый день", "Недорого"]
        assert [hit.text for hit in found(session, "дорого")] == ["Недорого"]
        session.execute(
            text("INSERT INTO transcript_search(transcript_search, rank) VALUES ('integrity-check', 1)")
        )


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("ДОРОГ", 1),
        ("слишком дорого", 1),
        ("ещё", 1),
        ("еще", 1),
        ("до", 1),
        ("скидка", 0),
        ('до"ро', 0),
        ("", 0),
    ],
)
def test_words_are_found_in_any_case_and_in_parts(database: Database, query: str, number: int) -> None:
    with database.write() as session:
        transcripts.store(session, make_call(session, "a"), record("Это слишком дорого", "Подумаю ЕЩЁ"))
        assert len(found(session, query)) == number


def test_newest_calls_come_first(database: Database) -> None:
    with database.write() as session:
        for number in range(3):
            transcripts.store(session, make_call(session, f"c{number}", number), record("дорого"))
        starts = [hit.started_at for hit in found(session, "дорого")]
    assert starts == sorted(starts, reverse=True)


def test_pages_follow_each_other_and_filters_narrow(database: Database) -> None:
    zone = ZoneInfo("UTC")
    with database.write() as session:
        anna = make_manager(session, "Anna")
        for number in range(5):
            call = make_call(session, f"c{number}", number, manager_id=anna if number % 2 else None)
            transcripts.store(session, call, record("дорого", "нет, не дорого"))
        whole = found(session, "дорого")
        paged: list[Hit] = []
        after: PhraseCursor | None = None
        while True:
            part = transcript_search.page(session, WantedPhrases("дорого"), zone, after, 3)
            paged += part.rows
            after = part.next
            if after is None:
                break
        assert tuple(paged) == whole
        assert len(whole) == transcript_search.count(session, WantedPhrases("дорого"), zone) == 10
        assert len(found(session, "дорого", manager_ids=frozenset({anna}))) == 4
        assert len(found(session, "дорого", manager_ids=frozenset({None}))) == 6
        assert len(found(session, "дорого", lanes=frozenset({Lane.CUSTOMER}))) == 0
        newest = whole[0].started_at.date()
        assert {hit.started_at.date() for hit in found(session, "дорого", first_day=newest)} == {newest}
        assert len(found(session, "дорого", last_day=newest)) == 10
        assert transcript_search.calls_with_text(session) == 5


def test_a_folder_brings_its_texts_and_names_what_it_could_not_read(
    database: Database, tmp_path: Path
) -> None:
    from intake_sound import sound

    sound(tmp_path / "2026-03-17_10-00-00_101.wav")
    sound(tmp_path / "2026-03-17_11-00-00_101.wav")
    (tmp_path / "2026-03-17_10-00-00_101.vtt").write_text(
        "WEBVTT\n\n00:00.000 --> 00:00.500\nДобрый день\n\nx --> y\nz\n", encoding="utf-8"
    )
    (tmp_path / "2026-03-17_11-00-00_101.json").write_text("{", encoding="utf-8")
    summary = run(import_paths(database, [tmp_path], ImportOptions()))
    assert summary.added == 2
    assert any(each.row == 6 for each in summary.skipped)
    assert any("11-00-00_101.json" in each.path for each in summary.skipped)
    with database.read() as session:
        assert len(found(session, "добрый")) == 1
    assert run(import_paths(database, [tmp_path], ImportOptions())).changed == 0


def test_the_phrase_at_a_moment() -> None:
    phrases = [transcripts.Phrase(n * 1000, n * 1000 + 800, "x", None, None) for n in range(3)]
    assert [transcripts.phrase_at(phrases, ms) for ms in (0, 900, 1500, 2799, 9000)] == [0, None, 1, 2, None]
