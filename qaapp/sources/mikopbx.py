"""MikoPBX: its REST API (version 3) with an API key, or a copy of its file ``cdr.db`` with the folder of recordings.

Rows are asked for flat (``grouped=false``; a version that groups all the same is understood) and become conversations
here. A recording's link lives one hour and comes with every reading of its record: it is asked for right before. Telephone
exchanges sign their certificates themselves: one can be trusted by its fingerprint. Source: mikopbx/Core,
``PBXCoreREST/Controllers/Cdr/RestController`` and ``PBXCoreREST/Lib/Cdr``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from qaapp.errors import SourceError
from qaapp.i18n import N_, _
from qaapp.sources import loose, mikopbx_rows
from qaapp.sources.asking import document, newest, skew_s
from qaapp.sources.asterisk import Row, conversations
from qaapp.sources.asterisk_db import AROUND, OPEN_CONVERSATIONS, PAGE, AsteriskWithFolder, end_kind, strange
from qaapp.sources.http import Answer, Http, Limit
from qaapp.sources.mikopbx_rows import as_asterisk, cells
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
from qaapp.sources.records import CallRecord, PersonRecord, RemoteRef

API = "/pbxcore/api/v3/"
MOST_ROWS = 1000
ACCEPTED = (200, 404, 422)


class MikoPBX:
    """One exchange by its REST API."""

    longest_window_days = 7.0
    parallel_downloads = 2

    def __init__(self, config: Config) -> None:
        words, key = config.settings, config.secrets.get("key", "")
        pace = max(1, loose.whole(words.get("per_second")) or 5)
        self._http = Http(
            words.get("url", ""), headers={"Authorization": f"Bearer {key}"}, secrets=(key,), limits=(Limit(pace, 1.0),),
            fingerprint=words.get("fingerprint", ""),
        )  # fmt: skip
        self._url = words.get("url", "")
        self._format = words.get("format", "original")
        self._zone, self._country = config.zone, config.country_code
        self._last: Answer | None = None
        self._total: int | None = None

    def close(self) -> None:
        """Let go of sockets."""
        self._http.close()

    # --- asking --------------------------------------------------------------------------------------------------

    def _ask(self, path: str, **params: Any) -> dict[str, Any]:
        """The document of an answer that says it worked."""
        told, answer = document(
            self._http, lambda: self._http.get(API + path, params=params or None, accept=ACCEPTED)
        )
        self._last = answer
        if not isinstance(told, dict):
            raise SourceError(
                N_("MikoPBX does not give what was asked for: {said}"), kind="format", said=str(told)[:200]
            )
        if answer.status == 404:
            raise SourceError(
                N_("This exchange has no REST API of version 3 at {url}."),
                hint=N_("Older versions of MikoPBX have none: read their file cdr.db."),
                kind="not_supported", url=answer.url,
            )  # fmt: skip
        if answer.status != 200 or told.get("result") is False:
            messages = loose.part(told, "messages").get("error", told.get("messages"))
            said = "; ".join(str(each) for each in messages) if isinstance(messages, list) else str(messages)
            raise SourceError(
                N_("MikoPBX does not give what was asked for: {said}"),
                kind="format",
                said=self._http.redact(said)[:200],
            )
        return told

    def _written(self, moment: datetime) -> str:
        return moment.astimezone(self._zone).strftime("%Y-%m-%d %H:%M:%S")

    def _records(self, first: datetime, last: datetime) -> Iterator[dict[str, Any]]:
        """Rows by their id, page after page; new ones come at the end, so that none is left out."""
        offset, seen = 0, set[str]()
        while True:
            told = self._ask(
                "cdr", dateFrom=self._written(first), dateTo=self._written(last), grouped="false", sort="id", order="ASC",
                limit=MOST_ROWS, offset=offset,
            )  # fmt: skip
            data = told.get("data")
            listed = loose.objects(data.get("records")) if isinstance(data, dict) else loose.objects(data)
            pages = loose.part(data, "pagination")
            self._total = loose.whole(pages.get("total"))
            for item in listed:
                inner = loose.objects(item["records"]) if isinstance(item.get("records"), list) else [item]
                for record in inner:
                    key = loose.text(record.get("id")) or loose.text(record.get("UNIQUEID")) or ""
                    if key not in seen:
                        seen.add(key)
                        yield record
            offset += len(listed)
            more = loose.flag(pages.get("hasMore"))
            if not listed or more is False or (more is None and len(listed) < MOST_ROWS):
                return

    # --- calls ---------------------------------------------------------------------------------------------------

    def calls(self, window: Window) -> Iterator[Page]:
        """The conversations whose first row starts in the window."""
        refused: list[Refused] = []
        rows = self._rows(window.first - AROUND, window.last + AROUND, refused)
        found = conversations(rows, self._zone, self._country, OPEN_CONVERSATIONS)
        inside = (
            each
            for each in found
            if isinstance(each, CallRecord) and window.first <= each.started_at < window.last
        )
        while part := list(islice(inside, PAGE)):
            yield Page([whole(record) for record in part], tuple(refused))
            refused.clear()
        if refused:
            yield Page((), tuple(refused))

    def _rows(self, first: datetime, last: datetime, refused: list[Refused]) -> Iterator[Row]:
        for record in self._records(first, last):
            row = cells(record)
            if (problem := strange(row)) is not None:
                refused.append(problem)
            else:
                yield as_asterisk(row)

    # --- people, checking, recordings ----------------------------------------------------------------------------

    def people(self) -> Iterator[PersonRecord]:
        """Employees and queues, where the key may read them."""
        for path, kind in (("employees", "person"), ("call-queues", "group")):
            try:
                data = self._ask(path, limit=MOST_ROWS).get("data")
            except SourceError as error:
                if error.kind == "network":
                    raise
                continue
            listed = loose.objects(data.get("records") or data.get("data")) if isinstance(data, dict) else []
            for each in listed or (loose.objects(data) if isinstance(data, list) else []):
                key = loose.text(each.get("id"))
                name = loose.text(each.get("user_username")) or loose.text(each.get("name"))
                number = loose.text(each.get("number")) or loose.text(each.get("extension"))
                if key and name:
                    yield PersonRecord(f"{kind}-{key}", name, number, None, kind)

    def check(self) -> Checked:
        """The newest call of the last days."""
        last = newest(self)
        return Checked(f"MikoPBX · {self._url}", last, skew_s(self._last))

    def download(self, ref: RemoteRef, part: Path) -> None:
        """By a link that is made for this one reading of the record."""
        link = self._link(ref)
        if link is None:
            raise RecordingTrouble(
                N_("The provider has no recording of the call {name} (yet)."),
                kind="later",
                name=ref.external_id,
            )
        if self._format and "format=" not in link:
            link += ("&" if "?" in link else "?") + f"format={self._format}"
        self._http.stream(link, part)

    def _link(self, ref: RemoteRef) -> str | None:
        """The fresh link of a recording, None while there is none."""
        facts = ref.facts
        if facts.get("id"):
            try:
                data = self._ask(f"cdr/{facts['id']}").get("data")
            except SourceError as error:
                if error.kind != "not_supported":
                    raise
                data = None  # the record is gone
            if isinstance(data, dict) and (found := self._of(data, ref.external_id)) is not None:
                return found
        around = loose.epoch(facts.get("at"))
        if around is not None and facts.get("linked"):
            for record in self._records(around - AROUND, around + AROUND):
                if (found := self._of(record, ref.external_id)) is not None:
                    return found
        return None

    @staticmethod
    def _of(record: dict[str, Any], unique: str) -> str | None:
        if (loose.text(record.get("UNIQUEID")) or loose.text(record.get("uniqueid"))) != unique:
            return None
        return loose.text(record.get("download_url")) or loose.text(record.get("playback_url"))


class MikoFile(AsteriskWithFolder):
    """A file ``cdr.db`` and the folder of recordings."""

    def _sane(self, first: datetime, last: datetime, refused: list[Refused]) -> Iterator[Row]:
        for row in super()._sane(first, last, refused):
            yield as_asterisk(row)

    def _refs(self, record: CallRecord) -> tuple[RemoteRef, ...]:
        return mikopbx_rows.refs(record)


def whole(record: CallRecord) -> CallRecord:
    """How a call ended and where its sound is."""
    return replace(record, end_kind=end_kind(record), remote=mikopbx_rows.refs(record))


def _open(config: Config) -> Provider:
    if config.settings.get("way") == "file":
        words = {
            **config.settings,
            "system": "sqlite",
            "table": config.settings.get("table") or "cdr_general",
        }
        return MikoFile(replace(config, settings=words))
    return MikoPBX(config)


def _problems(words: Mapping[str, str]) -> Sequence[str]:
    if words.get("way") == "file":
        told = [] if words.get("file") else [_("Choose the file of the database.")]
        return told if words.get("folder") else [*told, _("Choose the folder of recordings.")]
    return () if words.get("url") else (_("Fill in the server's address."),)


_API, _FILE = ("way", "api"), ("way", "file")
KIND = Kind(
    "mikopbx", "MikoPBX",
    N_("Needs the address of the exchange and an API key, or a copy of its file cdr.db."),
    (
        Field("way", N_("How it is read"), Input.CHOICE, "", "api", True,
              (("api", N_("REST API")), ("file", N_("File cdr.db and a folder")))),
        Field("url", N_("Address of the exchange"), Input.URL, N_("As in the browser: https://pbx.example.com"),
              "", False, when=_API),
        Field("key", N_("API key"), Input.SECRET,
              N_("In the exchange: System → API keys → Add. Reading of calls (cdr) and employees is enough."),
              "", False, when=_API),
        Field("file", N_("File cdr.db"), Input.FILE,
              N_("Only without the API: from …/astlogs/asterisk/ of the exchange's storage, or a copy."),
              "", False, when=_FILE),
        Field("folder", N_("Folder of recordings"), Input.FOLDER,
              N_("Only without the API: …/astspool/monitor of the exchange's storage, as this computer sees it."), "",
              False, when=_FILE),
        Field("format", N_("Recordings"), Input.CHOICE, "", "original", False,
              (("original", N_("As they are")), ("webm", "WebM"), ("mp3", "MP3"), ("wav", "WAV")), True, when=_API),
        Field("fingerprint", N_("Fingerprint of the certificate"), Input.TEXT,
              N_("For an exchange that signs for itself. The test shows it and asks."), "", False, (), True, when=_API),
        Field("per_second", N_("Requests per second"), Input.NUMBER, "", "5", False, (), True, when=_API),
    ),
    _open, "mikopbx", _problems,
)  # fmt: skip
