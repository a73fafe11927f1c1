"""Whether a file that came into a watched folder is finished. Pure arithmetic on what two looks at it showed.

Times of files are not believed where they are young: the clock of a network share is often minutes or whole hours wrong. A
file is finished when two looks, some time apart by this computer's clock, found it the same; one that is more than a day
old is finished at once, because no clock is that wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

COARSE_S = 3.0  # some file systems keep times in steps of two seconds
YOUNG_S = 86_400.0  # a wrong time zone included
MOST = 20_000  # files that are remembered between looks; beyond, their times are believed

Seen = tuple[int, int, float]  # size, mtime_ms, since when it is so (this computer's clock)


def changed_at(path: Path, mtime_ms: int) -> float:
    """The later of its last change and of the moment it came here or got its name. Raises ``OSError``."""
    return max(mtime_ms / 1000, path.stat().st_ctime)


@dataclass
class Settling:
    """``seen`` is what the looks before showed; ``now`` and ``settle_s`` in seconds."""

    seen: dict[str, Seen]
    now: float
    settle_s: float
    kept: dict[str, Seen] = field(default_factory=dict)

    def is_finished(self, path: str, size: int, mtime_ms: int, changed: float) -> bool:
        """Whether a file may be read; a young one is remembered for the next look."""
        age = self.now - changed
        if age >= YOUNG_S or self.settle_s <= 0:
            return True
        if path not in self.kept and len(self.kept) >= MOST:
            return age >= self.settle_s
        before = self.seen.get(path)
        since = self.now
        if before is not None and before[:2] == (size, mtime_ms):
            since = min(before[2], self.now)  # the computer's own clock may have been set back
        self.kept[path] = (size, mtime_ms, since)
        return self.now - since >= self.settle_s

    def to_keep(self) -> dict[str, Seen]:
        """For the next look: what was young now, and what lies in folders that were not looked into."""
        kept = {path: seen for path, seen in self.seen.items() if abs(self.now - seen[2]) < YOUNG_S}
        kept.update(self.kept)
        return kept
