"""A PostgreSQL server of our own for tests: started once on a unix socket, or the test skips and says why."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def _binaries() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return folders[-1].parent if folders else None


@contextmanager
def server() -> Iterator[str]:
    """The URL of an empty cluster's maintenance database. Skips where there is no server to start."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server is installed (initdb was not found)")
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    prefix = ["runuser", "-u", "postgres", "--"] if as_root else []
    folder = Path(tempfile.mkdtemp(prefix="qaapp-pg-"))
    folder.chmod(0o755)
    if as_root:
        try:
            shutil.chown(folder, "postgres")
        except LookupError:
            pytest.skip("there is no user postgres to run a server as")

    def run(*command: str) -> None:
        done = subprocess.run(
            [*prefix, *command], capture_output=True, text=True, cwd=folder, check=False, timeout=60
        )
        if done.returncode:
            pytest.skip(f"PostgreSQL could not be started: {(done.stderr or done.stdout).strip()[-300:]}")

    data = str(folder / "data")
    try:
        run(
            str(binaries / "initdb"),
            "-A",
            "trust",
            "-N",
            "-U",
            "postgres",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "-D",
            data,
        )
        options = f"-k {folder} -h '' -c fsync=off -c full_page_writes=off"
        run(str(binaries / "pg_ctl"), "-D", data, "-w", "-o", options, "-l", str(folder / "log"), "start")
        yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
    finally:
        if (Path(data) / "postmaster.pid").exists() or as_root:
            subprocess.run(
                [*prefix, str(binaries / "pg_ctl"), "-D", data, "-m", "immediate", "stop"],
                capture_output=True, cwd="/", check=False, timeout=30,
            )  # fmt: skip
        shutil.rmtree(folder, ignore_errors=True)
