"""Ringostat: the call log export, one row a call, at most 6500 rows an answer.

Not stated by the documentation: the zone of the times in requests. Answers carry an offset; when it is not the one the
requests were written in, more hours are asked for, so that either meaning is covered. Links to recordings carry a key and
are asked for right before.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from qaapp.errors import SourceError
from qaapp.i18n import N_, _
from qaapp.sources import loose, numbers
from qaapp.sources.asking import TRIES, newest, skew_s
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
from qaapp.sources.records import CallRecord, ParticipantRecord, RemoteRef, TranscriptRecord
from qaapp.sources.transcripts import read_vtt
from qaapp.words import Direction, Disposition, EndKind, Target

NEW, OLD = "https://api.ringostat.net/calls/list", "https://api.ringostat.com/calls/export"
MOST_ROWS = 6500
SHORTEST = timedelta(minutes=1)
MARGIN = timedelta(hours=1)
FIELDS = (
    "calldate", "uniqueid", "call_type", "caller", "caller_number", "dst", "connected_with", "disposition", "duration",
    "waittime", "billsec", "pool_name", "scheme_name", "employee_number", "employee_fio", "department",
    "additional_number", "employee_mark", "category_mark", "proper_flag", "repeated_flag", "has_recording", "recording",
    "recording_wav", "utm_source", "utm_medium", "utm_campaign",
)  # fmt: skip
_LINKS = ("recording", "recording_wav", "call_card")
_WAYS = {"in": Direction.INBOUND, "out": Direction.OUTBOUND, "callback": Direction.CALLBACK}
_RESULTS = {
    "ANSWERED": (Disposition.ANSWERED, EndKind.HUNG_UP), "PROPER": (Disposition.ANSWERED, EndKind.HUNG_UP),
    "REPEATED": (Disposition.ANSWERED, EndKind.HUNG_UP), "NO ANSWER": (Disposition.NO_ANSWER, EndKind.NOT_ANSWERED),
    "NO FORWARD": (Disposition.FAILED, EndKind.FAILED), "VOICEMAIL": (Disposition.VOICEMAIL, EndKind.VOICEMAIL),
    "BUSY": (Disposition.BUSY, EndKind.BUSY), "FAILED": (Disposition.FAILED, EndKind.FAILED),
}  # fmt: skip
_KEY_WORDS = ("auth", "token", "access", "forbidden", "project", "key")


class Ringostat:
    """One project."""

    longest_window_days = 1.0
    parallel_downloads = 3

    def __init__(self, config: Config) -> None:
        words, key = config.settings, config.secrets.get("key", "")
        self._old = words.get("style") == "old"
        self._url = words.get("url") or (OLD if self._old else NEW)
        self._project = words.get("project", "")
        self._key = key
        pace = max(1, loose.whole(words.get("per_second")) or 2)
        headers = {} if self._old else {"Auth-key": key}
        if self._project and not self._old:
            headers["Project-Id"] = self._project
        self._http = Http(self._url, headers=headers, secrets=(key,), limits=(Limit(pace, 1.0),))
        self._fields = (
            *FIELDS,
            *(word.strip() for word in words.get("fields", "").split(",") if word.strip()),
        )
        self._wav = words.get("format") == "wav"
        self._texts = words.get("texts") == "yes"
        self._zone, self._country = config.zone, config.country_code
        self._margin = MARGIN
        self._links: dict[str, str] = {}
        self._last: Answer | None = None

    def close(self) -> None:
        """Let go of sockets."""
        self._http.close()

    # --- asking --------------------------------------------------------------------------------------------------

    def _ask(self, first: datetime, last: datetime, **more: str) -> list[dict[str, Any]]:
        """Rows between two aware moments, as far as one answer goes."""
        params = {
            "export_type": "json", "fields": ",".join(dict.fromkeys(self._fields)), "merge": "0", "order": "calldate asc",
            "from": self._written(first), "to": self._written(last), **more,
        }  # fmt: skip
        if self._old:
            params |= {"project_id": self._project, "token": self._key}
        for attempt in range(1, TRIES + 1):
            self._last = self._http.get(self._url, params=params)
            try:
                told = self._last.json()
            except SourceError:
                told = None
            if isinstance(told, list):
                return loose.objects(told)
            said = self._http.redact(" ".join(self._last.text.split())[:200])
            plain = told is not None or not said.startswith(("<", "[", "{"))
            if plain and any(word in said.casefold() for word in _KEY_WORDS):
                raise SourceError(
                    N_("Ringostat does not give the calls: {said}"),
                    hint=N_("Check the key in the cabinet: Integration → API."),
                    kind="auth",
                    said=said,
                )
            if attempt < TRIES:
                self._http.wait(float(attempt))
        raise SourceError(N_("Ringostat does not give the calls: {said}"), kind="format", said=said)

    def _written(self, moment: datetime) -> str:
        return moment.astimezone(self._zone).strftime("%Y-%m-%d %H:%M:%S")

    def _rows(self, first: datetime, last: datetime) -> Iterator[list[dict[str, Any]]]:
        """Rows of a period; a full answer is halved, since there are no pages."""
        rows = self._ask(first, last)
        if len(rows) >= MOST_ROWS and last - first > SHORTEST:
            middle = (first + (last - first) / 2).replace(microsecond=0)
            yield from self._rows(first, middle)
            yield from self._rows(middle, last)
            return
        yield rows

    def _is_elsewhere(self, rows: list[dict[str, Any]]) -> bool:
        """Whether answers are written in another zone than the requests; widens the margin then."""
        for row in rows:
            try:
                told = parse_text(loose.text(row.get("calldate")) or "").utcoffset()
            except ValueError:
                continue
            if told is None:
                return False
            at = parse_text(str(row["calldate"])).astimezone(self._zone).utcoffset()
            needed = MARGIN + abs(told - (at or timedelta()))
            if needed > self._margin:
                self._margin = needed
                return True
        return False

    # --- calls ---------------------------------------------------------------------------------------------------

    def calls(self, window: Window) -> Iterator[Page]:
        """The calls that started in the window; ids that come twice are taken once."""
        while True:
            pages = list(self._rows(window.first - self._margin, window.last + self._margin))
            if not any(self._is_elsewhere(rows) for rows in pages):
                break
        found: dict[str, CallRecord] = {}
        refused: dict[str, Refused] = {}
        for row in (row for rows in pages for row in rows):
            record = self._record(row)
            if isinstance(record, Refused):
                refused[record.where] = record
            elif window.first <= record.started_at < window.last:
                before = found.get(record.external_id)
                if before is None or (before.talk_s or 0) <= (record.talk_s or 0):
                    found[record.external_id] = record
        yield Page(list(found.values()), list(refused.values()))

    def _moment(self, value: Any) -> datetime | None:
        try:
            told = parse_text(loose.text(value) or "")
        except ValueError:
            return None
        return told.astimezone(UTC) if told.tzinfo else to_utc(told, self._zone)

    def _record(self, row: dict[str, Any]) -> CallRecord | Refused:
        key, started_at = loose.text(row.get("uniqueid")), self._moment(row.get("calldate"))
        if key is None or started_at is None:
            name = "uniqueid" if key is None else "calldate"
            return Refused(key or "?", _("The call has no {name}.").format(name=name))
        way = _WAYS.get((loose.text(row.get("call_type")) or "").lower(), Direction.UNKNOWN)
        reason = (loose.text(row.get("disposition")) or "").upper().replace("_", " ")
        talk_s, duration_s = loose.seconds(row.get("billsec")), loose.seconds(row.get("duration"))
        result, kind = _RESULTS.get(reason, (Disposition.UNKNOWN, EndKind.UNKNOWN))
        missed = result not in (Disposition.ANSWERED, Disposition.VOICEMAIL, Disposition.UNKNOWN)
        if missed and way in (Direction.INBOUND, Direction.CALLBACK):
            result = Disposition.MISSED
        outbound = way is Direction.OUTBOUND
        caller = loose.text(row.get("caller_number")) or loose.text(row.get("caller"))
        raw_number = loose.text(row.get("dst")) if outbound else caller
        line = None if outbound else loose.text(row.get("dst"))
        customer = numbers.parse(raw_number or "", self._country)
        staff = loose.text(row.get("employee_fio"))
        side = loose.text(row.get("caller" if outbound else "connected_with"))
        inner = loose.text(row.get("additional_number")) or loose.text(row.get("employee_number"))
        inner = inner if inner not in ("-1", "0") else None
        if inner is None and side is not None:
            digits = numbers.parse(side, self._country).digits
            inner = digits if numbers.is_inner(digits) else None
        person = ParticipantRecord(
            None, staff if staff not in ("-1", "0") else None, inner, loose.text(row.get("department")), "manager",
            result is Disposition.ANSWERED, talk_s,
        )  # fmt: skip
        known = person.name is not None or person.extension is not None
        recorded = loose.flag(row.get("has_recording"))
        links = {name: loose.text(row.get(name)) for name in _LINKS}
        if recorded is None:
            recorded = bool(links["recording"]) and bool(talk_s)
        link = links["recording_wav" if self._wav else "recording"] or links["recording"]
        if recorded and link:
            self._links[key] = link
        return CallRecord(
            key, started_at,
            conversation_id=key,
            answered_at=None if not talk_s or duration_s is None else started_at + timedelta(
                seconds=max(0, duration_s - talk_s)),
            ended_at=started_at + timedelta(seconds=duration_s) if duration_s is not None else None,
            direction=way, disposition=result, duration_s=duration_s, wait_s=loose.seconds(row.get("waittime")),
            talk_s=talk_s,
            customer_number=customer.digits, customer_number_raw=raw_number, customer_name=customer.name,
            line_number=numbers.parse(line or "", self._country).digits,
            campaign=loose.text(row.get("utm_campaign")) or loose.text(row.get("pool_name")),
            end_reason=reason or None, end_kind=str(kind),
            target=str(Target.TARGET) if reason == "PROPER" or loose.flag(row.get("proper_flag")) else None,
            participants=(person,) if known else (),
            remote=(RemoteRef(key, facts={"id": key, "started": int(started_at.timestamp())}),) if recorded else (),
            raw={name: bool(value) if name in _LINKS else value for name, value in row.items()},
        )  # fmt: skip

    def transcript(self, record: CallRecord) -> TranscriptRecord | None:
        """The text beside a recording, where it is wished for and there is one (client code: the same path, ``.vtt``)."""
        link = self._links.get(record.external_id) if self._texts else None
        path, question, query = (link or "").partition("?")
        stem, dot, _ending = path.rpartition(".")
        if not dot or "/" in _ending:
            return None
        answer = self._http.get(f"{stem}.vtt{question}{query}", accept=(200, 400, 403, 404, 410))
        if answer.status != 200 or not answer.text.lstrip("\ufeff").startswith("WEBVTT"):
            return None
        return read_vtt(answer.text, f"{record.external_id}.vtt")

    # --- checking, recordings ------------------------------------------------------------------------------------

    def check(self) -> Checked:
        """The newest call of the last days."""
        last = newest(self)
        notes: tuple[str, ...] = ()
        if self._margin > MARGIN:
            notes = (_("Ringostat answers in another time zone; more hours are asked for to miss nothing."),)
        return Checked(self._project or "Ringostat", last, skew_s(self._last), None, notes)

    def download(self, ref: RemoteRef, part: Path) -> None:
        """By the link of this pull; if that does not work any more, by a new one."""
        key = str(ref.facts["id"])
        link = self._links.pop(key, None)
        if link is not None:
            try:
                self._http.stream(link, part)
                return
            except RecordingTrouble:
                pass
        around = loose.epoch(ref.facts.get("started"))
        if around is not None:
            day = timedelta(days=1)
            for row in self._ask(around - day, around + day, filters=f"uniqueid={key}"):
                if loose.text(row.get("uniqueid")) == key:
                    link = loose.text(row.get("recording_wav" if self._wav else "recording")) or loose.text(
                        row.get("recording")
                    )
        if link is None:
            raise RecordingTrouble(
                N_("The provider has no recording of the call {name} (yet)."), kind="later", name=key
            )
        self._http.stream(link, part)


def _open(config: Config) -> Provider:
    return Ringostat(config)


KIND = Kind(
    "ringostat", "Ringostat",
    N_("Needs the API key of your project."),
    (
        Field("key", N_("API key"), Input.SECRET, N_("In the cabinet of Ringostat: project settings → Integration → API.")),
        Field("format", N_("Recordings"), Input.CHOICE, "", "usual", False,
              (("usual", N_("As they are")), ("wav", "WAV")), True),
        Field("texts", N_("Texts of calls"), Input.FLAG,
              N_("One more request for each call with a recording; only where Ringostat recognises speech for you."), "no",
              False),
        Field("project", N_("Id of the project"), Input.TEXT, N_("Only where the key alone is not enough."), "", False, (),
              True),
        Field("style", N_("Kind of the address"), Input.CHOICE, N_("The older one has the key and the project in it."),
              "new", False, (("new", N_("New")), ("old", N_("Older"))), True),
        Field("fields", N_("More fields"), Input.TEXT, N_("Names with commas; they are kept with the call."), "", False, (),
              True),
        Field("per_second", N_("Requests per second"), Input.NUMBER, "", "2", False, (), True),
        Field("url", N_("Address"), Input.URL, N_("Only for another server of the provider."), "", False, (), True),
    ),
    _open, "ringostat",
)  # fmt: skip
