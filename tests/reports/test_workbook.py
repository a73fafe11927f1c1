"""The Excel writer: texts stay texts, numbers numbers, and a refused file leaves nothing behind."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from qaapp import i18n, tables, workbook
from qaapp.errors import ReportError
from qaapp.progress import run
from qaapp.tables import Column, Formula, Kind, Table, clean, write_csv
from qaapp.words import Band

MOSCOW = ZoneInfo("Europe/Moscow")
TEXT = (Column("a", "A"),)


def write(path: Path, columns: Sequence[Column], rows: Sequence[Sequence[Any]], name: str = "Data") -> Any:
    run(workbook.write_workbook(path, [Table(name, columns, rows)], MOSCOW, "Test"))
    return openpyxl.load_workbook(path)[name]


def cell_texts(path: Path) -> list[str]:
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    for row in sheet.iter_rows(min_row=2):
        assert row[0].data_type in ("s", "inlineStr", "n"), row[0].data_type
        assert row[0].hyperlink is None
    found = ["" if row[0].value is None else str(row[0].value) for row in sheet.iter_rows(min_row=2)]
    book.close()
    return found


HOSTILE = [
    "=1+1", "+7 900", "-1", "@SUM(A1)", "\t=1", "\r=1", "=HYPERLINK(\"http://x\")", "http://example.org",
    "mailto:a@b.c", "{=A1}", "<r>x</r>", "<r><t>x</t></r>", "</t></is></c>", "_x000D_", "_x005F_x0041_", "  spaces  ",
    "a\r\nb", "\x00nul\x0b", "\ud800half", "\ufffe", "&amp;", "007", "1e5", "TRUE", "#N/A", "😀" * 3, "'quoted",
]  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(), max_size=40), min_size=1, max_size=40))
@example(HOSTILE)
def test_any_text_comes_back_as_the_same_text(tmp_path: Path, texts: list[str]) -> None:
    path = tmp_path / "t.xlsx"
    run(workbook.write_workbook(path, [Table("Data", TEXT, [(text,) for text in texts])], MOSCOW, "Test"))
    from openpyxl.utils.escape import unescape

    found = [unescape(text) for text in cell_texts(path)]
    assert found == [clean(text) for text in texts]


def test_clean_keeps_what_a_cell_can_hold_and_says_what_it_cut() -> None:
    assert clean("a\tb\nc") == "a\tb\nc"
    assert clean("\x00a\x1f\ud800\uffff\r\nb\r") == "a\nb\n"
    assert clean("x" * 32_767) == "x" * 32_767
    cut = clean("😀" * 20_000)  # two units each
    assert cut.endswith("[cut: a cell holds 32,767 characters]")
    assert len(cut.encode("utf-16-le")) // 2 in (32_766, 32_767)


def test_numbers_are_numbers_and_moments_wall_time_of_the_zone(tmp_path: Path) -> None:
    columns = [Column(kind.value, kind.value, kind) for kind in Kind]
    moment = datetime(2026, 3, 16, 22, 30, 15, tzinfo=UTC)  # 01:30:15 of the 17th in Moscow
    values: dict[Kind, Any] = {
        Kind.TEXT: "x", Kind.INT: 5, Kind.NUMBER: Fraction(1, 3), Kind.PERCENT: Fraction(5, 6),
        Kind.POINTS: Fraction(-1, 8), Kind.DATE: moment, Kind.MOMENT: moment, Kind.TIME: moment,
        Kind.DURATION: 3725, Kind.LIGHT: Band.GREEN,
    }  # fmt: skip
    sheet = write(tmp_path / "t.xlsx", columns, [[values[kind] for kind in Kind], [None] * len(columns)])
    found = {kind: sheet.cell(2, index).value for index, kind in enumerate(Kind, 1)}
    assert found[Kind.TEXT] == "x"
    assert (found[Kind.INT], found[Kind.NUMBER]) == (5, 1 / 3)
    assert (found[Kind.PERCENT], found[Kind.POINTS]) == (pytest.approx(5 / 6, abs=1e-15), -0.125)
    assert found[Kind.DATE] == datetime(2026, 3, 17)  # noqa: DTZ001
    assert found[Kind.MOMENT] == datetime(2026, 3, 17, 1, 30, 15)  # noqa: DTZ001
    assert found[Kind.TIME] == time(1, 30, 15)
    assert found[Kind.DURATION].total_seconds() == 3725
    assert found[Kind.LIGHT] == "G"
    assert all(sheet.cell(3, index).value is None for index in range(1, len(columns) + 1))


def test_a_plain_day_is_a_date_and_a_naive_moment_is_refused(tmp_path: Path) -> None:
    sheet = write(tmp_path / "t.xlsx", [Column("d", "Day", Kind.DATE)], [[date(2026, 3, 17)]])
    assert sheet.cell(2, 1).value == datetime(2026, 3, 17)  # noqa: DTZ001
    with pytest.raises(ValueError, match="without a time zone"):
        write(tmp_path / "n.xlsx", [Column("d", "Day", Kind.MOMENT)], [[datetime(2026, 3, 17)]])  # noqa: DTZ001
    assert sorted(entry.name for entry in tmp_path.iterdir() if "xlsx" in entry.name) == ["t.xlsx"]


def test_a_formula_is_live_and_carries_its_value(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    columns = [Column("a", "A", Kind.INT), Column("b", "B", Kind.PERCENT), Column("l", "L", Kind.LIGHT)]
    row = [1, Formula("=A2/3", Fraction(1, 3)), Formula('=IF(A2>0,"G","R")', Band.GREEN)]
    sheet = write(path, columns, [row])
    assert (sheet["B2"].value, sheet["C2"].value) == ("=A2/3", '=IF(A2>0,"G","R")')
    values = openpyxl.load_workbook(path, data_only=True)["Data"]
    assert (values["B2"].value, values["C2"].value) == (pytest.approx(1 / 3, abs=1e-15), "G")


def test_lights_are_letters_of_the_language_and_colours(tmp_path: Path) -> None:
    i18n.set_language("en")
    sheet = write(tmp_path / "t.xlsx", [Column("l", "L", Kind.LIGHT)], [[band] for band in Band])
    assert [sheet.cell(row, 1).value for row in range(2, 6)] == ["G", "Y", "R", "–"]
    rules = [rule for area in sheet.conditional_formatting for rule in area.rules]
    assert {rule.formula[0] for rule in rules} == {'"G"', '"Y"', '"R"', '"(G)"', '"(Y)"', '"(R)"'}


def test_sheets_are_ready_to_read_and_to_print(tmp_path: Path) -> None:
    sheet = write(tmp_path / "t.xlsx", [Column("a", "Name", width=30), Column("b", "B")], [["x", "y"]] * 3)
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:B4"
    assert sheet.column_dimensions["A"].width == pytest.approx(30, abs=1)
    assert sheet.print_title_rows == "$1:$1"
    assert (sheet.page_setup.orientation, sheet.sheet_properties.pageSetUpPr.fitToPage) == ("landscape", True)
    assert openpyxl.load_workbook(tmp_path / "t.xlsx").properties.title == "Test"


def test_more_rows_than_a_sheet_holds_go_on_in_the_next(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    with workbook.open_book(path, MOSCOW, "Test") as book:
        table = Table("Long", [Column("n", "N", Kind.INT)], ([n] for n in range(25)))
        placed = run(book.add(table, max_rows=11))
    assert (len(placed.sheets), placed.last_row) == (3, 5)
    sheets = openpyxl.load_workbook(path).worksheets
    assert [sheet.title for sheet in sheets] == ["Long", "Long (2)", "Long (3)"]
    assert [sheet.max_row for sheet in sheets] == [11, 11, 6]
    assert [cell.value for sheet in sheets for cell in sheet["A"][1:]] == list(range(25))
    assert all(sheet["A1"].value == "N" for sheet in sheets)


@pytest.mark.parametrize(
    "name", ["", "History", "a/b\\c?*:[x]", "'quoted'", "ю" * 40, "=cmd", "Data", "data"]
)
def test_any_name_of_a_sheet_is_made_fit(tmp_path: Path, name: str) -> None:
    path = tmp_path / "t.xlsx"
    run(workbook.write_workbook(path, [Table("Data", TEXT, []), Table(name, TEXT, [])], MOSCOW, "Test"))
    titles = openpyxl.load_workbook(path).sheetnames
    assert len({title.casefold() for title in titles}) == 2
    assert all(0 < len(title) <= 31 for title in titles)


def rows_that_fail() -> Iterator[list[Any]]:
    yield ["fine"]
    raise RuntimeError("a bug in the report")


def test_a_failed_or_stopped_report_leaves_the_old_file(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    path = folder / "t.xlsx"
    path.write_bytes(b"old")
    with pytest.raises(RuntimeError, match="a bug"):
        run(workbook.write_workbook(path, [Table("D", TEXT, rows_that_fail())], MOSCOW, "T"))
    steps = workbook.write_workbook(path, [Table("D", TEXT, (["x"] for _n in range(5000)))], MOSCOW, "T")
    assert next(steps).done == 1000
    steps.close()
    assert [entry.name for entry in folder.iterdir()] == ["t.xlsx"]
    assert path.read_bytes() == b"old"


def test_a_file_open_in_excel_is_said_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.xlsx"
    path.write_bytes(b"old")

    def refuse(_source: object, _target: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tables.os, "replace", refuse)
    with pytest.raises(ReportError, match="is open in another program") as caught:
        write(path, TEXT, [["x"]])
    assert caught.value.kind == "open"
    assert path.read_bytes() == b"old"
    assert not list(tmp_path.glob("*.part"))


def test_a_folder_that_is_a_file_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ReportError, match="cannot be written") as caught:
        write(tmp_path / "file" / "t.xlsx", TEXT, [["x"]])
    assert caught.value.kind == "forbidden"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_rights_is_said_plainly(tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    with pytest.raises(ReportError, match="cannot be written"):
        write(folder / "t.xlsx", TEXT, [["x"]])


FULL_DISK = """
import resource, sys, warnings
from pathlib import Path
from zoneinfo import ZoneInfo
warnings.simplefilter("error")
unraisable = []
sys.unraisablehook = unraisable.append
from qaapp import workbook, tables
from qaapp.errors import ReportError
from qaapp.progress import run
columns = [tables.Column("a", "A")]
import random
pick = random.Random(1)
rows = ([f"{pick.getrandbits(400):x}"] for n in range(20000))
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    if sys.argv[1].endswith("csv"):
        run(tables.write_csv(Path(sys.argv[1]), tables.Table("D", columns, rows), ZoneInfo("UTC")))
    else:
        run(workbook.write_workbook(Path(sys.argv[1]), [tables.Table("D", columns, rows)], ZoneInfo("UTC"), "T"))
except ReportError as error:
    import gc; gc.collect()
    print(error.kind, len(unraisable))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no file size limit to play a full disk with")
@pytest.mark.parametrize(("name", "room"), [("t.xlsx", 300_000), ("t.xlsx", 1_200_000), ("t.csv", 300_000)])
def test_a_full_disk_is_said_plainly_and_leaves_nothing(tmp_path: Path, name: str, room: int) -> None:
    """300 kB stops the row files, 1.2 MB the ZIP that is made of them."""
    folder, scratch = tmp_path / "out", tmp_path / "scratch"
    folder.mkdir()
    scratch.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(folder / name), str(room)],
        capture_output=True, text=True, check=False, env=os.environ | {"TMPDIR": str(scratch)},
    )  # fmt: skip
    assert done.stdout.split() == ["disk", "0"], done.stderr
    assert list(folder.iterdir()) == []
    assert list(scratch.iterdir()) == []


def test_csv_keeps_hostile_texts_harmless_and_figures_exact(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    columns = [Column("a", "Text"), Column("p", "Percent", Kind.PERCENT), Column("m", "Moment", Kind.MOMENT)]
    moment = datetime(2026, 3, 16, 22, 30, tzinfo=UTC)
    rows = [["=1+1", Fraction(5, 6), moment], ['a,b\n"c"', None, None], ["plain", Fraction(4, 5), moment]]
    run(write_csv(path, Table("T", columns, rows), MOSCOW))
    with path.open(encoding="utf-8-sig", newline="") as stream:
        found = list(csv.reader(stream))
    assert found == [
        ["Text", "Percent", "Moment"],
        ["'=1+1", "83.33333333", "2026-03-17 01:30:00"],
        ['a,b\n"c"', "", ""],
        ["plain", "80", "2026-03-17 01:30:00"],
    ]
    i18n.set_language("ru")
    run(write_csv(path, Table("T", columns, rows), MOSCOW))
    assert path.read_text(encoding="utf-8-sig").startswith("Text;Percent;Moment")


def test_the_file_is_a_whole_zip_without_strange_parts(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    write(path, TEXT, [["http://example.org"]])
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert not [name for name in archive.namelist() if "rels" in name and "sheet1" in name]
