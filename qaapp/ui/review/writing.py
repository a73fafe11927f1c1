"""*Comment and pause*: what the sound does while a comment is written, and that it goes on afterwards where it was."""

from __future__ import annotations

from PySide6.QtCore import QObject

from qaapp.player.player import Player
from qaapp.ui.desk import Desk
from qaapp.words import Lane

PAUSE, DUCK, PLAY = "pause", "duck", "play"
DUCK_DB = -15.0
LANES = (Lane.MANAGER, Lane.CUSTOMER, Lane.MIX)


class WhileWriting(QObject):
    """``begin`` and ``end`` come in pairs; the personal setting of the beginning counts. GUI thread only."""

    def __init__(self, desk: Desk, player: Player, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk, self._player = desk, player
        self._paused_at: float | None = None
        self._gains: dict[Lane, float] = {}

    def tell(self, begins: bool, by_enter: bool) -> None:
        if begins:
            self.begin()
        else:
            self.end(by_enter)

    def begin(self) -> None:
        """Pause, play more quietly, or go on; nothing where nothing plays."""
        self._restore()
        self._paused_at = None
        how = self._desk.personal.comment_sound
        if not self._player.is_playing() or how == PLAY:
            return
        if how == DUCK:
            self._gains = {lane: self._player.gain_db(lane) for lane in LANES}
            for lane, gain in self._gains.items():
                self._player.set_gain_db(lane, gain + DUCK_DB)
            return
        self._player.pause()
        self._paused_at = self._player.position_ms()

    def end(self, by_enter: bool) -> None:
        """By Enter the sound goes on from where it was, unless somebody moved it or plays already."""
        self._restore()
        at, self._paused_at = self._paused_at, None
        player = self._player
        if by_enter and at is not None and not player.is_playing() and abs(player.position_ms() - at) < 1:
            player.play()

    def _restore(self) -> None:
        for lane, gain in self._gains.items():
            self._player.set_gain_db(lane, gain)
        self._gains = {}
