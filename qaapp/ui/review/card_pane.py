"""The card that is filled while listening: head, checkpoints, texts, submit. It shows a ``ReviewSession``."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from qaapp import i18n
from qaapp.i18n import _, ngettext
from qaapp.ui.desk import Desk
from qaapp.ui.review.card_foot import CardFoot, SubmitBar
from qaapp.ui.review.card_head import CardHead
from qaapp.ui.review.card_list import CardList
from qaapp.ui.review.phrase_source import PhraseSource
from qaapp.ui.review.session import ReviewSession
from qaapp.ui.widgets.labels import Hairline
from qaapp.words import EvaluationState

FEW_LEFT = 3  # so few missing marks are told beside their rows


class CardPane(QWidget):
    """GUI thread only."""

    play_asked = Signal(int)
    submit_asked = Signal()
    said_something = Signal(str)  # a short message for the window
    current_moved = Signal(int)

    def __init__(self, desk: Desk, session: ReviewSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk, self.session = desk, session
        self._tells_missing = False
        self._is_short = False
        self.phrases = PhraseSource(desk, self)
        self.head = CardHead()
        self.list = CardList()
        self.foot = CardFoot()
        self.bar = SubmitBar(desk.keyboard.key_of("submit"))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.head)
        box.addWidget(Hairline())
        box.addWidget(self.list, 1)
        box.addWidget(self.foot)
        box.addWidget(self.bar)
        self.menu = QMenu(self)
        self.menu.aboutToShow.connect(self._fill_menu)
        self.head.name.setMenu(self.menu)
        self.list.play_asked.connect(self.play_asked)
        self.list.current_moved.connect(self.current_moved)
        self.list.phrases_edited.connect(session.set_phrases)
        self.list.phrases_wanted.connect(self._offer_phrases)
        self.foot.text_edited.connect(session.set_text)
        self.foot.outcome_chosen.connect(session.set_outcome)
        self.bar.submit_asked.connect(self.submit_asked)
        self.bar.amend_asked.connect(session.amend)
        self.bar.copy_asked.connect(self.copy_text)
        session.opened.connect(self.show_card)
        session.card_changed.connect(self.show_card)
        session.marks_changed.connect(self.show_marks)

    # --- showing -------------------------------------------------------------------------------------------------

    def show_card(self) -> None:
        """Another call, card or state: everything again; the first open checkpoint becomes the current one."""
        session = self.session
        self._tells_missing = False
        self.phrases.forget()
        self.list.close_fields()
        self.list.cards.set_card(session.card)
        self.list.delegate.is_enabled = session.is_editable
        self.foot.set_outcomes([row for row in (session.call.outcomes if session.call else ()) if row.active])
        has_card = session.card is not None
        self.list.setVisible(has_card)
        self.foot.set_roomy(not has_card)
        self.show_marks()
        self.list.go(self.list.cards.first())

    def show_marks(self) -> None:
        session, card = self.session, self.session.card
        missing = session.missing()
        total = len(card.checkpoints) if card is not None else 0
        begun = total > len(missing)
        few = begun and len(missing) <= FEW_LEFT
        self.list.show_marks(
            session.marks(), frozenset(session.unsaved), self._tells_missing or (few and session.is_editable)
        )
        rules = self.desk.rules
        limits = card.limits(rules) if card is not None else None
        if card is not None and limits is not None:
            facts = _("Revision {number} · {done} of {total} marked").format(
                number=card.number, done=total - len(missing), total=total
            )
            self.head.show_card(card.name, facts, session.score(), limits, scored=True)
        else:
            from qaapp.scorecards.scoring import Limits

            facts = _("Outcome and notes, no score") if session.call is not None else ""
            self.head.show_card(_("Short review"), facts, session.score(), Limits(), scored=False)
        self.head.name.setEnabled(session.is_editable)
        self.foot.show_evaluation(session.evaluation, session.is_editable)
        self._show_bar(len(missing))

    def _show_bar(self, missing: int) -> None:
        session = self.session
        evaluation = session.evaluation
        submitted = evaluation is not None and not evaluation.is_draft
        text, warn = "", False
        if submitted and evaluation is not None and evaluation.submitted_at is not None:
            moment = i18n.moment(evaluation.submitted_at, self.desk.rules.zone)
            text = _("Submitted {moment}").format(moment=moment)
            if evaluation.state is not EvaluationState.SUBMITTED:
                text = i18n.word(evaluation.state) + " · " + text
        elif session.unsaved:
            n = len(session.unsaved)
            text = ngettext("{n} mark is not saved", "{n} marks are not saved", n).format(n=n)
            warn = True
        elif session.card is not None and missing:
            text = ngettext("{n} mark left", "{n} marks left", missing).format(n=missing)
            if self._is_short:
                text = _("{n} left").format(n=missing)
            warn = self._tells_missing
        elif session.card is not None:
            text = _("All marked")
        self.bar.show_state(text, submitted=submitted, can_copy=submitted, warn=warn)

    def _offer_phrases(self, checkpoint_id: int) -> None:
        points = self.session.card.checkpoints if self.session.card is not None else ()
        code = next((point.code for point in points if point.id == checkpoint_id), "")
        self.phrases.ask(code, self, lambda said, should: self.list.offer(checkpoint_id, said, should))

    def point_at_missing(self) -> bool:
        """Jump to the first checkpoint without a mark and say so; False when nothing is missing."""
        missing = self.session.missing()
        if not missing:
            return False
        self._tells_missing = True
        self.show_marks()
        self.list.go_to(missing[0])
        self.list.setFocus()
        return True

    def set_size_class(self, *, low: bool, narrow: bool) -> None:
        """A low window folds the texts, a narrow one shortens what is left."""
        self._is_short = narrow
        self.foot.set_low(low)
        self._show_bar(len(self.session.missing()))

    def retranslate(self) -> None:
        self.list.retranslate()
        self.foot.retranslate()
        self.bar.retranslate()
        if self.session.call is not None:
            self.foot.set_outcomes([row for row in self.session.call.outcomes if row.active])
        self.show_marks()

    # --- doing ---------------------------------------------------------------------------------------------------

    def mark(self, value: int | None, at_ms: int | None) -> bool:
        """Mark the current checkpoint and step on. Not while the card is read-only."""
        checkpoint = self.list.current_checkpoint()
        if checkpoint is None or not self.session.is_editable:
            return False
        self.session.set_mark(checkpoint, value, at_ms)
        self.list.step(1)
        return True

    def copy_text(self) -> None:
        """The evaluation as text on the clipboard."""
        text = self.session.as_text()
        if text:
            QGuiApplication.clipboard().setText(text)
            self.said_something.emit(_("Copied as text"))

    def _fill_menu(self) -> None:
        self.menu.clear()
        call = self.session.call
        if call is None:
            return
        current = self.session.card.scorecard_id if self.session.card is not None else 0
        for brief in call.cards:
            action = self.menu.addAction(brief.name)
            action.setCheckable(True)
            action.setChecked(brief.scorecard_id == current)
            action.triggered.connect(
                lambda _on=False, card_id=brief.scorecard_id: self.session.change_card(card_id)
            )
        self.menu.addSeparator()
        short = self.menu.addAction(_("Short review, without a card"))
        short.setCheckable(True)
        short.setChecked(current == 0)
        short.triggered.connect(lambda: self.session.change_card(0))
        self.menu.addSeparator()
        copy = self.menu.addAction(_("Copy as text"), self.copy_text)
        copy.setEnabled(self.session.evaluation is not None)
