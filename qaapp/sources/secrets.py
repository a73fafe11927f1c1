"""Keys and passwords of connections: in the system's key store, or in a file only its owner may read where there is none.

Never in the database, a log, an error or an export. ``place`` names a connection (``intake.connections.secret_place``).
Any thread; the first call imports ``keyring`` (0.2 s).
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from qaapp.errors import SourceError
from qaapp.i18n import N_
from qaapp.settings import personal_file

log = logging.getLogger(__name__)
SERVICE = "qaapp"


def where() -> str:
    """``keyring`` (the system's key store) or ``file`` (owner-only, in the folder of personal settings)."""
    return "file" if _store() is None else "keyring"


def read(place: str, name: str) -> str | None:
    """A secret, None where there is none. Raises ``SourceError`` when the key store is locked or broken."""
    store = _store()
    if store is None:
        return _file_read().get(f"{place}/{name}")
    found: str | None = _asked(lambda: store.get_password(SERVICE, f"{place}/{name}"))
    return found


def read_all(place: str, names: Iterable[str]) -> dict[str, str]:
    """Those of ``names`` that are there."""
    found = {name: read(place, name) for name in names}
    return {name: value for name, value in found.items() if value is not None}


def write(place: str, name: str, value: str) -> None:
    """Keep a secret, in the place of what was there."""
    store = _store()
    if store is None:
        _file_write(_file_read() | {f"{place}/{name}": value})
        return
    _asked(lambda: store.set_password(SERVICE, f"{place}/{name}", value))


def forget(place: str, names: Iterable[str]) -> None:
    """Drop secrets; those that are not there are no trouble."""
    store = _store()
    if store is None:
        kept = _file_read()
        _file_write(
            {key: value for key, value in kept.items() if key not in {f"{place}/{name}" for name in names}}
        )
        return
    for name in names:
        if read(place, name) is not None:
            _asked(lambda name=name: store.delete_password(SERVICE, f"{place}/{name}"))


class Secrets(dict[str, str]):
    """The secrets of a connection that its provider may renew (an OAuth refresh token is good for one use).

    ``place`` is where the key store keeps them; a connection that is only filled in has none, and ``renewed`` hears of it.
    Any thread.
    """

    def __init__(
        self,
        values: Mapping[str, str],
        place: str = "",
        renewed: Callable[[str, str, str], None] | None = None,
    ) -> None:
        super().__init__(values)
        self.place, self._renewed = place, renewed

    def renew(self, name: str, value: str) -> None:
        """A secret has another value from now on: kept before anything else is done with it."""
        before = self.get(name, "")
        if self._renewed is not None:
            self._renewed(name, before, value)
        if self.place:
            write(self.place, name, value)
        self[name] = value

    def newest(self, name: str) -> str:
        """What is kept now: another process may have renewed it."""
        kept = read(self.place, name) if self.place else None
        return kept or self.get(name, "")


class Renewals:
    """What a provider made of secrets while a connection was only filled in: a test may have used a token up.

    ``add`` is called by whoever tests, on any thread; ``newest`` follows a value to what it became.
    """

    def __init__(self) -> None:
        self._became: dict[tuple[str, str], str] = {}

    def add(self, name: str, before: str, after: str) -> None:
        self._became[name, before] = after

    def newest(self, name: str, value: str) -> str:
        for _step in range(len(self._became) + 1):
            if (name, value) not in self._became:
                break
            value = self._became[name, value]
        return value


def _store() -> Any:
    """The system's key store, None where there is none that can keep anything."""
    import keyring
    from keyring.backends import fail, null

    backend = keyring.get_keyring()
    return None if isinstance(backend, (fail.Keyring, null.Keyring)) else backend


def _asked(call: Any) -> Any:
    from keyring.errors import KeyringError

    try:
        return call()
    except KeyringError as error:
        raise SourceError(
            N_("The key store of this computer does not answer: {reason}."),
            hint=N_("Unlock it and try again."),
            kind="secrets",
            reason=error,
        ) from error


# --- the file ------------------------------------------------------------------------------------------------------


def secrets_file() -> Path:
    """Where secrets lie without a key store."""
    return personal_file().with_name("secrets.json")


def _file_read() -> dict[str, str]:
    path = secrets_file()
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return {str(key): str(value) for key, value in stored.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError) as error:
        raise SourceError(
            N_("The file of secrets {path} cannot be read: {reason}."),
            hint=N_("Enter the keys of your connections again."),
            kind="secrets",
            path=path,
            reason=type(error).__name__,
        ) from error


def _file_write(values: dict[str, str]) -> None:
    path = secrets_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            dir=path.parent, prefix=".secrets-", suffix=".tmp"
        )  # owner only by itself
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                json.dump(values, stream, ensure_ascii=False, indent=1)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SourceError(
            N_("The file of secrets {path} cannot be written: {reason}."), kind="secrets", path=path,
            reason=error.strerror or error,
        ) from error  # fmt: skip
