"""One call of a folder into the database: joined with the report of it, added, moved, or known already."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from qaapp import clock
from qaapp.calls import transcripts
from qaapp.calls.search_text import search_text
from qaapp.i18n import _
from qaapp.intake import joining, merging, rows, twins
from qaapp.intake.managers import Choice, Claim, People
from qaapp.intake.places import folder_source
from qaapp.intake.summary import Skipped, Tally
from qaapp.settings import Rules
from qaapp.sources import folder as folders
from qaapp.sources.folder import FileFacts, FolderCall
from qaapp.sources.keys import name_key
from qaapp.sources.records import CallRecord
from qaapp.sources.transcripts import Read
from qaapp.store.schema import Call, Recording
from qaapp.words import ManagerOrigin, RecordingState


@dataclass(frozen=True)
class Probe:
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
class Found:
    """One call of the folder, ready to be written."""

    call: FolderCall
    root_id: int
    root: Path
    probes: tuple[Probe, ...]
    record: CallRecord
    is_guess: bool
    texts: tuple[Read, ...] = ()  # transcripts beside the files
    moved: tuple[tuple[Path, int], ...] = ()  # files that lay elsewhere, and their recordings
    same: joining.SameSound | None = None  # its sound is here already, with another call's recording
    is_copy: bool = False  # that one lies in this folder too, byte by byte


@dataclass(frozen=True)
class Stored:
    id: int
    call_id: int
    size: int
    mtime_ms: int
    state: str
    error: str | None
    duration_ms: int | None


class Watched(folders.Sieve, Protocol):
    """A folder of a connection; what is not finished waits for the next look.

    ``source_id`` is the connection; ``owner`` whom calls belong to that no log names, None: the folder itself.
    """

    source_id: int
    owner: int | None

    def wants(self, started_at: datetime) -> bool:
        """Whether a call is new enough for the connection."""
        ...

    def wait_for(self, path: Path) -> None:
        """This file is still being written."""


@dataclass(frozen=True)
class Filing:
    """What writing a call of a folder needs; ``relative`` gives a file's root and its path in it."""

    rules: Rules
    people: People
    tally: Tally
    watched: Watched | None
    manager: str | None
    source_name: str | None
    relative: Callable[[Path], tuple[int, str]]

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

    def write(
        self, session: Session, dialect: rows.Dialect, item: Found, stored: dict[tuple[int, str], Stored],
        folder_ids: Sequence[int],
    ) -> None:  # fmt: skip
        self._move(session, item, stored)
        known = [
            row for probe in item.probes if (row := stored.get(self.relative(probe.facts.path))) is not None
        ]
        self.tally.recordings += len(item.probes)
        if item.is_copy and item.same is not None and not known and self._is_there(session, item.same):
            self._note_copy(session, item, item.same)
            return
        claims = self._claims(item.call)
        call_id = known[0].call_id if known else None
        if call_id is None:
            call_id = joining.find(session, sought(item), folder_ids, self.rules.join_tolerance_s)
            if call_id is None and item.same is not None and self._is_there(session, item.same):
                call_id = item.same.call_id
        source_id = None
        if call_id is not None:
            source_id = session.scalar(select(Call.source_id).where(Call.id == call_id))
        if call_id is not None and source_id not in folder_ids:  # a reported call: the file only adds to it
            same = None
            if not known and is_whole(item.probes):
                same = joining.same_sound(session, call_id, item.root_id, item.probes[0].duration_ms)
            if same is not None:
                self._note_copy(session, item, joining.SameSound(call_id, same))
            else:
                self._attach(session, call_id, item, stored)
                if not item.is_guess:  # a name without a time may be that of many files
                    names = {name_key(probe.facts.path.name) for probe in item.probes}
                    rows.insert_keys(
                        session.connection(), dialect, ((name, call_id) for name in sorted(names))
                    )
            self._complete(session, call_id, item)
            joining.claim_of_file(session, call_id, claims, self.people)
            return
        source_id = self.watched.owner if self.watched is not None else None
        if source_id is None:
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

    def _move(self, session: Session, item: Found, stored: dict[tuple[int, str], Stored]) -> None:
        """Show recordings their new place; ``stored`` knows them there from now on."""
        for path, recording_id in item.moved:
            place = self.relative(path)
            row = session.execute(
                select(
                    Recording.call_id, Recording.size_bytes, Recording.mtime_ms, Recording.state, Recording.error,
                    Recording.duration_ms,
                ).where(Recording.id == recording_id)
            ).one_or_none()  # fmt: skip
            if row is not None and place not in stored:
                values: dict[str, Any] = {"root_id": place[0], "path": place[1]}
                if row.state == RecordingState.MISSING.value:
                    values |= {"state": RecordingState.AVAILABLE.value, "error": None}
                session.execute(update(Recording).where(Recording.id == recording_id).values(**values))
                stored[place] = Stored(recording_id, *row)

    @staticmethod
    def _is_there(session: Session, same: joining.SameSound) -> bool:
        row = select(Recording.id).where(Recording.id == same.recording_id, Recording.call_id == same.call_id)
        return session.scalar(row) is not None

    def _note_copy(self, session: Session, item: Found, same: joining.SameSound) -> None:
        """The sound is here already: the file adds no recording, and a watched folder remembers it."""
        self.tally.unchanged += item.is_copy
        for probe in item.probes:
            if self.watched is not None:
                path = self.relative(probe.facts.path)[1]
                twins.note_copy(session, self.watched.source_id, same, path, probe.facts)
            else:
                name = session.scalar(select(Recording.path).where(Recording.id == same.recording_id)) or ""
                self.tally.skipped.append(
                    Skipped(str(probe.facts.path), None, _("The same call as {name}.").format(name=name))
                )

    def _attach(
        self, session: Session, call_id: int, item: Found, stored: dict[tuple[int, str], Stored]
    ) -> bool:
        """Write the rows of the files; whether anything is different."""
        changed = False
        for position, probe in enumerate(item.probes):
            root_id, path = self.relative(probe.facts.path)
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
            merging.count_recordings(session, [call_id])
        for read in item.texts:
            changed |= transcripts.store(session, call_id, read.record)
        return changed

    def _complete(self, session: Session, call_id: int, item: Found) -> None:
        """Fill what the log left empty with what the file's name and length say."""
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


def is_whole(probes: Sequence[Probe]) -> bool:
    """One good file with the whole call."""
    return len(probes) == 1 and probes[0].facts.lane is None and probes[0].error is None


def sought(item: Found) -> joining.Sought:
    record = item.record
    return joining.Sought(
        tuple(record.keys), record.started_at, item.is_guess, record.customer_number, record.extension,
        record.direction.value, max((probe.duration_ms or 0 for probe in item.probes), default=0) / 1000 or None,
        item.probes[0].facts.size if len(item.probes) == 1 else 0,
    )  # fmt: skip
