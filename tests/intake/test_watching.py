"""Watched folders: new files join, growing ones wait, call logs are taken once, a moved folder is found again."""

from __future__ import annotations

import os
import shutil
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake_sound import sound as sound_at
from sqlalchemy import func, select

from qaapp.errors import SourceError
from qaapp.intake import connections, watching
from qaapp.intake.importing import ImportOptions, import_paths
from qaapp.intake.pulling import PullSummary, pull
from qaapp.progress import run
from qaapp.sources import folder as folders
from qaapp.sources.kinds import kind_of
from qaapp.sources.provider import Config
from qaapp.sources.watched import WatchedFolder
from qaapp.store.schema import Call, Manager, Recording, RecordingRoot, Source
from qaapp.store.workspace import Workspace, open_workspace
from qaapp.words import Lane

OLD = time.time() - 3600
LOG = "Дата;Время;Номер клиента;Внутренний номер;Менеджер;Разговор, с;Запись\n"


def sound(path: Path, **how: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    sound_at(path, **how)
    return path


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of a test were made just now: they count as finished."""
    monkeypatch.setattr(watching, "SETTLE", timedelta(0))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "calls"
    made.mkdir()
    return made


def connect(workspace: Workspace, folder: Path, kind: str = "folder", **draft: Any) -> int:
    words = {"folder": str(folder), **draft.pop("words", {})}
    with workspace.database.write() as session:
        return connections.save(
            session, connections.ConnectionDraft(kind, draft.pop("name", kind), words, **draft)
        ).id


def look(workspace: Workspace, connection: int) -> PullSummary:
    return run(pull(workspace, connection))


def age(folder: Path) -> None:
    """Everything changed an hour ago, folders too."""
    for place, _folders, names in os.walk(folder):
        for name in names:
            os.utime(Path(place, name), (OLD, OLD))
        os.utime(place, (OLD, OLD))


def calls(workspace: Workspace) -> list[tuple[Any, ...]]:
    with workspace.database.read() as session:
        rows = session.execute(
            select(
                Call.started_at, Call.extension, Call.customer_number, Manager.name, func.count(Recording.id)
            )
            .outerjoin(Manager, Manager.id == Call.manager_id)
            .outerjoin(Recording, Recording.call_id == Call.id)
            .group_by(Call.id, Manager.name)
            .order_by(Call.started_at, Call.extension)
        )
        return [tuple(row) for row in rows]


def test_new_files_come_in_and_known_ones_are_left_alone(
    workspace: Workspace, folder: Path, monkeypatch: Any
) -> None:
    sound(folder / "2026_11_20_10_00_00_101.wav")
    sound(folder / "old" / "2026_11_19_10_00_00_102.wav")
    age(folder)
    connection = connect(workspace, folder)
    first = look(workspace, connection)
    assert (first.added, first.recordings, first.unchanged) == (2, 2, 0)
    with workspace.database.read() as session:
        assert set(session.scalars(select(Call.source_id))) == {connection}
    listed: list[str] = []
    real = os.scandir
    monkeypatch.setattr(folders.os, "scandir", lambda path: (listed.append(Path(path).name), real(path))[1])
    second = look(workspace, connection)
    assert (second.added, second.changed) == (0, 0)
    assert listed == []  # nothing came or went: no folder is listed
    sound(folder / "2026_11_21_10_00_00_101.wav")
    third = look(workspace, connection)
    assert (third.added, third.unchanged) == (1, 1)
    assert set(listed) == {"calls"}
    assert len(calls(workspace)) == 3


def test_a_file_that_was_changed_just_now_waits(workspace: Workspace, folder: Path, monkeypatch: Any) -> None:
    sound(folder / "2026_11_20_10_00_00_101.wav")
    monkeypatch.setattr(watching, "SETTLE", timedelta(hours=1))
    connection = connect(workspace, folder)
    waiting = look(workspace, connection)
    assert (waiting.added, waiting.waiting, waiting.skipped) == (0, 1, ())
    monkeypatch.setattr(watching, "SETTLE", timedelta(0))
    assert look(workspace, connection).added == 1


def test_a_file_somebody_holds_waits(workspace: Workspace, folder: Path, monkeypatch: Any) -> None:
    sound(folder / "2026_11_20_10_00_00_101.wav")
    connection = connect(workspace, folder)

    def held(_path: Path) -> Any:
        raise PermissionError(13, "used by another process")

    with monkeypatch.context() as patch:
        patch.setattr("qaapp.audio.decoding.probe", held)
        waiting = look(workspace, connection)
    assert (waiting.added, waiting.waiting, waiting.skipped) == (0, 1, ())
    assert look(workspace, connection).added == 1


def test_the_second_side_joins_the_first(workspace: Workspace, folder: Path) -> None:
    sound(folder / "2026_11_20_10_00_00_101_in.wav")
    connection = connect(workspace, folder)
    look(workspace, connection)
    sound(folder / "2026_11_20_10_00_00_101_out.wav")
    look(workspace, connection)
    with workspace.database.read() as session:
        assert session.scalar(select(func.count(Call.id))) == 1
        lanes = set(session.scalars(select(Recording.lane)))
    assert lanes == {Lane.MANAGER.value, Lane.CUSTOMER.value}


def test_a_text_that_comes_later_is_taken(workspace: Workspace, folder: Path) -> None:
    from qaapp.calls import transcript_search

    sound(folder / "2026_11_20_10_00_00_101.wav")
    connection = connect(workspace, folder)
    look(workspace, connection)
    (folder / "2026_11_20_10_00_00_101.vtt").write_text(
        "WEBVTT\n\n00:00.000 --> 00:00.400\nДобрый день\n", encoding="utf-8"
    )
    look(workspace, connection)
    with workspace.database.read() as session:
        assert transcript_search.calls_with_text(session) == 1


def test_a_replaced_file_is_read_again_at_the_full_look(
    workspace: Workspace, folder: Path, monkeypatch: Any
) -> None:
    path = sound(folder / "2026_11_20_10_00_00_101.wav", seconds=0.5)
    age(folder)
    connection = connect(workspace, folder)
    look(workspace, connection)
    sound(path, seconds=2.0)
    os.utime(folder, (OLD, OLD))  # overwritten in place: the folder does not show it
    assert look(workspace, connection).changed == 0
    monkeypatch.setattr(watching, "FULL_LOOK_S", 0.0)
    assert look(workspace, connection).changed == 1


def test_calls_before_the_first_day_stay_where_they_are(
    workspace: Workspace, folder: Path, monkeypatch: Any
) -> None:
    sound(folder / "2026_11_20_10_00_00_101.wav")
    sound(folder / "2025_01_20_10_00_00_101.wav")
    probed: list[str] = []
    import qaapp.intake.folders as intake_folders

    real = intake_folders.examine
    monkeypatch.setattr(
        intake_folders, "examine", lambda item: (probed.append(item.path.name), real(item))[1]
    )
    assert look(workspace, connect(workspace, folder, first_day=date(2026, 1, 1))).added == 1
    assert probed == ["2026_11_20_10_00_00_101.wav"]


def test_a_log_that_lies_there_names_the_calls(workspace: Workspace, folder: Path) -> None:
    sound(folder / "rec" / "one.wav")
    (folder / "log.csv").write_text(
        LOG
        + "20.11.2026;10:00:00;79160000001;101;Анна;1;one.wav\n20.11.2026;11:00:00;79160000002;102;Олег;0;\n",
        encoding="utf-8",
    )
    connection = connect(workspace, folder)
    summary = look(workspace, connection)
    assert summary.added == 2
    told = calls(workspace)
    assert [(row[2], row[3], row[4]) for row in told] == [
        ("79160000001", "Анна", 1),
        ("79160000002", "Олег", 0),
    ]
    # More rows: the file is read again, nothing comes twice.
    with (folder / "log.csv").open("a", encoding="utf-8") as stream:
        stream.write("20.11.2026;12:00:00;79160000003;101;Анна;5;\n")
    again = look(workspace, connection)
    assert (again.added, again.changed) == (1, 0)
    assert look(workspace, connection).found == 1  # the recording; the log was not read again


def test_dropped_files_are_taken_once_and_a_broken_one_is_named(workspace: Workspace, folder: Path) -> None:
    good = LOG + "20.11.2026;10:00:00;79160000001;101;Анна;30;\n"
    (folder / "a.csv").write_text(good, encoding="utf-8")
    (folder / "b.xlsx").write_bytes(b"PK\x03\x04 half a file")
    (folder / "rows.csv").write_text(
        LOG + "20.11.2026;11:00:00;79160000002;102;Олег;30;\n99.99.2026;x;1;2;3;4;\n", encoding="utf-8"
    )
    connection = connect(workspace, folder, "dropped")
    summary = look(workspace, connection)
    assert summary.added == 2
    told = {(Path(each.path).name, each.row) for each in summary.skipped}
    assert told == {("b.xlsx", None), ("rows.csv", 3)}
    with workspace.database.read() as session:
        assert set(session.scalars(select(Call.source_id))) == {connection}
    shutil.copy(folder / "a.csv", folder / "the same again.csv")
    again = look(workspace, connection)
    assert (again.found, [Path(each.path).name for each in again.skipped]) == (0, ["b.xlsx"])
    (folder / "b.xlsx").unlink()
    (folder / "b.csv").write_text(LOG + "20.11.2026;15:00:00;79160000005;101;Анна;30;\n", encoding="utf-8")
    third = look(workspace, connection)
    assert (third.added, third.skipped) == (1, ())
    assert sorted(path.name for path in folder.iterdir()) == [
        "a.csv",
        "b.csv",
        "rows.csv",
        "the same again.csv",
    ]


def test_chosen_columns_hold_for_files_that_have_them(workspace: Workspace, folder: Path) -> None:
    (folder / "odd.csv").write_text("Когда;Куда;Кто\n20.11.2026 10:00;79160000001;Анна\n", encoding="utf-8")
    (folder / "usual.csv").write_text(
        LOG + "20.11.2026;11:00:00;79160000002;102;Олег;30;\n", encoding="utf-8"
    )
    columns = '{"columns": {"started_at": "Когда", "customer_number": "Куда", "manager_name": "Кто"}}'
    summary = look(workspace, connect(workspace, folder, "dropped", words={"columns": columns}))
    assert (summary.added, summary.skipped) == (2, ())
    assert [(row[2], row[3]) for row in calls(workspace)] == [
        ("79160000001", "Анна"),
        ("79160000002", "Олег"),
    ]


def test_recordings_dropped_beside_a_log_join_its_calls(workspace: Workspace, folder: Path) -> None:
    (folder / "a.csv").write_text(
        LOG + "20.11.2026;10:00:00;79160000001;101;Анна;1;one.mp3\n", encoding="utf-8"
    )
    connection = connect(workspace, folder, "dropped")
    look(workspace, connection)
    shutil.move(sound(folder.parent / "one.wav"), folder / "one.wav")
    look(workspace, connection)
    assert [(row[3], row[4]) for row in calls(workspace)] == [("Анна", 1)]


def test_a_moved_folder_is_found_again(workspace: Workspace, folder: Path) -> None:
    sound(folder / "a" / "2026_11_20_10_00_00_101.wav")
    connection = connect(workspace, folder)
    look(workspace, connection)
    moved = folder.with_name("elsewhere")
    folder.rename(moved)
    with pytest.raises(SourceError, match="is not there"):
        look(workspace, connection)
    with workspace.database.write() as session:
        row = connections.get(session, connection)
        connections.save(
            session, connections.ConnectionDraft("folder", row.name, {"folder": str(moved)}, id=connection)
        )
    again = look(workspace, connection)
    assert (again.added, again.changed) == (0, 0)
    with workspace.database.read() as session:
        assert [root.path for root in session.scalars(select(RecordingRoot))] == [str(moved)]
        assert session.scalar(select(func.count(Call.id))) == 1


def test_another_folder_is_no_moved_one(workspace: Workspace, folder: Path) -> None:
    sound(folder / "2026_11_20_10_00_00_101.wav")
    connection = connect(workspace, folder)
    look(workspace, connection)
    other = folder.with_name("other")
    sound(other / "2026_11_21_10_00_00_102.wav")
    with workspace.database.write() as session:
        connections.save(
            session, connections.ConnectionDraft("folder", "folder", {"folder": str(other)}, id=connection)
        )
    assert look(workspace, connection).added == 1
    with workspace.database.read() as session:
        assert len(list(session.scalars(select(RecordingRoot)))) == 2


def test_an_import_by_hand_becomes_part_of_the_connection(workspace: Workspace, folder: Path) -> None:
    sound(folder / "2026_11_20_10_00_00_101.wav")
    run(import_paths(workspace.database, [folder], ImportOptions()))
    sound(folder / "2026_11_21_10_00_00_101.wav")
    connection = connect(workspace, folder)
    summary = look(workspace, connection)
    assert (summary.added, summary.changed) == (1, 0)
    with workspace.database.read() as session:
        assert set(session.scalars(select(Call.source_id))) == {connection}
        assert [row.kind for row in session.scalars(select(Source))] == ["folder"]


def test_the_test_says_what_lies_there(folder: Path) -> None:
    sound(folder / "2026_11_20_10_00_00_101.wav")
    (folder / "log.csv").write_text(LOG, encoding="utf-8")
    from zoneinfo import ZoneInfo

    made = kind_of("folder").open(Config({"folder": str(folder)}, {}, ZoneInfo("UTC"), "7"))
    assert isinstance(made, WatchedFolder)
    checked = made.check()
    assert checked.last_call is not None
    assert checked.last_call.extension == "101"
    assert checked.notes == ("1 recording", "1 call log")
    assert kind_of("folder").problems({"folder": "", "pattern": "{date:%Q}"})
    assert kind_of("dropped").problems({"folder": "x", "columns": "{"}) == [
        "The column map is not a JSON object."
    ]


def test_memory_that_makes_no_sense_costs_a_look_only(workspace: Workspace, folder: Path) -> None:
    sound(folder / "2026_11_20_10_00_00_101.wav")
    connection = connect(workspace, folder)
    look(workspace, connection)
    seen = workspace.cache / "sources" / str(connection) / "seen.json"
    for broken in (
        "",
        "{",
        '{"full_at": "x"}',
        '{"full_at": 1, "settings": "", "folders": {"a": 1}, "logs": {}}',
    ):
        seen.write_text(broken, encoding="utf-8")
        assert look(workspace, connection).changed == 0


EVENTS = st.lists(st.sampled_from(["in", "out", "log", "single", "look"]), min_size=3, max_size=9)


@given(EVENTS)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_of_arrival_ends_in_the_same_calls(
    tmp_path_factory: pytest.TempPathFactory,
    _migrated: Path,  # noqa: PT019
    events: list[str],
) -> None:
    place = tmp_path_factory.mktemp("order")
    shutil.copytree(_migrated, place / "w")
    folder = place / "calls"
    folder.mkdir()
    workspace = open_workspace(place / "w")
    connection = connect(workspace, folder)
    todo = {
        "in": lambda: sound(folder / "2026_11_20_10_00_00_101_in.wav"),
        "out": lambda: sound(folder / "2026_11_20_10_00_00_101_out.wav"),
        "single": lambda: sound(folder / "two.wav"),
        "log": lambda: (folder / "log.csv").write_text(
            LOG + "20.11.2026;12:00:00;79160000002;102;Олег;1;two.wav\n", encoding="utf-8"
        ),
    }
    for event in (*events, *todo):
        if event == "look":
            look(workspace, connection)
        elif event in todo:
            todo.pop(event)()
        if not todo:
            break
    look(workspace, connection)
    told = [(row[1], row[2], row[3], row[4]) for row in calls(workspace)]
    assert sorted(told, key=str) == sorted(
        [("101", None, "101", 2), ("102", "79160000002", "Олег", 1)], key=str
    )
    workspace.close()


def test_a_renamed_folder_and_a_copy_make_no_second_call(workspace: Workspace, folder: Path) -> None:
    sound(folder / "new" / "2026_11_20_10_00_00_101.wav", seconds=0.5)
    sound(folder / "new" / "2026_11_20_11_00_00_102.wav", seconds=0.6)
    age(folder)
    connection = connect(workspace, folder)
    assert look(workspace, connection).added == 2
    before = calls(workspace)
    with workspace.database.write() as session:  # by hand: it must stay with its call
        first = session.scalars(select(Call).order_by(Call.started_at)).first()
        assert first is not None
        kept_id, first.comment = first.id, "asked back"
    (folder / "new").rename(folder / "2026-11-20")
    shutil.copytree(folder / "2026-11-20", folder / "backup")
    again = look(workspace, connection)
    assert (again.added, again.skipped) == (0, ())
    assert calls(workspace) == before
    with workspace.database.read() as session:
        assert session.get_one(Call, kept_id).comment == "asked back"
        paths = set(session.scalars(select(Recording.path)))
        assert paths == {"2026-11-20/2026_11_20_10_00_00_101.wav", "2026-11-20/2026_11_20_11_00_00_102.wav"}
    assert look(workspace, connection).added == 0


def test_a_copy_comes_in_when_the_first_file_is_gone(workspace: Workspace, folder: Path) -> None:
    sound(folder / "a" / "2026_11_20_10_00_00_101.wav")
    shutil.copytree(folder / "a", folder / "b")
    age(folder)
    connection = connect(workspace, folder)
    look(workspace, connection)
    look(workspace, connection)
    assert [row[-1] for row in calls(workspace)] == [1]
    shutil.rmtree(folder / "a")
    memory = watching.memory_file(workspace.cache, connection)
    memory.unlink()  # the day's full look
    look(workspace, connection)
    assert [row[-1] for row in calls(workspace)] == [1]
    with workspace.database.read() as session:
        path = session.scalars(select(Recording.path)).one()
        assert (folder / path).exists()


def test_a_file_of_another_sound_under_the_same_name_is_another_call(
    workspace: Workspace, folder: Path
) -> None:
    """Exchanges that count from 1 every month write the same names again."""
    sound(folder / "2026-10" / "000001.wav", seconds=0.5)
    sound(folder / "2026-11" / "000001.wav", seconds=0.5, rate=8000)
    data = bytearray((folder / "2026-11" / "000001.wav").read_bytes())
    data[-100:] = bytes(100)
    (folder / "2026-11" / "000001.wav").write_bytes(data)
    age(folder)
    connection = connect(workspace, folder)
    assert look(workspace, connection).added == 2
