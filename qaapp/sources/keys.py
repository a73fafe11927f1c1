"""Names by which a recording and a line of a call log find each other.

``n:`` is a file's name without folder and suffix, ``u:`` an id that telephony gives a call. Both are casefolded NFC, so
that a name typed on a Mac and one written by a PBX are the same.
"""

from __future__ import annotations

import re
import unicodedata

MAX_KEY = 200
_SUFFIX = re.compile(
    r"\.(?:wav|wav49|mp3|ogg|oga|opus|gsm|m4a|mp4|aac|flac|webm|amr|wma|au|aif|aiff|ulaw|alaw|sln)$", re.I
)
_FOLDERS = re.compile(r"[\\/]")
_UNIQUE = re.compile(r"\d{9,11}\.\d+")


def name_key(name: str) -> str:
    """The key of a file name, a path or an address: ``/a/b/Out-1.WAV?token=x`` and ``out-1.mp3`` give ``n:out-1``."""
    if "://" in name:
        name = name.partition("?")[0]
    base = name.strip()
    if "/" in base or "\\" in base:
        base = _FOLDERS.split(base)[-1]
    base = _SUFFIX.sub("", base)
    if not base.isascii():
        base = unicodedata.normalize("NFC", base)
    return "n:" + base.casefold()[:MAX_KEY]


def id_key(call_id: str) -> str:
    """The key of a call's id: ``u:1741942805.77``."""
    return "u:" + call_id.strip().casefold()[:MAX_KEY]


def unique_epoch(unique_id: str) -> int | None:
    """Seconds since 1970 (UTC) inside an Asterisk unique id (``mikopbx-1741942800.101``), or None."""
    found = _UNIQUE.search(unique_id)
    return int(found.group().partition(".")[0]) if found else None
