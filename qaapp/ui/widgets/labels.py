"""Text and dividers."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
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


class ElidedLabel(Label):
    """A line that ends in “…” where there is no room for it; the tip then has all of it.

    It gives way to its neighbours: the room it needs at least is ``setMinimumWidth``'s.
    """

    def __init__(
        self, text: str = "", role: str = "body", tone: str = "", *, selectable: bool = False
    ) -> None:
        super().__init__("", role, tone, selectable=selectable)
        self._whole = ""
        self.setText(text)

    def text(self) -> str:
        """All of it, whatever is shown."""
        return self._whole

    def setText(self, text: str) -> None:
        self._whole = text
        self._shorten()
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        hint.setWidth(self.fontMetrics().horizontalAdvance(self._whole) + 2)
        return hint

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._shorten()

    def _shorten(self) -> None:
        shown = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width())
        if shown != super().text():
            super().setText(shown)
        self.setToolTip(self._whole if shown != self._whole else "")


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
