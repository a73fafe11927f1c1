"""How well the speech detectors do: precision and recall against labelled sound, talk share against known times.

The labelled recordings are not part of the repository (``QAAPP_REAL_SAMPLES`` names their folder, see CONTRIBUTING). Frames
of 10 ms are compared. The thresholds of ``audio.nonspeech`` were chosen on the music on hold, the key tones and the calls of
that folder; ``musanmix``, ``ami`` and ``falcon`` were not looked at while choosing, except for the music
part of ``musanmix``.
"""

from __future__ import annotations

import csv
import json
import os
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from qaapp.audio import detectors
from qaapp.audio.call_audio import AudioFile, load_call_audio
from qaapp.audio.decoding import decode
from qaapp.audio.detecting import Segment
from qaapp.audio.nonspeech import without_line_sounds
from qaapp.audio.pcm import Samples, resample
from qaapp.audio.speech import Thresholds, analyse, describe
from qaapp.words import Lane

STEP_MS = 10
SIDES = (Lane.MANAGER, Lane.CUSTOMER)
FOLDER = Path(
    os.environ.get("QAAPP_REAL_SAMPLES") or Path(__file__).resolve().parents[2] / "shared" / "samples"
)
Row = tuple[str, str, str, float, str]
Spans = Sequence[tuple[float, float]]  # seconds


@dataclass(frozen=True)
class Labelled:
    """One lane at 8 kHz with the times of its speech; ``end_s`` bounds what is compared."""

    name: str
    samples: Samples
    speech: Spans
    end_s: float


def run() -> Iterator[Row]:
    if not (FOLDER / "labels").is_dir():
        return
    labelled = list(recordings())
    for name in detectors.installed():
        for each in labelled:
            found = _found(name, each.samples)
            precision, recall = scores(found, each)
            both = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
            yield (
                f"speech found by {detectors.label(name)} in {each.name}",
                f"precision {precision:.2f}, recall {recall:.2f}", "labels by hand (F1 as ratio)", both, "–",
            )  # fmt: skip
        yield from _music(name)
        yield from _shares(name, labelled)
        yield from _real_call(name)
        yield _pace(name, labelled[0])


def recordings() -> Iterator[Labelled]:
    """Everything in the folder that has sound and hand-made times of speech."""
    labels = FOLDER / "labels"
    spans = [
        (float(words[3]), float(words[3]) + float(words[4]))
        for line in (labels / "ami_development.rttm").read_text().splitlines()
        if (words := line.split())[1] == "dev00"
    ]
    yield _labelled("ami (a meeting)", labels / "ami_dev00.wav", spans, 30.0)
    document = json.loads((labels / "falcon_test_segments.json").read_text())
    segments = document["tests"]["diarization_tests"][0]["segments"]
    spans = [(float(one["start_sec"]), float(one["end_sec"])) for one in segments]
    yield _labelled("falcon (three voices)", labels / "falcon_test.wav", spans)
    with (labels / "musanmix-smn-gender.csv").open() as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    spans = [(float(row["start"]), float(row["stop"])) for row in rows if row["labels"] in ("male", "female")]
    yield _labelled("musanmix (music, noise, a voice)", labels / "musanmix.mp3", spans)
    for name, tier in (("mary.TextGrid", "word"), ("bobby_words.TextGrid", "word")):
        path = labels / name
        yield _labelled(
            f"{path.stem} (one sentence)", labels / f"{path.stem.split('_')[0]}.wav", grid_spans(path, tier)
        )


def grid_spans(path: Path, tier: str) -> Spans:
    """Times of the labelled intervals of the tier ``tier`` of a TextGrid, long or short."""
    text = re.sub(r"(intervals|points|item) ?\[\d*\]:?", "", path.read_text(encoding="utf-8"))
    tokens = re.findall(r'"((?:[^"]|"")*)"|(-?\d+(?:\.\d+)?(?:[eE]-?\d+)?)', text)
    words = [number if number else label for label, number in tokens]
    at = words.index(tier) + 3  # behind the name stand the tier's times
    count = int(words[at])
    triples = [words[at + 1 + 3 * index : at + 4 + 3 * index] for index in range(count)]
    return [(float(start), float(end)) for start, end, label in triples if label.strip()]


def _labelled(name: str, path: Path, speech: Spans, end_s: float | None = None) -> Labelled:
    pcm = decode(path)
    samples = resample(pcm.samples[:1], pcm.sample_rate, 8000)[0]
    return Labelled(name, samples, speech, end_s or len(samples) / 8000)


def _found(name: str, samples: Samples) -> tuple[Segment, ...]:
    return without_line_sounds(detectors.find(name, samples, 8000), samples, 8000)


def flags(spans: Spans, end_s: float) -> npt.NDArray[np.bool_]:
    out = np.zeros(round(end_s * 1000 / STEP_MS), bool)
    for start, end in spans:
        out[round(start * 1000 / STEP_MS) : round(end * 1000 / STEP_MS)] = True
    return out


def scores(found: Sequence[Segment], truth: Labelled) -> tuple[float, float]:
    """Precision and recall by frames of 10 ms."""
    told = flags([(part.start_ms / 1000, part.end_ms / 1000) for part in found], truth.end_s)
    true = flags(truth.speech, truth.end_s)
    hits = int((told & true).sum())
    return hits / max(1, int(told.sum())), hits / max(1, int(true.sum()))


def _music(name: str) -> Iterator[Row]:
    for title, path in (
        ("music on hold", "single/moh_manolo_camp-morning_coffee.wav"), ("key tones", "audio-edge/DTMF_16k_mono.flac"),
    ):  # fmt: skip
        pcm = decode(FOLDER / path)
        row = pcm.samples[0]
        raw = detectors.find(name, row, pcm.sample_rate)
        kept = without_line_sounds(raw, row, pcm.sample_rate)
        total = len(row) / pcm.sample_rate
        before, after = (sum(part.length_ms for part in parts) / 1000 / total for parts in (raw, kept))
        yield (
            f"{title} taken for talk, {detectors.label(name)}", f"{after:.0%}", f"{before:.0%} without the filter",
            after / before if before else 0.0, "0",
        )  # fmt: skip


def composed(labelled: Sequence[Labelled], seed: int) -> tuple[Samples, list[list[Segment]], int]:
    """A stereo call of single voices with known times: they take turns, pause, and speak over each other at times."""
    chance = np.random.default_rng(seed)
    voices = [
        (each.samples[round(start * 8000) : round(end * 8000)], end - start)
        for each in labelled
        if "musanmix" not in each.name and "ami" not in each.name
        for start, end in (
            [(each.speech[0][0], each.speech[-1][1])] if "sentence" in each.name else each.speech
        )
    ]
    length = 180 * 8000
    lanes = chance.normal(0, 12, (2, length))
    times: list[list[Segment]] = [[], []]
    at = 1.0
    while True:
        lane = int(chance.random() < 0.45)
        voice, seconds = voices[int(chance.integers(len(voices)))]
        at += float(chance.choice([-0.4, 0.2, 0.5, 1.5, 4.0], p=[0.1, 0.3, 0.3, 0.2, 0.1]))
        at = max(at, times[lane][-1].end_ms / 1000 + 0.3 if times[lane] else 0.0)
        begin = round(at * 8000)
        if begin + len(voice) > length - 8000:
            return np.clip(np.rint(lanes), -32768, 32767).astype(np.int16), times, length // 8
        lanes[lane, begin : begin + len(voice)] += voice * (0.8 if lane else 1.0)
        times[lane].append(Segment(round(at * 1000), round((at + seconds) * 1000)))
        at += seconds


def _shares(name: str, labelled: Sequence[Labelled]) -> Iterator[Row]:
    errors = []
    for seed in range(5):
        samples, times, duration_ms = composed(labelled, seed)
        told = analyse(samples, 8000, SIDES, Thresholds(detector=name))
        true = describe(tuple(times[0]), tuple(times[1]), duration_ms)
        assert told is not None
        assert told.figures.talk_share is not None
        assert true.figures.talk_share is not None
        errors.append(abs(told.figures.talk_share - true.figures.talk_share) * 100)
    yield (
        f"talk share of 5 composed calls, {detectors.label(name)}", f"off by {np.mean(errors):.1f} points on average",
        f"known times (at most {max(errors):.1f})", float(np.mean(errors)), "–",
    )  # fmt: skip


def _real_call(name: str) -> Iterator[Row]:
    pair = [
        AudioFile(FOLDER / "calls" / "lca40_agent.wav", Lane.MANAGER),
        AudioFile(FOLDER / "calls" / "lca40_customer.wav", Lane.CUSTOMER),
    ]
    told = load_call_audio(pair, None, thresholds=Thresholds(detector=name)).speech
    middle = load_call_audio(pair, None, thresholds=Thresholds(detector=detectors.SILERO)).speech if (
        detectors.SILERO in detectors.installed()) else told  # fmt: skip
    assert told is not None
    assert middle is not None
    share, reference = told.figures.talk_share or 0.0, middle.figures.talk_share or 0.0
    yield (
        f"talk share of the two-file call lca40, {detectors.label(name)}", f"{share * 100:.1f} %",
        f"{reference * 100:.1f} % by {middle.detector} (nobody labelled it)", abs(share - reference) * 100, "–",
    )  # fmt: skip


def _pace(name: str, each: Labelled) -> Row:
    samples = np.tile(each.samples, 10)
    started = time.perf_counter()
    detectors.find(name, samples, 8000)
    took = time.perf_counter() - started
    return (
        f"pace of {detectors.label(name)}", f"{len(samples) / 8000 / took:.0f} × real time", "real time",
        len(samples) / 8000 / took, "–",
    )  # fmt: skip
