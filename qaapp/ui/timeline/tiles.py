"""Waveform tiles in device pixels: a numpy raster of colour indices, drawn through a colour table.

What is missing of a lane is made in one go, so that a zoom costs a few calls of numpy; the least recently used tiles are
forgotten.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PySide6.QtGui import QImage

from qaapp.audio.call_audio import CallAudio
from qaapp.ui.timeline.columns import (
    Buffers,
    Columns,
    Raster,
    columns,
    display_gain,
    dot_samples,
    envelope,
    raster,
)
from qaapp.words import Lane

TILE_PX = 256
CACHE_BYTES = 24 << 20


Table = tuple[int, ...]  # ``QRgb`` of every colour index


def picture(indices: Raster, table: Table) -> QImage:
    """The indices in colours, in the format of the screen: copying it is next to nothing.

    Its width is rounded up to a multiple of four.
    """
    if indices.shape[1] % 4:  # rows of a QImage begin at whole words
        indices = np.pad(indices, ((0, 0), (0, -indices.shape[1] % 4)))
    height, width = indices.shape
    rough = QImage(np.ascontiguousarray(indices).data, width, height, width, QImage.Format.Format_Indexed8)
    rough.setColorTable(table)
    is_clear = any(color >> 24 & 255 != 255 for color in table)
    return rough.convertToFormat(
        QImage.Format.Format_ARGB32_Premultiplied if is_clear else QImage.Format.Format_RGB32
    )


@dataclass(frozen=True)
class Piece:
    """``width`` columns of a lane from ``column`` on; they begin at ``at`` in the image."""

    column: int
    width: int
    image: QImage
    at: int


Look = tuple[int, float, int, Table, float]  # lane, samples per column, height, colours, amplitude


class Tiles:
    """The waveform of one call. ``forget`` on a new call or screen."""

    def __init__(self) -> None:
        self._cache: OrderedDict[Look, dict[int, tuple[QImage, int]]] = (
            OrderedDict()
        )  # by number: image, column in it
        self._bytes = 0
        self._overview: tuple[tuple[int, int, Table], QImage] | None = None
        self._last: tuple[tuple[float, float, int], Columns | None] = (0.0, 0.0, 0), None
        self._buffers = Buffers()
        self._gains: dict[int, float] = {}
        self.audio: CallAudio | None = None
        self.serial = (
            0  # another with every sound that is set: an address may be that of a sound that is gone
        )
        self.amplitude = 1.0  # what a person makes the waveform taller by

    def set_audio(self, audio: CallAudio | None) -> None:
        self.audio = audio
        self.serial += 1
        self.forget()
        self._gains = {}
        if audio is not None:
            self._gains = {lane: display_gain(audio, lane) for lane in range(len(audio.lanes))}

    def forget(self) -> None:
        self._cache.clear()
        self._bytes = 0
        self._overview = None
        self._last = (0.0, 0.0, 0), None

    def pieces(
        self, lane: int, first: int, last: int, per_column: float, height: int, ratio: float, table: Table
    ) -> Iterator[Piece]:
        """Tiles ``first`` … ``last`` of a lane; ``per_column`` samples per device pixel, ``height`` in device pixels.

        Columns are counted from the beginning of the call. ``table``: ground, peak, RMS.
        """
        look = (lane, per_column, height, table, self.amplitude)
        held = self._cache.setdefault(look, {})
        self._cache.move_to_end(look)
        found: Piece | None = None
        for number in range(first, last + 1):
            if number not in held:
                after = next((n for n in range(number + 1, last + 1) if n in held), last + 1)
                self._make(look, number, after, ratio)
            image, at = held[number]
            if found is not None and found.image is image and found.at + found.width == at:
                found = Piece(found.column, found.width + TILE_PX, image, found.at)
                continue
            if found is not None:
                yield found
            found = Piece(number * TILE_PX, TILE_PX, image, at)
        if found is not None:
            yield found
        if self._bytes > CACHE_BYTES:
            self._trim(look, first, last)

    def _make(self, look: Look, first: int, after: int, ratio: float) -> None:
        """Tiles ``[first, after)`` in one image."""
        assert self.audio is not None
        lane, per_column, height, table, amplitude = look
        begin, count = first * TILE_PX, (after - first) * TILE_PX
        start, gain, margin = begin * per_column, self._gains.get(lane, 1.0) * amplitude, round(3 * ratio)
        drawn = raster(self._columns(lane, start, per_column, count), height, gain, margin, self._buffers)
        if per_column < 1:
            dot_samples(drawn, self.audio.samples[lane], start, per_column, gain, margin)
        beyond = int(np.ceil(self.audio.samples.shape[1] / per_column)) - begin
        if beyond < count:
            drawn[:, max(beyond, 0) :] = 0
        image, held = picture(drawn, table), self._cache[look]
        for number in range(first, after):
            held[number] = image, (number - first) * TILE_PX
        self._bytes += count * height * 4

    def _trim(self, look: Look, first: int, last: int) -> None:
        """Forget what was made long ago: other zooms first, then what lies outside ``first`` … ``last``."""
        while self._bytes > CACHE_BYTES and len(self._cache) > len(Lane):
            old, gone = self._cache.popitem(last=False)
            self._bytes -= len(gone) * TILE_PX * old[2] * 4
        held = self._cache[look]
        for number in [number for number in held if not first <= number <= last]:
            if self._bytes <= CACHE_BYTES:
                return
            del held[number]
            self._bytes -= TILE_PX * look[2] * 4

    def _columns(self, lane: int, start: float, per_column: float, count: int) -> Columns:
        """Of one lane; the other lane's are made with it, as they are wanted next."""
        assert self.audio is not None
        key = (start, per_column, count)
        found = self._last[1] if self._last[0] == key else None
        if found is None:
            found = columns(self.audio, slice(None), start, per_column, count)
            self._last = key, found
        low, high, rms = found
        return low[lane], high[lane], rms[lane]

    def overview(self, width: int, height: int, table: Table) -> QImage | None:
        """The whole call in ``width`` × ``height`` device pixels: first lane up, second down (one lane: both).

        ``table``: ground, then one colour for each lane.
        """
        if self.audio is None or width < 1 or height < 4:
            return None
        key = (width, height, table)
        if self._overview is None or self._overview[0] != key:
            per_column = max(self.audio.samples.shape[1] / width, 1e-6)
            half = height // 2
            parts = []
            for place in range(2):
                lane = min(place, len(self.audio.lanes) - 1)
                shape = columns(self.audio, lane, 0, per_column, width)
                gain = self._gains.get(lane, 1.0)
                drawn = envelope(shape, half if place == 0 else height - half, gain, upwards=place == 0)
                parts.append(drawn * np.uint8(lane + 1))
            self._overview = key, picture(np.vstack(parts), table)
        return self._overview[1]
