"""Telphin (Ringme): the history of calls with their legs, by OAuth client credentials; times are GMT.

Source: xdimedrolx/telphin-go-sdk and public clients. The service answers 429 often: requests are
slow and repeated by the door.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from qaapp.errors import SourceError
from qaapp.i18n import N_, _
from qaapp.sources import loose, numbers
from qaapp.sources.asking import document, newest, skew_s
from qaapp.sources.http import Answer, Http, Limit
from qaapp.sources.moments import parse_text
from qaapp.sources.provider import (
    Checked,
    Config,
    Field,
    Input,
    Kind,
    Page,
    Provider,
    RecordingTrouble,
    Refused,
    Window,
)
from qaapp.sources.records import CallRecord, LegRecord, ParticipantRecord, RemoteRef
from qaapp.words import Direction, Disposition, EndKind

ROOT = "https://apiproxy.telphin.ru"
PAGE = 100
MOST_PAGES = 5000
_MACHINES = ("ivr", "menu", "queue", "fax", "voicemail", "background")
T = TypeVar("T")


class Telphin:
    """One application of one client."""

    longest_window_days = 3.0
    parallel_downloads = 1

    def __init__(self, config: Config) -> None:
        words, secret = config.settings, config.secrets.get("secret", "")
        pace = max(1, loose.whole(words.get("per_minute")) or 60)
        self._http = Http(words.get("url") or ROOT, secrets=(secret,), limits=(Limit(pace, 60.0),), tries=7)
        self._app, self._secret = words.get("app", ""), secret
        self._client = words.get("client") or "@me"
        self._country = config.country_code
        self._token = ""
        self._lock = threading.Lock()
        self._last: Answer | None = None

    def close(self) -> None:
        """Let go of sockets."""
        self._http.close()

    # --- asking --------------------------------------------------------------------------------------------------

    def _with_token(self, ask: Callable[[dict[str, str]], T]) -> T:
        """A request with the token of this session; one that ended is renewed once."""
        with self._lock:
            if not self._token:
                self._token = self._new_token()
            token = self._token
        try:
            return ask({"Authorization": f"Bearer {token}"})
        except SourceError as error:
            if error.kind not in ("auth", "refused"):
                raise
            with self._lock:
                if self._token == token:
                    self._token = self._new_token()
                token = self._token
            return ask({"Authorization": f"Bearer {token}"})

    def _new_token(self) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._app,
            "client_secret": self._secret,
            "scope": "all",
        }
        told, _answer = document(
            self._http, lambda: self._http.post("/oauth/token", form=form, accept=(200, 400))
        )
        token = loose.text(told.get("access_token")) if isinstance(told, dict) else None
        if token is None:
            words = told if isinstance(told, dict) else {}
            said = loose.text(words.get("error_description")) or loose.text(words.get("error"))
            raise SourceError(
                N_("Telphin does not accept the application's id and secret: {said}"),
                hint=N_("Check both in the cabinet: Settings → API applications (type trusted)."), kind="auth",
                said=self._http.redact(said or "?"),
            )  # fmt: skip
        return token

    def _ask(self, path: str, **params: Any) -> Any:
        where = f"/api/ver1.0/client/{self._client}/{path}"

        def once(headers: dict[str, str]) -> Any:
            told, self._last = document(
                self._http, lambda: self._http.get(where, params=params, headers=headers)
            )
            return told

        return self._with_token(once)

    # --- calls ---------------------------------------------------------------------------------------------------

    def calls(self, window: Window) -> Iterator[Page]:
        """The calls that began in the window, page by page, the oldest first."""
        form = "%Y-%m-%d %H:%M:%S"
        given: set[str] = set()
        for page in range(1, MOST_PAGES):
            told = self._ask(
                "call_history/", start_datetime=window.first.astimezone(UTC).strftime(form),
                end_datetime=window.last.astimezone(UTC).strftime(form), order="asc", per_page=PAGE, page=page,
            )  # fmt: skip
            rows = loose.objects(told.get("call_history") if isinstance(told, dict) else told)
            found, refused = [], []
            for row in rows:
                record = self._record(row)
                if isinstance(record, Refused):
                    refused.append(record)
                elif window.first <= record.started_at < window.last and record.external_id not in given:
                    given.add(record.external_id)
                    found.append(record)
            yield Page(found, refused)
            if len(rows) < PAGE:
                return

    def _record(self, row: dict[str, Any]) -> CallRecord | Refused:
        key = loose.text(row.get("call_uuid"))
        started_at = _gmt(row.get("init_time_gmt")) or _gmt(row.get("start_time_gmt"))
        if key is None or started_at is None:
            name = "call_uuid" if key is None else "init_time_gmt"
            return Refused(key or "?", _("The call has no {name}.").format(name=name))
        way = {"in": Direction.INBOUND, "out": Direction.OUTBOUND, "internal": Direction.INTERNAL}.get(
            (loose.text(row.get("flow")) or "").casefold(), Direction.UNKNOWN
        )
        talk_s, bridged_at = loose.seconds(row.get("bridged_duration")), _gmt(row.get("bridged_time_gmt"))
        answered = bool(loose.flag(row.get("bridged")))
        result = (loose.text(row.get("result")) or loose.text(row.get("hangup_cause")) or "").casefold()
        state, end = _state(answered, way, result)
        legs = loose.objects(row.get("cdr"))
        people: dict[str, ParticipantRecord] = {}
        for leg in legs:
            inner = self._inner(leg)
            if inner and (loose.text(leg.get("extension_type")) or "").casefold() not in _MACHINES:
                talk = loose.seconds(leg.get("bridged_duration")) or 0
                if not talk and loose.flag(leg.get("bridged")):
                    talk = loose.seconds(leg.get("duration")) or 0
                before = people.pop(inner, None)
                talk += before.talk_s or 0 if before else 0
                people[inner] = ParticipantRecord(None, None, inner, None, "manager", talk > 0, talk)
        outside = loose.text(row.get("to_username" if way is Direction.OUTBOUND else "from_username"))
        recorded = list(dict.fromkeys(uuid for leg in legs if (uuid := loose.text(leg.get("record_uuid")))))
        wait = round((bridged_at - started_at).total_seconds()) if bridged_at else None
        line = numbers.parse(loose.text(row.get("to_username")) or "", self._country).digits
        if way is not Direction.INBOUND or numbers.is_inner(line):
            line = None
        return CallRecord(
            key, started_at,
            conversation_id=key, answered_at=bridged_at, ended_at=_gmt(row.get("hangup_time_gmt")), direction=way,
            disposition=state, duration_s=loose.seconds(row.get("duration")), wait_s=wait,
            talk_s=talk_s if talk_s is not None else (None if answered else 0),
            customer_number=numbers.parse(outside or "", self._country).digits, customer_number_raw=outside,
            line_number=line, end_reason=loose.text(row.get("hangup_cause")) or result or None, end_kind=str(end),
            transferred=sum(1 for each in people.values() if each.talk_s) > 1 if legs else None,
            participants=tuple(people.values()),
            legs=tuple(self._leg(leg) for leg in legs) if len(legs) > 1 else (),
            remote=tuple(
                RemoteRef(name, "full" if len(recorded) == 1 else "leg", position=n, facts={"uuid": name})
                for n, name in enumerate(recorded)
            ),
            raw=row,
        )  # fmt: skip

    def _inner(self, leg: dict[str, Any]) -> str | None:
        """Our extension of a leg: its last part, ``12345*101`` being the client's number and the extension."""
        names = ("from_username", "to_username")
        order = names if (loose.text(leg.get("flow")) or "") == "out" else names[::-1]
        for name in order:
            text = (loose.text(leg.get(name)) or "").rpartition("*")[2]
            digits = numbers.parse(text, self._country).digits
            if digits and numbers.is_inner(digits):
                return digits
        return None

    def _leg(self, leg: dict[str, Any]) -> LegRecord:
        kind = (loose.text(leg.get("extension_type")) or "").casefold()
        inner = self._inner(leg)
        made = "group" if "queue" in kind else "ivr" if kind in _MACHINES else "user" if inner else "number"
        end = _gmt(leg.get("hangup_time_gmt"))
        return LegRecord(
            made, inner or loose.text(leg.get("to_username")),
            _gmt(leg.get("init_time_gmt")) or _gmt(leg.get("start_time_gmt")),
            _gmt(leg.get("bridged_time_gmt")), end, loose.seconds(leg.get("bridged_duration")),
            loose.text(leg.get("hangup_cause")) or loose.text(leg.get("result")),
        )  # fmt: skip

    # --- checking, recordings ------------------------------------------------------------------------------------

    def check(self) -> Checked:
        """The newest call of the last days."""
        return Checked("Telphin", newest(self), skew_s(self._last))

    def download(self, ref: RemoteRef, part: Path) -> None:
        """The bytes themselves; where they are in a store, by its link that ends."""
        name = str(ref.facts["uuid"])
        where = f"/api/ver1.0/client/{self._client}/record/{name}"
        try:
            self._with_token(lambda headers: self._http.stream(where, part, headers=headers))
            return
        except RecordingTrouble as trouble:
            if trouble.kind != "later":
                raise
        try:
            told = self._ask(f"record/{name}/storage_url/")
        except SourceError as error:
            if error.kind == "network":
                raise
            told = {}
        link = loose.text(told.get("record_url")) if isinstance(told, dict) else None
        if link is None:
            raise RecordingTrouble(
                N_("The provider has no recording of the call {name} (yet)."), kind="later", name=name
            )
        self._http.stream(link, part)


def _gmt(value: Any) -> datetime | None:
    try:
        told = parse_text(loose.text(value) or "")
    except ValueError:
        return None
    return told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC)


def _state(answered: bool, way: Direction, result: str) -> tuple[Disposition, EndKind]:
    if answered:
        return Disposition.ANSWERED, EndKind.HUNG_UP
    if "busy" in result:
        return Disposition.BUSY, EndKind.BUSY
    if "reject" in result:
        return Disposition.REJECTED, EndKind.REJECTED
    if way is Direction.INBOUND:
        return Disposition.MISSED, EndKind.NOT_ANSWERED
    if "unallocated" in result or "invalid_number" in result:
        return Disposition.FAILED, EndKind.WRONG_NUMBER
    return Disposition.NO_ANSWER, EndKind.NOT_ANSWERED


def _open(config: Config) -> Provider:
    return Telphin(config)


KIND = Kind(
    "telphin", "Telphin",
    N_("Needs the id and the secret of an API application."),
    (
        Field("app", N_("Application id"), Input.TEXT,
              N_("In the cabinet: Settings → API applications → Add, of the type “trusted”.")),
        Field("secret", N_("Application secret"), Input.SECRET, N_("It is shown beside the id.")),
        Field("client", N_("Client"), Input.TEXT, N_("Only when the application serves several clients."), "@me", False, (),
              True),
        Field("per_minute", N_("Requests per minute"), Input.NUMBER, N_("The service answers “too often” easily."), "60",
              False, (), True),
        Field("url", N_("Address"), Input.URL, N_("Only for another server of the provider."), "", False, (), True),
    ),
    _open, "telphin",
)  # fmt: skip
