"""The plain kind beside the real ones, a clock that never sleeps, and pulling to the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import plain_provider
import pytest
from provider_world import quick

from qaapp import clock
from qaapp.intake import connections
from qaapp.intake.pulling import PullSummary, pull
from qaapp.progress import run
from qaapp.sources import kinds
from qaapp.sources import secrets as key_store
from qaapp.store.workspace import Workspace

__all__ = ["quick"]
NOW = plain_provider.START + timedelta(days=6)


@pytest.fixture(autouse=True)
def _plain_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    real = kinds.kinds()
    monkeypatch.setattr(kinds, "kinds", lambda: (*real, plain_provider.KIND))


@pytest.fixture
def connect(workspace: Workspace) -> Callable[..., int]:
    """``connect(kind, settings, secrets, **draft)`` → id of a new connection."""

    def make(kind: str, settings: dict[str, str], secrets: dict[str, str] = {}, **draft: Any) -> int:  # noqa: B006
        return new_connection(workspace, kind, settings, secrets, **draft)

    return make


def new_connection(
    workspace: Workspace, kind: str, settings: dict[str, str], secrets: dict[str, str], **draft: Any
) -> int:
    draft.setdefault("first_day", plain_provider.START.date())
    with workspace.database.write() as session:
        made = connections.ConnectionDraft(kind, draft.pop("name", kind), settings, **draft)
        row = connections.save(session, made)
        for name, value in secrets.items():
            key_store.write(connections.secret_place(session, row.id), name, value)
    return row.id


def pull_to_end(workspace: Workspace, connection_id: int, at: datetime = NOW) -> PullSummary:
    """One pull at a fixed moment."""
    with clock.fixed(at):
        return run(pull(workspace, connection_id))
