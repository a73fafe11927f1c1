"""Tags: folding, bulk changes and taking them back."""

from __future__ import annotations

import pytest
from call_makers import make_call

from qaapp.calls.tags import (
    add_tag,
    apply_tag_change,
    completion,
    delete_tag,
    list_tags,
    merge_tags,
    recolor_tag,
    remove_tag,
    rename_tag,
    tags_of,
)
from qaapp.errors import StoreError
from qaapp.store.database import Database


@pytest.fixture
def calls(database: Database) -> list[int]:
    with database.write() as session:
        return [make_call(session, str(number)) for number in range(1, 7)]


def names(database: Database, calls: list[int]) -> dict[int, list[str]]:
    with database.read() as session:
        return {call_id: [tag.name for tag in tags] for call_id, tags in tags_of(session, calls).items()}


def test_case_folds_in_russian_and_the_first_writing_stays(database: Database, calls: list[int]) -> None:
    with database.write() as session:
        first = add_tag(session, calls[:2], "Жалоба", None)
        second = add_tag(session, calls[1:3], "  жАЛОБА ", None)
    assert first.tag_id == second.tag_id
    assert [link.call_id for link in second.added] == [calls[2]]
    with database.read() as session:
        assert [(tag.name, tag.calls) for tag in list_tags(session)] == [("Жалоба", 3)]


def test_completion_puts_beginnings_first(database: Database, calls: list[int]) -> None:
    with database.write() as session:
        for name in ("Не наш клиент", "Клиент ушёл", "Скидка"):
            add_tag(session, calls[:1], name, None)
    with database.read() as session:
        assert [tag.name for tag in completion(session, "КЛИ")] == ["Клиент ушёл", "Не наш клиент"]


def test_bulk_add_and_undo_leave_what_was_there(database: Database, calls: list[int]) -> None:
    with database.write() as session:
        add_tag(session, calls[:1], "A", None)
        change = add_tag(session, calls, "A", None)
        apply_tag_change(session, change)
    assert names(database, calls) == {calls[0]: ["A"]}
    with database.write() as session:
        apply_tag_change(session, change, undo=False)
    assert len(names(database, calls)) == 6


def test_undo_of_a_new_tag_removes_it_only_when_unused(database: Database, calls: list[int]) -> None:
    with database.write() as session:
        change = add_tag(session, calls[:1], "A", None)
        add_tag(session, calls[3:4], "a", None)
        apply_tag_change(session, change)
    assert names(database, calls) == {calls[3]: ["A"]}


def test_renaming_onto_another_offers_merging(database: Database, calls: list[int]) -> None:
    with database.write() as session:
        price = add_tag(session, calls[:2], "Цена", None).tag_id
        dear = add_tag(session, calls[1:3], "Дорого", None).tag_id
    with pytest.raises(StoreError) as caught, database.write() as session:
        rename_tag(session, dear, "ЦЕНА")
    assert caught.value.kind == "exists"
    assert caught.value.facts["tag_id"] == price
    with database.write() as session:
        change = merge_tags(session, price, dear)
    assert names(database, calls) == {call_id: ["Цена"] for call_id in calls[:3]}
    with database.write() as session:
        apply_tag_change(session, change)
    assert names(database, calls) == {
        calls[0]: ["Цена"], calls[1]: ["Дорого", "Цена"], calls[2]: ["Дорого"],
    }  # fmt: skip


def test_deleting_and_undo_keep_author_colour_and_time(database: Database, calls: list[int]) -> None:
    with database.write() as session:
        tag = add_tag(session, calls[:3], "Жалоба", None).tag_id
        recolor_tag(session, tag, "objection")
        change = delete_tag(session, tag)
        assert list_tags(session) == []
        apply_tag_change(session, change)
        assert [(row.name, row.color, row.calls) for row in list_tags(session)] == [
            ("Жалоба", "objection", 3)
        ]


def test_removing_from_some_calls(database: Database, calls: list[int]) -> None:
    with database.write() as session:
        tag = add_tag(session, calls, "A", None).tag_id
        change = remove_tag(session, calls[:4], tag)
    assert sorted(names(database, calls)) == calls[4:]
    with database.write() as session:
        apply_tag_change(session, change)
    assert len(names(database, calls)) == 6


@pytest.mark.parametrize("name", ["", "  \t", "x" * 101])
def test_impossible_names_are_refused(database: Database, calls: list[int], name: str) -> None:
    with pytest.raises(StoreError), database.write() as session:
        add_tag(session, calls, name, None)
