"""The journal against the same journal in plain Python, on every way a page may be found."""

from __future__ import annotations

import random
from dataclasses import fields
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from call_makers import START, make_call, make_manager
from journal_model import FILTERS, ZONE, build, ordered

from qaapp.calls.search_text import search_text
from qaapp.errors import StoreError
from qaapp.journal import access
from qaapp.journal.edits import apply_call_change, set_comment, set_target
from qaapp.journal.filters import Filter, from_dict, to_dict, words
from qaapp.journal.naming import find_call
from qaapp.journal.pages import SORTS, Sort, Stopped, choices, count, ids, page, row
from qaapp.store.database import Database
from qaapp.store.schema import Call, QueueItem
from qaapp.words import Target


def pages(database: Database, filter: Filter, sort: Sort, limit: int) -> list[int]:
    found: list[int] = []
    after = None
    with database.read() as session:
        while True:
            one = page(session, filter, sort, after=after, limit=limit, zone=ZONE)
            found += [line.id for line in one.rows]
            if one.next is None:
                return found
            assert len(one.rows) == limit
            after = one.next


@pytest.mark.parametrize(("few", "walk"), [(10_000, 10_000), (0, 10_000), (0, 5), (20, 20)])
def test_every_way_to_a_page_gives_the_same_calls(
    database: Database, monkeypatch: pytest.MonkeyPatch, few: int, walk: int
) -> None:
    monkeypatch.setattr(access, "FEW", few)
    monkeypatch.setattr(access, "WALK", walk)
    with database.write() as session:
        world = build(session, 90)
    rng = random.Random(few + walk)
    for name, filter in FILTERS.items():
        for column in rng.sample(sorted(SORTS), 2):
            sort = Sort(column, rng.random() < 0.5)
            expected = ordered(world, filter, sort)
            assert pages(database, filter, sort, 40) == expected, (name, sort)
        with database.read() as session:
            assert count(session, filter, ZONE) == len(expected), name


@pytest.mark.parametrize("column", SORTS)
@pytest.mark.parametrize("descending", [True, False])
def test_each_order_pages_through_all_calls(database: Database, column: str, descending: bool) -> None:
    with database.write() as session:
        world = build(session, 30)
    sort = Sort(column, descending)
    expected = ordered(world, Filter(), sort)
    assert pages(database, Filter(), sort, 7) == expected
    with database.read() as session:
        assert ids(session, Filter(), sort, ZONE) == expected
        assert (
            ids(session, FILTERS["reviewed"], sort, ZONE, 5) == ordered(world, FILTERS["reviewed"], sort)[:5]
        )


def test_a_day_is_a_day_of_the_zone(database: Database) -> None:
    with database.write() as session:
        late = make_call(session, "late", started_at=datetime(2026, 3, 16, 20, 59, 59, tzinfo=UTC))
        night = make_call(session, "night", started_at=datetime(2026, 3, 16, 21, 0, tzinfo=UTC))
    assert pages(database, Filter(date(2026, 3, 17), date(2026, 3, 17)), Sort(), 10) == [night]
    assert pages(database, Filter(date(2026, 3, 16), date(2026, 3, 16)), Sort(), 10) == [late]


def test_a_row_carries_all_a_line_shows(database: Database) -> None:
    with database.write() as session:
        manager = make_manager(session, "Анна", "Продажи")
        call = make_call(
            session, "1", manager_id=manager, manager_origin="hand", score_num=2, score_den=3, band="yellow",
            evaluation_count=1, target="target", group_name="as the source says",
        )  # fmt: skip
        session.add(QueueItem(call_id=call, call_day=date(2026, 3, 17), drawn_at=START, state="open"))
        session.flush()
        line = row(session, call)
    assert (line.manager, line.group, line.queued) == ("Анна", "Продажи", True)
    assert line.score == Fraction(2, 3)
    assert line.target is Target.TARGET
    with pytest.raises(StoreError), database.read() as session:
        row(session, 999)


@pytest.mark.parametrize("text", ["+7 (900) 123-45-67", "8 900 123 45 67", "9001234567", "23-45"])
def test_numbers_are_found_in_any_writing(database: Database, text: str) -> None:
    with database.write() as session:
        call = make_call(session, "1", customer_number="79001234567")
        make_call(session, "2", customer_number="79990000000")
    assert pages(database, Filter(text=text), Sort(), 10) == [call]


def test_search_follows_every_way_a_call_is_written(database: Database) -> None:
    """The index is kept by the database itself: inserts, updates, upserts, deletes."""
    with database.write() as session:
        call = make_call(session, "1", customer_name="Старое Имя")
    upsert = (
        "INSERT INTO calls (id, source_id, external_id, started_at, search_text, direction, disposition, "
        "talk_is_estimate, recording_count, evaluation_count, critical_failed, content_hash, revision, first_seen_at, "
        "last_seen_at) VALUES (?, 1, '1', 0, 'новое имя', 'inbound', 'answered', 0, 0, 0, 0, '', 1, 0, 0) "
        "ON CONFLICT (source_id, external_id) DO UPDATE SET search_text = excluded.search_text"
    )
    with database.engine.begin() as connection:
        connection.exec_driver_sql(upsert, (call,))
    assert pages(database, Filter(text="старое"), Sort(), 10) == []
    assert pages(database, Filter(text="НОВОЕ"), Sort(), 10) == [call]
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE calls SET search_text = ''")
        connection.exec_driver_sql("UPDATE calls SET search_text = 'третье'")
        connection.exec_driver_sql("DELETE FROM calls")
        connection.exec_driver_sql(
            "INSERT INTO calls_search(calls_search, rank) VALUES ('integrity-check', 1)"
        )
    assert pages(database, Filter(text="третье"), Sort(), 10) == []


def test_a_comment_is_found_at_once_and_undone(database: Database) -> None:
    with database.write() as session:
        one, two = make_call(session, "1", comment="было"), make_call(session, "2")
        change = set_comment(session, [one, two], " Позвонить Юле ", None)
    assert sorted(pages(database, Filter(text="юле"), Sort(), 10)) == [one, two]
    with database.write() as session:
        apply_call_change(session, change)
        assert (row(session, one).comment, row(session, two).comment) == ("было", None)
    assert pages(database, Filter(text="юле"), Sort(), 10) == []
    assert pages(database, Filter(text="было"), Sort(), 10) == [one]
    with database.write() as session:
        apply_call_change(session, change, undo=False)
    assert len(pages(database, Filter(text="юле"), Sort(), 10)) == 2


def test_targets_in_bulk(database: Database) -> None:
    with database.write() as session:
        calls = [make_call(session, str(number)) for number in range(700)]
        set_target(session, calls[:1], Target.JUNK, None)
        change = set_target(session, calls, Target.TARGET, None)
        assert session.query(Call).filter_by(target="target").count() == 700
        apply_call_change(session, change)
        assert session.query(Call).filter_by(target="junk").count() == 1
        assert session.query(Call).filter_by(target="target").count() == 0


def test_a_question_can_be_stopped(database: Database) -> None:
    with database.write() as session:
        for number in range(300):
            make_call(session, str(number), customer_name="x" * 50)
    answers = iter([False])
    with database.read() as session:
        with pytest.raises(Stopped):
            count(session, Filter(text="щщ"), ZONE, should_stop=lambda: True)
        assert count(session, Filter(text="xx"), ZONE, should_stop=lambda: next(answers, False)) == 300


@pytest.mark.parametrize("name", FILTERS)
def test_filters_survive_being_saved(name: str) -> None:
    assert from_dict(to_dict(FILTERS[name])) == FILTERS[name]


def test_a_saved_filter_of_nonsense_is_taken_as_far_as_it_goes() -> None:
    document = {item.name: object for item in fields(Filter)} | {
        "first_day": "32.13.2024", "tag_ids": [1, "2", True], "lines": [7, "a"], "reviewed": "yes", "future": 1,
        "talk_min_s": 2.5, "text": 12,
    }  # fmt: skip
    assert from_dict(document) == Filter(tag_ids=frozenset({1}), lines=frozenset({"a"}), text="12")


def test_choices_count_calls_by_value(database: Database) -> None:
    with database.write() as session:
        make_manager(session, "Анна", "Б")
        make_call(session, "1", direction="inbound", line_number="1")
        make_call(session, "2", direction="inbound")
        assert [(item.value, item.count) for item in choices(session, "direction")] == [("inbound", 2)]
        assert [(item.value, item.count) for item in choices(session, "line")] == [("1", 1)]
        assert [(item.label, item.count) for item in choices(session, "source")] == [("Folder", 2)]
        assert [item.label for item in choices(session, "manager")] == ["Анна"]
        with pytest.raises(ValueError, match="nonsense"):
            choices(session, "nonsense")


def test_a_call_is_found_by_id_or_by_its_outside_name(database: Database) -> None:
    with database.write() as session:
        one, two = make_call(session, "rec 7"), make_call(session, "1600000000.1")
        assert find_call(session, str(one)) == one
        assert find_call(session, " 1600000000.1 ") == two
        for nothing in ("9999999999999999999999", "٣", "x"):
            with pytest.raises(StoreError):
                find_call(session, nothing)


def test_words_of_a_search() -> None:
    assert words("8 (900) 123-45-67") == ["9001234567"]
    assert words("Пётр  1452") == ["петр", "1452"]
    assert search_text("79001234567", "8 900 123-45-67", "Пётр", None) == "79001234567 89001234567 петр"
