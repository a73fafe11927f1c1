"""*Analyse speech*: figures of chosen calls, made in the background with progress and Cancel."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qaapp.audio.speech import thresholds_of
from qaapp.calls.speech_figures import analyse_calls
from qaapp.errors import QaappError
from qaapp.i18n import _
from qaapp.ui.desk import Desk


def analyse(
    desk: Desk, call_ids: Sequence[int] | None, done: Callable[[], None], failed: Callable[[QaappError], None]
) -> None:
    """Analyse ``call_ids`` (None: every call with a recording) that have no current figures."""
    thresholds, roots, database = thresholds_of(desk.rules), dict(desk.roots), desk.database
    desk.jobs.start(
        "speech", _("Analysing speech"), lambda: analyse_calls(database, roots, thresholds, call_ids),
        on_done=lambda _count: done(), on_failed=failed, on_cancelled=done, replaces=True,
    )  # fmt: skip
