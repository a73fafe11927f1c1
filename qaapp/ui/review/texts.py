"""The words of the open call: looked for beside its recording, followed, taken into what was said."""

from __future__ import annotations

from PySide6.QtCore import QObject

from qaapp.calls import transcripts
from qaapp.calls.transcripts import Phrase
from qaapp.ui.review.card_pane import CardPane
from qaapp.ui.review.center import Center
from qaapp.ui.review.playback import Playback
from qaapp.ui.review.session import ReviewSession


class Texts(QObject):
    """GUI thread only."""

    def __init__(
        self,
        session: ReviewSession,
        center: Center,
        card: CardPane,
        playback: Playback,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.session, self.center, self.card = session, center, card
        session.opened.connect(self._look)
        playback.moved.connect(center.text.show_position)
        center.text.seek_asked.connect(playback.play_from)
        center.text.said_asked.connect(self.take)

    def _look(self) -> None:
        """A text may have come beside the recording since it was imported."""
        desk, call_id = self.session.desk, self.session.call_id
        roots = dict(desk.roots)

        def work() -> tuple[Phrase, ...] | None:
            with desk.database.read() as session:
                found = transcripts.look_beside(session, call_id, roots)
            if not found:
                return None
            with desk.database.write(bulk=True) as session:
                changed = [transcripts.store(session, call_id, each.record) for each in found]
                return transcripts.phrases_of(session, call_id) if any(changed) else None

        def ready(phrases: tuple[Phrase, ...] | None) -> None:
            if phrases is not None and self.session.call_id == call_id:
                self.session.phrases = phrases
                self.center.show_text()

        desk.jobs.start("texts", "", work, on_done=ready, on_failed=lambda _error: None, replaces=True)

    def take(self, text: str = "") -> None:
        """The phrase becomes what was said at the checkpoint in focus; an empty ``text`` is the phrase in sight."""
        point, text = self.session.current_checkpoint, text or self.center.text.current_text()
        if not point or not text or not self.session.is_editable:
            return
        mark = self.session.mark(point)
        said = f"{mark.said} {text}".strip() if mark.said and text not in mark.said else text
        self.session.set_phrases(point, said, mark.should_have_said)
