"""Bitrix24: the telephony statistics of a portal, by an incoming webhook, with deals and recordings of its disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

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
from qaapp.sources.records import CallRecord, DealRecord, ParticipantRecord, PersonRecord, RemoteRef
from qaapp.words import Direction, Disposition, EndKind

PAGE = 50  # fixed by the provider
_WAYS = {"1": Direction.OUTBOUND, "2": Direction.INBOUND, "3": Direction.INBOUND, "4": Direction.CALLBACK}
_CODES = {
    "200": (Disposition.ANSWERED, EndKind.HUNG_UP), "304": (Disposition.NO_ANSWER, EndKind.NOT_ANSWERED),
    "480": (Disposition.NO_ANSWER, EndKind.NOT_ANSWERED), "486": (Disposition.BUSY, EndKind.BUSY),
    "603": (Disposition.REJECTED, EndKind.REJECTED), "603-S": (Disposition.REJECTED, EndKind.REJECTED),
    "404": (Disposition.FAILED, EndKind.WRONG_NUMBER), "484": (Disposition.FAILED, EndKind.WRONG_NUMBER),
    "403": (Disposition.FAILED, EndKind.FAILED), "402": (Disposition.FAILED, EndKind.FAILED),
    "503": (Disposition.FAILED, EndKind.FAILED), "423": (Disposition.BLOCKED, EndKind.BLOCKED),
}  # fmt: skip
_OUTCOMES = {"P": "open", "S": "won", "F": "lost"}


class Bitrix:
    """One portal."""

    longest_window_days = 31.0
    parallel_downloads = 2

    def __init__(self, config: Config) -> None:
        hook = config.secrets.get("webhook", "").strip().rstrip("/") + "/"
        key = hook.rstrip("/").rpartition("/")[2]
        pace = max(1, loose.whole(config.settings.get("per_second")) or 2)
        self._http = Http(hook, secrets=(hook.rstrip("/"), key), limits=(Limit(pace, 1.05),))
        self._portal = urlsplit(hook).hostname or ""
        self._deals_wanted = config.settings.get("deals") != "no"
        self._zone, self._country = config.zone, config.country_code
        self._people: dict[str, PersonRecord] | None = None
        self._stages: dict[str, str] | None = None
        self._last: Answer | None = None
        self._without: set[str] = set()  # methods this webhook may not ask

    def close(self) -> None:
        """Let go of sockets."""
        self._http.close()

    # --- asking --------------------------------------------------------------------------------------------------

    def _ask(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """The whole answer. Raises ``SourceError``: ``not_supported`` for a right the webhook does not have."""
        told, self._last = document(
            self._http, lambda: self._http.post(method, json=dict(params), accept={200, 400, 401, 403, 404})
        )
        code = loose.text(told.get("error")) if isinstance(told, dict) else "unknown"
        if code is None and isinstance(told, dict):
            return told
        said = (
            self._http.redact(loose.text(told.get("error_description")) or "")
            if isinstance(told, dict)
            else ""
        )
        facts: dict[str, Any] = {"what": method, "code": code, "said": said}
        if (code or "").lower() in ("insufficient_scope", "access_denied", "error_method_not_found"):
            raise SourceError(
                N_("The webhook may not ask “{what}” ({code}): {said}"),
                hint=N_("Give it the rights telephony, user, crm and disk, and its user the right to see statistics."),
                kind="not_supported", **facts,
            )  # fmt: skip
        if self._last.status in (401, 403) or (code or "").lower() in (
            "expired_token",
            "no_auth_found",
            "invalid_credentials",
        ):
            raise SourceError(
                N_("Bitrix24 does not accept the webhook ({code}): {said}"),
                hint=N_("Make a new one: Developer resources → Other → Incoming webhook."), kind="auth", **facts,
            )  # fmt: skip
        raise SourceError(N_("Bitrix24 refused “{what}” ({code}): {said}"), kind="format", **facts)

    def _optional(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """The same for what the webhook may have no right to: nothing then."""
        if method in self._without:
            return {}
        try:
            return self._ask(method, params)
        except SourceError as error:
            if error.kind != "not_supported":
                raise
            self._without.add(method)
            return {}

    def _known(self) -> dict[str, PersonRecord]:
        """Employees by id, with the names of their departments."""
        if self._people is None:
            departments = {
                str(each.get("ID")): loose.text(each.get("NAME")) for each in self._listed("department.get")
            }
            self._people = {}
            for user in self._listed("user.get"):
                parts = [loose.text(user.get(name)) for name in ("NAME", "LAST_NAME")]
                name = (
                    " ".join(part for part in parts if part)
                    or loose.text(user.get("EMAIL"))
                    or str(user.get("ID"))
                )
                groups = [departments.get(str(each)) for each in loose.items(user.get("UF_DEPARTMENT"))]
                self._people[str(user.get("ID"))] = PersonRecord(
                    str(user.get("ID")), name, loose.text(user.get("UF_PHONE_INNER")),
                    next((each for each in groups if each), None),
                )  # fmt: skip
        return self._people

    def _listed(self, method: str) -> Iterator[dict[str, Any]]:
        start: int | None = 0
        while start is not None:
            told = self._optional(method, {"start": start})
            rows = loose.objects(told.get("result"))
            yield from rows
            following = loose.whole(told.get("next"))
            start = following if rows and following is not None and following > start else None

    def people(self) -> Iterator[PersonRecord]:
        """Employees."""
        self._people = None
        yield from self._known().values()

    # --- calls ---------------------------------------------------------------------------------------------------

    def calls(self, window: Window) -> Iterator[Page]:
        """The calls that started in the window, by growing ids (pages do not shift then)."""
        last = 0
        while True:
            rows = self._rows({
                ">=CALL_START_DATE": (window.first - timedelta(minutes=1)).isoformat(),
                "<CALL_START_DATE": (window.last + timedelta(minutes=1)).isoformat(), ">ID": last,
            })  # fmt: skip
            deals = self._deals(rows)
            calls, refused = [], []
            for row in rows:
                record = self._record(row, deals)
                if isinstance(record, Refused):
                    refused.append(record)
                elif window.first <= record.started_at < window.last:
                    calls.append(record)
            yield Page(calls, refused)
            highest = max((loose.whole(row.get("ID")) or 0 for row in rows), default=0)
            if len(rows) < PAGE or highest <= last:
                return
            last = highest

    def _rows(self, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
        told = self._ask(
            "voximplant.statistic.get", {"FILTER": dict(wanted), "SORT": "ID", "ORDER": "ASC", "start": 0}
        )
        return loose.objects(told.get("result"))

    def _record(self, row: dict[str, Any], deals: Mapping[str, DealRecord]) -> CallRecord | Refused:
        key = loose.text(row.get("CALL_ID")) or loose.text(row.get("ID"))
        try:
            told = parse_text(loose.text(row.get("CALL_START_DATE")) or "")
        except ValueError:
            return Refused(key or "?", _("The call has no {name}.").format(name="CALL_START_DATE"))
        if key is None:
            return Refused("?", _("The call has no {name}.").format(name="CALL_ID"))
        started_at = told.astimezone(UTC) if told.tzinfo else to_utc(told, self._zone)
        way = _WAYS.get(str(row.get("CALL_TYPE")), Direction.UNKNOWN)
        code, talk_s = loose.text(row.get("CALL_FAILED_CODE")), loose.seconds(row.get("CALL_DURATION"))
        result, kind = _CODES.get(code or "", (Disposition.UNKNOWN, EndKind.UNKNOWN))
        good = result is Disposition.ANSWERED
        if way is Direction.INBOUND and result in (
            Disposition.NO_ANSWER,
            Disposition.BUSY,
            Disposition.REJECTED,
        ):
            result = Disposition.MISSED
        user = loose.text(row.get("PORTAL_USER_ID"))
        user = user if user != "0" else None
        person = self._known().get(user or "")
        raw_number = loose.text(row.get("PHONE_NUMBER"))
        customer = numbers.parse(raw_number or "", self._country)
        vote = loose.whole(row.get("CALL_VOTE"))
        seconds = talk_s if good else 0 if talk_s is not None else None
        is_deal = str(row.get("CRM_ENTITY_TYPE")).upper() == "DEAL"
        return CallRecord(
            key, started_at,
            conversation_id=key,
            ended_at=started_at + timedelta(seconds=talk_s) if talk_s is not None else None,
            direction=way, disposition=result, talk_s=seconds, talk_is_estimate=good,
            customer_number=customer.digits, customer_number_raw=raw_number, customer_name=customer.name,
            line_number=numbers.parse(loose.text(row.get("PORTAL_NUMBER")) or "", self._country).digits,
            campaign=loose.text(row.get("REST_APP_NAME")),
            end_reason=code, end_kind=str(kind), comment=loose.text(row.get("COMMENT")),
            transferred=True if str(row.get("CALL_TYPE")) == "3" else None,
            customer_rating=vote if vote else None, rating_scale=5 if vote else None,
            participants=() if user is None else (
                ParticipantRecord(
                    user, person.name if person else None, person.extension if person else None,
                    person.group_name if person else None, "manager", good, seconds,
                ),
            ),
            remote=_remote(key, row),
            deal=deals.get(str(row.get("CRM_ENTITY_ID"))) if is_deal else None,
            raw={name: bool(value) if name == "CALL_RECORD_URL" else value for name, value in row.items()},
        )  # fmt: skip

    def _deals(self, rows: list[dict[str, Any]]) -> dict[str, DealRecord]:
        ids = loose.unique(
            loose.text(row.get("CRM_ENTITY_ID"))
            for row in rows
            if str(row.get("CRM_ENTITY_TYPE")).upper() == "DEAL"
        )
        if not ids or not self._deals_wanted:
            return {}
        told = self._optional("crm.deal.list", {
            "filter": {"@ID": list(ids)}, "start": 0, "order": {"ID": "ASC"},
            "select": ["ID", "STAGE_ID", "STAGE_SEMANTIC_ID", "OPPORTUNITY", "CURRENCY_ID", "ASSIGNED_BY_ID"],
        })  # fmt: skip
        found = {}
        for deal in loose.objects(told.get("result")):
            owner = self._known().get(str(deal.get("ASSIGNED_BY_ID")))
            stage = loose.text(deal.get("STAGE_ID"))
            found[str(deal.get("ID"))] = DealRecord(
                str(deal.get("ID")), self._stage_names().get(stage or "", stage),
                _OUTCOMES.get(str(deal.get("STAGE_SEMANTIC_ID"))), loose.text(deal.get("OPPORTUNITY")),
                loose.text(deal.get("CURRENCY_ID")), owner.name if owner else None,
            )  # fmt: skip
        return found

    def _stage_names(self) -> dict[str, str]:
        if self._stages is None:
            self._stages = {
                str(each.get("STATUS_ID")): name
                for each in self._listed("crm.status.list")
                if str(each.get("ENTITY_ID")).startswith("DEAL_STAGE")
                and (name := loose.text(each.get("NAME")))
            }
        return self._stages

    # --- checking, recordings ------------------------------------------------------------------------------------

    def check(self) -> Checked:
        """The statistics, then the directory."""
        last = newest(self)
        self._known()
        notes = []
        if "user.get" in self._without:
            notes.append(_("The webhook has no right “user”: calls come without names."))
        if last is not None and last.remote and not last.raw.get("CALL_RECORD_URL"):
            notes.append(_("Recordings lie on the disk of the portal: the webhook needs the right “disk”."))
        return Checked(self._portal, last, skew_s(self._last), None, tuple(notes))

    def download(self, ref: RemoteRef, part: Path) -> None:
        """The file of the disk, else the link of the call; both are asked for now, since they end."""
        link: str | None = None
        if ref.facts.get("file"):
            told = self._optional("disk.file.get", {"id": ref.facts["file"]})
            link = loose.text(loose.part(told, "result").get("DOWNLOAD_URL"))
        if link is None:
            for row in self._rows({"ID": ref.facts["row"]}):
                link = loose.text(row.get("CALL_RECORD_URL")) or link
        if link is None:
            raise RecordingTrouble(
                N_("Bitrix24 gives no link to the recording {name} (yet)."),
                hint=N_("If it stays so, give the webhook the right “disk”."), kind="later", name=ref.external_id,
            )  # fmt: skip
        self._http.stream(link, part)


def _remote(key: str, row: dict[str, Any]) -> tuple[RemoteRef, ...]:
    """One recording; another file attached to the same call later is another recording."""
    file = loose.text(row.get("RECORD_FILE_ID"))
    file = file if file != "0" else None
    if file is None and not loose.text(row.get("CALL_RECORD_URL")):
        return ()
    return (
        RemoteRef(f"file-{file}" if file else f"url-{key}", facts={"row": str(row.get("ID")), "file": file}),
    )


def _open(config: Config) -> Provider:
    return Bitrix(config)


KIND = Kind(
    "bitrix24", "Bitrix24",
    N_("Needs an incoming webhook with the rights telephony, user, crm and disk."),
    (
        Field("webhook", N_("Address of the webhook"), Input.SECRET,
              N_("In Bitrix24: Developer resources → Other → Incoming webhook. Tick telephony, user, crm and disk, and copy "
                 "the address (https://…/rest/1/…/). Its user must have the right to see call statistics.")),
        Field("deals", N_("Deals of calls"), Input.FLAG, N_("Stage, outcome, amount and responsible of the deal of a call."),
              "yes", False),
        Field("per_second", N_("Requests per second"), Input.NUMBER, N_("2, on the Enterprise plan 5."), "2", False, (),
              True),
    ),
    _open, "bitrix24",
)  # fmt: skip
