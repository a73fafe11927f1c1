"""Dates and times as people and machines write them, to aware UTC.

A text without an offset is local time of the given zone. Hours that happen twice (clocks go back) take the first of the
two unless something else, such as the epoch in a call's id, says which; hours that do not exist move forward.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from qaapp.errors import UsageError
from qaapp.i18n import N_

FIRST_YEAR, LAST_YEAR = 1985, 2100
_EXCEL_DAY_0 = datetime(1899, 12, 30)  # noqa: DTZ001 - spreadsheets know no zones
_DMY = re.compile(
    r"^(?P<d>\d{1,2})[./\-](?P<m>\d{1,2})[./\-](?P<y>\d{4}|\d{2})"
    r"(?:[,\sT]+(?P<H>\d{1,2})[:.](?P<M>\d{2})(?:[:.](?P<S>\d{2}))?(?:[.,]\d+)?)?\s*(?P<ap>[AaPp][Mm])?$"
)
_YMD = re.compile(
    r"^(?P<y>\d{4})[./\-](?P<m>\d{1,2})[./\-](?P<d>\d{1,2})"
    r"(?:[,\sT]+(?P<H>\d{1,2})[:.\-](?P<M>\d{2})(?:[:.\-](?P<S>\d{2}))?(?:[.,]\d+)?)?\s*(?P<ap>[AaPp][Mm])?$"
)
_CLOCK = re.compile(r"^(?P<H>\d{1,2})[:.\-](?P<M>\d{2})(?:[:.\-](?P<S>\d{2}))?(?:[.,]\d+)?$")
_LENGTH = re.compile(
    r"^(?:(?P<h>\d+)\s*(?:ч|час\w*|h|hr|hours?)\.?)?\s*(?:(?P<m>\d+)\s*(?:м|мин\w*|m|min\w*)\.?)?\s*"
    r"(?:(?P<s>\d+)\s*(?:с|сек\w*|s|sec\w*)\.?)?$",
    re.I,
)


def zone_of(name: str) -> ZoneInfo:
    """The zone, or a ``UsageError`` that names it."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise UsageError(
            N_("There is no time zone “{zone}”."), hint=N_("Write it like Europe/Moscow."), zone=name
        ) from error


def to_utc(local: datetime, zone: ZoneInfo, epoch: int | None = None) -> datetime:
    """A naive local moment as UTC; ``epoch`` (seconds, UTC) near it decides between two equal hours."""
    first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if epoch is None:
        return first
    second = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first == second:
        return first
    near = datetime.fromtimestamp(epoch, UTC)
    return min(first, second, key=lambda moment: abs(moment - near))


def _full_year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else 2000 + year if year < 70 else 1900 + year


@lru_cache(maxsize=4096)
def parse_text(text: str) -> datetime:
    """A naive or aware moment from a text. Raises ``ValueError`` when it is none (32.13.2024)."""
    text = text.strip()
    if text.isdigit() and len(text) in (10, 13, 16):
        scale = {10: 1, 13: 1000, 16: 1_000_000}[len(text)]
        return datetime.fromtimestamp(int(text) / scale, UTC)
    if len(text) >= 10 and text[4:5] == "-":
        try:
            return _sane(datetime.fromisoformat(text))
        except ValueError:
            pass
    found = _DMY.match(text) or _YMD.match(text)
    if found is None:
        if re.fullmatch(r"\d{5}(?:[.,]\d+)?", text):
            return from_serial(float(text.replace(",", ".")))
        if re.fullmatch(r"\d{14}", text):
            return _sane(datetime.strptime(text, "%Y%m%d%H%M%S"))  # noqa: DTZ007
        raise ValueError(text)
    day, month = int(found["d"]), int(found["m"])
    hour = int(found["H"] or 0)
    if found["ap"]:
        hour = hour % 12 + (12 if found["ap"].lower() == "pm" else 0)
        if "/" in text:
            day, month = month, day  # a clock with am/pm comes with American dates
    minute, second = int(found["M"] or 0), int(found["S"] or 0)
    return _sane(datetime(_full_year(found["y"]), month, day, hour, minute, second))  # noqa: DTZ001


def from_serial(value: float) -> datetime:
    """Days since 30 December 1899, as spreadsheets count (naive)."""
    if not 31_000 <= value <= 73_050:  # 1984 … 2099: anything else is a number, not a date
        raise ValueError(value)
    return _EXCEL_DAY_0 + timedelta(seconds=round(value * 86_400))


def parse_moment(value: object) -> datetime:
    """A naive or aware moment from a cell of any kind. Raises ``ValueError``."""
    if isinstance(value, str):
        return parse_text(value)
    if isinstance(value, datetime):
        return _sane(value)
    if isinstance(value, date):
        return _sane(datetime(value.year, value.month, value.day))  # noqa: DTZ001
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if 31_000 <= value <= 73_050:
            return from_serial(float(value))
        if float(value).is_integer():
            return parse_text(str(int(value)))
    raise ValueError(value)


def _sane(moment: datetime) -> datetime:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(moment)
    return moment


def parse_clock(value: object) -> time:
    """A time of day from a cell. Raises ``ValueError``."""
    if isinstance(value, datetime):
        return value.time()
    if isinstance(value, time):
        return value
    if isinstance(value, timedelta):
        return (_EXCEL_DAY_0 + value).time()
    if isinstance(value, float) and 0 <= value < 1:
        return (_EXCEL_DAY_0 + timedelta(seconds=round(value * 86_400))).time()
    if isinstance(value, str) and (found := _CLOCK.match(value.strip())) is not None:
        return time(int(found["H"]), int(found["M"]), int(found["S"] or 0))
    raise ValueError(value)


def parse_length(value: object) -> int | None:
    """Whole seconds of ``65``, ``65.4``, ``1:05``, ``0:01:05``, ``1 мин 5 сек``, a time cell; never
    below 0. Raises ``ValueError``."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return _length_of_text(value)
    if isinstance(value, bool):
        raise ValueError(value)
    if isinstance(value, (int, float)):
        if value != value or value > 10_000_000:
            raise ValueError(value)
        return max(0, round(value))
    if isinstance(value, timedelta):
        return round(value.total_seconds())
    if isinstance(value, datetime):  # a length over 24 h formatted as a date
        value = value - _EXCEL_DAY_0
        return round(value.total_seconds())
    if isinstance(value, time):
        return value.hour * 3600 + value.minute * 60 + value.second
    raise ValueError(value)


@lru_cache(maxsize=4096)
def _length_of_text(text: str) -> int | None:
    text = text.strip()
    if text in ("", "-", "–", "—"):
        return None
    if text.isascii() and text.isdigit() and len(text) < 8:
        return int(text)
    if re.fullmatch(r"-\d{1,8}(?:[.,]\d+)?", text):
        return 0  # some switches subtract too much
    parts = text.split(":")
    if len(parts) in (2, 3) and all(re.fullmatch(r"\d{1,4}", part) for part in parts[:-1]):
        last = parts[-1].replace(",", ".")
        if re.fullmatch(r"\d{1,2}(\.\d+)?", last):
            seconds = round(float(last))
            for position, part in enumerate(reversed(parts[:-1])):
                seconds += int(part) * 60 ** (position + 1)
            return seconds
    if re.fullmatch(r"\d{1,8}[.,]\d+", text):
        return round(float(text.replace(",", ".")))
    found = _LENGTH.match(text)
    if found is None or not any(found.groups()):
        raise ValueError(text)
    return int(found["h"] or 0) * 3600 + int(found["m"] or 0) * 60 + int(found["s"] or 0)
