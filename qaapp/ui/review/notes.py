"""Edits of annotations and tags of the open call: saved at once, undone by the same stack as the marks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from qaapp.calls import annotation_import
from qaapp.calls import annotations as annotation_store
from qaapp.calls import tags as tag_store
from qaapp.calls.annotation_import import Draft, Imported, Refused
from qaapp.calls.annotations import AnnotationRow
from qaapp.calls.tags import TagRow
from qaapp.i18n import _
from qaapp.ui.review.edits import Edit

if TYPE_CHECKING:
    from PySide6.QtCore import SignalInstance
    from PySide6.QtGui import QUndoStack

    from qaapp.ui.desk import Desk
    from qaapp.ui.review.opened import OpenedCall

Session: TypeAlias = Any  # a session of the store: the window only hands it on


class NoteEdits:
    """Part of ``ReviewSession``; what it needs of it is declared here."""

    desk: Desk
    call: OpenedCall | None
    undo_stack: QUndoStack
    annotations: tuple[AnnotationRow, ...]
    tags: tuple[TagRow, ...]
    annotations_changed: SignalInstance
    tags_changed: SignalInstance
    if TYPE_CHECKING:

        @property
        def call_id(self) -> int: ...

        def save(self, write: Callable[[Session], Any]) -> tuple[bool, Any]: ...

    # --- annotations ---------------------------------------------------------------------------------------------

    def _read_annotations(self) -> None:
        with self.desk.database.read() as session:
            self.annotations = tuple(annotation_store.list_annotations(session, self.call_id))
        self.annotations_changed.emit()

    def _save_annotation(self, write: Callable[[Session], Any]) -> tuple[bool, Any]:
        done, result = self.save(write)
        if done:
            self._read_annotations()
        return done, result

    def annotation(self, annotation_id: int | None) -> AnnotationRow | None:
        """The annotation with this id as it is on show."""
        return next((row for row in self.annotations if row.id == annotation_id), None)

    def add_annotation(
        self, kind_id: int, start_ms: int, end_ms: int | None = None, checkpoint_id: int | None = None,
        sign: int | None = None,
    ) -> AnnotationRow | None:  # fmt: skip
        """A point or a region; None when it could not be saved."""
        if self.call is None:
            return None
        call_id, user = self.call_id, self.desk.user_id or None
        done, row = self._save_annotation(
            lambda session: annotation_store.add(
                session,
                call_id,
                kind_id,
                start_ms,
                end_ms,
                checkpoint_id=checkpoint_id,
                user_id=user,
                sign=sign,
            )
        )
        if not done:
            return None
        assert isinstance(row, AnnotationRow)
        self._push_added([row.id])
        return row

    def take_annotations(self, drafts: Sequence[Draft], refused: Sequence[Refused]) -> Imported | None:
        """Bring in what a file holds, as one step of undo; None when it could not be saved."""
        if self.call is None:
            return None
        call, user = self.call, self.desk.user_id or None
        done, result = self._save_annotation(
            lambda session: annotation_import.add_drafts(
                session, call.row.id, drafts, refused, duration_ms=call.duration_ms or None, user_id=user
            )
        )
        if not done:
            return None
        assert isinstance(result, Imported)
        if result.added:
            self._push_added([row.id for row in result.added])
        return result

    def _push_added(self, ids: Sequence[int]) -> None:
        self.undo_stack.push(
            Edit(_("Annotation"), lambda: self._put_deleted(ids, True), lambda: self._put_deleted(ids, False))
        )

    def change_annotation(self, after: AnnotationRow, key: str = "") -> bool:
        """Save an annotation as it is now; ``key`` bundles edits of one field."""
        return self.change_annotations([after], key)

    def change_annotations(self, rows: Sequence[AnnotationRow], key: str = "") -> bool:
        """Save several as they are now, as one step of undo."""
        pairs = [(self.annotation(after.id), after) for after in rows]
        changed = [(before, after) for before, after in pairs if before is not None and before != after]
        if not changed:
            return any(before is not None for before, _after in pairs)
        befores, afters = [before for before, _after in changed], [after for _before, after in changed]
        if not self._put(afters):
            return False
        self.undo_stack.push(
            Edit(
                _("Annotation"), lambda: self._put(befores), lambda: self._put(afters),
                (key, *(row.id for row in afters)) if key else None,
            )
        )  # fmt: skip
        return True

    def _put(self, rows: Sequence[AnnotationRow]) -> bool:
        user = self.desk.user_id or None
        done, _rows = self._save_annotation(
            lambda session: [annotation_store.update(session, row, user) for row in rows]
        )
        return done

    def delete_annotation(self, annotation_id: int) -> bool:
        return self.delete_annotations([annotation_id])

    def delete_annotations(self, ids: Sequence[int]) -> bool:
        """Hide them, as one step of undo."""
        ids = [one for one in ids if self.annotation(one) is not None]
        if not ids or not self._put_deleted(ids, True):
            return False
        self.undo_stack.push(
            Edit(_("Annotation"), lambda: self._put_deleted(ids, False), lambda: self._put_deleted(ids, True))
        )
        return True

    def _put_deleted(self, ids: Sequence[int], deleted: bool) -> bool:
        user = self.desk.user_id or None

        done, _none = self._save_annotation(
            lambda session: annotation_store.set_deleted(session, ids, deleted, user)
        )
        return done

    # --- tags ----------------------------------------------------------------------------------------------------

    def add_tag(self, name: str) -> bool:
        return self._change_tags(
            lambda session: tag_store.add_tag(session, [self.call_id], name, self.desk.user_id or None)
        )

    def remove_tag(self, tag_id: int) -> bool:
        return self._change_tags(
            lambda session: tag_store.remove_tag(session, [self.call_id], tag_id, self.desk.user_id or None)
        )

    def _change_tags(self, write: Callable[[Session], tag_store.TagChange]) -> bool:
        done, change = self._save_tags(write)
        if done and not change.is_empty:
            user = self.desk.user_id or None
            self.undo_stack.push(
                Edit(
                    _("Tag"),
                    lambda: self._save_tags(lambda s: tag_store.apply_tag_change(s, change, True, user)),
                    lambda: self._save_tags(lambda s: tag_store.apply_tag_change(s, change, False, user)),
                )
            )
        return done

    def _save_tags(self, write: Callable[[Session], Any]) -> tuple[bool, Any]:
        call_id = self.call_id

        def work(session: Session) -> Any:
            result = write(session)
            self.tags = tag_store.tags_of(session, [call_id]).get(call_id, ())
            return result

        done, result = self.save(work)
        if done:
            self.tags_changed.emit()
        return done, result

    def all_tags(self) -> list[TagRow]:
        with self.desk.database.read() as session:
            return tag_store.list_tags(session)
