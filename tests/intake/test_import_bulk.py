"""A first big log builds the indexes last, and a killed one leaves none missing."""

from __future__ import annotations

from pathlib import Path

import pytest
from intake_world import bring, calls, counts, log

from qaapp.intake import logs
from qaapp.store import bulk_indexes
from qaapp.store.database import Database
from qaapp.store.schema import Setting
from qaapp.store.workspace import Workspace, open_workspace

ROWS = [(f"id{n}", f"17.03.2014 10:{n // 60:02}:{n % 60:02}", "89161234567") for n in range(600)]


def indexes(database: Database) -> dict[str, str]:
    with database.read() as session:
        found = session.connection().exec_driver_sql(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index'"
        )
        return {name: sql for name, sql in found}  # noqa: C416 - rows


def test_indexes_are_back_after_the_load(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "BULK_ROWS", 100)
    before = indexes(database)
    during: list[int] = []
    real_store = logs.store

    def store(*arguments: object) -> None:
        during.append(len(indexes(database)))
        real_store(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(logs, "store", store)
    table = log(tmp_path / "log.csv", ("ID", "Дата", "Телефон"), ROWS)
    assert counts(bring(database, table)) == (600, 600, 0, 0)
    assert max(during) < len(before)
    assert indexes(database) == before
    during.clear()
    assert counts(bring(database, table)) == (600, 0, 0, 600)
    assert during == [len(before)] * 3  # not the first load any more


def test_an_error_on_the_way_builds_them_too(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "BULK_ROWS", 100)
    before = indexes(database)

    def store(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(logs, "store", store)
    with pytest.raises(KeyboardInterrupt):
        bring(database, log(tmp_path / "log.csv", ("ID", "Дата", "Телефон"), ROWS))
    assert indexes(database) == before


def test_opening_the_workspace_builds_what_a_kill_left_out(workspace: Workspace) -> None:
    before = indexes(workspace.database)
    assert bulk_indexes.set_aside(workspace.database)
    assert not bulk_indexes.set_aside(workspace.database)
    assert indexes(workspace.database).keys() < before.keys()
    workspace.database.close()
    again = open_workspace(workspace.folder)
    try:
        assert indexes(again.database) == before
        assert calls(again.database) == []
        with again.database.read() as session:
            assert session.get(Setting, bulk_indexes.KEY) is None
    finally:
        again.close()
