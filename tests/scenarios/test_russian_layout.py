"""The real program in a real window under Xvfb: a reviewer's keys in a Russian layout reach the database."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from qaapp.calls import people
from qaapp.settings import Personal, load_personal, save_personal
from qaapp.shots import NOW
from qaapp.store.workspace import open_workspace

TOOLS = ("Xvfb", "setxkbmap", "xdotool")
missing = [tool for tool in TOOLS if shutil.which(tool) is None]
pytestmark = [
    pytest.mark.scenario,
    pytest.mark.skipif(bool(missing), reason=f"needs {', '.join(missing)}"),
]
HERE = Path(__file__).parent
PATIENCE_S = 40.0
# Places of keys as a keyboard sends them (evdev + 8): what is printed there in Russian is о, ь, х, ъ, я.
CODES = {
    "1": "10",
    "0": "19",
    "J": "44",
    "M": "58",
    "H": "43",
    "[": "34",
    "]": "35",
    "=": "21",
    "-": "20",
    "Z": "52",
    "Ctrl": "37",
    "Right": "114",
}


@pytest.fixture
def display() -> Iterator[str]:
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1440x900x24", "-nolisten", "tcp"],
        pass_fds=[writing], stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writing)
    with os.fdopen(reading) as told:
        number = told.readline().strip()
    if not number:
        server.kill()
        server.wait()
        pytest.skip("Xvfb does not start here")
    yield f":{number}"
    server.terminate()
    server.wait()


def _until(look: Callable[[], Any], what: str, program: subprocess.Popen[bytes], log: Path) -> Any:
    """Look again and again; a program that ended or a database that never changes fails with the log."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        assert program.poll() is None, f"ended before {what}: {log.read_text(errors='replace')}"
        time.sleep(0.05)
    raise AssertionError(f"never: {what}\n{log.read_text(errors='replace')}")


def test_a_reviewer_works_in_a_russian_layout(samples_folder: Path, tmp_path: Path, display: str) -> None:
    workspace = open_workspace(samples_folder)
    with workspace.database.write() as session:
        user_id = people.ensure_user(session, "Irina Kotova")
    workspace.close()
    save_personal(Personal(language="ru", theme="light", user_id=user_id))
    surroundings = os.environ | {
        "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": str(HERE.parents[1]),
        "QAAPP_NOW": NOW.isoformat(), "PULSE_SERVER": "unix:/nonexistent",
    }  # fmt: skip
    surroundings.pop("WAYLAND_DISPLAY", None)
    laid = subprocess.run(
        ["setxkbmap", "-layout", "ru"], env=surroundings, capture_output=True, text=True, check=False
    )
    if laid.returncode:
        pytest.skip(f"setxkbmap: {laid.stderr.strip()}")

    def ask(sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(samples_folder / "qaapp.sqlite", timeout=10)) as line:
            return line.execute(sql, (user_id,)).fetchall()

    def marks() -> list[tuple[Any, ...]]:
        return ask(
            "SELECT m.value, m.at_ms FROM marks m JOIN evaluations e ON e.id = m.evaluation_id "
            "WHERE e.reviewer_id = ? AND m.is_marked ORDER BY m.checkpoint_id"
        )

    def notes() -> list[tuple[Any, ...]]:
        return ask(
            "SELECT start_ms, end_ms FROM annotations WHERE author_id = ? AND deleted_at IS NULL ORDER BY id"
        )

    def signs() -> list[Any]:
        told = "SELECT sign FROM annotations WHERE author_id = ? AND deleted_at IS NULL ORDER BY id"
        return [sign for (sign,) in ask(told)]

    log = tmp_path / "program.log"
    with log.open("wb") as told:
        program = subprocess.Popen(
            [sys.executable, "-m", "qaapp", "--workspace", str(samples_folder)],
            env=surroundings, cwd=tmp_path, stdout=told, stderr=told,
        )  # fmt: skip
    try:

        def xdotool(*words: str) -> str:
            done = subprocess.run(
                ["xdotool", *words], env=surroundings, capture_output=True, text=True, check=False, timeout=20
            )
            return done.stdout.strip() if done.returncode == 0 else ""

        def keys(*names: str) -> None:
            for name in names:
                if name.startswith("Ctrl+"):
                    xdotool("keydown", CODES["Ctrl"], "key", CODES[name[5:]], "keyup", CODES["Ctrl"])
                else:
                    xdotool("key", CODES[name])

        title = f"qaapp: {samples_folder.name}"
        window = _until(lambda: xdotool("search", "--onlyvisible", "--name", title), "a window", program, log)
        xdotool("windowfocus", "--sync", window.split()[0])

        def heard() -> bool:
            """Whether the call's sound is there: a second on, an annotation no longer lies at its beginning."""
            before = len(notes())
            keys("Right", "M")
            end = time.monotonic() + 3
            while time.monotonic() < end and len(notes()) == before:
                time.sleep(0.05)
            return bool(notes()) and notes()[-1][0] >= 1000

        _until(heard, "an annotation at its second", program, log)
        keys("1", "0")
        _until(lambda: len(marks()) == 2, "the marks", program, log)
        assert [value for value, _at in marks()] == [1, 0]
        assert all(at_ms >= 1000 for _value, at_ms in marks())
        made = len(notes())  # keys come in their order: what was pressed before the marks is done
        point = notes()[-1]
        assert point[1] is None
        keys("J", "M")  # ten seconds back, or to the beginning
        _until(lambda: len(notes()) == made + 1, "the second annotation", program, log)
        assert notes()[-1][0] == max(point[0] - 10_000, 0)
        keys("[", "Right", "Right", "]", "M")
        _until(lambda: len(notes()) == made + 2, "a region", program, log)
        start, end_ms = notes()[-1]
        assert end_ms - start == 2000
        keys("=")
        _until(lambda: signs()[-1] == 1, "a plus on the annotation", program, log)
        keys("-")
        _until(lambda: signs()[-1] == -1, "a minus on the annotation", program, log)
        keys("Ctrl+Z", "Ctrl+Z", "Ctrl+Z")
        _until(lambda: len(notes()) == made + 1, "the undo", program, log)
        keys("J", "H", "M")  # a last tag, and the power goes
        _until(lambda: len(notes()) == made + 2, "the last tag", program, log)
        program.send_signal(signal.SIGKILL)
        program.wait(20)
    finally:
        if program.poll() is None:
            program.kill()
            program.wait()
    assert [value for value, _at in marks()] == [1, 0], "what was marked is kept"
    assert len(notes()) == made + 2, "what was tagged is kept"
    again = open_workspace(samples_folder)  # and the database opens whole
    with again.database.read() as session:
        assert session.execute(text("PRAGMA integrity_check")).scalar() == "ok"
    again.close()
    assert load_personal().sides_in_ears, "so is how one listens"
