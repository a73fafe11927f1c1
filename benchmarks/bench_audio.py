"""A call opened, heard and summed up: first paint, key to sound, the whole of an hour beside decoding alone.

Decoding is set beside the libraries that do nothing else: soundfile reading a file to its end, and FFmpeg (by PyAV, as
its own program is not always there) decoding every packet into nothing.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

from qaapp.audio.call_audio import AudioFile, CallAudio, cached_peaks, load_call_audio
from qaapp.audio.decoding import decode
from qaapp.audio.peaks import build_peaks
from qaapp.player.feeding import Feed, plan_frames
from qaapp.player.null_sink import NullSink
from qaapp.player.ranges import Plan
from qaapp.player.renderer import Renderer
from qaapp.words import Lane

Result = tuple[str, str, str, float, str]
RATE = 8000


def run() -> list[Result]:
    """Rows (what, measured, reference, ratio, goal)."""
    quick = bool(os.environ.get("QAAPP_BENCH_QUICK"))
    minutes, hour = (2, 6) if quick else (10, 60)
    rows: list[Result] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for suffix in ("wav", "mp3"):
            path = _conversation(folder / f"call.{suffix}", minutes * 60)
            rows += _opening(path, folder / f"cache-{suffix}", minutes)
        for suffix in ("wav", "mp3"):
            path = _conversation(folder / f"hour.{suffix}", hour * 60)
            rows.append(_everything(path, hour))
            rows += _decoding(path, hour)
        rows += _rendering()
        rows += _keys(load_call_audio([AudioFile(folder / "call.wav")], None, with_speech=False))
    return rows


def _conversation(path: Path, seconds: int) -> Path:
    """Two sides that take turns, 8 kHz stereo: shaped noise, loud while a side speaks."""
    rng = np.random.default_rng(1)
    with soundfile.SoundFile(path, "w", RATE, 2) as file:
        for second in range(seconds):
            block = rng.normal(0, 30, (RATE, 2))
            block[:, (second // 6) % 2] += np.convolve(rng.normal(0, 2500, RATE), [0.5, 0.9, 0.5], "same")
            file.write(block.clip(-32000, 32000).astype(np.int16))
    return path


def _best(job: Callable[[], object], times: int = 3) -> float:
    found = []
    for _ in range(times):
        started = time.perf_counter()
        job()
        found.append(time.perf_counter() - started)
    return min(found)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def _opening(path: Path, cache: Path, minutes: int) -> list[Result]:
    """What has to happen before the waveform can be painted: its peaks."""
    files = [AudioFile(path)]
    alone = _best(lambda: decode(path))
    looks: list[float] = []
    started = time.perf_counter()
    load_call_audio(
        files, cache, with_speech=False, duration_ms=minutes * 60_000,
        on_look=lambda _peaks, _lanes: looks.append(time.perf_counter() - started),
    )  # fmt: skip
    cold = time.perf_counter() - started
    cached = _best(lambda: cached_peaks(files, cache))
    kind = path.suffix[1:]
    what = f"peaks of a {minutes}-minute stereo call, {kind}"
    return [
        (
            f"{what}, cold, what fills first",
            _ms(looks[0]),
            f"all of it {_ms(cold)}",
            looks[0] / cold,
            "≤ 50 ms",
        ),
        (f"{what}, cold", _ms(cold), f"decoding alone {_ms(alone)}", cold / alone, "≤ 0.5 s"),
        (f"{what}, cached", _ms(cached), f"cold {_ms(cold)}", cached / cold, "≤ 50 ms"),
    ]


def _everything(path: Path, minutes: int) -> Result:
    alone = _best(lambda: decode(path), 2)
    whole = _best(lambda: load_call_audio([AudioFile(path)], None), 2)
    return (
        f"decode + peaks + speech map of {minutes} min, {path.suffix[1:]}",
        f"{whole:.2f} s",
        f"decoding alone {alone:.2f} s",
        whole / alone,
        "≤ 2",
    )


def _decoding(path: Path, minutes: int) -> list[Result]:
    """Our decoding, and the picture of 64 samples a pixel with it, beside the bare libraries."""
    kind, rows = path.suffix[1:], []
    pcm = decode(path)
    mine = _best(lambda: decode(path), 2)
    peaks = mine + _best(lambda: build_peaks(pcm.samples, pcm.sample_rate), 2)
    bare = {"FFmpeg into nothing": _best(lambda: _null_decode(path), 2)}
    if kind == "wav":
        bare["soundfile"] = _best(lambda: soundfile.read(path, dtype="int16"), 2)
    for name, taken in bare.items():
        beside = f"{name} {taken:.2f} s"
        rows += [
            (f"decode {minutes} min, {kind}", f"{mine:.2f} s", beside, mine / taken, "–"),
            (f"decode + peaks of {minutes} min, {kind}", f"{peaks:.2f} s", beside, peaks / taken, "–"),
        ]
    return rows


def _null_decode(path: Path) -> None:
    import av

    with av.open(str(path)) as container:
        for _frame in container.decode(audio=0):
            pass


def _rendering() -> list[Result]:
    """A minute of both sides made ready for the device."""
    rows = []
    for rate in (RATE, 44_100):
        samples = np.random.default_rng(2).integers(-9000, 9000, (2, 60 * rate)).astype(np.int16)
        plain = 0.0
        for speed in (1.0, 1.5, 3.0, 0.5):
            taken = _best(lambda: _render(samples, rate, speed), 2)  # noqa: B023 - used at once
            plain = plain or taken
            what = f"render 60 s of two sides, {rate / 1000:g} kHz, {speed:g}×"
            pace = 60 / speed / taken
            rows.append(
                (what, f"{_ms(taken)}, {pace:.0f} × real time", f"1× {_ms(plain)}", taken / plain, "–")
            )
    return rows


def _render(samples: np.ndarray, rate: int, speed: float) -> None:
    renderer = Renderer(samples, rate, Plan(0, samples.shape[1]), speed, (1.0, 1.0))
    while not renderer.is_finished:
        renderer.take(rate // 5)


def _keys(audio: CallAudio) -> list[Result]:
    """From a key to new samples in the buffer that the device pulls (its own 100 ms come on top)."""
    rows = []
    for rate, label in ((RATE, "8 kHz"), (44100, "44.1 kHz")):
        samples = audio.samples if rate == RATE else np.repeat(audio.samples, 5, axis=1)[:, : 44100 * 120]
        at_rate = CallAudio(
            np.ascontiguousarray(samples), rate, (Lane.MANAGER, Lane.CUSTOMER), build_peaks(samples, rate)
        )
        plain = 0.0
        for speed in (1.0, 1.5, 0.5):
            taken = _best(lambda: _start(at_rate, speed), 5)  # noqa: B023 - used at once
            plain = plain or taken
            what = f"key to new samples, {label}, {speed:g}×"
            rows.append(
                (what, _ms(taken), f"1× {_ms(plain)}; device buffer 100 ms", taken / plain, "≤ 50 ms")
            )
    return rows


def _start(audio: CallAudio, speed: float) -> None:
    sink = NullSink()
    plan = Plan(audio.sample_rate * 7, audio.frames)
    total, whole = plan_frames(plan, speed, audio.sample_rate, audio.sample_rate)
    renderer = Renderer(audio.samples, audio.sample_rate, plan, speed, (1.0, 1.0))
    feed = Feed(renderer, audio.sample_rate, audio.sample_rate, total, whole)
    feed.first(sink.open(audio.sample_rate, total), speed)
    sink.play()
