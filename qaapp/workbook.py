"""The Excel writer: the last step of every report, over XlsxWriter's ``constant_memory`` (one row in
memory at a time).

Nothing that comes from outside becomes a formula or a link: a text is always written as a text. Numbers
are numbers,
moments are wall time of the workspace's zone, an empty cell is empty. The file is written beside its place
and takes it
when whole. Sheets longer than Excel's 1 048 576 rows go on in further ones.
"""

from __future__ import annotations

import io
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from fractions import Fraction
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from qaapp import __version__, clock
from qaapp.i18n import _
from qaapp.progress import Progress, Steps
from qaapp.tables import (
    FORBIDDEN,
    MAX_TEXT,
    Column,
    Formula,
    Kind,
    Table,
    clean,
    light_letter,
    plain_error,
    replacing,
    serial,
    time_serial,
    wall,
)
from qaapp.words import Band

MAX_ROWS = 1_048_576
NUMBER_FORMATS = {
    Kind.INT: "0",
    Kind.NUMBER: "0.0",
    Kind.PERCENT: "0.0%",
    Kind.POINTS: '+0.0" pp";-0.0" pp";0.0" pp"',
    Kind.DATE: "dd.mm.yyyy",
    Kind.MOMENT: "dd.mm.yyyy hh:mm",
    Kind.TIME: "hh:mm:ss",
    Kind.DURATION: "[h]:mm:ss",
}
# Fill and ink of the lights: pale enough for print, ink ≥ 4.5 : 1 on its fill; the letter says the same
# without colour.
LIGHT_COLORS = {
    Band.GREEN: ("#CDEBDD", "#06573A"),
    Band.YELLOW: ("#FCEBC2", "#6B4700"),
    Band.RED: ("#F8D5CE", "#8E2415"),
}
_ESCAPE = re.compile("_(?=x[0-9a-fA-F]{4}_)")  # what Excel would read as a character's number
CellWriter = Callable[[int, int, Any], object]


@dataclass(frozen=True)
class Placed:
    """Where a table was put: its sheets and, for the last one, the first and last row of data (0-based)."""

    sheets: tuple[Any, ...]
    first_row: int
    last_row: int


class Book:
    """A workbook being written. Use ``with open_book(...) as book``."""

    def __init__(self, target: Any, folder: Path, zone: ZoneInfo, title: str) -> None:
        import xlsxwriter

        self.zone = zone
        self.raw = xlsxwriter.Workbook(
            target,
            {
                "constant_memory": True, "tmpdir": str(folder), "strings_to_formulas": False,
                "strings_to_urls": False, "strings_to_numbers": False,
            },
        )  # fmt: skip
        self.raw.use_zip64()
        self.raw.set_properties(
            {
                "title": clean(title), "author": "qaapp", "comments": f"qaapp {__version__}",
                "created": wall(clock.now(), zone),
            }
        )  # fmt: skip
        self.raw.set_calc_mode("auto")
        self._names: set[str] = {"history"}  # Excel keeps this name for itself
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def format(self, **properties: Any) -> Any:
        """A cell format; the same properties give the same one."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.raw.add_format(dict(properties))
        return self._formats[key]

    @property
    def heading(self) -> Any:
        return self.format(bold=True, text_wrap=True, valign="vcenter", bottom=2, bg_color="#EEF0F3")

    def heading_of(self, column: Column) -> Any:
        """The heading stands over its figures: on the right where they are, in the middle over lights."""
        side = {Kind.TEXT: "left", Kind.LIGHT: "center"}.get(column.kind, "right")
        return self.format(
            bold=True, text_wrap=True, valign="vcenter", bottom=2, bg_color="#EEF0F3", align=side,
            indent=int(column.kind is Kind.TEXT),
        )  # fmt: skip

    def kind_format(self, column: Column) -> Any:
        """The format of a column's cells."""
        properties: dict[str, Any] = {"valign": "top"}
        if column.kind in NUMBER_FORMATS:
            properties["num_format"] = NUMBER_FORMATS[column.kind]
        if column.kind is Kind.POINTS:
            properties["num_format"] = NUMBER_FORMATS[Kind.POINTS].replace("pp", _("pp"))
        if column.kind is Kind.LIGHT:
            properties |= {"align": "center", "bold": True}
        if column.kind is Kind.TEXT:
            properties["indent"] = 1  # air between a figure and the text after it
        if column.wrap:
            properties["text_wrap"] = True
        return self.format(**properties)

    def sheet(self, name: str) -> Any:
        """A new sheet by a name that Excel accepts and that no other sheet has."""
        return self.raw.add_worksheet(self.free_name(name))

    def free_name(self, name: str) -> str:
        """``name`` without the characters sheets may not have, at most 31, numbered when taken."""
        bare = "".join(" " if char in "[]:*?/\\" else char for char in clean(name).replace("\n", " "))
        bare = " ".join(bare.split()).strip("'")[:31].strip("' ") or _("Sheet")
        unique, number = bare, 1
        while unique.casefold() in self._names:
            number += 1
            tail = f" ({number})"
            unique = bare[: 31 - len(tail)].rstrip() + tail
        self._names.add(unique.casefold())
        return unique

    def writers(self, sheet: Any, columns: Sequence[Column]) -> list[CellWriter]:
        """One function per column that writes a value of its kind (never called with None)."""
        return [_writer(sheet, column.kind, self.kind_format(column), self.zone) for column in columns]

    def head(self, sheet: Any, columns: Sequence[Column], row: int = 0) -> None:
        """Headings in ``row``, widths, panes frozen below them, and how the sheet is printed."""
        self.widths(sheet, columns)
        sheet.set_row(row, 48)
        for index, column in enumerate(columns):
            write_text(sheet, row, index, column.title, self.heading_of(column))
        sheet.freeze_panes(row + 1, 0)
        self.print_setup(sheet, row)

    def widths(self, sheet: Any, columns: Sequence[Column]) -> None:
        """Widths; columns that only formulas need are folded away (a click on the + shows them)."""
        for index, column in enumerate(columns):
            sheet.set_column(
                index, index, column.width, None, {"level": 1, "hidden": True} if column.folded else {}
            )

    def print_setup(self, sheet: Any, header_row: int | None = 0) -> None:
        """A4 landscape, as wide as the page, header rows on every page, page numbers."""
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        sheet.set_footer("&L&A&R&P / &N")
        if header_row is not None:
            sheet.repeat_rows(0, header_row)

    def lights(self, sheet: Any, first_row: int, last_row: int, column: int) -> None:
        """Colour the letters of a column; a provisional light in brackets takes the ink only."""
        if last_row < first_row:
            return
        for band, (fill, ink) in LIGHT_COLORS.items():
            letter = light_letter(band)
            for value, look in (
                (letter, self.format(bg_color=fill, font_color=ink)),
                (f"({letter})", self.format(font_color=ink, italic=True)),
            ):
                sheet.conditional_format(
                    first_row, column, last_row, column,
                    {"type": "cell", "criteria": "==", "value": f'"{value}"', "format": look},
                )  # fmt: skip

    def add(self, table: Table, max_rows: int = MAX_ROWS) -> Steps[Placed]:
        """Write ``table`` on a sheet of its name, on further ones when it has more rows than fit."""
        sheets: list[Any] = []
        row = max_rows
        writers: list[CellWriter] = []
        for count, values in enumerate(table.rows):
            if row >= max_rows:
                if sheets:
                    self._close(sheets[-1], table, row - 1)
                sheets.append(self.sheet(table.name))
                self.head(sheets[-1], table.columns)
                writers = self.writers(sheets[-1], table.columns)
                row = 1
            for column, value in enumerate(values):
                if value is not None:
                    writers[column](row, column, value)
            row += 1
            if count % 1000 == 999:
                yield Progress(count + 1, table.total, _("Writing rows"))
        if not sheets:
            sheets.append(self.sheet(table.name))
            self.head(sheets[-1], table.columns)
            row = 1
        self._close(sheets[-1], table, row - 1)
        return Placed(tuple(sheets), 1, row - 1)

    def _close(self, sheet: Any, table: Table, last_row: int) -> None:
        sheet.autofilter(0, 0, max(last_row, 0), len(table.columns) - 1)
        for index, column in enumerate(table.columns):
            if column.kind is Kind.LIGHT:
                self.lights(sheet, 1, last_row, index)


def write_text(sheet: Any, row: int, column: int, text: str, look: Any = None) -> object:
    """Write ``text`` as a text whatever it looks like."""
    if FORBIDDEN.search(text) or len(text) > MAX_TEXT // 2:
        text = clean(text)
    if text[:3] == "<r>" or _ESCAPE.search(text):
        # XlsxWriter takes <r>…</r> for ready rich-string markup and overlooks overlapping escapes such as
        # _x005F_x0041_. One run of markup, escaped here, is read back as exactly this text.
        escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        text = f'<r><t xml:space="preserve">{_ESCAPE.sub("&#95;x005F&#95;", escaped)}</t></r>'
    return sheet.write_string(row, column, text, look)


def _writer(sheet: Any, kind: Kind, look: Any, zone: ZoneInfo) -> CellWriter:
    write_number, write_string = sheet.write_number, sheet.write_string
    unsafe = FORBIDDEN.search

    def text(row: int, column: int, value: Any) -> object:
        if value.__class__ is not str:
            if value.__class__ is Formula:
                return formula(row, column, value)
            value = str(value)
        if unsafe(value) or len(value) > 16_000 or "_x" in value or value[:3] == "<r>":
            return write_text(sheet, row, column, value, look)
        return write_string(row, column, value, look)

    def number(row: int, column: int, value: Any) -> object:
        if value.__class__ is int:
            return write_number(row, column, value, look)
        if value.__class__ is Formula:
            return formula(row, column, value)
        value = float(value)
        return write_number(row, column, value, look) if isfinite(value) else None

    def formula(row: int, column: int, value: Formula) -> object:
        cached = _cached(value.value, kind, zone)
        return sheet.write_formula(row, column, value.text, look, cached)

    local_serial = lru_cache(maxsize=4096)(lambda value: _serial(value, kind, zone))

    def when(row: int, column: int, value: Any) -> object:
        if value.__class__ is Formula:
            return formula(row, column, value)
        return write_number(row, column, local_serial(value), look)

    def duration(row: int, column: int, value: Any) -> object:
        if value.__class__ is Formula:
            return formula(row, column, value)
        return write_number(row, column, value / 86_400, look)

    def light(row: int, column: int, value: Any) -> object:
        if value.__class__ is Formula:
            return formula(row, column, value)
        return write_string(
            row, column, light_letter(Band(value)) if value in set(Band) else str(value), look
        )

    return {
        Kind.TEXT: text, Kind.DATE: when, Kind.MOMENT: when, Kind.TIME: when, Kind.DURATION: duration,
        Kind.LIGHT: light,
    }.get(kind, number)  # fmt: skip


def _serial(value: Any, kind: Kind, zone: ZoneInfo) -> float:
    if isinstance(value, time):
        return time_serial(value)
    if isinstance(value, datetime):
        local = wall(value, zone)
        if kind is Kind.DATE:
            return serial(local.date())
        return time_serial(local.time()) if kind is Kind.TIME else serial(local)
    assert isinstance(value, date)
    return serial(value)


def _cached(value: Any, kind: Kind, zone: ZoneInfo) -> Any:
    """What a formula's cell shows before anybody recalculates."""
    if value is None:
        return ""
    if kind is Kind.LIGHT:
        return light_letter(Band(value)) if value in set(Band) else str(value)
    if isinstance(value, Fraction):
        return float(value)
    if isinstance(value, (date, time)):
        return _serial(value, kind, zone)
    return value


class _Target(io.BufferedIOBase):
    """The file under the ZIP. After the disk refused once it swallows what the ZIP still wants to say."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w+b")
        self.broken = False

    def write(self, data: Any) -> int:
        if self.broken:
            return len(data)
        try:
            return self._file.write(data)
        except OSError:
            self.broken = True
            raise

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return 0 if self.broken else self._file.seek(offset, whence)

    def tell(self) -> int:
        return 0 if self.broken else self._file.tell()

    def flush(self) -> None:
        if not self.broken:
            self._file.flush()

    def done(self) -> None:
        """Close the file; what the disk refuses only now is raised."""
        self.broken = True
        self._file.close()

    def abandon(self) -> None:
        self.broken = True
        try:
            self._file.close()
        except OSError:
            pass


@contextmanager
def open_book(path: Path, zone: ZoneInfo, title: str) -> Iterator[Book]:
    """A workbook that takes its place at ``path`` at the end of the ``with``; nothing is left when the
    body raises.

    Raises ``ReportError`` with a sentence: no room, no right, open in Excel.
    """
    from xlsxwriter.exceptions import FileCreateError

    with replacing(path) as part:
        target = _Target(part)
        folder = Path(tempfile.mkdtemp(prefix="qaapp-sheet-"))
        book: Book | None = None
        try:
            book = Book(target, folder, zone, title)
            yield book
            book.raw.close()
            target.done()
        except FileCreateError as error:
            cause = error.args[0] if error.args else error
            raise plain_error(cause if isinstance(cause, OSError) else OSError(str(error)), path) from error
        finally:
            if book is not None:
                _let_go(book)
            target.abandon()
            shutil.rmtree(folder, ignore_errors=True)


def _let_go(book: Book) -> None:
    """Close the row files of an unfinished workbook (Windows removes no open file)."""
    for sheet in book.raw.worksheets():
        stream = getattr(sheet, "row_data_fh", None)
        if stream is not None and not stream.closed:
            try:
                stream.close()
            except OSError:
                pass


def write_workbook(path: Path, tables: Sequence[Table], zone: ZoneInfo, title: str) -> Steps[Path]:
    """Write tables as sheets of one workbook. Raises ``ReportError``."""
    with open_book(path, zone, title) as book:
        for table in tables:
            yield from book.add(table)
    return path
