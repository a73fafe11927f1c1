"""Everything that is known of one call, for the panel beside the journal and for Review."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from qaapp.calls.recordings import RecordingRow, list_recordings
from qaapp.errors import sentence_of
from qaapp.journal.pages import CallRow, row
from qaapp.store.schema import (
    COPY,
    Annotation,
    Call,
    Connection,
    Deal,
    Evaluation,
    Event,
    Leg,
    Manager,
    Outcome,
    Participant,
    RemoteRecording,
    Revision,
    Scorecard,
    User,
)
from qaapp.words import EndSide, EvaluationState, Origin, RecordingState

EVENTS = 100


@dataclass(frozen=True)
class LegRow:
    """One party's stretch; ``party`` as the source said it, ``manager`` where it is known who that is."""

    position: int
    kind: str
    party: str | None
    manager: str | None
    started_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    talk_s: int | None
    end_reason: str | None
    end_kind: str | None = None
    is_supervisor: bool = False


@dataclass(frozen=True)
class ParticipantRow:
    """An employee in the call, as the source said it on that day. ``role``: manager, supervisor, transfer, robot."""

    name: str | None
    extension: str | None
    group: str | None
    role: str
    answered: bool | None
    talk_s: int | None


@dataclass(frozen=True)
class DealRow:
    """``outcome``: open, won, lost; ``amount`` is a decimal number as the source wrote it."""

    external_id: str | None
    stage: str | None
    outcome: str | None
    amount: str | None
    currency: str | None
    responsible: str | None


@dataclass(frozen=True)
class RemoteRow:
    """A recording at its provider and how far it has come. ``error`` is a sentence; ``next_try_at`` aware UTC.

    ``on_demand``: it waits until somebody asks for it."""

    state: RecordingState
    kind: str
    error: str | None
    next_try_at: datetime | None
    on_demand: bool


@dataclass(frozen=True)
class EvaluationBrief:
    """``card`` None is a short review; ``score`` 0…1, exact, None where nothing is applicable."""

    id: int
    reviewer: str
    card: str | None
    revision: int | None
    state: EvaluationState
    origin: Origin
    version: int
    is_current: bool
    started_at: datetime
    submitted_at: datetime | None
    passed: int
    applicable: int
    critical_failed: int
    outcome: str | None

    @property
    def score(self) -> Fraction | None:
        return Fraction(self.passed, self.applicable) if self.applicable else None


@dataclass(frozen=True)
class EventRow:
    at: datetime
    user: str | None
    kind: str
    details: dict[str, Any]


@dataclass(frozen=True)
class CallDetails:
    """``raw`` is the record as the source gave it; ``conversation`` other calls of the same conversation."""

    row: CallRow
    legs: tuple[LegRow, ...]
    recordings: tuple[RecordingRow, ...]
    evaluations: tuple[EvaluationBrief, ...]
    annotations: int
    raw: dict[str, Any]
    events: tuple[EventRow, ...]
    answered_at: datetime | None
    ended_at: datetime | None
    customer_number_raw: str | None
    end_side: EndSide | None
    conversation: tuple[int, ...]
    end_kind: str | None = None
    hold_s: int | None = None
    participants: tuple[ParticipantRow, ...] = ()
    deal: DealRow | None = None
    remote: tuple[RemoteRow, ...] = ()
    can_fetch: bool = False  # its connection is there: what is not here may be asked for


def details(session: Session, call_id: int) -> CallDetails:
    """Raises ``StoreError`` of kind ``gone`` for a call that is not there."""
    shown = row(session, call_id)
    call = session.get_one(Call, call_id)
    annotations = session.scalar(
        select(func.count()).where(Annotation.call_id == call_id, Annotation.deleted_at.is_(None))
    )
    others: tuple[int, ...] = ()
    if call.conversation_id and call.conversation_id != call.external_id:
        others = tuple(
            session.scalars(
                select(Call.id).where(
                    Call.conversation_id == call.conversation_id,
                    Call.source_id == call.source_id,
                    Call.id != call_id,
                )
            )
        )
    return CallDetails(
        row=shown,
        legs=_legs(session, call_id),
        recordings=list_recordings(session, [call_id]).get(call_id, ()),
        evaluations=_evaluations(session, call_id),
        annotations=annotations or 0,
        raw=dict(call.raw or {}),
        events=_events(session, call_id),
        answered_at=call.answered_at,
        ended_at=call.ended_at,
        customer_number_raw=call.customer_number_raw,
        end_side=EndSide(call.end_side) if call.end_side else None,
        conversation=others,
        end_kind=call.end_kind,
        hold_s=call.hold_s,
        participants=_participants(session, call_id),
        deal=_deal(session, call_id),
        remote=remote_recordings(session, call_id),
        can_fetch=session.get(Connection, call.source_id) is not None,
    )


def _legs(session: Session, call_id: int) -> tuple[LegRow, ...]:
    rows = session.execute(
        select(
            Leg.position, Leg.kind, Leg.party, Manager.name, Leg.started_at, Leg.answered_at, Leg.ended_at,
            Leg.talk_s, Leg.end_reason, Leg.end_kind, Leg.is_supervisor,
        )
        .outerjoin(Manager, Manager.id == Leg.manager_id)
        .where(Leg.call_id == call_id)
        .order_by(Leg.position)
    )  # fmt: skip
    return tuple(LegRow(*leg) for leg in rows)


def _participants(session: Session, call_id: int) -> tuple[ParticipantRow, ...]:
    rows = session.execute(
        select(
            Participant.name, Participant.extension, Participant.group_name, Participant.role, Participant.answered,
            Participant.talk_s,
        )
        .where(Participant.call_id == call_id)
        .order_by(Participant.position)
    )  # fmt: skip
    return tuple(ParticipantRow(*row) for row in rows)


def _deal(session: Session, call_id: int) -> DealRow | None:
    deal = session.get(Deal, call_id)
    if deal is None:
        return None
    return DealRow(deal.external_id, deal.stage, deal.outcome, deal.amount, deal.currency, deal.responsible)


def remote_recordings(session: Session, call_id: int) -> tuple[RemoteRow, ...]:
    """The recordings of a call that its provider has or had, whether they are here or not."""
    rows = session.execute(
        select(RemoteRecording, Connection.on_demand)
        .outerjoin(Connection, Connection.source_id == RemoteRecording.source_id)
        .where(RemoteRecording.call_id == call_id, RemoteRecording.kind != COPY)
        .order_by(RemoteRecording.position, RemoteRecording.id)
    )
    return tuple(
        RemoteRow(
            RecordingState(remote.state), remote.kind, sentence_of(remote.error), remote.next_try_at,
            bool(on_demand) and remote.state == RecordingState.WAITING.value,
        )
        for remote, on_demand in rows
    )  # fmt: skip


def _evaluations(session: Session, call_id: int) -> tuple[EvaluationBrief, ...]:
    rows: list[Any] = list(
        session.execute(
            select(Evaluation, User.name, Scorecard.name, Revision.number, Outcome.name)
            .join(User, User.id == Evaluation.reviewer_id)
            .outerjoin(Revision, Revision.id == Evaluation.revision_id)
            .outerjoin(Scorecard, Scorecard.id == Revision.scorecard_id)
            .outerjoin(Outcome, Outcome.id == Evaluation.outcome_id)
            .where(Evaluation.call_id == call_id)
            .order_by(Evaluation.started_at, Evaluation.id)
        )
    )
    return tuple(
        EvaluationBrief(
            id=evaluation.id,
            reviewer=reviewer,
            card=card,
            revision=number,
            state=EvaluationState(evaluation.state),
            origin=Origin(evaluation.origin),
            version=evaluation.version,
            is_current=evaluation.is_current,
            started_at=evaluation.started_at,
            submitted_at=evaluation.submitted_at,
            passed=evaluation.passed,
            applicable=evaluation.applicable,
            critical_failed=evaluation.critical_failed,
            outcome=outcome,
        )
        for evaluation, reviewer, card, number, outcome in rows
    )


def _events(session: Session, call_id: int) -> tuple[EventRow, ...]:
    """What happened to the call and to its evaluations and annotations, newest first."""
    evaluations = select(Evaluation.id).where(Evaluation.call_id == call_id)
    annotations = select(Annotation.id).where(Annotation.call_id == call_id)
    rows = session.execute(
        select(Event.at, User.name, Event.kind, Event.details)
        .outerjoin(User, User.id == Event.user_id)
        .where(
            or_(
                and_(Event.subject == "call", Event.subject_id == call_id),
                and_(Event.subject == "evaluation", Event.subject_id.in_(evaluations)),
                and_(Event.subject == "annotation", Event.subject_id.in_(annotations)),
            )
        )
        .order_by(Event.id.desc())
        .limit(EVENTS)
    )
    return tuple(EventRow(*event) for event in rows)
