"""Start to a usable window, beside an empty PySide6 window that imports the same libraries.

Each start is a process of its own, offscreen, with a migrated empty workspace; the time is taken inside, from the first
line of Python to the first painted window with its event loop turned once. Medians of alternating runs.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

CLOCK = "import time; started = time.perf_counter()\n"
OURS = (
    CLOCK
    + """
import sys
from pathlib import Path
from PySide6.QtWidgets import QApplication
from qaapp import i18n
from qaapp.app import build_window, close_window
from qaapp.settings import Personal
from qaapp.store.workspace import open_workspace
app = QApplication([])
workspace = open_workspace(Path(sys.argv[1]))
window = build_window(workspace, Personal(theme="light"), lazy=True)
window.show()
window.shell.show_screens()
app.processEvents()
print("T", time.perf_counter() - started)
names = sorted(name for name in sys.modules if "." not in name and not name.startswith("qaapp"))
qt = sorted(name for name in sys.modules if name.startswith("PySide6."))
heavy = [name for name in ("sqlalchemy.orm", "sqlalchemy.dialects.sqlite") if name in sys.modules]
print("M", ",".join(names + qt + heavy))
close_window(window)
workspace.close()
"""
)
EMPTY = (
    CLOCK
    + """
import importlib, sys
for name in sys.argv[1].split(","):
    try:
        importlib.import_module(name)
    except ImportError:
        pass
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([])
window = QMainWindow()
window.resize(1440, 900)
window.show()
app.processEvents()
print("T", time.perf_counter() - started)
"""
)


def _run(code: str, argument: str, config: str) -> dict[str, str]:
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "QAAPP_CONFIG": config}
    # An installed application has its byte code; a checkout that may not write it would measure the compiler.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment["PYTHONPYCACHEPREFIX"] = str(Path(config) / "bytecode")
    done = subprocess.run(
        [sys.executable, "-c", code, argument], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return dict(line.split(" ", 1) for line in done.stdout.splitlines() if line[:2] in ("T ", "M "))


def run() -> list[tuple[str, str, str, float, str]]:
    """(what, measured, reference, ratio, goal)."""
    rounds = 3 if os.environ.get("QAAPP_BENCH_QUICK") else 9
    with tempfile.TemporaryDirectory() as folder:
        workspace = str(Path(folder) / "workspace")
        modules = _run(OURS, workspace, folder)["M"]  # also migrates and warms the file cache
        _run(EMPTY, modules, folder)
        ours, empty = [], []
        for _round in range(rounds):
            ours.append(float(_run(OURS, workspace, folder)["T"]))
            empty.append(float(_run(EMPTY, modules, folder)["T"]))
    mine, bare = statistics.median(ours), statistics.median(empty)
    return [
        (
            "start to a usable window",
            f"{mine * 1000:.0f} ms",
            f"empty PySide6 window, same libraries: {bare * 1000:.0f} ms",
            mine / bare,
            "≤ 1.5",
        )
    ]


if __name__ == "__main__":
    for row in run():
        print(row)
