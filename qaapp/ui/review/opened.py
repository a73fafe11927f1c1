"""What is read when a call is opened for review: one snapshot of the database, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qaapp.audio.call_audio import AudioFile
from qaapp.calls import annotations as annotation_store
from qaapp.calls import coverage, recordings, transcripts
from qaapp.calls.annotations import AnnotationRow, KindRow
from qaapp.calls.coverage import Coverage
from qaapp.calls.transcripts import Phrase
from qaapp.errors import AudioError
from qaapp.journal import pages
from qaapp.journal.details import CallDetails
from qaapp.journal.details import details as read_details
from qaapp.journal.pages import CallRow
from qaapp.scorecards import cards, evaluations
from qaapp.scorecards.evaluations import EvaluationRow, OutcomeRow
from qaapp.scorecards.model import Card, CardBrief
from qaapp.words import CallType, Direction, EvaluationState

TYPE_OF_DIRECTION = {
    Direction.INBOUND: CallType.INBOUND_SALE,
    Direction.OUTBOUND: CallType.COLD_CALL,
    Direction.CALLBACK: CallType.COLD_CALL,
}


@dataclass(frozen=True)
class OpenedCall:
    """``evaluation`` is the reviewer's own: his draft, else the version of his that counts, else None.

    ``card`` is the revision of that evaluation, or the one proposed for a new one (None: a short review).
    """

    row: CallRow
    card: Card | None
    evaluation: EvaluationRow | None
    history: tuple[EvaluationRow, ...]
    annotations: tuple[AnnotationRow, ...]
    kinds: tuple[KindRow, ...]
    outcomes: tuple[OutcomeRow, ...]
    cards: tuple[CardBrief, ...]
    listen_ms: int
    duration_ms: int  # told by the recordings' rows; 0 where nobody measured
    files: tuple[AudioFile, ...]
    no_sound: AudioError | None  # why there is nothing to hear
    phrases: tuple[Phrase, ...]  # of its transcripts
    heard: Coverage  # what this reviewer has heard of it
    details: CallDetails | None = None  # route, people, deal, recordings at the provider


def own_evaluation(history: tuple[EvaluationRow, ...], user_id: int) -> EvaluationRow | None:
    """The draft of this reviewer, else his newest version that counts."""
    mine = [row for row in history if row.reviewer_id == user_id]
    drafts = [row for row in mine if row.state is EvaluationState.DRAFT]
    counted = [row for row in mine if row.is_current]
    found = drafts or counted
    return max(found, key=lambda row: (row.started_at, row.id)) if found else None


def proposed_card(
    briefs: list[CardBrief], direction: str, last_by_direction: Mapping[str, int]
) -> CardBrief | None:
    """The card for a new evaluation: the last one used for such a call, else one made for its type, else the first.

    ``last_by_direction`` gives a scorecard's id; 0 means the reviewer last wrote a short review.
    """
    published = [brief for brief in briefs if brief.published_revision_id is not None]
    last = last_by_direction.get(direction)
    if last == 0:
        return None
    for brief in published:
        if brief.scorecard_id == last:
            return brief
    wanted = TYPE_OF_DIRECTION.get(Direction(direction))
    fitting = [brief for brief in published if brief.call_type == wanted]
    found = fitting or published
    return found[0] if found else None


def load_opened(
    session: Any,
    call_id: int,
    user_id: int,
    roots: Mapping[str, str],
    last_by_direction: Mapping[str, int],
) -> OpenedCall:
    """Everything the screen shows of a call, except its sound. Raises ``StoreError`` where the call is gone."""
    row = pages.row(session, call_id)
    history = evaluations.list_for_call(session, call_id)
    own = own_evaluation(history, user_id)
    briefs = cards.list_cards(session)
    card: Card | None = None
    if own is not None:
        card = cards.load_card(session, own.revision_id) if own.revision_id is not None else None
    else:
        brief = proposed_card(briefs, row.direction, last_by_direction)
        if brief is not None and brief.published_revision_id is not None:
            card = cards.load_card(session, brief.published_revision_id)
    files, no_sound = sound_files(session, call_id, roots)
    known = recordings.list_recordings(session, [call_id]).get(call_id, ())
    duration = max((item.duration_ms or 0 for item in known), default=0) or (row.talk_s or 0) * 1000
    return OpenedCall(
        row=row,
        card=card,
        evaluation=own,
        history=history,
        annotations=tuple(annotation_store.list_annotations(session, call_id)),
        kinds=tuple(annotation_store.list_kinds(session)),
        outcomes=tuple(evaluations.list_outcomes(session)),
        cards=tuple(brief for brief in briefs if brief.published_revision_id is not None),
        listen_ms=recordings.get_listen_position(session, user_id, call_id) if user_id else 0,
        duration_ms=duration,
        files=files,
        no_sound=no_sound,
        phrases=transcripts.phrases_of(session, call_id),
        heard=coverage.open_coverage(session, call_id, user_id) if user_id else Coverage(),
        details=read_details(session, call_id),
    )


def sound_files(
    session: Any, call_id: int, roots: Mapping[str, str]
) -> tuple[tuple[AudioFile, ...], AudioError | None]:
    """The files of a call, or why there are none; a call without sound is still reviewed."""
    try:
        return tuple(recordings.audio_files(session, call_id, roots)), None
    except AudioError as error:
        return (), error
