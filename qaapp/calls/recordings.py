"""Recordings of a call: where their files are on this computer, what is known about them, sides, listen positions.

A recording's path is kept relative to a named root; a computer may see the root in another folder (``Personal.roots``).
Nothing outside the root is ever opened: ``..`` and symbolic links that lead out of it are refused.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from qaapp import clock
from qaapp.errors import AudioError
from qaapp.i18n import N_
from qaapp.store import events
from qaapp.store.chunks import chunks
from qaapp.store.schema import ListenPosition, Recording, RecordingRoot
from qaapp.words import Lane, RecordingState

if TYPE_CHECKING:
    from qaapp.audio.call_audio import AudioFile


@dataclass(frozen=True)
class RecordingRow:
    """``path`` is relative to the root ``root``, with forward slashes; ``error`` is a sentence or None."""

    id: int
    path: str
    state: RecordingState
    duration_ms: int | None
    channels: int | None
    sample_rate: int | None
    codec: str | None
    size_bytes: int
    lane: Lane | None
    manager_channel: int | None
    offset_ms: int
    error: str | None
    root: str = ""
    root_path: str = ""
    call_id: int = 0


def list_recordings(session: Session, call_ids: Collection[int]) -> dict[int, tuple[RecordingRow, ...]]:
    """The recordings of each call in their order; a call without one has no entry."""
    found: dict[int, list[RecordingRow]] = {}
    for part in chunks(call_ids):
        rows = session.execute(
            select(Recording, RecordingRoot.name, RecordingRoot.path)
            .join(RecordingRoot, RecordingRoot.id == Recording.root_id)
            .where(Recording.call_id.in_(part))
            .order_by(Recording.call_id, Recording.position, Recording.id)
        )
        for recording, root, root_path in rows:
            found.setdefault(recording.call_id, []).append(_row(recording, root, root_path))
    return {call_id: tuple(rows) for call_id, rows in found.items()}


def sound_ms(session: Session, call_id: int) -> int:
    """How long the call's sound is by what is known of its files; 0 where nobody measured."""
    longest = select(func.max(Recording.duration_ms + Recording.offset_ms)).where(
        Recording.call_id == call_id
    )
    return int(session.scalar(longest) or 0)


def files_of(session: Session, call_id: int, roots: Mapping[str, str]) -> list[tuple[RecordingRow, Path]]:
    """The recordings of a call with their paths on this computer; the files need not be there.

    Raises ``AudioError`` of kind ``forbidden`` for a path that leads out of its root.
    """
    rows = list_recordings(session, [call_id]).get(call_id, ())
    return [(row, resolve(row, roots)) for row in rows]


def audio_files(session: Session, call_id: int, roots: Mapping[str, str]) -> list[AudioFile]:
    """What ``audio.call_audio.load_call_audio`` needs. Raises ``AudioError`` (``missing``, ``forbidden``).

    Expired and waiting recordings are left out; a call with nothing else raises ``missing`` with the reason.
    """
    from qaapp.audio.call_audio import AudioFile

    found: list[AudioFile] = []
    reason: RecordingState | None = None
    for row, path in files_of(session, call_id, roots):
        if row.state in (RecordingState.EXPIRED, RecordingState.WAITING):
            reason = row.state
            continue
        _require(path, row)
        found.append(AudioFile(path, row.lane, row.manager_channel, row.offset_ms))
    if not found:
        raise _nothing_to_hear(reason)
    return found


def resolve(row: RecordingRow, roots: Mapping[str, str]) -> Path:
    """The file of a recording on this computer, inside its root or refused. Touches nothing but links."""
    root = Path(roots.get(row.root) or row.root_path)
    parts = row.path.split("/")
    path = root.joinpath(*parts)
    try:
        inside = path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError, ValueError):  # a loop of links, a null byte
        inside = False
    # On Windows a part may carry a drive or backslashes of its own; ``resolve`` sees through both.
    if not inside or ".." in parts or Path(row.path).is_absolute():
        raise AudioError(
            N_("The recording {path} leads out of its folder {root} and is not opened."),
            hint=N_("Put the file itself into the folder instead of a link to it."),
            kind="forbidden",
            path=row.path,
            root=root,
        )
    return path


def set_state(
    session: Session, recording_id: int, state: RecordingState, error: str | None = None, **facts: Any
) -> None:
    """Note what opening a file showed; ``facts`` are columns such as ``duration_ms``, ``channels``, ``codec``."""
    allowed = {"duration_ms", "channels", "sample_rate", "codec", "size_bytes", "mtime_ms"}
    if not facts.keys() <= allowed:
        raise ValueError(f"not columns of a recording: {sorted(facts.keys() - allowed)}")
    session.execute(
        update(Recording).where(Recording.id == recording_id).values(state=state.value, error=error, **facts)
    )


def refresh_states(session: Session, call_id: int, roots: Mapping[str, str]) -> bool:
    """Set *missing* where a file is gone and *available* where it came back; whether something changed."""
    changed = False
    for row, path in files_of(session, call_id, roots):
        if row.state is RecordingState.AVAILABLE and not path.is_file():
            set_state(session, row.id, RecordingState.MISSING, missing(path, row).sentence())
            changed = True
        elif row.state is RecordingState.MISSING and path.is_file():
            set_state(session, row.id, RecordingState.AVAILABLE)
            changed = True
    return changed


def swap_sides(session: Session, call_id: int, user_id: int | None = None) -> None:
    """Manager and customer change places, for good; the offsets move with their files."""
    other = {Lane.MANAGER.value: Lane.CUSTOMER.value, Lane.CUSTOMER.value: Lane.MANAGER.value}
    for recording in session.scalars(select(Recording).where(Recording.call_id == call_id)):
        if recording.lane in other:
            recording.lane = other[recording.lane]
        else:
            recording.manager_channel = 1 - (recording.manager_channel or 0)
    session.flush()
    events.record(session, "recording.sides_swapped", user_id=user_id, subject="call", subject_id=call_id)


def pair_offset_ms(session: Session, call_id: int) -> int | None:
    """How much later the customer's file starts than the manager's; None where the sides are not two files."""
    found = dict(
        iter(
            session.execute(
                select(Recording.lane, Recording.offset_ms).where(
                    Recording.call_id == call_id, Recording.lane.is_not(None)
                )
            )
        )
    )
    if set(found) != {Lane.MANAGER.value, Lane.CUSTOMER.value}:
        return None
    return int(found[Lane.CUSTOMER.value] - found[Lane.MANAGER.value])


def set_pair_offset(session: Session, call_id: int, offset_ms: int, user_id: int | None = None) -> None:
    """Move the customer's file against the manager's; the earlier one begins the call."""
    starts = {Lane.MANAGER.value: max(0, -offset_ms), Lane.CUSTOMER.value: max(0, offset_ms)}
    for recording in session.scalars(
        select(Recording).where(Recording.call_id == call_id, Recording.lane.in_(list(starts)))
    ):
        recording.offset_ms = starts[recording.lane or ""]
    session.flush()
    events.record(
        session, "recording.offset", user_id=user_id, subject="call", subject_id=call_id, offset_ms=offset_ms
    )


def get_listen_position(session: Session, user_id: int, call_id: int) -> int:
    """Where this person stopped, in ms; 0 where he never listened."""
    return (
        session.scalar(
            select(ListenPosition.position_ms).where(
                ListenPosition.user_id == user_id, ListenPosition.call_id == call_id
            )
        )
        or 0
    )


def set_listen_position(session: Session, user_id: int, call_id: int, position_ms: int) -> None:
    position = session.get(ListenPosition, (user_id, call_id))
    if position is None:
        position = ListenPosition(user_id=user_id, call_id=call_id)
        session.add(position)
    position.position_ms = max(0, int(position_ms))
    position.updated_at = clock.now()
    session.flush()


def _row(recording: Recording, root: str, root_path: str) -> RecordingRow:
    return RecordingRow(
        id=recording.id,
        path=recording.path,
        state=RecordingState(recording.state),
        duration_ms=recording.duration_ms,
        channels=recording.channels,
        sample_rate=recording.sample_rate,
        codec=recording.codec,
        size_bytes=recording.size_bytes,
        lane=Lane(recording.lane) if recording.lane else None,
        manager_channel=recording.manager_channel,
        offset_ms=recording.offset_ms,
        error=recording.error,
        root=root,
        root_path=root_path,
        call_id=recording.call_id,
    )


def _require(path: Path, row: RecordingRow) -> None:
    if not path.is_file():
        raise missing(path, row)


def missing(path: Path, row: RecordingRow) -> AudioError:
    """The sentence for a file that is not there: itself, or the whole folder."""
    root = str(path)[: len(str(path)) - len(row.path)]
    if not Path(root).is_dir():
        return AudioError(
            N_("The folder of recordings “{name}” is not at {path}."),
            hint=N_("Connect the disk, or say in the settings where the folder is on this computer."),
            kind="missing",
            name=row.root,
            path=root,
        )
    return AudioError(
        N_("The recording {path} is not there any more."),
        hint=N_("Put the file back or import the folder again if it was renamed."),
        kind="missing",
        path=path,
    )


def _nothing_to_hear(reason: RecordingState | None) -> AudioError:
    if reason is RecordingState.EXPIRED:
        return AudioError(N_("The recording of this call has expired."), kind="missing")
    if reason is RecordingState.WAITING:
        return AudioError(N_("The recording of this call has not arrived yet."), kind="missing")
    return AudioError(N_("This call has no recording."), kind="missing")
