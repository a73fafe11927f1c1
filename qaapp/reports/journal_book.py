"""The journal as a file: the calls of a filter in an order, into Excel or CSV, some hundred in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from qaapp import i18n
from qaapp.errors import ReportError, UsageError
from qaapp.i18n import N_, _
from qaapp.journal.filters import Filter
from qaapp.journal.pages import CallRow, Sort, ids, rows_of
from qaapp.progress import Progress, Steps
from qaapp.reports.reading import reading
from qaapp.store.chunks import chunks
from qaapp.store.database import Database
from qaapp.store.rules import read_rules
from qaapp.tables import Column, Kind, Table, write_csv
from qaapp.workbook import write_workbook

# key, title, kind, width, wrap: in the order of the file when nobody chose another
_COLUMNS: tuple[tuple[str, str, Kind, float, bool], ...] = (
    ("id", N_("Call ID"), Kind.INT, 9, False),
    ("started_at", N_("Date and time"), Kind.MOMENT, 17, False),
    ("direction", N_("Direction"), Kind.TEXT, 13, False),
    ("disposition", N_("Status"), Kind.TEXT, 13, False),
    ("customer_number", N_("Number"), Kind.TEXT, 19, False),
    ("customer_name", N_("Customer"), Kind.TEXT, 22, False),
    ("line_number", N_("Line"), Kind.TEXT, 15, False),
    ("manager", N_("Manager"), Kind.TEXT, 22, False),
    ("extension", N_("Extension"), Kind.TEXT, 12, False),
    ("group", N_("Group"), Kind.TEXT, 18, False),
    ("wait_s", N_("Wait"), Kind.DURATION, 10, False),
    ("talk_s", N_("Talk"), Kind.DURATION, 10, False),
    ("talk_is_estimate", N_("Talk is the recording's length"), Kind.TEXT, 15, False),
    ("duration_s", N_("Duration"), Kind.DURATION, 12, False),
    ("tags", N_("Tags"), Kind.TEXT, 24, False),
    ("comment", N_("Comment"), Kind.TEXT, 36, True),
    ("campaign", N_("Campaign"), Kind.TEXT, 18, False),
    ("end_reason", N_("End reason"), Kind.TEXT, 18, False),
    ("customer_rating", N_("Customer's rating"), Kind.INT, 10, False),
    ("target", N_("Target"), Kind.TEXT, 13, False),
    ("recording_count", N_("Recordings"), Kind.INT, 10, False),
    ("evaluation_count", N_("Evaluations"), Kind.INT, 10, False),
    ("score", N_("Score"), Kind.PERCENT, 9, False),
    ("critical_failed", N_("Critical failed"), Kind.INT, 10, False),
    ("band", N_("Light"), Kind.LIGHT, 8, False),
    ("source", N_("Source"), Kind.TEXT, 20, False),
    ("external_id", N_("ID in the source"), Kind.TEXT, 30, False),
    ("talk_share", N_("Manager's share of the talk"), Kind.PERCENT, 12, False),
    ("silence_s", N_("Silence"), Kind.DURATION, 10, False),
    ("interruptions", N_("Manager interrupts"), Kind.INT, 12, False),
    ("longest_manager_s", N_("Manager's longest monologue"), Kind.DURATION, 13, False),
)
COLUMN_KEYS = tuple(key for key, *_rest in _COLUMNS)


def write_journal(
    source: Session | Database, filter: Filter, sort: Sort, path: Path, columns: Sequence[str] | None = None,
    mask: bool = False, *, limit: int | None = None,
) -> Steps[Path]:  # fmt: skip
    """Write the calls to ``path``; the suffix chooses Excel or CSV. ``columns`` are keys of ``COLUMN_KEYS``.

    The numbers, words and lights are those of the journal. Raises ``ReportError`` and ``UsageError``.
    """
    suffix = path.suffix.lower()
    if suffix not in (".xlsx", ".csv"):
        raise ReportError(
            N_("A journal is written as .xlsx or .csv, not {suffix}."), kind="format", suffix=suffix or "–"
        )
    chosen = _chosen(columns)
    with reading(source) as session:
        zone = read_rules(session).zone
        yield Progress(0, None, _("Reading the journal"))
        call_ids = ids(session, filter, sort, zone, limit)
        table = Table(_("Journal"), chosen, _rows(session, call_ids, chosen, mask), len(call_ids))
        if suffix == ".csv":
            return (yield from write_csv(path, table, zone))
        return (yield from write_workbook(path, [table], zone, _("Journal")))


def _chosen(keys: Sequence[str] | None) -> list[Column]:
    known = {key: Column(key, _(title), kind, width, wrap) for key, title, kind, width, wrap in _COLUMNS}
    for key in keys or ():
        if key not in known:
            raise UsageError(
                N_("There is no column {name} in the journal."), hint=N_("The columns are: {names}."),
                name=key, names=", ".join(COLUMN_KEYS),
            )  # fmt: skip
    return [known[key] for key in keys or COLUMN_KEYS]


def _rows(
    session: Session, call_ids: Sequence[int], columns: Sequence[Column], mask: bool
) -> Iterator[list[Any]]:
    keys = [column.key for column in columns]
    number = i18n.mask_phone if mask else i18n.phone
    for part in chunks(call_ids):
        for row in rows_of(session, part):
            yield [_value(row, key, number) for key in keys]


def _value(row: CallRow, key: str, number: Any) -> Any:
    if key in ("silence_s", "longest_manager_s"):
        told = getattr(row, key.removesuffix("_s") + "_ms")
        return None if told is None else told // 1000
    value = getattr(row, key)
    if value is None or value == "":
        return None
    match key:
        case "customer_number" | "line_number":
            # the team's own line is nobody's personal data
            return number(value) if key == "customer_number" else i18n.phone(value)
        case "direction" | "disposition" | "target":
            return i18n.word(value.value)
        case "tags":
            return ", ".join(tag.name for tag in value) or None
        case "talk_is_estimate":
            return _("yes") if value else None
        case "critical_failed":
            return value or None
        case _:
            return value
