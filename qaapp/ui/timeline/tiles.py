"""Waveform tiles in device pixels: numpy raster → QImage → QPixmap, the least recently used ones forgotten."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor, QImage, QPixmap

from qaapp.audio.call_audio import CallAudio
from qaapp.ui.timeline.columns import columns, display_gain, envelope, raster

TILE_PX = 512
CACHE_BYTES = 64 << 20


def pixmap_of(indices: npt.NDArray[np.uint8], colors: Sequence[QColor], ratio: float) -> QPixmap:
    """A pixmap from colour indices. The QImage is converted at once: it does not own the array."""
    data = np.ascontiguousarray(indices)
    height, width = data.shape
    image = QImage(data.data, width, height, width, QImage.Format.Format_Indexed8)
    image.setColorTable([color.rgba() for color in colors])
    pixmap = QPixmap.fromImage(image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


class Tiles:
    """The pixmaps of one call. ``forget`` on a new call, theme or screen."""

    def __init__(self) -> None:
        self._cache: OrderedDict[Hashable, QPixmap] = OrderedDict()
        self._bytes = 0
        self._gains: dict[int, float] = {}
        self.audio: CallAudio | None = None
        self.amplitude = 1.0  # what a person makes the waveform taller by

    def set_audio(self, audio: CallAudio | None) -> None:
        self.audio = audio
        self.forget()
        self._gains = {}
        if audio is not None:
            self._gains = {lane: display_gain(audio, lane) for lane in range(len(audio.lanes))}

    def forget(self) -> None:
        self._cache.clear()
        self._bytes = 0

    def tile(
        self,
        lane: int,
        index: int,
        per_column: float,
        height: int,
        ratio: float,
        colors: Sequence[QColor],
        variant: str = "",
    ) -> QPixmap:
        """Columns ``index × 512 …`` of a lane; ``per_column`` samples per device pixel, ``height`` in device pixels."""
        key = (lane, index, per_column, height, variant, self.amplitude)
        found = self._get(key)
        if found is None:
            assert self.audio is not None
            shape = columns(self.audio, lane, index * TILE_PX * per_column, per_column, TILE_PX)
            drawn = raster(shape, height, self._gains.get(lane, 1.0) * self.amplitude, round(3 * ratio))
            beyond = int(np.ceil(self.audio.samples.shape[1] / per_column)) - index * TILE_PX
            if beyond < TILE_PX:
                drawn[:, max(beyond, 0) :] = 0
            found = self._put(key, pixmap_of(drawn, colors, ratio))
        return found

    def overview(self, width: int, height: int, ratio: float, colors: Sequence[QColor]) -> QPixmap | None:
        """The whole call in ``width`` × ``height`` device pixels: first lane up, second down (one lane: both)."""
        if self.audio is None or width < 1 or height < 4:
            return None
        key = ("overview", width, height)
        found = self._get(key)
        if found is None:
            per_column = max(self.audio.samples.shape[1] / width, 1e-6)
            half = height // 2
            parts = []
            for place in range(2):
                lane = min(place, len(self.audio.lanes) - 1)
                shape = columns(self.audio, lane, 0, per_column, width)
                gain = self._gains.get(lane, 1.0)
                drawn = envelope(shape, half if place == 0 else height - half, gain, upwards=place == 0)
                parts.append(drawn * (lane + 1))
            found = self._put(key, pixmap_of(np.vstack(parts), colors, ratio))
        return found

    def _get(self, key: Hashable) -> QPixmap | None:
        found = self._cache.get(key)
        if found is not None:
            self._cache.move_to_end(key)
        return found

    def _put(self, key: Hashable, pixmap: QPixmap) -> QPixmap:
        self._cache[key] = pixmap
        self._bytes += pixmap.width() * pixmap.height() * 4
        while self._bytes > CACHE_BYTES and len(self._cache) > 1:
            _old, gone = self._cache.popitem(last=False)
            self._bytes -= gone.width() * gone.height() * 4
        return pixmap
