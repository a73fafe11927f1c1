"""The Data API as its documentation says: JSON-RPC with an id, points, fields, pages, an allow-list; media hosts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from provider_world import Asked, FakeServer, QuickClock, Reply

from qaapp.sources.comagic_records import CALL_FIELDS, LEG_FIELDS

TOKEN = "comagic-token-0123456789"
START = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
NAMES = {4501: "Смирнова Анна", 4502: "Тихий Олег"}


@dataclass
class Session:
    """One call session."""

    number: int
    at: datetime
    employee: int = 4501
    talk_s: int = 60
    way: str = "in"
    sound: bytes = b""
    sides: tuple[bytes, bytes] | None = None
    whole: bool = True  # there is a link to the whole recording
    second: int | None = None
    coach: int | None = None
    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> int:
        return 812345000 + self.number

    def row(self, zone: ZoneInfo, media: str) -> dict[str, Any]:
        talked = self.talk_s > 0
        seconds = 9 + self.talk_s + (100 if self.second else 0)
        people = [each for each in (self.employee, self.second) if each]
        return {
            "id": self.id, "start_time": local(self.at, zone),
            "finish_time": local(self.at + timedelta(seconds=seconds), zone),
            "finish_reason": "subscriber_disconnects" if talked else "operator_not_responsible", "direction": self.way,
            "source": "va", "is_lost": self.way == "in" and not talked, "contact_phone_number": f"7916{self.number:07}",
            "contact_full_name": None, "virtual_phone_number": "74951230000", "operator_phone_number": "101",
            "communication_id": self.id + 7, "wait_duration": 9 if talked else None, "total_wait_duration": 9,
            "talk_duration": seconds - 9, "clean_talk_duration": seconds - 9, "total_duration": seconds,
            "is_transfer": self.second is not None, "call_records": [f"m{self.number}"] if self.sound else [],
            "wav_call_records": [f"w{self.number}a", f"w{self.number}b"] if self.sides else [],
            "full_record_file_link": f"{media}/{self.id + 7}/f{self.number}" if self.sound and self.whole else None,
            "voice_mail_records": [], "tags": [], "last_answered_employee_rating": None, "campaign_name": None,
            "scenario_name": None, "utm_source": None, "utm_campaign": None,
            "employees": [{"employee_id": each, "employee_full_name": NAMES[each], "is_answered": talked,
                           "is_talked": talked} for each in people],
            "last_talked_employee_id": people[-1] if talked else None,
            "last_talked_employee_full_name": NAMES[people[-1]] if talked else None,
            "last_answered_employee_id": people[-1] if talked else None,
            "last_answered_employee_full_name": NAMES[people[-1]] if talked else None, **self.changes,
        }  # fmt: skip

    def legs(self, zone: ZoneInfo) -> list[dict[str, Any]]:
        found = []
        lengths = {self.employee: self.talk_s, self.second: 100, self.coach: 500}
        for place, each in enumerate((self.employee, self.second, self.coach)):
            if each is None:
                continue
            begin = self.at + timedelta(seconds=3 + place * 20)
            talked = lengths[each] > 0
            found.append({
                "id": self.id * 10 + place, "call_session_id": self.id, "start_time": local(begin, zone),
                "connect_time": local(begin + timedelta(seconds=6), zone) if talked else None, "duration": lengths[each],
                "total_duration": 6 + lengths[each], "finish_reason": "subscriber_disconnects", "direction": "out",
                "calling_phone_number": "79160000000", "called_phone_number": "101", "is_transfered": False,
                "is_operator": True, "employee_id": each, "employee_full_name": NAMES.get(each, "Вера Белова"),
                "employee_phone_number": str(each - 4400), "is_coach": each == self.coach, "is_talked": talked,
                "action_name": None, "group_id": 5, "group_name": "Отдел продаж",
            })  # fmt: skip
        return found


def local(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


class ComagicServer(FakeServer):
    """Also both media hosts. ``minute`` points a minute by the clock ``quick``."""

    def __init__(self, sessions: list[Session], quick: QuickClock, zone: str = "Asia/Yekaterinburg") -> None:
        super().__init__()
        self.sessions, self.quick, self.zone_name, self.zone = sessions, quick, zone, ZoneInfo(zone)
        self.minute, self.day = 500, 15_000
        self.used: list[float] = []
        self.over = 0
        self.allowed = True
        self.with_legs = True
        self.unknown_fields: set[str] = set()
        self.logins = 0
        self.session_ends = 0.0
        self.moved = False  # recordings are not where the documentation says, only behind the link

    def limits(self) -> dict[str, Any]:
        now = self.quick.now()
        self.used = [each for each in self.used if now - each < 60]
        left = self.minute - len(self.used)
        reset = int(60 - (now - self.used[0])) + 1 if self.used else 60
        return {"limits": {
            "day_limit": 15_000, "day_remaining": self.day, "day_reset": 40_000, "minute_limit": self.minute,
            "minute_remaining": left, "minute_reset": reset,
        }}  # fmt: skip

    def refuse(self, told: Any, code: int, mnemonic: str, message: str, **data: Any) -> Reply:
        detail = {"mnemonic": mnemonic, "metadata": self.limits(), **data}
        return Reply(
            {"jsonrpc": "2.0", "id": told["id"], "error": {"code": code, "message": message, "data": detail}}
        )

    def answer(self, asked: Asked) -> Reply:
        if asked.method == "GET":
            return self.media(asked)
        assert asked.path == "/v2.0"
        assert asked.headers["content-type"] == "application/json; charset=UTF-8"
        told = asked.json
        assert told["jsonrpc"] == "2.0"
        assert told["id"] is not None
        params, method = told["params"], told["method"]
        if not self.allowed:
            return self.refuse(told, -32003, "ip_not_whitelisted", "IP is not in the whitelist")
        if method == "login.user":
            self.logins += 1
            assert params == {"login": "qa", "password": "password-1"}
            self.session_ends = self.quick.now() + 3600
            return Reply(
                {"jsonrpc": "2.0", "id": told["id"], "result": {"data": {"access_token": "session-token"}}}
            )
        if params["access_token"] == "session-token" and self.quick.now() > self.session_ends:
            return self.refuse(told, -32001, "access_token_expired", "expired")
        if params["access_token"] not in (TOKEN, "session-token"):
            return self.refuse(told, -32001, "access_token_invalid", "Access token is invalid")
        if self.limits()["limits"]["minute_remaining"] <= 0 or self.day <= 0:
            self.over += 1
            return self.refuse(told, -32029, "limit_exceeded", "Limit exceeded")
        rows, total = self.rows(told, method, params)
        if isinstance(rows, Reply):
            return rows
        self.used.append(self.quick.now())
        result = {"data": rows, "metadata": {"total_items": total, **self.limits()}}
        return Reply({"jsonrpc": "2.0", "id": told["id"], "result": result})

    def rows(self, told: Any, method: str, params: dict[str, Any]) -> tuple[Any, int]:
        limit, offset = params.get("limit", 1000), params.get("offset", 0)
        assert 1 <= limit <= 10_000
        assert 0 <= offset <= 100_000
        if method == "get.account":
            return [{"app_id": 77, "name": "ООО Ромашка", "timezone": self.zone_name}], 1
        if method == "get.employees":
            return [
                {"id": key, "full_name": name, "extension": {"extension_phone_number": str(key - 4400)},
                 "groups": [{"group_id": 5, "group_name": "Отдел продаж"}], "phone_numbers": []}
                for key, name in NAMES.items()
            ], 2  # fmt: skip
        if method == "get.group_employees":
            return [{"id": 5, "name": "Отдел продаж"}], 1
        known = {"get.calls_report": CALL_FIELDS, "get.call_legs_report": LEG_FIELDS}.get(method)
        if known is None or (method == "get.call_legs_report" and not self.with_legs):
            return self.refuse(told, -32008, "method_component_disabled", "Component is disabled"), 0
        for each in params["fields"]:
            if each not in known or each in self.unknown_fields:
                return self.refuse(
                    told,
                    -32602,
                    "invalid_parameter_value",
                    f"Invalid parameter value {each}",
                    field="fields",
                    value=each,
                ), 0
        first, last = (
            datetime.strptime(params[name], "%Y-%m-%d %H:%M:%S").replace(tzinfo=self.zone)
            for name in ("date_from", "date_till")
        )
        if last - first > timedelta(days=92):
            return self.refuse(told, -32602, "date_interval_limit_reached", "more than 3 months"), 0
        found = [each for each in self.sessions if first <= each.at <= last]
        if method == "get.call_legs_report":
            listed = [leg for each in found for leg in each.legs(self.zone)]
        else:
            listed = [each.row(self.zone, self.url) for each in found]
        for order in params.get("sort", []):
            listed.sort(
                key=lambda row: (row[order["field"]] or "", row["id"]), reverse=order["order"] == "desc"
            )
        if "filter" in params:
            wanted = params["filter"]
            assert wanted["operator"] == "="
            listed = [row for row in listed if row[wanted["field"]] == wanted["value"]]
        part = listed[offset : offset + limit]
        return [{name: row[name] for name in params["fields"]} for row in part], len(listed)

    def media(self, asked: Asked) -> Reply:
        assert not asked.query, "no key in an address of a recording"
        parts = [part for part in asked.path.split("/") if part]
        for each in self.sessions:
            if self.moved and asked.path == f"/elsewhere/{each.number}":
                return Reply(each.sound, kind="audio/mpeg")
            if self.moved:
                continue
            if parts == [str(each.id + 7), f"f{each.number}"] and each.sound and each.whole:
                return Reply(each.sound, kind="audio/mpeg")
            if parts == ["system", "media", "talk", str(each.id + 7), f"m{each.number}"] and each.sound:
                return Reply(each.sound, kind="audio/mpeg")
            for place, letter in enumerate("ab"):
                if each.sides and parts == [
                    "system",
                    "media",
                    "wav",
                    str(each.id + 7),
                    f"w{each.number}{letter}",
                ]:
                    return Reply(each.sides[place], kind="audio/x-wav")
        return Reply("not found", 404)
