"""What the tests of providers share: a strict server on loopback with faults to order, sounds, a clock that never sleeps.

A server of a provider is a subclass of ``FakeServer`` with ``answer(asked)``. ``faults`` is a list that is used up, one
fault a request (``OK`` lets it pass), so that a schedule drawn by Hypothesis means the same in every run.
"""

from __future__ import annotations

import io
import json
import socket
import struct
import threading
import time
import wave
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from qaapp.sources import http


class Fault(StrEnum):
    """What may go wrong with one request."""

    OK = "ok"
    CUT = "cut"  # the line breaks in the middle of the answer
    SILENT = "silent"  # the line breaks before it
    TOO_MANY = "429"
    BROKEN = "500"
    BUSY = "503"  # with Retry-After
    NOT_JSON = "not_json"  # half a document, as 200
    PAGE = "page"  # an HTML page as 200
    SLOW = "slow"  # the answer is late
    LOOP = "loop"  # a redirect that leads to itself
    TWICE = "twice"  # the same answer once more: what was asked happened, but the answer got lost


#: Faults that a pull must get over by itself.
PASSING = (Fault.OK, Fault.CUT, Fault.SILENT, Fault.TOO_MANY, Fault.BROKEN, Fault.BUSY, Fault.SLOW)


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes
    query_list: list[tuple[str, str]] = field(default_factory=list)

    @property
    def form(self) -> dict[str, str]:
        return {
            key: values[-1] for key, values in parse_qs(self.body.decode(), keep_blank_values=True).items()
        }

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """``body``: bytes, text, or anything for JSON."""

    body: Any = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = ""

    def encoded(self) -> tuple[bytes, str]:
        if isinstance(self.body, bytes):
            return self.body, self.kind or "application/octet-stream"
        if isinstance(self.body, str):
            return self.body.encode(), self.kind or "text/plain; charset=utf-8"
        return json.dumps(self.body, ensure_ascii=False).encode(), self.kind or "application/json"


class FakeServer:
    """A provider on loopback. ``asked`` keeps every request; ``problems`` what it found wrong with them.

    ``pace`` is how many requests it takes within how many seconds of the client's clock; more are refused with 429 and told.
    Recordings (paths with a part of ``unpaced``) are fetched by several threads, whose moments a clock that never sleeps
    cannot tell apart.
    """

    pace: tuple[int, float] | None = None
    unpaced: tuple[str, ...] = ()

    def __init__(self, *, certificate: Any = None) -> None:
        self.asked: list[Asked] = []
        self.problems: list[str] = []
        self.faults: list[Fault] = []
        self._moments: list[float] = []
        self._lock = threading.Lock()
        self._lines: list[socket.socket] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_args: Any) -> None:
                pass

            def _serve(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                parts = urlsplit(self.path)
                pairs = parse_qsl(parts.query, keep_blank_values=True)
                asked = Asked(
                    self.command, parts.path, dict(pairs), {k.lower(): v for k, v in self.headers.items()},
                    self.rfile.read(length), pairs,
                )  # fmt: skip
                outer._serve(self, asked)

            def setup(self) -> None:
                super().setup()
                outer._lines.append(self.connection)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _serve

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_args: Any) -> None:
                pass  # lines that clients break

        self._server = Server(("127.0.0.1", 0), Handler)
        if certificate is not None:
            self._server.socket = certificate.wrap_socket(self._server.socket, server_side=True)
        self.url = f"{'https' if certificate is not None else 'http'}://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def answer(self, asked: Asked) -> Reply:
        """What the provider says. An ``AssertionError`` becomes a 400 and a line in ``problems``."""
        raise NotImplementedError

    def __enter__(self) -> FakeServer:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        for line in self._lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def count(self, path: str = "") -> int:
        """How many requests came (to paths that begin so)."""
        return sum(1 for each in self.asked if each.path.startswith(path))

    def _is_too_fast(self) -> bool:
        if self.pace is None:
            return False
        count, seconds = self.pace
        now = http.clock.now()
        self._moments = [moment for moment in self._moments if now - moment < seconds - 1e-6]
        self._moments.append(now)
        return len(self._moments) > count

    def _serve(self, handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        if asked.path == "/loop":
            _send(handler, Reply(b"", 302, {"Location": "/loop"}))
            return
        with self._lock:
            self.asked.append(asked)
            is_too_fast = not any(part in asked.path for part in self.unpaced) and self._is_too_fast()
            fault = self.faults.pop(0) if self.faults else Fault.OK
        if is_too_fast:
            self.problems.append(f"{asked.method} {asked.path}: more than {self.pace} requests")
            _send(handler, Reply({"error": "too fast"}, 429))
            return
        if fault is Fault.SILENT:
            handler.close_connection = True
            handler.connection.close()
            return
        if fault in (Fault.TOO_MANY, Fault.BROKEN, Fault.BUSY):
            headers = {"Retry-After": "1"} if fault is not Fault.BROKEN else {}
            _send(handler, Reply({"error": "later"}, int(fault.value), headers))
            return
        if fault is Fault.SLOW:
            time.sleep(0.03)
        if fault is Fault.LOOP:
            _send(handler, Reply(b"", 302, {"Location": "/loop"}))
            return
        if fault is Fault.PAGE:
            _send(handler, Reply("<html><body>Service works</body></html>", kind="text/html"))
            return
        try:
            reply = self.answer(asked)
            if fault is Fault.TWICE:
                reply = self.answer(asked)
        except AssertionError as error:
            self.problems.append(f"{asked.method} {asked.path}: {error}")
            reply = Reply({"error": str(error)}, 400)
        except Exception as error:
            self.problems.append(f"{asked.method} {asked.path}: {error!r}")
            reply = Reply({"error": repr(error)}, 400)
        if fault is Fault.NOT_JSON:
            content, kind = reply.encoded()
        if fault is Fault.NOT_JSON and not kind.startswith(
            "audio"
        ):  # nobody can tell half a sound of the right length
            reply = Reply(content[: len(content) // 2] + b"\x00", reply.status, reply.headers, kind)
        _send(handler, reply, cut=fault is Fault.CUT)


def _send(handler: BaseHTTPRequestHandler, reply: Reply, *, cut: bool = False) -> None:
    content, kind = reply.encoded()
    try:
        handler.send_response(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(content) + (1 if cut else 0)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(content[: len(content) // 2] if cut else content)
        handler.wfile.flush()
    except OSError:
        pass
    if cut:
        handler.close_connection = True
        handler.connection.close()


@dataclass
class QuickClock:
    """Time passes only by sleeping, and sleeping takes none."""

    moment: float = 1000.0
    slept: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> float:
        return self.moment

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
            self.moment += seconds

    def random(self) -> float:
        return 0.5


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> QuickClock:
    """Every HTTP client of this test takes its time from a clock that never sleeps."""
    made = QuickClock()
    monkeypatch.setattr(http, "clock", made)
    return made


@contextmanager
def quickly() -> Iterator[QuickClock]:
    """The same for an example of Hypothesis."""
    before, made = http.clock, QuickClock()
    http.clock = made
    try:
        yield made
    finally:
        http.clock = before


def wav_bytes(seconds: float = 0.2, channels: int = 1, rate: int = 8000, pitch: int = 7) -> bytes:
    """A short sound that is another one for every ``pitch``."""
    stream = io.BytesIO()
    frames = int(seconds * rate)
    values = [((index * pitch) % 200 - 100) * 60 for index in range(frames) for _channel in range(channels)]
    with wave.open(stream, "wb") as sound:
        sound.setparams((channels, 2, rate, frames, "NONE", ""))
        sound.writeframes(struct.pack(f"<{len(values)}h", *values))
    return stream.getvalue()


def mp3_bytes(seconds: float = 0.5, channels: int = 1, rate: int = 8000, pitch: int = 7) -> bytes:
    """The same as MP3."""
    import numpy as np
    import soundfile

    with wave.open(io.BytesIO(wav_bytes(seconds, channels, rate, pitch))) as sound:
        values = np.frombuffer(sound.readframes(sound.getnframes()), np.int16).reshape(-1, channels)
    stream = io.BytesIO()
    soundfile.write(stream, values, rate, format="MP3")
    return stream.getvalue()


def pages(items: list[Any], size: int) -> Callable[[int], list[Any]]:
    """``page(n)`` of a list, from 1."""
    return lambda number: items[(number - 1) * size : number * size]
