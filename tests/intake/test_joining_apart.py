"""A log without recordings and a folder: what contradicts or says nothing joins nobody."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from call_makers import START, make_call, make_recording
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake_world import bring, calls, log, sound
from sqlalchemy import select
from sqlalchemy.orm import Session
from team_server import server
from test_import_joining import HEADS, row

from qaapp.intake import joining, merging
from qaapp.intake.managers import People
from qaapp.store.database import Database
from qaapp.store.schema import Annotation, AnnotationKind, Call, Participant, RemoteRecording, Source
from qaapp.store.workspace import open_workspace


def both(database: Database, folder: Path, table: Path, order: str) -> dict[str, int]:
    for step in order:
        bring(database, folder if step == "f" else table)
    return {item.external_id: item.recording_count for item in calls(database)}


@pytest.mark.parametrize("order", ["fl", "lf"])
def test_a_customer_who_calls_again_and_reaches_another_employee(
    database: Database, tmp_path: Path, order: str
) -> None:
    """The log does not tell of the second call yet: its file is not the first one's."""
    sound(tmp_path / "rec" / "2014_03_17_11_01_00_102_79161234567.wav", 2)
    table = log(tmp_path / "log.csv", HEADS, [row("a", "11:00:00", "89161234567", "101", talk=40)])
    assert both(database, tmp_path / "rec", table, order)["a"] == 0
    assert len(calls(database)) == 2


@pytest.mark.parametrize("order", ["fl", "lf"])
def test_a_group_that_rang_is_no_other_call(database: Database, tmp_path: Path, order: str) -> None:
    """The file names the group, the log who answered: number, length and start agree."""
    sound(tmp_path / "rec" / "2014_03_17_11_00_02_600_79161234567.wav", 2)
    table = log(tmp_path / "log.csv", HEADS, [row("a", "11:00:00", "89161234567", "101", talk=2)])
    assert both(database, tmp_path / "rec", table, order) == {"a": 1}


def test_a_file_with_a_time_only_is_of_the_call_it_fits(database: Database, tmp_path: Path) -> None:
    """The other call of that moment has no recording, but it lasted longer."""
    table = log(tmp_path / "log.csv", HEADS, [
        row("a", "11:00:00", "89161234567", "101", talk=2, wait=0, file="a.wav"),
        row("b", "11:00:01", "89169999999", "102", talk=300),
    ])  # fmt: skip
    sound(tmp_path / "rec" / "a.wav", 2)
    assert both(database, tmp_path / "rec", table, "lf") == {"a": 1, "b": 0}
    sound(tmp_path / "more" / "2014_03_17_11_00_01.wav", 2)
    assert both(database, tmp_path / "more", table, "f")["b"] == 0


@pytest.mark.parametrize("order", ["fl", "lf"])
def test_a_name_that_all_recordings_have_says_nothing(database: Database, tmp_path: Path, order: str) -> None:
    """``…/records/17/audio.mp3``: which of them the folder's ``audio.mp3`` is cannot be told."""
    sound(tmp_path / "rec" / "audio.wav", 2)
    names = [f"https://crm.example.com/records/{n}/audio.wav" for n in range(3)]
    table = log(tmp_path / "log.csv", HEADS, [
        row(f"r{n}", f"1{n}:00:00", f"8916000000{n}", "101", talk=30, file=name) for n, name in enumerate(names)
    ])  # fmt: skip
    found = both(database, tmp_path / "rec", table, order)
    assert [found[f"r{n}"] for n in range(3)] == [0, 0, 0]
    assert len(found) == 4


@pytest.mark.parametrize("order", ["fl", "lf"])
def test_a_length_alone_joins_where_no_other_call_fits_as_well(
    database: Database, tmp_path: Path, order: str
) -> None:
    """At ten two calls of one length begin together, at eleven there is one."""
    for at in ("10_00_01", "11_00_30"):
        sound(tmp_path / "rec" / f"2014_03_17_{at}.wav", 2)
    table = log(tmp_path / "log.csv", HEADS, [
        row("a", "10:00:00", "89161234567", "101"), row("b", "10:00:03", "89169999999", "102"),
        row("c", "11:00:00", "89161234567", "101"), row("d", "11:00:20", "89169999999", "102", talk=300),
    ])  # fmt: skip
    found = both(database, tmp_path / "rec", table, order)
    assert {name: found[name] for name in "abcd"} == {"a": 0, "b": 0, "c": 1, "d": 0}
    assert len(found) == 5


# --- laws -------------------------------------------------------------------------------------------------------------

MAYBE_NUMBER = st.sampled_from([None, "79161234567", "79169999999"])
MAYBE_EXTENSION = st.sampled_from([None, "101", "102"])
WAY = st.sampled_from(["inbound", "outbound", "unknown"])
LENGTH = st.sampled_from([10, 11, 30])
REPORT = st.fixed_dictionaries(
    {"customer_number": MAYBE_NUMBER, "extension": MAYBE_EXTENSION, "direction": WAY, "talk_s": LENGTH}
)
FILE = st.tuples(MAYBE_NUMBER, MAYBE_EXTENSION, WAY, LENGTH, st.integers(0, 100), st.booleans())


@given(
    reports=st.lists(st.tuples(REPORT, st.integers(0, 100), st.booleans()), min_size=1, max_size=5), file=FILE
)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_is_ever_joined_against_what_both_say(
    database: Database, reports: list[tuple[dict[str, Any], int, bool]], file: tuple[Any, ...]
) -> None:
    """Whatever calls are told of and whatever is recorded already, for files with and without a time and equal bytes."""
    number, extension, way, length, at_s, is_guess = file
    with database.write() as session:
        source = _provider(session)
        for place, (values, seconds, is_recorded) in enumerate(reports):
            call = make_call(
                session, str(place), seconds / 60, source_id=source, disposition="answered",
                duration_s=values["talk_s"], **values,
            )  # fmt: skip
            if is_recorded:
                _recorded(session, source, call, values["talk_s"])
        moment = START + timedelta(seconds=at_s)
        sought = joining.Sought((), moment, is_guess, number, extension, way, float(length), 1000)
        by_time = joining.find(session, sought, [], 120)
        heard = joining.find_sounding(session, sought, [], 120, 0, lambda: "same")
        for found in (by_time, heard.call_id if heard else None):
            if found is not None:
                call_row = session.get_one(Call, found)
                assert {way, call_row.direction} != {"inbound", "outbound"}
                assert not number or call_row.customer_number in (None, number)
                if extension and call_row.extension not in (None, extension):
                    assert number == call_row.customer_number
                    assert found != by_time or _is_near(call_row, moment, length)
        session.rollback()


def _is_near(call: Call, moment: datetime, length: int) -> bool:
    return abs((call.started_at - moment).total_seconds()) <= 5 and abs((call.talk_s or 0) - length) <= 3


def _provider(session: Session) -> int:
    source = Source(kind="mango", name="m", created_at=START)
    session.add(source)
    session.flush()
    return source.id


def _recorded(session: Session, source: int, call: int, length_s: int) -> None:
    values = {"size_bytes": 1000, "duration_ms": length_s * 1000, "state": "available", "mtime_ms": 0}
    recording = make_recording(session, call, "/calls", f"{call}.wav", **values)
    session.add(
        RemoteRecording(
            source_id=source, call_id=call, external_id="r", sha256="same", recording_id=recording, updated_at=START,
            state="available", facts={},
        )
    )  # fmt: skip
    session.flush()


def _tell(session: Session) -> list[object]:
    """One of each question, for the comparison of both databases."""
    source = _provider(session)
    people = People()
    people.refresh(session)
    old = make_call(
        session, "record-1", source_id=source, customer_number="79161234567", extension="101", talk_s=9
    )
    there = make_call(
        session, "record-2", 30, source_id=source, customer_number="79169999999", extension="102"
    )
    late = make_call(session, "row-2", 30, source_id=source, customer_number="79169999999", extension="102")
    own = make_call(session, "own", customer_number="79161234567", extension="103")
    make_recording(
        session, own, "/folder", "own.wav", size_bytes=1000, duration_ms=9000, state="available", mtime_ms=0
    )
    session.add(Participant(call_id=old, position=0, extension="103"))
    session.add(
        Annotation(
            call_id=there, kind_id=session.scalars(select(AnnotationKind.id)).first() or 0, start_ms=1,
            created_at=START, updated_at=START,
        )
    )  # fmt: skip
    _recorded(session, source, old, 9)
    merging.rename(session, source, {"record-1": "row-1", "record-2": "row-2", "nobody": "x"}, people)
    folder = joining.folder_sources(session)
    sought = joining.Sought((), START, False, "79161234567", "103", "unknown", 9.0, 1000)
    heard = joining.find_sounding(session, sought, folder, 120, 0, lambda: "same")
    lone = joining.lone_files(session, folder, old, 1000, 120)
    names = {row.id: row.external_id for row in session.scalars(select(Call))}
    assert late not in names
    return [
        sorted(names.values()), names[there], heard and names[heard.call_id], [names[each.call_id] for each in lone],
        joining.find(session, sought._replace(number=None, extension=None, length_s=None), folder, 120),
    ]  # fmt: skip


def test_both_databases_answer_alike(database: Database, tmp_path: Path) -> None:
    with server() as url:
        team = open_workspace(tmp_path / "team", url)
        answers = []
        for each in (database, team.database):
            with each.write() as session:
                answers.append(_tell(session))
        team.close()
    assert answers[0] == answers[1]
    assert answers[0] == [["own", "row-1", "row-2"], "row-2", "row-1", ["own"], None]
