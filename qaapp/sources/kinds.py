"""Every kind of source that can be connected, in the order of the wizard. An adapter is one line here."""

from __future__ import annotations

import importlib
from functools import cache

from qaapp.errors import SourceError
from qaapp.i18n import N_
from qaapp.sources.provider import Kind

#: Modules of ``qaapp.sources`` that export ``KIND``, or ``module:NAME``.
MODULES: tuple[str, ...] = (
    "mango",
    "comagic",
    "mikopbx",
    "asterisk_db",
    "ringostat",
    "calltouch",
    "amocrm",
    "bitrix",
    "zadarma",
    "megafon",
    "beeline",
    "telphin",
    "custom",
    "watched:FOLDER",
    "watched:DROPPED",
)


@cache
def kinds() -> tuple[Kind, ...]:
    """All of them; imported when they are first asked for."""
    found = []
    for place in MODULES:
        module, _colon, name = place.partition(":")
        found.append(getattr(importlib.import_module(f"qaapp.sources.{module}"), name or "KIND"))
    return tuple(found)


def kind_of(code: str) -> Kind:
    """The kind with this code. Raises ``SourceError`` (``not_supported``) for one this version does not have."""
    for kind in kinds():
        if kind.code == code:
            return kind
    raise SourceError(
        N_("This version of qaapp has no source of the kind “{code}”."),
        hint=N_("See the list of kinds, or install a newer version."),
        kind="not_supported",
        code=code,
    )
