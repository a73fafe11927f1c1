"""The command shell: global options anywhere, exit status, one JSON document."""

from __future__ import annotations

from pathlib import Path

import pytest

from qaapp.cli import main
from qaapp.cli.root import split_globals
from qaapp.errors import UsageError


def test_global_options_are_taken_from_anywhere() -> None:
    found, rest = split_globals(["calls", "--json", "--workspace", "w", "--limit", "5", "--lang=ru"])
    assert found == {"--json": True, "--workspace": "w", "--lang": "ru"}
    assert rest == ["calls", "--limit", "5"]


def test_words_after_two_dashes_are_left_alone() -> None:
    assert split_globals(["import", "--", "--json"]) == ({}, ["import", "--", "--json"])


def test_a_missing_value_is_wrong_usage() -> None:
    with pytest.raises(UsageError):
        split_globals(["calls", "--workspace"])
    assert main(["calls", "--workspace"]) == 2


def test_an_unknown_command_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fly"]) == 2
    assert "fly" in capsys.readouterr().err


def test_an_unknown_language_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--lang", "xx", "calls"]) == 2
    assert "xx" in capsys.readouterr().err


def test_help_and_version_are_not_errors(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert main(["--version"]) == 0
    assert "qaapp 0" in capsys.readouterr().out


def test_a_workspace_that_cannot_be_made_is_said_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    assert main(["--workspace", str(tmp_path / "file" / "w"), "--lang", "ru", "calls", "--json"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "не удалось создать" in said.err
    assert len(said.err.strip().splitlines()) == 1
