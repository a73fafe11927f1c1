"""Sound of one rate as another, piece by piece, for a device that refuses the recording's own rate."""

from __future__ import annotations

import numpy as np

from qaapp.audio.pcm import Samples, resample


class RateConverter:
    """Feeds on pieces ``(channels, frames)`` of any length; gives the same as converting them at once, a moment later."""

    def __init__(self, rate: int, target_rate: int, channels: int = 1) -> None:
        self.rate, self.target_rate = rate, target_rate
        shared = int(np.gcd(rate, target_rate))
        self._down, self._up = rate // shared, target_rate // shared
        reach = 26 * max(1, -(-rate // target_rate)) + 2  # the filter's, either side
        self._context = -(-reach // self._down) * self._down
        self._held: Samples = np.zeros(
            (channels, self._context), np.int16
        )  # what the filter still needs of the past

    def convert(self, samples: Samples, last: bool) -> Samples:
        """The part that can be told by now; with ``last`` everything."""
        if self.rate == self.target_rate:
            return samples
        held = np.concatenate([self._held, samples], axis=1)
        after = 0 if last else self._context
        usable = held.shape[1] - self._context - after
        if not last:
            usable = usable // self._down * self._down
        if usable <= 0:
            self._held = held
            return held[:, :0]
        out: Samples = resample(held[:, : self._context + usable + after], self.rate, self.target_rate)
        first = self._context // self._down * self._up
        self._held = held[:, usable:]
        count = -(-usable * self._up // self._down)
        return out[:, first : first + count]
