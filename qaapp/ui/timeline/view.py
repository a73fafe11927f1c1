"""The timeline widget: gutter, overview, ruler, lanes, annotations, card marks. It shows and signals, nothing more.

Times in signals are milliseconds of the recording. For screen readers it is mirrored by the table of annotations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from qaapp.audio.call_audio import CallAudio
from qaapp.calls.coverage import Heard
from qaapp.i18n import _
from qaapp.ui import theme
from qaapp.ui.timeline import gutter, item_painting, painting
from qaapp.ui.timeline.gestures import Gestures
from qaapp.ui.timeline.items import CardMark, LaneTitle, TimelineItem, tracks_of
from qaapp.ui.timeline.layers import Layers
from qaapp.ui.timeline.layout import Density, rows_of
from qaapp.ui.timeline.painting import LABEL_PX
from qaapp.ui.timeline.scale import TimeScale
from qaapp.ui.timeline.state import TimelineState
from qaapp.words import Lane

WHEEL_STEP = 1.25
MOST_AMPLITUDE = 32.0
FIRST_VIEW_MS = 120_000.0  # a longer call opens with its first two minutes in sight


class TimelineView(QWidget):
    """GUI thread only."""

    seek_asked = Signal(float)
    region_selected = Signal(object)  # (start, end) or None
    region_activated = Signal(float, float)
    item_chosen = Signal(int)
    item_edited = Signal(int, int, object)  # id, start, end or None
    edge_dragged = Signal(float, str)  # an edge ("start", "end") is dragged to this moment
    edge_released = Signal()
    item_menu = Signal(int, QPoint)
    mark_chosen = Signal(int, int)  # checkpoint id, at_ms
    solo_toggled = Signal(str)
    mute_toggled = Signal(str)
    gain_chosen = Signal(str, float)
    swap_asked = Signal()
    height_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = TimelineState()
        self._follow = True
        self.follow_mode = "page"
        self._ratio = 0.0
        self.layers = Layers()
        self._gestures = Gestures(self)
        self.gutter = gutter.Gutter(self)
        self.gutter.zoom_asked.connect(self.zoom_about_playhead)
        self.gutter.zoom_set.connect(self._zoom_to_share)
        self.gutter.solo_toggled.connect(self.solo_toggled)
        self.gutter.mute_toggled.connect(self.mute_toggled)
        self.gutter.gain_chosen.connect(self.gain_chosen)
        self.gutter.swap_asked.connect(self.swap_asked)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setProperty("screenKeys", True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.signals.changed.connect(self._restyled)
        self.retranslate()

    # --- what it shows -------------------------------------------------------------------------------------------

    def set_audio(
        self, audio: CallAudio | None, duration_ms: float = 0.0, notice: str = "", *, keeps_view: bool = False
    ) -> None:
        """The sound, or None with a sentence while it is loading or where there is none.

        ``keeps_view``: more of the call that is shown already, so zoom and place stay.
        """
        self.state.tiles.set_audio(audio)
        self.state.notice = notice
        if audio is not None:
            self.state.lanes = tuple(audio.lanes)
            duration_ms = audio.duration_ms
        if keeps_view:
            self.state.scale = self.state.scale.lasting_about(duration_ms)
        elif duration_ms != self.state.scale.duration_ms:
            self.state.scale = self.state.scale.lasting(duration_ms)
            if duration_ms > FIRST_VIEW_MS * 1.5:
                self.state.scale = self.state.scale.spanning(0, FIRST_VIEW_MS)
        if audio is not None:
            self.state.scale = self.state.scale.sampled(audio.sample_rate)
        self._arrange()

    def set_density(self, density: Density) -> None:
        if density != self.state.density:
            self.state.density = density
            self._arrange()

    def set_item_lanes(self, lanes: Sequence[LaneTitle]) -> None:
        if tuple(lanes) != self.state.item_lanes:
            self.state.item_lanes = tuple(lanes)
            self._arrange()

    def set_items(self, items: Sequence[TimelineItem], current: int | None = None) -> None:
        self.state.items = tuple(sorted(items, key=lambda item: (item.start_ms, item.id)))
        self.state.current_item = current
        self._arrange()

    def set_current_item(self, item_id: int | None) -> None:
        """The chosen annotation; its time is washed across all lanes."""
        self.state.current_item = item_id
        item = next((item for item in self.state.items if item.id == item_id), None)
        if item is not None and item.end_ms is not None:
            self.state.selection = (float(item.start_ms), float(item.end_ms))
        self.update()

    def set_marks(self, marks: Sequence[CardMark], current_checkpoint: int | None = None) -> None:
        self.state.marks = tuple(marks)
        self.state.current_checkpoint = current_checkpoint
        self.update()

    def set_heard(self, heard: Sequence[Heard]) -> None:
        """What was really heard, and how fast."""
        self.state.heard = tuple(heard)
        row = self.state.row("overview")
        if row is not None:
            self.update(0, row.top, self.width(), row.height)

    def set_listen(self, soloed: str) -> None:
        """``manager``, ``customer`` or "" for both: the other side's lane fades."""
        other = {str(Lane.MANAGER): str(Lane.CUSTOMER), str(Lane.CUSTOMER): str(Lane.MANAGER)}
        self.state.muted = frozenset([other[soloed]]) if soloed in other else frozenset()
        self.gutter.set_listen(soloed, self.state.muted)
        self.update()

    def set_gains(self, gains_db: dict[str, float]) -> None:
        self.state.gains_db = dict(gains_db)
        self.update()

    def zoom_amplitude(self, factor: float) -> None:
        """Make the waveform of both sides taller (> 1) or lower, as quiet speech is seen better; 0: as it was.

        Nothing sounds louder, and the overview stays as it is.
        """
        wanted = self.state.tiles.amplitude * factor if factor else 1.0
        wanted = min(max(wanted, 1.0), MOST_AMPLITUDE)
        if wanted != self.state.tiles.amplitude:
            self.state.tiles.amplitude = wanted
            self.update()

    def set_position(self, ms: float, *, playing: bool = False) -> None:
        """Move the playhead; only the strips it leaves and enters are painted again."""
        if ms == self.state.position_ms:
            return
        before = self.state.position_ms
        self.state.position_ms = ms
        if self._follow and self.follow_mode == "smooth" and playing and not self.state.scale.is_whole:
            self._scale_to(self.state.scale.starting(ms - 0.5 * self.state.scale.span_ms))
            self.update()
            return
        if self._follow and self.follow_mode != "off" and not self.state.scale.shows(ms):
            lead = 0.08 if playing and ms > before else 0.5
            self._scale_to(self.state.scale.starting(ms - lead * self.state.scale.span_ms))
            return
        ruler_row, reach = self.state.row("ruler"), theme.px(LABEL_PX) + 12
        for moment in (before, ms):
            x = self.state.gutter + int(self.state.scale.x(moment))
            if -20 <= x <= self.width() + 20:
                self.update(x - 8, 0, 17, self.height())
                if ruler_row is not None:  # the label under the flag is hidden whole, and comes back whole
                    self.update(x - reach, ruler_row.top, 2 * reach, ruler_row.height)
        row = self.state.row("overview")
        if row is not None:
            unit = self.lanes_width() / max(self.state.scale.duration_ms, 1.0)
            for moment in (before, ms):
                self.update(self.state.gutter + int(moment * unit) - 1, row.top, 4, row.height)

    def select_region(self, start_ms: float | None, end_ms: float | None = None) -> None:
        self.state.selection = None if start_ms is None or end_ms is None else (start_ms, end_ms)
        self.update()

    def selection(self) -> tuple[float, float] | None:
        return self.state.selection

    def preview_item(self, item_id: int, start_ms: int, end_ms: int | None) -> None:
        """Show an item at another place while it is dragged."""
        self.state.items = tuple(
            replace(item, start_ms=start_ms, end_ms=end_ms) if item.id == item_id else item
            for item in self.state.items
        )
        self.state.tracks = tracks_of(self.state.items, self.state.places)
        if end_ms is not None and item_id == self.state.current_item:
            self.state.selection = (float(start_ms), float(end_ms))
        self.update()

    def set_dragged(self, ms: float | None, is_snapped: bool) -> None:
        self.state.dragged_ms, self.state.is_snapped = ms, is_snapped
        self.update()

    def snap_points(self, without: int | None) -> list[float]:
        """Turn edges, edges of other annotations and the playhead."""
        points = [
            self._gestures.playhead_ms if self._gestures.playhead_ms is not None else self.state.position_ms
        ]
        speech = self.state.audio.speech if self.state.audio is not None else None
        if speech is not None:
            for part in (*speech.manager, *speech.customer):
                points += (part.start_ms, part.end_ms)
        for item in self.state.items:
            if item.id != without:
                points += [item.start_ms] if item.end_ms is None else [item.start_ms, item.end_ms]
        return points

    # --- scale ---------------------------------------------------------------------------------------------------

    def lanes_width(self) -> int:
        return max(self.width() - self.state.gutter, 1)

    def _scale_to(self, scale: TimeScale) -> None:
        self.state.scale = scale
        self.gutter.set_zoom(
            gutter.zoom_share(scale.whole_ms_per_px, scale.finest_ms_per_px, scale.ms_per_px)
        )
        self.update()

    def set_follow_mode(self, mode: str) -> None:
        """``page``: turn the page when the playhead leaves it; ``smooth``: it stays in the middle; ``off``: stand still."""
        self.follow_mode = mode
        self._follow = True

    def resume_follow(self) -> None:
        """The next play or key: the playhead is kept in sight again."""
        self._follow = True

    def scroll_to(self, start_ms: float) -> None:
        self._follow = False
        self._scale_to(self.state.scale.starting(start_ms))

    def show_span(self, start_ms: float, end_ms: float) -> None:
        self._follow = False
        self._scale_to(self.state.scale.spanning(start_ms, end_ms))

    def center_on(self, ms: float) -> None:
        self._scale_to(self.state.scale.starting(ms - self.state.scale.span_ms / 2))

    def reveal(self, ms: float) -> None:
        """Bring a moment into sight without moving the playhead."""
        if not self.state.scale.shows(ms):
            self.center_on(ms)

    def zoom_about_playhead(self, factor: float) -> None:
        x = self.state.scale.x(self.state.position_ms)
        about = x if 0 <= x <= self.lanes_width() else self.lanes_width() / 2
        self._scale_to(self.state.scale.zoomed(factor, about))

    def _zoom_to_share(self, share: float) -> None:
        scale = self.state.scale
        wanted = gutter.zoom_at(scale.whole_ms_per_px, scale.finest_ms_per_px, share)
        self.zoom_about_playhead(scale.ms_per_px / wanted)

    def ask_seek(self, ms: float) -> None:
        self.resume_follow()
        self.seek_asked.emit(ms)

    # --- arranging -----------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        state = self.state
        titles = {"manager": _("Manager"), "customer": _("Customer"), "mix": _("Both sides")}
        state.gutter = theme.px(state.density.gutter)
        before = state.height
        state.rows, state.places, state.sub_rows = rows_of(
            state.density, state.lanes, titles, state.item_lanes, state.items, _("Card"),
            px=theme.text_scale(), strip_title=_("Turns"), overview_title=_("Whole call"),
        )  # fmt: skip
        state.tracks = tracks_of(state.items, state.places)
        self._scale_to(state.scale.resized(self.lanes_width()))
        self.gutter.place(state)
        if state.height != before:
            self.setFixedHeight(state.height)
            self.updateGeometry()
            self.height_changed.emit()
        self.update()

    def retranslate(self) -> None:
        self.setAccessibleName(_("Timeline of the call"))
        self.setAccessibleDescription(_("The table below has the same annotations."))
        self.gutter.retranslate()
        self._arrange()

    def _restyled(self) -> None:
        self.state.tiles.forget()
        self.layers.forget()
        self._arrange()

    def sizeHint(self) -> QSize:
        return QSize(800, self.state.height)

    def minimumSizeHint(self) -> QSize:
        return QSize(320, self.state.height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._scale_to(self.state.scale.resized(self.lanes_width()))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            self._show_tip(event)
            return True
        return super().event(event)

    def _show_tip(self, event: QEvent) -> None:
        point = event.pos()  # type: ignore[attr-defined]
        text = self.tip_at(point.x() - self.state.gutter, point.y())
        if text:
            QToolTip.showText(event.globalPos(), text, self)  # type: ignore[attr-defined]
        else:
            QToolTip.hideText()

    def tip_at(self, x: float, y: float) -> str:
        """The whole text of what lies there."""
        row = self.state.row_at(y)
        if row is None or x < 0:
            return ""
        if row.kind == "items":
            hit = next(item_painting.hits(self.state, row, x, y), None)
            return (hit[0].tooltip or hit[0].label) if hit else ""
        if row.kind == "card":
            for mark in self.state.marks:
                if item_painting.flag_rect(self.state, row, mark).contains(x, y):
                    return mark.tooltip
        return ""

    # --- mouse ---------------------------------------------------------------------------------------------------

    def hover(self, x: float, y: float) -> None:
        row = self.state.row_at(y)
        on_time = x >= 0 and row is not None and row.kind != "overview"
        before, self.state.hover_x = self.state.hover_x, x if on_time else None
        self.setCursor(self._gestures.cursor(x, y))
        for old in (before, self.state.hover_x):
            if old is not None:
                self.update(self.state.gutter + int(old) - 40, 0, 80, self.height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._gestures.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._gestures.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._gestures.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._gestures.double_click(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        row = self.state.row_at(event.pos().y())
        if row is not None and row.kind == "items":
            x = event.pos().x() - self.state.gutter
            for item, _box, _part in item_painting.hits(self.state, row, x, event.pos().y()):
                self.item_chosen.emit(item.id)
                self.item_menu.emit(item.id, event.globalPos())
                return

    def leaveEvent(self, event: QEvent) -> None:
        self.state.hover_x = None
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        delta, across = event.angleDelta().y(), event.angleDelta().x()
        if event.modifiers() & Qt.KeyboardModifier.AltModifier and (delta or across):
            self.zoom_amplitude(
                WHEEL_STEP ** ((delta or across) / 120)
            )  # Qt turns Alt and the wheel sideways
        elif across or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._follow = False
            self._scale_to(self.state.scale.scrolled(-(across or delta)))
        elif delta:
            x = max(event.position().x() - self.state.gutter, 0.0)
            self._scale_to(self.state.scale.zoomed(WHEEL_STEP ** (delta / 120), x))
        event.accept()

    # --- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if not painter.isActive():
            return
        self.paint(painter, event.rect())
        painter.end()

    def paint(self, painter: QPainter, dirty: QRect, ratio: float = 0.0) -> None:
        """Paint what lies in ``dirty`` (order of look §9). ``ratio``: device pixels a pixel, 0: as on the screen.

        What does not move with the sound is painted once into a layer and copied from there.
        """
        state = self.state
        ratio = ratio or self.devicePixelRatioF()
        if ratio != self._ratio:  # another screen: tiles are made in its pixels
            self._ratio = ratio
            state.tiles.forget()
        self.layers.paint(painter, state, dirty, self.size(), ratio)
        width = self.lanes_width()
        painter.setClipRect(dirty.intersected(QRect(state.gutter, 0, width, self.height())))
        painter.translate(state.gutter, 0)
        overview, ruler_row = state.row("overview"), state.row("ruler")
        if overview is not None and dirty.top() < overview.bottom:
            painting.paint_overview(painter, state, overview, width, ratio)
        if ruler_row is not None:
            painting.hide_label_under_flag(painter, state, ruler_row)
            painting.paint_playhead(painter, state, ruler_row, state.height)
            painting.paint_hover(painter, state, ruler_row, state.height, width)
