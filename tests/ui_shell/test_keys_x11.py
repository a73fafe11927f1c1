"""Real keys in a real window under Xvfb with a Russian layout."""

from __future__ import annotations

import os
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

TOOLS = ("Xvfb", "setxkbmap", "xdotool")
missing = [tool for tool in TOOLS if shutil.which(tool) is None]
pytestmark = pytest.mark.skipif(bool(missing), reason=f"needs {', '.join(missing)}")
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "640x480x24", "-nolisten", "tcp"],
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


def test_keys_work_in_a_russian_layout(display: str):
    environment = os.environ | {
        "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": str(HERE.parents[1]), "QT_LOGGING_RULES": "*=false",
    }  # fmt: skip
    laid = subprocess.run(
        ["setxkbmap", "-layout", "ru"], env=environment, capture_output=True, text=True, check=False
    )
    if laid.returncode:
        pytest.skip(f"setxkbmap: {laid.stderr.strip()}")
    program = subprocess.Popen(
        [sys.executable, str(HERE / "x11_window.py")], env=environment, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=lambda: [lines.put(line.strip()) for line in program.stdout], daemon=True).start()
    try:
        try:
            assert lines.get(timeout=20) == "ready"
        except queue.Empty:
            pytest.skip(f"no window under Xvfb: {program.poll()}")

        def xdotool(*words: str) -> None:
            subprocess.run(["xdotool", *words], env=environment, check=True, capture_output=True, timeout=20)

        xdotool("search", "--sync", "--name", "qaapp keys test", "windowfocus", "--sync")
        # Key codes of the places, as a keyboard sends them: J M S [ Z N (evdev + 8).
        wanted = {
            "44": "back_10s", "58": "annotation", "39": "skip_silence", "34": "region_start", "57": "mark_na",
            "10": "mark_1",
        }  # fmt: skip
        for code, action in wanted.items():
            xdotool("key", code)
            assert lines.get(timeout=10) == action
        xdotool("keydown", "37", "key", "52", "keyup", "37")  # Ctrl+Z
        assert lines.get(timeout=10) == "undo"
    finally:
        program.kill()
        program.wait()
        program.stdout.close()
        program.stderr.close()
