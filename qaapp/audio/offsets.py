"""By how much the two files of one call are apart, told from their sound. A proposal for a person, never applied unasked.

* *Echo.* Where one side leaks into the other's file the same sound is in both: their whitened cross-correlation has one
  sharp peak (GCC-PHAT: Knapp, Carter 1976). Exact but for the delay of the echo itself.
* *Turns.* People take turns: one speaks while the other is silent. At the right offset the two patterns of speech are as
  contrary as they can be, so the correlation of speaking (phi coefficient, over what both files cover) has a deep minimum.
  Exact to some tenths of a second; only a minimum that stands out from all other offsets counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from qaapp.audio.detecting import Segment, find_speech
from qaapp.audio.nonspeech import without_line_sounds
from qaapp.audio.pcm import Floats, Samples, resample

Pattern = npt.NDArray[np.bool_]
Wide = npt.NDArray[np.float64]

MOST_S = 60.0  # as far as the setting goes
LOOK_S, ECHO_LOOK_S = 600.0, 300.0  # of each file; an echo is there from the beginning
RATE = 8000
STEP_MS = 20
LEAST_SPEECH_S = 30.0  # of each side, to speak of turns
LEAST_TURNS = 10
ECHO_SURE, ECHO_LIKELY = 20.0, 9.0  # peak over the spread of all other offsets
ECHO_APART = 1.5  # and over the second highest peak
TURNS_SURE, TURNS_LIKELY = 0.20, 0.12  # how much deeper than any minimum elsewhere
TURNS_DEEP = -0.40
NEAR_MS = 5000  # elsewhere: at least so far away


class Ground(StrEnum):
    """What the proposal rests on."""

    ECHO = "echo"
    TURNS = "turns"


@dataclass(frozen=True)
class Proposal:
    """``offset_ms``: how much later the customer's file starts than the manager's. ``is_sure``: stands out clearly."""

    offset_ms: int
    ground: Ground
    is_sure: bool


def propose_offset(manager: Samples, customer: Samples, rate: int, customer_rate: int) -> Proposal | None:
    """The offset of two one-lane files that begin at their own zero; None where their sound does not tell.

    ``manager``, ``customer``: ``(frames,)`` int16. Any thread; some tenths of a second per ten minutes.
    """
    rows = [_row(manager, rate), _row(customer, customer_rate)]
    found = _by_echo(*(row[: round(ECHO_LOOK_S * RATE)] for row in rows))
    if found is None:
        found = _by_turns(*(without_line_sounds(find_speech(row, RATE), row, RATE) for row in rows))
    return found


def _row(samples: Samples, rate: int) -> Samples:
    row: Samples = resample(samples[None, : round(LOOK_S * rate)], rate, RATE)[0]
    return row


# --- echo ----------------------------------------------------------------------------------------------------------


def echo_correlation(one: Samples, other: Samples) -> tuple[Floats, int]:
    """Whitened cross-correlation at every offset of ± 60 s, and the index of offset 0."""
    most = min(round(MOST_S * RATE), max(len(one), len(other)) - 1)
    size = 1 << (len(one) + len(other)).bit_length()
    first = np.fft.rfft(_limited(one), size)
    cross = first * np.conj(np.fft.rfft(_limited(other), size))
    cross /= np.maximum(np.abs(cross), 1e-3 * float(np.abs(cross).max()) + 1e-12)
    told = np.fft.irfft(cross, size).astype(np.float32)
    return np.concatenate([told[-most:], told[: most + 1]]), most


def _limited(samples: Samples) -> Floats:
    """Loud and quiet speech weigh alike: the leak is quiet."""
    x = samples.astype(np.float32)
    limited: Floats = np.sign(x) * np.sqrt(np.abs(x))
    limited -= limited.mean()
    return limited


def _by_echo(one: Samples, other: Samples) -> Proposal | None:
    if min(len(one), len(other)) < RATE:
        return None
    told, zero = echo_correlation(one, other)
    size = np.abs(told)
    spread = float(np.median(size)) / 0.6745 + 1e-12
    peak = int(size.argmax())
    around = size.copy()
    reach = round(0.25 * RATE)  # an echo each way lies about the same offset
    around[max(0, peak - reach) : peak + reach + 1] = 0
    height = float(size[peak]) / spread
    if height < ECHO_LIKELY or float(size[peak]) < ECHO_APART * float(around.max()):
        return None
    return Proposal(round((peak - zero) * 1000 / RATE), Ground.ECHO, height >= ECHO_SURE)


# --- turns ---------------------------------------------------------------------------------------------------------


def contrariness(one: Pattern, other: Pattern) -> tuple[Wide, int]:
    """Phi coefficient of two patterns of speaking at every offset of ± 60 s, and the index of offset 0.

    Weighed by the root of what both cover, as a chance value of the coefficient shrinks with it: of a short common stretch a
    deep minimum says little. Where less than half of the shorter pattern is covered it is 0.
    """
    most = round(MOST_S * 1000 / STEP_MS)
    size = 1 << (len(one) + len(other)).bit_length()

    def cross(a: Wide, b: Wide) -> Wide:
        told = np.fft.irfft(np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size)), size)
        counted: Wide = np.rint(np.concatenate([told[-most:], told[: most + 1]]))
        return counted

    a, b = one.astype(np.float64), other.astype(np.float64)
    count = cross(np.ones_like(a), np.ones_like(b))
    in_a, in_b, in_both = cross(a, np.ones_like(b)), cross(np.ones_like(a), b), cross(a, b)
    spread = np.sqrt(np.maximum(in_a * (count - in_a) * in_b * (count - in_b), 0))
    phi = np.where(spread > 0, (count * in_both - in_a * in_b) / np.maximum(spread, 1), 0.0)
    phi *= np.sqrt(count / max(float(count.max()), 1.0))
    phi[count < min(len(a), len(b)) / 2] = 0
    return phi, most


def pattern(parts: tuple[Segment, ...]) -> Pattern:
    """Speaking or not in steps of 20 ms, to the end of the last word."""
    end = parts[-1].end_ms // STEP_MS + 1 if parts else 0
    made = np.zeros(end, bool)
    for part in parts:
        made[part.start_ms // STEP_MS : part.end_ms // STEP_MS] = True
    return made


def _by_turns(manager: tuple[Segment, ...], customer: tuple[Segment, ...]) -> Proposal | None:
    for parts in (manager, customer):
        if sum(part.length_ms for part in parts) < LEAST_SPEECH_S * 1000 or len(parts) < LEAST_TURNS:
            return None
    phi, zero = contrariness(pattern(manager), pattern(customer))
    best = int(phi.argmin())
    near = NEAR_MS // STEP_MS
    second = phi.copy()
    second[max(0, best - near) : best + near + 1] = 0
    lead = float(second.min() - phi[best])
    if float(phi[best]) > TURNS_DEEP or lead < TURNS_LIKELY:
        return None
    return Proposal((best - zero) * STEP_MS, Ground.TURNS, lead >= TURNS_SURE)
