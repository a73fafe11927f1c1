"""A card as plain values (dicts, lists, texts): the form of JSON files and of ``scorecards show --json``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qaapp.errors import ScorecardError
from qaapp.i18n import N_
from qaapp.scorecards.model import CheckpointSpec, SectionSpec, clean, problems
from qaapp.words import CallType

FORM = "qaapp scorecard"
VERSION = 1


def to_plain(name: str, call_type: CallType, sections: tuple[SectionSpec, ...]) -> dict[str, Any]:
    """The document that ``from_plain`` reads back to the same values (ids are not part of a card)."""
    return {
        "form": FORM,
        "version": VERSION,
        "name": name,
        "call_type": call_type.value,
        "sections": [
            {
                "name": section.name,
                "script": section.script,
                "checkpoints": [
                    {
                        "code": point.code,
                        "text": point.text,
                        "hint": point.hint,
                        "weight": point.weight,
                        "critical": point.critical,
                    }
                    for point in section.checkpoints
                ],
            }
            for section in sections
        ],
    }


def from_plain(document: Any, *, fallback_name: str = "") -> tuple[str, CallType, tuple[SectionSpec, ...]]:
    """Read a document; raises ``ScorecardError`` with the first thing that is wrong and where."""
    if not isinstance(document, Mapping):
        raise ScorecardError(N_("This is not a card: the file holds no object with sections."))
    version = document.get("version", VERSION)
    if isinstance(version, int) and version > VERSION:
        raise ScorecardError(
            N_("This card was written by a newer version of qaapp."), hint=N_("Install the newest version.")
        )
    listed = document.get("sections")
    if not isinstance(listed, list):
        raise ScorecardError(N_("This is not a card: the file holds no object with sections."))
    sections = tuple(_section(entry, number) for number, entry in enumerate(listed, 1))
    name = " ".join(_text(document, "name").split()) or fallback_name
    ready = clean(sections)
    found = problems(name, ready)
    if found:
        raise found[0]
    return name, _call_type(document.get("call_type")), ready


def _call_type(value: Any) -> CallType:
    try:
        return CallType(str(value).strip())
    except ValueError:
        return CallType.ANY


def _section(entry: Any, number: int) -> SectionSpec:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("checkpoints", []), list):
        raise ScorecardError(N_("Section {number} of the card cannot be read."), number=number)
    points = []
    for order, point in enumerate(entry.get("checkpoints", []), 1):
        if isinstance(point, str):
            point = {"text": point}
        if not isinstance(point, Mapping):
            raise ScorecardError(
                N_("Checkpoint {order} of section {number} cannot be read."), order=order, number=number
            )
        points.append(
            CheckpointSpec(
                id=None,
                code=_text(point, "code"),
                text=_text(point, "text"),
                hint=_text(point, "hint"),
                weight=_weight(point.get("weight", 1), order, number),
                critical=point.get("critical") is True,
            )
        )
    return SectionSpec(_text(entry, "name"), _text(entry, "script"), tuple(points))


def _text(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key)
    return "" if value is None else str(value)


def _weight(value: Any, order: int, number: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ScorecardError(
            N_("The weight of checkpoint {order} in section {number} is not a whole number."),
            order=order, number=number,
        )  # fmt: skip
    return value
