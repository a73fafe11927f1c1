"""How one listens: back-step, skipped silence, both sides equally loud."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox

from qaapp.i18n import _
from qaapp.ui import theme
from qaapp.ui.settings.page import Page


class ListeningPage(Page):
    @staticmethod
    def title() -> str:
        return _("Listening")

    def build(self) -> None:
        self.heading(self.title(), _("Only for you, only here."))
        grid = self.form()
        self._fields: dict[str, QDoubleSpinBox] = {}
        for name, words, high, hint in (
            ("back_step_ms", _("After a pause go back by"), 10.0, _("So that the thread is found again")),
            ("skip_least_ms", _("Skip silences from"), 60.0, _("When silence is skipped: S")),
            ("skip_kept_ms", _("Of a skipped silence stays"), 5.0, _("At its beginning and at its end")),
        ):
            field = QDoubleSpinBox()
            field.setRange(0.5 if name == "skip_least_ms" else 0.0, high)
            field.setSingleStep(0.1)
            field.setDecimals(1)
            field.setKeyboardTracking(False)
            field.setFixedWidth(theme.px(120))
            field.setSuffix("\u202f" + _("s"))
            field.valueChanged.connect(lambda value, name=name: self.keep(**{name: round(value * 1000)}))
            self._fields[name] = field
            self.add_row(grid, words, field, hint)
        self._boxes: dict[str, QCheckBox] = {}
        for name, row, words, hint in (
            ("skip_tick", "", _("A soft tick where silence was skipped"), _("So that one knows that time passed")),
            ("level_sides", _("Loudness"), _("Both sides equally loud"),
             _("Only while listening: one fixed gain a side, files stay as they are")),
            ("sides_in_ears", _("Headphones"), _("Manager in the left ear, customer in the right one"),
             _("While both are heard; needs a recording with two sides")),
        ):  # fmt: skip
            box = QCheckBox(words)
            box.toggled.connect(lambda on, name=name: self.keep(**{name: on}))
            self._boxes[name] = box
            self.add_row(grid, row, box, hint)
        self.column.addStretch()
        self.refresh()

    def refresh(self) -> None:
        personal = self.desk.personal
        for name, field in self._fields.items():
            field.blockSignals(True)
            field.setValue(getattr(personal, name) / 1000)
            field.blockSignals(False)
        for name, box in self._boxes.items():
            box.blockSignals(True)
            box.setChecked(getattr(personal, name))
            box.blockSignals(False)
