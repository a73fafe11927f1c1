"""The top bar: what screen this is, its period, the search that opens the palette, and who is sitting here."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from qaapp.i18n import _
from qaapp.ui import theme
from qaapp.ui.period import PeriodPicker
from qaapp.ui.widgets.buttons import MenuButton
from qaapp.ui.widgets.labels import Label
from qaapp.ui.widgets.search_field import SearchField

HEIGHT = 44


class TopBar(QWidget):
    """``search_wanted`` when the search is clicked or typed into (with the first letters)."""

    search_wanted = Signal(str)

    def __init__(self, today: date, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = Label("", "title")
        self.period = PeriodPicker(today)
        self.search = SearchField(delay_ms=0)
        self.search.setReadOnly(True)
        self.search.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.search.setCursor(Qt.CursorShape.PointingHandCursor)
        self.search.installEventFilter(self)
        self.user = MenuButton("", "")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 8, 1)
        row.setSpacing(14)
        row.addWidget(self._title)
        row.addWidget(self.period)
        row.addStretch(1)
        row.addWidget(self.search)
        row.addWidget(self.user)
        theme.signals.changed.connect(self._resize)
        self._resize()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("window"))
        painter.fillRect(0, self.height() - 1, self.width(), 1, theme.color("hairline"))
        painter.end()

    def _resize(self) -> None:
        self.setFixedHeight(theme.px(HEIGHT))
        self.search.setFixedWidth(theme.px(280))

    def set_title(self, title: str, uses_period: bool) -> None:
        self._title.setText(title)
        self.period.setVisible(uses_period)

    def title(self) -> str:
        return self._title.text()

    def set_user(self, name: str, menu: QMenu) -> None:
        """Who everything is signed by, with the menu of persons, language, theme and workspace."""
        self.user.set_value(name or _("Who are you?"))
        self.user.set_menu(menu)

    def retranslate(self, key: str) -> None:
        self.search.set_placeholder(_("Call, manager, command"))
        self.search.set_key(key)
        self.period.retranslate()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search:
            if event.type() == QEvent.Type.MouseButtonPress:
                self.search_wanted.emit("")
                return True
            if event.type() == QEvent.Type.KeyPress:
                text = event.text()  # type: ignore[attr-defined]
                if text.isprintable() and text.strip():
                    self.search_wanted.emit(text)
                    return True
                if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):  # type: ignore[attr-defined]
                    self.search_wanted.emit("")
                    return True
        return False
