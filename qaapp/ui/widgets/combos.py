"""A list of suggestions that one may also write into."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QCompleter, QWidget


class OpenCombo(QComboBox):
    """What is written stays as it is written; suggestions that hold it are shown below.

    Qt's own completion within the line takes the *first* entry on Enter when the whole text is selected, as it is after Tab:
    a time zone or a stage changed by a key that only says "yes".
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        completer = QCompleter(self.model(), self)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setCompleter(completer)

    def setCurrentText(self, text: str) -> None:
        """Choose the entry of that text, or write it; the arrow keys go on from there."""
        self.setCurrentIndex(self.findText(text))
        self.setEditText(text)
