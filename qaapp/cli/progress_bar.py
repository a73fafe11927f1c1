"""The progress bar of commands: on stderr, only with a terminal, with the time left."""

from __future__ import annotations

import sys
from typing import TypeVar

from qaapp.progress import Progress, Steps, run

Result = TypeVar("Result")


def show(steps: Steps[Result]) -> Result:
    """Run ``steps`` with a bar; Ctrl-C closes the generator, which keeps what it committed."""
    if not sys.stderr.isatty():
        try:
            return run(steps)
        finally:
            steps.close()
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    with Bar(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True,
    ) as bar:  # fmt: skip
        task = bar.add_task("")

        def on_progress(step: Progress) -> None:
            bar.update(task, completed=step.done, total=step.total, description=step.phase)

        try:
            return run(steps, on_progress)
        finally:
            steps.close()
