"""A list of people from a sheet: name, group, extensions, one person a row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from qaapp.calls import people
from qaapp.errors import SheetError
from qaapp.i18n import N_, _
from qaapp.sheets import BadRow, read_sheet
from qaapp.store.database import Database
from qaapp.store.schema import Extension, Group, Manager

_HEADINGS = {
    "name": ("name", "manager", "employee", "agent", "full name", "имя", "фио", "менеджер", "сотрудник", "оператор"),
    "group": ("group", "department", "team", "группа", "отдел", "подразделение", "команда"),
    "extension": (
        "extension", "extensions", "ext", "number", "internal number", "внутренний номер", "внутренние номера",
        "добавочный", "добавочные", "номер", "номера", "внутренний",
    ),
    "active": ("active", "works", "работает", "активен"),
}  # fmt: skip
_NO = {"0", "no", "false", "нет", "уволен", "off"}


@dataclass(frozen=True)
class PeopleSummary:
    """``skipped`` are (row, sentence)."""

    added: int
    changed: int
    unchanged: int
    skipped: tuple[tuple[int, str], ...]


def import_people(database: Database, path: Path, user_id: int | None = None) -> PeopleSummary:
    """Add and complete people from a CSV or workbook. People who are not in it stay. Raises ``SheetError``."""
    sheet = read_sheet(path)
    columns = _columns(sheet.headings)
    if "name" not in columns:
        raise SheetError(
            N_("{path} has no column with names."), hint=N_("Call the column “Name” or “ФИО”."), path=path
        )
    added = changed = unchanged = 0
    skipped: list[tuple[int, str]] = []
    with database.write() as session:
        for row in sheet.rows():
            if isinstance(row, BadRow):
                skipped.append((row.number, _(row.reason)))
                continue
            number, cells = row
            result = _one(session, columns, cells, user_id)
            if result is None:
                skipped.append((number, _("The row has no name.")))
            added += result == "added"
            changed += result == "changed"
            unchanged += result == "unchanged"
    return PeopleSummary(added, changed, unchanged, tuple(skipped))


def _columns(headings: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for index, heading in enumerate(headings):
        plain = " ".join(heading.casefold().replace("ё", "е").replace("_", " ").split())
        for name, words in _HEADINGS.items():
            if plain in words:
                found.setdefault(name, index)
    return found


def _one(session: Session, columns: dict[str, int], cells: Sequence[Any], user_id: int | None) -> str | None:
    def cell(name: str) -> str | None:
        index = columns.get(name)
        if index is None or index >= len(cells) or cells[index] is None:
            return None
        value = cells[index]
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()

    name = people.clean_name(cell("name") or "")
    if not name:
        return None
    known = session.scalar(select(Manager.id).where(Manager.name_key == people.name_key(name)))
    numbers = [part for part in re.split(r"[,;/\s]+", cell("extension") or "") if part]
    before = _state(session, known)
    manager_id = known
    for number in numbers[:1] if known is None else numbers:
        owner = session.scalar(select(Extension.manager_id).where(Extension.number == number))
        if owner is not None and owner != known and people.is_placeholder(session, owner, number):
            manager_id = people.find_or_create(session, name=name, extension=number)
    if manager_id is None:
        manager_id = people.find_or_create(session, name=name)
    assert manager_id is not None
    if numbers:
        mine = session.scalars(select(Extension.number).where(Extension.manager_id == manager_id))
        people.set_extensions(session, manager_id, [*mine, *numbers], user_id)
    if cell("group"):
        people.set_group(session, manager_id, cell("group"), user_id)
    if cell("active") is not None:
        people.set_active(session, manager_id, (cell("active") or "").casefold() not in _NO, user_id)
    if known is None:
        return "added"
    return "changed" if _state(session, manager_id) != before else "unchanged"


def _state(session: Session, manager_id: int | None) -> tuple[object, ...]:
    if manager_id is None:
        return ()
    numbers = session.scalars(
        select(Extension.number).where(Extension.manager_id == manager_id).order_by(Extension.number)
    )
    row = session.execute(
        select(Manager.name, Group.name, Manager.active).outerjoin(Group).where(Manager.id == manager_id)
    ).one()
    return (*row, *numbers)
