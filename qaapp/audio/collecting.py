"""Blocks of sound gathered into one planar array, in memory or, when it gets big, in a memory-mapped file."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from qaapp.audio.pcm import Samples
from qaapp.errors import AudioError
from qaapp.i18n import N_

SPILL_BYTES = 384 << 20  # above this the sound goes to disk: about 3.3 h of stereo at 8 kHz, 33 min at 48 kHz
MAX_BYTES = 4 << 30
FIRST_BYTES = 64 << 20  # a header may lie about the length; no more than this is taken on its word


def collect(
    blocks: Iterator[Samples],
    channels: int,
    expected: int | None,
    limit: int,
    too_long: AudioError,
    spill: Path | None,
) -> Samples:
    """All ``blocks`` side by side. Raises ``too_long`` past ``limit`` frames; ``disk`` errors as ``AudioError``."""
    cap = FIRST_BYTES // (2 * channels)
    room = max(1, min(cap, limit, expected if expected else 1 << 18))
    held = np.empty((channels, room), np.int16)
    count = 0
    for block in blocks:
        after = count + block.shape[1]
        if after > limit or after * channels * 2 > MAX_BYTES:
            raise too_long
        if after * channels * 2 > SPILL_BYTES and spill is not None:
            return _to_file(held[:, :count], block, blocks, limit, too_long, spill)
        if after > room:
            room = max(after, min(2 * room, limit))
            if expected is not None and after <= expected <= 2 * room:
                room = expected
            grown = np.empty((channels, room), np.int16)
            grown[:, :count] = held[:, :count]
            held = grown
        held[:, count:after] = block
        count = after
    return held if count == room else np.ascontiguousarray(held[:, :count])


def _to_file(
    held: Samples, block: Samples, blocks: Iterator[Samples], limit: int, too_long: AudioError, spill: Path
) -> Samples:
    """Write interleaved as it comes, then turn it planar in strips: memory stays flat whatever the length."""
    channels = held.shape[0]
    rough = spill.with_name(f"{spill.name}.{os.getpid()}.rough")
    made = spill.with_name(f"{spill.name}.{os.getpid()}.part")
    try:
        spill.parent.mkdir(parents=True, exist_ok=True)
        with open(rough, "wb") as stream:
            count = held.shape[1]
            for start in range(0, count, 1 << 20):
                stream.write(np.ascontiguousarray(held[:, start : start + (1 << 20)].T).tobytes())
            for part in itertools.chain((block,), blocks):
                count += part.shape[1]
                if count > limit or count * channels * 2 > MAX_BYTES:
                    raise too_long
                stream.write(np.ascontiguousarray(part.T).tobytes())
        rows = np.memmap(rough, np.int16, "r", shape=(count, channels))
        target = np.lib.format.open_memmap(made, "w+", np.int16, (channels, count))
        for start in range(0, count, 1 << 20):
            target[:, start : start + (1 << 20)] = rows[start : start + (1 << 20)].T
        target.flush()
        del rows, target
        os.replace(made, spill)
        return open_spilled(spill)
    except OSError as error:
        raise AudioError(
            N_("There is no room in {folder} for a long recording: {reason}."),
            hint=N_("Free some disk space and open it again."),
            kind="damaged",
            folder=spill.parent,
            reason=error.strerror or error,
        ) from error
    finally:
        for leftover in (rough, made):
            with contextlib.suppress(OSError):
                leftover.unlink(missing_ok=True)


def open_spilled(path: Path) -> Samples:
    """The planar sound kept in ``path``, read-only and memory-mapped. Raises ``OSError`` or ``ValueError``."""
    found: Samples = np.load(path, mmap_mode="r", allow_pickle=False)
    if found.dtype != np.int16 or found.ndim != 2:
        raise ValueError("not sound")
    return found
