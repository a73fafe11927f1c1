"""Where the open call came from: the tab with its route, people and deal, and the bar for a recording that is not here."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from qaapp import clock, i18n
from qaapp.errors import QaappError
from qaapp.i18n import _
from qaapp.journal.details import CallDetails
from qaapp.ui import theme
from qaapp.ui.desk import Desk
from qaapp.ui.fetching import download_now
from qaapp.ui.journal.origins import can_download, deal_words, participant_words, remote_words
from qaapp.ui.journal.route import Route, stops_of
from qaapp.ui.widgets.buttons import Button
from qaapp.ui.widgets.labels import Label
from qaapp.ui.widgets.strips import ErrorStrip

ROUTE_WIDTH = 420


class CallTab(QWidget):
    """The route at the left; participants, deal and source at the right."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.route = Route()
        self.facts = QGridLayout()
        self.facts.setHorizontalSpacing(theme.px(12))
        self.facts.setVerticalSpacing(theme.px(6))
        self.facts.setColumnStretch(1, 1)
        right = QVBoxLayout()
        right.addLayout(self.facts)
        right.addStretch(1)
        left = QVBoxLayout()
        left.addWidget(self.route)
        left.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 16, 12)
        row.setSpacing(theme.px(32))
        row.addLayout(left, 1)
        row.addLayout(right, 1)

    def show_call(self, details: CallDetails) -> None:
        """Everything its source said that matters while one listens."""
        self.route.show_stops(stops_of(details, self._desk.rules.zone))
        while (item := self.facts.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        facts = [(_("Took part"), "\n".join(map(participant_words, details.participants)))]
        if details.deal is not None:
            facts += deal_words(details.deal)
        if details.hold_s:
            facts.append((_("On hold"), i18n.duration(details.hold_s)))
        facts += [(_("Source"), details.row.source), (_("Id in the source"), details.row.external_id)]
        for place, (name, value) in enumerate((name, value) for name, value in facts if value):
            title = Label(name, tone="ink_2")
            self.facts.addWidget(title, place, 0, Qt.AlignmentFlag.AlignTop)
            self.facts.addWidget(Label(value, wrap=True, selectable=True), place, 1)


class FetchBar(QWidget):
    """“The recording stays at the provider until it is needed. [Download now  D]”; ``fetched`` tells the call's id."""

    fetched = Signal(int)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._details: CallDetails | None = None
        self.text = Label("", wrap=True, selectable=True)
        self.button = Button("", icon="download", key=desk.keyboard.key_of("download_recording"))
        self.button.clicked.connect(self.download)
        self.error = ErrorStrip()
        row = QHBoxLayout()
        row.setSpacing(theme.px(12))
        row.addWidget(self.text, 1)
        row.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 0, 16, 6)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self.error)
        self.hide()

    def show_call(self, details: CallDetails | None) -> None:
        """Shown only while something of the recording is not here."""
        self._details = details
        self.error.hide()
        told: list[str] = []
        if details is not None:
            zone, now = self._desk.rules.zone, clock.now()
            told = list(
                dict.fromkeys(words for each in details.remote if (words := remote_words(each, zone, now)))
            )
        text = ". ".join(text[:1].upper() + text[1:] for text in told)
        self.text.setText(text)
        self.button.setText(_("Download now"))
        self.button.setEnabled(True)
        self.button.setVisible(details is not None and can_download(details))
        self.setVisible(bool(text))

    def download(self) -> bool:
        """Fetch it; the call is opened again when it is here. False when there is nothing to fetch."""
        details = self._details
        if details is None or self.isHidden() or not can_download(details) or not self.button.isEnabled():
            return False
        self.button.setEnabled(False)
        self.button.setText(_("Downloading…"))
        call_id = details.row.id
        download_now(
            self._desk,
            call_id,
            lambda: self.fetched.emit(call_id),
            lambda error: self._failed(call_id, error),
        )
        return True

    def _failed(self, call_id: int, error: QaappError) -> None:
        if self._details is not None and self._details.row.id == call_id:
            self.show_call(self._details)
            self.error.show_error(error)
