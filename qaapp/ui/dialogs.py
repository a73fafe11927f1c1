"""The two small dialogs: a name to type, and a question whose button is the verb. Neither blocks the event loop."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from qaapp.errors import QaappError
from qaapp.i18n import _
from qaapp.ui import theme
from qaapp.ui.widgets.buttons import Button
from qaapp.ui.widgets.labels import Label
from qaapp.ui.widgets.strips import ErrorStrip

ROOM = 40  # stays free around a dialog


def open_at(dialog: QDialog, width: int, height: int) -> None:
    """Give a dialog its first size in unscaled pixels, so that its buttons are on the screen also with large text."""
    room = dialog.screen().availableGeometry().size()
    parent = dialog.parentWidget()
    if parent is not None:
        room = room.expandedTo(parent.window().size())
    dialog.resize(min(theme.px(width), room.width() - ROOM), min(theme.px(height), room.height() - ROOM))


class Dialog(QDialog):
    """Title, content, error in place, *Cancel* and the verb; open while ``accept_with`` raises ``QaappError``."""

    def __init__(
        self, parent: QWidget | None, title: str, verb: str, accept_with: Callable[[], None]
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setMinimumWidth(380)
        self._accept_with = accept_with
        self._title = Label(title, "title", wrap=True)
        self.content = QVBoxLayout()
        self.content.setSpacing(8)
        self.error = ErrorStrip()
        self.verb = Button(verb, "primary", key="Enter")
        self.verb.setDefault(True)
        self.verb.clicked.connect(self.accept)
        cancel = Button(_("Cancel"), key="Esc")
        cancel.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(cancel)
        buttons.addWidget(self.verb)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(self._title)
        layout.addLayout(self.content)
        layout.addWidget(self.error)
        layout.addLayout(buttons)

    def accept(self) -> None:
        try:
            self._accept_with()
        except QaappError as error:
            self.error.show_error(error)
            return
        super().accept()


def ask_text(
    parent: QWidget | None,
    title: str,
    verb: str,
    then: Callable[[str], None],
    *,
    value: str = "",
    hint: str = "",
) -> Dialog:
    """Ask for one line; ``then`` gets it without spaces around and may raise ``QaappError``. Empty is not taken."""
    field = QLineEdit(value)
    field.setAccessibleName(title)

    def take() -> None:
        text = field.text().strip()
        field.setProperty("invalid", not text)
        if not text:
            raise QaappError(_("Type a name first."))
        then(text)

    dialog = Dialog(parent, title, verb, take)
    dialog.content.addWidget(field)
    if hint:
        dialog.content.addWidget(Label(hint, "small", "ink_2", wrap=True))
    field.selectAll()
    field.setFocus()
    dialog.open()
    return dialog


def confirm(parent: QWidget | None, question: str, text: str, verb: str, then: Callable[[], None]) -> Dialog:
    """Ask before something that cannot be taken back."""
    dialog = Dialog(parent, question, verb, then)
    if text:
        dialog.content.addWidget(Label(text, wrap=True))
    dialog.open()
    return dialog
