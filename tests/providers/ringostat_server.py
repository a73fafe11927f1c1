"""Ringostat's export as far as it is documented: a key in a header, at most so many rows, links with a key that ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from provider_world import Asked, FakeServer, Reply

KEY = "ringostat-key-0123456789"
START = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
KNOWN = {
    "calldate",
    "uniqueid",
    "call_type",
    "disposition",
    "recording",
    "recording_wav",
    "has_recording",
    "merge",
}


@dataclass
class Row:
    """One call."""

    number: int
    at: datetime
    talk_s: int = 61
    way: str = "in"
    sound: bytes = b""
    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"ua0_-{int(self.at.timestamp())}.{self.number}"


class RingostatServer(FakeServer):
    """``offset_h`` of the answers; requests are read in ``zone``; every row of ``twice`` comes two times."""

    pace = (2, 1.0)
    unpaced = ("/recordings",)

    def __init__(self, rows: list[Row], zone: str = "Europe/Moscow", offset_h: int = 3) -> None:
        super().__init__()
        self.rows, self.zone, self.offset = rows, ZoneInfo(zone), timezone(timedelta(hours=offset_h))
        self.most = 6500
        self.generation = 0  # links of an older one are dead
        self.twice: set[int] = set()
        self.says = ""

    def document(self, row: Row) -> dict[str, Any]:
        link = f"{self.url}/recordings/{row.id}"
        token = f"link-token-{self.generation}"
        return {
            "calldate": row.at.astimezone(self.offset).strftime("%Y-%m-%dT%H:%M:%S%z"), "uniqueid": row.id,
            "call_type": row.way, "caller": f"7916{row.number:07}" if row.way == "in" else "&quot;Anna&quot; &lt;101&gt;",
            "caller_number": f"7916{row.number:07}" if row.way == "in" else "101",
            "dst": "74951230000" if row.way == "in" else f"7916{row.number:07}", "connected_with": "sip_anna",
            "disposition": "ANSWERED" if row.talk_s else "NO ANSWER", "waittime": "9", "billsec": row.talk_s,
            "duration": str(row.talk_s + 9), "employee_fio": "Анна Смирнова" if row.talk_s else "-1",
            "employee_number": "101" if row.talk_s else "-1", "department": "Отдел продаж", "has_recording":
            "1" if row.sound else "0", "recording": f"{link}.mp3?token={token}",
            "recording_wav": f"{link}.wav?token={token}",
            "call_card": f"https://app.ringostat.com/card/{row.id}", **row.changes,
        }  # fmt: skip

    def answer(self, asked: Asked) -> Reply:
        if asked.path.startswith("/recordings/"):
            assert asked.headers.get("auth-key") in (None, KEY)
            if asked.query.get("token") != f"link-token-{self.generation}":
                return Reply({"error": "link expired"}, 403)
            name = asked.path.removeprefix("/recordings/").rpartition(".")[0]
            row = next((each for each in self.rows if each.id == name and each.sound), None)
            if asked.path.endswith(".vtt"):
                said = "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\n<v Operator>Добрый день\n"
                return Reply(said) if row is not None and row.number == 1 else Reply("none", 404)
            return Reply("none", 404) if row is None else Reply(row.sound, kind="audio/mpeg")
        assert asked.path in ("/calls/list", "/calls/export")
        key = asked.headers.get("auth-key") if asked.path == "/calls/list" else asked.query.get("token")
        if key != KEY:
            return Reply("Auth key is not valid", kind="text/plain")
        if self.says:
            return Reply(self.says)
        assert asked.query["export_type"] == "json"
        assert asked.query["merge"] == "0"
        assert {"calldate", "uniqueid", "billsec"} <= set(asked.query["fields"].split(","))
        first, last = (
            datetime.strptime(asked.query[name], "%Y-%m-%d %H:%M:%S").replace(tzinfo=self.zone)
            for name in ("from", "to")
        )
        found = sorted((row for row in self.rows if first <= row.at <= last), key=lambda row: row.at)
        wanted = asked.query.get("filters", "").partition("uniqueid=")[2]
        if wanted:
            found = [row for row in found if row.id == wanted]
        listed = [
            self.document(row) for row in found for _time in range(2 if row.number in self.twice else 1)
        ]
        return Reply(listed[: self.most])
