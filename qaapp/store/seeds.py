"""What a new database starts with: annotation kinds and outcomes, in the language of that moment.

They are ordinary rows: people rename, recolour and add to them.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from qaapp.i18n import N_, _
from qaapp.settings import Rules, system_zone
from qaapp.store.rules import write_rules
from qaapp.store.schema import AnnotationKind, Outcome, Setting

KINDS = (  # code, name, lane, colour pair, Alt+
    ("stage", N_("Stage"), "stage", "stage", 1),
    ("objection", N_("Objection"), "objection", "objection", 2),
    ("error_words", N_("Error: words"), "error", "error", 3),
    ("error_tone", N_("Error: tone"), "error", "error", 4),
    ("error_technique", N_("Error: technique"), "error", "error", 5),
    ("good", N_("Well done"), "good", "good", 6),
    ("personal_data", N_("Personal data"), "personal_data", "personal_data", 7),
)
OUTCOMES = (  # name, counted as lost
    (N_("Deal closed"), False),
    (N_("Meeting set"), False),
    (N_("Next call agreed"), False),
    (N_("Offer to be sent"), False),
    (N_("Consultation"), False),
    (N_("Not a customer"), False),
    (N_("Call lost, no result"), True),
    (N_("Refused"), True),
)


def seed(session: Session) -> None:
    """Add the first lists where the tables are empty."""
    if session.scalar(select(Setting.key).where(Setting.key == "rules")) is None:
        write_rules(session, Rules(time_zone=system_zone()))
    if session.scalar(select(AnnotationKind.id).limit(1)) is None:
        for position, (code, name, lane, color, shortcut) in enumerate(KINDS):
            session.add(
                AnnotationKind(
                    code=code, name=_(name), lane=lane, color=color, shortcut=shortcut, position=position
                )
            )
    if session.scalar(select(Outcome.id).limit(1)) is None:
        for position, (name, is_lost) in enumerate(OUTCOMES):
            session.add(Outcome(name=_(name), is_lost=is_lost, position=position))
