"""Annotations made while listening: one key for a point, two for a region, a digit for the kind."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from qaapp import i18n
from qaapp.calls.annotation_labels import sign_word
from qaapp.calls.annotations import AnnotationRow, KindRow, moved, neighbour
from qaapp.calls.clip_export import ClipWish, wish_of
from qaapp.i18n import _, ngettext
from qaapp.ui.announce import announce
from qaapp.ui.clips_dialog import ClipsDialog
from qaapp.ui.review.center import Center
from qaapp.ui.review.playback import Playback
from qaapp.ui.review.session import ReviewSession

KIND_MEMORY = "review_kind"
LEAST_REGION_MS = 20


class NoteActions(QObject):
    """Works on the session at the playhead; ``deleted`` offers the undo. GUI thread only."""

    deleted = Signal(str)
    said = Signal(str, object)  # a message and what undoes it, or None

    def __init__(
        self, session: ReviewSession, center: Center, playback: Playback, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.session, self.center, self.playback = session, center, playback
        self._region_start: float | None = None
        center.timeline.item_edited.connect(self._moved)
        center.timeline.region_selected.connect(self._selected)
        center.transport.note.clicked.connect(self.add)

    def _kind(self) -> KindRow | None:
        """The kind used last, else the first one that is not a stage."""
        kinds = [kind for kind in self.session.kinds if kind.active]
        last = self.session.desk.remembered(KIND_MEMORY)
        chosen = next((kind for kind in kinds if kind.code == last), None)
        return chosen or next((kind for kind in kinds if kind.lane != "stage"), kinds[0] if kinds else None)

    def _place(self) -> tuple[int, int | None]:
        """The selected region, else the playhead. A region that is the chosen annotation's own does not count."""
        timeline = self.center.timeline
        selection = timeline.selection()
        if selection is not None and self.center.current is None:
            start, end = (round(ms) for ms in selection)
            if end - start >= LEAST_REGION_MS:
                return start, end
        return round(self.playback.position()), None

    def add(self, kind: KindRow | None = None, sign: int | None = None) -> int | None:
        """An annotation at the playhead or over the selected region; its id."""
        kind = kind if isinstance(kind, KindRow) else self._kind()
        if kind is None or self.session.call is None:
            return None
        start, end = self._place()
        row = self.session.add_annotation(kind.id, start, end, sign=sign)
        if row is None:
            return None
        if self.session.desk.remembered(KIND_MEMORY) != kind.code:
            self.session.desk.remember(KIND_MEMORY, kind.code)
        self._region_start = None
        if end is not None:
            self.center.timeline.select_region(None)
        self.center.choose(row.id)
        self._say(_("Annotation added"), row)
        return row.id

    def _say(self, what: str, row: AnnotationRow) -> None:
        """Tell a screen reader: “Annotation added, 3:12, Price”."""
        kind = self.session.kind(row.kind_id)
        parts = (what, i18n.duration(row.start_ms / 1000), kind.name if kind else "", sign_word(row.sign))
        announce(self.center.table, ", ".join(part for part in parts if part))

    def set_sign(self, sign: int) -> None:
        """A plus or a minus on what is chosen, again: none; with nothing chosen a new annotation has it."""
        rows = self.center.chosen_rows()
        if not rows:
            self.add(sign=sign)
            return
        new = None if all(row.sign == sign for row in rows) else sign
        if self.session.change_annotations([replace(row, sign=new) for row in rows]):
            self._say(_("Annotation changed"), replace(rows[0], sign=new))

    def add_with_comment(self) -> None:
        """The same, and its text is written at once; what the sound does meanwhile is a personal setting."""
        made = self.add()
        if made is not None:
            self.center.edit_text(made)

    def kind_by_digit(self, digit: int) -> None:
        """The chosen annotation becomes this kind; without one a new annotation of it is made."""
        kind = next((kind for kind in self.session.kinds if kind.shortcut == digit and kind.active), None)
        if kind is None:
            return
        rows = self.center.chosen_rows()
        if not rows:
            self.add(kind)
            return
        self.session.desk.remember(KIND_MEMORY, kind.code)
        if self.session.change_annotations([replace(row, kind_id=kind.id) for row in rows]):
            self._say(_("Annotation changed"), replace(rows[0], kind_id=kind.id))

    def start_region(self) -> None:
        now = self.playback.position()
        self._region_start = now
        self.center.choose(None)
        selection = self.center.timeline.selection()
        if selection is not None and selection[1] > now:
            self.center.timeline.select_region(now, selection[1])
        else:
            self.center.timeline.select_region(now, now)

    def end_region(self) -> None:
        now = self.playback.position()
        start = self._region_start
        if start is None:
            selection = self.center.timeline.selection()
            start = selection[0] if selection is not None else now
        self.center.choose(None)
        self.center.timeline.select_region(min(start, now), max(start, now))

    def move_edge(self, is_start: bool) -> bool:
        """The chosen annotation begins or ends at the playhead from now on; a point becomes a region."""
        rows = self.center.chosen_rows()
        if len(rows) != 1:
            return False
        row, now = rows[0], round(self.playback.position())
        other = row.start_ms if row.end_ms is None or not is_start else row.end_ms
        start, end = min(now, other), max(now, other)
        if end - start >= LEAST_REGION_MS and self.session.change_annotation(moved(row, start, end), "place"):
            self.center.choose(row.id)
            self._say(_("Annotation changed"), row)
        return True

    def neighbour(self, forward: bool) -> None:
        """Alt+← and Alt+→: go to the annotation before or after, and choose it."""
        row = neighbour(self.session.annotations, self.playback.position(), forward=forward)
        if row is not None:
            self.playback.seek(row.start_ms)
            self.center.choose(row.id)

    def delete(self) -> bool:
        """Delete what is chosen; the message offers the undo."""
        ids = [row.id for row in self.center.chosen_rows()]
        if not ids:
            return False
        if self.session.delete_annotations(ids):
            self.center.choose(None)
            self.center.timeline.select_region(None)
            n = len(ids)
            told = ngettext("{n} annotation deleted", "{n} annotations deleted", n).format(n=n)
            said = _("Annotation deleted") if n == 1 else told
            announce(self.center.table, said)
            self.deleted.emit(said)
        return True

    def save_clips(self) -> bool:
        """Files of the chosen annotations, else of the selected region, else of the whole call."""
        session = self.session
        if session.call is None or session.call.no_sound is not None:
            return False
        rows, region = self.center.chosen_rows(), self.center.timeline.selection()
        if rows:
            wishes = [wish_of(row, session.kind(row.kind_id)) for row in rows]
        elif region is not None and region[1] - region[0] >= LEAST_REGION_MS:
            wishes = [ClipWish(session.call_id, round(region[0]), round(region[1]))]
        else:
            wishes = [ClipWish(session.call_id)]
        ClipsDialog(session.desk, wishes, self.said.emit, self.center).open()
        return True

    def _selected(self, _region: object) -> None:
        """A region drawn by hand is not the chosen annotation's any more."""
        self.center.choose(None)

    def _moved(self, annotation_id: int, start_ms: int, end_ms: int | None) -> None:
        row = next((row for row in self.session.annotations if row.id == annotation_id), None)
        if row is None:
            return
        if self.session.change_annotation(moved(row, start_ms, end_ms), "place"):
            self.center.choose(annotation_id)
        else:
            self.center.show_annotations()
