"""Folders that were moved: recordings are found again by their path inside the folder and their size; nothing is lost."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, exists, func, literal, select, update
from sqlalchemy.orm import Session, aliased

from qaapp.intake.places import root_of
from qaapp.store.schema import Call, Connection, Recording, RecordingRoot, Source

SEEN = (
    "seen"  # in ``Source.settings``: where the folder was at the last look (no word of the form, so it stays)
)
LOOKED_FOR = 50  # recordings that decide whether a folder is the one that was moved


@dataclass(frozen=True)
class Recognised:
    """Of ``looked`` recordings that are known by the old place, ``found`` lie in the new one with their size."""

    found: int
    looked: int

    @property
    def is_it(self) -> bool:
        """Whether it is the same folder: most of them are there."""
        return self.found > 0 and self.found * 2 >= self.looked


def recognise(session: Session, old: Path, new: Path) -> Recognised:
    """Look for recordings of the folder ``old`` in ``new``: the newest ones and the oldest ones."""
    root = holder_of(session, old)
    if root is None:
        return Recognised(0, 0)
    return _recognise(session, root.id, prefix_of(Path(root.path), old), new)


def holder_of(session: Session, folder: Path) -> RecordingRoot | None:
    """The deepest root that a folder is or lies in."""
    wanted = os.path.abspath(folder)
    roots = [
        root
        for root in session.scalars(select(RecordingRoot))
        if wanted == root.path or wanted.startswith(root.path.rstrip(os.sep) + os.sep)
    ]
    return max(roots, key=lambda root: len(root.path), default=None)


def prefix_of(root: Path, folder: Path) -> str:
    """How paths of a folder begin inside its root: "" or ``2026/11/``."""
    inside = Path(os.path.abspath(folder)).relative_to(root).as_posix()
    return "" if inside == "." else inside + "/"


def _recognise(session: Session, root_id: int, prefix: str, new: Path) -> Recognised:
    mine = select(Recording.path, Recording.size_bytes).where(
        Recording.root_id == root_id, Recording.size_bytes > 0, func.substr(Recording.path, 1, len(prefix)) == prefix
    )  # fmt: skip
    half = LOOKED_FOR // 2
    rows: set[tuple[str, int]] = set()
    for order in (Recording.id.desc(), Recording.id.asc()):
        rows |= {(row[0], row[1]) for row in session.execute(mine.order_by(order).limit(half))}
    found = 0
    for path, size in rows:
        try:
            found += new.joinpath(*path[len(prefix) :].split("/")).stat().st_size == size
        except (OSError, ValueError):
            continue
    return Recognised(found, len(rows))


def root_of_connection(session: Session, source_id: int, folder: Path) -> tuple[int, Path]:
    """The named root of a connection's folder, which follows a folder that was moved. An import by hand of the same folder
    becomes part of the connection."""
    source = session.get_one(Source, source_id)
    was = (source.settings.get(SEEN) or {}).get("folder")
    if was and Path(was) != folder:
        _follow(session, Path(was), folder)
    root_id, root = root_of(session, folder)
    source.settings = {**source.settings, "root_id": root_id, SEEN: {"folder": str(folder)}}
    if source.kind == "folder" and root == folder:
        _adopt(session, source_id, root_id)
    return root_id, root


def _follow(session: Session, old: Path, new: Path) -> None:
    """Show recordings of ``old`` their new place, if they lie there."""
    holder = holder_of(session, old)
    if holder is None:
        return
    prefix = prefix_of(Path(holder.path), old)
    if not _recognise(session, holder.id, prefix, new).is_it:
        return
    if not prefix and holder_of(session, new) is None:
        holder.path = str(new)
        session.flush()
        return
    root_id, root = root_of(session, new)
    inside = prefix_of(root, new)
    other = aliased(Recording)
    path = literal(inside) + func.substr(Recording.path, len(prefix) + 1)
    session.execute(
        update(Recording)
        .where(
            Recording.root_id == holder.id,
            func.substr(Recording.path, 1, len(prefix)) == prefix,
            ~exists().where(other.root_id == root_id, other.path == path),
        )
        .values(root_id=root_id, path=path)
        .execution_options(synchronize_session=False)
    )


def _adopt(session: Session, source_id: int, root_id: int) -> None:
    others = [
        row.id
        for row in session.scalars(select(Source).where(Source.kind == "folder", Source.id != source_id))
        if row.settings.get("root_id") == root_id and session.get(Connection, row.id) is None
    ]
    mine = session.scalar(select(Call.id).where(Call.source_id == source_id).limit(1))
    if len(others) == 1 and mine is None:
        session.execute(update(Call).where(Call.source_id == others[0]).values(source_id=source_id))
        session.execute(delete(Source).where(Source.id == others[0]))
