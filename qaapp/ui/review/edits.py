"""One edit on the undo stack: it is done and saved before it is pushed.

Edits of one field that follow each other are one step (letters of a text, pulls at a region), until a pause of
``BUNDLE_S``: what was written a minute later is undone for itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable

from PySide6.QtGui import QUndoCommand

MERGE_ID = 71
BUNDLE_S = 10.0
monotonic = time.monotonic


class Edit(QUndoCommand):
    """``undo`` and ``redo`` save at once; ``key`` bundles: the next edit with the same key joins this one."""

    def __init__(
        self, text: str, undo: Callable[[], object], redo: Callable[[], object], key: Hashable = None
    ) -> None:
        super().__init__(text)
        self._undo, self._redo, self.key = undo, redo, key
        self.made_s = monotonic()
        self._is_done = True  # it was done before it was pushed

    def id(self) -> int:
        return MERGE_ID if self.key is not None else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, Edit) or other.key != self.key or other.made_s - self.made_s > BUNDLE_S:
            return False
        self._redo, self.made_s = other._redo, other.made_s
        return True

    def undo(self) -> None:
        self._undo()

    def redo(self) -> None:
        if self._is_done:
            self._is_done = False
            return
        self._redo()
