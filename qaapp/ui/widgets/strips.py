"""Messages: an error stays under its cause; an edit says what was done and can be taken back for 8 seconds."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from qaapp.errors import QaappError
from qaapp.i18n import _
from qaapp.jobs import details_of
from qaapp.ui import lights, theme
from qaapp.ui.widgets.buttons import Button, LoneButton
from qaapp.ui.widgets.labels import Label
from qaapp.words import Band

SHOWN_MS = 8000


class _Square(QWidget):
    """The ■ before an error."""

    def sizeHint(self) -> QSize:
        return QSize(theme.px(12), theme.px(20))

    minimumSizeHint = sizeHint

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        lights.paint_light(painter, QRectF(0, 0, self.width(), theme.px(20)), Band.RED, 10)
        painter.end()


class ErrorStrip(QWidget):
    """■, the sentence, *Copy details* and an optional button that helps; hidden until ``show_error``."""

    helped = Signal()
    closed = Signal()

    def __init__(
        self, sentence: str = "", details: str = "", *, closable: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._details = details
        self._sentence = Label(sentence, tone="red_text", wrap=True, selectable=True)
        self._copy = Button(_("Copy details"), "link")
        self._copy.clicked.connect(self._copy_details)
        self._help = Button("", small=True)
        self._help.clicked.connect(self.helped)
        self._close = LoneButton("x", _("Close"))
        self._close.clicked.connect(self._dismiss)
        if not closable:  # shown without a parent it would be a window for a moment and take the focus
            self._close.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 4, 0, 4)
        row.setSpacing(8)
        square = _Square()
        square.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        row.addWidget(square, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._sentence, 1)
        row.addWidget(self._help, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._copy, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self._help.hide()
        if not sentence:
            self.hide()

    def show_error(self, error: QaappError | str, details: str = "", help_text: str = "") -> None:
        """Say what happened; ``help_text`` names a button that emits ``helped``."""
        told = isinstance(error, QaappError)
        self._sentence.setText(error.sentence() if isinstance(error, QaappError) else error)
        self._details = details or (details_of(error) if told else "")  # type: ignore[arg-type]
        self._copy.setText(_("Copy details"))
        self._copy.setVisible(bool(self._details))
        self._help.setText(help_text)
        self._help.setVisible(bool(help_text))
        self.setAccessibleName(self._sentence.text())
        self.show()

    def sentence(self) -> str:
        return self._sentence.text()

    def _copy_details(self) -> None:
        QGuiApplication.clipboard().setText(f"{self._sentence.text()}\n\n{self._details}".strip())

    def _dismiss(self) -> None:
        self.hide()
        self.closed.emit()


class UndoStrip(QFrame):
    """Bottom centre of ``parent`` for 8 s; *Undo* takes the edit back. The pointer on it stops the clock."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("ground", "message")
        self._parent = parent
        self._on_undo: Callable[[], None] | None = None
        self._key = ""
        self._text = Label("", selectable=True)
        self._undo = Button(_("Undo"), "link")
        self._undo.clicked.connect(self._take_back)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(10)
        row.addWidget(self._text)
        row.addWidget(self._undo)
        self._timer = QTimer(self, singleShot=True, interval=SHOWN_MS)
        self._timer.timeout.connect(self.hide)
        parent.installEventFilter(self)
        self.hide()

    def set_key(self, key: str) -> None:
        self._key = key

    def show_message(self, text: str, on_undo: Callable[[], None] | None = None) -> None:
        """Say ``text``; without ``on_undo`` there is nothing to take back."""
        self._on_undo = on_undo
        self._text.setText(text)
        self._undo.setText(_("Undo"))
        self._undo.set_key(self._key)
        self._undo.setVisible(on_undo is not None)
        self.setAccessibleName(text)
        self.setFixedHeight(theme.px(34))
        self.setVisible(True)
        self._place()
        self.raise_()
        self._timer.start()

    def text(self) -> str:
        return self._text.text() if not self.isHidden() else ""

    def can_undo(self) -> bool:
        return not self.isHidden() and self._on_undo is not None

    def take_back(self) -> bool:
        """Use the undo on show; False when there is none."""
        if not self.can_undo():
            return False
        self._take_back()
        return True

    def _take_back(self) -> None:
        call, self._on_undo = self._on_undo, None
        self.hide()
        if call is not None:
            call()

    def _place(self) -> None:
        parent = self._parent
        width = min(self.sizeHint().width(), parent.width() - 32)
        self.setFixedWidth(max(width, 80))
        self.move((parent.width() - self.width()) // 2, parent.height() - self.height() - theme.px(14))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and not self.isHidden():
            self._place()
        return False

    def enterEvent(self, event: object) -> None:
        self._timer.stop()

    def leaveEvent(self, event: object) -> None:
        self._timer.start()


def _show(self: UndoStrip, text: str = "", on_undo: Callable[[], None] | None = None) -> None:
    """Without words it is QWidget.show."""
    if text:
        self.show_message(text, on_undo)
    else:
        self.setVisible(True)


UndoStrip.show = _show  # type: ignore[method-assign, assignment]
