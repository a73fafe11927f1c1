"""*Download now*: one call's recording from its provider, in the background, for the journal and for Review."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qaapp.errors import QaappError
from qaapp.i18n import _
from qaapp.ui.desk import Desk


def _fetch(workspace: Any, call_id: int) -> Any:
    from qaapp.intake.downloads import fetch_now

    return fetch_now(workspace, call_id)


def download_now(
    desk: Desk, call_id: int, on_done: Callable[[], None], on_failed: Callable[[QaappError], None],
    fetch: Callable[[Any, int], Any] | None = None,
) -> None:  # fmt: skip
    """Ask for the recordings of a call whatever their turn; asking again while it runs does nothing."""
    name = f"fetch.{call_id}"
    if any(job.name == name and not job.cancelled for job in desk.jobs.live):
        return
    workspace, work = desk.workspace, fetch or _fetch
    desk.jobs.start(
        name, _("Recording"), lambda: work(workspace, call_id), pool="net", on_done=lambda _fetched: on_done(),
        on_failed=on_failed,
    )  # fmt: skip
