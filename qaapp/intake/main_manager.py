"""Whose call it is when several people took part: one conversation, one card, one manager.

Supervisors who listen in and robots are never it. ``how`` is the connection's setting: ``longest`` talk (the default; the
later one of equals, as he finished it), ``first`` or ``last`` who answered, ``responsible``: whom the CRM or the provider
names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from qaapp.sources.records import CallRecord, ParticipantRecord
from qaapp.words import ManagerOrigin

PEOPLE = ("manager", "transfer")


def with_main_manager(record: CallRecord, how: str, known: Mapping[str, str]) -> CallRecord:
    """``record`` with its manager's name, extension and group set. ``known``: external id → name of the manager here."""
    chosen = choose(record, how, known)
    if chosen is None:
        return record
    name = known.get(chosen.external_id or "") or chosen.name
    return replace(
        record,
        manager_name=name or record.manager_name,
        extension=chosen.extension or record.extension,
        group_name=chosen.group_name or record.group_name,
        manager_origin=ManagerOrigin.RECORD,
    )


def choose(
    record: CallRecord, how: str, known: Mapping[str, str] = MappingProxyType({})
) -> ParticipantRecord | None:
    """The participant whose call it is, None where the record itself has to say."""
    if how == "responsible":
        named = record.deal.responsible if record.deal is not None else None
        if named or record.manager_name:
            wanted = (named or record.manager_name or "").casefold()
            found = [each for each in record.participants if (each.name or "").casefold() == wanted]
            return found[0] if found else ParticipantRecord(name=named or record.manager_name)
    people = [
        each
        for each in record.participants
        if each.role in PEOPLE and (each.name or each.extension or each.external_id in known)
    ]
    talked = [each for each in people if each.answered or each.talk_s]
    if not people:
        return None
    if not talked:  # nobody answered: the last one it rang at
        return people[-1]
    if how == "first":
        return talked[0]
    if how == "last":
        return talked[-1]
    longest = max(each.talk_s or 0 for each in talked)
    return [each for each in talked if (each.talk_s or 0) == longest][-1]
