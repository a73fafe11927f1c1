"""The right pane: everything about the row that is selected. Texts are saved when typing pauses."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from qaapp.i18n import _
from qaapp.scorecards.model import CODE_LENGTH, TEXT_LENGTH, WEIGHT_MAX, CheckpointSpec, SectionSpec
from qaapp.ui import theme
from qaapp.ui.widgets import Label, LoneButton

PAUSE_MS = 400  # typing is one edit until it pauses so long


class Inspector(QWidget):
    """Emits ``changed(field name, value)`` for the row that is shown, and ``remove_asked``."""

    changed = Signal(str, object)
    remove_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumWidth(theme.px(320))
        self._title = Label(role="title", wrap=True)
        self._remove = LoneButton("trash-2", "")
        self._remove.clicked.connect(self.remove_asked)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._remove, 0, Qt.AlignmentFlag.AlignTop)
        self._text = QLineEdit(maxLength=TEXT_LENGTH)
        self._code = QLineEdit(maxLength=CODE_LENGTH)
        self._hint = self._paper(150)
        self._weight = QSpinBox(maximum=WEIGHT_MAX)
        self._weight.setFixedWidth(theme.px(90))
        self._critical = QCheckBox()
        self._name = QLineEdit(maxLength=200)
        self._script = self._paper(240)
        names = ("text", "code", "hint", "weight", "about", "name", "script")
        self._labels = {
            key: Label(role="small", tone="ink_3" if key == "about" else "ink_2", wrap=key == "about")
            for key in names
        }
        self._point_page = self._page(
            [("text", self._text), ("code", self._code), ("hint", self._hint), ("weight", self._weight)]
        )
        form = self._point_page.layout()
        assert isinstance(form, QFormLayout)
        form.addRow(self._critical)
        form.addRow(self._labels["about"])
        self._section_page = self._page([("name", self._name), ("script", self._script)])
        self._empty = Label(tone="ink_3", wrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._pages = QStackedWidget()
        for page in (self._empty, self._point_page, self._section_page):
            self._pages.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(theme.px(10))
        column.addLayout(head)
        column.addWidget(self._pages, 1)
        self._waiting: dict[str, QTimer] = {}
        for key, field in (("text", self._text), ("code", self._code), ("name", self._name)):
            field.textEdited.connect(lambda _text, key=key: self._later(key))
            field.editingFinished.connect(lambda key=key: self._now(key))
        self._papers = {"hint": self._hint, "script": self._script}
        for key, paper in self._papers.items():
            paper.textChanged.connect(lambda key=key: self._later(key))
            paper.installEventFilter(self)
        self._weight.valueChanged.connect(lambda value: self.changed.emit("weight", value))
        self._critical.toggled.connect(lambda on: self.changed.emit("critical", on))
        self.retranslate()
        self.clear()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A text of several lines is saved when it is left, like a line."""
        if event.type() == QEvent.Type.FocusOut:
            self._flush()
        return super().eventFilter(watched, event)

    def _paper(self, height: int) -> QPlainTextEdit:
        paper = QPlainTextEdit()
        paper.setTabChangesFocus(True)
        paper.setMinimumHeight(theme.px(height))
        paper.setMaximumHeight(theme.px(height * 2))
        return paper

    def _page(self, rows: list[tuple[str, QWidget]]) -> QWidget:
        page = QWidget()
        form = QFormLayout(page)
        form.setContentsMargins(0, 0, 0, 0)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setVerticalSpacing(theme.px(6))
        for key, field in rows:
            self._labels[key].setBuddy(field)
            form.addRow(self._labels[key], field)
        return page

    def retranslate(self) -> None:
        texts = {
            "text": _("Checkpoint"), "code": _("Code, the same in all revisions"),
            "hint": _("Hint: what earns 1, what earns 0"), "weight": _("Weight"),
            "about": _("Weight 0: noted, not scored. A failed critical checkpoint makes the call red."),
            "name": _("Section"), "script": _("Script: what the manager may say"),
        }  # fmt: skip
        for key, text in texts.items():
            self._labels[key].setText(text)
            buddy = self._labels[key].buddy()
            if buddy is not None:
                buddy.setAccessibleName(text)
        self._critical.setText(_("Critical: a 0 makes the call red"))
        self._remove.set_tip(_("Delete"))
        self._empty.setText(_("Choose a checkpoint or a section to edit it here."))

    def clear(self) -> None:
        self._flush()
        self._title.setText("")
        self._remove.hide()
        self._pages.setCurrentWidget(self._empty)

    def show_checkpoint(self, point: CheckpointSpec) -> None:
        """Fill the fields without echoing them as edits; a field one is typing in is left alone."""
        self._title.setText(f"{point.code}  {point.text}")
        self._remove.show()
        self._pages.setCurrentWidget(self._point_page)
        self._fill(self._text, point.text)
        self._fill(self._code, point.code)
        self._fill(self._hint, point.hint)
        with QSignalBlocker(self._weight):
            self._weight.setValue(point.weight)
        with QSignalBlocker(self._critical):
            self._critical.setChecked(point.critical)

    def show_section(self, section: SectionSpec) -> None:
        self._title.setText(section.name)
        self._remove.show()
        self._pages.setCurrentWidget(self._section_page)
        self._fill(self._name, section.name)
        self._fill(self._script, section.script)

    def _fill(self, field: QLineEdit | QPlainTextEdit, text: str) -> None:
        now = field.text() if isinstance(field, QLineEdit) else field.toPlainText()
        if now.strip() == text.strip():
            return
        with QSignalBlocker(field):
            if isinstance(field, QLineEdit):
                field.setText(text)
            else:
                field.setPlainText(text)

    def _value(self, key: str) -> str:
        if key in self._papers:
            return self._papers[key].toPlainText()
        return {"text": self._text, "code": self._code, "name": self._name}[key].text()

    def _later(self, key: str) -> None:
        timer = self._waiting.get(key)
        if timer is None:
            timer = self._waiting[key] = QTimer(self, singleShot=True, interval=PAUSE_MS)
            timer.timeout.connect(lambda: self.changed.emit(key, self._value(key)))
        timer.start()

    def _now(self, key: str) -> None:
        timer = self._waiting.get(key)
        if timer is not None and timer.isActive():
            timer.stop()
            self.changed.emit(key, self._value(key))

    @property
    def is_waiting(self) -> bool:
        """Whether something was typed that is not saved yet."""
        return any(timer.isActive() for timer in self._waiting.values())

    def _flush(self) -> None:
        for key in list(self._waiting):
            self._now(key)

    def flush(self) -> None:
        """Save what is being typed now (the row or the screen changes)."""
        self._flush()
