"""Run in a process of its own: play a recording through the real sound system as a window would, and tell about it.

``python sounding.py FILE START_MS SPEED SECONDS [TROUBLE]``; the last line of stdout is JSON. What trouble there is:

``freeze`` sleeps 2 s in the window's thread; ``hog`` keeps the interpreter busy in lumps; ``hold`` keeps the interpreter's
lock for 2 s without a break, so that no line of Python runs anywhere;
``turn`` changes speed, sides and loudness while it plays; ``ears`` joins the two ears and parts them;
``moved`` makes "other" the system's default output; ``unplugged`` takes the output away that is playing;
``lost`` kills the sound server whose process id is in QAAPP_TEST_SERVER; ``seek`` jumps to 20 s after one second.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QElapsedTimer

from qaapp.audio.call_audio import AudioFile, load_call_audio
from qaapp.player.player import Listen, Player
from qaapp.words import Lane


def main(path: str, start_ms: str, speed: str, seconds: str, trouble: str = "") -> None:
    app = QCoreApplication([])
    audio = load_call_audio([AudioFile(Path(path))], None, with_speech=False)
    player = Player()
    devices: list[str] = []
    player.device_changed.connect(devices.append)
    player.load(audio)
    player.seek_ms(float(start_ms))
    player.set_speed(float(speed))
    player.set_ears(trouble == "ears")
    began = time.monotonic()
    player.play()
    key_ms = (time.monotonic() - began) * 1000
    positions = []
    timer = QElapsedTimer()
    timer.start()
    troubled = False
    turns: list[Callable[[], None]] = []
    while timer.elapsed() < float(seconds) * 1000:
        app.processEvents()
        positions.append(player.position_ms())
        if trouble and not troubled and timer.elapsed() > 1000:
            troubled = True
            if trouble == "freeze":
                time.sleep(2)
            elif trouble == "hog":
                while timer.elapsed() < 3000:
                    sorted(range(500_000, 0, -1))
            elif trouble == "hold":
                ctypes.PyDLL(None).usleep(2_000_000)  # PyDLL, unlike CDLL, does not give the lock away
            elif trouble == "seek":
                player.seek_ms(20_000)
                positions.clear()
            elif trouble == "turn":
                player.set_speed(1.5)
                turns = [lambda: player.set_listen(Listen.CUSTOMER), lambda: player.set_speed(0.8),
                         lambda: player.set_gain_db(Lane.CUSTOMER, -3.0)]  # fmt: skip
            elif trouble == "ears":
                player.set_ears(False)
                turns = [lambda: player.set_ears(True)]
            elif trouble == "moved":
                subprocess.run(["pactl", "set-default-sink", "other"], check=True)
            elif trouble == "unplugged":
                subprocess.run(["pactl", "unload-module", os.environ["QAAPP_TEST_SINK"]], check=True)
            elif trouble == "lost":
                os.kill(int(os.environ["QAAPP_TEST_SERVER"]), signal.SIGKILL)
        if turns and timer.elapsed() > 1000 + 400 * (4 - len(turns)):
            turns.pop(0)()
        time.sleep(0.01)
    played_on = player.sink_name()
    player.pause()
    paused_at = player.position_ms()
    closing = time.monotonic()
    player.close()
    told = {
        "device": played_on,
        "devices": devices,
        "key_ms": key_ms,
        "monotone": positions == sorted(positions),
        "last_ms": paused_at,
        "close_s": time.monotonic() - closing,
    }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
