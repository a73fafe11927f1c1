"""The command line under odd hands: Ctrl-C while it loads, figures no database holds, logs of bad rows only."""

from __future__ import annotations

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
