"""Asking the Data API of CoMagic / UIS / Novofon / CallGear: JSON-RPC, its points, its errors, its pages.

A successful request costs a point; how many are left in this minute and this day stands in every answer, and nothing is
asked when there are none. What went wrong is told by ``error.data.mnemonic``.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from qaapp.errors import SourceError
from qaapp.i18n import N_
from qaapp.sources import http, loose
from qaapp.sources.http import Answer, Http

log = logging.getLogger(__name__)
TRIES = 6
LONGEST_REST_S = 120.0
MOST_OFFSET = 100_000
SHORTEST = timedelta(minutes=5)  # a period is not halved below this
DATE = "%Y-%m-%d %H:%M:%S"
_AUTH = {
    "access_token_invalid",
    "access_token_blocked",
    "access_token_expired",
    "auth_error",
    "account_inactive",
}


class Door:
    """One account. ``token`` is a permanent key; without one ``login`` and ``password`` open a session of an hour."""

    def __init__(
        self, url: str, *, token: str = "", login: str = "", password: str = "", customer: str = ""
    ) -> None:
        self._http = Http(url, secrets=(token, password), headers={"Accept": "application/json"}, tries=4)
        self._url = url
        self._permanent, self._login, self._password = token, login, password
        self._session = ""
        self._customer = loose.whole(customer)
        self._ids = itertools.count(1)
        self._resting_until = 0.0
        self._missing: dict[str, set[str]] = {}  # fields this account's version does not know
        self.limits: dict[str, int] = {}
        self.last_answer: Answer | None = None

    def close(self) -> None:
        """Let go of its connections."""
        self._http.close()

    def _token(self) -> str:
        if self._permanent:
            return self._permanent
        if not self._session:
            told = self._asked("login.user", {"login": self._login, "password": self._password})
            self._session = loose.text(loose.part(told, "data").get("access_token")) or ""
            if not self._session:
                raise SourceError(N_("The login gave no access."), kind="auth")
        return self._session

    def ask(self, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """``result`` of one request (``data`` and ``metadata``). Raises ``SourceError``."""
        renewed = False
        for attempt in range(1, TRIES + 1):
            told = {"access_token": self._token(), **(params or {})}
            if self._customer is not None:
                told["user_id"] = self._customer
            try:
                return self._asked(method, told)
            except SourceError as error:
                mnemonic = error.facts.get("mnemonic")
                if mnemonic == "access_token_expired" and not self._permanent and not renewed:
                    renewed, self._session = True, ""
                    continue
                if error.kind not in ("network", "rate") or error.facts.get("long") or attempt == TRIES:
                    raise
                told_s = error.facts.get("retry_after_s")
                self._http.wait(told_s if told_s is not None else min(30.0, 2.0**attempt))
        raise AssertionError("every way out is above")

    def _asked(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        self._http.wait(max(0.0, self._resting_until - http.clock.now()))
        body = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": dict(params)}
        answer = self._http.post(
            self._url, json=body, accept={200, 400, 401, 403}, retry=False,
            headers={"Content-Type": "application/json; charset=UTF-8"},
        )  # fmt: skip
        self.last_answer = answer
        try:
            told = answer.json()
        except SourceError as error:
            if answer.status in (401, 403):
                raise _auth("auth_error", answer.text[:200]) from error
            raise SourceError(error.message, kind="network", **error.facts) from error
        if not isinstance(told, dict) or (
            told.get("error") is None and not isinstance(told.get("result"), dict)
        ):
            raise SourceError(
                N_("“{what}” was answered in an unknown form: {text}"), kind="format", what=method,
                text=str(told)[:120],
            )  # fmt: skip
        wrong = told.get("error")
        meta = loose.part(loose.part(wrong, "data") if wrong is not None else told["result"], "metadata")
        self._note_limits(loose.part(meta, "limits"))
        if wrong is not None:
            raise self._trouble(method, wrong if isinstance(wrong, dict) else {"message": str(wrong)})
        result: dict[str, Any] = told["result"]
        return result

    def _note_limits(self, limits: Mapping[str, Any]) -> None:
        found = {name: number for name, value in limits.items() if (number := loose.whole(value)) is not None}
        if not found:
            return
        self.limits = found
        if found.get("minute_remaining", 1) <= 0:
            rest = min(LONGEST_REST_S, found.get("minute_reset", 60) + 1.0)
            self._resting_until = http.clock.now() + rest

    def _trouble(self, method: str, wrong: Mapping[str, Any]) -> SourceError:
        code, data = loose.whole(wrong.get("code")), loose.part(wrong, "data")
        mnemonic = loose.text(data.get("mnemonic")) or ""
        said = loose.text(wrong.get("message")) or mnemonic
        facts: dict[str, Any] = {
            "what": method, "code": code, "mnemonic": mnemonic, "said": self._http.redact(said),
            "field": data.get("field"), "value": data.get("value"),
        }  # fmt: skip
        if mnemonic == "limit_exceeded" or code == -32029:
            if self.limits.get("day_remaining") == 0 and self.limits.get("day_reset", 0) > LONGEST_REST_S:
                return SourceError(
                    N_("The points of this day are used up; there are new ones in {hours} h."), kind="rate",
                    retry_after_s=float(self.limits["day_reset"]), long=True,
                    hours=self.limits["day_reset"] // 3600 + 1, **facts,
                )  # fmt: skip
            rest = float(self.limits.get("minute_reset", 60)) + 1.0
            return SourceError(N_("The points of this minute are used up."), kind="rate",
                               retry_after_s=min(LONGEST_REST_S, rest), **facts)  # fmt: skip
        if mnemonic == "ip_not_whitelisted":
            return _auth(mnemonic, said)
        if mnemonic in _AUTH or code in (-32001, -32009):
            return _auth(mnemonic or "auth_error", said)
        if code == -32003 or mnemonic == "forbidden":
            return SourceError(
                N_("This key may not ask “{what}”: {said}"),
                hint=N_("Give its user the right in the cabinet, or use the key of another user."),
                kind="not_supported", **facts,
            )  # fmt: skip
        if code in (-32008, -32601):
            return SourceError(
                N_("“{what}” is not part of this account: {said}"), kind="not_supported", **facts
            )
        if code == -32603:
            return SourceError(N_("The provider has trouble with “{what}”: {said}"), kind="network", **facts)
        return SourceError(N_("The provider refused “{what}”: {said}"), kind="format", **facts)

    # --- lists ---------------------------------------------------------------------------------------------------

    def page(self, method: str, params: Mapping[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
        """``ask`` with these fields; those this version does not know are left out from then on."""
        missing = self._missing.setdefault(method, set())
        while True:
            wanted = [each for each in fields if each not in missing]
            try:
                return self.ask(method, {**params, "fields": wanted})
            except SourceError as error:
                told = str(error.facts.get("value") or "") + " " + str(error.facts.get("said") or "")
                unknown = [each for each in wanted if f" {each} " in f" {_spaced(told)} "]
                if error.kind != "format" or error.facts.get("field") != "fields" or not unknown:
                    raise
                log.info("%s does not know %s", method, unknown)
                missing.update(unknown)

    def everything(self, method: str, fields: tuple[str, ...], limit: int = 1000) -> Iterator[dict[str, Any]]:
        """All rows of a directory."""
        offset = 0
        while True:
            told = self.page(method, {"limit": limit, "offset": offset}, fields)
            rows = loose.objects(told.get("data"))
            yield from rows
            offset += len(rows)
            total = loose.whole(loose.part(told, "metadata").get("total_items"))
            if not rows or (offset >= total if total is not None else len(rows) < limit):
                return

    def report(
        self, method: str, first: datetime, last: datetime, fields: tuple[str, ...], limit: int
    ) -> Iterator[list[dict[str, Any]]]:
        """Pages of a report of a period (naive times of the account); too long a one is halved."""
        offset = 0
        while True:
            told = self.page(
                method,
                {
                    "date_from": first.strftime(DATE), "date_till": last.strftime(DATE), "limit": limit,
                    "offset": offset, "sort": [{"field": "start_time", "order": "asc"}],
                },
                fields,
            )  # fmt: skip
            rows = loose.objects(told.get("data"))
            total = loose.whole(loose.part(told, "metadata").get("total_items"))
            if total is not None and total > MOST_OFFSET and offset == 0 and last - first > SHORTEST:
                middle = (first + (last - first) / 2).replace(microsecond=0)
                yield from self.report(method, first, middle, fields, limit)
                yield from self.report(method, middle, last, fields, limit)
                return
            yield rows
            offset += len(rows)
            if not rows or (offset >= total if total is not None else len(rows) < limit):
                return


def _spaced(text: str) -> str:
    return "".join(char if char.isalnum() or char == "_" else " " for char in text)


def _auth(mnemonic: str, said: str) -> SourceError:
    if mnemonic == "ip_not_whitelisted":
        return SourceError(
            N_("The address of this computer is not on the provider's list of allowed addresses."),
            hint=N_(
                "In the cabinet: Administration → Users → Data API → allowed addresses: add the address of your office, or "
                "0.0.0.0/0 when it changes."
            ),
            kind="auth", mnemonic=mnemonic,
        )  # fmt: skip
    return SourceError(
        N_("The provider does not accept the key: {said}"),
        hint=N_("Check the key in the cabinet, and that the account lives at the chosen service."),
        kind="auth", mnemonic=mnemonic, said=said,
    )  # fmt: skip
