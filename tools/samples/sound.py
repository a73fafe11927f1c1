"""From a written call to the two channels of its recording: timing, tones, hold music, background, telephone band.

Channel 0 is the manager, channel 1 the customer, as in a telephone system's recording. 8 kHz, int16.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from .script import Line, Written
from .voices import RATE, resampled, say

PHONE_RATE = 8_000


@dataclass(frozen=True)
class Sounded:
    """``labels`` are seconds; ``spoken`` (side, start, end) in seconds of each line."""

    samples: np.ndarray  # int16 (n, 2)
    labels: dict[str, float]
    spoken: tuple[tuple[str, float, float], ...]

    @property
    def duration_s(self) -> float:
        return len(self.samples) / PHONE_RATE


def sound(call: Written) -> Sounded:
    """The recording of ``call``; the same every time (noise and pauses come from a seed made of its code)."""
    chance = np.random.default_rng(zlib.crc32(call.code.encode()))
    phrases = [
        (call.manager if line.side == "M" else call.voice, line.text) for line in call.lines if line.side
    ]
    voiced = iter(say(phrases))
    pieces: list[tuple[int, float, np.ndarray]] = []
    labels: dict[str, float] = {}
    spoken: list[tuple[str, float, float]] = []
    at, before = 0.6, ""
    for line in call.lines:
        if not line.side:
            piece = _event(line, call.language)
            labels.update(dict.fromkeys(line.labels, at))
            pieces.append((0 if line.text == "hold" else 1, at, piece))
            at += max(len(piece) / RATE, line.amount if line.text == "pause" else 0)
            before = ""
            continue
        samples = next(voiced)
        gap = line.gap_s
        if gap is None:
            gap = float(chance.uniform(0.25, 0.7)) if before != line.side else 0.35
        start = max(0.2, at + gap)
        labels.update(dict.fromkeys(line.labels, start))
        end = start + len(samples) / RATE
        spoken.append((line.side, start, end))
        pieces.append((0 if line.side == "M" else 1, start, samples))
        at, before = max(at, end), line.side
    channels = np.zeros((2, int((at + 0.9) * RATE)))
    for channel, start, samples in pieces:
        first = int(start * RATE)
        channels[channel, first : first + len(samples)] += samples
    channels[1] += _background(call.background, channels.shape[1], chance)
    channels += chance.normal(0, 10 ** (-66 / 20), channels.shape)  # the line itself
    return Sounded(_telephone(channels), labels, tuple(spoken))


def _event(line: Line, language: str) -> np.ndarray:
    if line.text == "ring":
        return _ring(int(line.amount), language)
    if line.text == "busy":
        tone = np.concatenate([_tone((425.0,), 0.35), np.zeros(int(0.35 * RATE))])
        return np.tile(tone, int(line.amount))
    if line.text == "hold":
        return hold_music(line.amount)
    return np.zeros(0)


def _tone(frequencies: tuple[float, ...], seconds: float, level: float = 0.06) -> np.ndarray:
    t = np.arange(int(seconds * RATE)) / RATE
    wave = sum(np.sin(2 * np.pi * f * t) for f in frequencies) / len(frequencies) * level
    edge = np.minimum(1, np.minimum(t, seconds - t) / 0.01)
    return np.asarray(wave * edge)


def _ring(count: int, language: str) -> np.ndarray:
    """Ring-back: 425 Hz 1 s in 5 (Russia), 400+450 Hz twice 0.4 s in 3 (Britain)."""
    if language == "ru":
        one = np.concatenate([_tone((425.0,), 1.0), np.zeros(int(2.6 * RATE))])
    else:
        short = _tone((400.0, 450.0), 0.4)
        one = np.concatenate([short, np.zeros(int(0.2 * RATE)), short, np.zeros(int(2.0 * RATE))])
    return np.tile(one, count)


def hold_music(seconds: float) -> np.ndarray:
    """An own little waltz on plucked strings: eight bars of broken chords under a falling tune."""
    beat = 0.42
    chords = ((0, 4, 7), (-3, 0, 4), (5, 9, 12), (-5, -1, 2), (0, 4, 7), (-8, -5, 0), (2, 5, 9), (-5, -1, 5))
    tune = (12, 11, 9, 7, 9, 11, 12, 7, 4, 5, 7, 9, 7, 5, 4, 2, 4, 5, 7, 4, 2, 0, -1, 2)
    out = np.zeros(int((seconds + 2) * RATE))
    for step in range(int(seconds / beat) + 1):
        bar, third = divmod(step, 3)
        chord = chords[bar % len(chords)]
        for note, level in ((chord[third], 0.05), (tune[step % len(tune)] + 12, 0.04)):
            _pluck(out, step * beat, 261.63 * 2 ** (note / 12), level)
        if third == 0:
            _pluck(out, step * beat, 261.63 * 2 ** (chord[0] / 12 - 1), 0.07)
    out = out[: int(seconds * RATE)]
    fade = np.minimum(1, np.arange(len(out))[::-1] / (0.2 * RATE))
    return out * fade


def _pluck(out: np.ndarray, at: float, frequency: float, level: float) -> None:
    length = int(1.2 * RATE)
    t = np.arange(length) / RATE
    wave = sum(np.sin(2 * np.pi * frequency * k * t) / k**1.4 for k in range(1, 5)) * np.exp(-t * 3.2) * level
    start = int(at * RATE)
    stop = min(len(out), start + length)
    out[start:stop] += np.asarray(wave)[: stop - start]


def _background(kind: str, length: int, chance: np.random.Generator) -> np.ndarray:
    """Noise behind the customer: passing cars, an office's hum with murmur, a shop's clatter."""
    if not kind:
        return np.zeros(length)
    white = chance.normal(0, 1, length)
    spectrum = np.fft.rfft(white)
    frequency = np.fft.rfftfreq(length, 1 / RATE)
    corner = {"street": 500.0, "office": 300.0, "shop": 900.0}[kind]
    coloured = np.fft.irfft(spectrum / (1 + (frequency / corner) ** 1.5), length)
    t = np.arange(length) / RATE
    period = {"street": 7.0, "office": 2.3, "shop": 3.7}[kind]
    swell = 0.55 + 0.45 * np.sin(2 * np.pi * t / period + chance.uniform(0, 6)) * np.sin(
        2 * np.pi * t / (period * 2.7)
    )
    level = {"street": -47.0, "office": -53.0, "shop": -49.0}[kind]
    coloured = coloured / np.std(coloured) * 10 ** (level / 20) * swell
    if kind == "shop":  # cups
        for moment in np.cumsum(chance.exponential(4.0, length // RATE // 4 + 1)):
            first = int(moment * RATE)
            if first + 2000 < length:
                decay = np.exp(-np.arange(2000) / 260)
                coloured[first : first + 2000] += (
                    0.012 * decay * np.sin(np.arange(2000) * chance.uniform(0.9, 1.2))
                )
    return np.asarray(coloured)


def _telephone(channels: np.ndarray) -> np.ndarray:
    """300-3400 Hz, 8 kHz, a soft ceiling, int16 (n, 2)."""
    length = channels.shape[1]
    frequency = np.fft.rfftfreq(length, 1 / RATE)
    low = 1 / (1 + np.exp(-(frequency - 290) / 18))
    high = 1 / (1 + np.exp((frequency - 3420) / 40))
    target = length * PHONE_RATE // RATE
    rows = []
    for channel in channels:
        filtered = np.fft.irfft(np.fft.rfft(channel) * low * high, length)
        rows.append(np.tanh(resampled(filtered, target) / 0.8) * 0.8)
    return np.round(np.stack(rows, axis=1) * 32767).astype(np.int16)
