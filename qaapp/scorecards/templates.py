"""Ready cards that ship with the app, in both languages.

Each is one JSON file ``resources/templates/<code>.<language>.json`` in the form of ``exchange`` (the same one that a
card is exported to), so a template is an ordinary card from the moment it is installed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from sqlalchemy.orm import Session

from qaapp.errors import ScorecardError
from qaapp.i18n import LANGUAGES, N_, language
from qaapp.scorecards.cards import create_card, list_cards, publish
from qaapp.scorecards.model import Card, SectionSpec
from qaapp.scorecards.plain_form import from_plain
from qaapp.words import CallType


@dataclass(frozen=True)
class Template:
    """``title`` is a catalogue id: show it with ``_(template.title)``."""

    code: str
    title: str
    call_type: CallType


TEMPLATES = (
    Template("inbound_sale", N_("Inbound sale"), CallType.INBOUND_SALE),
    Template("cold_call", N_("Outbound cold call"), CallType.COLD_CALL),
    Template("repeat_sale", N_("Repeat sale"), CallType.REPEAT_SALE),
    Template("service", N_("Service call"), CallType.SERVICE),
    Template("nine_points", N_("Nine checkpoints"), CallType.ANY),
)


def read_template(code: str, lang: str | None = None) -> tuple[str, CallType, tuple[SectionSpec, ...]]:
    """Name, call type and sections of a template. Raises ``ScorecardError`` for an unknown code."""
    if code not in {template.code for template in TEMPLATES}:
        raise ScorecardError(N_("There is no card template “{code}”."), code=code)
    lang = lang if lang in LANGUAGES else language()
    text = (files("qaapp.resources") / "templates" / f"{code}.{lang}.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return from_plain(document)


def install_template(session: Session, code: str, lang: str | None, user_id: int | None) -> Card:
    """Add the card and publish it; a second copy gets a number behind its name."""
    name, call_type, sections = read_template(code, lang)
    taken = {card.name.casefold() for card in list_cards(session, archived=True)}
    free, number = name, 2
    while free.casefold() in taken:
        free, number = f"{name} {number}", number + 1
    card = create_card(session, free, call_type, sections, user_id)
    return publish(session, card.scorecard_id, user_id)
