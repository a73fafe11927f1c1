"""The search over the annotations of all calls and the phrases of a checkpoint, beside reading the same rows bare."""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

QUICK = bool(os.environ.get("QAAPP_BENCH_QUICK"))
CALLS, NOTES = (20_000, 10_000) if QUICK else (200_000, 100_000)
ROUNDS = 3
ZONE = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 3, 17, tzinfo=UTC)
WORDS = (
    "цена", "дорого", "подумаю", "менеджер", "клиент", "скидка", "адрес", "доставка", "возражение", "спасибо", "звонок",
    "завтра", "договор",
)  # fmt: skip
Figure = tuple[str, str, str, float, str]


@contextmanager
def _filled() -> Iterator[Any]:
    """A workspace with so many calls and annotations of forty managers and five authors."""
    from sqlalchemy import insert

    from qaapp.store.schema import Annotation, Call, Manager, Source, User
    from qaapp.store.workspace import open_workspace

    rng = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        workspace = open_workspace(Path(folder) / "workspace")
        with workspace.database.write() as session:
            session.add(Source(id=1, kind="folder", name="Calls", created_at=NOW))
            session.flush()
            people = [
                {"id": n, "name": f"M{n}", "name_key": f"m{n}", "created_at": NOW} for n in range(1, 41)
            ]
            session.execute(insert(Manager), people)
            session.execute(
                insert(User), [{"id": n, "name": f"U{n}", "created_at": NOW} for n in range(1, 6)]
            )
            calls = [
                {
                    "id": n, "source_id": 1, "external_id": str(n), "started_at": NOW - timedelta(minutes=3 * n),
                    "manager_id": n % 40 + 1, "first_seen_at": NOW, "last_seen_at": NOW,
                }
                for n in range(1, CALLS + 1)
            ]  # fmt: skip
            session.execute(insert(Call), calls)
            notes = [
                {
                    "call_id": rng.randrange(1, CALLS + 1), "kind_id": rng.randrange(1, 6), "end_ms": None,
                    "start_ms": rng.randrange(600_000), "text": " ".join(rng.choices(WORDS, k=6)), "said": "",
                    "should_have_said": "", "author_id": rng.randrange(1, 6), "created_at": NOW, "updated_at": NOW,
                    "sign": rng.choice([None, None, 1, -1]),
                }
                for _n in range(NOTES)
            ]  # fmt: skip
            session.execute(insert(Annotation), notes)
        yield workspace
        workspace.close()


def run() -> Iterator[Figure]:
    from sqlalchemy import text

    from qaapp.calls import annotation_search as searching
    from qaapp.calls.annotation_search import Wanted

    questions = {
        "everything": Wanted(),
        "a word that many have": Wanted(text="ДОРОГО"),
        "a word that none has": Wanted(text="никогда"),
        "kind, manager, word and sign": Wanted(
            frozenset([2]), "дорого", frozenset([7]), signs=frozenset([-1])
        ),
        "a week": Wanted(first_day=date(2026, 1, 1), last_day=date(2026, 1, 7)),
    }
    bare = "SELECT count(*) FROM annotations JOIN calls ON calls.id = call_id WHERE text LIKE '%' || :word || '%'"
    with _filled() as workspace, workspace.database.read() as session:
        reference = _best(lambda: session.execute(text(bare), {"word": "дорого"}).all())
        for name, wanted in questions.items():
            page = _best(lambda wanted=wanted: searching.page(session, wanted, ZONE))
            number = _best(lambda wanted=wanted: searching.count(session, wanted, ZONE))
            yield (
                f"{NOTES // 1000} 000 annotations, {name}: first page / number",
                f"{page * 1000:.0f} / {number * 1000:.0f} ms", f"LIKE over all, {reference * 1000:.0f} ms",
                page / reference, "–",
            )  # fmt: skip


def _best(work: Callable[[], object]) -> float:
    times = []
    for _round in range(ROUNDS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)
