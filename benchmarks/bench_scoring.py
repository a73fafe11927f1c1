"""A mark saved, idle and beside a bulk writer; the ranking beside the bare SQL aggregate of the same marks."""

from __future__ import annotations

import os
import statistics
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text

from qaapp.ratings.drilldown import matrix
from qaapp.ratings.ranking import Query, rank
from qaapp.scorecards import cards, evaluations
from qaapp.scorecards.model import Card, CheckpointSpec, SectionSpec
from qaapp.settings import Rules
from qaapp.store.database import Database
from qaapp.store.schema import Call, Evaluation, Manager, Mark, Source, User
from qaapp.store.workspace import open_workspace

Result = tuple[str, str, str, float, str]
NOW = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
MANAGERS = 40


def run() -> list[Result]:
    """Rows (what, measured, reference, ratio, goal)."""
    quick = bool(os.environ.get("QAAPP_BENCH_QUICK"))
    with tempfile.TemporaryDirectory() as folder:
        workspace = open_workspace(Path(folder) / "w")
        try:
            card = _world(workspace.database)
            found = _marks(workspace.database, card, 200 if quick else 1000)
            found += _ranking(workspace.database, card, 5_000 if quick else 100_000)
        finally:
            workspace.close()
    return found


def _world(database: Database) -> Card:
    with database.write() as session:
        session.add(Source(kind="folder", name="bench", settings={}, created_at=NOW))
        session.add(User(name="Irina", role="reviewer", created_at=NOW))
        for number in range(MANAGERS):
            session.add(Manager(name=f"M{number}", name_key=f"m{number}", created_at=NOW))
        session.flush()
        points = tuple(CheckpointSpec(None, f"c{number}", f"Checkpoint {number}") for number in range(12))
        made = cards.create_card(session, "Bench", "any", (SectionSpec("Talk", "", points),), 1)
        return cards.publish(session, made.scorecard_id, 1)


def _call(number: int, minutes: int = 0) -> dict[str, Any]:
    return {
        "source_id": 1, "external_id": f"{number}", "started_at": NOW - timedelta(minutes=minutes),
        "manager_id": number % MANAGERS + 1, "talk_s": 120, "first_seen_at": NOW, "last_seen_at": NOW,
    }  # fmt: skip


def _timed_marks(database: Database, evaluation_id: int, card: Card, count: int) -> float:
    """The 95th percentile of a mark's whole way, transaction included, in milliseconds."""
    took = []
    for number in range(count):
        begun = time.perf_counter()
        with database.write() as session:
            point = card.checkpoints[number % 12].id or 0
            evaluations.set_mark(session, evaluation_id, point, number % 2, number * 10, 1)
        took.append((time.perf_counter() - begun) * 1000)
    return statistics.quantiles(took, n=20)[18]


def _marks(database: Database, card: Card, count: int) -> list[Result]:
    with database.write() as session:
        session.execute(insert(Call), [_call(-1)])
        draft = evaluations.open_draft(session, 1, card.revision_id, 1)
    idle = _timed_marks(database, draft.id, card, count)
    stop = threading.Event()
    written = 0

    def import_calls() -> None:
        nonlocal written
        number = 10_000_000
        while not stop.is_set():
            with database.write(bulk=True) as session:
                session.execute(insert(Call), [_call(number + i) for i in range(200)])
            number += 200
            written += 200

    writer = threading.Thread(target=import_calls)
    writer.start()
    try:
        busy = _timed_marks(database, draft.id, card, count)
    finally:
        stop.set()
        writer.join()
    return [
        ("a mark saved, p95", f"{idle:.1f} ms", "goal 10 ms", idle / 10, "≤ 10 ms"),
        (
            f"a mark saved while {written} calls are imported, p95", f"{busy:.1f} ms", "goal 50 ms", busy / 50,
            "≤ 50 ms",
        ),
    ]  # fmt: skip


def _ranking(database: Database, card: Card, count: int) -> list[Result]:
    points = [point.id for point in card.checkpoints]
    for start in range(0, count, 5000):
        with database.write(bulk=True) as session:
            numbers = range(start, min(count, start + 5000))
            session.execute(
                insert(Call),
                [
                    _call(number, number * 30 * 1440 // count) | {"id": number + 20_000_000}
                    for number in numbers
                ],
            )
            session.execute(
                insert(Evaluation),
                [
                    {
                        "id": number + 1000, "call_id": number + 20_000_000, "revision_id": card.revision_id,
                        "reviewer_id": 1, "origin": "random", "state": "submitted", "started_at": NOW,
                        "submitted_at": NOW, "updated_at": NOW, "passed": 12 - number % 7, "applicable": 12,
                    }
                    for number in numbers
                ],
            )  # fmt: skip
            session.execute(
                insert(Mark),
                [
                    {
                        "evaluation_id": number + 1000, "checkpoint_id": point, "value": int(order >= number % 7),
                        "at_ms": order * 1000, "marked_at": NOW,
                    }
                    for number in numbers
                    for order, point in enumerate(points)
                ],
            )  # fmt: skip
    bare = text(
        "SELECT c.manager_id, m.checkpoint_id, sum(m.value), count(m.value), count(*) FROM evaluations e "
        "JOIN calls c ON c.id = e.call_id JOIN marks m ON m.evaluation_id = e.id "
        "WHERE e.state = 'submitted' AND e.is_current = 1 GROUP BY c.manager_id, m.checkpoint_id"
    )
    rules = Rules(time_zone="Europe/Moscow")

    def once(what: Any) -> float:
        took = []
        for _round in range(3):
            with database.read() as session:
                begun = time.perf_counter()
                what(session)
                took.append(time.perf_counter() - begun)
        return min(took)

    reference = once(lambda session: session.execute(bare).all())
    ranking = once(lambda session: rank(session, Query(), rules))
    table = once(lambda session: matrix(session, Query(), rules))
    return [
        (
            f"ranking over {count} evaluations × 12 checkpoints", f"{ranking:.2f} s",
            f"bare SQL aggregate {reference:.2f} s", ranking / reference, "≤ 2 ×",
        ),
        (
            "the same with manager × checkpoint", f"{table:.2f} s", f"bare SQL aggregate {reference:.2f} s",
            table / reference, "–",
        ),
    ]  # fmt: skip


if __name__ == "__main__":
    for row in run():
        print(*row, sep=" | ")
