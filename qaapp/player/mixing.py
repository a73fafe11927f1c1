"""Who is heard how loud and in which ear: one matrix of gains from the lanes of a call to the channels of the device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

import numpy as np

from qaapp.audio.pcm import Floats
from qaapp.words import Lane

MAX_GAIN_DB = 18.0


class Listen(StrEnum):
    """Whose side is heard."""

    BOTH = "both"
    MANAGER = "manager"
    CUSTOMER = "customer"


def gains(lanes: Sequence[Lane], listen: Listen, decibels: Mapping[Lane, float]) -> tuple[float, ...]:
    """Linear gain of each lane; a lane that is not listened to is 0. A mono mix is always heard."""
    heard = {Listen.BOTH: set(Lane), Listen.MANAGER: {Lane.MANAGER}, Listen.CUSTOMER: {Lane.CUSTOMER}}[listen]
    factor = []
    for lane in lanes:
        db = min(MAX_GAIN_DB, max(-MAX_GAIN_DB, decibels.get(lane, 0.0)))
        factor.append(10 ** (db / 20) if lane in heard or lane == Lane.MIX else 0.0)
    return tuple(factor)


def mix_matrix(
    lanes: Sequence[Lane],
    listen: Listen,
    decibels: Mapping[Lane, float],
    levels_db: Mapping[Lane, float],
    *,
    ears: bool = False,
) -> Floats:
    """``(channels, lanes)`` of linear gains: one channel, or two with ``ears``: the manager left, the customer right.

    ``decibels`` are the listener's own, ``levels_db`` those of levelling; each is held within ±18 dB. A side heard
    alone, and a mono mix, are in both ears.
    """
    factor = np.array(gains(lanes, listen, decibels), np.float32)
    factor *= np.array(gains(lanes, Listen.BOTH, levels_db), np.float32)
    if not ears:
        return factor[None, :]
    if Listen(listen) != Listen.BOTH or set(lanes) != {Lane.MANAGER, Lane.CUSTOMER}:
        return np.stack([factor, factor])
    left = np.array([lane == Lane.MANAGER for lane in lanes], np.float32)
    return np.stack([factor * left, factor * (1 - left)])
