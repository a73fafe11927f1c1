"""Phrases of a checkpoint for whoever types: read in the background, kept while the call is open."""

from __future__ import annotations

from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QObject

from qaapp.scorecards import phrases
from qaapp.ui.desk import Desk

Pair = tuple[list[str], list[str]]


class PhraseSource(QObject):
    """GUI thread only; the question itself runs in a job."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._known: dict[str, Pair] = {}

    def forget(self) -> None:
        """Something was written or another call opened: ask again."""
        self._known.clear()

    def ask(self, code: str, asker: QObject, give: Callable[[list[str], list[str]], None]) -> None:
        """Call ``give(said, should)`` now or a moment later, while ``asker`` lives. A failure offers nothing."""
        if not code:
            return
        if code in self._known:
            give(*self._known[code])
            return
        database = self._desk.database

        def read() -> Pair:
            with database.read() as session:
                return (
                    phrases.offered(session, code, phrases.SAID), phrases.offered(session, code, phrases.SHOULD)
                )  # fmt: skip

        def ready(found: Pair) -> None:
            self._known[code] = found
            if shiboken6.isValid(asker):
                give(*found)

        self._desk.jobs.start("phrases", "", read, pool="io", on_done=ready, on_failed=lambda _error: None)
