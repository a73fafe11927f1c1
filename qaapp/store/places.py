"""Where things lie on this computer: folders of recordings, the size of the cache, emptying it."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from qaapp.store.schema import Recording, RecordingRoot


@dataclass(frozen=True)
class RootRow:
    """A folder of recordings: its name, where it was when it was added, how many recordings it has."""

    id: int
    name: str
    path: str
    recordings: int


def list_roots(session: Session) -> list[RootRow]:
    """Folders of recordings by name."""
    counts = select(Recording.root_id, func.count().label("n")).group_by(Recording.root_id).subquery()
    rows = session.execute(
        select(RecordingRoot.id, RecordingRoot.name, RecordingRoot.path, func.coalesce(counts.c.n, 0))
        .outerjoin(counts, counts.c.root_id == RecordingRoot.id)
        .order_by(RecordingRoot.name)
    )
    return [RootRow(*row) for row in rows]


def folder_size(folder: Path) -> int:
    """Bytes of every file under ``folder``; what cannot be read counts nothing."""
    total = 0
    for parent, _folders, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(parent, name)).st_size
            except OSError:
                continue
    return total


def clear_cache(folder: Path) -> int:
    """Delete everything inside the cache folder and give the bytes that became free; links are not followed."""
    before = folder_size(folder)
    for entry in list(os.scandir(folder)) if folder.is_dir() else []:
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            try:
                os.unlink(entry.path)
            except OSError:
                continue
    return before - folder_size(folder)
