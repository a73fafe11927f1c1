"""The call under review: its card, annotations and tags as they are on disk, and every edit of them.

An edit is saved by one short write before the next key; only then it goes on the undo stack. When saving fails the
mark stays visible as *not saved* and ``failed`` tells why. GUI thread only; texts of undo steps are for people.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from qaapp import clock
from qaapp.calls import coverage, recordings
from qaapp.calls.annotations import AnnotationRow, KindRow
from qaapp.calls.coverage import Coverage, Heard
from qaapp.calls.tags import TagRow
from qaapp.calls.transcripts import Phrase
from qaapp.errors import QaappError
from qaapp.i18n import _
from qaapp.journal import pages
from qaapp.scorecards import cards, evaluations
from qaapp.scorecards.evaluations import EvaluationRow, MarkRow
from qaapp.scorecards.model import Card
from qaapp.scorecards.scoring import Score
from qaapp.ui.desk import Desk
from qaapp.ui.review.edits import Edit
from qaapp.ui.review.notes import NoteEdits, Session
from qaapp.ui.review.opened import OpenedCall, load_opened
from qaapp.words import Origin

UNDO_STEPS = 500
CARD_MEMORY = "review_cards"  # direction → scorecard id of this computer's reviewer
TEXTS = ("pluses", "minuses", "comment")


class ReviewSession(NoteEdits, QObject):
    """At most one open call; signals say what has to be shown again."""

    opened = Signal()
    card_changed = Signal()  # another card, another evaluation, another state of it
    marks_changed = Signal()
    annotations_changed = Signal()
    tags_changed = Signal()
    heard_changed = Signal()
    manager_changed = Signal()
    saved = Signal()
    failed = Signal(object)  # QaappError

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(UNDO_STEPS)
        self.call: OpenedCall | None = None
        self.evaluation: EvaluationRow | None = None
        self.card: Card | None = None
        self.tags: tuple[TagRow, ...] = ()
        self.annotations: tuple[AnnotationRow, ...] = ()
        self.unsaved: dict[int, MarkRow] = {}
        self._history: tuple[EvaluationRow, ...] = ()
        self.origin = Origin.PICKED
        self.queue_item_id: int | None = None
        self.heard = Coverage()
        self.phrases: tuple[Phrase, ...] = ()
        self.saved_at: datetime | None = None
        self.current_checkpoint: int | None = None  # the one that is worked on

    # --- opening -------------------------------------------------------------------------------------------------

    def open(
        self, call_id: int, origin: Origin = Origin.PICKED, queue_item_id: int | None = None
    ) -> OpenedCall:
        """Read the call and make it the open one. Raises ``QaappError``."""
        with self.desk.database.read() as session:
            call = load_opened(session, call_id, self.desk.user_id, self.desk.roots, self._last_cards())
        self.call, self.evaluation, self.card = call, call.evaluation, call.card
        self.tags, self.annotations = tuple(call.row.tags), call.annotations
        self.heard, self.phrases = call.heard, call.phrases
        self.origin, self.queue_item_id = origin, queue_item_id
        self.unsaved, self.saved_at, self._history = {}, None, call.history
        self.undo_stack.clear()
        self.opened.emit()
        return call

    def close(self) -> None:
        self.call = self.evaluation = self.card = None
        self.annotations, self.tags, self.unsaved = (), (), {}
        self.undo_stack.clear()

    def _last_cards(self) -> Mapping[str, int]:
        stored = self.desk.remembered(CARD_MEMORY, {})
        return stored if isinstance(stored, dict) else {}

    def read_row(self) -> None:
        """Read the call's line again (its manager was changed)."""
        if self.call is not None:
            with self.desk.database.read() as session:
                self.call = replace(self.call, row=pages.row(session, self.call_id))

    # --- what is known -------------------------------------------------------------------------------------------

    @property
    def call_id(self) -> int:
        return self.call.row.id if self.call is not None else 0

    @property
    def kinds(self) -> tuple[KindRow, ...]:
        return self.call.kinds if self.call is not None else ()

    @property
    def is_editable(self) -> bool:
        """Whether marks can be set: a draft, or nothing begun yet."""
        return self.call is not None and (self.evaluation is None or self.evaluation.is_draft)

    def marks(self) -> dict[int, MarkRow]:
        """Marks by checkpoint, the unsaved ones on top."""
        stored = dict(self.evaluation.marks) if self.evaluation is not None else {}
        return stored | self.unsaved

    def mark(self, checkpoint_id: int) -> MarkRow:
        return self.marks().get(checkpoint_id) or MarkRow(checkpoint_id, None, False, None, "", "")

    def score(self) -> Score:
        return self.evaluation.score if self.evaluation is not None else Score(0, 0)

    def missing(self) -> list[int]:
        """Checkpoints without a mark on disk, in the order of the card."""
        stored = self.evaluation.marks if self.evaluation is not None else {}
        points = self.card.checkpoints if self.card is not None else ()
        return [
            point.id
            for point in points
            if point.id is not None and not (point.id in stored and stored[point.id].is_marked)
        ]

    def kind(self, kind_id: int) -> KindRow | None:
        return next((kind for kind in self.kinds if kind.id == kind_id), None)

    def history(self) -> tuple[EvaluationRow, ...]:
        """Every version of every evaluation of the call, as it was when it was opened or last submitted."""
        return self._history if self.call is not None else ()

    # --- saving --------------------------------------------------------------------------------------------------

    def save(self, write: Callable[[Session], Any]) -> tuple[bool, Any]:
        """One short write; (True, its result), or (False, None) and ``failed``."""
        try:
            with self.desk.database.write() as session:
                result = write(session)
        except QaappError as error:
            self.failed.emit(error)
            return False, None
        self.saved_at = clock.now()
        self.saved.emit()
        return True, result

    def _save_evaluation(self, write: Callable[[Session, int], Any]) -> bool:
        """A write on the draft, which is begun by the first one; the evaluation is read again in the same breath."""
        if self.call is None or not self.is_editable:
            return False
        begun = self.evaluation
        revision_id = self.card.revision_id if self.card is not None else None

        def work(session: Session) -> EvaluationRow:
            draft = begun or evaluations.open_draft(
                session, self.call_id, revision_id, self.desk.user_id, self.origin, self.queue_item_id
            )
            write(session, draft.id)
            session.flush()
            return evaluations.load(session, draft.id)

        done, row = self.save(work)
        if done:
            self.evaluation = row
            self.marks_changed.emit()
        return done

    # --- marks ---------------------------------------------------------------------------------------------------

    def set_mark(self, checkpoint_id: int, value: int | None, at_ms: int | None) -> bool:
        """Mark and save; when saving fails the mark is kept as unsaved."""
        if not self.is_editable:
            return False
        before = self.mark(checkpoint_id)
        after = replace(before, value=value, is_marked=True, at_ms=at_ms)
        if not self._put_mark(after):
            return False
        self.undo_stack.push(Edit(_("Mark"), lambda: self._put_mark(before), lambda: self._put_mark(after)))
        return True

    def _put_mark(self, mark: MarkRow) -> bool:
        user = self.desk.user_id

        def write(session: Session, draft_id: int) -> None:
            if mark.is_marked:
                evaluations.set_mark(session, draft_id, mark.checkpoint_id, mark.value, mark.at_ms, user)
            else:
                evaluations.clear_mark(session, draft_id, mark.checkpoint_id, user)

        self.unsaved.pop(mark.checkpoint_id, None)
        if self._save_evaluation(write):
            return True
        self.unsaved[mark.checkpoint_id] = mark
        self.marks_changed.emit()
        return False

    def save_unsaved(self) -> bool:
        """Try the failed marks again (button of the error strip, submit)."""
        return all(self._put_mark(mark) for mark in list(self.unsaved.values()))

    def mark_rest_na(self) -> bool:
        """Everything still open becomes N/A, as one step of undo."""
        changed: list[int] = []
        user = self.desk.user_id

        def write(session: Session, draft_id: int) -> None:
            changed[:] = evaluations.mark_rest_na(session, draft_id, user)

        def take_back(session: Session, draft_id: int) -> None:
            for checkpoint_id in changed:
                evaluations.clear_mark(session, draft_id, checkpoint_id, user)

        if not self._save_evaluation(write):
            return False
        if changed:
            self.undo_stack.push(
                Edit(
                    _("The rest N/A"),
                    lambda: self._save_evaluation(take_back),
                    lambda: self._save_evaluation(write),
                )
            )
        return True

    def set_phrases(self, checkpoint_id: int, said: str, should_have_said: str) -> bool:
        before = self.mark(checkpoint_id)
        if (before.said, before.should_have_said) == (said, should_have_said):
            return True
        user = self.desk.user_id

        def put(first: str, second: str) -> bool:
            return self._save_evaluation(
                lambda session, draft_id: evaluations.set_phrases(
                    session, draft_id, checkpoint_id, first, second, user
                )
            )

        if not put(said, should_have_said):
            return False
        self.undo_stack.push(
            Edit(
                _("Said / should have said"),
                lambda: put(before.said, before.should_have_said),
                lambda: put(said, should_have_said),
                ("phrases", self.call_id, checkpoint_id),
            )
        )
        return True

    def set_text(self, name: str, text: str) -> bool:
        """``name`` is pluses, minuses or comment."""
        before = getattr(self.evaluation, name) if self.evaluation is not None else ""
        if before == text:
            return True
        user = self.desk.user_id

        def put(value: str) -> bool:
            return self._save_evaluation(
                lambda session, draft_id: evaluations.set_texts(
                    session, draft_id, **{name: value}, user_id=user
                )
            )

        if not put(text):
            return False
        self.undo_stack.push(
            Edit(_("Text"), lambda: put(before), lambda: put(text), ("text", self.call_id, name))
        )
        return True

    def set_outcome(self, outcome_id: int | None) -> bool:
        before = self.evaluation.outcome_id if self.evaluation is not None else None
        if before == outcome_id:
            return True
        user = self.desk.user_id

        def put(value: int | None) -> bool:
            return self._save_evaluation(
                lambda session, draft_id: evaluations.set_outcome(session, draft_id, value, user)
            )

        if not put(outcome_id):
            return False
        self.undo_stack.push(Edit(_("Outcome"), lambda: put(before), lambda: put(outcome_id)))
        return True

    # --- the evaluation as a whole -------------------------------------------------------------------------------

    def change_card(self, scorecard_id: int) -> bool:
        """Go on with another card (0: a short review); marks with the same code are taken along."""
        if self.call is None or not self.is_editable:
            return False
        brief = next((one for one in self.call.cards if one.scorecard_id == scorecard_id), None)
        revision_id = brief.published_revision_id if brief is not None else None
        user, begun = self.desk.user_id, self.evaluation

        def work(session: Session) -> tuple[EvaluationRow | None, Card | None]:
            row = None
            if begun is not None:
                row = evaluations.change_card(session, begun.id, revision_id, user)
            return row, cards.load_card(session, revision_id) if revision_id is not None else None

        done, result = self.save(work)
        if not done:
            return False
        self.evaluation, self.card = result
        self.unsaved = {}
        self.undo_stack.clear()  # marks of the other card are not there any more
        memory = {**self._last_cards(), str(self.call.row.direction): scorecard_id}
        self.desk.remember(CARD_MEMORY, memory)
        self.card_changed.emit()
        return True

    def submit(self) -> EvaluationRow | None:
        """Make it count. The caller has looked at ``missing``; raises nothing, tells ``failed``."""
        if self.unsaved and not self.save_unsaved():
            return None
        if self.evaluation is None and not self._save_evaluation(lambda _session, _id: None):
            return None
        assert self.evaluation is not None
        evaluation_id = self.evaluation.id
        call_id, user = self.call_id, self.desk.user_id

        def work(session: Session) -> tuple[EvaluationRow, tuple[EvaluationRow, ...]]:
            return evaluations.submit(session, evaluation_id, user), evaluations.list_for_call(
                session, call_id
            )

        done, result = self.save(work)
        if not done:
            return None
        row: EvaluationRow = result[0]
        self.evaluation, self._history = result
        self.undo_stack.clear()
        self.card_changed.emit()
        return row

    def amend(self) -> bool:
        """Open the next version of a submitted evaluation."""
        if self.evaluation is None or self.evaluation.is_draft:
            return False
        evaluation_id = self.evaluation.id
        done, row = self.save(lambda session: evaluations.amend(session, evaluation_id, self.desk.user_id))
        if done:
            self.evaluation = row
            self.undo_stack.clear()
            self.card_changed.emit()
        return done

    def as_text(self) -> str:
        """The evaluation for a messenger; "" when nothing was begun. Raises ``QaappError``."""
        if self.evaluation is None:
            return ""
        with self.desk.database.read() as session:
            return evaluations.as_text(session, self.evaluation.id)

    def hear(self, stretches: Sequence[Heard], sound_ms: float) -> None:
        """Keep that more was heard; a failure is said once the call is submitted, not while one listens."""
        call_id, user_id = self.call_id, self.desk.user_id
        if not call_id or not user_id or not stretches:
            return
        try:
            with self.desk.database.write() as session:
                self.heard = coverage.add(session, call_id, user_id, stretches, round(sound_ms))
        except QaappError:
            return
        self.heard_changed.emit()

    def save_position(self, position_ms: float) -> None:
        """Where the reviewer stopped listening; a failure is not worth a word."""
        call_id, user_id = self.call_id, self.desk.user_id
        if not call_id or not user_id:
            return
        try:
            with self.desk.database.write() as session:
                recordings.set_listen_position(session, user_id, call_id, round(position_ms))
        except QaappError:
            return
