"""Finding words in the text of the open call: Ctrl+F in its tab; Enter goes to the next place and plays from there."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QWidget

from qaapp.calls.search_text import fold
from qaapp.calls.transcripts import Phrase
from qaapp.i18n import _
from qaapp.ui import theme
from qaapp.ui.widgets.buttons import Button
from qaapp.ui.widgets.labels import Label
from qaapp.ui.widgets.search_field import SearchField


def hits_of(phrases: Sequence[Phrase], text: str) -> list[int]:
    """Places of the phrases that hold all words of ``text``, letter case and ё aside; none without words."""
    words = fold(text).split()
    return [
        place
        for place, phrase in enumerate(phrases)
        if words and all(word in fold(phrase.text) for word in words)
    ]


class TextFind(QWidget):
    """``found(place)``: this phrase is to be shown; ``gone_to(place)``: and heard. GUI thread only."""

    found = Signal(int)
    gone_to = Signal(int)
    closed = Signal()
    toggled = Signal()  # it takes room, or gives it back

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._phrases: tuple[Phrase, ...] = ()
        self._hits: list[int] = []
        self._at = self._near = 0
        self._is_fresh = False  # found, not heard yet
        self.field = SearchField(delay_ms=120)
        self.field.setMaximumWidth(theme.px(280))
        self.told = Label("", "small", "ink_2")
        self.told.setMinimumWidth(theme.px(64))
        self.previous = Button("", "flat", icon="chevron-up", small=True)
        self.next = Button("", "flat", icon="chevron-down", small=True)
        self.close_it = Button("", "flat", icon="x", small=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 4, 16, 4)
        row.setSpacing(theme.px(6))
        row.addWidget(self.field, 1)
        for widget in (self.previous, self.next, self.told):
            row.addWidget(widget)
        row.addStretch()
        row.addWidget(self.close_it)
        self.field.searched.connect(self._search)
        self.field.returnPressed.connect(self._entered)
        self.previous.clicked.connect(lambda: self.step(-1))
        self.next.clicked.connect(lambda: self.step(1))
        self.close_it.clicked.connect(self.leave)
        self.hide()
        self.retranslate()

    def retranslate(self) -> None:
        self.field.set_placeholder(_("Find in the text"))
        for button, words in (
            (self.previous, _("The place before")), (self.next, _("The next place")), (self.close_it, _("Close the search")),
        ):  # fmt: skip
            button.setToolTip(words)
            button.setAccessibleName(words)
        self._tell()

    def show_phrases(self, phrases: tuple[Phrase, ...]) -> None:
        """Another call: its phrases, and no search."""
        self._phrases, self._hits = phrases, []
        self.field.clear()
        self.hide()

    def open(self, near: int = 0) -> None:
        """Show the search; the first place is the one at or after phrase ``near``."""
        self._near = near
        self.show()
        self.toggled.emit()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def leave(self) -> None:
        self.field.clear()
        self.hide()
        self.toggled.emit()
        self.closed.emit()

    def _search(self, text: str) -> None:
        self._hits = hits_of(self._phrases, text)
        self._at = next((n for n, place in enumerate(self._hits) if place >= self._near), 0)
        self._is_fresh = bool(self._hits)
        self._tell()
        if self._hits:
            self.found.emit(self._hits[self._at])

    def _entered(self) -> None:
        back = bool(QGuiApplication.keyboardModifiers() & Qt.KeyboardModifier.ShiftModifier)
        self.step(0 if self._is_fresh else -1 if back else 1)

    def step(self, by: int) -> None:
        """To another place, around and around; it is heard from there."""
        if not self._hits:
            return
        self._at = (self._at + by) % len(self._hits)
        self._is_fresh = False
        self._tell()
        self.found.emit(self._hits[self._at])
        self.gone_to.emit(self._hits[self._at])

    def _tell(self) -> None:
        text = ""
        if self._hits:
            text = _("{n} of {total}").format(n=self._at + 1, total=len(self._hits))
        elif self.field.text().strip():
            text = _("Not in this text")
        self.told.setText(text)
        for button in (self.previous, self.next):
            button.setEnabled(len(self._hits) > 0)
