"""The score of a call out of its evaluations: the only writer of ``calls.score_*``, ``band`` and ``evaluation_count``.

The settled evaluation counts alone; otherwise the exact mean over the reviewers' current versions, each weighing the
same. While an evaluation is disputed its original counts. Practice (calibration, self-assessment) does not move it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from qaapp.progress import Progress, Steps
from qaapp.scorecards.counting import CALL_ORIGINS, standing_evaluations
from qaapp.scorecards.scoring import Limits, band
from qaapp.store.database import Database
from qaapp.store.rules import read_rules
from qaapp.store.schema import Call, Evaluation, Revision
from qaapp.words import Band, EvaluationState

BATCH = 200


@dataclass(frozen=True)
class Judged:
    """What one evaluation says of a call: its exact share, in which state, how many critical checkpoints failed."""

    passed: int
    applicable: int
    critical_failed: int
    is_settled: bool


def deciding(judged: Iterable[Judged]) -> list[Judged]:
    """Those whose score makes the call's: the settled ones alone where there are any, without empty ones."""
    scored = [item for item in judged if item.applicable]
    return [item for item in scored if item.is_settled] or scored


def mean_share(judged: Sequence[Judged]) -> Fraction | None:
    """The exact mean share 0…1 of ``deciding`` evaluations; None when there are none."""
    if not judged:
        return None
    return sum((Fraction(item.passed, item.applicable) for item in judged), Fraction()) / len(judged)


def recompute_call(session: Session, call_id: int, limits: Limits) -> None:
    """Write score, band and number of evaluations of one call.

    A card's own limits judge a call that was scored by that card alone; else ``limits`` (the workspace's). Any deciding
    reviewer who failed a critical checkpoint makes the call red.
    """
    rows = session.execute(
        select(
            Evaluation.passed, Evaluation.applicable, Evaluation.critical_failed, Evaluation.state,
            Evaluation.origin, Revision.green_above, Revision.red_below,
        )
        .outerjoin(Revision, Revision.id == Evaluation.revision_id)
        .where(Evaluation.call_id == call_id, *standing_evaluations())
    ).all()  # fmt: skip
    judged, own_limits = [], set()
    for passed, applicable, critical, state, origin, green, red in rows:
        if origin in CALL_ORIGINS and applicable:
            judged.append(Judged(passed, applicable, critical, state == EvaluationState.SETTLED))
            own_limits.add(limits if green is None or red is None else Limits(green, red))
    chosen = deciding(judged)
    share = mean_share(chosen)
    critical_failed = max((item.critical_failed for item in chosen), default=0)
    light = band(share, own_limits.pop() if len(own_limits) == 1 else limits)
    if critical_failed:
        light = Band.RED
    session.execute(
        update(Call)
        .where(Call.id == call_id)
        .values(
            evaluation_count=len(rows),
            score_num=None if share is None else share.numerator,
            score_den=None if share is None else share.denominator,
            score_sort=None if share is None else float(share),
            critical_failed=critical_failed,
            band=None if share is None else light.value,
        )
    )


def recompute_all(database: Database) -> Steps[int]:
    """Write the scores of every evaluated call again (the limits were changed); returns how many. Resumable."""
    with database.read() as session:
        ids = list(session.scalars(select(Evaluation.call_id).where(*standing_evaluations()).distinct()))
        rules = read_rules(session)
    limits = Limits(rules.green_above, rules.red_below)
    for start in range(0, len(ids), BATCH):
        yield Progress(start, len(ids))
        with database.write(bulk=True) as session:
            for call_id in ids[start : start + BATCH]:
                recompute_call(session, call_id, limits)
    return len(ids)
