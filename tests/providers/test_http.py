"""The HTTP door: retries, limits, redirects, secrets, certificates, downloads."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st
from provider_world import Asked, FakeServer, Fault, QuickClock, Reply, quick, quickly, wav_bytes

from qaapp.errors import SourceError
from qaapp.sources.http import Http, Limit, certificate_of
from qaapp.sources.pace import Stopped, stoppable
from qaapp.sources.provider import RecordingTrouble
from qaapp.sources.redaction import HIDDEN, redact

__all__ = ["quick"]
SOUND = wav_bytes()


class Server(FakeServer):
    other = ""

    def answer(self, asked: Asked) -> Reply:
        match asked.path:
            case "/list":
                return Reply([1, 2, 3], headers={"Date": "Tue, 24 Nov 2026 10:00:00 GMT"})
            case "/sound":
                return Reply(SOUND, kind="audio/wav")
            case "/key":
                return Reply({"error": f"bad token={asked.query.get('token')}"}, 401)
            case "/none":
                return Reply("nothing", 404)
            case "/gone":
                return Reply("gone", 410)
            case "/mine":
                return Reply("not yours", 403)
            case "/json-as-sound":
                return Reply(b'{"error": 1}', kind="audio/wav")
            case "/page-as-sound":
                return Reply("<html>log in</html>", kind="text/html")
            case "/empty":
                return Reply(b"", kind="audio/wav")
            case "/round":
                return Reply(status=302, headers={"Location": "/round"})
            case "/away":
                return Reply(status=302, headers={"Location": self.other + "/sound"})
            case "/moved":
                return Reply(status=301, headers={"Location": "/list"})
        return Reply("?", 418)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        yield made  # type: ignore[misc]


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while _doors:
        _doors.pop().close()


_doors: list[Http] = []


def door(server: FakeServer, **how: Any) -> Http:
    _doors.append(Http(server.url, secrets=("s3cret-key",), **how))
    return _doors[-1]


def test_an_answer_with_its_document_and_clock(server: Server, quick: QuickClock) -> None:
    answer = door(server).get("list")
    assert answer.json() == [1, 2, 3]
    assert answer.headers["content-type"] == "application/json"
    assert door(server).get("/moved").json() == [1, 2, 3]


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.SILENT, Fault.TOO_MANY, Fault.BROKEN, Fault.BUSY])
def test_trouble_that_passes_is_tried_again(server: Server, quick: QuickClock, fault: Fault) -> None:
    server.faults = [fault, fault]
    assert door(server).get("list").json() == [1, 2, 3]
    assert server.count("/list") == 3
    assert sum(quick.slept) > 0.5


def test_retry_after_is_honoured(server: Server, quick: QuickClock) -> None:
    server.faults = [Fault.BUSY]
    door(server).get("list")
    assert sum(quick.slept) >= 1.0


def test_the_last_trouble_is_said(server: Server, quick: QuickClock) -> None:
    server.faults = [Fault.BROKEN] * 9
    with pytest.raises(SourceError) as told:
        door(server, tries=3).get("list?token=s3cret-key")
    assert told.value.kind == "network"
    assert "s3cret" not in str(told.value)
    assert server.count() == 3


def test_a_refused_key_is_not_tried_again_and_not_told(server: Server, quick: QuickClock) -> None:
    with pytest.raises(SourceError) as told:
        door(server).get("key", params={"token": "s3cret-key"})
    assert told.value.kind == "auth"
    assert "s3cret-key" not in told.value.sentence()
    assert HIDDEN in told.value.sentence()
    assert server.count() == 1


def test_a_page_is_not_json(server: Server, quick: QuickClock) -> None:
    server.faults = [Fault.PAGE]
    with pytest.raises(SourceError) as told:
        door(server).get("list").json()
    assert told.value.kind == "format"
    assert "Service works" in str(told.value)


def test_an_endless_chain_of_redirects_ends(server: Server, quick: QuickClock) -> None:
    with pytest.raises(SourceError) as told:
        door(server).get("round")
    assert told.value.kind == "format"
    assert server.count() == 6


def test_secrets_stay_with_their_host(server: Server, quick: QuickClock, tmp_path: Path) -> None:
    with Server() as other:
        server.other = other.url  # type: ignore[attr-defined]
        door(server, headers={"Authorization": "Bearer s3cret-key"}).stream("away", tmp_path / "a.part")
        assert server.asked[0].headers["authorization"] == "Bearer s3cret-key"
        assert "authorization" not in other.asked[0].headers
    assert (tmp_path / "a.part").read_bytes() == SOUND


def test_an_address_that_is_none() -> None:
    with pytest.raises(SourceError):
        Http("app.example")


@pytest.mark.parametrize(
    ("path", "kind"),
    [("none", "later"), ("gone", "expired"), ("mine", "refused"), ("json-as-sound", "later"), ("empty", "later"),
     ("page-as-sound", "later")],
)  # fmt: skip
def test_what_is_no_recording(
    server: Server, quick: QuickClock, tmp_path: Path, path: str, kind: str
) -> None:
    with pytest.raises(RecordingTrouble) as told:
        door(server).stream(path, tmp_path / "x.part")
    assert told.value.kind == kind
    assert server.count() == 1


def test_a_refusal_of_another_host_is_about_one_recording(
    server: Server, quick: QuickClock, tmp_path: Path
) -> None:
    """It has no key of this connection, so nothing is said about the key; the own host's refusal is about the key."""
    with Server() as other:
        with pytest.raises(RecordingTrouble) as told:
            door(server).stream(f"{other.url}/key", tmp_path / "x.part")
        assert told.value.kind == "later"
        assert "authorization" not in other.asked[0].headers
    with pytest.raises(SourceError) as own:
        door(server).stream("key", tmp_path / "x.part")
    assert (own.value.kind, type(own.value)) == ("auth", SourceError)


@pytest.mark.parametrize(
    "path", ["round", "odd", "ftp://nowhere.invalid/a.mp3", "http://[", "{other}/round", "{other}/odd"]
)
def test_a_link_that_leads_nowhere_is_about_one_recording(
    server: Server, quick: QuickClock, tmp_path: Path, path: str
) -> None:
    """Another try may find a better link; the pull goes on with the next recording."""
    with Server() as other, pytest.raises(RecordingTrouble) as told:
        door(server).stream(path.format(other=other.url), tmp_path / "x.part")
    assert told.value.kind == "later"
    assert not (tmp_path / "x.part").exists()


@given(
    st.lists(st.sampled_from([Fault.CUT, Fault.SILENT, Fault.TOO_MANY, Fault.BROKEN, Fault.BUSY]), max_size=4)
)
@settings(max_examples=10, deadline=None)
def test_a_recording_arrives_whole_after_any_trouble(tmp_path_factory: Any, faults: list[Fault]) -> None:
    part = tmp_path_factory.mktemp("parts") / "x.part"
    with quickly(), Server() as server:
        server.faults = list(faults)
        door(server).stream("sound", part)
    assert part.read_bytes() == SOUND


def test_a_recording_that_is_too_big(server: Server, quick: QuickClock, tmp_path: Path) -> None:
    with pytest.raises(RecordingTrouble) as told:
        door(server).stream("sound", tmp_path / "x.part", limit_bytes=1000)
    assert told.value.kind == "refused"


def test_limits_hold_together(server: Server, quick: QuickClock) -> None:
    http = door(server, limits=(Limit(2, 1.0), Limit(5, 60.0)))
    moments = []
    for _n in range(6):
        http.get("list")
        moments.append(quick.now())
    assert moments[1] - moments[0] == 0
    assert moments[2] - moments[0] >= 1.0
    assert moments[5] - moments[0] >= 60.0


def test_waiting_ends_at_once_when_it_is_stopped(server: Server) -> None:
    stop = threading.Event()
    http = door(server, limits=(Limit(1, 600.0),))
    http.get("list")
    threading.Timer(0.05, stop.set).start()
    with stoppable(stop), pytest.raises(Stopped):
        http.get("list")


@pytest.mark.parametrize(
    "text",
    ["https://a.example/x?token=abcdef&from=1", '{"api_key": "abcdef"}', "Authorization: Bearer abcdefghij",
     "https://b24.example/rest/1/abcdef0123/voximplant.json", "sign=abcdef&json=1", "clientApiId=abcdef"],
)  # fmt: skip
def test_token_like_values_are_hidden(text: str) -> None:
    shown = redact(text)
    assert "abcdef" not in shown
    assert HIDDEN in shown


def test_secrets_are_hidden_in_any_form() -> None:
    assert redact("a=%D0%BA%D0%BB%D1%8E%D1%87 ключ", ["ключ"]) == f"a={HIDDEN} {HIDDEN}"


# --- certificates --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def own_authority() -> trustme.CA:
    return trustme.CA()


def _context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("pbx.local").configure_cert(context)
    return context


def test_a_self_signed_exchange_is_trusted_by_its_fingerprint_only(
    quick: QuickClock, own_authority: trustme.CA
) -> None:
    with Server(certificate=_context(own_authority)) as server:
        port = int(server.url.rpartition(":")[2])
        with pytest.raises(SourceError) as told:
            door(server).get("list")
        assert told.value.kind == "auth"
        shown = certificate_of("127.0.0.1", port)
        assert not shown.is_trusted
        assert shown.valid_to is not None
        assert shown.valid_to > datetime.now(UTC)
        for written in (shown.fingerprint, shown.fingerprint.replace(":", "").lower()):
            assert door(server, fingerprint=written).get("list").json() == [1, 2, 3]
        asked = server.count()
        with pytest.raises(SourceError) as told:
            door(server, fingerprint="ab" * 32).get("list")
        assert told.value.kind == "auth"
        assert server.count() == asked, "nothing was sent to a stranger"


def test_the_certificate_of_another_host_is_about_one_recording(
    server: Server, quick: QuickClock, own_authority: trustme.CA, tmp_path: Path
) -> None:
    """Nobody can mend it in this connection; the own host's certificate is a question for a person."""
    with Server(certificate=_context(own_authority)) as other:
        with pytest.raises(RecordingTrouble) as told:
            door(server).stream(f"{other.url}/sound", tmp_path / "x.part")
        assert told.value.kind == "later"
        assert "certificate" in told.value.sentence().casefold()
        with pytest.raises(SourceError) as own:
            door(other).stream("sound", tmp_path / "x.part")
        assert (own.value.kind, type(own.value)) == ("auth", SourceError)


def test_a_fingerprint_that_is_none() -> None:
    with pytest.raises(SourceError):
        Http("https://127.0.0.1:1", fingerprint="hello")
