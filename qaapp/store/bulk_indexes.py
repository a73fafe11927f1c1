"""A first big load builds the indexes of calls last: a quarter of the time, and of the wear on the disk.

The statements that make them again are kept in the database in the same transaction that drops them, so that a process
that is killed in between leaves nothing behind: opening the workspace, or the next load, builds them. SQLite only.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from qaapp.store.database import Database
from qaapp.store.schema import Call, Setting

KEY = "bulk_indexes"


def set_aside(database: Database) -> bool:
    """Drop the indexes of calls where there is no call yet (keys and uniqueness stay); whether it was done."""
    if not database.is_sqlite:
        return False
    with database.write() as session:
        if session.scalar(select(Call.id).limit(1)) is not None:
            return False
        connection = session.connection()
        found = connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'calls' AND sql IS NOT NULL"
        ).all()
        if not found or session.get(Setting, KEY) is not None:
            return False
        session.add(Setting(key=KEY, value={name: sql for name, sql in found}))  # noqa: C416 - rows, typed so
        session.flush()
        for name, _sql in found:
            connection.exec_driver_sql(f'DROP INDEX "{name}"')
    return True


def build(database: Database) -> None:
    """Make again what ``set_aside`` dropped, one index a transaction; nothing to do otherwise."""
    if not database.is_sqlite:
        return
    while True:
        with database.write(bulk=True) as session:
            if not _build_one(session):
                return


def _build_one(session: Session) -> bool:
    stored = session.get(Setting, KEY)
    if stored is None:
        return False
    waiting = dict(stored.value)
    if not waiting:
        session.delete(stored)
        return False
    name, sql = waiting.popitem()
    connection = session.connection()
    known = connection.exec_driver_sql(
        "SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = ?", (name,)
    )
    if known.first() is None:
        connection.exec_driver_sql(sql)
    stored.value = waiting
    return True
