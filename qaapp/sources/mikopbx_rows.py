"""What a row of MikoPBX's call log means, the same for its REST API and its file ``cdr.db``.

Rows have Asterisk's shape under other names, so that ``sources.asterisk`` makes conversations of them. Its own are: the
direction follows from the trunk (``from_account``: incoming, ``to_account``: outgoing, neither: internal), and
``rec_src_channel`` says in which channel of the recording the calling number is heard ("0" left, "1" right, "" mono).
Source: mikopbx/Core, ``PBXCoreREST/Lib/Cdr/DataStructure`` and ``Common/Models/CallDetailRecordsBase``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qaapp.sources import loose
from qaapp.sources.asterisk import Row
from qaapp.sources.records import CallRecord, RemoteRef
from qaapp.words import Direction

#: Field of a row → the name in an answer of the REST API.
NAMES: Mapping[str, str] = {
    "started_at": "start", "answered_at": "answer", "ended_at": "endtime", "source_number": "src_num",
    "target_number": "dst_num", "channel": "src_chan", "target_channel": "dst_chan", "external_id": "UNIQUEID",
    "conversation_id": "linkedid", "line_number": "did", "disposition": "disposition", "recording": "recordingfile",
    "application": "appname", "duration_s": "duration", "talk_s": "billsec", "row_id": "id",
    "from_account": "from_account", "to_account": "to_account", "is_app": "is_app", "side": "rec_src_channel",
    "source_name": "src_name", "target_name": "dst_name",
}  # fmt: skip


def cells(record: Mapping[str, Any]) -> Row:
    """A record of the API as cells; what is absent in older versions stays absent."""
    told = {name: loose.text(record.get(theirs)) for name, theirs in NAMES.items()}
    told["external_id"] = told["external_id"] or loose.text(record.get("uniqueid"))
    return {name: value for name, value in told.items() if value is not None}


def as_asterisk(row: Row) -> Row:
    """The row with what it says about direction, names and menus in the words of ``sources.asterisk``."""
    made = dict(row)
    if row.get("from_account"):
        way = Direction.INBOUND
    elif row.get("to_account"):
        way = Direction.OUTBOUND
    elif "from_account" in row or "to_account" in row or _both_inner(row):
        way = Direction.INTERNAL
    else:
        way = Direction.UNKNOWN
    if way is not Direction.UNKNOWN:
        made["direction"] = way.value
    if loose.flag(row.get("is_app")) and not row.get("application"):
        made["application"] = "ivr"
    ours, theirs = (
        ("target_name", "source_name") if way is Direction.INBOUND else ("source_name", "target_name")
    )
    for name, source in (("manager_name", ours), ("customer_name", theirs)):
        if row.get(source) and row[source] not in (row.get("source_number"), row.get("target_number")):
            made[name] = row[source]
    if way is not Direction.INBOUND:
        made.pop("line_number", None)
    return made


def _both_inner(row: Row) -> bool:
    from qaapp.sources.numbers import is_inner, parse

    return is_inner(parse(row.get("source_number", "")).digits) and is_inner(
        parse(row.get("target_number", "")).digits
    )


def refs(record: CallRecord) -> tuple[RemoteRef, ...]:
    """The recordings the rows of a conversation name, with the channel the manager is heard in."""
    rows: Mapping[str, Row] = record.raw.get("rows", {})
    named = [row for row in rows.values() if row.get("recording") and row.get("external_id")]
    return tuple(
        RemoteRef(
            row["external_id"], "full" if len(named) == 1 else "leg", manager_channel=manager_channel(row), position=n,
            facts={
                "id": row.get("row_id", ""), "linked": row.get("conversation_id", ""), "name": row["recording"],
                "at": int(record.started_at.timestamp()), "unique": row["external_id"],
            },
        )
        for n, row in enumerate(named)
    )  # fmt: skip


def manager_channel(row: Row) -> int | None:
    """0 or 1; None where the recording is mono or nobody says."""
    side = row.get("side", "")
    if side not in ("0", "1"):
        return None
    source = int(side)
    return 1 - source if row.get("direction") == Direction.INBOUND.value else source
