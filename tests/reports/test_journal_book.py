"""The journal in Excel and CSV: the same calls, in the same order, with the same values."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
import scoring_world as world

from qaapp.calls import tags
from qaapp.errors import ReportError, UsageError
from qaapp.journal.filters import Filter
from qaapp.journal.pages import Sort
from qaapp.progress import run
from qaapp.reports.journal_book import COLUMN_KEYS, write_journal
from qaapp.store.database import Database


@pytest.fixture
def filled(database: Database) -> Database:
    with database.write() as session:
        anna = world.manager(session, "=Anna", "East")
        card = world.card(session, 6)
        for n in range(5):
            call_id = world.call(
                session, anna if n % 2 else None, world.START + timedelta(minutes=n), comment=f"+note {n}",
                customer_number="79000001452", talk_s=61 + n, talk_is_estimate=n == 0, direction="inbound",
                search_text=f"note {n}",
            )  # fmt: skip
            if n == 1:
                world.evaluate(session, call_id, card, world.marks(5, 1))
                tags.add_tag(session, [call_id], "@urgent", world.user(session))
    return database


def test_excel_has_the_calls_in_order_with_their_values(filled: Database, tmp_path: Path) -> None:
    path = run(write_journal(filled, Filter(), Sort("started_at", False), tmp_path / "j.xlsx"))
    sheet = openpyxl.load_workbook(path).active
    heads = [cell.value for cell in sheet[1]]
    assert len(heads) == len(COLUMN_KEYS)
    rows = [dict(zip(heads, row, strict=True)) for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert [row["Comment"] for row in rows] == [f"+note {n}" for n in range(5)]
    first, second = rows[0], rows[1]
    assert first["Date and time"] == datetime(2026, 3, 16, 12, 0)  # noqa: DTZ001 - Moscow's wall time
    assert first["Talk"].total_seconds() == 61
    assert first["Manager"] is None
    assert (second["Manager"], second["Tags"], second["Light"]) == ("=Anna", "@urgent", "G")
    assert second["Score"] == pytest.approx(5 / 6, abs=1e-15)
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_csv_has_the_same_calls_and_hides_numbers(filled: Database, tmp_path: Path) -> None:
    with filled.read() as session:
        path = run(
            write_journal(
                session, Filter(), Sort(), tmp_path / "j.csv", ["customer_number", "comment"], True, limit=2
            )
        )
    with path.open(encoding="utf-8-sig", newline="") as stream:
        assert list(csv.reader(stream)) == [
            ["Number", "Comment"],
            ["'+• ••• •••-••-52", "'+note 4"],
            ["'+• ••• •••-••-52", "'+note 3"],
        ]


def test_a_wrong_column_or_suffix_is_said(filled: Database, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no column nothing"):
        run(write_journal(filled, Filter(), Sort(), tmp_path / "j.xlsx", ["nothing"]))
    with pytest.raises(ReportError, match=r"not \.pdf"):
        run(write_journal(filled, Filter(), Sort(), tmp_path / "j.pdf"))
    assert not list(tmp_path.glob("j.*"))
