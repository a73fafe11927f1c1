"""One column of the archive (best or worst) as a list of clips."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPen, QTextOption
from PySide6.QtWidgets import QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from qaapp import i18n
from qaapp.archive.items import ItemRow
from qaapp.i18n import _, ngettext
from qaapp.ui import icons, theme
from qaapp.ui.desk import Desk
from qaapp.ui.waves import WaveCache, paint_wave

ITEM = Qt.ItemDataRole.UserRole
AnyIndex = QModelIndex | QPersistentModelIndex
PLAY = 30
LEFT = 16 + PLAY + 12


def title_of(item: ItemRow) -> str:
    """What the example is called; without a title its stage, else what it is."""
    return item.title or item.stage or (_("Whole call") if item.is_whole_call else _("Clip"))


class ClipModel(QAbstractListModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.items: Sequence[ItemRow] = ()

    def set_items(self, items: Sequence[ItemRow]) -> None:
        self.beginResetModel()
        self.items = items
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.items)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        item = self.items[index.row()]
        if role == ITEM:
            return item
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            length = i18n.duration(None if item.duration_ms is None else item.duration_ms / 1000)
            return f"{title_of(item)}, {item.manager or _('Not assigned')}, {length}"
        return None


class ClipDelegate(QStyledItemDelegate):
    """Play button, title and length, the reason or the two phrases, a small waveform, who and when."""

    def __init__(self, view: ClipList, waves: WaveCache) -> None:
        super().__init__(view)
        self._view, self._waves = view, waves

    def _texts(self, item: ItemRow) -> list[tuple[str, str, int]]:
        lines = [("", item.reason, 400)] if item.reason else []
        if item.said:
            lines.append((_("Said"), f"«{item.said}»", 400))
        if item.should_have_said:
            lines.append((_("Should"), f"«{item.should_have_said}»", 500))
        return lines

    def _height(self, name: str, text: str, weight: int, width: int) -> int:
        metrics = QFontMetrics(theme.font("body" if not name else "small", weight=weight))
        room = width - (theme.px(52) if name else 0)
        box = metrics.boundingRect(0, 0, room, 4000, int(Qt.TextFlag.TextWordWrap), text)
        return max(theme.px(17), box.height()) + 1

    def sizeHint(self, _option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        item: ItemRow = index.data(ITEM)
        width = self._view.viewport().width() - theme.px(LEFT + 16)
        texts = sum(self._height(*line, width) for line in self._texts(item))
        return QSize(100, theme.px(10 + 20 + 6 + 30 + 10) + texts)

    def play_rect(self, row: QRect) -> QRect:
        """Where the play button of a row is."""
        return QRect(row.left() + 16, row.top() + theme.px(10), theme.px(PLAY), theme.px(PLAY))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        item: ItemRow = index.data(ITEM)
        rect: QRect = option.rect
        state = option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, theme.color("selection"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, theme.color("hover"))
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), theme.color("hairline"))
        self._button(painter, self.play_rect(rect), self._view.playing_id == item.id)
        left, right = rect.left() + theme.px(LEFT), rect.right() - 16
        y = rect.top() + theme.px(10)
        vertical = int(Qt.AlignmentFlag.AlignVCenter)
        painter.setFont(theme.font("body", tabular=True))
        painter.setPen(theme.color("ink"))
        length = i18n.duration(None if item.duration_ms is None else item.duration_ms / 1000)
        line = QRect(left, y, right - left, theme.px(20))
        painter.drawText(line, vertical | int(Qt.AlignmentFlag.AlignRight), length)
        painter.setFont(theme.font("strong", weight=600))
        room = line.width() - theme.px(56)
        painter.drawText(
            line,
            vertical,
            painter.fontMetrics().elidedText(title_of(item), Qt.TextElideMode.ElideRight, room),
        )
        y = self._phrases(painter, item, left, y + theme.px(20), right - left)
        bottom = QRect(left, y + theme.px(4), right - left, theme.px(30))
        wave_width = min(theme.px(250), bottom.width() // 2)
        wave = self._waves.get(item, self._view.desk.roots)
        paint_wave(painter, QRectF(left, bottom.top(), wave_width, bottom.height()), wave)
        self._who(painter, item, bottom.adjusted(wave_width + theme.px(12), 0, 0, 0))
        painter.restore()

    def _button(self, painter: QPainter, box: QRect, playing: bool) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("playhead" if playing else "control"), 1))
        painter.setBrush(theme.color("playhead" if playing else "panel"))
        painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        size = theme.px(16)
        shade = "panel" if playing else "ink"
        dpr = painter.device().devicePixelRatio()
        picture = icons.pixmap("pause" if playing else "play", 16, shade, dpr)
        painter.drawPixmap(box.center().x() - size // 2 + 1, box.center().y() - size // 2 + 1, picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _phrases(self, painter: QPainter, item: ItemRow, left: int, top: int, width: int) -> int:
        wrap = QTextOption()
        wrap.setWrapMode(QTextOption.WrapMode.WordWrap)
        for name, text, weight in self._texts(item):
            height = self._height(name, text, weight, width)
            indent = theme.px(52) if name else 0
            if name:
                painter.setFont(theme.font("small"))
                painter.setPen(theme.color("ink_2"))
                painter.drawText(QRectF(left, top, indent, height), name)
            painter.setFont(theme.font("small" if name else "body", weight=weight))
            painter.setPen(theme.color("ink" if name else "ink_2"))
            painter.drawText(QRectF(left + indent, top, width - indent, height), text, wrap)
            top += height
        return top

    def _who(self, painter: QPainter, item: ItemRow, box: QRect) -> None:
        painter.setFont(theme.font("small"))
        when = i18n.moment(item.started_at, self._view.zone)
        text = f"{item.manager or _('Not assigned')}, {when}"
        right, middle = int(Qt.AlignmentFlag.AlignRight), int(Qt.AlignmentFlag.AlignVCenter)
        upper, lower = box.adjusted(0, 0, 0, -box.height() // 2), box.adjusted(0, box.height() // 2, 0, 0)
        painter.setPen(theme.color("ink_2"))
        where = upper if item.is_stale else box
        painter.drawText(where, right | middle, _elided(painter, text, box.width()))
        if item.is_stale:
            painter.setPen(theme.color("warn_text"))
            days = item.days_since_refresh
            stale = ngettext("not refreshed for {n} day", "not refreshed for {n} days", days).format(n=days)
            painter.drawText(lower, right | middle, _elided(painter, stale, box.width()))


class ClipList(QListView):
    """``play_asked(item)`` by the button or Space, ``opened(item)`` by Enter or a double click."""

    play_asked = Signal(object)
    opened = Signal(object)

    def __init__(self, desk: Desk, waves: WaveCache, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.playing_id = 0
        self.clips = ClipModel(self)
        self.setModel(self.clips)
        self._delegate = ClipDelegate(self, waves)
        self.setItemDelegate(self._delegate)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    @property
    def zone(self) -> ZoneInfo:
        return self.desk.rules.zone

    def current(self) -> ItemRow | None:
        index = self.currentIndex()
        return index.data(ITEM) if index.isValid() else None

    def select(self, item_id: int) -> None:
        """Make an item current, if it is in this list."""
        for row, item in enumerate(self.clips.items):
            if item.id == item_id:
                self.setCurrentIndex(self.clips.index(row))
                self.scrollTo(self.clips.index(row))

    def set_playing(self, item_id: int) -> None:
        self.playing_id = item_id
        self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        index = self.indexAt(event.position().toPoint())
        if not index.isValid() or event.button() != Qt.MouseButton.LeftButton:
            return
        if self._delegate.play_rect(self.visualRect(index)).contains(event.position().toPoint()):
            self.play_asked.emit(index.data(ITEM))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        item = self.current()
        if item is not None and event.position().x() > theme.px(LEFT):
            self.opened.emit(item)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.current()
        if item is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit(item)
        else:
            super().keyPressEvent(event)


def _elided(painter: QPainter, text: str, width: int) -> str:
    return painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, width)
