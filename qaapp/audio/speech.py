"""Who speaks when, and what the conversation was like in figures.

Only for recordings with two sides; a mono mix has no figures (``None``), never a guess. Definitions follow the vendors
where they agree and name their denominator where they do not; thresholds are constants below.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np

from qaapp.audio import detectors
from qaapp.audio.detecting import Segment, find_speech
from qaapp.audio.nonspeech import without_line_sounds
from qaapp.audio.pcm import Floats, Samples, frames_to_ms
from qaapp.settings import Rules
from qaapp.words import Lane

PAUSE_MS = 500  # mutual silence that may be skipped while listening; how much is, is a personal setting
ECHO_CORRELATION = 0.5
ECHO_LAG_S = 0.25


@dataclass(frozen=True)
class Thresholds:
    """What counts, in milliseconds; a team sets them (``settings.Rules``) and they stand beside every figure."""

    detector: str = detectors.ENERGY
    silence_ms: int = 3000
    long_silence_ms: int = 10_000
    overtalk_ms: int = 250
    long_overtalk_ms: int = 1000
    interruption_ms: int = 500  # overlap of an interruption


def thresholds_of(rules: Rules) -> Thresholds:
    """What the workspace's rules say; a detector that is not installed here gives way to our own."""
    detector = rules.speech_detector if rules.speech_detector in detectors.installed() else detectors.ENERGY
    return Thresholds(detector, rules.silence_ms, rules.long_silence_ms, rules.overtalk_ms,
                      interruption_ms=rules.interruption_ms)  # fmt: skip


DEFAULT = Thresholds()
DETECTOR = detectors.label(detectors.ENERGY)


@dataclass(frozen=True)
class Turn:
    """One side's stretch until the other side takes over; own pauses belong to it."""

    lane: Lane
    start_ms: int
    end_ms: int


@dataclass(frozen=True)
class SpeechFigures:
    """Shares are 0–1, None where nothing can be divided; times in milliseconds; T is the length of the recording.

    ``talk_share`` = manager / (manager + customer); ``talk_of_call`` = manager / T. An interruption: one side starts
    while the other has spoken ≥ 1 s, they overlap ≥ 0.5 s (a threshold), the interrupted stops within 2 s
    and the interrupter goes on for ≥ 1 s.
    A response is the median pause of 0–10 s between the other's end and this side's start.
    """

    duration_ms: int
    manager_talk_ms: int
    customer_talk_ms: int
    talk_share: float | None
    talk_of_call: float | None
    customer_of_call: float | None
    silence_ms: int
    silence_of_call: float | None
    silences: int
    long_silences: int
    longest_silence_ms: int
    overtalk_ms: int
    overtalk_of_call: float | None
    overtalks: int
    long_overtalks: int
    interruptions_by_manager: int
    interruptions_by_customer: int
    longest_manager_ms: int
    longest_customer_ms: int
    manager_response_ms: int | None
    customer_response_ms: int | None
    turns_per_minute: float | None


@dataclass(frozen=True)
class SpeechMap:
    """``detector`` says what made it (name and version), ``thresholds`` what counted."""

    detector: str
    manager: tuple[Segment, ...]
    customer: tuple[Segment, ...]
    silences: tuple[Segment, ...]
    overtalk: tuple[Segment, ...]
    turns: tuple[Turn, ...]
    figures: SpeechFigures
    thresholds: Thresholds = DEFAULT

    def swapped(self) -> SpeechMap:
        """The same call with the sides the other way round."""
        return describe(self.customer, self.manager, self.figures.duration_ms, self.detector, self.thresholds)


def analyse(
    samples: Samples, sample_rate: int, lanes: Sequence[Lane], thresholds: Thresholds = DEFAULT
) -> SpeechMap | None:
    """Speech of both sides, or None where the recording does not keep them apart.

    Tones, music on hold and the echo of the other side are not talk. Raises ``AudioError`` (``detector``).
    """
    if set(lanes) != {Lane.MANAGER, Lane.CUSTOMER} or len(lanes) != 2:
        return None
    rows = {lane: samples[index] for index, lane in enumerate(lanes)}
    manager, customer = (
        without_line_sounds(
            detectors.find(thresholds.detector, rows[lane], sample_rate), rows[lane], sample_rate
        )
        for lane in (Lane.MANAGER, Lane.CUSTOMER)
    )
    manager, customer = _without_echo(rows[Lane.MANAGER], rows[Lane.CUSTOMER], sample_rate, manager, customer)
    duration_ms = frames_to_ms(samples.shape[1], sample_rate)
    return describe(manager, customer, duration_ms, detectors.label(thresholds.detector), thresholds)


def describe(
    manager: tuple[Segment, ...], customer: tuple[Segment, ...], duration_ms: int, detector: str = DETECTOR,
    thresholds: Thresholds = DEFAULT,
) -> SpeechMap:  # fmt: skip
    """The map and the figures of given stretches (sorted, without overlap within a side)."""
    quiet = complement(union(manager, customer), duration_ms)
    silences = tuple(part for part in quiet if part.length_ms >= thresholds.silence_ms)
    overtalk = tuple(
        part for part in intersection(manager, customer) if part.length_ms >= thresholds.overtalk_ms
    )
    talk_m, talk_c = _total(manager), _total(customer)
    turns = find_turns(manager, customer)
    figures = SpeechFigures(
        duration_ms=duration_ms,
        manager_talk_ms=talk_m,
        customer_talk_ms=talk_c,
        talk_share=_share(talk_m, talk_m + talk_c),
        talk_of_call=_share(talk_m, duration_ms),
        customer_of_call=_share(talk_c, duration_ms),
        silence_ms=_total(silences),
        silence_of_call=_share(_total(silences), duration_ms),
        silences=len(silences),
        long_silences=sum(part.length_ms >= thresholds.long_silence_ms for part in silences),
        longest_silence_ms=max((part.length_ms for part in silences), default=0),
        overtalk_ms=_total(overtalk),
        overtalk_of_call=_share(_total(overtalk), duration_ms),
        overtalks=len(overtalk),
        long_overtalks=sum(part.length_ms >= thresholds.long_overtalk_ms for part in overtalk),
        interruptions_by_manager=_interruptions(manager, customer, thresholds.interruption_ms),
        interruptions_by_customer=_interruptions(customer, manager, thresholds.interruption_ms),
        longest_manager_ms=_monologue(manager, customer),
        longest_customer_ms=_monologue(customer, manager),
        manager_response_ms=_response(turns, Lane.MANAGER),
        customer_response_ms=_response(turns, Lane.CUSTOMER),
        turns_per_minute=(max(0, len(turns) - 1) * 60_000 / duration_ms) if duration_ms else None,
    )
    return SpeechMap(detector, manager, customer, silences, overtalk, turns, figures, thresholds)


def pauses(samples: Samples, sample_rate: int, speech: SpeechMap | None) -> tuple[Segment, ...]:
    """Stretches of at least 0.5 s in which nobody speaks (a mono mix is measured as one voice)."""
    duration_ms = frames_to_ms(samples.shape[1], sample_rate)
    if speech is not None:
        talking = union(speech.manager, speech.customer)
    else:
        talking = ()
        for row in samples:
            talking = union(talking, find_speech(row, sample_rate))
    return tuple(part for part in complement(talking, duration_ms) if part.length_ms >= PAUSE_MS)


# --- stretches ----------------------------------------------------------------------------------------------------


def union(one: Sequence[Segment], other: Sequence[Segment]) -> tuple[Segment, ...]:
    """Stretches in which at least one of both is."""
    out: list[Segment] = []
    for part in sorted((*one, *other), key=lambda part: part.start_ms):
        if out and part.start_ms <= out[-1].end_ms:
            out[-1] = Segment(out[-1].start_ms, max(out[-1].end_ms, part.end_ms))
        else:
            out.append(part)
    return tuple(out)


def intersection(one: Sequence[Segment], other: Sequence[Segment]) -> tuple[Segment, ...]:
    """Stretches in which both are."""
    out: list[Segment] = []
    i = j = 0
    while i < len(one) and j < len(other):
        start, end = max(one[i].start_ms, other[j].start_ms), min(one[i].end_ms, other[j].end_ms)
        if start < end:
            out.append(Segment(start, end))
        if one[i].end_ms <= other[j].end_ms:
            i += 1
        else:
            j += 1
    return tuple(out)


def complement(parts: Sequence[Segment], duration_ms: int) -> tuple[Segment, ...]:
    """What ``parts`` leave of the call."""
    out: list[Segment] = []
    at = 0
    for part in parts:
        if part.start_ms > at:
            out.append(Segment(at, part.start_ms))
        at = max(at, part.end_ms)
    if at < duration_ms:
        out.append(Segment(at, duration_ms))
    return tuple(out)


def _total(parts: Sequence[Segment]) -> int:
    return sum(part.length_ms for part in parts)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def find_turns(manager: Sequence[Segment], customer: Sequence[Segment]) -> tuple[Turn, ...]:
    """Turns in order; a stretch that lies wholly inside the other side's is a backchannel and no turn."""
    told = [(Lane.MANAGER, part) for part in manager if not _inside(part, customer)]
    told += [(Lane.CUSTOMER, part) for part in customer if not _inside(part, manager)]
    turns: list[Turn] = []
    for lane, part in sorted(told, key=lambda item: (item[1].start_ms, item[1].end_ms)):
        if turns and turns[-1].lane == lane:
            turns[-1] = Turn(lane, turns[-1].start_ms, max(turns[-1].end_ms, part.end_ms))
        else:
            turns.append(Turn(lane, part.start_ms, part.end_ms))
    return tuple(turns)


def _inside(part: Segment, others: Sequence[Segment]) -> bool:
    other = _before(others, part.start_ms)
    return other is not None and part.end_ms <= other.end_ms and other.length_ms > part.length_ms


def _before(parts: Sequence[Segment], ms: int) -> Segment | None:
    """The last of the sorted ``parts`` that begins at ``ms`` or earlier."""
    index = bisect_right(parts, ms, key=lambda part: part.start_ms)
    return parts[index - 1] if index else None


def _interruptions(by: Sequence[Segment], whom: Sequence[Segment], least_ms: int) -> int:
    """How often ``by`` breaks into a stretch of ``whom`` and takes the floor (see ``SpeechFigures``)."""
    count = 0
    for mine in by:
        other = _before(whom, mine.start_ms - 1000)
        if other is not None and mine.start_ms < other.end_ms:
            overlap = min(mine.end_ms, other.end_ms) - mine.start_ms
            gives_way = other.end_ms - mine.start_ms <= 2000
            goes_on = mine.end_ms - other.end_ms >= 1000
            count += overlap >= least_ms and gives_way and goes_on
    return count


def _monologue(mine: Sequence[Segment], other: Sequence[Segment]) -> int:
    """Longest stretch, own pauses under 2 s and the other's insertions under 1 s bridged."""
    breaks = [part for part in other if part.length_ms >= 1000]
    longest = 0
    start = end = None
    for part in mine:
        if start is None or end is None:
            start = part.start_ms
        else:
            cut = _before(breaks, part.start_ms - 1)
            if part.start_ms - end >= 2000 or (cut is not None and cut.end_ms > end):
                start = part.start_ms
        end = part.end_ms
        longest = max(longest, end - start)
    return longest


def _response(turns: Sequence[Turn], lane: Lane) -> int | None:
    gaps = [
        after.start_ms - before.end_ms
        for before, after in pairwise(turns)
        if after.lane == lane and 0 <= after.start_ms - before.end_ms <= 10_000
    ]
    return round(median(gaps)) if gaps else None


# --- echo ---------------------------------------------------------------------------------------------------------


def _without_echo(
    manager_row: Samples,
    customer_row: Samples,
    sample_rate: int,
    manager: tuple[Segment, ...],
    customer: tuple[Segment, ...],
) -> tuple[tuple[Segment, ...], tuple[Segment, ...]]:
    """Take the quieter side out of overlaps in which it only repeats the louder one (leakage of the line)."""
    for part in intersection(manager, customer):
        if part.length_ms < DEFAULT.overtalk_ms:
            continue
        start = part.start_ms * sample_rate // 1000
        stop = min(part.end_ms * sample_rate // 1000, start + 2 * sample_rate)
        one, other = manager_row[start:stop].astype(np.float32), customer_row[start:stop].astype(np.float32)
        if correlation(one, other, round(ECHO_LAG_S * sample_rate)) > ECHO_CORRELATION:
            if float(one @ one) < float(other @ other):
                manager = _without(manager, part)
            else:
                customer = _without(customer, part)
    return manager, customer


def correlation(one: Floats, other: Floats, lag: int) -> float:
    """Greatest normalised cross-correlation (0–1) of two equally long stretches at up to ``lag`` samples either way."""
    size = len(one)
    if size == 0:
        return 0.0
    one, other = one - one.mean(), other - other.mean()
    norm = float(np.sqrt((one @ one) * (other @ other)))
    if norm == 0:
        return 0.0
    length = 1 << (2 * size - 1).bit_length()
    cross = np.fft.irfft(np.fft.rfft(one, length) * np.conj(np.fft.rfft(other, length)), length)
    lag = min(lag, size - 1)
    return float(max(np.abs(cross[: lag + 1]).max(), np.abs(cross[-lag:]).max() if lag else 0.0) / norm)


def _without(parts: Sequence[Segment], cut: Segment) -> tuple[Segment, ...]:
    out: list[Segment] = []
    for part in parts:
        if part.end_ms <= cut.start_ms or part.start_ms >= cut.end_ms:
            out.append(part)
            continue
        if part.start_ms < cut.start_ms:
            out.append(Segment(part.start_ms, cut.start_ms))
        if part.end_ms > cut.end_ms:
            out.append(Segment(cut.end_ms, part.end_ms))
    return tuple(out)
