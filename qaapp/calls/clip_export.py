"""Stretches of calls as files of their own, many at once: chosen sides, personal data beeped over, names one can read.

Nothing that is there is ever replaced: a taken name gets a number. Every file appears whole or not at all; stopping keeps
what is done.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from qaapp.calls.annotations import AnnotationRow, KindRow
from qaapp.calls.recordings import audio_files
from qaapp.errors import AudioError
from qaapp.i18n import N_, _
from qaapp.progress import Progress, Steps
from qaapp.store.database import Database
from qaapp.store.rules import read_rules
from qaapp.store.schema import Annotation, AnnotationKind, Call, Manager
from qaapp.words import Lane

if TYPE_CHECKING:
    from qaapp.audio.call_audio import AudioFile, CallAudio

FORMATS = (".mp3", ".wav", ".flac", ".opus")
PERSONAL_DATA = "personal_data"  # code of the kind that is hidden in every export
POINT_BEEP_MS = 3000  # a point says where personal data begins, not where it ends
CEILING_DB = -0.5  # of the loudest sample of a levelled clip
POINT_BEFORE_MS, POINT_AFTER_MS = 3000, 12_000  # what is cut around a point
NAME_LENGTH, NAME_BYTES = 100, 180  # Windows paths are short, ext4 takes 255 bytes
RESERVED = {"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10))}


@dataclass(frozen=True)
class ClipWish:
    """``start_ms`` None: the whole call; ``title``, ``text`` and the moment ``at_ms`` (None: ``start_ms``) name the file."""

    call_id: int
    start_ms: int | None = None
    end_ms: int | None = None
    title: str = ""
    text: str = ""
    at_ms: int | None = None


@dataclass(frozen=True)
class ClipOptions:
    """``sides`` empty: both. ``mono`` mixes them into one channel; ``beep`` hides what is marked as personal data;
    ``level`` makes both sides equally loud, as far as no sample is cut off."""

    suffix: str = ".mp3"
    sides: frozenset[Lane] = frozenset()
    mono: bool = False
    beep: bool = True
    level: bool = False


@dataclass(frozen=True)
class ClipProblem:
    """A clip that could not be made, and why."""

    title: str
    reason: str


@dataclass(frozen=True)
class ClipSummary:
    written: tuple[Path, ...]
    problems: tuple[ClipProblem, ...]
    beeps: int  # stretches that were hidden


def wish_of(row: AnnotationRow, kind: KindRow | None) -> ClipWish:
    """An annotation as a clip: a region itself, a point with what is around it."""
    start = row.start_ms if row.end_ms is not None else max(0, row.start_ms - POINT_BEFORE_MS)
    end = row.end_ms if row.end_ms is not None else row.start_ms + POINT_AFTER_MS
    title = kind.name if kind is not None else ""
    return ClipWish(
        row.call_id, start, end, title, row.text or row.should_have_said or row.said, row.start_ms
    )


def personal_stretches(session: Session, call_id: int) -> list[tuple[int, int]]:
    """``(start_ms, end_ms)`` of what is marked as personal data on a call, by time."""
    query = (
        select(Annotation.start_ms, Annotation.end_ms)
        .join(AnnotationKind, AnnotationKind.id == Annotation.kind_id)
        .where(
            Annotation.call_id == call_id,
            Annotation.deleted_at.is_(None),
            AnnotationKind.code == PERSONAL_DATA,
        )
        .order_by(Annotation.start_ms)
    )
    return [
        (start, end if end is not None else start + POINT_BEEP_MS) for start, end in session.execute(query)
    ]


def export_clips(
    database: Database, wishes: Sequence[ClipWish], folder: Path, roots: Mapping[str, str],
    options: ClipOptions = ClipOptions(),
) -> Steps[ClipSummary]:  # fmt: skip
    """Cut ``wishes`` into ``folder`` (made where it is not there). Any thread.

    ``roots`` maps recording roots to folders of this computer. A call without sound is a problem of that clip; a disk
    that takes nothing more raises ``AudioError``.
    """
    if not wishes:
        raise AudioError(N_("There is nothing to cut: the clip would be empty."), kind="empty")
    from qaapp.audio.call_audio import load_call_audio

    order = sorted(range(len(wishes)), key=lambda n: (wishes[n].call_id, n))  # a call is decoded once
    done: dict[int, Path] = {}
    problems: dict[int, ClipProblem] = {}
    beeps = 0
    plan: _Plan | None = None
    audio: CallAudio | None = None
    for count, number in enumerate(order):
        wish = wishes[number]
        if plan is None or plan.call_id != wish.call_id:
            audio = None
            with database.read() as session:
                plan = _plan(session, wish.call_id, roots)
        name = clip_name(wish, plan.started_at, plan.manager, plan.zone)
        yield Progress(count, len(wishes), _("Cutting clips"), name)
        if plan.problem:
            problems[number] = ClipProblem(name, plan.problem)
            continue
        try:
            if audio is None:
                audio = load_call_audio(plan.files, None, with_speech=options.level)
            hidden = _inside(plan.personal, wish) if options.beep else []
            target = _free(folder, name, options.suffix)
            yield from _cut(audio, target, wish, options, hidden)
        except AudioError as error:
            if not error.kind:  # the disk, not the recording: the next one would fail as well
                raise
            problems[number] = ClipProblem(name, error.sentence())
            continue
        done[number] = target
        beeps += len(hidden)
    yield Progress(len(wishes), len(wishes), _("Cutting clips"))
    return ClipSummary(
        tuple(done[n] for n in sorted(done)), tuple(problems[n] for n in sorted(problems)), beeps
    )


def _cut(
    audio: CallAudio,
    target: Path,
    wish: ClipWish,
    options: ClipOptions,
    hidden: Sequence[tuple[float, float]],
) -> Steps[Path]:
    from qaapp.audio.clips import clip_steps

    return (
        yield from clip_steps(
            audio, target, wish.start_ms or 0, wish.end_ms, sides=options.sides or None, beep=hidden,
            mono=options.mono, gains_db=_gains(audio) if options.level else None,
        )
    )  # fmt: skip


def _gains(audio: CallAudio) -> dict[Lane, float]:
    """The gain of each lane for equal loudness, less where its loudest sample would be cut off."""
    import numpy as np

    found: dict[Lane, float] = {}
    for lane, row, wanted in zip(audio.lanes, audio.samples, audio.levels_db, strict=False):
        loudest = max(1, int(np.abs(row.astype(np.int32)).max(initial=0)))
        found[lane] = min(wanted, CEILING_DB - 20 * float(np.log10(loudest / 32768)))
    return found


@dataclass(frozen=True)
class _Plan:
    call_id: int
    started_at: datetime
    manager: str | None
    zone: ZoneInfo
    files: Sequence[AudioFile]
    personal: Sequence[tuple[int, int]]
    problem: str


def _plan(session: Session, call_id: int, roots: Mapping[str, str]) -> _Plan:
    started_at, manager = session.execute(
        select(Call.started_at, Manager.name)
        .outerjoin(Manager, Manager.id == Call.manager_id)
        .where(Call.id == call_id)
    ).one()
    files: Sequence[AudioFile] = ()
    problem = ""
    try:
        files = audio_files(session, call_id, roots)
    except AudioError as error:
        problem = error.sentence()
    zone = read_rules(session).zone
    return _Plan(call_id, started_at, manager, zone, files, personal_stretches(session, call_id), problem)


def _inside(stretches: Collection[tuple[int, int]], wish: ClipWish) -> list[tuple[float, float]]:
    if wish.start_ms is None or wish.end_ms is None:
        return list(stretches)
    return [(start, end) for start, end in stretches if end > wish.start_ms and start < wish.end_ms]


# --- names -------------------------------------------------------------------------------------------------------


def clip_name(wish: ClipWish, started_at: datetime, manager: str | None, zone: ZoneInfo) -> str:
    """``2026-03-17 10-18 Anna S. – 0-42 Price – too dear``, without suffix; it sorts by time."""
    local = started_at.astimezone(zone)
    moment = wish.start_ms if wish.at_ms is None else wish.at_ms
    at = "" if moment is None else f"{moment // 60_000}-{moment // 1000 % 60:02} "
    return safe_name(f"{local:%Y-%m-%d %H-%M} {manager or _('Not assigned')}", f"{at}{wish.title}", wish.text)


def safe_name(*parts: str | None, length: int = NAME_LENGTH, size_bytes: int = NAME_BYTES) -> str:
    """``parts`` joined by dashes into a name that Windows, macOS and Linux take; never empty."""
    seen: list[str] = []
    for part in parts:
        kept = "".join(" " if char in '<>:"/\\|?*' or ord(char) < 32 else char for char in part or "")
        bare = " ".join("".join(char for char in kept if char.isprintable()).split())
        if bare and bare not in seen:
            seen.append(bare)
    text = " – ".join(seen)
    while len(text.encode("utf-8", "replace")) > size_bytes or len(text) > length:
        text = text[:-1]
    text = text.strip(" .–")
    return f"_{text}" if not text or text.split(".")[0].strip().casefold() in RESERVED else text


def _free(folder: Path, name: str, suffix: str) -> Path:
    """The first of ``name``, ``name (2)``, … that is not taken."""
    number, path = 1, folder / f"{name}{suffix}"
    while path.exists() or path.is_symlink():
        number += 1
        path = folder / f"{name} ({number}){suffix}"
    return path
