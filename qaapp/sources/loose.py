"""Reading documents of providers: numbers that come as texts, lists that are null, names that are missing.

Nothing here raises for a strange value: what cannot be read is ``None``, and the raw document is kept beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any


def whole(value: Any) -> int | None:
    """``61``, ``"61"``, ``61.4``, ``"61.4"`` → 61; anything else None."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return value if abs(value) < 1 << 62 else None
    try:
        number = float(str(value).strip().replace(",", "."))
    except ValueError:
        return None
    return round(number) if abs(number) < 1 << 53 else None


def seconds(value: Any) -> int | None:
    """A length in whole seconds, never below 0."""
    found = whole(value)
    return None if found is None else max(0, found)


def text(value: Any) -> str | None:
    """A text without blanks around it; numbers as they are written; None for what says nothing."""
    if value is None or isinstance(value, (bool, dict, list)):
        return None
    return str(value).strip() or None


def flag(value: Any) -> bool | None:
    """``true``, ``1``, ``"1"``, ``"yes"`` and their opposites."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().casefold() if value is not None else ""
    if word in ("1", "true", "yes", "y"):
        return True
    return False if word in ("0", "false", "no", "n") else None


def items(value: Any) -> list[Any]:
    """A list as it is; the values of an object; nothing for anything else."""
    if isinstance(value, list):
        return value
    return list(value.values()) if isinstance(value, dict) else []


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list."""
    return [each for each in items(value) if isinstance(each, dict)]


def part(value: Any, name: str) -> dict[str, Any]:
    """The object ``name`` of an object, empty where there is none."""
    found = value.get(name) if isinstance(value, Mapping) else None
    return found if isinstance(found, dict) else {}


def epoch(value: Any) -> datetime | None:
    """Unix seconds (or milliseconds) as aware UTC; 0 and what no calendar has are None."""
    number = whole(value)
    if number is None or number <= 0:
        return None
    if number > 100_000_000_000:
        number //= 1000
    try:
        return datetime.fromtimestamp(number, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def unique(values: Iterable[str | None]) -> tuple[str, ...]:
    """Those that say something, each once, in their order."""
    return tuple(dict.fromkeys(value for value in values if value))
