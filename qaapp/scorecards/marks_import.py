"""Marks that people keep in sheets: one row a call, one column a checkpoint.

Cells hold 1, 0 or N. A row with a blank or an unknown cell, or whose call is not found, is rejected by name and the
rest goes on. Rows are committed in small batches; nothing submitted is ever overwritten.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from qaapp import clock
from qaapp.errors import QaappError, ScorecardError, SheetError
from qaapp.i18n import N_, _
from qaapp.progress import Progress, Steps
from qaapp.scorecards import evaluations
from qaapp.scorecards.call_lookup import find_call
from qaapp.scorecards.cards import Card, load_published, need_card
from qaapp.scorecards.counting import STANDING
from qaapp.scorecards.model import one_line
from qaapp.settings import Rules
from qaapp.sheets import BadRow, read_sheet
from qaapp.store.database import Database
from qaapp.store.rules import read_rules
from qaapp.store.schema import Evaluation, Mark, Outcome, Revision, User
from qaapp.words import Origin

BATCH = 50
PREVIEW_ROWS = 8
CALL = {"call", "call id", "id", "external id", "external_id", "call_id", "recording", "file", "file name", "filename",
        "звонок", "ид звонка", "id звонка", "номер звонка", "запись", "файл", "имя файла", "файл записи"}  # fmt: skip
DAY = {"date", "day", "call date", "date and time", "дата", "дата звонка", "день", "дата и время"}
TIME = {"time", "call time", "время", "время звонка"}
MANAGER = {
    "manager",
    "agent",
    "seller",
    "employee",
    "менеджер",
    "сотрудник",
    "продавец",
    "оператор",
    "фио",
    "кто",
}
COMMENT = {"comment", "comments", "note", "notes", "комментарий", "комментарии", "примечание", "заметка"}
PLUSES = {"pluses", "plus", "strengths", "плюсы", "плюс", "сильные стороны"}
MINUSES = {"minuses", "minus", "weaknesses", "минусы", "минус", "слабые стороны"}
OUTCOME = {"outcome", "result", "итог", "результат"}
ONE = {"1", "+", "yes", "да", "true", "истина", "✓"}
ZERO = {"0", "no", "нет", "false", "ложь"}
NA = {"n", "n/a", "na", "н", "н/п", "нп", "не применимо", "неприменимо"}


@dataclass(frozen=True)
class MarksMapping:
    """Which column (counted from 0) holds what; None: there is none. ``checkpoints`` maps codes to columns."""

    checkpoints: dict[str, int] = field(default_factory=dict)
    call: int | None = None
    day: int | None = None
    time: int | None = None
    manager: int | None = None
    comment: int | None = None
    pluses: int | None = None
    minuses: int | None = None
    outcome: int | None = None


@dataclass(frozen=True)
class MarksPreview:
    """What a dialog shows before importing: ``missing`` codes have no column, ``unused`` headings no meaning."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    mapping: MarksMapping
    missing: tuple[str, ...]
    unused: tuple[str, ...]


@dataclass(frozen=True)
class Rejected:
    """A row of the sheet that was left out; ``reason`` is a sentence in the current language."""

    row: int
    reason: str


@dataclass(frozen=True)
class MarksSummary:
    submitted: int
    rejected: tuple[Rejected, ...]


@dataclass(frozen=True)
class _Table:
    headings: tuple[str, ...]
    path: Path
    records: tuple[tuple[int, tuple[Any, ...]], ...] | None = None  # of JSON; a sheet is streamed

    def rows(self) -> Iterator[tuple[int, Sequence[Any]] | BadRow]:
        if self.records is not None:
            yield from self.records
            return
        yield from _sheet(self.path).rows()


def _sheet(path: Path) -> Any:
    sheet = read_sheet(path)
    return (
        sheet
        if sheet.headings
        else read_sheet(path, sheet.name if not sheet.encoding else None, heading_row=1)
    )


def _open(path: Path) -> _Table:
    if path.suffix.lower() != ".json":
        return _Table(tuple(_sheet(path).headings), path)
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SheetError(
            N_("{path} cannot be read: {reason}."), kind="gone", path=path, reason=error.strerror or error
        ) from error
    except (ValueError, RecursionError) as error:
        raise SheetError(
            N_("{path} is not JSON: {reason}."), kind="format", path=path, reason=error
        ) from error
    listed = document.get("evaluations", document.get("rows")) if isinstance(document, dict) else document
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise SheetError(N_("{path} holds no list of evaluations."), kind="format", path=path)
    flat = [
        {**entry, **entry["marks"]} if isinstance(entry.get("marks"), dict) else entry for entry in listed
    ]
    headings = tuple(dict.fromkeys(str(key) for entry in flat for key in entry))
    records = tuple(
        (number, tuple(entry.get(key) for key in headings)) for number, entry in enumerate(flat, 1)
    )
    return _Table(headings, path, records)


def guess_marks(headings: Sequence[str], card: Card) -> MarksMapping:
    """Columns by their headings: checkpoints by code, text or both ("К1 Приветствие"); the rest by their names."""
    folded = [one_line(heading).casefold().rstrip(":") for heading in headings]
    used: set[int] = set()
    points: dict[str, int] = {}

    def take(index: int, code: str) -> None:
        points[code] = index
        used.add(index)

    for tries in ("code", "text", "both"):
        for point in card.checkpoints:
            if point.code in points:
                continue
            code, text = point.code.casefold(), one_line(point.text).casefold()
            for index, heading in enumerate(folded):
                both = heading.startswith(code) and re.sub(r"^[\s.:)–—-]+", "", heading[len(code) :]) == text
                if (
                    index not in used
                    and heading
                    and (
                        (tries == "code" and heading == code)
                        or (tries == "text" and heading == text)
                        or (tries == "both" and both)
                    )
                ):
                    take(index, point.code)
                    break

    def column(words: set[str]) -> int | None:
        for index, heading in enumerate(folded):
            if index not in used and heading in words:
                used.add(index)
                return index
        return None

    return MarksMapping(
        points, column(CALL), column(DAY), column(TIME), column(MANAGER), column(COMMENT), column(PLUSES),
        column(MINUSES), column(OUTCOME),
    )  # fmt: skip


def preview_marks(session: Session, path: Path, scorecard_name: str) -> MarksPreview:
    """How ``path`` is understood, for a dialog. Raises ``SheetError`` or ``ScorecardError``."""
    card = _card(session, scorecard_name)
    table = _open(path)
    mapping = guess_marks(table.headings, card)
    rows = []
    for row in table.rows():
        if not isinstance(row, BadRow):
            rows.append(tuple(_text(cell) for cell in row[1]))
        if len(rows) >= PREVIEW_ROWS:
            break
    used = {*mapping.checkpoints.values(), mapping.call, mapping.day, mapping.time, mapping.manager, mapping.comment,
            mapping.pluses, mapping.minuses, mapping.outcome}  # fmt: skip
    missing = tuple(point.code for point in card.checkpoints if point.code not in mapping.checkpoints)
    unused = tuple(heading for index, heading in enumerate(table.headings) if heading and index not in used)
    return MarksPreview(table.headings, tuple(rows), mapping, missing, unused)


def import_marks(
    database: Database,
    path: Path,
    scorecard_name: str,
    reviewer_name: str,
    *,
    mapping: MarksMapping | None = None,
) -> Steps[MarksSummary]:
    """Submit an evaluation for every whole row, with the origin *imported*.

    Raises before the first row when a checkpoint has no column or the call cannot be told; closing the generator keeps
    the batches that were committed.
    """
    reviewer_name = " ".join(reviewer_name.split())
    if not reviewer_name:
        raise ScorecardError(N_("Whose marks are these?"), hint=N_("Give the reviewer's name."))
    with database.read() as session:
        card, rules = _card(session, scorecard_name), read_rules(session)
    table = _open(path)
    mapping = mapping or guess_marks(table.headings, card)
    _check_mapping(mapping, card, path)
    submitted, rejected = 0, list[Rejected]()
    batch: list[tuple[int, Sequence[Any]]] = []
    total = len(table.records) if table.records is not None else None
    for row in table.rows():
        if isinstance(row, BadRow):
            rejected.append(Rejected(row.number, _(row.reason)))
            continue
        batch.append(row)
        if len(batch) == BATCH:
            submitted += _submit_batch(database, batch, card, mapping, reviewer_name, rules, rejected)
            batch = []
            yield Progress(submitted + len(rejected), total, _("Marks"))
    submitted += _submit_batch(database, batch, card, mapping, reviewer_name, rules, rejected)
    yield Progress(submitted + len(rejected), total, _("Marks"))
    return MarksSummary(submitted, tuple(sorted(rejected, key=lambda entry: entry.row)))


def _card(session: Session, name: str) -> Card:
    card = load_published(session, need_card(session, name).scorecard_id)
    if card is None:
        raise ScorecardError(N_("The card “{name}” is a draft."), hint=N_("Publish it first."), name=name)
    return card


def _check_mapping(mapping: MarksMapping, card: Card, path: Path) -> None:
    lacking = [
        f"{point.code} “{point.text}”" for point in card.checkpoints if point.code not in mapping.checkpoints
    ]
    if lacking:
        raise ScorecardError(
            N_("{path} has no column for {names}."), hint=N_("Head each column with the checkpoint's code or text."),
            path=path.name, names=", ".join(lacking),
        )  # fmt: skip
    if mapping.call is None and (mapping.day is None or mapping.manager is None):
        raise ScorecardError(
            N_("{path} does not say which call a row is about."),
            hint=N_("Add a column “call” with its id or file name, or the columns “date” and “manager”."),
            path=path.name,
        )  # fmt: skip


def _submit_batch(
    database: Database, batch: Sequence[tuple[int, Sequence[Any]]], card: Card, mapping: MarksMapping,
    reviewer_name: str, rules: Rules, rejected: list[Rejected],
) -> int:  # fmt: skip
    if not batch:
        return 0
    done, refused = 0, []
    with database.write(bulk=True) as session:
        for number, cells in batch:
            try:
                _submit_row(session, cells, card, mapping, reviewer_name, rules)
                done += 1
            except QaappError as error:
                refused.append(Rejected(number, error.sentence()))
    rejected += refused
    return done


def _submit_row(
    session: Session,
    cells: Sequence[Any],
    card: Card,
    mapping: MarksMapping,
    reviewer_name: str,
    rules: Rules,
) -> None:
    """Everything is checked before the first write, so that a rejected row leaves nothing behind."""

    def cell(index: int | None) -> Any:
        return None if index is None or index >= len(cells) else cells[index]

    call_id = find_call(
        session,
        rules,
        _text(cell(mapping.call)),
        cell(mapping.day),
        cell(mapping.time),
        _text(cell(mapping.manager)),
    )
    values = {
        point.id or 0: _mark_value(cell(mapping.checkpoints[point.code]), point.code, point.text)
        for point in card.checkpoints
    }
    outcome_id = _outcome(session, _text(cell(mapping.outcome)))
    reviewer_id = _reviewer(session, reviewer_name)
    _refuse_second(session, call_id, card, reviewer_id, reviewer_name)
    draft = evaluations.open_draft(session, call_id, card.revision_id, reviewer_id, Origin.IMPORTED)
    now = clock.now()
    session.add_all(
        Mark(
            evaluation_id=draft.id, checkpoint_id=point_id, is_marked=True, value=value, at_ms=None, said="",
            should_have_said="", marked_at=now,
        )
        for point_id, value in values.items()
    )  # fmt: skip
    evaluations.set_texts(
        session, draft.id, comment=_text(cell(mapping.comment)), pluses=_text(cell(mapping.pluses)),
        minuses=_text(cell(mapping.minuses)),
    )  # fmt: skip
    evaluations.set_outcome(session, draft.id, outcome_id)
    evaluations.submit(session, draft.id, reviewer_id)


def _refuse_second(session: Session, call_id: int, card: Card, reviewer_id: int, reviewer: str) -> None:
    rows = session.execute(
        select(Evaluation.state, Revision.scorecard_id)
        .outerjoin(Revision, Revision.id == Evaluation.revision_id)
        .where(Evaluation.call_id == call_id, Evaluation.reviewer_id == reviewer_id)
    ).all()
    for state, scorecard_id in rows:
        if state in STANDING and scorecard_id == card.scorecard_id:
            raise ScorecardError(
                N_("{reviewer} has already evaluated this call by this card; nothing was overwritten."),
                reviewer=reviewer,
            )
        if state not in STANDING:
            raise ScorecardError(N_("{reviewer} has begun an evaluation of this call."), reviewer=reviewer)


def _mark_value(value: Any, code: str, text: str) -> int | None:
    folded = _text(value).casefold()
    if not folded:
        raise ScorecardError(N_("{code} “{checkpoint}” is blank."), code=code, checkpoint=text)
    if folded in ONE:
        return 1
    if folded in ZERO:
        return 0
    if folded in NA:
        return None
    raise ScorecardError(
        N_("{code} “{checkpoint}” holds “{value}”, not 1, 0 or N."),
        code=code,
        checkpoint=text,
        value=_text(value)[:40],
    )


def _outcome(session: Session, name: str) -> int | None:
    if not name:
        return None
    for outcome_id, known in session.execute(select(Outcome.id, Outcome.name)):
        if known.casefold() == name.casefold():
            return int(outcome_id)
    raise ScorecardError(N_("There is no outcome “{name}”."), hint=N_("Add it in the settings."), name=name)


def _reviewer(session: Session, name: str) -> int:
    for user_id, known in session.execute(select(User.id, User.name)):
        if known.casefold() == name.casefold():
            return int(user_id)
    user = User(name=name, role="reviewer", created_at=clock.now())
    session.add(user)
    session.flush()
    return user.id


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (date, datetime)):
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    return str(value).strip()
