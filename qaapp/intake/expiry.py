"""Downloaded files that the connection's own rule lets go. Files in folders of the user are never touched."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from qaapp import clock
from qaapp.i18n import _
from qaapp.intake.connections import ConnectionRow
from qaapp.progress import Progress, Steps
from qaapp.store.chunks import chunks
from qaapp.store.schema import COPY, Annotation, ArchiveItem, Call, Evaluation, Recording, RemoteRecording
from qaapp.store.workspace import Workspace
from qaapp.words import RecordingState

DAYS_A_MONTH = 30.44


def expire(workspace: Workspace, row: ConnectionRow) -> Steps[int]:
    """Delete downloaded files by the connection's rule: older than *keep for N months*, then the oldest over the quota.

    Calls with an evaluation, an annotation or a place in the archive are never touched. How many files went.
    """
    if row.keep_months is None and row.quota_mb is None:
        return 0
    database, gone = workspace.database, 0
    with database.read() as session:
        files = _droppable(session, row.id)
        total = sum(size for _id, _path, size, _at in _downloaded(session, row.id))
    limit = clock.now() - timedelta(days=round((row.keep_months or 0) * DAYS_A_MONTH))
    quota = None if row.quota_mb is None else row.quota_mb << 20
    for recording_id, path, size, started_at in files:
        too_old = row.keep_months is not None and started_at < limit
        if not too_old and (quota is None or total <= quota):
            continue
        with database.write(bulk=True) as session:
            _expire_one(session, recording_id)
        with contextlib.suppress(OSError):
            (workspace.recordings / path).unlink(missing_ok=True)
        total -= size
        gone += 1
        yield Progress(gone, None, _("Removing old recordings"), row.name)
    return gone


def _downloaded(session: Session, connection_id: int) -> Sequence[tuple[int, str, int, datetime]]:
    rows = session.execute(
        select(Recording.id, Recording.path, Recording.size_bytes, Call.started_at)
        .join(RemoteRecording, RemoteRecording.recording_id == Recording.id)
        .join(Call, Call.id == Recording.call_id)
        .where(
            RemoteRecording.source_id == connection_id, Recording.state == RecordingState.AVAILABLE.value,
            Recording.path.like("%-" + str(connection_id) + "/%"),
        )
        .order_by(Call.started_at, Recording.id)
        .distinct()
    )  # fmt: skip
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def _droppable(session: Session, connection_id: int) -> list[tuple[int, str, int, datetime]]:
    rows = _downloaded(session, connection_id)
    calls = {
        row[0]: row[1]
        for row in session.execute(
            select(Recording.id, Recording.call_id).where(Recording.id.in_([r[0] for r in rows]))
        )
    }
    worked: set[int] = set()
    for part in chunks(sorted(set(calls.values()))):
        worked |= set(session.scalars(select(Evaluation.call_id).where(Evaluation.call_id.in_(part))))
        for table in (Annotation, ArchiveItem):
            worked |= set(session.scalars(
                select(table.call_id).where(table.call_id.in_(part), table.deleted_at.is_(None))
            ))  # fmt: skip
    return [row for row in rows if calls[row[0]] not in worked]


def _expire_one(session: Session, recording_id: int) -> None:
    session.execute(
        update(Recording).where(Recording.id == recording_id).values(state=RecordingState.EXPIRED.value)
    )
    session.execute(  # a folder that has the same sound brings it in at its next look
        delete(RemoteRecording).where(
            RemoteRecording.recording_id == recording_id, RemoteRecording.kind == COPY
        )
    )
    session.execute(
        update(RemoteRecording)
        .where(RemoteRecording.recording_id == recording_id)
        .values(state=RecordingState.EXPIRED.value, updated_at=clock.now())
    )
