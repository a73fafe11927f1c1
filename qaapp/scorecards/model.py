"""A technological card as values: sections, checkpoints, what is wrong with it, how two revisions differ.

No database here. ``cards`` keeps these values, ``exchange`` writes and reads them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from qaapp.errors import ScorecardError
from qaapp.i18n import N_
from qaapp.scorecards.scoring import Limits
from qaapp.settings import Rules
from qaapp.words import CallType, RevisionState

NAME_LENGTH = 200
TEXT_LENGTH = 400
CODE_LENGTH = 40
WEIGHT_MAX = 1000


@dataclass(frozen=True)
class CheckpointSpec:
    """One thing that is checked. An empty ``code`` is given by the app; ``weight`` 0 is noted, not scored."""

    id: int | None
    code: str
    text: str
    hint: str = ""
    weight: int = 1
    critical: bool = False


@dataclass(frozen=True)
class SectionSpec:
    """A stage of the talk; ``script`` is what the manager may say, word for word."""

    name: str
    script: str
    checkpoints: tuple[CheckpointSpec, ...]


@dataclass(frozen=True)
class Card:
    """One revision of a card. ``green_above``, ``red_below``: its own limits in whole percents, None = the rules'."""

    scorecard_id: int
    revision_id: int
    name: str
    call_type: CallType
    number: int
    state: RevisionState
    published_at: datetime | None
    sections: tuple[SectionSpec, ...]
    green_above: int | None = None
    red_below: int | None = None

    @property
    def checkpoints(self) -> tuple[CheckpointSpec, ...]:
        """All checkpoints in the order of the card."""
        return tuple(point for section in self.sections for point in section.checkpoints)

    @property
    def weight(self) -> int:
        """The most a call can earn."""
        return sum(point.weight for point in self.checkpoints)

    def checkpoint(self, checkpoint_id: int) -> CheckpointSpec:
        """The checkpoint with this id. Raises ``KeyError``."""
        for point in self.checkpoints:
            if point.id == checkpoint_id:
                return point
        raise KeyError(checkpoint_id)

    def limits(self, rules: Rules) -> Limits:
        """The limits a call scored by this card is judged by."""
        return Limits(
            rules.green_above if self.green_above is None else self.green_above,
            rules.red_below if self.red_below is None else self.red_below,
        )


@dataclass(frozen=True)
class CardBrief:
    """A card in a list. ``evaluations`` are the submitted ones that count, over all its revisions."""

    scorecard_id: int
    name: str
    call_type: CallType
    published_revision_id: int | None
    revision: int | None
    draft_revision_id: int | None
    checkpoints: int
    evaluations: int
    archived: bool


def plain_text(text: str) -> str:
    """Text that every file format can carry: line ends as one sign, no control characters, no blanks around it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(
        char for char in lines if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs", "Cn")
    )
    return kept.strip()


def one_line(text: str) -> str:
    """The same on one line."""
    return " ".join(plain_text(text).split())


def clean(sections: Iterable[SectionSpec], taken: Iterable[str] = ()) -> tuple[SectionSpec, ...]:
    """Sections with spaces trimmed and a code on every checkpoint.

    A missing code is the first letter of its section and the next free number (``К1``, ``К2`` …). ``taken`` are codes
    of other revisions of the card: a code never comes to mean another thing.
    """
    stripped = tuple(
        SectionSpec(
            one_line(section.name),
            plain_text(section.script),
            tuple(
                replace(
                    point, code=one_line(point.code), text=one_line(point.text), hint=plain_text(point.hint)
                )
                for point in section.checkpoints
            ),
        )
        for section in sections
    )
    used = {point.code.casefold() for point in _points(stripped) if point.code}
    used |= {code.casefold() for code in taken}
    done = []
    for section in stripped:
        letter = next((char for char in section.name if char.isalpha()), "C").upper()
        points = []
        for point in section.checkpoints:
            if not point.code:
                point = replace(point, code=_free_code(letter, used))
                used.add(point.code.casefold())
            points.append(point)
        done.append(replace(section, checkpoints=tuple(points)))
    return tuple(done)


def _free_code(letter: str, used: set[str]) -> str:
    number = 1
    while f"{letter}{number}".casefold() in used:
        number += 1
    return f"{letter}{number}"


def _points(sections: Iterable[SectionSpec]) -> Iterator[CheckpointSpec]:
    for section in sections:
        yield from section.checkpoints


def check_storable(
    name: str, sections: Iterable[SectionSpec], green_above: int | None = None, red_below: int | None = None
) -> list[ScorecardError]:
    """What cannot even be kept as a draft: too long, two equal codes, an impossible weight or limit."""
    found = []
    if len(name.strip()) > NAME_LENGTH:
        found.append(
            ScorecardError(N_("The name of the card is longer than {limit} characters."), limit=NAME_LENGTH)
        )
    codes: dict[str, str] = {}
    for section in sections:
        if len(section.name) > NAME_LENGTH:
            found.append(
                ScorecardError(
                    N_("The name of the section “{section}…” is longer than {limit} characters."),
                    section=section.name[:30], limit=NAME_LENGTH,
                )
            )  # fmt: skip
        for point in section.checkpoints:
            found += _check_point(point, codes)
    if green_above is not None or red_below is not None:
        green, red = green_above, red_below
        if green is None or red is None or not 0 <= red <= green <= 100:
            found.append(
                ScorecardError(
                    N_(
                        "The limits of a card are two whole percents: red below not above green above, 0 to 100."
                    )
                )
            )
    return found


def _check_point(point: CheckpointSpec, codes: dict[str, str]) -> list[ScorecardError]:
    found = []
    title = point.text[:30] or point.code
    if len(point.text) > TEXT_LENGTH:
        found.append(
            ScorecardError(
                N_("The checkpoint “{checkpoint}…” is longer than {limit} characters."),
                hint=N_("Keep the question short; the rest belongs in the hint."), checkpoint=title, limit=TEXT_LENGTH,
            )
        )  # fmt: skip
    if len(point.code) > CODE_LENGTH:
        found.append(
            ScorecardError(
                N_("The code “{code}…” is longer than {limit} characters."),
                code=point.code[:30],
                limit=CODE_LENGTH,
            )
        )
    if point.code and point.code.casefold() in codes:
        found.append(
            ScorecardError(
                N_("Two checkpoints have the code {code}: “{first}” and “{second}”."),
                code=point.code, first=codes[point.code.casefold()], second=title,
            )
        )  # fmt: skip
    codes[point.code.casefold()] = title
    if not 0 <= point.weight <= WEIGHT_MAX:
        found.append(
            ScorecardError(
                N_("The weight of “{checkpoint}” must be a whole number from 0 to {limit}."),
                checkpoint=title, limit=WEIGHT_MAX,
            )
        )  # fmt: skip
    return found


def validate(card: Card) -> list[ScorecardError]:
    """Everything that keeps ``card`` from being published, in the order of the card; empty when it may be."""
    return problems(card.name, card.sections, card.green_above, card.red_below)


def problems(
    name: str, sections: tuple[SectionSpec, ...], green_above: int | None = None, red_below: int | None = None
) -> list[ScorecardError]:
    """The same for a card that has no revision yet (an imported one)."""
    found: list[ScorecardError] = []
    if not name.strip():
        found.append(ScorecardError(N_("The card has no name.")))
    names: set[str] = set()
    for number, section in enumerate(sections, 1):
        if not section.name.strip():
            found.append(ScorecardError(N_("Section {number} has no name."), number=number))
        elif section.name.casefold() in names:
            found.append(ScorecardError(N_("Two sections have the name “{section}”."), section=section.name))
        names.add(section.name.casefold())
        if not section.checkpoints:
            found.append(
                ScorecardError(
                    N_("The section “{section}” has no checkpoints."), section=section.name or number
                )
            )
        for point in section.checkpoints:
            if not point.text.strip():
                found.append(
                    ScorecardError(
                        N_("The checkpoint {code} in “{section}” has no text."),
                        code=point.code, section=section.name or number,
                    )
                )  # fmt: skip
    if not any(True for _point in _points(sections)):
        found.append(
            ScorecardError(N_("The card has no checkpoints."), hint=N_("Add at least one thing to check."))
        )
    elif all(point.weight == 0 for point in _points(sections)):
        found.append(
            ScorecardError(
                N_("Every checkpoint has the weight 0, so no call would get a score."),
                hint=N_("Give at least one checkpoint the weight 1."),
            )
        )
    return found + check_storable(name, sections, green_above, red_below)


@dataclass(frozen=True)
class Change:
    """One difference between two revisions. ``kind``: added, removed, text, hint, weight, critical, moved, section,
    script, name or limits; ``before`` and ``after`` as they are shown."""

    kind: str
    code: str
    text: str
    before: str = ""
    after: str = ""


def difference(old: Card, new: Card) -> tuple[Change, ...]:
    """What ``new`` changes of ``old``: checkpoints are the same when their code is."""
    changes = []
    if old.name != new.name:
        changes.append(Change("name", "", new.name, old.name, new.name))
    if (old.green_above, old.red_below) != (new.green_above, new.red_below):
        changes.append(Change("limits", "", new.name, _limits(old), _limits(new)))
    before = {point.code: (section.name, point) for section in old.sections for point in section.checkpoints}
    after = {point.code: (section.name, point) for section in new.sections for point in section.checkpoints}
    kept_before = [code for code in before if code in after]
    kept_after = [code for code in after if code in before]
    for code, (section_name, point) in after.items():
        if code not in before:
            changes.append(Change("added", code, point.text, after=section_name))
            continue
        old_section, was = before[code]
        if was.text != point.text:
            changes.append(Change("text", code, point.text, was.text, point.text))
        if was.hint != point.hint:
            changes.append(Change("hint", code, point.text, was.hint, point.hint))
        if was.weight != point.weight:
            changes.append(Change("weight", code, point.text, str(was.weight), str(point.weight)))
        if was.critical != point.critical:
            changes.append(
                Change("critical", code, point.text, str(int(was.critical)), str(int(point.critical)))
            )
        if old_section != section_name:
            changes.append(Change("moved", code, point.text, old_section, section_name))
    changes += [
        Change("removed", code, point.text, before=section)
        for code, (section, point) in before.items()
        if code not in after
    ]
    if kept_before != kept_after and not any(change.kind == "moved" for change in changes):
        changes.append(Change("moved", "", "", ", ".join(kept_before), ", ".join(kept_after)))
    old_scripts = {section.name: section.script for section in old.sections}
    new_scripts = {section.name: section.script for section in new.sections}
    changes += [
        Change("script", "", name, old_scripts[name], script)
        for name, script in new_scripts.items()
        if name in old_scripts and old_scripts[name] != script
    ]
    changes += [Change("section", "", name, after=name) for name in new_scripts if name not in old_scripts]
    changes += [Change("section", "", name, before=name) for name in old_scripts if name not in new_scripts]
    return tuple(changes)


def _limits(card: Card) -> str:
    return "" if card.green_above is None else f"{card.red_below}–{card.green_above}"
