"""The error tree: what the world did wrong, said in one sentence to a person.

A ``QaappError`` carries a message id of the catalogue and the facts for its ``{placeholders}``; the sentence is made in
the language of the moment it is shown. Anything else that is raised is a bug of ours and is logged with its traceback.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class QaappError(Exception):
    """``raise StoreError(N_("{path} is on a network share."), hint=N_("Move it to this computer."), path=path)``.

    The message says what happened and where; ``hint`` what to do. Both are catalogue ids marked with ``i18n.N_``.
    """

    def __init__(self, message: str, /, *, hint: str = "", kind: str = "", **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.kind = kind
        self.facts = facts

    def sentence(self) -> str:
        """The message and the hint in the current language."""
        from qaapp.i18n import _

        parts = [_(text).format(**self.facts) for text in (self.message, self.hint) if text]
        return " ".join(parts)

    def __str__(self) -> str:
        return self.sentence()


def sentence_of(document: Mapping[str, Any] | None) -> str | None:
    """The sentence of an error that was stored as ``{"message", "hint", "facts"}``, in the current language."""
    if not document:
        return None
    try:
        return QaappError(
            str(document["message"]), hint=str(document.get("hint", "")), **dict(document.get("facts", {}))
        ).sentence()
    except (KeyError, IndexError, ValueError, TypeError):
        return str(document.get("message", ""))


class UsageError(QaappError):
    """A command or a call was used wrongly (exit status 2)."""


class StoreError(QaappError):
    """The database or the workspace: kinds newer, locked, corrupt, disk, network_share, gone, exists."""


class SheetError(QaappError):
    """A CSV, XLSX or JSON file that cannot be read as a table."""


class SourceError(QaappError):
    """A source of calls: kinds ``auth``, ``rate``, ``network``, ``format``, ``not_supported``."""


class AudioError(QaappError):
    """A recording: kinds ``missing``, ``empty``, ``not_audio``, ``damaged``, ``too_long``, ``forbidden``."""


class ScorecardError(QaappError):
    """A card, a revision or a mark that breaks a rule."""


class ReportError(QaappError):
    """A workbook or a pack that cannot be written."""
