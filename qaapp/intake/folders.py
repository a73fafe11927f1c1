"""Folders of recordings into the database: listed, probed outside any transaction, joined or added in small batches."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from qaapp import clock
from qaapp.calls import transcripts
from qaapp.calls.search_text import search_text
from qaapp.errors import AudioError, SourceError
from qaapp.i18n import _
from qaapp.intake import joining, rows
from qaapp.intake.managers import Choice, Claim, People
from qaapp.intake.places import folder_source, root_of, roots_below
from qaapp.intake.summary import Skipped, Tally
from qaapp.progress import Progress, Steps
from qaapp.settings import Rules
from qaapp.sources import folder as folders
from qaapp.sources.folder import FileFacts, FolderCall, Passed
from qaapp.sources.records import CallRecord, RecordingRef
from qaapp.sources.transcripts import SUFFIXES, Read, beside, read_transcript
from qaapp.store.database import Database
from qaapp.store.schema import Call, Recording
from qaapp.words import ManagerOrigin, RecordingState

BATCH = 50
MAX_PATH = 1000
MOST_REFUSED = 20  # phrases of one transcript that are told one by one


@dataclass(frozen=True)
class _Probe:
    """What a file holds, or why it cannot be heard. ``known``: the stored row already says so."""

    facts: FileFacts
    duration_ms: int | None
    channels: int | None = None
    sample_rate: int | None = None
    codec: str | None = None
    error: str | None = None
    known: bool = False
    is_locked: bool = False  # somebody holds the file: on Windows, who copies it


@dataclass(frozen=True)
class _Found:
    """One call of the folder, ready to be written."""

    call: FolderCall
    root_id: int
    root: Path
    probes: tuple[_Probe, ...]
    record: CallRecord
    is_guess: bool
    texts: tuple[Read, ...] = ()  # transcripts beside the files


@dataclass(frozen=True)
class _Stored:
    id: int
    call_id: int
    size: int
    mtime_ms: int
    state: str
    error: str | None
    duration_ms: int | None


class Watched(folders.Sieve, Protocol):
    """A folder of a connection: its calls belong to ``source_id``, and what is not finished waits for the next look."""

    source_id: int

    def wants(self, started_at: datetime) -> bool:
        """Whether a call is new enough for the connection."""
        ...

    def wait_for(self, path: Path) -> None:
        """This file is still being written."""


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
        found = [item for call in batch if (item := self._examine(call, stored)) is not None]
        before = (self.tally.added, self.tally.changed, self.tally.unchanged, self.tally.recordings)
        try:
            with self.database.write(bulk=True) as session:
                self.people.refresh(session)
                dialect = rows.Dialect(session.connection())
                stored = self._stored(session, batch)
                reported = joining.folder_sources(session)
                for item in found:
                    self._write(session, dialect, item, stored, reported)
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

    def _stored(self, session: Session, batch: Sequence[FolderCall]) -> dict[tuple[int, str], _Stored]:
        wanted: dict[int, list[str]] = {}
        for call in batch:
            for item in call.files:
                root_id, path = self._relative(item.path)
                wanted.setdefault(root_id, []).append(path)
        known: dict[tuple[int, str], _Stored] = {}
        for root_id, paths in wanted.items():
            for row in session.execute(
                select(
                    Recording.path, Recording.id, Recording.call_id, Recording.size_bytes, Recording.mtime_ms,
                    Recording.state, Recording.error, Recording.duration_ms,
                ).where(Recording.root_id == root_id, Recording.path.in_(paths))
            ):  # fmt: skip
                known[root_id, row.path] = _Stored(*row[1:])
        return known

    def _examine(self, call: FolderCall, stored: dict[tuple[int, str], _Stored]) -> _Found | None:
        """Probe what is new or changed; None for a call whose files are still being written or cannot be kept."""
        if self.watched is not None and not self.watched.wants(folders.started_at(call, self.zone, 0.0)[0]):
            return None
        if folders.growing(call):
            self._wait(call)
            return None
        for copy in call.copies:
            self._skip(copy, _("The same call as {name}.").format(name=call.files[0].path.name))
        probes = []
        for item in call.files:
            root_id, path = self._relative(item.path)
            if len(path) > MAX_PATH:
                self._skip(item.path, _("The path is too long to be kept."))
                return None
            known = stored.get((root_id, path))
            if (
                known is not None
                and (known.size, known.mtime_ms) == (item.size, item.mtime_ms)
                and known.state in (RecordingState.AVAILABLE.value, RecordingState.FAILED.value)
            ):
                probe = _Probe(item, known.duration_ms, error=known.error, known=True)
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
        return _Found(call, root_id, root, tuple(probes), record, is_guess, self._texts(probes))

    def _wait(self, call: FolderCall) -> None:
        if self.watched is not None:
            self.watched.wait_for(call.files[0].path)
        else:
            self._skip(call.files[0].path, _("The file is still being written; import it again later."))

    def _texts(self, probes: Sequence[_Probe]) -> tuple[Read, ...]:
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

    def _record(self, call: FolderCall, probes: Sequence[_Probe], root: Path) -> tuple[CallRecord, bool]:
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

    def _claims(self, call: FolderCall) -> list[Claim]:
        name = call.name
        claims = []
        if name.employee or name.extension:
            claims.append(Claim(ManagerOrigin.FILE_NAME, name.employee, name.extension))
        if call.folder_manager or call.folder_extension:
            claims.append(Claim(ManagerOrigin.FOLDER, call.folder_manager, call.folder_extension))
        if self.manager:
            claims.append(Claim(ManagerOrigin.OPTION, self.manager, None))
        return claims

    # --- writing -------------------------------------------------------------------------------------------------

    def _write(
        self, session: Session, dialect: rows.Dialect, item: _Found, stored: dict[tuple[int, str], _Stored],
        folder_ids: Sequence[int],
    ) -> None:  # fmt: skip
        known = [
            row for probe in item.probes if (row := stored.get(self._relative(probe.facts.path))) is not None
        ]
        self.tally.recordings += len(item.probes)
        claims = self._claims(item.call)
        call_id = known[0].call_id if known else None
        if call_id is None:
            sought = joining.Sought(
                tuple(key for key in item.record.keys), item.record.started_at, item.is_guess,
                item.record.customer_number, item.record.extension, item.record.direction.value,
                max((probe.duration_ms or 0 for probe in item.probes), default=0) / 1000 or None,
            )  # fmt: skip
            call_id = joining.find(session, sought, folder_ids, self.rules.join_tolerance_s)
        source_id = None
        if call_id is not None:
            source_id = session.scalar(select(Call.source_id).where(Call.id == call_id))
        if call_id is not None and source_id not in folder_ids:  # a reported call: the file only adds to it
            self._attach(session, call_id, item, stored)
            self._complete(session, call_id, item)
            joining.claim_of_file(session, call_id, claims, self.people)
            return
        if self.watched is not None:
            source_id = self.watched.source_id
        else:
            source_id = folder_source(session, item.root_id, str(item.root), self.source_name)
        wanted = (Call.source_id == source_id, Call.external_id == rows.external_id(item.record))
        call = session.execute(
            select(Call.id, Call.content_hash, Call.manager_id, Call.manager_origin).where(
                *(wanted if call_id is None else (Call.id == call_id,))
            )
        ).one_or_none()
        if call is None:
            choice = self.people.choose(session, claims)
            (call_id,) = rows.insert_calls(session, dialect, source_id, [item.record], [choice], clock.now())
            self.tally.added += 1
            self._attach(session, call_id, item, stored)
            return
        changed = self._attach(session, call.id, item, stored)
        if call.content_hash != rows.content_hash(item.record):
            current = Choice(call.manager_id, call.manager_origin)
            renewed = current.origin in [claim.origin.value for claim in claims]
            new = self.people.choose(session, claims, Choice(None, None) if renewed else current)
            changed |= rows.update_call(session, dialect, call.id, item.record, new, clock.now())
        self.tally.changed += changed
        self.tally.unchanged += not changed

    def _attach(
        self, session: Session, call_id: int, item: _Found, stored: dict[tuple[int, str], _Stored]
    ) -> bool:
        """Write the rows of the files; whether anything is different."""
        changed = False
        for position, probe in enumerate(item.probes):
            root_id, path = self._relative(probe.facts.path)
            values = {
                "lane": probe.facts.lane.value if probe.facts.lane else None, "size_bytes": probe.facts.size,
                "mtime_ms": probe.facts.mtime_ms, "duration_ms": probe.duration_ms, "channels": probe.channels,
                "sample_rate": probe.sample_rate, "codec": probe.codec, "error": probe.error,
                "state": (RecordingState.FAILED if probe.error is not None else RecordingState.AVAILABLE).value,
            }  # fmt: skip
            row = stored.get((root_id, path))
            if row is None:
                session.add(
                    Recording(call_id=call_id, root_id=root_id, path=path, position=position, **values)
                )
                changed = True
            elif not probe.known:
                session.execute(update(Recording).where(Recording.id == row.id).values(**values))
                changed = True
            elif probe.facts.lane is not None and len(item.probes) > 1:  # its other side came later
                told = session.execute(
                    select(Recording.lane, Recording.manager_channel).where(Recording.id == row.id)
                ).one()
                if told[0] is None:
                    session.execute(
                        update(Recording).where(Recording.id == row.id).values(lane=values["lane"])
                    )
                    changed = True
        if changed:
            session.flush()
            joining.count_recordings(session, [call_id])
        for read in item.texts:
            changed |= transcripts.store(session, call_id, read.record)
        return changed

    def _complete(self, session: Session, call_id: int, item: _Found) -> None:
        """Fill what the log left empty with what the file's name and length say; note its names as keys."""
        row = session.execute(
            select(
                Call.customer_number, Call.customer_number_raw, Call.customer_name, Call.comment, Call.line_number,
                Call.extension, Call.direction, Call.talk_s, Call.duration_s, Call.disposition,
            ).where(Call.id == call_id)
        ).one()  # fmt: skip
        record, values = item.record, {}
        for name in ("line_number", "extension", "duration_s"):
            if getattr(row, name) is None and getattr(record, name) is not None:
                values[name] = getattr(record, name)
        if row.customer_number is None and not row.customer_number_raw and record.customer_number:
            values["customer_number"] = values["customer_number_raw"] = record.customer_number
            values["search_text"] = search_text(
                record.customer_number, record.customer_number, row.customer_name, row.comment
            )
        if row.direction == "unknown" and record.direction.value != "unknown":
            values["direction"] = record.direction.value
        if row.talk_s is None and record.talk_s is not None:
            values |= {"talk_s": record.talk_s, "talk_is_estimate": True}
        if values:
            session.execute(update(Call).where(Call.id == call_id).values(**values))


def _batched(walked: Iterator[FolderCall | Passed], tally: Tally) -> Iterator[list[FolderCall]]:
    batch: list[FolderCall] = []
    for item in walked:
        if isinstance(item, Passed):
            tally.skipped.append(Skipped(str(item.path), None, item.reason))
            continue
        batch.append(item)
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def examine(item: FileFacts) -> _Probe:
    """Open one file and measure it; the reason in the language of the moment where that fails."""
    from qaapp.audio.decoding import probe

    if item.size == 0:
        return _Probe(item, None, error=_(folders.EMPTY))
    try:
        if item.size <= 44 and item.path.suffix.lower() == ".wav":
            return _Probe(item, None, error=_(folders.HEADER_ONLY))
        info = probe(item.path)
    except AudioError as error:
        return _Probe(item, None, error=error.sentence())
    except OSError as error:
        return _Probe(
            item, None, error=_("The file cannot be read: {reason}.").format(reason=error.strerror or error),
            is_locked=isinstance(error, PermissionError),
        )  # fmt: skip
    return _Probe(item, info.duration_ms, info.channels, info.sample_rate, info.codec)
