"""Plays stretches of calls one after another on the shared player; whoever owns it shows what it says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal

from qaapp.audio.call_audio import CallAudio, load_call_audio
from qaapp.calls.recordings import audio_files
from qaapp.errors import QaappError
from qaapp.i18n import _
from qaapp.player.player import Player
from qaapp.ui.desk import Desk

NEAR_END_MS = 60.0


class Playable(Protocol):
    """What can be played: a part of a call, or (``start_ms`` None) the whole of it."""

    @property
    def call_id(self) -> int: ...
    @property
    def start_ms(self) -> int | None: ...
    @property
    def end_ms(self) -> int | None: ...


@dataclass(frozen=True)
class Stretch:
    """A part of a call with what is said of it. ``key`` is the owner's own name for it."""

    call_id: int
    start_ms: int | None = None
    end_ms: int | None = None
    title: str = ""
    subtitle: str = ""
    key: int = 0


class Playlist(QObject):
    """``item_changed(Playable or None)`` when another one starts or all are over; ``failed(QaappError)`` skips to the next.

    ``at_hand`` gives the sound of a call that is loaded already. The next call is decoded while one plays. GUI thread only.
    """

    item_changed = Signal(object)
    failed = Signal(object)

    def __init__(
        self, desk: Desk, player: Player, parent: QObject | None = None,
        at_hand: Callable[[int], CallAudio | None] = lambda _call_id: None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._desk, self._player, self._at_hand = desk, player, at_hand
        self._items: tuple[Any, ...] = ()
        self._index = -1
        self._ahead: dict[int, CallAudio] = {}
        self._active = False
        player.finished.connect(self._ended)

    @property
    def item(self) -> Any:
        """What is playing or being opened, as it was given; None when nothing is."""
        return self._items[self._index] if 0 <= self._index < len(self._items) else None

    def place(self) -> tuple[int, int]:
        """Which of how many, from 1."""
        return self._index + 1, len(self._items)

    def play(self, items: Sequence[Playable]) -> None:
        """Play ``items`` in their order, beginning now."""
        if self.item is not None:
            self._player.pause()  # else its end, while the next one is opened, would pass for the end of that one
        self._items, self._index = tuple(items), -1
        self._active = True
        self.step(1)

    def toggle(self) -> None:
        """Pause or go on."""
        if self.item is not None and self._active:
            self._player.toggle()

    def step(self, by: int) -> None:
        """To the next one (1) or the one before (-1); behind the last all is over."""
        if not self._active:
            return
        self._index = max(0, self._index + by)
        if self.item is None:
            self.forget()
            return
        self._open(self._items[self._index])

    def release(self) -> None:
        """Stop; another owner takes the player."""
        if self.item is not None:
            self._player.pause()
        self.forget()

    def forget(self) -> None:
        """The list is over; what sounds goes on."""
        had, self._active = bool(self._items), False
        self._items, self._index = (), -1
        self._ahead.clear()
        if had:
            self.item_changed.emit(None)

    def stretch(self) -> tuple[float, float]:
        """Start and end of what is playing, ms of the call."""
        item = self.item
        if item is None:
            return (0.0, 0.0)
        whole = float(self._player.duration_ms())
        end = whole if item.start_ms is None or item.end_ms is None else min(float(item.end_ms), whole)
        return (float(item.start_ms or 0), end)

    def seek(self, share: float) -> None:
        """Go to a share 0…1 of the stretch and play on to its end."""
        start, end = self.stretch()
        self._player.play_range(start + share * (end - start), end)

    # --- opening -------------------------------------------------------------------------------------------------

    def _open(self, item: Playable) -> None:
        audio = self._at_hand(item.call_id) or self._ahead.get(item.call_id)
        if audio is not None:
            self._start(item, audio)
            return

        def broken(error: QaappError) -> None:
            if self.item is item and self._active:
                self.failed.emit(error)
                self.step(1)

        self._load(item.call_id, lambda audio: self._start(item, audio), broken, _("Opening the recording"))

    def _start(self, item: Playable, audio: CallAudio) -> None:
        if self.item is not item or not self._active:
            return
        if self._player.audio() is not audio:
            self._player.load(audio)
        self.item_changed.emit(item)
        self._player.play_range(*self.stretch())
        self._look_ahead()

    def _look_ahead(self) -> None:
        """Decode the next call of the list, and forget those that are behind."""
        here = self.item
        following = next(
            (
                each.call_id
                for each in self._items[self._index + 1 :]
                if here is None or each.call_id != here.call_id
            ),
            None,
        )
        self._ahead = {key: audio for key, audio in self._ahead.items() if key == following}
        if following is not None and following not in self._ahead and self._at_hand(following) is None:
            self._load(
                following, lambda audio: self._ahead.__setitem__(following, audio), lambda _error: None, ""
            )

    def _load(
        self,
        call_id: int,
        ready: Callable[[CallAudio], None],
        broken: Callable[[QaappError], None],
        title: str,
    ) -> None:
        roots, database, cache = dict(self._desk.roots), self._desk.database, self._desk.workspace.cache

        def load() -> CallAudio:
            with database.read() as session:
                files = audio_files(session, call_id, roots)
            return load_call_audio(files, cache, with_speech=False)

        name = "clip" if title else "clip ahead"
        self._desk.jobs.start(
            name, title, load, pool="io", on_done=ready, on_failed=broken, replaces=True
        )  # fmt: skip

    def _ended(self) -> None:
        """The player came to an end: of this stretch, or of something else a person went to."""
        if not self._active or self.item is None:
            return
        if abs(self._player.position_ms() - self.stretch()[1]) <= NEAR_END_MS:
            self.step(1)
        else:
            self.release()
