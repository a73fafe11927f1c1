"""A pull of 100 000 calls with 20 000 recordings from a server in another process, beside a bare read of its answers."""

from __future__ import annotations

import json
import os
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import wraps
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Row = tuple[str, str, str, float, str]
START = datetime(2026, 9, 1, tzinfo=UTC)
DAYS = 60
PAGE = 500
DESCRIPTION: dict[str, Any] = {
    "name": "Bench", "url": "http://127.0.0.1", "limit": {"requests": 100_000, "seconds": 1},
    "calls": {
        "path": "calls", "query": {"from": "{from}", "to": "{to}", "page": "{page}"}, "times": {"form": "epoch"},
        "days": 7, "paging": {"style": "page", "size": PAGE}, "items": "$.data[*]",
        "fields": {
            "id": "$.id", "started_at": {"path": "$.at", "form": "epoch"}, "direction": "$.way", "talk_s": "$.talk",
            "duration_s": "$.length", "customer_number": "$.phone", "manager_id": "$.who", "manager_name": "$.name",
            "extension": "$.ext", "recording": "$.sound",
        },
    },
}  # fmt: skip


def serve(calls: int, every: int) -> None:
    """The server's process: prints its port. Calls are spread evenly; every so many-th has a recording of two seconds."""
    step = DAYS * 86_400 / calls

    def document(number: int) -> dict[str, Any]:
        talk = number % 7 * 20
        return {
            "id": f"c{number}", "at": int(START.timestamp() + number * step), "way": "in" if number % 2 else "out",
            "talk": talk, "length": talk + 9, "phone": f"7916{number % 300_000:07}", "who": str(number % 40),
            "name": f"Менеджер {number % 40}", "ext": str(100 + number % 40),
            "sound": f"/sound/{number}" if number % every == 0 else None,
        }  # fmt: skip

    with tempfile.TemporaryFile() as stream:
        with wave.open(stream, "wb") as made:
            made.setparams((1, 2, 8000, 0, "NONE", ""))
            made.writeframes(struct.pack("<16000h", *[(n * 37) % 4000 - 2000 for n in range(16_000)]))
        stream.seek(0)
        sound = bytearray(stream.read())

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each answer in two parts waits 40 ms

        def log_message(self, *_words: Any) -> None:
            pass

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path.startswith("/sound/"):
                number = int(parts.path.rpartition("/")[2])
                body, kind = bytes(sound[:-8]) + struct.pack("<q", number), "audio/wav"  # no two are the same
            else:
                query = dict(parse_qsl(parts.query))
                first = max(0, int((int(query["from"]) - START.timestamp()) / step))
                last = min(calls, int((int(query["to"]) - START.timestamp()) / step) + 1)
                at = first + (int(query["page"]) - 1) * PAGE
                data = [document(number) for number in range(at, min(at + PAGE, last))]
                body, kind = json.dumps({"data": data}, ensure_ascii=False).encode(), "application/json"
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_port, flush=True)
    server.serve_forever()


@contextmanager
def another_process(calls: int, every: int) -> Iterator[str]:
    """The address of a server of so many calls."""
    with subprocess.Popen(
        [sys.executable, __file__, "serve", str(calls), str(every)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


class Waiting:
    """Seconds spent inside a method, over all threads."""

    def __init__(self) -> None:
        self.seconds, self._lock = 0.0, threading.Lock()

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def timed(*args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            try:
                return call(*args, **kwargs)
            finally:
                with self._lock:
                    self.seconds += time.perf_counter() - began

        return timed


def bare_read(url: str) -> tuple[float, int]:
    """Seconds of reading all pages with httpx alone, and how many calls came."""
    import httpx

    began, count = time.perf_counter(), 0
    with httpx.Client() as client:
        at = START
        while at < START + timedelta(days=DAYS):
            until, page = at + timedelta(days=7), 1
            while True:
                query = {"from": int(at.timestamp()), "to": int(until.timestamp()), "page": page}
                data = client.get(f"{url}/calls", params=query).json()["data"]
                count += len(data)
                page += 1
                if len(data) < PAGE:
                    break
            at = until
    return time.perf_counter() - began, count


def run() -> Iterator[Row]:
    from qaapp import clock
    from qaapp.intake import connections, downloads, pulling
    from qaapp.progress import run as finish
    from qaapp.sources.http import Http
    from qaapp.store.workspace import open_workspace

    calls, recordings = (5_000, 500) if os.environ.get("QAAPP_BENCH_QUICK") else (100_000, 20_000)
    folder = Path(tempfile.mkdtemp(prefix="qaapp-bench-"))
    asked, fetched = Waiting(), Waiting()
    request, stream, real = Http.request, Http.stream, downloads.fetch_waiting
    split: list[float] = []

    def marked(*args: Any) -> Any:
        split.append(time.perf_counter())
        return real(*args)

    try:
        with (
            another_process(calls, calls // recordings) as url,
            clock.fixed(START + timedelta(days=DAYS + 1)),
        ):
            bare_s, _count = bare_read(url)
            workspace = open_workspace(folder / "workspace")
            words = {"description": json.dumps(DESCRIPTION), "url": url}
            with workspace.database.write() as session:
                draft = connections.ConnectionDraft("custom", "Bench", words, first_day=date(2026, 8, 31))
                connection = connections.save(session, draft).id
            Http.request, Http.stream = asked.around(request), fetched.around(stream)  # type: ignore[method-assign]
            pulling.downloads.fetch_waiting = marked  # type: ignore[assignment]
            began = time.perf_counter()
            summary = finish(pulling.pull(workspace, connection))
            ended = time.perf_counter()
            again = time.perf_counter()
            finish(pulling.pull(workspace, connection))
            again = time.perf_counter() - again
            with workspace.database.read() as session:
                listing = time.perf_counter()
                connections.list_connections(session)
                listing = time.perf_counter() - listing
            workspace.close()
    finally:
        Http.request, Http.stream = request, stream  # type: ignore[method-assign]
        pulling.downloads.fetch_waiting = real
        shutil.rmtree(folder, ignore_errors=True)
    assert (summary.added, summary.recordings) == (calls, recordings), summary.counts()
    calls_s, sounds_s = split[0] - began, ended - split[0]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    per_s = f"{calls / calls_s:,.0f} calls/s"
    yield (f"pull of {calls:,} calls", f"{calls_s:.1f} s, {per_s}", f"bare httpx of the pages, {bare_s:.1f} s",
           calls_s / bare_s, "–")  # fmt: skip
    yield (
        "of it waiting for the server",
        f"{asked.seconds:.1f} s",
        "the pull of calls",
        asked.seconds / calls_s,
        "–",
    )
    yield (f"{recordings:,} recordings of 32 kB, two at once", f"{sounds_s:.1f} s, {recordings / sounds_s:,.0f} per s",
           "their time in the network, both threads", fetched.seconds / (2 * sounds_s), "–")  # fmt: skip
    yield ("peak memory of all of it", f"{peak:.0f} MB", "–", 1.0, "flat")
    yield (
        "the next pull, three days again",
        f"{again:.2f} s",
        "the first pull of calls",
        again / calls_s,
        "–",
    )
    yield ("counts of the connections", f"{listing * 1000:.0f} ms", "–", 1.0, "–")


if __name__ == "__main__" and sys.argv[1:2] == ["serve"]:
    serve(int(sys.argv[2]), int(sys.argv[3]))
