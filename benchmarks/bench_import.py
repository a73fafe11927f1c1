"""Import of a call log beside the raw ``executemany`` of the very same rows into the same schema and indexes."""

from __future__ import annotations

import csv
import os
import random
import shutil
import sqlite3
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from qaapp.intake.importing import import_paths
from qaapp.progress import run as finish
from qaapp.settings import Rules
from qaapp.store.rules import write_rules
from qaapp.store.workspace import open_workspace

Row = tuple[str, str, str, float, str]
TABLES = ("calls", "call_keys")
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    "cache_size=-65536",
    "temp_store=MEMORY",
)
HEADS = ("ID", "Дата и время", "Направление", "Статус", "Номер клиента", "Линия", "Внутренний номер", "Менеджер",
         "Длительность", "Разговор", "Источник", "Комментарий", "Запись")  # fmt: skip


def make_log(path: Path, count: int, start: int = 0) -> None:
    """A plausible log from ``start`` on: 40 managers, repeated customers, a comment on every eighth call."""
    chance = random.Random(20140317)
    at = datetime(2024, 1, 1) + timedelta(seconds=30 * start)  # noqa: DTZ001 - a log's local time
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(HEADS)
        for number in range(start, start + count):
            at += timedelta(seconds=chance.randrange(1, 60))
            agent, talk = chance.randrange(40), chance.choice((0, 0, chance.randrange(5, 900)))
            way = chance.choice(("Входящий", "Исходящий"))
            writer.writerow(
                (
                    f"{1700000000 + number}.{number}", at.strftime("%Y-%m-%d %H:%M:%S"), way,
                    "Отвечен" if talk else "Нет ответа", f"8916{chance.randrange(10**6):07}", "74951230000", 100 + agent,
                    f"Менеджер {agent}", talk + chance.randrange(3, 40), talk, chance.choice(("Яндекс", "Сайт", "")),
                    "перезвонить завтра" if number % 8 == 0 else "", f"rec-{number}.wav" if talk else "",
                )
            )  # fmt: skip


def timed_import(folder: Path, count: int) -> tuple[float, Path]:
    """Seconds of importing ``count`` calls into a new workspace, and its database file."""
    log = folder / f"log-{count}.csv"
    make_log(log, count)
    workspace = open_workspace(folder / f"workspace-{count}")
    with workspace.database.write() as session:
        write_rules(session, Rules(time_zone="Europe/Moscow"))
    started = time.perf_counter()
    summary = finish(import_paths(workspace.database, [log]))
    seconds = time.perf_counter() - started
    assert summary.added == count
    workspace.close()
    return seconds, folder / f"workspace-{count}" / "qaapp.sqlite"


def timed_raw(filled: Path) -> float:
    """Seconds of ``executemany`` of the rows of ``filled`` into the same tables, indexes and triggers, emptied."""
    empty = filled.with_name("raw.sqlite")
    shutil.copyfile(filled, empty)
    target = sqlite3.connect(empty, isolation_level=None)
    for table in reversed(TABLES):
        target.execute(f"DELETE FROM {table}")
    target.execute("VACUUM")
    for pragma in PRAGMAS:
        target.execute(f"PRAGMA {pragma}")
    source = sqlite3.connect(filled)
    rows = {table: source.execute(f"SELECT * FROM {table} ORDER BY rowid").fetchall() for table in TABLES}
    source.close()
    started = time.perf_counter()
    target.execute("BEGIN IMMEDIATE")
    for table in TABLES:
        target.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(rows[table][0]))})", rows[table])
    target.execute("COMMIT")
    seconds = time.perf_counter() - started
    target.close()
    return seconds


def timed_more(folder: Path, filled: Path, count: int) -> tuple[float, float]:
    """Seconds of importing ``count`` further calls into a filled workspace, and of their raw ``executemany`` in the same
    short transactions of 200: longer ones would keep a reviewer's mark waiting."""
    log = folder / "more.csv"
    make_log(log, count, 10_000_000)
    before = folder / "before.sqlite"
    with sqlite3.connect(filled) as source, sqlite3.connect(before) as target:
        source.backup(target)
    workspace = open_workspace(filled.parent)
    started = time.perf_counter()
    finish(import_paths(workspace.database, [log]))
    seconds = time.perf_counter() - started
    workspace.close()
    source = sqlite3.connect(filled)
    first = source.execute("SELECT max(id) - ? FROM calls", (count,)).fetchone()[0]
    calls = source.execute("SELECT * FROM calls WHERE id > ? ORDER BY id", (first,)).fetchall()
    keys = source.execute("SELECT * FROM call_keys WHERE call_id > ? ORDER BY rowid", (first,)).fetchall()
    source.close()
    target = sqlite3.connect(before, isolation_level=None)
    for pragma in PRAGMAS:
        target.execute(f"PRAGMA {pragma}")
    into_calls = f"INSERT INTO calls VALUES ({','.join('?' * len(calls[0]))})"
    by_call: dict[int, list[tuple[object, ...]]] = {}
    for key in keys:
        by_call.setdefault(key[1], []).append(key)
    started = time.perf_counter()
    for start in range(0, len(calls), 200):
        part = calls[start : start + 200]
        target.execute("BEGIN IMMEDIATE")
        target.executemany(into_calls, part)
        target.executemany(
            "INSERT INTO call_keys VALUES (?,?)", [key for row in part for key in by_call.get(row[0], ())]
        )
        target.execute("COMMIT")
    raw = time.perf_counter() - started
    target.close()
    return seconds, raw


def run() -> list[Row]:
    """The rows of the report."""
    quick = bool(os.environ.get("QAAPP_BENCH_QUICK"))
    count = 20_000 if quick else 100_000
    folder = Path(tempfile.mkdtemp(prefix="qaapp-bench-"))
    try:
        timed_import(folder, 500)  # imports of modules are not the import of calls
        seconds, filled = timed_import(folder, count)
        raw = timed_raw(filled)
        more, raw_more = timed_more(folder, filled, count // 10)
        results: list[Row] = [
            (
                f"first import of a call log, {count} rows", f"{seconds:.2f} s, {count / seconds:,.0f} rows/s",
                f"{raw:.2f} s raw executemany, one transaction", seconds / raw, "≤ 1.5",
            ),
            (
                f"import of {count // 10} more calls", f"{more:.2f} s, {count / 10 / more:,.0f} rows/s",
                f"{raw_more:.2f} s raw executemany, 200 a transaction", more / raw_more, "≤ 1.5",
            ),
        ]  # fmt: skip
        if not quick:
            third, _filled = timed_import(folder, count * 3)
            results.append(
                (
                    "import: three times the rows", f"{third:.2f} s", f"3 × {seconds:.2f} s for a third",
                    third / (3 * seconds), "about 1: linear",
                )
            )  # fmt: skip
        return results
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    for line in run():
        print(*line, sep=" | ")
