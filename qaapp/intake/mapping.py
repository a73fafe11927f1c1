"""Which column of a call log means what: guessed, shown to a person, remembered by the headings."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from qaapp import clock
from qaapp.errors import SheetError, UsageError
from qaapp.i18n import N_
from qaapp.sheets import BadRow, Sheet, read_sheet
from qaapp.sources.call_log import text_of
from qaapp.sources.columns import FIELDS, ColumnMap, from_json, guess, guess_by_cells, normal
from qaapp.store.schema import ColumnMapping

__all__ = [
    "FIELDS",
    "ColumnMap",
    "Preview",
    "guess",
    "preview",
    "read_map",
    "recall",
    "remember",
    "resolve",
    "signature",
]

PREVIEW_ROWS = 20


@dataclass(frozen=True)
class Preview:
    """What a dialog shows of a call log before it is imported; ``rows`` are texts with their numbers in the file."""

    sheet: str
    sheets: tuple[str, ...]
    headings: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    columns: ColumnMap
    is_remembered: bool
    encoding: str
    delimiter: str


def signature(headings: Sequence[str]) -> str:
    """Equal for files with the same headings, however they are spaced and written."""
    return blake2b("\x1f".join(map(normal, headings)).encode(), digest_size=16).hexdigest()


def recall(session: Session, headings: Sequence[str]) -> ColumnMap | None:
    """The map a person chose for these headings before."""
    stored = session.get(ColumnMapping, signature(headings)) if headings else None
    if stored is None or stored.purpose != "call_log":
        return None
    try:
        return from_json(stored.mapping, headings)
    except UsageError:
        return None


def remember(session: Session, headings: Sequence[str], columns: ColumnMap) -> None:
    """Keep a map for the next file with these headings."""
    if not headings:
        return
    key, value = signature(headings), columns.to_json(headings)
    stored = session.get(ColumnMapping, key)
    if stored is None:
        session.add(ColumnMapping(signature=key, purpose="call_log", mapping=value, updated_at=clock.now()))
    elif stored.mapping != value:
        stored.mapping, stored.updated_at = value, clock.now()


def read_map(path: Path) -> Mapping[str, Any]:
    """The JSON of ``--map``. Raises ``UsageError`` with the file's name."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(
            N_("{path} cannot be read: {reason}."), path=path, reason=error.strerror or error
        ) from error
    except ValueError as error:
        raise UsageError(N_("{path} is not valid JSON: {reason}."), path=path, reason=error) from error
    if not isinstance(stored, dict):
        raise UsageError(N_("The column map is not a JSON object."))
    return stored


def preview(path: Path, session: Session | None = None, sheet: str | None = None) -> Preview:
    """The beginning of a call log and how it would be understood. Raises ``SheetError``."""
    table = read_sheet(path, sheet)
    remembered = recall(session, table.headings) if session is not None else None
    columns = remembered or _guess(table) or ColumnMap()
    rows = (row for row in table.rows() if not isinstance(row, BadRow))
    first = tuple(
        (number, tuple(text_of(cell) for cell in cells)) for number, cells in islice(rows, PREVIEW_ROWS)
    )
    return Preview(
        table.name,
        table.names,
        table.headings,
        first,
        columns,
        remembered is not None,
        table.encoding,
        table.delimiter,
    )


def _guess(table: Sheet) -> ColumnMap | None:
    rows = (row for row in table.rows() if not isinstance(row, BadRow))
    if not table.headings:
        return guess_by_cells([cells for _number, cells in islice(rows, PREVIEW_ROWS)])
    found = guess(table.headings)
    return found if found.is_usable else None


def resolve(session: Session, table: Sheet, told: Mapping[str, Any] | ColumnMap | None) -> ColumnMap:
    """The map for ``table``: told, remembered, or guessed. Raises ``SheetError`` when no column holds the date."""
    if told is not None:
        columns = told if isinstance(told, ColumnMap) else from_json(told, table.headings)
    else:
        columns = recall(session, table.headings) or _guess(table) or ColumnMap()
    if columns.is_usable:
        return columns
    if not table.headings:
        raise SheetError(
            N_("{path} has no headings and its columns are not known."),
            hint=N_("Add a row of headings, or say with a column map which column is what."),
            kind="columns", path=table.path,
        )  # fmt: skip
    raise SheetError(
        N_("{path} has no column with the date of the call; its columns are: {columns}."),
        hint=N_("Say with a column map which column is what."),
        kind="columns", path=table.path, columns=", ".join(filter(None, table.headings))[:300],
    )  # fmt: skip
