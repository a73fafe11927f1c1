"""A screen without a screen and sound without a sound card, for measurements of the real program on Linux."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def display(size: str = "1440x900x24") -> Iterator[str]:
    """An Xvfb of our own; its name for ``DISPLAY``."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", size, "-nolisten", "tcp"],
        pass_fds=[writing], stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        if not number:
            raise OSError("Xvfb does not start here")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait()


@contextmanager
def sound_server(folder: Path) -> Iterator[bool]:
    """A PulseAudio with a null sink for this process, where there is one; whether it runs."""
    if shutil.which("pulseaudio") is None:
        os.environ["PULSE_SERVER"] = "unix:/nonexistent"
        yield False
        return
    folder.mkdir(parents=True)
    socket = folder / "native"
    server = subprocess.Popen(
        ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no",
         "-L", f"module-native-protocol-unix socket={socket} auth-anonymous=1",
         "-L", "module-null-sink sink_name=cap rate=48000 channels=2 norewinds=1"],
        env={**os.environ, "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        end = time.monotonic() + 10
        while not socket.exists() and time.monotonic() < end:
            time.sleep(0.05)
        os.environ["PULSE_SERVER"] = f"unix:{socket}"
        yield socket.exists()
    finally:
        server.terminate()
        server.wait()
