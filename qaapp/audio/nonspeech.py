"""Sounds of the line that a detector takes for speech: tones (ringing, keys) and music on hold.

Both are told from speech by how steady they are; measured on real material (see ``docs/benchmarks.md``):

* *Tones.* 32 ms spectra; a frame is tonal when two peaks hold 90 % of its power and neither the stronger one nor the level
  changed since the frame before. Of speech 0–30 % of the loud frames are like that, of key tones 45 %, of ringing all.
* *Hold.* The loudness of speech jumps from syllable to syllable: over 2 s the 20 ms levels deviate by 65–160 % of their
  mean (5th percentile 56 %), those of music by about 30 %. Only stretches of 6 s and more are judged, by their median.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qaapp.audio.detecting import FRAME_S, Segment, levels_db
from qaapp.audio.pcm import Floats, Samples

TONE_LEAST_MS = 250
TONE_SHARE = 0.42
TONE_PEAKS = 0.90
TONE_STEP_DB = 1.0
TONE_LOUD_DB = 15.0  # frames so far below the loudest are pauses
TONE_LOOK_S = 4.0  # of a longer stretch only the beginning is looked at
HOLD_LEAST_MS = 6_000
HOLD_GAP_MS = 1_000  # pauses of a piece of music
HOLD_WINDOW_S = 2.0
HOLD_DEPTH = 0.45


def without_line_sounds(parts: Sequence[Segment], samples: Samples, sample_rate: int) -> tuple[Segment, ...]:
    """``parts`` less the stretches that are tones or music on hold, of one lane."""
    voices = [part for part in parts if not is_tone(part, samples, sample_rate)]
    return without_hold(voices, samples, sample_rate)


def is_tone(part: Segment, samples: Samples, sample_rate: int) -> bool:
    """Whether a stretch is made of steady tones."""
    if part.length_ms < TONE_LEAST_MS:
        return False
    first = part.start_ms * sample_rate // 1000
    last = min(part.end_ms * sample_rate // 1000, first + round(TONE_LOOK_S * sample_rate))
    return tonal_share(samples[first:last], sample_rate) >= TONE_SHARE


def tonal_share(samples: Samples, sample_rate: int) -> float:
    """Share of steady tonal frames among the loud ones."""
    size = round(0.032 * sample_rate)
    hop = size // 2
    count = (len(samples) - size) // hop + 1
    if count < 4:
        return 0.0
    frames = np.lib.stride_tricks.sliding_window_view(samples, size)[::hop][:count].astype(np.float32)
    power = np.abs(np.fft.rfft(frames * np.hanning(size).astype(np.float32), axis=1)) ** 2
    total: Floats = power.sum(1) + 1e-9
    rows, left = np.arange(count), power.copy()
    held = np.zeros(count, np.float64)
    strongest = left.argmax(1)
    for _peak in range(2):
        top = left.argmax(1)
        for near in range(-2, 3):
            bins = np.clip(top + near, 0, left.shape[1] - 1)
            held += left[rows, bins]
            left[rows, bins] = 0
    level = 10 * np.log10(total)
    same = np.zeros(count, bool)
    same[1:] = (np.abs(np.diff(strongest)) <= 1) & (np.abs(np.diff(level)) < TONE_STEP_DB)
    loud = level > level.max() - TONE_LOUD_DB
    return float(((held / total > TONE_PEAKS) & same & loud).sum() / max(1, loud.sum()))


def without_hold(parts: Sequence[Segment], samples: Samples, sample_rate: int) -> tuple[Segment, ...]:
    """``parts`` less those that belong to a long stretch of steady loudness."""
    runs: list[list[Segment]] = []
    for part in parts:
        if runs and part.start_ms - runs[-1][-1].end_ms <= HOLD_GAP_MS:
            runs[-1].append(part)
        else:
            runs.append([part])
    kept: list[Segment] = []
    for run in runs:
        kept += (
            run if run[-1].end_ms - run[0].start_ms < HOLD_LEAST_MS else _voices(run, samples, sample_rate)
        )
    return tuple(kept)


def _voices(run: Sequence[Segment], samples: Samples, sample_rate: int) -> list[Segment]:
    """What is left of a long run: its windows are judged by the median of three, so that one loud word breaks no music."""
    first = run[0].start_ms * sample_rate // 1000
    last = run[-1].end_ms * sample_rate // 1000
    depths = loudness_depth(samples[first:last], sample_rate)
    if len(depths) < 3:
        return list(run)
    padded = np.concatenate([depths[:1], depths, depths[-1:]])
    smooth = np.median(np.lib.stride_tricks.sliding_window_view(padded, 3), axis=1)
    steady = smooth < HOLD_DEPTH
    step_ms = round(HOLD_WINDOW_S * 1000)
    holds = [
        Segment(run[0].start_ms + start * step_ms, run[0].start_ms + end * step_ms)
        for start, end in _runs(steady.tolist())
        if (end - start) * step_ms >= HOLD_LEAST_MS
    ]
    out: list[Segment] = []
    for part in run:
        pieces = [part]
        for hold in holds:
            pieces = [
                Segment(start, end)
                for piece in pieces
                for start, end in (
                    (piece.start_ms, min(piece.end_ms, hold.start_ms)), (max(piece.start_ms, hold.end_ms), piece.end_ms)
                )
                if end > start
            ]  # fmt: skip
        out += pieces
    return out


def loudness_depth(samples: Samples, sample_rate: int) -> Floats:
    """Per window of 2 s: deviation of the 20 ms amplitudes over their mean."""
    amplitudes = 10 ** (levels_db(samples, sample_rate) / 20)
    size = round(HOLD_WINDOW_S / FRAME_S)
    count = len(amplitudes) // size
    windows = amplitudes[: count * size].reshape(count, size)
    depth: Floats = windows.std(1) / (windows.mean(1) + 1e-9)
    return depth


def _runs(flags: Sequence[bool]) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    for index, flag in enumerate(flags):
        if flag and out and out[-1][1] == index:
            out[-1] = (out[-1][0], index + 1)
        elif flag:
            out.append((index, index + 1))
    return out
