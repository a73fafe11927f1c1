"""A card as a file comes back as the same card; people's own sheets come in too."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qaapp import i18n
from qaapp.errors import QaappError, ScorecardError, SheetError
from qaapp.scorecards.exchange import export_card, import_card
from qaapp.scorecards.model import Card, CheckpointSpec, SectionSpec, clean, problems
from qaapp.scorecards.templates import read_template
from qaapp.words import CallType, RevisionState


def card_of(name: str, sections: tuple[SectionSpec, ...], call_type: CallType = CallType.ANY) -> Card:
    return Card(1, 1, name, call_type, 1, RevisionState.PUBLISHED, None, sections)


texts = st.text(min_size=1, max_size=30)
notes = st.text(max_size=60)
points = st.builds(
    CheckpointSpec, st.none(), st.text(max_size=8), texts, notes, st.integers(0, 1000), st.booleans()
)
cards = st.lists(
    st.builds(SectionSpec, texts, notes, st.lists(points, min_size=1, max_size=4).map(tuple)),
    min_size=1,
    max_size=4,
)


@pytest.mark.parametrize("suffix", [".xlsx", ".json"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sections=cards, call_type=st.sampled_from(CallType), name=texts)
def test_round_trip(
    tmp_path: Path, suffix: str, sections: list[SectionSpec], call_type: CallType, name: str
) -> None:
    ready = clean(sections)
    name = clean([SectionSpec(name, "", ())])[0].name
    if problems(name, ready):
        return
    path = export_card(card_of(name, ready, call_type), tmp_path / f"card{suffix}")
    assert import_card(path) == (name, call_type, ready)


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_a_template_survives_excel_in_either_language(tmp_path: Path, lang: str) -> None:
    i18n.set_language(lang)
    name, call_type, sections = read_template("service", lang)
    path = export_card(card_of(name, sections, call_type), tmp_path / "card.xlsx")
    i18n.set_language("ru" if lang == "en" else "en")
    assert import_card(path) == (name, call_type, sections)


def test_no_cell_becomes_a_formula(tmp_path: Path) -> None:
    section = SectionSpec("=1+1", "+7 900", (CheckpointSpec(None, "@c", "=HYPERLINK(1)", "-2"),))
    path = export_card(card_of("=cmd", (section,)), tmp_path / "card.xlsx")
    book = openpyxl.load_workbook(path)
    kinds = {
        cell.data_type
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }
    book.close()
    assert kinds == {"s", "n"}
    assert import_card(path)[2] == (section,)


def test_peoples_own_sheet_comes_in(tmp_path: Path) -> None:
    path = tmp_path / "Наша карта.csv"
    with path.open("w", encoding="cp1251", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(["Этап", "Критерий", "Вес", "Критичный"])
        writer.writerows(
            [["Контакт", "Поздоровался", "", ""], ["", "Назвал имя", "2", "да"], ["Контакт", "Цель", "1", ""]]
        )
        writer.writerow(["Итог", "Договорился", "3", "нет"])
    name, call_type, sections = import_card(path)
    assert (name, call_type) == ("Наша карта", CallType.ANY)
    assert [(section.name, len(section.checkpoints)) for section in sections] == [("Контакт", 3), ("Итог", 1)]
    assert [point.code for section in sections for point in section.checkpoints] == ["К1", "К2", "К3", "И1"]
    assert [point.weight for point in sections[0].checkpoints] == [1, 2, 1]
    assert sections[0].checkpoints[1].critical


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.json", "{", "is not JSON"),
        ("a.json", "[1]", "This is not a card"),
        ("a.json", '{"sections": [{"name": "A"}]}', "has no checkpoints"),
        (
            "a.json",
            '{"sections": [{"name": "A", "checkpoints": [{"text": "x", "weight": "2"}]}]}',
            "not a whole number",
        ),
        ("a.json", '{"sections": [5]}', "Section 1 of the card cannot be read"),
        ("a.json", '{"version": 9, "sections": []}', "newer version"),
        ("a.csv", "Section,Weight\nA,1\n", "has no column of checkpoints"),
        ("a.csv", "Section,Checkpoint,Weight\nA,B,heavy\n", "Row 2: the weight “heavy”"),
        ("a.csv", "", "is empty"),
    ],
)
def test_a_bad_file_gets_a_sentence(tmp_path: Path, name: str, content: str, sentence: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(QaappError) as caught:
        import_card(path)
    assert isinstance(caught.value, (ScorecardError, SheetError))
    assert sentence in str(caught.value)


def test_writing_where_one_may_not_is_said(tmp_path: Path) -> None:
    card = card_of("A", (SectionSpec("A", "", (CheckpointSpec(None, "A1", "x"),)),))
    with pytest.raises(ScorecardError, match=r"\.xlsx or \.json"):
        export_card(card, tmp_path / "a.pdf")
    (tmp_path / "file").write_text("x")
    with pytest.raises(ScorecardError, match="cannot be written"):
        export_card(card, tmp_path / "file" / "a.json")
    document = json.loads(export_card(card, tmp_path / "a.json").read_text(encoding="utf-8"))
    assert document["sections"][0]["checkpoints"][0]["code"] == "A1"
    assert list(tmp_path.glob("*.part")) == []
