"""A log without recordings and a folder: what contradicts or says nothing joins nobody."""

from __future__ import annotations

from pathlib import Path

import pytest
from intake_world import bring, calls, log, sound
from test_import_joining import HEADS, row

from qaapp.store.database import Database


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
