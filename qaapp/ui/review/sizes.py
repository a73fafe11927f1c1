"""What the screen looks like by the window's size (look §11), as plain values."""

from __future__ import annotations

from dataclasses import dataclass

from qaapp.ui import theme

RAIL, BARS = 76, 70  # beside and above a screen that is measured without its window


@dataclass(frozen=True)
class SizeClass:
    """Widths of the side panes in device-independent pixels; ``low``: a window of less than 760 in height."""

    name: str
    queue: int
    card: int
    narrow: bool
    grows: bool
    low: bool
    drawer: bool = False  # the queue is behind a button

    def center(self) -> dict[str, bool]:
        return {"low": self.low, "narrow": self.narrow, "grows": self.grows}


def size_class(width: int, height: int, *, alone: bool = False) -> SizeClass:
    """The class of a window; ``alone``: the size is the screen's own, without rail and bars."""
    if alone:
        width, height = width + RAIL, height + BARS
    width, height = (round(value * 100 / theme.text_scale()) for value in (width, height))
    low = height < 760
    if width >= 1600:
        found = ("wide", 240, 420, False, True, False)
    elif width >= 1400:
        found = ("usual", 208, 380, False, False, False)
    elif width >= 1280:
        found = ("narrow", 188, 352, True, False, False)
    else:
        found = ("drawer", 188, 340, True, False, True)
    name, queue, card, narrow, grows, drawer = found
    return SizeClass(name, theme.px(queue), theme.px(card), narrow, grows, low, drawer)
