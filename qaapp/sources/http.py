"""The one HTTP door of providers: limits, retries, secrets kept out of every text, certificates, downloads.

Retried with growing, jittered pauses: network trouble, 429 and 5xx, honouring ``Retry-After``. Not retried: 401 and 403
(``SourceError`` of kind ``auth``) and answers that are not what was asked for (``format``). A client may be used by several
threads at once.
"""

from __future__ import annotations

import json as json_module
import logging
import ssl
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from qaapp.errors import SourceError
from qaapp.i18n import N_
from qaapp.sources.certificates import Certificate, certificate_of, pinned
from qaapp.sources.pace import Buckets, Clock, Limit, RealClock, look_up, wait
from qaapp.sources.provider import RecordingTrouble
from qaapp.sources.redaction import redact

if TYPE_CHECKING:
    import httpx

__all__ = ["Answer", "Certificate", "Http", "Limit", "certificate_of", "clock"]

log = logging.getLogger(__name__)
#: Time of every new client; tests put their own here.
clock: Clock = RealClock()
MOST_BYTES = 64 << 20  # of an answer that is read into memory
RECORDING_BYTES = 2 << 30
LONGEST_PAUSE_S = 120.0
RETRIED = {408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524}


@dataclass(frozen=True)
class Answer:
    """A whole answer. ``url`` is redacted; header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    url: str

    @property
    def text(self) -> str:
        kind = self.headers.get("content-type", "")
        charset = kind.partition("charset=")[2].split(";")[0].strip(" \"'") or "utf-8"
        try:
            return self.content.decode(charset, "replace")
        except LookupError:
            return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The document. Raises ``SourceError`` (``format``) for anything that is not JSON."""
        try:
            return json_module.loads(self.content)
        except (ValueError, RecursionError) as error:
            raise SourceError(
                N_("{url} did not answer with JSON but with: {text}"),
                kind="format",
                url=self.url,
                text=_excerpt(self.text),
            ) from error

    @property
    def date(self) -> datetime | None:
        """The server's clock, aware UTC."""
        return _http_date(self.headers.get("date", ""))


class _Again(Exception):
    """Worth another try; ``error`` is what is said when there is none left."""

    def __init__(self, error: SourceError, pause_s: float | None = None) -> None:
        super().__init__()
        self.error, self.pause_s = error, pause_s


class Http:
    """One provider's HTTP. ``limits`` hold together; ``fingerprint`` trusts exactly that certificate."""

    def __init__(
        self, base_url: str, *, limits: Sequence[Limit] = (), headers: Mapping[str, str] = {},
        auth: httpx.Auth | None = None, timeout_s: float = 30.0, tries: int = 5, fingerprint: str = "",
        secrets: Sequence[str] = (), redirects: int = 5,
    ) -> None:  # fmt: skip
        import httpx

        self._base = base_url if base_url.endswith("/") else base_url + "/"
        scheme = urlsplit(self._base).scheme
        if scheme not in ("http", "https") or not urlsplit(self._base).netloc:
            raise SourceError(
                N_("“{url}” is not an address: it should look like https://example.com."),
                kind="format",
                url=redact(base_url, secrets),
            )
        self._host = urlsplit(self._base).netloc.lower()
        self._secrets, self._tries, self._redirects = tuple(secrets), tries, redirects
        self._clock = clock
        self._buckets = Buckets(limits, self._clock)
        self._auth = auth
        self._headers = {"User-Agent": "qaapp", **headers}
        self._client = httpx.Client(
            timeout=httpx.Timeout(timeout_s, connect=min(timeout_s, 10.0)),
            verify=pinned(fingerprint) if fingerprint else True,
            follow_redirects=False,
        )

    def close(self) -> None:
        """Let go of its connections."""
        self._client.close()

    def __enter__(self) -> Http:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def redact(self, text: str) -> str:
        """``text`` without this client's secrets."""
        return redact(text, self._secrets)

    def wait(self, seconds: float) -> None:
        """Sleep; ends with ``pace.Stopped`` when the pull is stopped."""
        wait(self._clock, seconds)

    # --- asking --------------------------------------------------------------------------------------------------

    def get(self, url: str, **how: Any) -> Answer:
        """``GET``; see ``request``."""
        return self.request("GET", url, **how)

    def post(self, url: str, **how: Any) -> Answer:
        """``POST``; see ``request``."""
        return self.request("POST", url, **how)

    def request(
        self, method: str, url: str, *, params: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None, json: Any = None, data: bytes | None = None,
        headers: Mapping[str, str] | None = None, accept: Container[int] = (200,), retry: bool = True,
    ) -> Answer:  # fmt: skip
        """One answer with a status of ``accept``, read into memory. Raises ``SourceError`` as the module says."""
        body = {"params": params, "data": form, "json": json, "content": data, "headers": headers}

        def once() -> Answer:
            response = self._send(method, url, body)
            try:
                self._judge(response, accept)
                content = self._whole(response)
            finally:
                response.close()
            return self._answer(response, content)

        return self._retried(once, url, retry)

    def stream(
        self, url: str, part: Path, *, method: str = "GET", params: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None, json: Any = None, headers: Mapping[str, str] | None = None,
        limit_bytes: int = RECORDING_BYTES, first: Callable[[Answer], None] | None = None,
    ) -> Answer:  # fmt: skip
        """A recording into the file ``part`` (written anew at each try). ``first`` sees status and headers before.

        Raises ``RecordingTrouble``: ``later`` (404, a page or JSON instead of sound, nothing at all, a link that leads
        nowhere, whatever another host wants of us), ``expired`` (410), ``refused`` (403, too big); ``SourceError`` for
        what is wrong with the connection: ``auth`` of its own host, ``network``, ``rate``.
        """
        body = {"params": params, "data": form, "json": json, "content": None, "headers": headers}

        def once() -> Answer:
            response = self._send(method, url, body)
            try:
                answer = self._answer(response, b"")
                if first is not None:
                    first(answer)
                self._judge_recording(response)
                self._write(response, part, limit_bytes)
            finally:
                response.close()
            return answer

        try:
            return self._retried(once, url, True)
        except RecordingTrouble:
            raise
        except SourceError as error:
            is_strange = error.facts.get("host", self._host).lower() != self._host
            if error.kind == "format" or (error.kind == "auth" and is_strange):
                raise RecordingTrouble(error.message, kind="later", **error.facts) from error
            raise

    def _retried(self, once: Callable[[], Answer], url: str, retry: bool) -> Answer:
        from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

        def pause(state: RetryCallState) -> float:
            told = state.outcome.exception() if state.outcome is not None else None
            asked = told.pause_s if isinstance(told, _Again) else None
            growing: float = min(30.0, 0.5 * 2.0 ** (state.attempt_number - 1)) * (0.5 + self._clock.random())
            if asked is not None:
                self._buckets.hold(asked)
            log.info(
                "%s is asked again (%s)", self.redact(url), told.error if isinstance(told, _Again) else told
            )
            return growing if asked is None else asked + 0.2 * growing

        try:
            return Retrying(
                stop=stop_after_attempt(self._tries if retry else 1),
                retry=retry_if_exception_type(_Again),
                wait=pause,
                sleep=self.wait,
                reraise=True,
            )(once)
        except _Again as again:
            raise again.error from again.__cause__

    # --- one request ---------------------------------------------------------------------------------------------

    def _send(self, method: str, url: str, body: dict[str, Any]) -> httpx.Response:
        """The last answer of a chain of redirects, its body not read yet."""
        import httpx

        address = self._joined(self._base, url)
        params, sent = body["params"], dict(body)
        for _step in range(self._redirects + 1):
            look_up()
            self._buckets.take()
            ours = urlsplit(address).netloc.lower() == self._host
            headers = {
                **(self._headers if ours else {"User-Agent": "qaapp"}),
                **((sent["headers"] or {}) if ours else {}),
            }
            request = self._client.build_request(
                method, address, params=params, data=sent["data"], json=sent["json"], content=sent["content"],
                headers=headers,
            )  # fmt: skip
            auth = self._auth if ours else None
            try:
                response = self._client.send(request, stream=True, auth=auth)
            except httpx.InvalidURL as error:
                raise self._bad_address(address) from error
            except httpx.UnsupportedProtocol as error:
                raise self._bad_address(address) from error
            except httpx.TransportError as error:
                raise self._unreachable(address, error) from error
            target = response.headers.get("location")
            if response.status_code not in (301, 302, 303, 307, 308) or not target:
                return response
            response.close()
            following = self._joined(str(request.url), target)
            if urlsplit(address).scheme == "https" and urlsplit(following).scheme != "https":
                raise SourceError(
                    N_("{url} leads to an address without encryption and was not followed."),
                    kind="format",
                    url=self.redact(address),
                )
            if response.status_code in (301, 302, 303) and method != "HEAD":
                method, sent = "GET", {**sent, "data": None, "json": None, "content": None}
            address, params = following, None
        raise SourceError(
            N_("{url} leads from one address to the next without end."), kind="format", url=self.redact(url)
        )

    def _joined(self, base: str, url: str) -> str:
        try:
            address = urljoin(base, url)
            urlsplit(address)
        except ValueError as error:  # a bracket that is not closed, a port that is no number
            raise self._bad_address(url) from error
        return address

    def _bad_address(self, address: str) -> SourceError:
        return SourceError(N_("“{url}” is not an address."), kind="format", url=self.redact(address))

    def _unreachable(self, address: str, error: Exception) -> Exception:
        """A certificate is a question for a person; all other trouble on the way is worth another try."""
        host = urlsplit(address).netloc
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ssl.SSLCertVerificationError):
                return SourceError(
                    N_("The certificate of {host} is not trusted: {reason}."),
                    hint=N_(
                        "If it is your own telephone exchange, enter the fingerprint of its certificate."
                    ),
                    kind="auth",
                    host=host,
                    reason=cause.verify_message if getattr(cause, "verify_message", "") else cause,
                )
            cause = cause.__cause__ or cause.__context__
        return _Again(
            SourceError(
                N_("{host} does not answer: {reason}."),
                hint=N_("Check the address and the network; the next pull goes on from here."),
                kind="network",
                host=host,
                reason=self.redact(str(error)) or type(error).__name__,
            )
        )

    def _judge(self, response: httpx.Response, accept: Container[int]) -> None:
        status = response.status_code
        if status in accept:
            return
        text = _excerpt(self.redact(_some_text(response)))
        facts: dict[str, Any] = {"url": self.redact(str(response.url)), "status": status, "text": text}
        if status in RETRIED:
            kind = "rate" if status == 429 else "network"
            pause = _retry_after(response.headers.get("retry-after", ""), self._clock)
            message = (
                N_("{url} is asked too often (429).")
                if status == 429
                else N_("{url} has trouble of its own ({status}): {text}")
            )
            raise _Again(SourceError(message, kind=kind, retry_after_s=pause, **facts), pause)
        if status in (401, 403):
            raise SourceError(
                N_("{url} refuses the access ({status}): {text}"),
                hint=N_("Check the key, its rights and whether this computer's address is allowed."),
                kind="auth",
                **facts,
            )
        raise SourceError(N_("{url} answered with {status}: {text}"), kind="format", **facts)

    def _judge_recording(self, response: httpx.Response) -> None:
        status = response.status_code
        facts: dict[str, Any] = {"url": self.redact(str(response.url)), "status": status}
        if status in (404, 202, 204):
            raise RecordingTrouble(N_("{url} has no recording yet ({status})."), kind="later", **facts)
        if status == 410:
            raise RecordingTrouble(N_("{url} has the recording no more (410)."), kind="expired", **facts)
        if status == 403:
            raise RecordingTrouble(N_("{url} does not give the recording (403)."), kind="refused", **facts)
        if status == 401 and response.url.netloc.decode().lower() != self._host:
            # Another house, which has no key of ours: an old link, not a wrong key of this connection.
            raise RecordingTrouble(N_("{url} does not give the recording (401)."), kind="later", **facts)
        self._judge(response, (200, 206))
        kind = response.headers.get("content-type", "").split(";")[0].strip().lower()
        if kind in ("text/html", "application/json", "text/xml", "application/xml", "text/plain"):
            text = _excerpt(self.redact(_some_text(response)))
            raise RecordingTrouble(
                N_("{url} gave a text instead of a recording: {text}"), kind="later", text=text, **facts
            )

    def _whole(self, response: httpx.Response) -> bytes:
        import httpx

        parts: list[bytes] = []
        size = 0
        try:
            for part in response.iter_bytes():
                look_up()
                size += len(part)
                if size > MOST_BYTES:
                    raise SourceError(
                        N_("{url} answers with more than {megabytes} MB."),
                        kind="format",
                        url=self.redact(str(response.url)),
                        megabytes=MOST_BYTES >> 20,
                    )
                parts.append(part)
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise self._unreachable(str(response.url), error) from error
        return b"".join(parts)

    def _write(self, response: httpx.Response, part: Path, limit: int) -> None:
        import httpx

        size = 0
        url = self.redact(str(response.url))
        try:
            with part.open("wb") as stream:
                for piece in response.iter_bytes(1 << 16):
                    look_up()
                    if size == 0 and _is_text(piece):
                        raise RecordingTrouble(
                            N_("{url} gave a text instead of a recording: {text}"), kind="later", url=url,
                            text=_excerpt(self.redact(piece[:400].decode("utf-8", "replace"))),
                        )  # fmt: skip
                    size += len(piece)
                    if size > limit:
                        raise RecordingTrouble(
                            N_("{url} gives a recording of more than {megabytes} MB."), kind="refused", url=url,
                            megabytes=limit >> 20,
                        )  # fmt: skip
                    stream.write(piece)
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise self._unreachable(str(response.url), error) from error
        promised = response.headers.get("content-length", "")
        if promised.isdigit() and "content-encoding" not in response.headers and size < int(promised):
            raise _Again(
                SourceError(N_("{url} broke off in the middle of a recording."), kind="network", url=url)
            )
        if size == 0:
            raise RecordingTrouble(N_("{url} gave an empty recording."), kind="later", url=url)

    def _answer(self, response: httpx.Response, content: bytes) -> Answer:
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, content, self.redact(str(response.url)))


def _is_text(piece: bytes) -> bool:
    start = piece[:64].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype", b"<html", b"<?xml", b"{", b"["))


def _some_text(response: httpx.Response) -> str:
    """The beginning of a body, for a sentence."""
    try:
        for part in response.iter_bytes(2000):
            return part.decode("utf-8", "replace")
    except Exception:
        log.debug("the body of an error could not be read", exc_info=True)
    return ""


def _excerpt(text: str) -> str:
    """One short line of a text that came from outside."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= 200 else line[:200] + "…"


def _http_date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _retry_after(text: str, clock: Clock) -> float | None:
    """Seconds to wait by a ``Retry-After`` header (seconds or a date), at most two minutes."""
    from qaapp import clock as wall

    text = text.strip()
    if text.isdigit():
        return min(LONGEST_PAUSE_S, float(text))
    moment = _http_date(text)
    if moment is None:
        return None
    return min(LONGEST_PAUSE_S, max(0.0, (moment - wall.now()).total_seconds()))
