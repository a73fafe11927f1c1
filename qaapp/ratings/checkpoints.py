"""How often each checkpoint was passed, by manager: for the weakest one and the matrix. N/A counts in neither."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from qaapp.ratings.query import Period, Query, conditions
from qaapp.ratings.units import Key
from qaapp.settings import Rules
from qaapp.store.schema import Call, Checkpoint, Evaluation, Manager, Mark, Revision

FEWEST = 3  # marks below which nobody is called weak at a checkpoint


@dataclass(frozen=True)
class CheckpointHead:
    """A checkpoint over all its revisions: the same card and code. ``text`` is the newest one."""

    scorecard_id: int
    code: str
    text: str
    position: int


@dataclass(frozen=True)
class CheckpointShare:
    """``passed`` of ``applicable`` evaluations of one manager, and the same of the whole team."""

    code: str
    text: str
    passed: int
    applicable: int
    team_passed: int
    team_applicable: int

    @property
    def share(self) -> Fraction:
        return Fraction(self.passed, self.applicable)


@dataclass(frozen=True)
class Shares:
    """``cells[key][head] = (passed, applicable)``; heads in the order of their cards."""

    heads: tuple[CheckpointHead, ...]
    cells: Mapping[Key, Mapping[CheckpointHead, tuple[int, int]]]

    def team(self) -> dict[CheckpointHead, tuple[int, int]]:
        """The sums over all assigned managers."""
        sums: dict[CheckpointHead, tuple[int, int]] = {}
        for key, cells in self.cells.items():
            if key is None:
                continue
            for head, (passed, applicable) in cells.items():
                before = sums.get(head, (0, 0))
                sums[head] = (before[0] + passed, before[1] + applicable)
        return sums


def read_shares(
    session: Session, query: Query, period: Period, rules: Rules, overruled: frozenset[int] = frozenset()
) -> Shares:
    """Count marks in the database; ``overruled`` evaluations are left out."""
    where = conditions(query, period, rules)
    if overruled:
        where.append(Evaluation.id.not_in(overruled))
    counted = session.execute(
        select(Call.manager_id, Mark.checkpoint_id, func.sum(Mark.value), func.count(Mark.value))
        .select_from(Evaluation)
        .join(Call, Call.id == Evaluation.call_id)
        .join(Mark, Mark.evaluation_id == Evaluation.id)
        .where(*where)
        .group_by(Call.manager_id, Mark.checkpoint_id)
    ).all()
    heads = _heads(session, {row[1] for row in counted})
    groups: dict[int, int | None] = {}
    if query.by == "group":
        groups = dict(session.execute(select(Manager.id, Manager.group_id)).all())
    cells: dict[Key, dict[CheckpointHead, tuple[int, int]]] = {}
    for manager_id, checkpoint_id, passed, applicable in counted:
        key = manager_id if query.by != "group" or manager_id is None else groups.get(manager_id) or 0
        row = cells.setdefault(key, {})
        before = row.get(heads[checkpoint_id], (0, 0))
        row[heads[checkpoint_id]] = (before[0] + int(passed or 0), before[1] + applicable)
    ordered = sorted(set(heads.values()), key=lambda head: (head.scorecard_id, head.position, head.code))
    return Shares(tuple(ordered), cells)


def _heads(session: Session, checkpoint_ids: set[int]) -> dict[int, CheckpointHead]:
    """Each checkpoint's head: the newest revision's text for its card and code."""
    if not checkpoint_ids:
        return {}
    rows = session.execute(
        select(Checkpoint.id, Revision.scorecard_id, Checkpoint.code, Checkpoint.text, Checkpoint.position)
        .join(Revision, Revision.id == Checkpoint.revision_id)
        .order_by(Revision.number)
    ).all()
    used = {(card, code) for point_id, card, code, _text, _position in rows if point_id in checkpoint_ids}
    newest = {
        (card, code): CheckpointHead(card, code, text, position)
        for point_id, card, code, text, position in rows
        if (card, code) in used and point_id in checkpoint_ids
    }
    return {
        point_id: newest[card, code] for point_id, card, code, _t, _p in rows if point_id in checkpoint_ids
    }


def weakest(cells: Mapping[CheckpointHead, tuple[int, int]], team: Mapping[CheckpointHead, tuple[int, int]]) -> (
    CheckpointShare | None
):  # fmt: skip
    """Where a manager is furthest below the team, of checkpoints with at least three marks.

    When nothing lies below the team (one manager, equal shares), it is simply the lowest share; None when all passed.
    """
    best: tuple[Fraction, Fraction, int, CheckpointHead] | None = None
    for head, (passed, applicable) in cells.items():
        if applicable < FEWEST or passed == applicable:
            continue
        share = Fraction(passed, applicable)
        team_passed, team_applicable = team.get(head, (passed, applicable))
        gap = share - Fraction(team_passed, team_applicable)
        candidate = (min(gap, Fraction()), share, head.position, head)
        if best is None or candidate[:3] < best[:3]:
            best = candidate
    if best is None:
        return None
    head = best[3]
    return CheckpointShare(head.code, head.text, *cells[head], *team.get(head, cells[head]))
