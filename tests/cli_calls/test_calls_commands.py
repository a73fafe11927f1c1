"""``calls``, ``annotations``, ``backup``, ``restore`` and ``check`` as a script uses them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from call_makers import make_call, make_manager, make_recording

from qaapp.calls.annotations import add as add_annotation
from qaapp.calls.tags import add_tag
from qaapp.cli import main
from qaapp.store.workspace import Workspace

FIELDS = [
    "id", "source", "external_id", "started_at", "direction", "disposition", "customer_number", "customer_name",
    "line_number", "manager", "extension", "group", "wait_s", "talk_s", "duration_s", "tags", "comment", "recordings",
    "score_percent", "band", "talk_share", "silence_s", "interruptions",
    "longest_monologue_s",
]  # fmt: skip


@pytest.fixture
def folder(workspace: Workspace) -> Path:
    """Two calls: a scored one of Anna with a tag, notes and a recording, and a bare one of nobody."""
    with workspace.database.write() as session:
        anna = make_manager(session, "Анна", "Продажи")
        one = make_call(
            session, "rec 1", 0, manager_id=anna, customer_number="79001234567", customer_name="=HYPERLINK(1)",
            direction="inbound", disposition="answered", score_num=2, score_den=3, score_sort=2 / 3, band="yellow",
            evaluation_count=1, comment="-5 %", talk_s=61, extension="101",
        )  # fmt: skip
        make_call(session, "rec 2", 24 * 60)
        make_recording(session, one, "/nowhere", "a/1.wav", duration_ms=61_500, channels=2)
        add_tag(session, [one], "важно", None)
        add_annotation(session, one, 2, 1000, 2500, "дорого")
    workspace.close()
    return workspace.folder


def run(folder: Path, *words: str) -> int:
    return main(["--workspace", str(folder), "--lang", "en", *words])


def document(capsys: pytest.CaptureFixture[str], folder: Path, *words: str) -> Any:
    assert run(folder, *words, "--json") == 0
    return json.loads(capsys.readouterr().out)


def test_calls_as_json_has_the_fields_of_the_contract(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = document(capsys, folder, "calls")
    assert [call["external_id"] for call in calls] == ["rec 2", "rec 1"]
    assert all(list(call) == FIELDS for call in calls)
    scored = calls[1]
    assert scored["score_percent"] == pytest.approx(200 / 3, abs=1e-12)
    assert (scored["band"], scored["manager"], scored["group"], scored["tags"]) == (
        "yellow",
        "Анна",
        "Продажи",
        ["важно"],
    )
    assert scored["started_at"] == "2026-03-17T10:00:00+03:00"
    assert scored["recordings"] == [
        {"id": 1, "path": "a/1.wav", "state": "available", "duration_s": 61.5, "channels": 2}
    ]
    assert calls[0]["score_percent"] is None


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--from", "2026-03-18"], ["rec 2"]),
        (["--to", "2026-03-17"], ["rec 1"]),
        (["--manager", "анна"], ["rec 1"]),
        (["--unassigned"], ["rec 2"]),
        (["--group", "Продажи"], ["rec 1"]),
        (["--direction", "outbound"], ["rec 2"]),  # its direction is unknown, which passes
        (["--disposition", "answered"], ["rec 2", "rec 1"]),
        (["--tag", "ВАЖНО"], ["rec 1"]),
        (["--search", "900 123-45"], ["rec 1"]),
        (["--kind", "Objection"], ["rec 1"]),
        (["--band", "yellow"], ["rec 1"]),
        (["--not-reviewed"], ["rec 2"]),
        (["--recorded", "--min-talk", "61", "--max-talk", "61"], ["rec 1"]),
        (["--limit", "1"], ["rec 2"]),
        (["--sort", "manager", "--ascending"], ["rec 1", "rec 2"]),
    ],
)
def test_filters(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], found: list[str]
) -> None:
    assert [call["external_id"] for call in document(capsys, folder, "calls", *words)] == found


@pytest.mark.parametrize(
    "words",
    [
        ["calls", "--manager", "Никто"], ["calls", "--from", "32.13.2024"], ["calls", "--direction", "sideways"],
        ["calls", "--sort", "shoe size"], ["calls", "--limit", "0"], ["annotations", "1", "--format", "docx"],
    ],
)  # fmt: skip
def test_wrong_usage_is_status_2_with_a_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert run(folder, *words) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.strip()


def test_csv_protects_text_that_begins_like_a_formula(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "calls.csv"
    assert run(folder, "calls", "--csv", str(target), "--mask") == 0
    assert target.read_bytes().startswith(b"\xef\xbb\xbf")
    with target.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert rows[1]["customer_name"] == "'=HYPERLINK(1)"
    assert rows[1]["comment"] == "'-5 %"
    assert rows[1]["talk_s"] == "61"
    assert "1234" not in rows[1]["customer_number"]
    assert rows[1]["customer_number"].endswith("67")
    assert [path.name for path in tmp_path.glob("calls*")] == ["calls.csv"]
    assert run(folder, "calls", "--csv", str(tmp_path / "no" / "folder.csv")) == 1
    capsys.readouterr()


def test_xlsx_is_written_by_the_same_journal(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import openpyxl

    target = tmp_path / "calls.xlsx"
    assert run(folder, "calls", "--xlsx", str(target)) == 0
    book = openpyxl.load_workbook(target)
    cells = [cell.value for row in book.worksheets[0].iter_rows() for cell in row]
    assert "=HYPERLINK(1)" in cells
    assert all(cell.data_type != "f" for row in book.worksheets[0].iter_rows() for cell in row)
    capsys.readouterr()


def test_the_terminal_shows_a_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "calls", "--manager", "Анна") == 0
    told = capsys.readouterr().out
    assert "67%" in told
    assert "1:01" in told


def test_annotations_in_each_format(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "annotations", "rec 1", "--format", "audacity") == 0
    assert capsys.readouterr().out == "1.000000\t2.500000\t- | Objection | дорого\n"
    assert run(folder, "annotations", "1", "--format", "textgrid") == 0
    assert "xmax = 61.5" in capsys.readouterr().out
    assert run(folder, "annotations", "1", "--format", "vtt", "--out", str(tmp_path / "1.vtt")) == 0
    assert (tmp_path / "1.vtt").read_text(encoding="utf-8").startswith("WEBVTT\n")
    capsys.readouterr()
    (note,) = document(capsys, folder, "annotations", "1")
    assert (note["kind"], note["start_ms"], note["end_ms"], note["text"]) == (
        "objection",
        1000,
        2500,
        "дорого",
    )
    assert run(folder, "annotations", "nothing") == 1


def test_labels_are_brought_in_once_and_bad_lines_named(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = tmp_path / "labels.txt"
    assert run(folder, "annotations", "rec 1", "--format", "audacity", "--out", str(labels)) == 0
    labels.write_text(labels.read_text(encoding="utf-8") + "so\twhat\t?\n3\t4\tnew\n", encoding="utf-8")
    capsys.readouterr()
    done = document(capsys, folder, "annotations", "rec 1", "--import", str(labels), "--kind", "Stage")
    assert [(one["kind"], one["start_ms"], one["text"]) for one in done["added"]] == [("stage", 3000, "new")]
    assert (done["there"], [one["line"] for one in done["refused"]]) == (1, [2])
    assert run(folder, "annotations", "rec 1", "--import", str(labels)) == 0
    assert "Line 2 was not taken" in capsys.readouterr().out
    assert (
        len(document(capsys, folder, "annotations", "rec 1")) == 3
    )  # the new one, as the usual kind, is another
    assert run(folder, "annotations", "rec 1", "--import", str(tmp_path / "none.txt")) == 1


def test_backup_restore_and_check(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = tmp_path / "copy.sqlite"
    assert Path(document(capsys, folder, "backup", str(copy))["path"]) == copy
    (folder / "qaapp.sqlite").write_bytes(b"broken" * 4000)
    assert run(folder, "calls") == 1
    assert "damaged" in capsys.readouterr().err
    kept = document(capsys, folder, "restore", str(copy))["kept"]
    assert Path(kept).parent == folder / "backups"
    assert len(document(capsys, folder, "calls")) == 2
    assert run(folder, "check", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["calls"], told["recordings"]) == (2, 1)
    assert [(item["kind"], item["call"]) for item in told["findings"]] == [("missing", 1)]
    assert document(capsys, folder, "calls", "--tag", "важно")[0]["recordings"][0]["state"] == "missing"
    assert run(folder, "restore", str(tmp_path / "nothing.sqlite")) == 1
