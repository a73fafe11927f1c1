"""The draft that is being edited: every change is saved at once, and every change can be taken back."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from qaapp.errors import QaappError
from qaapp.scorecards import cards
from qaapp.scorecards.model import Card
from qaapp.ui.desk import Desk
from qaapp.ui.scorecards.editing import Place, Sections

BUNDLED = {"text", "hint", "name", "script", "code"}  # typing in one field is one step back


class Draft(QObject):
    """Holds the card in view. ``changed`` after every save; ``failed(QaappError)`` keeps what was shown."""

    changed = Signal()
    failed = Signal(object)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.card: Card | None = None
        self.published: Card | None = None
        self._undo: list[Card] = []
        self._redo: list[Card] = []
        self._last_edit: tuple[str, Place | None] | None = None

    def open(self, scorecard_id: int | None) -> None:
        """Show the draft of a card, or its revision in force when nothing was edited yet."""
        self._undo, self._redo, self._last_edit = [], [], None
        if scorecard_id is None:
            self.card = self.published = None
            self.changed.emit()
            return
        with self._desk.database.read() as session:
            self.published = cards.load_published(session, scorecard_id)
            brief = next(
                (
                    card
                    for card in cards.list_cards(session, archived=True)
                    if card.scorecard_id == scorecard_id
                ),
                None,
            )
            draft_id = brief.draft_revision_id if brief else None
            self.card = cards.load_card(session, draft_id) if draft_id else self.published
        self.changed.emit()

    @property
    def is_draft(self) -> bool:
        """Whether something differs from what reviewers use."""
        return self.card is not None and (
            self.published is None or self.card.revision_id != self.published.revision_id
        )

    def edit(self, sections: Sections, kind: str, place: Place | None = None) -> bool:
        """Save new ``sections``; the first edit of a used card makes its next revision."""
        if self.card is None or sections == self.card.sections:
            return True
        return self._save(replace(self.card, sections=sections), (kind, place))

    def rename(self, name: str) -> bool:
        """Another name for the card."""
        if self.card is None or not name.strip() or name.strip() == self.card.name:
            return True
        return self._save(replace(self.card, name=name.strip()), ("card", None))

    def _save(self, wanted: Card, edit: tuple[str, Place | None], *, remember: bool = True) -> bool:
        assert self.card is not None
        before = self.card
        try:
            with self._desk.database.write() as session:
                draft = cards.edit_draft(session, wanted.scorecard_id, self._desk.user_id or None)
                kept = replace(wanted, revision_id=draft.revision_id, number=draft.number, state=draft.state)
                self.card = cards.save_draft(session, kept, self._desk.user_id or None)
        except QaappError as error:
            self.failed.emit(error)
            return False
        if remember:
            if not (edit == self._last_edit and edit[0] in BUNDLED):
                self._undo.append(before)
            self._redo = []
            self._last_edit = edit
        self.changed.emit()
        return True

    def undo(self) -> None:
        self._step(self._undo, self._redo)

    def redo(self) -> None:
        self._step(self._redo, self._undo)

    def _step(self, source: list[Card], target: list[Card]) -> None:
        if not source or self.card is None:
            return
        wanted, now = source.pop(), self.card
        self._last_edit = None
        if self._save(wanted, ("undo", None), remember=False):
            target.append(now)

    def publish(self) -> bool:
        """Put the draft in force for the next evaluations."""
        return self._finish(cards.publish)

    def discard(self) -> bool:
        """Drop the draft."""
        return self._finish(cards.discard_draft)

    def _finish(self, do: object) -> bool:
        if self.card is None:
            return False
        card_id = self.card.scorecard_id
        try:
            with self._desk.database.write() as session:
                left = do(session, card_id, self._desk.user_id or None)  # type: ignore[operator]
        except QaappError as error:
            self.failed.emit(error)
            return False
        self.open(card_id if left is not None else None)
        return True
