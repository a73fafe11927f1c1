"""Who sounds how, and the two speech programs that are asked to say it (espeak-ng, festival's text2wave voice).

Both are run as programs; a phrase comes back as mono float samples at 16 kHz.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

RATE = 16_000
FESTIVAL_VOICE = "voice_msu_ru_nsh_clunits"


@dataclass(frozen=True)
class Voice:
    """``shift`` raises pitch and pace together (resampling); ``tempo`` then changes the pace alone."""

    engine: str  # festival (Russian) or espeak
    variant: str = ""  # of espeak-ng: ru+f2, en-gb+m3 …
    pitch: int = 50  # espeak-ng, 0-99
    pace: int = 150  # espeak-ng, words per minute
    shift: float = 1.0
    tempo: float = 1.0
    level_db: float = -21.0  # loudness of the speech in the recording


VOICES = {
    "Анна Соколова": Voice("festival", shift=1.27, tempo=1.0, level_db=-20.0),
    "Тимур Галеев": Voice("festival", shift=1.04, tempo=1.17, level_db=-21.0),
    "Олег Тарасов": Voice("festival", shift=0.9, tempo=1.32, level_db=-18.5),
    "Мария Левина": Voice("festival", shift=1.38, tempo=0.95, level_db=-20.5),
    "Emma Clarke": Voice("espeak", "en-gb-x-rp+f2", pitch=48, pace=165, level_db=-20.0),
    "Daniel Reed": Voice("espeak", "en-us+m3", pitch=42, pace=172, level_db=-19.0),
    "irina": Voice("espeak", "ru+f2", pitch=52, pace=158, level_db=-23.0),
    "viktor": Voice("espeak", "ru+m3", pitch=38, pace=150, level_db=-21.0),
    "galina": Voice("espeak", "ru+f4", pitch=58, pace=175, level_db=-18.0),
    "oksana": Voice("espeak", "ru+Annie", pitch=45, pace=155, level_db=-24.0),
    "roman": Voice("espeak", "ru+m7", pitch=45, pace=165, level_db=-21.0),
    "svetlana": Voice("espeak", "ru+Alicia", pitch=50, pace=150, level_db=-24.0),
    "boris": Voice("espeak", "ru+Mario", pitch=35, pace=148, level_db=-22.0),
    "pavel": Voice("espeak", "ru+m1", pitch=44, pace=160, level_db=-22.0),
    "elena": Voice("espeak", "ru+f5", pitch=46, pace=172, level_db=-21.5),
    "kirill": Voice("espeak", "ru+m4", pitch=52, pace=160, level_db=-22.0),
    "sergey": Voice("espeak", "ru+m5", pitch=30, pace=150, level_db=-20.0),
    "yulia": Voice("espeak", "ru+f3", pitch=60, pace=168, level_db=-22.0),
    "laura": Voice("espeak", "en-gb+f4", pitch=55, pace=160, level_db=-22.0),
    "george": Voice("espeak", "en-gb-scotland+m7", pitch=40, pace=160, level_db=-21.0),
    "megan": Voice("espeak", "en-us+Annie", pitch=48, pace=150, level_db=-23.5),
    "arthur": Voice("espeak", "en-gb-x-rp+m1", pitch=32, pace=155, level_db=-20.0),
}


def missing_programs() -> list[str]:
    """Programs of the two that are not installed."""
    return [name for name in ("espeak-ng", "festival") if shutil.which(name) is None]


def say(phrases: Sequence[tuple[str, str]]) -> list[np.ndarray]:
    """Speak (voice name, text) pairs; festival is started once for all of its phrases."""
    with tempfile.TemporaryDirectory(prefix="qaapp-voices-") as name:
        folder = Path(name)
        paths = [folder / f"{index:04}.wav" for index in range(len(phrases))]
        jobs = [(VOICES[who], text, path) for (who, text), path in zip(phrases, paths, strict=True)]
        _festival([(text, path) for voice, text, path in jobs if voice.engine == "festival"], folder)
        for voice, text, path in jobs:
            if voice.engine == "espeak":
                command = ["espeak-ng", "-v", voice.variant, "-p", str(voice.pitch), "-s", str(voice.pace)]
                subprocess.run([*command, "-w", str(path), text], check=True, capture_output=True)
        return [_shaped(path, voice) for voice, _text, path in jobs]


def _festival(jobs: list[tuple[str, Path]], folder: Path) -> None:
    if not jobs:
        return
    rows = [f"({FESTIVAL_VOICE})"]
    for text, path in jobs:
        plain = text.replace("«", "").replace("»", "").replace("…", ".").replace("\\", "").replace('"', "")
        rows.append(f'(utt.save.wave (utt.synth (Utterance Text "{plain}")) "{path}" \'riff)')
    script = folder / "say.scm"
    script.write_text("\n".join(rows) + "\n", encoding="utf-8")
    subprocess.run(["festival", "-b", str(script)], check=True, capture_output=True)


def _shaped(path: Path, voice: Voice) -> np.ndarray:
    samples, rate = soundfile.read(path, dtype="float64")
    samples = resampled(trimmed(samples), len(trimmed(samples)) * RATE / (rate * voice.shift))
    samples = faster(samples, voice.tempo)
    loud = samples[np.abs(samples) > 0.02 * np.abs(samples).max()]
    return samples * (10 ** (voice.level_db / 20) / np.sqrt(np.mean(loud**2)))


def trimmed(samples: np.ndarray, floor: float = 0.01) -> np.ndarray:
    """Without the silence that the programs put before and after a phrase (30 ms stay)."""
    heard = np.flatnonzero(np.abs(samples) > floor * np.abs(samples).max())
    return samples[max(0, heard[0] - 400) : heard[-1] + 400]


def resampled(samples: np.ndarray, length: float) -> np.ndarray:
    """Band-limited resampling to ``length`` samples through the spectrum."""
    target = round(length)
    spectrum = np.fft.rfft(samples)
    bins = target // 2 + 1
    out = np.zeros(bins, complex)
    kept = min(bins, len(spectrum))
    out[:kept] = spectrum[:kept]
    return np.fft.irfft(out, target) * (target / len(samples))


def faster(samples: np.ndarray, tempo: float) -> np.ndarray:
    """Another pace at the same pitch: overlap-add of 40 ms grains, each placed where it fits best (WSOLA)."""
    if abs(tempo - 1) < 0.01:
        return samples
    size, search = RATE // 25, RATE // 100
    hop = size // 2
    window = np.hanning(size + 1)[:size]
    padded = np.concatenate([np.zeros(search), samples, np.zeros(size + 2 * search + hop)])
    count = int(len(samples) / (hop * tempo)) + 1
    out = np.zeros(count * hop + size)
    expected = padded[search : search + size]
    for index in range(count):
        start = min(int(index * hop * tempo), len(samples))
        area = padded[start : start + size + 2 * search]
        shift = int(np.argmax(np.correlate(area, expected, "valid")))
        grain = area[shift : shift + size]
        out[index * hop : index * hop + size] += grain * window
        expected = padded[start + shift + hop : start + shift + hop + size]
        if len(expected) < size:
            break
    return out[: int(len(samples) / tempo)]
