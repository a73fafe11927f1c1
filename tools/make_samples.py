"""Make the sample calls that ship with the app: audio, texts, call log, plan. ``python tools/make_samples.py``.

Needs numpy and soundfile, and the programs espeak-ng and festival with the voice festvox-ru (Debian:
``apt install espeak-ng festival festvox-ru``). Takes a few minutes; the same scripts give the same calls.
"""

from __future__ import annotations

import csv
import json
import shutil
import sys
import zlib
from pathlib import Path
from typing import Any

import soundfile

sys.path.insert(0, str(Path(__file__).parent))

from samples import english, plan, ru_inbound, ru_outbound
from samples.script import Written
from samples.sound import PHONE_RATE, Sounded, sound
from samples.voices import missing_programs

TARGET = Path(__file__).parents[1] / "qaapp" / "resources" / "samples"
COMPRESSION = {1: 0.968, 2: 0.976}  # of libsndfile: about 14 kbit/s for one channel, 12 for each of two


def fix_serial(path: Path, serial: int) -> None:
    """Give the Ogg stream a fixed serial number (the library draws one), so that the same call is the same file."""
    table = []
    for byte in range(256):
        crc = byte << 24
        for _bit in range(8):
            crc = (crc << 1) ^ 0x04C11DB7 if crc & 0x80000000 else crc << 1
        table.append(crc & 0xFFFFFFFF)
    data = bytearray(path.read_bytes())
    at = 0
    while at < len(data):
        segments = data[at + 26]
        end = at + 27 + segments + sum(data[at + 27 : at + 27 + segments])
        data[at + 14 : at + 18] = serial.to_bytes(4, "little")
        data[at + 22 : at + 26] = bytes(4)
        crc = 0
        for byte in data[at:end]:
            crc = ((crc << 8) & 0xFFFFFFFF) ^ table[(crc >> 24) ^ byte]
        data[at + 22 : at + 26] = crc.to_bytes(4, "little")
        at = end
    path.write_bytes(data)


def write_audio(call: Written, sounded: Sounded, folder: Path) -> list[dict[str, str]]:
    """One or two Opus files; the side of a file that holds one side only."""
    samples = sounded.samples
    if call.layout == "pair":
        parts = [("_in", "customer", samples[:, 1]), ("_out", "manager", samples[:, 0])]
    elif call.layout == "mono":
        mixed = (samples.astype("int32").sum(axis=1)).clip(-32768, 32767).astype("int16")
        parts = [("", "mix", mixed)]
    else:
        parts = [("", "", samples)]
    files = []
    for suffix, side, part in parts:
        name = f"{call.code}{suffix}.opus"
        channels = 1 if part.ndim == 1 else 2
        soundfile.write(
            folder / name,
            part,
            PHONE_RATE,
            format="OGG",
            subtype="OPUS",
            compression_level=COMPRESSION[channels],
        )
        fix_serial(folder / name, zlib.crc32(name.encode()))
        files.append({"name": name, "side": side, "suffix": suffix})
    return files


def write_text(call: Written, sounded: Sounded, folder: Path) -> None:
    """What is said, with times and sides, as WebVTT."""
    lines = [line.text for line in call.lines if line.side]
    cues = ["WEBVTT", f"NOTE {call.title}"]
    for (side, start, end), text in zip(sounded.spoken, lines, strict=True):
        voice = "Manager" if side == "M" else "Customer"
        cues.append(f"{moment(start)} --> {moment(end)}\n<v {voice}>{text}")
    (folder / f"{call.code}.vtt").write_text("\n\n".join(cues) + "\n", encoding="utf-8")


def moment(seconds: float) -> str:
    minutes, ms = divmod(round(seconds * 1000), 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{ms / 1000:06.3f}"


def main() -> int:
    if missing := missing_programs():
        print("These programs are needed and not installed:", ", ".join(missing), file=sys.stderr)
        return 1
    folder = TARGET / "audio.part"  # takes the place of the old recordings when all are made
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    texts = TARGET / "texts"
    shutil.rmtree(texts, ignore_errors=True)
    texts.mkdir()
    written = [*ru_inbound.CALLS, *ru_outbound.CALLS, *english.CALLS]
    sounds: dict[str, dict[str, Any]] = {}
    for call in written:
        sounded = sound(call)
        write_text(call, sounded, texts)
        sounds[call.code] = {
            "files": write_audio(call, sounded, folder),
            "duration_ms": round(sounded.duration_s * 1000),
            "labels": sounded.labels,
        }
        print(f"{call.code}  {sounded.duration_s:5.0f} s  {call.title}", flush=True)
    shutil.rmtree(TARGET / "audio", ignore_errors=True)
    folder = folder.rename(TARGET / "audio")
    document, rows = plan.build(written, sounds)
    (TARGET / "plan.json").write_text(
        json.dumps(document, ensure_ascii=False, separators=(",", ":")).replace('},{"', '},\n{"') + "\n",
        "utf-8",
    )
    with (TARGET / "call_log.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=";", lineterminator="\n").writerows([plan.COLUMNS, *rows])
    size = sum(path.stat().st_size for path in folder.iterdir())
    seconds = sum(entry["duration_ms"] for entry in sounds.values()) / 1000
    print(f"{len(written)} calls, {seconds / 60:.1f} min, {size / 1e6:.1f} MB; {len(rows)} rows of the log")
    return 0


if __name__ == "__main__":
    sys.exit(main())
