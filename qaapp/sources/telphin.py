"""Telphin (Ringme): the history of calls with their legs, by OAuth client credentials; times are GMT.

Source: xdimedrolx/telphin-go-sdk and public clients. The service answers 429 often: requests are
slow and repeated by the door.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any, TypeVar

from qaapp.errors import SourceError
from qaapp.i18n import N_
from qaapp.sources import loose
from qaapp.sources.asking import document, newest, skew_s
from qaapp.sources.http import Answer, Http, Limit
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
from qaapp.sources.records import RemoteRef
from qaapp.sources.telphin_records import telphin_record

ROOT = "https://apiproxy.telphin.ru"
PAGE = 100
EARLIER, LATER = timedelta(hours=1), timedelta(hours=13)
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
        """The calls that began in the window, page by page, the oldest first. Answers are GMT; should questions be read in
        the zone of the account, up to twelve hours east of it, the later end still holds the last of them."""
        form = "%Y-%m-%d %H:%M:%S"
        given: set[str] = set()
        page = 1
        while True:
            told = self._ask(
                "call_history/", start_datetime=(window.first - EARLIER).astimezone(UTC).strftime(form),
                end_datetime=(window.last + LATER).astimezone(UTC).strftime(form), order="asc", per_page=PAGE, page=page,
            )  # fmt: skip
            rows = loose.items(told.get("call_history") if isinstance(told, dict) else told)
            found, refused, before = [], [], len(given)
            for row in loose.objects(rows):
                name = loose.text(row.get("call_uuid")) or str(row)
                if name in given:
                    continue
                given.add(name)
                record = telphin_record(row, self._country)
                if isinstance(record, Refused):
                    refused.append(record)
                elif window.first <= record.started_at < window.last:
                    found.append(record)
            yield Page(found, refused)
            size = loose.whole(told.get("per_page")) if isinstance(told, dict) else None
            if len(given) == before or (size is not None and len(rows) < size):
                return  # a server may give smaller pages than asked for, or the same one for ever
            page += 1

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
