"""The archive's list: what is kept, who finds it, what gets old."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from qaapp import clock
from qaapp.archive import items
from qaapp.errors import UsageError
from qaapp.store.database import Database
from qaapp.store.schema import Call, Event, Manager, Recording, RecordingRoot, Source, User
from qaapp.words import Verdict

NOW = datetime(2026, 3, 17, 9, 0, tzinfo=UTC)


@pytest.fixture
def call_ids(database: Database) -> list[int]:
    """Three calls of two managers on 15, 16 and 17 March (Moscow); the first has a file of 61.5 s."""
    with database.write() as session:
        source = Source(kind="folder", name="Calls", created_at=NOW)
        people = [Manager(name=n, name_key=n.casefold(), created_at=NOW) for n in ("Анна Смирнова", "Oleg")]
        root = RecordingRoot(name="calls", path="/calls")
        session.add_all([source, root, *people, User(id=1, name="Ирина", created_at=NOW)])
        session.flush()
        calls = [
            Call(
                source_id=source.id, external_id=f"c{n}", started_at=datetime(2026, 3, 15 + n, 20, 59, tzinfo=UTC),
                manager_id=people[n % 2].id, talk_s=30 + n, customer_number="79000001452",
                first_seen_at=NOW, last_seen_at=NOW,
            )
            for n in range(3)
        ]  # fmt: skip
        session.add_all(calls)
        session.flush()
        session.add(Recording(call_id=calls[0].id, root_id=root.id, path="a.wav", duration_ms=61_500))
        return [call.id for call in calls]


def test_whole_call_and_stretch_with_their_durations(database: Database, call_ids: list[int]) -> None:
    with clock.fixed(NOW), database.write() as session:
        whole = items.add(
            session,
            call_ids[0],
            Verdict.BEST,
            stage="Возражения",
            title=" «Дорого» ",
            reason="Считает",
            user_id=1,
        )
        part = items.add(session, call_ids[1], Verdict.WORST, start_ms=1000, end_ms=20_000, user_id=1)
        guessed = items.add(session, call_ids[2], Verdict.WORST)
    assert (whole.duration_ms, whole.title, whole.owner, whole.manager) == (
        61_500,
        "«Дорого»",
        "Ирина",
        "Анна Смирнова",
    )
    assert whole.is_whole_call
    assert (part.duration_ms, part.is_whole_call, part.manager) == (19_000, False, "Oleg")
    assert (guessed.duration_ms, guessed.owner) == (32_000, None)  # no file: as long as the talk


@pytest.mark.parametrize("stretch", [(5, None), (None, 5), (5, 5), (9, 5), (-1, 5)])
def test_a_stretch_needs_both_ends_in_order(
    database: Database, call_ids: list[int], stretch: tuple[int | None, int | None]
) -> None:
    with pytest.raises(UsageError, match="start and a later end"), database.write() as session:
        items.add(session, call_ids[0], Verdict.BEST, start_ms=stretch[0], end_ms=stretch[1])


def test_unknown_call_and_item_are_said_plainly(database: Database) -> None:
    with pytest.raises(UsageError, match="no call 77"), database.write() as session:
        items.add(session, 77, Verdict.BEST)
    with pytest.raises(UsageError, match="no archive item 5"), database.write() as session:
        items.refresh(session, 5)


def test_update_keeps_the_call_and_undo_is_the_old_row(database: Database, call_ids: list[int]) -> None:
    with clock.fixed(NOW), database.write() as session:
        old = items.add(session, call_ids[0], Verdict.BEST, stage="Contact", said="a", user_id=1)
        new = items.update(
            session, replace(old, verdict=Verdict.WORST, stage="Price", start_ms=1, end_ms=9), 1
        )
        assert (new.verdict, new.stage, new.duration_ms) == (Verdict.WORST, "Price", 8)
        assert items.update(session, old, 1) == old
        kinds = session.scalars(select(Event.kind).order_by(Event.id)).all()
    assert [kind for kind in kinds if kind.startswith("archive")] == [
        "archive.added",
        "archive.changed",
        "archive.changed",
    ]


def test_an_item_gets_stale_and_refresh_resets_its_days(database: Database, call_ids: list[int]) -> None:
    with clock.fixed(NOW), database.write() as session:
        item = items.add(session, call_ids[0], Verdict.BEST)
    with clock.fixed(NOW + timedelta(days=60, hours=23)), database.read() as session:
        assert not items.get(session, item.id).is_stale  # 60 whole days are still allowed
    with clock.fixed(NOW + timedelta(days=61)), database.write() as session:
        old = items.get(session, item.id)
        assert (old.days_since_refresh, old.is_stale) == (61, True)
        assert [row.id for row in items.list_items(session, stale=True)] == [item.id]
        fresh = items.refresh(session, item.id, 1)
        assert (fresh.days_since_refresh, fresh.is_stale) == (0, False)
        assert items.refresh(session, item.id, 1, at=old.refreshed_at).is_stale  # undo


def test_delete_hides_and_restore_brings_back(database: Database, call_ids: list[int]) -> None:
    with database.write() as session:
        item = items.add(session, call_ids[0], Verdict.BEST, stage="Contact")
        items.delete(session, item.id, 1)
        assert items.list_items(session) == ()
        assert items.stages(session) == []
        items.restore(session, item.id, 1)
        assert [row.id for row in items.list_items(session)] == [item.id]


def test_list_by_stage_verdict_person_day_and_text(database: Database, call_ids: list[int]) -> None:
    with clock.fixed(NOW), database.write() as session:
        a = items.add(session, call_ids[0], Verdict.WORST, stage="", title="no stage")
        b = items.add(session, call_ids[1], Verdict.WORST, stage="Contact", said="Ну ДОСТАВКА долгая")
        c = items.add(session, call_ids[1], Verdict.BEST, stage="Contact")
        d = items.add(session, call_ids[2], Verdict.BEST, stage="Contact")
        e = items.add(session, call_ids[2], Verdict.BEST, stage="Price", owner_id=1)

        def ids(**choice: object) -> list[int]:
            return [row.id for row in items.list_items(session, **choice)]

        assert ids() == [
            d.id,
            c.id,
            b.id,
            e.id,
            a.id,
        ]  # stage, best first, newest first; without a stage last
        assert ids(stage="Contact", verdict=Verdict.BEST) == [d.id, c.id]
        assert ids(manager_ids=[c.manager_id]) == [c.id, b.id]
        assert ids(owner_ids=[1]) == [e.id]
        assert ids(text="доставка") == [b.id]
        assert ids(ids=[e.id, a.id]) == [e.id, a.id]
        # 20:59 UTC is 23:59 in Moscow: still the same day
        assert ids(first_day=date(2026, 3, 16), last_day=date(2026, 3, 16)) == [c.id, b.id]
        assert items.stages(session) == [("Contact", 2, 1), ("Price", 1, 0), ("", 0, 1)]
