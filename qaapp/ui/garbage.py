"""Python's cycle collector, kept on the GUI thread.

By itself it runs on whatever thread happens to allocate, also in the middle of a call from Qt. A cycle that holds a widget
would then be freed by a worker thread, and Qt crashes. Here it runs only between two events of the window's loop.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

INTERVAL_MS = 1000


class GarbageCollector(QObject):
    """Collects once a second what is due by Python's own thresholds. Made and used on the GUI thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()
        gc.disable()

    def look(self) -> int | None:
        """Collect the oldest generation that is due; its number, None when none is."""
        counts, thresholds = gc.get_count(), gc.get_threshold()
        for generation in (2, 1, 0):
            if counts[generation] > thresholds[generation]:
                gc.collect(generation)
                return generation
        return None

    def stop(self) -> None:
        """Give the collector back to Python."""
        self._timer.stop()
        gc.enable()
