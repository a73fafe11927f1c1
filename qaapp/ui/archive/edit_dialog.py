"""What is said about an example: verdict, stage, title, reason, the two phrases, who looks after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from qaapp import i18n
from qaapp.archive.items import ItemRow
from qaapp.i18n import _
from qaapp.ui import theme
from qaapp.ui.widgets import Segmented
from qaapp.words import Verdict


class EditDialog(QDialog):
    """``edited()`` gives the changed row after the dialog was accepted."""

    def __init__(
        self,
        item: ItemRow,
        stages: Sequence[str],
        owners: Sequence[tuple[int, str]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Example"))
        self.setMinimumWidth(theme.px(460))
        self._item = item
        self._verdict = Segmented([(Verdict.BEST, i18n.word("best")), (Verdict.WORST, i18n.word("worst"))])
        self._verdict.set_current(item.verdict)
        self._stage = QComboBox(editable=True)
        self._stage.addItems(list(dict.fromkeys([*stages, item.stage])))
        self._stage.setCurrentText(item.stage)
        self._title = QLineEdit(item.title, maxLength=300)
        self._reason = QPlainTextEdit(item.reason)
        self._said = QLineEdit(item.said)
        self._should = QLineEdit(item.should_have_said)
        self._owner = QComboBox()
        self._owner.addItem("–", None)
        for owner_id, name in owners:
            self._owner.addItem(name, owner_id)
        self._owner.setCurrentIndex(max(0, self._owner.findData(item.owner_id)))
        self._reason.setFixedHeight(theme.px(72))
        self._reason.setTabChangesFocus(True)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name, field in (
            (_("Kept as"), self._verdict), (_("Stage"), self._stage), (_("Title"), self._title),
            (_("Why"), self._reason), (_("Said"), self._said), (_("Should have said"), self._should),
            (_("Looked after by"), self._owner),
        ):  # fmt: skip
            field.setAccessibleName(name)
            form.addRow(name, field)
        buttons = QDialogButtonBox()
        done = buttons.addButton(_("Done"), QDialogButtonBox.ButtonRole.AcceptRole)
        done.setProperty("kind", "primary")
        buttons.addButton(_("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(theme.px(12))
        column.addLayout(form)
        column.addWidget(buttons)

    def edited(self) -> ItemRow:
        return replace(
            self._item,
            verdict=Verdict(self._verdict.current()),
            stage=self._stage.currentText().strip(),
            title=self._title.text().strip(),
            reason=self._reason.toPlainText().strip(),
            said=self._said.text().strip(),
            should_have_said=self._should.text().strip(),
            owner_id=self._owner.currentData(),
        )
