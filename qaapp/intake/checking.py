"""*Test connection*: ask a provider for as little as possible, in a way that can be stopped while it waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from qaapp.i18n import _
from qaapp.intake.connections import ConnectionDraft, open_provider
from qaapp.progress import Progress, Steps
from qaapp.settings import Rules
from qaapp.sources.certificates import Certificate, certificate_of
from qaapp.sources.kinds import kind_of
from qaapp.sources.pace import stoppable
from qaapp.sources.provider import Checked, Input

LOOK_S = 0.1
FINGERPRINTS = ("fingerprint", "certificate", "cert_fingerprint")  # a setting that trusts one certificate
Result = TypeVar("Result")


@dataclass(frozen=True)
class CheckResult:
    """What came back and how long it took."""

    checked: Checked
    took_s: float


def check(
    draft: ConnectionDraft, secrets: Mapping[str, str], rules: Rules, cache: Path | None = None
) -> Steps[CheckResult]:
    """Open the connection as it is filled in and ask it. Raises ``SourceError`` with a sentence that says what to do."""

    def work() -> CheckResult:
        began = time.monotonic()
        provider = open_provider(draft, secrets, rules, cache)
        try:
            return CheckResult(provider.check(), time.monotonic() - began)
        finally:
            provider.close()

    result = yield from _apart(work, draft.name or _(kind_of(draft.kind).title))
    return result


def fingerprint_field(kind_code: str) -> str:
    """The name of the setting that trusts one certificate, "" where the kind has none."""
    names = {each.name for each in kind_of(kind_code).fields}
    return next((name for name in FINGERPRINTS if name in names), "")


def shown_certificate(draft: ConnectionDraft) -> Steps[Certificate | None]:
    """The certificate of the server of ``draft``; None where its address has none. Raises ``SourceError``."""
    address = next(
        (
            draft.settings.get(each.name, "")
            for each in kind_of(draft.kind).fields
            if each.input is Input.URL and draft.settings.get(each.name, "").startswith("https:")
        ),
        "",
    )
    parts = urlsplit(address)
    if not parts.hostname:
        return None
    host, port = parts.hostname, parts.port or 443
    shown = yield from _apart(lambda: certificate_of(host, port), host)
    return shown


def _apart(work: Callable[[], Result], note: str) -> Steps[Result]:
    """Run ``work`` on a thread of its own, so that stopping does not wait for a silent server."""
    stop = threading.Event()

    def inside() -> Result:
        with stoppable(stop):
            return work()

    pool = ThreadPoolExecutor(1, thread_name_prefix="check")
    try:
        future = pool.submit(inside)
        while not future.done():
            yield Progress(0, None, _("Waiting for the answer"), note)
            wait([future], LOOK_S)
        return future.result()
    finally:
        stop.set()
        pool.shutdown(wait=False)
