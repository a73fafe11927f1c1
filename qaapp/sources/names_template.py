"""File name patterns that people write themselves, without regular expressions: ``{date}_{time}_{extension}_{customer}``.

A date or a time may say how it is written, by the directives of ``strftime``: ``{date:%d.%m.%Y}``, ``{time:%H-%M}``,
``{datetime:%Y%m%d%H%M%S}``. Without one, every usual form is understood.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
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
    "extension": r"(?P<ext>[0-9A-Za-z*#]{1,10})", "customer": r"(?P<phone>\+?[\d()\- ]{3,20}|unknown|anonymous)",
    "from": r"(?P<src>\+?[\w()\- ]*?)", "to": r"(?P<dst>\+?[\w()\- ]*?)",
    "direction": r"(?P<direction>[A-Za-zА-Яа-яЁё]+)", "manager": r"(?P<name>.+?)", "id": r"(?P<id>.+?)",
    "line": r"(?P<line>\+?\d{2,15})", "group": r"(?P<group>.+?)", "any": r".*?",
}  # fmt: skip
_ALSO = {"ext": "extension", "phone": "customer", "name": "manager"}
_DIRECTIVES = {
    "Y": r"\d{4}",
    "y": r"\d\d",
    "m": r"\d\d",
    "d": r"\d\d",
    "H": r"\d\d",
    "M": r"\d\d",
    "S": r"\d\d",
}
_WITH_FORM = {"date": "Ymdy", "time": "HMS", "datetime": "YmdyHMS"}
_PART = re.compile(r"\{(?P<name>\w*)(?::(?P<form>[^{}]*))?\}")


@lru_cache(maxsize=16)
def template_parser(template: str, country_code: str) -> Callable[[str], ParsedName | None]:
    """A parser of names that are made like ``template``. Raises ``UsageError`` that names the part that makes no sense."""
    try:
        expression = re.compile("".join(_pieces(template)), re.I)
    except re.error as error:
        raise UsageError(
            N_("The file name template {pattern} names a part twice."), pattern=template
        ) from error

    def parser(stem: str) -> ParsedName | None:
        found = expression.fullmatch(stem)
        if found is None:
            return None
        got = {key: value for key, value in found.groupdict().items() if value is not None}
        written = {key[1:]: value for key, value in got.items() if key.startswith("_")}
        day, clock = got.get("date", ""), got.get("time")
        if {"m", "d"} <= written.keys():
            year = written.get("Y") or "20" + written.get("y", "")
            day = year + written["m"] + written["d"]
        if "H" in written:
            clock = "".join(written.get(key, "00") for key in "HMS")
        moment = names_generic.moment(day, clock)
        direction = names_generic.direction_of(got.get("direction", ""))
        way = WAYS.get(got.get("direction", "").casefold())
        extension, number, line = got.get("ext"), got.get("phone"), got.get("line")
        if "src" in got or "dst" in got:
            told, extension, number, line = by_length(got.get("src", ""), got.get("dst", ""))
            direction = told if direction == Direction.UNKNOWN else direction
        return ParsedName(
            template, started_at=moment, epoch=int(got["epoch"]) if "epoch" in got else None, has_time=clock is not None,
            extension=extension, number=number, line=line, group=got.get("group"), direction=way or direction,
            call_id=got.get("id"), employee=got.get("name"), confidence=1.0,
        )  # fmt: skip

    return parser


def _pieces(template: str) -> Iterator[str]:
    at = 0
    for part in _PART.finditer(template):
        yield _literal(template, at, part.start())
        at = part.end()
        name = _ALSO.get(part["name"], part["name"])
        if name not in _FIELDS:
            raise UsageError(
                N_("The file name template has an unknown part {part}."), hint=N_("Known parts: {known}."),
                part=part.group(), known=", ".join("{" + known + "}" for known in _FIELDS),
            )  # fmt: skip
        yield _FIELDS[name] if part["form"] is None else _formed(name, part["form"], part.group())
    yield _literal(template, at, len(template))


def _literal(template: str, start: int, end: int) -> str:
    text = template[start:end]
    if "{" in text or "}" in text:
        raise UsageError(
            N_("A brace in the file name template is not closed or not opened, behind “{before}”."),
            before=template[: start + min(text.index(brace) for brace in "{}" if brace in text)][-20:],
        )
    return re.escape(text)


def _formed(name: str, form: str, part: str) -> str:
    """The expression of ``%Y-%m-%d``, each directive a group ``_Y``."""
    allowed = _WITH_FORM.get(name, "")
    made = []
    for char, directive in re.findall(r"([^%]+)|%(.?)", form):
        if char:
            made.append(re.escape(char))
        elif directive == "%":
            made.append("%")
        elif directive and directive in allowed:
            made.append(f"(?P<_{directive}>{_DIRECTIVES[directive]})")
        else:
            raise UsageError(
                N_("The part {part} of the file name template cannot be read: %{directive} means nothing here."),
                hint=N_("Known are {known}."), part=part, directive=directive,
                known=", ".join(f"%{each}" for each in allowed) or "–",
            )  # fmt: skip
    if not any(piece.startswith("(?P<") for piece in made):
        raise UsageError(
            N_("The part {part} of the file name template says nothing."), hint=N_("For example {example}."),
            part=part, example="{date:%Y-%m-%d}",
        )  # fmt: skip
    return "".join(made)
