"""Run in a process of its own, with little memory: open every file of a folder, tell about each in a line of JSON.

``python odd_files.py FOLDER MEGABYTES``
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from qaapp.audio.decoding import decode, probe
from qaapp.audio.peaks import build_peaks
from qaapp.errors import AudioError


def main(folder: str, megabytes: str) -> None:
    limit = int(megabytes) << 20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    for path in sorted(Path(folder).iterdir()):
        began = time.monotonic()
        told: dict[str, object] = {"name": path.name}
        try:
            pcm = decode(path)
            info = probe(path)
            build_peaks(pcm.samples, pcm.sample_rate)
            told |= {"frames": pcm.samples.shape[1], "probed": info.frames, "channels": pcm.samples.shape[0]}
        except AudioError as error:
            told |= {"kind": error.kind, "sentence": error.sentence()}
        print(json.dumps({**told, "seconds": time.monotonic() - began}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
