"""Tables of every encoding, separator and shape, and files that are none."""

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import FOLDER, real

from qaapp.errors import SheetError
from qaapp.sheets import BadRow, Sheet, read_sheet

MOMENT = datetime(2014, 3, 17, 10, 18)  # noqa: DTZ001
TEXT = "Дата;Клиент;Комментарий\n17.03.2014 10:18;Анна Смирнова;обсудили цену\n18.03.2014 11:00;Олег;перезвонить\n"


def rows(sheet: Sheet) -> list[tuple[int, list[object]]]:
    return [row for row in sheet.rows() if not isinstance(row, BadRow)]


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("encoding", "told"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("cp1251", "cp1251"), ("koi8-r", "koi8-r"), ("cp866", "cp866"),
     ("utf-16", "utf-16"), ("utf-16-le", "utf-16-le"), ("utf-16-be", "utf-16-be")],
)  # fmt: skip
def test_encodings(tmp_path: Path, encoding: str, told: str) -> None:
    sheet = read_sheet(write(tmp_path / "log.csv", TEXT, encoding))
    assert sheet.encoding == told
    assert sheet.headings == ("Дата", "Клиент", "Комментарий")
    assert rows(sheet)[0] == (2, ["17.03.2014 10:18", "Анна Смирнова", "обсудили цену"])


def test_a_letter_far_down_still_tells_the_encoding(tmp_path: Path) -> None:
    text = "Date;Name\n" + "2014-03-17;x\n" * 30_000 + "2014-03-18;Анна обсудила цену\n"
    assert rows(read_sheet(write(tmp_path / "log.csv", text, "cp1251")))[-1] == (
        30_002,
        ["2014-03-18", "Анна обсудила цену"],
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_separators_and_quotes(tmp_path: Path, delimiter: str) -> None:
    lines = [
        ["Date", "Name", "Comment"],
        ["2014-03-17 10:18", '"He, said ""yes""; or | no"', "a"],
        ["2014-03-18", "b", "c"],
    ]
    sheet = read_sheet(write(tmp_path / "x.csv", "\r\n".join(delimiter.join(line) for line in lines)))
    assert sheet.delimiter == delimiter
    assert rows(sheet)[0][1][1] == 'He, said "yes"; or | no'


def test_the_row_with_the_headings_is_found(tmp_path: Path) -> None:
    text = "Отчёт по звонкам;;\n;;\nДата;Клиент;Сек\n17.03.2014;Анна;5\n\n18.03.2014;Олег;7\n"
    sheet = read_sheet(write(tmp_path / "x.csv", text))
    assert (sheet.heading_row, sheet.headings) == (3, ("Дата", "Клиент", "Сек"))
    assert [number for number, _cells in rows(sheet)] == [4, 6]
    assert read_sheet(tmp_path / "x.csv", heading_row=1).headings == ("Отчёт по звонкам", "", "")


def test_a_file_without_headings_has_none(tmp_path: Path) -> None:
    sheet = read_sheet(
        write(tmp_path / "x.csv", "2014-03-17 10:18,79161234567,65\n2014-03-18 10:18,79161234568,12\n")
    )
    assert (sheet.heading_row, sheet.headings, len(rows(sheet))) == (0, (), 2)


def test_sep_line_and_nul_bytes(tmp_path: Path) -> None:
    sheet = read_sheet(write(tmp_path / "x.csv", "sep=;\nA name;B name\n1;2\n"))
    assert (sheet.headings, rows(sheet)) == (("A name", "B name"), [(3, ["1", "2"])])
    assert rows(read_sheet(write(tmp_path / "y.csv", "Name;Note\na\x00b;c\n")))[0][1] == ["a\x00b", "c"]


def test_a_quote_that_is_never_closed_costs_its_rows_only(tmp_path: Path) -> None:
    text = "Name;Note\n" + 'a;"never closed\n' + "b;c\n" * 60_000
    found = list(read_sheet(write(tmp_path / "x.csv", text)).rows())
    assert [row.number for row in found if isinstance(row, BadRow)] == [2]
    assert len(found) > 20_000


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("empty.csv", b"", "is empty"), ("blank.csv", b"\xef\xbb\xbf\r\n \n", "is empty"),
        ("page.xls", b"<html><table><tr><td>1</td></tr></table></html>", "web page"),
        ("x.json", b'{"a": 1}', "JSON"), ("x.sqlite", b"SQLite format 3\x00\x10\x00\x01\x01" + bytes(100),
         "not a table"),
        ("cut.xlsx", b"PK\x03\x04nothing", "damaged"),
        ("cut.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(60), "damaged"),
    ],
)  # fmt: skip
def test_what_is_no_table_gets_a_sentence(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SheetError, match=sentence) as caught:
        read_sheet(path)
    assert name in caught.value.sentence()


def test_missing_and_forbidden(tmp_path: Path) -> None:
    with pytest.raises(SheetError, match="cannot be read"):
        read_sheet(tmp_path / "no.csv")
    with pytest.raises(SheetError, match="cannot be read"):
        read_sheet(tmp_path)


def test_a_workbook_that_unpacks_to_too_much(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/x.xml", "w", force_zip64=True) as part,
    ):
        block = bytes(1 << 24)
        for _ in range(66):
            part.write(block)
    with pytest.raises(SheetError, match="too large"):
        read_sheet(path)


def test_workbook_with_title_merged_cells_formulas_and_dates(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    page = book.active
    assert page is not None
    page.title = "Лист"
    for row in (["Звонки за март"], [], ["Дата", "Клиент", "Сек"], [MOMENT, "Анна", 5],
                [None, "Олег", "=1+1"]):  # fmt: skip
        page.append(row)
    page.merge_cells("A1:C1")
    page.merge_cells("A4:A5")
    book.create_sheet("Пусто")
    path = tmp_path / "x.xlsx"
    book.save(path)
    sheet = read_sheet(path)
    assert (sheet.name, sheet.names, sheet.heading_row) == ("Лист", ("Лист", "Пусто"), 3)
    found = rows(sheet)
    assert [cells[0] for _number, cells in found] == [MOMENT] * 2
    assert found[1][1][2] is None  # a formula that was never computed
    with pytest.raises(SheetError, match="no sheet"):
        read_sheet(path, "Нет")


@given(data=st.binary(max_size=400), suffix=st.sampled_from([".csv", ".xlsx", ".txt"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
def test_any_bytes_are_a_table_or_a_sentence(tmp_path: Path, data: bytes, suffix: str) -> None:
    path = tmp_path / f"any{suffix}"
    path.write_bytes(data)
    try:
        list(read_sheet(path).rows())
    except SheetError as error:
        said = error.sentence()
        assert path.name in said


WORKBOOKS = sorted(path.name for path in (FOLDER / "spreadsheets").glob("*.xls*")) or ["blanks.xlsx"]


@pytest.mark.parametrize("name", WORKBOOKS)
def test_real_workbooks_open(name: str) -> None:
    sheet = read_sheet(real(f"spreadsheets/{name}"))
    list(sheet.rows())


def test_a_real_russian_workbook() -> None:
    sheet = read_sheet(real("spreadsheets/Ekaterinburg_IP_9.xlsx"))
    assert sheet.headings[:3] == ("ФИО", "Дата регистрации", "Отрасль")
    assert len(rows(sheet)) == 2192
