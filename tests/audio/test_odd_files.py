"""A hundred odd files: formats × rates × channels × damage. Each opens or is refused by a sentence; none hangs, none
crashes, none takes more memory than there is.

They are opened in a process of its own under a limit of memory, so that a crash or a runaway of a library fails this test
and not the suite.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

HERE = Path(__file__).parent
MEGABYTES = 3000  # of address space, which the libraries alone take a third of
PATIENCE_S = 240
rng = np.random.default_rng(12)


def noise(frames: int, channels: int) -> np.ndarray:
    return rng.normal(0, 0.1, (frames, channels)).clip(-1, 1)


def mp3(path: Path, rate: int, channels: int) -> None:
    import av

    layout = "mono" if channels == 1 else "stereo"
    with av.open(str(path), "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=rate, layout=layout)
        samples = (noise(rate, channels) * 9000).astype(np.int16)
        resampler = av.AudioResampler(format=stream.codec_context.format.name, layout=layout, rate=rate)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples.reshape(1, -1)), format="s16", layout=layout
        )
        frame.sample_rate = rate
        fifo = av.AudioFifo()
        for part in resampler.resample(frame):
            part.pts = None
            fifo.write(part)
        while (part := fifo.read(1152)) or (part := fifo.read(0, partial=True)):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))


def written(folder: Path) -> list[Path]:
    """Good files of the usual formats, one a rate and number of channels."""
    made = []
    for rate in (8000, 11_025, 16_000, 44_100, 48_000, 96_000):
        for channels in (1, 2):
            made.append(folder / f"good-{rate}-{channels}.wav")
            soundfile.write(made[-1], noise(rate // 2, channels), rate)
    for name, rate, channels, how in (
        ("a.flac", 44_100, 2, {}), ("a.ogg", 44_100, 2, {}), ("opus.ogg", 48_000, 1, {"subtype": "OPUS"}),
        ("float.wav", 8000, 2, {"subtype": "FLOAT"}), ("double.wav", 8000, 1, {"subtype": "DOUBLE"}),
        ("u8.wav", 8000, 1, {"subtype": "PCM_U8"}), ("s24.wav", 16_000, 2, {"subtype": "PCM_24"}),
        ("alaw.wav", 8000, 1, {"subtype": "ALAW"}), ("ulaw.wav", 8000, 2, {"subtype": "ULAW"}),
        ("gsm.wav", 8000, 1, {"subtype": "GSM610"}), ("ima.wav", 8000, 1, {"subtype": "IMA_ADPCM"}),
        ("six.wav", 8000, 6, {}), ("sixteen.wav", 8000, 16, {}), ("a.aiff", 22_050, 2, {}), ("a.au", 8000, 1, {}),
        ("a.w64", 8000, 2, {}), ("a.caf", 16_000, 1, {}),
    ):  # fmt: skip
        made.append(folder / f"good-{name}")
        soundfile.write(made[-1], noise(rate // 2, channels), rate, **how)
    for rate, channels in ((8000, 1), (16_000, 2), (44_100, 2)):
        made.append(folder / f"good-{rate}-{channels}.mp3")
        mp3(made[-1], rate, channels)
    return made


def flipped(data: bytes) -> bytes:
    spoilt = bytearray(data)
    for at in rng.integers(0, len(data), max(3, len(data) // 200)):
        spoilt[at] ^= 1 << int(rng.integers(0, 8))
    return bytes(spoilt)


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "head-only": lambda data: data[:60],
    "half": lambda data: data[: len(data) // 2],
    "flipped": flipped,
    "hole": lambda data: data[: len(data) // 3] + bytes(len(data) // 3) + data[2 * (len(data) // 3) :],
    "junk-before": lambda data: bytes(rng.integers(0, 256, 777, np.uint8)) + data,
}


def wav_head(
    rate: int = 8000, channels: int = 1, size: int = 1000, *, said: int | None = None, align: int = 2
) -> bytes:
    said = size if said is None else said
    return (
        b"RIFF" + struct.pack("<I", min(36 + said, 0xFFFFFFFF)) + b"WAVEfmt "
        + struct.pack("<IHHIIHH", 16, 1, channels, rate, rate * align & 0xFFFFFFFF, align, 16)
        + b"data" + struct.pack("<I", said) + bytes(size)
    )  # fmt: skip


STRANGE: dict[str, bytes] = {
    "empty.wav": b"", "empty.mp3": b"", "one-byte.mp3": b"\xff", "text.mp3": b"This is no sound.\n" * 50,
    "page.wav": b"<html><body>Log in</body></html>", "json.ogg": b'{"error": "no right"}', "zeros.mp3": bytes(50_000),
    "hours.wav": wav_head(said=0xFFFFFFF0), "slow.wav": wav_head(rate=1), "quick.wav": wav_head(rate=384_000),
    "mad.wav": wav_head(rate=0xFFFFFFF0), "hundred.wav": wav_head(channels=100, align=200),
    "none.wav": wav_head(channels=0, align=0), "many.wav": wav_head(channels=65_535, align=2),
    "big-chunk.wav": b"RIFF\xff\xff\xff\xffWAVEfmt \xf0\xff\xff\xff" + bytes(100),
    "ogg-head.ogg": b"OggS" + bytes(200), "flac-head.flac": b"fLaC" + bytes([0x80, 0xFF, 0xFF, 0xFF]) + bytes(100),
    "id3-bomb.mp3": b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + bytes(300), "webm-head.webm": b"\x1aE\xdf\xa3" + bytes(500),
    "mp4-head.m4a": b"\x00\x00\x00\x18ftypM4A " + bytes(64) + b"\xff\xff\xff\xffmoov", "amr-head.amr": b"#!AMR\n",
    "playlist.m3u8": b"#EXTM3U\nhttp://127.0.0.1/x.mp3\n", "odd.alaw": b"\x55" * 3, "odd.sln16": b"\x01",
    "sync-storm.mp3": b"\xff\xfb\x90\x64" * 20_000, "junk.wma": bytes(rng.integers(0, 256, 30_000, np.uint8)),
}  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="the limit of memory is POSIX")
def test_odd_files_open_or_are_refused_by_a_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    good = written(folder)
    for path in good[:: max(1, len(good) // 10)]:
        data = path.read_bytes()
        for name, damage in DAMAGE.items():
            (folder / f"{name}-{path.name}").write_bytes(damage(data))
    for name, data in STRANGE.items():
        (folder / name).write_bytes(data)
    (folder / "folder.wav").mkdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe.wav")
    done = subprocess.run(
        [sys.executable, str(HERE / "odd_files.py"), str(folder), str(MEGABYTES)],
        capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        env={**os.environ, "PYTHONPATH": str(HERE.parents[1])},
    )  # fmt: skip
    told = {line["name"]: line for line in map(json.loads, done.stdout.splitlines())}
    last = sorted(path.name for path in folder.iterdir())
    assert done.returncode == 0, (last[len(told)], done.stderr[-2000:])
    assert set(told) == set(last)
    assert len(told) >= 100
    for name, line in told.items():
        if "frames" in line:
            assert line["frames"] == line["probed"] or not name.startswith("good-"), name
            assert line["channels"] <= 16, name
        else:
            assert line["sentence"].endswith("."), name
            assert "Traceback" not in line["sentence"], name
    assert [path.name for path in good if "frames" not in told[path.name]] == []
    for name in ("empty.wav", "text.mp3", "page.wav", "json.ogg", "playlist.m3u8", "folder.wav", "pipe.wav"):
        if name in told:
            assert "sentence" in told[name], name
