"""What an import found and did."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Skipped:
    """Something left out: ``row`` of a table, None for a file; ``reason`` in the language of the moment."""

    path: str
    row: int | None
    reason: str


@dataclass(frozen=True)
class ImportSummary:
    """``found`` calls = added + changed + unchanged; ``recordings``: files of them that were seen."""

    found: int
    added: int
    changed: int
    unchanged: int
    recordings: int
    skipped: tuple[Skipped, ...]


@dataclass
class Tally:
    """The counts of a running import."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    recordings: int = 0
    skipped: list[Skipped] = field(default_factory=list)

    @property
    def found(self) -> int:
        return self.added + self.changed + self.unchanged

    def summary(self) -> ImportSummary:
        return ImportSummary(
            self.found, self.added, self.changed, self.unchanged, self.recordings, tuple(self.skipped)
        )
