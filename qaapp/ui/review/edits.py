"""One edit on the undo stack: it is done and saved before it is pushed; edits of one field that follow are one step."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from PySide6.QtGui import QUndoCommand

MERGE_ID = 71


class Edit(QUndoCommand):
    """``undo`` and ``redo`` save at once; ``key`` bundles: the next edit with the same key joins this one."""

    def __init__(
        self, text: str, undo: Callable[[], object], redo: Callable[[], object], key: Hashable = None
    ) -> None:
        super().__init__(text)
        self._undo, self._redo, self.key = undo, redo, key
        self._is_done = True  # it was done before it was pushed

    def id(self) -> int:
        return MERGE_ID if self.key is not None else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, Edit) or other.key != self.key:
            return False
        self._redo = other._redo
        return True

    def undo(self) -> None:
        self._undo()

    def redo(self) -> None:
        if self._is_done:
            self._is_done = False
            return
        self._redo()
