"""The transport: play, steps, time, speed, sides, skip silence, loop, annotation; each with its key below it.

Where there is little room (a small window, large text) words give way to icons first; what still has no room is in a menu.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QMenu, QSizePolicy, QWidget

from qaapp import i18n
from qaapp.i18n import _
from qaapp.ui import theme
from qaapp.ui.actions import BY_NAME, title_of
from qaapp.ui.keys import Keyboard
from qaapp.ui.widgets.buttons import Button
from qaapp.ui.widgets.labels import Label


class TimeLabel(QWidget):
    """“2:07,4 / 4:32”: big running figures, a click asks for a time to go to."""

    clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ms, self._duration = 0.0, 0.0
        self._shown = ""
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_time(self, ms: float, duration_ms: float) -> None:
        text = i18n.duration(ms / 1000, tenths=True)
        if text == self._shown and duration_ms == self._duration:
            return
        grew = len(text) != len(self._shown) or duration_ms != self._duration
        self._ms, self._duration, self._shown = ms, duration_ms, text
        self.setAccessibleName(_("Position") + f" {text} / {i18n.duration(duration_ms / 1000)}")
        if grew:
            self.updateGeometry()
        self.update()

    def text(self) -> str:
        return self._shown

    def _rest(self) -> str:
        return f" / {i18n.duration(self._duration / 1000)}"

    def sizeHint(self) -> QSize:
        big = QFontMetrics(theme.font("time", tabular=True)).horizontalAdvance(self._shown or "0:00,0")
        small = QFontMetrics(theme.font("body", tabular=True)).horizontalAdvance(self._rest())
        return QSize(big + small + 6, theme.px(32))

    minimumSizeHint = sizeHint

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.clicked.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        font = theme.font("time", tabular=True)
        painter.setFont(font)
        painter.setPen(theme.color("ink"))
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        advance = QFontMetrics(font).horizontalAdvance(self._shown)
        painter.drawText(QRect(0, 0, advance + 4, self.height()), middle, self._shown)
        painter.setFont(theme.font("body", tabular=True))
        painter.setPen(theme.color("ink_2"))
        painter.drawText(QRect(advance + 2, 2, self.width() - advance, self.height()), middle, self._rest())
        painter.end()


class SpeedBox(QWidget):
    """“– 1.3× +”: the ends step by 0.1, the middle goes back to normal speed and forth."""

    stepped = Signal(float)
    toggled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._speed = 1.0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.signals.changed.connect(self.updateGeometry)

    def show_speed(self, speed: float) -> None:
        self._speed = speed
        self.setAccessibleName(_("Speed") + " " + self.text())
        self.update()

    def text(self) -> str:
        return f"{i18n.decimal(self._speed, 1)}×"

    def sizeHint(self) -> QSize:
        return QSize(theme.px(76), theme.px(30))

    minimumSizeHint = sizeHint

    def mousePressEvent(self, event: QMouseEvent) -> None:
        edge = theme.px(22)
        if event.position().x() < edge:
            self.stepped.emit(-0.1)
        elif event.position().x() > self.width() - edge:
            self.stepped.emit(0.1)
        else:
            self.toggled.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("control"), 1))
        painter.setBrush(theme.color("panel"))
        painter.drawRoundedRect(QRectF(0.5, 0.5, self.width() - 1, self.height() - 1), 4, 4)
        center = int(Qt.AlignmentFlag.AlignCenter)
        edge = theme.px(22)
        painter.setFont(theme.font("body"))
        painter.setPen(theme.color("ink_2"))
        painter.drawText(QRect(0, 0, edge, self.height()), center, "–")
        painter.drawText(QRect(self.width() - edge, 0, edge, self.height()), center, "+")
        painter.setFont(theme.font("strong", tabular=True))
        painter.setPen(theme.color("ink"))
        painter.drawText(self.rect(), center, self.text())
        painter.end()


SPACING, MARGIN = 2, 10


class Transport(QWidget):
    """Buttons and captions in a grid; ``set_narrow`` moves the keys into tooltips. Signals only, no player."""

    def __init__(self, keyboard: Keyboard, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keyboard = keyboard
        self._is_narrow = False
        self._saved_ms = 0.0
        self._plan: tuple[object, ...] = ()
        self._captions: dict[QWidget, tuple[Label, tuple[str, ...]]] = {}
        self.previous = Button("", "flat", icon="skip-back")
        self.back = Button("−3", "flat")
        self.play = Button("", "ink", icon="play", icon_size=18)
        self.forward = Button("+3", "flat")
        self.next = Button("", "flat", icon="skip-forward")
        self.time = TimeLabel()
        self.speed = SpeedBox()
        self.ears = Button("", "flat", icon="headphones", checkable=True)
        self.level = Button("", "flat", icon="audio-lines", checkable=True)
        self.skip = Button("", "flat", icon="fast-forward", checkable=True)
        self.loop = Button("", "flat", icon="repeat", checkable=True)
        self.note = Button("", "flat", icon="diamond-plus")
        self.more = Button("", "flat", icon="ellipsis")
        self.more.clicked.connect(self._open_more)
        self.more.hide()
        self._worded = (self.note, self.loop, self.skip)  # the first loses its words first
        self._goes = (
            self.ears, self.level, self.back, self.forward, self.loop, self.note, self.previous, self.next, self.skip
        )  # into the menu, in this order  # fmt: skip
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(MARGIN, 6, MARGIN, 4)
        self.grid.setHorizontalSpacing(SPACING)
        self.grid.setVerticalSpacing(0)
        parts: tuple[tuple[QWidget | None, tuple[str, ...]], ...] = (
            (self.previous, ("previous_turn",)),
            (self.back, ("back_3s",)),
            (self.play, ("play_pause",)),
            (self.forward, ("forward_3s",)),
            (self.next, ("next_turn",)),
            (None, ()),
            (self.time, ("go_to_time",)),
            (None, ()),
            (self.speed, ("slower", "faster", "toggle_speed")),
            (self.ears, ("sides_in_ears",)),
            (self.level, ("level_sides",)),
            (self.skip, ("skip_silence",)),
            (self.loop, ("loop",)),
            (self.note, ("annotation",)),
            (self.more, ()),
        )
        for column, (widget, actions) in enumerate(parts):
            if widget is None:
                stretch = column > 5
                self.grid.setColumnStretch(column, int(stretch))
                self.grid.setColumnMinimumWidth(column, 0 if stretch else theme.px(8))
            else:
                self._put(column, widget, actions)
        for button, width in ((self.play, 52), (self.previous, 46), (self.next, 46)):
            button.setMinimumWidth(theme.px(width))
        self.retranslate()

    def _put(self, column: int, widget: QWidget, actions: tuple[str, ...]) -> None:
        self.grid.addWidget(widget, 0, column, Qt.AlignmentFlag.AlignVCenter)
        if not actions:
            return
        caption = Label("", "micro", "ink_3")
        left = widget is self.time
        caption.setAlignment(Qt.AlignmentFlag.AlignLeft if left else Qt.AlignmentFlag.AlignHCenter)
        self.grid.addWidget(caption, 1, column)
        self._captions[widget] = (caption, actions)

    def set_narrow(self, is_narrow: bool) -> None:
        if is_narrow != self._is_narrow:
            self._is_narrow = is_narrow
            self._fit()

    # --- room ----------------------------------------------------------------------------------------------------

    def minimumSizeHint(self) -> QSize:
        """What never goes: play, the time, the speed and the menu."""
        kept = [widget for widget in (*self._captions, self.more) if widget not in self._goes]
        width = sum(widget.sizeHint().width() + SPACING for widget in kept)
        return QSize(width + 2 * MARGIN, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:  # a longer time, another text size
            self._fit()
        return done

    def _words(self, button: Button) -> tuple[str, str]:
        """With words, and without."""
        if button is self.loop:
            return _("Loop"), ""
        if button is self.note:
            return _("Annotation"), ""
        saved = f"−{i18n.duration(self._saved_ms / 1000)}" if self._saved_ms >= 1000 else ""
        return f"{_('Skip silence')} {saved}".strip(), saved

    def _width(self, widget: QWidget, text: str | None) -> int:
        if isinstance(widget, Button) and text is not None:
            width = widget.sizeHint().width()
            metrics = widget.fontMetrics()
            gap = theme.px(6)
            width += metrics.horizontalAdvance(text) - metrics.horizontalAdvance(widget.text())
            width += gap * (bool(text) - bool(widget.text()))
        else:
            width = max(widget.sizeHint().width(), widget.minimumWidth())
        caption = self._captions.get(widget)
        if caption is not None and not self._is_narrow:
            width = max(width, caption[0].sizeHint().width())
        return width + SPACING

    def _fit(self) -> None:
        """Everything with words, else with icons, else the last ones in the menu."""
        texts = {button: self._words(button)[0] for button in self._worded}
        widths = {widget: self._width(widget, texts.get(widget)) for widget in self._captions}  # type: ignore[call-overload]
        room = self.width() - 2 * MARGIN - theme.px(8) - 2 * SPACING
        for button in self._worded:
            if sum(widths.values()) <= room:
                break
            texts[button] = self._words(button)[1]
            widths[button] = self._width(button, texts[button])
        hidden: list[Button] = []
        for button in self._goes:
            if sum(widths.values()) <= room:
                break
            if not hidden:
                widths[self.more] = self._width(self.more, None)
            hidden.append(button)
            widths.pop(button)
        plan = (tuple(texts.values()), tuple(hidden), self._is_narrow)
        if plan == self._plan:
            return
        self._plan = plan
        for button, text in texts.items():
            button.setText(text)
        for widget, (caption, _actions) in self._captions.items():
            widget.setVisible(widget not in hidden)
            caption.setVisible(not self._is_narrow and widget not in hidden)
        self.more.setVisible(bool(hidden))

    def _open_more(self) -> None:
        self.more_menu().popup(self.more.mapToGlobal(QPoint(0, self.more.height())))

    def more_menu(self) -> QMenu:
        """What has no room, with its keys."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for widget, (_caption, actions) in self._captions.items():
            if isinstance(widget, Button) and widget.isHidden():
                key = self._keyboard.key_of(actions[0])
                title = title_of(BY_NAME[actions[0]])
                action = menu.addAction(f"{title}\t{key}" if key else title, widget.click)
                action.setEnabled(widget.isEnabled())
                action.setCheckable(widget.isCheckable())
                action.setChecked(widget.isChecked())
        return menu

    def retranslate(self) -> None:
        for button in self._worded:
            button.setText(self._words(button)[0])
        for widget, (caption, actions) in self._captions.items():
            caption.setText("  ".join(self._keyboard.key_of(name) for name in actions))
            tip = self._keyboard.tip(actions[0])
            widget.setToolTip(tip)
            widget.setAccessibleName(tip.split(" — ")[0])
        self.more.setToolTip(_("More"))
        self.more.setAccessibleName(_("More"))
        self.speed.setToolTip(
            " · ".join(self._keyboard.tip(name) for name in ("slower", "faster", "toggle_speed"))
        )
        self.speed.show_speed(self.speed._speed)
        self._plan = ()
        self._fit()

    def connect(self, **actions: Callable[[], Any]) -> None:  # type: ignore[override]
        """``connect(play=…, back=…)``: what each button does."""
        for name, call in actions.items():
            getattr(self, name).clicked.connect(lambda *_args, call=call: call())

    def show_saved(self, saved_ms: float) -> None:
        """What skipping saves of the open call."""
        self._saved_ms = saved_ms
        self._fit()

    def show_state(self, playing: bool, has_sound: bool) -> None:
        self.play.set_icon_name("pause" if playing else "play")
        for button in (
            self.previous,
            self.back,
            self.play,
            self.forward,
            self.next,
            self.loop,
            self.skip,
            self.level,
            self.ears,
        ):
            button.setEnabled(has_sound)
