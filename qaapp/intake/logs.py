"""Call logs into the database: batches of about 200 conversations, each a short transaction of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from qaapp import clock
from qaapp.i18n import _
from qaapp.intake import mapping, merging, reported, rows
from qaapp.intake.managers import Choice, Claim, People
from qaapp.intake.places import log_source
from qaapp.intake.summary import Skipped, Tally
from qaapp.progress import Progress, Steps
from qaapp.sheets import read_sheet
from qaapp.sources import asterisk
from qaapp.sources.call_log import RowProblem, read_calls
from qaapp.sources.records import CallRecord
from qaapp.store import bulk_indexes
from qaapp.store.database import Database
from qaapp.store.schema import Call, CallTag, Tag
from qaapp.words import ManagerOrigin

BATCH = 200
BULK_ROWS = 20_000  # a first log from so many lines on builds the indexes last


def import_log(
    database: Database, path: Path, told: Any, zone: ZoneInfo, country_code: str, manager: str | None,
    source_name: str | None, people: People, tally: Tally, owner: int | None = None,
) -> Steps[tuple[datetime, datetime] | None]:  # fmt: skip
    """Bring in one file; the first and the last moment of its calls. ``owner``: the connection its calls belong to.

    Raises ``SheetError``, ``UsageError``.
    """
    table = read_sheet(path)
    with database.read() as session:
        columns = mapping.resolve(session, table, told)
    with database.write(bulk=True) as session:
        if told is not None:
            mapping.remember(session, table.headings, columns)
        source_id = owner if owner is not None else log_source(session, table, columns, source_name)
    details = _deals if any(name.startswith("deal_") for name in columns.columns) else None
    total, done = table.estimate(), 0
    first: datetime | None = None
    last: datetime | None = None
    yield Progress(0, total, _("Reading the call log"), path.name)
    is_bulk = (total or 0) >= BULK_ROWS and bulk_indexes.set_aside(database)
    try:
        for batch, read in _batches(path, read_calls(table, columns, zone, country_code), tally):
            if batch:
                store(database, source_id, batch, manager, people, tally, zone, country_code, details)
                moments = [record.started_at for record in batch]
                first = min([*moments, first] if first else moments)
                last = max([*moments, last] if last else moments)
            done += read
            yield Progress(
                done, None if total is None else max(total, done), _("Reading the call log"), path.name
            )
    finally:
        if is_bulk:
            bulk_indexes.build(database)
    return (first, last) if first and last else None


def _deals(
    session: Session,
    ids: dict[str, int],
    changed: dict[str, CallRecord],
    before: dict[int, Any],
) -> None:
    """The deals that a log's columns tell (``Details``)."""
    reported.store_deals(session, {ids[text]: record for text, record in changed.items()})


def _batches(
    path: Path, records: Iterator[CallRecord | RowProblem], tally: Tally
) -> Iterator[tuple[list[CallRecord], int]]:
    """Batches of good records and how many rows were read for them. A log of bad rows gives empty batches, so that it
    shows progress and can be stopped too."""
    batch: list[CallRecord] = []
    read = 0
    for record in records:
        read += 1
        if isinstance(record, RowProblem):
            tally.skipped.append(Skipped(str(path), record.number, record.reason))
        else:
            batch.append(record)
        if len(batch) >= BATCH or read >= 10 * BATCH:
            yield batch, read
            batch, read = [], 0
    if batch or read:
        yield batch, read


class Details(Protocol):
    """Writes, in the same transaction, what comes with calls: ``changed`` were added or are different now (external id →
    record), ``ids`` are their rows, ``before`` what the source said of those that were there."""

    def __call__(
        self, session: Session, ids: dict[str, int], changed: dict[str, CallRecord], before: dict[int, Any]
    ) -> None: ...


def store(
    database: Database, source_id: int, batch: Sequence[CallRecord], manager: str | None, people: People, tally: Tally,
    zone: ZoneInfo, country_code: str, details: Details | None = None,
) -> None:  # fmt: skip
    """One transaction: new calls are added, changed ones updated, the rest left alone."""
    records = _united(batch, zone, country_code)
    option = [Claim(ManagerOrigin.OPTION, manager, None)] if manager else []
    added = changed = 0
    touched: dict[str, int] = {}
    before: dict[int, Any] = {}
    with database.write(bulk=True) as session:
        dialect = rows.Dialect(session.connection())
        people.refresh(session)
        now = clock.now()
        former = {before: text for text, record in records.items() for before in record.former_ids}
        merging.rename(session, source_id, former, people)
        known = rows.known_calls(session, dialect, source_id, list(records))
        fresh = [record for text, record in records.items() if text not in known]
        if fresh:
            choices = [people.choose(session, _claims(record) + option) for record in fresh]
            ids = rows.insert_calls(session, dialect, source_id, fresh, choices, now)
            _tag(session, fresh, ids, now)
            added = len(fresh)
            touched |= {rows.external_id(record): call_id for record, call_id in zip(fresh, ids, strict=True)}
        for text, (call_id, stored) in known.items():
            record = records[text]
            if rows.content_hash(record) == stored:
                continue
            record = _with_stored_rows(session, call_id, record, zone, country_code)
            if rows.content_hash(record) == stored:
                continue
            current = session.execute(
                select(Call.manager_id, Call.manager_origin).where(Call.id == call_id)
            ).one()
            mine = ManagerOrigin.LOG.value, ManagerOrigin.RECORD.value
            kept = Choice(None, None) if current[1] in mine else Choice(*current)
            choice = people.choose(session, _claims(record) + option, kept)
            if choice.manager_id is None:
                choice = Choice(*current)
            if details is not None:
                before[call_id] = session.scalar(select(Call.raw).where(Call.id == call_id))
            touched[text] = call_id
            changed += rows.update_call(session, dialect, call_id, record, choice, now)
        if details is not None and touched:
            details(session, touched, {text: records[text] for text in touched}, before)
    tally.added += added
    tally.changed += changed
    tally.unchanged += len(records) - added - changed


def _claims(record: CallRecord) -> list[Claim]:
    if not record.manager_name and not record.extension:
        return []
    return [Claim(record.manager_origin or ManagerOrigin.LOG, record.manager_name, record.extension)]


def _united(batch: Sequence[CallRecord], zone: ZoneInfo, country_code: str) -> dict[str, CallRecord]:
    """By external id; the later of two plain records counts, rows of one conversation are put together."""
    found: dict[str, CallRecord] = {}
    for record in batch:
        text = rows.external_id(record)
        before = asterisk.rows_of(found[text].raw) if text in found else {}
        if before:
            record = asterisk.combine(
                before | asterisk.rows_of(record.raw), zone, country_code, record.external_id
            )
        found[text] = record
    return found


def _with_stored_rows(
    session: Session, call_id: int, record: CallRecord, zone: ZoneInfo, country_code: str
) -> CallRecord:
    new = asterisk.rows_of(record.raw)
    if not new:
        return record
    stored = asterisk.rows_of(session.scalar(select(Call.raw).where(Call.id == call_id)))
    return (
        asterisk.combine(stored | new, zone, country_code, record.external_id)
        if stored.keys() - new.keys()
        else record
    )


def _tag(session: Session, records: Sequence[CallRecord], ids: Sequence[int], now: datetime) -> None:
    """Tags of a source on its new calls; later they are the people's."""
    wanted: dict[str, str] = {}
    links: set[tuple[int, str]] = set()
    for call_id, record in zip(ids, records, strict=True):
        for tag in record.tags:
            name = " ".join(tag.split())[:100]
            wanted.setdefault(name.casefold(), name)
            links.add((call_id, name.casefold()))
    if not links:
        return
    known = {
        row.name_key: row.id for row in session.scalars(select(Tag).where(Tag.name_key.in_(list(wanted))))
    }
    for key in sorted(wanted.keys() - known.keys()):
        tag_row = Tag(name=wanted[key], name_key=key, color="")
        session.add(tag_row)
        session.flush()
        known[key] = tag_row.id
    session.execute(
        insert(CallTag),
        [
            {"call_id": call_id, "tag_id": known[key], "author_id": None, "created_at": now}
            for call_id, key in sorted(links)
        ],
    )
