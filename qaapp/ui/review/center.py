"""The middle of the screen: head, error, timeline, transport, and below the tabs with the table of annotations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import shiboken6
from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QHBoxLayout, QMenu, QScrollArea, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from qaapp import i18n
from qaapp.audio.speech import SpeechMap
from qaapp.calls.annotations import AnnotationRow
from qaapp.i18n import _
from qaapp.ui import theme
from qaapp.ui.desk import Desk
from qaapp.ui.review import transcript_tab
from qaapp.ui.review.annotation_dialog import AnnotationDialog
from qaapp.ui.review.evidence_bar import EvidenceBar
from qaapp.ui.review.facts import HistoryTab, SpeechTab, summary
from qaapp.ui.review.header import CallHeader
from qaapp.ui.review.label_files import LabelFiles
from qaapp.ui.review.lanes import items_of, lanes_of, marks_of
from qaapp.ui.review.note_list import NoteList, fill_menu
from qaapp.ui.review.origin import CallTab, FetchBar
from qaapp.ui.review.session import ReviewSession
from qaapp.ui.review.transport import Transport
from qaapp.ui.timeline.items import LaneTitle
from qaapp.ui.timeline.layout import LOW, ROOMY, Density
from qaapp.ui.timeline.view import TimelineView
from qaapp.ui.widgets.buttons import Button
from qaapp.ui.widgets.labels import ElidedLabel, Hairline
from qaapp.ui.widgets.strips import ErrorStrip

LEAST_ROWS = 5  # of the table, then empty lanes go
LANE_MAX, LEAST_LANE = 160, 40


class Center(QWidget):
    """Builds and arranges; the actions live in ``screen`` and ``playback``. GUI thread only."""

    delete_asked = Signal(list)  # annotation ids
    writing = Signal(bool, bool)  # a comment is begun (True) or done; whether by Enter

    def __init__(self, desk: Desk, session: ReviewSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk, self.session = desk, session
        self._is_low = False
        self._grows = False
        self._is_narrow = False
        self._summary = ""
        self.current: int | None = None  # the chosen annotation
        self._back: QWidget | None = None  # where the keyboard was before a comment
        self.header = CallHeader(desk)
        self.error = ErrorStrip(closable=True)
        self.timeline = TimelineView()
        self.evidence = EvidenceBar(desk.keyboard)
        self.transport = Transport(desk.keyboard)
        self.tabs = QTabBar()
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(False)  # the figures beside it give way, not the tabs
        self.tabs.setDrawBase(False)
        self.tabs.setProperty("screenKeys", True)
        self.figures = ElidedLabel("", "small", "ink_2", selectable=True)
        self.figures.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.notes = NoteList(desk, session)
        self.table = self.notes.table
        self.table.fill_menu = lambda menu: fill_menu(menu, self)
        self.phrases = self.table.phrases
        self.labels = LabelFiles(self)
        self.tools = Button("", "flat", icon="ellipsis", small=True)
        self.speech = SpeechTab()
        self.history = HistoryTab()
        self.origin = CallTab(desk)
        self.text = transcript_tab.TranscriptTab()
        self.fetching = FetchBar(desk)
        self.pages = QStackedWidget()
        self._build()
        self.tabs.currentChanged.connect(self.pages.setCurrentIndex)
        self.tabs.currentChanged.connect(lambda _tab: self._show_lanes())
        self.notes.bar_toggled.connect(self._show_lanes)
        self.text.finder.toggled.connect(self._show_lanes)
        self.table.chosen.connect(self.choose)
        self.table.text_asked.connect(self.edit_text)
        self.table.text_editor_closed.connect(self._written)
        self.tools.clicked.connect(self._open_tools)
        self.timeline.item_chosen.connect(self._item_chosen)
        self.timeline.item_menu.connect(self._item_menu)
        self.timeline.gutter.set_keys(
            desk.keyboard.key_of("hear_manager"),
            desk.keyboard.key_of("hear_customer"),
            desk.keyboard.key_of("swap_sides"),
        )
        session.opened.connect(self._opened)
        session.annotations_changed.connect(self.show_annotations)
        session.marks_changed.connect(self.show_marks)
        session.card_changed.connect(self._card_changed)
        session.heard_changed.connect(self.show_heard)
        session.tags_changed.connect(lambda: self.header.show_tags(session.tags))
        self.retranslate()

    def _build(self) -> None:
        for page in (self.notes, self.speech, self.history, self.origin, self.text):
            if page in (self.notes, self.text):
                self.pages.addWidget(page)
                continue
            area = QScrollArea()
            area.setWidgetResizable(True)
            area.setWidget(page)
            self.pages.addWidget(area)
        self.strip_box = QWidget()
        strip = QHBoxLayout(self.strip_box)
        strip.setContentsMargins(16, 0, 16, 4)
        strip.addWidget(self.error)
        for _n in range(5):
            self.tabs.addTab("")
        row = QHBoxLayout()
        row.setContentsMargins(16, 8, 16, 0)
        row.addWidget(self.tabs)
        row.addWidget(self.figures, 1, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.tools)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.header)
        box.addWidget(self.strip_box)
        box.addWidget(self.fetching)
        box.addWidget(self.timeline)
        box.addWidget(self.evidence)
        box.addWidget(self.transport)
        box.addWidget(Hairline())
        box.addLayout(row)
        box.addWidget(Hairline())
        box.addWidget(self.pages, 1)
        self.strip_box.hide()
        self.error.closed.connect(self.strip_box.hide)

    def retranslate(self) -> None:
        self.header.retranslate()
        self.timeline.retranslate()
        self.evidence.retranslate()
        self.transport.retranslate()
        self.text.retranslate()
        self.notes.retranslate()
        self.tools.setAccessibleName(_("Filter, export and import of annotations"))
        self.tools.setToolTip(_("Filter, export and import of annotations"))
        self._tell_tabs()
        if self.session.call is not None:
            self.show_annotations()
            self.table.refresh()
            self.show_history()
            self._show_origin()

    # --- showing -------------------------------------------------------------------------------------------------

    def _opened(self) -> None:
        call = self.session.call
        assert call is not None
        self.current = None
        self.hide_error()
        self.header.show_call(call.row)
        self.header.show_tags(self.session.tags)
        self.timeline.select_region(None)
        self.timeline.zoom_amplitude(0)  # how loud a call is, is seen at its own height
        self.show_text()
        self.show_marks()
        self.show_history()
        self._show_origin()

    def _show_origin(self) -> None:
        call = self.session.call
        if call is not None:
            self.fetching.show_call(call.details)
            if call.details is not None:
                self.origin.show_call(call.details)

    def _card_changed(self) -> None:
        self.show_marks()
        self.show_history()

    def show_annotations(self) -> None:
        session = self.session
        rows = session.annotations
        if self.current is not None and all(row.id != self.current for row in rows):
            self.current = None
        items = items_of(rows, session.kinds, self.desk.rules.zone)
        self.timeline.set_items([*items, *transcript_tab.items_of(session.phrases)], self.current)
        self._show_lanes()
        self._tell_tabs()

    def _show_lanes(self) -> None:
        """All lanes of annotations where there is room; else only those in use, lower ones, and fewer rows below."""
        rows, kinds = self.session.annotations, self.session.kinds
        spoken = [LaneTitle(transcript_tab.LANE, _("Text"))] if self.session.phrases else []
        every, used = lanes_of(kinds, rows), lanes_of(kinds, rows, only_used=True)
        room = self._room()
        base = self._density(len(spoken) + len(every) + 1, room - theme.px(30 + 26 * LEAST_ROWS))
        low = replace(
            base, overview=min(base.overview, 34), lane=min(base.lane, LEAST_LANE), has_details=False
        )
        few = min(LEAST_ROWS, max(len(rows), 2))
        for lanes, heights, below in (
            ([*spoken, *every], base, LEAST_ROWS),
            ([*spoken, *used], base, few),
            ([*spoken, *used], low, few),
            (used, low, 1),
        ):
            self.timeline.set_density(heights)
            self.timeline.set_item_lanes(lanes)
            spare = room - theme.px(30 + 26 * below) - self.timeline.state.height
            if spare >= 0:
                if heights is low:
                    self.timeline.set_density(replace(low, lane=min(base.lane, low.lane + spare // 2)))
                break

    def _room(self) -> int:
        """Height for the timeline and the table together."""
        above = [self.header, self.strip_box, self.fetching, self.evidence, self.transport]
        above.append(self.text.finder if self.pages.currentWidget() is self.text else self.notes.bar)
        parts = [part.sizeHint().height() for part in above if not part.isHidden()]
        return self.height() - sum(parts) - self.tabs.sizeHint().height() - theme.px(18)

    def _density(self, rows: int, room: int) -> Density:
        base = LOW if self._is_low else ROOMY
        if self._is_narrow and not self._is_low:
            base = Density(gutter=100, has_details=False)
        if not self._grows or self._is_low:
            return base
        fixed = base.overview + 4 + theme.px(base.ruler + base.strip + base.row * rows)
        lane = min(max((room - fixed - theme.px(120)) // 2, base.lane), LANE_MAX)
        return Density(base.overview, base.ruler, lane, base.strip, base.row, base.gutter)

    def set_size_class(self, *, low: bool, narrow: bool, grows: bool) -> None:
        """What look §11 asks of the middle for this window."""
        self._is_low, self._is_narrow, self._grows = low, narrow, grows
        self.transport.set_narrow(narrow)
        self._show_lanes()

    def show_marks(self) -> None:
        session = self.session
        self.timeline.set_marks(
            marks_of(session.card, session.marks()), self.timeline.state.current_checkpoint
        )

    def show_history(self) -> None:
        session = self.session
        if session.call is None:
            return
        rules = self.desk.rules
        from qaapp.scorecards.scoring import Limits

        limits = session.card.limits(rules) if session.card else Limits(rules.green_above, rules.red_below)
        self.history.show_history(session.history(), limits, rules.zone)
        self._tell_tabs()

    def show_speech(self, speech: SpeechMap | None, reason: str) -> None:
        self.speech.show_speech(speech, reason)
        self._summary = summary(speech)
        self.show_heard()

    def show_heard(self) -> None:
        """How much of the call this reviewer has heard, before the figures of speech."""
        percent = self.session.heard.percent
        heard = _("heard {share}").format(share=i18n.percent(percent)) if percent is not None else ""
        self.figures.setText(" · ".join(part for part in (heard, self._summary) if part))

    def _tell_tabs(self) -> None:
        annotations = len(self.session.annotations)
        submitted = sum(row.submitted_at is not None for row in self.session.history())
        self.tabs.setTabText(0, _("Annotations") + (f"  {annotations}" if annotations else ""))
        self.tabs.setTabText(1, _("Speech"))
        self.tabs.setTabText(2, _("History") + (f"  {submitted}" if submitted else ""))
        self.tabs.setTabText(3, _("Call"))
        self.tabs.setTabText(4, _("Text"))

    # --- the chosen annotation -----------------------------------------------------------------------------------

    def chosen_rows(self) -> list[AnnotationRow]:
        """What an action on annotations is about: several chosen in the list, else the one on the timeline."""
        rows = self.table.chosen_rows()
        if len(rows) > 1:
            return rows
        row = self.session.annotation(self.current)
        return [row] if row is not None else []

    def _item_chosen(self, item_id: int) -> None:
        """An annotation is chosen; a phrase of the text is where the sound goes."""
        if item_id >= 0:
            self.choose(item_id)
        elif -1 - item_id < len(self.session.phrases):
            self.text.seek_asked.emit(float(self.session.phrases[-1 - item_id].start_ms))

    def show_text(self) -> None:
        """The words of the call, in their tab and on their lane."""
        self.text.show_phrases(self.session.phrases)
        self.show_annotations()

    def choose(self, annotation_id: int | None) -> None:
        """The same annotation in the table and on the lanes."""
        self.current = annotation_id
        self.timeline.set_current_item(annotation_id)
        self.table.show_current(annotation_id)
        row = self.session.annotation(annotation_id)
        if row is not None:
            self.timeline.reveal(row.start_ms)

    def edit_text(self, annotation_id: int) -> None:
        """Write the text of an annotation; ``writing`` tells when it begins and ends."""
        self.tabs.setCurrentIndex(0)
        self.choose(annotation_id)
        focus = self.window().focusWidget()
        self._back = focus if focus is not None and not self.notes.isAncestorOf(focus) else None
        self.writing.emit(True, False)
        self.table.edit_text(annotation_id)

    def _written(self, by_enter: bool) -> None:
        """Enter: the keyboard goes back to where one worked, and so does the sound."""
        self.writing.emit(False, by_enter)
        back, self._back = self._back, None
        if by_enter and back is not None and shiboken6.isValid(back) and back.isVisible():
            QTimer.singleShot(0, back, lambda: back.setFocus())

    def edit_whole(self) -> bool:
        """A dialog with everything about the chosen annotation."""
        rows = self.chosen_rows()
        if len(rows) != 1:
            return False
        self.phrases.forget()
        dialog = AnnotationDialog(self.session, rows[0], self.phrases, self)
        self.writing.emit(True, False)
        dialog.finished.connect(lambda done: self.writing.emit(False, bool(done)))
        dialog.open()
        return True

    def _item_menu(self, annotation_id: int, at: QPoint) -> None:
        if annotation_id not in [row.id for row in self.chosen_rows()]:
            self.choose(annotation_id)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        fill_menu(menu, self)
        menu.popup(at)

    def _open_tools(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        keys = self.desk.keyboard

        def add(text: str, call: Callable[[], object], action: str = "", *, enabled: bool = True) -> None:
            key = keys.key_of(action) if action else ""
            menu.addAction(f"{text}\t{key}" if key else text, call).setEnabled(enabled)

        some = bool(self.session.annotations)
        if self.pages.currentWidget() is self.text and self.session.phrases:
            add(_("Find in the text"), self.open_filter, "filter")
        else:
            add(_("Filter the annotations"), self.open_filter, "filter", enabled=some)
        add(_("Columns…"), lambda: self.table.choose_columns(QCursor.pos()))
        menu.addSeparator()
        add(_("Copy as text"), self.table.copy_as_text, enabled=some)
        add(_("Export…"), self.labels.ask_export, "export_labels", enabled=some)
        add(_("Bring in labels…"), self.labels.ask_import, "import_labels")
        menu.addSeparator()
        add(_("Move the sides against each other…"), lambda: keys.trigger("pair_offset"), "pair_offset")
        add(_("Save clips of the sound…"), lambda: keys.trigger("save_clip"), "save_clip")
        menu.popup(self.tools.mapToGlobal(QPoint(0, self.tools.height())))

    def open_filter(self) -> None:
        """Find words in the text where that is on show, else narrow the list of annotations."""
        if self.pages.currentWidget() is self.text and self.text.open_find():
            return
        self.tabs.setCurrentIndex(0)
        self.notes.open_filter()

    # --- errors --------------------------------------------------------------------------------------------------

    def show_error(self, error: object, help_text: str = "") -> None:
        self.error.show_error(error, help_text=help_text)  # type: ignore[arg-type]
        self.strip_box.show()

    def hide_error(self) -> None:
        self.error.hide()
        self.strip_box.hide()
