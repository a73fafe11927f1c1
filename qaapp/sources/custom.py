"""A customer's own CRM or telephone exchange by HTTP and JSON, as a description says (``sources.custom_description``)."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from qaapp.errors import QaappError, SourceError, UsageError
from qaapp.i18n import N_, _
from qaapp.sources import call_words, loose, numbers
from qaapp.sources import custom_description as words_of
from qaapp.sources.asking import document, newest, skew_s
from qaapp.sources.custom_description import (
    Description,
    Listing,
    filled,
    moment,
    read_description,
    seconds,
    word,
)
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
from qaapp.sources.records import CallRecord, DealRecord, ParticipantRecord, PersonRecord, RemoteRef
from qaapp.words import Direction, Disposition, EndKind

MOST_PAGES = 20_000
SHOWN = 400  # letters of the first answer that a test shows
_OUTCOMES = ("open", "won", "lost")
_ENDS = {Disposition.ANSWERED: EndKind.HUNG_UP, Disposition.MISSED: EndKind.NOT_ANSWERED,
         Disposition.NO_ANSWER: EndKind.NOT_ANSWERED, Disposition.BUSY: EndKind.BUSY,
         Disposition.FAILED: EndKind.FAILED, Disposition.REJECTED: EndKind.REJECTED,
         Disposition.VOICEMAIL: EndKind.VOICEMAIL, Disposition.BLOCKED: EndKind.BLOCKED}  # fmt: skip


class Custom:
    """One described system."""

    parallel_downloads = 2

    def __init__(self, config: Config) -> None:
        self._told: Description = read_description(config.settings.get("description", ""))
        secret, user = config.secrets.get("secret", ""), config.settings.get("user", "")
        self._secret, self._zone, self._country = secret, config.zone, config.country_code
        self.longest_window_days = self._told.calls.days
        keys = {"secret": secret, "user": user}
        access = self._told.access
        headers = dict(self._told.headers)
        if "header" in access:
            headers[access["header"]] = filled(access.get("value", "{secret}"), keys)
        if "basic" in access:
            pair = filled(access["basic"] or "{user}:{secret}", keys)
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        self._query = (
            {access["query"]: filled(access.get("value", "{secret}"), keys)} if "query" in access else {}
        )
        self._url = (config.settings.get("url") or self._told.url).rstrip("/") + "/"
        calls, per_s = self._told.limit
        hidden = tuple(
            each for each in (secret, *self._query.values(), headers.get("Authorization", "")) if each
        )
        self._http = Http(
            self._url, headers=headers, secrets=hidden, limits=(Limit(calls, per_s),),
            fingerprint=config.settings.get("fingerprint", ""),
        )  # fmt: skip
        self._open: Http | None = None
        self._links: dict[str, str] = {}
        self._last: Answer | None = None
        self._first_item: Any = None

    def close(self) -> None:
        """Let go of sockets."""
        self._http.close()
        if self._open is not None:
            self._open.close()

    # --- asking --------------------------------------------------------------------------------------------------

    def _ask(self, request: words_of.Request, holes: Mapping[str, str], url: str = "") -> tuple[Any, Answer]:
        """The document of one request; ``url`` is a whole address instead of the described one."""
        if url and urlsplit(url).netloc not in ("", urlsplit(self._url).netloc):
            raise SourceError(N_("The next page lies on another server: {url}"), kind="format", url=url)
        address = url or filled(request.path, holes).lstrip("/")
        params = None if url else {**{k: filled(v, holes) for k, v in request.query.items()}, **self._query}
        if url and self._query:
            params = dict(self._query)
        body = filled(request.body, holes) if request.body is not None else None
        headers = {name: filled(value, holes) for name, value in request.headers.items()} or None

        def once() -> Answer:
            return self._http.request(
                request.method, address, params=params or None, json=body, headers=headers
            )

        told, answer = document(self._http, once)
        self._last = answer
        return told, answer

    def _items(self, listing: Listing, window: Window | None) -> Iterator[list[Any]]:
        """The items page by page, to the end or to a page that says nothing new."""
        holes = {}
        if window is not None:
            holes = {
                "from": listing.times.write(window.first, self._zone),
                "to": listing.times.write(window.last, self._zone),
            }
        paging, url, cursor, offset = listing.paging, "", "", 0
        seen: set[str] = set()
        for number in range(MOST_PAGES):
            page = {
                "page": str(paging.first + number), "offset": str(offset), "limit": str(paging.size), "cursor": cursor,
            }  # fmt: skip
            told, answer = self._ask(listing.request, {**holes, **page}, url)
            found = words_of.compiled(listing.items).findall(told)
            if len(found) == 1 and isinstance(found[0], list):  # “$.data” instead of “$.data[*]”
                found = found[0]
            yield found
            offset += len(found)
            more = words_of.compiled(paging.more).findall(told) if paging.more else None
            if paging.style == "none" or (more is not None and not (more and loose.flag(more[0]))):
                return
            if paging.style in ("page", "offset"):
                if not found or (more is None and len(found) < paging.size):
                    return
                mark = json.dumps(found[0], sort_keys=True, default=str)[:2000]
                if mark in seen:  # the same page again: the number is not listened to
                    return
                seen.add(mark)
                continue
            mark = self._next(paging, told, answer)
            if not mark or mark in seen:
                return
            seen.add(mark)
            cursor, url = (mark, "") if paging.style == "cursor" else ("", urljoin(str(answer.url), mark))
        raise SourceError(N_("The pages of {url} do not end."), kind="format", url=self._url)

    @staticmethod
    def _next(paging: words_of.Paging, told: Any, answer: Answer) -> str:
        if paging.style == "link_header":
            for part in answer.headers.get("link", "").split(","):
                address, _semicolon, rest = part.partition(";")
                if 'rel="next"' in rest.replace(" ", "") or "rel=next" in rest.replace(" ", ""):
                    return address.strip().strip("<>")
            return ""
        found = words_of.compiled(paging.cursor if paging.style == "cursor" else paging.next).findall(told)
        return loose.text(found[0]) or "" if found else ""

    # --- calls ---------------------------------------------------------------------------------------------------

    def calls(self, window: Window) -> Iterator[Page]:
        """The calls that start in the window; what the server gives around it is left out."""
        given: set[str] = set()
        for items in self._items(self._told.calls, window):
            found, refused = [], []
            for item in items:
                if self._first_item is None:
                    self._first_item = item
                record = self._record(item)
                if isinstance(record, Refused):
                    refused.append(record)
                elif window.first <= record.started_at < window.last and record.external_id not in given:
                    given.add(record.external_id)
                    found.append(record)
            yield Page(found, refused)

    def _record(self, item: Any) -> CallRecord | Refused:
        fields = self._told.calls.fields
        get = fields.get
        key = word(get("id"), item)
        try:
            moments = {
                name: moment(get(name), item, self._zone)
                for name in ("started_at", "answered_at", "ended_at")
            }
        except (ValueError, OverflowError, OSError):
            return Refused(key or "?", _("The call has no {name}.").format(name="started_at"))
        started_at = moments["started_at"]
        if key is None or started_at is None:
            return Refused(
                key or "?", _("The call has no {name}.").format(name="id" if key is None else "started_at")
            )
        way = call_words.direction(word(get("direction"), item) or "")
        told = word(get("disposition"), item)
        talk_s, duration_s = seconds(get("talk_s"), item), seconds(get("duration_s"), item)
        state = call_words.disposition(told, way) if told else Disposition.UNKNOWN
        if not told and talk_s is not None:
            missed = Disposition.MISSED if way is Direction.INBOUND else Disposition.NO_ANSWER
            state = Disposition.ANSWERED if talk_s > 0 else missed
        number = word(get("customer_number"), item)
        person = ParticipantRecord(
            word(get("manager_id"), item), word(get("manager_name"), item), word(get("extension"), item),
            word(get("group_name"), item), "manager", state is Disposition.ANSWERED, talk_s,
        )  # fmt: skip
        known = person.external_id or person.name or person.extension
        tags = get("tags")
        listed = words_of.compiled(tags.path).findall(item) if tags is not None else []
        flat = [each for value in listed for each in (value if isinstance(value, list) else [value])]
        return CallRecord(
            key, started_at,
            conversation_id=key, answered_at=moments["answered_at"], ended_at=moments["ended_at"], direction=way,
            disposition=state, duration_s=duration_s, wait_s=seconds(get("wait_s"), item), talk_s=talk_s,
            customer_number=numbers.parse(number or "", self._country).digits, customer_number_raw=number,
            customer_name=word(get("customer_name"), item),
            line_number=numbers.parse(word(get("line_number"), item) or "", self._country).digits,
            campaign=word(get("campaign"), item), comment=word(get("comment"), item),
            customer_rating=loose.whole(word(get("customer_rating"), item)),
            end_reason=word(get("end_reason"), item) or told, end_kind=str(_ENDS.get(state, EndKind.UNKNOWN)),
            tags=tuple(dict.fromkeys(text for each in flat if (text := loose.text(each)))),
            participants=(person,) if known else (), deal=self._deal(item), remote=self._refs(key, item, started_at),
            raw=self._kept(item),
        )  # fmt: skip

    def _deal(self, item: Any) -> DealRecord | None:
        get = self._told.calls.fields.get
        outcome = word(get("deal_outcome"), item)
        made = DealRecord(
            word(get("deal_id"), item), word(get("deal_stage"), item), outcome if outcome in _OUTCOMES else None,
            word(get("deal_amount"), item), word(get("deal_currency"), item), word(get("deal_responsible"), item),
        )  # fmt: skip
        return made if made != DealRecord() else None

    def _refs(self, key: str, item: Any, started_at: datetime) -> tuple[RemoteRef, ...]:
        get = self._told.calls.fields.get
        link, name = word(get("recording"), item), word(get("recording_id"), item)
        if link is None and name is None:
            return ()
        if link is not None:
            self._links[key] = link
        facts = {"call": key, "at": int(started_at.timestamp()), **({"recording": name} if name else {})}
        return (RemoteRef(name or key, facts=facts),)

    def _kept(self, item: Any) -> dict[str, Any]:
        """The item without the link of its recording, which may hold a key."""
        link = self._told.calls.fields.get("recording")
        value = link.raw(item) if link is not None else None
        if not isinstance(item, dict):
            return {"item": item}
        return {name: None if value is not None and each == value else each for name, each in item.items()}

    # --- people, recordings, checking ----------------------------------------------------------------------------

    def people(self) -> Iterator[PersonRecord]:
        """The directory, where one is described."""
        listing = self._told.people
        if listing is None:
            return
        for items in self._items(listing, None):
            for item in items:
                key, name = word(listing.fields.get("id"), item), word(listing.fields.get("name"), item)
                if key and name:
                    get = listing.fields.get
                    yield PersonRecord(key, name, word(get("extension"), item), word(get("group_name"), item))

    def download(self, ref: RemoteRef, part: Path) -> None:
        """By the described request, else by the link of the call, which is asked for again when it does not work."""
        how = self._told.recording
        key = str(ref.facts.get("call", ref.external_id))
        if how is not None and how.request is not None:
            holes = {"id": key, "recording": str(ref.facts.get("recording", key))}
            if not how.link:
                request = how.request
                self._http.stream(
                    filled(request.path, holes).lstrip("/"), part, method=request.method,
                    params={**{k: filled(v, holes) for k, v in request.query.items()}, **self._query} or None,
                    json=filled(request.body, holes) if request.body is not None else None,
                    headers={k: filled(v, holes) for k, v in request.headers.items()} or None,
                )  # fmt: skip
                return
            told, _answer = self._ask(how.request, holes)
            found = words_of.compiled(how.link).findall(told)
            link = loose.text(found[0]) if found else None
        else:
            link = self._links.pop(key, None)
            if link is not None:
                try:
                    self._stream(link, part)
                    return
                except RecordingTrouble:
                    link = None
            link = self._again(key, ref)
        if link is None:
            raise RecordingTrouble(
                N_("The provider has no recording of the call {name} (yet)."), kind="later", name=key
            )
        self._stream(link, part)

    def _again(self, key: str, ref: RemoteRef) -> str | None:
        """The link as the call has it now."""
        from datetime import timedelta

        at = loose.epoch(ref.facts.get("at"))
        if at is None:
            return None
        around = Window(at - timedelta(minutes=5), at + timedelta(minutes=5))
        for items in self._items(self._told.calls, around):
            for item in items:
                if word(self._told.calls.fields.get("id"), item) == key:
                    return word(self._told.calls.fields.get("recording"), item)
        return None

    def _stream(self, link: str, part: Path) -> None:
        """A link of the same server with the access, one of another without: a key goes nowhere else."""
        address = urljoin(self._url, link)
        same = urlsplit(address).netloc == urlsplit(self._url).netloc
        if same and (self._told.recording is None or self._told.recording.with_access):
            self._http.stream(address, part, params=self._query or None)
            return
        if self._open is None:
            self._open = Http(self._url, secrets=(self._secret,) if self._secret else ())
        self._open.stream(address, part)

    def check(self) -> Checked:
        """The newest call, and of the first item what was understood and what was not."""
        last = newest(self)
        notes = []
        item = self._first_item
        if item is not None:
            shown = self._http.redact(json.dumps(self._kept(item), ensure_ascii=False, default=str))
            notes.append(_("The first call as it came: {text}").format(text=shown[:SHOWN]))
            empty = [name for name, path in self._told.calls.fields.items() if path.raw(item) in (None, "")]
            if empty:
                notes.append(_("Nothing was found in it for: {fields}.").format(fields=", ".join(empty)))
        else:
            notes.append(_("The answer holds no calls: check “items”, or there were none in the last week."))
        return Checked(self._told.name, last, skew_s(self._last), None, tuple(notes))


def example() -> str:
    """The worked example to start from."""
    return (files("qaapp.resources") / "custom_example.json").read_text(encoding="utf-8")


def _open(config: Config) -> Provider:
    try:
        return Custom(config)
    except UsageError as error:
        raise SourceError(error.message, hint=error.hint, kind="format", **error.facts) from error


def _problems(settings: Mapping[str, str]) -> Sequence[str]:
    try:
        read_description(settings.get("description", ""))
    except QaappError as error:
        return (error.sentence(),)
    return ()


KIND = Kind(
    "custom", N_("Own system (HTTP, JSON)"),
    N_("Any CRM or telephone exchange that gives calls as JSON, by a description instead of a program."),
    (
        Field("description", N_("Description"), Input.TEXT_BLOCK,
              N_("Begin with this example and fit it to your system; every part is explained in docs/sources.md."),
              example()),
        Field("secret", N_("Key or password"), Input.SECRET, N_("It stands in the description as {secret}."), "", False),
        Field("user", N_("User"), Input.TEXT, N_("It stands in the description as {user}."), "", False),
        Field("url", N_("Address"), Input.URL, N_("Instead of the one in the description."), "", False, (), True),
        Field("fingerprint", N_("Fingerprint of the certificate"), Input.TEXT,
              N_("For an exchange that signs for itself. The test shows it and asks."), "", False, (), True),
    ),
    _open, "own-system-http-json", _problems,
)  # fmt: skip
