"""A frame of the timeline beside a bare blit: 1920×300 of lanes, 60 annotations, one and two pixels a pixel."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

Row = tuple[str, str, str, float, str]
GOAL = "≤ 4 ms"


def _median_ms(work: Callable[[], None], repeats: int) -> float:
    """Of this process alone, so that a busy computer does not count; Qt paints large areas in several threads."""
    for _warm in range(3):
        work()
    times = []
    for _n in range(repeats):
        begun = time.process_time()
        work()
        times.append((time.process_time() - begun) * 1000)
    return statistics.median(times)


def run() -> list[Row]:
    """What, measured, reference, ratio, goal."""
    import numpy as np
    from PySide6.QtCore import QPoint, QRect
    from PySide6.QtGui import QPainter, QPixmap
    from PySide6.QtWidgets import QApplication

    from qaapp.audio.call_audio import CallAudio
    from qaapp.audio.peaks import build_peaks
    from qaapp.ui import theme
    from qaapp.ui.timeline.items import LaneTitle, TimelineItem
    from qaapp.ui.timeline.layout import Density
    from qaapp.ui.timeline.view import TimelineView
    from qaapp.words import Lane

    quick = os.environ.get("QAAPP_BENCH_QUICK") == "1"
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    theme.apply(app, "light")
    seconds, rate = (60 if quick else 600), 8000
    noise = np.random.default_rng(1).normal(0, 4000, (2, seconds * rate))
    loud = np.repeat(np.random.default_rng(2).random((2, seconds)) > 0.5, rate, axis=1)
    samples = np.where(loud, noise, noise / 50).clip(-32768, 32767).astype(np.int16)
    view = TimelineView()
    view.set_density(Density(overview=34, lane=62, row=24, gutter=104, has_details=False))
    view.resize(1920 + 104, 300)
    view.set_item_lanes([LaneTitle(code, code) for code in ("stage", "objection", "error", "good")])
    view.set_audio(CallAudio(samples, rate, (Lane.MANAGER, Lane.CUSTOMER), build_peaks(samples, rate)))
    codes = ("stage", "objection", "error", "good")
    step = seconds * 1000 // 60
    view.set_items(
        [
            TimelineItem(
                n, codes[n % 4], n * step, n * step + step if n % 3 else None, f"Remark {n}", codes[n % 4]
            )
            for n in range(60)
        ]
    )
    view._scale_to(view.state.scale.whole())
    view.set_position(seconds * 500)
    size = view.size()
    rows: list[Row] = []
    for ratio in (1.0, 2.0):
        target = QPixmap(size * ratio)
        target.setDevicePixelRatio(ratio)
        picture = QPixmap(size * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(theme.color("panel"))

        def paint(area: QRect, target: QPixmap = target, ratio: float = ratio) -> None:
            painter = QPainter(target)
            view.paint(painter, area, ratio)
            painter.end()

        def blit(target: QPixmap = target, picture: QPixmap = picture) -> None:
            painter = QPainter(target)
            painter.drawPixmap(QPoint(0, 0), picture)
            painter.end()

        whole = QRect(0, 0, size.width(), size.height())
        strip = QRect(900, 0, 17, size.height())

        def scrolled(paint: Callable[..., None] = paint, whole: QRect = whole) -> None:
            view.layers.forget_lanes()  # everything but the tiles is painted again
            paint(whole)

        def zoomed(paint: Callable[..., None] = paint, whole: QRect = whole) -> None:
            scale = view.state.scale
            view._scale_to(scale.zoomed(1.02, scale.width_px / 3))
            paint(whole)

        def moved(paint: Callable[..., None] = paint, whole: QRect = whole) -> None:
            view._scale_to(view.state.scale.scrolled(3))
            paint(whole)

        def played(paint: Callable[..., None] = paint, strip: QRect = strip) -> None:
            paint(strip)

        repeats = 15 if quick else 60
        bare = _median_ms(blit, repeats)
        wide = f"{size.width()}×{size.height()}, 60 annotations, {ratio:.0f}×"
        for what, work, goal in (
            (f"timeline frame, all of it anew, {wide}", scrolled, GOAL),
            (f"timeline frame while it plays, {wide}", played, GOAL),
            (f"timeline frame of a zoom, every column new, {wide}", zoomed, GOAL),
            (f"timeline frame that moves with the sound, {wide}", moved, GOAL),
        ):
            view._scale_to(view.state.scale.whole())
            if work is moved:
                view._scale_to(view.state.scale.spanning(0, seconds * 250))
            measured = _median_ms(work, repeats)
            rows.append((what, f"{measured:.2f} ms", f"bare blit {bare:.2f} ms", measured / bare, goal))
    view.deleteLater()
    return rows


if __name__ == "__main__":
    for row in run():
        print(row)
