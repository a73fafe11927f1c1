"""A short sound for tests outside the room of the import."""

from __future__ import annotations

import struct
import wave
from pathlib import Path


def sound(path: Path, seconds: float = 0.5, rate: int = 8000) -> Path:
    with wave.open(str(path), "wb") as stream:
        count = int(seconds * rate)
        stream.setparams((1, 2, rate, count, "NONE", ""))
        stream.writeframes(struct.pack(f"<{count}h", *[(n * 37) % 4000 - 2000 for n in range(count)]))
    return path
