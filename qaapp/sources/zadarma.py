"""Zadarma: the statistics of its PBX by signed requests; three requests of statistics a minute, recordings on request.

Legs of one conversation share ``pbx_call_id``. Times stand in the zone of the account, which can be asked for. Source:
zadarma/user-api-v1, ``lib/Client.php`` (the signature is base64 over the hexadecimal digest) and ``lib/Api.php``.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from qaapp import clock
from qaapp.errors import SourceError
from qaapp.i18n import N_, _
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
from qaapp.sources.zadarma_records import moment, record, way_of
from qaapp.words import Direction

ROOT = "https://api.zadarma.com"
MOST = 1000
AROUND = timedelta(hours=2)  # legs of a conversation lie closer together
_OFFSET = re.compile(r"(?:UTC|GMT)\s*(?P<sign>[+\-]?)(?P<hours>\d{1,2})(?::?(?P<minutes>\d\d))?$")


def signature(path: str, query: str, secret: str) -> str:
    """base64(hex(HMAC-SHA1(path + query + md5(query)))): of the lower-case digits, not of the bytes."""
    told = path + query + hashlib.md5(query.encode(), usedforsecurity=False).hexdigest()
    digits = hmac.new(secret.encode(), told.encode(), hashlib.sha1).hexdigest()
    return base64.b64encode(digits.encode()).decode()


class Zadarma:
    """One account."""

    longest_window_days = 28.0
    parallel_downloads = 1

    def __init__(self, config: Config) -> None:
        self._key, self._secret = config.secrets.get("key", ""), config.secrets.get("secret", "")
        url = config.settings.get("url") or ROOT
        hidden = tuple(each for each in (self._key, self._secret) if each)
        self._slow = Http(url, secrets=hidden, limits=(Limit(3, 61.0),))
        self._http = Http(url, secrets=hidden, limits=(Limit(90, 61.0),))
        self._zone, self._country = config.zone, config.country_code
        self._last: Answer | None = None

    def close(self) -> None:
        """Let go of sockets."""
        self._slow.close()
        self._http.close()

    def _ask(self, http: Http, path: str, **params: Any) -> dict[str, Any]:
        """A signed request; the order of the parameters in the address is the one that was signed."""
        words = sorted({**params, "format": "json"}.items())
        query = "&".join(f"{quote_plus(str(k))}={quote_plus(str(v))}" for k, v in words)
        headers = {"Authorization": f"{self._key}:{signature(path, query, self._secret)}"}
        told, self._last = document(
            http, lambda: http.get(f"{path}?{query}", headers=headers, accept=(200, 400, 404))
        )
        if isinstance(told, dict) and told.get("status") == "success":
            return told
        said = loose.text(told.get("message")) if isinstance(told, dict) else str(told)
        said = self._http.redact((said or "?")[:200])
        kind = "auth" if "authori" in said.lower() or "signature" in said.lower() else "format"
        raise SourceError(N_("Zadarma does not give what was asked for: {said}"), kind=kind, said=said)

    # --- calls ---------------------------------------------------------------------------------------------------

    def calls(self, window: Window) -> Iterator[Page]:
        """The conversations whose first leg starts in the window."""
        legs: dict[str, dict[str, dict[str, Any]]] = {}
        refused: dict[str, Refused] = {}
        for row in self._statistics(window):
            key = loose.text(row.get("call_id"))
            if key is None or moment(row, self._zone) is None:
                name = "call_id" if key is None else "callstart"
                refused[key or "?"] = Refused(key or "?", _("The call has no {name}.").format(name=name))
                continue
            legs.setdefault(_conversation(row), {})[key] = row
        groups = {key: list(group.values()) for key, group in legs.items()}
        ways = self._ways(window, groups)
        found = [record(key, rows, ways[key], self._zone, self._country) for key, rows in groups.items()]
        yield Page(
            [one for one in found if window.first <= one.started_at < window.last], list(refused.values())
        )

    def _statistics(self, window: Window, **params: Any) -> list[dict[str, Any]]:
        """All rows around a window. A server that gives the same rows again and again is not asked for ever."""
        found: dict[str, dict[str, Any]] = {}
        skip = 0
        while True:
            told = self._ask(
                self._slow, "/v1/statistics/pbx/", start=self._written(window.first - AROUND),
                end=self._written(window.last + AROUND), version=2, skip=skip, limit=MOST, **params,
            )  # fmt: skip
            rows, before = loose.items(told.get("stats")), len(found)
            for row in loose.objects(rows):
                found[loose.text(row.get("call_id")) or str(row)] = row
            skip += len(rows)
            if len(rows) < MOST or len(found) == before:
                return list(found.values())

    def _ways(self, window: Window, groups: dict[str, list[dict[str, Any]]]) -> dict[str, Direction]:
        """Which way each conversation went; asked for only where numbers do not tell, as requests are few."""
        ways = {key: way_of(key, rows, self._country) for key, rows in groups.items()}
        if None in ways.values():
            outward = {_conversation(row) for row in self._statistics(window, call_type="OUT_CALLS")}
            ignored = any(way is Direction.INBOUND and key in outward for key, way in ways.items())
            if not ignored and outward >= set(
                groups
            ):  # all of them, or a server that does not look at call_type
                inward = {_conversation(row) for row in self._statistics(window, call_type="IN_CALLS")}
                ignored = bool(inward & outward)
            for key, way in ways.items():
                if way is None:
                    asked = Direction.OUTBOUND if key in outward else Direction.INBOUND
                    ways[key] = Direction.UNKNOWN if ignored else asked
        return {key: way or Direction.UNKNOWN for key, way in ways.items()}

    def _written(self, at: datetime) -> str:
        return at.astimezone(self._zone).strftime("%Y-%m-%d %H:%M:%S")

    # --- checking, recordings ------------------------------------------------------------------------------------

    def check(self) -> Checked:
        """The account's time zone and the newest call."""
        notes: tuple[str, ...] = ()
        try:
            notes = self._zone_notes(loose.text(self._ask(self._http, "/v1/info/timezone/").get("timezone")))
        except SourceError as error:
            if error.kind in ("auth", "network"):
                raise
        last = newest(self)
        return Checked("Zadarma", last, skew_s(self._last), None, notes)

    def _zone_notes(self, told: str | None) -> tuple[str, ...]:
        """What the account's zone is, and that another one is set here."""
        if told is None:
            return ()
        notes = (_("The account's time zone is {zone}.").format(zone=told),)
        ours, read = clock.now().astimezone(self._zone).utcoffset(), _OFFSET.search(told)
        if ours is None or read is None:
            return notes
        theirs = timedelta(hours=int(read["hours"]), minutes=int(read["minutes"] or 0))
        theirs = -theirs if read["sign"] == "-" else theirs
        if theirs == ours:
            return notes
        minutes = round(ours.total_seconds() / 60)
        here = f"UTC{'-' if minutes < 0 else '+'}{abs(minutes) // 60}" + (
            f":{abs(minutes) % 60:02}" if minutes % 60 else ""
        )
        return (*notes, _("Here {zone} is set: calls would stand at the wrong time.").format(zone=here))

    def download(self, ref: RemoteRef, part: Path) -> None:
        """By a link that is made for it; a recording is ready some 40 s after its call."""
        key = str(ref.facts["call_id"])
        try:
            told = self._ask(self._http, "/v1/pbx/record/request/", call_id=key, lifetime=1800)
        except SourceError as error:
            if error.kind != "format":
                raise
            raise RecordingTrouble(
                N_("The provider has no recording of the call {name} (yet)."), kind="later", name=key
            ) from error
        links = [loose.text(each) for each in (told.get("link"), *loose.items(told.get("links")))]
        link = next((each for each in links if each), None)
        if link is None:
            raise RecordingTrouble(
                N_("The provider has no recording of the call {name} (yet)."), kind="later", name=key
            )
        self._http.stream(link, part)


def _conversation(row: dict[str, Any]) -> str:
    return loose.text(row.get("pbx_call_id")) or loose.text(row.get("call_id")) or "?"


def _open(config: Config) -> Provider:
    return Zadarma(config)


KIND = Kind(
    "zadarma", "Zadarma",
    N_("Needs the key and the secret of the API."),
    (
        Field("key", N_("API key"), Input.SECRET, N_("In the cabinet: Settings → Integrations and API → Keys and API.")),
        Field("secret", N_("API secret"), Input.SECRET, N_("It is shown beside the key, once.")),
        Field("url", N_("Address"), Input.URL, N_("Only for another server of the provider."), "", False, (), True),
    ),
    _open, "zadarma",
)  # fmt: skip
