"""The command line under odd hands: Ctrl-C while it loads, figures no database holds, logs of bad rows only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from qaapp.cli import main
from qaapp.intake.importing import import_paths
from qaapp.progress import run
from qaapp.store.database import Database

# Ctrl-C at the moment the named module is being loaded.
INTERRUPTED = """
import sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            raise KeyboardInterrupt
sys.meta_path.insert(0, Finder())
from qaapp.cli import main
sys.exit(main(["--workspace", {folder!r}, "--json", "calls"]))
"""


@pytest.mark.parametrize("module", ["sqlalchemy", "typer", "qaapp.i18n", "qaapp.cli.calls"])
def test_ctrl_c_while_the_program_loads_is_no_traceback(tmp_path: Path, module: str) -> None:
    code = INTERRUPTED.format(module=module, folder=str(tmp_path / "w"))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_a_limit_no_database_can_count_to_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for option in ("--limit", "--min-talk", "--max-talk"):
        assert main(["--workspace", str(tmp_path / "w"), "calls", option, "9" * 30]) == 2
    assert "Unexpected" not in capsys.readouterr().err


def test_one_spoilt_byte_does_not_turn_a_utf8_log_into_nonsense(database: Database, tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    text = "Дата звонка;Номер клиента;Менеджер\n17.03.2014 14:18:29;+74951234567;Анна\n"
    log.write_bytes(text.encode() + b"17.03.2014 15:18:29;+74951234568;\xff\xfe\n")
    assert run(import_paths(database, [log])).added == 2


def test_a_log_of_nothing_but_bad_rows_can_be_stopped(database: Database, tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("Date;Number\n" + "32.13.2024;1\n" * 9000, encoding="utf-8")
    steps = import_paths(database, [log])
    shown = [next(steps).done for _ in range(4)]
    steps.close()
    assert shown[0] == 0
    assert 0 < shown[1] < shown[2] < shown[3] < 9000


@pytest.mark.parametrize(
    "command",
    [
        ["import"],
        ["import", "--cdr"],
        ["people", "import"],
        ["scorecards", "import"],
        ["evaluate", "--scorecard", "x", "--reviewer", "x"],
        ["restore"],
    ],
)
def test_a_file_one_may_not_read_is_a_failure_and_not_wrong_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    closed = tmp_path / "closed.csv"
    closed.write_text("x", encoding="utf-8")
    can_open, can_access = Path.open, os.access

    def refused(self: Path, *args: object, **named: object) -> object:
        if self.name == closed.name:
            raise PermissionError(13, "Permission denied")
        return can_open(self, *args, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refused)
    monkeypatch.setattr(os, "access", lambda path, *rest, **named: (
        os.fspath(path) != str(closed) and can_access(path, *rest, **named)
    ))  # fmt: skip
    assert main(["--workspace", str(tmp_path / "w"), *command, str(closed)]) == 1
    said = capsys.readouterr().err
    assert "Usage" not in said
    assert "Unexpected" not in said


def test_ctrl_c_inside_a_command_is_said_and_is_status_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*_arguments: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr("qaapp.intake.importing.import_paths", stopped)
    assert main(["--workspace", str(tmp_path / "w"), "--lang", "en", "--json", "import", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.strip() == "Stopped; what was done is kept."
