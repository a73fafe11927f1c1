"""The pull of a watched folder: what is new or changed since the last look, by the import of folders and call logs.

What was seen is kept in a small file of the connection's cache: the moment each subfolder last changed, and the size and
time of each call log. A folder in which nothing came or went is not listed again; once a day everything is looked at,
because a file that is overwritten in place changes no folder; and a folder with a file that changed lately is looked into
the next time, because a file that grows on changes none either. Losing that file costs one full look and nothing else: what
the database knows is told by its rows.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from datetime import time as clock_time
from hashlib import blake2b
from pathlib import Path

from sqlalchemy import select

from qaapp import i18n
from qaapp.errors import SheetError, UsageError
from qaapp.i18n import _
from qaapp.intake import twins
from qaapp.intake.folders import FolderImport
from qaapp.intake.importing import join_late
from qaapp.intake.joining import sha256_of
from qaapp.intake.logs import import_log
from qaapp.intake.managers import People
from qaapp.intake.moving import root_of_connection
from qaapp.intake.settling import COARSE_S, Seen, Settling, changed_at
from qaapp.intake.summary import Skipped, Tally
from qaapp.progress import Progress, Steps
from qaapp.settings import Rules
from qaapp.sources.filenames import side_stem
from qaapp.sources.folder import FileFacts, is_table
from qaapp.sources.watched import SETTLE, WatchedFolder
from qaapp.store.schema import Recording, Source
from qaapp.store.workspace import Workspace
from qaapp.words import RecordingState

log = logging.getLogger(__name__)
FULL_LOOK_S = 86_400.0
LIVELY_S = 900.0  # so long after a change a folder is looked into whatever it shows
LOOK_S = 0.2
TOLD_EACH = 200  # folders
ASKED_AT_ONCE = 400  # names in one query; a larger folder is read whole
KNOWN = (RecordingState.AVAILABLE.value, RecordingState.FAILED.value)


@dataclass
class Memory:
    """``folders``: path → (mtime_ns, subfolders); ``logs``: path → (size, mtime_ms, hash, what was wrong with it);
    ``pending``: files that may still be written (``settling``)."""

    full_at: float = 0.0
    settings: str = ""
    folders: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    logs: dict[str, tuple[int, int, str, str]] = field(default_factory=dict)
    pending: dict[str, Seen] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Memory:
        """What was kept; nothing where the file is gone or makes no sense."""
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                float(told["full_at"]), str(told["settings"]),
                {str(key): (int(mtime), [str(name) for name in names]) for key, (mtime, names) in told["folders"].items()},
                {str(key): (int(size), int(mtime), str(sha), str(said)) for key, (size, mtime, sha, said)
                 in told["logs"].items()},
                {str(key): (int(size), int(mtime), float(since)) for key, (size, mtime, since)
                 in told.get("pending", {}).items()},
            )  # fmt: skip
        except (OSError, ValueError, KeyError, TypeError):
            return cls()

    def write(self, path: Path) -> None:
        """Keep it; a cache that takes nothing only costs the next look some time."""
        part = path.with_name(path.name + ".part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps(self.__dict__, ensure_ascii=False), encoding="utf-8")
            os.replace(part, path)
        except OSError as error:
            log.warning("what was seen of a folder is not kept: %s", error)


@dataclass
class Look:
    """One look through the folder; a ``filing.Watched`` for the import."""

    workspace: Workspace
    source_id: int
    owner: int | None
    root_id: int
    root: Path  # that recordings are named from; the folder lies in it
    first: datetime | None
    memory: Memory
    is_full: bool
    now: float = field(default_factory=time.time)
    fresh: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    waiting: set[Path] = field(default_factory=set)
    unchanged: int = 0

    def __post_init__(self) -> None:
        self.settling = Settling(self.memory.pending, self.now, SETTLE.total_seconds())
        self._lively: set[str] = set()  # folders that are looked into next time whatever they show
        with self.workspace.database.read() as session:
            self._has_copies = twins.has_copies(session, self.source_id)

    def folders_of(self, folder: Path, mtime_ns: int) -> Sequence[str] | None:
        known = self.memory.folders.get(str(folder))
        if self.is_full or known is None or known[0] != mtime_ns:
            return None
        self.fresh[str(folder)] = known
        return known[1]

    def sift(self, folder: Path, files: Sequence[FileFacts], texts: Sequence[FileFacts]) -> list[FileFacts]:
        known = self._known(folder, [item.path.name for item in files])
        told = {item.path.stem for item in texts if item.mtime_ms / 1000 > self.memory.full_at - COARSE_S}
        new: list[FileFacts] = []
        waiting: set[Path] = set()
        for item in files:
            if abs(self.now - item.mtime_ms / 1000) < LIVELY_S:
                self._lively.add(str(folder))  # a file that grows on shows in no folder
            if known.get(item.path.name) != (item.size, item.mtime_ms):
                if self.is_finished(item):
                    new.append(item)
                else:
                    waiting.add(item.path)
            elif item.path.stem in told:
                new.append(item)
        if waiting:
            self.waiting |= waiting
            self._lively.add(str(folder))
        settled = [item for item in files if item.path not in waiting] if waiting else list(files)
        if not new:
            self.unchanged += len(settled)
            return []
        stems = {side_stem(item.path.name) for item in new}
        wanted = [item for item in settled if side_stem(item.path.name) in stems]
        self.unchanged += len(settled) - len(wanted)
        return wanted

    def seen(self, folder: Path, mtime_ns: int, folders: Sequence[str]) -> None:
        if str(folder) not in self._lively and mtime_ns / 1e9 < self.now - COARSE_S:
            self.fresh[str(folder)] = (mtime_ns, list(folders))

    def wants(self, started_at: datetime) -> bool:
        return self.first is None or started_at >= self.first

    def wait_for(self, path: Path) -> None:
        self.waiting.add(path)
        self._lively.add(str(path.parent))
        self.fresh.pop(str(path.parent), None)

    def is_finished(self, item: FileFacts) -> bool:
        """Whether nobody writes it any more, as far as two looks can tell."""
        try:
            changed = changed_at(item.path, item.mtime_ms)
        except OSError:
            return False
        return self.settling.is_finished(str(item.path), item.size, item.mtime_ms, changed)

    def _known(self, folder: Path, names: Sequence[str]) -> dict[str, tuple[int, int]]:
        """Name → size and time of the files of one folder whose sound is in the database."""
        inside = Path(os.path.abspath(folder)).relative_to(self.root).as_posix()
        prefix = "" if inside == "." else inside + "/"
        query = select(Recording.path, Recording.size_bytes, Recording.mtime_ms).where(
            Recording.root_id == self.root_id, Recording.state.in_(KNOWN)
        )
        paths = [prefix + name for name in names] if len(names) <= ASKED_AT_ONCE else None
        if paths is not None:
            query = query.where(Recording.path.in_(paths))
        elif prefix:
            query = query.where(
                Recording.path >= prefix, Recording.path < prefix[:-1] + "0"
            )  # "0" follows "/"
        with self.workspace.database.read() as session:
            known = {path: (size, mtime_ms) for path, size, mtime_ms in session.execute(query)}
            if self._has_copies:
                look_in = (self.root_id, self.root) if self.is_full else None
                known.update(twins.copies_in(session, self.source_id, prefix, paths, look_in))
        return {path[len(prefix) :]: facts for path, facts in known.items() if "/" not in path[len(prefix) :]}


def memory_file(cache: Path, source_id: int) -> Path:
    """Where what was seen of a connection's folder is kept."""
    return cache / "sources" / str(source_id) / "seen.json"


def newest_places(cache: Path, source_id: int, most: int) -> list[str]:
    """Where something came last, and the newest call logs, ``most`` of each: what a window keeps an eye on."""
    known = Memory.read(memory_file(cache, source_id))
    folders = sorted(known.folders, key=lambda path: -known.folders[path][0])[:most]
    return folders + sorted(known.logs, key=lambda path: -known.logs[path][1])[:most]


def pull_folder(
    workspace: Workspace, source_id: int, provider: WatchedFolder, rules: Rules, first_day: date | None,
    people: People, tally: Tally, *, is_patient: bool = False,
) -> Steps[int]:  # fmt: skip
    """Bring in what is new; gives how many files are not finished yet. Raises ``SourceError`` where the folder is gone.

    ``is_patient``: nobody looks again soon (no window), so files that were being written are waited for once.
    """
    folder = provider.there()
    with workspace.database.write() as session:
        root_id, root = root_of_connection(session, source_id, folder)
        owner = source_id if session.get_one(Source, source_id).kind == "folder" else None
    place = memory_file(workspace.cache, source_id)
    memory = Memory.read(place)
    told = [
        str(folder),
        provider.pattern,
        provider.manager,
        provider.mapping,
        str(first_day),
        provider.takes_logs,
    ]
    settings = blake2b(repr(told).encode(), digest_size=8).hexdigest()
    if memory.settings != settings:
        memory.logs.clear()
        memory.pending = {}
    first = datetime.combine(first_day, clock_time(), provider.zone) if first_day is not None else None
    for is_last in (not is_patient, True):
        now = time.time()
        is_full = memory.settings != settings or not 0 <= now - memory.full_at < FULL_LOOK_S
        look = Look(workspace, source_id, owner, root_id, root, first, memory, is_full, now)
        yield from _look(look, folder, provider, rules, people, tally)
        tally.unchanged += look.unchanged
        memory.folders, memory.settings = look.fresh, settings
        memory.pending = look.settling.to_keep()
        memory.full_at = now if is_full else memory.full_at
        memory.write(place)
        if is_last or not look.waiting:
            break
        tally.unchanged -= look.unchanged
        yield from _wait(len(look.waiting))
    return len(look.waiting)


def _wait(files: int) -> Steps[None]:
    until = time.monotonic() + SETTLE.total_seconds() + COARSE_S
    while (left := until - time.monotonic()) > 0:
        yield Progress(0, None, _("Waiting for files that are being written"), i18n.group_digits(files))
        time.sleep(min(LOOK_S, left))


def _look(
    look: Look, folder: Path, provider: WatchedFolder, rules: Rules, people: People, tally: Tally
) -> Steps[None]:
    """Call logs, then recordings, then those that were there before their log."""
    spans: list[tuple[datetime, datetime]] = []
    if provider.takes_logs:
        for item in (yield from _tables(look, folder)):
            span = yield from _log(look, provider, rules, item, people, tally)
            if span is not None:
                spans.append(span)
        look.memory.write(memory_file(look.workspace.cache, look.source_id))
    if provider.takes_recordings:
        work = FolderImport(
            look.workspace.database, folder, zone=provider.zone, rules=rules, pattern=provider.pattern,
            manager=provider.manager, source_name=None, people=people, tally=tally, watched=look,
        )  # fmt: skip
        yield from work.run()
    if spans:
        yield from join_late(look.workspace.database, rules, spans, people)


def _tables(look: Look, folder: Path) -> Steps[list[FileFacts]]:
    """The call logs below a folder, oldest first: those that are known, and those of folders in which something changed.
    What cannot be read is left for the next look."""
    paths = {Path(key) for key in look.memory.logs}
    waiting, seen = [folder], 0
    while waiting:
        place = waiting.pop()
        seen += 1
        if seen % TOLD_EACH == 0:
            yield Progress(seen, None, _("Looking for call logs"), place.name)
        try:
            known = None if look.is_full else look.memory.folders.get(str(place))
            if known is not None and known[0] == place.stat().st_mtime_ns:
                waiting += [place / name for name in known[1]]
                continue
            with os.scandir(place) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry.path))
                    elif is_table(entry.name):
                        paths.add(Path(entry.path))
        except OSError:
            continue
    found = []
    for path in paths:
        try:
            facts = path.stat()
        except OSError:
            continue
        found.append(FileFacts(path, facts.st_size, facts.st_mtime_ns // 1_000_000))
    return sorted(found, key=lambda item: (item.mtime_ms, item.path))


def _log(
    look: Look, provider: WatchedFolder, rules: Rules, item: FileFacts, people: People, tally: Tally
) -> Steps[tuple[datetime, datetime] | None]:
    """One call log, when it is new or another one; a broken one is told each time until it is replaced."""
    key, memory = str(item.path), look.memory
    known = memory.logs.get(key)
    if known is not None and known[:2] == (item.size, item.mtime_ms):
        if known[3]:
            tally.skipped.append(Skipped(key, None, known[3]))
        return None
    if not look.is_finished(item):
        look.wait_for(item.path)
        return None
    sha = sha256_of(item.path)
    if not sha:
        look.wait_for(item.path)  # somebody holds it
        return None
    if any(each[2] == sha and not each[3] for each in memory.logs.values()):
        memory.logs[key] = (item.size, item.mtime_ms, sha, "")  # the same file under another name or touched
        return None
    span, problem = None, ""
    # Rows of dropped files are the connection's; those beside recordings stay with all logs of their kind.
    owner = look.source_id if look.owner is None else None
    for mapping in (provider.mapping, None) if provider.mapping else (None,):
        try:
            span = yield from import_log(
                look.workspace.database, item.path, mapping, provider.zone, rules.country_code, provider.manager, None,
                people, tally, owner,
            )  # fmt: skip
            problem = ""
            break
        except UsageError as error:  # this file has other columns
            problem = error.sentence()
        except SheetError as error:
            problem = error.sentence()
            break
    if problem:
        tally.skipped.append(Skipped(key, None, problem))
    memory.logs[key] = (item.size, item.mtime_ms, sha, problem)
    return span
