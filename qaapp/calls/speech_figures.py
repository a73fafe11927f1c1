"""The speech figures of calls as they are kept, so that the journal and reports need no sound.

A figure says which detector and which thresholds made it, and from which sound. When one of these is another one now, the
call is analysed anew. A mono mix is kept as such, without figures.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from hashlib import blake2b
from statistics import median
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from qaapp import clock
from qaapp.audio import detectors
from qaapp.audio.call_audio import CallAudio, load_call_audio
from qaapp.audio.speech import SpeechMap, Thresholds
from qaapp.calls.recordings import audio_files
from qaapp.errors import AudioError
from qaapp.i18n import _
from qaapp.progress import Progress, Steps
from qaapp.store.chunks import chunks
from qaapp.store.database import Database
from qaapp.store.schema import Recording, SpeechFigure
from qaapp.words import RecordingState


def sound_key(session: Session, call_id: int) -> str:
    """A name for the sound of a call and for which side is whose."""
    rows = session.execute(
        select(
            Recording.id, Recording.size_bytes, Recording.mtime_ms, Recording.lane, Recording.manager_channel,
            Recording.offset_ms,
        )
        .where(Recording.call_id == call_id, Recording.state == RecordingState.AVAILABLE.value)
        .order_by(Recording.id)
    ).all()  # fmt: skip
    return blake2b(repr([tuple(row) for row in rows]).encode(), digest_size=16).hexdigest()


def save(
    session: Session, call_id: int, speech: SpeechMap | None, sound_ms: int, thresholds: Thresholds
) -> None:
    """Keep what was just found; ``speech`` None is a mono mix."""
    key = sound_key(session, call_id)
    row = session.get(SpeechFigure, call_id)
    if row is None:
        row = SpeechFigure(call_id=call_id)
        session.add(row)
    row.detector, row.thresholds = detectors.label(thresholds.detector), asdict(thresholds)
    row.sound_key, row.is_mono, row.sound_ms = key, speech is None, sound_ms
    for name, value in _values(speech).items():
        setattr(row, name, value)
    row.analysed_at = clock.now()
    session.flush()


def _values(speech: SpeechMap | None) -> dict[str, Any]:
    figures = speech.figures if speech is not None else None
    return {
        "manager_ms": figures and figures.manager_talk_ms,
        "customer_ms": figures and figures.customer_talk_ms,
        "silence_ms": figures and figures.silence_ms,
        "silences": figures and figures.silences,
        "long_silences": figures and figures.long_silences,
        "overtalk_ms": figures and figures.overtalk_ms,
        "manager_interruptions": figures and figures.interruptions_by_manager,
        "customer_interruptions": figures and figures.interruptions_by_customer,
        "longest_manager_ms": figures and figures.longest_manager_ms,
        "longest_customer_ms": figures and figures.longest_customer_ms,
        "response_ms": figures and figures.manager_response_ms,
        "turns": len(speech.turns) if speech is not None else None,
        "talk_share": figures and figures.talk_share,
    }


def is_current(session: Session, call_id: int, thresholds: Thresholds) -> bool:
    """Whether what is kept was made by this detector, with these thresholds, from the sound as it is now."""
    row = session.get(SpeechFigure, call_id)
    return (
        row is not None
        and row.detector == detectors.label(thresholds.detector)
        and row.thresholds == asdict(thresholds)
        and row.sound_key == sound_key(session, call_id)
    )


def note(session: Session, call_id: int, audio: CallAudio, thresholds: Thresholds) -> bool:
    """Keep the figures of a call whose sound is at hand, when there are none or older ones; whether it wrote."""
    if is_current(session, call_id, thresholds):
        return False
    save(session, call_id, audio.speech, audio.duration_ms, thresholds)
    return True


def analyse_calls(
    database: Database,
    roots: Mapping[str, str],
    thresholds: Thresholds,
    call_ids: Collection[int] | None = None,
) -> Steps[int]:
    """Analyse calls without current figures (all with a recording, or ``call_ids``), the newest first; how many.

    Recordings that cannot be opened are passed over. Closing it keeps what was done.
    """
    done = 0
    with database.read() as session:
        wanted = _wanted(session, call_ids)
    for number, call_id in enumerate(wanted, 1):
        yield Progress(number - 1, len(wanted), _("Analysing speech"))
        with database.read() as session:
            if is_current(session, call_id, thresholds):
                continue
            try:
                files = audio_files(session, call_id, roots)
            except AudioError:
                continue
        try:
            audio = load_call_audio(files, None, thresholds=thresholds)
        except AudioError:
            continue
        with database.write(bulk=True) as session:
            save(session, call_id, audio.speech, audio.duration_ms, thresholds)
        done += 1
    yield Progress(len(wanted), len(wanted), _("Analysing speech"))
    return done


def _wanted(session: Session, call_ids: Collection[int] | None) -> list[int]:
    query = (
        select(Recording.call_id)
        .where(Recording.state == RecordingState.AVAILABLE.value)
        .distinct()
        .order_by(Recording.call_id.desc())
    )
    if call_ids is None:
        return list(session.scalars(query))
    found: list[int] = []
    for part in chunks(sorted(call_ids, reverse=True)):
        found += session.scalars(query.where(Recording.call_id.in_(part)))
    return found


def medians(session: Session, call_ids: Collection[int]) -> dict[str, Any]:
    """Medians over the calls that have figures: what a head compares managers by; ``calls`` is how many there are.

    ``detectors`` names all that took part.
    """
    rows: list[Any] = []
    for part in chunks(sorted(set(call_ids))):
        rows += session.scalars(
            select(SpeechFigure).where(SpeechFigure.call_id.in_(part), SpeechFigure.talk_share.is_not(None))
        )
    names = (
        "talk_share", "silence_ms", "overtalk_ms", "manager_interruptions", "longest_manager_ms", "response_ms",
    )  # fmt: skip
    out: dict[str, Any] = {"calls": len(rows), "detectors": sorted({row.detector for row in rows})}
    for name in names:
        values = [value for row in rows if (value := getattr(row, name)) is not None]
        out[name] = median(values) if values else None
    return out
