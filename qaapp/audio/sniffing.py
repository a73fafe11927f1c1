"""Which reader a file needs, told by its first bytes; a name only where the format has no mark of its own.

Raw G.711, signed linear and G.722 have no header at all, so for them alone the name must say it, and the content must
at least not be text.
"""

from __future__ import annotations

import codecs
import os
import stat
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from qaapp.errors import AudioError
from qaapp.i18n import N_

HEAD_BYTES = 4096


class Reader(StrEnum):
    SOUNDFILE = "soundfile"  # exact seeks and frame counts
    AV = "av"
    RAW = "raw"


@dataclass(frozen=True)
class Kind:
    """``codec`` and ``sample_rate`` are known for headerless formats only; ``forced`` is PyAV's name of the format."""

    reader: Reader
    codec: str = ""
    sample_rate: int = 0
    forced: str | None = None


_SLIN = {"sln": 8000, "slin": 8000, "sln8": 8000, "sln12": 12000, "sln16": 16000, "sln24": 24000, "sln32": 32000,
         "sln44": 44100, "sln48": 48000, "sln96": 96000, "sln192": 192000}  # fmt: skip
_HEADERLESS = {
    **dict.fromkeys(("alaw", "al", "pcma", "g711a"), Kind(Reader.RAW, "alaw", 8000)),
    **dict.fromkeys(("ulaw", "ul", "mulaw", "pcmu", "g711u", "mu"), Kind(Reader.RAW, "ulaw", 8000)),
    **{name: Kind(Reader.RAW, "slin", rate) for name, rate in _SLIN.items()},
    "g722": Kind(Reader.AV, "g722", 16000, forced="g722"),
    "g729": Kind(Reader.AV, "g729", 8000, forced="g729"),
}
_GSM = Kind(Reader.AV, "gsm", 8000, forced="gsm")
_MP3_IN_WAV = 0x55


def sniff(path: Path) -> Kind:
    """The reader of ``path``. Raises ``AudioError``: ``missing``, ``forbidden``, ``empty``, ``not_audio``."""
    head, size = _head(path)
    if size == 0:
        raise AudioError(N_("{path} is empty (0 bytes)."), kind="empty", path=path)
    magic = head[:4]
    if magic in (b"RIFF", b"RIFX", b"RF64") and head[8:12] == b"WAVE":
        return Kind(Reader.AV) if _wav_format(head) == _MP3_IN_WAV else Kind(Reader.SOUNDFILE)
    if (
        magic in (b"fLaC", b"OggS", b"FORM", b".snd", b"caff")
        or head[:16] == b"riff.\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"
    ):
        return Kind(Reader.SOUNDFILE)
    suffix = path.suffix.lower().lstrip(".")
    if suffix in _HEADERLESS and not _is_text(head):
        return _HEADERLESS[suffix]
    if _is_text(head):
        raise AudioError(
            N_("{path} holds text, not sound."),
            hint=N_("Check how the recording was exported."),
            kind="not_audio",
            path=path,
        )
    return _GSM if _is_gsm(head) else Kind(Reader.AV)


def _head(path: Path) -> tuple[bytes, int]:
    """The first bytes and the size; only ordinary files are opened (a pipe would wait for ever)."""
    try:
        found = os.stat(path)
        if not stat.S_ISREG(found.st_mode):
            raise AudioError(N_("{path} is not a file."), kind="not_audio", path=path)
        with open(path, "rb") as stream:
            return stream.read(HEAD_BYTES), found.st_size
    except FileNotFoundError as error:
        raise AudioError(
            N_("{path} is not there."),
            hint=N_("It was moved or deleted, or its disk is not connected."),
            kind="missing",
            path=path,
        ) from error
    except PermissionError as error:
        raise AudioError(
            N_("{path} may not be read."),
            hint=N_("Ask for the right to read it."),
            kind="forbidden",
            path=path,
        ) from error
    except OSError as error:
        raise AudioError(
            N_("{path} cannot be read: {reason}."), kind="missing", path=path, reason=error.strerror or error
        ) from error


def _wav_format(head: bytes) -> int:
    """The format tag of a WAV head (first ``fmt `` chunk), 0 where it is out of sight."""
    order = "big" if head[:4] == b"RIFX" else "little"
    at = head.find(b"fmt ", 12)
    if at < 0 or at + 10 > len(head):
        return 0
    return int.from_bytes(head[at + 8 : at + 10], "big" if order == "big" else "little")


def _is_text(head: bytes) -> bool:
    """Printable ASCII or UTF-8 without control bytes, and more than a few values: A-law silence is "UUU"."""
    sample = head[:1024]
    if any(byte < 32 and byte not in (9, 10, 12, 13) for byte in sample) or len(set(sample)) <= 8:
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return False
    return True


def _is_gsm(head: bytes) -> bool:
    """Raw GSM 06.10: frames of 33 bytes whose first half-byte is 0xD."""
    frames = len(head) // 33
    return frames >= 1 and len(head) >= 33 and all(head[i * 33] >> 4 == 0xD for i in range(frames))
