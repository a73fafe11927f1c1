"""The commands ``report`` and ``archive``."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
import scoring_world as world

from qaapp.cli import archive as archive_command
from qaapp.cli.root import main
from qaapp.errors import UsageError
from qaapp.store.workspace import Workspace


@pytest.fixture
def folder(workspace: Workspace) -> str:
    with workspace.database.write() as session:
        anna = world.manager(session, "Anna", "East")
        card = world.card(session, 6)
        for _n in range(6):
            call_id = world.call(session, anna, external_id=f"x{_n}", customer_number="79000001452")
            world.evaluate(session, call_id, card, world.marks(5, 1))
    return str(workspace.folder)


def ask(folder: str, capsys: pytest.CaptureFixture[str], *words: str) -> object:
    assert main(["--workspace", folder, "--lang", "en", "--json", *words]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("name", "sheets"),
    [
        ("ratings", ["Ranking", "Groups", "Checkpoints", "Evaluations", "Rules"]),
        ("evaluations", ["Evaluations", "Rules"]),
        ("journal", ["Journal"]),
    ],
)
def test_every_report_is_written(
    folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, sheets: list[str]
) -> None:
    path = tmp_path / "r.xlsx"
    assert ask(folder, capsys, "report", name, "--xlsx", str(path), "--group", "East") == {"path": str(path)}
    assert openpyxl.load_workbook(path).sheetnames == sheets


@pytest.mark.parametrize(
    "words",
    [
        ("report", "nothing", "--xlsx", "x.xlsx"),
        ("report", "ratings"),
        ("report", "ratings", "--xlsx", "x.xlsx", "--basis", "some"),
        ("report", "ratings", "--xlsx", "x.xlsx", "--from", "32.13.2024"),
        ("archive", "add", "x1", "good"),
        ("archive", "add", "x1", "best", "--from", "soon"),
        ("archive", "add", "x1", "best", "--from", "1:00"),
        ("archive", "add", "x1", "best", "--owner", "Nobody"),
    ],
)
def test_wrong_usage_is_said(
    folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str]
) -> None:
    assert main(["--workspace", folder, "--lang", "en", *words]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "Traceback" not in told.err
    assert told.err.strip()
    assert not Path("x.xlsx").exists()


def test_archive_add_list_and_export(folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    added = ask(
        folder, capsys, "archive", "add", "x2", "best", "--stage", "Contact", "--title", "Hello",
        "--from", "1:05", "--to", "1:12.5", "--owner", "irina",
    )  # fmt: skip
    assert (added["start_ms"], added["end_ms"], added["owner"], added["verdict"]) == (
        65_000,
        72_500,
        "Irina",
        "best",
    )
    assert ask(folder, capsys, "archive", "list") == [added]
    assert ask(folder, capsys, "archive", "list", "--verdict", "worst") == []
    target = tmp_path / "pack"
    told = ask(folder, capsys, "archive", "export", str(target))
    assert told["items"] == 1
    assert Path(told["page"]).is_file()
    assert "Hello" in Path(told["page"]).read_text(encoding="utf-8")
    assert main(["--workspace", folder, "--lang", "en", "archive", "export", str(target)]) == 1
    assert "is there already" in capsys.readouterr().err
    assert main(["--workspace", folder, "--lang", "en", "archive", "list"]) == 0
    assert "Hello" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "wanted"), [("83.5", 83_500), ("1:23", 83_000), ("1:02:03,5", 3_723_500), ("", None)]
)
def test_times_of_a_call(text: str, wanted: int | None) -> None:
    assert archive_command.time_ms(text) == wanted


@pytest.mark.parametrize("text", ["a", "1:-2", "nan", "inf", "1::2"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(UsageError, match="not a time"):
        archive_command.time_ms(text)
