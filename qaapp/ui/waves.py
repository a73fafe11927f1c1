"""Small two-sided waveforms: manager up, customer down from one line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPen

from qaapp.audio.call_audio import CallAudio, load_call_audio
from qaapp.calls.recordings import audio_files
from qaapp.jobs import JobRunner
from qaapp.store.database import Database
from qaapp.ui import theme
from qaapp.ui.playlist import Playable
from qaapp.words import Lane

COLUMNS = 320


@dataclass(frozen=True, eq=False)
class Wave:
    """Loudness 0…1 of ``COLUMNS`` columns, manager's and customer's; a mono mix has the same on both."""

    up: npt.NDArray[np.float32]
    down: npt.NDArray[np.float32]
    is_mix: bool


def wave_of(audio: CallAudio, start_ms: int, end_ms: int) -> Wave:
    """The stretch of ``audio`` as a small waveform, scaled so that its loudest column is full."""
    start = start_ms * audio.sample_rate / 1000
    width = max(1.0, (end_ms - start_ms) * audio.sample_rate / 1000 / COLUMNS)

    def lane(index: int) -> npt.NDArray[np.float32]:
        _low, _high, rms = audio.peaks.columns(index, start, width, COLUMNS)
        loud = rms.astype(np.float32)
        top = float(np.percentile(loud, 99)) or 1.0
        return np.clip(loud / top, 0, 1).astype(np.float32)

    if audio.lanes == (Lane.MIX,):
        both = lane(0)
        return Wave(both, both, True)
    places = {name: index for index, name in enumerate(audio.lanes)}
    return Wave(lane(places.get(Lane.MANAGER, 0)), lane(places.get(Lane.CUSTOMER, 1)), False)


def paint_wave(painter: QPainter, rect: QRectF, wave: Wave | None, played: float | None = None) -> None:
    """Paint ``wave`` into ``rect``; ``played`` (0…1) dims what is still to come."""
    middle = rect.center().y()
    painter.setPen(QPen(theme.color("hairline_2"), 0))
    painter.drawLine(QPointF(rect.left(), middle), QPointF(rect.right(), middle))
    if wave is None:
        return
    shades = ("ink_2", "ink_2") if wave.is_mix else ("manager", "customer")
    dim = ("control", "control") if wave.is_mix else ("manager_peak", "customer_peak")
    count = max(1, int(rect.width()))
    half = rect.height() / 2 - 1
    picked = np.minimum((np.arange(count) * COLUMNS) // count, COLUMNS - 1)
    for sign, values, strong, weak in ((-1, wave.up, shades[0], dim[0]), (1, wave.down, shades[1], dim[1])):
        heights = values[picked] * half
        for number in range(count):
            height = float(heights[number])
            if height < 0.6:
                continue
            heard = played is None or number <= played * count
            top = middle - height if sign < 0 else middle
            painter.fillRect(
                QRectF(rect.left() + number, top, 1, height), theme.color(strong if heard else weak)
            )


class WaveCache:
    """Waveforms by item, made in the background one after another; ``on_ready`` is called on the GUI thread."""

    def __init__(
        self, jobs: JobRunner, database: Database, cache: Path, on_ready: Callable[[], None]
    ) -> None:
        self._jobs, self._database, self._cache, self._on_ready = jobs, database, cache, on_ready
        self._waves: dict[tuple[int, int | None, int | None], Wave | None] = {}
        self._asked: set[tuple[int, int | None, int | None]] = set()

    def get(self, item: Playable, roots: Mapping[str, str]) -> Wave | None:
        """The waveform if it is ready; otherwise it is asked for."""
        key = (item.call_id, item.start_ms, item.end_ms)
        if key in self._waves:
            return self._waves[key]
        if key not in self._asked:
            self._asked.add(key)
            self._jobs.start(
                f"wave {key}", "", lambda: self._make(item, roots), pool="io",
                on_done=lambda wave: self._arrived(key, wave), on_failed=lambda _error: self._arrived(key, None),
            )  # fmt: skip
        return None

    def _make(self, item: Playable, roots: Mapping[str, str]) -> Wave:
        with self._database.read() as session:
            files = audio_files(session, item.call_id, roots)
        audio = load_call_audio(files, self._cache, with_speech=False)
        end = audio.duration_ms if item.end_ms is None else item.end_ms
        return wave_of(audio, item.start_ms or 0, int(end))

    def _arrived(self, key: tuple[int, int | None, int | None], wave: Wave | None) -> None:
        self._waves[key] = wave
        self._on_ready()
