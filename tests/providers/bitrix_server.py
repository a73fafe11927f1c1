"""Bitrix24 as documented: a webhook, pages of fifty, filters by operators, rights, links of the disk that end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from provider_world import Asked, FakeServer, Reply

HOOK = "abcdefgh12345678"
START = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
MOSCOW = timezone(timedelta(hours=3))


@dataclass
class Item:
    """One call of the statistics."""

    number: int
    at: datetime
    talk_s: int = 61
    sound: bytes = b""
    on_disk: bool = True
    changes: dict[str, Any] = field(default_factory=dict)


class BitrixServer(FakeServer):
    """``rights`` of the webhook; two requests a second."""

    pace = (2, 1.0)
    unpaced = ("/download", "disk.file.get")

    def __init__(self, items: list[Item]) -> None:
        super().__init__()
        self.items, self.rights, self.generation = (
            items,
            {"telephony", "user", "crm", "disk", "department"},
            0,
        )

    def document(self, item: Item) -> dict[str, Any]:
        link = f"{self.url}/download/{item.number}?token=t{self.generation}"
        return {
            "ID": str(item.number), "CALL_ID": f"externalCall.{item.number}", "CALL_TYPE": "2" if item.number % 2 else "1",
            "PORTAL_USER_ID": "12", "PORTAL_NUMBER": "74951230000", "PHONE_NUMBER": f"+7916{item.number:07}",
            "CALL_DURATION": str(item.talk_s), "CALL_START_DATE": item.at.astimezone(MOSCOW).isoformat(),
            "CALL_FAILED_CODE": "200" if item.talk_s else "304", "CALL_VOTE": "0",
            "CALL_RECORD_URL": link if item.sound and not item.on_disk else None,
            "RECORD_FILE_ID": 9000 + item.number if item.sound and item.on_disk else None,
            "CRM_ENTITY_TYPE": "CONTACT", "CRM_ENTITY_ID": "5", "COMMENT": None, "REST_APP_NAME": None, **item.changes,
        }  # fmt: skip

    def answer(self, asked: Asked) -> Reply:
        if asked.path.startswith("/download/"):
            if asked.query.get("token") != f"t{self.generation}":
                return Reply("<html>login</html>", kind="text/html")
            number = int(asked.path.rpartition("/")[2])
            return Reply(next(each.sound for each in self.items if each.number == number), kind="audio/mpeg")
        start, _slash, method = asked.path.rpartition("/")
        if start != f"/rest/1/{HOOK}":
            return Reply(
                {"error": "INVALID_CREDENTIALS", "error_description": "Invalid request credentials"}, 401
            )
        assert asked.method == "POST"
        right = {
            "voximplant": "telephony",
            "user": "user",
            "crm": "crm",
            "disk": "disk",
            "department": "department",
        }
        if right[method.partition(".")[0]] not in self.rights:
            return Reply({"error": "insufficient_scope", "error_description": "needs higher privileges"}, 401)
        told = asked.json
        if method == "voximplant.statistic.get":
            return self.statistic(told)
        if method == "user.get":
            return Reply({"result": [{"ID": "12", "NAME": "Анна", "LAST_NAME": "Смирнова", "UF_PHONE_INNER": "101",
                                      "UF_DEPARTMENT": [3]}], "total": 1})  # fmt: skip
        if method == "department.get":
            return Reply({"result": [{"ID": "3", "NAME": "Отдел продаж"}], "total": 1})
        if method == "crm.deal.list":
            deal = {
                "STAGE_ID": "WON",
                "STAGE_SEMANTIC_ID": "S",
                "OPPORTUNITY": "1200.50",
                "CURRENCY_ID": "RUB",
            }
            return Reply(
                {"result": [{"ID": each, **deal, "ASSIGNED_BY_ID": "12"} for each in told["filter"]["@ID"]]}
            )
        if method == "crm.status.list":
            return Reply(
                {"result": [{"ENTITY_ID": "DEAL_STAGE", "STATUS_ID": "WON", "NAME": "Сделка успешна"}]}
            )
        assert method == "disk.file.get"
        number = int(told["id"]) - 9000
        return Reply(
            {
                "result": {
                    "ID": told["id"],
                    "DOWNLOAD_URL": f"{self.url}/download/{number}?token=t{self.generation}",
                }
            }
        )

    def statistic(self, told: dict[str, Any]) -> Reply:
        wanted = told["FILTER"]
        assert told["ORDER"] in ("ASC", "DESC")
        assert told["SORT"] != "CALL_TYPE"
        found = list(self.items)
        if ">=CALL_START_DATE" in wanted:
            found = [each for each in found if each.at >= datetime.fromisoformat(wanted[">=CALL_START_DATE"])]
        if "<CALL_START_DATE" in wanted:
            found = [each for each in found if each.at < datetime.fromisoformat(wanted["<CALL_START_DATE"])]
        if "ID" in wanted:
            found = [each for each in found if str(each.number) == wanted["ID"]]
        found = sorted(
            (each for each in found if each.number > wanted.get(">ID", 0)), key=lambda each: each.number
        )
        page = found[told["start"] : told["start"] + 50]
        more = {"next": told["start"] + 50} if len(found) > told["start"] + 50 else {}
        return Reply({"result": [self.document(each) for each in page], "total": len(found), **more})
