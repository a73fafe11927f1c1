"""How telephone systems name their recordings: one function per system, the most specific first."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from qaapp.sources import names_generic
from qaapp.sources.numbers import is_inner
from qaapp.sources.numbers import parse as parse_number
from qaapp.words import Direction, Lane


@dataclass(frozen=True, slots=True)
class ParsedName:
    """What was read. ``started_at`` without a zone is local time of the recorder; ``epoch`` is seconds in UTC.

    ``side_stem`` is the name without its side; ``side_word`` how the side was written (``in`` and ``out`` alone may
    mean the direction, so the folder decides). ``confidence`` 0–1: how specific the pattern is.
    """

    pattern: str
    started_at: datetime | None = None
    epoch: int | None = None
    has_time: bool = True
    extension: str | None = None
    number: str | None = None
    line: str | None = None
    group: str | None = None
    direction: Direction = Direction.UNKNOWN
    call_id: str | None = None
    employee: str | None = None
    side: Lane | None = None
    side_word: str = ""
    side_stem: str = ""
    confidence: float = 0.0

    @property
    def zone_hint(self) -> str:
        """``utc``, ``local`` or nothing when the name holds no moment."""
        if self.started_at is None:
            return ""
        return "local" if self.started_at.tzinfo is None else "utc"


def _at(text: str, form: str) -> datetime:
    moment = datetime.strptime(text, form)  # noqa: DTZ007 - local time of the recorder
    if not 1985 <= moment.year <= 2100:
        raise ValueError(text)
    return moment


def _epoch(text: str) -> int:
    value = int(text)
    if not 500_000_000 <= value <= 4_100_000_000:
        raise ValueError(text)
    return value


def _who(text: str) -> str | None:
    return None if text.casefold() in ("", "unknown", "anonymous", "restricted", "private", "s") else text


def _digits(text: str | None) -> str | None:
    return parse_number(text).digits if text else None


def by_length(source: str, target: str) -> tuple[Direction, str | None, str | None, str | None]:
    """Direction, extension, number, line of a call from ``source`` to ``target``: short numbers are inside."""
    inner_source, inner_target = is_inner(_digits(source)), is_inner(_digits(target))
    if inner_source and inner_target:
        return Direction.INTERNAL, source, _who(target), None
    if inner_source:
        return Direction.OUTBOUND, source, _who(target), None
    if inner_target:
        return Direction.INBOUND, target, _who(source), None
    return Direction.UNKNOWN, None, _who(source) or _who(target), _who(target) if _who(source) else None


_FREEPBX = re.compile(
    r"(?P<type>out|in|external|internal|exten|q|rg|force|conf|page|ondemand)-(?P<dest>[^-]*)-(?P<from>[^-]*)"
    r"-(?P<at>\d{8}-\d{6})-(?P<id>(?:[\w.]+-){0,3}\d{9,11}\.\d+)", re.I | re.A,
)  # fmt: skip


def _freepbx(stem: str) -> ParsedName | None:
    found = _FREEPBX.fullmatch(stem)
    if found is None:
        return None
    kind, dest, source = found["type"].casefold(), found["dest"], found["from"]
    base = ParsedName(
        "freepbx", started_at=_at(found["at"], "%Y%m%d-%H%M%S"), call_id=found["id"],
        epoch=_id_epoch(found["id"]), confidence=1.0,
    )  # fmt: skip
    if kind == "out":
        return replace(base, direction=Direction.OUTBOUND, extension=_who(source), number=_who(dest))
    if kind == "external":
        return replace(base, direction=Direction.INBOUND, extension=_who(dest), number=_who(source))
    if kind == "in":
        return replace(base, direction=Direction.INBOUND, line=_who(dest), number=_who(source))
    if kind in ("q", "rg"):
        return replace(base, direction=Direction.INBOUND, group=_who(dest), number=_who(source))
    if kind in ("conf", "page"):
        return replace(base, direction=Direction.INTERNAL, group=_who(dest))
    direction, extension, number, line = by_length(source, dest)
    if kind == "internal":
        direction = Direction.INTERNAL
    return replace(base, direction=direction, extension=extension, number=number, line=line)


def _id_epoch(unique: str) -> int | None:
    try:
        return _epoch(unique.rpartition("-")[2].partition(".")[0])
    except ValueError:
        return None


_CONFERENCE = re.compile(
    r"(?P<room>\d{2,6})-(?P=room)-(?P<arg>[^-]*)-(?P<at>\d{8}-\d{6})-(?P<id>\d{9,11}\.\d+)", re.A
)


def _conference(stem: str) -> ParsedName | None:
    found = _CONFERENCE.fullmatch(stem)
    if found is None:
        return None
    arg = found["arg"]
    return ParsedName(
        "freepbx-conference", started_at=_at(found["at"], "%Y%m%d-%H%M%S"), epoch=_id_epoch(found["id"]),
        call_id=found["id"], direction=Direction.INTERNAL, group=found["room"],
        extension=arg if is_inner(_digits(arg)) else None, confidence=1.0,
    )  # fmt: skip


_MIKO = re.compile(r"(?:pickup_)?(?P<id>mikopbx-(?P<epoch>\d{10})\.\d+(?:_\w+)?)", re.I | re.A)


def _miko(stem: str) -> ParsedName | None:
    found = _MIKO.fullmatch(stem)
    if found is None:
        return None
    return ParsedName("mikopbx", epoch=_epoch(found["epoch"]), call_id=found["id"], confidence=0.9)


_MIKO_DOWNLOAD = re.compile(
    r"call_(?P<src>[+\w-]*?)_to_(?P<dst>[+\w-]*?)_(?P<at>\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d)", re.A
)


def _miko_download(stem: str) -> ParsedName | None:
    found = _MIKO_DOWNLOAD.fullmatch(stem)
    if found is None:
        return None
    direction, extension, number, line = by_length(found["src"], found["dst"])
    return ParsedName(
        "mikopbx-download", started_at=_at(found["at"], "%Y-%m-%d_%H-%M-%S"), direction=direction,
        extension=extension, number=number, line=line, confidence=1.0,
    )  # fmt: skip


_MIKO_DOC = re.compile(
    r"(?P<src>\+?[\w*#]+)-(?P<dst>\+?[\w*#]+)-(?P<at>\d{8}-\d{6})-(?P<id>\d{9,11}\.\d+)", re.A
)


def _miko_doc(stem: str) -> ParsedName | None:
    found = _MIKO_DOC.fullmatch(stem)
    if found is None:
        return None
    direction, extension, number, line = by_length(found["src"], found["dst"])
    return ParsedName(
        "mikopbx-doc", started_at=_at(found["at"], "%Y%m%d-%H%M%S"), epoch=_id_epoch(found["id"]), call_id=found["id"],
        direction=direction, extension=extension, number=number, line=line, confidence=0.9,
    )  # fmt: skip


_3CX = re.compile(
    r"(?:\[(?P<name>[^\]]*)\])?_?(?P<a>[^-_\[\]]+)-(?P<b>[^_]+)_(?P<at>\d{14})\((?P<id>\d+)\)", re.A
)


def _threecx(stem: str) -> ParsedName | None:
    found = _3CX.fullmatch(stem)
    if found is None:
        return None
    direction, extension, number, line = by_length(found["a"], found["b"])
    return ParsedName(
        "3cx", started_at=_at(found["at"], "%Y%m%d%H%M%S"), direction=direction, extension=extension, number=number,
        line=line, call_id=found["id"], employee=(found["name"] or "").strip() or None, confidence=1.0,
    )  # fmt: skip


_RINGOSTAT = re.compile(r"(?P<id>(?:(?P<node>[a-z]{2}\d*)_-)?(?P<epoch>\d{10})\.\d+)", re.I | re.A)


def _ringostat(stem: str) -> ParsedName | None:
    found = _RINGOSTAT.fullmatch(stem)
    if found is None:
        return None
    name = "ringostat" if found["node"] else "unique-id"
    return ParsedName(
        name, epoch=_epoch(found["epoch"]), call_id=found["id"], confidence=0.9 if found["node"] else 0.7
    )


_SIMOTEL = re.compile(r"(?P<d>\d{8})_(?P<id>(?P<epoch>\d{10})\.\d+(?:\.\d+)?)", re.A)


def _simotel(stem: str) -> ParsedName | None:
    found = _SIMOTEL.fullmatch(stem)
    if found is None:
        return None
    _at(found["d"], "%Y%m%d")
    return ParsedName("simotel", epoch=_epoch(found["epoch"]), call_id=found["id"], confidence=0.9)


_TELESIS = re.compile(
    r"(?P<ext>\w+?)_(?P<at>\d{6}_\d{6})_A(?P<way>[IO])_(?P<party>[^_]*)_(?P<dialled>[^_]*)"
    r"_(?P<rest>[^_]*_[^_]*_[^_]*)", re.A,
)  # fmt: skip


def _telesis(stem: str) -> ParsedName | None:
    found = _TELESIS.fullmatch(stem)
    if found is None:
        return None
    # Its manual contradicts itself on what I and O mean, so the direction stays unknown.
    return ParsedName(
        "telesis", started_at=_at(found["at"], "%y%m%d_%H%M%S"), extension=found["ext"], number=_who(found["dialled"]),
        call_id=found["rest"], confidence=0.9,
    )  # fmt: skip


_CUSTOMER = re.compile(
    r"(?P<at>\d{4}(?:_\d\d){5})(?:_(?P<ext>[0-9A-Za-zА-Яа-яЁё]{1,10}))?(?:_?\s?\((?P<way>[^)]{1,12})\))?",
    re.A,
)
WAYS = {
    "в": Direction.INBOUND, "b": Direction.INBOUND, "вх": Direction.INBOUND, "in": Direction.INBOUND,
    "и": Direction.OUTBOUND, "исх": Direction.OUTBOUND, "out": Direction.OUTBOUND, "u": Direction.OUTBOUND,
}  # fmt: skip  # Latin B and u look like the Cyrillic letters


def _underscored(stem: str) -> ParsedName | None:
    found = _CUSTOMER.fullmatch(stem)
    if found is None:
        return None
    way = (found["way"] or "").strip(" .").casefold()
    return ParsedName(
        "underscored", started_at=_at(found["at"], "%Y_%m_%d_%H_%M_%S"), extension=found["ext"],
        direction=WAYS.get(way) or names_generic.direction_of(way), confidence=1.0 if found["ext"] else 0.9,
    )  # fmt: skip


_CONTACT_LENS = re.compile(
    r"(?:.*_)?GUID_(?P<id>[^_]+)_AGENT_(?P<agent>[^_]+)_DT_(?P<at>\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d).*", re.A
)


def _contact_lens(stem: str) -> ParsedName | None:
    found = _CONTACT_LENS.fullmatch(stem)
    if found is None:
        return None
    return ParsedName(
        "call-analytics", started_at=_at(found["at"], "%Y-%m-%dT%H-%M-%S"), employee=found["agent"],
        call_id=found["id"], confidence=1.0,
    )  # fmt: skip


_MIAREC = re.compile(r"(?P<at>(?:19|20)\d{12})(?:_(?P<n>\d{1,4}))?", re.A)


def _miarec(stem: str) -> ParsedName | None:
    found = _MIAREC.fullmatch(stem)
    return (
        ParsedName("miarec", started_at=_at(found["at"], "%Y%m%d%H%M%S"), confidence=0.8) if found else None
    )


_BARE = re.compile(
    r"\d{5,10}|\d{12,20}|MTo[A-Za-z0-9+/=_\-]{8,}|[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    re.A,
)


def _bare_id(stem: str) -> ParsedName | None:
    if _BARE.fullmatch(stem) is None:
        return None
    if stem.isdigit() and len(stem) in (8, 12) and names_generic.read(stem).moment is not None:
        return None  # a date without separators
    return ParsedName("id", call_id=stem, confidence=0.3)


BUILTIN: dict[str, Callable[[str], ParsedName | None]] = {
    "underscored": _underscored,
    "freepbx": _freepbx,
    "freepbx-conference": _conference,
    "mikopbx": _miko,
    "mikopbx-download": _miko_download,
    "3cx": _threecx,
    "ringostat": _ringostat,
    "simotel": _simotel,
    "telesis": _telesis,
    "mikopbx-doc": _miko_doc,
    "call-analytics": _contact_lens,
    "miarec": _miarec,
    "id": _bare_id,
}
PATTERNS: tuple[str, ...] = tuple(BUILTIN)
