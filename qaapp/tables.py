"""A table as data: columns with kinds, rows as they come. Writers (``workbook``, ``write_csv``) come last.

A report first says *what* it shows as a ``Table``; only the writer knows cells, formats and files. So the
same table
goes into Excel and CSV and is tested without either. Rows are an iterator: a million of them need no memory.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from qaapp import i18n
from qaapp.errors import ReportError
from qaapp.i18n import N_, pgettext
from qaapp.progress import Progress, Steps
from qaapp.words import Band


class Kind(StrEnum):
    """What a cell holds; ``None`` in any kind is an empty cell."""

    TEXT = "text"
    INT = "int"
    NUMBER = "number"  # int, float or Fraction, one decimal
    PERCENT = "percent"  # a share 0…1
    POINTS = "points"  # a signed difference in percentage points: 0.05 is +5.0
    DATE = "date"  # date, or the day of an aware moment in the workspace's zone
    MOMENT = "moment"  # an aware moment, written as wall time of the workspace's zone
    TIME = "time"  # time of day, or of an aware moment in the zone
    DURATION = "duration"  # seconds
    LIGHT = "light"  # a Band, written as its letter


@dataclass(frozen=True)
class Column:
    """``width`` in characters of the sheet's usual font; ``title`` is already in the reader's language."""

    key: str
    title: str
    kind: Kind = Kind.TEXT
    width: float = 12
    wrap: bool = False
    folded: bool = False  # for formulas, not for the reader: the sheet keeps it folded away


@dataclass(frozen=True)
class Formula:
    """A live cell: the formula as Excel writes it in English and the value the app computed."""

    text: str
    value: Any


@dataclass(frozen=True)
class Table:
    """``rows`` yields one value per column. ``total`` is for progress only; ``notes`` are printed after
    the rows."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]
    total: int | None = None


# What no spreadsheet and no XML can hold: control characters but tab and line feed, halves of pairs,
# non-characters.
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
MAX_TEXT = 32_767  # UTF-16 units in one cell
_STARTS = ("=", "+", "-", "@", "\t")


def clean(text: str) -> str:
    """``text`` as a cell can hold it: line ends as LF, no control characters, at most 32 767 units with a
    note."""
    text = FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(text) > MAX_TEXT // 2 and _units(text) > MAX_TEXT:
        note = " " + i18n._("[cut: a cell holds 32,767 characters]")
        room = MAX_TEXT - len(note)
        cut = text.encode("utf-16-le")[: room * 2].decode("utf-16-le", "ignore")
        return cut + note
    return text


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def light_letter(band: Band) -> str:
    """The letter that stands for a light in sheets (never colour alone); grey is a dash."""
    return {
        Band.GREEN: pgettext("light", "G"),
        Band.YELLOW: pgettext("light", "Y"),
        Band.RED: pgettext("light", "R"),
        Band.GREY: "–",
    }[band]


def wall(value: datetime, zone: ZoneInfo) -> datetime:
    """The wall-clock time of an aware moment in ``zone``, without a zone. Raises ``ValueError`` for a
    naive one."""
    if value.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be written")
    return value.astimezone(zone).replace(tzinfo=None)


def plain(value: Any, kind: Kind, zone: ZoneInfo) -> str:
    """One value as CSV has it: ISO dates, dot decimals, durations in seconds, percents 0…100."""
    if value is None:
        return ""
    if isinstance(value, Formula):
        return plain(value.value, kind, zone)
    match kind:
        case Kind.TEXT:
            text = clean(str(value))
            return "'" + text if text.startswith(_STARTS) else text
        case Kind.PERCENT | Kind.POINTS:
            return _decimal(Fraction(value) * 100)
        case Kind.NUMBER:
            return _decimal(Fraction(value))
        case Kind.DATE:
            return (wall(value, zone).date() if isinstance(value, datetime) else value).isoformat()
        case Kind.MOMENT:
            return wall(value, zone).isoformat(" ", "seconds")
        case Kind.TIME:
            return (wall(value, zone).time() if isinstance(value, datetime) else value).strftime("%H:%M:%S")
        case Kind.LIGHT:
            return light_letter(Band(value))
        case _:
            return str(value)


def _decimal(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{float(value):.10g}"


def write_csv(path: Path, table: Table, zone: ZoneInfo) -> Steps[Path]:
    """Write UTF-8 with a mark that Excel knows; ``;`` in Russian (there the comma is in numbers), else ``,``.

    A text that a spreadsheet would take for a formula gets an apostrophe before it. Raises ``ReportError``.
    """
    with replacing(path) as part, part.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, delimiter=";" if i18n.language() == "ru" else ",")
        writer.writerow([plain(column.title, Kind.TEXT, zone) for column in table.columns])
        kinds = [column.kind for column in table.columns]
        for count, row in enumerate(table.rows, 1):
            writer.writerow([plain(value, kind, zone) for value, kind in zip(row, kinds, strict=True)])
            if count % 1000 == 0:
                yield Progress(count, table.total, i18n._("Writing rows"))
    return path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary file beside ``path`` that takes its place when all went well and disappears when it did
    not.

    What the disk says becomes a ``ReportError``: kinds ``open``, ``disk``, ``forbidden``.
    """
    part = path.with_name(f".{path.name[:80]}.{os.getpid()}.part")
    try:
        with said_plainly(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            yield part
            os.replace(part, path)
    finally:
        try:
            part.unlink(missing_ok=True)
        except OSError:
            pass


@contextmanager
def said_plainly(path: Path) -> Iterator[None]:
    """Turn ``OSError`` inside the ``with`` into a ``ReportError`` about ``path``."""
    try:
        yield
    except OSError as error:
        raise plain_error(error, path) from error


def plain_error(error: OSError, path: Path) -> ReportError:
    """The sentence for what went wrong with ``path``."""
    import errno

    full = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}
    if error.errno in full:
        return ReportError(
            N_("There is no room on the disk for {path}; nothing was written."),
            hint=N_("Free some space or choose another disk."),
            kind="disk",
            path=path,
        )
    if isinstance(error, PermissionError) and path.is_file() and os.access(path.parent, os.W_OK):
        return ReportError(
            N_("{path} is open in another program and cannot be replaced."),
            hint=N_("Close it there and try again, or choose another name."),
            kind="open",
            path=path,
        )
    return ReportError(
        N_("{path} cannot be written: {reason}."),
        hint=N_("Choose another folder."),
        kind="forbidden",
        path=path,
        reason=error.strerror or str(error) or type(error).__name__,
    )


EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - the day 0 of spreadsheets has no zone
_EPOCH_UTC = EPOCH.replace(tzinfo=UTC)


def serial(value: date | datetime) -> float:
    """The number a spreadsheet keeps for a naive wall-clock moment or a day: days since 30 December 1899."""
    if not isinstance(value, datetime):
        return float(value.toordinal() - _EPOCH_UTC.toordinal())
    past = value - EPOCH
    return past.days + (past.seconds + past.microseconds / 1e6) / 86_400


def time_serial(value: time) -> float:
    """A time of day as a part of the day."""
    return (value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6) / 86_400
