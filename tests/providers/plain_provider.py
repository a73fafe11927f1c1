"""The simplest provider there can be, and its server: what the tests of the pull itself run against."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from provider_world import Asked, FakeServer, Reply, wav_bytes

from qaapp.sources.http import Http
from qaapp.sources.provider import Checked, Config, Field, Input, Kind, Page, Provider, Refused, Window
from qaapp.sources.records import CallRecord, DealRecord, ParticipantRecord, PersonRecord, RemoteRef
from qaapp.words import Direction, Disposition, Lane

START = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
PAGE = 7


@dataclass
class Talk:
    """One call as the server has it."""

    number: int
    at: datetime
    people: list[tuple[str, str, int]] = field(default_factory=list)  # id, role, talk_s
    tags: list[str] = field(default_factory=list)
    comment: str = ""
    sound: bytes = b""
    ready: bool = True
    deal: dict[str, Any] | None = None

    def document(self) -> dict[str, Any]:
        return {
            "id": f"c{self.number}", "at": self.at.isoformat(), "people": self.people, "tags": self.tags,
            "comment": self.comment, "rec": f"r{self.number}" if self.sound else None, "deal": self.deal,
            "phone": f"7900000{self.number:04}",
        }  # fmt: skip


class PlainServer(FakeServer):
    """``/calls`` by time in pages, ``/rec/ID``, ``/people``; the key must be right."""

    def __init__(self, talks: list[Talk] | None = None) -> None:
        super().__init__()
        self.talks = talks if talks is not None else []
        self.people = [
            {"id": "p1", "name": "Анна Смирнова", "ext": "101"},
            {"id": "p2", "name": "Олег Тихий", "ext": "102"},
        ]
        self.key = "plain-secret-1"

    def answer(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != f"Bearer {self.key}":
            return Reply({"error": "wrong key"}, 401)
        if asked.path == "/people":
            return Reply(self.people)
        if asked.path == "/calls":
            first = datetime.fromisoformat(asked.query["first"])
            last = datetime.fromisoformat(asked.query["last"])
            page = int(asked.query["page"])
            found = [
                talk for talk in sorted(self.talks, key=lambda talk: talk.number) if first <= talk.at < last
            ]
            part = found[(page - 1) * PAGE : page * PAGE]
            return Reply({"calls": [talk.document() for talk in part], "more": page * PAGE < len(found)})
        if asked.path.startswith("/rec/"):
            talk = next((talk for talk in self.talks if f"/rec/r{talk.number}" == asked.path), None)
            if talk is None or not talk.ready:
                return Reply("not yet", 404)
            return Reply(talk.sound, kind="audio/wav")
        return Reply("?", 404)


class Plain:
    longest_window_days = 2.0
    parallel_downloads = 3

    def __init__(self, config: Config) -> None:
        self._http = Http(
            config.settings["url"], headers={"Authorization": f"Bearer {config.secrets.get('key', '')}"},
            secrets=tuple(config.secrets.values()),
        )  # fmt: skip

    def check(self) -> Checked:
        self._http.get("people")
        return Checked(account="plain")

    def people(self) -> Iterator[PersonRecord]:
        for each in self._http.get("people").json():
            yield PersonRecord(each["id"], each["name"], each["ext"])

    def calls(self, window: Window) -> Iterator[Page]:
        page, more = 0, True
        while more:
            page += 1
            told = self._http.get(
                "calls",
                params={"first": window.first.isoformat(), "last": window.last.isoformat(), "page": page},
            ).json()
            more = told["more"]
            good = [each for each in told["calls"] if each.get("at")]
            bad = [Refused(str(each.get("id")), "no time") for each in told["calls"] if not each.get("at")]
            yield Page([self._record(each) for each in good], bad)

    def _record(self, each: dict[str, Any]) -> CallRecord:
        at = datetime.fromisoformat(each["at"])
        remote = (RemoteRef(each["rec"], facts={"id": each["rec"]}),) if each["rec"] else ()
        deal = DealRecord(**each["deal"]) if each["deal"] else None
        return CallRecord(
            each["id"], at, ended_at=at + timedelta(seconds=60), direction=Direction.INBOUND,
            disposition=Disposition.ANSWERED, talk_s=50, duration_s=60, customer_number=each["phone"],
            comment=each["comment"] or None, tags=tuple(each["tags"]), remote=remote, deal=deal,
            participants=tuple(
                ParticipantRecord(person, role=role, answered=True, talk_s=talk_s)
                for person, role, talk_s in each["people"]
            ),
        )  # fmt: skip

    def download(self, ref: RemoteRef, part: Path) -> None:
        self._http.stream(f"rec/{ref.facts['id']}", part)

    def close(self) -> None:
        self._http.close()


def _open(config: Config) -> Provider:
    return Plain(config)


KIND = Kind(
    "plain", "Plain", "A plain one",
    (Field("url", "Address", Input.URL), Field("key", "Key", Input.SECRET)),
    _open,
)  # fmt: skip
SIDES = (Lane.MANAGER, Lane.CUSTOMER)


def talks(count: int, *, days: float = 5.0) -> list[Talk]:
    """So many calls over some days, two of three with a recording."""
    return [
        Talk(
            number, START + timedelta(days=days * number / max(1, count)),
            [("p1", "manager", 10), ("p2", "manager", 40), ("p1", "supervisor", 90)] if number % 2 else
            [("p1", "manager", 30)],
            sound=wav_bytes(0.1, pitch=number + 3) if number % 3 else b"",
        )
        for number in range(1, count + 1)
    ]  # fmt: skip
