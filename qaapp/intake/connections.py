"""Connections: sources that are pulled, what a person set for them, and what came of the pulls. Sessions are passed in."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from qaapp import clock
from qaapp.errors import SourceError, sentence_of
from qaapp.i18n import N_, _
from qaapp.intake.places import free_name
from qaapp.settings import Rules
from qaapp.sources import secrets as key_store
from qaapp.sources.kinds import kind_of
from qaapp.sources.provider import Config, Input, Provider, with_defaults
from qaapp.sources.redaction import redact
from qaapp.store import events
from qaapp.store.database import Database
from qaapp.store.schema import COPY, Call, Connection, PullRun, RemoteRecording, Setting, Source
from qaapp.words import RecordingState

MAIN_MANAGER = ("longest", "first", "last", "responsible")
READY, STOPPED = "ready", "stopped"


@dataclass(frozen=True)
class ConnectionDraft:
    """What a person fills in; ``id`` 0 is a new one. ``settings`` hold no secrets."""

    kind: str
    name: str
    settings: Mapping[str, str] = field(default_factory=dict)
    id: int = 0
    enabled: bool = True
    every_minutes: int = 30
    time_zone: str = ""
    first_day: date | None = None
    reread_days: int = 3
    on_demand: bool = False
    keep_months: int | None = None
    quota_mb: int | None = None
    main_manager: str = "longest"


@dataclass(frozen=True)
class ConnectionRow:
    """A connection as it is shown. ``state``: ready, stopped (a permanent error, until something is changed).

    ``calls``, ``recordings`` (files that are here) and ``waiting`` (recordings still to come) are counts.
    """

    id: int
    kind: str
    name: str
    settings: dict[str, str]
    enabled: bool
    state: str
    every_minutes: int
    time_zone: str
    first_day: date | None
    reread_days: int
    on_demand: bool
    keep_months: int | None
    quota_mb: int | None
    main_manager: str
    synced_until: datetime | None
    last_started_at: datetime | None
    last_ok_at: datetime | None
    last_error: str | None
    calls: int = 0
    recordings: int = 0
    waiting: int = 0

    def draft(self) -> ConnectionDraft:
        """The same, to be changed and saved."""
        return ConnectionDraft(**{name: getattr(self, name) for name in ConnectionDraft.__dataclass_fields__})


@dataclass(frozen=True)
class RunRow:
    """One pull. ``state``: running, done, stopped, failed."""

    id: int
    started_at: datetime
    ended_at: datetime | None
    state: str
    counts: dict[str, Any]
    error: str | None


def list_connections(session: Session) -> list[ConnectionRow]:
    """All that can be pulled, by name, with their counts."""
    query = (
        select(Source, Connection).join(Connection, Connection.source_id == Source.id).order_by(Source.name)
    )
    found = session.execute(query).all()
    counted = _counts(session, [source.id for source, _connection in found])
    return [_row(source, connection, counted.get(source.id, (0, 0, 0))) for source, connection in found]


@dataclass(frozen=True)
class FolderRow:
    """A connection with the folder of its settings, "" without one."""

    id: int
    kind: str
    name: str
    enabled: bool
    state: str
    folder: str


def list_settings(session: Session) -> list[FolderRow]:
    """All connections with their folders; counts nothing, so it may be asked often."""
    query = select(Source, Connection).join(Connection, Connection.source_id == Source.id).order_by(Source.id)
    return [
        FolderRow(
            source.id, source.kind, source.name, connection.enabled, connection.state,
            str((source.settings or {}).get("folder", "")),
        )
        for source, connection in session.execute(query)
    ]  # fmt: skip


def get(session: Session, connection_id: int) -> ConnectionRow:
    """One of them. Raises ``SourceError`` (``gone``)."""
    source, connection = _stored(session, connection_id)
    return _row(source, connection, _counts(session, [source.id]).get(source.id, (0, 0, 0)))


def by_name(session: Session, name: str) -> ConnectionRow:
    """The one with this name (letter case does not matter). Raises ``SourceError`` (``gone``)."""
    for row in list_connections(session):
        if row.name.casefold() == name.strip().casefold():
            return row
    raise SourceError(
        N_("There is no connection “{name}”."), hint=N_("See: qaapp sources list"), kind="gone", name=name
    )


def save(session: Session, draft: ConnectionDraft, user_id: int | None = None) -> ConnectionRow:
    """Add or change a connection; a stopped one is ready again. Raises ``SourceError`` for what makes no sense."""
    kind = kind_of(draft.kind)
    name = " ".join(draft.name.split())[:190] or _(kind.title)
    settings = with_defaults(kind, draft.settings)
    _check(draft, settings)
    taken = set(session.scalars(select(Source.name).where(Source.id != draft.id)))
    if draft.id:
        source, connection = _stored(session, draft.id)
    else:
        source = Source(kind=draft.kind, settings={}, created_at=clock.now())
        connection = Connection()
    source.name = free_name(name, taken)
    # A folder keeps what the import of folders knows about it beside the settings of the form.
    kept = {key: value for key, value in (source.settings or {}).items() if not isinstance(value, str)}
    source.settings = {**kept, **settings}
    session.add(source)
    session.flush()
    connection.source_id, connection.state, connection.last_error = source.id, READY, None
    for field_name in (
        "enabled", "every_minutes", "time_zone", "first_day", "reread_days", "on_demand", "keep_months", "quota_mb",
        "main_manager",
    ):  # fmt: skip
        setattr(connection, field_name, getattr(draft, field_name))
    session.add(connection)
    session.flush()
    events.record(
        session, "connection.saved", user_id=user_id, subject="source", subject_id=source.id, source_kind=draft.kind,
        name=source.name,
    )  # fmt: skip
    return get(session, source.id)


def save_with_secrets(
    database: Database, draft: ConnectionDraft, secrets: Mapping[str, str], user_id: int | None = None
) -> ConnectionRow:
    """``save`` and the key store together: a new connection whose secrets cannot be kept is not there afterwards."""
    with database.write() as session:
        row = save(session, draft, user_id)
        place = secret_place(session, row.id)
    try:
        for name, value in secrets.items():
            key_store.write(place, name, value)
    except SourceError:
        if not draft.id:
            with database.write() as session:
                remove(session, row.id, user_id)
        raise
    return row


def _check(draft: ConnectionDraft, settings: Mapping[str, str]) -> None:
    kind = kind_of(draft.kind)
    for each in kind.fields:
        value = settings.get(each.name, "")
        if each.input is Input.SECRET:
            if value:
                raise ValueError(f"{each.name} is a secret and does not belong into the settings")
        elif each.required and not value.strip():
            raise SourceError(N_("“{field}” is empty."), kind="format", field=_(each.label))
        elif each.choices and value and value not in {choice for choice, _title in each.choices}:
            raise SourceError(
                N_("“{field}” cannot be {value}."), kind="format", field=_(each.label), value=value
            )
    for problem in kind.problems(settings):
        raise SourceError("{problem}", kind="format", problem=problem)
    if draft.time_zone:
        try:
            ZoneInfo(draft.time_zone)
        except (ValueError, OSError) as error:
            raise SourceError(
                N_("There is no time zone “{zone}”."), kind="format", zone=draft.time_zone
            ) from error
    if draft.main_manager not in MAIN_MANAGER or draft.every_minutes < 1 or draft.reread_days < 0:
        raise ValueError("main_manager, every_minutes or reread_days out of range")


def remove(session: Session, connection_id: int, user_id: int | None = None) -> None:
    """Forget a connection and its secrets; its calls and recordings stay, as those of a source nobody pulls any more."""
    source, connection = _stored(session, connection_id)
    place = secret_place(session, connection_id)
    session.execute(delete(RemoteRecording).where(
        RemoteRecording.source_id == connection_id,
        or_(
            RemoteRecording.state.in_([RecordingState.WAITING.value, RecordingState.DOWNLOADING.value]),
            RemoteRecording.kind == COPY,
        ),
    ))  # fmt: skip
    session.execute(delete(PullRun).where(PullRun.source_id == connection_id))
    session.delete(connection)
    session.flush()
    if session.scalar(select(Call.id).where(Call.source_id == connection_id).limit(1)) is None:
        session.delete(source)
    events.record(
        session,
        "connection.removed",
        user_id=user_id,
        subject="source",
        subject_id=connection_id,
        name=source.name,
    )
    session.flush()
    try:
        names = [each.name for each in kind_of(source.kind).fields if each.input is Input.SECRET]
    except SourceError:
        names = []
    key_store.forget(place, names)


def set_enabled(session: Session, connection_id: int, enabled: bool, user_id: int | None = None) -> None:
    """Pause a connection or go on with it; going on makes a stopped one ready again."""
    source, connection = _stored(session, connection_id)
    connection.enabled = enabled
    if enabled:
        connection.state, connection.last_error = READY, None
    events.record(
        session, "connection.resumed" if enabled else "connection.paused", user_id=user_id, subject="source",
        subject_id=connection_id, name=source.name,
    )  # fmt: skip


# --- opening -------------------------------------------------------------------------------------------------------


def secret_place(session: Session, connection_id: int) -> str:
    """Where the key store keeps the secrets of a connection: the workspace's own id and the connection's."""
    stored = session.scalar(select(Setting).where(Setting.key == "workspace"))
    if stored is None:
        stored = Setting(key="workspace", value={"id": uuid.uuid4().hex})
        session.add(stored)
        session.flush()
    elif "id" not in stored.value:
        stored.value = {**stored.value, "id": uuid.uuid4().hex}
        session.flush()
    return f"{stored.value['id']}/{connection_id}"


def config_of(
    row: ConnectionRow | ConnectionDraft, secrets: Mapping[str, str], rules: Rules, cache: Path | None = None
) -> Config:
    """What an adapter is opened with."""
    zone = ZoneInfo(row.time_zone) if row.time_zone else rules.zone
    settings = with_defaults(kind_of(row.kind), row.settings)
    if isinstance(secrets, key_store.Secrets):
        return Config(settings, secrets, zone, rules.country_code, cache, secrets.renew, secrets.newest)
    return Config(settings, dict(secrets), zone, rules.country_code, cache)


def open_provider(
    row: ConnectionRow | ConnectionDraft, secrets: Mapping[str, str], rules: Rules, cache: Path | None = None
) -> Provider:
    """The adapter of a connection, saved or just filled in. Raises ``SourceError`` for settings that make no sense."""
    return kind_of(row.kind).open(config_of(row, secrets, rules, cache))


def secrets_of(session: Session, row: ConnectionRow) -> key_store.Secrets:
    """The secrets of a saved connection, from the key store; what its provider renews goes there."""
    names = [each.name for each in kind_of(row.kind).fields if each.input is Input.SECRET]
    place = secret_place(session, row.id)
    return key_store.Secrets(key_store.read_all(place, names), place)


# --- the log -------------------------------------------------------------------------------------------------------


def runs(session: Session, connection_id: int, limit: int = 50) -> list[RunRow]:
    """The newest pulls first."""
    query = (
        select(PullRun)
        .where(PullRun.source_id == connection_id)
        .order_by(PullRun.started_at.desc(), PullRun.id.desc())
        .limit(limit)
    )
    return [
        RunRow(
            run.id, run.started_at, run.ended_at, run.state, dict(run.counts or {}), sentence_of(run.error)
        )
        for run in session.scalars(query)
    ]


def log_text(session: Session, connection_id: int) -> str:
    """The log of a connection as text to copy, without secrets; moments in UTC."""
    row = get(session, connection_id)
    lines = [f"{row.name} ({row.kind})", f"state: {row.state}"]
    lines += [f"{key}: {redact(str(value))}" for key, value in sorted(row.settings.items()) if value]
    if row.last_error:
        lines.append(f"error: {row.last_error}")
    for run in runs(session, connection_id):
        counts = ", ".join(f"{key} {value}" for key, value in run.counts.items() if isinstance(value, int))
        ended = run.ended_at.isoformat(timespec="seconds") if run.ended_at else "…"
        lines.append(f"{run.started_at.isoformat(timespec='seconds')} – {ended}: {run.state}; {counts}")
        if run.error:
            lines.append(f"  {run.error}")
    return redact("\n".join(lines))


def error_document(error: SourceError) -> dict[str, Any]:
    """An error as it is kept: the message's id and its facts, so that it is said in the language of the reader."""
    facts = {
        key: value if isinstance(value, (int, float)) else redact(str(value))
        for key, value in error.facts.items()
    }
    return {"message": error.message, "hint": error.hint, "kind": error.kind, "facts": facts}


def _stored(session: Session, connection_id: int) -> tuple[Source, Connection]:
    source, connection = session.get(Source, connection_id), session.get(Connection, connection_id)
    if source is None or connection is None:
        raise SourceError(N_("This connection is not there any more."), kind="gone")
    return source, connection


def _counts(session: Session, ids: list[int]) -> dict[int, tuple[int, int, int]]:
    if not ids:
        return {}
    calls = select(Call.source_id, func.count()).where(Call.source_id.in_(ids)).group_by(Call.source_id)
    here = (
        select(Call.source_id, func.sum(Call.recording_count))
        .where(Call.source_id.in_(ids), Call.recording_count > 0)
        .group_by(Call.source_id)
    )
    coming = [RecordingState.WAITING.value, RecordingState.DOWNLOADING.value]
    waiting = (
        select(RemoteRecording.source_id, func.count())
        .where(RemoteRecording.source_id.in_(ids), RemoteRecording.state.in_(coming))
        .group_by(RemoteRecording.source_id)
    )
    found = [{row[0]: int(row[1] or 0) for row in session.execute(query)} for query in (calls, here, waiting)]
    return {id_: (found[0].get(id_, 0), found[1].get(id_, 0), found[2].get(id_, 0)) for id_ in ids}


def _row(source: Source, connection: Connection, counts: tuple[int, int, int]) -> ConnectionRow:
    words = {key: value for key, value in source.settings.items() if isinstance(value, str)}
    return ConnectionRow(
        source.id, source.kind, source.name, words, connection.enabled, connection.state, connection.every_minutes,
        connection.time_zone, connection.first_day, connection.reread_days, connection.on_demand,
        connection.keep_months, connection.quota_mb, connection.main_manager, connection.synced_until,
        connection.last_started_at, connection.last_ok_at, sentence_of(connection.last_error), *counts,
    )  # fmt: skip
