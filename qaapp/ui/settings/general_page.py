"""This computer: language, theme, size of text, sound, masking of numbers."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QCheckBox, QComboBox, QSystemTrayIcon

from qaapp import i18n
from qaapp.i18n import _
from qaapp.ui import theme
from qaapp.ui.settings.page import Page
from qaapp.ui.user_menu import SCALES, THEMES, theme_word
from qaapp.ui.widgets import Segmented


class GeneralPage(Page):
    outputs: Callable[[], list[str]] | None = None  # names of the sound devices

    @staticmethod
    def title() -> str:
        return _("This computer")

    def build(self) -> None:
        self.heading(self.title(), _("Only for you, only here."))
        grid = self.form()
        personal = self.desk.personal
        self.language = Segmented(list(i18n.LANGUAGES.items()), _("Language"))
        self.language.set_current(i18n.language())
        self.language.currentChanged.connect(self._set_language)
        self.add_row(grid, _("Language"), self.language)
        self.mode = Segmented([(code, theme_word(code)) for code in THEMES], _("Theme"))
        self.mode.set_current(personal.theme)
        self.mode.currentChanged.connect(self._set_theme)
        self.add_row(grid, _("Theme"), self.mode)
        self.scale = Segmented([(str(size), i18n.percent(size)) for size in SCALES], _("Text size"))
        self.scale.set_current(str(personal.text_scale))
        self.scale.currentChanged.connect(self._set_scale)
        self.add_row(grid, _("Text size"), self.scale)
        self.contrast = QCheckBox(_("High contrast"))
        self.contrast.setChecked(personal.high_contrast)
        self.contrast.toggled.connect(self._set_contrast)
        self.add_row(grid, _("Borders and waves"), self.contrast)
        self.device = QComboBox()
        self.device.setMinimumWidth(theme.px(280))
        self.device.activated.connect(self._set_device)
        self.add_row(grid, _("Sound goes to"), self.device)
        self.comment = Segmented(
            [("pause", _("pauses")), ("duck", _("is quieter")), ("play", _("goes on"))],
            _("While a comment is written"),
        )
        self.comment.set_current(personal.comment_sound)
        self.comment.currentChanged.connect(lambda how: self.keep(comment_sound=how))
        self.add_row(
            grid,
            _("While a comment is written"),
            self.comment,
            _("The sound; after Enter it goes on where it was"),
        )
        self.closing = Segmented(
            [("close", _("close qaapp")), ("tray", _("stay in the tray"))], _("When the window is closed")
        )
        self.closing.currentChanged.connect(lambda how: self.keep(close_to_tray=how == "tray"))
        if not QSystemTrayIcon.isSystemTrayAvailable() and not personal.close_to_tray:
            self.closing.setEnabled(False)
            self.closing.setToolTip(_("This desktop has no tray"))
        self.add_row(
            grid,
            _("When the window is closed"),
            self.closing,
            _("In the tray qaapp goes on pulling; its icon opens and quits it"),
        )
        self.masking = QCheckBox(_("Hide all but the last two digits"))
        self.masking.setChecked(personal.mask_numbers)
        self.masking.toggled.connect(self._set_mask)
        self.add_row(grid, _("Customers' numbers"), self.masking, _("On screen and in every export"))
        self.column.addStretch()

    def refresh(self) -> None:
        personal = self.desk.personal
        for box, value in ((self.contrast, personal.high_contrast), (self.masking, personal.mask_numbers)):
            box.blockSignals(True)
            box.setChecked(value)
            box.blockSignals(False)
        self.mode.set_current(personal.theme)
        self.scale.set_current(str(personal.text_scale))
        self.comment.set_current(personal.comment_sound)
        self.closing.set_current("tray" if personal.close_to_tray else "close")
        self.device.clear()
        self.device.addItem(_("The system's device"), "")
        names = list(self.outputs()) if self.outputs is not None else []
        if personal.audio_device and personal.audio_device not in names:
            names.append(personal.audio_device)
        for name in names:
            self.device.addItem(name, name)
        self.device.setCurrentIndex(max(0, self.device.findData(personal.audio_device)))

    def _set_language(self, code: str) -> None:
        if self.shell is not None:
            self.shell.set_language(code)

    def _set_theme(self, mode: str) -> None:
        if self.shell is not None:
            self.shell.set_theme(mode)

    def _set_scale(self, percent: str) -> None:
        if self.shell is not None:
            self.shell.set_scale(int(percent))

    def _set_contrast(self, on: bool) -> None:
        self.keep(high_contrast=on)
        if self.shell is not None:
            self.shell.dress()

    def _set_device(self, _row: int) -> None:
        self.keep(_("Sound goes to another device"), audio_device=str(self.device.currentData() or ""))

    def _set_mask(self, on: bool) -> None:
        said = _("Customers' numbers are hidden") if on else _("Customers' numbers are shown")
        self.keep(said, mask_numbers=on)
