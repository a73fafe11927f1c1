"""File name patterns that people write themselves: ``{date}_{time}_{ext}_{phone}``."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from qaapp.errors import UsageError
from qaapp.i18n import N_
from qaapp.sources import names_generic
from qaapp.sources.names_known import WAYS, ParsedName, by_length
from qaapp.words import Direction

_DATE = r"\d{4}[-_. ]?\d\d[-_. ]?\d\d|\d\d[-_.]\d\d[-_.]\d{4}|\d{6}"
_TIME = r"\d\d[-_.:hч ]?\d\d(?:[-_.:mм ]?\d\d)?"
_FIELDS = {
    "date": rf"(?P<date>{_DATE})", "time": rf"(?P<time>{_TIME})",
    "datetime": rf"(?P<date>{_DATE})[-_.T ]*(?P<time>{_TIME})", "epoch": r"(?P<epoch>\d{10})(?:\.\d+)?",
    "ext": r"(?P<ext>[0-9A-Za-z*#]{1,10})", "phone": r"(?P<phone>\+?[\d()\- ]{3,20}|unknown|anonymous)",
    "from": r"(?P<src>\+?[\w()\- ]*?)", "to": r"(?P<dst>\+?[\w()\- ]*?)",
    "direction": r"(?P<direction>[A-Za-zА-Яа-яЁё]+)", "name": r"(?P<name>.+?)", "id": r"(?P<id>.+?)",
    "line": r"(?P<line>\+?\d{2,15})", "group": r"(?P<group>.+?)", "any": r".*?",
}  # fmt: skip


@lru_cache(maxsize=16)
def template_parser(template: str, country_code: str) -> Callable[[str], ParsedName | None]:
    """A parser from ``{date}_{time}_{ext}_{phone}``; unknown words in braces raise ``UsageError``."""
    parts: list[str] = []
    for literal, name in re.findall(r"([^{]*)(?:\{(\w*)\}|$)", template):
        parts.append(re.escape(literal))
        if not name:
            continue
        if name not in _FIELDS:
            raise UsageError(
                N_("The file name template has an unknown part {part}."), hint=N_("Known parts: {known}."),
                part="{" + name + "}", known=", ".join("{" + known + "}" for known in _FIELDS),
            )  # fmt: skip
        parts.append(_FIELDS[name])
    try:
        expression = re.compile("".join(parts), re.I)
    except re.error as error:
        raise UsageError(
            N_("The file name template {pattern} names a part twice."), pattern=template
        ) from error

    def parser(stem: str) -> ParsedName | None:
        found = expression.fullmatch(stem)
        if found is None:
            return None
        got = {key: value for key, value in found.groupdict().items() if value is not None}
        moment = names_generic.moment(got.get("date", ""), got.get("time"))
        direction = names_generic.direction_of(got.get("direction", ""))
        way = WAYS.get(got.get("direction", "").casefold())
        extension, number, line = got.get("ext"), got.get("phone"), got.get("line")
        if "src" in got or "dst" in got:
            told, extension, number, line = by_length(got.get("src", ""), got.get("dst", ""))
            direction = told if direction == Direction.UNKNOWN else direction
        return ParsedName(
            template, started_at=moment, epoch=int(got["epoch"]) if "epoch" in got else None, has_time="time" in got,
            extension=extension, number=number, line=line, group=got.get("group"), direction=way or direction,
            call_id=got.get("id"), employee=got.get("name"), confidence=1.0,
        )  # fmt: skip

    return parser
