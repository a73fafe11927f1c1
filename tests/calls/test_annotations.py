"""Annotations: editing, soft deleting, finding, and the files other programs read."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from call_makers import START, make_call, make_manager
from hypothesis import given
from hypothesis import strategies as st

from qaapp import clock
from qaapp.calls import annotation_formats as formats
from qaapp.calls import annotations as notes
from qaapp.calls.annotations import AnnotationRow, KindRow
from qaapp.errors import StoreError
from qaapp.store.database import Database
from qaapp.store.schema import User

KINDS = [
    KindRow(1, "stage", "Stage", "stage", "stage", 1, 0, True),
    KindRow(2, "objection", 'Too "dear"', "objection", "objection", 2, 1, True),
]


def row(number: int, kind: int, start: int, end: int | None, text: str = "", said: str = "") -> AnnotationRow:
    return AnnotationRow(number, 1, kind, start, end, text, said, "", None, None, "", START, START)


def test_a_change_keeps_author_and_time_of_making(database: Database) -> None:
    with database.write() as session:
        session.add_all(User(name=name, created_at=START) for name in ("Vera", "Oleg"))
        session.flush()
        call = make_call(session, "1")
        with clock.fixed(datetime(2026, 3, 17, 10, tzinfo=UTC)):
            made = notes.add(session, call, 1, 5000, 2000, " text ", user_id=1)
        with clock.fixed(datetime(2026, 3, 17, 11, tzinfo=UTC)):
            changed = notes.update(session, notes.moved(made, 7000, None), user_id=2)
    assert (made.start_ms, made.end_ms, made.text, made.author) == (2000, 5000, "text", "Vera")
    assert (changed.start_ms, changed.end_ms, changed.author) == (7000, None, "Vera")
    assert changed.created_at.hour == 10
    assert changed.updated_at.hour == 11


def test_deleting_hides_and_restoring_brings_the_same_back(database: Database) -> None:
    with database.write() as session:
        call = make_call(session, "1")
        made = notes.add(session, call, 1, 100)
        notes.delete(session, made.id, None)
        assert notes.list_annotations(session, call) == []
        assert notes.search(session) == []
        with pytest.raises(StoreError):
            notes.update(session, made, None)
        assert notes.restore(session, made.id, None) == made
        assert notes.list_annotations(session, call) == [made]


def test_search_by_kind_manager_and_folded_words(database: Database) -> None:
    with database.write() as session:
        anna = make_manager(session, "Анна")
        one, two = make_call(session, "1", 1, manager_id=anna), make_call(session, "2", 2)
        notes.add(session, one, 2, 10, None, "Возражение: ДОРОГО")
        notes.add(session, two, 2, 10, None, "50% дорого", said="да_нет")
        notes.add(session, two, 1, 10, None, "дорого")
        found = notes.search(session, [2], "дорого")
        assert [hit.annotation.call_id for hit in found] == [two, one]
        assert [hit.manager for hit in notes.search(session, manager_ids=[anna])] == ["Анна"]
        assert len(notes.search(session, text="50% ДА_")) == 1
        assert notes.search(session, text="5%д") == []


def test_a_digit_belongs_to_one_kind(database: Database) -> None:
    with database.write() as session:
        new = notes.save_kind(session, KindRow(0, "", "Шутка", "", "moss", 1, 9, True))
        kinds = {kind.code: kind.shortcut for kind in notes.list_kinds(session)}
    assert kinds["stage"] is None
    assert kinds[new.code] == 1
    with database.write() as session:
        again = notes.save_kind(session, replace(new, id=0, code=""))
        assert again.code != new.code


def test_audacity_labels_are_seconds_with_six_decimals() -> None:
    text = formats.to_audacity([row(1, 1, 1234, 5000, "two\nlines\there"), row(2, 2, 60_001, None)], KINDS)
    assert text.splitlines() == [
        "1.234000\t5.000000\tStage: two lines here",
        '60.001000\t60.001000\tToo "dear"',
    ]


def test_textgrid_gives_overlapping_regions_their_own_tiers() -> None:
    rows = [
        row(1, 1, 0, 1000, "a"),
        row(2, 1, 500, 900, 'b "q"'),
        row(3, 1, 1000, 1500, "c"),
        row(4, 2, 7, None),
    ]
    text = formats.to_textgrid(rows, KINDS, 2000)
    assert "size = 3\nitem []:" in text
    assert 'name = "Stage 2"' in text
    assert 'text = "b ""q"""' in text
    assert 'name = "Too ""dear"" •"' in text
    assert "xmax = 2\n" in text


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 3000)), max_size=12))
def test_textgrid_intervals_always_fill_the_tier_without_overlap(spans: list[tuple[int, int]]) -> None:
    rows = [row(number, 1, start, start + length) for number, (start, length) in enumerate(spans)]
    text = formats.to_textgrid(rows, KINDS, 10_000)
    for tier in text.split("    item [")[1:]:
        edges = [line.split("=")[1].strip() for line in tier.splitlines() if line.startswith("            x")]
        pairs = list(zip(edges[::2], edges[1::2], strict=True))
        assert pairs[0][0] == "0"
        assert pairs[-1][1] == "10"
        assert all(before[1] == after[0] for before, after in pairwise(pairs))


def test_vtt_escapes_and_shows_a_point_for_two_seconds() -> None:
    text = formats.to_vtt([row(1, 1, 3_661_001, None, "<b> & --> x\n\nnext")], KINDS)
    assert text == "WEBVTT\n\n01:01:01.001 --> 01:01:03.001\nStage: &lt;b&gt; &amp; --&gt; x\nnext\n"


def test_json_names_kinds_by_code() -> None:
    document = json.loads(formats.render("json", [row(1, 2, 5, None, "Ё")], KINDS))
    assert document[0]["kind"] == "objection"
    assert document[0]["text"] == "Ё"
    assert document[0]["end_ms"] is None


def test_neighbours_for_stepping() -> None:
    rows = [row(1, 1, 100, None), row(2, 1, 200, None)]
    assert notes.neighbour(rows, 100, forward=True) == rows[1]
    assert notes.neighbour(rows, 150, forward=False) == rows[0]
    assert notes.neighbour(rows, 250, forward=True) is None
