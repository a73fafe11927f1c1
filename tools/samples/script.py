"""The little language the sample calls are written in, and what a written call is.

One line is one thing that happens::

    M greet: text           the manager speaks; ``greet`` is a label whose second the plan can point at
    C >1.5: text            the customer speaks after a pause of 1.5 s (0.25-0.7 s where nothing is said)
    M <0.8 rude: text       starts 0.8 s before the other side has finished: over-talk
    * ring 2                two ring-back tones       * hold 8 label    8 s of hold music
    * pause 4 label         4 s of silence            * busy 3          the line is dead: busy tone
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

LINE = re.compile(r"^(?P<side>[MC])(?P<timing> [<>][\d.]+)?(?P<labels> [\w,]+)?: (?P<text>.+)$")
EVENT = re.compile(r"^\* (?P<kind>ring|hold|pause|busy) (?P<amount>[\d.]+)(?: (?P<label>\w+))?$")


@dataclass(frozen=True)
class Line:
    side: str  # M or C; "" for an event
    text: str  # what is said; the kind of an event
    gap_s: float | None = None  # before the line; negative = over-talk; None = a natural one
    labels: tuple[str, ...] = ()
    amount: float = 0.0  # seconds or number of tones of an event


@dataclass(frozen=True)
class Written:
    """A written call with what two listeners think of it.

    ``marks`` are the card's checkpoints by code: ``К1=1@label``, ``К2=0@label`` or ``П4=n``; ``nine`` is the same for
    the card of nine checkpoints. ``phrases`` maps a code to (said, should have said); ``notes`` are annotations
    (kind, from label, to label or "", text).
    """

    code: str
    title: str
    manager: str
    card: str
    customer: str  # name in the call log
    voice: str  # of the customer
    script: str
    marks: str
    nine: str = ""
    language: str = "ru"
    direction: str = "inbound"
    pattern: str = "known"  # known, freepbx, threecx
    layout: str = "stereo"  # stereo, mono, pair
    background: str = ""  # of the customer: "", street, office, shop
    phrases: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    pluses: str = ""
    minuses: str = ""
    comment: str = ""
    outcome: str = ""
    tags: tuple[str, ...] = ()
    notes: tuple[tuple[str, str, str, str], ...] = ()
    archive: tuple[tuple[str, str, str, str, str, str], ...] = ()  # verdict, stage, from, to, title, reason

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(parse(row) for row in self.script.strip().splitlines())


def parse(row: str) -> Line:
    """One row of a script; a row that cannot be understood raises with the row in the message."""
    row = row.strip()
    if found := EVENT.match(row):
        labels = (found["label"],) if found["label"] else ()
        return Line("", found["kind"], labels=labels, amount=float(found["amount"]))
    found = LINE.match(row)
    if not found:
        raise ValueError(f"not a line of a call: {row!r}")
    gap = None
    if found["timing"]:
        timing = found["timing"].strip()
        gap = float(timing[1:]) * (-1 if timing[0] == "<" else 1)
    labels = tuple(found["labels"].strip().split(",")) if found["labels"] else ()
    return Line(found["side"], found["text"], gap, labels)
