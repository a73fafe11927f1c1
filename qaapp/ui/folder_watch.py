"""Watched folders while the window is open: what comes into one is brought in some seconds later, not at the next turn.

The system tells of changes on disks of this computer and mostly on network shares; where it does not, the connection's clock
finds them. GUI thread only.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer

from qaapp.intake import connections, watching
from qaapp.intake.connections import READY
from qaapp.ui.desk import Desk
from qaapp.ui.pulls import Pulls

KINDS = ("folder", "dropped")
QUIET_MS = 4000  # so long nothing more came
AGAIN_MS = 25_000  # after files that were not finished
MOST = 200  # folders of one connection, and as many of its call logs


@dataclass(frozen=True)
class _Place:
    id: int
    name: str
    paths: tuple[str, ...]  # folders, and call logs: one that grows changes no folder


class FolderWatch(QObject):
    """``refresh`` reads which folders there are; it follows every pull and every change of a connection."""

    def __init__(self, desk: Desk, pulls: Pulls, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.desk, self.pulls = desk, pulls
        self._watcher = QFileSystemWatcher(self)
        self._watcher.directoryChanged.connect(self._changed)
        self._watcher.fileChanged.connect(self._changed)
        self._places: tuple[_Place, ...] = ()
        self._timers: dict[int, QTimer] = {}
        pulls.pulled.connect(self._pulled)
        pulls.changed.connect(lambda _id: self.refresh())

    def refresh(self) -> None:
        """Which folders are watched now (read in the background)."""
        database, cache = self.desk.database, self.desk.workspace.cache

        def read() -> tuple[_Place, ...]:
            with database.read() as session:
                rows = [row for row in connections.list_settings(session) if row.kind in KINDS]
            return tuple(
                _Place(row.id, row.name, (row.folder, *watching.newest_places(cache, row.id, MOST)))
                for row in rows
                if row.enabled and row.state == READY and Path(row.folder).is_dir()
            )

        self.desk.jobs.start("folder.watch", "", read, pool="io", on_done=self._watch, replaces=True)

    def stop(self) -> None:
        """The window closes."""
        for timer in self._timers.values():
            timer.stop()
        if paths := self._watched():
            self._watcher.removePaths(paths)

    def _watched(self) -> list[str]:
        return self._watcher.directories() + self._watcher.files()

    def _watch(self, places: tuple[_Place, ...]) -> None:
        self._places = places
        wanted = {path for place in places for path in place.paths}
        watched = set(self._watched())
        if gone := watched - wanted:
            self._watcher.removePaths(sorted(gone))
        if new := wanted - watched:
            self._watcher.addPaths(sorted(new))

    def _changed(self, path: str) -> None:
        if self.pulls.is_paused:
            return
        for place in self._places:
            if path in place.paths:
                self._soon(place, QUIET_MS)

    def _pulled(self, connection_id: int, summary: Any, _trigger: str) -> None:
        place = next((place for place in self._places if place.id == connection_id), None)
        if place is not None and summary.waiting:
            self._soon(place, AGAIN_MS)

    def _soon(self, place: _Place, after_ms: int) -> None:
        timer = self._timers.get(place.id)
        if timer is None:
            timer = QTimer(self, singleShot=True)
            timer.timeout.connect(lambda: self._pull(place.id))
            self._timers[place.id] = timer
        timer.start(after_ms)

    def _pull(self, connection_id: int) -> None:
        place = next((place for place in self._places if place.id == connection_id), None)
        if place is None or self.pulls.is_paused:
            return
        if self.pulls.is_pulling(connection_id):
            self._soon(place, QUIET_MS)
        else:
            self.pulls.pull_now(connection_id, place.name, "schedule")
