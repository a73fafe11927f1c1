"""Folders of recordings: whose calls, which sides, what is refused."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from intake_world import bring, calls, counts, managers, picture, sound
from samples import real
from sqlalchemy import select

from qaapp.calls import people
from qaapp.errors import SourceError, UsageError
from qaapp.store.database import Database
from qaapp.store.schema import Call, Recording


def test_the_customers_own_names(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "rec"
    for name in ("2014_03_17_10_18_29_123.wav", "2014_03_16_17_39_32.wav", "2014_04_16_10_28_11_0F6_(В).wav"):
        sound(folder / name)
    shutil.copy(folder / "2014_03_16_17_39_32.wav", folder / "2014_03_18_09_00_00_200")  # no suffix at all
    summary = bring(database, folder)
    assert (counts(summary), summary.recordings, summary.skipped) == ((4, 4, 0, 0), 4, ())
    rows = calls(database)
    assert [row.started_at for row in rows] == [
        datetime(2014, 3, 16, 13, 39, 32, tzinfo=UTC),  # Moscow was at +4 then
        datetime(2014, 3, 17, 6, 18, 29, tzinfo=UTC),
        datetime(2014, 3, 18, 5, 0, tzinfo=UTC),
        datetime(2014, 4, 16, 6, 28, 11, tzinfo=UTC),
    ]
    assert [row.direction for row in rows] == ["unknown", "unknown", "unknown", "inbound"]
    assert {(row.disposition, row.talk_s, row.talk_is_estimate, row.recording_count) for row in rows} == {
        ("unknown", 1, True, 1)
    }
    assert set(managers(database).values()) == {"123", None, "0F6", "200"}
    again = bring(database, folder)
    assert (counts(again), again.recordings) == ((4, 0, 0, 4), 4)


def test_the_zone_is_the_options_or_the_workspaces(database: Database, tmp_path: Path) -> None:
    sound(tmp_path / "rec" / "2014_03_17_10_18_29_123.wav")
    sound(tmp_path / "rec" / "mikopbx-1706262120.58959.wav")
    bring(database, tmp_path / "rec", time_zone="Asia/Yekaterinburg")
    first, second = calls(database)
    assert first.started_at == datetime(2014, 3, 17, 4, 18, 29, tzinfo=UTC)
    assert second.started_at == datetime(2024, 1, 26, 9, 42, tzinfo=UTC)  # its name is UTC whatever the zone
    assert counts(bring(database, tmp_path / "rec")) == (2, 0, 1, 1)  # back in Moscow time
    assert calls(database)[0].started_at == datetime(2014, 3, 17, 6, 18, 29, tzinfo=UTC)
    with pytest.raises(UsageError, match="no time zone"):
        bring(database, tmp_path / "rec", time_zone="Mars")


def test_two_sides_are_one_call_and_a_copy_is_no_call(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "rec"
    sound(folder / "mikopbx-1706262120.58959_in.wav", 2)
    sound(folder / "mikopbx-1706262120.58959_out.wav", 1)
    sound(folder / "2014_03_17_10_18_29_123.wav")
    shutil.copy(folder / "2014_03_17_10_18_29_123.wav", folder / "2014_03_17_10_18_29_123.mp3")
    summary = bring(database, folder)
    assert counts(summary) == (2, 2, 0, 0)
    assert [item.reason for item in summary.skipped] == ["The same call as 2014_03_17_10_18_29_123.wav."]
    with database.read() as session:
        lanes = session.execute(select(Recording.path, Recording.lane).order_by(Recording.path)).all()
    assert [tuple(row) for row in lanes] == [
        ("2014_03_17_10_18_29_123.wav", None),
        ("mikopbx-1706262120.58959_in.wav", "customer"),
        ("mikopbx-1706262120.58959_out.wav", "manager"),
    ]
    assert {row.talk_s for row in calls(database)} == {1, 2}


def test_a_side_that_comes_later_joins_its_call(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "rec"
    sound(folder / "talk_agent.wav")
    bring(database, folder)
    sound(folder / "talk_customer.wav")
    assert counts(bring(database, folder)) == (1, 0, 1, 0)
    assert [row.recording_count for row in calls(database)] == [2]
    assert counts(bring(database, folder)) == (1, 0, 0, 1)


def test_a_lone_in_means_the_direction(database: Database, tmp_path: Path) -> None:
    sound(tmp_path / "rec" / "20250314-120005_in.wav")
    bring(database, tmp_path / "rec")
    assert [row.direction for row in calls(database)] == ["inbound"]
    with database.read() as session:
        assert session.scalars(select(Recording.lane)).all() == [None]


def test_one_folder_per_manager(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "rec"
    for part in ("Анна Смирнова", "Олег_Титов/2014/03", "2014/03/17", "Входящие", "105", "Март 2014"):
        sound(folder / part / f"2014_03_17_10_18_{len(part):02}.wav")
    sound(folder / "Анна Смирнова" / "2014_03_17_11_00_00_0F6.wav")
    bring(database, folder)
    assert managers(database) == {
        "Анна Смирнова/2014_03_17_10_18_13": "Анна Смирнова", "Анна Смирнова/2014_03_17_11_00_00_0F6": "Анна Смирнова",
        "Олег_Титов/2014/03/2014_03_17_10_18_18": "Олег Титов", "2014/03/17/2014_03_17_10_18_10": None,
        "Входящие/2014_03_17_10_18_08": None, "105/2014_03_17_10_18_03": "105",
        "Март 2014/2014_03_17_10_18_09": None,
    }  # fmt: skip
    with database.read() as session:  # the channel 0F6 was not made a person: the folder knew better
        assert {row.name for row in people.list_people(session)} == {"Анна Смирнова", "Олег Титов", "105"}
    assert {row.direction for row in calls(database) if row.external_id.startswith("Вход")} == {"inbound"}


def test_a_manager_for_every_call(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "rec"
    sound(folder / "[Anna Volkova]_4166-01550000553_20260514131342(3644).wav")
    sound(folder / "2014_03_17_10_18_29_123.wav")
    sound(folder / "2014_03_16_17_39_32.wav")
    sound(folder / "2014_03_15_17_39_32_200.wav")
    with database.write() as session:
        people.find_or_create(session, name="Олег", extension="123")
    bring(database, folder, manager="Ирина")
    assert managers(database) == {
        "[Anna Volkova]_4166-01550000553_20260514131342(3644)": "Anna Volkova", "2014_03_17_10_18_29_123": "Олег",
        "2014_03_16_17_39_32": "Ирина", "2014_03_15_17_39_32_200": "Ирина",
    }  # fmt: skip


def test_a_choice_by_hand_is_never_overwritten(database: Database, tmp_path: Path) -> None:
    sound(tmp_path / "rec" / "2014_03_17_10_18_29_123.wav")
    bring(database, tmp_path / "rec")
    (call,) = calls(database)
    with database.write() as session:
        oleg = people.find_or_create(session, name="Олег")
        people.assign_manager(session, [call.id], oleg, None)
        session.get_one(Call, call.id).comment = "by hand"
    sound(tmp_path / "rec" / "2014_03_17_10_18_29_123.wav", 3)
    assert counts(bring(database, tmp_path / "rec", manager="Ирина", time_zone="UTC")) == (1, 0, 1, 0)
    (call,) = calls(database)
    assert (managers(database)[call.external_id], call.comment, call.talk_s) == ("Олег", "by hand", 3)


def test_dates_of_folders_and_files(database: Database, tmp_path: Path) -> None:
    by_folder = sound(tmp_path / "rec" / "2024" / "01" / "26" / "12" / "noname.wav")
    by_file = sound(tmp_path / "rec" / "other.wav", 5)
    moment = datetime(2024, 5, 1, 9, 0, 5, tzinfo=UTC).timestamp()
    os.utime(by_file, (moment, moment))
    os.utime(by_folder, (moment, moment))
    bring(database, tmp_path / "rec")
    assert {row.external_id: row.started_at for row in calls(database)} == {
        "2024/01/26/12/noname": datetime(2024, 1, 26, 9, 0, tzinfo=UTC),
        "other": datetime(2024, 5, 1, 9, 0, tzinfo=UTC),  # the file's time is the call's end
    }


def test_what_cannot_be_heard_is_kept_with_its_reason(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "rec"
    sound(folder / "good.wav")
    (folder / "2014_03_17_10_18_29_101.wav").write_bytes((folder / "good.wav").read_bytes()[:44])
    (folder / "2014_03_17_10_18_29_102.wav").write_bytes(b"")
    (folder / "2014_03_17_10_18_29_103.wav").write_text("this is no sound, only text " * 20, encoding="utf-8")
    (folder / "notes.txt").write_text("nothing", encoding="utf-8")
    (folder / "log.csv").write_text("a;b\n1;2\n", encoding="utf-8")
    (folder / ".hidden.wav").write_bytes(b"x")
    (folder / "2014.wav.part").write_bytes(b"x")
    for summary in (bring(database, folder), bring(database, folder)):
        reasons = {Path(item.path).name: item.reason for item in summary.skipped}
        assert reasons.keys() == {*(f"2014_03_17_10_18_29_10{n}.wav" for n in (1, 2, 3)), "log.csv"}
        assert reasons["2014_03_17_10_18_29_102.wav"] == "The file is empty."
        assert "header" in reasons["2014_03_17_10_18_29_101.wav"]
        assert summary.found == 4
    with database.read() as session:
        states = session.execute(
            select(Recording.path, Recording.state, Recording.error).order_by(Recording.path)
        ).all()
    assert [row[1] for row in states] == ["failed", "failed", "failed", "available"]
    assert all(bool(row[2]) == (row[1] == "failed") for row in states)


def test_a_file_that_got_better_is_taken_again(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "rec" / "2014_03_17_10_18_29_101.wav"
    path.parent.mkdir()
    path.write_bytes(b"")
    bring(database, path.parent)
    sound(path)
    summary = bring(database, path.parent)
    assert (counts(summary), summary.skipped) == ((1, 0, 1, 0), ())


def test_a_file_that_is_still_written_waits(database: Database, tmp_path: Path) -> None:
    path = sound(tmp_path / "rec" / "2014_03_17_10_18_29_101.wav")
    content = bytearray(path.read_bytes())
    content[4:8] = b"\0\0\0\0"
    path.write_bytes(content)
    summary = bring(database, path.parent)
    assert (summary.found, len(summary.skipped)) == (0, 1)
    assert "still being written" in summary.skipped[0].reason
    os.utime(path, (1_700_000_000, 1_700_000_000))  # long ago: it is as it is
    assert bring(database, path.parent).found == 1


def test_links_out_of_the_folder_are_refused(database: Database, tmp_path: Path) -> None:
    outside = sound(tmp_path / "outside" / "2014_03_17_10_18_29_101.wav")
    folder = tmp_path / "rec"
    sound(folder / "2014_03_17_10_18_30_101.wav")
    (folder / "2014_03_17_10_18_31_101.wav").symlink_to(folder / "2014_03_17_10_18_30_101.wav")
    (folder / "2014_03_17_10_18_29_101.wav").symlink_to(outside)
    (folder / "more").symlink_to(tmp_path / "outside")
    (folder / "loop").symlink_to(folder)
    summary = bring(database, folder)
    assert summary.found == 2
    assert sorted(Path(item.path).name for item in summary.skipped) == ["2014_03_17_10_18_29_101.wav", "more"]


def test_one_file_and_a_part_of_a_known_folder(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "rec"
    one = sound(folder / "Анна" / "2014_03_17_10_18_29_101.wav")
    sound(folder / "Анна" / "2014_03_17_10_18_30_101.wav")
    assert counts(bring(database, one)) == (1, 1, 0, 0)
    assert counts(bring(database, folder)) == (2, 1, 1, 0)  # now the folder says whose it is
    assert counts(bring(database, folder / "Анна")) == (2, 0, 0, 2)
    assert counts(bring(database, folder)) == (2, 0, 0, 2)
    assert set(managers(database).values()) == {"Анна"}


def test_what_is_not_there_is_said(database: Database, tmp_path: Path) -> None:
    for path in (tmp_path / "no", tmp_path / ("x" * 300)):
        with pytest.raises(SourceError, match="is not there"):
            bring(database, path)


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may read everything")
def test_a_folder_without_rights(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound(tmp_path / "rec" / "open" / "2014_03_17_10_18_29_101.wav")
    sound(tmp_path / "rec" / "shut" / "2014_03_17_10_18_30_101.wav")
    real_scan = os.scandir

    def scan(path: Path) -> object:
        if Path(path).name == "shut":
            raise PermissionError(13, "Permission denied")
        return real_scan(path)

    monkeypatch.setattr(os, "scandir", scan)
    summary = bring(database, tmp_path / "rec")
    assert summary.found == 1
    assert [item.reason for item in summary.skipped] == ["The folder cannot be read: Permission denied."]


def test_a_file_that_goes_away_while_importing(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qaapp.intake import folders

    folder = tmp_path / "rec"
    for second in range(3):
        sound(folder / f"2014_03_17_10_18_0{second}_101.wav")
    before = folders.examine

    def examine(item: folders.FileFacts) -> object:
        if "_01_" in item.path.name:
            item.path.unlink()
        return before(item)

    monkeypatch.setattr(folders, "examine", examine)
    summary = bring(database, folder)
    assert summary.found == 2
    assert [item.reason for item in summary.skipped] == ["The file is gone."]


def test_names_that_are_hard(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "rec"
    sound(folder / ("я" * 120 + ".wav"))
    sound(folder / "Имя с пробелом; 'кавычки' \"ё\" 100%\n.wav")
    sound(folder / "И\u0306мя.wav")  # decomposed, as a Mac writes it
    shutil.copy(sound(folder / "x.wav"), os.fsencode(folder) + b"/bad\xff.wav")
    deep = folder
    for _step in range(5):
        deep = deep / ("d" * 200)
    sound(deep / "deep.wav")
    summary = bring(database, folder)
    assert summary.found == 4
    assert sorted(item.reason for item in summary.skipped) == [
        "The name cannot be read as text; rename the file.", "The path is too long to be kept.",
    ]  # fmt: skip
    assert counts(bring(database, folder)) == (4, 0, 0, 4)


def test_templates_name_the_parts(database: Database, tmp_path: Path) -> None:
    sound(tmp_path / "rec" / "Анна+101+20250314+1205+79161234567.wav")
    bring(database, tmp_path / "rec", pattern="{name}+{ext}+{date}+{time}+{phone}")
    (call,) = calls(database)
    assert (call.extension, call.customer_number) == ("101", "79161234567")
    assert call.started_at == datetime(2025, 3, 14, 9, 5, tzinfo=UTC)
    assert managers(database)[call.external_id] == "Анна"
    with pytest.raises(UsageError, match="file name pattern"):
        bring(database, tmp_path / "rec", pattern="nonsense")


def test_stopping_keeps_what_arrived(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qaapp.intake import folders
    from qaapp.intake.importing import import_paths

    monkeypatch.setattr(folders, "BATCH", 2)
    for second in range(6):
        sound(tmp_path / "rec" / f"2014_03_17_10_18_0{second}_101.wav", 0.1)
    steps = import_paths(database, [tmp_path / "rec"])
    while next(steps).done < 2:
        pass
    steps.close()
    assert len(calls(database)) == 2
    assert counts(bring(database, tmp_path / "rec")) == (6, 4, 0, 2)


def test_the_real_calls(database: Database) -> None:
    folder = real("calls/lca40_agent.wav").parent
    summary = bring(database, folder)
    assert (counts(summary), summary.recordings, summary.skipped) == ((10, 10, 0, 0), 11, ())
    by_id = {row.external_id: row for row in calls(database)}
    assert by_id["lca40"].recording_count == 2
    assert by_id["lca40"].talk_s == 245
    assert by_id["alex_all-2012-02-27-10-38-31.289011"].started_at == datetime(
        2012, 2, 27, 6, 38, 31, tzinfo=UTC
    )
    named = "Auto0_GUID_000_AGENT_ChrisL_DT_2025-02-19T06-01-22_Mono"
    assert managers(database)[named] == "ChrisL"
    before = picture(database)
    assert counts(bring(database, folder)) == (10, 0, 0, 10)
    assert picture(database) == before


def test_odd_real_audio_is_taken_or_refused_by_a_sentence(database: Database) -> None:
    folder = real("audio-edge")
    summary = bring(database, folder)
    assert summary.found > 5
    assert all(item.reason.endswith(".") for item in summary.skipped)
    assert "Unexpected" not in str(summary)


def test_mp3_made_by_ffmpeg(database: Database, tmp_path: Path) -> None:
    if not shutil.which("ffmpeg"):
        pytest.skip("ffmpeg is not here to make an MP3")
    source = sound(tmp_path / "x.wav", 3)
    target = tmp_path / "rec" / "2014_03_17_10_18_29_101.mp3"
    target.parent.mkdir()
    subprocess.run(["ffmpeg", "-loglevel", "error", "-i", source, target], check=True)
    bring(database, target.parent)
    assert [row.talk_s for row in calls(database)] == [3]
