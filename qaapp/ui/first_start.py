"""The first start: four ways in, who one is, language, theme and where everything is kept."""

from __future__ import annotations

import getpass
import os
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QLineEdit, QMenu, QVBoxLayout, QWidget

from qaapp import i18n
from qaapp.i18n import _
from qaapp.ui import icons, theme
from qaapp.ui.banner import Banner
from qaapp.ui.user_menu import THEMES, theme_word
from qaapp.ui.widgets.buttons import Button, MenuButton
from qaapp.ui.widgets.labels import Hairline, Label
from qaapp.ui.widgets.strips import ErrorStrip

COLUMN = 820


def name_of_account() -> str:
    """The full name of the computer's account where it is known, else the login; "" when neither is."""
    try:
        if os.name == "posix":
            import pwd

            full = pwd.getpwuid(os.getuid()).pw_gecos.split(",")[0].strip()
            if full:
                return full
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return ""


class _Way(QWidget):
    """Icon, what it is, what it brings, and its button with a digit."""

    def __init__(self, icon: str, key: str, kind: str) -> None:
        super().__init__()
        self._icon_name = icon
        self._picture = QLabel()
        self._title = Label("", "title")
        self._text = Label("", "body", "ink_2", wrap=True)
        self.button = Button("", kind, key=key, spread=True)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addStretch()
        words.addWidget(self._title)
        words.addWidget(self._text)
        words.addStretch()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 10, 0, 10)
        row.setSpacing(16)
        row.addWidget(self._picture)
        row.addLayout(words, 1)
        row.addWidget(self.button)
        self.rescale()

    def set_texts(self, title: str, text: str, button: str) -> None:
        self._title.setText(title)
        self._text.setText(text)
        self.button.setText(button)
        self.button.setAccessibleName(f"{title}: {button}")

    def rescale(self) -> None:
        self._picture.setPixmap(icons.pixmap(self._icon_name, 24, "ink_2", self.devicePixelRatioF()))
        self.button.setFixedWidth(theme.px(190))
        self.setMinimumHeight(theme.px(72))


class FirstStart(QWidget):
    """Emits what was chosen; whoever built it does the work. The name is taken when a way is chosen."""

    samples_wanted = Signal()
    folder_chosen = Signal(object)  # Path
    log_chosen = Signal(object)  # Path
    provider_wanted = Signal()
    name_given = Signal(str)
    language_chosen = Signal(str)
    theme_chosen = Signal(str)
    workspace_wanted = Signal()

    def __init__(
        self, workspace: Path, theme_mode: str, name: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("ground", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._workspace = workspace
        self._mode = theme_mode
        self.banner = Banner()
        self._display = Label("", "display")
        self._lead = Label("", "lead", "ink_2", wrap=True)
        self._name_label = Label("", "body", "ink_2")
        self.name = QLineEdit(name or name_of_account())
        self.samples = _Way("headphones", "1", "primary")
        self.folder = _Way("folder-open", "2", "")
        self.provider = _Way("cable", "3", "")
        self.log = _Way("file-spreadsheet", "4", "")
        self.samples.button.clicked.connect(self._samples)
        self.folder.button.clicked.connect(self._folder)
        self.provider.button.clicked.connect(self._provider)
        self.log.button.clicked.connect(self._log)
        self._drop_icon = QLabel()
        self._drop = Label("", "body", "ink_2", wrap=True)
        self.error = ErrorStrip()
        self._language = MenuButton("", "")
        self._theme = MenuButton("", "")
        self._place_label = Label("", "body", "ink_2")
        self._place = Label(str(workspace), selectable=True)
        self._change = Button("", "link")
        self._change.clicked.connect(self.workspace_wanted)
        self._lay_out()
        theme.signals.changed.connect(self._rescale)
        self._rescale()
        self.retranslate()

    def _ways(self) -> tuple[_Way, ...]:
        return self.samples, self.folder, self.provider, self.log

    def _lay_out(self) -> None:
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self._display)
        column.addSpacing(8)
        column.addWidget(self._lead)
        column.addSpacing(16)
        who = QHBoxLayout()
        who.setSpacing(8)
        who.addWidget(self._name_label)
        who.addWidget(self.name)
        who.addStretch(1)
        column.addLayout(who)
        column.addSpacing(16)
        column.addWidget(Hairline())
        for way in self._ways():
            column.addWidget(way)
            column.addWidget(Hairline())
        column.addSpacing(14)
        drop = QHBoxLayout()
        drop.setSpacing(8)
        drop.addWidget(self._drop_icon)
        drop.addWidget(self._drop, 1)
        column.addLayout(drop)
        column.addWidget(self.error)
        self._column = QWidget()
        self._column.setLayout(column)
        centre = QHBoxLayout()
        centre.addStretch(1)
        centre.addWidget(self._column, 8)
        centre.addStretch(1)
        foot = QWidget()
        foot.setProperty("ground", "window")
        foot.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(foot)
        row.setContentsMargins(16, 6, 24, 6)
        row.setSpacing(8)
        row.addWidget(self._language)
        row.addWidget(self._theme)
        row.addStretch(1)
        row.addWidget(self._place_label)
        row.addWidget(self._place)
        row.addWidget(self._change)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.banner)
        whole.addStretch(2)
        whole.addLayout(centre)
        whole.addStretch(5)
        whole.addWidget(Hairline())
        whole.addWidget(foot)

    def _rescale(self) -> None:
        self._column.setMaximumWidth(theme.px(COLUMN))
        self._column.setMinimumWidth(theme.px(560))
        self.name.setFixedWidth(theme.px(280))
        self._drop_icon.setPixmap(icons.pixmap("folder-input", 16, "ink_2", self.devicePixelRatioF()))
        for way in self._ways():
            way.rescale()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.setFocus()  # so that 1, 2, 3 and 4 are at hand

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # The sound gives way to the words: in a low window or with big letters the banner shrinks and goes.
        width = self._column.width()
        needed = max(self._column.heightForWidth(width), self._column.sizeHint().height()) + theme.px(90)
        free = min(228, round(self.height() * 0.253), self.height() - needed)
        self.banner.setVisible(free >= 60)
        self.banner.setFixedHeight(max(60, free))

    def set_theme_mode(self, mode: str) -> None:
        self._mode = mode
        self.retranslate()

    def show_place(self, name: str, workspace: Path) -> None:
        """Another name in the field and another folder in words."""
        self.name.setText(name)
        self._place.setText(str(workspace))

    def retranslate(self) -> None:
        """Every word in the language in force."""
        self._display.setText(_("Where shall we begin?"))
        self._lead.setText(
            _("Everything is kept on this computer. The network is needed only to reach your telephony.")
        )
        self._name_label.setText(_("Your name"))
        self.name.setAccessibleName(_("Your name"))
        self.name.setPlaceholderText(_("Your marks and notes are signed by it"))
        self.samples.set_texts(
            _("Try with sample calls"),
            _("16 short talks with cards and a rating inside. One button removes them."),
            _("Try"),
        )
        self.folder.set_texts(
            _("Open a folder of recordings"),
            _("WAV, MP3, Opus and others. Date and manager are read from the file names."),
            _("Choose a folder…"),
        )
        self.provider.set_texts(
            _("Connect telephony or CRM"),
            _("MANGO OFFICE, UIS, MikoPBX, Asterisk, Bitrix24 and others. Calls then arrive by themselves."),
            _("Connect…"),
        )
        self.log.set_texts(
            _("Open a call log"),
            _("CSV or Excel from any telephony, Asterisk and FreePBX too. The columns are recognised."),
            _("Choose a file…"),
        )
        self._drop.setText(_("You can also drag a folder or a file into this window."))
        self._language.set_label(_("Language"))
        self._language.set_value(i18n.LANGUAGES[i18n.language()])
        languages = QMenu(self._language)
        for code, title in i18n.LANGUAGES.items():
            languages.addAction(title, lambda code=code: self.language_chosen.emit(code))
        self._language.set_menu(languages)
        self._theme.set_label(_("Theme"))
        self._theme.set_value(theme_word(self._mode))
        modes = QMenu(self._theme)
        for code in THEMES:
            modes.addAction(theme_word(code), lambda code=code: self.theme_chosen.emit(code))
        self._theme.set_menu(modes)
        self._place_label.setText(_("Workspace"))
        self._change.setText(_("Change…"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        call = {"1": self._samples, "2": self._folder, "3": self._provider, "4": self._log}.get(event.text())
        if call is None:
            super().keyPressEvent(event)
        else:
            call()

    def take_name(self) -> bool:
        """Tell the name; False (and a red field) when there is none."""
        name = self.name.text().strip()
        self.name.setProperty("invalid", not name)
        if not name:
            self.error.show_error(_("Write your name first: your marks and notes are signed by it."))
            self.name.setFocus()
            return False
        self.error.hide()
        self.name_given.emit(name)
        return True

    def _samples(self) -> None:
        if self.take_name():
            self.samples_wanted.emit()

    def _folder(self) -> None:
        if self.take_name():
            folder = QFileDialog.getExistingDirectory(self, _("Folder of recordings"), str(Path.home()))
            if folder:
                self.folder_chosen.emit(Path(folder))

    def _provider(self) -> None:
        if self.take_name():
            self.provider_wanted.emit()

    def _log(self) -> None:
        if self.take_name():
            kinds = _("Call logs") + " (*.csv *.txt *.xlsx *.xls *.xlsm)"
            chosen, _kind = QFileDialog.getOpenFileName(self, _("Call log"), str(Path.home()), kinds)
            if chosen:
                self.log_chosen.emit(Path(chosen))

    def show_progress(self, done: int, total: int) -> None:
        """How far the sample calls are, on their button."""
        self.samples.button.setText(
            _("Making… {percent}").format(percent=i18n.percent(100 * min(done, total) / total))
        )

    def set_busy(self, busy: bool) -> None:
        """While samples are being made or an import runs the ways are closed."""
        for way in self._ways():
            way.setEnabled(not busy)
