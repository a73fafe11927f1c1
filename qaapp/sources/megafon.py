"""MegaFon VATS and its white labels (Dom.ru Business and others): the history of calls of the cloud PBX.

Times are UTC. Some installations have the history switched off (501). Source: mikopbx/ModuleMegafonPbx,
``bin/synchCdr.php``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from qaapp.errors import SourceError
from qaapp.i18n import N_, _
from qaapp.sources import loose, numbers
from qaapp.sources.asking import directory, document, newest, skew_s
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
from qaapp.sources.records import CallRecord, ParticipantRecord, PersonRecord, RemoteRef
from qaapp.words import Direction, Disposition, EndKind

MARGIN = timedelta(hours=1)
SURE = 99  # no platform gives less than a hundred rows at once; what holds more is compared with its halves
_WAYS = {"in": Direction.INBOUND, "out": Direction.OUTBOUND, "missed": Direction.INBOUND}
_ENDS = {
    "busy": (Disposition.BUSY, EndKind.BUSY), "notfound": (Disposition.FAILED, EndKind.WRONG_NUMBER),
    "notallowed": (Disposition.BLOCKED, EndKind.BLOCKED), "notavailable": (Disposition.FAILED, EndKind.FAILED),
    "missed": (Disposition.NO_ANSWER, EndKind.NOT_ANSWERED), "cancel": (Disposition.NO_ANSWER, EndKind.NOT_ANSWERED),
    "noanswer": (Disposition.NO_ANSWER, EndKind.NOT_ANSWERED), "other": (Disposition.NO_ANSWER, EndKind.NOT_ANSWERED),
}  # fmt: skip


class MegaFon:
    """One virtual PBX."""

    longest_window_days = 2.0
    parallel_downloads = 2

    def __init__(self, config: Config) -> None:
        words, key = config.settings, config.secrets.get("key", "")
        pace = max(1, loose.whole(words.get("per_second")) or 2)
        url = words.get("url", "").rstrip("/")
        if url and "/crmapi" not in url:
            url += "/crmapi/v1"
        self._http = Http(url, headers={"X-API-KEY": key}, secrets=(key,), limits=(Limit(pace, 1.0),))
        self._url, self._country = url, config.country_code
        self._shift, self._sure = _shift(words.get("shift_h", "")), SURE
        self._people: dict[str, PersonRecord] | None = None
        self._links: dict[str, str] = {}
        self._last: Answer | None = None

    def close(self) -> None:
        """Let go of sockets."""
        self._http.close()

    def _ask(self, path: str, **params: Any) -> Any:
        def once() -> Answer:
            answer = self._http.get(path, params=params, accept=(200, 501))
            if answer.status == 501:  # with a page or nothing as its body
                raise SourceError(
                    N_("This virtual PBX has its history of calls switched off for the API."),
                    hint=N_("Ask the operator's support to switch it on (crmapi, history)."), kind="not_supported",
                )  # fmt: skip
            return answer

        told, self._last = document(self._http, once)
        return told

    def _history(self, first: datetime, last: datetime) -> list[dict[str, Any]]:
        """The rows around a time, also where the clock of the platform is shifted. It is not told how many rows it gives at
        most: a longer answer is taken once its halves hold the same, and that length is trusted from then on."""
        rows = self._asked(first, last)
        if len(rows) <= self._sure or last - first <= timedelta(minutes=2):
            return rows
        middle = first + (last - first) / 2
        halves = {_name(row): row for row in (*self._history(first, middle), *self._history(middle, last))}
        whole = {_name(row): row for row in rows} | halves
        if len(whole) == len(rows):
            self._sure = max(self._sure, len(rows) - 1)
        return list(whole.values())

    def _asked(self, first: datetime, last: datetime) -> list[dict[str, Any]]:
        form = "%Y%m%dT%H%M%SZ"
        told = self._ask(
            "history/json",
            start=first.astimezone(UTC).strftime(form),
            end=last.astimezone(UTC).strftime(form),
            type="all",
        )
        if not isinstance(told, list):
            raise SourceError(N_("MegaFon answered in an unknown form."), kind="format")
        return loose.objects(told)

    def _around(self, first: datetime, last: datetime) -> list[dict[str, Any]]:
        """The same for true moments; whether the question is read by the shifted clock too is not known."""
        low, high = min(self._shift, timedelta(0)), max(self._shift, timedelta(0))
        return self._history(first + low - MARGIN, last + high + MARGIN)

    def calls(self, window: Window) -> Iterator[Page]:
        """The calls that started in the window; ids that come twice are taken once."""
        found: dict[str, CallRecord] = {}
        refused: list[Refused] = []
        for row in self._around(window.first, window.last):
            record = self._record(row)
            if isinstance(record, Refused):
                refused.append(record)
            elif window.first <= record.started_at < window.last:
                found[record.external_id] = record
        yield Page(list(found.values()), refused)

    def _record(self, row: dict[str, Any]) -> CallRecord | Refused:
        key = loose.text(row.get("uid"))
        try:
            told = parse_text(loose.text(row.get("start")) or "")
        except ValueError:
            return Refused(key or "?", _("The call has no {name}.").format(name="start"))
        if key is None:
            return Refused("?", _("The call has no {name}.").format(name="uid"))
        started_at = (told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC)) - self._shift
        word = (loose.text(row.get("type")) or "").casefold()
        way, status = _WAYS.get(word, Direction.UNKNOWN), loose.text(row.get("status"))
        raw_number = loose.text(row.get("client"))
        customer = numbers.parse(raw_number or "", self._country).digits
        if way is not Direction.UNKNOWN and numbers.is_inner(customer):
            way = Direction.INTERNAL
        talk_s, wait_s = loose.seconds(row.get("duration")), loose.seconds(row.get("wait"))
        state, end = _result(status or "", way, word == "missed")
        answered = state is Disposition.ANSWERED
        login, group = loose.text(row.get("user")), loose.text(row.get("group_name"))
        known = self._known().get(login or "")
        person = ParticipantRecord(
            login, known.name if known else login, known.extension if known else None, group, "manager", answered,
            talk_s if answered else 0,
        )  # fmt: skip
        link = loose.text(row.get("record"))
        if link:
            self._links[key] = link
        total = None if talk_s is None else talk_s + (wait_s or 0)
        return CallRecord(
            key, started_at,
            conversation_id=key,
            answered_at=started_at + timedelta(seconds=wait_s) if answered and wait_s is not None else None,
            ended_at=None if total is None else started_at + timedelta(seconds=total), direction=way, disposition=state,
            duration_s=total, wait_s=wait_s, talk_s=talk_s if answered else 0,
            customer_number=customer, customer_number_raw=raw_number,
            line_number=numbers.parse(loose.text(row.get("diversion")) or "", self._country).digits, group_name=group,
            end_reason=status, end_kind=str(end),
            participants=(person,) if login else (),
            remote=(RemoteRef(key, facts={"uid": key, "at": int(started_at.timestamp())}),) if link else (),
            raw={name: bool(value) if name == "record" else value for name, value in row.items()},
        )  # fmt: skip

    def _known(self) -> dict[str, PersonRecord]:
        """Employees by login; nothing where the key may not read them."""
        if self._people is None:
            try:
                self._people = self._users()
            except SourceError as error:
                if error.kind != "not_supported":
                    raise
                self._people = {}
        return self._people

    def _users(self) -> dict[str, PersonRecord]:
        """All of them, or an error: who is missing in half a list has not left."""
        found: dict[str, PersonRecord] = {}
        start: int | None = 0
        while start is not None:
            with directory():
                told = self._ask("users", start=start, limit=100)
            users = loose.objects(told.get("items") if isinstance(told, dict) else told)
            for user in users:
                login = loose.text(user.get("login"))
                if login:
                    name = loose.text(user.get("name")) or login
                    found[login] = PersonRecord(login, name, loose.text(user.get("ext")))
            following = loose.whole(loose.part(told, "info").get("next"))
            start = following if users and following and following > start else None
        return found

    def people(self) -> Iterator[PersonRecord]:
        """Everybody who has a login. Raises ``SourceError`` (``not_supported``) where the key may not read them."""
        self._people = {}  # of no use to ask again for every call where this fails
        self._people = self._users()
        yield from self._people.values()

    def check(self) -> Checked:
        """The newest call of the last days."""
        return Checked(self._url, newest(self), skew_s(self._last))

    def download(self, ref: RemoteRef, part: Path) -> None:
        """By the link of this pull, else by the one the history has now."""
        key = str(ref.facts["uid"])
        link, at = self._links.pop(key, None), loose.epoch(ref.facts.get("at"))
        if link is not None:
            try:
                self._http.stream(link, part)
                return
            except RecordingTrouble:
                link = None
        if at is not None:
            rows = self._around(at, at)
            link = next(
                (loose.text(row.get("record")) for row in rows if loose.text(row.get("uid")) == key), None
            )
        if link is None:
            raise RecordingTrouble(
                N_("The provider has no recording of the call {name} (yet)."), kind="later", name=key
            )
        self._http.stream(link, part)


def _name(row: dict[str, Any]) -> str:
    return loose.text(row.get("uid")) or str(row)


def _shift(told: str) -> timedelta:
    """How far the platform's clock is ahead of UTC, by the setting in hours."""
    try:
        hours = float(told.strip().replace(",", ".").replace("\N{MINUS SIGN}", "-") or 0)
    except ValueError:
        hours = math.nan
    if not abs(hours) <= 14:
        raise SourceError(
            N_("The shift of the times is a number of hours between -14 and 14, not “{text}”."), kind="format", text=told
        )  # fmt: skip
    return timedelta(hours=hours)


def _result(status: str, way: Direction, missed: bool) -> tuple[Disposition, EndKind]:
    """Answered is what is a *success*; other words say why it is none, unknown ones stay unknown reasons."""
    word = status.casefold().replace(" ", "").replace("_", "")
    if word == "success" and not missed:
        return Disposition.ANSWERED, EndKind.HUNG_UP
    known = EndKind.NOT_ANSWERED if word in ("", "success") else EndKind.UNKNOWN
    state, end = _ENDS.get(word, (Disposition.NO_ANSWER, known))
    if missed or (way is Direction.INBOUND and state is Disposition.NO_ANSWER):
        state = Disposition.MISSED
    return state, end


def _open(config: Config) -> Provider:
    return MegaFon(config)


KIND = Kind(
    "megafon", N_("MegaFon VATS"),
    N_("Needs the address of the virtual PBX and the key of its API (also Dom.ru Business and other labels)."),
    (
        Field("url", N_("Address of the virtual PBX"), Input.URL, N_("As in the browser: https://company.megapbx.ru")),
        Field("key", N_("API key"), Input.SECRET, N_("In the cabinet: Settings → Integration with CRM → REST API.")),
        Field("shift_h", N_("Hours by which its times are ahead"), Input.NUMBER,
              N_("Times of the history should be UTC. If the test shows the last call hours off, enter them here."), "0",
              False, (), True),
        Field("per_second", N_("Requests per second"), Input.NUMBER, "", "2", False, (), True),
    ),
    _open, "megafon-vats",
)  # fmt: skip
