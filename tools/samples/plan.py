"""The call log, the evaluations and the archive around the recordings, with days counted back from today.

A recording stands for several calls of its customer, so that each manager has enough evaluated calls for a light;
evaluations of such calls differ where two listeners could really disagree (``DOUBTS``).
"""

from __future__ import annotations

import random
from typing import Any

from .script import Written

COLUMNS = (
    "ID звонка", "Дней назад", "Время", "Направление", "Статус", "Номер клиента", "Имя клиента", "Линия",
    "Внутренний номер", "Менеджер", "Отдел", "Кампания", "Ожидание, с", "Разговор, с", "Длительность, с",
    "Кто завершил", "Оценка клиента", "Целевой", "Комментарий", "Запись",
)  # fmt: skip
GROUPS = ("Входящие продажи", "Активные продажи")
PEOPLE = (  # name, extension, group
    ("Анна Соколова", "101", GROUPS[0]),
    ("Тимур Галеев", "102", GROUPS[0]),
    ("Олег Тарасов", "103", GROUPS[0]),
    ("Мария Левина", "201", GROUPS[1]),
    ("Emma Clarke", "202", GROUPS[1]),
    ("Daniel Reed", "203", GROUPS[1]),
)
REVIEWERS = (("Вера Ильина", "reviewer"), ("Пётр Чернов", "trainer"))
LINES = {"inbound_sale": "79000000101", "service": "79000000102", "en": "79000000103", "out": "79000000201"}
CAMPAIGNS = {
    "inbound_sale": "Сайт",
    "cold_call": "Новые клиенты",
    "repeat_sale": "Возврат клиентов",
    "service": "",
}

# Days ago of evaluated calls, and of calls nobody has heard yet (they are what the daily draw draws from).
USES: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "ru01": ((2, 9, 16, 23, 29, 38, 52), (1, 4)),
    "ru02": ((3, 12, 20, 27, 44), (1,)),
    "ru03": ((6, 18, 33), (2,)),
    "ru04": ((5, 8, 15, 21, 34, 41, 47), (1,)),
    "ru05": ((4, 14, 25, 38), (2,)),
    "ru06": ((3, 10, 22), (1,)),
    "ru07": ((5, 13, 19, 26), (2,)),
    "ru08": ((7, 12, 16, 33, 36, 43, 50), (1,)),
    "ru09": ((2, 11, 17), (1, 3)),
    "ru10": ((4, 13, 24, 37, 51), (1,)),
    "ru11": ((7, 19, 27, 42), (2,)),
    "ru12": ((2, 10, 15, 35), (1, 3)),
    "en01": ((3, 12, 21, 39), (1,)),
    "en02": ((5, 9, 18, 26, 45), (2,)),
    "en03": ((6, 20), (1,)),
    "en04": ((11,), (3,)),
}
DOUBTS = {
    "ru01": ("П2=0@volume", "П4=0@listen"), "ru02": ("Р2=0@objection", "П2=1@price"),
    "ru03": ("С3=1@solution", "З2=1@bye"), "ru04": ("П4=n", "К3=0@need"),
    "ru05": ("П1=1@need", "В2=0@pricefirst"), "ru06": ("В3=1@price", "К3=n"),
    "ru07": ("Р1=0@nodiscount", "П3=0@need"), "ru08": ("П3=n", "П2=n"),
    "ru09": ("П2=1@summary", "З3=n"), "ru10": ("И3=1@listen", "И1=0@goal"),
    "ru11": ("В2=1@time", "Р1=0@time"), "ru12": ("О1=0@objection", "З3=n"),
    "en01": ("И1=1@goal", "И3=n"), "en02": ("П3=n", "К2=0@askname"),
    "en03": ("П1=1@interrupt", "В3=n"), "en04": ("К3=1@apology", "Р2=0@repeat"),
}  # fmt: skip
BOTH_LISTENED = {("ru02", 12), ("ru05", 14), ("ru11", 19)}
NINE_POINTS = {("ru01", 23), ("ru02", 27), ("ru10", 24), ("ru09", 17), ("ru06", 22), ("en02", 18)}

OTHERS = (  # customers of the calls without a recording
    "Пекарня «Корка»", "Сыроварня «Лужок»", "Студия «Глина»", "Магазин «Клубок»", "Склад «Север-7»", "ИП Рощин",
    "Аптека «Подорожник»", "Мастерская «Дубрава»", "Зоомагазин «Усы»", "Ферма «Заречье»", "Тип «Оттиск»", "",
    "Northgate Ceramics", "Bramble Foods", "",
)  # fmt: skip


def build(
    written: list[Written], sounds: dict[str, dict[str, Any]]
) -> tuple[dict[str, Any], list[list[str]]]:
    """The plan and the rows of the call log; ``sounds`` holds per code ``files``, ``duration_ms``, ``labels`` (s)."""
    chance = random.Random(1403)
    calls = {call.code: call for call in written}
    extensions = {name: (extension, group) for name, extension, group in PEOPLE}
    rows: list[dict[str, str]] = []
    plan: dict[str, Any] = {
        "groups": list(GROUPS),
        "people": [dict(zip(("name", "extension", "group"), person, strict=True)) for person in PEOPLE],
        "reviewers": [{"name": name, "role": role} for name, role in REVIEWERS],
        "audio": {code: _audio(calls[code], sounds[code]) for code in calls},
        "calls": [], "evaluations": [], "tags": [], "annotations": [], "archive": [],
    }  # fmt: skip
    for position, (code, (heard, unheard)) in enumerate(USES.items()):
        call, labels = calls[code], sounds[code]["labels"]
        number = f"7900000{10 + position}{chance.randrange(100):02}"
        for order, days in enumerate(sorted(heard + unheard)):
            key = f"{code}-{days:02}"
            row = _row(call, key, days, number, sounds[code]["duration_ms"], labels, extensions, chance)
            rows.append(row)
            plan["calls"].append({
                "id": key, "audio": code, "days_ago": days, "time": row["Время"], "pattern": call.pattern,
                "direction": call.direction, "number": number, "extension": row["Внутренний номер"],
                "manager": call.manager, "serial": 3000 + 40 * position + order,
            })  # fmt: skip
            if days in heard:
                plan["evaluations"] += _evaluations(call, key, days, heard.index(days), labels)
        key = f"{code}-{heard[0]:02}"  # what was noted is noted once, at the newest evaluated call
        plan["tags"] += [{"call": key, "name": tag} for tag in call.tags]
        plan["annotations"] += [
            {"call": key, "kind": kind, "start_ms": _ms(labels[first]), "text": text,
             "end_ms": _ms(labels[last]) if last else None}
            for kind, first, last, text in call.notes
        ]  # fmt: skip
        plan["archive"] += [
            {"call": key, "verdict": verdict, "stage": stage, "title": title, "reason": reason,
             "start_ms": _ms(labels[first]), "end_ms": _ms(labels[last]), "days_kept": 5 + 17 * (position % 6)}
            for verdict, stage, first, last, title, reason in call.archive
        ]  # fmt: skip
    rows += _without_recording(chance)
    rows.sort(key=lambda row: (-int(row["Дней назад"]), row["Время"]))
    return plan, [[row.get(column, "") for column in COLUMNS] for row in rows]


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _audio(call: Written, sound: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": call.title, "manager": call.manager, "card": call.card, "customer": call.customer,
        "language": call.language, "layout": call.layout, "files": sound["files"], "duration_ms": sound["duration_ms"],
    }  # fmt: skip


def _row(
    call: Written, key: str, days: int, number: str, duration_ms: int, labels: dict[str, float],
    extensions: dict[str, tuple[str, str]], chance: random.Random,
) -> dict[str, str]:  # fmt: skip
    extension, group = extensions[call.manager]
    out = call.direction == "outbound"
    wait = round(labels["greet"]) if out else chance.randint(4, 26)
    talk = round(duration_ms / 1000) - (wait if out else 0)
    line = LINES["out"] if out else LINES["en"] if call.language == "en" else LINES[call.card]
    lost = call.outcome == "Call lost, no result"
    rated = chance.random() < 0.4 and not out
    return {
        "ID звонка": key, "Дней назад": str(days), "Время": _time(chance), "Статус": "отвечен",
        "Направление": "исходящий" if out else "входящий", "Номер клиента": number, "Имя клиента": call.customer,
        "Линия": line, "Внутренний номер": extension, "Менеджер": call.manager, "Отдел": group,
        "Кампания": CAMPAIGNS[call.card], "Ожидание, с": str(wait), "Разговор, с": str(talk),
        "Длительность, с": str(wait + talk), "Кто завершил": "менеджер" if call.code == "ru06" else "клиент",
        "Оценка клиента": str(chance.randint(1, 3) if lost else chance.randint(4, 5)) if rated else "",
        "Целевой": "нет" if call.card == "service" else "да", "Комментарий": "", "Запись": call.code,
    }  # fmt: skip


def _time(chance: random.Random) -> str:
    hour = chance.choices(range(9, 19), weights=(6, 9, 10, 9, 5, 6, 8, 8, 6, 3))[0]
    return f"{hour:02}:{chance.randrange(60):02}:{chance.randrange(60):02}"


def marks(written: str, labels: dict[str, float], doubt: str = "") -> dict[str, list[int | None]]:
    """``К1=1@greet П4=n`` to {code: [value, moment in ms]}."""
    found: dict[str, list[int | None]] = {}
    for word in f"{written} {doubt}".split():
        code, _, rest = word.partition("=")
        value, _, label = rest.partition("@")
        found[code] = [None, None] if value == "n" else [int(value), _ms(labels[label])]
    return found


def _evaluations(
    call: Written, key: str, days: int, order: int, labels: dict[str, float]
) -> list[dict[str, Any]]:
    nine = (call.code, days) in NINE_POINTS
    doubts = DOUBTS[call.code]
    doubt = doubts[order // 2 % len(doubts)] if order % 2 and not nine else ""
    first = {
        "call": key, "card": "nine_points" if nine else call.card, "reviewer": REVIEWERS[order % 2][0],
        "marks": marks(call.nine if nine else call.marks, labels, doubt),
        "phrases": {} if nine else {code: list(pair) for code, pair in call.phrases.items()},
        "pluses": call.pluses, "minuses": call.minuses, "comment": call.comment if order == 0 else "",
        "outcome": call.outcome, "after_hours": 3 + 7 * order % 15,
    }  # fmt: skip
    if (call.code, days) not in BOTH_LISTENED:
        return [first]
    other = doubts[1] if doubt == doubts[0] else doubts[0]
    second = first | {
        "reviewer": REVIEWERS[(order + 1) % 2][0], "marks": marks(call.marks, labels, other),
        "comment": "Вторая оценка того же звонка.", "after_hours": 20,
    }  # fmt: skip
    return [first, second]


def _without_recording(chance: random.Random) -> list[dict[str, str]]:
    """Missed and unanswered calls, engaged lines, short and internal talks: what else a journal is full of."""
    rows = []
    for index in range(96):
        days = min(chance.randint(1, 21) if index % 3 else chance.randint(22, 55), 55)
        kind = chance.choices(
            ("missed", "no_answer", "busy", "internal", "talk", "voicemail"), weights=(38, 28, 7, 7, 15, 5)
        )[0]
        name, extension, group = PEOPLE[chance.randrange(len(PEOPLE))]
        out = kind in ("no_answer", "busy") or (kind == "talk" and index % 2 == 0)
        wait = chance.randint(12, 95) if kind in ("missed", "voicemail") else chance.randint(5, 40)
        talk = {"internal": chance.randint(8, 90), "talk": chance.randint(6, 240)}.get(kind, 0)
        status = {
            "missed": "пропущен", "no_answer": "нет ответа", "busy": "занято", "voicemail": "голосовая почта"
        }.get(kind, "отвечен")  # fmt: skip
        anyone = kind == "missed" and index % 2 == 0  # rang at the whole group, nobody's
        rows.append({
            "ID звонка": f"log-{index:03}", "Дней назад": str(days), "Время": _time(chance), "Статус": status,
            "Направление": "внутренний" if kind == "internal" else "исходящий" if out else "входящий",
            "Номер клиента": _number(kind, chance),
            "Имя клиента": "" if kind == "internal" else chance.choice(OTHERS),
            "Линия": "" if kind == "internal" else LINES["out"] if out else chance.choice(list(LINES.values())[:3]),
            "Внутренний номер": "" if anyone else extension, "Менеджер": "" if anyone else name,
            "Отдел": GROUPS[0] if anyone else group,
            "Кампания": _campaign(kind, out, chance),
            "Ожидание, с": str(wait), "Разговор, с": str(talk), "Длительность, с": str(wait + talk),
            "Кто завершил": "клиент" if kind in ("missed", "talk") else "система" if kind != "internal" else "менеджер",
            "Оценка клиента": "", "Запись": "",
            "Комментарий": "Перезвонить до обеда" if kind == "missed" and index % 9 == 0 else "",
        })  # fmt: skip
    return rows


def _number(kind: str, chance: random.Random) -> str:
    return str(chance.randint(101, 103)) if kind == "internal" else f"7900000{chance.randrange(3000, 10000)}"


def _campaign(kind: str, out: bool, chance: random.Random) -> str:
    if kind == "internal":
        return ""
    return "Новые клиенты" if out else chance.choice(("Сайт", "Справочник", ""))
