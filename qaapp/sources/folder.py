"""A folder of recordings: walk it, read names, put sides and copies of one call together.

Memory is that of the largest single folder's list of names. Files are never opened for writing, symlinks are refused
where they leave the folder, hidden and temporary files are passed over. Nothing here knows the database.
"""

from __future__ import annotations

import os
import re
import time
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from qaapp.i18n import N_, _
from qaapp.sources import names_generic
from qaapp.sources.filenames import AUDIO_SUFFIXES, SURE_SIDES, ParsedName, parse_name
from qaapp.sources.keys import id_key, name_key
from qaapp.sources.moments import to_utc
from qaapp.words import Direction, Lane

TEXT_SUFFIXES = frozenset({".vtt", ".srt", ".json"})
TABLE_SUFFIXES = frozenset({".csv", ".tsv", ".xlsx", ".xlsm", ".xls", ".ods"})
_TEMPORARY = re.compile(r"^(?:\.|~\$)|(?:\.part|\.tmp|\.crdownload|\.download|\.partial|~)$", re.I)
_BETTER = (
    ".wav",
    ".flac",
    ".wav48",
    ".wav16",
    ".opus",
    ".webm",
    ".m4a",
    ".ogg",
    ".mp3",
)  # of two copies of a call
_FRESH_S = 30.0  # a file touched so recently may still be written
_GENERIC_WORDS = (
    "rec recs record records recording recordings monitor call calls audio voice sound sounds wav mp3 ogg files file "
    "data archive new old export exports download downloads in out inbound outbound incoming outgoing internal "
    "external tmp temp misc sorted unsorted default all month week day "
    "запись записи звонок звонки аудио архив новые новая папка старые выгрузка входящие исходящие внутренние разное "
    "все файлы месяц неделя день разговоры прослушка"
)
_GENERIC = frozenset(_GENERIC_WORDS.split())
_MONTH_WORDS = (
    "январ феврал март апрел май мая июн июл август сентябр октябр ноябр декабр "
    "january february march april may june july august september october november december"
)
_MONTHS = tuple(_MONTH_WORDS.split())


@dataclass(frozen=True, slots=True)
class FileFacts:
    """One audio file as the file system shows it."""

    path: Path
    size: int
    mtime_ms: int
    lane: Lane | None = None


@dataclass(frozen=True, slots=True)
class FolderCall:
    """The files of one call and what their name and folders say. ``key`` is the path without side and suffix, NFC, with
    forward slashes, relative to the walked folder; ``copies`` are the same call in another format."""

    key: str
    files: tuple[FileFacts, ...]
    name: ParsedName
    direction: Direction
    folder_manager: str | None
    folder_extension: str | None
    folder_day: datetime | None  # naive local; the hour too where folders name it
    copies: tuple[Path, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """Names under which a call log may speak of these files."""
        made = [name_key(item.path.name) for item in self.files] + [
            name_key(item.name) for item in self.copies
        ]
        if self.name.side_stem:
            made.append(name_key(self.name.side_stem))
        if self.name.call_id and (
            len(self.name.call_id) > 8 or self.name.pattern == "id"
        ):  # short ones repeat
            made.append(id_key(self.name.call_id))
        return tuple(dict.fromkeys(made))


@dataclass(frozen=True, slots=True)
class Passed:
    """A file that is not taken, and why (in the language of the moment)."""

    path: Path
    reason: str


class Sieve(Protocol):
    """What a folder that is looked through again and again knows of the last time (``intake.watching`` has one)."""

    def folders_of(self, folder: Path, mtime_ns: int) -> Sequence[str] | None:
        """The subfolders of a folder in which nothing came or went since; None: look into it."""
        ...

    def sift(self, folder: Path, files: Sequence[FileFacts], texts: Sequence[FileFacts]) -> list[FileFacts]:
        """Those files that have to be read: new, changed, with a new text beside, and the other sides of such ones."""
        ...

    def seen(self, folder: Path, mtime_ns: int, folders: Sequence[str]) -> None:
        """Everything of a folder was given out."""


@dataclass
class _Walk:
    root: Path
    pattern: str | None
    country_code: str
    only: frozenset[str] | None
    besides: frozenset[str]
    sieve: Sieve | None = None
    real_root: str = field(init=False)

    def __post_init__(self) -> None:
        self.real_root = os.path.realpath(self.root)


def walk(
    root: Path,
    *,
    pattern: str | None = None,
    country_code: str = "7",
    only: Sequence[Path] | None = None,
    parts: tuple[str, ...] = (),
    besides: Collection[Path] = (),
    sieve: Sieve | None = None,
) -> Iterator[FolderCall | Passed]:
    """Calls of ``root`` and its subfolders in the order of their paths, and what was passed over. With ``only``, just
    those files of ``root`` itself. ``parts`` are folders above ``root`` that count as its own; ``besides`` are files
    that are read in another way (call logs); ``sieve`` leaves out what is known."""
    names = frozenset(path.name for path in only) if only is not None else None
    others = frozenset(os.path.abspath(path) for path in besides)
    yield from _folder(_Walk(root, pattern, country_code, names, others, sieve), root, parts)


def is_table(name: str) -> bool:
    """Whether a file may be a call log by its name."""
    return name == "Master.csv" or (
        os.path.splitext(name)[1].lower() in TABLE_SUFFIXES and not _TEMPORARY.search(name)
    )


def count_files(root: Path) -> int:
    """Roughly how many files there are below ``root``, to tell how far an import is."""
    return sum(len(names) for _folder, _folders, names in os.walk(root))


def _folder(walk: _Walk, folder: Path, parts: tuple[str, ...]) -> Iterator[FolderCall | Passed]:
    sieve, mtime_ns = walk.sieve, 0
    try:
        if sieve is not None:
            mtime_ns = os.stat(
                folder
            ).st_mtime_ns  # before it is listed: what comes meanwhile is seen the next time
            known = sieve.folders_of(folder, mtime_ns)
            if known is not None:
                for name in known:
                    yield from _folder(walk, folder / name, (*parts, unicodedata.normalize("NFC", name)))
                return
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
    except OSError as error:
        yield Passed(folder, _("The folder cannot be read: {reason}.").format(reason=error.strerror or error))
        return
    if walk.only is not None:
        entries = [entry for entry in entries if entry.name in walk.only]
    folders: list[os.DirEntry[str]] = []
    files: list[FileFacts] = []
    texts: list[FileFacts] = []
    for entry in entries:
        if _TEMPORARY.search(entry.name):
            continue
        try:
            entry.name.encode()
        except UnicodeEncodeError:
            shown = folder / entry.name.encode(errors="replace").decode(errors="replace")
            yield Passed(Path(shown), _("The name cannot be read as text; rename the file."))
            continue
        path = folder / entry.name
        try:
            if entry.is_symlink() and not _inside(path, walk.real_root):
                yield Passed(path, _("A link that leads out of the folder is not followed."))
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry)
            elif entry.is_file():
                facts = entry.stat()
                suffix = path.suffix.lower()
                if os.path.abspath(path) in walk.besides:
                    continue
                measured = FileFacts(path, facts.st_size, facts.st_mtime_ns // 1_000_000)
                if sieve is not None and suffix in TEXT_SUFFIXES:
                    texts.append(measured)
                elif suffix in TABLE_SUFFIXES:
                    if sieve is not None:
                        continue  # whoever watches a folder looks for its call logs himself
                    yield Passed(path, _("A table, not a recording; give it as a call log to import it."))
                elif suffix in AUDIO_SUFFIXES or _sounds(path):
                    files.append(measured)
        except OSError as error:
            yield Passed(path, _("The file cannot be read: {reason}.").format(reason=error.strerror or error))
    if sieve is not None:
        files = sieve.sift(folder, files, texts)
    yield from _calls(walk, files, parts)
    if sieve is not None:
        sieve.seen(folder, mtime_ns, [entry.name for entry in folders])
    if walk.only is None:
        for entry in folders:
            yield from _folder(walk, folder / entry.name, (*parts, unicodedata.normalize("NFC", entry.name)))


def _inside(path: Path, real_root: str) -> bool:
    real = os.path.realpath(path)
    return real == real_root or real.startswith(real_root.rstrip(os.sep) + os.sep)


def _sounds(path: Path) -> bool:
    """Whether a file without a known suffix begins like audio (names such as ``2014_03_17_10_18_29_123``)."""
    if not _DATED.search(path.name) and path.suffix.lower() in (
        ".txt",
        ".jpg",
        ".png",
        ".pdf",
        ".html",
        ".json",
        ".xml",
    ):
        return False
    with path.open("rb") as stream:
        head = stream.read(16)
    return (
        head[:4] in (b"RIFF", b"RIFX", b"RF64", b"OggS", b"fLaC", b".snd", b"FORM", b"caff", b"\x1aE\xdf\xa3")
        or head[:3] == b"ID3"
        or head[:5] == b"#!AMR"
        or head[4:8] == b"ftyp"
        or (len(head) > 3 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2)
    )


_DATED = re.compile(r"\d{4}[_-]?\d\d[_-]?\d\d")


def _calls(walk: _Walk, files: list[FileFacts], parts: tuple[str, ...]) -> Iterator[FolderCall | Passed]:
    groups: dict[str, list[tuple[FileFacts, ParsedName]]] = {}
    for item in files:
        name = parse_name(item.path.name, walk.pattern, walk.country_code)
        groups.setdefault(name.side_stem, []).append((item, name))
    day = _folder_day(parts)
    manager, extension = _folder_person(parts)
    ways = [way for part in reversed(parts) if (way := names_generic.direction_of(part)) != Direction.UNKNOWN]
    for stem, members in groups.items():
        chosen, copies, name = _choose(members)
        direction = next(
            (way for way in (name.direction, *ways) if way != Direction.UNKNOWN), Direction.UNKNOWN
        )
        yield FolderCall(
            key="/".join((*parts, stem)), files=chosen, name=name, direction=direction, folder_manager=manager,
            folder_extension=extension, folder_day=day, copies=copies,
        )  # fmt: skip


def _choose(
    members: list[tuple[FileFacts, ParsedName]],
) -> tuple[tuple[FileFacts, ...], tuple[Path, ...], ParsedName]:
    """The files to hear of one stem: two sides if there are two, else the best single file; the rest are copies."""
    by_side: dict[Lane | None, list[tuple[FileFacts, ParsedName]]] = {}
    for item, name in members:
        by_side.setdefault(name.side, []).append((item, name))
    best = {side: min(entries, key=_rank) for side, entries in by_side.items()}
    whole = best.get(None)
    manager, customer = best.get(Lane.MANAGER), best.get(Lane.CUSTOMER)
    if manager and customer:
        chosen = [
            (replace(manager[0], lane=Lane.MANAGER), manager[1]),
            (replace(customer[0], lane=Lane.CUSTOMER), customer[1]),
        ]
    elif whole:
        chosen = [whole]
    else:
        item, name = manager or customer or members[0]
        if name.side_word in ("in", "out") and name.direction == Direction.UNKNOWN:
            name = replace(
                name, direction=Direction.INBOUND if name.side_word == "in" else Direction.OUTBOUND
            )
        chosen = [(replace(item, lane=name.side if name.side_word in SURE_SIDES else None), name)]
    taken = {item.path for item, _name in chosen}
    copies = tuple(item.path for item, _name in members if item.path not in taken)
    return tuple(item for item, _name in chosen), copies, chosen[0][1]


def _rank(entry: tuple[FileFacts, ParsedName]) -> tuple[bool, int, str]:
    """Order of copies: with content first, then lossless, then by name."""
    item = entry[0]
    suffix = item.path.suffix.lower()
    return item.size <= 44, _BETTER.index(suffix) if suffix in _BETTER else len(_BETTER), item.path.name


def _folder_day(parts: tuple[str, ...]) -> datetime | None:
    """The day that folders name: ``2014/03/17``, ``2014/03/17/10`` (with the hour), ``2014-03-17``, ``17.03.2014``."""
    for end in range(len(parts), 0, -1):
        joined = parts[:end]
        for count in (4, 3):
            tail = joined[-count:]
            if len(tail) == count and all(part.isdigit() for part in tail) and len(tail[0]) == 4:
                try:
                    return datetime(*map(int, tail))  # type: ignore[arg-type]  # noqa: DTZ001
                except (ValueError, OverflowError):
                    continue
        found = names_generic.read(joined[-1])
        if found.moment is not None:
            return found.moment
    return None


def _folder_person(parts: tuple[str, ...]) -> tuple[str | None, str | None]:
    """The manager or the extension a subfolder is named by, innermost first."""
    for index in range(len(parts) - 1, -1, -1):
        part, inner = parts[index], parts[index + 1 : index + 2]
        text = re.sub(r"\s+", " ", part.replace("_", " ")).strip()
        if re.fullmatch(r"\d+", text):
            has_month = bool(inner) and inner[0].isdigit() and len(inner[0]) <= 2
            is_year = len(text) == 4 and text[:2] in ("19", "20") and has_month
            is_date_part = len(text) <= 2 or is_year or len(text) >= 6
            if not is_date_part:
                return None, text
            continue
        words = re.findall(r"[^\W\d_]+", text.casefold())
        if not words or all(word in _GENERIC or _is_month(word) for word in words):
            continue
        if names_generic.read(text).moment is not None:
            continue
        return text[:200], None
    return None, None


def _is_month(word: str) -> bool:
    return any(word.startswith(month) and len(word) - len(month) <= 2 for month in _MONTHS)


def started_at(call: FolderCall, zone: ZoneInfo, duration_s: float) -> tuple[datetime, bool]:
    """When the call began (UTC), and whether that is only a guess from the file's own time, which is about its end."""
    name = call.name
    newest = max(item.mtime_ms for item in call.files)
    ended = datetime.fromtimestamp(newest / 1000, UTC)
    guessed = (ended - timedelta(seconds=duration_s)).replace(microsecond=0)
    told = name.started_at
    if told is not None and told.tzinfo is not None:
        return told.astimezone(UTC), False
    if told is not None and name.has_time:
        return to_utc(told, zone, name.epoch), False
    day = told or call.folder_day
    if day is None:
        return guessed, True
    if guessed.astimezone(zone).date() == day.date() and (
        day.hour == 0 or guessed.astimezone(zone).hour == day.hour
    ):
        return guessed, True
    return to_utc(day, zone), True


def growing(call: FolderCall) -> bool:
    """Whether a file of the call changed since it was listed, or was touched just now and its header is unfinished."""
    for item in call.files:
        try:
            facts = item.path.stat()
        except OSError:
            continue
        if facts.st_size != item.size or facts.st_mtime_ns // 1_000_000 != item.mtime_ms:
            return True
        if time.time() - facts.st_mtime < _FRESH_S and _unfinished(item.path, facts.st_size):
            return True
    return False


def _unfinished(path: Path, size: int) -> bool:
    """A WAV whose header still says nothing, or all ones, while sound is already behind it."""
    try:
        with path.open("rb") as stream:
            head = stream.read(8)
    except OSError:
        return False
    return head[:4] == b"RIFF" and size > 44 and head[4:8] in (b"\0\0\0\0", b"\xff\xff\xff\xff")


EMPTY = N_("The file is empty.")
HEADER_ONLY = N_("The recording holds a header and no sound.")
