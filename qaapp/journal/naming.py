"""From words that people type to ids: a call by its number or external id, filter values by their names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from qaapp.calls.tags import name_key
from qaapp.errors import StoreError, UsageError
from qaapp.i18n import N_
from qaapp.journal.pages import choices
from qaapp.store.schema import Call

LAST_ID = 2**63 - 1


def find_call(session: Session, text: str) -> int:
    """The id of the call with this id, or else this external id. Raises ``StoreError`` (``gone``, ``ambiguous``)."""
    text = text.strip()
    if text.isascii() and text.isdigit() and int(text) <= LAST_ID:
        found = session.scalar(select(Call.id).where(Call.id == int(text)))
        if found is not None:
            return found
    ids = list(session.scalars(select(Call.id).where(Call.external_id == text).limit(2)))
    if not ids:
        raise StoreError(N_("There is no call {call}."), kind="gone", call=text)
    if len(ids) > 1:
        raise StoreError(
            N_("Several sources have a call {call}."),
            hint=N_("Say its number instead."),
            kind="ambiguous",
            call=text,
        )
    return ids[0]


def chosen(session: Session, column: str, names: Sequence[str]) -> frozenset[Any]:
    """Values of a filter menu by label or value, case folded. Raises ``UsageError`` naming the first that is wrong."""
    if not names:
        return frozenset()
    by_name: dict[str, Any] = {}
    for choice in choices(session, column, limit=100_000):
        by_name.setdefault(name_key(choice.label), choice.value)
        by_name.setdefault(name_key(str(choice.value)), choice.value)
    for name in names:
        if name_key(name) not in by_name:
            raise UsageError(N_("There is no “{name}” ({column})."), name=name, column=column)
    return frozenset(by_name[name_key(name)] for name in names)
