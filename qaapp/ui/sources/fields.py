"""One field of a connection's form as a widget: its value is a word, its error stands under it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from qaapp.i18n import _
from qaapp.sources.provider import Field, Input
from qaapp.ui import theme
from qaapp.ui.widgets import Button, ErrorStrip, Label, LoneButton, restyle

WIDTH = 360


class SecretEdit(QLineEdit):
    """Dots until it is revealed; what is pasted loses the spaces and line ends around it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText)

    def reveal(self, shown: bool) -> None:
        self.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)


class FieldRow(QWidget):
    """The field, its help and its error. ``edited`` after a person changed it."""

    edited = Signal()

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self.kept = False  # a secret that lies in the key store already
        self._replaced = False
        self.error = ErrorStrip()
        self._help = Label(_(field.help) if field.help else "", "small", "ink_2", wrap=True)
        self._help.setVisible(bool(field.help))
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(theme.px(3))
        self._read: Callable[[], str] = lambda: ""
        self._write: Callable[[str], None] = lambda _value: None
        self.editor: QWidget = self._make()
        self.editor.setAccessibleName(_(field.label))
        if field.help:
            self.editor.setAccessibleDescription(_(field.help))
        self.column.addWidget(self._help)
        self.column.addWidget(self.error)
        self.set_value(field.default)

    # --- value -------------------------------------------------------------------------------------------------

    def value(self) -> str:
        """As it would be stored: trimmed, "yes"/"no" for a tick, "" for a secret that stays as it is."""
        return self._read()

    def set_value(self, value: str) -> None:
        """Show a stored value; nothing is told."""
        self._write(value)

    def keep_secret(self) -> None:
        """There is a stored secret: it stays unless another one is written."""
        self.kept = True
        if isinstance(self.editor, QLineEdit):
            self.editor.setPlaceholderText(_("kept; write another one to replace it"))

    def problem(self) -> str:
        """What is wrong with the value, in plain words; "" when nothing is."""
        value, name = self.value(), _(self.field.label)
        if not value:
            if self.field.required and not (self.field.input is Input.SECRET and self.kept):
                return _("Fill in “{field}”.").format(field=name)
            return ""
        match self.field.input:
            case Input.URL:
                return _url_problem(value)
            case Input.NUMBER:
                return "" if _is_number(value) else _("“{value}” is not a number.").format(value=value)
            case Input.FOLDER:
                return "" if Path(value).is_dir() else _("There is no folder {path}.").format(path=value)
            case Input.FILE:
                return "" if Path(value).is_file() else _("There is no file {path}.").format(path=value)
            case Input.TEXT_BLOCK if value.lstrip()[:1] in "{[":
                return _json_problem(value)
        return ""

    def check(self) -> bool:
        """Show what is wrong under the field; True when nothing is."""
        told = self.problem()
        self.show_problem(told)
        return not told

    def show_problem(self, told: str) -> None:
        self.editor.setProperty("invalid", bool(told))
        restyle(self.editor)
        if told:
            self.error.show_error(told)
        else:
            self.error.hide()

    def set_folded_help(self, text: str) -> None:
        self._help.setText(text)
        self._help.setVisible(bool(text))

    # --- widgets -----------------------------------------------------------------------------------------------

    def _make(self) -> QWidget:
        match self.field.input:
            case Input.SECRET:
                return self._secret()
            case Input.CHOICE:
                return self._choice()
            case Input.FLAG:
                return self._flag()
            case Input.FOLDER | Input.FILE:
                return self._path()
            case Input.TEXT_BLOCK:
                return self._block()
        return self._line()

    def _line(self) -> QWidget:
        edit = QLineEdit()
        width = 120 if self.field.input is Input.NUMBER else WIDTH
        edit.setFixedWidth(theme.px(width))
        if self.field.default:
            edit.setPlaceholderText(self.field.default)
        edit.textEdited.connect(self._touched)
        edit.editingFinished.connect(self._left)
        self._read = lambda: edit.text().strip()
        self._write = edit.setText
        self.column.addWidget(edit)
        return edit

    def _secret(self) -> QWidget:
        edit = SecretEdit()
        edit.setFixedWidth(theme.px(WIDTH))
        eye = LoneButton("eye", _("Show"), checkable=True)
        eye.toggled.connect(edit.reveal)
        eye.toggled.connect(lambda shown: eye.set_tip(_("Hide") if shown else _("Show")))
        edit.textEdited.connect(self._touched)
        edit.editingFinished.connect(self._left)
        self._read = lambda: "".join(edit.text().split())
        self._write = edit.setText
        row = QHBoxLayout()
        row.setSpacing(theme.px(4))
        row.addWidget(edit)
        row.addWidget(eye)
        row.addStretch(1)
        self.column.addLayout(row)
        return edit

    def _choice(self) -> QWidget:
        box = QComboBox()
        box.setMinimumWidth(theme.px(WIDTH))
        for value, title in self.field.choices:
            box.addItem(_(title), value)
        box.activated.connect(self._touched)
        self._read = lambda: str(box.currentData() or "")
        self._write = lambda value: box.setCurrentIndex(max(0, box.findData(value)))
        self.column.addWidget(box, 0, Qt.AlignmentFlag.AlignLeft)
        return box

    def _flag(self) -> QWidget:
        box = QCheckBox(_(self.field.label))
        box.toggled.connect(self._touched)
        self._read = lambda: "yes" if box.isChecked() else "no"
        self._write = lambda value: _set_quietly(box, value == "yes")
        self.column.addWidget(box)
        return box

    def _path(self) -> QWidget:
        edit = QLineEdit()
        edit.setMinimumWidth(theme.px(200))
        edit.textEdited.connect(self._touched)
        edit.editingFinished.connect(self._left)
        is_folder = self.field.input is Input.FOLDER
        choose = Button(_("Choose…"), icon="folder-open" if is_folder else "file-spreadsheet")
        choose.setAccessibleName(f"{_(self.field.label)}: {_('Choose…')}")

        def ask() -> None:
            start = edit.text().strip() or str(Path.home())
            if is_folder:
                chosen = QFileDialog.getExistingDirectory(self, _(self.field.label), start)
            else:
                chosen = QFileDialog.getOpenFileName(self, _(self.field.label), start)[0]
            if chosen:
                edit.setText(chosen)
                self._touched()
                self.check()

        choose.clicked.connect(ask)
        self._read = lambda: edit.text().strip()
        self._write = edit.setText
        row = QHBoxLayout()
        row.setSpacing(theme.px(8))
        row.addWidget(edit, 1)
        row.addWidget(choose)
        self.column.addLayout(row)
        return edit

    def _block(self) -> QWidget:
        edit = QPlainTextEdit()
        edit.setTabChangesFocus(True)
        edit.setMinimumHeight(theme.px(160))
        edit.setFont(theme.literal_font("body"))
        edit.textChanged.connect(self._touched)
        self._read = lambda: edit.toPlainText().strip()
        self._write = edit.setPlainText
        if self.field.default:
            edit.setPlainText(self.field.default)
            edit.setMinimumHeight(theme.px(320))
        self.column.addWidget(edit)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.px(8))
        for words, icon, call in (
            (_("Open a file…"), "folder-open", self._open_block), (_("Save as a file…"), "download", self._save_block),
        ):  # fmt: skip
            button = Button(words, icon=icon, small=True)
            button.clicked.connect(call)
            buttons.addWidget(button)
        buttons.addStretch(1)
        self.column.addLayout(buttons)
        return edit

    def _open_block(self) -> None:
        chosen, _kind = QFileDialog.getOpenFileName(
            self, _(self.field.label), str(Path.home()), "*.json *.txt"
        )
        if chosen:
            self.read_block(Path(chosen))

    def read_block(self, path: Path) -> None:
        """Take the text of a file; one that is no text says so under the field."""
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or error
            self.show_problem(_("The file cannot be read: {reason}.").format(reason=reason))
            return
        self._write(text)
        self.check()

    def _save_block(self) -> None:
        start = str(Path.home() / "qaapp-source.json")
        chosen, _kind = QFileDialog.getSaveFileName(self, _(self.field.label), start, "*.json")
        if chosen:
            try:
                Path(chosen).write_text(self.value() + "\n", encoding="utf-8")
            except OSError as error:
                self.show_problem(
                    _("The file cannot be written: {reason}.").format(reason=error.strerror or error)
                )

    def _touched(self, *_value: Any) -> None:
        if self.error.isVisibleTo(self):
            self.check()
        self.edited.emit()

    def _left(self) -> None:
        if self.value():
            self.check()


def _set_quietly(box: QCheckBox, on: bool) -> None:
    box.blockSignals(True)
    box.setChecked(on)
    box.blockSignals(False)


def _is_number(value: str) -> bool:
    try:
        float(value.replace(",", "."))
    except ValueError:
        return False
    return True


def _url_problem(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or " " in value:
        return _("“{value}” is not an address. It looks like https://example.com/").format(value=value)
    return ""


def _json_problem(value: str) -> str:
    try:
        json.loads(value)
    except json.JSONDecodeError as error:
        return _("The description breaks off in line {line}, place {column}: {reason}.").format(
            line=error.lineno, column=error.colno, reason=error.msg
        )
    return ""
