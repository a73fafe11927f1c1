"""amoCRM's API v4 as far as it is documented: bearer tokens that end, refresh tokens good for one use, notes by card."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from provider_world import Asked, FakeServer, Reply

START = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
CLIENT, CLIENT_SECRET = "client-1", "client-secret-777888"
USERS = [
    {
        "id": 777,
        "name": "Анна Смирнова",
        "email": "a@example.com",
        "_embedded": {"groups": [{"id": 1, "name": "Продажи"}]},
    },
    {"id": 778, "name": "Олег Тихий", "email": "o@example.com", "_embedded": {"groups": []}},
]


@dataclass
class Talk:
    """One call and the cards it was noted at."""

    number: int
    at: datetime  # when it ended
    way: str = "call_in"
    length_s: int = 61
    cards: tuple[str, ...] = ("leads",)
    sound: bytes = b""
    changes: dict[str, Any] = field(default_factory=dict)


class AmoServer(FakeServer):
    """``access`` and ``refresh`` are the tokens in force; ``closed`` kinds of cards answer 403."""

    def __init__(self, talks: list[Talk]) -> None:
        super().__init__()
        self.talks = talks
        self.access, self.refresh, self.turn = "access-token-0", "refresh-token-0", 0
        self.closed: set[str] = set()
        self.size = 250
        self.telephony = ""

    def note(self, talk: Talk, entity: str) -> dict[str, Any]:
        params = {
            "uniq": f"uniq-{talk.number}", "duration": talk.length_s, "source": "telephony",
            "phone": f"+7916{talk.number:07}",
            "link": f"{self.telephony or self.url}/sounds/{talk.number}.mp3" if talk.sound else None,
            "call_status": 4 if talk.length_s else 6, "call_result": "Разговор", "call_responsible": 777 + talk.number % 2,
            **talk.changes,
        }  # fmt: skip
        return {
            "id": talk.number * 10 + ("leads", "contacts", "companies", "customers").index(entity),
            "entity_id": 500 + talk.number, "created_at": int(talk.at.timestamp()), "updated_at": int(talk.at.timestamp()),
            "responsible_user_id": 777, "note_type": talk.way, "params": params, "account_id": 1,
        }  # fmt: skip

    def answer(self, asked: Asked) -> Reply:
        if asked.path.startswith("/sounds/"):
            assert "authorization" not in asked.headers or not self.telephony, "a key went elsewhere"
            number = asked.path.rpartition("/")[2].partition(".")[0]
            talk = next(talk for talk in self.talks if str(talk.number) == number)
            return Reply(talk.sound, kind="audio/mpeg") if talk.sound else Reply("none", 404)
        if asked.path == "/oauth2/access_token":
            return self._renew(asked.json)
        if asked.headers.get("authorization") != f"Bearer {self.access}":
            return Reply({"title": "Unauthorized", "status": 401}, 401)
        path = asked.path.removeprefix("/api/v4/")
        if path == "account":
            return Reply({"id": 1, "name": "Ромашка"})
        if path == "users":
            return self._page(asked, "users", USERS)
        if path == "leads/pipelines":
            statuses = [
                {"id": 142, "name": "Успешно"},
                {"id": 143, "name": "Закрыто"},
                {"id": 10, "name": "Счёт"},
            ]
            return Reply({"_embedded": {"pipelines": [{"id": 9, "_embedded": {"statuses": statuses}}]}})
        if path == "leads":
            ids = {int(value) for name, value in asked.query_list if name == "filter[id][]"}
            leads = [
                {"id": n, "price": 1000 * n, "pipeline_id": 9, "responsible_user_id": 778,
                 "status_id": (142, 143, 10)[n % 3]} for n in sorted(ids)
            ]  # fmt: skip
            return self._page(asked, "leads", leads)
        entity, _slash, rest = path.partition("/")
        if entity in self.closed:
            return Reply({"title": "Forbidden"}, 403)
        if rest == "notes":
            return self._notes(asked, entity)
        card, _notes, number = rest.partition("/notes/")
        found = [self.note(talk, entity) for talk in self.talks if entity in talk.cards]
        note = next(
            (each for each in found if str(each["id"]) == number and str(each["entity_id"]) == card), None
        )
        return Reply(note) if note is not None else Reply({"title": "Not found"}, 404)

    def _notes(self, asked: Asked, entity: str) -> Reply:
        kinds = [value for name, value in asked.query_list if name == "filter[note_type][]"]
        assert set(kinds) == {"call_in", "call_out"}, kinds
        first = int(asked.query["filter[updated_at][from]"])
        found = [self.note(talk, entity) for talk in self.talks if entity in talk.cards]
        return self._page(asked, "notes", [each for each in found if each["updated_at"] >= first])

    def _page(self, asked: Asked, name: str, rows: list[dict[str, Any]]) -> Reply:
        page, limit = int(asked.query.get("page", 1)), min(int(asked.query.get("limit", 50)), self.size)
        assert 1 <= int(asked.query.get("limit", 50)) <= 250
        part = rows[(page - 1) * limit : page * limit]
        if not part:
            return Reply(b"", 204)
        links = {"self": {"href": "x"}}
        if page * limit < len(rows):
            links["next"] = {"href": f"{self.url}{asked.path}?page={page + 1}"}
        return Reply({"_page": page, "_links": links, "_embedded": {name: part}})

    def _renew(self, body: dict[str, Any]) -> Reply:
        told = (body["client_id"], body["client_secret"], body["grant_type"], body["refresh_token"])
        if told != (CLIENT, CLIENT_SECRET, "refresh_token", self.refresh):
            return Reply({"hint": "Token has been revoked", "status": 400}, 400)
        self.turn += 1
        self.access, self.refresh = f"access-token-{self.turn}", f"refresh-token-{self.turn}"
        return Reply(
            {
                "access_token": self.access,
                "refresh_token": self.refresh,
                "expires_in": 86400,
                "token_type": "Bearer",
            }
        )
