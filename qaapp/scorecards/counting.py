"""Which evaluations count: the one filter that calls, ratings, screens and sheets share.

A submitted evaluation stands while it is the current version (``is_current``): the original of a dispute stands until
the dispute is settled by a new version, an amendment stands from its own submit on.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement

from qaapp.store.schema import Evaluation
from qaapp.words import Basis, EvaluationState, Origin

STANDING = (EvaluationState.SUBMITTED.value, EvaluationState.DISPUTED.value, EvaluationState.SETTLED.value)
COUNTED_ORIGINS = (Origin.RANDOM.value, Origin.PICKED.value, Origin.IMPORTED.value)
# The score shown on a call: practice (calibration, self-assessment) never moves it.
CALL_ORIGINS = (Origin.RANDOM.value, Origin.TARGETED.value, Origin.PICKED.value, Origin.IMPORTED.value)


def standing_evaluations() -> list[ColumnElement[bool]]:
    """Conditions on ``Evaluation``: submitted, and the version that counts."""
    return [Evaluation.state.in_(STANDING), Evaluation.is_current.is_(True)]


def counted_evaluations(basis: Basis = Basis.COUNTED, *, unscored: bool = False) -> list[ColumnElement[bool]]:
    """Conditions on ``Evaluation`` for a rating: standing, with a score, and chosen as ``basis`` asks.

    ``counted``: all but targeted, calibration and self-assessment. ``random``: only what the draw chose. ``all``: any.
    ``unscored`` lets short reviews and cards that are all N/A in too (they may say that a call was lost).
    """
    conditions = standing_evaluations()
    if not unscored:
        conditions.append(Evaluation.applicable > 0)
    if basis is Basis.RANDOM:
        conditions.append(Evaluation.origin == Origin.RANDOM.value)
    elif basis is Basis.COUNTED:
        conditions.append(Evaluation.origin.in_(COUNTED_ORIGINS))
    return conditions
