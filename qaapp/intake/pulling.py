"""``pull``: calls, people and recordings of one connection, as often as one likes.

Windows of time go from the oldest to the newest; every page is a short transaction, and after each window the connection
remembers how far it has come. A window of some days before that is read again each time, which catches late changes.
Stopping or being killed at any moment loses nothing that was committed; the next pull ends with the same result.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import select

from qaapp import clock
from qaapp.calls import transcripts
from qaapp.errors import QaappError, SourceError
from qaapp.i18n import _
from qaapp.intake import connections, downloads, expiry, lease, reported, watching
from qaapp.intake.importing import join_by_name, join_by_time
from qaapp.intake.logs import BATCH, store
from qaapp.intake.main_manager import with_main_manager
from qaapp.intake.managers import People
from qaapp.intake.summary import Skipped, Tally
from qaapp.progress import Progress, Steps
from qaapp.settings import Rules
from qaapp.sources.pace import Stopped, stoppable
from qaapp.sources.provider import HasPeople, HasTranscripts, Page, Provider, RecordingTrouble, Window
from qaapp.sources.records import CallRecord
from qaapp.sources.watched import WatchedFolder
from qaapp.store.rules import read_rules
from qaapp.store.schema import Connection, PullRun
from qaapp.store.workspace import Workspace

log = logging.getLogger(__name__)
FIRST_DAYS = 30  # of a connection without a first day
RENEW_S = 20  # so often a long look through a folder says that it is alive
LOOK_S = 0.2  # so often a waiting pull shows that it is alive and can be stopped
PERMANENT = {"auth", "not_supported"}
T = TypeVar("T")


@dataclass(frozen=True)
class PullSummary:
    """Calls found = added + changed + unchanged; ``recordings`` fetched, ``failed`` for good, ``waiting`` still to come;
    ``skipped``: records and recordings that could not be taken, with the reason."""

    found: int
    added: int
    changed: int
    unchanged: int
    recordings: int
    failed: int
    waiting: int
    skipped: tuple[Skipped, ...]

    def counts(self) -> dict[str, int]:
        """For the log of the connection."""
        names = ("found", "added", "changed", "unchanged", "recordings", "failed", "waiting")
        return {name: getattr(self, name) for name in names} | {"skipped": len(self.skipped)}


@dataclass
class _Work:
    """One running pull."""

    workspace: Workspace
    row: connections.ConnectionRow
    rules: Rules
    provider: Provider
    lease: str
    trigger: str
    is_unfinished: bool  # the pull before this one did not come to its end
    stop: threading.Event = field(default_factory=threading.Event)
    tally: Tally = field(default_factory=Tally)
    people: People = field(default_factory=People)
    fetched: downloads.Fetched = field(default_factory=downloads.Fetched)

    def summary(self) -> PullSummary:
        tally = self.tally
        return PullSummary(
            tally.found, tally.added, tally.changed, tally.unchanged, self.fetched.done, self.fetched.failed,
            self.fetched.waiting, tuple(tally.skipped),
        )  # fmt: skip


def pull(
    workspace: Workspace, connection_id: int, *, window: Window | None = None, trigger: str = "hand"
) -> Steps[PullSummary]:
    """Bring in what a connection has. ``window``: only calls of that time, and the memory of how far it came stays.

    Raises ``SourceError`` after the error was noted in the connection's log; a permanent one (``auth``) also stops the
    connection until somebody changes its settings. Kind ``busy``: somebody else is pulling it.
    """
    database = workspace.database
    with database.write() as session:
        row = connections.get(session, connection_id)
        rules = read_rules(session)
        held = lease.take(session, connection_id)
        started = clock.now()
        before = session.scalar(
            select(PullRun.state)
            .where(PullRun.source_id == connection_id)
            .order_by(PullRun.id.desc())
            .limit(1)
        )
        was_cut = before not in (None, "done")
        run = PullRun(
            source_id=connection_id, started_at=started, state="running", counts={"trigger": trigger}
        )
        session.add(run)
        stored = session.get(Connection, connection_id)
        assert stored is not None
        stored.last_started_at = started
        session.flush()
        run_id = run.id
        secrets = connections.secrets_of(session, row)
    state, error = "stopped", None
    work: _Work | None = None
    try:
        provider = connections.open_provider(row, secrets, rules, workspace.cache / "sources" / str(row.id))
        work = _Work(workspace, row, rules, provider, held, trigger, was_cut)
        try:
            yield from _pull(work, window)
        finally:
            work.stop.set()
            with contextlib.suppress(Exception):
                provider.close()
        state = "done"
        return work.summary()
    except QaappError as told:
        error = (
            told
            if isinstance(told, SourceError)
            else SourceError("{text}", kind="store", text=told.sentence())
        )
        state = "stopped" if isinstance(told, Stopped) else "failed"
        raise
    finally:
        _finish(workspace, connection_id, run_id, held, state, error, work)


def _finish(
    workspace: Workspace, connection_id: int, run_id: int, held: str, state: str, error: SourceError | None,
    work: _Work | None,
) -> None:  # fmt: skip
    document = connections.error_document(error) if error is not None and state == "failed" else None
    with workspace.database.write() as session:
        run = session.get(PullRun, run_id)
        if run is not None:
            run.ended_at, run.state, run.error = clock.now(), state, document
            run.counts = {**run.counts, **(work.summary().counts() if work is not None else {})}
        stored = session.get(Connection, connection_id)
        if stored is not None:
            if state == "done":
                stored.last_ok_at, stored.last_error, stored.state = clock.now(), None, connections.READY
            elif document is not None:
                stored.last_error = document
                if error is not None and error.kind in PERMANENT:
                    stored.state = connections.STOPPED
        lease.give_back(session, connection_id, held)


def _pull(work: _Work, window: Window | None) -> Steps[None]:
    yield Progress(0, None, _("Connecting"), work.row.name)
    if isinstance(work.provider, WatchedFolder):
        yield from _folder(work, work.provider)
        return
    yield from _directory(work)
    database = work.workspace.database
    wanted = [window] if window is not None else [window_of(work.row, work.rules, clock.now())]
    days = work.provider.longest_window_days
    windows = [part for each in wanted for part in _split(each.first, each.last, days)]
    for number, part in enumerate(windows):
        written = work.tally.added + work.tally.changed
        span = yield from _calls(work, part, number, len(windows))
        # Before the window counts as read: a pull that is killed here reads it again, and joins what it left apart.
        if span is not None and (work.is_unfinished or work.tally.added + work.tally.changed > written):
            yield from join_by_time(database, work.rules, [span], work.people)
        if window is None:
            with database.write() as session:
                stored = session.get(Connection, work.row.id)
                assert stored is not None
                if stored.synced_until is None or stored.synced_until < part.last:
                    stored.synced_until = part.last
                lease.renew(session, work.row.id, work.lease)
    if work.is_unfinished or work.tally.added or work.tally.changed:
        yield from join_by_name(database, work.people)
    place = downloads.Place.of(work.workspace, work.row)
    if not work.row.on_demand:
        yield from downloads.fetch_waiting(
            work.workspace, work.provider, place, work.fetched, work.stop, work.tally
        )
    yield from expiry.expire(work.workspace, work.row)


def _folder(work: _Work, provider: WatchedFolder) -> Steps[None]:
    """A folder has no windows, nothing to download and nothing that may be let go of."""
    steps = watching.pull_folder(
        work.workspace, work.row.id, provider, work.rules, work.row.first_day, work.people, work.tally,
        is_patient=work.trigger == "cli",
    )  # fmt: skip
    renewed = clock.now()
    try:
        while True:
            try:
                progress = next(steps)
            except StopIteration as end:
                work.fetched.waiting = end.value
                break
            if clock.now() - renewed > timedelta(seconds=RENEW_S):
                renewed = clock.now()
                with work.workspace.database.write(bulk=True) as session:
                    lease.renew(session, work.row.id, work.lease)
            yield progress
    finally:
        steps.close()
    work.fetched.done = work.tally.recordings
    with work.workspace.database.write() as session:
        stored = session.get(Connection, work.row.id)
        if stored is not None:
            stored.synced_until = clock.now()


def window_of(row: connections.ConnectionRow, rules: Rules, now: datetime) -> Window:
    """What has to be read: from the last pull less the days that are read again, or from the first day, up to now."""
    zone = ZoneInfo(row.time_zone) if row.time_zone else rules.zone
    begin = (
        datetime.combine(row.first_day, time.min, zone).astimezone(UTC) if row.first_day is not None else None
    )
    if row.synced_until is None:
        return Window(begin or now - timedelta(days=FIRST_DAYS), now)
    again = row.synced_until - timedelta(days=row.reread_days)
    return Window(again if begin is None else max(begin, again), now)


def _split(first: datetime, last: datetime, days: float) -> Iterator[Window]:
    step = timedelta(days=days)
    while first < last:
        end = min(first + step, last)
        yield Window(first, end)
        first = end


def _calls(work: _Work, window: Window, number: int, total: int) -> Steps[tuple[datetime, datetime] | None]:
    """One window into the database; the first and last moment of its calls."""
    phase = _("Fetching calls")
    first: datetime | None = None
    last: datetime | None = None
    waiting: list[CallRecord] = []
    for item in in_thread(partial(_pages, work.provider, window), work.stop):
        note = _("{n} calls").format(n=work.tally.found + len(waiting))
        if item is None:
            yield Progress(number, total, phase, note)
            continue
        work.tally.skipped += [Skipped(each.where, None, each.reason) for each in item.refused]
        for record in item.calls:
            first = record.started_at if first is None else min(first, record.started_at)
            last = record.started_at if last is None else max(last, record.started_at)
            waiting.append(record)
        while len(waiting) >= BATCH:
            _store(work, waiting[:BATCH])
            del waiting[:BATCH]
            yield Progress(number, total, phase, _("{n} calls").format(n=work.tally.found))
        yield Progress(number, total, phase, note)
    if waiting:
        _store(work, waiting)
    yield Progress(number + 1, total, phase, _("{n} calls").format(n=work.tally.found))
    return (first, last) if first is not None and last is not None else None


def _pages(provider: Provider, window: Window) -> Iterator[Page]:
    yield from provider.calls(window)


def _store(work: _Work, batch: list[CallRecord]) -> None:
    database = work.workspace.database
    with database.read() as session:
        names, managers = reported.known_people(session, work.row.id)
    records = [reported.prepared(with_main_manager(record, work.row.main_manager, names)) for record in batch]

    spoken: list[tuple[int, CallRecord]] = []

    def details(
        session: Any, ids: dict[str, int], changed: dict[str, CallRecord], before: dict[int, Any]
    ) -> None:
        reported.store_details(session, work.row.id, ids, changed, before, managers, clock.now())
        spoken.extend((ids[text], record) for text, record in changed.items())
        lease.renew(session, work.row.id, work.lease)

    store(
        database,
        work.row.id,
        records,
        None,
        work.people,
        work.tally,
        work.rules.zone,
        work.rules.country_code,
        details,
    )
    if isinstance(work.provider, HasTranscripts):
        _transcripts(work, work.provider, spoken)


def _transcripts(work: _Work, provider: HasTranscripts, spoken: list[tuple[int, CallRecord]]) -> None:
    """The words of calls that are new or changed, asked for outside of any transaction; one that fails is left out."""
    for call_id, record in spoken:
        try:
            found = provider.transcript(record)
        except RecordingTrouble as trouble:
            log.info("no transcript of call %s: %s", call_id, trouble)
            continue
        if found is not None:
            with work.workspace.database.write(bulk=True) as session:
                transcripts.store(session, call_id, found, "provider")


def _directory(work: _Work) -> Steps[None]:
    provider = work.provider
    if not isinstance(provider, HasPeople):
        return
    found = []
    try:
        for person in in_thread(provider.people, work.stop):
            if person is None:
                yield Progress(0, None, _("Fetching people"), work.row.name)
            else:
                found.append(person)
    except SourceError as error:
        if error.kind != "not_supported":
            raise  # half a directory would send away everybody who is missing in it
        work.tally.skipped.append(Skipped(work.row.name, None, error.sentence()))
        return
    with work.workspace.database.write(bulk=True) as session:
        work.people.refresh(session)
        reported.store_directory(session, work.row.id, found, work.people, clock.now())


def in_thread(make: Callable[[], Iterator[T]], stop: threading.Event) -> Iterator[T | None]:
    """The items of an iterator that runs in a thread of its own; None now and then while it waits.

    Closing this one stops the thread at its next look at ``stop``, and waits for it.
    """
    items: queue.Queue[tuple[str, Any]] = queue.Queue(maxsize=4)

    def put(what: str, value: Any) -> None:
        while not stop.is_set():
            with contextlib.suppress(queue.Full):
                items.put((what, value), timeout=LOOK_S)
                return

    def work() -> None:
        with stoppable(stop):
            try:
                for item in make():
                    put("item", item)
                    if stop.is_set():
                        return
                put("end", None)
            except BaseException as error:
                put("error", error)

    thread = threading.Thread(target=work, name="pull", daemon=True)
    thread.start()
    ended = False
    try:
        while True:
            try:
                what, value = items.get(timeout=LOOK_S)
            except queue.Empty:
                yield None
                continue
            if what == "item":
                yield value
                continue
            ended = True
            if what == "error":
                raise value
            return
    finally:
        if not ended:
            stop.set()
        thread.join(30.0)
