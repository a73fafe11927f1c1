"""The folder of recordings of a telephone exchange, on this computer or mounted: from a row of the call log to its file.

Asterisk leaves the place to its configuration. Looked at are, in this order: the path as it is written, taken below our
folder from any of its parts on; the folder of the day (``2025/03/14``, ``2025-03-14``, ``20250314``, an own template)
with the name; and last, among the files of that day, the one with the call's unique id in its name.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from qaapp.words import Lane

SUFFIXES = (
    ".wav",
    ".WAV",
    ".mp3",
    ".gsm",
    ".webm",
    ".ogg",
    ".opus",
    ".m4a",
    ".ulaw",
    ".alaw",
    ".sln",
    ".flac",
)
DAYS = ("%Y/%m/%d", "%Y-%m-%d", "%Y%m%d", "%Y/%m", "%Y-%m", "%d-%m-%Y", "")
#: Endings of two files that hold one side each (MixMonitor's r and t, the old Monitor).
SIDES = (("_in", "_out"), ("-in", "-out"))
EMPTY = 44  # bytes of a WAV header without sound
KEPT = 64  # listings of folders kept for a while


class MonitorFolder:
    """Threads may look files up at once: listings are only added to a cache."""

    def __init__(self, root: Path, zone: ZoneInfo, template: str = "") -> None:
        self.root, self._zone = root, zone
        self._days = (template, *DAYS) if template else DAYS
        self._listings: OrderedDict[Path, dict[str, Path]] = OrderedDict()

    def find(self, name: str, started_at: datetime, unique_id: str = "") -> list[tuple[Path, Lane | None]]:
        """The file of a call, or the two of its sides; nothing where there is none with sound."""
        for place in self._places(name, started_at):
            found = _at(place)
            if found:
                return found
        return self._by_id(started_at, unique_id) if unique_id else []

    def _places(self, name: str, started_at: datetime) -> Iterator[Path]:
        parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
        if not parts:
            return
        for first in range(len(parts)):
            yield self.root.joinpath(*parts[first:])
        for folder in self._folders(started_at):
            yield folder / parts[-1]

    def _folders(self, started_at: datetime) -> Iterator[Path]:
        """The folders of the day; of its neighbours too, as a call over midnight or another clock lies there."""
        local = started_at.astimezone(self._zone)
        for days in (0, 1, -1):
            day = local + timedelta(days=days)
            for form in self._days if days == 0 else self._days[:-1]:
                yield self.root / day.strftime(form) if form else self.root

    def _by_id(self, started_at: datetime, unique_id: str) -> list[tuple[Path, Lane | None]]:
        wanted = unique_id.casefold()
        for folder in self._folders(started_at):
            for name, path in self._listing(folder).items():
                if wanted in name:
                    stem, suffix = os.path.splitext(str(path))
                    for _word, bare in (
                        (word, stem[: -len(word)]) for pair in SIDES for word in pair if stem.endswith(word)
                    ):
                        found = _at(Path(bare + suffix))
                        if found:
                            return found
                    return [(path, None)]
        return []

    def _listing(self, folder: Path) -> dict[str, Path]:
        known = self._listings.get(folder)
        if known is None:
            try:
                with os.scandir(folder) as entries:
                    known = {
                        entry.name.casefold(): Path(entry.path)
                        for entry in entries
                        if entry.name.casefold().endswith(tuple(suffix.lower() for suffix in SUFFIXES))
                        and entry.is_file()
                        and entry.stat().st_size > EMPTY
                    }
            except OSError:
                known = {}
            self._listings[folder] = known
            while len(self._listings) > KEPT:
                self._listings.popitem(last=False)
        return known

    def forget(self) -> None:
        """Folders are looked at anew."""
        self._listings.clear()


def _at(place: Path) -> list[tuple[Path, Lane | None]]:
    """The sounding file at a path, with any ending of sound where it has none, or the two files of its sides."""
    bare, suffix = os.path.splitext(place)
    is_sound = suffix.lower() in {each.lower() for each in SUFFIXES}
    endings: Sequence[str] = (suffix, *SUFFIXES) if is_sound else SUFFIXES
    stem = bare if is_sound else str(place)
    for ending in dict.fromkeys(endings):
        if _sounds(path := Path(stem + ending)):
            return [(path, None)]
    for incoming, outgoing in SIDES:
        for ending in dict.fromkeys(endings):
            customer, manager = Path(stem + incoming + ending), Path(stem + outgoing + ending)
            if _sounds(customer) and _sounds(manager):
                return [(manager, Lane.MANAGER), (customer, Lane.CUSTOMER)]
    return []


def _sounds(path: Path) -> bool:
    try:
        return path.is_file() and path.stat().st_size > EMPTY
    except (OSError, ValueError):
        return False
