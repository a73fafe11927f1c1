"""CoMagic / UIS, and Novofon and CallGear, which sell the same engine: the Data API 2.0.

The account's own time zone is asked for (``get.account``); the connection's counts where it does not tell. How recordings
are addressed is documented only for browsers: they are asked for by their ids, and if that address does not work, by the
link the provider gives for the call at that moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from qaapp import clock
from qaapp.errors import SourceError, UsageError
from qaapp.i18n import N_, _, ngettext
from qaapp.sources import loose
from qaapp.sources.comagic_door import DATE, Door
from qaapp.sources.comagic_records import CALL_FIELDS, LEG_FIELDS, Choice, call_record
from qaapp.sources.http import Http
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
from qaapp.words import Lane

#: Service → (Data API, host of recordings by id, host of whole recordings).
SERVICES = {
    "uis": ("https://dataapi.uiscom.ru/v2.0", "https://app.uiscom.ru", "https://media.uiscom.ru"),
    "comagic": ("https://dataapi.comagic.ru/v2.0", "https://app.comagic.ru", "https://media.comagic.ru"),
    "novofon": (
        "https://dataapi-jsonrpc.novofon.ru/v2.0",
        "https://app.novofon.ru",
        "https://media.novofon.ru",
    ),
    "callgear": (
        "https://dataapi.callgear.com/v2.0",
        "https://app.callgear.com",
        "https://media.callgear.com",
    ),
}
MARGIN = timedelta(hours=1)
LONGEST_CALL = timedelta(hours=4)  # legs of a call begin so long after it at the most
LANES: dict[str, tuple[Lane | None, Lane | None]] = {
    "manager": (Lane.MANAGER, Lane.CUSTOMER),
    "customer": (Lane.CUSTOMER, Lane.MANAGER),
}


class Comagic:
    """One account."""

    longest_window_days = 3.0
    parallel_downloads = 4

    def __init__(self, config: Config) -> None:
        words = config.settings
        api, app, media = SERVICES.get(words.get("service", ""), SERVICES["uis"])
        token = config.secrets.get("token", "")
        self._door = Door(
            words.get("url") or api, token=token, login=words.get("login", ""),
            password=config.secrets.get("password", ""), customer=words.get("customer", ""),
        )  # fmt: skip
        self._app = Http(words.get("app") or app, secrets=(token,), tries=4)
        self._media = Http(words.get("media") or media, secrets=(token,), tries=4)
        self._limit = min(10_000, max(1, loose.whole(words.get("page")) or 1000))
        self._choice = Choice(
            words.get("recordings") or "full", LANES.get(words.get("first_side", ""), (None, None))
        )
        self._country = config.country_code
        self._own_zone = config.zone
        self._account: dict[str, Any] | None = None
        self._legs = True

    def close(self) -> None:
        """Let go of sockets."""
        for each in (self._door, self._app, self._media):
            each.close()

    def _known(self) -> dict[str, Any]:
        """The account; asked for once."""
        if self._account is None:
            try:
                told = self._door.ask("get.account").get("data")
            except SourceError as error:
                if error.kind != "not_supported":
                    raise
                told = []
            listed = (
                loose.objects(told) if isinstance(told, list) else [told] if isinstance(told, dict) else []
            )
            self._account = listed[0] if listed else {}
        return self._account

    def _zone(self) -> ZoneInfo:
        name = loose.text(self._known().get("timezone"))
        try:
            return zone_of(name) if name else self._own_zone
        except UsageError:  # a name this computer does not know
            return self._own_zone

    # --- people --------------------------------------------------------------------------------------------------

    def people(self) -> Iterator[PersonRecord]:
        """Employees and groups."""
        fields = ("id", "full_name", "first_name", "last_name", "extension", "groups", "phone_numbers")
        for each in self._everything("get.employees", fields):
            parts = [loose.text(each.get(name)) for name in ("last_name", "first_name")]
            name = loose.text(each.get("full_name")) or " ".join(part for part in parts if part)
            extension = loose.text(loose.part(each, "extension").get("extension_phone_number"))
            if extension is None:
                phones = [
                    loose.text(phone.get("phone_number"))
                    for phone in loose.objects(each.get("phone_numbers"))
                ]
                extension = next((phone for phone in phones if phone and len(phone) <= 6), None)
            groups = [loose.text(group.get("group_name")) for group in loose.objects(each.get("groups"))]
            if each.get("id") is not None:
                yield PersonRecord(
                    str(each["id"]), name or str(each["id"]), extension, next((g for g in groups if g), None)
                )
        for each in self._everything("get.group_employees", ("id", "name")):
            if each.get("id") is not None:
                yield PersonRecord(
                    str(each["id"]), loose.text(each.get("name")) or str(each["id"]), kind="group"
                )

    def _everything(self, method: str, fields: tuple[str, ...]) -> Iterator[dict[str, Any]]:
        try:
            yield from self._door.everything(method, fields)
        except SourceError as error:
            if error.kind != "not_supported":
                raise

    # --- calls ---------------------------------------------------------------------------------------------------

    def calls(self, window: Window) -> Iterator[Page]:
        """Sessions of the window with their legs."""
        zone = self._zone()
        first = _local(window.first - MARGIN, zone)
        legs = self._legs_of(first, _local(window.last + LONGEST_CALL, zone))
        seen: set[str] = set()
        for rows in self._door.report(
            "get.calls_report", first, _local(window.last + MARGIN, zone), CALL_FIELDS, self._limit
        ):
            calls, refused = [], []
            for row in rows:
                key = loose.text(row.get("id")) or ""
                record = call_record(row, legs.get(key, ()), zone, self._country, self._choice)
                if isinstance(record, str):
                    refused.append(Refused(key or "?", _("The call has no {name}.").format(name=record)))
                elif window.first <= record.started_at < window.last and key not in seen:
                    seen.add(key)
                    calls.append(record)
            yield Page(calls, refused)

    def _legs_of(self, first: datetime, last: datetime) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, dict[str, dict[str, Any]]] = {}
        if not self._legs:
            return {}
        try:
            for rows in self._door.report("get.call_legs_report", first, last, LEG_FIELDS, self._limit):
                for row in rows:
                    session = loose.text(row.get("call_session_id")) or ""
                    found.setdefault(session, {})[str(row.get("id"))] = row
        except SourceError as error:
            if error.kind != "not_supported":
                raise
            self._legs = False  # the report of legs is not part of this account
        return {
            session: sorted(legs.values(), key=lambda leg: (str(leg.get("start_time")), str(leg.get("id"))))
            for session, legs in found.items()
        }

    def check(self) -> Checked:
        """The account, its clock and its newest call."""
        account, zone, now = self._known(), self._zone(), clock.now()
        answer = self._door.last_answer
        skew = (answer.date - now).total_seconds() if answer is not None and answer.date is not None else None
        last: CallRecord | None = None
        for days in (1, 7):
            told = self._door.page(
                "get.calls_report",
                {
                    "date_from": _local(now - timedelta(days=days), zone).strftime(DATE),
                    "date_till": _local(now + MARGIN, zone).strftime(DATE),
                    "limit": 1, "offset": 0, "sort": [{"field": "start_time", "order": "desc"}],
                },
                CALL_FIELDS,
            )  # fmt: skip
            for row in loose.objects(told.get("data")):
                record = call_record(row, (), zone, self._country, self._choice)
                last = record if isinstance(record, CallRecord) else last
            if last is not None:
                break
        notes = []
        left = self._door.limits.get("day_remaining")
        if left is not None:
            notes.append(ngettext("{n} request left today", "{n} requests left today", left).format(n=left))
        name = loose.text(account.get("name")) or loose.text(account.get("app_id")) or ""
        return Checked(name, last, skew, loose.text(account.get("timezone")), tuple(notes))

    # --- recordings ----------------------------------------------------------------------------------------------

    def download(self, ref: RemoteRef, part: Path) -> None:
        """By its ids; if that address does not work, by the link the provider gives now."""
        facts = {name: str(value) for name, value in ref.facts.items()}
        try:
            if facts["kind"] == "full":
                self._media.stream(f"/{facts['communication']}/{facts['id']}", part)
            else:
                self._app.stream(
                    f"/system/media/{facts['kind']}/{facts['communication']}/{facts['id']}/", part
                )
            return
        except RecordingTrouble:
            if facts["kind"] != "full" and facts["session"] == facts["communication"]:
                raise
        if facts["kind"] != "full":  # the documentation of legs has the session in the same place
            self._app.stream(f"/system/media/{facts['kind']}/{facts['session']}/{facts['id']}/", part)
            return
        self._media.stream(self._fresh_link(facts["session"], loose.epoch(ref.facts.get("started"))), part)

    def _fresh_link(self, session: str, started_at: datetime | None) -> str:
        near = started_at or clock.now()
        told = self._door.ask(
            "get.calls_report",
            {
                "date_from": _local(near - timedelta(days=1), self._zone()).strftime(DATE),
                "date_till": _local(near + timedelta(days=1), self._zone()).strftime(DATE),
                "filter": {"field": "id", "operator": "=", "value": loose.whole(session)},
                "fields": ["id", "full_record_file_link"], "limit": 1, "offset": 0,
            },
        )  # fmt: skip
        rows = loose.objects(told.get("data"))
        link = loose.text(rows[0].get("full_record_file_link")) if rows else None
        if link is None:
            raise RecordingTrouble(N_("The provider has no whole recording of the call {name} (yet)."), kind="later",
                                   name=session)  # fmt: skip
        return link


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _open(config: Config) -> Provider:
    if not config.secrets.get("token") and not (
        config.settings.get("login") and config.secrets.get("password")
    ):
        raise SourceError(N_("Enter the key of the Data API, or a login and its password."), kind="auth")
    return Comagic(config)


KIND = Kind(
    "comagic", "CoMagic / UIS",
    N_("Needs a key of the Data API, and this computer's address on the provider's list. Also for Novofon and CallGear."),
    (
        Field("service", N_("Service"), Input.CHOICE, N_("Where the account lives: a key of one does not work at another."),
              "uis", True,
              (("uis", "UIS"), ("comagic", "CoMagic"), ("novofon", "Novofon"), ("callgear", "CallGear"))),
        Field("token", N_("Key of the Data API"), Input.SECRET,
              N_("In the cabinet: Administration → Users → your user → Data API: make a permanent key there, and add the "
                 "address of this computer to the allowed ones (0.0.0.0/0 when it changes)."), "", False),
        Field("login", N_("Login"), Input.TEXT, N_("Only without a key: a user with the right to the Data API."), "", False,
              (), True),
        Field("password", N_("Password"), Input.SECRET, N_("Only without a key."), "", False, (), True),
        Field("recordings", N_("Recordings"), Input.CHOICE,
              N_("Two sides make it visible who speaks; not every account has them."), "full", False,
              (("full", N_("The whole call")), ("mp3", N_("Every part (MP3)")), ("sides", N_("Two sides (WAV)"))), True),
        Field("first_side", N_("The first of two sides is"), Input.CHOICE, N_("Listen to one call to find out."), "", False,
              (("", N_("not known")), ("manager", N_("the manager")), ("customer", N_("the customer"))), True),
        Field("customer", N_("Id of the customer"), Input.NUMBER, N_("Only for keys of partners."), "", False, (), True),
        Field("page", N_("Calls per request"), Input.NUMBER, N_("At most 10 000."), "1000", False, (), True),
        Field("url", N_("Address"), Input.URL, N_("Only for another server of the provider."), "", False, (), True),
        Field("app", N_("Address of recordings by id"), Input.URL, N_("Only for another server of the provider."), "", False,
              (), True),
        Field("media", N_("Address of whole recordings"), Input.URL, N_("Only for another server of the provider."), "",
              False, (), True),
    ),
    _open, "comagic--uis",
)  # fmt: skip
