"""The process is killed right after a tag was set: the tag is there, and the database opens whole."""

from __future__ import annotations

import os
import signal
import sqlite3
from pathlib import Path

import pytest
from call_makers import make_call
from sqlalchemy import select

from qaapp.calls import annotations
from qaapp.store.database import Database
from qaapp.store.schema import Annotation

KILLS = 20


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes; POSIX only")
def test_every_tag_that_was_told_is_there_after_a_kill(database: Database) -> None:
    with database.write() as session:
        call = make_call(session, "1")
        kind = annotations.list_kinds(session)[0].id
    url = database.url.render_as_string(hide_password=False)
    database.close()  # no connection may cross a fork
    told: list[str] = []
    for number in range(KILLS):
        told += _killed_child(url, call, kind, number, after=1 + number % 4)
    assert len(told) >= KILLS
    with database.read() as session:
        stored = session.execute(select(Annotation.text, Annotation.start_ms)).all()
    assert set(told) <= {text for text, _start in stored}
    assert all(text.endswith(f" at {start}") for text, start in stored), "none is half written"
    assert len(stored) <= len(told) + KILLS, "at most one more each time: written, not told yet"
    with sqlite3.connect(Path(database.url.database or "")) as line:
        assert line.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    line.close()


def _killed_child(url: str, call: int, kind: int, number: int, after: int) -> list[str]:
    """The texts of tags that a child said it had set before it was killed in the middle of the next."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(reading)
            database = Database(url)
            for start_ms in range(10_000):
                text = f"{number} at {start_ms}"
                with database.write() as session:
                    annotations.add(session, call, kind, start_ms, start_ms + 500, text)
                os.write(writing, f"{text}\n".encode())
        finally:
            os._exit(1)
    os.close(writing)
    heard = b""
    while heard.count(b"\n") < after and (part := os.read(reading, 4096)):
        heard += part
    os.kill(pid, signal.SIGKILL)
    while part := os.read(reading, 4096):
        heard += part
    os.close(reading)
    os.waitpid(pid, 0)
    return heard.decode().splitlines()
