"""amoCRM (Kommo): calls as notes of leads, contacts, companies and customers; the sound lies where the telephony put it.

Calls cannot be listed: notes of the two kinds are read for every kind of card, from a moment on, and the same call on
several cards (``params.uniq``) is one. A note is made when a call ends, as far as is known: its start is the note's moment
less the duration. A refresh token is good for one use: the new one is kept before the new access is used. Source:
amocrm/amocrm-api-php, ``Models/NoteType/CallNote.php`` and ``Filters/NotesFilter.php``.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
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
from qaapp.sources.records import CallRecord, DealRecord, ParticipantRecord, PersonRecord, RemoteRef
from qaapp.words import Direction, Disposition, EndKind

ENTITIES = ("leads", "contacts", "companies", "customers")
PAGE = 250
MOST_PAGES = 10_000
BEFORE = timedelta(hours=3)  # a call is shorter
_WON, _LOST = "142", "143"  # statuses that every funnel has
_WAYS = {"call_in": Direction.INBOUND, "call_out": Direction.OUTBOUND}
_STATUS = {
    "1": (Disposition.VOICEMAIL, EndKind.VOICEMAIL), "2": (Disposition.ANSWERED, EndKind.HUNG_UP),
    "3": (Disposition.NO_ANSWER, EndKind.NOT_ANSWERED), "4": (Disposition.ANSWERED, EndKind.HUNG_UP),
    "5": (Disposition.FAILED, EndKind.WRONG_NUMBER), "6": (Disposition.NO_ANSWER, EndKind.NOT_ANSWERED),
    "7": (Disposition.BUSY, EndKind.BUSY),
}  # fmt: skip
_RENEWING = threading.Lock()  # a refresh token is good for one use: nobody else may use it meanwhile


class AmoCrm:
    """One account."""

    longest_window_days = (
        36_500.0  # notes have no upper end: one pass reads what several would read again and again
    )
    parallel_downloads = 3

    def __init__(self, config: Config) -> None:
        words, secrets = config.settings, config.secrets
        self._config = config
        self._token = secrets.get("token", "")
        pace = max(1, loose.whole(words.get("per_second")) or 5)
        hidden = tuple(value for value in secrets.values() if value)
        self._http = Http(words.get("url", ""), secrets=hidden, limits=(Limit(pace, 1.0),))
        self._url = words.get("url", "")
        self._at_end = words.get("moment") != "start"
        self._deals_wanted = words.get("deals") != "no"
        self._country = config.country_code
        self._people: dict[str, PersonRecord] | None = None
        self._stages: dict[str, str] | None = None
        self._closed_entities: set[str] = set()
        self._last: Answer | None = None

    def close(self) -> None:
        """Let go of sockets."""
        self._http.close()

    # --- asking --------------------------------------------------------------------------------------------------

    def _ask(self, path: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The document of an answer, {} for 204 and for what is not there."""

        def once() -> Answer:
            headers = {"Authorization": f"Bearer {self._token}"}
            return self._http.get(f"/api/v4/{path}", params=params, headers=headers, accept=(200, 204, 404))

        try:
            return self._document(once)
        except SourceError as error:
            if error.kind != "auth" or error.facts.get("status") != 401 or not self._can_renew():
                raise
            self._renew(self._token)
            return self._document(once)

    def _document(self, once: Any) -> dict[str, Any]:
        answer: Answer = once()
        self._last = answer
        if answer.status in (204, 404):
            return {}
        told, self._last = document(self._http, _first(answer, once))
        return told if isinstance(told, dict) else {}

    def _can_renew(self) -> bool:
        secrets = self._config.secrets
        return bool(
            secrets.get("refresh") and secrets.get("client_secret") and self._config.settings.get("client_id")
        )

    def _renew(self, used: str) -> None:
        """A new pair of tokens; one that somebody else has got meanwhile is taken instead."""
        with _RENEWING:
            kept = self._config.newest("token")
            if kept and kept != used:
                self._token = kept
                return
            words, secrets = self._config.settings, self._config.secrets
            body = {
                "client_id": words.get("client_id", ""), "client_secret": secrets.get("client_secret", ""),
                "grant_type": "refresh_token",
                "refresh_token": self._config.newest("refresh") or secrets.get("refresh", ""),
                "redirect_uri": words.get("redirect_uri", ""),
            }  # fmt: skip
            told, answer = document(
                self._http,
                lambda: self._http.post(
                    "/oauth2/access_token", json=body, accept=(200, 400, 401), retry=False
                ),
            )
            token, refresh = (loose.text(told.get(n)) if isinstance(told, dict) else None
                              for n in ("access_token", "refresh_token"))  # fmt: skip
            if answer.status != 200 or not token or not refresh:
                raise SourceError(
                    N_("amoCRM does not renew the access."),
                    hint=N_("Take a new code or a long-lived token: Settings → Integrations → your integration → Keys."),
                    kind="auth",
                )  # fmt: skip
            self._config.renew("refresh", refresh)
            self._config.renew("token", token)
            self._token = token

    def _listed(self, path: str, name: str, params: Mapping[str, Any]) -> Iterator[list[dict[str, Any]]]:
        for page in range(1, MOST_PAGES):
            told = self._ask(path, {**params, "page": page, "limit": PAGE})
            rows = loose.objects(loose.part(told, "_embedded").get(name))
            yield rows
            following = loose.part(loose.part(told, "_links"), "next").get("href")
            if not rows or (following is None and len(rows) < PAGE):
                return

    # --- calls ---------------------------------------------------------------------------------------------------

    def calls(self, window: Window) -> Iterator[Page]:
        """The calls of all kinds of cards that started in the window."""
        given: set[str] = set()
        for entity in ENTITIES:
            params = {
                "filter[note_type][]": ["call_in", "call_out"],
                "filter[updated_at][from]": int((window.first - BEFORE).timestamp()), "order[updated_at]": "asc",
            }  # fmt: skip
            try:
                for rows in self._listed(f"{entity}/notes", "notes", params):
                    yield self._page(entity, rows, window, given)
            except SourceError as error:
                # A card kind that the account has switched off, or the user may not see, is none of our business.
                if (
                    entity == "leads"
                    or error.kind not in ("auth", "format")
                    or error.facts.get("status") == 401
                ):
                    raise
                self._closed_entities.add(entity)

    def _page(self, entity: str, rows: list[dict[str, Any]], window: Window, given: set[str]) -> Page:
        found: list[tuple[dict[str, Any], CallRecord]] = []
        refused: list[Refused] = []
        for row in rows:
            record = self._record(entity, row)
            if isinstance(record, Refused):
                refused.append(record)
            elif window.first <= record.started_at < window.last and record.external_id not in given:
                given.add(record.external_id)
                found.append((row, record))
        deals = (
            self._deals([str(row.get("entity_id")) for row, _record in found]) if entity == "leads" else {}
        )
        for row, record in found:
            record.deal = deals.get(str(row.get("entity_id")))
        return Page([record for _row, record in found], refused)

    def _record(self, entity: str, row: dict[str, Any]) -> CallRecord | Refused:
        params, note = loose.part(row, "params"), loose.text(row.get("id"))
        made_at = loose.epoch(row.get("created_at"))
        if note is None or made_at is None:
            name = "id" if note is None else "created_at"
            return Refused(note or "?", _("The call has no {name}.").format(name=name))
        length = loose.seconds(params.get("duration"))
        started_at = made_at - timedelta(seconds=length or 0) if self._at_end else made_at
        way = _WAYS.get(loose.text(row.get("note_type")) or "", Direction.UNKNOWN)
        state, end = _STATUS.get(
            loose.text(params.get("call_status")) or "", (Disposition.UNKNOWN, EndKind.UNKNOWN)
        )
        if state is Disposition.UNKNOWN and length is not None:
            talked = length > 0
            state = Disposition.ANSWERED if talked else Disposition.NO_ANSWER
            end = EndKind.HUNG_UP if talked else EndKind.NOT_ANSWERED
        if way is Direction.INBOUND and state in (Disposition.NO_ANSWER, Disposition.BUSY):
            state = Disposition.MISSED
        key = loose.text(params.get("uniq")) or f"note-{note}"
        phone = loose.text(params.get("phone"))
        answered = state is Disposition.ANSWERED
        link = loose.text(params.get("link"))
        return CallRecord(
            key, started_at,
            conversation_id=key, ended_at=started_at + timedelta(seconds=length) if length is not None else None,
            direction=way, disposition=state, duration_s=length, talk_s=length if answered or length is None else 0,
            talk_is_estimate=True, customer_number=numbers.parse(phone or "", self._country).digits,
            customer_number_raw=phone, campaign=loose.text(params.get("source")),
            comment=loose.text(params.get("call_result")), end_reason=loose.text(params.get("call_status")),
            end_kind=str(end), participants=self._participants(row, params, answered, length),
            remote=(RemoteRef(key, facts={"entity": entity, "note": note, "card": str(row.get("entity_id"))}),)
            if link else (),
            raw={**row, "params": {name: bool(v) if name == "link" else v for name, v in params.items()}},
        )  # fmt: skip

    def _participants(
        self, row: dict[str, Any], params: dict[str, Any], answered: bool, length: int | None
    ) -> tuple[ParticipantRecord, ...]:
        """The employee: the user of the call, or the number the telephony wrote, else who is responsible for the card."""
        told = loose.text(params.get("call_responsible"))
        user = self._known().get(told or "")
        talk_s = length if answered else 0
        if user is None and told and not told.isdigit():
            return (ParticipantRecord(None, told, None, None, "manager", answered, talk_s),)
        if user is None and told and numbers.is_inner(told):
            return (ParticipantRecord(None, None, told, None, "manager", answered, talk_s),)
        responsible = loose.text(row.get("responsible_user_id"))
        user = user or self._known().get(responsible or "")
        if user is None and responsible in (None, "0"):
            return ()
        name = user.name if user else None
        group = user.group_name if user else None
        return (
            ParticipantRecord(
                user.external_id if user else responsible, name, None, group, "manager", answered, talk_s
            ),
        )

    def _deals(self, ids: Sequence[str]) -> dict[str, DealRecord]:
        if not ids or not self._deals_wanted:
            return {}
        found: dict[str, DealRecord] = {}
        wanted = list(dict.fromkeys(ids))
        for first in range(0, len(wanted), 50):
            for rows in self._listed("leads", "leads", {"filter[id][]": wanted[first : first + 50]}):
                for lead in rows:
                    status = str(lead.get("status_id"))
                    owner = self._known().get(str(lead.get("responsible_user_id")))
                    outcome = "won" if status == _WON else "lost" if status == _LOST else "open"
                    found[str(lead.get("id"))] = DealRecord(
                        str(lead.get("id")), self._stage_names().get(f"{lead.get('pipeline_id')}/{status}"), outcome,
                        loose.text(lead.get("price")), None, owner.name if owner else None,
                    )  # fmt: skip
        return found

    def _stage_names(self) -> dict[str, str]:
        if self._stages is None:
            self._stages = {}
            told = self._ask("leads/pipelines")
            for pipeline in loose.objects(loose.part(told, "_embedded").get("pipelines")):
                for status in loose.objects(loose.part(pipeline, "_embedded").get("statuses")):
                    if name := loose.text(status.get("name")):
                        self._stages[f"{pipeline.get('id')}/{status.get('id')}"] = name
        return self._stages

    def _known(self) -> dict[str, PersonRecord]:
        """Users by id with the names of their groups; nothing where the access does not reach so far."""
        if self._people is None:
            self._people = {}
            try:
                for rows in self._listed("users", "users", {"with": "group"}):
                    for user in rows:
                        key = loose.text(user.get("id"))
                        groups = loose.objects(loose.part(user, "_embedded").get("groups"))
                        group = next(
                            (name for each in groups if (name := loose.text(each.get("name")))), None
                        )
                        if key:
                            name = loose.text(user.get("name")) or loose.text(user.get("email")) or key
                            self._people[key] = PersonRecord(key, name, None, group)
            except SourceError as error:
                if error.kind != "auth" or error.facts.get("status") == 401:
                    raise
        return self._people

    def people(self) -> Iterator[PersonRecord]:
        """Users of the account."""
        self._people = None
        yield from self._known().values()

    # --- checking, recordings ------------------------------------------------------------------------------------

    def check(self) -> Checked:
        """The account and the newest call."""
        told = self._ask("account")
        last = newest(self)
        notes = []
        if not self._known():
            notes.append(_("The users of the account cannot be read: calls come without names."))
        if self._closed_entities:
            names = ", ".join(sorted(self._closed_entities))
            notes.append(_("Calls noted at these cards cannot be read: {names}.").format(names=names))
        return Checked(
            loose.text(told.get("name")) or self._url, last, skew_s(self._last), None, tuple(notes)
        )

    def download(self, ref: RemoteRef, part: Path) -> None:
        """By the link the note has now; it leads to the telephony's own server and takes no key of ours there."""
        facts = ref.facts
        note = self._ask(f"{facts['entity']}/{facts['card']}/notes/{facts['note']}") or self._ask(
            f"{facts['entity']}/notes/{facts['note']}"
        )
        link = loose.text(loose.part(note, "params").get("link"))
        if link is None:
            raise RecordingTrouble(
                N_("The provider has no recording of the call {name} (yet)."),
                kind="later",
                name=ref.external_id,
            )
        self._http.stream(link, part)


def _first(answer: Answer, again: Any) -> Any:
    """Gives an answer that is there already, and asks anew after that."""
    waiting = [answer]
    return lambda: waiting.pop() if waiting else again()


def _open(config: Config) -> Provider:
    return AmoCrm(config)


def _problems(words: Mapping[str, str]) -> Sequence[str]:
    return () if words.get("url") else (_("Fill in the address of the account."),)


KIND = Kind(
    "amocrm", "amoCRM (Kommo)",
    N_("Needs a long-lived token of an integration of your account."),
    (
        Field("url", N_("Address of the account"), Input.URL, N_("As in the browser: https://company.amocrm.ru")),
        Field("token", N_("Long-lived token"), Input.SECRET,
              N_("In amoCRM: amoMarket → … → Create integration → Keys and scopes → Generate a long-lived token.")),
        Field("deals", N_("Deals of calls"), Input.FLAG, N_("Stage, outcome, amount and responsible of the deal of a call."),
              "yes", False),
        Field("moment", N_("A note of a call is made"), Input.CHOICE,
              N_("The test shows the time of the last call: choose what makes it right."), "end", False,
              (("end", N_("when the call ends")), ("start", N_("when the call starts"))), True),
        Field("client_id", N_("Integration id"), Input.TEXT,
              N_("Only without a long-lived token: the access is then renewed by itself."), "", False, (), True),
        Field("client_secret", N_("Secret key of the integration"), Input.SECRET, "", "", False, (), True),
        Field("refresh", N_("Refresh token"), Input.SECRET, N_("Each is good for one use; the new one is kept at once."), "",
              False, (), True),
        Field("redirect_uri", N_("Redirect address of the integration"), Input.TEXT, "", "", False, (), True),
        Field("per_second", N_("Requests per second"), Input.NUMBER, "", "5", False, (), True),
    ),
    _open, "amocrm", _problems,
)  # fmt: skip
