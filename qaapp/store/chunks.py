"""Long lists of ids in parts that fit into one statement (SQLite and PostgreSQL limit the bound values)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TypeVar

Value = TypeVar("Value")


def chunks(values: Collection[Value], size: int = 500) -> Iterator[list[Value]]:
    """``values`` in lists of at most ``size``."""
    listed = list(values)
    for start in range(0, len(listed), size):
        yield listed[start : start + size]
