"""An example's stretch must lie in the sound of its call."""

from __future__ import annotations

import pytest
from call_makers import make_call, make_recording

from qaapp.archive import items
from qaapp.errors import UsageError
from qaapp.store.database import Database
from qaapp.words import Verdict


def test_a_stretch_behind_the_end_of_the_call_is_refused(database: Database) -> None:
    with database.write() as session:
        call_id = make_call(session, "a")
        make_recording(session, call_id, "/calls", "a.wav", duration_ms=60_000)
        items.add(session, call_id, Verdict.BEST, start_ms=59_000, end_ms=61_000)
        with pytest.raises(UsageError, match="over before"):
            items.add(session, call_id, Verdict.BEST, start_ms=60_000, end_ms=61_000)
