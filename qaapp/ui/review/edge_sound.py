"""While the edge of a region is dragged one hears what lies at it; afterwards the playhead is where it was."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from qaapp.player.player import Player
from qaapp.ui.timeline.view import TimelineView

HEARD_MS = 350  # after a beginning, before an end: a word can be told by it
EACH_MS = 120  # the mouse moves on meanwhile


class EdgeSound(QObject):
    """Silent while the call plays: then one hears the call. GUI thread only."""

    def __init__(self, player: Player, timeline: TimelineView, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._player = player
        self._home: float | None = None  # where the playhead was
        self._is_dragged = False
        self._wanted: tuple[float, str] | None = None
        self._timer = QTimer(self, singleShot=True, interval=EACH_MS)
        self._timer.timeout.connect(self._play)
        timeline.edge_dragged.connect(self._dragged)
        timeline.edge_released.connect(self._released)
        timeline.seek_asked.connect(lambda _ms: self._forget())
        player.finished.connect(self._over)
        player.loaded.connect(self._forget)

    def _dragged(self, ms: float, part: str) -> None:
        if self._home is None:
            if self._player.audio() is None or self._player.is_playing():
                return
            self._home = self._player.position_ms()
        self._is_dragged = True
        if self._wanted != (ms, part):
            self._wanted = (ms, part)
            if not self._timer.isActive():
                self._timer.start()

    def _play(self) -> None:
        if self._wanted is None or self._home is None:
            return
        ms, part = self._wanted
        start, end = (ms, ms + HEARD_MS) if part == "start" else (ms - HEARD_MS, ms)
        self._player.play_range(max(start, 0.0), min(end, self._player.duration_ms()))

    def _released(self) -> None:
        self._is_dragged = False
        if self._home is not None and not self._player.is_playing() and not self._timer.isActive():
            self._go_home()

    def _over(self) -> None:
        if self._home is not None and not self._is_dragged:
            self._go_home()

    def _go_home(self) -> None:
        home = self._home
        self._forget()
        if home is not None:
            self._player.seek_ms(home)

    def _forget(self) -> None:
        self._home, self._wanted, self._is_dragged = None, None, False
        self._timer.stop()
