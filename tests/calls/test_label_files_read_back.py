"""What is written for other programs, read by readers that know only those programs' formats (player.md: label formats)."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from call_makers import START, make_call
from hypothesis import given
from hypothesis import strategies as st
from samples import real
from scoring_world import card_with_codes

from qaapp.calls import annotation_formats as formats
from qaapp.calls import annotation_import as taking
from qaapp.calls import annotations as notes
from qaapp.calls.annotations import AnnotationRow, KindRow
from qaapp.store.database import Database
from qaapp.store.schema import User

KINDS = [
    KindRow(1, "stage", "Этап", "stage", "stage", 1, 0, True),
    KindRow(2, "objection", 'Too "dear" | − x', "objection", "objection", 2, 1, True),
]
NASTY = [
    "",
    "\\",
    "\\n",
    "\\\tx",
    "a\tb\nc\r\nd",
    "|",
    " | ",
    "- | Stage | x",
    "«да» 😀",
    "\x00\x1b\x85\u2028",
    '"',
    "--> <b>&amp;",
]
ALPHABET = 'aя\\|\t\n\r"<>&-: ;.\0\x85\u2028😀'
texts = (st.sampled_from(NASTY) | st.text(ALPHABET, max_size=12)).map(str.strip)
spans = st.tuples(st.integers(0, 20_000), st.none() | st.integers(1, 9000))


@st.composite
def rows_of(draw: st.DrawFn) -> list[AnnotationRow]:
    made = []
    for number in range(draw(st.integers(0, 8))):
        start, length = draw(spans)
        at = START + timedelta(microseconds=draw(st.integers(0, 10**12)))
        made.append(
            AnnotationRow(
                number, 1, draw(st.integers(1, 2)), start,
                None if length is None else start + length, draw(texts), draw(texts), draw(texts), None, None,
                draw(st.sampled_from(["Vera", "Олег", ""])), at, at, sign=draw(st.sampled_from([None, 1, -1])),
            )
        )  # fmt: skip
    return made


# --- Audacity ------------------------------------------------------------------------------------------------------


@given(rows_of(), st.booleans(), st.sampled_from(["\n", "\r\n"]))
def test_audacity_with_lines_of_frequencies_points_regions_and_overlaps(
    rows: list[AnnotationRow], frequencies: bool, ending: str
) -> None:
    lines = formats.to_audacity(rows, KINDS).splitlines()
    assert len(lines) == len(rows), "every label is one line, whatever its text holds"
    assert all(re.fullmatch(r"\d+\.\d{6}\t\d+\.\d{6}\t[^\t\r\n]*", line) for line in lines)
    if frequencies:  # as Audacity writes them under labels of a selection of the spectrum
        lines = [part for line in lines for part in (line, "\\\t100.000000\t4000.000000")]
    drafts, refused = taking.read_audacity("\ufeff" + ending.join(lines))
    assert refused == []
    assert [(d.start_ms, d.end_ms, d.kind, d.sign, d.text, d.said, d.should_have_said) for d in drafts] == [
        (r.start_ms, r.end_ms, KINDS[r.kind_id - 1].name, r.sign, r.text, r.said, r.should_have_said)
        for r in rows
    ]


# --- JSON ----------------------------------------------------------------------------------------------------------


@given(rows_of())
def test_json_gives_every_field_back_exactly(rows: list[AnnotationRow]) -> None:
    drafts, refused = taking.read_json(formats.to_json(rows, KINDS))
    assert refused == []
    assert [
        (d.start_ms, d.end_ms, d.kind, d.sign, d.text, d.said, d.should_have_said, d.author, d.created_at)
        for d in drafts
    ] == [
        (
            r.start_ms,
            r.end_ms,
            KINDS[r.kind_id - 1].code,
            r.sign,
            r.text,
            r.said,
            r.should_have_said,
            r.author,
            r.created_at,
        )
        for r in rows
    ]


def test_json_onto_another_call_and_out_again_is_the_same_document(
    database: Database, tmp_path: Path
) -> None:
    """But for what belongs to the row itself: its id and when it was changed."""
    with database.write() as session:
        card_with_codes(session, "C1")
        points = taking.checkpoint_ids(session, 0)
        vera = User(name="Вера", created_at=START)
        session.add(vera)
        session.flush()
        one, two = make_call(session, "1"), make_call(session, "2")
        for number, text in enumerate(NASTY):
            end = 2000 + number if number % 2 else None
            notes.add(
                session, one, 1 + number % 2, 1000 + number, end, text, text, text, points["C1"], vera.id
            )
        kinds = notes.list_kinds(session)
        first = formats.to_document(notes.list_annotations(session, one), kinds)
        file = tmp_path / "notes.json"
        file.write_text(json.dumps(first, ensure_ascii=False), encoding="utf-8")
        taking.add_drafts(session, two, *taking.read_file(file))
        second = formats.to_document(notes.list_annotations(session, two), kinds)
    own = {"id", "updated_at"}
    assert [{k: v for k, v in entry.items() if k not in own} for entry in second] == [
        {k: v for k, v in entry.items() if k not in own} for entry in first
    ]


# --- Praat ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tier:
    kind: str
    name: str
    span: tuple[str, str]
    items: list[tuple[float, float, str]]  # of a point both times are the same


def read_textgrid(text: str) -> tuple[tuple[str, str], list[Tier]]:
    """A reader of Praat's text form as Praat reads it: numbers, flags and quoted texts in order, all else is comment."""
    found = re.findall(r'"(?:[^"]|"")*"|<exists>|(?<![\w\[])-?\d+(?:\.\d+)?(?![\w\]])', text)
    tokens = iter(found)

    def word() -> str:
        return next(tokens)[1:-1].replace('""', '"')

    assert (word(), word()) == ("ooTextFile", "TextGrid")
    whole = (next(tokens), next(tokens))
    assert next(tokens) == "<exists>"
    tiers = []
    for _tier in range(int(next(tokens))):
        kind, name, span = word(), word(), (next(tokens), next(tokens))
        items = []
        for _item in range(int(next(tokens))):
            start = float(next(tokens))
            end = float(next(tokens)) if kind == "IntervalTier" else start
            items.append((start, end, word()))
        tiers.append(Tier(kind, name, span, items))
    assert next(tokens, None) is None
    return whole, tiers


def test_the_reader_reads_what_praat_wrote() -> None:
    whole, tiers = read_textgrid(real("labels/mary.TextGrid").read_text(encoding="utf-8"))
    assert float(whole[1]) > 0
    assert tiers
    assert all(tier.items for tier in tiers)


@given(rows_of(), st.integers(30_000, 40_000))
def test_praat_finds_every_annotation_at_its_millisecond(rows: list[AnnotationRow], duration_ms: int) -> None:
    whole, tiers = read_textgrid(formats.to_textgrid(rows, KINDS, duration_ms))
    assert (float(whole[0]), float(whole[1])) == (0, duration_ms / 1000)
    assert len({tier.name for tier in tiers}) == len(tiers), "tiers are told apart by their names"
    regions = []
    for tier in tiers:
        assert tier.span == whole
        if tier.kind == "IntervalTier":
            edges = [item[:2] for item in tier.items]
            assert edges[0][0] == 0
            assert edges[-1][1] == float(whole[1])
            assert all(a[1] == b[0] for a, b in pairwise(edges)), "Praat's tiers have no gap and no overlap"
            assert all(start < end for start, end in edges)
            regions += [item for item in tier.items if item[2]]
        else:
            times = [item[0] for item in tier.items]
            assert times == sorted(set(times))
    assert sorted(item[:2] for item in regions) == sorted(
        (r.start_ms / 1000, r.end_ms / 1000) for r in rows if r.end_ms is not None
    )
    for row in rows:
        start, end = row.start_ms / 1000, (row.start_ms if row.end_ms is None else row.end_ms) / 1000
        where = [text for tier in tiers for first, last, text in tier.items if (first, last) == (start, end)]
        assert any(" ".join(row.text.split()) in text for text in where)


# --- WebVTT --------------------------------------------------------------------------------------------------------

CUE_TIME = re.compile(r"(\d{2,}):(\d\d):(\d\d)\.(\d{3}) --> (\d{2,}):(\d\d):(\d\d)\.(\d{3})")


def read_vtt(text: str) -> list[tuple[int, int, str]]:
    """Cues after the rules of WebVTT: blocks between empty lines, a line with ``-->``, then the text."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    assert text.startswith("WEBVTT\n")
    cues = []
    for block in re.split(r"\n{2,}", text)[1:]:
        lines = block.strip("\n").split("\n")
        told = CUE_TIME.fullmatch(lines[0])
        assert told is not None, lines[0]
        n = [int(part) for part in told.groups()]
        start, end = (((n[i] * 60 + n[i + 1]) * 60 + n[i + 2]) * 1000 + n[i + 3] for i in (0, 4))
        assert not any("-->" in line for line in lines[1:])
        cues.append((start, end, html.unescape("\n".join(lines[1:]))))
    return cues


@given(rows_of())
def test_a_player_of_webvtt_finds_every_annotation(rows: list[AnnotationRow]) -> None:
    cues = read_vtt(formats.to_vtt(rows, KINDS))
    in_order = sorted(rows, key=lambda row: (row.start_ms, row.id))
    assert [cue[:2] for cue in cues] == [
        (r.start_ms, r.start_ms + 1 if r.end_ms is None else r.end_ms) for r in in_order
    ]
    for (_start, _end, text), row in zip(cues, in_order, strict=True):
        assert KINDS[row.kind_id - 1].name in text
        for part in (row.text, row.said, row.should_have_said):
            assert all(word.replace("\0", "\ufffd") in text for word in part.split())


def test_nothing_to_export_is_still_a_file_of_its_format() -> None:
    assert read_vtt(formats.to_vtt([], KINDS)) == []
    assert read_textgrid(formats.to_textgrid([], KINDS, 5000)) == (("0", "5"), [])
    assert json.loads(formats.to_json([], KINDS)) == []
    assert formats.to_audacity([], KINDS) == ""
