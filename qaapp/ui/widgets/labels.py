"""Text and dividers."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

from qaapp.ui import theme


def restyle(widget: QWidget) -> None:
    """Apply the style sheet again after a property (kind, role, tone, invalid) was changed."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


class Label(QLabel):
    """A label by role (``title``, ``lead``, ``strong``, ``body``, ``small``, ``head``, ``micro`` …) and tone.

    ``wrap`` for everything a person must read to decide; ``selectable`` text can be copied with the mouse.
    """

    def __init__(
        self, text: str = "", role: str = "body", tone: str = "", *, wrap: bool = False,
        selectable: bool = False, tabular: bool = False, parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        if tone:
            self.setProperty("tone", tone)
        if tabular:
            self.setFont(theme.font(role if role in theme.ROLES else "body", tabular=True))
        self.setWordWrap(wrap)
        if wrap:
            policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)
        if selectable:
            self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def set_tone(self, tone: str) -> None:
        """Another colour of the same text (``ink_2``, ``red_text`` …; "" = ink)."""
        if self.property("tone") != tone:
            self.setProperty("tone", tone)
            restyle(self)


class Hairline(QFrame):
    """The divider of panes and sections: one pixel."""

    def __init__(self, vertical: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("ground", "hairline")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        if vertical:
            self.setFixedWidth(1)
        else:
            self.setFixedHeight(1)
