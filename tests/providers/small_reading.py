"""Opening the four smaller providers in tests and reading their calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from provider_world import Asked
from small_servers import SETTINGS, START

from qaapp import clock
from qaapp.sources.kinds import kind_of
from qaapp.sources.provider import Config, Provider, Window, with_defaults
from qaapp.sources.records import CallRecord

OPEN: list[Provider] = []
DAY = Window(START - timedelta(hours=1), START + timedelta(hours=20))


@pytest.fixture
def settled() -> Iterator[None]:
    """Days later; what was opened is closed at the end."""
    with clock.fixed(START + timedelta(days=6)):
        yield
    while OPEN:
        OPEN.pop().close()


def opened(server: Any, **more: str) -> Any:
    words, keys = SETTINGS[server.code]
    kind = kind_of(server.code)
    made = kind.open(
        Config(
            with_defaults(kind, {**words, "url": server.url, **more}), keys, ZoneInfo("Europe/Moscow"), "7"
        )
    )
    OPEN.append(made)
    return made


def read(provider: Any, window: Window = DAY) -> list[CallRecord]:
    found = [record for page in provider.calls(window) for record in page.calls]
    assert len({each.external_id for each in found}) == len(found)
    return sorted(found, key=lambda each: each.started_at)


def moved(asked: Asked, names: tuple[str, ...], form: str, hours: int) -> Asked:
    """The question as a server reads it whose clock is ``hours`` ahead of UTC."""
    back = {
        name: (
            datetime.strptime(asked.query[name], form).replace(tzinfo=UTC) - timedelta(hours=hours)
        ).strftime(form)
        for name in names
    }
    return replace(asked, query={**asked.query, **back})


def only(server: Any, **more: str) -> CallRecord:
    with server:
        (found,) = read(opened(server, **more))
        assert server.problems == []
    return found
