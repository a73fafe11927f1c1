"""``qaapp import``: one JSON document, sentences, exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from intake_world import log, sound

from qaapp.cli.root import main
from qaapp.store.workspace import Workspace

HEADS = ("Дата", "Телефон", "Разговор")


def test_json(workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sound(tmp_path / "rec" / "2014_03_17_10_18_29_123.wav")
    table = log(tmp_path / "log.csv", HEADS, [("17.03.2014 11:00", "89161234567", 5), ("32.13.2024", "1", 1)])
    arguments = [
        "--workspace",
        str(workspace.folder),
        "import",
        str(tmp_path / "rec"),
        "--cdr",
        str(table),
        "--json",
    ]
    assert main(arguments) == 0
    shown = capsys.readouterr()
    document = json.loads(shown.out)
    assert document == {
        "found": 2, "added": 2, "changed": 0, "unchanged": 0, "recordings": 1,
        "skipped": [{"path": str(table), "row": 3, "reason": "“32.13.2024” is not a date and time."}],
    }  # fmt: skip
    assert main(arguments) == 0
    assert json.loads(capsys.readouterr().out) | {"skipped": []} == {
        "found": 2, "added": 0, "changed": 0, "unchanged": 2, "recordings": 1, "skipped": [],
    }  # fmt: skip


def test_sentences(workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--workspace", str(workspace.folder)]
    sound(tmp_path / "rec" / "2014_03_17_10_18_29_123.wav")
    assert main([*where, "import", str(tmp_path / "rec"), "--lang", "ru"]) == 0
    assert "Новых: 1, изменённых: 0, без изменений: 0, записей: 1" in capsys.readouterr().out
    assert main([*where, "import", str(tmp_path / "nowhere")]) == 1
    assert "is not there" in capsys.readouterr().err
    (tmp_path / "empty.csv").write_bytes(b"")
    assert main([*where, "import", "--cdr", str(tmp_path / "empty.csv")]) == 1
    assert "is empty" in capsys.readouterr().err
    for wrong in (
        ["import"],
        ["import", str(tmp_path), "--pattern", "no"],
        ["import", str(tmp_path), "--timezone", "x"],
    ):
        assert main([*where, *wrong]) == 2
        assert len(capsys.readouterr().err.strip().splitlines()) == 1
