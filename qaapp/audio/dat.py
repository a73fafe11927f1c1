"""The ``.dat`` waveform file of BBC audiowaveform, versions 1 (one channel) and 2, 8 and 16 bits, all little-endian.

int32 version · uint32 flags (bit 0: 8-bit) · int32 sample rate · int32 samples per pair · uint32 pairs per channel ·
[version 2: int32 channels] · then for every pair, for every channel: minimum, maximum.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from qaapp.audio.pcm import Samples


@dataclass(frozen=True)
class Dat:
    """``low`` and ``high`` are int16 ``(channels, pairs)`` whatever the file's width."""

    sample_rate: int
    samples_per_pair: int
    low: Samples
    high: Samples


def dat_bytes(data: Dat, bits: int = 16) -> bytes:
    """The file's bytes as audiowaveform writes them: version 1 for one channel, else 2; 8 bits truncate toward zero."""
    channels, length = data.low.shape
    version = 1 if channels == 1 else 2
    head = struct.pack(
        "<iIiiI", version, 1 if bits == 8 else 0, data.sample_rate, data.samples_per_pair, length
    )
    if version == 2:
        head += struct.pack("<i", channels)
    body = np.empty((length, channels, 2), "<i2")
    body[:, :, 0], body[:, :, 1] = data.low.T, data.high.T
    if bits == 8:
        return head + np.trunc(body / 256).astype(np.int8).tobytes()
    return head + body.tobytes()


def parse_dat(content: bytes) -> Dat:
    """Read a file of any of the four kinds. Raises ``ValueError`` where it is not one or is cut."""
    if len(content) < 20:
        raise ValueError("too short for a waveform file")
    version, flags, sample_rate, per_pair, length = struct.unpack_from("<iIiiI", content)
    channels, at = 1, 20
    if version == 2 and len(content) >= 24:
        channels, at = struct.unpack_from("<i", content, 20)[0], 24
    if version not in (1, 2) or not 1 <= channels <= 64 or sample_rate <= 0 or per_pair <= 0 or length == 0:
        raise ValueError("not a waveform file")
    narrow = bool(flags & 1)
    need = length * channels * 2
    if len(content) < at + need * (1 if narrow else 2):
        raise ValueError("the waveform file is cut")
    values = np.frombuffer(content, np.int8 if narrow else "<i2", need, at).reshape(length, channels, 2)
    scale = np.int16(256 if narrow else 1)
    low = np.ascontiguousarray(values[:, :, 0].T).astype(np.int16) * scale
    high = np.ascontiguousarray(values[:, :, 1].T).astype(np.int16) * scale
    return Dat(sample_rate, per_pair, low, high)
