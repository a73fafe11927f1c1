"""Folders of recordings into the database: listed, probed outside any transaction, joined or added in small batches."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from qaapp.errors import AudioError, SourceError
from qaapp.i18n import _
from qaapp.intake import joining, rows, twins
from qaapp.intake.filing import Filing, Found, Probe, Stored, Watched, is_whole, sought
from qaapp.intake.managers import People
from qaapp.intake.places import root_of, roots_below
from qaapp.intake.summary import Skipped, Tally
from qaapp.progress import Progress, Steps
from qaapp.settings import Rules
from qaapp.sources import folder as folders
from qaapp.sources.folder import FileFacts, FolderCall, Passed
from qaapp.sources.records import CallRecord, RecordingRef
from qaapp.sources.transcripts import SUFFIXES, Read, beside, read_transcript
from qaapp.store.database import Database
from qaapp.store.schema import Recording
from qaapp.words import RecordingState

BATCH = 50
MAX_PATH = 1000
MOST_REFUSED = 20  # phrases of one transcript that are told one by one


class FolderImport:
    """One folder's import: its places, zone and options."""

    def __init__(
        self, database: Database, folder: Path, *, zone: ZoneInfo, rules: Rules, pattern: str | None,
        manager: str | None, source_name: str | None, people: People, tally: Tally, watched: Watched | None = None,
    ) -> None:  # fmt: skip
        self.database, self.folder, self.watched = database, folder, watched
        self.zone, self.rules, self.pattern = zone, rules, pattern
        self.manager, self.source_name = manager, source_name
        self.people, self.tally = people, tally
        self._listed: tuple[Path | None, bool] = (None, False)
        self.filing = Filing(rules, people, tally, watched, manager, source_name, self._relative)

    def run(self, only: Sequence[Path] | None = None, besides: Sequence[Path] = ()) -> Steps[None]:
        """Yields progress by files. What was committed stays when it is closed."""
        with self.database.write(bulk=True) as session:
            self.root_id, self.root = root_of(session, self.folder)
            self.inner = roots_below(session, self.folder)
        parts = Path(os.path.abspath(self.folder)).relative_to(self.root).parts
        yield Progress(0, None, _("Looking through the folder"), self.folder.name)
        if only is not None:
            total: int | None = len(only)
        else:
            total = folders.count_files(self.folder) if self.watched is None else None
        done = 0
        walked = folders.walk(
            self.folder,
            pattern=self.pattern,
            country_code=self.rules.country_code,
            only=only,
            parts=parts,
            besides=besides,
            sieve=self.watched,
        )
        for batch in _batched(walked, self.tally):
            self._store(batch)
            done += sum(len(call.files) + len(call.copies) for call in batch)
            whole = None if total is None else max(total, done)
            yield Progress(done, whole, _("Reading recordings"), batch[-1].files[0].path.name)

    # --- one batch -----------------------------------------------------------------------------------------------

    def _store(self, batch: Sequence[FolderCall]) -> None:
        with self.database.read() as session:
            stored = self._stored(session, batch)
            alike = self._alike(session, batch, stored)
        found = [item for call in batch if (item := self._examine(call, stored, alike)) is not None]
        with self.database.read() as session:
            sources = joining.folder_sources(session)
            found = [self._heard_before(session, item, stored, sources) for item in found]
        before = (self.tally.added, self.tally.changed, self.tally.unchanged, self.tally.recordings)
        try:
            with self.database.write(bulk=True) as session:
                self.people.refresh(session)
                dialect = rows.Dialect(session.connection())
                stored = self._stored(session, batch)
                reported = joining.folder_sources(session)
                for item in found:
                    self.filing.write(session, dialect, item, stored, reported)
        except BaseException:
            self.tally.added, self.tally.changed, self.tally.unchanged, self.tally.recordings = before
            raise

    def _place(self, path: Path) -> tuple[int, Path]:
        for root_id, root in self.inner:
            if path.is_relative_to(root):
                return root_id, root
        return self.root_id, self.root

    def _relative(self, path: Path) -> tuple[int, str]:
        root_id, root = self._place(Path(os.path.abspath(path)))
        return root_id, Path(os.path.abspath(path)).relative_to(root).as_posix()

    def _stored(self, session: Session, batch: Sequence[FolderCall]) -> dict[tuple[int, str], Stored]:
        wanted: dict[int, list[str]] = {}
        for call in batch:
            for item in call.files:
                root_id, path = self._relative(item.path)
                wanted.setdefault(root_id, []).append(path)
        known: dict[tuple[int, str], Stored] = {}
        for root_id, paths in wanted.items():
            for row in session.execute(
                select(
                    Recording.path, Recording.id, Recording.call_id, Recording.size_bytes, Recording.mtime_ms,
                    Recording.state, Recording.error, Recording.duration_ms,
                ).where(Recording.root_id == root_id, Recording.path.in_(paths))
            ):  # fmt: skip
                known[root_id, row.path] = Stored(*row[1:])
        return known

    def _alike(
        self, session: Session, batch: Sequence[FolderCall], stored: dict[tuple[int, str], Stored]
    ) -> dict[Path, list[twins.Twin]]:
        """Recordings of this folder by the same name and size as new files."""
        if self.watched is None:
            return {}
        new = [item for call in batch for item in call.files if self._relative(item.path) not in stored]
        return twins.by_name(session, new, dict([*self.inner, (self.root_id, self.root)])) if new else {}

    def _heard_before(
        self, session: Session, item: Found, stored: dict[tuple[int, str], Stored], sources: Sequence[int]
    ) -> Found:
        """With the call whose recording, fetched from a provider, is the sound of this new file."""
        if item.same is not None or item.moved or not is_whole(item.probes):
            return item
        probe = item.probes[0]
        if self._relative(probe.facts.path) in stored:
            return item
        same = joining.find_sounding(
            session, sought(item), sources, self.rules.join_tolerance_s, item.root_id,
            lambda: joining.sha256_of(probe.facts.path),
        )  # fmt: skip
        return replace(item, same=same)

    def _examine(
        self, call: FolderCall, stored: dict[tuple[int, str], Stored], alike: dict[Path, list[twins.Twin]]
    ) -> Found | None:
        """Probe what is new or changed; None for a call whose files are still being written or cannot be kept."""
        if self.watched is not None and not self.watched.wants(folders.started_at(call, self.zone, 0.0)[0]):
            return None
        if folders.growing(call):
            self._wait(call)
            return None
        for copy in call.copies:
            self._skip(copy, _("The same call as {name}.").format(name=call.files[0].path.name))
        probes = []
        moved: list[tuple[Path, int]] = []
        copied: list[twins.Twin] = []
        for item in call.files:
            root_id, path = self._relative(item.path)
            if len(path) > MAX_PATH:
                self._skip(item.path, _("The path is too long to be kept."))
                return None
            known = stored.get((root_id, path))
            twin = twins.moved_from(item, alike.get(item.path, ()))
            if known is None and twin is None and (same := twins.copied_from(item, alike.get(item.path, ()))):
                copied.append(same)
            if known is None and twin is not None:
                moved.append((item.path, twin.recording_id))
            if known is None and twin is not None and twin.mtime_ms == item.mtime_ms:
                probe = Probe(item, twin.duration_ms, error=twin.error, known=True)
            elif (
                known is not None
                and (known.size, known.mtime_ms) == (item.size, item.mtime_ms)
                and known.state in (RecordingState.AVAILABLE.value, RecordingState.FAILED.value)
            ):
                probe = Probe(item, known.duration_ms, error=known.error, known=True)
            else:
                probe = examine(item)
                if not item.path.exists():
                    self._skip(item.path, _("The file is gone."))
                    return None
                if probe.is_locked and self.watched is not None:
                    self.watched.wait_for(item.path)
                    return None
            if probe.error is not None:
                self._skip(item.path, probe.error)
            probes.append(probe)
        if folders.growing(call):
            self._wait(call)
            return None
        root_id, root = self._place(Path(os.path.abspath(call.files[0].path)))
        record, is_guess = self._record(call, probes, root)
        is_copy = len(copied) == len(probes)
        heard = joining.SameSound(copied[0].call_id, copied[0].recording_id) if is_copy else None
        return Found(
            call, root_id, root, tuple(probes), record, is_guess, self._texts(probes), tuple(moved), heard, is_copy
        )  # fmt: skip

    def _wait(self, call: FolderCall) -> None:
        if self.watched is not None:
            self.watched.wait_for(call.files[0].path)
        else:
            self._skip(call.files[0].path, _("The file is still being written; import it again later."))

    def _texts(self, probes: Sequence[Probe]) -> tuple[Read, ...]:
        """Transcripts that lie beside the files; a broken one is named and left out."""
        found: list[Read] = []
        for probe in probes:
            path = probe.facts.path
            if not self._has_texts(path.parent):
                continue
            for text_file, lane in beside(path):
                try:
                    read = read_transcript(text_file, lane or probe.facts.lane)
                except SourceError as error:
                    self._skip(text_file, error.sentence())
                    continue
                self.tally.skipped += [
                    Skipped(str(text_file), line, reason) for line, reason in read.refused[:MOST_REFUSED]
                ]
                found.append(read)
        return tuple(found)

    def _has_texts(self, folder: Path) -> bool:
        """Whether a folder has text files at all: asked once for the folder at hand, not for every recording."""
        if self._listed[0] != folder:
            try:
                has = any(name.lower().endswith(SUFFIXES) for name in os.listdir(folder))
            except OSError:
                has = False
            self._listed = (folder, has)
        return self._listed[1]

    def _skip(self, path: Path, reason: str) -> None:
        self.tally.skipped.append(Skipped(str(path), None, reason))

    def _record(self, call: FolderCall, probes: Sequence[Probe], root: Path) -> tuple[CallRecord, bool]:
        lengths = [probe.duration_ms for probe in probes if probe.duration_ms is not None]
        seconds = max(lengths) / 1000 if lengths else None
        started_at, is_guess = folders.started_at(call, self.zone, seconds or 0.0)
        name = call.name
        stem = call.key.rsplit("/", 1)[-1]
        parent = Path(os.path.abspath(call.files[0].path)).parent.relative_to(root).as_posix()
        external = stem if parent == "." else f"{parent}/{stem}"
        talk = None if seconds is None else math.floor(seconds + 0.5)
        raw = {"file": call.files[0].path.name, "pattern": name.pattern}
        if is_guess:
            raw["time_is_guess"] = "1"
        record = CallRecord(
            external_id=external, started_at=started_at, direction=call.direction, duration_s=talk, talk_s=talk,
            talk_is_estimate=talk is not None, customer_number=name.number, customer_number_raw=name.number,
            line_number=name.line, extension=name.extension or call.folder_extension, group_name=name.group, raw=raw,
            recordings=tuple(RecordingRef(item.path, item.lane) for item in call.files), keys=call.keys,
        )  # fmt: skip
        told = (
            started_at, record.direction, talk, name.number, name.line, record.extension, name.group, name.employee,
            call.folder_manager, self.manager,
        )  # fmt: skip
        return replace(record, fingerprint=blake2b(repr(told).encode(), digest_size=16).hexdigest()), is_guess


def _batched(walked: Iterator[FolderCall | Passed], tally: Tally) -> Iterator[list[FolderCall]]:
    """Batches of calls; files that may be copies are never in one batch, so that the second meets the first."""
    batch: list[FolderCall] = []
    names: set[tuple[str, int]] = set()
    for item in walked:
        if isinstance(item, Passed):
            tally.skipped.append(Skipped(str(item.path), None, item.reason))
            continue
        mine = {(file.path.name, file.size) for file in item.files}
        if len(batch) >= BATCH or names & mine:
            yield batch
            batch, names = [], set()
        batch.append(item)
        names |= mine
    if batch:
        yield batch


def examine(item: FileFacts) -> Probe:
    """Open one file and measure it; the reason in the language of the moment where that fails."""
    from qaapp.audio.decoding import probe

    if item.size == 0:
        return Probe(item, None, error=_(folders.EMPTY))
    try:
        if item.size <= 44 and item.path.suffix.lower() == ".wav":
            return Probe(item, None, error=_(folders.HEADER_ONLY))
        info = probe(item.path)
    except AudioError as error:
        return Probe(item, None, error=error.sentence())
    except OSError as error:
        return Probe(
            item, None, error=_("The file cannot be read: {reason}.").format(reason=error.strerror or error),
            is_locked=isinstance(error, PermissionError),
        )  # fmt: skip
    return Probe(item, info.duration_ms, info.channels, info.sample_rate, info.codec)
