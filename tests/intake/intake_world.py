"""What the tests of the import share: short sounds, call logs, and a picture of all that an import wrote."""

from __future__ import annotations

import csv
import math
import struct
import wave
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select

from qaapp.calls import people
from qaapp.intake.importing import ImportOptions, ImportSummary, import_paths
from qaapp.progress import run
from qaapp.store.database import Database
from qaapp.store.schema import Call, CallKey, CallTag, Leg, Manager, Recording, Source


def sound(path: Path, seconds: float = 1.0, rate: int = 8000) -> Path:
    """A short tone as WAV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frames = [int(8000 * math.sin(index / 5)) for index in range(int(seconds * rate))]
    with wave.open(str(path), "wb") as stream:
        stream.setparams((1, 2, rate, len(frames), "NONE", ""))
        stream.writeframes(struct.pack(f"<{len(frames)}h", *frames))
    return path


def log(
    path: Path, headings: Sequence[str], rows: Iterable[Sequence[object]], encoding: str = "utf-8"
) -> Path:
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerows([headings, *rows])
    return path


def bring(database: Database, *paths: Path, **options: Any) -> ImportSummary:
    return run(import_paths(database, list(paths), ImportOptions(**options)))


def counts(summary: ImportSummary) -> tuple[int, int, int, int]:
    return summary.found, summary.added, summary.changed, summary.unchanged


def calls(database: Database) -> list[Call]:
    with database.read() as session:
        rows = list(session.scalars(select(Call).order_by(Call.started_at, Call.external_id)))
        session.expunge_all()
        return rows


def managers(database: Database) -> dict[str, str | None]:
    """External id → name of the manager."""
    with database.read() as session:
        return {
            row[0]: row[1]
            for row in session.execute(
                select(Call.external_id, Manager.name).outerjoin(Manager, Manager.id == Call.manager_id)
            )
        }


def picture(database: Database) -> Any:
    """Everything an import writes, without row ids and without the moments of writing."""
    with database.read() as session:
        names = {row.id: row.name for row in session.scalars(select(Manager))}
        sources = {row.id: (row.kind, row.name) for row in session.scalars(select(Source))}
        found = []
        for call in session.scalars(select(Call).order_by(Call.external_id, Call.source_id)):
            values = {
                column.key: getattr(call, column.key)
                for column in Call.__mapper__.column_attrs
                if column.key not in ("id", "source_id", "manager_id", "first_seen_at", "last_seen_at")
            }
            values["source"] = sources[call.source_id]
            values["manager"] = names.get(call.manager_id or 0)
            values["keys"] = sorted(session.scalars(select(CallKey.key).where(CallKey.call_id == call.id)))
            values["legs"] = [
                (leg.kind, leg.party, leg.started_at, leg.talk_s)
                for leg in session.scalars(select(Leg).where(Leg.call_id == call.id).order_by(Leg.position))
            ]
            values["tags"] = len(
                list(session.scalars(select(CallTag.tag_id).where(CallTag.call_id == call.id)))
            )
            values["recordings"] = [
                (row.path, row.lane, row.state, row.duration_ms, row.position)
                for row in session.scalars(
                    select(Recording).where(Recording.call_id == call.id).order_by(Recording.path)
                )
            ]
            found.append(values)
        persons = [(row.name, row.extensions, row.calls) for row in people.list_people(session)]
        return found, persons
