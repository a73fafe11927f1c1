"""A call as sound: its files joined into lanes, with waveform and speech map. No Qt, no database.

Two files that are sides become two lanes, the shorter padded at the end; a stereo file becomes two lanes; mono and dual
mono (both channels the same) become one lane with both voices. Recordings that follow one another (parts of a call) are
laid end to end. Original files are only read.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from qaapp.audio.collecting import SPILL_BYTES, open_spilled
from qaapp.audio.dat import parse_dat
from qaapp.audio.decoding import OnBlock, decode
from qaapp.audio.detecting import Segment, find_speech
from qaapp.audio.growing import SIDES, Growing, Told
from qaapp.audio.levelling import levelled
from qaapp.audio.pcm import Pcm, Samples, frames_to_ms, ms_to_frame, resample
from qaapp.audio.peaks import Peaks, build_peaks, from_dat, load_peaks, save_peaks
from qaapp.audio.speech import DEFAULT, SpeechMap, Thresholds, analyse, pauses
from qaapp.errors import AudioError
from qaapp.i18n import N_
from qaapp.words import Lane

WHOLE_HASH_BYTES = 8 << 20
FOREIGN_BYTES = 64 << 20  # of a waveform file that somebody else wrote
log = logging.getLogger(__name__)
_SPILL_SUFFIX = ".npy"


@dataclass(frozen=True)
class AudioFile:
    """One recording of a call. ``lane``: the file is this side only; ``offset_ms``: it starts that much later."""

    path: Path
    lane: Lane | None = None
    manager_channel: int | None = None
    offset_ms: int = 0


@dataclass(frozen=True)
class CallAudio:
    """``samples[lane, frame]`` int16 in the order of ``lanes``; ``pauses``: nobody speaks for ≥ 0.5 s."""

    samples: Samples
    sample_rate: int
    lanes: tuple[Lane, ...]
    peaks: Peaks
    speech: SpeechMap | None = None
    pauses: tuple[Segment, ...] = ()
    is_cut: bool = False
    levels_db: tuple[
        float, ...
    ] = ()  # the gain of each lane that makes both equally loud (``audio.levelling``)

    @property
    def frames(self) -> int:
        return int(self.samples.shape[1])

    @property
    def duration_ms(self) -> int:
        return frames_to_ms(self.frames, self.sample_rate)

    def swapped(self) -> CallAudio:
        """The manager's and the customer's side exchanged; one lane stays as it is."""
        if len(self.lanes) != 2:
            return self
        speech = None if self.speech is None else self.speech.swapped()
        return replace(
            self,
            samples=self.samples[::-1],
            peaks=self.peaks.swapped(),
            speech=speech,
            levels_db=self.levels_db[::-1],
        )


def load_call_audio(
    files: Sequence[AudioFile],
    cache: Path | None,
    *,
    with_speech: bool = True,
    thresholds: Thresholds = DEFAULT,
    on_look: Told | None = None,
    duration_ms: int = 0,
) -> CallAudio:
    """Decode and join the files of a call. ``cache`` is a folder that may vanish at any time. Any thread.

    ``on_look`` is told the waveform of what is decoded so far, in this thread, ``duration_ms`` wide (``growing``); parts of
    a call that follow one another tell nothing.
    Raises ``AudioError`` of the first file that cannot be read, kind ``missing`` where there is none.
    """
    if not files:
        raise AudioError(N_("This call has no recording."), kind="missing")
    samples, sample_rate, lanes, is_cut = _join(files, cache, on_look, duration_ms)
    if not with_speech:
        return CallAudio(
            samples, sample_rate, lanes, _peaks(files, samples, sample_rate, cache), is_cut=is_cut
        )
    with ThreadPoolExecutor(
        1
    ) as pool:  # numpy lets go of the interpreter, so both halves of the work run at once
        told = pool.submit(_speech, samples, sample_rate, lanes, thresholds)
        peaks = _peaks(files, samples, sample_rate, cache)
        speech, quiet, levels = told.result()
    return CallAudio(samples, sample_rate, lanes, peaks, speech, quiet, is_cut, levels)


def cached_peaks(files: Sequence[AudioFile], cache: Path | None, duration_ms: int = 0) -> Peaks | None:
    """The waveform for the first paint, while the sound is still being decoded: of a call seen before, or the one that
    lies beside the recording as audiowaveform writes it (``call.dat`` or ``call.wav.dat``) and is as long."""
    if not files:
        return None
    with contextlib.suppress(OSError):
        found = load_peaks(_peaks_path(files, cache)) if cache is not None else None
        return found or _foreign_peaks(files, duration_ms)
    return None


def _foreign_peaks(files: Sequence[AudioFile], duration_ms: int) -> Peaks | None:
    if len(files) > 1 or files[0].lane is not None:
        return None
    path = files[0].path
    for beside in (path.with_suffix(".dat"), path.with_name(path.name + ".dat")):
        try:
            if beside == path or beside.stat().st_size > FOREIGN_BYTES:
                continue
            data = parse_dat(beside.read_bytes())
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            log.info("%s is no waveform of the recording beside it: %s", beside, error)
            continue
        peaks = from_dat(data)
        if peaks.lanes > 2 or abs(peaks.duration_ms - duration_ms) > max(1000, duration_ms / 50):
            log.info("%s is no waveform of the recording beside it: another length", beside)
            continue
        return peaks.swapped() if peaks.lanes == 2 and files[0].manager_channel == 1 else peaks
    return None


def forget(files: Sequence[AudioFile], cache: Path) -> None:
    """Drop what the cache holds of these files."""
    with contextlib.suppress(OSError):
        path = _peaks_path(files, cache)
        path.unlink(missing_ok=True)
        path.with_suffix(".rms").unlink(missing_ok=True)


def content_key(path: Path) -> str:
    """A name for the content of ``path``: its whole hash, or for more than 8 MB of 16 pieces, the size and the time."""
    found = path.stat()
    digest = hashlib.blake2b(str(found.st_size).encode(), digest_size=16)
    with open(path, "rb") as stream:
        if found.st_size <= WHOLE_HASH_BYTES:
            digest.update(stream.read())
        else:
            digest.update(str(found.st_mtime_ns).encode())
            for piece in range(16):
                stream.seek(piece * (found.st_size - 65536) // 15)
                digest.update(stream.read(65536))
    return digest.hexdigest()


def _speech(
    samples: Samples, sample_rate: int, lanes: tuple[Lane, ...], thresholds: Thresholds
) -> tuple[SpeechMap | None, tuple[Segment, ...], tuple[float, ...]]:
    speech = analyse(samples, sample_rate, lanes, thresholds)
    if speech is not None:
        spoken = [speech.manager if lane is Lane.MANAGER else speech.customer for lane in lanes]
    else:
        spoken = [find_speech(row, sample_rate) for row in samples]
    return speech, pauses(samples, sample_rate, speech), levelled(samples, sample_rate, spoken)


def _peaks_path(files: Sequence[AudioFile], cache: Path) -> Path:
    parts = [
        f"{content_key(file.path)}|{file.lane}|{file.manager_channel or 0}|{file.offset_ms}" for file in files
    ]
    name = hashlib.blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()
    return cache / "peaks" / f"{name}.dat"


def _peaks(files: Sequence[AudioFile], samples: Samples, sample_rate: int, cache: Path | None) -> Peaks:
    if cache is None:
        return build_peaks(samples, sample_rate)
    try:
        path = _peaks_path(files, cache)
    except OSError:
        return build_peaks(samples, sample_rate)
    found = load_peaks(path)
    if found is not None and (found.frames, found.sample_rate, found.lanes) == (
        samples.shape[1],
        sample_rate,
        samples.shape[0],
    ):
        return found.with_samples(samples)
    made = build_peaks(samples, sample_rate)
    save_peaks(made, path)
    return made


# --- joining ------------------------------------------------------------------------------------------------------

_Joined = tuple[Samples, int, tuple[Lane, ...], bool]


def _join(
    files: Sequence[AudioFile], cache: Path | None, on_look: Told | None = None, duration_ms: int = 0
) -> _Joined:
    sides = {lane: next((file for file in files if file.lane == lane), None) for lane in SIDES}
    growing = None
    if on_look is not None:
        growing = Growing(on_look, duration_ms, is_swapped=len(files) == 1 and files[0].manager_channel == 1)
    if all(sides.values()):
        return _join_sides([file for file in sides.values() if file is not None], cache, growing)
    if len(files) == 1:
        return _one(files[0], cache, None if growing is None else growing.whole)
    return _join_parts([_one(file, cache) for file in files])


def _one(file: AudioFile, cache: Path | None, on_block: OnBlock | None = None) -> _Joined:
    pcm = _decode(file.path, cache, None if file.lane in SIDES else on_block)
    if file.lane in SIDES:
        return _mixed(pcm.samples), pcm.sample_rate, (Lane(file.lane),), pcm.is_cut
    if pcm.samples.shape[0] > 2:
        pcm = replace(pcm, samples=_sounding(pcm.samples))
    if pcm.samples.shape[0] == 2 and not same_sound(pcm.samples[0], pcm.samples[1]):
        rows = pcm.samples[::-1] if file.manager_channel == 1 else pcm.samples
        return rows, pcm.sample_rate, SIDES, pcm.is_cut
    rows = pcm.samples[:1] if pcm.samples.shape[0] == 2 else _mixed(pcm.samples)
    return rows, pcm.sample_rate, (Lane.MIX,), pcm.is_cut


def _decode(path: Path, cache: Path | None, on_block: OnBlock | None = None) -> Pcm:
    """Decode; only sound too big for comfort is kept in the cache, and found there the next time."""
    if cache is None:
        return decode(path, on_block=on_block)
    with contextlib.suppress(OSError):
        if (
            path.stat().st_size * 16 >= SPILL_BYTES
        ):  # smaller files cannot decode to that much (24 kbit/s at 48 kHz)
            spill = cache / "pcm" / f"{content_key(path)}{_SPILL_SUFFIX}"
            for found in spill.parent.glob(f"{spill.stem}-*{_SPILL_SUFFIX}"):
                with contextlib.suppress(OSError, ValueError):
                    return Pcm(open_spilled(found), int(found.stem.rpartition("-")[2]), "pcm")
            pcm = decode(path, spill=spill, on_block=on_block)
            if isinstance(pcm.samples, np.memmap) and spill.exists():
                spill.replace(spill.with_name(f"{spill.stem}-{pcm.sample_rate}{_SPILL_SUFFIX}"))
            return pcm
    return decode(path, on_block=on_block)


def _join_sides(files: list[AudioFile], cache: Path | None, growing: Growing | None) -> _Joined:
    earliest = min(file.offset_ms for file in files)
    found = []
    for file, lane in zip(files, SIDES, strict=True):
        on_block = None if growing is None else partial(growing.side, lane, file.offset_ms - earliest)
        found.append(_decode(file.path, cache, on_block))
    rate = max(pcm.sample_rate for pcm in found)
    rows = [resample(_mixed(pcm.samples), pcm.sample_rate, rate)[0] for pcm in found]
    starts = [ms_to_frame(file.offset_ms - earliest, rate) for file in files]
    joined = np.zeros((2, max(start + len(row) for start, row in zip(starts, rows, strict=True))), np.int16)
    for index, (start, row) in enumerate(zip(starts, rows, strict=True)):
        joined[index, start : start + len(row)] = row
    return joined, rate, SIDES, any(pcm.is_cut for pcm in found)


def _join_parts(parts: list[_Joined]) -> _Joined:
    rate = max(part[1] for part in parts)
    two = all(part[2] == SIDES for part in parts)
    rows = [resample(part[0] if two else _mixed(part[0]), part[1], rate) for part in parts]
    lanes = SIDES if two else (Lane.MIX,)
    return np.concatenate(rows, axis=1), rate, lanes, any(part[3] for part in parts)


def _mixed(samples: Samples) -> Samples:
    """All channels in one row, added and held within the range (sides rarely speak at once)."""
    if samples.shape[0] == 1:
        return samples
    total = np.zeros((1, samples.shape[1]), np.int32)
    for row in samples:
        total[0] += row
    return np.clip(total, -32768, 32767).astype(np.int16)


def _sounding(samples: Samples) -> Samples:
    """The channels that carry anything, the first one where none does; copies of a channel are left out."""
    kept: list[int] = []
    for index, row in enumerate(samples):
        if row.any() and not any(same_sound(samples[other], row) for other in kept):
            kept.append(index)
    return np.ascontiguousarray(samples[kept or [0]])


def same_sound(one: Samples, other: Samples) -> bool:
    """Whether two channels are the same but for a codec's rounding: their difference lies 40 dB below their sum."""
    size = 1 << 16
    starts = range(0, len(one), size)
    if not one.any() or not other.any():
        return not one.any() and not other.any()
    # The middle first: true sides part at once there, and only copies are read to the end.
    for start in sorted(starts, key=lambda at: abs(at - len(one) // 2)):
        a, b = one[start : start + size].astype(np.float32), other[start : start + size].astype(np.float32)
        difference, total = a - b, a + b
        if float(difference @ difference) > 1e-4 * float(total @ total) + 4.0 * len(a):
            return False
    return True
