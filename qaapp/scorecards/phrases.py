"""The phrase bank: what is said and what should be said at a checkpoint, offered while somebody types.

Beside the phrases a team keeps, everything that was written at the same checkpoint before is offered: in submitted marks
and in annotations. A retired phrase is offered no more, wherever it was written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy import text as sql_text
from sqlalchemy.orm import Session

from qaapp import clock
from qaapp.errors import StoreError
from qaapp.i18n import N_
from qaapp.store import events
from qaapp.store.schema import Annotation, Checkpoint, Evaluation, Mark, Phrase
from qaapp.words import EvaluationState

SAID, SHOULD = "said", "should"
KINDS = (SAID, SHOULD)
LONGEST = 500  # a longer text is no phrase to be offered
OFFERED = 300


@dataclass(frozen=True)
class PhraseRow:
    """``kind`` is said or should; ``uses`` counts marks and annotations that have exactly this text."""

    id: int
    checkpoint_code: str
    kind: str
    text: str
    active: bool = True
    uses: int = 0
    checkpoint: str = ""


# --- the bank ----------------------------------------------------------------------------------------------------


def list_phrases(session: Session, code: str | None = None, *, retired: bool = True) -> list[PhraseRow]:
    """The phrases that are kept, by checkpoint, kind and text."""
    query = select(Phrase).order_by(Phrase.checkpoint_code, Phrase.kind, Phrase.text, Phrase.id)
    if code is not None:
        query = query.where(Phrase.checkpoint_code == code)
    if not retired:
        query = query.where(Phrase.active)
    kept = list(session.scalars(query))
    names = dict(checkpoint_names(session))
    used: dict[tuple[str, str], Counter[str]] = {}
    rows = []
    for one in kept:
        key = (one.checkpoint_code, one.kind)
        if key not in used:
            used[key] = _written(session, *key)
        rows.append(
            PhraseRow(
                one.id, one.checkpoint_code, one.kind, one.text, one.active, used[key][one.text],
                names.get(one.checkpoint_code, ""),
            )
        )  # fmt: skip
    return rows


def checkpoint_names(session: Session) -> list[tuple[str, str]]:
    """``(code, text)`` of every checkpoint there was, the newest text of a code, by text."""
    query = select(Checkpoint.code, Checkpoint.text).order_by(Checkpoint.id)
    newest: dict[str, str] = dict(iter(session.execute(query)))
    return sorted(newest.items(), key=lambda pair: pair[1].casefold())


def save_phrase(session: Session, row: PhraseRow, user_id: int | None = None) -> PhraseRow:
    """Add (``id`` 0) or change a phrase. Raises ``StoreError``: empty, gone, or there already (kind ``exists``)."""
    text = " ".join(row.text.replace("\0", "").split())
    if not text:
        raise StoreError(N_("A phrase needs words."), kind="empty")
    if row.kind not in KINDS:
        raise ValueError(f"a phrase is one of {KINDS}")
    same = select(Phrase.id, Phrase.text).where(
        Phrase.checkpoint_code == row.checkpoint_code, Phrase.kind == row.kind, Phrase.id != row.id
    )
    if any(other.casefold() == text.casefold() for _id, other in session.execute(same)):
        raise StoreError(N_("This phrase is in the bank already."), kind="exists")
    stored = session.get(Phrase, row.id) if row.id else Phrase(author_id=user_id, created_at=clock.now())
    if stored is None:
        raise StoreError(N_("This phrase is not there any more."), kind="gone")
    stored.checkpoint_code, stored.kind, stored.text, stored.active = (
        row.checkpoint_code, row.kind, text[:LONGEST], row.active,
    )  # fmt: skip
    session.add(stored)
    session.flush()
    events.record(
        session, "phrase.saved", user_id=user_id, subject="phrase", subject_id=stored.id, text=text,
        code=row.checkpoint_code,
    )  # fmt: skip
    return replace(row, id=stored.id, text=stored.text)


# --- what is offered ---------------------------------------------------------------------------------------------


def offered(session: Session, code: str, kind: str, limit: int = OFFERED) -> list[str]:
    """Phrases for a checkpoint, most used first; those of the bank before others that are used as often."""
    uses = _written(session, code, kind)
    kept = list_bare(session, code, kind)
    retired = {text.casefold() for text, active in kept if not active}
    bank = [text for text, active in kept if active]
    for text in bank:
        uses[text] += 0
    place = {text: number for number, text in enumerate(bank)}
    found = [text for text in uses if text.casefold() not in retired]
    return sorted(found, key=lambda text: (-uses[text], place.get(text, len(place)), text.casefold()))[:limit]


def list_bare(session: Session, code: str, kind: str) -> list[tuple[str, bool]]:
    """``(text, active)`` of the bank, in the order they were added."""
    query = (
        select(Phrase.text, Phrase.active)
        .where(Phrase.checkpoint_code == code, Phrase.kind == kind)
        .order_by(Phrase.id)
    )
    return [(text, active) for text, active in session.execute(query)]


def _written(session: Session, code: str, kind: str) -> Counter[str]:
    """Text → how often it stands in marks that count and in annotations. The empty text is written out: a bound value
    would keep SQLite from its index of the marks that have phrases."""
    points = list(session.scalars(select(Checkpoint.id).where(Checkpoint.code == code)))
    uses: Counter[str] = Counter()
    if not points:
        return uses
    in_mark, in_note = (
        (Mark.said, Annotation.said) if kind == SAID else (Mark.should_have_said, Annotation.should_have_said)
    )
    marks = (
        select(in_mark, func.count())
        .join(Evaluation, Evaluation.id == Mark.evaluation_id)
        .where(
            Mark.checkpoint_id.in_(points), in_mark != sql_text("''"), Evaluation.is_current,
            Evaluation.state != EvaluationState.DRAFT.value,
        )
        .group_by(in_mark)
    )  # fmt: skip
    notes = (
        select(in_note, func.count())
        .where(Annotation.checkpoint_id.in_(points), in_note != "", Annotation.deleted_at.is_(None))
        .group_by(in_note)
    )
    for query in (marks, notes):
        counted: Iterable[Any] = session.execute(query)
        for text, count in counted:
            if len(text) <= LONGEST:
                uses[text] += count
    return uses


def matching(phrases: Sequence[str], typed: str, limit: int = 8) -> list[str]:
    """What completes ``typed``: phrases that begin with it, then those where a word does, then those that hold it.

    The given order (most used first) is kept inside each group; without anything typed the first ones are offered.
    """
    wanted = " ".join(typed.casefold().split())
    if not wanted:
        return list(phrases[:limit])
    groups: tuple[list[str], list[str], list[str]] = ([], [], [])
    for phrase in phrases:
        folded = " ".join(phrase.casefold().split())
        if folded == wanted:
            continue
        at = folded.find(wanted)
        if at == 0:
            groups[0].append(phrase)
        elif at > 0:
            groups[1 if f" {wanted}" in f" {folded}" else 2].append(phrase)
    return [phrase for group in groups for phrase in group][:limit]
