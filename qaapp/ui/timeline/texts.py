"""Texts that are painted again and again, laid out once. GUI thread only."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QStaticText

from qaapp.ui import theme


@lru_cache(maxsize=64)
def _font(role: str, weight: int, tabular: bool) -> tuple[QFont, QFontMetricsF]:
    font = theme.font(role, weight=weight or None, tabular=tabular)
    return font, QFontMetricsF(font)


@lru_cache(maxsize=4096)
def _laid_out(text: str, role: str, weight: int, tabular: bool) -> tuple[QStaticText, float, float]:
    static = QStaticText(text)
    static.setTextFormat(Qt.TextFormat.PlainText)
    static.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
    font, metrics = _font(role, weight, tabular)
    static.prepare(font=font)
    return static, metrics.horizontalAdvance(text), metrics.height()


@lru_cache(maxsize=4096)
def _cut(text: str, width: int, role: str, weight: int) -> str:
    return _font(role, weight, False)[1].elidedText(text, Qt.TextElideMode.ElideRight, width)


def advance(text: str, role: str, *, weight: int = 0, tabular: bool = False) -> float:
    """The width of a line in this role."""
    return _laid_out(text, role, weight, tabular)[1]


class Writer:
    """Writes lines in one role; the font is set once, as every change of it costs the painter."""

    def __init__(self, painter: QPainter, role: str, *, weight: int = 0, tabular: bool = False) -> None:
        self._painter, self._look = painter, (role, weight, tabular)
        painter.setFont(_font(role, weight, tabular)[0])

    def write(self, left: float, top: float, width: float, height: float, text: str) -> None:
        """One line at the left of a box, centred in its height; a line that is too long ends in “…”."""
        static, length, tall = _laid_out(text, *self._look)
        if length > width + 1:
            cut = _cut(text, int(width), self._look[0], self._look[1])
            static, length, tall = _laid_out(cut, *self._look)
        # Whole pixels: glyphs at fractions of a pixel would be drawn anew every time.
        self._painter.drawStaticText(QPoint(round(left), round(top + (height - tall) / 2)), static)


def forget() -> None:
    """Another theme or text scale."""
    for cache in (_font, _laid_out, _cut):
        cache.cache_clear()


theme.signals.changed.connect(forget)
