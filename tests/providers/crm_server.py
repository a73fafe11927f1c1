"""The CRM of the worked example in docs/sources.md, strict: a bearer key, numbered pages, its own forms of times."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from provider_world import Asked, FakeServer, Reply

KEY = "crm-key-000111222"
START = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Moscow")
OPERATORS = [
    {"id": 7, "full_name": "Анна Смирнова", "ext": "101", "team": "Продажи"},
    {"id": 8, "full_name": "Олег Тихий", "ext": "102", "team": None},
]


@dataclass
class Talk:
    """One call."""

    number: int
    at: datetime
    talk_ms: int = 61_400
    sound: bytes = b""
    changes: dict[str, Any] = field(default_factory=dict)


class CrmServer(FakeServer):
    """``style`` is how pages follow each other; ``generation`` kills the links of recordings given before."""

    def __init__(self, talks: list[Talk], style: str = "page") -> None:
        super().__init__()
        self.talks, self.style, self.generation = talks, style, 0
        self.size = 100

    def document(self, talk: Talk) -> dict[str, Any]:
        found: dict[str, Any] = {
            "id": f"c-{talk.number}", "begin": talk.at.astimezone(ZONE).isoformat(),
            "kind": "client_called" if talk.number % 2 else "we_called", "result": "talk" if talk.talk_ms else "no_talk",
            "length_ms": talk.talk_ms + 9000, "talk_ms": talk.talk_ms,
            "client": {"phone": f"8 (916) 000-{talk.number:04}", "name": f"Клиент {talk.number}"},
            "operator": OPERATORS[talk.number % 2], "labels": [{"title": "важный"}, {"title": "Москва"}],
            "record_url": f"/api/v2/records/{talk.number}?k={self.generation}" if talk.sound else None,
            "deal": {"id": 500 + talk.number, "stage": "Счёт", "state": "success", "sum": "12500.50"}
            if talk.number % 3 == 0 else None,
        }  # fmt: skip
        return {**found, **talk.changes}

    def answer(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != f"Bearer {KEY}":
            return Reply({"error": "key"}, 401)
        path = asked.path.removeprefix("/api/v2")
        if path == "/operators":
            return Reply(OPERATORS)
        if path.startswith("/records/"):
            talk = next(talk for talk in self.talks if str(talk.number) == path.rpartition("/")[2])
            if asked.query.get("k") != str(self.generation) or not talk.sound:
                return Reply("gone", 404)
            return Reply(talk.sound, kind="audio/mpeg")
        if path != "/calls":
            return Reply({"error": path}, 404)
        return self._calls(asked)

    def _calls(self, asked: Asked) -> Reply:
        query = asked.query
        try:
            first, last = (
                datetime.strptime(query[name], "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZONE) for name in ("since", "until")
            )  # fmt: skip
        except (KeyError, ValueError) as error:
            self.problems.append(repr(error))
            return Reply({"error": repr(error)}, 400)
        listed = [
            self.document(talk) for talk in self.talks if first <= talk.at <= last + timedelta(seconds=1)
        ]
        offset = 0
        if self.style == "page":
            offset = (int(query["page"]) - 1) * self.size
        elif self.style in ("offset", "cursor", "next_link", "link_header"):
            offset = int(query.get("offset") or query.get("cursor") or 0)
        part, end = listed[offset : offset + self.size], offset + self.size
        is_more = end < len(listed)
        meta: dict[str, Any] = {"has_more": is_more}
        headers = {}
        if is_more and self.style == "cursor":
            meta["cursor"] = end
        link = f"/api/v2/calls?since={query['since']}&until={query['until']}&offset={end}".replace(" ", "%20")
        if is_more and self.style == "next_link":
            meta["next"] = link
        if is_more and self.style == "link_header":
            headers["Link"] = f'<{self.url}{link}>; rel="next", <{self.url}/x>; rel="last"'
        return Reply({"data": part, "meta": meta}, headers=headers)
