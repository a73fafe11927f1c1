"""The report *Speech*: how managers talk, by the speech maps of their calls, with the rules the figures were made by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from qaapp import i18n
from qaapp.calls import speech_figures
from qaapp.i18n import _
from qaapp.journal.filters import Filter
from qaapp.journal.pages import Sort, ids
from qaapp.progress import Progress, Steps
from qaapp.reports.reading import reading
from qaapp.store.chunks import chunks
from qaapp.store.database import Database
from qaapp.store.rules import read_rules
from qaapp.store.schema import Call, Manager, SpeechFigure
from qaapp.tables import Column, Kind, Table
from qaapp.workbook import write_workbook


def write_speech(
    source: Session | Database, filter: Filter, path: Path, *, mask: bool = False
) -> Steps[Path]:
    """Medians per manager, every analysed call, and what counted as what. Calls of one channel have no figures."""
    with reading(source) as session:
        rules = read_rules(session)
        yield Progress(0, None, _("Reading the speech figures"))
        call_ids = ids(session, filter, Sort("started_at", False), rules.zone)
        tables = [
            Table(_("Managers"), _manager_columns(), list(_managers(session, call_ids))),
            Table(_("Calls"), _call_columns(), _calls(session, call_ids, mask)),
            Table(_("Rules"), (Column("what", _("What"), width=44), Column("value", _("Value"), width=60, wrap=True)),
                  _rules(session, call_ids, filter.first_day, filter.last_day)),
        ]  # fmt: skip
        return (yield from write_workbook(path, tables, rules.zone, _("Speech")))


def _manager_columns() -> tuple[Column, ...]:
    return (
        Column("manager", _("Manager"), width=24),
        Column("calls", _("Analysed calls"), Kind.INT, 12),
        Column("talk_share", _("Manager's share of the talk"), Kind.PERCENT, 14),
        Column("silence", _("Silence"), Kind.DURATION, 10),
        Column("overtalk", _("Both speak at once"), Kind.DURATION, 12),
        Column("interruptions", _("Manager interrupts"), Kind.NUMBER, 12),
        Column("monologue", _("Manager's longest monologue"), Kind.DURATION, 14),
        Column("response", _("Manager answers after, s"), Kind.NUMBER, 14),
    )


def _managers(session: Session, call_ids: Sequence[int]) -> Iterator[list[Any]]:
    """One row a manager with analysed calls: medians, which one odd call does not move."""
    owners: dict[str, list[int]] = {}
    for part in chunks(call_ids):
        rows = session.execute(
            select(Call.id, Manager.name)
            .join(SpeechFigure, SpeechFigure.call_id == Call.id)
            .outerjoin(Manager, Manager.id == Call.manager_id)
            .where(Call.id.in_(part), SpeechFigure.talk_share.is_not(None))
        )
        for call_id, name in rows:
            owners.setdefault(name or _("Not assigned"), []).append(call_id)
    for name in sorted(owners, key=str.casefold):
        told = speech_figures.medians(session, owners[name])
        yield [
            name, told["calls"], told["talk_share"], _seconds(told["silence_ms"]), _seconds(told["overtalk_ms"]),
            told["manager_interruptions"], _seconds(told["longest_manager_ms"]),
            None if told["response_ms"] is None else told["response_ms"] / 1000,
        ]  # fmt: skip


def _call_columns() -> tuple[Column, ...]:
    return (
        Column("id", _("Call ID"), Kind.INT, 9),
        Column("started_at", _("Date and time"), Kind.MOMENT, 17),
        Column("manager", _("Manager"), width=24),
        Column("customer", _("Number"), width=19),
        Column("talk_share", _("Manager's share of the talk"), Kind.PERCENT, 14),
        Column("manager_of_call", _("Manager speaks, of the call"), Kind.PERCENT, 14),
        Column("customer_of_call", _("Customer speaks, of the call"), Kind.PERCENT, 14),
        Column("silences", _("Silences"), Kind.INT, 10),
        Column("silence", _("Silence"), Kind.DURATION, 10),
        Column("overtalk", _("Both speak at once"), Kind.DURATION, 12),
        Column("by_manager", _("Manager interrupts"), Kind.INT, 12),
        Column("by_customer", _("Customer interrupts"), Kind.INT, 12),
        Column("monologue", _("Manager's longest monologue"), Kind.DURATION, 14),
        Column("customer_monologue", _("Customer's longest monologue"), Kind.DURATION, 14),
        Column("response", _("Manager answers after, s"), Kind.NUMBER, 14),
        Column("turns", _("Turns a minute"), Kind.NUMBER, 10),
        Column("detector", _("Detector"), width=16),
    )


def _calls(session: Session, call_ids: Sequence[int], mask: bool) -> Iterator[list[Any]]:
    number = i18n.mask_phone if mask else i18n.phone
    for part in chunks(call_ids):
        rows = session.execute(
            select(SpeechFigure, Call.started_at, Call.customer_number, Manager.name)
            .join(Call, Call.id == SpeechFigure.call_id)
            .outerjoin(Manager, Manager.id == Call.manager_id)
            .where(SpeechFigure.call_id.in_(part))
            .order_by(Call.started_at, Call.id)
        )
        for row, started_at, customer, manager in rows:
            shown = number(customer) if customer else None
            head = [row.call_id, started_at, manager or _("Not assigned"), shown]
            if row.is_mono:
                yield [*head, *[None] * 12, _("one channel")]
                continue
            whole, turns = row.sound_ms, max(0, (row.turns or 0) - 1)
            yield [
                *head, row.talk_share, _share(row.manager_ms, whole),
                _share(row.customer_ms, whole), row.silences, _seconds(row.silence_ms),
                _seconds(row.overtalk_ms), row.manager_interruptions, row.customer_interruptions,
                _seconds(row.longest_manager_ms), _seconds(row.longest_customer_ms),
                None if row.response_ms is None else row.response_ms / 1000,
                turns * 60_000 / whole if whole else None, row.detector,
            ]  # fmt: skip


def _rules(
    session: Session, call_ids: Sequence[int], first: date | None, last: date | None
) -> Iterator[list[Any]]:
    rules = read_rules(session)
    told = speech_figures.medians(session, call_ids)
    yield [_("Period"), i18n.period(first, last) if first and last else _("everything")]
    yield [_("Analysed calls"), str(told["calls"])]
    yield [_("Detectors that made the figures"), ", ".join(told["detectors"]) or "–"]
    for title, ms in (
        (_("Silence is counted from"), rules.silence_ms), (_("A long silence from"), rules.long_silence_ms),
        (_("Both speak at once from"), rules.overtalk_ms), (_("An interruption overlaps at least"), rules.interruption_ms),
    ):  # fmt: skip
        yield [title, _("{seconds} s").format(seconds=i18n.decimal(ms / 1000))]
    yield [_("Manager's share of the talk"), _("manager / (manager + customer), silence left out")]
    yield [_("Manager speaks, of the call"), _("manager / length of the recording")]
    yield [
        _("Interruption"),
        _("One side starts while the other has spoken for a second or more; the interrupted stops within 2 s and the "
          "interrupter goes on for at least a second."),
    ]  # fmt: skip
    yield [
        _("Per manager"),
        _("Medians over the analysed calls; recordings with both sides in one channel are left out."),
    ]


def _seconds(ms: float | None) -> float | None:
    return None if ms is None else ms / 1000


def _share(part: int | None, whole: int) -> float | None:
    return None if part is None or not whole else part / whole
