"""Which column of a call log means what: guessed from headings, Russian and English, or from the cells where a file
has no headings (Asterisk's ``Master.csv``)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qaapp.errors import UsageError
from qaapp.i18n import N_
from qaapp.sources.column_words import SAME

#: Field id → its title for people (catalogue id), in the order of the dialog.
FIELDS: dict[str, str] = {
    "started_at": N_("Date and time"),
    "time": N_("Time, where it is a column of its own"),
    "answered_at": N_("Answered at"),
    "ended_at": N_("Ended at"),
    "external_id": N_("Call id"),
    "conversation_id": N_("Conversation id"),
    "direction": N_("Direction"),
    "disposition": N_("Status"),
    "duration_s": N_("Duration in all"),
    "wait_s": N_("Waiting"),
    "talk_s": N_("Talk"),
    "customer_number": N_("Customer's number"),
    "customer_name": N_("Customer's name"),
    "source_number": N_("Who called"),
    "target_number": N_("Who was called"),
    "caller_id": N_("Caller's name and number"),
    "line_number": N_("Line"),
    "extension": N_("Extension"),
    "manager_name": N_("Manager"),
    "group_name": N_("Group"),
    "campaign": N_("Campaign or source"),
    "end_side": N_("Who hung up"),
    "end_reason": N_("End reason"),
    "customer_rating": N_("Customer's rating"),
    "comment": N_("Comment"),
    "target": N_("Target or not"),
    "tags": N_("Tags"),
    "deal_id": N_("Deal: id"),
    "deal_stage": N_("Deal: stage"),
    "deal_outcome": N_("Deal: outcome"),
    "deal_amount": N_("Deal: amount"),
    "deal_responsible": N_("Deal: responsible"),
    "recording": N_("Recording"),
    "recording_2": N_("Second recording"),
    "channel": N_("Channel of the caller (Asterisk)"),
    "target_channel": N_("Channel of the called (Asterisk)"),
    "context": N_("Context (Asterisk)"),
    "application": N_("Last application (Asterisk)"),
    "sequence": N_("Row number within a call (Asterisk)"),
    "caller_number": N_("Number of the calling extension (FreePBX)"),
    "outbound_number": N_("Number shown outside (FreePBX)"),
}

_BY_WORD: dict[str, str] = {}
for _field, _words in SAME.items():
    for _word in _words.split("|"):
        _BY_WORD.setdefault(_word, _field)


@dataclass(frozen=True)
class ColumnMap:
    """``columns`` gives the 0-based column of each field that is there. ``is_cdr``: rows of Asterisk, several of which
    may be one conversation. ``layout`` names a known order of columns, "" where the headings told."""

    columns: Mapping[str, int] = field(default_factory=dict)
    is_cdr: bool = False
    layout: str = ""

    @property
    def is_usable(self) -> bool:
        """Whether a call can be made of a row: there must be a date."""
        return "started_at" in self.columns

    def to_json(self, headings: Sequence[str] = ()) -> dict[str, Any]:
        """Columns by heading where it is unique, else by 1-based number."""
        named = {
            key: headings[index] if index < len(headings) and headings[index] and headings.count(headings[index]) == 1
            else index + 1
            for key, index in self.columns.items()
        }  # fmt: skip
        return {"columns": named, "is_cdr": self.is_cdr, "layout": self.layout}


def from_json(stored: object, headings: Sequence[str] = ()) -> ColumnMap:
    """A map from ``{"columns": {"started_at": "Дата", "talk_s": 5}}`` (or the inner object alone); numbers count from
    1. Raises ``UsageError`` naming what does not fit."""
    if not isinstance(stored, Mapping):
        raise UsageError(N_("The column map is not a JSON object."))
    columns = stored.get("columns", stored)
    if not isinstance(columns, Mapping):
        raise UsageError(N_("The column map is not a JSON object."))
    found: dict[str, int] = {}
    plain = [normal(heading) for heading in headings]
    for name, where in columns.items():
        if name not in FIELDS:
            if "columns" not in stored and name in ("is_cdr", "layout"):
                continue
            raise UsageError(
                N_("The column map has an unknown field “{field}”."), hint=N_("Known fields: {known}."), field=name,
                known=", ".join(FIELDS),
            )  # fmt: skip
        if where is None or where == "":
            continue
        if isinstance(where, int) and not isinstance(where, bool) and where >= 1:
            found[name] = where - 1
        elif isinstance(where, str) and normal(where) in plain:
            found[name] = plain.index(normal(where))
        else:
            raise UsageError(
                N_("The column map names a column “{column}” that the file does not have."), column=where
            )
    is_cdr = bool(stored.get("is_cdr", {"channel", "target_channel"} <= found.keys()))
    return ColumnMap(found, is_cdr, str(stored.get("layout", "")))


def normal(heading: str) -> str:
    """A heading for comparing: casefolded, without units, brackets and marks."""
    if heading.strip().casefold() in ("№", "#", "n", "№ п/п", "no"):
        return ""  # numbers of rows
    text = heading.casefold().replace("ё", "е").replace("_", " ").replace("№", " номер ")
    text = re.sub(r"[(\[].*?[)\]]", " ", text)
    text = re.sub(r"(?<=[a-zа-я]),?\s+(?:сек|с|sec|seconds|мин|чч:мм:сс|hh:mm:ss)\.?$", " ", text)
    return re.sub(r"[^\w/]+", " ", text).strip()


def guess(headings: Sequence[str]) -> ColumnMap:
    """Understand headings: exact words first, then headings that begin with a known word. Each column is used once, and
    the first of equal columns wins."""
    columns: dict[str, int] = {}
    plain = [normal(heading) for heading in headings]
    for index, word in enumerate(plain):
        name = _BY_WORD.get(word)
        if name is not None:
            columns.setdefault(name, index)
    taken = set(columns.values())
    for index, word in enumerate(plain):
        if index in taken or not word:
            continue
        for known in sorted(_BY_WORD, key=len, reverse=True):
            if (" " in known or len(known) > 7) and (
                word.startswith(known + " ") or word.endswith(" " + known)
            ):
                name = _BY_WORD[known]
                if name not in columns:
                    columns[name] = index
                    taken.add(index)
                break
    if "started_at" not in columns and "time" in columns:
        columns["started_at"] = columns.pop("time")
    elif "ended_at" not in columns and "started_at" not in columns and "answered_at" in columns:
        columns["started_at"] = columns["answered_at"]
    if plain.count("источник") and "source_number" in columns and "campaign" not in columns:
        columns["campaign"] = columns.pop("source_number")
    is_cdr = {"channel", "target_channel"} <= columns.keys() or {
        "source_number",
        "target_number",
        "conversation_id",
    } <= columns.keys()
    return ColumnMap(columns, is_cdr)


# --- files without headings --------------------------------------------------------------------------------------

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_CHANNEL = re.compile(r"[A-Za-z0-9]+/.+")
_STATES = {"ANSWERED", "NO ANSWER", "NOANSWER", "BUSY", "FAILED", "CONGESTION", "CANCEL", "CHANUNAVAIL"}
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.I)
_EPOCH = re.compile(r"\d{10}")


def guess_by_cells(rows: Sequence[Sequence[Any]]) -> ColumnMap | None:
    """The layout of a file without headings, decided by most of its first rows; None when it is unknown."""
    votes: dict[str, int] = {}
    for row in rows:
        name = _layout_of([str(cell).strip() if cell is not None else "" for cell in row])
        if name:
            votes[name] = votes.get(name, 0) + 1
    if not votes:
        return None
    best = max(votes, key=lambda name: votes[name])
    return layout(best) if votes[best] * 2 >= len(rows) else None


def layout(name: str) -> ColumnMap:
    """The columns of a known layout."""
    return ColumnMap(
        {key: index for key, index in _LAYOUTS[name].items() if key in FIELDS}, name in _CDR, name
    )


def row_layout(cells: Sequence[str]) -> str:
    """The layout that one row of Asterisk shows ("" when none): single rows may be in an older order."""
    name = _layout_of(cells)
    return name if name in _CDR else ""


_LAYOUTS: dict[str, dict[str, int]] = {
    "asterisk": {
        "source_number": 1, "target_number": 2, "context": 3, "caller_id": 4, "channel": 5, "target_channel": 6,
        "application": 7, "started_at": 9, "answered_at": 10, "ended_at": 11, "duration_s": 12, "talk_s": 13,
        "disposition": 14, "external_id": 16, "conversation_id": 19, "sequence": 20,
    },
    "asterisk-custom": {
        "caller_id": 0, "source_number": 1, "target_number": 2, "context": 3, "channel": 4, "target_channel": 5,
        "application": 6, "started_at": 8, "answered_at": 9, "ended_at": 10, "duration_s": 11, "talk_s": 12,
        "disposition": 13, "external_id": 16, "sequence": 18,
    },
    "freepbx": {
        "started_at": 0, "caller_id": 1, "source_number": 2, "target_number": 3, "context": 4, "channel": 5,
        "target_channel": 6, "application": 7, "duration_s": 9, "talk_s": 10, "disposition": 11, "external_id": 14,
        "line_number": 16, "caller_number": 17, "outbound_number": 19, "recording": 22, "conversation_id": 23,
        "sequence": 25,
    },
    "cdr-stats": {
        "source_number": 0, "customer_name": 1, "target_number": 2, "duration_s": 3, "talk_s": 4, "end_reason": 5,
        "direction": 6, "external_id": 7, "started_at": 9, "answered_at": 10, "ended_at": 11,
    },
    "cdr-stats-short": {
        "source_number": 0, "customer_name": 1, "target_number": 2, "duration_s": 3, "talk_s": 4, "end_reason": 5,
        "external_id": 6, "started_at": 7,
    },
}  # fmt: skip
_CDR = ("asterisk", "asterisk-custom", "freepbx")


def _layout_of(cells: Sequence[str]) -> str:
    width = len(cells)

    def at(index: int) -> str:
        return cells[index].strip() if index < width else ""

    if width >= 15 and _MOMENT.match(at(9)) and _CHANNEL.match(at(5)) and at(14).upper() in _STATES:
        return "asterisk"
    if width >= 14 and _MOMENT.match(at(8)) and _CHANNEL.match(at(4)) and at(13).upper() in _STATES:
        return "asterisk-custom"
    if width >= 15 and _MOMENT.match(at(0)) and _CHANNEL.match(at(5)) and at(11).upper() in _STATES:
        return "freepbx"
    if width >= 12 and _UUID.fullmatch(at(7)) and _EPOCH.fullmatch(at(9)):
        return "cdr-stats"
    if width == 8 and _UUID.fullmatch(at(6)) and _EPOCH.fullmatch(at(7)):
        return "cdr-stats-short"
    return ""
