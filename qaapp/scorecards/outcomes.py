"""What a call led to: the list a reviewer chooses from."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from qaapp.errors import ScorecardError
from qaapp.i18n import N_
from qaapp.store import events
from qaapp.store.schema import Outcome


@dataclass(frozen=True)
class OutcomeRow:
    """``is_lost`` ones are counted as calls lost; inactive ones are not offered any more. ``id`` 0 is a new one."""

    id: int
    name: str
    is_lost: bool
    position: int = 0
    active: bool = True


def list_outcomes(session: Session, inactive: bool = False) -> list[OutcomeRow]:
    """Outcomes in their order."""
    query = select(Outcome).order_by(Outcome.position, Outcome.id)
    if not inactive:
        query = query.where(Outcome.active)
    return [_row(outcome) for outcome in session.scalars(query)]


def save_outcome(session: Session, row: OutcomeRow, user_id: int | None = None) -> OutcomeRow:
    """Add (``id`` 0, at the end) or change one. Raises ``ScorecardError`` for an empty or a taken name."""
    name = " ".join(row.name.split())
    if not name:
        raise ScorecardError(N_("An outcome needs a name."))
    if len(name) > 200:
        raise ScorecardError(N_("The name of an outcome is longer than {limit} characters."), limit=200)
    for other_id, other in session.execute(select(Outcome.id, Outcome.name)):
        if other_id != row.id and other.casefold() == name.casefold():
            raise ScorecardError(N_("There is already an outcome “{name}”."), name=other)
    if row.id:
        outcome = session.get(Outcome, row.id)
        if outcome is None:
            raise ScorecardError(N_("There is no such outcome."))
        outcome.position = row.position
    else:
        last = session.scalar(select(func.max(Outcome.position)))
        outcome = Outcome(position=0 if last is None else last + 1)
        session.add(outcome)
    outcome.name, outcome.is_lost, outcome.active = name, row.is_lost, row.active
    session.flush()
    events.record(
        session, "outcome.saved", user_id=user_id, subject="outcome", subject_id=outcome.id, name=name,
        is_lost=row.is_lost, active=row.active,
    )  # fmt: skip
    return _row(outcome)


def _row(outcome: Outcome) -> OutcomeRow:
    return OutcomeRow(outcome.id, outcome.name, outcome.is_lost, outcome.position, outcome.active)
