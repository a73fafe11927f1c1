"""The pattern of every empty screen: an icon, one sentence, one button, at 40 % of the height."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from qaapp.ui import icons, theme
from qaapp.ui.widgets.buttons import Button
from qaapp.ui.widgets.labels import Label


class EmptyState(QWidget):
    """``EmptyState("list", sentence, "Open a folder", key)``; ``clicked`` when the button is used."""

    clicked = Signal()

    def __init__(
        self, icon: str, sentence: str, button: str = "", key: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._icon_name = icon
        self._picture = QLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._sentence = Label(sentence, "lead", wrap=True)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.button = Button(button, "primary", key=key)
        self.button.setVisible(bool(button))
        self.button.clicked.connect(self.clicked)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self.button)
        row.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(theme.px(14))
        layout.addStretch(4)
        layout.addWidget(self._picture)
        layout.addWidget(self._sentence)
        layout.addLayout(row)
        layout.addStretch(6)
        theme.signals.changed.connect(self._draw)
        self._draw()

    def set_texts(self, sentence: str, button: str = "", key: str = "") -> None:
        """Other words, for another language or another reason to be empty."""
        self._sentence.setText(sentence)
        self.button.setText(button)
        self.button.set_key(key)
        self.button.setVisible(bool(button))

    def sentence(self) -> str:
        return self._sentence.text()

    def _draw(self) -> None:
        self._picture.setPixmap(icons.pixmap(self._icon_name, 32, "ink_3", self.devicePixelRatioF()))
