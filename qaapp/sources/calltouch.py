"""Calltouch: the call diary of a site, day by day.

The paged answer is an object, the older one a bare array of one day: both are taken. What ``callUrl`` gives is not
documented: it is followed, and a page instead of sound is refused. Links are never kept; they are asked for anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

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
from qaapp.sources.records import CallRecord, ParticipantRecord, RemoteRef
from qaapp.words import Direction, Disposition, EndKind, Target

HOME = "https://api.calltouch.ru"
MARGIN = timedelta(hours=1)
_LINKS = ("callUrl", "recordUrl")


class Calltouch:
    """One site."""

    longest_window_days = 7.0
    parallel_downloads = 2

    def __init__(self, config: Config) -> None:
        words, token = config.settings, config.secrets.get("token", "")
        self._token, self._site = token, words.get("site", "").strip()
        self._limit = min(1000, max(1, loose.whole(words.get("page")) or 500))
        pace = max(1, loose.whole(words.get("per_second")) or 3)
        self._http = Http(words.get("url") or HOME, secrets=(token,), limits=(Limit(pace, 1.0),))
        self._zone, self._country = config.zone, config.country_code
        self._links: dict[str, str | None] = {}
        self._last: Answer | None = None

    def close(self) -> None:
        """Let go of sockets."""
        self._http.close()

    # --- asking --------------------------------------------------------------------------------------------------

    def _day(self, day: date) -> Iterator[list[dict[str, Any]]]:
        """Pages of one day of the account."""
        page = 1
        while True:
            written = day.strftime("%d/%m/%Y")
            params = {
                "clientApiId": self._token, "dateFrom": written, "dateTo": written, "page": page, "limit": self._limit,
                "withCallTags": "true", "withComments": "true",
            }  # fmt: skip
            told, self._last = self._told(params)
            if isinstance(told, list):
                yield loose.objects(told)  # this account does not know pages: a whole day at once
                return
            rows = loose.objects(told.get("records"))
            yield rows
            total = loose.whole(told.get("pageTotal"))
            if not rows or (page >= total if total is not None else len(rows) < self._limit):
                return
            page += 1

    def _told(self, params: dict[str, Any]) -> tuple[Any, Answer]:
        path = f"/calls-service/RestAPI/{quote(self._site, safe='')}/calls-diary/calls"
        try:
            told, answer = document(self._http, lambda: self._http.get(path, params=params))
        except SourceError as error:
            if error.kind == "auth" or error.facts.get("status") == 404:
                raise SourceError(
                    N_("Calltouch does not let this token read the calls of the site {site}."),
                    hint=N_("Check both in the cabinet: Integrations → Sending to external systems → API."),
                    kind="auth",
                    site=self._site,
                ) from error
            raise
        if isinstance(told, dict) and "records" not in told:
            said = self._http.redact(str(told.get("message") or told)[:200])
            code = loose.whole(told.get("errorCode"))
            kind = "auth" if code in (401, 403) else "format"
            raise SourceError(N_("Calltouch does not give the calls: {said}"), kind=kind, said=said)
        if not isinstance(told, (dict, list)):
            raise SourceError(
                N_("Calltouch does not give the calls: {said}"), kind="format", said=str(told)[:200]
            )
        return told, answer

    # --- calls ---------------------------------------------------------------------------------------------------

    def calls(self, window: Window) -> Iterator[Page]:
        """The calls that started in the window, asked for by days of the account."""
        day = (window.first - MARGIN).astimezone(self._zone).date()
        last = (window.last + MARGIN).astimezone(self._zone).date()
        seen: set[str] = set()
        while day <= last:
            for rows in self._day(day):
                calls, refused = [], []
                for row in rows:
                    record = self._record(row)
                    if isinstance(record, Refused):
                        refused.append(record)
                    elif window.first <= record.started_at < window.last and record.external_id not in seen:
                        seen.add(record.external_id)
                        calls.append(record)
                yield Page(calls, refused)
            day += timedelta(days=1)

    def _moment(self, row: dict[str, Any]) -> datetime | None:
        try:
            told = parse_text(loose.text(row.get("date")) or "")
        except ValueError:
            return loose.epoch(row.get("timestamp"))
        return told.astimezone(UTC) if told.tzinfo else to_utc(told, self._zone)

    def _record(self, row: dict[str, Any]) -> CallRecord | Refused:
        key, started_at = loose.text(row.get("callId")), self._moment(row)
        if key is None or started_at is None:
            name = "callId" if key is None else "date"
            return Refused(key or "?", _("The call has no {name}.").format(name=name))
        good = loose.flag(row.get("successful"))
        talk_s, wait_s = loose.seconds(row.get("duration")), loose.seconds(row.get("waitingConnect"))
        if good is None and talk_s is not None:
            good = talk_s > 0
        result = Disposition.UNKNOWN if good is None else Disposition.ANSWERED if good else Disposition.MISSED
        kind = EndKind.UNKNOWN if good is None else EndKind.HUNG_UP if good else EndKind.NOT_ANSWERED
        raw_number = loose.text(row.get("callerNumber"))
        customer = numbers.parse(raw_number or "", self._country)
        target = loose.flag(row.get("targetCall"))
        tags = [
            loose.text(name)
            for tag in loose.objects(row.get("callTags"))
            for name in loose.items(tag.get("names"))
        ]
        comments = [loose.text(each.get("comment")) for each in loose.objects(row.get("comments"))]
        staff = loose.text(row.get("manager"))
        link = next((found for each in _LINKS if (found := loose.text(row.get(each)))), None)
        self._links[key] = link
        length = None if talk_s is None else talk_s + (wait_s or 0)
        sip = loose.text(row.get("sipCallId"))
        return CallRecord(
            key, started_at,
            conversation_id=sip or key,
            answered_at=started_at + timedelta(seconds=wait_s) if good and wait_s is not None else None,
            ended_at=started_at + timedelta(seconds=length) if length is not None else None,
            direction=Direction.CALLBACK if loose.flag(row.get("callbackCall")) else Direction.INBOUND,
            disposition=result, wait_s=wait_s, talk_s=talk_s if good is not False else 0,
            customer_number=customer.digits, customer_number_raw=raw_number, customer_name=customer.name,
            line_number=numbers.parse(loose.text(row.get("phoneNumber")) or "", self._country).digits,
            campaign=loose.text(row.get("utmCampaign")) or loose.text(row.get("source")),
            end_reason=loose.text(row.get("statusDetails")) or loose.text(row.get("status")), end_kind=str(kind),
            comment="\n".join(each for each in comments if each) or None,
            target=None if target is None else str(Target.TARGET if target else Target.NON_TARGET),
            tags=loose.unique(tags),
            participants=(ParticipantRecord(None, staff, answered=bool(good), talk_s=talk_s),) if staff else (),
            remote=(RemoteRef(key, facts={"id": key, "started": int(started_at.timestamp())}),) if link else (),
            raw={name: bool(value) if name in _LINKS else value for name, value in row.items()},
        )  # fmt: skip

    # --- checking, recordings ------------------------------------------------------------------------------------

    def check(self) -> Checked:
        """The newest call of the last days."""
        last = newest(self)
        notes = []
        if last is not None and not last.remote:
            notes.append(_("The newest call has no link to a recording; the tariff may not have them."))
        return Checked(_("site {id}").format(id=self._site), last, skew_s(self._last), None, tuple(notes))

    def download(self, ref: RemoteRef, part: Path) -> None:
        """By the link of this pull, else by that of its day, read again."""
        key, started_at = str(ref.facts["id"]), loose.epoch(ref.facts.get("started"))
        link = self._links.get(key)
        if link is None and started_at is not None:
            for rows in self._day(started_at.astimezone(self._zone).date()):
                for row in rows:
                    self._record(row)
            link = self._links.get(key)
        if link is None:
            raise RecordingTrouble(
                N_("The provider has no recording of the call {name} (yet)."), kind="later", name=key
            )
        try:
            self._http.stream(link, part)
        except RecordingTrouble:
            self._links.pop(key, None)  # the next try asks for a new one
            raise


def _open(config: Config) -> Provider:
    return Calltouch(config)


KIND = Kind(
    "calltouch", "Calltouch",
    N_("Needs the API token and the id of the site."),
    (
        Field("token", N_("API token (clientApiId)"), Input.SECRET,
              N_("In the cabinet of Calltouch: Integrations → Sending to external systems → API.")),
        Field("site", N_("Id of the site"), Input.TEXT, N_("On the same page, or in the address of the cabinet: siteId.")),
        Field("page", N_("Calls per request"), Input.NUMBER, "", "500", False, (), True),
        Field("per_second", N_("Requests per second"), Input.NUMBER, "", "3", False, (), True),
        Field("url", N_("Address"), Input.URL, N_("Some accounts have another API server: it is told in the cabinet."), HOME,
              False, (), True),
    ),
    _open, "calltouch",
)  # fmt: skip
