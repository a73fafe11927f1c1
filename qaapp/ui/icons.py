"""Lucide icons, drawn in a colour of the theme with the stroke of the design (1.5 px at every size).

``set_icon`` keeps a button's icon in step with the theme; ``icon`` and ``pixmap`` are for painters, which ask again
after ``theme.signals.changed``.
"""

from __future__ import annotations

import weakref
from functools import lru_cache
from importlib.resources import files
from typing import Any

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from qaapp.ui import theme

HEAVY = {"play", "pause", "check"}  # 2 px strokes


@lru_cache(maxsize=256)
def _source(name: str) -> str:
    return (files("qaapp.resources") / "icons" / f"{name}.svg").read_text(encoding="utf-8")


@lru_cache(maxsize=1024)
def _drawn(name: str, size: int, shade: str, dpr: float) -> QPixmap:
    stroke = (48 if name in HEAVY else 36) / size
    text = _source(name).replace('stroke-width="2"', f'stroke-width="{stroke:.3f}"')
    renderer = QSvgRenderer(QByteArray(text.replace("currentColor", shade).encode()))
    side = round(size * dpr)
    drawn = QPixmap(side, side)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    renderer.render(painter, QRectF(0, 0, side, side))
    painter.end()
    drawn.setDevicePixelRatio(dpr)
    return drawn


def pixmap(name: str, size: int = 16, color: str = "ink_2", dpr: float = 1.0) -> QPixmap:
    """The icon as a picture; ``color`` is a token name, ``size`` is scaled with the text."""
    return _drawn(name, theme.px(size), getattr(theme.tokens(), color), dpr)


def icon(name: str, size: int = 16, color: str = "ink_2") -> QIcon:
    """The icon for a button or an action, with its disabled twin and a double-resolution one."""
    made = QIcon()
    for dpr in (1.0, 1.5, 2.0):
        made.addPixmap(pixmap(name, size, color, dpr))
        made.addPixmap(pixmap(name, size, "disabled", dpr), QIcon.Mode.Disabled)
        made.addPixmap(pixmap(name, size, color, dpr), QIcon.Mode.Selected)
    return made


def set_icon(button: Any, name: str, size: int = 16, color: str = "ink_2", on_color: str = "") -> None:
    """Give ``button`` an icon that follows the theme; ``on_color`` is its colour while checked."""
    reference = weakref.ref(button)

    def paint() -> None:
        target = reference()
        if target is None:
            return
        try:
            made = icon(name, size, color)
            if on_color:
                for dpr in (1.0, 2.0):
                    drawn = pixmap(name, size, on_color, dpr)
                    made.addPixmap(drawn, QIcon.Mode.Normal, QIcon.State.On)
                    made.addPixmap(drawn, QIcon.Mode.Active, QIcon.State.On)
            target.setIcon(made)
            if hasattr(target, "setIconSize"):
                target.setIconSize(QSize(theme.px(size), theme.px(size)))
        except RuntimeError:  # the C++ side is gone
            _forget(key)

    key = id(button)
    _forget(key)
    _kept[key] = paint
    weakref.finalize(button, _forget, key)
    paint()


_kept: dict[int, Any] = {}


def _forget(key: int) -> None:
    _kept.pop(key, None)


def _repaint_all() -> None:
    for paint in list(_kept.values()):
        paint()


theme.signals.changed.connect(_repaint_all)


def clear() -> None:
    """Drop drawn icons (on a change of theme or scale)."""
    _drawn.cache_clear()
