"""MANGO OFFICE, VPBX API 1.9: calls with their legs, people, groups, tags and recordings.

Not stated by the documentation and therefore a setting: the zone of the times in requests (Moscow in all known clients). If
answers show that it is another one, the adapter asks again with a margin that covers every zone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from qaapp import clock
from qaapp.errors import SourceError, UsageError
from qaapp.i18n import N_, _, ngettext
from qaapp.sources import loose, numbers
from qaapp.sources.mango_basic import BASIC_FIELDS, basic_records, basic_rows
from qaapp.sources.mango_door import Door
from qaapp.sources.mango_records import Directory, employees, extended_record
from qaapp.sources.moments import zone_of
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

HOME = "https://app.mango-office.ru/vpbx/"
MARGIN = timedelta(hours=1)
EVERY_ZONE = timedelta(hours=15)  # whatever zone the requests are read in
REST_S = 90  # a recording is stored with a delay
PAGES = ("100", "500", "1000", "2000", "5000")
USER_FIELDS = ("general.user_id", "groups")


class Mango:
    """One account of MANGO OFFICE."""

    longest_window_days = 7.0
    parallel_downloads = 3

    def __init__(self, config: Config) -> None:
        words = config.settings
        self._door = Door(
            words.get("url") or HOME, config.secrets.get("key", ""), config.secrets.get("salt", "")
        )
        self._zone = zone_of(words.get("request_zone") or "Europe/Moscow")
        page = words.get("page") or "1000"
        self._page = int(page) if page in PAGES else 1000
        self._statistics = words.get("statistics") or "auto"
        self._country = config.country_code
        self._directory: Directory | None = None
        self._tags: Mapping[str, str] | None = None
        self._margin = MARGIN

    def close(self) -> None:
        """Let go of sockets."""
        self._door.close()

    # --- people --------------------------------------------------------------------------------------------------

    def people(self) -> Iterator[PersonRecord]:
        """Employees and groups."""
        self._directory = None
        yield from self._known().records()

    def _known(self) -> Directory:
        if self._directory is None:
            groups = self._listed("groups", {}, "groups")
            names = {
                str(each["id"]): loose.text(each.get("name")) or str(each["id"])
                for each in groups
                if each.get("id") is not None
            }
            users = self._listed("config/users/request", {"ext_fields": list(USER_FIELDS)}, "users")
            self._directory = Directory(employees(users, names), names, lines=self._lines())
        return self._directory

    def _lines(self) -> Mapping[str, str]:
        """Names of the account's numbers (“site”, “flyer”): what a call is told to have come by."""
        found = {}
        for each in self._listed("incominglines", {}, "lines"):
            digits = numbers.parse(loose.text(each.get("number")) or "", self._country).digits
            name = loose.text(each.get("name")) or loose.text(each.get("comment"))
            if digits and name and numbers.parse(name, self._country).digits != digits:
                found[digits] = name
        return found

    def _listed(self, path: str, asked: dict[str, Any], name: str) -> list[dict[str, Any]]:
        """A list of the account; empty where this account does not have such a thing."""
        try:
            told = self._door.ask(path, asked).json()
        except SourceError as error:
            if error.kind == "not_supported":
                return []
            raise
        return loose.objects(told.get(name)) if isinstance(told, dict) else []

    def _tag_names(self) -> Mapping[str, str]:
        """Asked for only when a call has tags: an account without the contact centre has no list of them."""
        if self._tags is None:
            try:
                listed = self._listed("cc/tags/", {}, "tags")
            except SourceError as error:
                if error.kind not in ("format", "auth"):
                    raise
                listed = []
            self._tags = {
                str(each["id"]): loose.text(each.get("name")) or ""
                for each in listed
                if each.get("id") is not None and not loose.flag(each.get("is_folder"))
            }
        return self._tags

    # --- calls ---------------------------------------------------------------------------------------------------

    def calls(self, window: Window) -> Iterator[Page]:
        """The calls that started in the window, page by page."""
        if self._statistics != "basic":
            try:
                yield from self._extended(window)
                return
            except SourceError as error:
                if error.kind != "not_supported" or self._statistics == "extended":
                    raise
                self._statistics = "basic"
        yield from self._basic(window)

    def _extended(self, window: Window) -> Iterator[Page]:
        seen: set[str] = set()
        offset = 0
        while True:
            first, last = window.first - self._margin, window.last + self._margin
            told = self._door.extended(self._asked(first, last, self._page, offset))
            blocks = loose.objects(told.get("data"))
            listed = [(each, block) for block in blocks for each in loose.objects(block.get("list"))]
            moments = [
                moment for each, _b in listed if (moment := loose.epoch(each.get("context_start_time")))
            ]
            if moments and not first <= min(moments) <= max(moments) <= last and self._margin < EVERY_ZONE:
                self._margin, offset = EVERY_ZONE, 0  # the requests are read in another zone than was set
                continue
            yield self._page_of(listed, window, seen)
            if len(listed) < self._page:
                return
            offset += self._page

    def _asked(self, first: datetime, last: datetime, limit: int, offset: int) -> dict[str, Any]:
        return {
            "start_date": _local(first, self._zone), "end_date": _local(last, self._zone),
            "limit": limit, "offset": offset,
        }  # fmt: skip

    def _page_of(
        self, listed: list[tuple[dict[str, Any], dict[str, Any]]], window: Window, seen: set[str]
    ) -> Page:
        known = self._known()
        if any(loose.items(call.get("tag_id")) for call, _block in listed):
            known = Directory(known.people, known.groups, self._tag_names(), known.lines)
        calls, refused = [], []
        for call, block in listed:
            entry = loose.text(call.get("entry_id")) or ""
            record = extended_record(call, _legs_of(call, block), known, self._country)
            if isinstance(record, str):
                refused.append(Refused(entry or "?", _("The call has no {name}.").format(name=record)))
            elif window.first <= record.started_at < window.last and entry not in seen:
                seen.add(entry)
                calls.append(record)
        return Page(calls, refused)

    def _basic(self, window: Window) -> Iterator[Page]:
        asked = {
            "date_from": int((window.first - MARGIN).timestamp()), "date_to": int((window.last + MARGIN).timestamp()),
            "fields": ",".join(BASIC_FIELDS),
        }  # fmt: skip
        rows, short = basic_rows(self._door.basic(asked))
        records, bad = basic_records(rows, self._known(), self._country)
        refused = [
            Refused(_("row {n}").format(n=number), _("The row has not {count} cells: {text}").format(
                count=len(BASIC_FIELDS), text=line[:120]))
            for number, line in short
        ]  # fmt: skip
        refused += [Refused(each, _("The call has no {name}.").format(name="start")) for each in bad]
        yield Page([each for each in records if window.first <= each.started_at < window.last], refused)

    # --- checking, recordings ------------------------------------------------------------------------------------

    def check(self) -> Checked:
        """Employees, then the newest call of the last days."""
        self._door.patient = False
        known = self._known()
        skew = None
        if self._door.last_answer is not None and self._door.last_answer.date is not None:
            skew = (self._door.last_answer.date - clock.now()).total_seconds()
        last: CallRecord | None = None
        now = clock.now()
        for days in (1, 7):
            found = [
                each
                for page in self.calls(Window(now - timedelta(days=days), now + MARGIN))
                for each in page.calls
            ]
            if found:
                last = max(found, key=lambda each: each.started_at)
                break
        people = len(known.people)
        notes = [ngettext("{n} employee", "{n} employees", people).format(n=people)]
        if self._statistics == "basic":
            notes.append(
                _("Only the basic statistics answer: calls come without tags, ratings and names of groups.")
            )
        if self._margin > MARGIN:
            notes.append(
                _(
                    "The time zone of requests is not the one that is set; it is made up for by asking for more hours."
                )
            )
        return Checked("MANGO OFFICE", last, skew, None, tuple(notes))

    def download(self, ref: RemoteRef, part: Path) -> None:
        """Ask for the link, which works once, and follow it into the file."""
        ended = loose.epoch(ref.facts.get("ended"))
        if ended is not None and (clock.now() - ended).total_seconds() < REST_S:
            raise RecordingTrouble(
                N_("The call has just ended; MANGO is still storing the recording."), kind="later"
            )
        self._door.recording(str(ref.facts["id"]), part)


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(UTC).astimezone(zone).strftime("%d.%m.%Y %H:%M:%S")


def _legs_of(call: dict[str, Any], block: dict[str, Any]) -> Any:
    """Legs inside the call, or beside the list with the call's id (the documentation shows both)."""
    inside = call.get("context_calls")
    if inside is not None:
        return inside
    beside = block.get("context_calls")
    entry = call.get("entry_id")
    if isinstance(beside, dict):
        return beside.get(str(entry))
    return [each for each in loose.objects(beside) if each.get("entry_id") == entry]


def _problems(settings: Mapping[str, str]) -> Sequence[str]:
    try:
        zone_of(settings.get("request_zone") or "Europe/Moscow")
    except UsageError as error:
        return (error.sentence(),)
    return ()


def _open(config: Config) -> Provider:
    return Mango(config)


KIND = Kind(
    "mango", "MANGO OFFICE",
    N_("Needs the key and the salt of the API connector of your virtual PBX."),
    (
        Field("key", N_("Key of the API connector"), Input.SECRET,
              N_("In the cabinet of MANGO OFFICE: Integrations → API connector → “Unique code of your PBX”.")),
        Field("salt", N_("Salt for signatures"), Input.SECRET,
              N_("On the same page: “Key for creating a signature”. It is never sent.")),
        Field("statistics", N_("Call statistics"), Input.CHOICE,
              N_("The extended ones have every leg, ratings and tags; the basic ones are for accounts without them."),
              "auto", False,
              (("auto", N_("Find out")), ("extended", N_("Extended")), ("basic", N_("Basic"))), True),
        Field("request_zone", N_("Time zone of requests"), Input.TEXT,
              N_("MANGO reads the times of requests in this zone. Leave Europe/Moscow unless the test says otherwise."),
              "Europe/Moscow", False, (), True),
        Field("page", N_("Calls per request"), Input.CHOICE, "", "1000", False,
              tuple((each, each) for each in PAGES), True),
        Field("url", N_("Address"), Input.URL, N_("Only for another server of the provider."), HOME, False, (), True),
    ),
    _open, "mango-office", _problems,
)  # fmt: skip
