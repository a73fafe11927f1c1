"""The basic statistics of MANGO OFFICE: CSV, one row a leg, put together to calls by ``entry_id``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from qaapp.sources import loose, numbers
from qaapp.sources.mango_records import Directory, disposition, end_kind, end_side, remote
from qaapp.sources.records import CallRecord, LegRecord, ParticipantRecord
from qaapp.words import Direction

_WORDS = {"busy": 1121, "remotehangup": 1120, "localhangup": 1110, "noanswer": 1111, "rejected": 1122}
BASIC_FIELDS = (
    "records", "start", "finish", "answer", "from_extension", "from_number", "to_extension", "to_number",
    "disconnect_reason", "line_number", "location", "create", "entry_id",
)  # fmt: skip


def basic_rows(text: str) -> tuple[list[dict[str, str]], list[tuple[int, str]]]:
    """Rows of the CSV (no header, no quotes) and those that have too few cells: ``(number, row)``."""
    rows, bad = [], []
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        if not line.strip():
            continue
        cells = [cell.strip() for cell in line.split(";")]
        if len(cells) != len(BASIC_FIELDS):
            bad.append((number, line))
            continue
        rows.append(dict(zip(BASIC_FIELDS, cells, strict=True)))
    return rows, bad


def basic_records(
    rows: Iterable[dict[str, str]], known: Directory, country_code: str
) -> tuple[list[CallRecord], list[str]]:
    """Rows (one a leg) put together by ``entry_id``; names of those without a start."""
    groups: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        key = row["entry_id"] or "/".join((row["start"], row["from_number"], row["to_number"]))
        groups.setdefault(key, []).append(row)
    found, bad = [], []
    for key, legs in groups.items():
        legs.sort(key=lambda row: (loose.whole(row["start"]) or 0, row["to_extension"]))
        record = _basic_record(key, legs, known, country_code)
        if record is None:
            bad.append(key)
        else:
            found.append(record)
    return found, bad


def _code(reason: str) -> int | None:
    return loose.whole(reason) or _WORDS.get(reason.lower().replace("_", "").replace(" ", ""))


def _basic_record(
    key: str, rows: Sequence[dict[str, str]], known: Directory, country_code: str
) -> CallRecord | None:
    started_at = min((moment for row in rows if (moment := loose.epoch(row["start"]))), default=None)
    if started_at is None:
        return None
    first = rows[0]
    inner_from, inner_to = first["from_extension"], any(row["to_extension"] for row in rows)
    way = Direction.INBOUND
    if inner_from:
        way = Direction.INTERNAL if first["to_extension"] else Direction.OUTBOUND
    elif not inner_to and not first["line_number"]:
        way = Direction.UNKNOWN
    legs, people, talks = [], [], []
    for row in rows:
        begin, answer, finish = (loose.epoch(row[name]) for name in ("start", "answer", "finish"))
        talk_s = max(0, round((finish - answer).total_seconds())) if finish and answer else 0
        extension = row["from_extension"] if way is Direction.OUTBOUND else row["to_extension"]
        employee = known.by_extension(extension)
        code = _code(row["disconnect_reason"])
        kind = "ivr" if row["location"] == "ivr" else "group" if row["location"] == "queue" else "user"
        ended = end_kind(code, way, answered=answer is not None, in_group=kind == "group", had_people=True)
        party = (employee.name if employee else None) or extension or row["to_number"] or None
        legs.append(
            LegRecord(
                kind, party, begin, answer, finish, talk_s, row["disconnect_reason"] or None, str(ended)
            )
        )
        if kind == "user" and extension:
            people.append(
                ParticipantRecord(
                    employee.id if employee else None, employee.name if employee else None, extension,
                    employee.group if employee else None, "manager", answer is not None, talk_s,
                )
            )  # fmt: skip
            if answer:
                talks.append((row, answer, talk_s))
    ended_at = max((leg.ended_at for leg in legs if leg.ended_at), default=None)
    last = max(talks, key=lambda each: loose.whole(each[0]["finish"]) or 0)[0] if talks else rows[-1]
    code = _code(last["disconnect_reason"])
    outside = first["to_number"] if way is Direction.OUTBOUND else first["from_number"]
    parsed = numbers.parse(outside or "", country_code)
    stored = ",".join(row["records"].strip("[]") for row in rows)
    ids = loose.unique(each.strip() for each in stored.split(","))
    wait = min((answer for _row, answer, _talk in talks), default=None)
    duration_s = round((ended_at - started_at).total_seconds()) if ended_at else None
    return CallRecord(
        key, started_at,
        conversation_id=key,
        answered_at=wait,
        ended_at=ended_at,
        direction=way,
        disposition=disposition(bool(talks), code, way),
        duration_s=duration_s,
        wait_s=round((wait - started_at).total_seconds()) if wait else duration_s,
        talk_s=sum(talk for _row, _answer, talk in talks),
        customer_number=parsed.digits, customer_number_raw=outside or None, customer_name=parsed.name,
        line_number=numbers.parse(first["line_number"], country_code).digits,
        end_side=str(end_side(code, way)), end_reason=last["disconnect_reason"] or None,
        end_kind=str(end_kind(code, way, answered=bool(talks), in_group=any(leg.kind == "group" for leg in legs),
                              had_people=bool(people))),
        transferred=len({person.extension for person in people if person.talk_s}) > 1,
        legs=tuple(legs), participants=tuple(people), remote=remote(ids, ended_at or started_at),
        raw={"rows": [dict(row) for row in rows]},
    )  # fmt: skip
