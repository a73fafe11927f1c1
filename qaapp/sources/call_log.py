"""Rows of a call log to ``CallRecord``; rows of Asterisk that are one conversation come as one record with legs.

Memory stays flat: rows of one conversation are expected within ``WINDOW`` open conversations of each other. One that
comes later yields a second record of the same ``external_id``, whose ``raw["rows"]`` the reader unites with the first.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

from qaapp.i18n import _
from qaapp.sheets import BadRow, Cell, Sheet
from qaapp.sources import asterisk, call_words
from qaapp.sources.columns import FIELDS, ColumnMap, layout, row_layout
from qaapp.sources.filenames import AUDIO_SUFFIXES
from qaapp.sources.keys import id_key, name_key, unique_epoch
from qaapp.sources.moments import parse_clock, parse_length, parse_moment, to_utc
from qaapp.sources.numbers import is_inner
from qaapp.sources.numbers import parse as parse_number
from qaapp.sources.records import CallRecord, DealRecord
from qaapp.words import Direction, Disposition, ManagerOrigin

WINDOW = 1000  # conversations kept open while the file is read
_TOTALS = ("total", "итого", "всего", "summary")


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that is left out: its number in the file and a sentence in the language of the moment."""

    number: int
    reason: str


class _Problem(ValueError):
    """Carries the sentence of a bad row."""


def read_calls(
    sheet: Sheet, columns: ColumnMap, zone: ZoneInfo, country_code: str = "7"
) -> Iterator[CallRecord | RowProblem]:
    """Every call of ``sheet``. Times without an offset are of ``zone``. Raises ``SheetError`` when the file breaks."""
    records = _rows(sheet, columns, zone, country_code)
    if columns.is_cdr:
        yield from asterisk.conversations(records, zone, country_code, WINDOW)
    else:
        yield from _numbered(records)


def _rows(sheet: Sheet, columns: ColumnMap, zone: ZoneInfo, country_code: str) -> Iterator[Any]:
    make = _row_reader(columns, zone, country_code, sheet.headings)
    others: dict[str, Callable[[Sequence[Cell]], Any]] = {}
    for row in sheet.rows():
        if isinstance(row, BadRow):
            yield RowProblem(row.number, _(row.reason))
            continue
        number, cells = row
        reader = make
        if columns.is_cdr and columns.layout:
            shown = row_layout([str(cell or "") for cell in cells])
            if shown and shown != columns.layout:  # single rows may be in an older order
                reader = others.get(shown) or others.setdefault(
                    shown, _row_reader(layout(shown), zone, country_code, ())
                )
        try:
            record = reader(cells)
        except _Problem as problem:
            yield RowProblem(number, str(problem))
            continue
        if record is not None:
            yield record


def _row_reader(
    columns: ColumnMap, zone: ZoneInfo, country_code: str, headings: Sequence[str]
) -> Callable[[Sequence[Cell]], Any]:
    if columns.is_cdr:
        return lambda cells: _cdr_row(cells, columns)
    return _TableReader(columns, zone, country_code, headings)


# --- plain tables ------------------------------------------------------------------------------------------------


def text_of(cell: Cell) -> str:
    """A cell as text: whole numbers without a point, no NUL bytes, no blanks around."""
    if type(cell) is str:
        return (cell.replace("\x00", "") if "\x00" in cell else cell).strip()
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e18:
        return str(int(cell))
    if isinstance(cell, (datetime, date, time)):
        return cell.isoformat(sep=" ") if isinstance(cell, datetime) else cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell)


_LOSSLESS_FIELDS = (
    "started_at external_id conversation_id comment extension manager_name group_name campaign customer_name "
    "end_reason duration_s talk_s wait_s customer_number line_number"
)
_LOSSLESS = frozenset(_LOSSLESS_FIELDS.split())


class _TableReader:
    """One row of a table that describes one call: a million of them, so columns and words are looked up once."""

    def __init__(
        self, columns: ColumnMap, zone: ZoneInfo, country_code: str, headings: Sequence[str]
    ) -> None:
        self.at = dict(columns.columns)
        self.zone, self.country_code = zone, country_code
        used = {index for name, index in self.at.items() if name in _LOSSLESS}
        self.kept = tuple((index, head) for index, head in enumerate(headings) if head and index not in used)
        self.width = max([len(headings), *(index + 1 for index in self.at.values())])
        # A column that is not there is looked up in the empty cell that is put behind every row.
        self.index = {name: self.at.get(name, -1) for name in FIELDS}
        self.lengths = tuple((name, self.at.get(name, -1)) for name in ("talk_s", "wait_s", "duration_s"))
        self.has_sides = bool({"source_number", "target_number", "caller_id"} & self.at.keys())
        self.seed = blake2b(f"{zone.key}|{country_code}|{sorted(self.at.items())}".encode(), digest_size=16)
        self._ways: dict[str, Direction] = {}
        self._states: dict[tuple[str, Direction], Disposition] = {}
        self._offsets: dict[tuple[date, int], timedelta] = {}

    def __call__(self, cells: Sequence[Cell]) -> CallRecord | None:
        try:
            joined = "\x1f".join(cells)  # type: ignore[arg-type]
            texts = [cell.strip() for cell in cells] if "\x00" not in joined else list(map(text_of, cells))  # type: ignore[union-attr]
        except TypeError:  # a workbook's cells
            texts = list(map(text_of, cells))
            joined = "\x1f".join(texts)
        if len(texts) < self.width:
            texts.extend([""] * (self.width - len(texts)))
        texts.append("")
        at = self.index
        started_at = self._started(cells, texts)
        if started_at is None:
            return None
        word = texts[at["direction"]]
        way = self._ways.get(word)
        if way is None:
            way = call_words.direction(word) if word else Direction.UNKNOWN
            if len(self._ways) < 1000:
                self._ways[word] = way
        customer_raw, line = texts[at["customer_number"]], texts[at["line_number"]]
        extension, caller_name = texts[at["extension"]], ""
        if self.has_sides:
            way, customer_raw, extension, line, caller_name = self._sides(
                texts, way, customer_raw, extension, line
            )
        number = parse_number(customer_raw, self.country_code) if customer_raw else None
        if extension and not extension.isdigit():
            extension = parse_number(extension, self.country_code).digits or extension
        talk, wait, duration = [self._length(cells, texts, name, index) for name, index in self.lengths]
        word = texts[at["disposition"]]
        state = self._states.get((word, way))
        if state is None:
            state = call_words.disposition(word, way) if word else Disposition.UNKNOWN
            if len(self._states) < 1000:
                self._states[word, way] = state
        talk, wait, duration, is_estimate = _lengths(talk, wait, duration, state)
        reason = texts[at["end_reason"]] or None
        if state is Disposition.UNKNOWN:
            state = _state_by_talk(talk, way, reason)
        names = split_names(texts[at["recording"]]) + split_names(texts[at["recording_2"]])
        external_id, manager = texts[at["external_id"]], texts[at["manager_name"]]
        extension, customer_raw = extension[:40], customer_raw[:200]
        keys = [name_key(name) for name in names]
        if external_id:
            keys.append(id_key(external_id))
        else:
            external_id = _identity(started_at, customer_raw, extension, manager, line)
        rating, scale = _rating(texts[at["customer_rating"]]) if at["customer_rating"] >= 0 else (None, None)
        hashed = self.seed.copy()
        hashed.update(joined.encode("utf-8", "replace"))
        tags, side, target = texts[at["tags"]], texts[at["end_side"]], texts[at["target"]]
        return CallRecord(
            external_id=external_id,
            started_at=started_at,
            conversation_id=texts[at["conversation_id"]] or None,
            answered_at=self._moment(cells, "answered_at") if texts[at["answered_at"]] else None,
            ended_at=self._moment(cells, "ended_at") if texts[at["ended_at"]] else None,
            direction=way,
            disposition=state,
            duration_s=duration,
            wait_s=wait,
            talk_s=talk,
            talk_is_estimate=is_estimate,
            customer_number=number.digits if number else None,
            customer_number_raw=customer_raw or None,
            customer_name=texts[at["customer_name"]]
            or (number.name if number else None)
            or caller_name
            or None,
            line_number=(parse_number(line, self.country_code).digits or line[:40]) if line else None,
            extension=extension or None,
            manager_name=manager or None,
            manager_origin=ManagerOrigin.LOG if manager or extension else None,
            group_name=texts[at["group_name"]] or None,
            campaign=texts[at["campaign"]] or None,
            end_side=call_words.end_side(side) if side else None,
            end_reason=reason,
            customer_rating=rating,
            rating_scale=scale,
            comment=texts[at["comment"]] or None,
            target=call_words.target(target) if target else None,
            tags=tuple(part.strip() for part in re.split(r"[,;|]", tags) if part.strip()) if tags else (),
            recording_names=names,
            deal=self._deal(texts),
            raw={head: value for index, head in self.kept if (value := texts[index])},
            keys=tuple(dict.fromkeys(keys)) if len(keys) > 1 else tuple(keys),
            fingerprint=hashed.hexdigest(),
        )

    def _deal(self, texts: Sequence[str]) -> DealRecord | None:
        """What the columns of a deal say; nothing where they are empty."""
        at = self.index
        outcome = texts[at["deal_outcome"]]
        made = DealRecord(
            texts[at["deal_id"]] or None, texts[at["deal_stage"]] or None,
            call_words.deal_outcome(outcome) if outcome else None, _amount(texts[at["deal_amount"]]), None,
            texts[at["deal_responsible"]] or None,
        )  # fmt: skip
        return made if made != DealRecord() else None

    def _sides(
        self, texts: Sequence[str], way: Direction, customer: str, extension: str, line: str
    ) -> tuple[Direction, str, str, str, str]:
        """Direction, customer, extension and line from who called whom; the caller's name where one is told."""
        source, target, name = texts[self.index["source_number"]], texts[self.index["target_number"]], ""
        if told := texts[self.index["caller_id"]]:
            caller = parse_number(told, self.country_code)
            name, source = caller.name or "", source or caller.digits or ""
        if not source and not target:
            return way, customer, extension, line, name
        inner = [is_inner(parse_number(text, self.country_code).digits) for text in (source, target)]
        if way == Direction.UNKNOWN and any(inner):
            way = Direction.INTERNAL if all(inner) else Direction.OUTBOUND if inner[0] else Direction.INBOUND
        ours, theirs = (
            (source, target) if way in (Direction.OUTBOUND, Direction.INTERNAL) else (target, source)
        )
        if is_inner(parse_number(ours, self.country_code).digits):
            extension = extension or ours
        else:
            line = line or ours
        return way, customer or theirs, extension, line, name

    def _length(self, cells: Sequence[Cell], texts: Sequence[str], name: str, index: int) -> int | None:
        text = texts[index]
        if not text:
            return None
        if text.isascii() and text.isdigit() and len(text) < 8:
            return int(text)
        try:
            return parse_length(cells[index])
        except ValueError:
            raise _Problem(
                _("“{value}” in “{column}” is not a duration.").format(
                    value=text[:80], column=_(FIELDS[name])
                )
            ) from None

    def _started(self, cells: Sequence[Cell], texts: Sequence[str]) -> datetime | None:
        """UTC; None for a line of totals. Raises ``_Problem`` with the sentence."""
        index, clock = self.at["started_at"], self.at.get("time")
        text, hours = texts[index], texts[self.index["time"]]
        if not text:
            first = next((value for value in texts if value), "").casefold()
            if first.startswith(_TOTALS):
                return None
            raise _Problem(_("The row has no date and time."))
        cell = cells[index]
        try:
            moment = parse_moment(cell if not isinstance(cell, str) else text)
            if hours and clock is not None and moment.time() == time():
                moment = datetime.combine(moment.date(), parse_clock(cells[clock]), moment.tzinfo)
        except (ValueError, OverflowError, OSError):
            if text.casefold().startswith(_TOTALS):
                return None
            raise _Problem(
                _("“{value}” is not a date and time.").format(value=f"{text} {hours}".strip()[:80])
            ) from None
        if moment.tzinfo is not None:
            return moment
        offset = self._offset(moment)
        if offset is not None:
            return (moment - offset).replace(tzinfo=UTC)
        return to_utc(moment, self.zone, unique_epoch(texts[self.index["external_id"]]))

    def _offset(self, local: datetime) -> timedelta | None:
        """What the zone's clocks are ahead of UTC in that hour; None where they change in it or near it."""
        key = (local.date(), local.hour)
        known = self._offsets.get(key)
        if known is None:
            start = local.replace(minute=0, second=0, microsecond=0)
            around = {
                (start + timedelta(hours=hours)).replace(tzinfo=self.zone, fold=fold).utcoffset()
                for hours in (-3, 0, 1, 4)
                for fold in (0, 1)
            }
            known = around.pop()
            if around or known is None:
                return None
            if len(self._offsets) > 10_000:
                self._offsets.clear()
            self._offsets[key] = known
        return known

    def _moment(self, cells: Sequence[Cell], name: str) -> datetime | None:
        try:
            moment = parse_moment(cells[self.at[name]])
        except (ValueError, OverflowError, OSError):
            return None
        return moment if moment.tzinfo is not None else to_utc(moment, self.zone)


def _lengths(
    talk: int | None, wait: int | None, duration: int | None, state: Disposition
) -> tuple[int | None, int | None, int | None, bool]:
    """Talk, wait and duration with what follows from the others; the last says that talk is only taken as it."""
    if wait is None and talk is not None and duration is not None:
        wait = max(0, duration - talk)
    if duration is None and talk is not None and wait is not None:
        duration = talk + wait
    if talk is None and duration is not None:
        if wait is not None:
            return max(0, duration - wait), wait, duration, False
        if state == Disposition.ANSWERED:
            return duration, None, duration, True
    return talk, wait, duration, False


def _state_by_talk(talk: int | None, way: Direction, reason: str | None) -> Disposition:
    if talk is None:
        return Disposition.UNKNOWN
    if talk > 0:
        return Disposition.ANSWERED
    if reason == "17":  # Q.850: user busy
        return Disposition.BUSY
    return Disposition.MISSED if way == Direction.INBOUND else Disposition.NO_ANSWER


def _rating(text: str) -> tuple[int | None, int | None]:
    """``4``, ``4/5``, ``4 из 5``; without a scale it is 5 up to five and 10 above."""
    found = re.match(r"^(\d{1,2})(?:[.,]0+)?(?:\s*(?:/|из|of)\s*(\d{1,2}))?$", text)
    if found is None:
        return None, None
    value = int(found.group(1))
    return value, int(found.group(2)) if found.group(2) else 5 if value <= 5 else 10


def split_names(text: str) -> tuple[str, ...]:
    """File names or addresses of recordings in one cell; commas part them where every part has an audio suffix."""
    if not text:
        return ()
    parts = [part.strip() for part in re.split(r"[,;|\n]+", text) if part.strip()]
    if len(parts) > 1 and all(
        "." + part.rpartition(".")[2].lower() in AUDIO_SUFFIXES or "://" in part for part in parts
    ):
        return tuple(parts)
    return (text,)


def _identity(started_at: datetime, customer: str, extension: str, manager: str, line: str) -> str:
    """An id for rows that have none, the same whenever the row comes again."""
    who = "|".join((customer, extension, manager, line)).casefold()
    return f"{started_at:%Y%m%dT%H%M%SZ}-{blake2b(who.encode(), digest_size=6).hexdigest()}"


def _numbered(records: Iterator[CallRecord | RowProblem]) -> Iterator[CallRecord | RowProblem]:
    """Rows without an id of their own that are equal in time and people are told apart by a number."""
    seen: OrderedDict[str, int] = OrderedDict()
    for record in records:
        if isinstance(record, CallRecord) and not (record.keys and record.keys[-1].startswith("u:")):
            count = seen.pop(record.external_id, 0) + 1
            seen[record.external_id] = count
            if len(seen) > 10 * WINDOW:
                seen.popitem(last=False)
            if count > 1:
                record = replace(record, external_id=f"{record.external_id}#{count}")
        yield record


# --- Asterisk ----------------------------------------------------------------------------------------------------


def _cdr_row(cells: Sequence[Cell], columns: ColumnMap) -> dict[str, str] | None:
    """The cells of one CDR row by field, as text; the moment is checked here so that the row can be named."""
    row = {
        name: value
        for name, index in columns.columns.items()
        if index < len(cells) and (value := text_of(cells[index]))
    }  # fmt: skip
    if "started_at" not in row:
        raise _Problem(_("The row has no date and time."))
    try:
        parse_moment(row["started_at"])
        for name in ("duration_s", "talk_s"):
            parse_length(row.get(name, ""))
    except (ValueError, OverflowError, OSError) as error:
        raise _Problem(_("“{value}” is not a date and time.").format(value=str(error)[:80])) from None
    return row


def _amount(text: str) -> str | None:
    """``12 500,50 ₽`` → ``12500.50``; what is no number stays as it is written."""
    plain = re.sub(r"[\s\u00a0\u202f]|руб\.?|р\.|[₽$€]|RUB|USD|EUR|KZT", "", text, flags=re.I)
    if re.fullmatch(r"-?\d+(?:[.,]\d+)?", plain):
        return plain.replace(",", ".")
    return text[:40] or None
