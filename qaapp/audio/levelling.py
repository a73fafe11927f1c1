"""How loud each side speaks, and one fixed gain that brings it to −20 LUFS while listening. Nothing is written to a file.

Loudness after ITU-R BS.1770: K-weighting (its two filters as analogue prototypes, applied to the spectrum, so that it holds
for any sample rate), blocks of 400 ms, absolute gate −70 and relative gate −10 LU. Only stretches in which the side speaks
are measured. At 8 kHz the shelf of the weighting lies near the end of the band: the figure compares sides, not programmes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qaapp.audio.detecting import Segment
from qaapp.audio.pcm import Floats, Samples

TARGET_LUFS = -20.0
MOST_DB = 18.0
BLOCK_S = 0.4
LEAST_S = 1.2  # of speech; less says nothing
_ABSOLUTE, _RELATIVE = -70.0, -10.0
_MOST_BLOCKS = 1500  # ten minutes of speech


def weighting(frequencies: Floats) -> Floats:
    """Power gain of the K-weighting: high shelf of +4 dB at 1682 Hz, high pass at 38 Hz."""
    s = 1j * np.maximum(frequencies, 1e-6) / 1681.974450955533
    high = 10 ** (3.999843853973347 / 20)
    band, q = high**0.4996667741545416, 0.7071752369554196
    shelf = (high * s**2 + band / q * s + 1) / (s**2 + s / q + 1)
    s = 1j * np.maximum(frequencies, 1e-6) / 38.13547087602444
    passed = s**2 / (s**2 + s / 0.5003270373238773 + 1)
    power: Floats = np.abs(shelf * passed) ** 2
    return power


def loudness_lufs(samples: Samples, sample_rate: int, speech: Sequence[Segment]) -> float | None:
    """Loudness of one lane where it speaks, None where that is too little or too quiet."""
    size = round(BLOCK_S * sample_rate)
    starts = [
        first
        for part in speech
        for first in range(
            part.start_ms * sample_rate // 1000, part.end_ms * sample_rate // 1000 - size + 1, size
        )
    ]
    if len(starts) * BLOCK_S < LEAST_S:
        return None
    if len(starts) > _MOST_BLOCKS:
        starts = starts[:: -(-len(starts) // _MOST_BLOCKS)]
    gains = weighting(np.fft.rfftfreq(size, 1 / sample_rate))
    gains[1:-1] *= 2  # the spectrum of a real signal is one-sided
    powers = np.empty(len(starts))
    for index, first in enumerate(starts):
        spectrum = np.fft.rfft(samples[first : first + size].astype(np.float32) / 32768)
        powers[index] = float((np.abs(spectrum) ** 2 * gains).sum()) / size**2
    levels = -0.691 + 10 * np.log10(powers + 1e-20)
    kept = powers[levels > _ABSOLUTE]
    if not len(kept):
        return None
    gate = -0.691 + 10 * np.log10(kept.mean()) + _RELATIVE
    kept = powers[levels > max(gate, _ABSOLUTE)]
    return float(-0.691 + 10 * np.log10(kept.mean()))


def gain_db(lufs: float | None) -> float:
    """The gain that brings a side to the target, at most ±18 dB; 0 where its loudness is not known."""
    return 0.0 if lufs is None else float(min(MOST_DB, max(-MOST_DB, TARGET_LUFS - lufs)))


def levelled(samples: Samples, sample_rate: int, speech: Sequence[Sequence[Segment]]) -> tuple[float, ...]:
    """The gain of every lane in dB; ``speech`` has the stretches of each."""
    return tuple(
        round(gain_db(loudness_lufs(row, sample_rate, parts)), 2)
        for row, parts in zip(samples, speech, strict=True)
    )
