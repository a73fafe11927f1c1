"""What the name of a recording says: date, time, extension, number, direction, id, side.

Patterns are tried from the most specific to the most general; the first that fits wins. Names are text from outside:
parsing never raises, whatever the string.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePath

from qaapp.errors import UsageError
from qaapp.i18n import N_
from qaapp.sources import names_generic
from qaapp.sources.names_known import BUILTIN, PATTERNS, ParsedName
from qaapp.sources.names_template import template_parser
from qaapp.sources.numbers import parse as parse_number
from qaapp.words import Direction, Lane

__all__ = [
    "AUDIO_SUFFIXES",
    "PATTERNS",
    "SURE_SIDES",
    "ParsedName",
    "check_pattern",
    "clean_stem",
    "parse_name",
]

_SUFFIXES = (
    ".wav .wav16 .wav48 .wav49 .mp3 .ogg .oga .opus .gsm .m4a .mp4 .aac .flac .webm .amr .wma .au .aif .aiff .ulaw "
    ".alaw .sln .3gp .mka .caf .w64"
)
AUDIO_SUFFIXES = frozenset(_SUFFIXES.split())


_SIDES = {
    "in": Lane.CUSTOMER, "out": Lane.MANAGER, "rx": Lane.CUSTOMER, "tx": Lane.MANAGER,
    "l": Lane.MANAGER, "r": Lane.CUSTOMER, "left": Lane.MANAGER, "right": Lane.CUSTOMER,
    "agent": Lane.MANAGER, "operator": Lane.MANAGER, "manager": Lane.MANAGER, "employee": Lane.MANAGER,
    "customer": Lane.CUSTOMER, "client": Lane.CUSTOMER, "caller": Lane.CUSTOMER, "callee": Lane.MANAGER,
    "менеджер": Lane.MANAGER, "оператор": Lane.MANAGER, "сотрудник": Lane.MANAGER, "клиент": Lane.CUSTOMER,
}  # fmt: skip
#: Words that name a person, so that a lone file still is one side.
SURE_SIDES = frozenset(word for word in _SIDES if len(word) > 5) | {"agent"}
_SIDE = re.compile(r"[_\-.](" + "|".join(sorted(_SIDES, key=len, reverse=True)) + r")$", re.I)
_COPY = re.compile(r"(?:\s*\(\d{1,2}\)|\s+[-–—]\s+(?:copy|копия)(?:\s*\(\d+\))?)$", re.I)


def clean_stem(name: str) -> str:
    """NFC text without the audio suffix. A dot inside the name is no suffix."""
    name = unicodedata.normalize("NFC", name)
    dot = name.rfind(".")
    if dot > 0 and name[dot:].lower() in AUDIO_SUFFIXES:
        return name[:dot]
    return name


def parse_name(path: PurePath | str, pattern: str | None = None, country_code: str = "7") -> ParsedName:
    """Read the last part of ``path``. ``pattern`` is a builtin's name or a template (``check_pattern`` raises for
    others); a name that it does not fit is read as without it."""
    name = path if isinstance(path, str) else path.name
    stem = clean_stem(re.split(r"[\\/]", name)[-1] if isinstance(path, str) else name)
    side_word, bare = "", stem
    if (found := _SIDE.search(stem)) is not None and found.start() > 0:
        side_word, bare = found.group(1).casefold(), stem[: found.start()]
    side = _SIDES.get(side_word)
    parsed = _read(bare, pattern, country_code)
    if side in (Lane.MANAGER, Lane.CUSTOMER) and side_word in ("caller", "callee"):
        outbound = parsed.direction == Direction.OUTBOUND
        side = Lane.MANAGER if (side_word == "caller") == outbound else Lane.CUSTOMER
    return replace(parsed, side=side, side_word=side_word, side_stem=bare)


def side_stem(name: str) -> str:
    """A file's name without its suffix and its side: equal for the files of one call."""
    stem = clean_stem(name)
    found = _SIDE.search(stem)
    return stem[: found.start()] if found is not None and found.start() > 0 else stem


def _read(stem: str, pattern: str | None, country_code: str) -> ParsedName:
    if pattern is not None:
        chosen = (
            template_parser(clean_stem(pattern), country_code) if "{" in pattern else BUILTIN.get(pattern)
        )
        parsed = chosen(stem) if chosen else None
        if parsed is not None:
            return _tidy(parsed, country_code)
    copied = _COPY.sub("", stem)
    for candidate in dict.fromkeys((stem, copied)):
        for parser in BUILTIN.values():
            try:
                parsed = parser(candidate)
            except (ValueError, OverflowError, OSError):
                continue  # digits that are no date
            if parsed is not None:
                return _tidy(parsed, country_code)
    facts = names_generic.read(copied)
    direction = facts.direction
    return _tidy(
        ParsedName(
            "generic" if facts.moment or facts.number else "none",
            started_at=facts.moment, has_time=facts.has_time, extension=facts.extension, number=facts.number,
            direction=direction, confidence=0.4 if facts.moment else 0.1,
        ),
        country_code,
    )  # fmt: skip


def _tidy(parsed: ParsedName, country_code: str) -> ParsedName:
    number = parse_number(parsed.number, country_code).digits if parsed.number else None
    line = parse_number(parsed.line, country_code).digits if parsed.line else None
    started_at = parsed.started_at
    if started_at is None and parsed.epoch is not None:
        started_at = datetime.fromtimestamp(parsed.epoch, UTC)
    return replace(parsed, number=number, line=line, started_at=started_at)


def check_pattern(pattern: str) -> None:
    """Raise ``UsageError`` when ``pattern`` is neither a builtin nor a template that can be read."""
    if "{" in pattern:
        template_parser(clean_stem(pattern), "7")
    elif pattern not in BUILTIN:
        raise UsageError(
            N_("There is no file name pattern “{pattern}”."),
            hint=N_("Known patterns: {known}; or a template such as {example}."),
            pattern=pattern,
            known=", ".join(BUILTIN),
            example="{date}_{time}_{extension}_{customer}",
        )
