"""The set-up file, read without running a set-up."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def _dev():
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_uses_the_standard_library_only() -> None:
    imported = set(re.findall(r"^(?:import|from) (\w+)", (ROOT / "dev.py").read_text(encoding="utf-8"), re.M))
    assert imported <= set(sys.stdlib_module_names)


def test_every_command_is_explained() -> None:
    help_text = subprocess.run(
        [sys.executable, str(ROOT / "dev.py"), "--help"], capture_output=True, text=True, check=True
    ).stdout
    for command in ("run", "demo", "test", "check", "bench", "shots", "build", "translate", "tools"):
        assert f"dev.py {command}" in help_text


def test_an_unknown_command_is_wrong_usage() -> None:
    done = subprocess.run([sys.executable, str(ROOT / "dev.py"), "fly"], capture_output=True, check=False)
    assert done.returncode == 2


def test_the_lock_pins_and_hashes_every_dependency_and_names_no_place() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    entries = re.split(
        r"\n(?=[A-Za-z])", "\n".join(line for line in lock.splitlines() if not line.startswith("#"))
    )
    assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    locked = {re.split(r"[=\[ ;]", entry)[0].lower() for entry in entries}
    for requirement in wanted:
        name = re.split(r"[<>=!\[; ]", requirement)[0].lower()
        assert name in locked, f"{name} is not locked"


def test_missing_libraries_are_named_where_they_may_not_be_installed(monkeypatch, capsys) -> None:
    dev = _dev()
    monkeypatch.setattr(dev.shutil, "which", lambda *_args, **_kwargs: None)
    assert dev.install_missing(["libegl1", "libgl1"], "qaapp needs these Debian packages") is False
    assert capsys.readouterr().err == "qaapp needs these Debian packages: libegl1 libgl1\n"


def test_without_a_display_run_does_the_demo(monkeypatch, capsys) -> None:
    dev = _dev()
    calls = []
    monkeypatch.setattr(dev, "set_up", lambda: None)
    monkeypatch.setattr(dev, "has_display", lambda: False)
    monkeypatch.setattr(dev, "call", lambda *words, **_env: calls.append(words) or 0)
    assert dev.run([]) == 0
    assert "no display" in capsys.readouterr().err
    assert "demo" in calls[0]


def test_an_environment_is_made_with_a_python_that_comes_without_its_venv_part(monkeypatch, tmp_path) -> None:
    """Debian's python3: making one would end the process, so the package is fetched first and a new process makes it."""
    dev = _dev()
    done: list[object] = []
    monkeypatch.setattr(dev, "VENV", tmp_path / "venv")
    monkeypatch.setattr(dev.importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setattr(dev, "install_missing", lambda packages, _why: done.append(packages))
    monkeypatch.setattr(dev, "call", lambda *words: done.append([str(word) for word in words[1:]]) or 0)
    dev.make_environment()
    minor = sys.version_info[1]
    assert done == [[f"python3.{minor}-venv"], ["-m", "venv", str(tmp_path / "venv")]]
