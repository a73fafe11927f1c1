"""One reader of tables: CSV in any usual encoding and separator, XLSX, XLS and ODS.

``read_sheet`` looks at the beginning, finds the headings and gives the rows one by one; CSV is streamed, a workbook's
sheet is held by its native reader. Broken files raise ``SheetError`` with the file (and the row) in one sentence; a row
that cannot be read comes as a ``BadRow`` and the rest goes on.
"""

from __future__ import annotations

import codecs
import csv
import os
import re
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from qaapp.errors import SheetError
from qaapp.i18n import N_

Cell = str | int | float | bool | datetime | date | time | timedelta | None
HEAD_ROWS = 40  # looked at to find separator and headings
MAX_UNPACKED = 1 << 30  # bytes of a workbook once unpacked
_SAMPLE = 1 << 18
_OPEN = N_("Open it in a spreadsheet program and save it as XLSX or CSV.")


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be read; ``reason`` is a catalogue id."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: ``rows()`` may be called again and gives ``(row number in the file, cells)`` after the headings.

    ``headings`` is empty where the first rows are data already; ``heading_row`` is 0 then. ``delimiter`` and
    ``encoding`` are empty for workbooks; ``names`` are all sheets of the file.
    """

    path: Path
    name: str
    headings: tuple[str, ...]
    heading_row: int
    encoding: str
    delimiter: str
    names: tuple[str, ...]

    def rows(self) -> Iterator[tuple[int, list[Cell]] | BadRow]:
        """Rows with at least one filled cell. Raises ``SheetError`` when the file fails on the way."""
        if self.encoding:
            yield from _csv_rows(self.path, self.encoding, self.delimiter, self.heading_row)
        else:
            for number, cells in enumerate(_book_rows(self.path, self.name), 1):
                if number > self.heading_row and any(cell not in (None, "") for cell in cells):
                    yield number, cells

    def estimate(self) -> int | None:
        """About how many rows there are, by the line ends of a text file; None for a workbook."""
        if not self.encoding or self.encoding.startswith("utf-16"):
            return None
        lines = 0
        with self.path.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                lines += chunk.count(b"\n")
        return max(1, lines)


def read_sheet(path: Path, sheet: str | None = None, heading_row: int | None = None) -> Sheet:
    """Open a table. ``sheet`` names one of a workbook (default: the first that holds something); ``heading_row`` fixes
    the row of the headings (0: there are none) instead of looking for it. Raises ``SheetError``."""
    try:
        with path.open("rb") as stream:
            head = stream.read(4096)
        size = path.stat().st_size
    except OSError as error:
        raise SheetError(
            N_("{path} cannot be read: {reason}."), kind="gone", path=path, reason=error.strerror or error
        ) from error
    if size == 0 or not head.strip(b"\xef\xbb\xbf \r\n\t\0"):
        raise SheetError(N_("{path} is empty."), kind="empty", path=path)
    if head[:4] == b"PK\x03\x04" or head[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return _open_book(path, sheet, heading_row, zipped=head[:2] == b"PK")
    _refuse_other_kinds(path, head)
    encoding = _encoding(path, head)
    delimiter = _delimiter(path, encoding)
    first = [row for row in _take(_csv_rows(path, encoding, delimiter, 0)) if not isinstance(row, BadRow)]
    number, headings = _headings(first, heading_row)
    return Sheet(path, path.name, headings, number, encoding, delimiter, (path.name,))


def _take(rows: Iterator[tuple[int, list[Cell]] | BadRow]) -> list[tuple[int, list[Cell]] | BadRow]:
    taken = []
    for row in rows:
        taken.append(row)
        if len(taken) >= HEAD_ROWS:
            break
    return taken


def _refuse_other_kinds(path: Path, head: bytes) -> None:
    start = head.lstrip(b"\xef\xbb\xbf \r\n\t")[:64].lower()
    if start.startswith((b"<!doctype", b"<html", b"<table", b"<?xml", b"<meta")):
        raise SheetError(
            N_("{path} is a web page or XML, not a table."), hint=_OPEN, kind="format", path=path
        )
    if start[:1] in (b"{", b"[") and path.suffix.lower() not in (".csv", ".tsv", ".txt"):
        raise SheetError(
            N_("{path} is JSON, not a table."), hint=N_("Give a CSV or XLSX file."), kind="format", path=path
        )
    has_bom = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    nulls = head.count(b"\0")
    controls = sum(byte < 9 or 13 < byte < 32 for byte in head) - nulls
    wide = bool(_wide(head))
    if not has_bom and not wide and (controls > len(head) // 50 or nulls > len(head) // 10):
        raise SheetError(
            N_("{path} is not a table."), hint=N_("Give a CSV or XLSX file."), kind="format", path=path
        )


# --- text --------------------------------------------------------------------------------------------------------


def read_text(path: Path, most_bytes: int) -> str:
    """A whole text file in whatever encoding it is written. Raises ``SheetError``: missing, forbidden, too large."""
    try:
        if path.stat().st_size > most_bytes:
            raise SheetError(N_("{path} is too large."), kind="format", path=path.name)
        with path.open("rb") as stream:
            head = stream.read(_SAMPLE)
        return path.read_text(encoding=_encoding(path, head), errors="replace")
    except OSError as error:
        raise SheetError(
            N_("{path} cannot be read: {reason}."),
            kind="forbidden",
            path=path.name,
            reason=error.strerror or error,
        ) from error


def _encoding(path: Path, head: bytes) -> str:
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if wide := _wide(head):
        return wide
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as stream:
        while True:
            chunk = stream.read(1 << 20)
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                sample = chunk[max(0, error.start - _SAMPLE // 2) : error.start + _SAMPLE // 2]
                return "utf-8" if _is_mostly_utf8(sample) else _eight_bit(sample)
            if not chunk:
                return "utf-8"


def _is_mostly_utf8(sample: bytes) -> bool:
    """UTF-8 with a few bytes spoilt: in the Cyrillic code pages pairs of bytes that are good UTF-8 hardly occur."""
    text = sample.decode("utf-8", errors="replace")
    spoilt = text.count("\ufffd")
    return sum(ord(char) > 127 for char in text) - spoilt > 10 * spoilt


def _wide(head: bytes) -> str:
    """UTF-16 without a mark: every other byte is often 0 (Latin letters, digits, separators), its neighbour never."""
    even, odd = head[0::2].count(b"\0"), head[1::2].count(b"\0")
    if max(even, odd) <= len(head) // 10 or min(even, odd) > len(head) // 100:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _eight_bit(sample: bytes) -> str:
    """The Cyrillic code page in which ``sample`` reads most like Russian: letters in lower case, common ones."""

    def score(encoding: str) -> int:
        text = sample.decode(encoding, errors="replace")
        common = sum(text.count(char) for char in "оеаинтсрвлкмд")
        upper = len(re.findall(r"(?<=[а-яё])[А-ЯЁ]", text))
        odd = len(re.findall(r"[\u2500-\u259f\ufffd\u0400-\u040f\u0452-\u045f]", text)) - text.count("№")
        return common * 2 + len(re.findall(r"[а-яё]", text)) - 6 * upper - 4 * odd

    return max(("cp1251", "koi8-r", "cp866"), key=score)


def _delimiter(path: Path, encoding: str) -> str:
    """The separator that cuts the first rows into the most equal and most numerous columns."""
    with path.open(encoding=encoding, errors="replace", newline="") as stream:
        sample = stream.read(1 << 16)
    lines = sample.splitlines(keepends=True)[: HEAD_ROWS + 1]
    if len(sample) == 1 << 16 and len(lines) > 1 and len(lines) <= HEAD_ROWS:
        lines.pop()
    if lines and (said := re.match(r"\ufeff?sep=(.)\s*$", lines[0])) is not None:
        return said.group(1)
    best, best_score = ",", 0.0
    for delimiter in (";", "\t", ",", "|"):
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if any(row)]
        except csv.Error:
            continue
        if not widths:
            continue
        width, count = max(Counter(widths).items(), key=lambda item: (item[0] > 1) * item[1] * item[0])
        score = count / len(widths) * (width - 1)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _csv_rows(
    path: Path, encoding: str, delimiter: str, after: int
) -> Iterator[tuple[int, list[Any]] | BadRow]:
    """Rows behind row ``after``; the row number counts records, so that it is the one a spreadsheet shows."""
    try:
        with path.open(encoding=encoding, errors="replace", newline="") as stream:
            reader = csv.reader(stream, delimiter=delimiter)
            number = 0
            while True:
                number += 1
                try:
                    row = next(reader)
                except StopIteration:
                    return
                except csv.Error:
                    yield BadRow(
                        number, N_("A quotation mark is opened and not closed, or a cell is far too long.")
                    )
                    continue
                if number == 1 and row and row[0].startswith(("sep=", "\ufeff")):
                    if row[0].lstrip("\ufeff").startswith("sep="):
                        continue
                    row[0] = row[0].lstrip("\ufeff")
                if number > after and any(row):
                    yield number, row
    except (OSError, UnicodeError) as error:
        raise SheetError(
            N_("{path} cannot be read: {reason}."),
            kind="damaged",
            path=path,
            reason=getattr(error, "strerror", None) or error,
        ) from error


# --- workbooks ---------------------------------------------------------------------------------------------------


def _open_book(path: Path, sheet: str | None, heading_row: int | None, *, zipped: bool) -> Sheet:
    if zipped:
        try:
            with zipfile.ZipFile(path) as archive:
                unpacked = sum(item.file_size for item in archive.infolist())
        except (zipfile.BadZipFile, OSError) as error:
            raise _damaged(path, error) from error
        if unpacked > MAX_UNPACKED:
            raise SheetError(
                N_("{path} is too large for a workbook."),
                hint=N_("Save the table as CSV."),
                kind="size",
                path=path,
            )
    names = _book_names(path)
    if sheet is not None and sheet not in names:
        raise SheetError(
            N_("{path} has no sheet “{sheet}”; it has: {names}."),
            path=path,
            sheet=sheet,
            names=", ".join(names),
        )
    for name in [sheet] if sheet is not None else names:
        first: list[tuple[int, list[Cell]]] = []
        for number, cells in enumerate(_book_rows(path, name), 1):
            if any(cell not in (None, "") for cell in cells):
                first.append((number, cells))
            if len(first) >= HEAD_ROWS:
                break
        if first:
            found, headings = _headings(first, heading_row)
            return Sheet(path, name, headings, found, "", "", tuple(names))
    raise SheetError(N_("{path} is empty."), kind="empty", path=path)


def _damaged(path: Path, error: object) -> SheetError:
    text = str(error)
    if "password" in text.lower() or "encrypt" in text.lower():
        return SheetError(
            N_("{path} is protected by a password."),
            hint=N_("Save it without one and try again."),
            kind="locked",
            path=path,
        )
    return SheetError(N_("{path} is damaged or not a workbook."), hint=_OPEN, kind="damaged", path=path)


def _workbook(path: Path) -> Any:
    from python_calamine import CalamineWorkbook

    try:
        return CalamineWorkbook.from_path(os.fspath(path))
    except BaseException as error:  # the native reader panics outside Exception
        if isinstance(error, (KeyboardInterrupt, SystemExit, MemoryError)):
            raise
        raise _damaged(path, error) from error


def _book_names(path: Path) -> list[str]:
    return list(_workbook(path).sheet_names)


def _book_rows(path: Path, name: str) -> Iterator[list[Cell]]:
    """Every row of a sheet from its first line; cells merged downward carry their value on each row."""
    try:
        sheet = _workbook(path).get_sheet_by_name(name)
        merged = _merged(sheet)
        rows = sheet.to_python(skip_empty_area=False)
    except BaseException as error:
        if isinstance(error, (KeyboardInterrupt, SystemExit, MemoryError, SheetError)):
            raise
        raise _damaged(path, error) from error
    for (top, column), bottom in merged.items():
        if top < len(rows) and column < len(rows[top]):
            for row in range(top + 1, min(bottom + 1, len(rows))):
                rows[row][column] = rows[top][column]
    for row in rows:
        yield [None if cell == "" else cell for cell in row]


def _merged(sheet: Any) -> dict[tuple[int, int], int]:
    """Top row and column of cells merged downward in one column, and their last row."""
    try:
        ranges = sheet.merged_cell_ranges or ()
    except Exception:
        return {}
    return {(top, left): bottom for (top, left), (bottom, right) in ranges if bottom > top and left == right}


# --- headings ----------------------------------------------------------------------------------------------------


def _headings(first: Sequence[tuple[int, list[Any]]], fixed: int | None) -> tuple[int, tuple[str, ...]]:
    """The row number and texts of the headings: the first row that is nearly full, holds words only and no figures."""
    if fixed is not None:
        cells = next((cells for number, cells in first if number == fixed), [])
        return fixed, tuple(heading_text(cell) for cell in cells)
    if not first:
        return 0, ()
    filled = [sum(_is_filled(cell) for cell in cells) for _number, cells in first]
    usual = sorted(filled)[len(filled) // 2]
    for (number, cells), count in zip(first[:25], filled[:25], strict=False):
        if count < max(1, min(2, usual), round(usual * 0.6)):
            continue
        if all(_is_word(cell) for cell in cells if _is_filled(cell)):
            return number, tuple(heading_text(cell) for cell in cells)
        return 0, ()  # data begins before any headings
    return 0, ()


def _is_filled(cell: object) -> bool:
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))


_FIGURES = re.compile(r"^[\s\d.,:;+\-/()TZ%*#]+$")


def _is_word(cell: object) -> bool:
    return (
        isinstance(cell, str)
        and not _FIGURES.match(cell)
        and len(cell) <= 120
        and not re.search(r"\d{4}-\d\d-\d\d", cell)
    )


def heading_text(cell: object) -> str:
    """A heading on one line, NFC, without the blanks around it."""
    if cell is None:
        return ""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", str(cell)).replace("\x00", "")).strip()
