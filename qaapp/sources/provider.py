"""The contract between a provider's adapter and the pull. Values and Protocols only; no database, no window, no Qt.

An adapter is one module ``sources/<kind>.py`` (or a package, where a second file makes it clearer) that exports ``KIND``, a
``Kind``: what a person must fill in, and ``open`` that gives a ``Provider``. ``sources/kinds.py`` lists them. The pull
(``intake/pulling.py``) asks for time windows and knows nothing of any provider; the adapter knows nothing of the database.

Rules every adapter keeps:

* Moments go in and come out as aware UTC. Where the provider's clock is naive it stands in ``Config.zone``.
* Whatever the documentation leaves open is a setting or is detected at run time, never a constant.
* An unknown value of an enumeration becomes ``unknown`` with the raw word kept; it never fails a pull.
* A single record that makes no sense is a ``Refused`` in the page, with its id and a reason; the others go on.
* Trouble of the whole connection is a ``SourceError``: kinds ``auth`` (key, signature, right, allow-list: permanent),
  ``rate`` (asked too often; fact ``retry_after_s``), ``network`` (worth trying again), ``format`` (the answer is not what is
  documented), ``not_supported``. Retries have been done by ``sources.http`` when one of these is seen.
* Trouble of one recording is a ``RecordingTrouble``.
* Secrets never appear in ``repr``, ``raw``, ``facts``, errors or logs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from qaapp.errors import SourceError
from qaapp.sources.records import CallRecord, PersonRecord, RemoteRef, TranscriptRecord


class Input(StrEnum):
    """What a field of the form is; the window and the command line check and show it accordingly."""

    TEXT = "text"
    SECRET = "secret"  # goes to the key store, never into the database
    URL = "url"
    CHOICE = "choice"
    NUMBER = "number"
    FLAG = "flag"  # "yes" / "no"
    FOLDER = "folder"
    FILE = "file"
    PATTERN = "pattern"  # a file name pattern made of parts, with a live preview
    MAPPING = "mapping"  # columns of a sheet → fields, with a live preview
    TEXT_BLOCK = "text_block"  # several lines, such as a description in JSON


@dataclass(frozen=True)
class Field:
    """One thing a person fills in. ``label``, ``help`` and titles of ``choices`` are catalogue ids (``N_``); ``help`` says
    where in the provider's cabinet it is found. ``default`` is a setting's word; ``advanced`` fields are folded away."""

    name: str
    label: str
    input: Input = Input.TEXT
    help: str = ""
    default: str = ""
    required: bool = True
    choices: tuple[tuple[str, str], ...] = ()  # (value, title)
    advanced: bool = False
    when: tuple[str, ...] = ()  # (another field, its values…): only then it makes sense and is shown


@dataclass(frozen=True)
class Config:
    """What one connection is made of. ``settings`` are words as they were filled in (defaults applied)."""

    settings: Mapping[str, str]
    secrets: Mapping[str, str] = field(repr=False)
    zone: ZoneInfo
    country_code: str  # for numbers without one, as ``Rules.country_code``
    cache: Path | None = None  # a folder that may vanish, for what an adapter wants to keep between pulls
    #: Keeps a secret that the provider renewed; ``newest`` reads one that another process may have renewed.
    renew: Callable[[str, str], None] = field(default=lambda _name, _value: None, repr=False)
    newest: Callable[[str], str] = field(default=lambda _name: "", repr=False)


@dataclass(frozen=True)
class Window:
    """Calls that *start* within ``[first, last)``, aware UTC."""

    first: datetime
    last: datetime


@dataclass(frozen=True)
class Refused:
    """A record that could not be taken: ``where`` names it (an id, a row), ``reason`` is a sentence."""

    where: str
    reason: str


@dataclass(frozen=True)
class Page:
    """A part of a window, in any order. ``refused`` are records that make no sense."""

    calls: Sequence[CallRecord] = ()
    refused: Sequence[Refused] = ()


@dataclass(frozen=True)
class Checked:
    """What *Test connection* found. ``account`` names what answered; ``last_call`` is the newest call of the last days
    ("the last call would be today 10:18 — right?"); ``clock_skew_s`` is the provider's clock minus ours, where told;
    ``zone`` is the provider's own, where told; ``notes`` are sentences in the language of the moment."""

    account: str = ""
    last_call: CallRecord | None = None
    clock_skew_s: float | None = None
    zone: str | None = None
    notes: tuple[str, ...] = ()


class RecordingTrouble(SourceError):
    """One recording cannot be had. Kinds: ``later`` (not ready yet, worth trying again), ``absent`` (there is none),
    ``expired`` (there was one), ``refused`` (not allowed; permanent for this one only)."""


@runtime_checkable
class Provider(Protocol):
    """An open connection. Used by one thread at a time, except ``download``, which several threads may call at once."""

    #: Windows no longer than this are asked for; the adapter may split further by itself.
    longest_window_days: float
    #: Recordings fetched at once at the most.
    parallel_downloads: int

    def check(self) -> Checked:
        """Ask for as little as possible. Raises ``SourceError`` with a plain sentence that says what to do."""

    def calls(self, window: Window) -> Iterator[Page]:
        """Every finished call of the window, grouped into conversations, in pages; asking twice gives the same."""

    def download(self, ref: RemoteRef, part: Path) -> None:
        """Write the bytes of a recording to ``part`` (streamed). Raises ``RecordingTrouble`` or ``SourceError``.

        Links that expire or work once are asked for here, right before. The pull checks size, type and decoding."""

    def close(self) -> None:
        """Let go of sockets and files."""


@runtime_checkable
class HasPeople(Protocol):
    """The provider has a directory."""

    def people(self) -> Iterator[PersonRecord]:
        """Everybody and every group as of now, or an error: who is missing has left. Raises ``SourceError`` of kind
        ``not_supported`` where this key has no directory; the calls are pulled without it."""


@runtime_checkable
class HasTranscripts(Protocol):
    """The provider delivers texts of calls."""

    def transcript(self, record: CallRecord) -> TranscriptRecord | None:
        """The words of a call, None where there are none (yet)."""


@runtime_checkable
class LocalFiles(Protocol):
    """A source whose recordings are already files on this computer or a mounted disk: nothing is downloaded."""

    #: The folder that holds all of them; they are opened in place and never touched.
    local_root: Path

    def local_file(self, ref: RemoteRef) -> Path | None:
        """Where the recording lies, None while it is not there."""


@dataclass(frozen=True)
class Kind:
    """One kind of source. ``title`` is the product's own name (not translated); ``about`` is one sentence (``N_``) on what
    it needs; ``docs`` names its page in ``docs/sources.md`` (an anchor)."""

    code: str
    title: str
    about: str
    fields: tuple[Field, ...]
    open: Callable[[Config], Provider]
    docs: str = ""
    #: For settings that only make sense together: sentences (in the language of the moment), empty when all is well.
    problems: Callable[[Mapping[str, str]], Sequence[str]] = lambda settings: ()


def with_defaults(kind: Kind, settings: Mapping[str, Any]) -> dict[str, str]:
    """Settings as words with the defaults of the form filled in; unknown names are kept (a newer version wrote them)."""
    words = {each.name: each.default for each in kind.fields if each.input is not Input.SECRET}
    words.update({name: str(value) for name, value in settings.items()})
    return words
