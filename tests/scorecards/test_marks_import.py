"""Marks from people's sheets: whole rows are submitted, others rejected by name."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import scoring_world as world
from sqlalchemy import func, select

from qaapp.errors import ScorecardError, SheetError
from qaapp.progress import run
from qaapp.scorecards import evaluations
from qaapp.scorecards.marks_import import MarksMapping, import_marks, preview_marks
from qaapp.store.database import Database
from qaapp.store.schema import Call, Evaluation, QueueItem, User
from qaapp.words import Origin


def sheet(path: Path, rows: list[list[Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


def some_calls(database: Database, count: int = 4) -> list[int]:
    with database.write() as session:
        world.card(session, 3)
        anna = world.manager(session, "Анна Смирнова")
        return [
            world.recorded_call(
                session, anna, datetime(2026, 3, 10 + day, 7, 18, tzinfo=UTC), external_id=f"ext-{day}"
            )
            for day in range(count)
        ]


def test_whole_rows_are_submitted_and_bad_ones_rejected_by_name(database: Database, tmp_path: Path) -> None:
    ids = some_calls(database)
    path = sheet(
        tmp_path / "marks.csv",
        [
            ["call", "c1", "c2", "c3", "comment"],
            [ids[0], 1, 0, "N", "by id"],
            ["ext-1", "1", "да", "н/п", "by the source's id"],
            [ids[2], 1, "", 1, ""],
            ["nobody", 1, 1, 1, ""],
            [ids[3], 1, 2, 1, ""],
        ],
    )
    summary = run(import_marks(database, path, "sale", "Irina"))
    assert summary.submitted == 2
    assert [(entry.row, entry.reason) for entry in summary.rejected] == [
        (4, "c2 “Checkpoint 2” is blank."),
        (5, "There is no call “nobody”."),
        (6, "c2 “Checkpoint 2” holds “2”, not 1, 0 or N."),
    ]
    with database.read() as session:
        first = evaluations.list_for_call(session, ids[0])[0]
        assert (first.origin, first.reviewer, first.comment) == (Origin.IMPORTED, "Irina", "by id")
        assert (first.score.passed, first.score.applicable) == (1, 2)
        assert all(mark.at_ms is None for mark in first.marks.values())
        assert session.get(Call, ids[1]).score_num == 1
        assert session.scalar(select(func.count()).select_from(Evaluation)) == 2


def test_a_second_run_overwrites_nothing(database: Database, tmp_path: Path) -> None:
    ids = some_calls(database)
    path = sheet(tmp_path / "m.csv", [["call", "c1", "c2", "c3"], [ids[0], 1, 1, 1], [ids[1], 0, 0, 0]])
    assert run(import_marks(database, path, "Sale", "Irina")).submitted == 2
    again = run(import_marks(database, path, "Sale", "irina"))
    assert again.submitted == 0
    assert "Irina" in again.rejected[0].reason or "irina" in again.rejected[0].reason
    assert run(import_marks(database, path, "Sale", "Oleg")).submitted == 2
    with database.read() as session:
        assert sorted(session.scalars(select(User.name))) == ["Irina", "Oleg"]


def test_excel_with_texts_as_headings_dates_and_managers(database: Database, tmp_path: Path) -> None:
    some_calls(database)
    with database.write() as session:
        world.recorded_call(
            session,
            world.manager(session, "Анна Смирнова"),
            datetime(2026, 3, 10, 8, 0, tzinfo=UTC),
            external_id="two",
        )
    book = openpyxl.Workbook()
    page = book.active
    page.append(["Дата", "Время", "Менеджер", "C1. Checkpoint 1", "checkpoint 2", "c3", "Итог", "Плюсы"])
    page.append([datetime(2026, 3, 11), None, "анна  смирнова", 1, 1, 0, "meeting set", "calm"])  # noqa: DTZ001
    page.append([datetime(2026, 3, 10), "10:18", "Анна Смирнова", 1, 1, 1, None, None])  # noqa: DTZ001
    page.append(["10.03.2026", None, "Анна Смирнова", 1, 1, 1, None, None])
    page.append(["11.03.2026", None, "Олег", 1, 1, 1, None, None])
    page.append(["12.03.2026", None, "Анна Смирнова", 1, 1, 1, "no such", None])
    page.append(["32.13.2026", None, "Анна Смирнова", 1, 1, 1, None, None])
    book.save(tmp_path / "marks.xlsx")
    book.close()
    summary = run(import_marks(database, tmp_path / "marks.xlsx", "Sale", "Irina"))
    assert summary.submitted == 2
    assert [entry.row for entry in summary.rejected] == [4, 5, 6, 7]
    reasons = " ".join(entry.reason for entry in summary.rejected)
    for part in (
        "several calls on 2026-03-10: 2",
        "no manager “Олег”",
        "no outcome “no such”",
        "“32.13.2026” is not a date",
    ):
        assert part in reasons


def test_calls_are_found_by_file_name(database: Database, tmp_path: Path) -> None:
    ids = some_calls(database)
    rows = [["файл", "c1", "c2", "c3"], [f"{ids[0]}.wav", 1, 1, 1], [f"D:\\calls\\{ids[1]}.wav", 1, 1, 1]]
    rows += [[f"x%{ids[2]}.wav", 1, 1, 1]]
    summary = run(import_marks(database, sheet(tmp_path / "m.csv", rows), "Sale", "Irina"))
    assert summary.submitted == 2 or summary.rejected[0].reason
    assert [entry.row for entry in summary.rejected] == [4]


def test_json_rows(database: Database, tmp_path: Path) -> None:
    ids = some_calls(database)
    path = tmp_path / "m.json"
    rows = [
        {"call": ids[0], "c1": 1, "c2": 0, "c3": "N", "comment": "x"},
        {"call": ids[1], "c1": 1, "c2": None, "c3": 1},
    ]
    path.write_text(json.dumps(rows), encoding="utf-8")
    summary = run(import_marks(database, path, "Sale", "Irina"))
    assert (summary.submitted, [entry.row for entry in summary.rejected]) == (1, [2])
    path.write_text('{"evaluations": 5}', encoding="utf-8")
    with pytest.raises(SheetError, match="no list of evaluations"):
        run(import_marks(database, path, "Sale", "Irina"))


def test_a_sheet_that_cannot_be_understood_is_refused_before_the_first_row(
    database: Database, tmp_path: Path
) -> None:
    some_calls(database)
    lacking = sheet(tmp_path / "a.csv", [["call", "c1", "c2"], ["ext-1", 1, 1]])
    with pytest.raises(ScorecardError, match="no column for c3 “Checkpoint 3”"):
        run(import_marks(database, lacking, "Sale", "Irina"))
    nameless = sheet(tmp_path / "b.csv", [["c1", "c2", "c3"], [1, 1, 1]])
    with pytest.raises(ScorecardError, match="which call"):
        run(import_marks(database, nameless, "Sale", "Irina"))
    with pytest.raises(ScorecardError, match="no card “Nothing”"):
        run(import_marks(database, nameless, "Nothing", "Irina"))
    with pytest.raises(ScorecardError, match="Whose marks"):
        run(import_marks(database, nameless, "Sale", " "))


def test_the_preview_shows_the_guess_and_a_mapping_by_hand_is_followed(
    database: Database, tmp_path: Path
) -> None:
    ids = some_calls(database)
    path = sheet(tmp_path / "a.csv", [["Call", "c1", "second", "c3", "price"], [ids[0], 1, 0, 1, 5]])
    with database.read() as session:
        preview = preview_marks(session, path, "Sale")
    assert preview.mapping == MarksMapping({"c1": 1, "c3": 3}, call=0)
    assert (preview.missing, preview.unused) == (("c2",), ("second", "price"))
    assert preview.rows == ((str(ids[0]), "1", "0", "1", "5"),)
    by_hand = MarksMapping({"c1": 1, "c2": 2, "c3": 3}, call=0)
    assert run(import_marks(database, path, "Sale", "Irina", mapping=by_hand)).submitted == 1


def test_importing_closes_the_queue_item_but_is_not_random(database: Database, tmp_path: Path) -> None:
    ids = some_calls(database)
    with database.write() as session:
        session.add(QueueItem(call_id=ids[0], call_day=world.START.date(), drawn_at=world.START))
    path = sheet(tmp_path / "a.csv", [["call", "c1", "c2", "c3"], [ids[0], 1, 0, 1]])
    assert run(import_marks(database, path, "Sale", "Irina")).submitted == 1
    with database.read() as session:
        assert session.scalar(select(QueueItem.state)) == "done"
        assert session.scalar(select(Evaluation.origin)) == "imported"
