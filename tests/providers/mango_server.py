"""MANGO OFFICE as its documentation says: signatures, both paces, the lock after wrong requests, statistics that take time,
recordings behind addresses that work once."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from provider_world import Asked, FakeServer, QuickClock, Reply

KEY, SALT = "mango-key-0123456789", "mango-salt-9876543210"
LIMITS = {1, 5, 10, 20, 50, 100, 500, 1000, 2000, 5000}
START = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)


def entry_id(number: int) -> str:
    return base64.b64encode(f"500999{number:06}".encode()).decode()


def recording_id(number: int) -> str:
    return base64.b64encode(f"1:1000:{number:012}:0".encode()).decode()


@dataclass
class MangoTalk:
    """One call: who of the group talked, and what came of it."""

    number: int
    at: datetime
    user: int = 300043135
    talk_s: int = 61
    way: int = 1
    code: int = 1110
    sound: bytes = b""
    changes: dict[str, Any] = field(default_factory=dict)
    second_user: int | None = None  # took over by a blind transfer

    def document(self) -> dict[str, Any]:
        start = int(self.at.timestamp())
        good = self.talk_s > 0
        recording = [recording_id(self.number)] if self.sound else []
        customer, line = f"7916{self.number:07}", "74951230000"
        member = {
            "call_type": "user", "call_abonent_id": self.user, "call_abonent_info": "Анна Смирнова" if
            self.user == 300043135 else "Олег Тихий", "call_abonent_number": "sip:anna@firm.mangosip.ru",
            "call_start_time": start + 5, "call_answer_time": start + 13 if good else None,
            "call_end_time": start + 13 + self.talk_s, "call_duration": 8 + self.talk_s, "talk_duration": self.talk_s,
            "dial_duration": 8, "hold_duration": None, "call_end_reason": self.code, "recording_id": recording,
            "ModeConversation": True, "BlindTransfer": self.second_user is not None, "members": None,
        }  # fmt: skip
        legs: list[dict[str, Any]] = [member]
        if self.way == 1:
            legs = [{**member, "call_type": "group", "call_abonent_id": 10051192,
                     "call_abonent_info": "Отдел продаж", "call_abonent_number": None, "ModeGroup": True,
                     "recording_id": [f"group-{each}" for each in recording], "members": [member]}]  # fmt: skip
        if self.second_user is not None:
            begin = start + 13 + self.talk_s
            legs.append({**member, "call_abonent_id": self.second_user, "call_abonent_info": "Олег Тихий",
                         "call_start_time": begin, "call_answer_time": begin + 3, "call_end_time": begin + 203,
                         "talk_duration": 200, "BlindTransfer": False, "recording_id": []})  # fmt: skip
        talk_s = self.talk_s + (200 if self.second_user is not None else 0)
        return {
            "entry_id": entry_id(self.number), "context_type": self.way, "context_status": int(good),
            "caller_id": self.user if self.way == 2 else None,
            "caller_name": "Анна Смирнова" if self.way == 2 else customer,
            "caller_number": "sip:anna@firm.mangosip.ru" if self.way == 2 else customer,
            "called_number": customer if self.way == 2 else line, "context_start_time": start,
            "duration": 13 + talk_s, "talk_duration": talk_s, "context_init_type": 0, "recall_status": 2, "cost": 0,
            "tag_id": [], "mark_client": None, "call_comment": "", "context_calls": legs, **self.changes,
        }  # fmt: skip

    def row(self) -> str:
        """Its only leg in the basic statistics."""
        start = int(self.at.timestamp())
        answer = start + 13 if self.talk_s else 0
        records = f"[{recording_id(self.number)}]" if self.sound else "[]"
        outside = f"7916{self.number:07}"
        ends = [
            ("", outside, "102", "sip:anna@firm.mangosip.ru"),
            ("102", "sip:anna@firm.mangosip.ru", "", outside),
        ]
        sides = ";".join(ends[self.way - 1])
        return (
            f"{records};{start};{start + 13 + self.talk_s};{answer};{sides};{self.code};74951230000;abonent;{start};"
            f"{entry_id(self.number)}"
        )


class MangoServer(FakeServer):
    """``quick`` is the clock by which paces and locks are kept."""

    def __init__(self, talks: list[MangoTalk], quick: QuickClock, zone: str = "Europe/Moscow") -> None:
        super().__init__()
        self.talks, self.quick, self.zone = talks, quick, ZoneInfo(zone)
        self.polls = 2  # so often statistics are not ready yet
        self.extended = True
        self.lost_keys = 0
        self.over_pace = 0
        self.locked_until = 0.0
        self.wrong: list[float] = []
        self.starts: dict[str, float] = {}
        self.orders: dict[str, tuple[Any, int]] = {}
        self.links: dict[str, bytes] = {}
        self.gone: set[str] = set()
        self.users = [
            self.user(300043135, "Анна Смирнова", "102"), self.user(300043136, "Олег Тихий", "103"),
        ]  # fmt: skip

    @staticmethod
    def user(user_id: int, name: str, extension: str) -> dict[str, Any]:
        return {
            "general": {"name": name, "user_id": user_id, "sips": [{"number": "anna@firm.mangosip.ru"}]},
            "telephony": {"extension": extension, "outgoingline": "74951230000", "numbers": []},
            "groups": [10051192],
        }

    def wrong_request(self, code: int, message: str) -> Reply:
        now = self.quick.now()
        self.wrong = [each for each in self.wrong if now - each < 120] + [now]
        if len(self.wrong) > 1:
            self.locked_until = self.wrong[0] + 120
        return Reply({"result": code, "message": message})

    def answer(self, asked: Asked) -> Reply:
        if asked.path.startswith("/files/"):
            sound = self.links.pop(asked.path, None)
            return Reply("gone", 404) if sound is None else Reply(sound, kind="audio/mpeg")
        now = self.quick.now()
        if now < self.locked_until:
            return Reply("", 401)
        assert asked.method == "POST", "only POST"
        assert asked.headers["content-type"].startswith("application/x-www-form-urlencoded")
        form = asked.form
        assert set(form) == {"vpbx_api_key", "sign", "json"}, f"three fields, not {sorted(form)}"
        if form["vpbx_api_key"] != KEY:
            return self.wrong_request(3105, "wrong key")
        if form["sign"] != hashlib.sha256((KEY + form["json"] + SALT).encode()).hexdigest():
            return self.wrong_request(3102, "signature mismatch")
        told = json.loads(form["json"])
        path = asked.path.removeprefix("/vpbx/").rstrip("/")
        if path in ("stats/calls/request", "stats/request", "config/users/request"):
            if now - self.starts.get(path, -9.0) < 2.0:
                self.over_pace += 1
                return Reply(
                    {
                        "name": "Service Unavailable",
                        "message": "Rate limit exceeded.",
                        "code": 0,
                        "status": 429,
                    }
                )
            self.starts[path] = now
        handler = getattr(self, "on_" + path.replace("/", "_"), None)
        if handler is None:
            return Reply("no such thing", 404)
        return handler(told)  # type: ignore[no-any-return]

    def on_config_users_request(self, told: dict[str, Any]) -> Reply:
        assert "general.user_id" in told["ext_fields"]
        return Reply({"users": self.users})

    def on_incominglines(self, told: dict[str, Any]) -> Reply:
        assert told == {}
        lines = [
            {
                "line_id": 1,
                "number": "74951230000",
                "name": "Сайт",
                "comment": "",
                "schema_id": 5,
                "schema_name": "День",
            },
            {"line_id": 2, "number": "74951230001", "name": "74951230001", "comment": ""},
        ]
        return Reply({"result": 1000, "lines": lines})

    def on_groups(self, _told: dict[str, Any]) -> Reply:
        return Reply(
            {"result": 1000, "groups": [{"id": 10051192, "name": "Отдел продаж", "extension": "900"}]}
        )

    def on_cc_tags(self, _told: dict[str, Any]) -> Reply:
        return Reply(
            {"result": 1000, "tags": [{"id": 10017916, "parent": 0, "name": "Целевой", "is_folder": 0}]}
        )

    # --- statistics ----------------------------------------------------------------------------------------------

    def _order(self, told: Any) -> Reply:
        key = f"key{len(self.orders)}"
        self.orders[key] = (told, 0)
        return Reply({"key": key})

    def on_stats_calls_request(self, told: dict[str, Any]) -> Reply:
        if not self.extended:
            return Reply({"message": "not in your tariff"}, 403 if "code" in told else 404)
        if int(told["limit"]) not in LIMITS:
            return self.wrong_request(3100, "limit")
        first, last = (
            datetime.strptime(told[name], "%d.%m.%Y %H:%M:%S").replace(tzinfo=self.zone)
            for name in ("start_date", "end_date")
        )
        if last - first > timedelta(days=31) or last <= first:
            return self.wrong_request(3111, "dates")
        return self._order({**told, "first": first, "last": last})

    def on_stats_calls_result(self, told: dict[str, Any]) -> Reply:
        order, asked = self.orders.get(told["key"], (None, 0))
        if self.lost_keys and order is not None:
            self.lost_keys -= 1
            self.orders[told["key"]] = (None, 0)
            order = None
        if order is None:
            return Reply({"result": 1000, "status": "not-found"})
        self.orders[told["key"]] = (order, asked + 1)
        if asked < self.polls:
            return Reply({"result": 1000, "status": ("request", "work")[asked % 2]})
        found = sorted(
            (talk for talk in self.talks if order["first"] <= talk.at <= order["last"]),
            key=lambda talk: talk.at,
        )
        page = found[int(order["offset"]) : int(order["offset"]) + int(order["limit"])]
        days: dict[str, list[Any]] = {}
        for talk in page:
            days.setdefault(talk.at.date().isoformat(), []).append(talk.document())
        return Reply({"result": 1000, "status": "complete", "data": [
            {"period": day, "total_calls_count": len(listed), "list": listed} for day, listed in days.items()]})  # fmt: skip

    def on_stats_request(self, told: dict[str, Any]) -> Reply:
        assert told["date_to"] - told["date_from"] <= 31 * 86_400
        assert "create" in told["fields"].split(",")
        return self._order(told)

    def on_stats_result(self, told: dict[str, Any]) -> Reply:
        if told["key"] not in self.orders:
            return Reply("", 404)
        order, asked = self.orders[told["key"]]
        self.orders[told["key"]] = (order, asked + 1)
        if asked < self.polls:
            return Reply(b"", 204)
        rows = [
            talk.row() for talk in self.talks if order["date_from"] <= talk.at.timestamp() <= order["date_to"]
        ]
        return Reply("\n".join(rows) + "\n", kind="text/csv; charset=utf-8")

    # --- recordings ----------------------------------------------------------------------------------------------

    def on_queries_recording_post(self, told: dict[str, Any]) -> Reply:
        assert told["action"] == "download"
        talk = next((each for each in self.talks if recording_id(each.number) == told["recording_id"]), None)
        if talk is None or told["recording_id"] in self.gone:
            return self.wrong_request(3320, "recording not found")
        link = f"/files/{len(self.asked)}-{talk.number}"
        self.links[link] = talk.sound
        return Reply("", 302, {"Location": self.url + link})
