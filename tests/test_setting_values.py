"""Settings: bad values fall back, unknown ones stay, a crash leaves the old file whole."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from qaapp.settings import Personal, Rules, load_personal, rules_from, rules_to, save_personal


def test_a_missing_file_gives_the_defaults(tmp_path: Path) -> None:
    assert load_personal(tmp_path / "settings.json") == Personal()


def test_what_was_chosen_comes_back(tmp_path: Path) -> None:
    chosen = replace(Personal(), language="ru", speed=1.3, recent_workspaces=("a", "b"), keys={"play": "P"})
    save_personal(chosen, tmp_path / "settings.json")
    assert load_personal(tmp_path / "settings.json") == chosen


def test_values_of_another_version_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text('{"theme": "dark", "future": {"x": 1}}', encoding="utf-8")
    save_personal(replace(load_personal(file), theme="light"), file)
    assert json.loads(file.read_text(encoding="utf-8"))["future"] == {"x": 1}


def test_a_value_of_the_wrong_kind_is_dropped_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "settings.json"
    file.write_text('{"theme": 5, "language": "ru"}', encoding="utf-8")
    assert load_personal(file) == replace(Personal(), language="ru")
    assert "theme" in caplog.text


def test_a_broken_file_is_put_aside(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text("{broken", encoding="utf-8")
    assert load_personal(file) == Personal()
    assert (tmp_path / "settings.broken").read_text(encoding="utf-8") == "{broken"


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "settings.json"
    save_personal(Personal(language="ru"), file)

    def full(*_args: object, **_kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("qaapp.settings.json.dump", full)
    with pytest.raises(OSError, match="No space"):
        save_personal(Personal(language="en"), file)
    assert load_personal(file).language == "ru"
    assert [entry.name for entry in tmp_path.iterdir() if entry.suffix == ".tmp"] == []


def test_rules_out_of_range_fall_back() -> None:
    assert rules_from({"green_above": 50, "red_below": 60}) == Rules()
    assert rules_from({"time_zone": "Mars/Olympus"}).time_zone == "Europe/Moscow"
    assert rules_from({"enough_calls": 0}).enough_calls == 5


def test_rules_come_back() -> None:
    rules = Rules(green_above=85, red_below=55, seed=7)
    assert rules_from(rules_to(rules)) == rules
