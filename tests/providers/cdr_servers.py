"""Databases of calls as Asterisk and FreePBX leave them: SQLite always, MariaDB and PostgreSQL where they can be started."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


def _names(text: str) -> list[str]:
    return text.split()


FREEPBX = _names(
    "calldate clid src dst dcontext channel dstchannel lastapp lastdata duration billsec disposition amaflags accountcode"
    " uniqueid userfield did recordingfile cnum cnam outbound_cnum outbound_cnam dst_cnam linkedid peeraccount sequence"
)
PLAIN = _names(
    "accountcode src dst dcontext clid channel dstchannel lastapp lastdata start answer end duration billsec disposition"
    " amaflags userfield uniqueid linkedid peeraccount sequence"
)
NUMBERS = {"duration", "billsec", "amaflags", "sequence"}
MOMENTS = {"calldate", "start", "answer", "end"}


def create(names: list[str], moment: str, quote: str = '"', table: str = "cdr") -> str:
    """The table as the exchange makes it."""
    kinds = (
        "INTEGER NOT NULL DEFAULT 0" if name in NUMBERS else moment if name in MOMENTS else "VARCHAR(255)"
        for name in names
    )  # fmt: skip
    columns = ", ".join(f"{quote}{name}{quote} {kind}" for name, kind in zip(names, kinds, strict=True))
    return f"CREATE TABLE {table} ({columns})"


@contextmanager
def maria() -> Iterator[int]:
    """The port of an empty server on loopback, root without a password. Skips where there is none to start."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])
    server = shutil.which("mariadbd", path=path) or shutil.which("mysqld", path=path)
    maker = shutil.which("mariadb-install-db") or shutil.which("mysql_install_db")
    if server is None or maker is None:
        pytest.skip("no MariaDB server is installed (mariadbd was not found)")
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    folder = Path(tempfile.mkdtemp(prefix="qaapp-maria-"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    user = ["--user=root"] if as_root else []
    data = f"--datadir={folder / 'data'}"
    process: subprocess.Popen[bytes] | None = None
    try:
        made = subprocess.run(
            [maker, "--no-defaults", data, "--auth-root-authentication-method=normal", "--skip-test-db", *user],
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        if made.returncode:
            pytest.skip(f"MariaDB could not be set up: {made.stderr.strip()[-300:]}")
        log = (folder / "log").open("wb")
        process = subprocess.Popen(
            [server, "--no-defaults", data, f"--socket={folder / 'socket'}", "--bind-address=127.0.0.1",
             f"--port={port}", f"--pid-file={folder / 'pid'}", "--innodb-flush-log-at-trx-commit=0",
             "--innodb-buffer-pool-size=32M", "--skip-name-resolve", *user],
            stdout=log, stderr=log,
        )  # fmt: skip
        log.close()
        until = time.monotonic() + 60
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            if process.poll() is not None or time.monotonic() > until:
                pytest.skip(f"MariaDB did not start: {(folder / 'log').read_text(errors='replace')[-300:]}")
            time.sleep(0.05)
        yield port
    finally:
        if process is not None:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)
