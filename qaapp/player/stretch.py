"""Faster or slower speech with its pitch kept: WSOLA with one common offset for all lanes, so that they stay aligned.

N = 32 ms, H = N/2, search ±10 ms, periodic Hann. Frame k is taken near k·H·rate, there where the sum of the lanes
continues the frame before it best (greatest dot product). The search is coarse, then fine, above 16 kHz.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from qaapp.audio.pcm import Floats, Samples
from qaapp.player.ranges import out_frames

BATCH = 256  # frames of H output samples whose source is fetched at once

Read = Callable[[int, int], Floats]  # lanes × samples of [start, end)


class Stretcher:
    """Plays ``length`` samples given by ``read`` at speed ``rate``, piece by piece, without a seam."""

    def __init__(self, read: Read, length: int, sample_rate: int, rate: float) -> None:
        self._read, self._length, self._rate = read, length, rate
        self._hop = max(8, round(0.016 * sample_rate))
        self._size = 2 * self._hop
        self._search = round(0.010 * sample_rate)
        self._stride = max(1, sample_rate // 16000)
        self.total = out_frames(length, rate)
        self.done = 0
        self._frame = 0
        self._expected = 0
        self._tail: Floats | None = None
        window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(self._size) / self._size)
        self._rise = window[: self._hop].astype(np.float32)
        self._fall = window[self._hop :].astype(np.float32)

    def take(self, want: int) -> Floats:
        """The next ``want`` or a few more output samples ``(lanes, n)``; fewer at the end, none when all is given."""
        if self.done >= self.total:
            return self._read(0, 0)
        if self._length < 2 * self._size + 2 * self._search:
            return self._short()
        parts: list[Floats] = []
        got = 0
        while got < want and self.done < self.total:
            batch = min(BATCH, -(-(want - got) // self._hop))
            part = self._batch(batch)[:, : self.total - self.done]
            self.done += part.shape[1]
            got += part.shape[1]
            parts.append(part)
        return np.concatenate(parts, axis=1)

    def _short(self) -> Floats:
        """Less than 84 ms: straight interpolation; nobody hears a pitch in it."""
        source = self._read(0, self._length)
        at = np.minimum(np.arange(self.total) * (self._length / self.total), self._length - 1)
        self.done = self.total
        return np.stack([np.interp(at, np.arange(self._length), row).astype(np.float32) for row in source])

    def _batch(self, count: int) -> Floats:
        hop, size, search, last = self._hop, self._size, self._search, self._length - self._size
        centres = [min(int(k * hop * self._rate), last) for k in range(self._frame, self._frame + count)]
        start = max(0, min(centres[0] - search, self._expected))
        stop = min(self._length, centres[-1] + search + hop + 2 * size)
        source = self._read(start, stop)
        total = source[0] if source.shape[0] == 1 else source.sum(axis=0)
        out = np.empty((source.shape[0], count * hop), np.float32)
        for index, centre in enumerate(centres):
            place = 0 if self._frame == 0 else self._best(total, start, centre, last)
            piece = source[:, place - start : place - start + size]
            block = out[:, index * hop : (index + 1) * hop]
            if self._tail is None:
                block[:] = piece[:, :hop]
            else:
                np.multiply(piece[:, :hop], self._rise, out=block)
                block += self._tail
            self._tail = piece[:, hop:] * self._fall
            self._expected = min(place + hop, last)
            self._frame += 1
        return out

    def _best(self, total: Floats, start: int, centre: int, last: int) -> int:
        """The place within ±10 ms of ``centre`` whose sound continues the last frame best."""
        first = max(0, centre - self._search)
        end = min(last, centre + self._search)
        template = total[self._expected - start : self._expected - start + self._size]
        stride = self._stride
        field = total[first - start : end - start + self._size : stride]
        coarse = first + stride * int(np.argmax(np.correlate(field, template[::stride], "valid")))
        if stride == 1:
            return min(coarse, end)
        low, high = max(first, coarse - stride + 1), min(end, coarse + stride - 1)
        fine = np.correlate(total[low - start : high - start + self._size], template, "valid")
        return low + int(np.argmax(fine))


def wsola(samples: Samples, sample_rate: int, rate: float) -> tuple[Samples, npt.NDArray[np.float64]]:
    """All of ``samples`` (lanes, n) at speed ``rate``, and the source position of every output sample."""
    count = out_frames(samples.shape[1], rate)
    source = np.arange(count) * (samples.shape[1] / count if count else 1.0)
    if rate == 1:
        return samples.copy(), source
    stretcher = Stretcher(
        lambda start, end: samples[:, start:end].astype(np.float32), samples.shape[1], sample_rate, rate
    )
    out = np.rint(stretcher.take(count))
    return np.clip(out, -32768, 32767).astype(np.int16), source
