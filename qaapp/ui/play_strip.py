"""The strip under a list that is played: what is playing, where it is, and the way into Review."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from qaapp import i18n
from qaapp.i18n import _
from qaapp.player.player import Player
from qaapp.ui import theme
from qaapp.ui.desk import Desk
from qaapp.ui.playlist import Playlist, Stretch
from qaapp.ui.waves import Wave, paint_wave
from qaapp.ui.widgets import Button, Label


class Progress(QWidget):
    """The waveform of the clip with a playhead; a click seeks (``sought`` 0…1)."""

    sought = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.wave: Wave | None = None
        self.share = 0.0
        self.setMinimumWidth(theme.px(160))
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(480), theme.px(40))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_wave(painter, QRectF(self.rect()), self.wave, self.share)
        x = round(self.share * (self.width() - 1))
        painter.setPen(QPen(theme.color("playhead"), 1))
        painter.drawLine(x, 0, x, self.height())
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.sought.emit(max(0.0, min(1.0, event.position().x() / max(1, self.width() - 1))))


class Strip(QWidget):
    """Hidden until something is played."""

    toggle_asked = Signal()
    review_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(theme.px(56))
        self._play = Button(kind="ink", icon="play")
        self._play.setFixedWidth(theme.px(40))
        self._play.clicked.connect(self.toggle_asked)
        self._title = Label(role="strong")
        self._about = Label(role="small", tone="ink_2")
        self.progress = Progress()
        self._time = Label(role="strong", tabular=True)
        self._review = Button(kind="flat", icon="headphones", key="Enter")
        self._review.clicked.connect(self.review_asked)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addStretch(1)
        words.addWidget(self._title)
        words.addWidget(self._about)
        words.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(theme.px(12))
        row.addWidget(self._play)
        row.addLayout(words)
        row.addWidget(self.progress, 1)
        row.addWidget(self._time)
        row.addWidget(self._review)
        self.retranslate()
        self.hide()

    def retranslate(self) -> None:
        self._review.setText(_("In Review"))
        self._play.setAccessibleName(_("Play or pause"))
        self._play.setToolTip(_("Play or pause") + " — Space")

    def show_clip(self, title: str, about: str, wave: Wave | None) -> None:
        self._title.setText(title)
        self._about.setText(about)
        self.progress.wave = wave
        self.show()

    def show_state(self, playing: bool, position_ms: float, length_ms: float) -> None:
        """Called every frame while it plays."""
        self._play.set_icon_name("pause" if playing else "play")
        self.progress.share = max(0.0, min(1.0, position_ms / length_ms)) if length_ms > 0 else 0.0
        self.progress.update()
        now, whole = i18n.duration(int(position_ms / 1000)), i18n.duration(length_ms / 1000)
        self._time.setText(f"{now} / {whole}")


class PlayedList(Strip):
    """A strip with its own list: stretches of calls one after another, for screens that only want them played.

    ``open_call(call_id, at_ms)`` leads to Review at the playhead; ``failed`` tells why a call was passed over.
    """

    open_call = Signal(int, int)
    failed = Signal(object)

    def __init__(self, desk: Desk, player: Player, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._player = player
        self.playlist = Playlist(desk, player, self)
        self.playlist.item_changed.connect(self._changed)
        self.playlist.failed.connect(self.failed)
        self.toggle_asked.connect(self.playlist.toggle)
        self.review_asked.connect(self._open_review)
        self.progress.sought.connect(self.playlist.seek)
        self._frames = QTimer(self)
        self._frames.setInterval(33)
        self._frames.timeout.connect(self._frame)

    def play(self, stretches: Sequence[Stretch]) -> None:
        """Play them in their order."""
        self.playlist.play(stretches)

    def stop(self) -> None:
        """Another screen takes the player."""
        self._frames.stop()
        self.playlist.release()

    def _changed(self, stretch: Stretch | None) -> None:
        if stretch is None:
            self._frames.stop()
            self.hide()
            return
        number, total = self.playlist.place()
        place = _("{number} of {total}").format(number=number, total=total)
        about = f"{place} · {stretch.subtitle}" if stretch.subtitle else place
        self.show_clip(stretch.title, about, None)
        self._frames.start()

    def _frame(self) -> None:
        start, end = self.playlist.stretch()
        self.show_state(self._player.is_playing(), self._player.position_ms() - start, end - start)

    def _open_review(self) -> None:
        item = self.playlist.item
        if item is not None:
            self.open_call.emit(item.call_id, round(self._player.position_ms()))
