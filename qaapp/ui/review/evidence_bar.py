"""The bar over the transport while evidence is played."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from qaapp.i18n import _
from qaapp.ui import theme
from qaapp.ui.keys import Keyboard
from qaapp.ui.widgets import Button, Label


class EvidenceBar(QWidget):
    """What is being played, and the way on, back and out. Hidden until it is needed."""

    def __init__(self, keyboard: Keyboard, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keyboard = keyboard
        self.title = Label("", "strong")
        self.place = Label("", "small", "ink_2")
        self.previous = Button("", "flat", icon="skip-back")
        self.next = Button("", "flat", icon="skip-forward")
        self.stop = Button("", "flat", icon="x")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 4, 12, 4)
        row.setSpacing(theme.px(8))
        row.addWidget(self.place)
        row.addWidget(self.title, 1)
        for button in (self.previous, self.next, self.stop):
            row.addWidget(button)
        self.retranslate()
        self.hide()

    def retranslate(self) -> None:
        for button, text in (
            (self.previous, _("The stretch before")), (self.next, _("The next stretch")), (self.stop, _("Stop")),
        ):  # fmt: skip
            key = self._keyboard.key_of("play_evidence") if button is self.stop else ""
            button.setToolTip(f"{text} — {key}" if key else text)
            button.setAccessibleName(text)

    def show_stretch(self, title: str, number: int, total: int) -> None:
        self.title.setText(title)
        self.place.setText(_("Evidence {number} of {total}").format(number=number, total=total))
        self.show()
