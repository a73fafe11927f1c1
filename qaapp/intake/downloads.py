"""Recordings of providers: waiting → downloading → here, or absent, failed, expired.

A recording is fetched into ``*.part``, checked (size, type, decoding), renamed into place and only then written down, so
that being killed leaves at most a file that the next pull writes again. What cannot be had yet is tried again after 30 s,
1, 2, 5, 15 and 60 min, then daily, for three days. Files that are on this computer already are opened in place.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from qaapp import clock
from qaapp.errors import AudioError, SourceError, StoreError
from qaapp.i18n import N_, _, file_size
from qaapp.intake import connections, joining, merging
from qaapp.intake.managers import People
from qaapp.intake.places import root_of
from qaapp.intake.summary import Skipped, Tally
from qaapp.progress import Progress, Steps
from qaapp.sources.pace import Stopped, stoppable
from qaapp.sources.provider import LocalFiles, Provider, RecordingTrouble
from qaapp.sources.records import RemoteRef
from qaapp.store.rules import read_rules
from qaapp.store.schema import COPY, Call, Recording, RemoteRecording
from qaapp.store.workspace import Workspace
from qaapp.words import Lane, RecordingState

BACK_OFF_S = (30, 60, 120, 300, 900, 3600)
DAILY_S = 86_400
BATCH = 50
LOOK_S = 0.2
PATIENCE = 3  # so many requests in a row without an answer end the downloads of this pull
SAME_LENGTH_MS = 1500  # a file of a folder and a recording of the provider are the same sound
_MAGIC = (
    (b"RIFF", ".wav"), (b"RF64", ".wav"), (b"ID3", ".mp3"), (b"OggS", ".ogg"), (b"fLaC", ".flac"),
    (b"\x1aE\xdf\xa3", ".webm"), (b"#!AMR", ".amr"), (b".snd", ".au"), (b"FORM", ".aiff"),
    (b"0&\xb2u\x8ef\xcf\x11", ".wma"),
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where the recordings of a connection go: ``folder`` inside the workspace's recordings."""

    connection_id: int
    name: str
    root: Path
    folder: str

    @classmethod
    def of(cls, workspace: Workspace, row: connections.ConnectionRow) -> Place:
        return cls(row.id, row.name, workspace.recordings, f"{row.kind}-{row.id}")


@dataclass
class Fetched:
    """Counts of a pull. ``waiting``: not ready yet, tried again later."""

    done: int = 0
    failed: int = 0
    waiting: int = 0
    size_bytes: int = 0


@dataclass(frozen=True)
class _Wanted:
    """One remote recording and what its file name is made of."""

    id: int
    call_id: int
    ref: RemoteRef
    started_at: datetime
    tries: int
    give_up_at: datetime


@dataclass(frozen=True)
class _Got:
    """A checked file: ``part`` was fetched (``suffix`` by its content), or ``local`` was there."""

    sha256: str
    size: int
    duration_ms: int
    channels: int
    sample_rate: int
    codec: str
    suffix: str = ""
    part: Path | None = None
    local: Path | None = None
    mtime_ms: int = 0


def fetch_waiting(
    workspace: Workspace,
    provider: Provider,
    place: Place,
    fetched: Fetched,
    stop: threading.Event,
    tally: Tally,
) -> Steps[None]:
    """Everything of a connection that waits and is due, the newest calls first."""
    database = workspace.database
    with database.write() as session:
        _reset(session, place.connection_id)
        total = _due(session, place.connection_id).with_only_columns(func.count()).order_by(None)
        left = session.scalar(total) or 0
    tried: set[int] = set()
    silent = 0
    started = clock.now()
    with ThreadPoolExecutor(max(1, provider.parallel_downloads), thread_name_prefix="recording") as pool:
        try:
            while silent < PATIENCE and (wanted := _next(workspace, place, tried)):
                running = {pool.submit(_fetch, provider, place, each, stop): each for each in wanted}
                while running:
                    done, _rest = wait(running, LOOK_S, FIRST_COMPLETED)
                    for future in done:
                        each = running.pop(future)
                        silent = _settle(workspace, place, each, future, fetched, tally, silent)
                    if silent >= PATIENCE:
                        _cancel_waiting(running)
                    seconds = max(0.001, (clock.now() - started).total_seconds())
                    pace = _("{size} per second").format(size=file_size(round(fetched.size_bytes / seconds)))
                    finished = fetched.done + fetched.failed + fetched.waiting
                    yield Progress(
                        finished, max(left, len(tried)), _("Fetching recordings"),
                        pace if fetched.size_bytes else place.name,
                    )  # fmt: skip
        except BaseException:
            stop.set()  # the threads end at their next look, and leaving the pool waits for them
            raise
        finally:
            with database.write() as session:
                _reset(session, place.connection_id)


def _next(workspace: Workspace, place: Place, tried: set[int]) -> list[_Wanted]:
    with workspace.database.write(bulk=True) as session:
        wanted = _take(session, place.connection_id, tried)
    tried |= {each.id for each in wanted}
    return wanted


def _cancel_waiting(running: dict[Future[_Got], _Wanted]) -> None:
    """Nobody answers: what has not begun is left for the next pull."""
    for future in list(running):
        if future.cancel():
            running.pop(future)


def fetch_now(workspace: Workspace, call_id: int) -> Steps[Fetched]:
    """*Download on demand*: the recordings of one call, whatever their turn. Raises ``SourceError`` when none came."""
    with workspace.database.write() as session:
        remote = [
            each
            for each in session.scalars(
                select(RemoteRecording).where(
                    RemoteRecording.call_id == call_id, RemoteRecording.kind != COPY
                )
            )
            if each.state != RecordingState.AVAILABLE.value
        ]
        if not remote:
            raise SourceError(N_("There is no recording to fetch for this call."), kind="absent")
        row = connections.get(session, remote[0].source_id)
        for each in remote:
            each.state, each.next_try_at, each.tries = RecordingState.WAITING.value, None, 0
            each.give_up_at = clock.now() + timedelta(days=3)
        session.flush()
        wanted = [_wanted(session, each) for each in remote]
        secrets = connections.secrets_of(session, row)
        rules = read_rules(session)
    yield Progress(0, len(wanted), _("Fetching recordings"), row.name)
    fetched, tally, stop = Fetched(), Tally(), threading.Event()
    place = Place.of(workspace, row)
    provider = connections.open_provider(row, secrets, rules, workspace.cache / "sources" / str(row.id))
    trouble: BaseException | None = None
    with ThreadPoolExecutor(1, thread_name_prefix="recording") as pool:
        try:
            for number, one in enumerate(wanted, 1):
                future = pool.submit(_fetch, provider, place, one, stop)
                while not future.done():
                    wait([future], LOOK_S)
                    yield Progress(number - 1, len(wanted), _("Fetching recordings"), row.name)
                trouble = future.exception() or trouble
                _settle(workspace, place, one, future, fetched, tally, 0)
        finally:
            stop.set()
            pool.shutdown(wait=True)
            with contextlib.suppress(Exception):
                provider.close()
    if not fetched.done and isinstance(trouble, SourceError):
        raise trouble
    return fetched


# --- choosing ------------------------------------------------------------------------------------------------------


def _due(session: Session, connection_id: int) -> Any:
    return (
        select(RemoteRecording)
        .join(Call, Call.id == RemoteRecording.call_id)
        .where(
            RemoteRecording.source_id == connection_id,
            RemoteRecording.state == RecordingState.WAITING.value,
            or_(RemoteRecording.next_try_at.is_(None), RemoteRecording.next_try_at <= clock.now()),
        )
        .order_by(Call.started_at.desc(), RemoteRecording.id)
    )


def _take(session: Session, connection_id: int, tried: set[int]) -> list[_Wanted]:
    """The next ones that this pull has not tried yet (what failed is due again only later, so few are passed over)."""
    taken: list[_Wanted] = []
    for row in session.scalars(_due(session, connection_id).execution_options(yield_per=BATCH)):
        if row.id in tried:
            continue
        taken.append(_wanted(session, row))
        if len(taken) >= BATCH:
            break
    ids = [each.id for each in taken]
    session.execute(
        update(RemoteRecording)
        .where(RemoteRecording.id.in_(ids))
        .values(state=RecordingState.DOWNLOADING.value)
        .execution_options(synchronize_session=False)
    )
    return taken


def _wanted(session: Session, row: RemoteRecording) -> _Wanted:
    started_at = session.scalar(select(Call.started_at).where(Call.id == row.call_id))
    facts = {key: value for key, value in row.facts.items() if key != "expected"}
    ref = RemoteRef(
        row.external_id, row.kind, Lane(row.lane) if row.lane else None, row.manager_channel, row.position, facts,
        bool(row.facts.get("expected", True)),
    )  # fmt: skip
    return _Wanted(
        row.id, row.call_id, ref, started_at or clock.now(), row.tries, row.give_up_at or clock.now()
    )


def _reset(session: Session, connection_id: int) -> None:
    """What a killed or stopped pull was fetching waits again."""
    session.execute(
        update(RemoteRecording)
        .where(
            RemoteRecording.source_id == connection_id, RemoteRecording.state == RecordingState.DOWNLOADING.value
        )
        .values(state=RecordingState.WAITING.value)
    )  # fmt: skip


# --- one recording -------------------------------------------------------------------------------------------------


def _fetch(provider: Provider, place: Place, wanted: _Wanted, stop: threading.Event) -> _Got:
    """Bytes to a checked file; on a worker thread, without the database."""
    with stoppable(stop):
        if isinstance(provider, LocalFiles):
            path = provider.local_file(wanted.ref)
            if path is None:
                raise RecordingTrouble(N_("The recording {name} is not there yet."), kind="later",
                                       name=wanted.ref.external_id)  # fmt: skip
            return _checked(path, local=True)
        part = place.root / place.folder / ".incoming" / f"{wanted.id}.part"
        try:
            part.parent.mkdir(parents=True, exist_ok=True)
            provider.download(wanted.ref, part)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise StoreError(
                N_("The recording cannot be written to {path}: {reason}."),
                hint=N_("Free some space or check the folder; the next pull goes on from here."),
                kind="disk",
                path=part.parent,
                reason=error.strerror or error,
            ) from error
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return _checked(part, local=False)


def _checked(path: Path, *, local: bool) -> _Got:
    """Hash, size and format of a file that decodes. Raises ``RecordingTrouble`` (``later``) for one that does not."""
    from qaapp.audio.decoding import probe

    digest = hashlib.sha256()
    with path.open("rb") as stream:
        head = stream.read(64)
        stream.seek(0)
        while piece := stream.read(1 << 20):
            digest.update(piece)
    suffix = suffix_of(head) or path.suffix
    shown = path
    try:
        if not local and suffix and suffix != ".part":  # headerless formats are told by their names
            shown = path.with_name(path.stem + suffix)
            os.replace(path, shown)
        info = probe(shown)
        if info.frames <= 0:
            raise AudioError(N_("{path} holds no sound."), kind="empty", path=shown)
    except AudioError as error:
        if not local:
            shown.unlink(missing_ok=True)
        raise RecordingTrouble(
            N_("The recording that came cannot be heard: {reason}"), kind="later", reason=error.sentence()
        ) from error
    found = shown.stat()
    return _Got(
        digest.hexdigest(), found.st_size, info.duration_ms, info.channels, info.sample_rate, info.codec, suffix,
        part=None if local else shown, local=shown if local else None, mtime_ms=found.st_mtime_ns // 1_000_000,
    )  # fmt: skip


def suffix_of(head: bytes) -> str:
    """The usual ending of a sound file by its first bytes, "" where they do not tell."""
    for magic, suffix in _MAGIC:
        if head.startswith(magic):
            return suffix
    if head[4:8] == b"ftyp":
        return ".m4a"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return ".mp3"
    return ""


def _settle(
    workspace: Workspace,
    place: Place,
    wanted: _Wanted,
    future: Future[_Got],
    fetched: Fetched,
    tally: Tally,
    silent: int,
) -> int:
    """Write down how one recording ended; how many requests in a row got no answer. Raises what stops the pull."""
    try:
        got = future.result()
    except Stopped:
        return silent
    except RecordingTrouble as trouble:
        with workspace.database.write(bulk=True) as session:
            _note_trouble(session, wanted, trouble, fetched, tally)
        return 0
    except SourceError as error:
        if error.kind not in ("network", "rate"):
            raise
        with workspace.database.write(bulk=True) as session:
            _note_trouble(session, wanted, error, fetched, tally)
        return silent + 1
    _keep(workspace, place, wanted, got)
    fetched.done += 1
    fetched.size_bytes += got.size
    return 0


def _note_trouble(
    session: Session, wanted: _Wanted, error: SourceError, fetched: Fetched, tally: Tally
) -> None:
    row = session.get(RemoteRecording, wanted.id)
    if row is None:
        return
    now = clock.now()
    row.tries += 1
    row.error, row.updated_at = connections.error_document(error), now
    ends = {
        "expired": RecordingState.EXPIRED, "absent": RecordingState.ABSENT, "refused": RecordingState.FAILED,
    }.get(error.kind)  # fmt: skip
    if ends is None:
        pause = BACK_OFF_S[row.tries - 1] if row.tries <= len(BACK_OFF_S) else DAILY_S
        row.next_try_at = now + timedelta(seconds=pause)
        if row.next_try_at <= wanted.give_up_at:
            row.state = RecordingState.WAITING.value
            fetched.waiting += 1
            return
        ends = RecordingState.FAILED if wanted.ref.expected else RecordingState.ABSENT
    row.state, row.next_try_at = ends.value, None
    if ends is not RecordingState.ABSENT:
        fetched.failed += 1
        tally.skipped.append(Skipped(wanted.ref.external_id, None, error.sentence()))


def _keep(workspace: Workspace, place: Place, wanted: _Wanted, got: _Got) -> None:
    """The file into its place and a row for it; the same sound twice is kept once."""
    relative = f"{place.folder}/{_file_name(wanted, got)}"
    alike = _lone_call(workspace, wanted, got)
    with workspace.database.write(bulk=True) as session:
        if alike is not None:
            people = People()
            people.refresh(session)
            joined = merging.absorb(session, alike, wanted.call_id, people)
            wanted = replace(wanted, call_id=joined or wanted.call_id)
        row = session.get(RemoteRecording, wanted.id)
        if row is None:
            _drop(got.part)
            return
        same = _same_sound(session, wanted, got)
        if same is None and got.local is not None:
            same = _recording(session, wanted, got, root_of(session, got.local.parent), got.local.name)
        elif same is None:
            assert got.part is not None
            target = place.root / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(got.part, target)
            same = _recording(session, wanted, got, root_of(session, place.root), relative)
        else:
            _drop(got.part)
        row.recording_id, row.sha256, row.size_bytes = same, got.sha256, got.size
        row.state, row.error, row.next_try_at = RecordingState.AVAILABLE.value, None, None
        row.updated_at = clock.now()
        session.flush()
        merging.count_recordings(session, [wanted.call_id])


def _lone_call(workspace: Workspace, wanted: _Wanted, got: _Got) -> int | None:
    """A folder's call that nobody reported whose file has the same bytes; read outside of any transaction."""
    if wanted.ref.lane is not None or got.local is not None:
        return None
    with workspace.database.read() as session:
        tolerance = read_rules(session).join_tolerance_s
        folders = joining.folder_sources(session)
        lone = joining.lone_files(session, folders, wanted.call_id, got.size, tolerance)
    return next((each.call_id for each in lone if joining.sha256_of(each.path) == got.sha256), None)


def _same_sound(session: Session, wanted: _Wanted, got: _Got) -> int | None:
    """A recording of the call that is this one: the same bytes under another id, or a file of a folder as long."""
    told = session.execute(
        select(RemoteRecording.recording_id)
        .join(Recording, Recording.id == RemoteRecording.recording_id)
        .where(
            RemoteRecording.call_id == wanted.call_id, RemoteRecording.sha256 == got.sha256,
            RemoteRecording.id != wanted.id, Recording.state == RecordingState.AVAILABLE.value,
        )
    ).scalars().first()  # fmt: skip
    if told is not None:
        return int(told)
    fetched = select(RemoteRecording.recording_id).where(RemoteRecording.recording_id.is_not(None))
    near = session.execute(
        select(Recording.id).where(
            Recording.call_id == wanted.call_id, Recording.state == RecordingState.AVAILABLE.value,
            Recording.lane.is_(None), Recording.id.not_in(fetched),
            Recording.duration_ms.between(got.duration_ms - SAME_LENGTH_MS, got.duration_ms + SAME_LENGTH_MS),
        )
    ).scalars().first()  # fmt: skip
    return int(near) if near is not None and wanted.ref.lane is None else None


def _recording(session: Session, wanted: _Wanted, got: _Got, root: tuple[int, Path], name: str) -> int:
    root_id, root_path = root
    full = got.local if got.local is not None else root_path / name
    path = full.relative_to(root_path).as_posix()
    values = {
        "lane": wanted.ref.lane.value if wanted.ref.lane else None, "manager_channel": wanted.ref.manager_channel,
        "position": wanted.ref.position, "state": RecordingState.AVAILABLE.value, "error": None,
        "size_bytes": got.size, "mtime_ms": got.mtime_ms or full.stat().st_mtime_ns // 1_000_000,
        "duration_ms": got.duration_ms, "channels": got.channels, "sample_rate": got.sample_rate, "codec": got.codec,
    }  # fmt: skip
    stored = session.execute(
        select(Recording).where(Recording.root_id == root_id, Recording.path == path)
    ).scalar()
    if stored is None:
        stored = Recording(call_id=wanted.call_id, root_id=root_id, path=path, **values)
        session.add(stored)
    elif stored.call_id == wanted.call_id:
        for column, value in values.items():
            setattr(stored, column, value)
    session.flush()
    return stored.id


def _file_name(wanted: _Wanted, got: _Got) -> str:
    """``2026/11/24/2026-11-24_10-18-00_<id>.mp3``: sorted by day, the same for the same recording (UTC)."""
    moment = wanted.started_at
    safe = re.sub(r"[^A-Za-z0-9._-]+", "_", wanted.ref.external_id).strip("._")[:60] or "recording"
    return f"{moment:%Y/%m/%d/%Y-%m-%d_%H-%M-%S}_{safe}_{wanted.id}{got.suffix or '.bin'}"


def _drop(path: Path | None) -> None:
    if path is not None:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
