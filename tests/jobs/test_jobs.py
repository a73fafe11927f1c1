"""Background jobs: callbacks on the GUI thread, cancelling, replacing, errors said in a sentence."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QThread

from qaapp.errors import QaappError
from qaapp.jobs import JobRunner, UnexpectedError, stop_wanted
from qaapp.progress import Progress, Steps


@pytest.fixture
def runner(qtbot) -> Iterator[JobRunner]:
    made = JobRunner()
    yield made
    made.shutdown()


def test_the_result_comes_on_the_gui_thread_from_another_one(runner, qtbot):
    seen = {}

    def work():
        seen["worker"] = threading.get_ident()
        return 42

    def done(result):
        seen.update(
            result=result, gui=QThread.currentThread() is runner.thread(), thread=threading.get_ident()
        )

    runner.start("sum", "Sum", work, on_done=done)
    qtbot.waitUntil(lambda: "result" in seen)
    assert seen["result"] == 42
    assert seen["gui"]
    assert seen["worker"] != seen["thread"]
    qtbot.waitUntil(lambda: not runner.live)


def test_a_generator_is_driven_and_its_last_progress_is_told(runner, qtbot):
    told, results = [], []

    def steps() -> Steps[str]:
        for n in range(1, 501):
            yield Progress(n, 500, "Import")
        return "all"

    runner.start("import", "Import", steps, pool="db", on_progress=told.append, on_done=results.append)
    qtbot.waitUntil(lambda: results == ["all"])
    assert told[-1].done == 500
    assert len(told) < 100  # at most ten a second and the last one


def test_cancel_closes_the_generator_and_gives_no_result(runner, qtbot):
    closed, results, cancelled = threading.Event(), [], []
    running = threading.Event()

    def steps() -> Steps[int]:
        try:
            n = 0
            while True:
                n += 1
                running.set()
                yield Progress(n, None)
        finally:
            closed.set()

    job = runner.start(
        "endless", "Endless", steps, on_done=results.append, on_cancelled=lambda: cancelled.append(True)
    )
    assert running.wait(3)
    job.cancel()
    qtbot.waitUntil(lambda: cancelled == [True])
    assert closed.is_set()
    assert results == []
    assert runner.live == ()


def test_a_job_replaces_the_one_of_its_name(runner, qtbot):
    go, results, stopped = threading.Event(), [], []

    def slow():
        go.wait(3)
        stopped.append(stop_wanted())
        return "old"

    runner.start("page", "", slow, pool="db", on_done=results.append)
    runner.start("page", "", lambda: "new", pool="db", on_done=results.append, replaces=True)
    go.set()
    qtbot.waitUntil(lambda: results == ["new"])
    assert stopped == [True]


def test_a_job_that_waits_for_a_thread_can_be_cancelled(runner, qtbot):
    go, results = threading.Event(), []
    runner.start("first", "", lambda: go.wait(3), pool="db")
    waiting = runner.start("second", "", lambda: results.append("ran"), pool="db")
    waiting.cancel()
    qtbot.waitUntil(lambda: waiting not in runner.live)
    go.set()
    qtbot.waitUntil(lambda: not runner.live)
    assert results == []


def test_errors_of_the_world_come_as_they_are_and_bugs_as_unexpected(runner, qtbot, caplog):
    failed = []

    def world():
        raise QaappError("The disk is full.")

    def bug():
        raise KeyError("left")

    runner.start("a", "Copy", world, on_failed=failed.append)
    qtbot.waitUntil(lambda: len(failed) == 1)
    assert failed[0].sentence() == "The disk is full."
    runner.failed.connect(failed.append)
    runner.start("b", "Paste", bug)
    qtbot.waitUntil(lambda: len(failed) == 2)
    assert isinstance(failed[1], UnexpectedError)
    assert "KeyError" in failed[1].details
    assert "in bug" in failed[1].details
    assert "job b failed" in caplog.text


def test_time_left_is_estimated_from_the_pace(runner, monkeypatch):
    moment = [100.0]
    monkeypatch.setattr("qaapp.jobs.time.monotonic", lambda: moment[0])
    job = runner.start("x", "", lambda: None)
    job._note(Progress(0, 100))
    assert job.seconds_left() is None
    moment[0] += 10
    job._note(Progress(25, 100))
    assert job.seconds_left() == pytest.approx(30)


def test_shutdown_waits_and_calls_nothing_back(qtbot):
    runner = JobRunner()
    results, began = [], threading.Event()

    def steps() -> Steps[int]:
        began.set()
        while True:
            yield Progress(0, None)

    runner.start(
        "endless", "", steps, on_done=results.append, on_cancelled=lambda: results.append("cancelled")
    )
    assert began.wait(3)
    runner.shutdown()
    qtbot.wait(1)
    assert results == []
    with pytest.raises(RuntimeError):
        runner.start("late", "", lambda: None)
