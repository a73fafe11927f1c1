"""Above the timeline: whose call it is, with whom, when; its tags and the way into the archive."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QCompleter,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from qaapp import i18n
from qaapp.calls.tags import TagRow
from qaapp.i18n import _
from qaapp.journal.pages import CallRow
from qaapp.ui import icons, theme
from qaapp.ui.desk import Desk
from qaapp.ui.review.card_head import NameButton
from qaapp.ui.widgets.buttons import Button
from qaapp.ui.widgets.labels import ElidedLabel, Label
from qaapp.words import Direction

DIRECTION_ICONS = {
    Direction.INBOUND: "phone-incoming",
    Direction.OUTBOUND: "phone-outgoing",
    Direction.CALLBACK: "phone-outgoing",
    Direction.INTERNAL: "phone-forwarded",
}
SHOWN_TAGS = 3
TIGHT = 420  # unscaled pixels


class TagButton(QToolButton):
    """“#wholesale”, quiet; a click or the menu key offers to take it off, Backspace does."""

    removed = Signal(int)

    def __init__(self, tag: TagRow, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tag = tag
        self.setText(f"#{tag.name}")
        self.setToolTip(tag.name)
        self.setProperty("kind", "tag")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(_("Tag") + f" {tag.name}")
        menu = QMenu(self)
        menu.addAction(_("Remove the tag"), lambda: self.removed.emit(tag.id))
        self.setMenu(menu)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        if tag.color:
            palette = self.palette()
            palette.setColor(palette.ColorRole.ButtonText, theme.kind_pair(tag.color)[0])
            self.setPalette(palette)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            self.removed.emit(self._tag.id)
        else:
            super().keyPressEvent(event)


class TagField(QLineEdit):
    """A line with completion; Enter puts the tag on, Esc leaves."""

    chosen = Signal(str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.names = QStringListModel(self)
        completer = QCompleter(self.names, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.setCompleter(completer)
        self.setMaximumWidth(theme.px(150))
        self.hide()

    def ask(self, names: Sequence[str]) -> None:
        self.names.setStringList(list(names))
        self.clear()
        self.show()
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            text = self.text().strip()
            self.leave()
            if text:
                self.chosen.emit(text)
            return
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
            return
        super().keyPressEvent(event)

    def leave(self) -> None:
        self.hide()
        self.left.emit()


class CallHeader(QWidget):
    """GUI thread only."""

    tag_added = Signal(str)
    tag_removed = Signal(int)
    tag_asked = Signal()  # somebody clicked “+ tag”
    archive_asked = Signal()
    manager_menu = Signal(object)  # QMenu to fill
    left = Signal()  # the tag field was left: the keyboard goes back

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self._row: CallRow | None = None
        self._tags: tuple[TagRow, ...] = ()
        self._is_narrow = False
        self.queue = Button("", small=True)  # a narrow window opens the queue by it
        self.queue.hide()
        self.manager = NameButton()
        menu = QMenu(self)
        menu.aboutToShow.connect(lambda: self.manager_menu.emit(menu))
        self.manager.setMenu(menu)
        self.direction = QLabel()
        self.number = ElidedLabel("", "lead", selectable=True)
        self.number.setMinimumWidth(theme.px(136))  # the number; a long name behind it may be shortened
        self.meta = ElidedLabel("", "small", "ink_2", selectable=True)
        self.meta.setMinimumWidth(80)
        self.tags_box = QWidget()
        self.tags_row = QHBoxLayout(self.tags_box)
        self.tags_row.setContentsMargins(0, 0, 0, 0)
        self.tags_row.setSpacing(4)
        self.add_tag = Button("", "link")
        self.add_tag.clicked.connect(self.tag_asked)
        self.field = TagField()
        self.field.chosen.connect(self.tag_added)
        self.field.left.connect(self._field_left)
        self.archive = Button("", icon="bookmark-plus")
        self.archive.clicked.connect(self.archive_asked)
        self._build()
        self.retranslate()
        theme.signals.changed.connect(self._show_direction)

    def _build(self) -> None:
        self.top, self.below, self.outer = QHBoxLayout(), QHBoxLayout(), QHBoxLayout(self)
        self.top.setSpacing(6)
        self.below.setSpacing(8)
        self.top.addWidget(self.queue)
        self.top.addWidget(self.manager)
        self.top.addWidget(self.direction)
        self.top.addWidget(self.number, 1)
        self.below.addWidget(self.meta, 1)
        self.tagging = QWidget()
        right = QHBoxLayout(self.tagging)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(8)
        for widget in (self.tags_box, self.field, self.add_tag):
            right.addWidget(widget)
        lines = QVBoxLayout()
        lines.setSpacing(0)
        lines.addLayout(self.top)
        lines.addLayout(self.below)
        self.outer.setContentsMargins(16, 8, 16, 6)
        self.outer.setSpacing(12)
        self.outer.addLayout(lines, 1)
        self.outer.addWidget(self.tagging)
        self.outer.addWidget(self.archive)

    def retranslate(self) -> None:
        self.add_tag.setText(_("+ tag"))
        self.add_tag.setToolTip(self.desk.keyboard.tip("tag_call"))
        self.archive.setAccessibleName(_("To archive"))
        self.queue.setAccessibleName(_("Queue"))
        self.queue.setToolTip(_("Queue"))
        self._shorten()
        self.archive.setToolTip(self.desk.keyboard.tip("archive_call"))
        self.field.setPlaceholderText(_("Tag"))
        self.field.setAccessibleName(_("Tag"))
        if self._row is not None:
            self.show_call(self._row)

    def show_call(self, row: CallRow) -> None:
        self._row = row
        self.manager.setText(row.manager or _("Not assigned"))
        self.manager.setToolTip(self.desk.keyboard.tip("assign_manager"))
        self.manager.is_quiet = row.manager_id is not None
        self.manager.updateGeometry()
        self.manager.setMinimumWidth(min(self.manager.maximumWidth(), self.manager.sizeHint().width()))
        masked = self.desk.personal.mask_numbers
        number = (i18n.mask_phone if masked else i18n.phone)(row.customer_number)
        if row.customer_name and row.customer_name != row.customer_number:
            number = f"{number}  {row.customer_name}" if number != "–" else row.customer_name
        self.number.setText(number)
        parts = [i18n.moment(row.started_at, self.desk.rules.zone), i18n.word(row.direction)]
        if row.line_number:
            parts.append(_("line {number}").format(number=i18n.phone(row.line_number).lstrip("+")))
        if row.wait_s:
            parts.append(_("waited {time}").format(time=i18n.duration(row.wait_s)))
        if row.extension and row.extension != row.manager:
            parts.append(_("ext. {number}").format(number=row.extension))
        self.meta.setText(" · ".join(parts))
        self._show_direction()

    def _show_direction(self) -> None:
        name = DIRECTION_ICONS.get(Direction(self._row.direction)) if self._row is not None else None
        ratio = self.devicePixelRatioF()
        self.direction.setPixmap(icons.pixmap(name, 15, "ink_2", ratio) if name else QPixmap())
        self.direction.setToolTip(i18n.word(self._row.direction) if self._row is not None else "")

    def show_tags(self, tags: Sequence[TagRow]) -> None:
        self._tags = tuple(tags)
        while (item := self.tags_row.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()  # at once: it would stand over the new ones until it is gone
                widget.deleteLater()
        most = SHOWN_TAGS - 1 if self._is_narrow else SHOWN_TAGS
        for tag in self._tags[:most]:
            self.tags_row.addWidget(self._tag_button(tag))
        if len(self._tags) > most:
            rest = self._tags[most:]
            more = Label(f"+{len(rest)}", "small", "ink_2")
            more.setToolTip(", ".join(tag.name for tag in rest))
            self.tags_row.addWidget(more)

    def _tag_button(self, tag: TagRow) -> TagButton:
        button = TagButton(tag)
        button.removed.connect(self.tag_removed)
        return button

    def ask_tag(self, names: Sequence[str]) -> None:
        """Open the field with completion."""
        self.add_tag.hide()
        self.field.ask(names)

    def _field_left(self) -> None:
        self.add_tag.show()
        self.left.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._shorten()

    def _shorten(self) -> None:
        """With very little room the buttons say it by their icons, and the number is shortened further."""
        is_tight = self._is_narrow and self.width() < theme.px(TIGHT)
        for button, icon, text in (
            (self.queue, "list" if is_tight else "", _("Queue")),
            (self.archive, "bookmark-plus", _("To archive")),
        ):
            button.set_icon_name(icon)
            button.setText("" if is_tight else text)
        self.number.setMinimumWidth(theme.px(60 if is_tight else 136))

    def set_narrow(self, is_narrow: bool) -> None:
        """A very narrow window: the queue is behind a button here."""
        self.queue.setVisible(is_narrow)
        if is_narrow != self._is_narrow:
            self._is_narrow = is_narrow
            self._shorten()
            self.show_tags(self._tags)
            self.outer.removeWidget(self.tagging)
            self.outer.removeWidget(self.archive)
            if is_narrow:  # tags go into the second line, so that the number has room in the first
                self.below.addWidget(self.tagging)
                self.top.addWidget(self.archive)
            else:
                self.outer.addWidget(self.tagging)
                self.outer.addWidget(self.archive)
