"""The buttons left of the lanes: zoom, hear one side, mute, gain. Text is painted by the view."""

from __future__ import annotations

import math

from PySide6.QtCore import QObject, QRect, Qt, Signal
from PySide6.QtWidgets import QMenu, QSlider, QWidget

from qaapp import i18n
from qaapp.i18n import _
from qaapp.ui import icons, theme
from qaapp.ui.timeline.state import TimelineState
from qaapp.ui.widgets.buttons import Button, LoneButton
from qaapp.words import Lane

STEPS = 100
GAINS_DB = (12, 9, 6, 3, 0, -3, -6, -12)


class Gutter(QObject):
    """Places real buttons over the timeline's left column. GUI thread only."""

    zoom_asked = Signal(float)  # factor about the playhead
    zoom_set = Signal(float)  # 0 whole call … 1 closest
    solo_toggled = Signal(str)  # lane
    mute_toggled = Signal(str)
    gain_chosen = Signal(str, float)  # lane, dB
    swap_asked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._solo: dict[str, Button] = {}
        self._mute: dict[str, LoneButton] = {}
        self._keys: dict[str, str] = {}
        self.zoom_out = LoneButton("zoom-out", "", size=15, parent=parent)
        self.zoom_in = LoneButton("zoom-in", "", size=15, parent=parent)
        self.swap = LoneButton("arrow-left-right", "", size=13, parent=parent)
        self.swap.clicked.connect(self.swap_asked)
        self._swap_key = ""
        for button in (self.zoom_out, self.zoom_in, self.swap):
            button.setProperty("kind", "tiny")
        self.slider = QSlider(Qt.Orientation.Horizontal, parent)
        self.slider.setRange(0, STEPS)
        self.slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.slider.valueChanged.connect(lambda value: self.zoom_set.emit(value / STEPS))
        self.zoom_out.clicked.connect(lambda: self.zoom_asked.emit(1 / 1.6))
        self.zoom_in.clicked.connect(lambda: self.zoom_asked.emit(1.6))
        for lane in (Lane.MANAGER, Lane.CUSTOMER):
            self._make(parent, lane)
        self.retranslate()

    def _make(self, parent: QWidget, lane: Lane) -> None:
        solo = Button("", "", icon="headphones", icon_size=14, small=True, checkable=True, parent=parent)
        solo.clicked.connect(lambda: self.solo_toggled.emit(str(lane)))
        mute = LoneButton("volume-2", "", size=14, checkable=True, parent=parent)
        mute.setProperty("kind", "tiny")
        mute.clicked.connect(lambda: self.mute_toggled.emit(str(lane)))
        mute.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        mute.customContextMenuRequested.connect(
            lambda point, button=mute: self.gain_menu(str(lane)).popup(button.mapToGlobal(point))
        )
        self._solo[str(lane)], self._mute[str(lane)] = solo, mute

    def gain_menu(self, lane: str) -> QMenu:
        """How much louder or quieter a side is played."""
        menu = QMenu(self.zoom_in.parentWidget())
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for gain in GAINS_DB:
            action = menu.addAction(_("{gain} dB").format(gain=i18n.decimal(gain, 0, sign=True)))
            action.triggered.connect(lambda _on=False, gain=gain: self.gain_chosen.emit(lane, float(gain)))
        return menu

    def set_keys(self, manager: str, customer: str, swap: str) -> None:
        self._keys = {str(Lane.MANAGER): manager, str(Lane.CUSTOMER): customer}
        self._swap_key = swap
        self.retranslate()

    def set_listen(self, soloed: str, muted: frozenset[str]) -> None:
        for lane, button in self._solo.items():
            button.setChecked(lane == soloed)
        for lane, mute in self._mute.items():
            mute.setChecked(lane in muted)
            icons.set_icon(mute, "volume-x" if lane in muted else "volume-2", 14, "ink_2", "accent_text")

    def set_zoom(self, share: float) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(round(share * STEPS))
        self.slider.blockSignals(False)

    def retranslate(self) -> None:
        self.zoom_out.set_tip(_("Zoom out") + " — Ctrl+−")
        self.zoom_in.set_tip(_("Zoom in") + " — Ctrl++")
        self.slider.setAccessibleName(_("Zoom"))
        swap = _("Swap the sides")
        self.swap.set_tip(f"{swap} — {self._swap_key}" if self._swap_key else swap)
        names = {
            str(Lane.MANAGER): (_("Hear the manager only"), _("Mute the manager")),
            str(Lane.CUSTOMER): (_("Hear the customer only"), _("Mute the customer")),
        }
        for lane, (solo, mute) in names.items():
            key = self._keys.get(lane, "")
            self._solo[lane].set_key(key)
            self._solo[lane].setAccessibleName(solo)
            self._solo[lane].setToolTip(f"{solo} — {key}" if key else solo)
            self._mute[lane].set_tip(mute)
            self._mute[lane].setToolTip(mute + ". " + _("Right click: volume"))

    def place(self, state: TimelineState) -> None:
        """Put every button where its row is."""
        pad, right = state.density.gutter_pad, state.gutter
        ruler = state.row("ruler")
        if ruler is not None:
            side = theme.px(20)
            top = ruler.top + (ruler.height - side) // 2
            for button, left in ((self.zoom_out, pad - 3), (self.zoom_in, right - side - 6)):
                button.setMinimumSize(0, 0)
                button.setGeometry(left, top, side, side)
            inner = QRect(pad + side - 1, top, right - 2 * side - pad - 6, side)
            self.slider.setGeometry(inner)
        strip = state.row("strip")
        both = all(state.row("lane", str(lane)) is not None for lane in (Lane.MANAGER, Lane.CUSTOMER))
        self.swap.setVisible(strip is not None and both)
        if strip is not None:
            side = min(theme.px(20), strip.height - 2)
            self.swap.setMinimumSize(0, 0)
            self.swap.setGeometry(right - side - 6, strip.top + (strip.height - side) // 2, side, side)
        for lane, solo in self._solo.items():
            row = state.row("lane", lane)
            height = theme.px(22)
            block = theme.px(18) * (3 if state.density.has_details else 1)
            is_shown = row is not None and row.height >= block + height + 2
            for shown in (solo, self._mute[lane]):
                shown.setVisible(is_shown)
            if row is None:
                continue
            top = row.top + (row.height - block - height - 4) // 2 + block + 4
            for wanted in (solo, self._mute[lane]):
                wanted.setMinimumHeight(0)
            solo.setGeometry(pad, top, theme.px(46), height)
            self._mute[lane].setGeometry(pad + theme.px(49), top, theme.px(26), height)


def zoom_share(whole: float, finest: float, now: float) -> float:
    """Where ``now`` lies between the whole call (0) and the closest zoom (1), on a logarithmic scale."""
    if whole <= finest:
        return 0.0
    return min(max(math.log(whole / now) / math.log(whole / finest), 0.0), 1.0)


def zoom_at(whole: float, finest: float, share: float) -> float:
    """The inverse of ``zoom_share``: ms per pixel."""
    return whole * (finest / whole) ** share if whole > finest else whole
