"""The rating workbook says what the ranking says: when it is read back, and when LibreOffice computes it anew."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import scoring_world as world
from sqlalchemy.orm import Session

from qaapp import i18n
from qaapp.errors import ReportError
from qaapp.progress import run
from qaapp.ratings.drilldown import matrix
from qaapp.ratings.ranking import Query, Ranking, rank
from qaapp.reports.rating_book import comparable, write_rating_book
from qaapp.scorecards import cards, evaluations
from qaapp.scorecards.scoring import Limits
from qaapp.settings import Rules
from qaapp.store.database import Database
from qaapp.store.schema import Evaluation, Outcome
from qaapp.store.workspace import open_workspace
from qaapp.tables import light_letter
from qaapp.words import Band, Basis, CallType, EvaluationState, Method, Origin

RULES = Rules(time_zone="Europe/Moscow")
HOSTILE = '=HYPERLINK("http://x","y")'


def fill(session: Session) -> None:
    """Two cards (one in two revisions, with weights and a critical checkpoint), and every way a call can be scored."""
    irina = world.user(session)
    first = world.card(session, 5, "Inbound sale")
    made = cards.create_card(
        session, "=Cold call", CallType.COLD_CALL,
        world.sections(
            world.point("Greeting", 2, code="c1"), world.point("+Goal", 3, True, code="g"),
            world.point("Noted only", 0, code="n"), world.point("Close", 5, code="x"),
        ),
        irina,
    )  # fmt: skip
    second = cards.publish(session, made.scorecard_id, irina)
    names = [("Anna", "East"), ("Oleg", "East"), (HOSTILE, "West"), (">5", None), ("Few", "West")]
    people = [world.manager(session, name, group) for name, group in names]
    at = world.START
    lost = session.query(Outcome).filter(Outcome.is_lost).first()
    for n in range(6):  # Anna: exactly 80 % on the mean, all from one card
        at += timedelta(minutes=7)
        world.evaluate(
            session, world.call(session, people[0], at), first, world.marks(*[(5, 0), (3, 2), (4, 1)][n % 3])
        )
    for n in range(7):  # Oleg: weighted card, a failed critical now and then, a lost call
        at += timedelta(minutes=7)
        values = [n % 2, 1 if n % 3 else 0, n % 2, None if n == 4 else 1]
        world.evaluate(
            session,
            world.call(session, people[1], at, customer_number="79000001452"),
            second,
            values,
            outcome_id=lost.id if n == 0 else None,
        )
    # a new revision with other weights for the third
    draft = cards.edit_draft(session, first.scorecard_id, irina)
    heavier = replace(draft.sections[0].checkpoints[0], weight=4)
    changed = replace(draft.sections[0], checkpoints=(heavier, *draft.sections[0].checkpoints[1:]))
    cards.save_draft(session, replace(draft, sections=(changed,)), irina)
    newer = cards.publish(session, first.scorecard_id, irina)
    for n in range(5):
        at += timedelta(minutes=7)
        world.evaluate(session, world.call(session, people[2], at), newer, world.marks(n, 4 - n, 1))
    # ">5": three reviewers of one call (thirds), a settled one that overrules, a conversation of two calls
    shared = world.call(session, people[3], at + timedelta(minutes=1))
    for reviewer, passed in (("Irina", 5), ("Pavel", 4), ("Rita", 2)):
        world.evaluate(session, shared, newer, world.marks(passed, 5 - passed), reviewer=reviewer)
    settled = world.call(session, people[3], at + timedelta(minutes=2))
    world.evaluate(session, settled, newer, world.marks(1, 4))
    chosen = world.evaluate(session, settled, newer, world.marks(4, 1), reviewer="Pavel")
    session.get(Evaluation, chosen).state = EvaluationState.SETTLED.value
    for minute in (3, 4):
        call_id = world.call(session, people[3], at + timedelta(minutes=minute), conversation_id="talk")
        world.evaluate(session, call_id, newer, world.marks(minute, 5 - minute))
    for minute in (5, 6):
        call_id = world.call(session, people[3], at + timedelta(minutes=minute))
        world.evaluate(session, call_id, newer, world.marks(3, 0, 2))
    # a conversation handed from Anna to Oleg: once for each of them, once for their group
    for person, passed in ((people[0], 4), (people[1], 1)):
        call_id = world.call(session, person, at + timedelta(minutes=20), conversation_id="handed over")
        world.evaluate(session, call_id, newer, world.marks(passed, 5 - passed))
    # what does not count: targeted, self, an empty card, a short review; and a call of nobody
    few = people[4]
    for n, origin in enumerate((Origin.RANDOM, Origin.TARGETED, Origin.SELF)):
        call_id = world.call(session, few, at + timedelta(minutes=30 + n))
        world.evaluate(session, call_id, newer, world.marks(n + 2, 3 - n), origin=origin)
    world.evaluate(session, world.call(session, few, at + timedelta(minutes=40)), newer, world.marks(0, 0, 5))
    short = evaluations.open_draft(session, world.call(session, few, at + timedelta(minutes=41)), None, irina)
    evaluations.set_texts(session, short.id, comment="@just notes")
    evaluations.submit(session, short.id, irina)
    world.evaluate(session, world.call(session, None, at + timedelta(minutes=42)), newer, world.marks(2, 3))
    # an amendment with phrases
    call_id = world.call(session, few, at + timedelta(minutes=50))
    old = world.evaluate(session, call_id, newer, world.marks(5, 0))
    again = evaluations.amend(session, old, irina)
    spec = newer.checkpoints[1]
    evaluations.set_mark(session, again.id, spec.id, 0, 2000, irina)
    evaluations.set_phrases(session, again.id, spec.id, "=well", "-better", irina)
    evaluations.set_texts(session, again.id, comment="\tno", pluses="+smile", minuses="@rush")
    evaluations.submit(session, again.id, irina)


@pytest.fixture(scope="session")
def _filled_once(_migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filled") / "workspace"
    shutil.copytree(_migrated, folder)
    workspace = open_workspace(folder)
    with workspace.database.write() as session:
        fill(session)
    workspace.close()
    return folder


@pytest.fixture
def filled(_filled_once: Path, tmp_path: Path) -> Iterator[Database]:
    """A database of its own with everything of ``fill``."""
    shutil.copytree(_filled_once, tmp_path / "filled")
    workspace = open_workspace(tmp_path / "filled")
    yield workspace.database
    workspace.close()


Sheets = dict[str, list[dict[str, Any]]]


def read(path: Path) -> Sheets:
    """Values of every sheet as rows by heading; a repeated heading gets ' 2'."""
    book = openpyxl.load_workbook(path, data_only=True)
    found: Sheets = {}
    for sheet in book.worksheets:
        rows = list(sheet.iter_rows(values_only=True))
        header = next((n for n, row in enumerate(rows) if row[0] in ("Evaluation", "Rank", "ID")), 0)
        titles: list[str] = []
        for title in rows[header]:
            base, number = str(title), 2
            while str(title) in titles:
                title = f"{base} {number}"
                number += 1
            titles.append(str(title))
        found[sheet.title] = [dict(zip(titles, row, strict=True)) for row in rows[header + 1 :]]
    book.close()
    return found


def expect_ranking(rows: list[dict[str, Any]], ranking: Ranking, name: str) -> None:
    wanted = [*ranking.rows, *([ranking.unassigned] if ranking.unassigned else [])]
    for row, (place, found) in zip(wanted, enumerate(rows), strict=False):
        assert found[name] == row.manager, place
        assert found["Calls"] == row.calls
        assert found["Rank"] in ((row.rank,) if row.rank else (None, ""))
        letter = light_letter(row.provisional_band)
        enough = row.is_enough and row is not ranking.unassigned
        if row.score is None:
            assert found["Score"] in (None, "")
            assert found["Light"] == "–"
            continue
        assert found["Score"] == pytest.approx(float(row.score), abs=1e-9)
        assert found["Light"] == (letter if enough else f"({letter})")
        assert found["Passed"] == pytest.approx(float(row.passed), abs=1e-6)
        assert found["Applicable"] == pytest.approx(float(row.applicable), abs=1e-6)


def expect_same_numbers(path: Path, session: Session, query: Query, rules: Rules) -> None:
    """Every figure of the workbook against the functions of the app."""
    sheets = read(path)
    people = rank(session, replace(query, by="manager"), rules)
    expect_ranking(sheets["Ranking"], people, "Manager")
    expect_ranking(sheets["Groups"], rank(session, replace(query, by="group"), rules), "Group")
    cells = matrix(session, query, rules)
    for row, found in zip(cells.rows, sheets["Checkpoints"], strict=False):
        figures = list(found.values())[2:]
        count = len(cells.checkpoints)
        for n, (passed, applicable) in enumerate(row.cells):
            share = figures[n]
            assert tuple(figures[count + 2 * n : count + 2 * n + 2]) == (passed, applicable)
            if applicable:
                assert share == pytest.approx((applicable - passed) / applicable, abs=1e-9)
            else:
                assert share in (None, "")
    by_id = {row["Evaluation"]: row for row in sheets["Evaluations"] if row["Evaluation"] is not None}
    stored = session.query(Evaluation).filter(Evaluation.state != "draft").all()
    assert len(by_id) == len(stored)
    for evaluation in stored:
        found = by_id[evaluation.id]
        if evaluation.revision_id is None:
            assert found["Passed"] is None
            continue
        assert (found["Passed"], found["Applicable"]) == (evaluation.passed, evaluation.applicable)
        assert found["Critical failed"] == evaluation.critical_failed
        if evaluation.applicable:
            assert found["Score"] == pytest.approx(evaluation.passed / evaluation.applicable, abs=1e-9)


def written(database: Database, path: Path, query: Query, rules: Rules = RULES) -> Path:
    with database.read() as session:
        return run(write_rating_book(session, query, rules, path))


QUERIES = {
    "mean": Query(),
    "pooled": Query(method=Method.POOLED),
    "all": Query(basis=Basis.ALL),
}


@pytest.mark.parametrize("name", QUERIES)
def test_the_workbook_says_what_the_ranking_says(filled: Database, tmp_path: Path, name: str) -> None:
    path = written(filled, tmp_path / "r.xlsx", QUERIES[name])
    with filled.read() as session:
        expect_same_numbers(path, session, QUERIES[name], RULES)


def office() -> str:
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if found is None:
        pytest.skip("LibreOffice (soffice) is not installed, so nothing can recalculate the workbook")
    return found


def without_values(source: Path, target: Path) -> None:
    """The same workbook with every computed value taken away, so that only recalculation can fill it."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename.startswith("xl/worksheets/sheet"):
                text, count = re.subn(r"(</f>)<v>[^<]*</v>", r"\1", data.decode())
                assert count or "<f>" not in text
                data = text.encode()
            new.writestr(item.filename, data)


def recalculate(program: str, source: Path, folder: Path) -> Path:
    """What LibreOffice computes without the app's values."""
    bare = folder / "bare.xlsx"
    without_values(source, bare)
    out = folder / "out"
    done = subprocess.run(
        [program, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", "xlsx",
         "--outdir", str(out), str(bare)],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert (out / "bare.xlsx").is_file(), done.stdout + done.stderr
    return out / "bare.xlsx"


@pytest.mark.parametrize("name", ["mean", "pooled"])
def test_libreoffice_computes_the_same_numbers_and_lights(
    filled: Database, tmp_path: Path, name: str
) -> None:
    program = office()
    path = recalculate(program, written(filled, tmp_path / "r.xlsx", QUERIES[name]), tmp_path)
    with filled.read() as session:
        expect_same_numbers(path, session, QUERIES[name], RULES)


def test_exactly_on_a_limit_is_yellow_in_the_sheet_too(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        card = world.card(session, 10)
        for name, results in {"At 80": (7, 9), "At 60": (5, 7), "Over": (8, 9), "Under": (5, 6)}.items():
            person = world.manager(session, name)
            for n in range(6):
                passed = results[n % 2]
                world.evaluate(session, world.call(session, person), card, world.marks(passed, 10 - passed))
    found = {
        row["Manager"]: row["Light"]
        for row in read(written(database, tmp_path / "r.xlsx", Query()))["Ranking"]
    }
    assert {name: found[name] for name in ("At 80", "At 60", "Over", "Under")} == {
        "At 80": "Y", "At 60": "Y", "Over": "G", "Under": "R",
    }  # fmt: skip


def test_a_mean_too_near_a_limit_is_not_left_to_floats() -> None:
    assert comparable(Fraction(4, 5), Limits())
    assert comparable(Fraction(8001, 10_000), Limits())
    assert not comparable(Fraction(4, 5) + Fraction(1, 10**13), Limits())


def test_no_text_becomes_a_formula(filled: Database, tmp_path: Path) -> None:
    path = written(filled, tmp_path / "r.xlsx", Query())
    book = openpyxl.load_workbook(path)
    formulas = {
        cell.value
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }
    assert formulas
    assert all(re.match(r"=(IF|SUMPRODUCT|ROUND|SUMIFS|COUNTIFS|SUM|[A-Z]+\d+\*)", text) for text in formulas)
    texts = {
        cell.value
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "s"
    }
    assert {HOSTILE, "@just notes", "+smile", "@rush"} <= texts
    assert any("=well" in text and "-better" in text for text in texts)


def test_lights_chart_and_scale_are_there(filled: Database, tmp_path: Path) -> None:
    path = written(filled, tmp_path / "r.xlsx", Query())
    book = openpyxl.load_workbook(path)
    kinds = {
        sheet.title: {rule.type for area in sheet.conditional_formatting for rule in area.rules}
        for sheet in book.worksheets
    }
    assert kinds["Ranking"] == kinds["Groups"] == {"cellIs"}
    assert kinds["Checkpoints"] == {"colorScale"}
    assert kinds["Evaluations"] == {"cellIs", "expression"}
    with zipfile.ZipFile(path) as archive:
        charts = [name for name in archive.namelist() if re.match(r"xl/charts/chart\d", name)]
        assert len(charts) == 2
        assert "Ranking" in archive.read(charts[0]).decode()


def test_the_rules_sheet_says_what_was_asked(filled: Database, tmp_path: Path) -> None:
    rules = replace(RULES, green_above=85, red_below=50, enough_calls=3)
    query = Query(basis=Basis.ALL, method=Method.POOLED)
    sheet = openpyxl.load_workbook(written(filled, tmp_path / "r.xlsx", query, rules))["Rules"]
    told = {row[0]: row[1] for row in sheet.iter_rows(values_only=True) if row[0]}
    assert (told["Green above, %"], told["Red below, %"], told["Calls that are enough for a rank"]) == (
        85,
        50,
        3,
    )
    assert told["Which evaluations count"] == "every submitted one"
    assert "passed / applicable" in told["How a score is made"]
    assert told["Amendments"].startswith("1 earlier version")
    assert told["Language"] == "English"
    assert told["Time zone"] == "Europe/Moscow"


def test_every_version_is_listed_and_one_counts(filled: Database, tmp_path: Path) -> None:
    rows = [
        row for row in read(written(filled, tmp_path / "r.xlsx", Query()))["Evaluations"] if row["Version"]
    ]
    second = next(row for row in rows if row["Version"] == 2)
    both = [row for row in rows if row["Call ID"] == second["Call ID"]]
    assert [(row["Version"], row["Counts (1) or not (0)"]) for row in both] == [(1, 0), (2, 1)]
    assert both[0]["State"] == "earlier version"
    assert "=well" in both[1]["Said / should have said"]


def test_numbers_are_masked_when_asked(filled: Database, tmp_path: Path) -> None:
    path = tmp_path / "r.xlsx"
    run(write_rating_book(filled, Query(), RULES, path, mask_numbers=True))
    with zipfile.ZipFile(path) as archive:
        text = b"".join(archive.read(name) for name in archive.namelist()).decode(errors="replace")
    assert "14-52" not in text
    assert "••-52" in text


def test_russian_lights_and_names(filled: Database, tmp_path: Path) -> None:
    i18n.set_language("ru")
    path = written(filled, tmp_path / "r.xlsx", Query())
    book = openpyxl.load_workbook(path, data_only=True)
    assert book.sheetnames == ["Рейтинг", "Группы", "Чекпоинты", "Оценки", "Правила"]
    lights = {row[1] for row in book["Рейтинг"].iter_rows(min_row=2, max_row=6, values_only=True)}
    assert lights & {"З", "Ж", "К"}
    assert not lights & {"G", "Y", "R"}


def test_nothing_evaluated_is_a_sentence(database: Database, tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="nothing to rank"):
        written(database, tmp_path / "r.xlsx", Query())
    assert not (tmp_path / "r.xlsx").exists()


def test_stopping_leaves_no_file(filled: Database, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with filled.read() as session:
        steps = write_rating_book(session, Query(), RULES, folder / "r.xlsx")
        last: Callable[[], Any] = lambda: next(steps)  # noqa: E731
        while last().phase != "Saving the workbook":
            pass
        steps.close()
    assert list(folder.iterdir()) == []


def test_bands_of_the_sheet_are_those_of_the_app() -> None:
    assert [light_letter(band) for band in Band] == ["G", "Y", "R", "–"]
