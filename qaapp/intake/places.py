"""Connections and recording roots that an import belongs to, found again when it is repeated."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from qaapp import clock
from qaapp.intake.mapping import signature
from qaapp.sheets import Sheet
from qaapp.sources.columns import ColumnMap
from qaapp.store.schema import RecordingRoot, Source


def log_source(session: Session, table: Sheet, columns: ColumnMap, name: str | None) -> int:
    """The connection of call logs with these headings (or of that name), made when there is none."""
    shape = f"layout:{columns.layout}" if columns.layout else signature(table.headings)
    for row in session.scalars(select(Source).where(Source.kind == "call_log").order_by(Source.id)):
        if (row.name == name) if name else row.settings.get("signature") == shape:
            return row.id
    wanted = name or ("Asterisk" if columns.is_cdr else table.path.stem) or "log"
    return _add(session, "call_log", wanted, {"signature": shape})


def folder_source(session: Session, root_id: int, path: str, name: str | None) -> int:
    """The connection of the recordings under one root."""
    for row in session.scalars(select(Source).where(Source.kind == "folder").order_by(Source.id)):
        if row.settings.get("root_id") == root_id:
            return row.id
    return _add(session, "folder", name or Path(path).name or path, {"root_id": root_id, "path": path})


def _add(session: Session, kind: str, name: str, settings: dict[str, object]) -> int:
    taken = set(session.scalars(select(Source.name)))
    row = Source(kind=kind, name=free_name(name[:190], taken), settings=settings, created_at=clock.now())
    session.add(row)
    session.flush()
    return row.id


def free_name(name: str, taken: set[str]) -> str:
    """``name``, or with a number behind it where it is taken."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free


def root_of(session: Session, folder: Path) -> tuple[int, Path]:
    """The named root that holds ``folder`` (the deepest), made when there is none, and its path here."""
    wanted = os.path.abspath(folder)
    best: RecordingRoot | None = None
    for row in session.scalars(select(RecordingRoot)):
        inside = wanted == row.path or wanted.startswith(row.path.rstrip(os.sep) + os.sep)
        if inside and (best is None or len(row.path) > len(best.path)):
            best = row
    if best is None:
        taken = set(session.scalars(select(RecordingRoot.name)))
        best = RecordingRoot(name=free_name((Path(wanted).name or wanted)[:190], taken), path=wanted)
        session.add(best)
        session.flush()
    return best.id, Path(best.path)


def roots_below(session: Session, folder: Path) -> list[tuple[int, Path]]:
    """Roots that lie inside ``folder``, the deepest first: their files belong to them already."""
    wanted = os.path.abspath(folder).rstrip(os.sep) + os.sep
    found = [
        (row.id, Path(row.path))
        for row in session.scalars(select(RecordingRoot))
        if row.path.startswith(wanted)
    ]
    return sorted(found, key=lambda item: -len(str(item[1])))
