"""Background work: three executors, progress, cancelling; everything is told on the GUI thread.

``io`` (3 threads) is for decoding and files, ``db`` (1 thread) for imports and queries, so that writers never fight each
other, ``net`` (2 threads) for what waits for a provider, so that a silent server holds nobody up. A job is a factory
called on the worker thread; when it gives a generator (``progress.Steps``) the generator is driven step by step and
closed on cancel, which keeps what it committed.
"""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Qt, QThread, QTimer, Signal, Slot

from qaapp.errors import QaappError
from qaapp.i18n import N_
from qaapp.progress import Progress

log = logging.getLogger(__name__)
PROGRESS_INTERVAL_S = 0.1
POOLS = {"io": 3, "db": 1, "net": 2}


class UnexpectedError(QaappError):
    """A bug of ours, said politely; ``details`` is for the developers."""

    def __init__(self, title: str, error: BaseException) -> None:
        super().__init__(
            N_("Unexpected error: {error}."),
            hint=N_("The details are in the log."),
            error=f"{type(error).__name__}: {error}",
        )
        self.details = f"{title}\n" + "".join(traceback.format_exception(error))


def details_of(error: BaseException) -> str:
    """The text behind *Copy details*: kind, sentence and, where there is one, the traceback."""
    if isinstance(error, UnexpectedError):
        return error.details
    return "".join(traceback.format_exception(error))


_here = threading.local()


def stop_wanted() -> bool:
    """Asked inside a job on its own thread: whether somebody cancelled it (for functions with ``should_stop``)."""
    job: Job | None = getattr(_here, "job", None)
    return job is not None and job.cancelled


class Job:
    """One piece of work. Attributes are written on the GUI thread, except ``cancelled``."""

    def __init__(self, name: str, title: str, runner: JobRunner) -> None:
        self.name = name
        self.title = title  # "" = not shown in the status bar
        self.progress: Progress | None = None
        self.started_s = time.monotonic()
        self.is_running = True
        self._first: tuple[float, int] | None = None
        self._runner = runner
        self._stop = threading.Event()
        self._finish: Callable[[], None] | None = None
        self._future: Future[None] | None = None

    @property
    def cancelled(self) -> bool:
        return self._stop.is_set()

    def cancel(self) -> None:
        """Ask it to stop after the step at hand; nothing is called back except ``on_cancelled``."""
        self._stop.set()
        if self._future is not None and self._future.cancel():  # was still waiting for a thread
            self._runner._post(lambda: self._runner._over(self, None))

    def seconds_left(self) -> float | None:
        """Estimated from the pace so far; None while it cannot be told."""
        step, first = self.progress, self._first
        if step is None or first is None or not step.total or step.done <= first[1]:
            return None
        pace = (time.monotonic() - first[0]) / (step.done - first[1])
        return max(0.0, (step.total - step.done) * pace)

    def _note(self, step: Progress) -> None:
        if self.progress is None or step.phase != self.progress.phase or step.total != self.progress.total:
            self._first = (time.monotonic(), step.done)
        self.progress = step


class JobRunner(QObject):
    """Runs jobs and keeps the set of live ones. Made, used and shut down on the GUI thread."""

    jobs_changed = Signal()
    failed = Signal(object)  # QaappError of a job without on_failed
    _posted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pools = {
            name: ThreadPoolExecutor(threads, thread_name_prefix=f"qaapp-{name}")
            for name, threads in POOLS.items()
        }
        self._live: list[Job] = []
        self._closed = False
        self._posted.connect(self._call, Qt.ConnectionType.QueuedConnection)

    @property
    def live(self) -> tuple[Job, ...]:
        """Jobs that wait or run, oldest first."""
        return tuple(self._live)

    def start(
        self,
        name: str,
        title: str,
        steps_factory: Callable[[], Any],
        *,
        pool: str = "io",
        on_done: Callable[[Any], None] | None = None,
        on_failed: Callable[[QaappError], None] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        on_cancelled: Callable[[], None] | None = None,
        replaces: str | bool | None = None,
    ) -> Job:
        """Run ``steps_factory`` on a thread of ``pool``; callbacks come on the GUI thread, none after a cancel.

        ``replaces`` cancels live jobs of that name first (True: of the same name). ``title`` "" hides a job that is
        too short to be shown.
        """
        if self._closed:
            raise RuntimeError("the job runner is shut down")
        if replaces:
            self.cancel(name if replaces is True else replaces)
        job = Job(name, title, self)
        self._live.append(job)

        def work() -> None:
            outcome: Callable[[], None] | None = None
            _here.job = job
            try:
                result = self._drive(job, steps_factory, on_progress)
                if not job.cancelled and on_done is not None:
                    outcome = lambda: on_done(result)  # noqa: E731
            except QaappError as error:
                outcome = self._failure(error, on_failed)
            except BaseException as error:
                if job.cancelled:
                    log.debug("job %s was stopped by %r", name, error)
                else:
                    log.exception("job %s failed", name)
                outcome = self._failure(UnexpectedError(title or name, error), on_failed)
            self._post(lambda: self._over(job, outcome))

        job._finish = on_cancelled
        job._future = self._pools[pool].submit(work)
        self.jobs_changed.emit()
        return job

    def _drive(
        self, job: Job, factory: Callable[[], Any], on_progress: Callable[[Progress], None] | None
    ) -> Any:
        if job.cancelled:
            return None
        made = factory()
        if not isinstance(made, Generator):
            return made
        told = 0.0
        waiting: Progress | None = None
        try:
            while not job.cancelled:
                step = next(made)
                moment = time.monotonic()
                waiting = step
                if moment - told >= PROGRESS_INTERVAL_S:
                    told, waiting = moment, None
                    self._post(partial(self._progressed, job, step, on_progress))
        except StopIteration as stop:
            if waiting is not None:
                last = waiting
                self._post(lambda: self._progressed(job, last, on_progress))
            return stop.value
        finally:
            made.close()
        return None

    def _failure(
        self, error: QaappError, on_failed: Callable[[QaappError], None] | None
    ) -> Callable[[], None]:
        return (lambda: on_failed(error)) if on_failed is not None else (lambda: self.failed.emit(error))

    def _progressed(self, job: Job, step: Progress, on_progress: Callable[[Progress], None] | None) -> None:
        if job.cancelled or not job.is_running:
            return
        job._note(step)
        if on_progress is not None:
            on_progress(step)
        self.jobs_changed.emit()

    def _over(self, job: Job, outcome: Callable[[], None] | None) -> None:
        if not job.is_running:
            return
        job.is_running = False
        if job in self._live:
            self._live.remove(job)
        self.jobs_changed.emit()
        if self._closed:
            return
        if job.cancelled:
            outcome = job._finish
        if outcome is not None:
            outcome()

    def _post(self, call: Callable[[], None]) -> None:
        try:
            self._posted.emit(call)
        except RuntimeError:  # the application has gone
            log.debug("a job ended after the window was gone")

    @Slot(object)
    def _call(self, call: Callable[[], None]) -> None:
        call()

    def cancel(self, name: str) -> None:
        """Cancel live jobs of this name."""
        for job in self.live:
            if job.name == name:
                job.cancel()

    def is_busy(self, name: str = "") -> bool:
        """Whether a job (of this name) is live and not cancelled."""
        return any(not job.cancelled and (not name or job.name == name) for job in self._live)

    def later(self, call: Callable[[], None], delay_ms: int = 0) -> None:
        """Call on the GUI thread after ``delay_ms``; from any thread."""
        if QThread.currentThread() is self.thread():
            QTimer.singleShot(delay_ms, self, call)
        else:
            self._post(lambda: QTimer.singleShot(delay_ms, self, call))

    def shutdown(self) -> None:
        """Cancel everything and wait for the step at hand of each; no callback comes afterwards."""
        self._closed = True
        for job in self.live:
            job.cancel()
        for pool in self._pools.values():
            pool.shutdown(wait=True, cancel_futures=True)
        self._live.clear()
