"""One pull of a connection at a time, also from another process or another computer of the team.

A lease lies in the database and runs out by itself; a process of this computer that has died loses it at once.
"""

from __future__ import annotations

import os
import socket
import sys
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from qaapp import clock
from qaapp.errors import SourceError
from qaapp.i18n import N_
from qaapp.store.schema import Connection

LENGTH = timedelta(minutes=3)
_KEY = "lease"


def take(session: Session, connection_id: int) -> str:
    """Take the lease; its name. Raises ``SourceError`` (``busy``) while somebody else pulls this connection."""
    stored = session.get(Connection, connection_id)
    if stored is None:
        raise SourceError(N_("This connection is not there any more."), kind="gone")
    held = dict(stored.cursor or {}).get(_KEY)
    if held and _is_held(held):
        raise SourceError(
            N_("This connection is being pulled already ({computer}, process {process})."),
            hint=N_("Wait until it is done."),
            kind="busy",
            computer=held.get("host", "?"),
            process=held.get("pid", "?"),
        )
    name = uuid.uuid4().hex
    _write(stored, name)
    return name


def renew(session: Session, connection_id: int, name: str) -> None:
    """Hold it for some minutes more; nothing when it was lost."""
    stored = session.get(Connection, connection_id)
    if stored is not None and dict(stored.cursor or {}).get(_KEY, {}).get("name") == name:
        _write(stored, name)


def give_back(session: Session, connection_id: int, name: str) -> None:
    """Let others pull."""
    stored = session.get(Connection, connection_id)
    if stored is not None and dict(stored.cursor or {}).get(_KEY, {}).get("name") == name:
        stored.cursor = {key: value for key, value in stored.cursor.items() if key != _KEY}


def _write(stored: Connection, name: str) -> None:
    until = (clock.now() + LENGTH).timestamp()
    held = {"name": name, "host": socket.gethostname(), "pid": os.getpid(), "until": until}
    stored.cursor = {**(stored.cursor or {}), _KEY: held}


def _is_held(held: dict[str, Any]) -> bool:
    try:
        until = datetime.fromtimestamp(float(held["until"]), UTC)
    except (KeyError, TypeError, ValueError, OverflowError):
        return False
    if until <= clock.now():
        return False
    return held.get("host") != socket.gethostname() or _is_alive(int(held.get("pid", 0)))


def _is_alive(process: int) -> bool:
    if process == os.getpid():
        return True
    if sys.platform == "win32":  # there ``os.kill`` would end it
        import ctypes

        handle = ctypes.windll.kernel32.OpenProcess(0x1000, False, process)
        if handle:
            ctypes.windll.kernel32.CloseHandle(handle)
        return bool(handle)
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
