"""A customer's own CRM or telephone exchange, described in JSON instead of programmed: read, checked, explained.

The description says which address gives calls for a window of time, how its pages follow each other, and by which JSON paths
(RFC 9535) the fields of a call are found. Everything wrong with it is found before the first request and named by its place
(``calls.fields.started_at``). ``docs/sources.md`` has the reference and a worked example, which the tests run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from qaapp.errors import UsageError
from qaapp.i18n import N_
from qaapp.sources import loose
from qaapp.sources.moments import parse_text, to_utc

CALL_FIELDS = (
    "id", "started_at", "answered_at", "ended_at", "direction", "disposition", "duration_s", "wait_s", "talk_s",
    "customer_number", "customer_name", "line_number", "extension", "manager_id", "manager_name", "group_name",
    "campaign", "comment", "end_reason", "customer_rating", "tags", "recording", "recording_id", "deal_id", "deal_stage",
    "deal_outcome", "deal_amount", "deal_currency", "deal_responsible",
)  # fmt: skip
PEOPLE_FIELDS = ("id", "name", "extension", "group_name")
PAGING = ("none", "page", "offset", "cursor", "next_link", "link_header")
FORMS = ("iso", "epoch", "epoch_ms")
UNITS = {"s": 1.0, "ms": 0.001, "min": 60.0}
WORDS_OF_WINDOW = ("from", "to", "page", "offset", "limit", "cursor")
_PLAIN = re.compile(r"\$(?:\.[A-Za-z_]\w*)+")
_HOLE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Path:
    """Where a value is and how it is written. ``form``: of a moment; ``unit``: of a length; ``words``: theirs → ours."""

    path: str
    form: str = "iso"
    unit: str = "s"
    words: Mapping[str, str] = field(default_factory=dict)

    def raw(self, item: Any) -> Any:
        """The first match, None without one."""
        if (names := plain_names(self.path)) is not None:
            for name in names:
                if not isinstance(item, dict) or name not in item:
                    return None
                item = item[name]
            return item
        found = compiled(self.path).findall(item)
        return found[0] if found else None


@dataclass(frozen=True)
class Times:
    """How moments are written in requests; ``zone`` "" is the connection's."""

    form: str = "iso"
    zone: str = ""

    def write(self, moment: datetime, own: ZoneInfo) -> str:
        if self.form == "epoch":
            return str(int(moment.timestamp()))
        if self.form == "epoch_ms":
            return str(int(moment.timestamp() * 1000))
        local = moment.astimezone(ZoneInfo(self.zone) if self.zone else own)
        return local.isoformat(timespec="seconds") if self.form == "iso" else local.strftime(self.form)


@dataclass(frozen=True)
class Paging:
    """``style`` with where the next page's mark is; ``first`` is the number of the first page."""

    style: str = "none"
    first: int = 1
    size: int = 100
    cursor: str = ""
    next: str = ""
    more: str = ""


@dataclass(frozen=True)
class Request:
    """An address with holes (``{from}``, ``{page}``, ``{id}``) and what is sent with it."""

    path: str
    method: str = "GET"
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Listing:
    """A request that gives a list, and how its items are read."""

    request: Request
    items: str
    fields: Mapping[str, Path]
    paging: Paging = Paging()
    times: Times = Times()
    days: float = 1.0


@dataclass(frozen=True)
class Recording:
    """How a recording is had: by the link in the call (no request), or by a request that gives the sound or a link."""

    request: Request | None = None
    link: str = ""
    with_access: bool = True  # the access (key) goes with it


@dataclass(frozen=True)
class Description:
    """All of it."""

    name: str
    url: str
    calls: Listing
    access: Mapping[str, str] = field(
        default_factory=dict
    )  # header, query, basic → a text with {secret} and {user}
    headers: Mapping[str, str] = field(default_factory=dict)
    limit: tuple[int, float] = (5, 1.0)
    recording: Recording | None = None
    people: Listing | None = None


@lru_cache(maxsize=512)
def compiled(path: str) -> Any:
    """A JSON path that can be asked again and again."""
    import jsonpath

    return jsonpath.compile(path)


@lru_cache(maxsize=512)
def plain_names(path: str) -> tuple[str, ...] | None:
    """The names of a path like ``$.client.phone``, which needs no library; None for others."""
    return tuple(path.split(".")[1:]) if _PLAIN.fullmatch(path) else None


def read_description(text: str) -> Description:
    """A description from its JSON. Raises ``UsageError`` that names the place and what is wrong there."""
    try:
        told = json.loads(text)
    except ValueError as error:
        line, column = getattr(error, "lineno", 1), getattr(error, "colno", 1)
        raise UsageError(
            N_("The description is no JSON: line {line}, column {column}: {reason}."), line=line, column=column,
            reason=getattr(error, "msg", error),
        ) from error  # fmt: skip
    top = _Part(told, "")
    top.only("name", "url", "access", "headers", "limit", "calls", "recording", "people")
    limit = top.part("limit")
    access = top.part("access")
    access.only("header", "value", "query", "basic")
    made = Description(
        top.text("name", "CRM"),
        top.text("url"),
        _listing(top.part("calls", needed=True), CALL_FIELDS, ("id", "started_at")),
        access.texts(),
        top.part("headers").texts(),
        (int(limit.number("requests", 5)), limit.number("seconds", 1)),
        _recording(top.part("recording")) if "recording" in top else None,
        _listing(top.part("people"), PEOPLE_FIELDS, ("id", "name")) if "people" in top else None,
    )
    if made.calls.fields.get("recording_id") and made.recording is None:
        raise _wrong("recording", N_("calls have a recording_id, but nothing says how it is asked for"))
    return made


class _Part:
    """An object of the description that knows its place."""

    def __init__(self, value: Any, place: str) -> None:
        if not isinstance(value, dict):
            raise _wrong(place or "{}", N_("an object in braces is wanted here"))
        self.value, self.place = value, place

    def __contains__(self, name: str) -> bool:
        return name in self.value

    def at(self, name: str) -> str:
        return f"{self.place}.{name}" if self.place else name

    def only(self, *names: str) -> None:
        for name in self.value:
            if name not in names:
                raise _wrong(
                    self.at(name),
                    N_("this name is not known here; known are {known}"),
                    known=", ".join(names),
                )

    def part(self, name: str, needed: bool = False) -> _Part:
        if needed and name not in self.value:
            raise _wrong(self.at(name), N_("this is missing"))
        return _Part(self.value.get(name, {}), self.at(name))

    def text(self, name: str, default: str | None = None) -> str:
        value = self.value.get(name, default)
        if value is None:
            raise _wrong(self.at(name), N_("this is missing"))
        if not isinstance(value, (str, int)) or isinstance(value, bool):
            raise _wrong(self.at(name), N_("a text is wanted here"))
        return str(value)

    def number(self, name: str, default: float) -> float:
        value = self.value.get(name, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1e6:
            raise _wrong(self.at(name), N_("a number above 0 is wanted here"))
        return float(value)

    def choice(self, name: str, default: str, known: tuple[str, ...]) -> str:
        value = self.text(name, default)
        if value not in known:
            raise _wrong(self.at(name), N_("“{value}” is not known here; known are {known}"), value=value,
                         known=", ".join(known))  # fmt: skip
        return value

    def texts(self) -> dict[str, str]:
        return {name: self.text(name) for name in self.value}

    def path(self, name: str, default: str | None = None) -> str:
        value = self.text(name, default)
        if value:
            check_path(value, self.at(name))
        return value


def _wrong(place: str, reason: str, **facts: Any) -> UsageError:
    from qaapp.i18n import _

    return UsageError(
        N_("The description, at “{place}”: {reason}."), place=place, reason=_(reason).format(**facts)
    )


def check_path(path: str, place: str) -> None:
    """Raises ``UsageError`` for what is no JSON path."""
    try:
        compiled(path)
    except Exception as error:  # the library has many
        raise _wrong(
            place, N_("“{path}” is no JSON path ({said})"), path=path, said=str(error).splitlines()[0][:120]
        ) from error


def _listing(told: _Part, known: tuple[str, ...], needed: tuple[str, ...]) -> Listing:
    told.only("method", "path", "query", "body", "headers", "times", "days", "paging", "items", "fields")
    fields = told.part("fields", needed=True)
    fields.only(*known)
    for name in needed:
        if name not in fields:
            raise _wrong(fields.at(name), N_("this is missing"))
    times = told.part("times")
    times.only("form", "zone")
    zone = times.text("zone", "")
    if zone:
        try:
            ZoneInfo(zone)
        except (LookupError, ValueError, OSError) as error:
            raise _wrong(times.at("zone"), N_("there is no time zone “{zone}”"), zone=zone) from error
    paging = told.part("paging")
    paging.only("style", "first", "size", "cursor", "next", "more")
    style = paging.choice("style", "none", PAGING)
    made = Paging(
        style, int(paging.value.get("first", 1)) if isinstance(paging.value.get("first", 1), int) else 1,
        int(paging.number("size", 100)), paging.path("cursor", ""), paging.path("next", ""), paging.path("more", ""),
    )  # fmt: skip
    for name, wanted in (("cursor", "cursor"), ("next", "next_link")):
        if style == wanted and not getattr(made, name):
            raise _wrong(paging.at(name), N_("this is missing"))
    request = _request(told, WORDS_OF_WINDOW)
    if style == "page" and "{page}" not in _all_of(request):
        raise _wrong(
            told.at("query"), N_("pages are numbered, but {page} is nowhere in the request"), page="{page}"
        )
    return Listing(
        request, told.path("items", "$[*]"), {name: _field(fields, name) for name in fields.value}, made,
        Times(times.text("form", "iso"), zone), told.number("days", 1),
    )  # fmt: skip


def _field(fields: _Part, name: str) -> Path:
    value = fields.value[name]
    if isinstance(value, str):
        check_path(value, fields.at(name))
        return Path(value)
    told = fields.part(name)
    told.only("path", "form", "unit", "words")
    return Path(
        told.path("path"),
        told.text("form", "iso"),
        told.choice("unit", "s", tuple(UNITS)),
        told.part("words").texts(),
    )


def _request(told: _Part, holes: tuple[str, ...]) -> Request:
    request = Request(
        told.text("path"), told.choice("method", "GET", ("GET", "POST")), told.part("query").texts(), told.value.get("body"),
        told.part("headers").texts(),
    )  # fmt: skip
    for hole in _HOLE.findall(_all_of(request)):
        if hole not in holes:
            raise _wrong(told.place, N_("{hole} means nothing here; known are {known}"), hole="{" + hole + "}",
                         known=", ".join("{" + each + "}" for each in holes))  # fmt: skip
    return request


def _all_of(request: Request) -> str:
    return " ".join(
        [request.path, *request.query.values(), *request.headers.values(), json.dumps(request.body)]
    )


def _recording(told: _Part) -> Recording:
    told.only("path", "method", "query", "body", "headers", "link", "access")
    access = told.value.get("access", True)
    if not isinstance(access, bool):
        raise _wrong(told.at("access"), N_("true or false is wanted here"))
    request = _request(told, ("id", "recording")) if "path" in told else None
    return Recording(request, told.path("link", ""), access)


def filled(value: Any, words: Mapping[str, str]) -> Any:
    """A text, or every text inside an object, with its holes filled."""
    if isinstance(value, str):
        return _HOLE.sub(lambda found: words.get(found.group(1), found.group()), value)
    if isinstance(value, list):
        return [filled(each, words) for each in value]
    if isinstance(value, dict):
        return {name: filled(each, words) for name, each in value.items()}
    return value


def moment(path: Path | None, item: Any, zone: ZoneInfo) -> datetime | None:
    """Aware UTC; a naive one stands in ``zone``. Raises ``ValueError`` for what is no moment, None where nothing is."""
    raw = path.raw(item) if path is not None else None
    if path is None or raw is None or raw == "":
        return None
    if path.form in ("epoch", "epoch_ms"):
        number = float(raw)
        return datetime.fromtimestamp(number / 1000 if path.form == "epoch_ms" else number, UTC)
    if path.form == "iso":
        told = parse_text(str(raw))
    else:
        told = datetime.strptime(str(raw), path.form)  # noqa: DTZ007 - the zone is added below
    return told.astimezone(UTC) if told.tzinfo is not None else to_utc(told, zone)


def seconds(path: Path | None, item: Any) -> int | None:
    """A length in whole seconds; ``1:05`` is understood too."""
    from qaapp.sources.moments import parse_length

    raw = path.raw(item) if path is not None else None
    if path is None or raw is None:
        return None
    if path.unit == "s" and isinstance(raw, str) and ":" in raw:
        try:
            return parse_length(raw)
        except ValueError:
            return None
    try:
        return max(0, round(float(raw) * UNITS[path.unit]))
    except (TypeError, ValueError, OverflowError):
        return None


def word(path: Path | None, item: Any) -> str | None:
    """A text, turned into our word where the description says so."""
    raw = path.raw(item) if path is not None else None
    told = ("true" if raw else "false") if isinstance(raw, bool) else loose.text(raw)
    if path is None or told is None:
        return None
    return path.words.get(told, told)
