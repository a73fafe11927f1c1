"""Annotations found across calls as a file: Excel or CSV, some hundred in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from qaapp import i18n
from qaapp.calls.annotation_labels import sign_word
from qaapp.calls.annotation_search import FoundAnnotation, Wanted, count, every
from qaapp.errors import ReportError
from qaapp.i18n import N_, _
from qaapp.progress import Progress, Steps
from qaapp.reports.reading import reading
from qaapp.store.database import Database
from qaapp.store.rules import read_rules
from qaapp.tables import Column, Kind, Table, write_csv
from qaapp.workbook import write_workbook


def write_annotations(
    source: Session | Database, wanted: Wanted, path: Path, *, mask: bool = False
) -> Steps[Path]:
    """Write what ``wanted`` finds to ``path``; the suffix chooses Excel or CSV. Raises ``ReportError``."""
    suffix = path.suffix.lower()
    if suffix not in (".xlsx", ".csv"):
        raise ReportError(
            N_("Annotations are written as .xlsx or .csv, not {suffix}."), kind="format", suffix=suffix or "–"
        )
    with reading(source) as session:
        zone = read_rules(session).zone
        yield Progress(0, None, _("Reading the annotations"))
        total = count(session, wanted, zone)
        table = Table(_("Annotations"), _columns(), _rows(every(session, wanted, zone), mask), total)
        if suffix == ".csv":
            return (yield from write_csv(path, table, zone))
        return (yield from write_workbook(path, [table], zone, _("Annotations")))


def _columns() -> list[Column]:
    return [
        Column("started_at", _("Call"), Kind.MOMENT, 17),
        Column("manager", _("Manager"), width=22),
        Column("customer", _("Number"), width=19),
        Column("start", _("From"), Kind.DURATION, 9),
        Column("length", _("Length"), Kind.DURATION, 9),
        Column("kind", _("Kind"), width=18),
        Column("sign", _("Plus or minus"), width=10),
        Column("text", _("Annotation"), width=44, wrap=True),
        Column("said", _("Said"), width=36, wrap=True),
        Column("should_have_said", _("Should have said"), width=36, wrap=True),
        Column("checkpoint", _("Checkpoint"), width=30, wrap=True),
        Column("author", _("Author"), width=18),
        Column("created_at", _("Made"), Kind.MOMENT, 17),
        Column("call_id", _("Call ID"), Kind.INT, 9),
    ]


def _rows(found: Iterator[FoundAnnotation], mask: bool) -> Iterator[list[Any]]:
    number = i18n.mask_phone if mask else i18n.phone
    for hit in found:
        note = hit.annotation
        length = None if note.end_ms is None else (note.end_ms - note.start_ms) / 1000
        yield [
            hit.started_at, hit.manager, number(hit.customer_number) if hit.customer_number else None,
            note.start_ms / 1000, length, hit.kind.name, sign_word(note.sign) or None, note.text or None,
            note.said or None, note.should_have_said or None, note.checkpoint or None, note.author or None,
            note.created_at, note.call_id,
        ]  # fmt: skip
