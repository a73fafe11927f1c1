"""Transcripts of calls: kept as phrases; from files beside recordings or a provider."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from qaapp import clock
from qaapp.calls.recordings import files_of
from qaapp.calls.search_text import fold
from qaapp.errors import AudioError, SourceError
from qaapp.sources.records import PhraseRecord, TranscriptRecord
from qaapp.sources.transcripts import Read, beside, read_transcript
from qaapp.store.schema import Transcript, TranscriptPhrase
from qaapp.words import Lane


@dataclass(frozen=True)
class Phrase:
    """One phrase of a call. ``words`` are ``(start_ms, end_ms, text)``, where the transcript has them."""

    start_ms: int
    end_ms: int
    text: str
    lane: Lane | None
    speaker: str | None
    words: tuple[tuple[int, int, str], ...] = ()


def store(session: Session, call_id: int, record: TranscriptRecord, origin: str = "file") -> bool:
    """Keep a transcript of a call in the place of the one with its name; whether anything changed."""
    told = blake2b(repr(record.phrases).encode("utf-8", "replace"), digest_size=16).hexdigest()
    name = record.name[:400]
    row = session.scalar(select(Transcript).where(Transcript.call_id == call_id, Transcript.name == name))
    if row is not None and row.content_hash == told:
        return False
    if row is None:
        row = Transcript(call_id=call_id, name=name)
        session.add(row)
    row.origin, row.format, row.language = origin, record.format[:12], record.language[:20]
    row.content_hash, row.added_at = told, clock.now()
    session.flush()
    session.execute(delete(TranscriptPhrase).where(TranscriptPhrase.transcript_id == row.id))
    if record.phrases:
        session.execute(
            insert(TranscriptPhrase), [_values(row.id, n, each) for n, each in enumerate(record.phrases)]
        )
    return True


def _values(transcript_id: int, position: int, phrase: PhraseRecord) -> dict[str, object]:
    return {
        "transcript_id": transcript_id, "position": position, "start_ms": phrase.start_ms, "end_ms": phrase.end_ms,
        "lane": phrase.lane.value if phrase.lane else None, "speaker": (phrase.speaker or "")[:200] or None,
        "text": phrase.text, "search_text": fold(phrase.text),
        "words": [list(word) for word in phrase.words] or None,
    }  # fmt: skip


def phrases_of(session: Session, call_id: int) -> tuple[Phrase, ...]:
    """Every phrase of a call in the order of time, of all its transcripts."""
    rows = session.scalars(
        select(TranscriptPhrase)
        .join(Transcript, Transcript.id == TranscriptPhrase.transcript_id)
        .where(Transcript.call_id == call_id)
        .order_by(TranscriptPhrase.start_ms, TranscriptPhrase.end_ms, TranscriptPhrase.id)
    )
    return tuple(
        Phrase(
            row.start_ms, row.end_ms, row.text, Lane(row.lane) if row.lane else None, row.speaker,
            tuple((int(start), int(end), str(word)) for start, end, word in row.words or ()),
        )
        for row in rows
    )  # fmt: skip


def look_beside(session: Session, call_id: int, roots: Mapping[str, str]) -> list[Read]:
    """Read the texts that lie beside the recordings of a call, without storing them. Broken ones are left out."""
    found: list[Read] = []
    try:
        files = files_of(session, call_id, roots)
    except AudioError:
        return found
    for row, path in files:
        for text_file, lane in beside(path):
            try:
                found.append(read_transcript(text_file, lane or row.lane))
            except SourceError:
                continue
    return found


def take_beside(session: Session, call_id: int, roots: Mapping[str, str]) -> bool:
    """Keep the texts that lie beside the recordings of a call; whether anything changed."""
    changed = False
    for each in look_beside(session, call_id, roots):
        changed |= store(session, call_id, each.record)
    return changed


def phrase_at(phrases: Sequence[Phrase], ms: float) -> int | None:
    """Which phrase is being said at a moment: the last one that began and has not ended; None in a pause."""
    found = None
    for index, phrase in enumerate(phrases):
        if phrase.start_ms > ms:
            break
        if ms < phrase.end_ms:
            found = index
    return found
