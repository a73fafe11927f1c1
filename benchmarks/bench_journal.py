"""The journal of a million calls: first page, every filter, every order, ten named combinations, their counts.

Each page is measured with the rows it shows (tags, managers, groups), warm, the better of two. Beside the pages stands
reading 100 calls by their ids, which no journal can be quicker than; beside the last calls written, the first.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlalchemy.orm import Session

from qaapp.calls.search_text import search_text
from qaapp.journal.pages import SORTS, Filter, Sort, count, page, rows_of
from qaapp.store.database import Database
from qaapp.store.schema import Annotation, CallTag, Group, Manager, Source, Tag, to_ms
from qaapp.store.workspace import open_workspace

ZONE = ZoneInfo("Europe/Moscow")
START = datetime(2023, 3, 17, tzinfo=UTC)
BATCH = 2_500
Row = tuple[str, str, str, float, str]


class Timing(NamedTuple):
    name: str
    page_ms: float
    count_ms: float
    calls: int


def run() -> list[Row]:
    size = 50_000 if os.environ.get("QAAPP_BENCH_QUICK") else 1_000_000
    with tempfile.TemporaryDirectory(prefix="qaapp-bench-") as folder:
        workspace = open_workspace(Path(folder))
        try:
            first_s, last_s = fill(workspace.database, size)
            return [_load(size, first_s, last_s), *_pages(workspace.database, size)]
        finally:
            workspace.close()


def _load(size: int, first_s: float, last_s: float) -> Row:
    """Does writing slow down as the journal grows? The last quarter beside the first."""
    return (
        f"writing {size:,} calls: the last quarter",
        f"{last_s:.1f} s",
        f"the first quarter {first_s:.1f} s",
        last_s / first_s,
        "grows linearly",
    )


def _pages(database: Database, size: int) -> Iterator[Row]:
    floor = _floor(database, size)
    groups: list[tuple[str, dict[str, tuple[Filter, Sort]], float]] = [
        ("first page", {"first": (Filter(), Sort())}, 100),
        (
            "each order, both ways",
            {f"{c} {d}": (Filter(), Sort(c, d)) for c in SORTS for d in (True, False)},
            100,
        ),
        ("each single filter", {name: (filter, Sort()) for name, filter in FILTERS.items()}, 100),
        ("ten combinations", {name: (filter, Sort()) for name, filter in COMBINATIONS.items()}, 100),
        (
            "the combinations by talk, manager, number, score",
            {f"{n} by {c}": (f, Sort(c)) for n, f in COMBINATIONS.items() for c in OTHERS},
            500,
        ),
    ]
    for title, questions, goal in groups:
        timings = [_timed(database, name, *question) for name, question in questions.items()]
        worst = max(timings, key=lambda timing: timing.page_ms)
        yield (
            f"journal of {size:,}: {title} ({len(timings)})",
            f"worst {worst.page_ms:.0f} ms ({worst.name})",
            f"100 calls by id {floor:.1f} ms",
            worst.page_ms / floor,
            f"≤ {goal} ms",
        )
        if title in ("each single filter", "ten combinations"):
            slow = max(timings, key=lambda timing: timing.count_ms)
            yield (
                f"… their counts ({len(timings)})",
                f"worst {slow.count_ms:.0f} ms ({slow.name}: {slow.calls:,})",
                f"100 calls by id {floor:.1f} ms",
                slow.count_ms / floor,
                "after the page, cancellable",
            )


def _floor(database: Database, size: int) -> float:
    chosen = random.Random(5).sample(range(1, size + 1), 100)
    return _best(database, lambda session: rows_of(session, chosen))


def _timed(database: Database, name: str, filter: Filter, sort: Sort) -> Timing:
    shown = _best(database, lambda session: page(session, filter, sort, zone=ZONE))
    calls = 0
    started = time.perf_counter()
    if sort == Sort():
        with database.read() as session:
            calls = count(session, filter, ZONE)
    return Timing(name, shown, (time.perf_counter() - started) * 1000, calls)


def _best(database: Database, question: Callable[[Any], Any]) -> float:
    """Milliseconds, the better of two."""
    found = []
    for _ in range(2):
        with database.read() as session:
            started = time.perf_counter()
            question(session)
            found.append((time.perf_counter() - started) * 1000)
    return min(found)


OTHERS = ("talk_s", "manager", "customer_number", "score")


def _of(*values: Any) -> frozenset[Any]:
    return frozenset(values)


FILTERS: dict[str, Filter] = {
    "a month": Filter(date(2024, 5, 1), date(2024, 5, 31)),
    "common direction": Filter(directions=_of("inbound")),
    "rare direction": Filter(directions=_of("callback")),
    "common status": Filter(dispositions=_of("answered")),
    "rare status": Filter(dispositions=_of("blocked")),
    "manager": Filter(manager_ids=_of(3)),
    "rare manager": Filter(manager_ids=_of(79)),
    "nobody's": Filter(unassigned=True),
    "group": Filter(group_ids=_of(2)),
    "line": Filter(lines=_of("74951234500")),
    "rare line": Filter(lines=_of("74951234515")),
    "source": Filter(source_ids=_of(4)),
    "campaign": Filter(campaigns=_of("c3")),
    "end reason": Filter(end_reasons=_of("USER_BUSY")),
    "customer's rating": Filter(ratings=_of(1, 2)),
    "long talk": Filter(talk_min_s=900),
    "usual talk": Filter(talk_min_s=30, talk_max_s=300),
    "common tag": Filter(tag_ids=_of(1)),
    "rare tag": Filter(tag_ids=_of(15)),
    "target": Filter(targets=_of("target")),
    "reviewed": Filter(reviewed=True),
    "not reviewed": Filter(reviewed=False),
    "red": Filter(bands=_of("red")),
    "grey (none)": Filter(bands=_of("grey")),
    "recording": Filter(has_recording=True),
    "no recording": Filter(has_recording=False),
    "annotation": Filter(annotation_kind_ids=_of(2)),
    "name": Filter(text="ИВАНОВ"),
    "name and first name": Filter(text="иванов анна"),
    "number fragment": Filter(text="14-52"),
    "whole number": Filter(text="+7 912 345-67-89"),
    "comment": Filter(text="скидку"),
    "nothing fits": Filter(text="щщщ"),
}
COMBINATIONS: dict[str, Filter] = {
    "inbound answered of 2024 with sound": Filter(
        date(2024, 1, 1), date(2024, 12, 31), _of("inbound"), _of("answered"), has_recording=True
    ),
    "not reviewed yet of a manager": Filter(
        manager_ids=_of(3), reviewed=False, has_recording=True, talk_min_s=60
    ),
    "red of a group": Filter(group_ids=_of(2), bands=_of("red")),
    "missed on a line": Filter(
        dispositions=_of("missed"), lines=_of("74951234501"), directions=_of("inbound")
    ),
    "a tag of a manager": Filter(tag_ids=_of(1), manager_ids=_of(5)),
    "answered of a campaign": Filter(
        campaigns=_of("c3"), directions=_of("outbound"), dispositions=_of("answered")
    ),
    "a name in 2025": Filter(date(2025, 1, 1), date(2025, 12, 31), text="иванов"),
    "unhappy customers not reviewed": Filter(ratings=_of(1, 2), dispositions=_of("answered"), reviewed=False),
    "junk with objections": Filter(targets=_of("junk"), annotation_kind_ids=_of(2)),
    "long talks of a month": Filter(date(2025, 1, 1), date(2025, 1, 31), text="12", talk_min_s=60),
}


# --- the calls ---------------------------------------------------------------------------------------------------

_SURNAMES = (
    "Иванов", "Петров", "Сидоров", "Кузнецов", "Смирнов", "Попов", "Васильев", "Соколов", "Михайлов", "Новиков",
    "Фёдоров", "Морозов",
)  # fmt: skip
_NAMES = ("Анна", "Олег", "Ирина", "Сергей", "Мария", "Павел", "Ольга", "Дмитрий", "Елена", "Иван")
_COMMENTS = (
    "перезвонить завтра",
    "просил скидку",
    "не его вопрос",
    "обсудили договор поставки",
    "жалоба на доставку",
)


def fill(database: Database, size: int) -> tuple[float, float]:
    """Make the calls in the order of their times, as an import brings them; seconds of the first and last quarter."""
    rng = random.Random(1)
    _people(database)
    numbers = [f"79{rng.randrange(10**9):09}" for _ in range(size // 4)]
    step = timedelta(days=3 * 365) / size
    quarters = [0.0, 0.0, 0.0, 0.0]
    for start in range(0, size, BATCH):
        ids = range(start, min(size, start + BATCH))
        rows = [_call(rng, number, START + step * number, numbers) for number in ids]
        started = time.perf_counter()
        with database.write(bulk=True) as session:
            _write(session, rows)
        quarters[start * 4 // size] += time.perf_counter() - started
        with database.write(bulk=True) as session:
            pairs = {
                (rng.choice(ids) + 1, min(20, int(rng.expovariate(0.4)) + 1)) for _ in range(len(ids) // 10)
            }
            session.execute(
                insert(CallTag),
                [{"call_id": call, "tag_id": tag, "created_at": START} for call, tag in pairs],
            )
            notes = [(rng.choice(ids) + 1, rng.randrange(1, 8)) for _ in range(len(ids) // 20)]
            session.execute(
                insert(Annotation),
                [
                    {
                        "call_id": call,
                        "kind_id": kind,
                        "start_ms": 10,
                        "created_at": START,
                        "updated_at": START,
                    }
                    for call, kind in notes
                ],
            )
    return quarters[0], quarters[3]


def _write(session: Session, rows: list[dict[str, Any]]) -> None:
    """Many rows a statement: the search index is flushed at the end of each statement, not of each row."""
    columns = list(rows[0])
    for start in range(0, len(rows), 250):
        part = rows[start : start + 250]
        places = ",".join(["(" + ",".join("?" * len(columns)) + ")"] * len(part))
        values = tuple(to_ms(v) if isinstance(v, datetime) else v for row in part for v in row.values())
        session.connection().exec_driver_sql(
            f"INSERT INTO calls ({','.join(columns)}) VALUES {places}", values
        )


def _people(database: Database) -> None:
    with database.write() as session:
        session.add_all(Group(name=f"Группа {number}") for number in range(8))
        session.add_all(
            Source(kind="call_log", name=f"АТС {number}", created_at=START) for number in range(4)
        )
        session.add_all(Tag(name=f"тег {number}", name_key=f"тег {number}", color="") for number in range(20))
        session.flush()
        session.add_all(
            Manager(
                name=f"{_SURNAMES[number % 12]} {_NAMES[number % 10]} {number}", name_key=f"{number:03}",
                group_id=number % 8 + 1, created_at=START,
            )
            for number in range(80)
        )  # fmt: skip


def _call(rng: random.Random, number: int, started_at: datetime, numbers: list[str]) -> dict[str, Any]:
    phone = numbers[int(rng.random() ** 2 * len(numbers))]
    name = f"{rng.choice(_SURNAMES)} {rng.choice(_NAMES)}" if rng.random() < 0.3 else None
    comment = rng.choice(_COMMENTS) if rng.random() < 0.05 else None
    disposition = rng.choices(
        ["answered", "missed", "no_answer", "busy", "rejected", "blocked", "unknown"],
        [70, 12, 10, 4, 2, 0.01, 2],
    )[0]
    talk = int(rng.expovariate(1 / 120)) if disposition == "answered" else 0
    wait = int(rng.expovariate(1 / 15))
    recorded = int(talk > 0 and rng.random() < 0.9)
    reviewed = int(recorded and rng.random() < 0.1)
    applicable = rng.choice([9, 12])
    passed = rng.randrange(applicable + 1)
    band = "green" if passed * 10 > applicable * 8 else "red" if passed * 10 < applicable * 6 else "yellow"
    manager = None if rng.random() < 0.03 else min(80, int(rng.expovariate(1 / 15)) + 1)
    return {
        "source_id": min(4, int(rng.expovariate(1)) + 1), "external_id": f"{1_600_000_000 + number}.{number}",
        "started_at": started_at, "answered_at": started_at, "ended_at": started_at,
        "direction": rng.choices(
            ["inbound", "outbound", "internal", "callback", "unknown"], [55, 40, 3, 0.05, 2]
        )[0],
        "disposition": disposition, "duration_s": talk + wait, "wait_s": wait, "talk_s": talk,
        "customer_number": phone, "customer_number_raw": "+" + phone, "customer_name": name,
        "line_number": f"7495{1_234_500 + int(rng.expovariate(0.5))}", "extension": str(100 + (manager or 0)),
        "manager_id": manager, "manager_origin": "log" if manager else None,
        "campaign": f"c{rng.randrange(30)}" if rng.random() < 0.3 else None,
        "end_reason": rng.choice(["NORMAL_CLEARING", "USER_BUSY", "ORIGINATOR_CANCEL"]) if rng.random() < 0.9 else None,
        "customer_rating": rng.randrange(1, 6) if rng.random() < 0.05 else None, "comment": comment,
        "target": rng.choice(["target", "non_target", "junk"]) if reviewed else None,
        "search_text": search_text(phone, phone, name, comment), "recording_count": recorded,
        "evaluation_count": reviewed, "score_num": passed if reviewed else None,
        "score_den": applicable if reviewed else None, "score_sort": passed / applicable if reviewed else None,
        "band": band if reviewed else None, "content_hash": "0" * 40, "first_seen_at": START, "last_seen_at": START,
        "talk_is_estimate": False, "critical_failed": 0, "revision": 1,
    }  # fmt: skip
