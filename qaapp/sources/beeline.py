"""Beeline's cloud PBX: statistics and recordings are two lists, matched by employee, number and time.

Times are milliseconds of UTC. A recording that fits no row of the statistics is a call of its own, as long as none fits. No
documentation of the operator stands behind this: it was taken from public clients, so every field may be missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from qaapp.errors import SourceError
from qaapp.i18n import N_, _
from qaapp.sources import loose, numbers
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
from qaapp.sources.records import CallRecord, ParticipantRecord, PersonRecord, RemoteRef
from qaapp.words import Direction, Disposition, EndKind

ROOT = "https://cloudpbx.beeline.ru/apis/portal"
PAGE = 100
MOST_PAGES = 2000
_WAYS = {"INBOUND": Direction.INBOUND, "OUTBOUND": Direction.OUTBOUND}
_LOST = ("missed", "not", "busy", "fail", "unanswered", "lost", "cancel")


class Beeline:
    """One portal."""

    longest_window_days = 3.0
    parallel_downloads = 2

    def __init__(self, config: Config) -> None:
        words, key = config.settings, config.secrets.get("token", "")
        pace = max(1, loose.whole(words.get("per_second")) or 3)
        self._http = Http(
            words.get("url") or ROOT,
            headers={"X-MPBX-API-AUTH-TOKEN": key},
            secrets=(key,),
            limits=(Limit(pace, 1.0),),
        )
        self._near = timedelta(seconds=loose.whole(words.get("near_s")) or 120)
        self._country = config.country_code
        self._last: Answer | None = None

    def close(self) -> None:
        """Let go of sockets."""
        self._http.close()

    def _ask(self, path: str, **params: Any) -> list[dict[str, Any]]:
        told, self._last = document(
            self._http, lambda: self._http.get(path, params=params, accept=(200, 400))
        )
        if isinstance(told, dict) and told.get("errorCode"):
            said = self._http.redact(f"{told['errorCode']}: {told.get('description', '')}")[:200]
            kind = "auth" if "auth" in said.casefold() or "token" in said.casefold() else "format"
            raise SourceError(N_("Beeline does not give what was asked for: {said}"), kind=kind, said=said)
        return loose.objects(told)

    def _statistics(self, first: datetime, last: datetime) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for page in range(MOST_PAGES):
            part = self._ask(
                "v2/statistics", dateFrom=_iso(first), dateTo=_iso(last), page=page, pageSize=PAGE
            )
            found += part
            if not part:
                break
        return found

    def _recordings(self, first: datetime, last: datetime) -> list[dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        after = ""
        while True:
            params = {"dateFrom": _iso(first), "dateTo": _iso(last), **({"id": after} if after else {})}
            part = [each for each in self._ask("records", **params) if loose.text(each.get("id"))]
            new = [each for each in part if str(each["id"]) not in found]
            found |= {str(each["id"]): each for each in new}
            if not new or len(part) < PAGE:
                return list(found.values())
            after = str(new[-1]["id"])

    # --- calls ---------------------------------------------------------------------------------------------------

    def calls(self, window: Window) -> Iterator[Page]:
        """The calls of the statistics with their recordings, and recordings that fit none of them."""
        first, last = window.first - 2 * self._near, window.last + 2 * self._near
        records = self._recordings(first, last)
        free = {str(each["id"]): each for each in records}
        found: dict[str, CallRecord] = {}
        refused: list[Refused] = []
        for row in self._statistics(first, last):
            started_at = loose.epoch(row.get("startDate"))
            if started_at is None:
                refused.append(Refused("?", _("The call has no {name}.").format(name="startDate")))
                continue
            record = self._record(row, started_at, self._taken(row, started_at, free))
            found.setdefault(record.external_id, record)
        for each in free.values():
            started_at = loose.epoch(each.get("date"))
            if started_at is not None:
                row = {
                    **each,
                    "startDate": each.get("date"),
                    "phone_from": each.get("phone"),
                    "phone_to": each.get("phone"),
                }
                record = self._record(row, started_at, each, f"record-{each['id']}")
                found.setdefault(record.external_id, record)
        inside = [each for each in found.values() if window.first <= each.started_at < window.last]
        yield Page(inside, refused)

    def _taken(
        self, row: dict[str, Any], started_at: datetime, free: dict[str, dict[str, Any]]
    ) -> dict[str, Any] | None:
        """The recording of a call: same employee and number, nearest in time; it is not given twice."""
        user = _user(row)
        ours = {self._digits(row.get("phone_from")), self._digits(row.get("phone_to"))} - {None}
        best: tuple[timedelta, str] | None = None
        for key, each in free.items():
            at = loose.epoch(each.get("date"))
            if (
                at is None
                or self._digits(each.get("phone")) not in ours
                or (user and _user(each) not in (user, None))
            ):
                continue
            apart = abs(at - started_at)
            if apart <= self._near and (best is None or (apart, key) < best):
                best = (apart, key)
        return free.pop(best[1]) if best is not None else None

    def _digits(self, value: Any) -> str | None:
        return numbers.parse(loose.text(value) or "", self._country).digits

    def _record(
        self, row: dict[str, Any], started_at: datetime, recording: dict[str, Any] | None, key: str = ""
    ) -> CallRecord:
        way = _WAYS.get((loose.text(row.get("direction")) or "").upper(), Direction.UNKNOWN)
        status = loose.text(row.get("status"))
        lost = status is not None and any(word in status.casefold() for word in _LOST)
        length = loose.whole(row.get("duration"))
        seconds = None if length is None else max(0, round(length / 1000))
        answered = (not lost) if status is not None else bool(seconds)
        state = Disposition.ANSWERED if answered else Disposition.NO_ANSWER
        if not answered and way is Direction.INBOUND:
            state = Disposition.MISSED
        number = loose.text(row.get("phone_to" if way is Direction.OUTBOUND else "phone_from"))
        person = loose.part(row, "abonent")
        name = " ".join(
            part for part in (loose.text(person.get(n)) for n in ("firstName", "lastName")) if part
        )
        made = ParticipantRecord(
            loose.text(person.get("userId")), name or None, loose.text(person.get("extension")),
            loose.text(person.get("department")) or loose.text(row.get("department")), "manager", answered,
            seconds if answered else 0,
        )  # fmt: skip
        line = self._digits(row.get("phone_to")) if way is Direction.INBOUND else None
        unique = key or "-".join(
            str(part)
            for part in (int(started_at.timestamp() * 1000), self._digits(number) or "", _user(row) or "")
        )
        refs: tuple[RemoteRef, ...] = ()
        if recording is not None:
            refs = (RemoteRef(str(recording["id"]), facts={"id": str(recording["id"])}),)
        return CallRecord(
            unique, started_at,
            conversation_id=unique, ended_at=None if seconds is None else started_at + timedelta(seconds=seconds),
            direction=way, disposition=state, duration_s=seconds, talk_s=seconds if answered else 0,
            talk_is_estimate=True, customer_number=self._digits(number), customer_number_raw=number, line_number=line,
            comment=loose.text((recording or {}).get("comment")), end_reason=status,
            end_kind=str(EndKind.HUNG_UP if answered else EndKind.NOT_ANSWERED),
            participants=(made,) if made.external_id or made.name or made.extension else (), remote=refs,
            raw={"statistics": row, "record": recording},
        )  # fmt: skip

    def people(self) -> Iterator[PersonRecord]:
        """Everybody with a number of the portal."""
        for each in self._ask("abonents"):
            key = loose.text(each.get("userId"))
            name = " ".join(
                part for part in (loose.text(each.get(n)) for n in ("firstName", "lastName")) if part
            )
            if key:
                yield PersonRecord(
                    key, name or key, loose.text(each.get("extension")), loose.text(each.get("department"))
                )

    def check(self) -> Checked:
        """The newest call of the last days."""
        return Checked("Beeline", newest(self), skew_s(self._last))

    def download(self, ref: RemoteRef, part: Path) -> None:
        """By its id."""
        try:
            self._http.stream(f"v2/records/{ref.facts['id']}/download", part)
        except RecordingTrouble as trouble:
            if trouble.kind != "later":
                raise
            link = self._reference(str(ref.facts["id"]))
            if link is None:
                raise
            self._http.stream(link, part)

    def _reference(self, key: str) -> str | None:
        try:
            answer = self._http.get(f"records/{key}/reference", accept=(200, 400, 404))
            told = answer.json()
        except SourceError as error:
            if error.kind == "network":
                raise
            return None
        return loose.text(told.get("url")) if isinstance(told, dict) else None


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _user(row: dict[str, Any]) -> str | None:
    return loose.text(loose.part(row, "abonent").get("userId"))


def _open(config: Config) -> Provider:
    return Beeline(config)


KIND = Kind(
    "beeline", N_("Beeline cloud PBX"),
    N_("Needs the token of the API."),
    (
        Field("token", N_("API token"), Input.SECRET, N_("In the cabinet of the cloud PBX: Settings → API.")),
        Field("near_s", N_("Recording and call lie so many seconds apart at most"), Input.NUMBER,
              N_("Calls and recordings are two lists here; they are matched by employee, number and time."), "120", False,
              (), True),
        Field("per_second", N_("Requests per second"), Input.NUMBER, "", "3", False, (), True),
        Field("url", N_("Address"), Input.URL, N_("Only for another server of the provider."), "", False, (), True),
    ),
    _open, "beeline-cloud-pbx",
)  # fmt: skip
