"""Cycles are collected on the GUI thread only, and they are collected."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import Any

from PySide6.QtWidgets import QWidget

from qaapp.ui.garbage import GarbageCollector


class Cyclic(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.myself = self


def test_a_worker_frees_no_widget_and_the_timer_does(qtbot: Any) -> None:
    gc.enable()
    collector = GarbageCollector()
    try:
        gone: list[str] = []
        weakref.finalize(Cyclic(), lambda: gone.append(threading.current_thread().name))
        worker = threading.Thread(target=lambda: [[] for _ in range(50_000)] and None, name="worker")
        worker.start()
        worker.join()
        assert gone == []
        kept = [[] for _ in range(2 * gc.get_threshold()[0])]
        qtbot.waitUntil(lambda: bool(gone))
        assert gone == [threading.main_thread().name]
        assert kept
    finally:
        collector.stop()
        assert gc.isenabled()
        gc.disable()  # as the other tests have it


def test_only_what_is_due_is_collected(qtbot: Any) -> None:
    collector = GarbageCollector()
    try:
        gc.collect()
        assert collector.look() is None
        kept = [[] for _ in range(2 * gc.get_threshold()[0])]
        assert collector.look() == 0
        assert kept
    finally:
        collector.stop()
        gc.disable()
