"""Pulling while the window is open: by the clock of each connection, or at once when somebody asks.

One pull at a time per connection and two at most at once; no two begin in the same moment. After trouble on the way the
pause grows; a connection that was stopped or paused is left alone. GUI thread only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from qaapp import clock
from qaapp.errors import QaappError
from qaapp.i18n import _, ngettext
from qaapp.intake import schedule
from qaapp.intake.connections import READY, ConnectionRow
from qaapp.jobs import Job
from qaapp.progress import Progress
from qaapp.ui.desk import Desk

LOOK_MS = 15_000
AT_ONCE = 2
PAUSED = "pulls_paused"
PERMANENT = {"auth", "not_supported"}
Pull = Callable[[Any, int, str], Any]


@dataclass(frozen=True)
class Trouble:
    """A pull that failed: ``is_permanent`` ones wait for a person."""

    id: int
    name: str
    error: QaappError
    is_permanent: bool
    by_hand: bool


@dataclass(frozen=True)
class _State:
    failures: int = 0
    not_before: datetime | None = None


def _pull(workspace: Any, connection_id: int, trigger: str) -> Any:
    from qaapp.intake.pulling import pull

    return pull(workspace, connection_id, trigger=trigger)


def summary_text(summary: Any) -> str:
    """“12 new calls, 8 recordings, 1 skipped”."""
    added, recordings, skipped = summary.added, summary.recordings, len(summary.skipped)
    text = ngettext("{n} new call", "{n} new calls", added).format(n=added)
    if recordings:
        text += ", " + ngettext("{n} recording", "{n} recordings", recordings).format(n=recordings)
    if skipped:
        text += ", " + ngettext("{n} skipped", "{n} skipped", skipped).format(n=skipped)
    return text


class Pulls(QObject):
    """``changed`` when a pull begins or ends, ``progressed`` while it runs; both tell the connection's id."""

    changed = Signal(int)
    progressed = Signal(int)
    pulled = Signal(int, object, str)  # id, PullSummary, trigger
    failed = Signal(object)  # Trouble
    paused_changed = Signal()

    def __init__(self, desk: Desk, pull: Pull = _pull, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self._pull = pull
        self._jobs: dict[int, Job] = {}
        self._states: dict[int, _State] = {}
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.look)
        self.last_text = ""  # what came of the newest pull, for the tray

    def start_clock(self) -> None:
        """Look for connections that are due, now and every 15 s."""
        self._timer.start()
        QTimer.singleShot(1500, self, self.look)

    def stop_clock(self) -> None:
        """The window closes: nothing begins any more, what runs is stopped and keeps what it has."""
        self._timer.stop()
        for job in list(self._jobs.values()):
            job.cancel()

    # --- what others ask ---------------------------------------------------------------------------------------

    @property
    def is_paused(self) -> bool:
        """Whether pulling by the clock is paused on this computer."""
        return bool(self.desk.remembered(PAUSED, False))

    def set_paused(self, paused: bool) -> None:
        self.desk.remember(PAUSED, paused)
        self.paused_changed.emit()
        if not paused:
            self.look()

    def is_pulling(self, connection_id: int) -> bool:
        return connection_id in self._jobs

    def job(self, connection_id: int) -> Job | None:
        """The running pull of a connection."""
        return self._jobs.get(connection_id)

    def next_at(self, row: ConnectionRow) -> datetime | None:
        """When this connection is pulled next by the clock; None when it is not."""
        if self.is_paused:
            return None
        state = self._states.get(row.id, _State())
        return schedule.next_at(row, clock.now(), state.failures, state.not_before)

    def failures(self, connection_id: int) -> int:
        """Pulls in a row that found no way through since the window opened."""
        return self._states.get(connection_id, _State()).failures

    def pull_now(self, connection_id: int, name: str, trigger: str = "hand") -> None:
        """Begin at once; nothing when it runs already."""
        if connection_id in self._jobs:
            return
        workspace, pull = self.desk.workspace, self._pull
        began = clock.now()
        job = self.desk.jobs.start(
            f"pull.{connection_id}", name, lambda: pull(workspace, connection_id, trigger), pool="net",
            on_done=lambda summary: self._done(connection_id, summary, trigger),
            on_failed=lambda error: self._failed(connection_id, name, error, trigger),
            on_cancelled=lambda: self._over(connection_id),
            on_progress=lambda step: self._step(connection_id, step),
        )  # fmt: skip
        job.began_at = began  # type: ignore[attr-defined]
        self._jobs[connection_id] = job
        self.changed.emit(connection_id)

    def cancel(self, connection_id: int) -> None:
        """Stop a running pull; what came is kept."""
        job = self._jobs.get(connection_id)
        if job is not None:
            job.cancel()

    def forget(self, connection_id: int) -> None:
        """Its settings were changed or it went: the pauses of before do not count any more."""
        self._states.pop(connection_id, None)

    # --- the clock ---------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Begin the pull that is due longest, if there is one."""
        if self.is_paused or not self._timer.isActive():
            return
        database = self.desk.database

        def read() -> list[schedule.Turn]:
            with database.read() as session:
                return schedule.turns(session)

        self.desk.jobs.start(
            "pulls.look", "", read, on_done=self._begin, on_failed=lambda _error: None, replaces=True
        )

    def _begin(self, turns: list[schedule.Turn]) -> None:
        if len(self._jobs) >= AT_ONCE or self.is_paused or not self._timer.isActive():
            return
        now = clock.now()
        for turn in turns:
            state = self._states.get(turn.id, _State())
            planned = schedule.next_at(turn, now, state.failures, state.not_before)
            if planned is not None and planned <= now and turn.id not in self._jobs:
                self.pull_now(turn.id, turn.name, "schedule")
                return

    def _step(self, connection_id: int, _step: Progress) -> None:
        self.progressed.emit(connection_id)

    def _over(self, connection_id: int) -> None:
        self._jobs.pop(connection_id, None)
        self.changed.emit(connection_id)

    def _done(self, connection_id: int, summary: Any, trigger: str) -> None:
        self._states.pop(connection_id, None)
        self.last_text = summary_text(summary)
        self._over(connection_id)
        self.pulled.emit(connection_id, summary, trigger)

    def _failed(self, connection_id: int, name: str, error: QaappError, trigger: str) -> None:
        state = self._states.get(connection_id, _State())
        permanent = error.kind in PERMANENT
        if error.kind not in ("busy", "gone", "stopped"):
            wait_s = error.facts.get("retry_after_s")
            until = clock.now() + timedelta(seconds=float(wait_s)) if wait_s else None
            self._states[connection_id] = replace(state, failures=state.failures + 1, not_before=until)
        self.last_text = _("{name}: {error}").format(name=name, error=error.sentence())
        self._over(connection_id)
        by_hand = trigger != "schedule"
        self.failed.emit(Trouble(connection_id, name, error, permanent, by_hand))


__all__ = ["READY", "Pulls", "Trouble", "summary_text"]
