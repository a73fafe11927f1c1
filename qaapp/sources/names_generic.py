"""The last resort for file and folder names: dates, numbers and words anywhere in a name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from qaapp.words import Direction

_YEAR = r"(?P<y>(?:19|20)\d\d)"
_SEP = r"[-_. ]?"
_CLOCK = r"(?:[-_.T ,]{0,3}(?P<H>[01]\d|2[0-3])[-_.:hч ]?(?P<M>[0-5]\d)(?:[-_.:mм ]?(?P<S>[0-5]\d))?)?(?!\d)"
_DATES = tuple(
    re.compile(text, re.A)
    for text in (
        rf"(?<!\d){_YEAR}{_SEP}(?P<m>0[1-9]|1[0-2]){_SEP}(?P<d>0[1-9]|[12]\d|3[01]){_CLOCK}",
        rf"(?<!\d)(?P<d>0[1-9]|[12]\d|3[01])[-_.](?P<m>0[1-9]|1[0-2])[-_.]{_YEAR}{_CLOCK}",
        rf"(?<!\d)(?P<d>0[1-9]|[12]\d|3[01])(?P<m>0[1-9]|1[0-2]){_YEAR}{_CLOCK}",
    )
)
_PHONES = tuple(
    re.compile(text, re.A)
    for text in (
        r"(?<![\d.])(?:\+?7|8)[-() ]{0,2}\d{3}[-() ]{0,2}\d{3}[- ]?\d\d[- ]?\d\d(?![\d.])",
        r"(?<![\d.])\+?\d{10,15}(?![\d.])",
        r"(?<![\d.])\+\d(?:[-()]{0,2}\d){9,14}(?![\d.])",
    )
)
_SHORT = re.compile(r"(?<![\w.+])[1-9]\d{2,4}(?![\w.])", re.A)
_NAMED_SHORT = re.compile(r"(?:доб|вн|ext|exten|agent)[._\- ]{0,2}(\d{2,5})(?!\d)", re.I | re.A)
_INBOUND = re.compile(r"(?<![a-zа-яё])(?:in|inbound|incoming|вх|вход\w*)(?![a-zа-яё])", re.I)
_OUTBOUND = re.compile(r"(?<![a-zа-яё])(?:out|outbound|outgoing|исх|исход\w*)(?![a-zа-яё])", re.I)


class Facts(NamedTuple):
    """What could be found; ``has_time`` is False for a date alone."""

    moment: datetime | None
    has_time: bool
    number: str | None
    extension: str | None
    direction: Direction


def direction_of(text: str) -> Direction:
    """The direction that words in ``text`` name, or unknown when there is none or both."""
    words = text.replace("_", " ")
    inbound, outbound = bool(_INBOUND.search(words)), bool(_OUTBOUND.search(words))
    if inbound == outbound:
        return Direction.UNKNOWN
    return Direction.INBOUND if inbound else Direction.OUTBOUND


def read(name: str) -> Facts:
    """Look for a date, a telephone number, an extension and a direction in any order."""
    found_moment, has_time, rest = None, False, name[:1000]
    hits = [hit for expression in _DATES for hit in _dates(expression, rest)]
    if hits:
        found_moment, start, end, has_time = min(hits, key=lambda hit: (hit[1], -hit[2]))
        rest = f"{rest[:start]} _ {rest[end:]}"
    spaced = rest.replace("_", " ")
    phone = next((hit for expression in _PHONES if (hit := expression.search(spaced))), None)
    if phone is not None:
        rest = f"{rest[: phone.start()]} _ {rest[phone.end() :]}"
    named = _NAMED_SHORT.search(rest)
    extension = named.group(1) if named else None
    if extension is None and found_moment is not None:
        short = _SHORT.search(rest.replace("_", " "))
        extension = short.group() if short else None
    return Facts(found_moment, has_time, phone.group() if phone else None, extension, direction_of(rest))


def _dates(expression: re.Pattern[str], text: str) -> Iterator[tuple[datetime, int, int, bool]]:
    for found in expression.finditer(text):
        try:
            at = datetime(  # noqa: DTZ001 - local time of the recorder
                int(found["y"]), int(found["m"]), int(found["d"]),
                int(found["H"] or 0), int(found["M"] or 0), int(found["S"] or 0),
            )  # fmt: skip
        except ValueError:
            continue
        yield at, found.start(), found.end(), found["H"] is not None


def moment(day: str, clock: str | None) -> datetime | None:
    """A date and a time that a template cut out; six digits are YYMMDD. None when they are no date."""
    digits = re.sub(r"\D", "", day)
    hours = re.sub(r"\D", "", clock or "")
    form = "%d%m%Y" if re.match(r"\d\d\D", day) else "%Y%m%d" if len(digits) == 8 else "%y%m%d"
    try:
        return datetime.strptime(digits + (hours + "00")[:6].ljust(6, "0"), form + "%H%M%S")  # noqa: DTZ007
    except ValueError:
        return None
