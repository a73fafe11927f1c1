"""A line that offers phrases while one types: the list stands under it and takes nothing of the keyboard by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPoint, QSize, Qt
from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QWidget

from qaapp.i18n import _, ngettext
from qaapp.ui import theme
from qaapp.ui.announce import announce

Match = Callable[[Sequence[str], str], list[str]]
K = Qt.Key
ROW, WIDEST = 26, 460


class PhraseField(QLineEdit):
    """``set_phrases``; typing shows what fits. Tab takes the marked phrase (or the first), Enter a marked one, Esc
    leaves the list, ↓ and ↑ walk through it; ↓ in an empty line shows all. ``textEdited`` is told for a taken one too.
    """

    def __init__(self, text: str = "", match: Match | None = None, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._match: Match = match or (lambda phrases, _typed: list(phrases))
        self._phrases: Sequence[str] = ()
        self._list = QListWidget()
        self._list.setProperty("ground", "message")
        self._list.setFrameShape(QFrame.Shape.StyledPanel)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self._list.setMouseTracking(True)
        self._list.setAccessibleName(_("Phrases"))
        self._list.hide()
        self._list.itemClicked.connect(lambda item: self._take(item.text()))
        self.textEdited.connect(self._typed)
        self.destroyed.connect(self._list.deleteLater)

    def set_phrases(self, phrases: Sequence[str]) -> None:
        """What may be offered, the best first. Somebody may be typing already."""
        self._phrases = phrases
        if self.hasFocus() and self.text() and self.isModified():
            self._typed(self.text())

    def is_offering(self) -> bool:
        """Whether the list is open: then it has Tab, Enter, Esc, ↑ and ↓."""
        return self._list.isVisible()

    def shown(self) -> list[str]:
        """What is offered at the moment."""
        return self._texts() if self.is_offering() else []

    def _texts(self) -> list[str]:
        return [self._list.item(row).text() for row in range(self._list.count())]

    def close_list(self) -> None:
        self._list.hide()
        self.setProperty("ownKeys", None)

    def _typed(self, typed: str) -> None:
        found = self._match(self._phrases, typed) if typed.strip() else []
        self._show(found, typed)

    def _show(self, found: list[str], typed: str) -> None:
        if not found:
            self.close_list()
            return
        self._list.clear()
        for phrase in found:
            item = QListWidgetItem(phrase)
            item.setToolTip(phrase)
            item.setSizeHint(QSize(0, theme.px(ROW)))
            self._list.addItem(item)
        begins = bool(typed.strip()) and found[0].casefold().startswith(typed.strip().casefold())
        self._list.setCurrentRow(0 if begins else -1)
        self._place()
        self.setProperty("ownKeys", ["Esc"])  # else the window's keys would take it to play
        n = len(found)
        announce(self, ngettext("{n} phrase: {first}", "{n} phrases: {first}", n).format(n=n, first=found[0]))

    def _place(self) -> None:
        window = self.window()
        if self._list.parentWidget() is not window:
            self._list.setParent(window)
        height = theme.px(ROW) * self._list.count() + 4
        at = self.mapTo(window, QPoint(0, self.height() + 1))
        if at.y() + height > window.height():
            at = self.mapTo(window, QPoint(0, -height - 1))
        longest = max(self.fontMetrics().horizontalAdvance(text) for text in self._texts())
        width = max(self.width(), min(longest + theme.px(28), theme.px(WIDEST)))
        left = max(0, min(at.x(), window.width() - width))
        self._list.setGeometry(left, max(0, at.y()), width, height)
        self._list.show()
        self._list.raise_()

    def _take(self, phrase: str) -> None:
        self.close_list()
        self.setText(phrase)
        self.setModified(True)
        self.setCursorPosition(len(phrase))
        self.textEdited.disconnect(self._typed)
        self.textEdited.emit(phrase)
        self.textEdited.connect(self._typed)
        announce(self, phrase)

    def event(self, event: QEvent) -> bool:
        """Tab would leave the field before it comes to ``keyPressEvent``."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and self.press_list(event):
            return True
        return super().event(event)

    def press_list(self, event: QKeyEvent) -> bool:
        """Use a key for the open list; for whoever filters the keys of this field before it."""
        key, row = event.key(), self._list.currentRow()
        if not self.is_offering():
            if key == K.Key_Down and not self.text() and self._phrases:
                self._show(self._match(self._phrases, ""), "")
                return True
            return False
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        if key == K.Key_Escape:
            self.close_list()
        elif key == K.Key_Tab:
            self._take(self._list.item(max(row, 0)).text())
        elif key in (K.Key_Return, K.Key_Enter):
            if row < 0:
                self.close_list()
                return False
            self._take(self._list.item(row).text())
        elif key in (K.Key_Down, K.Key_Up):
            step = 1 if key == K.Key_Down else -1
            self._list.setCurrentRow(
                (row + step) % self._list.count() if row >= 0 or step > 0 else self._list.count() - 1
            )
            announce(self, self._list.currentItem().text())
        else:
            return False
        return True

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.close_list()
        super().focusOutEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self.close_list()
        super().hideEvent(event)
