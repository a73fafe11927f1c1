"""Calls as documents for ``--json`` and as rows of a CSV file, a few hundred at a time."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from qaapp.calls.recordings import RecordingRow, list_recordings
from qaapp.errors import ReportError
from qaapp.i18n import N_, _, mask_phone
from qaapp.journal.pages import CallRow, rows_of
from qaapp.progress import Progress, Steps

BATCH = 500
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a cell that begins so would be run by a spreadsheet
COLUMNS = (
    "id", "source", "external_id", "started_at", "direction", "disposition", "customer_number", "customer_name",
    "line_number", "manager", "extension", "group", "wait_s", "talk_s", "duration_s", "tags", "comment", "recordings",
    "score_percent", "band", "talk_share", "silence_s", "interruptions", "longest_monologue_s",
)  # fmt: skip


def documents(
    session: Session, call_ids: Sequence[int], zone: ZoneInfo, *, mask: bool = False
) -> Iterator[dict[str, Any]]:
    """The calls in the given order, as the headless contract says. Moments carry the offset of ``zone``."""
    for start in range(0, len(call_ids), BATCH):
        part = call_ids[start : start + BATCH]
        recordings = list_recordings(session, part)
        for row in rows_of(session, part):
            yield document(row, recordings.get(row.id, ()), zone, mask=mask)


def document(
    row: CallRow, recordings: Sequence[RecordingRow], zone: ZoneInfo, *, mask: bool = False
) -> dict[str, Any]:
    return {
        "id": row.id,
        "source": row.source,
        "external_id": row.external_id,
        "started_at": row.started_at.astimezone(zone).isoformat(),
        "direction": row.direction.value,
        "disposition": row.disposition.value,
        "customer_number": mask_phone(row.customer_number)
        if mask and row.customer_number
        else row.customer_number,
        "customer_name": row.customer_name,
        "line_number": row.line_number,
        "manager": row.manager,
        "extension": row.extension,
        "group": row.group,
        "wait_s": row.wait_s,
        "talk_s": row.talk_s,
        "duration_s": row.duration_s,
        "tags": [tag.name for tag in row.tags],
        "comment": row.comment,
        "recordings": [
            {
                "id": recording.id,
                "path": recording.path,
                "state": recording.state.value,
                "duration_s": None if recording.duration_ms is None else recording.duration_ms / 1000,
                "channels": recording.channels,
            }
            for recording in recordings
        ],
        "score_percent": percent(row.score),
        "band": row.band.value if row.band else None,
        "talk_share": row.talk_share,
        "silence_s": None if row.silence_ms is None else row.silence_ms / 1000,
        "interruptions": row.interruptions,
        "longest_monologue_s": None if row.longest_manager_ms is None else row.longest_manager_ms / 1000,
    }


def percent(score: Fraction | None) -> float | None:
    """0–100, unrounded."""
    return None if score is None else float(score * 100)


def write_csv(
    session: Session, call_ids: Sequence[int], path: Path, zone: ZoneInfo, *, mask: bool = False
) -> Steps[Path]:
    """UTF-8 with a mark that Excel understands, through a temporary name. Raises ``ReportError``."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(COLUMNS)
            for number, call in enumerate(documents(session, call_ids, zone, mask=mask), start=1):
                writer.writerow(_cells(call))
                if number % BATCH == 0:
                    yield Progress(number, len(call_ids), _("Calls"))
        os.replace(part, path)
    except OSError as error:
        raise ReportError(
            N_("The file {path} could not be written: {reason}."), path=path, reason=error.strerror or error
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return path


def _cells(call: Mapping[str, Any]) -> list[Any]:
    plain = dict(call)
    plain["tags"] = ", ".join(call["tags"])
    plain["recordings"] = " ".join(recording["path"] for recording in call["recordings"])
    return [safe(plain[column]) for column in COLUMNS]


def safe(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula gets an apostrophe; numbers stay numbers."""
    if isinstance(value, str) and value.startswith(FORMULA):
        return "'" + value
    return value
