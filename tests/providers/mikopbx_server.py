"""MikoPBX's REST API v3 as its source has it: a bearer key, flat or grouped rows, tokens of recordings that end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from provider_world import Asked, FakeServer, Reply

KEY = "ab12" * 16
START = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Moscow")
TRUNK = "SIP-TRUNK-66453e4b"
FORMS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d")


@dataclass
class Row:
    """One row of the log; ``way``: in, out, inner."""

    number: int
    at: datetime
    way: str = "in"
    talk_s: int = 61
    linked: str = ""
    sound: bytes = b""
    side: str = "0"
    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"mikopbx-{int(self.at.timestamp())}.{self.number}_Ab{self.number}"

    @property
    def talk_id(self) -> str:
        return self.linked or f"mikopbx-{int(self.at.timestamp())}.{self.number}"


def local(moment: datetime) -> str:
    return moment.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S.") + "120"


class MikoServer(FakeServer):
    """``generation`` kills all tokens given before; ``old``: no names, sides and pages; ``groups``: never flat."""

    def __init__(self, rows: list[Row], certificate: Any = None) -> None:
        super().__init__(certificate=certificate)
        self.rows = rows
        self.generation = 0
        self.old = self.groups = False
        self.most = 1000
        self.staff = [
            {"id": "1", "number": "201", "user_username": "Анна Смирнова"},
            {"id": "2", "number": "202", "user_username": "Олег Тихий"},
        ]

    def document(self, row: Row) -> dict[str, Any]:
        outside = f"7916{row.number:07}"
        source, target = {"in": (outside, "201"), "out": ("201", outside), "inner": ("201", "202")}[row.way]
        wait = timedelta(seconds=8)
        end = row.at + wait + timedelta(seconds=row.talk_s)
        token = f"token-{self.generation}-{row.number}"
        found = {
            "id": row.number, "start": local(row.at), "answer": local(row.at + wait) if row.talk_s else "",
            "endtime": local(end), "src_chan": f"PJSIP/{source}-0000{row.number:04x}", "src_num": source,
            "src_name": "Ромашка" if row.way == "in" else "Анна Смирнова",
            "dst_chan": f"PJSIP/{target}-0001{row.number:04x}", "dst_num": target,
            "dst_name": "Анна Смирнова" if row.way == "in" else "", "UNIQUEID": row.id, "linkedid": row.talk_id,
            "did": "74951230000" if row.way == "in" else "", "disposition": "ANSWERED" if row.talk_s else "NOANSWER",
            "recordingfile": f"/storage/usbdisk1/mikopbx/astspool/monitor/2026/11/20/10/{row.id}.webm" if row.sound else "",
            "from_account": TRUNK if row.way == "in" else "", "to_account": TRUNK if row.way == "out" else "",
            "dialstatus": "", "appname": "", "transfer": "0", "is_app": "0",
            "duration": row.talk_s + 8, "billsec": row.talk_s, "rec_src_channel": row.side if row.sound else "",
            "playback_url": f"/pbxcore/api/v3/cdr:playback?token={token}" if row.sound else "",
            "download_url": f"/pbxcore/api/v3/cdr:download?token={token}" if row.sound else "",
        }  # fmt: skip
        if self.old:
            for name in ("src_name", "dst_name", "rec_src_channel"):
                del found[name]
        return {**found, **row.changes}

    def answer(self, asked: Asked) -> Reply:
        path = asked.path.removeprefix("/pbxcore/api/v3")
        if path in ("/cdr:download", "/cdr:playback"):
            return self._sound(asked)
        if asked.headers.get("authorization") != f"Bearer {KEY}":
            return Reply({"result": False, "messages": {"error": ["Unauthorized"]}}, 401)
        if path == "/cdr":
            return self._list(asked)
        if path.startswith("/cdr/"):
            found = [row for row in self.rows if str(row.number) == path.removeprefix("/cdr/")]
            return (
                self._told(self.document(found[0]))
                if found
                else Reply({"result": False, "messages": {}}, 404)
            )
        if path == "/employees":
            return self._told(self.staff)
        if path == "/call-queues":
            return Reply({"result": False, "messages": {"error": ["No right"]}}, 403)
        return Reply({"result": False}, 404)

    def _told(self, data: Any) -> Reply:
        return Reply(
            {"result": True, "data": data, "messages": {}, "function": "x", "processor": "y", "pid": 1}
        )

    def _wrong(self, said: str) -> Reply:
        self.problems.append(said)
        return Reply({"result": False, "data": [], "messages": {"error": [said]}}, 422)

    def _list(self, asked: Asked) -> Reply:
        query = asked.query
        try:
            first, last = (self._moment(query[name]) for name in ("dateFrom", "dateTo"))
            limit, offset = int(query.get("limit", 50)), int(query.get("offset", 0))
        except (KeyError, ValueError) as error:
            return self._wrong(f"{error!r}")
        if last - first > timedelta(days=365) or not 1 <= limit <= 1000 or offset < 0:
            return self._wrong("limits")
        if query.get("sort", "id") not in ("id", "start", "linkedid") or query.get("order") not in (
            "ASC",
            "DESC",
        ):
            return self._wrong("sort")
        found = sorted((row for row in self.rows if first <= row.at <= last), key=lambda row: row.number)
        limit = min(limit, self.most)
        listed: list[dict[str, Any]]
        if query.get("grouped", "true") == "false" and not self.groups:
            listed = [self.document(row) for row in found]
        else:
            by_talk = sorted(found, key=lambda row: (row.talk_id, row.at))
            listed = [
                {"linkedid": key, "records": [self.document(row) for row in rows]}
                for key, rows in groupby(by_talk, key=lambda row: row.talk_id)
            ]
        part = listed[offset : offset + limit]
        pages = {
            "total": len(listed),
            "limit": limit,
            "offset": offset,
            "hasMore": offset + limit < len(listed),
        }
        return self._told({"records": part} if self.old else {"records": part, "pagination": pages})

    def _moment(self, text: str) -> datetime:
        for form in FORMS:
            try:
                return datetime.strptime(text, form).replace(tzinfo=ZONE)
            except ValueError:
                continue
        raise ValueError(text)

    def _sound(self, asked: Asked) -> Reply:
        _word, generation, number = (asked.query.get("token", "-0-0") + "--").split("-")[:3]
        row = next((row for row in self.rows if str(row.number) == number), None)
        if row is None or not row.sound or generation != str(self.generation):
            return Reply({"result": False, "messages": {"error": ["token expired"]}}, 403)
        if asked.query.get("format") not in ("mp3", "wav", "webm", "ogg", "original"):
            return self._wrong("format")
        return Reply(row.sound, headers={"X-Audio-Duration": "1"}, kind="audio/webm")
