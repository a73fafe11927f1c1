"""A small workspace for Review: calls with tone recordings, a card, a reviewer, a queue."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np

from qaapp.calls import people
from qaapp.scorecards import cards
from qaapp.scorecards.model import Card, CheckpointSpec, SectionSpec
from qaapp.store.database import Database
from qaapp.store.schema import Call, Recording, RecordingRoot, Source
from qaapp.words import CallType

NOW = datetime(2026, 3, 18, 9, 0, tzinfo=UTC)
RATE = 8000


@dataclass
class Step:
    """A clock that a test moves by hand (seconds)."""

    at: float = 0.0

    def __call__(self) -> float:
        return self.at


@lru_cache(maxsize=8)
def _samples(seconds: float, channels: int) -> bytes:
    t = np.arange(int(seconds * RATE)) / RATE
    noise = np.random.default_rng(7).normal(0, 40, (channels, t.size))
    turn = (t // 2).astype(int) % 2
    voice = 9000 * np.sin(2 * np.pi * 220 * t) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * t))
    rows = [np.where(turn == lane, voice, 0) for lane in range(channels)] if channels == 2 else [voice]
    data = np.clip(np.array(rows) + noise, -32768, 32767).astype("<i2").T
    return np.ascontiguousarray(data).tobytes()


def tones(path: Path, seconds: float, *, channels: int = 2) -> None:
    """Two voices taking turns of two seconds as tones, with faint noise; channel 0 begins."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(_samples(seconds, channels))


SECTIONS = (
    SectionSpec(
        "Contact",
        "Good day, this is …",
        (
            CheckpointSpec(None, "greet", "Greeting, name and company", "Says name and company at once"),
            CheckpointSpec(None, "goal", "Named the goal of the call"),
        ),
    ),
    SectionSpec(
        "Needs",
        "",
        (
            CheckpointSpec(None, "task", "Asked about the task and the dates"),
            CheckpointSpec(None, "budget", "Learned volume and budget", weight=2),
            CheckpointSpec(
                None, "listen", "Listened without interrupting", "Lets the customer finish", critical=True
            ),
        ),
    ),
)


def make_card(database: Database, user_id: int, name: str = "Inbound sale") -> Card:
    with database.write() as session:
        card = cards.create_card(session, name, CallType.INBOUND_SALE, SECTIONS, user_id)
        return cards.publish(session, card.scorecard_id, user_id)


def make_calls(
    database: Database,
    folder: Path,
    count: int = 3,
    *,
    seconds: float = 20,
    files: dict[int, Path] | None = None,
) -> list[int]:
    """``count`` calls of yesterday, managers by turns; call n has the file n.wav (``files`` overrides)."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = []
    with database.write() as session:
        source = Source(kind="folder", name="Recordings", created_at=NOW)
        root = RecordingRoot(name="calls", path=str(folder))
        session.add_all([source, root])
        session.flush()
        managers = [people.find_or_create(session, name=name) for name in ("Anna Smirnova", "Oleg Tarasov")]
        for number in range(count):
            name = f"{number}.wav"
            if files is None or number not in files:
                tones(folder / name, seconds)
            started = NOW - timedelta(days=1, hours=2) + timedelta(minutes=20 * number)
            call = Call(
                source_id=source.id, external_id=str(number), started_at=started, direction="inbound",
                disposition="answered", duration_s=int(seconds) + 8, wait_s=8, talk_s=int(seconds),
                customer_number=f"7900000145{number}", line_number="74951230000",
                manager_id=managers[number % 2], manager_origin="record", recording_count=1,
                first_seen_at=NOW, last_seen_at=NOW,
            )  # fmt: skip
            session.add(call)
            session.flush()
            session.add(
                Recording(
                    call_id=call.id,
                    root_id=root.id,
                    path=name,
                    duration_ms=int(seconds * 1000),
                    channels=2,
                    sample_rate=RATE,
                    codec="pcm_s16le",
                )
            )
            ids.append(call.id)
    return ids


def make_reviewer(database: Database) -> int:
    with database.write() as session:
        return people.ensure_user(session, "Irina Kotova")
