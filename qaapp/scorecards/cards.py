"""Cards in the database: drafts, publishing, revisions.

A card has at most one draft. A published revision never changes: editing it makes a draft with the next number, and
evaluations stay with the revision they were made with. Every change that others can see is an event. Sessions are the
caller's; functions that change need ``database.write()``. Errors are ``ScorecardError``.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from qaapp import clock
from qaapp.errors import ScorecardError
from qaapp.i18n import N_
from qaapp.scorecards.counting import STANDING
from qaapp.scorecards.model import (
    NAME_LENGTH,
    Card,
    CardBrief,
    Change,
    CheckpointSpec,
    SectionSpec,
    check_storable,
    clean,
    difference,
    problems,
    validate,
)
from qaapp.store import events
from qaapp.store.schema import Checkpoint, Evaluation, Revision, Scorecard, Section
from qaapp.words import CallType, RevisionState

__all__ = [
    "Card", "CardBrief", "Change", "CheckpointSpec", "SectionSpec", "archive_card", "create_card", "difference",
    "discard_draft", "edit_draft", "find_card", "list_cards", "load_card", "load_published", "need_card", "problems",
    "publish", "rename_card", "restore_card", "save_draft", "validate",
]  # fmt: skip


# --- reading -----------------------------------------------------------------------------------------------------


def list_cards(session: Session, archived: bool = False) -> list[CardBrief]:
    """Cards by name; ``archived`` adds those put away."""
    query = select(Scorecard)
    if not archived:
        query = query.where(Scorecard.archived_at.is_(None))
    cards = sorted(
        session.scalars(query), key=lambda card: (card.archived_at is not None, card.name.casefold())
    )
    revisions: dict[int, dict[str, Revision]] = {}
    for revision in session.scalars(select(Revision).order_by(Revision.number)):
        revisions.setdefault(revision.scorecard_id, {})[revision.state] = revision
    points = dict(
        session.execute(select(Checkpoint.revision_id, func.count()).group_by(Checkpoint.revision_id)).all()
    )
    counts = dict(
        session.execute(
            select(Revision.scorecard_id, func.count())
            .join(Evaluation, Evaluation.revision_id == Revision.id)
            .where(Evaluation.state.in_(STANDING), Evaluation.is_current)
            .group_by(Revision.scorecard_id)
        ).all()
    )  # fmt: skip
    briefs = []
    for card in cards:
        own = revisions.get(card.id, {})
        published, draft = own.get(RevisionState.PUBLISHED), own.get(RevisionState.DRAFT)
        shown = published or draft
        briefs.append(
            CardBrief(
                scorecard_id=card.id,
                name=card.name,
                call_type=CallType(card.call_type),
                published_revision_id=published.id if published else None,
                revision=published.number if published else None,
                draft_revision_id=draft.id if draft else None,
                checkpoints=points.get(shown.id, 0) if shown else 0,
                evaluations=counts.get(card.id, 0),
                archived=card.archived_at is not None,
            )
        )
    return briefs


def load_card(session: Session, revision_id: int) -> Card:
    """One revision with its sections and checkpoints. Raises ``ScorecardError`` when there is none."""
    row = session.execute(
        select(Revision, Scorecard).join(Scorecard).where(Revision.id == revision_id)
    ).one_or_none()
    if row is None:
        raise ScorecardError(
            N_("There is no such revision of a card."), hint=N_("Open the list of cards again.")
        )
    revision, card = row
    points: dict[int, list[CheckpointSpec]] = {}
    rows = session.scalars(
        select(Checkpoint).where(Checkpoint.revision_id == revision_id).order_by(Checkpoint.position)
    )
    for point in rows:
        points.setdefault(point.section_id, []).append(
            CheckpointSpec(point.id, point.code, point.text, point.hint, point.weight, point.critical)
        )
    sections = session.scalars(
        select(Section).where(Section.revision_id == revision_id).order_by(Section.position)
    )
    return Card(
        scorecard_id=card.id,
        revision_id=revision.id,
        name=card.name,
        call_type=CallType(card.call_type),
        number=revision.number,
        state=RevisionState(revision.state),
        published_at=revision.published_at,
        sections=tuple(
            SectionSpec(section.name, section.script, tuple(points.get(section.id, ())))
            for section in sections
        ),
        green_above=revision.green_above,
        red_below=revision.red_below,
    )


def load_published(session: Session, scorecard_id: int) -> Card | None:
    """The revision in force; None while there is only a draft."""
    revision_id = _revision_id(session, scorecard_id, RevisionState.PUBLISHED)
    return None if revision_id is None else load_card(session, revision_id)


def find_card(session: Session, name: str) -> CardBrief | None:
    """The card with this name, letter case aside; archived ones too."""
    key = name.strip().casefold()
    return next((card for card in list_cards(session, archived=True) if card.name.casefold() == key), None)


def need_card(session: Session, name: str) -> CardBrief:
    """The same, with a sentence that names the cards there are."""
    found = find_card(session, name)
    if found is not None:
        return found
    names = ", ".join(f"“{card.name}”" for card in list_cards(session))
    if not names:
        raise ScorecardError(
            N_("There is no card “{name}”; there are no cards yet."),
            hint=N_("Make one, or add a ready one with: qaapp scorecards import."), name=name,
        )  # fmt: skip
    raise ScorecardError(
        N_("There is no card “{name}”."), hint=N_("There are: {names}."), name=name, names=names
    )


def _revision_id(session: Session, scorecard_id: int, state: RevisionState) -> int | None:
    return session.scalar(
        select(Revision.id)
        .where(Revision.scorecard_id == scorecard_id, Revision.state == state)
        .order_by(Revision.number.desc())
        .limit(1)
    )


def _card(session: Session, scorecard_id: int) -> Scorecard:
    card = session.get(Scorecard, scorecard_id)
    if card is None:
        raise ScorecardError(N_("There is no such card."), hint=N_("Open the list of cards again."))
    return card


# --- writing -----------------------------------------------------------------------------------------------------


def create_card(
    session: Session,
    name: str,
    call_type: CallType | str,
    sections: Iterable[SectionSpec],
    user_id: int | None,
) -> Card:
    """A new card with its first draft; it may be unfinished, ``publish`` checks it."""
    name = _free_name(session, name)
    ready = clean(sections)
    _refuse_unstorable(name, ready)
    now = clock.now()
    card = Scorecard(name=name, call_type=CallType(call_type).value, created_at=now)
    session.add(card)
    session.flush()
    revision = Revision(
        scorecard_id=card.id, number=1, state=RevisionState.DRAFT, author_id=user_id, created_at=now
    )
    session.add(revision)
    session.flush()
    _write_sections(session, revision.id, ready)
    events.record(
        session, "scorecard.created", user_id=user_id, subject="scorecard", subject_id=card.id, name=name
    )
    return load_card(session, revision.id)


def edit_draft(session: Session, scorecard_id: int, user_id: int | None) -> Card:
    """The draft of a card; made from the published revision, with the next number, when there is none."""
    _card(session, scorecard_id)
    draft_id = _revision_id(session, scorecard_id, RevisionState.DRAFT)
    if draft_id is not None:
        return load_card(session, draft_id)
    published = load_published(session, scorecard_id)
    last = session.scalar(select(func.max(Revision.number)).where(Revision.scorecard_id == scorecard_id)) or 0
    draft = Revision(
        scorecard_id=scorecard_id,
        number=last + 1,
        state=RevisionState.DRAFT,
        green_above=published.green_above if published else None,
        red_below=published.red_below if published else None,
        author_id=user_id,
        created_at=clock.now(),
    )
    session.add(draft)
    session.flush()
    if published:
        _write_sections(session, draft.id, published.sections)
    return load_card(session, draft.id)


def save_draft(session: Session, card: Card, user_id: int | None) -> Card:
    """Replace what the draft holds, its name and call type too; returns it with new ids and every code given.

    It may be unfinished (``validate`` says what is missing). Raises when ``card`` is not the draft any more.
    """
    revision = session.get(Revision, card.revision_id)
    if revision is None or revision.state != RevisionState.DRAFT:
        raise ScorecardError(
            N_("Revision {number} of “{card}” is published and does not change."),
            hint=N_("Edit the card again: that makes a new revision."), number=card.number, card=card.name,
        )  # fmt: skip
    stored = _card(session, card.scorecard_id)
    if card.name.strip() != stored.name:
        rename_card(session, card.scorecard_id, card.name, user_id)
    stored.call_type = CallType(card.call_type).value
    ready = clean(card.sections, _codes_elsewhere(session, card))
    _refuse_unstorable(card.name, ready, card.green_above, card.red_below)
    session.execute(delete(Checkpoint).where(Checkpoint.revision_id == revision.id))
    session.execute(delete(Section).where(Section.revision_id == revision.id))
    revision.green_above, revision.red_below = card.green_above, card.red_below
    revision.author_id = user_id
    _write_sections(session, revision.id, ready)
    return load_card(session, revision.id)


def publish(session: Session, scorecard_id: int, user_id: int | None) -> Card:
    """Put the draft in force. An unchanged draft is dropped; an unfinished one raises its first problem."""
    draft_id = _revision_id(session, scorecard_id, RevisionState.DRAFT)
    published = load_published(session, scorecard_id)
    if draft_id is None:
        if published is None:
            raise ScorecardError(N_("The card has nothing to publish."), hint=N_("Add checkpoints first."))
        return published
    draft = load_card(session, draft_id)
    found = validate(draft)
    if found:
        raise found[0]
    if published is not None and not difference(published, draft):
        _delete_revision(session, draft_id)
        return published
    revision = session.get_one(Revision, draft_id)
    revision.state = RevisionState.PUBLISHED
    revision.published_at = clock.now()
    revision.author_id = user_id
    events.record(
        session, "scorecard.published", user_id=user_id, subject="scorecard", subject_id=scorecard_id,
        revision=draft.number,
    )  # fmt: skip
    session.flush()
    return load_card(session, draft_id)


def discard_draft(session: Session, scorecard_id: int, user_id: int | None) -> Card | None:
    """Drop the draft; a card that was never published goes with it. Returns the revision in force."""
    draft_id = _revision_id(session, scorecard_id, RevisionState.DRAFT)
    published = load_published(session, scorecard_id)
    if draft_id is not None:
        _delete_revision(session, draft_id)
        events.record(
            session,
            "scorecard.draft_discarded",
            user_id=user_id,
            subject="scorecard",
            subject_id=scorecard_id,
        )
    if published is None:
        session.execute(delete(Scorecard).where(Scorecard.id == scorecard_id))
    return published


def rename_card(session: Session, scorecard_id: int, name: str, user_id: int | None) -> None:
    """Another name for all revisions of a card."""
    card = _card(session, scorecard_id)
    before, card.name = card.name, _free_name(session, name, besides=scorecard_id)
    session.flush()
    events.record(
        session, "scorecard.renamed", user_id=user_id, subject="scorecard", subject_id=scorecard_id,
        before=before, after=card.name,
    )  # fmt: skip


def archive_card(session: Session, scorecard_id: int, user_id: int | None) -> None:
    """Put a card away: it is not offered any more; its evaluations stay and count."""
    _card(session, scorecard_id).archived_at = clock.now()
    events.record(
        session, "scorecard.archived", user_id=user_id, subject="scorecard", subject_id=scorecard_id
    )


def restore_card(session: Session, scorecard_id: int, user_id: int | None) -> None:
    """Offer an archived card again."""
    _card(session, scorecard_id).archived_at = None
    events.record(
        session, "scorecard.restored", user_id=user_id, subject="scorecard", subject_id=scorecard_id
    )


def _free_name(session: Session, name: str, besides: int | None = None) -> str:
    name = " ".join(name.split())
    if not name:
        raise ScorecardError(N_("The card has no name."))
    if len(name) > NAME_LENGTH:
        raise ScorecardError(N_("The name of the card is longer than {limit} characters."), limit=NAME_LENGTH)
    for other_id, other in session.execute(select(Scorecard.id, Scorecard.name)):
        if other_id != besides and other.casefold() == name.casefold():
            raise ScorecardError(
                N_("There is already a card “{name}”."), hint=N_("Choose another name."), name=other
            )
    return name


def _refuse_unstorable(
    name: str, sections: tuple[SectionSpec, ...], green: int | None = None, red: int | None = None
) -> None:
    found = check_storable(name, sections, green, red)
    if found:
        raise found[0]


def _codes_elsewhere(session: Session, card: Card) -> list[str]:
    query = select(Checkpoint.code).join(Revision, Revision.id == Checkpoint.revision_id)
    query = query.where(Revision.scorecard_id == card.scorecard_id, Revision.id != card.revision_id)
    return list(session.scalars(query))


def _write_sections(session: Session, revision_id: int, sections: tuple[SectionSpec, ...]) -> None:
    position = 0
    for order, section in enumerate(sections):
        row = Section(revision_id=revision_id, position=order, name=section.name, script=section.script)
        session.add(row)
        session.flush()
        for point in section.checkpoints:
            session.add(
                Checkpoint(
                    revision_id=revision_id, section_id=row.id, position=position, code=point.code, text=point.text,
                    hint=point.hint, weight=point.weight, critical=point.critical,
                )
            )  # fmt: skip
            position += 1
    session.flush()


def _delete_revision(session: Session, revision_id: int) -> None:
    session.execute(delete(Checkpoint).where(Checkpoint.revision_id == revision_id))
    session.execute(delete(Section).where(Section.revision_id == revision_id))
    session.execute(delete(Revision).where(Revision.id == revision_id))


def set_call_type(session: Session, scorecard_id: int, call_type: CallType | str) -> None:
    """What kind of call the card is for; a hint when cards are proposed, no part of a revision."""
    session.execute(
        update(Scorecard).where(Scorecard.id == scorecard_id).values(call_type=CallType(call_type).value)
    )
