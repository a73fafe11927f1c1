"""Cards as files: XLSX for people, JSON for programs; both come back as the same card."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from qaapp.errors import ScorecardError, SheetError
from qaapp.i18n import N_, _
from qaapp.scorecards.marks_import import MarksMapping, MarksSummary, Rejected, import_marks, preview_marks
from qaapp.scorecards.model import Card, CheckpointSpec, SectionSpec, clean, one_line, problems
from qaapp.scorecards.plain_form import FORM, VERSION, from_plain, to_plain
from qaapp.sheets import BadRow, Sheet, read_sheet
from qaapp.words import CallType

__all__ = [
    "MarksMapping", "MarksSummary", "Rejected", "export_card", "import_card", "import_marks", "preview_marks",
]  # fmt: skip

ABOUT = "qaapp"  # a second sheet that keeps name and call type
COLUMNS = ("section", "script", "code", "text", "hint", "weight", "critical")
TITLES = {
    "section": N_("Section"), "script": N_("Script"), "code": N_("Code"), "text": N_("Checkpoint"),
    "hint": N_("Hint"), "weight": N_("Weight"), "critical": N_("Critical"),
}  # fmt: skip
HEADINGS = {  # what people call these columns, folded
    "section": ("section", "stage", "этап", "раздел", "блок", "группа"),
    "script": ("script", "script text", "скрипт", "текст скрипта", "речь", "фраза"),
    "code": ("code", "код", "№", "номер", "n", "id"),
    "text": (
        "checkpoint",
        "question",
        "criterion",
        "чекпоинт",
        "критерий",
        "вопрос",
        "пункт",
        "параметр",
        "что проверяем",
    ),
    "hint": (
        "hint",
        "description",
        "comment",
        "подсказка",
        "описание",
        "комментарий",
        "пояснение",
        "как оценивать",
    ),
    "weight": ("weight", "points", "вес", "балл", "баллы"),
    "critical": ("critical", "критичный", "критично", "критический", "критическая"),
}
WIDTHS = {"section": 22, "script": 44, "code": 8, "text": 44, "hint": 60, "weight": 8, "critical": 10}
YES = {"1", "yes", "да", "true", "истина", "+", "x", "х", "!", "✓"}


def export_card(card: Card, path: Path) -> Path:
    """Write one revision as ``.xlsx`` or ``.json``. Raises ``ScorecardError``; an older file is replaced whole."""
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix.lower() == ".json":
            document = to_plain(card.name, card.call_type, card.sections)
            part.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        elif path.suffix.lower() == ".xlsx":
            _write_book(card, part)
        else:
            raise ScorecardError(N_("A card is written as .xlsx or .json, not as “{name}”."), name=path.name)
        os.replace(part, path)
    except OSError as error:
        raise ScorecardError(
            N_("{path} cannot be written: {reason}."), path=path, reason=error.strerror or error
        ) from error
    finally:
        with suppress(OSError):
            part.unlink()
    return path


def _write_book(card: Card, path: Path) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    sheet = book.active
    sheet.title = _("Card")
    for column, name in enumerate(COLUMNS, 1):
        cell = sheet.cell(1, column, _(TITLES[name]))
        cell.font = Font(bold=True)
        sheet.column_dimensions[cell.column_letter].width = WIDTHS[name]
    sheet.freeze_panes = "A2"
    row = 2
    for section in card.sections:
        for order, point in enumerate(section.checkpoints):
            values: list[Any] = [section.name, section.script] if order == 0 else ["", ""]
            values += [point.code, point.text, point.hint, point.weight, _("yes") if point.critical else ""]
            for column, value in enumerate(values, 1):
                _put(sheet.cell(row, column), value).alignment = Alignment(wrap_text=True, vertical="top")
            row += 1
    about = book.create_sheet(ABOUT)
    for number, (key, value) in enumerate(
        (("form", FORM), ("version", str(VERSION)), ("name", card.name), ("call_type", card.call_type.value)),
        1,
    ):
        _put(about.cell(number, 1), key)
        _put(about.cell(number, 2), value)
    book.save(path)


def _put(cell: Any, value: Any) -> Any:
    """Text stays text: no cell becomes a formula, and ``_x0041_`` is not read as an escaped letter."""
    if isinstance(value, str):
        if not value:
            return cell
        cell.value = value.replace("_x", "_x005F_x")
        cell.data_type = "s"
    else:
        cell.value = value
    return cell


def import_card(path: Path) -> tuple[str, CallType, tuple[SectionSpec, ...]]:
    """Read a card: name, call type, sections. Raises ``ScorecardError`` or ``SheetError`` with a sentence.

    JSON is the exported form. A table needs a column of checkpoints; section, script, code, hint, weight and critical
    are taken where there are such columns, in English or Russian, so a card that people keep in Excel comes in too.
    """
    if path.suffix.lower() == ".json":
        return from_plain(_read_json(path), fallback_name=path.stem)
    sheet = read_sheet(path)
    if not sheet.headings:
        sheet = read_sheet(path, sheet.name if not sheet.encoding else None, heading_row=1)
    columns = _columns(sheet.headings)
    if "text" not in columns:
        raise ScorecardError(
            N_("{path} has no column of checkpoints."), hint=N_("Name it “Checkpoint”."), path=path.name
        )
    name, call_type = _about(path, sheet)
    sections = clean(_sections(sheet, columns))
    found = problems(name, sections)
    if found:
        raise found[0]
    return name, call_type, sections


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SheetError(
            N_("{path} cannot be read: {reason}."), kind="gone", path=path, reason=error.strerror or error
        ) from error
    except (ValueError, RecursionError) as error:
        raise SheetError(
            N_("{path} is not JSON: {reason}."), kind="format", path=path, reason=error
        ) from error


def _columns(headings: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for index, heading in enumerate(headings):
        folded = one_line(heading).casefold().rstrip(".:")
        for name, words in HEADINGS.items():
            if name not in found and folded in words:
                found[name] = index
    return found


def _about(path: Path, sheet: Sheet) -> tuple[str, CallType]:
    if sheet.encoding or ABOUT not in sheet.names:
        return one_line(path.stem), CallType.ANY
    values: dict[str, str] = {}
    for row in read_sheet(path, ABOUT, heading_row=0).rows():
        if not isinstance(row, BadRow) and len(row[1]) > 1:
            values[str(row[1][0])] = str(row[1][1] if row[1][1] is not None else "")
    try:
        call_type = CallType(values.get("call_type", CallType.ANY.value))
    except ValueError:
        call_type = CallType.ANY
    return one_line(values.get("name", "")) or one_line(path.stem), call_type


def _sections(sheet: Sheet, columns: dict[str, int]) -> list[SectionSpec]:
    done: list[tuple[str, str, list[CheckpointSpec]]] = []
    for row in sheet.rows():
        if isinstance(row, BadRow):
            raise ScorecardError(N_("Row {row} cannot be read."), row=row.number)
        number, cells = row
        values = {name: _cell(cells, index) for name, index in columns.items()}
        section = one_line(values.get("section", ""))
        if not values["text"]:
            continue
        if not done or (section and section.casefold() != done[-1][0].casefold()):
            done.append((section or _("Call"), values.get("script", ""), []))
        elif not done[-1][1] and values.get("script"):
            done[-1] = (done[-1][0], values["script"], done[-1][2])
        done[-1][2].append(
            CheckpointSpec(
                None,
                values.get("code", ""),
                values["text"],
                values.get("hint", ""),
                _weight(values.get("weight", ""), number),
                values.get("critical", "").casefold() in YES,
            )
        )
    return [SectionSpec(name, script, tuple(points)) for name, script, points in done]


def _cell(cells: Sequence[Any], index: int) -> str:
    value = cells[index] if index < len(cells) else None
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _weight(text: str, row: int) -> int:
    if not text:
        return 1
    try:
        return int(text)
    except ValueError:
        raise ScorecardError(
            N_("Row {row}: the weight “{value}” is not a whole number."), row=row, value=text
        ) from None
