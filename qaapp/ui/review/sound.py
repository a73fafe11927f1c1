"""The sound of calls, decoded in background jobs: the open call at once, the next two of the queue ahead of time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal

from qaapp.audio.call_audio import AudioFile, CallAudio, cached_peaks, load_call_audio
from qaapp.audio.peaks import Peaks
from qaapp.audio.speech import DEFAULT, Thresholds
from qaapp.errors import QaappError
from qaapp.i18n import _
from qaapp.jobs import JobRunner
from qaapp.words import Lane

KEPT = 4  # the call before, the open one, the next two
AHEAD_FRAMES = 40_000_000  # a longer recording (83 min of 8 kHz) is not opened ahead: memory stays bounded
Files = tuple[AudioFile, ...]


class SoundLoader(QObject):
    """GUI thread only; decoding runs on the runner's ``io`` threads."""

    look = Signal(object, object)  # files, CallAudio that can be painted, not heard: what is decoded so far
    ready = Signal(object, object)  # files, CallAudio
    failed = Signal(object, object)  # files, QaappError
    _decoded = Signal(object, object, object)

    def __init__(
        self, jobs: JobRunner, cache: Path | None, parent: QObject | None = None,
        thresholds: Callable[[], Thresholds] = lambda: DEFAULT,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._jobs, self._cache, self._thresholds = jobs, cache, thresholds
        self._kept: OrderedDict[Files, CallAudio] = OrderedDict()
        self._running: set[Files] = set()
        self._ahead: list[Files] = []
        self._broken: set[Files] = set()
        self._wanted: Files = ()
        self._painted: Files = ()  # whole already, by ``first_look``
        self._decoded.connect(self._show_look)

    def want(self, files: Files, duration_ms: int = 0) -> CallAudio | None:
        """The sound if it is there; otherwise it is decoded: ``look`` comes several times, then ``ready`` or ``failed``.

        ``duration_ms`` is how long the call is said to be.
        """
        self._wanted, self._painted = files, ()
        found = self._kept.get(files)
        if found is not None:
            self._kept.move_to_end(files)
            return found
        self._start(files, _("Opening the recording"), duration_ms)
        return None

    def first_look(self, files: Files, duration_ms: int) -> CallAudio | None:
        """The whole waveform, to paint while the call is decoded, where it was open before or one lies beside it."""
        try:
            peaks = cached_peaks(files, self._cache, duration_ms)
        except QaappError:
            return None
        if peaks is None:
            return None
        self._painted = files
        return _unheard(peaks, (Lane.MANAGER, Lane.CUSTOMER) if peaks.lanes == 2 else (Lane.MIX,))

    def preload(self, ahead: Sequence[Files]) -> None:
        """Decode these ahead, silently, one after another; what was wanted before and waits is given up."""
        self._ahead = [files for files in ahead if files and files not in self._kept]
        self._next_ahead()

    def _next_ahead(self) -> None:
        """One at a time, and only while the open call is there: it comes first."""
        if self._wanted in self._running or any(files in self._running for files in self._ahead):
            return
        for files in self._ahead:
            if files not in self._kept and files not in self._broken:
                self._start(files, "", 0)
                return

    def forget(self, files: Files) -> None:
        self._kept.pop(files, None)

    def _start(self, files: Files, title: str, duration_ms: int) -> None:
        if files in self._running:
            return
        self._running.add(files)
        on_look = (
            partial(self._decoded.emit, files) if title else None
        )  # from the decoding thread to this one
        self._jobs.start(
            "sound",
            title,
            partial(
                load_call_audio,
                files,
                self._cache,
                thresholds=self._thresholds(),
                on_look=on_look,
                duration_ms=duration_ms,
            ),
            pool="io",
            on_done=lambda audio: self._done(files, audio),
            on_failed=lambda error: self._failed(files, error),
        )

    def _show_look(self, files: Files, peaks: Peaks, lanes: tuple[Lane, ...]) -> None:
        if files == self._wanted and files in self._running and files != self._painted:
            self.look.emit(files, _unheard(peaks, lanes))

    def _done(self, files: Files, audio: CallAudio) -> None:
        self._running.discard(files)
        self._kept[files] = audio
        while len(self._kept) > KEPT:
            oldest = next(key for key in self._kept if key != self._wanted)
            del self._kept[oldest]
        if files == self._wanted:
            self.ready.emit(files, audio)
        elif audio.frames * len(audio.lanes) > AHEAD_FRAMES:
            del self._kept[files]
            self._broken.add(files)
        self._next_ahead()

    def _failed(self, files: Files, error: QaappError) -> None:
        self._running.discard(files)
        self._broken.add(files)
        if files == self._wanted:
            self.failed.emit(files, error)
        self._next_ahead()


def _unheard(peaks: Peaks, lanes: tuple[Lane, ...]) -> CallAudio:
    """A waveform without its sound."""
    silence = np.broadcast_to(np.int16(0), (peaks.lanes, peaks.frames))
    return CallAudio(silence, peaks.sample_rate, lanes, peaks)
