"""Beeline's cloud PBX: statistics and recordings are two lists, matched by employee, number and time.

Times are milliseconds of UTC. A recording that fits no row of the statistics for a day is a call of its own, and becomes
the call of its row when that comes later still. No documentation of the operator stands behind this: it was taken from
public clients, so every field may be missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from qaapp import clock
from qaapp.errors import SourceError
from qaapp.i18n import N_, _
from qaapp.sources import loose, numbers
from qaapp.sources.asking import directory, document, newest, skew_s
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
LONGEST = timedelta(hours=2)  # of a talk whose recording is dated at its end
#: Statistics may come later than recordings: so long a recording that fits no row waits before it is a call of its own.
SETTLED = timedelta(days=1)
_WAYS = {"INBOUND": Direction.INBOUND, "OUTBOUND": Direction.OUTBOUND, "INTERNAL": Direction.INTERNAL}
_LOST = ("missed", "not", "busy", "fail", "error", "unanswered", "lost", "cancel", "reject", "declin")
_TAKEN = ("received", "placed", "answer", "success", "accept", "connect", "complet")


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
        """Every row once: pages of a list that grows overlap."""
        found: dict[str, dict[str, Any]] = {}
        for page in range(MOST_PAGES):
            part = self._ask(
                "v2/statistics", dateFrom=_iso(first), dateTo=_iso(last), page=page, pageSize=PAGE
            )
            before = len(found)
            found |= {json.dumps(each, sort_keys=True): each for each in part}
            if len(found) == before:
                break
        return list(found.values())

    def _recordings(self, first: datetime, last: datetime) -> list[dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        after = ""
        while True:
            params = {"dateFrom": _iso(first), "dateTo": _iso(last), **({"id": after} if after else {})}
            part = [each for each in self._ask("records", **params) if loose.text(each.get("id"))]
            new = [each for each in part if str(each["id"]) not in found]
            if not new:
                return list(found.values())
            found |= {str(each["id"]): each for each in new}
            after = str(new[-1]["id"])

    # --- calls ---------------------------------------------------------------------------------------------------

    def calls(self, window: Window) -> Iterator[Page]:
        """The calls of the statistics with their recordings, and recordings that for a day fitted none of them."""
        first, last = window.first - self._near - LONGEST, window.last + self._near + LONGEST
        recordings = self._recordings(first, last)
        found: dict[str, CallRecord] = {}
        refused: list[Refused] = []
        rows: dict[str, tuple[datetime, dict[str, Any]]] = {}
        for row in self._statistics(first, last):
            started_at = loose.epoch(row.get("startDate"))
            if started_at is None:
                refused.append(Refused("?", _("The call has no {name}.").format(name="startDate")))
                continue
            rows.setdefault(self._key(row, started_at), (started_at, row))
        taken = self._matched(rows, recordings)
        for key, (started_at, row) in rows.items():
            found[key] = self._record(row, started_at, taken.get(key), key)
        used = {str(each["id"]) for each in taken.values()}
        for each in recordings:
            started_at = loose.epoch(each.get("date"))
            if started_at is None or str(each["id"]) in used or started_at > clock.now() - SETTLED:
                continue
            outward = (loose.text(each.get("direction")) or "").upper() == "OUTBOUND"
            row = {
                **each,
                "startDate": each.get("date"),
                "phone_to" if outward else "phone_from": each.get("phone"),
            }
            key = _alone(each)
            found[key] = self._record(row, started_at, each, key)
        inside = [each for each in found.values() if window.first <= each.started_at < window.last]
        yield Page(inside, refused)

    def _key(self, row: dict[str, Any], started_at: datetime) -> str:
        """The statistics give no id: the moment, the customer's number and the employee are one."""
        number = self._digits(row.get("phone_to" if self._way(row) is Direction.OUTBOUND else "phone_from"))
        parts = (int(started_at.timestamp() * 1000), number or "", _user(row) or "")
        return "-".join(str(part) for part in parts)

    def _matched(
        self, rows: dict[str, tuple[datetime, dict[str, Any]]], recordings: list[dict[str, Any]]
    ) -> dict[str, dict[str, Any]]:
        """Which recording belongs to which call. Same number, employee and direction; the nearest in time and length first,
        whatever the order of the lists; none is given twice, none to a call that nobody answered."""
        by_number: dict[str, list[tuple[datetime, dict[str, Any]]]] = {}
        for each in recordings:
            at, number = loose.epoch(each.get("date")), self._digits(each.get("phone"))
            if at is not None and number is not None:
                by_number.setdefault(number, []).append((at, each))
        pairs: list[tuple[float, str, str, dict[str, Any]]] = []
        for key, (started_at, row) in rows.items():
            length = _length(row)
            if _result(row, length)[0] in (
                Disposition.NO_ANSWER,
                Disposition.BUSY,
                Disposition.REJECTED,
                Disposition.FAILED,
            ):
                continue
            for number in {self._digits(row.get("phone_from")), self._digits(row.get("phone_to"))} - {None}:
                for at, each in by_number.get(number or "", ()):
                    apart = abs(at - started_at)
                    if length:  # dated at the end of the talk as well as at its start
                        apart = min(apart, abs(at - started_at - timedelta(seconds=length)))
                    if apart <= self._near and _agree(row, each):
                        theirs = _length(each)
                        differ = 0 if length is None or theirs is None else abs(length - theirs)
                        pairs.append((apart.total_seconds() + differ, str(each["id"]), key, each))
        found: dict[str, dict[str, Any]] = {}
        given: set[str] = set()
        for _cost, name, key, each in sorted(pairs, key=lambda pair: pair[:3]):
            if name not in given and key not in found:
                given.add(name)
                found[key] = each
        return found

    def _way(self, row: dict[str, Any]) -> Direction:
        if all(numbers.is_inner(self._digits(row.get(name))) for name in ("phone_from", "phone_to")):
            return Direction.INTERNAL
        return _WAYS.get((loose.text(row.get("direction")) or "").upper(), Direction.UNKNOWN)

    def _digits(self, value: Any) -> str | None:
        return numbers.parse(loose.text(value) or "", self._country).digits

    def _record(
        self, row: dict[str, Any], started_at: datetime, recording: dict[str, Any] | None, unique: str
    ) -> CallRecord:
        way, status, seconds = self._way(row), loose.text(row.get("status")), _length(row)
        state, end = _result(row, seconds)
        answered = state is Disposition.ANSWERED
        if state is Disposition.NO_ANSWER and way is Direction.INBOUND:
            state = Disposition.MISSED
        inward = way is Direction.INBOUND
        number = loose.text(row.get("phone_from" if inward or way is Direction.UNKNOWN else "phone_to"))
        person = loose.part(row, "abonent")
        made = ParticipantRecord(
            loose.text(person.get("userId")), _full_name(person) or None, loose.text(person.get("extension")),
            loose.text(person.get("department")) or loose.text(row.get("department")), "manager", answered,
            seconds if answered else 0,
        )  # fmt: skip
        line = self._digits(row.get("phone_to")) if inward else None
        refs: tuple[RemoteRef, ...] = ()
        former: tuple[str, ...] = ()
        if recording is not None:
            refs = (RemoteRef(str(recording["id"]), facts={"id": str(recording["id"])}),)
            former = (_alone(recording),) if unique != _alone(recording) else ()
        return CallRecord(
            unique, started_at,
            conversation_id=unique, ended_at=None if seconds is None else started_at + timedelta(seconds=seconds),
            direction=way, disposition=state, duration_s=seconds, talk_s=seconds if answered else 0,
            talk_is_estimate=True, customer_number=self._digits(number), customer_number_raw=number, line_number=line,
            comment=loose.text((recording or {}).get("comment")), end_reason=status,
            end_kind=str(end),
            participants=(made,) if made.external_id or made.name or made.extension else (), remote=refs,
            former_ids=former, raw={"statistics": row, "record": recording},
        )  # fmt: skip

    def people(self) -> Iterator[PersonRecord]:
        """Everybody with a number of the portal. Raises ``SourceError`` (``not_supported``) where the token may not ask."""
        with directory():
            told = self._ask("abonents")
        for each in told:
            key, name = loose.text(each.get("userId")), _full_name(each)
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
            if error.kind in ("network", "rate"):
                raise
            return None
        return loose.text(told.get("url")) if isinstance(told, dict) else None


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _length(row: dict[str, Any]) -> int | None:
    """Whole seconds of a length in milliseconds."""
    told = loose.whole(row.get("duration"))
    return None if told is None else max(0, round(told / 1000))


def _result(row: dict[str, Any], seconds: int | None) -> tuple[Disposition, EndKind]:
    """By the word where it is known, else by the length; what nobody knows stays unknown."""
    status = (loose.text(row.get("status")) or "").casefold()
    if any(word in status for word in _LOST):
        if "busy" in status:
            return Disposition.BUSY, EndKind.BUSY
        if "reject" in status or "declin" in status:
            return Disposition.REJECTED, EndKind.REJECTED
        if "fail" in status or "error" in status:
            return Disposition.FAILED, EndKind.FAILED
        return Disposition.NO_ANSWER, EndKind.NOT_ANSWERED
    if status and not any(word in status for word in _TAKEN):
        return Disposition.ANSWERED if seconds else Disposition.UNKNOWN, EndKind.UNKNOWN
    if seconds or (seconds is None and status) or (status and "placed" not in status):
        return Disposition.ANSWERED, EndKind.HUNG_UP
    return Disposition.NO_ANSWER, EndKind.NOT_ANSWERED


def _alone(recording: dict[str, Any]) -> str:
    """The id of a call that is known by its recording only."""
    return f"record-{recording['id']}"


def _agree(row: dict[str, Any], recording: dict[str, Any]) -> bool:
    """Employee and direction are the same, where both lists tell them."""
    users = {_user(row), _user(recording)} - {None}
    ways = {(loose.text(each.get("direction")) or "").upper() for each in (row, recording)} - {""}
    return len(users) < 2 and len(ways) < 2


def _full_name(person: dict[str, Any]) -> str:
    return " ".join(
        part for part in (loose.text(person.get(name)) for name in ("firstName", "lastName")) if part
    )


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
