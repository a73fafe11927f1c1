"""Zadarma, MegaFon, Beeline and Telphin as far as they are documented: keys and signatures, pages, caps, links that end."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from provider_world import Asked, FakeServer, Reply

START = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Moscow")
KEY, SECRET = "small-key-0001112223", "small-secret-444555666"


@dataclass
class Talk:
    """One call; ``way``: in, out."""

    number: int
    at: datetime
    way: str = "in"
    talk_s: int = 61
    sound: bytes = b""
    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def outside(self) -> str:
        return f"7916{self.number:07}"


class SmallServer(FakeServer):
    """``generation`` kills links and tokens that were given before."""

    code = ""

    def __init__(self, talks: list[Talk]) -> None:
        super().__init__()
        self.talks, self.generation = talks, 0

    def talk(self, number: str) -> Talk | None:
        return next((each for each in self.talks if str(each.number) == number), None)


class ZadarmaServer(SmallServer):
    """Signed requests; the statistics of at most a month; two legs where the number divides by 4."""

    code = "zadarma"

    def rows(self, talk: Talk) -> list[dict[str, Any]]:
        inner = "101"
        sides = (talk.outside, "74951230000") if talk.way == "in" else (inner, talk.outside)
        local = talk.at.astimezone(ZONE)
        first = {
            "call_id": f"c{talk.number}", "sip": inner, "callstart": local.strftime("%Y-%m-%d %H:%M:%S"),
            "clid": sides[0], "destination": sides[1], "disposition": "answered" if talk.talk_s else "no answer",
            "seconds": talk.talk_s, "is_recorded": "true" if talk.sound else "false", "pbx_call_id": f"p{talk.number}",
        }  # fmt: skip
        if talk.number % 4:
            return [{**first, **talk.changes}]
        rang = {**first, "call_id": f"c{talk.number}a", "sip": "102", "disposition": "no answer", "seconds": 0,
                "is_recorded": "false"}  # fmt: skip
        answered = {**first, "callstart": (local + timedelta(seconds=9)).strftime("%Y-%m-%d %H:%M:%S")}
        return [rang, {**answered, **talk.changes}]

    def answer(self, asked: Asked) -> Reply:
        if asked.path.startswith("/files/"):
            return self._file(asked)
        query = urlencode(sorted(asked.query_list))
        told = asked.path + query + hashlib.md5(query.encode()).hexdigest()
        digits = hmac.new(SECRET.encode(), told.encode(), hashlib.sha1).hexdigest()
        wanted = f"{KEY}:{base64.b64encode(digits.encode()).decode()}"
        if asked.headers.get("authorization") != wanted:
            return Reply({"status": "error", "message": "Not authorized"}, 401)
        if asked.path == "/v1/info/timezone/":
            return Reply({"status": "success", "timezone": "UTC+3"})
        if asked.path == "/v1/statistics/pbx/":
            return self._statistics(asked)
        assert asked.path == "/v1/pbx/record/request/", asked.path
        talk = self.talk(asked.query["call_id"].strip("c"))
        if talk is None or not talk.sound:
            return Reply({"status": "error", "message": "no recording"}, 404)
        return Reply({"status": "success", "link": f"{self.url}/files/{self.generation}/{talk.number}"})

    def _statistics(self, asked: Asked) -> Reply:
        first, last = (
            datetime.strptime(asked.query[name], "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZONE) for name in ("start", "end")
        )  # fmt: skip
        assert last - first <= timedelta(days=31), "more than a month"
        skip, limit = int(asked.query["skip"]), int(asked.query["limit"])
        assert 0 < limit <= 1000
        assert asked.query["version"] == "2"
        wanted = asked.query.get("call_type")
        assert wanted in (None, "IN_CALLS", "OUT_CALLS"), wanted
        rows = [
            row for talk in self.talks
            if first <= talk.at <= last and wanted in (None, f"{talk.way.upper()}_CALLS") for row in self.rows(talk)
        ]  # fmt: skip
        return Reply({"status": "success", "version": 2, "stats": rows[skip : skip + limit]})

    def _file(self, asked: Asked) -> Reply:
        generation, number = asked.path.split("/")[2:4]
        talk = self.talk(number)
        if talk is None or generation != str(self.generation):
            return Reply("gone", 404)
        return Reply(talk.sound, kind="audio/mpeg")


class MegaFonServer(SmallServer):
    """``X-API-KEY``; times with Z; users in pages of one; ``off``: no history."""

    code = "megafon"
    off = False

    def answer(self, asked: Asked) -> Reply:
        if asked.headers.get("x-api-key") != KEY:
            return Reply({"error": "key"}, 401)
        if asked.path.startswith("/records/"):
            generation, number = asked.path.split("/")[2:4]
            talk = self.talk(number)
            if talk is None or not talk.sound or generation != str(self.generation):
                return Reply("gone", 404)
            return Reply(talk.sound, kind="audio/mpeg")
        path = asked.path.removeprefix("/crmapi/v1")
        if path == "/users":
            start = int(asked.query.get("start", 0))
            users = [
                {"login": "anna", "name": "Анна Смирнова", "ext": "101", "role": "user"},
                {"login": "oleg", "name": "Олег Тихий", "ext": "102", "role": "user"},
            ]
            following = start + 1 if start + 1 < len(users) else None
            return Reply(
                {"items": users[start : start + 1], "info": {"start": start, "total": 2, "next": following}}
            )
        assert path == "/history/json", path
        if self.off:
            return Reply("<html>Not Implemented</html>", 501, kind="text/html")
        first, last = (
            datetime.strptime(asked.query[name], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) for name in ("start", "end")
        )  # fmt: skip
        return Reply([self.document(talk) for talk in self.talks if first <= talk.at <= last])

    def document(self, talk: Talk) -> dict[str, Any]:
        missed = talk.way == "in" and not talk.talk_s
        found = {
            "uid": f"u{talk.number}", "type": "missed" if missed else talk.way,
            "status": "success" if talk.talk_s else "missed", "client": talk.outside,
            "user": "anna" if talk.number % 2 else "oleg", "group_name": "Продажи", "diversion": "74951230000",
            "start": talk.at.strftime("%Y-%m-%dT%H:%M:%SZ"), "wait": 8, "duration": talk.talk_s,
        }  # fmt: skip
        if talk.sound:
            found["record"] = f"{self.url}/records/{self.generation}/{talk.number}"
        return {**found, **talk.changes}


class BeelineServer(SmallServer):
    """A token in a header; statistics in pages of ``size``, recordings behind an id, both in milliseconds of UTC."""

    code = "beeline"
    size = 100

    def person(self, talk: Talk) -> dict[str, Any]:
        n = 1 + talk.number % 2
        names = {1: ("Анна", "Смирнова"), 2: ("Олег", "Тихий")}
        return {"userId": f"u{n}", "phone": f"790300000{n}", "firstName": names[n][0], "lastName": names[n][1],
                "department": "Продажи", "extension": f"10{n}"}  # fmt: skip

    def answer(self, asked: Asked) -> Reply:
        if asked.headers.get("x-mpbx-api-auth-token") != KEY:
            return Reply({"errorCode": "AuthFailed", "description": "token"}, 401)
        if asked.path == "/abonents":
            return Reply([self.person(Talk(0, START)), self.person(Talk(1, START))])
        if asked.path.startswith("/v2/records/"):
            talk = self.talk(asked.path.split("/")[3])
            if talk is None or not talk.sound:
                return Reply({"errorCode": "RecordNotFound", "description": "none"}, 404)
            return Reply(talk.sound, kind="audio/mpeg")
        if asked.path.endswith("/reference"):
            return Reply({"errorCode": "RecordNotFound", "description": "none"}, 404)
        first, last = (
            datetime.strptime(asked.query[name], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) for name in ("dateFrom", "dateTo")
        )  # fmt: skip
        inside = [talk for talk in self.talks if first <= talk.at <= last]
        if asked.path == "/v2/statistics":
            page, size = int(asked.query["page"]), min(int(asked.query["pageSize"]), self.size)
            return Reply([self.statistics(talk) for talk in inside[page * size : (page + 1) * size]])
        assert asked.path == "/records", asked.path
        after = int(asked.query.get("id", 0))
        recorded = [talk for talk in inside if talk.sound and talk.number > after]
        return Reply([self.record(talk) for talk in recorded[:100]])

    def statistics(self, talk: Talk) -> dict[str, Any]:
        own = self.person(talk)
        sides = (talk.outside, own["phone"]) if talk.way == "in" else (own["phone"], talk.outside)
        found = {
            "startDate": int(talk.at.timestamp() * 1000), "direction": "INBOUND" if talk.way == "in" else "OUTBOUND",
            "phone_from": sides[0], "phone_to": sides[1], "abonent": own, "duration": talk.talk_s * 1000,
            "status": "RECEIVED" if talk.talk_s else "MISSED", "department": "Продажи",
        }  # fmt: skip
        return {**found, **talk.changes}

    def record(self, talk: Talk) -> dict[str, Any]:
        return {
            "id": str(talk.number), "externalId": f"x{talk.number}", "phone": talk.outside,
            "direction": "INBOUND" if talk.way == "in" else "OUTBOUND",
            "date": int((talk.at + timedelta(seconds=11)).timestamp() * 1000), "duration": talk.talk_s * 1000,
            "fileSize": len(talk.sound), "comment": None, "abonent": self.person(talk),
        }  # fmt: skip


class TelphinServer(SmallServer):
    """A token that ends with ``generation``; pages of ``per_page``; sounds as bytes, or in a store for even numbers."""

    code = "telphin"

    def answer(self, asked: Asked) -> Reply:
        if asked.path == "/oauth/token":
            form = asked.form
            assert form["grant_type"] == "client_credentials"
            if (form["client_id"], form["client_secret"]) != (KEY, SECRET):
                return Reply({"error": "invalid_client", "error_description": "wrong secret"}, 400)
            return Reply(
                {"access_token": f"token-{self.generation}", "expires_in": 3600, "token_type": "Bearer"}
            )
        if asked.path.startswith("/store/"):
            generation, number = asked.path.split("/")[2:4]
            talk = self.talk(number)
            if talk is None or generation != str(self.generation):
                return Reply("gone", 404)
            return Reply(talk.sound, kind="audio/mpeg")
        if asked.headers.get("authorization") != f"Bearer token-{self.generation}":
            return Reply({"message": "token"}, 401)
        path = asked.path.removeprefix("/api/ver1.0/client/@me/")
        if path.startswith("record/"):
            number = path.split("/")[1].removeprefix("r")
            talk = self.talk(number)
            if talk is None or not talk.sound:
                return Reply({"message": "none"}, 404)
            if path.endswith("storage_url/"):
                return Reply({"record_url": f"{self.url}/store/{self.generation}/{number}"})
            return (
                Reply("in the store", 404) if talk.number % 3 == 0 else Reply(talk.sound, kind="audio/mpeg")
            )
        assert path == "call_history/", path
        form = "%Y-%m-%d %H:%M:%S"
        first, last = (
            datetime.strptime(asked.query[name], form).replace(tzinfo=UTC) for name in ("start_datetime", "end_datetime")
        )  # fmt: skip
        page, size = int(asked.query["page"]), int(asked.query["per_page"])
        inside = sorted((talk for talk in self.talks if first <= talk.at <= last), key=lambda talk: talk.at)
        part = inside[(page - 1) * size : page * size]
        return Reply(
            {"page": page, "per_page": size, "order": "asc", "call_history": [self.document(t) for t in part]}
        )

    def document(self, talk: Talk) -> dict[str, Any]:
        def gmt(seconds: float) -> str:
            return (talk.at + timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S")

        inner = "12345*101"
        sides = (talk.outside, "74951230000") if talk.way == "in" else (inner, talk.outside)
        leg = {
            "extension_id": 9, "extension_type": "phone", "record_uuid": f"r{talk.number}" if talk.sound else None,
            "result": "answered" if talk.talk_s else "not answered", "hangup_cause": "NORMAL_CLEARING",
            "duration": talk.talk_s + 8, "bridged": bool(talk.talk_s), "bridged_duration": talk.talk_s, "flow": talk.way,
            "from_username": sides[0], "to_username": inner if talk.way == "in" else talk.outside,
            "init_time_gmt": gmt(0), "bridged_time_gmt": gmt(8) if talk.talk_s else None,
            "hangup_time_gmt": gmt(8 + talk.talk_s),
        }  # fmt: skip
        queue = {**leg, "extension_type": "queue", "record_uuid": None, "to_username": "600", "bridged_duration": 0,
                 "bridged": False}  # fmt: skip
        found = {
            "call_uuid": f"t{talk.number}", "flow": talk.way, "init_time_gmt": gmt(0), "start_time_gmt": gmt(0),
            "bridged_time_gmt": gmt(8) if talk.talk_s else None, "hangup_time_gmt": gmt(8 + talk.talk_s),
            "duration": talk.talk_s + 8, "bridged": bool(talk.talk_s), "bridged_duration": talk.talk_s, "extension_id": 9,
            "from_username": sides[0], "to_username": sides[1], "result": "answered" if talk.talk_s else "not answered",
            "hangup_cause": "NORMAL_CLEARING", "cdr": [queue, leg] if talk.number % 4 == 0 else [leg],
        }  # fmt: skip
        return {**found, **talk.changes}


SERVERS = {server.code: server for server in (ZadarmaServer, MegaFonServer, BeelineServer, TelphinServer)}
SETTINGS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "zadarma": ({}, {"key": KEY, "secret": SECRET}), "megafon": ({}, {"key": KEY}), "beeline": ({}, {"token": KEY}),
    "telphin": ({"app": KEY}, {"secret": SECRET}),
}  # fmt: skip
