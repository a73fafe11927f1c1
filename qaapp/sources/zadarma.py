"""Zadarma: the statistics of its PBX by signed requests; three requests of statistics a minute, recordings on request.

Legs of one conversation share ``pbx_call_id``. Times stand in the zone of the account, which can be asked for. Source:
zadarma/user-api-v1, ``lib/Client.php`` (the signature is base64 over the hexadecimal digest) and ``lib/Api.php``.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from qaapp.errors import SourceError
from qaapp.i18n import N_, _
from qaapp.sources import loose, numbers
from qaapp.sources.asking import document, newest, skew_s
from qaapp.sources.http import Answer, Http, Limit
from qaapp.sources.moments import parse_text, to_utc
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

ROOT = "https://api.zadarma.com"
MOST = 1000
AROUND = timedelta(hours=2)  # legs of a conversation lie closer together
_RESULTS = {
    "answered": (Disposition.ANSWERED, EndKind.HUNG_UP), "busy": (Disposition.BUSY, EndKind.BUSY),
    "cancel": (Disposition.NO_ANSWER, EndKind.NOT_ANSWERED), "no answer": (Disposition.NO_ANSWER, EndKind.NOT_ANSWERED),
    "unallocated number": (Disposition.FAILED, EndKind.WRONG_NUMBER),
}  # fmt: skip


def signature(path: str, query: str, secret: str) -> str:
    """base64(hex(HMAC-SHA1(path + query + md5(query)))): of the lower-case digits, not of the bytes."""
    told = path + query + hashlib.md5(query.encode()).hexdigest()
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
        skip = 0
        while True:
            told = self._ask(
                self._slow, "/v1/statistics/pbx/", start=self._written(window.first - AROUND),
                end=self._written(window.last + AROUND), version=2, skip=skip, limit=MOST,
            )  # fmt: skip
            rows = loose.objects(told.get("stats"))
            for row in rows:
                key = loose.text(row.get("call_id"))
                if key is None or self._moment(row) is None:
                    name = "call_id" if key is None else "callstart"
                    refused[key or "?"] = Refused(key or "?", _("The call has no {name}.").format(name=name))
                    continue
                legs.setdefault(loose.text(row.get("pbx_call_id")) or key, {})[key] = row
            skip += len(rows)
            if len(rows) < MOST:
                break
        found = [self._record(key, list(group.values())) for key, group in legs.items()]
        yield Page(
            [one for one in found if window.first <= one.started_at < window.last], list(refused.values())
        )

    def _written(self, moment: datetime) -> str:
        return moment.astimezone(self._zone).strftime("%Y-%m-%d %H:%M:%S")

    def _moment(self, row: dict[str, Any]) -> datetime | None:
        try:
            told = parse_text(loose.text(row.get("callstart")) or "")
        except ValueError:
            return None
        return told if told.tzinfo is not None else to_utc(told, self._zone)

    def _record(self, key: str, rows: list[dict[str, Any]]) -> CallRecord:
        rows.sort(key=lambda row: (str(row.get("callstart")), str(row.get("call_id"))))
        starts = [moment for row in rows if (moment := self._moment(row)) is not None]
        parties = [self._parties(row) for row in rows]
        way, customer_raw, _inner = parties[0]
        talks = [
            loose.seconds(row.get("seconds")) or 0 if self._result(row)[0] is Disposition.ANSWERED else 0
            for row in rows
        ]
        best = max(range(len(rows)), key=lambda n: talks[n])
        state, end = self._result(rows[best])
        if state is Disposition.NO_ANSWER and way is Direction.INBOUND:
            state = Disposition.MISSED
        people: dict[str, ParticipantRecord] = {}
        for (_way, _number, inner), talk in zip(parties, talks, strict=True):
            if inner:
                before = people.pop(inner, None)
                talk += before.talk_s or 0 if before else 0
                people[inner] = ParticipantRecord(extension=inner, answered=talk > 0, talk_s=talk)
        talked = [each for each in people.values() if each.talk_s]
        recorded = [row for row in rows if loose.flag(row.get("is_recorded"))]
        whole = (starts[-1] - starts[0]).total_seconds() + (loose.seconds(rows[-1].get("seconds")) or 0)
        line = next((number for row in rows if (number := self._line(row, way)) is not None), None)
        return CallRecord(
            key, starts[0],
            conversation_id=key, answered_at=starts[best] if talks[best] else None,
            ended_at=starts[0] + timedelta(seconds=whole), direction=way, disposition=state, duration_s=round(whole),
            wait_s=round((starts[best] - starts[0]).total_seconds()) if talks[best] else None, talk_s=talks[best],
            customer_number=numbers.parse(customer_raw or "", self._country).digits, customer_number_raw=customer_raw,
            line_number=line, end_reason=loose.text(rows[best].get("disposition")), end_kind=str(end),
            transferred=len(talked) > 1 if len(rows) > 1 else None, participants=tuple(people.values()),
            legs=tuple(self._leg(row, party, talk) for row, party, talk in zip(rows, parties, talks, strict=True))
            if len(rows) > 1 else (),
            remote=tuple(
                RemoteRef(str(row["call_id"]), "full" if len(recorded) == 1 else "leg", position=n,
                          facts={"call_id": str(row["call_id"])})
                for n, row in enumerate(recorded)
            ),
            raw={"legs": rows},
        )  # fmt: skip

    def _parties(self, row: dict[str, Any]) -> tuple[Direction, str | None, str | None]:
        """Which way a leg goes, the customer's number, and our extension: numbers of a few digits are ours."""
        caller, called = loose.text(row.get("clid")) or "", loose.text(row.get("destination")) or ""
        sip = loose.text(row.get("sip"))
        ours = [numbers.is_inner(numbers.parse(each, self._country).digits) for each in (caller, called)]
        inner = sip if numbers.is_inner(numbers.parse(sip or "", self._country).digits) else None
        if all(ours):
            return Direction.INTERNAL, called, inner or numbers.parse(caller).digits
        if ours[0] or (inner and not ours[1] and numbers.parse(caller).digits == inner):
            return Direction.OUTBOUND, called, inner or numbers.parse(caller).digits
        return Direction.INBOUND, caller, numbers.parse(called).digits if ours[1] else inner

    def _line(self, row: dict[str, Any], way: Direction) -> str | None:
        digits = numbers.parse(loose.text(row.get("destination")) or "", self._country).digits
        return digits if way is Direction.INBOUND and digits and not numbers.is_inner(digits) else None

    @staticmethod
    def _result(row: dict[str, Any]) -> tuple[Disposition, EndKind]:
        word = (loose.text(row.get("disposition")) or "").casefold()
        known = _RESULTS.get(word)
        if known is None:
            known = (Disposition.FAILED, EndKind.FAILED) if word else (Disposition.UNKNOWN, EndKind.UNKNOWN)
        return known

    def _leg(
        self, row: dict[str, Any], party: tuple[Direction, str | None, str | None], talk: int
    ) -> LegRecord:
        start = self._moment(row)
        seconds = loose.seconds(row.get("seconds")) or 0
        return LegRecord(
            "user" if party[2] else "number", party[2] or loose.text(row.get("destination")), start,
            start if talk else None, start + timedelta(seconds=seconds) if start else None, talk,
            loose.text(row.get("disposition")), str(self._result(row)[1]),
        )  # fmt: skip

    # --- checking, recordings ------------------------------------------------------------------------------------

    def check(self) -> Checked:
        """The account's time zone and the newest call."""
        notes: tuple[str, ...] = ()
        try:
            told = loose.text(self._ask(self._http, "/v1/info/timezone/").get("timezone"))
            notes = (_("The account's time zone is {zone}.").format(zone=told),) if told else ()
        except SourceError as error:
            if error.kind in ("auth", "network"):
                raise
        last = newest(self)
        return Checked("Zadarma", last, skew_s(self._last), None, notes)

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
