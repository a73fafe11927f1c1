"""The settings: topics at the left, one page at the right. A page is made when it is first looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QStackedWidget, QWidget

from qaapp.i18n import _
from qaapp.ui import theme
from qaapp.ui.desk import Desk
from qaapp.ui.screen import Screen
from qaapp.ui.settings.general_page import GeneralPage
from qaapp.ui.settings.keys_page import KeysPage
from qaapp.ui.settings.listening_page import ListeningPage
from qaapp.ui.settings.page import Page
from qaapp.ui.settings.people_pages import PeoplePage, ReviewersPage
from qaapp.ui.settings.phrases_page import PhrasesPage
from qaapp.ui.settings.rules_page import RulesPage
from qaapp.ui.settings.storage_page import StoragePage
from qaapp.ui.settings.words_pages import KindsPage, OutcomesPage, TagsPage
from qaapp.ui.widgets import Hairline
from qaapp.ui.widgets.topics import TopicDelegate

PAGES: tuple[type[Page], ...] = (
    GeneralPage, ListeningPage, PeoplePage, ReviewersPage, RulesPage, OutcomesPage, TagsPage, KindsPage, PhrasesPage,
    KeysPage, StoragePage,
)  # fmt: skip


class SettingsScreen(Screen):
    """Everything is kept at once; there is nothing to save."""

    name = "settings"
    icon = "settings"
    uses_period = False

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._shell: Any = None
        self._outputs: Callable[[], list[str]] | None = None
        self._pages: dict[int, Page] = {}
        self.topics = QListWidget()
        self.topics.setProperty("ground", "window")
        self.topics.setItemDelegate(TopicDelegate(self.topics))
        self.topics.setMouseTracking(True)
        self.topics.currentRowChanged.connect(self._show)
        self._stack = QStackedWidget()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.topics)
        row.addWidget(Hairline(vertical=True))
        row.addWidget(self._stack, 1)
        theme.signals.changed.connect(self._rescale)
        self._rescale()
        self.retranslate()

    def wire(self, shell: Any) -> None:
        """Language, theme and text size are the window's."""
        self._shell = shell
        for page in self._pages.values():
            page.shell = shell

    def set_outputs(self, outputs: Callable[[], list[str]]) -> None:
        """Where the names of the sound devices come from."""
        self._outputs = outputs
        page = self._pages.get(0)
        if isinstance(page, GeneralPage):
            page.outputs = outputs

    def title(self) -> str:
        return _("Settings")

    def activate(self) -> None:
        if self.topics.currentRow() < 0:
            self.topics.setCurrentRow(0)
        else:
            self.page(self.topics.currentRow()).refresh()

    def page(self, number: int) -> Page:
        """The page of a topic, made when it is needed."""
        if number not in self._pages:
            page = PAGES[number](self.desk, self._shell)
            page.message.connect(self.show_message)
            page.failed.connect(self.failed)
            if isinstance(page, GeneralPage) and self._outputs is not None:
                page.outputs = self._outputs
            self._pages[number] = page
            self._stack.addWidget(page)
        return self._pages[number]

    def show_page(self, kind: type[Page]) -> None:
        """Open one topic."""
        self.topics.setCurrentRow(PAGES.index(kind))

    def _show(self, number: int) -> None:
        if number >= 0:
            page = self.page(number)
            self._stack.setCurrentWidget(page)
            page.refresh()

    def _rescale(self) -> None:
        self.topics.setFixedWidth(theme.px(208))

    def retranslate(self) -> None:
        current = self.topics.currentRow()
        self.topics.blockSignals(True)
        self.topics.clear()
        self.topics.setAccessibleName(_("Settings"))
        for kind in PAGES:
            item = QListWidgetItem(kind.title())
            item.setSizeHint(QSize(0, theme.px(30)))
            item.setData(Qt.ItemDataRole.ToolTipRole, kind.title())
            self.topics.addItem(item)
        self.topics.blockSignals(False)
        for page in self._pages.values():
            self._stack.removeWidget(page)
            page.deleteLater()
        self._pages.clear()
        if current >= 0:
            self.topics.setCurrentRow(current)

    def status_text(self) -> str:
        return _("Every change is kept at once")
