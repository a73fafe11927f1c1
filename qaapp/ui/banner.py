"""The two lanes at the top of the first start, painted from a real recording that ships with the application."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from qaapp.i18n import _
from qaapp.ui import theme

SECONDS = 60  # as much of the call as is shown


def load_banner(path: Path, cache: Path | None = None) -> Any:
    """Decode a stereo recording for the banner (a job of the ``io`` pool). None when there are not two lanes."""
    from qaapp.audio.call_audio import AudioFile, load_call_audio

    audio = load_call_audio([AudioFile(path, None, 0)], cache)
    return audio if len(audio.lanes) == 2 else None


class Banner(QWidget):
    """Nothing but the calm ground until ``set_audio`` (a ``CallAudio``) comes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._audio: Any = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        theme.signals.changed.connect(self.update)

    def set_audio(self, audio: Any) -> None:
        self._audio = audio
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(600, 228)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        width, height = self.width(), self.height()
        strip = round(height * 0.12)
        lane = (height - strip) // 2
        painter.fillRect(self.rect(), theme.color("sunken"))
        for place, (name, top) in enumerate((("manager", 0), ("customer", lane + strip))):
            area = QRectF(0, top, width, lane)
            if self._audio is not None:
                self._wave(painter, area, place, name)
            else:
                painter.fillRect(QRectF(0, area.center().y(), width, 1), theme.color(name))
            self._name(painter, area, name)
        painter.setPen(QPen(theme.color("hairline"), 1))
        for line in (lane, lane + strip, height - 1):
            painter.drawLine(QPointF(0, line + 0.5), QPointF(width, line + 0.5))
        if self._audio is not None and self._audio.speech is not None:
            self._turns(painter, lane, strip)
        painter.end()

    def _name(self, painter: QPainter, area: QRectF, name: str) -> None:
        words = _("Manager") if name == "manager" else _("Customer")
        painter.setFont(theme.font("small", weight=600))
        left, top = 24.0, area.top() + 8
        painter.fillRect(QRectF(left, top + 5, 8, 8), theme.color(name))
        painter.setPen(theme.color("ink"))
        painter.drawText(QRectF(left + 14, top, 300, 18), Qt.AlignmentFlag.AlignVCenter, words)

    def _wave(self, painter: QPainter, area: QRectF, place: int, name: str) -> None:
        """One device pixel is one column; the 99.5 % peak reaches 90 % of the half height."""
        import numpy as np  # 0.1 s, and only a first start needs it here

        ratio = self.devicePixelRatioF()
        count = int(area.width() * ratio)
        per_column = SECONDS * self._audio.sample_rate / max(1, count)
        low, high, rms = self._audio.peaks.columns(place, 0, per_column, count)
        loud = np.percentile(np.abs(np.concatenate([low, high]).astype(float)), 99.5) or 1.0
        scale = (area.height() / 2 - 3) * 0.9 / loud
        middle = area.center().y()
        limit = area.height() / 2 - 1
        for shade, tops, bottoms in (
            (theme.color(f"{name}_peak"), high, low),
            (theme.color(name), rms, -rms.astype(float)),
        ):
            up = np.clip(tops.astype(float) * scale, 0.5, limit)
            down = np.clip(-np.asarray(bottoms, dtype=float) * scale, 0.5, limit)
            for column in range(count):
                box = QRectF(column / ratio, middle - up[column], 1 / ratio, up[column] + down[column])
                painter.fillRect(box, shade)

    def _turns(self, painter: QPainter, top: int, height: int) -> None:
        scale = self.width() / (SECONDS * 1000)
        for name, segments, y in (
            ("manager", self._audio.speech.manager, top + 4),
            ("customer", self._audio.speech.customer, top + height - 10),
        ):
            for segment in segments:
                if segment.start_ms < SECONDS * 1000:
                    left, right = segment.start_ms * scale, segment.end_ms * scale
                    painter.fillRect(QRectF(left, y, right - left, 6), theme.color(name))
