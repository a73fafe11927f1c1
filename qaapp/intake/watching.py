"""The pull of a watched folder: what is new or changed since the last look, by the import of folders and call logs.

What was seen is kept in a small file of the connection's cache: the moment each subfolder last changed, and the size and
time of each call log. A folder in which nothing came or went is not listed again; once a day everything is looked at,
because a file that is overwritten in place changes no folder. Losing that file costs one full look and nothing else: what
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

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from qaapp.errors import SheetError, UsageError
from qaapp.intake.folders import FolderImport
from qaapp.intake.importing import join_late
from qaapp.intake.logs import import_log
from qaapp.intake.managers import People
from qaapp.intake.places import root_of
from qaapp.intake.summary import Skipped, Tally
from qaapp.progress import Steps
from qaapp.settings import Rules
from qaapp.sources.filenames import side_stem
from qaapp.sources.folder import FileFacts, is_table
from qaapp.sources.watched import SETTLE, WatchedFolder
from qaapp.store.schema import Call, Connection, Recording, RecordingRoot, Source
from qaapp.store.workspace import Workspace
from qaapp.words import RecordingState

log = logging.getLogger(__name__)
FULL_LOOK_S = 86_400.0
COARSE_S = 3.0  # some file systems keep times in steps of two seconds
ASKED_AT_ONCE = 400  # names in one query; a larger folder is read whole
KNOWN = (RecordingState.AVAILABLE.value, RecordingState.FAILED.value)


@dataclass
class Memory:
    """``folders``: path → (mtime_ns, subfolders); ``logs``: path → (size, mtime_ms, hash, what was wrong with it)."""

    full_at: float = 0.0
    settings: str = ""
    folders: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    logs: dict[str, tuple[int, int, str, str]] = field(default_factory=dict)

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
    """One look through the folder; a ``folders.Watched`` for the import."""

    workspace: Workspace
    source_id: int
    root_id: int
    root: Path  # that recordings are named from; the folder lies in it
    first: datetime | None
    memory: Memory
    is_full: bool
    now: float = field(default_factory=time.time)
    fresh: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    waiting: set[Path] = field(default_factory=set)
    unchanged: int = 0

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
        for item in files:
            if known.get(item.path.name) != (item.size, item.mtime_ms):
                if self.is_fresh(item):
                    self.waiting.add(item.path)
                else:
                    new.append(item)
            elif item.path.stem in told:
                new.append(item)
        settled = [item for item in files if item.path not in self.waiting] if self.waiting else list(files)
        if not new:
            self.unchanged += len(settled)
            return []
        stems = {side_stem(item.path.name) for item in new}
        wanted = [item for item in settled if side_stem(item.path.name) in stems]
        self.unchanged += len(settled) - len(wanted)
        return wanted

    def seen(self, folder: Path, mtime_ns: int, folders: Sequence[str]) -> None:
        waits = any(path.parent == folder for path in self.waiting)
        if not waits and mtime_ns / 1e9 < self.now - COARSE_S:
            self.fresh[str(folder)] = (mtime_ns, list(folders))

    def wants(self, started_at: datetime) -> bool:
        return self.first is None or started_at >= self.first

    def wait_for(self, path: Path) -> None:
        self.waiting.add(path)
        self.fresh.pop(str(path.parent), None)

    def is_fresh(self, item: FileFacts) -> bool:
        """Changed just now. A time to come is another computer's wrong clock and says nothing."""
        try:
            changed = max(item.mtime_ms / 1000, item.path.stat().st_ctime)
        except OSError:
            return True
        return -COARSE_S < self.now - changed < SETTLE.total_seconds()

    def _known(self, folder: Path, names: Sequence[str]) -> dict[str, tuple[int, int]]:
        """Name → size and time of the recordings of one folder that are in the database."""
        inside = Path(os.path.abspath(folder)).relative_to(self.root).as_posix()
        prefix = "" if inside == "." else inside + "/"
        query = select(Recording.path, Recording.size_bytes, Recording.mtime_ms).where(
            Recording.root_id == self.root_id, Recording.state.in_(KNOWN)
        )
        if len(names) <= ASKED_AT_ONCE:
            query = query.where(Recording.path.in_([prefix + name for name in names]))
        elif prefix:
            query = query.where(
                Recording.path >= prefix, Recording.path < prefix[:-1] + "0"
            )  # "0" follows "/"
        with self.workspace.database.read() as session:
            return {
                path[len(prefix) :]: (size, mtime_ms)
                for path, size, mtime_ms in session.execute(query)
                if "/" not in path[len(prefix) :]
            }


def memory_file(cache: Path, source_id: int) -> Path:
    """Where what was seen of a connection's folder is kept."""
    return cache / "sources" / str(source_id) / "seen.json"


def newest_folders(cache: Path, source_id: int, most: int) -> list[str]:
    """The folders of a connection in which something came last: those a window keeps an eye on."""
    known = Memory.read(memory_file(cache, source_id)).folders
    return sorted(known, key=lambda path: -known[path][0])[:most]


def pull_folder(
    workspace: Workspace, source_id: int, provider: WatchedFolder, rules: Rules, first_day: date | None,
    people: People, tally: Tally,
) -> Steps[int]:  # fmt: skip
    """Bring in what is new; gives how many files are not finished yet. Raises ``SourceError`` where the folder is gone."""
    folder = provider.there()
    with workspace.database.write() as session:
        root_id, root = _root(session, source_id, folder)
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
    now = time.time()
    is_full = memory.settings != settings or not 0 <= now - memory.full_at < FULL_LOOK_S
    if memory.settings != settings:
        memory.logs.clear()
    first = datetime.combine(first_day, clock_time(), provider.zone) if first_day is not None else None
    look = Look(workspace, source_id, root_id, root, first, memory, is_full, now)
    spans: list[tuple[datetime, datetime]] = []
    if provider.takes_logs:
        for item in _tables(look, folder):
            span = yield from _log(workspace, source_id, provider, rules, look, item, people, tally)
            if span is not None:
                spans.append(span)
        memory.write(place)
    if provider.takes_recordings:
        work = FolderImport(
            workspace.database, folder, zone=provider.zone, rules=rules, pattern=provider.pattern,
            manager=provider.manager, source_name=None, people=people, tally=tally, watched=look,
        )  # fmt: skip
        yield from work.run()
    if spans:
        yield from join_late(workspace.database, rules, spans, people)
    tally.unchanged += look.unchanged
    memory.folders, memory.settings = look.fresh, settings
    memory.full_at = now if is_full else memory.full_at
    memory.write(place)
    return len(look.waiting)


def _tables(look: Look, folder: Path) -> list[FileFacts]:
    """The call logs below a folder, oldest first: those that are known, and those of folders in which something changed.
    What cannot be read is left for the next look."""
    paths = {Path(key) for key in look.memory.logs}
    waiting = [folder]
    while waiting:
        place = waiting.pop()
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
    workspace: Workspace, source_id: int, provider: WatchedFolder, rules: Rules, look: Look, item: FileFacts,
    people: People, tally: Tally,
) -> Steps[tuple[datetime, datetime] | None]:  # fmt: skip
    """One call log, when it is new or another one; a broken one is told each time until it is replaced."""
    key, memory = str(item.path), look.memory
    known = memory.logs.get(key)
    if known is not None and known[:2] == (item.size, item.mtime_ms):
        if known[3]:
            tally.skipped.append(Skipped(key, None, known[3]))
        return None
    if look.is_fresh(item):
        look.waiting.add(item.path)
        return None
    try:
        sha = blake2b(item.path.read_bytes(), digest_size=16).hexdigest()
    except OSError:
        look.waiting.add(item.path)  # somebody holds it
        return None
    if any(each[2] == sha and not each[3] for each in memory.logs.values()):
        memory.logs[key] = (item.size, item.mtime_ms, sha, "")  # the same file under another name or touched
        return None
    span, problem = None, ""
    owner = source_id if not provider.takes_recordings or _kind(workspace, source_id) == "dropped" else None
    for mapping in (provider.mapping, None) if provider.mapping else (None,):
        try:
            span = yield from import_log(
                workspace.database, item.path, mapping, provider.zone, rules.country_code, provider.manager, None, people,
                tally, owner,
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


def _kind(workspace: Workspace, source_id: int) -> str:
    with workspace.database.read() as session:
        return session.get_one(Source, source_id).kind


def _root(session: Session, source_id: int, folder: Path) -> tuple[int, Path]:
    """The named root of a connection's folder. A folder that was moved keeps its root, which is shown the new place, as
    long as recordings that are known lie there; an import by hand of the same folder becomes part of the connection."""
    source = session.get_one(Source, source_id)
    known = session.get(RecordingRoot, source.settings.get("root_id") or 0)
    if known is not None and Path(known.path) != folder and not folder.is_relative_to(known.path):
        was = source.settings.get("folder_of_root") or known.path
        if Path(was) == Path(known.path) and _lies_in(session, known.id, folder):
            known.path = str(folder)
            session.flush()
    root_id, root = root_of(session, folder)
    source.settings = {**source.settings, "root_id": root_id}
    if source.kind == "folder" and root == folder:
        others = [
            row.id
            for row in session.scalars(select(Source).where(Source.kind == "folder", Source.id != source_id))
            if row.settings.get("root_id") == root_id and session.get(Connection, row.id) is None
        ]
        mine = session.scalar(select(func.count(Call.id)).where(Call.source_id == source_id))
        if len(others) == 1 and not mine:
            session.execute(update(Call).where(Call.source_id == others[0]).values(source_id=source_id))
            session.execute(delete(Source).where(Source.id == others[0]))
    return root_id, root


def _lies_in(session: Session, root_id: int, folder: Path) -> bool:
    """Whether recordings of a root lie in a folder: some of them, by path and size."""
    rows = session.execute(
        select(Recording.path, Recording.size_bytes)
        .where(Recording.root_id == root_id, Recording.size_bytes > 0)
        .order_by(Recording.id.desc())
        .limit(20)
    )
    for path, size in rows:
        try:
            if (folder / path).stat().st_size == size:
                return True
        except OSError:
            continue
    return False
