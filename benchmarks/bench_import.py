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
HEADS = ("ID", "Дата и время", "Направление", "Статус", "Номер клиента", "Линия", "Внутренний номер", "Менеджер",
         "Длительность", "Разговор", "Источник", "Комментарий", "Запись")  # fmt: skip


def make_log(path: Path, count: int) -> None:
    """A plausible log: 40 managers, repeated customers, a comment on every eighth call."""
    chance = random.Random(20140317)
    at = datetime(2024, 1, 1)  # noqa: DTZ001 - a log's local time
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(HEADS)
        for number in range(count):
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


def timed_raw(filled: Path, batch: int | None) -> float:
    """Seconds of ``executemany`` of the rows of ``filled`` into the same tables, indexes and triggers, emptied: in one
    transaction, or in transactions of ``batch`` calls."""
    empty = filled.with_name(f"raw-{batch}.sqlite")
    shutil.copyfile(filled, empty)
    target = sqlite3.connect(empty, isolation_level=None)
    target.create_function("casefold", 1, lambda text: text and text.casefold(), deterministic=True)
    for table in reversed(TABLES):
        target.execute(f"DELETE FROM {table}")
    target.execute("VACUUM")
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "cache_size=-65536",
        "temp_store=MEMORY",
    ):
        target.execute(f"PRAGMA {pragma}")
    source = sqlite3.connect(filled)
    rows = {table: source.execute(f"SELECT * FROM {table} ORDER BY rowid").fetchall() for table in TABLES}
    source.close()
    keys: dict[int, list[tuple[object, ...]]] = {}
    for key in rows["call_keys"]:
        keys.setdefault(key[1], []).append(key)
    marks = {table: ",".join("?" * len(rows[table][0])) for table in TABLES}
    calls = rows["calls"]
    size = batch or len(calls)
    started = time.perf_counter()
    for start in range(0, len(calls), size):
        part = calls[start : start + size]
        target.execute("BEGIN IMMEDIATE")
        target.executemany(f"INSERT INTO calls VALUES ({marks['calls']})", part)
        target.executemany(
            f"INSERT INTO call_keys VALUES ({marks['call_keys']})",
            [key for call in part for key in keys.get(call[0], ())],
        )
        target.execute("COMMIT")
    seconds = time.perf_counter() - started
    target.close()
    return seconds


def run() -> list[Row]:
    """The rows of the report."""
    quick = bool(os.environ.get("QAAPP_BENCH_QUICK"))
    count = 5_000 if quick else 100_000
    folder = Path(tempfile.mkdtemp(prefix="qaapp-bench-"))
    try:
        seconds, filled = timed_import(folder, count)
        raw = timed_raw(filled, None)
        gentle = timed_raw(filled, 200)
        results: list[Row] = [
            (
                f"import of a call log, {count} rows", f"{seconds:.2f} s, {count / seconds:,.0f} rows/s",
                f"{raw:.2f} s raw executemany, one transaction", seconds / raw, "≤ 1.5",
            ),
            (
                f"the same beside raw in batches of 200, {count} rows", f"{seconds:.2f} s",
                f"{gentle:.2f} s raw executemany, 200 a transaction", seconds / gentle, "≤ 1.5",
            ),
        ]  # fmt: skip
        tenth, _filled = timed_import(folder, count // 10)
        results.append(
            (
                "import: ten times the rows", f"{seconds:.2f} s", f"10 × {tenth:.2f} s for a tenth", seconds / (10 * tenth),
                "about 1: linear",
            )
        )  # fmt: skip
        return results
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    for line in run():
        print(*line, sep=" | ")
