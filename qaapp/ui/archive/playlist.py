"""Plays examples one after another on the shared player; the screen shows what it says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from qaapp.audio.call_audio import CallAudio, load_call_audio
from qaapp.calls.recordings import audio_files
from qaapp.i18n import _
from qaapp.player.player import Player
from qaapp.ui.desk import Desk


class Stretch(Protocol):
    """What can be played: a stretch of a call, or (``start_ms`` None) the whole of it."""

    @property
    def id(self) -> int: ...
    @property
    def call_id(self) -> int: ...
    @property
    def start_ms(self) -> int | None: ...
    @property
    def end_ms(self) -> int | None: ...


class Playlist(QObject):
    """``item_changed(Stretch or None)`` when another example starts; ``failed(QaappError)`` skips to the next."""

    item_changed = Signal(object)
    failed = Signal(object)

    def __init__(self, desk: Desk, player: Player, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk, self._player = desk, player
        self._queue: list[Stretch] = []
        self.item: Stretch | None = None
        self._active = False
        player.finished.connect(self._ended)

    def play(self, items: Sequence[Stretch]) -> None:
        """Play ``items`` in their order, beginning now."""
        if self.item is not None:
            self._player.pause()  # else its end, while the next one is opened, would pass for the end of that one
        self._queue = list(items)
        self._active = True
        self._next()

    def toggle(self) -> None:
        """Pause or go on."""
        if self.item is not None and self._active:
            self._player.toggle()

    def release(self) -> None:
        """Another screen takes the player."""
        self._active = False
        self._queue = []
        if self.item is not None:
            self._player.pause()
            self.item = None
            self.item_changed.emit(None)

    def stretch(self) -> tuple[float, float]:
        """Start and end of what is playing, ms of the call."""
        if self.item is None:
            return (0.0, 0.0)
        if self.item.start_ms is None or self.item.end_ms is None:
            return (0.0, float(self._player.duration_ms()))
        return (float(self.item.start_ms), float(self.item.end_ms))

    def seek(self, share: float) -> None:
        """Go to a share 0…1 of the stretch and play on to its end."""
        start, end = self.stretch()
        self._player.play_range(start + share * (end - start), end)

    def _next(self) -> None:
        if not self._queue:
            self.item = None
            self.item_changed.emit(None)
            return
        item = self.item = self._queue.pop(0)
        roots, database, cache = dict(self._desk.roots), self._desk.database, self._desk.workspace.cache

        def load() -> CallAudio:
            with database.read() as session:
                files = audio_files(session, item.call_id, roots)
            return load_call_audio(files, cache, with_speech=False)

        def ready(audio: CallAudio) -> None:
            if self.item is item and self._active:
                self._player.load(audio)
                self.item_changed.emit(item)
                self._player.play_range(*self.stretch())

        def broken(error: object) -> None:
            self.failed.emit(error)
            if self.item is item:
                self._next()

        self._desk.jobs.start(
            "clip",
            _("Opening the recording"),
            load,
            pool="io",
            on_done=ready,
            on_failed=broken,
            replaces="clip",
        )

    def _ended(self) -> None:
        if self._active and self.item is not None:
            self._next()
