"""Annotations of all calls: by every question, page by page, and quickly stopped."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from call_makers import START, make_call, make_manager
from scoring_world import card_with_codes
from sqlalchemy.orm import Session

from qaapp.calls import annotation_search as searching
from qaapp.calls import annotations as notes
from qaapp.calls.annotation_import import checkpoint_ids
from qaapp.calls.annotation_search import FoundAnnotation, Wanted
from qaapp.store.database import Database
from qaapp.store.schema import User
from qaapp.store.stopping import Stopped

ZONE = ZoneInfo("Europe/Moscow")


def found_by(session: Session, **wanted: Any) -> list[FoundAnnotation]:
    one = Wanted(
        **{
            key: value if key in ("text", "first_day", "last_day") else frozenset(value)
            for key, value in wanted.items()
        }
    )
    found = list(searching.every(session, one, ZONE))
    assert searching.count(session, one, ZONE) == len(found)
    paged: list[FoundAnnotation] = []
    after = None
    while True:
        part = searching.page(session, one, ZONE, after, 2)
        paged += part.rows
        after = part.next
        if after is None:
            break
    assert paged == found
    return found


def texts(found: list[FoundAnnotation]) -> list[str]:
    return [hit.annotation.text for hit in found]


def test_every_question_alone_and_together(database: Database) -> None:
    with database.write() as session:
        card_with_codes(session, "C1", "C2")
        points = checkpoint_ids(session, 0)
        vera = User(name="Vera", created_at=START)
        session.add(vera)
        session.flush()
        anna = make_manager(session, "Анна")
        one = make_call(session, "1", 1, manager_id=anna)
        two = make_call(session, "2", 2)
        late = make_call(session, "3", 24 * 60, manager_id=anna)
        same = make_call(session, "4", 2)
        notes.add(session, one, 2, 10, None, "Возражение: ДОРОГО", sign=-1, user_id=vera.id)
        notes.add(session, two, 2, 30, None, "50% дорого", said="да_нет", checkpoint_id=points["C1"])
        notes.add(session, two, 1, 10, 20, "этап")
        notes.add(session, same, 1, 5, 20, "тот же миг", sign=1)
        notes.add(session, late, 2, 10, None, "завтра", checkpoint_id=points["C2"])
        gone = notes.add(session, late, 2, 11, None, "дорого удалено")
        notes.delete(session, gone.id, None)

        everything = ["завтра", "этап", "50% дорого", "тот же миг", "Возражение: ДОРОГО"]
        assert texts(found_by(session)) == everything
        assert texts(found_by(session, kind_ids=[2], text="дорого")) == ["50% дорого", "Возражение: ДОРОГО"]
        assert [hit.manager for hit in found_by(session, manager_ids=[anna])] == ["Анна", "Анна"]
        assert texts(found_by(session, manager_ids=[None])) == everything[1:4]
        assert texts(found_by(session, text="50% ДА_")) == ["50% дорого"]
        assert found_by(session, text="5%д") == []
        assert texts(found_by(session, signs=[1])) == ["тот же миг"]
        assert texts(found_by(session, signs=[0, -1])) == [
            "завтра",
            "этап",
            "50% дорого",
            "Возражение: ДОРОГО",
        ]
        assert texts(found_by(session, author_ids=[vera.id])) == ["Возражение: ДОРОГО"]
        assert texts(found_by(session, checkpoint_codes=["C1"])) == ["50% дорого"]
        assert texts(found_by(session, first_day=date(2026, 3, 18))) == ["завтра"]
        assert texts(found_by(session, last_day=date(2026, 3, 17), kind_ids=[1])) == ["этап", "тот же миг"]
        assert searching.codes(session) == [("C1", "C1"), ("C2", "C2")]


@pytest.mark.parametrize("recent", [0, 1, 3, 100])
def test_pages_are_the_same_however_many_calls_are_tried_first(
    database: Database, monkeypatch: pytest.MonkeyPatch, recent: int
) -> None:
    monkeypatch.setattr(searching, "RECENT_CALLS", recent)
    with database.write() as session:
        for number in range(6):
            call = make_call(session, str(number), number // 2)
            for at in range(number % 3):
                notes.add(session, call, 1 + at % 2, at, None, f"{number}.{at}")
        assert texts(found_by(session)) == ["4.0", "5.0", "5.1", "2.0", "2.1", "1.0"]
        assert texts(found_by(session, text=".1")) == ["5.1", "2.1"]
        assert texts(found_by(session, kind_ids=[2], last_day=date(2026, 3, 17))) == ["5.1", "2.1"]


def test_a_question_nobody_waits_for_is_stopped(database: Database) -> None:
    with database.read() as session:
        with pytest.raises(Stopped):
            searching.page(session, Wanted(text="x"), ZONE, should_stop=lambda: True)
        with pytest.raises(Stopped):
            searching.count(session, Wanted(), ZONE, should_stop=lambda: True)


@pytest.mark.parametrize(
    ("text", "typed", "is_found"),
    [
        ("Ёлка и ДОРОГО", "ёлк дОрОгО", True), ("a*b?c[d]", "*B?C[D]", True), ("abc", "a*c", False), ("abc", "a?c", False),
        ("a^b-c]", "^B-C]", True), ("x", "[x]", False), ("100%_", "0%_", True), ("100 %", "0%", False),
    ],
)  # fmt: skip
def test_words_are_found_in_any_case_and_taken_literally(
    database: Database, text: str, typed: str, is_found: bool
) -> None:
    with database.write() as session:
        notes.add(session, make_call(session, "1"), 1, 5, None, "before", said=f"x {text} y")
        assert bool(found_by(session, text=typed)) is is_found
