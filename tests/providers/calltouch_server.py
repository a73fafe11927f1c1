"""Calltouch's diary as far as it is known: days in dd/mm/yyyy, a token in the query, pages or a bare array."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from provider_world import Asked, FakeServer, Reply

TOKEN, SITE = "calltouch-token-0123456789", "4242"
START = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)


@dataclass
class Entry:
    """One call."""

    number: int
    at: datetime
    talk_s: int = 61
    sound: bytes = b""
    changes: dict[str, Any] = field(default_factory=dict)


class CalltouchServer(FakeServer):
    """``bare``: the account without pages."""

    pace = (3, 1.0)
    unpaced = ("/file", "/go")

    def __init__(self, entries: list[Entry], zone: str = "Europe/Moscow") -> None:
        super().__init__()
        self.entries, self.zone, self.bare, self.generation = entries, ZoneInfo(zone), False, 0

    def document(self, entry: Entry) -> dict[str, Any]:
        return {
            "callId": entry.number, "date": entry.at.astimezone(self.zone).strftime("%d/%m/%Y %H:%M:%S"),
            "callerNumber": f"7916{entry.number:07}", "phoneNumber": "74951230000", "duration": entry.talk_s,
            "waitingConnect": 9, "successful": entry.talk_s > 0, "targetCall": True, "callbackCall": False,
            "manager": "Анна Смирнова" if entry.talk_s else None, "source": "yandex", "utmCampaign": "brand",
            "sipCallId": f"{int(entry.at.timestamp())}.{entry.number}",
            "callUrl": f"{self.url}/go/{entry.number}?key=link-{self.generation}" if entry.sound else None,
            "callTags": [{"category": "Качество", "type": "MANUAL", "names": ["Целевой"]}], "comments": [{"comment": "ok"}],
            **entry.changes,
        }  # fmt: skip

    def answer(self, asked: Asked) -> Reply:
        parts = asked.path.strip("/").split("/")
        if parts[0] == "go":
            if asked.query["key"] != f"link-{self.generation}":
                return Reply("<html>Вход</html>", kind="text/html")
            return Reply("", 302, {"Location": f"{self.url}/file/{parts[1]}"})
        if parts[0] == "file":
            return Reply(
                next(each.sound for each in self.entries if str(each.number) == parts[1]), kind="audio/mpeg"
            )
        if asked.query.get("clientApiId") != TOKEN:
            return Reply({"errorCode": "401", "message": "Unauthorized"}, 401)
        assert asked.path == f"/calls-service/RestAPI/{SITE}/calls-diary/calls", "the site"
        first, last = (
            datetime.strptime(asked.query[name], "%d/%m/%Y").replace(tzinfo=self.zone).date()
            for name in ("dateFrom", "dateTo")
        )
        assert first == last, "one day"
        found = [each for each in self.entries if each.at.astimezone(self.zone).date() == first]
        if self.bare:
            return Reply([self.document(each) for each in found])
        page, limit = int(asked.query["page"]), int(asked.query["limit"])
        assert page >= 1
        assert 1 <= limit <= 1000
        part = found[(page - 1) * limit : page * limit]
        return Reply({
            "page": page, "pageTotal": -(-len(found) // limit), "recordsTotal": len(found),
            "records": [self.document(each) for each in part],
        })  # fmt: skip
