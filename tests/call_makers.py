"""Makes calls in a test's database with as little said as possible."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from qaapp.calls.search_text import search_text
from qaapp.store.schema import Call, Group, Manager, Recording, RecordingRoot, Source

START = datetime(2026, 3, 17, 7, 0, tzinfo=UTC)


def make_source(session: Session, name: str = "Folder") -> int:
    found = session.scalar(select(Source.id).where(Source.name == name))
    if found is not None:
        return found
    source = Source(kind="folder", name=name, created_at=START)
    session.add(source)
    session.flush()
    return source.id


def make_manager(session: Session, name: str, group: str | None = None) -> int:
    group_id = None
    if group:
        stored = session.scalar(select(Group).where(Group.name == group))
        if stored is None:
            stored = Group(name=group)
            session.add(stored)
            session.flush()
        group_id = stored.id
    manager = Manager(name=name, name_key=name.casefold(), group_id=group_id, created_at=START)
    session.add(manager)
    session.flush()
    return manager.id


def make_call(session: Session, external_id: str, minutes: float = 0, **values: Any) -> int:
    """A call that began ``minutes`` after ``START``."""
    values.setdefault("source_id", make_source(session))
    values.setdefault("started_at", START + timedelta(minutes=minutes))
    values.setdefault(
        "search_text",
        search_text(
            values.get("customer_number"), values.get("customer_number_raw"), values.get("customer_name"),
            values.get("comment"),
        ),
    )  # fmt: skip
    call = Call(external_id=external_id, first_seen_at=START, last_seen_at=START, **values)
    session.add(call)
    session.flush()
    return call.id


def make_recording(session: Session, call_id: int, root_path: str, path: str, **values: Any) -> int:
    root = session.scalar(select(RecordingRoot).where(RecordingRoot.name == "calls"))
    if root is None:
        root = RecordingRoot(name="calls", path=root_path)
        session.add(root)
        session.flush()
    recording = Recording(call_id=call_id, root_id=root.id, path=path, **values)
    session.add(recording)
    session.get_one(Call, call_id).recording_count += 1
    session.flush()
    return recording.id
