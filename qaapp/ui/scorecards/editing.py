"""Edits of a card's sections as functions from value to value; the screen keeps the states for undo.

A place is ``(section, None)`` for a section or ``(section, checkpoint)``, both counted from 0.
"""

from __future__ import annotations

from dataclasses import replace

from qaapp.scorecards.model import CheckpointSpec, SectionSpec

Sections = tuple[SectionSpec, ...]
Place = tuple[int, int | None]


def places(sections: Sections) -> list[Place]:
    """Every row of the card from top to bottom."""
    rows: list[Place] = []
    for number, section in enumerate(sections):
        rows.append((number, None))
        rows += [(number, point) for point in range(len(section.checkpoints))]
    return rows


def change_section(sections: Sections, number: int, **values: str) -> Sections:
    return _with(sections, number, replace(sections[number], **values))  # type: ignore[arg-type]


def change_checkpoint(sections: Sections, place: tuple[int, int], **values: object) -> Sections:
    section, point = place
    points = list(sections[section].checkpoints)
    points[point] = replace(points[point], **values)  # type: ignore[arg-type]
    return _with(sections, section, replace(sections[section], checkpoints=tuple(points)))


def add_section(sections: Sections, after: Place | None, name: str) -> tuple[Sections, Place]:
    """An empty section behind the one of ``after``."""
    number = len(sections) if after is None else after[0] + 1
    return (*sections[:number], SectionSpec(name, "", ()), *sections[number:]), (number, None)


def add_checkpoint(sections: Sections, after: Place | None, text: str) -> tuple[Sections, Place]:
    """A checkpoint behind ``after``; a card without sections cannot take one."""
    section = len(sections) - 1 if after is None else after[0]
    point = 0 if after is None or after[1] is None else after[1] + 1
    if after is None:
        point = len(sections[section].checkpoints)
    points = list(sections[section].checkpoints)
    points.insert(point, CheckpointSpec(None, "", text))
    return _with(sections, section, replace(sections[section], checkpoints=tuple(points))), (section, point)


def remove(sections: Sections, place: Place) -> Sections:
    """Without the checkpoint, or without the section and everything in it."""
    section, point = place
    if point is None:
        return sections[:section] + sections[section + 1 :]
    points = sections[section].checkpoints
    return _with(
        sections, section, replace(sections[section], checkpoints=points[:point] + points[point + 1 :])
    )


def move(sections: Sections, place: Place, down: bool) -> tuple[Sections, Place]:
    """One step up or down; a checkpoint at the edge of its section goes over into the neighbour."""
    section, point = place
    step = 1 if down else -1
    if point is None:
        other = section + step
        if not 0 <= other < len(sections):
            return sections, place
        order = list(sections)
        order[section], order[other] = order[other], order[section]
        return tuple(order), (other, None)
    points = list(sections[section].checkpoints)
    other = point + step
    if 0 <= other < len(points):
        points[point], points[other] = points[other], points[point]
        return _with(sections, section, replace(sections[section], checkpoints=tuple(points))), (
            section,
            other,
        )
    target = section + step
    if not 0 <= target < len(sections):
        return sections, place
    moved = points.pop(point)
    neighbour = list(sections[target].checkpoints)
    landing = 0 if down else len(neighbour)
    neighbour.insert(landing, moved)
    changed = _with(sections, section, replace(sections[section], checkpoints=tuple(points)))
    changed = _with(changed, target, replace(sections[target], checkpoints=tuple(neighbour)))
    return changed, (target, landing)


def _with(sections: Sections, number: int, section: SectionSpec) -> Sections:
    return (*sections[:number], section, *sections[number + 1 :])
