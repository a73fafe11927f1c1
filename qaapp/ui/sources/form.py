"""The form of a connection, generated from ``Kind.fields``: the same for a new one and for one that is changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QVBoxLayout, QWidget

from qaapp.i18n import _, pgettext
from qaapp.sources.provider import Field, Input, Kind
from qaapp.ui import theme
from qaapp.ui.desk import Desk
from qaapp.ui.settings.rules_page import ZONES
from qaapp.ui.sources.fields import WIDTH, FieldRow
from qaapp.ui.sources.mapping_field import MappingRow
from qaapp.ui.sources.pattern_field import PatternRow
from qaapp.ui.widgets import Button, ErrorStrip, Label
from qaapp.ui.widgets.combos import OpenCombo

LABELS = 168


class ZoneBox(OpenCombo):
    """Time zones by name; the first is the workspace's own. A name that is no zone is told by ``problem``."""

    def __init__(self, own_zone: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._own = own_zone
        self.setFixedWidth(theme.px(WIDTH))
        self.addItems([own_zone, *(zone for zone in ZONES if zone != own_zone)])
        self.setAccessibleName(_("Time zone"))

    def zone(self) -> str:
        """ "" stands for the workspace's own."""
        text = self.currentText().strip()
        return "" if text == self._own else text

    def set_zone(self, zone: str) -> None:
        self.setCurrentText(zone or self._own)

    def problem(self) -> str:
        try:
            ZoneInfo(self.currentText().strip() or self._own)
        except (ValueError, OSError):
            return _("There is no time zone “{zone}”.").format(zone=self.currentText().strip())
        return ""


class ConnectionForm(QWidget):
    """``edited`` after any change. Nothing is stored here."""

    edited = Signal()

    def __init__(self, desk: Desk, kind: Kind, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = kind
        self._desk = desk
        self.rows: dict[str, FieldRow] = {}
        self._labels: dict[str, Label] = {}
        self.name = QLineEdit(_(kind.title))
        self.name.setFixedWidth(theme.px(WIDTH))
        self.name.setAccessibleName(pgettext("of a thing", "Name"))
        self.name.textEdited.connect(lambda _text: self.edited.emit())
        self.zone = ZoneBox(desk.rules.time_zone)
        self.zone.currentTextChanged.connect(lambda _text: self._zone_changed())
        self.zone_error = ErrorStrip()
        self.form_error = ErrorStrip()
        self._grid = self._new_grid()
        self._folded = QWidget()
        self._folded_grid = self._new_grid()
        self._folded.setLayout(self._folded_grid)
        self.more = Button(_("More settings"), "link", icon="chevron-right")
        self.more.setCheckable(True)
        self.more.toggled.connect(self.unfold)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(10))
        column.addLayout(self._grid)
        column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._folded)
        column.addWidget(self.form_error)
        self._fill()

    @staticmethod
    def _new_grid() -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.px(16))
        grid.setVerticalSpacing(theme.px(10))
        grid.setColumnMinimumWidth(0, theme.px(LABELS))
        grid.setColumnStretch(1, 1)
        return grid

    def _fill(self) -> None:
        self._add(self._grid, pgettext("of a thing", "Name"), self.name)
        for field in self.kind.fields:
            row = self._row(field)
            row.edited.connect(self._row_edited)
            self.rows[field.name] = row
            grid = self._folded_grid if field.advanced else self._grid
            self._labels[field.name] = self._add(
                grid, "" if field.input is Input.FLAG else _(field.label), row
            )
        zone = QWidget()
        column = QVBoxLayout(zone)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(3))
        column.addWidget(self.zone)
        column.addWidget(
            Label(
                _("Where the clock of this system stands. The test shows whether it is right."),
                "small",
                "ink_2",
                wrap=True,
            )
        )
        column.addWidget(self.zone_error)
        self._add(self._grid, _("Time zone"), zone)
        has_more = any(field.advanced for field in self.kind.fields)
        self.more.setVisible(has_more)
        self._folded.hide()
        self._adapt()

    def _adapt(self) -> None:
        """Show the fields that make sense with what is chosen in the others."""
        for name, row in self.rows.items():
            if row.field.when:
                other, *values = row.field.when
                shown = self.rows[other].value() in values
                row.setVisible(shown)
                self._labels[name].setVisible(shown)

    def _is_used(self, row: FieldRow) -> bool:
        return not row.field.when or self.rows[row.field.when[0]].value() in row.field.when[1:]

    def _row(self, field: Field) -> FieldRow:
        if field.input is Input.PATTERN:
            return PatternRow(field, self._desk)
        if field.input is Input.MAPPING:
            return MappingRow(field, self._desk)
        return FieldRow(field)

    @staticmethod
    def _add(grid: QGridLayout, words: str, widget: QWidget) -> Label:
        place = grid.rowCount()
        label = Label(words, tone="ink_2", wrap=True)
        label.setMinimumHeight(theme.px(30))
        label.setFixedWidth(theme.px(LABELS))
        label.setBuddy(widget)
        grid.addWidget(label, place, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(widget, place, 1)
        return label

    def unfold(self, shown: bool) -> None:
        """Show or hide what hardly anybody needs."""
        self.more.set_icon_name("chevron-down" if shown else "chevron-right")
        self._folded.setVisible(shown)
        if self.more.isChecked() != shown:
            self.more.setChecked(shown)

    # --- values ------------------------------------------------------------------------------------------------

    def settings(self) -> dict[str, str]:
        """Words by name, without secrets."""
        return {name: row.value() for name, row in self.rows.items() if row.field.input is not Input.SECRET}

    def secrets(self) -> dict[str, str]:
        """Secrets that were written here now."""
        return {
            name: value
            for name, row in self.rows.items()
            if row.field.input is Input.SECRET and (value := row.value())
        }

    def set_values(self, name: str, zone: str, settings: Mapping[str, str], kept_secrets: Any = ()) -> None:
        """Show a stored connection; ``kept_secrets`` are the names of those that lie in the key store."""
        self.name.setText(name)
        self.zone.set_zone(zone)
        for key, row in self.rows.items():
            if row.field.input is Input.SECRET:
                if key in kept_secrets:
                    row.keep_secret()
            elif key in settings:
                row.set_value(settings[key])
        self._adapt()
        self._preview()

    def set_setting(self, name: str, value: str) -> None:
        """Fill in one field (a trusted fingerprint)."""
        self.rows[name].set_value(value)
        if self.rows[name].field.advanced:
            self.unfold(True)
        self.edited.emit()

    def check(self) -> bool:
        """Every error at its field; the first gets the keyboard. True when all is well."""
        wrong: list[QWidget] = []
        for row in self.rows.values():
            if self._is_used(row) and not row.check():
                if row.field.advanced:
                    self.unfold(True)
                wrong.append(row.editor)
        told = self.zone.problem()
        if told:
            self.zone_error.show_error(told)
            wrong.append(self.zone)
        else:
            self.zone_error.hide()
        problems = [] if wrong else list(self.kind.problems(self.settings()))
        if problems:
            self.form_error.show_error(" ".join(problems))
        else:
            self.form_error.hide()
        if wrong:
            wrong[0].setFocus()
        return not wrong and not problems

    def stop(self) -> None:
        """The form goes: no reading goes on."""
        for row in self.rows.values():
            if isinstance(row, (PatternRow, MappingRow)):
                row.stop()

    def _row_edited(self) -> None:
        self.form_error.hide()
        self._adapt()
        self._preview()
        self.edited.emit()

    def _zone_changed(self) -> None:
        self.zone_error.hide()
        self._preview()
        self.edited.emit()

    def _preview(self) -> None:
        """Patterns and columns are shown on the folder or file that was chosen."""
        paths = [
            row.value()
            for row in self.rows.values()
            if row.field.input in (Input.FOLDER, Input.FILE) and row.value()
        ]
        zone = "" if self.zone.problem() else self.zone.currentText().strip()
        for row in self.rows.values():
            if isinstance(row, PatternRow):
                row.show_folder(paths[0] if paths else "", zone)
            elif isinstance(row, MappingRow) and row.shown is None and paths:
                row.show_path(paths[0])
