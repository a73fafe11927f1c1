"""Annotations of a call: making, changing, deleting softly; their kinds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from call_makers import START, make_call

from qaapp import clock
from qaapp.calls import annotations as notes
from qaapp.calls.annotations import AnnotationRow, KindRow
from qaapp.errors import StoreError
from qaapp.store.database import Database
from qaapp.store.schema import User


def row(number: int, kind: int, start: int, end: int | None, text: str = "", said: str = "") -> AnnotationRow:
    return AnnotationRow(number, 1, kind, start, end, text, said, "", None, None, "", START, START)


def test_a_change_keeps_author_and_time_of_making(database: Database) -> None:
    with database.write() as session:
        session.add_all(User(name=name, created_at=START) for name in ("Vera", "Oleg"))
        session.flush()
        call = make_call(session, "1")
        with clock.fixed(datetime(2026, 3, 17, 10, tzinfo=UTC)):
            made = notes.add(session, call, 1, 5000, 2000, " text ", user_id=1)
        with clock.fixed(datetime(2026, 3, 17, 11, tzinfo=UTC)):
            changed = notes.update(session, notes.moved(made, 7000, None), user_id=2)
    assert (made.start_ms, made.end_ms, made.text, made.author) == (2000, 5000, "text", "Vera")
    assert (changed.start_ms, changed.end_ms, changed.author) == (7000, None, "Vera")
    assert changed.created_at.hour == 10
    assert changed.updated_at.hour == 11


def test_deleting_hides_and_restoring_brings_the_same_back(database: Database) -> None:
    with database.write() as session:
        call = make_call(session, "1")
        made = notes.add(session, call, 1, 100)
        notes.delete(session, made.id, None)
        assert notes.list_annotations(session, call) == []
        with pytest.raises(StoreError):
            notes.update(session, made, None)
        assert notes.restore(session, made.id, None) == made
        assert notes.list_annotations(session, call) == [made]


def test_a_sign_is_kept_and_only_a_sign(database: Database) -> None:
    with database.write() as session:
        call = make_call(session, "1")
        made = notes.add(session, call, 1, 100, sign=-1)
        assert made.sign == -1
        assert notes.update(session, replace(made, sign=1), None).sign == 1
        assert notes.update(session, replace(made, sign=None), None).sign is None
        with pytest.raises(ValueError, match="sign"):
            notes.add(session, call, 1, 100, sign=2)


def test_a_digit_belongs_to_one_kind(database: Database) -> None:
    with database.write() as session:
        new = notes.save_kind(session, KindRow(0, "", "Шутка", "", "moss", 1, 9, True))
        kinds = {kind.code: kind.shortcut for kind in notes.list_kinds(session)}
    assert kinds["stage"] is None
    assert kinds[new.code] == 1
    with database.write() as session:
        again = notes.save_kind(session, replace(new, id=0, code=""))
        assert again.code != new.code


def test_neighbours_for_stepping() -> None:
    rows = [row(1, 1, 100, None), row(2, 1, 200, None)]
    assert notes.neighbour(rows, 100, forward=True) == rows[1]
    assert notes.neighbour(rows, 150, forward=False) == rows[0]
    assert notes.neighbour(rows, 250, forward=True) is None
