"""Asking MANGO OFFICE: signed forms, its pace, its codes, statistics that are ordered first and fetched later.

``sign`` is SHA-256 over key + JSON + salt, where JSON is byte for byte what is sent. One wrong request (a code of 3xxx) is
free in two minutes; the second one locks the account's key, also for the customer's other programs. So nothing of that kind
is tried again by itself, and after one the next risky request waits until two minutes are over.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qaapp.errors import SourceError
from qaapp.i18n import N_
from qaapp.sources import http, loose
from qaapp.sources.http import Answer, Http
from qaapp.sources.pace import Buckets, Limit, look_up
from qaapp.sources.provider import RecordingTrouble

log = logging.getLogger(__name__)
OK = 1000
QUIET_S = 122.0  # the quota is one wrong request in two minutes
TRIES = 6
START_PACE = Limit(1, 2.1)  # stats/…request and config/users/request: one in two seconds
PACE = Limit(10, 1.05)
POLL_S = 5.0
LONGEST_WAIT_S = 900.0  # for statistics to be prepared
GONE = 3  # after so many missing recordings in a row no more are asked for: the storage ends there
STARTS = 4  # so often statistics are ordered anew when they got lost
_CODE = re.compile(r'"(?:result|code|status)"\s*:\s*"?(\d{4})\b')
#: When the quiet time after a wrong request of an account ends; it outlives a connection, as the lock does.
_quiet_until: dict[str, float] = {}
_quiet_lock = threading.Lock()

_WRONG_KEY = N_("MANGO does not know the key of the API connector ({code}).")
_WRONG_SALT = N_("MANGO does not accept the signature ({code}): the salt does not belong to the key.")
_WHERE = N_("Copy both again from the cabinet: Integrations → API connector. Then wait two minutes.")


def sign(key: str, text: str, salt: str) -> str:
    """The signature of a request whose JSON is ``text``."""
    return hashlib.sha256((key + text + salt).encode()).hexdigest()


def trouble(code: int, what: str, said: str = "") -> SourceError:
    """The error of a result code; its kind says whether asking again can help."""
    facts: dict[str, Any] = {"code": code, "what": what, "said": said}
    if code == 3105:
        return SourceError(_WRONG_KEY, hint=_WHERE, kind="auth", **facts)
    if code == 3102:
        return SourceError(_WRONG_SALT, hint=_WHERE, kind="auth", **facts)
    if code in (429, 4290):
        return SourceError(N_("MANGO is asked too often ({code})."), kind="rate", retry_after_s=2.0, **facts)
    if 5000 <= code < 6000 or code == 503:
        return SourceError(
            N_("MANGO cannot answer “{what}” now ({code}). {said}"),
            hint=N_("If it stays so, the service may not be part of your tariff: ask MANGO's support."),
            kind="network",
            **facts,
        )
    return SourceError(N_("MANGO refused “{what}” with the code {code}. {said}"), kind="format", **facts)


class Door:
    """One account. ``patient``: wait while the key is locked (a pull) or say so at once (a test of the connection)."""

    def __init__(self, base_url: str, key: str, salt: str) -> None:
        self._http = Http(base_url, limits=(PACE,), secrets=(key, salt), tries=4)
        self._key, self._salt = key, salt
        self._place = hashlib.sha256(f"{base_url.rstrip('/')}\n{key}".encode()).hexdigest()
        self._starts: dict[str, Buckets] = {}
        self._asking = threading.Lock()
        self._gone = 0  # recordings in a row that were not there
        self._proved = False  # the key has been taken once
        self.patient = True
        self.last_answer: Answer | None = None

    def close(self) -> None:
        """Let go of its connections."""
        self._http.close()

    def wait(self, seconds: float) -> None:
        """Sleep, ending when the pull is stopped."""
        self._http.wait(seconds)

    def _form(self, asked: Mapping[str, Any]) -> dict[str, str]:
        body = json.dumps(asked, ensure_ascii=False, separators=(",", ":"))
        return {"vpbx_api_key": self._key, "sign": sign(self._key, body, self._salt), "json": body}

    # --- the lock ------------------------------------------------------------------------------------------------

    def _note_wrong(self) -> None:
        with _quiet_lock:
            _quiet_until[self._place] = http.clock.now() + QUIET_S

    def _left(self) -> float:
        with _quiet_lock:
            return max(0.0, _quiet_until.get(self._place, 0.0) - http.clock.now())

    def _keep_quiet(self) -> None:
        """Until another wrong request would be free again."""
        left = self._left()
        if left <= 0:
            return
        if not self.patient:
            raise SourceError(
                N_("MANGO locks a key for two minutes after wrong requests. Try again in {seconds} s."),
                kind="rate",
                retry_after_s=left,
                seconds=round(left) + 1,
            )
        log.info("MANGO had a wrong request; waiting %.0f s", left)
        self._http.wait(left)

    # --- asking --------------------------------------------------------------------------------------------------

    def ask(self, path: str, asked: Mapping[str, Any], *, accept: frozenset[int] = frozenset()) -> Answer:
        """The answer to one signed request, tried again while that can help. Raises ``SourceError``.

        Statuses of ``accept`` are given back as they are.
        """
        locked = False
        slow = path.endswith(("stats/request", "stats/calls/request", "config/users/request"))
        if slow or not self._proved:
            self._keep_quiet()
        for attempt in range(1, TRIES + 1):
            if slow:
                self._starts.setdefault(path, Buckets((START_PACE,), http.clock)).take()
            try:
                answer = self._http.post(
                    path,
                    form=self._form(asked),
                    accept={200, 204, 400, 401, 403, 404, 405} | accept,
                    retry=False,
                )
                judged = self._judged(answer, path, accept)
                self._proved = True
                return judged
            except SourceError as error:
                if error.kind == "locked":
                    if locked or not self.patient:
                        raise SourceError(
                            error.message, hint=error.hint, kind="auth", **error.facts
                        ) from error
                    locked = True
                    self._keep_quiet()
                    continue
                if error.kind not in ("network", "rate") or attempt == TRIES:
                    raise
                told = error.facts.get("retry_after_s")
                pause = told if told is not None else min(30.0, 2.0 ** (attempt - 1))
                self._http.wait(pause * (1.0 + 0.25 * http.clock.random()))
        raise AssertionError("every way out is above")

    def _judged(self, answer: Answer, path: str, accept: frozenset[int]) -> Answer:
        """``answer``, or the error it stands for."""
        self.last_answer = answer
        if answer.status == 200 and answer.content[:64].lstrip().startswith(b"<"):
            raise SourceError(
                N_("{url} answered with a page instead of data."), kind="network", url=answer.url
            )
        if answer.status in accept:
            return answer
        code, said = code_of(answer)
        if code is not None and 3000 <= code < 4000:
            self._note_wrong()
            raise trouble(code, path, said)
        if answer.status == 401:
            if not self._left():
                self._note_wrong()
            raise SourceError(
                N_("MANGO refuses the key for two minutes (401): there were wrong requests before."),
                hint=N_("Wait two minutes. If it happens again, check the key and the salt in the cabinet."),
                kind="locked",
            )
        if code is not None and code not in (OK, 200):
            raise trouble(code, path, said)
        if answer.status == 403:
            raise SourceError(
                N_("MANGO does not allow “{what}” for this key (403)."),
                hint=N_("Open Integrations → API connector in the cabinet and switch the access on."),
                kind="auth",
                what=path,
            )
        if answer.status != 200:
            raise SourceError(
                N_("MANGO has no “{what}” for this account ({status})."), kind="not_supported", what=path,
                status=answer.status,
            )  # fmt: skip
        return answer

    # --- statistics ----------------------------------------------------------------------------------------------

    def extended(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """One page of the extended statistics, waited for."""
        for _start in range(STARTS):
            told = self.ask("stats/calls/request", asked).json()
            key = loose.text(told.get("key")) if isinstance(told, dict) else None
            if key is None:
                raise _strange("stats/calls/request", told)
            waited, pause = 0.0, 1.0
            while waited < LONGEST_WAIT_S:
                self.wait(pause)
                waited, pause = waited + pause, min(POLL_S, pause * 2)
                found = self.ask("stats/calls/result/", {"key": key}).json()
                if not isinstance(found, dict):
                    raise _strange("stats/calls/result/", found)
                state = loose.text(found.get("status"))
                if state == "complete" or (state is None and isinstance(found.get("data"), list)):
                    return found
                if state not in ("request", "work"):
                    log.info("statistics of MANGO ended as %s; ordered again", state)
                    break
        raise SourceError(
            N_("MANGO did not prepare the statistics ({what})."),
            hint=N_("The next pull tries again."),
            kind="network",
            what=asked.get("start_date"),
        )

    def basic(self, asked: Mapping[str, Any]) -> str:
        """The CSV of the basic statistics, waited for (asked at most once in five seconds)."""
        for _start in range(STARTS):
            told = self.ask("stats/request", asked).json()
            key = loose.text(told.get("key")) if isinstance(told, dict) else None
            if key is None:
                raise _strange("stats/request", told)
            waited = 0.0
            while waited < LONGEST_WAIT_S:
                self.wait(POLL_S)
                waited += POLL_S
                answer = self.ask("stats/result", {"key": key}, accept=frozenset({204, 404}))
                if answer.status == 404:
                    break
                if answer.status == 200:
                    return answer.text
        raise SourceError(
            N_("MANGO did not prepare the statistics ({what})."),
            hint=N_("The next pull tries again."),
            kind="network",
            what=asked.get("date_from"),
        )

    # --- recordings ----------------------------------------------------------------------------------------------

    def recording(self, recording_id: str, part: Path) -> None:
        """The bytes of a recording: the answer leads to an address that works once, so it is only ever followed.

        Raises ``RecordingTrouble``. Recordings are asked for one by one (they arrive at the same time), so that of several
        that are gone only one at a time costs a wrong request.
        """
        if self._gone >= GONE:
            raise RecordingTrouble(
                N_("MANGO had none of the last recordings; the next pull asks again for {name}."), kind="later",
                name=recording_id,
            )  # fmt: skip
        asking = _Turn(self._asking)
        try:
            for last in (False, True):
                asking.take()
                self._keep_quiet()
                try:
                    self._http.stream(
                        "queries/recording/post", part, method="POST",
                        form=self._form({"recording_id": recording_id, "action": "download"}),
                        first=lambda answer: asking.done() if _sounds(answer) else None,
                    )  # fmt: skip
                    self._gone = 0
                    return
                except RecordingTrouble as error:
                    raise self._of_recording(recording_id, error) from error
                except SourceError as error:
                    status = error.facts.get("status")
                    if status == 401:
                        if not self._left():
                            self._note_wrong()
                        if not last:
                            continue
                        raise SourceError(error.message, kind="rate", **error.facts) from error
                    if status in (400, 405):
                        raise self._of_recording(recording_id, error) from error
                    raise
        finally:
            asking.done()

    def _of_recording(self, recording_id: str, error: SourceError) -> SourceError:
        found = _CODE.search(str(error.facts.get("text", "")))
        code = int(found[1]) if found else 0
        if 3000 <= code < 4000 or error.facts.get("status") in (400, 404, 405):
            self._note_wrong()
        if code in (3102, 3105):
            return trouble(code, "queries/recording/post")
        if code in (3300, 3310, 3320):
            self._gone += 1
            return RecordingTrouble(
                N_("MANGO has no recording {name} (yet)."), kind="later", name=recording_id, code=code
            )
        if code == 4002:
            return RecordingTrouble(
                N_("The call was too short to be recorded ({code})."), kind="absent", code=code
            )
        if code:
            return RecordingTrouble(
                N_("MANGO does not give the recording {name} now ({code})."), kind="later", name=recording_id,
                code=code,
            )  # fmt: skip
        return error


class _Turn:
    """A lock that is let go at the first chance, once."""

    def __init__(self, lock: threading.Lock) -> None:
        self._lock, self._held = lock, False

    def take(self) -> None:
        if not self._held:
            while not self._lock.acquire(timeout=0.1):
                look_up()
            self._held = True

    def done(self) -> None:
        if self._held:
            self._held = False
            self._lock.release()


def _sounds(answer: Answer) -> bool:
    kind = answer.headers.get("content-type", "").lower()
    return answer.status in (200, 206) and not kind.startswith(("application/json", "text/"))


def _strange(what: str, told: Any) -> SourceError:
    return SourceError(
        N_("MANGO answered “{what}” in an unknown form: {text}"),
        kind="format",
        what=what,
        text=str(told)[:120],
    )


def code_of(answer: Answer) -> tuple[int | None, str]:
    """The result code of a JSON answer and the words beside it; None for a list or a CSV."""
    content = answer.content.lstrip()
    if not content.startswith(b"{"):
        return None, ""
    try:
        told = json.loads(content)
    except ValueError:
        if answer.status == 200:
            raise SourceError(
                N_("{url} did not answer with JSON but with: {text}"), kind="network", url=answer.url,
                text=answer.text[:120],
            ) from None  # fmt: skip
        return None, ""
    said = loose.text(told.get("message")) or loose.text(told.get("description")) or ""
    for name in ("result", "code", "status"):
        code = loose.whole(told.get(name))
        if code:
            return code, said
    return None, said
