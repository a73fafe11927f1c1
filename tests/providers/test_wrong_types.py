"""Answers of every provider with one value of a wrong kind: nothing breaks, and what is right again is read right again."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
import test_amocrm
import test_bitrix
import test_calltouch
import test_comagic
import test_custom
import test_mango
import test_mikopbx
import test_ringostat
import test_small_providers
from amocrm_server import AmoServer
from bitrix_server import BitrixServer
from calltouch_server import CalltouchServer
from comagic_server import ComagicServer
from conftest import pull_to_end
from crm_server import CrmServer
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from mango_server import MangoServer
from mikopbx_server import MikoServer
from plain_provider import START
from provider_world import Asked, FakeServer, QuickClock, Reply, quickly
from ringostat_server import RingostatServer
from small_servers import SERVERS
from test_pulling import picture

from qaapp.errors import SourceError
from qaapp.sources import mango_door
from qaapp.store.workspace import Workspace, open_workspace


def _amo(_quick: QuickClock) -> AmoServer:
    server = AmoServer(test_amocrm.talks(4))
    server.access = "old"  # a renewal whose answer is lost is lost: that is amoCRM's own rule
    return server


Connect = Callable[[Workspace, Any], int]
KINDS: dict[str, tuple[Callable[[QuickClock], FakeServer], Connect]] = {
    "amocrm": (_amo, test_amocrm.connected),
    "bitrix24": (lambda _q: BitrixServer(test_bitrix.items(4)), test_bitrix.connected),
    "calltouch": (lambda _q: CalltouchServer(test_calltouch.entries(4)), test_calltouch.connected),
    "comagic": (lambda q: ComagicServer(test_comagic.sessions(4), q), test_comagic.connected),
    "custom": (lambda _q: CrmServer(test_custom.talks(4)), test_custom.connected),
    "mango": (lambda q: MangoServer(test_mango.some_talks(4), q), test_mango.connected),
    "mikopbx": (lambda _q: MikoServer(test_mikopbx.rows(4)), test_mikopbx.connected),
    "ringostat": (lambda _q: RingostatServer(test_ringostat.rows(4)), test_ringostat.connected),
    **{
        code: ((lambda _q, made=made: made(test_small_providers.talks(4))), test_small_providers.connected)
        for code, made in SERVERS.items()
    },
}
AT = START + timedelta(days=2.5)  # all calls lie in the days that are read again and again
WEIRD: list[Any] = [
    None, True, 0, -1, 10**30, 1.5, float("1e300"), "", "abc", "-5", "\x00", "x" * 5000, "2026-13-45 99:99:99",
    [], {}, [None], {"a": None}, [[1]],
]  # fmt: skip


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place inside a document, the document itself first."""
    yield at
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*at, key))


def spoilt(document: Any, number: int, weird: Any) -> Any:
    found = list(places(document))
    path = found[number % len(found)]
    if not path:
        return weird
    made = copy.deepcopy(document)
    inner = made
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = weird
    return made


@contextmanager
def spoiling(server: FakeServer, spoils: list[tuple[int, Any]]) -> Iterator[None]:
    """One spoilt value in each JSON answer, as long as there are some."""
    answer = server.answer

    def changed(asked: Asked) -> Reply:
        reply = answer(asked)
        if not spoils or isinstance(reply.body, (bytes, str)) or reply.status != 200:
            return reply
        number, weird = spoils.pop(0)
        return Reply(spoilt(reply.body, number, weird), reply.status, reply.headers, reply.kind)

    server.answer = changed  # type: ignore[method-assign]
    yield
    server.answer = answer  # type: ignore[method-assign]


def told(call: tuple[Any, ...]) -> tuple[Any, ...]:
    """A call of a picture without the name of its manager."""
    return call[:4] + call[5:]


@pytest.mark.parametrize("code", sorted(KINDS))
@given(spoils=st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from(WEIRD)), min_size=1, max_size=12))
@settings(
    max_examples=2, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.reuse, Phase.generate]
)
def test_a_value_of_a_wrong_kind_breaks_nothing(
    tmp_path_factory: pytest.TempPathFactory, code: str, spoils: list[tuple[int, Any]]
) -> None:
    make, connect = KINDS[code]
    with quickly() as quick, make(quick) as server:
        mango_door._quiet_until.clear()
        place = tmp_path_factory.mktemp(code)
        clean = open_workspace(place / "clean")
        pull_to_end(clean, connect(clean, server), AT)
        wanted = picture(clean)
        clean.close()
        workspace = open_workspace(place / "w")
        made = connect(workspace, server)
        left = list(spoils)
        with spoiling(server, left):
            for _turn in range(4):
                with suppress(SourceError):  # with a sentence; anything else fails the test
                    pull_to_end(workspace, made, AT)
                if not left:
                    break
        mango_door._quiet_until.clear()
        for turn in range(3):  # a recording that was refused is asked for again after a while
            with suppress(SourceError):
                pull_to_end(workspace, made, AT + timedelta(hours=5 * (turn + 1)))
        seen = picture(workspace)
        workspace.close()
        # An id that was spoilt makes a call of its own, and a person keeps the first name that was told; all that is real
        # must be there, as it is. Rows of MikoPBX whose own numbers were spoilt stay in their conversation.
        facts = 1 if code == "mikopbx" else None
        there = {told(call)[:facts] for call in seen[0]}
        assert [call for call in wanted[0] if told(call)[:facts] not in there] == []
        assert [file for file in wanted[4] if file not in seen[4]] == []
