"""A report reads from a session it is given, or from a database on one snapshot of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from qaapp.store.database import Database


@contextmanager
def reading(source: Session | Database) -> Iterator[Session]:
    """The given session, or a new reading one of the given database."""
    if isinstance(source, Database):
        with source.read() as session:
            yield session
    else:
        yield source
