"""A reviewer's run by keyboard only: ten recordings of a folder, a real window under Xvfb, a Russian layout.

    python3 -m benchmarks.reviewer_run FOLDER [--listen SECONDS]

Keys come from xdotool by their place on the keyboard, as from a hand; nothing is called inside the program. Told at the
end: keys per call, and the seconds a hand had to wait for the program, from a key to what it should do (sound running, mark
saved, next call ready to play). Listening itself is not waiting. Linux with Xvfb, xdotool and setxkbmap; with PulseAudio
the sound runs through it, otherwise silently.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

CODES = {
    "1": 10, "0": 19, "space": 65, "M": 58, "Enter": 36, "Ctrl": 37, "F4": 70, "N": 57, "Shift": 50, "S": 39,
    "letters": (24, 25, 26, 27, 28, 29),
}  # fmt: skip
PATIENCE_S = 60.0
CALLS = 10


class Hand:
    """Presses keys in a thread of its own and notes how long it waited for what."""

    def __init__(self, screen: Any, listen_s: float) -> None:
        self.screen, self.listen_s = screen, listen_s
        self.keys: list[int] = []
        self.waits: dict[str, list[float]] = defaultdict(list)
        self.trouble = ""

    def press(self, *names: str) -> None:
        for name in names:
            *held, last = name.split("+")
            words = [word for each in held for word in ("keydown", str(CODES[each]))]
            words += ["key", str(CODES[last])]
            words += [word for each in reversed(held) for word in ("keyup", str(CODES[each]))]
            self._xdotool(*words)
            self.keys[-1] += 1

    def write(self) -> None:
        for code in CODES["letters"]:  # type: ignore[attr-defined]
            self._xdotool("key", str(code))
            self.keys[-1] += 1

    def _xdotool(self, *words: str) -> None:
        subprocess.run(["xdotool", *words], check=True, timeout=20)

    def wait(self, what: str, ready: Callable[[], Any], since: float | None = None) -> None:
        since = time.perf_counter() if since is None else since
        while not ready():
            if time.perf_counter() - since > PATIENCE_S:
                raise TimeoutError(what)
            time.sleep(0.002)
        self.waits[what].append(time.perf_counter() - since)

    def run(self) -> None:
        try:
            self._run()
        except BaseException as error:
            self.trouble = f"{type(error).__name__}: {error}"

    def _run(self) -> None:
        session, playback = self.screen.session, self.screen.playback
        player = playback.player
        since, before, sound = time.perf_counter(), 0, None

        def is_next(last_call: int, last_sound: Any) -> bool:
            sound = player.audio()
            return session.call_id != last_call and sound is not None and sound is not last_sound

        for number in range(CALLS):
            self.wait(
                "the next call is ready to play",
                partial(is_next, before, sound),
                since,
            )
            before, sound = session.call_id, player.audio()
            self.keys.append(0)
            since = time.perf_counter()
            self.press("space")
            self.wait("sound runs after Space", player.is_playing, since)
            self.press("F4", "F4", "F4", "F4")
            if number == 0:
                self.press("S")
            checkpoints = len(session.missing())
            for marks in range(1, checkpoints - 1):
                time.sleep(self.listen_s / max(1, checkpoints))  # what a person listens before he decides
                since = time.perf_counter()
                self.press("0" if marks % 4 == 0 else "1")
                self.wait("a mark is saved", lambda wanted=marks: _marked(session) >= wanted, since)
            notes = len(session.annotations)
            self.press("Ctrl+M")
            time.sleep(0.2)
            self.write()
            since = time.perf_counter()
            self.press("Enter")
            self.wait("a comment is saved", lambda wanted=notes: len(session.annotations) > wanted, since)
            self.press("Shift+N")
            self.wait("the rest is not applicable", lambda: not session.missing())
            since = time.perf_counter()
            self.press("Ctrl+Enter")
        self.wait(
            "the last call is submitted", lambda: session.call_id != before or not session.call_id, since
        )


def _marked(session: Any) -> int:
    return sum(1 for mark in session.marks().values() if mark.is_marked)


def prepare(folder: Path, workspace_folder: Path) -> int:
    """A workspace with the folder's recordings as yesterday's calls of five managers, and a card. The reviewer's id."""
    from sqlalchemy import select

    from qaapp import clock, i18n
    from qaapp.calls import people
    from qaapp.intake.importing import ImportOptions, import_paths
    from qaapp.progress import run
    from qaapp.scorecards.templates import install_template
    from qaapp.store.schema import Call
    from qaapp.store.workspace import open_workspace

    i18n.set_language("ru")
    workspace = open_workspace(workspace_folder)
    try:
        run(import_paths(workspace.database, [folder], ImportOptions(time_zone="Europe/Moscow")))
        with workspace.database.write() as session:
            user_id = people.ensure_user(session, "Ирина")
            install_template(session, "inbound_sale", "ru", user_id)
            calls = list(session.scalars(select(Call).where(Call.recording_count > 0).order_by(Call.id)))
            for index, call in enumerate(calls):
                call.started_at = clock.now() - timedelta(days=1, minutes=7 * index)
                call.talk_s = max(call.talk_s or 0, 60)
                call.manager_id = people.find_or_create(session, f"Менеджер {index % 5 + 1}")
        return user_id
    finally:
        workspace.close()


def main(words: list[str]) -> int:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("folder", type=Path)
    reader.add_argument("--listen", type=float, default=6.0, help="seconds listened per call")
    chosen = reader.parse_args(words)
    missing = [tool for tool in ("Xvfb", "xdotool", "setxkbmap") if shutil.which(tool) is None]
    if missing:
        print(f"needs {', '.join(missing)}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as place:
        return _measure(chosen.folder, Path(place), chosen.listen)


def _measure(folder: Path, place: Path, listen_s: float) -> int:
    from benchmarks.quiet_desk import display, sound_server

    os.environ["QAAPP_CONFIG"] = str(place / "config")
    user_id = prepare(folder, place / "workspace")
    with display() as screen_name, sound_server(place / "sound") as has_sound:
        os.environ |= {"DISPLAY": screen_name, "QT_QPA_PLATFORM": "xcb"}
        subprocess.run(["setxkbmap", "-layout", "ru"], check=True)
        return _drive(place / "workspace", user_id, listen_s, has_sound)


def _drive(folder: Path, user_id: int, listen_s: float, has_sound: bool) -> int:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from qaapp.app import build_window, close_window
    from qaapp.settings import Personal
    from qaapp.store.workspace import open_workspace

    app = QApplication([])
    workspace = open_workspace(folder)
    window = build_window(workspace, Personal(language="ru", theme="light", user_id=user_id))
    window.resize(1440, 900)
    window.show()
    window.shell.start()
    hand = Hand(window.screen_named("review"), listen_s)
    thread = threading.Thread(target=hand.run, daemon=True)

    def begin() -> None:
        window.activateWindow()
        thread.start()

    QTimer.singleShot(1500, begin)
    watch = QTimer()
    watch.timeout.connect(lambda: app.quit() if thread.ident and not thread.is_alive() else None)
    watch.start(100)
    app.exec()
    close_window(window)
    workspace.close()
    if hand.trouble:
        print(hand.trouble, file=sys.stderr)
    keys = [count for count in hand.keys if count]
    print(f"{len(keys)} calls, sound {'through PulseAudio' if has_sound else 'silent'}")
    print(f"keys per call: median {statistics.median(keys):.0f}, least {min(keys)}, most {max(keys)}")
    total = 0.0
    for what, waited in hand.waits.items():
        total += sum(waited)
        print(
            f"{what}: {len(waited)} times, median {statistics.median(waited) * 1000:.0f} ms,"
            f" longest {max(waited) * 1000:.0f} ms"
        )
    print(f"waited in all {total:.1f} s, {total / max(1, len(keys)):.2f} s per call")
    return 1 if hand.trouble else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
