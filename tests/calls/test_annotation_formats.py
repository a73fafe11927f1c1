"""The files of annotations: what other programs read, and what comes back from them."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from call_makers import START, make_call
from hypothesis import given
from hypothesis import strategies as st
from samples import real
from scoring_world import card_with_codes
from sqlalchemy.orm import Session

from qaapp.calls import annotation_formats as formats
from qaapp.calls import annotation_import as taking
from qaapp.calls import annotations as notes
from qaapp.calls.annotation_labels import Label, read_label, write_label
from qaapp.calls.annotations import AnnotationRow, KindRow
from qaapp.errors import SheetError
from qaapp.store.database import Database
from qaapp.store.schema import User

KINDS = [
    KindRow(1, "stage", "Stage", "stage", "stage", 1, 0, True),
    KindRow(2, "objection", 'Too "dear"', "objection", "objection", 2, 1, True),
]


def row(number: int, kind: int, start: int, end: int | None, text: str = "", said: str = "") -> AnnotationRow:
    return AnnotationRow(number, 1, kind, start, end, text, said, "", None, None, "", START, START)


def test_audacity_labels_are_seconds_with_six_decimals() -> None:
    text = formats.to_audacity([row(1, 1, 1234, 5000, "two\nlines\there"), row(2, 2, 60_001, None)], KINDS)
    assert text.splitlines() == [
        "1.234000\t5.000000\t- | Stage | two\\nlines\\there",
        '60.001000\t60.001000\t- | Too "dear" |',
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


def test_vtt_escapes_and_gives_a_point_one_ms() -> None:
    text = formats.to_vtt([row(1, 1, 3_661_001, None, "<b> & --> x\n\nnext")], KINDS)
    assert text == "WEBVTT\n\n01:01:01.001 --> 01:01:01.002\nStage: &lt;b&gt; &amp; --&gt; x\nnext\n"


def test_json_names_kinds_by_code() -> None:
    document = json.loads(formats.render("json", [row(1, 2, 5, None, "Ё")], KINDS))
    assert document[0]["kind"] == "objection"
    assert document[0]["text"] == "Ё"
    assert document[0]["end_ms"] is None


# --- the line of a label ------------------------------------------------------------------------------------------

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40).map(str.strip)
names = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)


@given(names, names | st.just(""), st.sampled_from([None, 1, -1]), texts, texts, texts)
def test_a_label_says_everything_and_comes_back(
    kind: str, code: str, sign: int | None, text: str, said: str, should: str
) -> None:
    code = "" if code in ("-", "–") else code
    one = replace(
        row(1, 1, 0, None), checkpoint_code=code, sign=sign, text=text, said=said, should_have_said=should
    )
    line = write_label(one, kind)
    assert "\t" not in line
    assert len(line.splitlines()) == 1
    assert read_label(line) == Label(code, kind, sign, text, said, should)


@pytest.mark.parametrize(
    ("line", "label"),
    [
        ("Simply a word", Label(text="Simply a word")),
        ("C1 | Stage | hello", Label("C1", "Stage", None, "hello")),
        ("- | + Price | too dear | said | better", Label("", "Price", 1, "too dear", "said", "better")),
        ("-|−Price|", Label("", "Price", -1)),
        ("- | \uff0b Price |", Label("", "Price", 1)),
        ("a | b", Label(text="a | b")),
        (r"C:\\calls\x", Label(text="C:\\calls\\x")),
    ],
)
def test_labels_written_by_hand(line: str, label: Label) -> None:
    assert read_label(line) == label


# --- back onto a call ---------------------------------------------------------------------------------------------


def _signature(one: AnnotationRow) -> tuple[object, ...]:
    return (
        one.kind_id, one.start_ms, one.end_ms, one.text, one.said, one.should_have_said, one.checkpoint_code, one.sign
    )  # fmt: skip


def _filled(session: Session) -> tuple[int, int]:
    """A call with every sort of annotation, overlapping ones too, and another without any."""
    card_with_codes(session, "C1", "C|2")
    points = taking.checkpoint_ids(session, 0)
    vera = User(name="Vera", created_at=START)
    session.add(vera)
    session.flush()
    one, two = make_call(session, "1"), make_call(session, "2")
    notes.add(session, one, 2, 1000, 9000, "дорого | очень", sign=-1, user_id=vera.id)
    notes.add(session, one, 2, 1500, 2000, "two\nlines", "said", "better \\ 1|2", points["C|2"], vera.id)
    notes.add(session, one, 1, 1500, None, sign=1, checkpoint_id=points["C1"])
    return one, two


@pytest.mark.parametrize("name", ["json", "audacity"])
def test_there_and_back_onto_another_call_and_not_twice(
    database: Database, tmp_path: Path, name: str
) -> None:
    with database.write() as session:
        one, two = _filled(session)
        rows, kinds = notes.list_annotations(session, one), notes.list_kinds(session)
        file = tmp_path / "labels"
        file.write_text(formats.render(name, rows, kinds, 10_000), encoding="utf-8", newline="")
        drafts, refused = taking.read_file(file)
        done = taking.add_drafts(session, two, drafts, refused)
        assert [_signature(r) for r in notes.list_annotations(session, two)] == [_signature(r) for r in rows]
        assert done.refused == ()
        again = taking.add_drafts(session, two, drafts, refused)
        assert (again.added, again.there) == ((), 3)
        same = taking.add_drafts(session, one, drafts, refused)
        assert (same.added, same.there) == ((), 3)
        if name == "json":
            kept = [(r.author, r.created_at) for r in notes.list_annotations(session, two)]
            assert kept == [(r.author, r.created_at) for r in rows]


spans = st.tuples(st.integers(0, 20_000), st.none() | st.integers(1, 9000))
drawn = st.lists(
    st.tuples(spans, st.integers(1, 2), texts, texts, st.sampled_from([None, 1, -1])), max_size=8
)


@given(drawn)
def test_overlapping_annotations_survive_both_ways(
    made: list[tuple[tuple[int, int | None], int, str, str, int | None]],
) -> None:
    rows = [
        replace(
            row(n, kind, start, None if length is None else start + length, text, said),
            sign=sign,
        )
        for n, ((start, length), kind, text, said, sign) in enumerate(made)
    ]
    expected = [
        (r.start_ms, r.end_ms, KINDS[r.kind_id - 1].name, r.sign, r.text, r.said, r.should_have_said)
        for r in rows
    ]
    for drafts, refused in (
        taking.read_audacity(formats.to_audacity(rows, KINDS)),
        taking.read_json(formats.to_json(rows, [replace(kind, code=kind.name) for kind in KINDS])),
    ):
        assert refused == []
        assert [
            (d.start_ms, d.end_ms, d.kind, d.sign, d.text, d.said, d.should_have_said) for d in drafts
        ] == expected


def test_bad_lines_are_refused_by_number_and_the_rest_is_taken(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "labels.txt"
    lines = [
        "1,5\t2.5\tObjection", "\\\t100.0\t4000.0", "x\t2\tno time", "5\t4\tbackwards", "7.0", "",
        "-1\t2\tbefore", "nan\t2\t", "61\t61\tbehind the end", "3\t3\t=SUM(1)", "3.0\t3.0\t=SUM(1)",
    ]  # fmt: skip
    file.write_bytes("\r\n".join(lines).encode("utf-8-sig"))
    with database.write() as session:
        call = make_call(session, "1")
        done = taking.add_drafts(session, call, *taking.read_file(file), duration_ms=59_000)
        kinds = {kind.id: kind.code for kind in notes.list_kinds(session)}
    assert [(r.start_ms, r.end_ms, kinds[r.kind_id], r.text) for r in done.added] == [
        (1500, 2500, "objection", ""),
        (3000, None, "objection", "=SUM(1)"),
    ]
    assert [one.line for one in done.refused] == [3, 4, 5, 7, 8, 9]
    assert done.there == 1


def test_an_unknown_kind_or_checkpoint_loses_no_word(database: Database) -> None:
    drafts, _none = taking.read_audacity("1\t1\tQ7 | Шутка | смешно\n2\t2\tQ7 | Stage | x\n")
    with database.write() as session:
        call = make_call(session, "1")
        stage = next(kind for kind in notes.list_kinds(session) if kind.code == "stage")
        drafts = [replace(drafts[0]), replace(drafts[1], kind=stage.name)]
        done = taking.add_drafts(session, call, drafts)
    assert [r.text for r in done.added] == ["Q7 | Шутка | смешно", "x"]
    assert done.without_checkpoint == 2


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"", "holds no labels"),
        (b"{", "is not JSON"),
        (b'{"a": 1}', "not a list"),
        (b"[" * 100_000, "is not JSON"),
        (b"1\t1\n" * 5001, "at most 5000"),
        (b"a\nb\nc\nd\ne\n", "holds no labels"),
    ],
)
def test_a_file_of_something_else_is_refused_by_a_sentence(
    tmp_path: Path, content: bytes, wanted: str
) -> None:
    file = tmp_path / "x.txt"
    file.write_bytes(content)
    with pytest.raises(SheetError) as caught:
        taking.read_file(file)
    assert wanted in caught.value.sentence()


def test_json_entries_with_wrong_values_are_refused_one_by_one() -> None:
    good = {"kind": "stage", "start_ms": 5, "end_ms": None}
    entries = [
        good, 7, {**good, "start_ms": None}, {**good, "start_ms": 1.5}, {**good, "end_ms": 1}, {**good, "sign": "?"},
        {**good, "sign": {}}, {**good, "text": 5}, {**good, "end_ms": True}, {**good, "created_at": "yesterday"},
    ]  # fmt: skip
    drafts, refused = taking.read_json(json.dumps(entries))
    assert [draft.line for draft in drafts] == [1, 10]
    assert [one.line for one in refused] == [2, 3, 4, 5, 6, 7, 8, 9]


def test_the_label_tracks_of_real_programs() -> None:
    song = real("labels/405_marron1.audacity.txt")
    drafts, refused = taking.read_file(song)
    lines = [line for line in song.read_text().splitlines() if line.strip() and not line.startswith("\\")]
    assert refused == []
    assert len(drafts) == len(lines) > 20
    assert all(draft.end_ms is not None and draft.text for draft in drafts)
    eaf = real("labels/elan_sample_2.7.eaf")
    with pytest.raises(SheetError):
        taking.read_file(eaf)
