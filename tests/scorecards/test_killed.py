"""The process is killed at any moment: every mark that was acknowledged is in the database, and it opens whole."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
from pathlib import Path

import pytest
import scoring_world as world

from qaapp.scorecards import evaluations
from qaapp.store.database import Database

KILLS = 100


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes; POSIX only")
def test_a_hundred_kills_lose_no_mark(database: Database) -> None:
    """Each child is forked (no start-up cost), marks in a loop and acknowledges through a pipe; the parent reads some
    acknowledgements, kills it with SIGKILL in the middle of the next writes, and compares with the database."""
    with database.write() as session:
        me, card = world.user(session), world.card(session, 6)
        draft = evaluations.open_draft(session, world.call(session), card.revision_id, me)
    points = [point.id for point in card.checkpoints]
    url = database.url.render_as_string(hide_password=False)
    database.close()  # no connection may cross a fork
    chance, saved, acknowledged = random.Random(7), dict[int, tuple[int | None, int]](), 0
    for round_number in range(KILLS):
        lines = _killed_child(url, draft.id, points, round_number, chance)
        acknowledged += len(lines)
        for checkpoint_id, value, at_ms in lines:
            saved[checkpoint_id] = (value, at_ms)
        seen = _stored(Path(database.url.database), draft.id)
        for checkpoint_id, expected in saved.items():
            if seen[checkpoint_id] != expected:
                # the one mark after the last acknowledgement may have been committed too, unacknowledged
                assert _may_be_the_next(round_number, points, len(lines), checkpoint_id, seen[checkpoint_id])
                saved[checkpoint_id] = seen[checkpoint_id]
    assert acknowledged > KILLS
    with sqlite3.connect(database.url.database) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def _steps(seed: int, points: list[int], count: int) -> list[tuple[int, int | None, int]]:
    """What the child of this seed does, in order."""
    chance, done = random.Random(seed), []
    for _step in range(count):
        checkpoint_id, at_ms = chance.choice(points), chance.randrange(1_000_000)
        done.append((checkpoint_id, chance.choice([1, 0, None]), at_ms))
    return done


def _may_be_the_next(seed: int, points: list[int], count: int, checkpoint_id: int, found: object) -> bool:
    following = _steps(seed, points, count + 1)[-1]
    return following[0] == checkpoint_id and following[1:] == found


def _killed_child(
    url: str, evaluation_id: int, points: list[int], seed: int, chance: random.Random
) -> list[tuple[int, int | None, int]]:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(reading)
            database = Database(url)
            for checkpoint_id, value, at_ms in _steps(seed, points, 10_000):
                with database.write() as session:
                    evaluations.set_mark(session, evaluation_id, checkpoint_id, value, at_ms)
                os.write(writing, f"{checkpoint_id} {value} {at_ms}\n".encode())
        finally:
            os._exit(1)
    os.close(writing)
    wanted = chance.randrange(1, 4)
    heard = b""
    while heard.count(b"\n") < wanted:
        chunk = os.read(reading, 4096)
        if not chunk:
            break
        heard += chunk
    for _spin in range(chance.randrange(0, 20_000)):  # a random moment inside the next write
        pass
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    while chunk := os.read(reading, 4096):
        heard += chunk
    os.close(reading)
    rows = [line.split() for line in heard.decode().splitlines()]
    return [(int(point), None if value == "None" else int(value), int(at_ms)) for point, value, at_ms in rows]


def _stored(path: Path, evaluation_id: int) -> dict[int, tuple[int | None, int]]:
    connection = sqlite3.connect(path)
    try:
        rows = connection.execute(
            "SELECT checkpoint_id, value, at_ms FROM marks WHERE evaluation_id = ?", (evaluation_id,)
        ).fetchall()
    finally:
        connection.close()
    return {checkpoint_id: (value, at_ms) for checkpoint_id, value, at_ms in rows}
