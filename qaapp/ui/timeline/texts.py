"""Texts that are painted again and again, laid out once. GUI thread only."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPoint, QRectF, Qt
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


def draw(
    painter: QPainter, box: QRectF, text: str, role: str, *, weight: int = 0, tabular: bool = False
) -> None:
    """One line at the left of ``box``, centred in its height; a line that is too long ends in “…”."""
    static, width, height = _laid_out(text, role, weight, tabular)
    if width > box.width() + 1:
        static, width, height = _laid_out(_cut(text, int(box.width()), role, weight), role, weight, tabular)
    painter.setFont(_font(role, weight, tabular)[0])
    # Whole pixels: glyphs at fractions of a pixel would be drawn anew every time.
    painter.drawStaticText(QPoint(round(box.left()), round(box.top() + (box.height() - height) / 2)), static)


def forget() -> None:
    """Another theme or text scale."""
    for cache in (_font, _laid_out, _cut):
        cache.cache_clear()


theme.signals.changed.connect(forget)
