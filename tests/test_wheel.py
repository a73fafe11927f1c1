"""The installed wheel does the demo outside the checkout, without a display."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps"]
    # a copy is built, so that nothing appears in the checkout
    source = folder / "source"
    source.mkdir()
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    for name in listed:
        if name.startswith(("qaapp/", "pyproject", "README", "LICENSE")) and (ROOT / name).is_file():
            target = source / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
    done = subprocess.run(
        [*pip, "--no-build-isolation", "--target", str(folder / "site"), str(source)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder / "site"


def test_the_demo_runs_from_an_installed_wheel(installed: Path, tmp_path: Path) -> None:
    surroundings = {
        **os.environ,
        "PYTHONPATH": str(installed),
        "QT_QPA_PLATFORM": "offscreen",
        "QAAPP_CONFIG": str(tmp_path / "config"),
    }
    done = subprocess.run(
        [sys.executable, str(installed / "bin" / "qaapp"), "demo", "--json", "--out", str(tmp_path / "out")],
        cwd=tmp_path, env=surroundings, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    written = json.loads(done.stdout)
    assert Path(written["workbook"]).stat().st_size > 10_000
    assert len(written["pictures"]) >= 4
    assert all(Path(picture).stat().st_size > 5_000 for picture in written["pictures"])
